"""The picture in the README: the NGCF page after five clicks, taken from a running site (PORT, default 8000)."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

SITE = f"http://127.0.0.1:{os.environ.get('PORT', '8000')}"
CLICKED = (0, 7, 8, 10, 12)
TARGET = Path(__file__).with_name("ngcf.png")

with sync_playwright() as playwright:
    browser = playwright.chromium.launch(
        executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"),
        args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
    )
    page = browser.new_page(viewport={"width": 1280, "height": 860}, locale="ko-KR", base_url=SITE)
    for n, place in enumerate(CLICKED, start=1):
        page.goto("/")
        page.locator("main [data-log-click]").nth(place).click()
        expect(page.locator("#history-panel [data-event-id]")).to_have_count(n)
    page.goto("/movie/ngcf/")
    page.wait_for_load_state("networkidle")
    page.screenshot(path=TARGET)
    browser.close()
