"""What acceptance tests share: a free port, gunicorn as production starts it, and a browser without a screen."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import Message
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Self

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from pytorch_models.datasets.interactions import Interactions
from tests.services.processes import ROOT, free_port

__all__ = [
    "ROOT",
    "Gunicorn",
    "Session",
    "chromium",
    "environment_of",
    "free_port",
    "made_up_site",
    "manage",
    "planted_site",
]

START_SECONDS = 60


def environment_of(var: Path, **settings: str) -> dict[str, str]:
    """The environment of a site that keeps everything in `var`."""
    return {**os.environ, "VAR_DIR": str(var), **settings}


def manage(var: Path, *args: str, **settings: str) -> None:
    subprocess.run([sys.executable, "manage.py", *args], cwd=ROOT, env=environment_of(var, **settings), check=True)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser without a screen."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"),
            headless=True,
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
        )
        yield launched
        launched.close()


def wait_until(page: Page, holds: str, *, seconds: float = 30) -> None:
    """Until the script `holds` says so. Playwright's own waiting evaluates within the page, which the page forbids."""
    end = time.monotonic() + seconds
    while not page.evaluate(holds):
        assert time.monotonic() < end, holds
        page.wait_for_timeout(50)


class Gunicorn:
    """The site as production serves it, in a process group of its own that ends with the `with` block."""

    def __init__(self, var: Path, *, workers: int, **settings: str) -> None:
        port = free_port()
        self.url, self.log = f"http://127.0.0.1:{port}", var / "gunicorn.log"
        self.environment = environment_of(var, PORT=str(port), WEB_WORKERS=str(workers), **settings)

    def __enter__(self) -> Self:
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", "--config", "config/gunicorn.py", "config.wsgi"],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        end = time.monotonic() + START_SECONDS
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > end:
                self.__exit__()
                raise AssertionError(f"the site did not start:\n{self.log.read_text()[-3000:]}")
            time.sleep(0.1)
        return self

    def __exit__(self, *error: object) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def workers(self) -> list[int]:
        """The workers' process ids."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    def _answers(self) -> bool:
        try:
            return bool(urllib.request.urlopen(self.url, timeout=1).status == 200)
        except (urllib.error.URLError, OSError):
            return False


class Session:
    """A visitor: cookies of their own, clicks, and the list the NGCF page shows."""

    def __init__(self, url: str) -> None:
        self.url, self.cookies = url, CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def get(self, path: str) -> str:
        return str(self.opener.open(self.url + path).read().decode())

    def click(self, movie_id: int) -> None:
        assert self.send({"movie_id": movie_id})[0] == 201

    def send(self, click: dict[str, object]) -> tuple[int, Message]:
        """Send a click as the page's script does; returns the answer's status and headers."""
        body = json.dumps(click).encode()
        headers = {"Content-Type": "application/json", "X-CSRFToken": self._cookie("csrftoken")}
        try:
            with self.opener.open(urllib.request.Request(self.url + "/log_click/", body, headers)) as response:
                return response.status, response.headers
        except urllib.error.HTTPError as error:
            return error.code, error.headers

    @property
    def visitor_id(self) -> str:
        return self._cookie("visitor").partition(":")[0]

    def _cookie(self, name: str) -> str:
        return next(str(cookie.value) for cookie in self.cookies if cookie.name == name)

    def ten(self) -> list[str]:
        """Ids of the movies on the NGCF page, best first."""
        cards = re.findall(r"<[^>]*data-rank=[^>]*>", self.get("/movie/ngcf/"))
        found = {int(_attribute(card, "rank")): _attribute(card, "movie-id") for card in cards}
        return [found[rank] for rank in sorted(found)]


def _attribute(tag: str, name: str) -> str:
    return re.findall(rf'data-{name}="([^"]*)"', tag)[0]


def planted_site(folder: Path, code: str = "") -> None:
    """Set up a site in `folder` with the small catalogue of tests/worlds.py, and run `code` in its shell."""
    manage(folder, "migrate", "--verbosity", "0", "--skip-checks")
    load = "from movie.catalogue.load import load; from tests.worlds import catalogue; load(catalogue())"
    manage(folder, "shell", "--verbosity", "0", "-c", f"{load}\n{code}")
    manage(folder, "collectstatic", "--no-input", "--verbosity", "0")


def made_up_site(folder: Path, world: Interactions) -> Path:
    """Set up a site in `folder` whose catalogue is `world`, without weights; returns the data's own folder."""
    data = folder / "made-up"
    data.mkdir()
    lists = np.split(world.movie_idx, np.cumsum(world.user_degree)[:-1])
    (data / "train.txt").write_text("\n".join(f"{user} {' '.join(map(str, row))}" for user, row in enumerate(lists)))
    manage(folder, "migrate", "--verbosity", "0")
    manage(folder, "collectstatic", "--verbosity", "0", "--no-input")
    manage(folder, "load_movies", "--source", str(data))
    return data
