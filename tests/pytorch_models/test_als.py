from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pytorch_models import registry
from pytorch_models.als.recommender import ALSConfig, ALSRecommender
from pytorch_models.history import History
from tests.pytorch_models.recommender_contract import RecommenderContract
from tests.worlds import FIRST_ID, planted

SMALL = ALSConfig(factors=8, regularization=1.0, alpha=2.0)
RELATED = ALSConfig(factors=8, regularization=1.0, alpha=2.0, relation_scale=0.5, relation_l2=10.0)
CLICKS = [FIRST_ID + 1, FIRST_ID + 30, FIRST_ID + 4]


class TestALS(RecommenderContract):
    def make(self) -> ALSRecommender:
        return ALSRecommender(SMALL)

    def test_its_ten_are_the_librarys_own(self, fitted: ALSRecommender) -> None:
        answer = self.answer(fitted, CLICKS)
        rows = np.array(CLICKS) - FIRST_ID
        found, scores = fitted.model.recommend(0, fitted.user_items(rows), N=10, recalculate_user=True)
        assert answer.movie_ids == (found + FIRST_ID).tolist()
        assert np.allclose([item.score for item in answer.items], scores, atol=1e-6)

    def test_a_visitors_factors_solve_the_weighted_least_squares(self, fitted: ALSRecommender) -> None:
        # min Σ_i c_i (p_i − u·y_i)² + λ‖u‖², with c = α and p = 1 on clicks, else c = 1 and p = 0.
        y = fitted.model.item_factors.astype(np.float64)
        p = np.zeros(len(y))
        p[np.array(CLICKS) - FIRST_ID] = 1
        c = np.where(p > 0, SMALL.alpha, 1.0)
        user = np.linalg.solve((y.T * c) @ y + SMALL.regularization * np.eye(8), (y.T * c) @ p)
        scores = fitted._scores(np.array(CLICKS) - FIRST_ID, rng=np.random.default_rng(0)).scores
        assert np.allclose(scores, y @ user, atol=1e-5)


class TestALSWithRelation(RecommenderContract):
    def make(self) -> ALSRecommender:
        return ALSRecommender(RELATED)


def test_the_relation_is_added_at_its_scale() -> None:
    fitted = ALSRecommender(RELATED).fit(planted(), rng=np.random.default_rng(0))
    rows = np.array(CLICKS) - FIRST_ID
    scores = [
        fitted.with_settings(relation_scale=scale)._scores(rows, rng=np.random.default_rng(0)).scores
        for scale in (0.0, 0.5, 1.0)
    ]
    assert fitted.relation is not None
    related = fitted.relation.matrix().toarray()[rows].sum(axis=0)
    assert np.allclose(scores[1] - scores[0], 0.5 * related, atol=1e-6)
    assert np.allclose(scores[2] - scores[0], related, atol=1e-6)


def test_a_checkpoint_without_its_relation_still_serves_the_factors(tmp_path: Path) -> None:
    fitted = ALSRecommender(RELATED).fit(planted(), rng=np.random.default_rng(0))
    alone = ALSRecommender(SMALL).fit(planted(), rng=np.random.default_rng(0))
    fitted.with_settings(relation_scale=0.0).save(tmp_path / "saved")
    loaded = ALSRecommender().load(tmp_path / "saved")
    history = History.of_clicks(CLICKS)
    answers = [model.recommend(history, rng=np.random.default_rng(0)).items for model in (loaded, alone)]
    assert answers[0] == answers[1]


def test_the_candidates_of_a_grid_fit_what_they_share_once(monkeypatch: pytest.MonkeyPatch) -> None:
    fitted: list[str] = []
    for name in ("_factorised", "_related"):
        real = getattr(ALSRecommender, name)

        def counted(self: ALSRecommender, *args: object, name: str = name, real: object = real) -> object:
            fitted.append(name)
            return real(self, *args)  # type: ignore[operator]

        monkeypatch.setattr(ALSRecommender, name, counted)
    candidates = [ALSRecommender(RELATED)]
    candidates += [candidates[0].with_settings(relation_scale=2.0), candidates[0].with_settings(factors=4)]
    for candidate in candidates:
        candidate.fit(planted(), rng=np.random.default_rng(0))
    assert fitted == ["_factorised", "_related", "_factorised"]
    assert candidates[1].model.item_factors is candidates[0].model.item_factors


def test_other_interactions_are_not_served_what_was_handed_on() -> None:
    model = ALSRecommender(RELATED)
    first = model.with_settings().fit(planted(), rng=np.random.default_rng(0))
    second = model.with_settings().fit(planted(seed=1), rng=np.random.default_rng(0))
    assert not np.allclose(first.model.item_factors, second.model.item_factors)
    assert first.relation is not None and second.relation is not None
    assert not np.allclose(first.relation.matrix().toarray(), second.relation.matrix().toarray())


def test_the_registrys_als_with_relation_tries_scales_on_a_grid() -> None:
    scales = {candidate.config.relation_scale for candidate in registry.make("als_relation").grid()}
    assert len(scales) > 1 and 0 not in scales
    assert {candidate.config.relation_scale for candidate in registry.make("als").grid()} == {0.0}
