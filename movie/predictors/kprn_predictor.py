"""KPRN on the site: movies to which paths lead from the visitor's clicks, and the paths."""

from __future__ import annotations

from movie.predictors.base import Predictor
from pytorch_models.kprn.recommender import KPRNRecommender


class KprnPredictor(Predictor[KPRNRecommender]):
    name = "kprn"

    def make(self) -> KPRNRecommender:
        return KPRNRecommender()


kprn_predictor = KprnPredictor()
