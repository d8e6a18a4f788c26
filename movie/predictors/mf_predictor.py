"""Matrix factorisation on the site: a visitor's row is solved in each request, the movies as trained."""

from __future__ import annotations

from movie.predictors.base import Predictor
from pytorch_models.mf.recommender import MFRecommender


class MFPredictor(Predictor[MFRecommender]):
    name = "mf"

    def make(self) -> MFRecommender:
        return MFRecommender()


mf_predictor = MFPredictor()
