"""Several workers and many visitors at once: one copy of the weights, and to each visitor their own ten movies."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import numpy as np
import pytest

from pytorch_models.benchmarks.untrained import untrained
from pytorch_models.checkpoint import WEIGHTS, CheckpointStore
from pytorch_models.datasets.readers import read_folder
from pytorch_models.datasets.synthetic import power_law
from pytorch_models.ngcf.config import NGCFConfig
from tests.acceptance.servers import Gunicorn, Session, made_up_site

pytestmark = pytest.mark.acceptance
SHAPE = replace(NGCFConfig(), layers=(64, 64, 64))
LEAST_MB, MOST_GROWTH_MB = 60, 60
VISITORS, CLICKS, ROUNDS = 16, 6, 3


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with a made-up catalogue and a network, not trained, whose tables are worth sharing."""
    folder = tmp_path_factory.mktemp("workers")
    data = made_up_site(folder, power_law(2_000, 25_000, 150_000, rng=np.random.default_rng(0)))
    interactions = read_folder(data)
    recommender = untrained(interactions, SHAPE, seed=0)
    made = CheckpointStore(folder / "checkpoints" / "catalogue" / "ngcf").add(recommender.save)
    assert (made / WEIGHTS).stat().st_size > LEAST_MB * 2**20
    return folder


def arrive(url: str, number: int) -> Session:
    """A visitor who has clicked CLICKS movies of the home page, not the same ones as the others."""
    session = Session(url)
    shown = sorted(set(re.findall(r'data-movie-id="(\d+)"', session.get("/"))))
    for movie_id in np.random.default_rng(number).permutation(shown)[:CLICKS]:
        session.click(int(movie_id))
    return session


def at_once(visitors: list[Session], ask: Callable[[Session], list[str]]) -> list[list[str]]:
    """What each visitor is answered when all of them ask at the same moment."""
    gate = Barrier(len(visitors))

    def one(visitor: Session) -> list[str]:
        gate.wait()
        return ask(visitor)

    with ThreadPoolExecutor(len(visitors)) as pool:
        return list(pool.map(one, visitors))


def pss_mb(pids: list[int]) -> float:
    """The processes' share of memory in MB, each page divided among those who have it (Linux, smaps_rollup)."""
    kilobytes = 0
    for pid in pids:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        kilobytes += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return kilobytes / 1024


def test_a_second_worker_costs_no_second_copy_of_the_weights(var: Path) -> None:
    total = {}
    for workers in (1, 2):
        with Gunicorn(var, workers=workers) as site:
            visitors = [arrive(site.url, number) for number in range(8)]
            for _ in range(ROUNDS):
                assert all(len(ten) == 10 for ten in at_once(visitors, Session.ten))
            pids = site.workers()
            assert len(pids) == workers
            # With their parent, whose pages they share: without it a share of the parent's memory would be counted
            # as the second worker's, though nothing was added.
            total[workers] = pss_mb([site.process.pid, *pids])
    assert total[2] - total[1] <= MOST_GROWTH_MB


def test_sixteen_visitors_at_once_get_what_each_gets_alone(var: Path) -> None:
    with Gunicorn(var, workers=2) as site:
        visitors = [arrive(site.url, number) for number in range(VISITORS)]
        alone = [visitor.ten() for visitor in visitors]
        assert all(len(ten) == len(set(ten)) == 10 for ten in alone)
        assert len({tuple(ten) for ten in alone}) > VISITORS / 2
        for _ in range(ROUNDS):
            assert at_once(visitors, Session.ten) == alone
