"""A server that runs takes up a new checkpoint, and returns to the old one, without a failed request."""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

import numpy as np
import pytest

from pytorch_models.checkpoint import FACTS, CheckpointStore, read_facts
from pytorch_models.ngcf.recommender import NGCFRecommender
from tests.acceptance.servers import Gunicorn, Session, manage
from tests.worlds import FIRST_ID, SMALL_NGCF, planted, write_paper

pytestmark = pytest.mark.acceptance
VISITORS = 4
WORKERS = 2
TAKEN_UP_SECONDS = 20
"""A worker looks every two seconds; the rest is for a machine that is busy."""
CREATED, SHOWN = "2031-05-06T07:08:09+00:00", "2031-5-6 16:08"
"""When the second checkpoint says that it was made, and the same in Seoul as the page says it."""


@dataclass
class Pages:
    """What visitors who reload the NGCF page all the time have seen, in order."""

    checkpoints: list[str] = field(default_factory=list)
    """The hash on each page."""
    last: str = ""

    def of_all(self, expected: str) -> bool:
        """True where the newest pages, enough that both workers made some, are all of one checkpoint."""
        newest = self.checkpoints[-8 * VISITORS :]
        return len(newest) == 8 * VISITORS and set(newest) == {expected}


@pytest.fixture
def site(tmp_path: Path, checkpoint: Path) -> Iterator[Gunicorn]:
    write_paper(tmp_path / "planted")
    manage(tmp_path, "migrate", "--verbosity", "0")
    manage(tmp_path, "collectstatic", "--verbosity", "0", "--no-input")
    manage(tmp_path, "load_movies", "--source", str(tmp_path / "planted"))
    store_in(tmp_path).add(lambda folder: shutil.copytree(checkpoint, folder))
    with Gunicorn(tmp_path, workers=WORKERS, LOG_LEVEL="INFO") as started:
        yield started


def store_in(var: Path) -> CheckpointStore:
    return CheckpointStore(var / "checkpoints" / "catalogue" / "ngcf")


@contextmanager
def reloading(url: str) -> Iterator[Pages]:
    """Visitors reload the NGCF page until the end of the block; a page that fails, or shows no ten movies, fails here."""
    seen, over = Pages(), Event()
    with ThreadPoolExecutor(VISITORS) as pool:
        running: list[Future[None]] = [pool.submit(reload, url, number, seen, over) for number in range(VISITORS)]
        try:
            yield seen
        finally:
            over.set()
    for each in running:
        each.result()


def reload(url: str, number: int, seen: Pages, over: Event) -> None:
    session = Session(url)
    session.get("/")
    session.click(FIRST_ID + number)
    while not over.is_set():
        page = session.get("/movie/ngcf/")  # raises where it is no 200
        assert len(re.findall(r"data-rank=", page)) == 10
        (hash_,) = re.findall(r'data-checkpoint="(\w+)"', page)
        seen.checkpoints.append(hash_)
        seen.last = page


def within(seconds: float, holds: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.05)


def serving(site: Gunicorn, folder: Path) -> dict[int, int]:
    """How often each process has said in the log that it serves the checkpoint in `folder`."""
    said = re.findall(rf"process (\d+): ngcf serves {folder.name} \(", site.log.read_text())
    return {int(pid): said.count(pid) for pid in said}


def save_second(folder: Path) -> None:
    """Another training of the same model, made at CREATED."""
    second = NGCFRecommender(SMALL_NGCF).with_epochs(3).fit(planted(), rng=np.random.default_rng(1))
    made = folder.with_name(f".{folder.name}")
    second.save(made)
    (made / FACTS).write_text(json.dumps(json.loads((made / FACTS).read_text()) | {"created": CREATED}))
    made.rename(folder)


def test_a_new_checkpoint_serves_and_the_old_one_again_and_no_request_fails(site: Gunicorn, tmp_path: Path) -> None:
    store = store_in(tmp_path)
    first = store.current()
    assert first is not None
    within(
        TAKEN_UP_SECONDS, lambda: len(site.workers()) == WORKERS, "all workers"
    )  # the first answers before the last
    workers = site.workers()
    old = str(read_facts(first)["files"]["weights.safetensors"])[:12]
    with reloading(site.url) as seen:
        within(TAKEN_UP_SECONDS, lambda: seen.of_all(old), "pages of the first")
        second = store.add(save_second)
        new = str(read_facts(second)["files"]["weights.safetensors"])[:12]
        within(TAKEN_UP_SECONDS, lambda: seen.of_all(new), "pages of the second alone")
        assert SHOWN in seen.last and new in seen.last
        assert serving(site, second) == dict.fromkeys(workers, 1)

        before = serving(site, first)
        manage(tmp_path, "train", "ngcf", "--rollback")
        within(TAKEN_UP_SECONDS, lambda: seen.of_all(old), "pages of the first again")
        assert SHOWN not in seen.last
    after = serving(site, first)
    assert all(after[worker] == before.get(worker, 0) + 1 for worker in workers)
    assert set(seen.checkpoints) == {old, new}
    assert site.workers() == workers
    assert "Traceback" not in site.log.read_text()
