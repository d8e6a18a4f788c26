"""Every model by name, imported on first use: what can be trained, evaluated and compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from importlib import import_module
from typing import Any

from pytorch_models.base import Recommender
from pytorch_models.evaluation.study import Contestant
from pytorch_models.settings import parse_settings


@dataclass(frozen=True)
class Entry:
    """One row of a comparison."""

    path: str
    """Module and class of the recommender, "package.module:Class"."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Where its settings differ from the class's own."""
    of: str = ""
    """The entry whose fitted weights this one shares, "" where it is fitted itself."""


NGCF = "pytorch_models.ngcf.recommender:NGCFRecommender"
MODELS = {
    "popularity": Entry("pytorch_models.popularity.recommender:PopularityRecommender"),
    "item_knn": Entry("pytorch_models.item_knn.recommender:ItemKNNRecommender"),
    "ease": Entry("pytorch_models.ease.recommender:EASERecommender"),
    "als": Entry("pytorch_models.als.recommender:ALSRecommender"),
    "als_relation": Entry("pytorch_models.als.recommender:ALSRecommender", {"relation_scale": 1.0}),
    "bpr": Entry("pytorch_models.bpr.recommender:BPRRecommender"),
    "lightgcn": Entry("pytorch_models.lightgcn.recommender:LightGCNRecommender"),
    "ngcf": Entry(NGCF),
    "ngcf_tower": Entry(NGCF, {"retrain_epochs": 0}, of="ngcf"),
    "ngcf_alone": Entry(NGCF, {"relation_scale": 0.0}, of="ngcf"),
    "ngcf_64x3": Entry(NGCF, {"embedding_size": 64, "layers": (64, 64, 64)}),
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


def with_settings(compared: Sequence[Contestant], told: Sequence[str]) -> list[Contestant]:
    """`compared` with the settings `told`, "name=value" each, for the one among them that is fitted itself.

    Those that share its weights have them too, where their own do not differ. Raises ValueError for an unknown
    setting, a value that is not of its type, and settings told for several models.
    """
    if not told:
        return list(compared)
    fitted = [each.name for each in compared if not each.of]
    if len(fitted) > 1:
        raise ValueError(f"Expected one model where settings are told (got {', '.join(fitted)})")
    changes = parse_settings(make(fitted[0]).config, told)

    def made() -> Recommender:
        return make(fitted[0]).with_settings(**changes)

    return [each if each.of else replace(each, make=made) for each in compared]
