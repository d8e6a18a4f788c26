"""A second model beside NGCF, for what takes two."""

from __future__ import annotations

import numpy as np
import pytest

from movie.predictors.base import Predictor, store_of
from movie.predictors.registry import PREDICTORS, Tab
from pytorch_models.ease.recommender import EASERecommender
from tests.worlds import planted


class SecondPredictor(Predictor[EASERecommender]):
    name = "second"

    def make(self) -> EASERecommender:
        return EASERecommender()


second_predictor = SecondPredictor()


def register(monkeypatch: pytest.MonkeyPatch) -> None:
    """The site has it, without weights."""
    second_predictor.forget()
    monkeypatch.setitem(PREDICTORS, "second", Tab(f"{__name__}.second_predictor", "Second", "Second"))


def train() -> None:
    recommender = EASERecommender().fit(planted(), rng=np.random.default_rng(0))
    store_of("second").add(recommender.save)
