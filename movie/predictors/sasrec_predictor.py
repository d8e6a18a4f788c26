"""SASRec on the site: what should follow the visitor's clicks, in the order in which they came."""

from __future__ import annotations

from movie.predictors.base import Predictor
from pytorch_models.sasrec.recommender import SASRecRecommender


class SasrecPredictor(Predictor[SASRecRecommender]):
    name = "sasrec"

    def make(self) -> SASRecRecommender:
        return SASRecRecommender()


sasrec_predictor = SasrecPredictor()
