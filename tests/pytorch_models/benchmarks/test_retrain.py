from __future__ import annotations

import numpy as np
import pytest

from pytorch_models.benchmarks import retrain
from pytorch_models.benchmarks.retrain import K, clicks_of_visitors, costs, floor, mode, peers
from pytorch_models.datasets.interactions import Interactions
from pytorch_models.ngcf.recommender import NGCFRecommender
from tests.worlds import MOVIES_A_BLOCK, block_of, planted


@pytest.fixture(scope="module")
def world() -> Interactions:
    return planted()


@pytest.fixture(scope="module")
def visitors(world: Interactions) -> list[np.ndarray]:
    return clicks_of_visitors(world, visitors=20, clicks=8, rng=np.random.default_rng(0))


def test_visitors_have_that_many_clicks_of_one_user_and_a_seed_repeats_them(
    world: Interactions, visitors: list[np.ndarray]
) -> None:
    assert all(len(set(clicks.tolist())) == 8 for clicks in visitors)
    own = [set(world.movie_idx[world.rows_of(user)].tolist()) for user in range(world.n_users)]
    assert all(any(set(clicks.tolist()) <= each for each in own) for clicks in visitors)
    again = clicks_of_visitors(world, visitors=20, clicks=8, rng=np.random.default_rng(0))
    assert np.array_equal(np.stack(visitors), np.stack(again))


def test_more_clicks_than_anybody_has_are_refused(world: Interactions) -> None:
    with pytest.raises(ValueError, match="some user has"):
        clicks_of_visitors(world, visitors=1, clicks=70, rng=np.random.default_rng(0))


@pytest.mark.parametrize("name", retrain.MODES)
def test_a_mode_answers_with_ten_movies_of_the_clicks_block(
    trained: NGCFRecommender, visitors: list[np.ndarray], name: str
) -> None:
    found = mode(trained, name, visitors, requests=1).call(3)
    assert isinstance(found, list) and len(set(found)) == K
    block = np.bincount(visitors[3] // MOVIES_A_BLOCK).argmax()
    assert sum(block_of(movie) == block for movie in found) >= 6


def test_peers_answer_with_ten_movies_that_were_not_clicked(world: Interactions, visitors: list[np.ndarray]) -> None:
    als, knn = peers(world, visitors, requests=1)
    assert (als.name, knn.name) == ("als", "item_knn")
    rows, ids = als.call(3), knn.call(3)
    assert isinstance(rows, np.ndarray) and isinstance(ids, list)
    for ten in (set(rows.tolist()), set(world.movies.idx_of(ids).tolist())):
        assert len(ten) == K
        assert not ten & set(visitors[3].tolist())


def test_costs_have_times_peaks_and_a_profile_that_adds_up(
    trained: NGCFRecommender, visitors: list[np.ndarray]
) -> None:
    rng = np.random.default_rng(0)
    found = costs([floor(80, 256, requests=5, rng=rng), mode(trained, "visitor", visitors, requests=5)], profile=True)
    assert found.race.timings.keys() == {"floor, 256 wide", "visitor"}
    assert found.peaks.keys() == {"visitor"}
    by_name = {stage.name: stage for stage in found.stages}
    request = by_name["base.recommend"]
    assert 0.5 * found.race.timings["visitor"].p50 < request.milliseconds <= found.race.timings["visitor"].p50
    assert by_name["ngcf.tower.retrain"].milliseconds < request.milliseconds
    assert by_name["ngcf.tower.forward"].calls == trained.config.retrain_epochs + 1
    assert all(0 <= stage.own <= stage.milliseconds for stage in found.stages)
