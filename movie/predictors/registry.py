"""Every model of the site, imported on first use: a page without a model costs no torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from django.utils.module_loading import import_string
from django.utils.translation import gettext_noop

from movie.predictors.base import Predictor

Group = Literal["visitors", "engineers"]


@dataclass(frozen=True)
class Tab:
    """A model as the site shows it, at /movie/NAME/."""

    path: str
    """Where its predictor is."""
    label: str
    """The field's short name of the model, the same in every language."""
    title: str
    """The page's heading, a msgid."""
    group: Group = "visitors"
    """Whom it is for: engineers' tabs stand apart."""
    compares_movies: bool = True
    """Whether it can say which movies are alike, as `Recommender.compares_movies`; asked without loading it."""


PREDICTORS = {
    "ngcf": Tab("movie.predictors.ngcf_predictor.ngcf_predictor", "NGCF", gettext_noop("Ten movies for you")),
    "sasrec": Tab(
        "movie.predictors.sasrec_predictor.sasrec_predictor", "SASRec", gettext_noop("What may come next for you")
    ),
}
"""By name, in the order of the tabs; the first is the site's own."""


def predictor(name: str) -> Predictor[Any]:
    """The predictor of model `name`. Raises KeyError where there is none."""
    found: Predictor[Any] = import_string(PREDICTORS[name].path)
    return found
