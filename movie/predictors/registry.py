"""Every model of the site, imported on first use: a page without a model costs no torch."""

from __future__ import annotations

from typing import Any

from django.utils.module_loading import import_string

from movie.predictors.base import Predictor

PREDICTORS = {
    "ngcf": "movie.predictors.ngcf_predictor.ngcf_predictor",
}


def predictor(name: str) -> Predictor[Any]:
    """The predictor of model `name`. Raises KeyError where there is none."""
    found: Predictor[Any] = import_string(PREDICTORS[name])
    return found
