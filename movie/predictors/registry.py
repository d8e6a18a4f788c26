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
    weights: bool = True
    """False for one that needs no training and no checkpoint."""
    personal: bool = True
    """False for one that has a list for who has no history too."""
    beside: str = ""
    """The model whose page leads to this one's, in place of a tab of its own."""
    compares_movies: bool = True
    """Whether it can say which movies are alike, as `Recommender.compares_movies`; asked without loading it."""
    review: int = 0
    """The number of the paper review that explains it; 0 where there is none."""


PREDICTORS = {
    "ngcf": Tab(
        "movie.predictors.ngcf_predictor.ngcf_predictor", "NGCF", gettext_noop("Ten movies for you"), review=2
    ),
    "sasrec": Tab(
        "movie.predictors.sasrec_predictor.sasrec_predictor",
        "SASRec",
        gettext_noop("What may come next for you"),
        review=3,
    ),
    "kprn": Tab(
        "movie.predictors.kprn_predictor.kprn_predictor",
        "KPRN",
        gettext_noop("Ten movies and the ways to them"),
        review=1,
    ),
    "mf": Tab("movie.predictors.mf_predictor.mf_predictor", "MF", gettext_noop("Ten movies of your taste")),
    "popular": Tab(
        "movie.predictors.popular_predictor.popular_predictor",
        "Popularity",
        gettext_noop("Well liked by many"),
        weights=False,
        personal=False,
        compares_movies=False,
    ),
    "trending": Tab(
        "movie.predictors.popular_predictor.trending_predictor",
        "Trending",
        gettext_noop("What visitors choose these days"),
        weights=False,
        personal=False,
        compares_movies=False,
        beside="popular",
    ),
    "ease": Tab(
        "movie.predictors.ease_predictor.ease_predictor",
        "EASE",
        gettext_noop("Ten movies by a linear model"),
        group="engineers",
    ),
}
"""By name, in the order of the tabs; the first is the site's own."""


OWN = next(iter(PREDICTORS))
"""The model without which the site is not ready; popularity stands in for the others."""


def trained() -> list[str]:
    """The names of those that are trained and served from a checkpoint."""
    return [name for name, tab in PREDICTORS.items() if tab.weights]


def predictor(name: str) -> Predictor[Any]:
    """The predictor of model `name`. Raises KeyError where there is none."""
    found: Predictor[Any] = import_string(PREDICTORS[name].path)
    return found
