"""Every model by name, imported on first use: what can be trained, evaluated and compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from typing import Any

from pytorch_models.base import Recommender
from pytorch_models.evaluation.study import Contestant


@dataclass(frozen=True)
class Entry:
    """One row of a comparison."""

    path: str
    """Module and class of the recommender, "package.module:Class"."""
    about: str
    """A few words for a report."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Where its settings differ from the class's own."""
    of: str = ""
    """The entry whose fitted weights this one shares, "" where it is fitted itself."""


NGCF = "pytorch_models.ngcf.recommender:NGCFRecommender"
FRESH_ROW = "an unseen visitor gets a fresh row by the same gradient steps, the movies frozen"
MODELS = {
    "popularity": Entry("pytorch_models.popularity.recommender:PopularityRecommender", "what most users have"),
    "item_knn": Entry("pytorch_models.item_knn.recommender:ItemKNNRecommender", "movies clicked by the same users"),
    "ease": Entry("pytorch_models.ease.recommender:EASERecommender", "a linear model of each movie on all others"),
    "als": Entry("pytorch_models.als.recommender:ALSRecommender", "matrix factorisation by least squares"),
    "als_relation": Entry(
        "pytorch_models.als.recommender:ALSRecommender", "als plus NGCF's item–item relation", {"relation_scale": 1.0}
    ),
    "bpr": Entry("pytorch_models.bpr.recommender:BPRRecommender", f"matrix factorisation by pairs; {FRESH_ROW}"),
    "lightgcn": Entry("pytorch_models.lightgcn.recommender:LightGCNRecommender", f"a graph network; {FRESH_ROW}"),
    "ngcf": Entry(NGCF, "as the site serves it, with ten epochs in the request and the item–item relation"),
    "ngcf_tower": Entry(NGCF, "ngcf without the ten epochs", {"retrain_epochs": 0}, of="ngcf"),
    "ngcf_alone": Entry(NGCF, "ngcf without the relation", {"relation_scale": 0.0}, of="ngcf"),
    "ngcf_64x3": Entry(
        NGCF, "ngcf in the shape of the first site's network", {"embedding_size": 64, "layers": (64, 64, 64)}
    ),
}


def make(name: str) -> Recommender:
    """A recommender that is not fitted. Raises KeyError where no model has this name."""
    entry = MODELS[name]
    module, _, class_name = entry.path.partition(":")
    made: Recommender = getattr(import_module(module), class_name)()
    return made.with_settings(**entry.settings)


def contestants(names: Iterable[str]) -> list[Contestant]:
    """`names` as a study takes them, each after the one whose weights it shares. Raises KeyError."""
    ordered: dict[str, Contestant] = {}
    for name in names:
        entry = MODELS[name]
        for each in (entry.of, name) if entry.of else (name,):
            ordered.setdefault(each, Contestant(each, partial(make, each), MODELS[each].of, MODELS[each].settings))
    return list(ordered.values())
