from __future__ import annotations

import numpy as np

from pytorch_models.benchmarks.fidelity import fidelity
from pytorch_models.datasets.splits import Visitor
from pytorch_models.history import History
from pytorch_models.ngcf.recommender import NGCFRecommender


def visitor(clicks: np.ndarray, truth: np.ndarray) -> Visitor:
    return Visitor(clicks, np.zeros(len(clicks), np.int8), truth, np.zeros(len(truth), np.int8))


VISITORS = [visitor(np.arange(first, first + 5), np.array([first + 9])) for first in (0, 20, 40, 60)]


def with_truth_from(recommender: NGCFRecommender) -> list[Visitor]:
    """Visitors whose truth is what `recommender` puts first."""
    assert recommender.movies is not None
    made = []
    for each in VISITORS:
        history = History.of_clicks(recommender.movies.id_at(each.clicks[::-1]).tolist())
        best = recommender.recommend(history, rng=np.random.default_rng(0)).movie_ids[0]
        made.append(visitor(each.clicks, recommender.movies.idx_of([best])))
    return made


def test_a_mode_is_faithful_to_itself(trained: NGCFRecommender) -> None:
    counted: list[None] = []
    found = fidelity({"a": trained, "b": trained}, VISITORS, on_visitor=lambda: counted.append(None))
    assert found.overlap == (1.0, 1.0, 1.0)
    assert found.difference == (0.0, 0.0, 0.0)
    assert found.visitors == len(counted) == 4


def test_it_tells_by_how_much_the_first_is_better(trained: NGCFRecommender) -> None:
    other = trained.with_settings(
        retrain_rate=-30.0, relation_scale=-1000.0, cosine_scale=0.0
    )  # away from what was clicked
    found = fidelity({"good": trained, "bad": other}, with_truth_from(trained))
    assert found.ndcg["good"].mean == 1.0
    assert found.difference.mean == 1.0 - found.ndcg["bad"].mean > 0
    assert found.overlap.mean < 1
    assert found.to_json().keys() == {"visitors", "overlap@10", "ndcg@10", "difference", "p50_ms"}


def test_the_visitor_mode_is_near_the_full_one(trained: NGCFRecommender) -> None:
    modes = {name: trained.in_mode(name) for name in ("visitor", "full")}
    assert fidelity(modes, VISITORS).overlap.mean >= 0.7
