"""NGCF on the site: each answer is re-trained on the visitor's history, from the checkpoint that serves."""

from __future__ import annotations

from django.conf import settings

from movie.predictors.base import Predictor
from pytorch_models.ngcf.recommender import NGCFRecommender


class NgcfPredictor(Predictor[NGCFRecommender]):
    name = "ngcf"
    settings_read = ("NGCF_RETRAIN", "NGCF_INDEX")

    def make(self) -> NGCFRecommender:
        return NGCFRecommender(mode=settings.NGCF_RETRAIN)

    def prepared(self, recommender: NGCFRecommender) -> NGCFRecommender:
        return recommender.with_index() if settings.NGCF_INDEX else recommender


ngcf_predictor = NgcfPredictor()
