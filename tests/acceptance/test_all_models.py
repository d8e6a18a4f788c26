"""Every model of the site served at once: what they take of memory, that each page is its own model's, and replays."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from movie.predictors.registry import PREDICTORS, trained
from pytorch_models.datasets.synthetic import power_law
from tests.acceptance.servers import Gunicorn, Session, made_up_site, manage
from tests.acceptance.test_workers import arrive, at_once, pss_mb
from tests.movie.services.test_lists import list_id

pytestmark = pytest.mark.acceptance
MOST_MB_A_WORKER = 400
OWN = r'data-log-click="\d+" data-model="%s"'
PAGES = [name for name in PREDICTORS if name != "trending"]  # which has nobody to count but these visitors


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site whose models were all trained, for an epoch each, by the command that trains them all."""
    folder = tmp_path_factory.mktemp("all-models")
    made_up_site(folder, power_law(600, 4_000, 20_000, rng=np.random.default_rng(0)))
    manage(folder, "train", "all", "--epochs", "1")
    return folder


def every_page(visitor: Session) -> list[str]:
    """The models whose lists the pages show."""
    return [name for name in PAGES if len(re.findall(OWN % name, visitor.get(f"/movie/{name}/"))) == 10]


def test_a_worker_with_every_model_takes_at_most_400_mb_beyond_what_workers_share(var: Path) -> None:
    total = {}
    for workers in (1, 2):
        with Gunicorn(var, workers=workers) as site:
            visitors = [arrive(site.url, number) for number in range(8)]
            for _ in range(3):
                assert at_once(visitors, every_page) == [PAGES] * len(visitors)
            total[workers] = pss_mb([site.process.pid, *site.workers()])
    assert total[2] - total[1] <= MOST_MB_A_WORKER


def test_lists_that_workers_made_come_out_the_same_in_another_process(var: Path) -> None:
    with Gunicorn(var, workers=2) as site:
        visitor = arrive(site.url, 0)
        shown = [list_id(visitor.get(f"/movie/{name}/")) for name in trained()]
    for each in shown:
        manage(var, "replay", each)  # which fails where a movie or the last bit of a score is another one
