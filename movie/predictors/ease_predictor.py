"""EASE on the site, for engineers: what a linear model of each movie on all others makes of the same clicks."""

from __future__ import annotations

from movie.predictors.base import Predictor
from pytorch_models.ease.recommender import EASERecommender


class EASEPredictor(Predictor[EASERecommender]):
    name = "ease"

    def make(self) -> EASERecommender:
        return EASERecommender()


ease_predictor = EASEPredictor()
