"""A server that trains what has no weights, beside its work: said on the page, once, and over with the server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.servers import ROOT, Gunicorn, Session, environment_of, manage
from tests.worlds import FIRST_ID, planted

pytestmark = pytest.mark.acceptance


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with the planted world as its catalogue, and no weights."""
    folder = tmp_path_factory.mktemp("beside")
    data, world = folder / "planted", planted()
    data.mkdir()
    rows = zip(world.user_idx, world.movies.id_at(world.movie_idx), world.star / 2, world.at // 1000, strict=True)
    text = "".join(f"{user},{movie},{star},{at}\n" for user, movie, star, at in rows)
    (data / "ratings.csv").write_text("userId,movieId,rating,timestamp\n" + text)
    manage(folder, "migrate", "--verbosity", "0")
    manage(folder, "collectstatic", "--verbosity", "0", "--no-input")
    manage(folder, "load_movies", "--source", str(data))
    return folder


def wait_until(holds: Callable[[], object], *, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.1)


def children_of(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def words_of(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return []


def is_alive(pid: int) -> bool:
    return bool(words_of(pid))


def trainers_of(site: Gunicorn) -> list[int]:
    """The process that trains beside the server, and the training at work."""
    beside = [pid for pid in children_of(site.process.pid) if "train_missing" in words_of(pid)]
    return [*beside, *(child for pid in beside for child in children_of(pid) if "train" in words_of(child))]


def test_it_trains_once_beside_the_server_and_not_after_it(var: Path) -> None:
    with Gunicorn(var, workers=1, TRAIN_MISSING="1") as site:
        wait_until(lambda: len(trainers_of(site)) == 2, seconds=30)
        assert all(os.getpriority(os.PRIO_PROCESS, pid) == 19 for pid in trainers_of(site))
        visitor = Session(site.url)
        visitor.get("/")
        visitor.click(FIRST_ID)
        page = visitor.get("/movie/mf/")
        assert 'data-training="waiting"' in page and 'data-model="popular"' in page
        wait_until(lambda: 'data-training="choose"' in visitor.get("/movie/ngcf/"), seconds=30)

        command = [sys.executable, "manage.py", "train_missing", "--until-input-ends"]
        second = subprocess.Popen(command, cwd=ROOT, env=environment_of(var), stdin=subprocess.PIPE)
        time.sleep(3)
        assert second.poll() is None and children_of(second.pid) == []
        assert second.stdin is not None
        second.stdin.close()
        assert second.wait(10) == 0

        trainers = trainers_of(site)
        os.kill(site.process.pid, signal.SIGKILL)
        wait_until(lambda: not any(is_alive(pid) for pid in trainers), seconds=20)

    with Gunicorn(var, workers=1, TRAIN_MISSING="1") as site:  # goes on where the first was killed
        wait_until(lambda: 'data-model="mf"' in visitor_of(visitor, site).get("/movie/mf/"), seconds=120)
        assert 'data-model="ngcf"' in visitor.get("/movie/ngcf/")
        wait_until(lambda: "mf: done" in (var / "training.log").read_text(), seconds=20)


def visitor_of(visitor: Session, site: Gunicorn) -> Session:
    """The same visitor at another server's port."""
    visitor.url = site.url
    return visitor
