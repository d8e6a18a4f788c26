"""What the site tells browsers to refuse, and what it refuses itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from tests.worlds import FIRST_ID

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[1]
PAGES = [
    "/",
    f"/movie/{FIRST_ID}/",
    "/movie/ngcf/",
    "/movie/history/",
    "/privacy/",
    "/accounts/sign_in/",
    "/paper_review/",
    "/nowhere/",
]


@pytest.mark.parametrize("url", PAGES)
def test_every_page_tells_browsers_what_to_refuse(client: Client, movies: None, url: str) -> None:
    response = client.get(url)
    policy = dict(part.split(" ", 1) for part in response["Content-Security-Policy"].split("; "))
    assert (
        policy["default-src"] == "'none'" and policy["frame-ancestors"] == "'none'" and policy["base-uri"] == "'none'"
    )
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
    assert "unsafe" not in response["Content-Security-Policy"]
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in response["Permissions-Policy"] and "geolocation=()" in response["Permissions-Policy"]


@pytest.mark.parametrize("url", PAGES)
def test_no_page_has_a_script_or_style_in_it(client: Client, movies: None, url: str) -> None:
    html = client.get(url).content.decode()
    assert "<style" not in html and " style=" not in html and " onclick=" not in html and "javascript:" not in html
    assert html.count("<script") == html.count("<script src=")


def test_the_site_answers_to_its_own_name_alone(client: Client) -> None:
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 400
    assert client.get("/", headers={"X-Forwarded-Host": "evil.example"}).status_code == 200
    form = client.post("/accounts/reset/", {"email": "a@example.org"}, headers={"Host": "evil.example"})
    assert form.status_code == 400


@pytest.mark.parametrize(
    "wanted", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_choosing_a_language_leads_to_no_other_site(client: Client, wanted: str) -> None:
    response = client.post("/i18n/setlang/", {"language": "en", "next": wanted})
    assert response["Location"] == "/"


def test_cookies_are_kept_from_scripts_and_other_sites(client: Client, settings: Settings) -> None:
    settings.HTTPS = settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    client.get("/")
    client.get("/accounts/sign_up/")
    body = {"username": "newcomer", "password1": "correct horse battery", "password2": "correct horse battery"}
    assert client.post("/accounts/sign_up/", body).status_code == 302
    for name in ("visitor", "sessionid", "csrftoken"):
        cookie = client.cookies[name]
        assert cookie["secure"] and cookie["samesite"] == "Lax"
        assert cookie["httponly"] or name == "csrftoken"


def deploy(**environment: str) -> str:
    command = [sys.executable, "manage.py", "check", "--deploy", "--tag", "security", "--fail-level", "WARNING"]
    ran = subprocess.run(command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=False)
    return f"{ran.returncode} {ran.stderr}"


def test_production_settings_pass_every_check_of_a_deployment() -> None:
    assert deploy(DEBUG="0", HTTPS="1", PROXIES="1", ALLOWED_HOSTS="movies.example.org").startswith("0 ")
    assert "security.W012" in deploy(DEBUG="0", HTTPS="0", ALLOWED_HOSTS="movies.example.org")


def test_by_https_browsers_are_told_to_stay_there(client: Client, settings: Settings) -> None:
    settings.SECURE_HSTS_SECONDS, settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = 365 * 24 * 3600, True
    settings.SECURE_SSL_REDIRECT = True
    fresh = Client()
    assert fresh.get("/")["Location"] == "https://testserver/"
    assert "max-age=31536000; includeSubDomains" in fresh.get("/", secure=True)["Strict-Transport-Security"]
