"""Every model by name, imported on first use: what can be trained, evaluated and compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from importlib import import_module
from typing import Any

from pytorch_models.base import Recommender
from pytorch_models.datasets.knowledge import Knowledge
from pytorch_models.evaluation.study import Contestant
from pytorch_models.settings import parse_settings


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
POPULARITY = "pytorch_models.popularity.recommender:PopularityRecommender"
SASREC = "pytorch_models.sasrec.recommender:SASRecRecommender"
FRESH_ROW = "an unseen visitor gets a fresh row by the same gradient steps, the movies frozen"
MODELS = {
    "popularity": Entry(POPULARITY, "what most users have"),
    "popular": Entry(POPULARITY, "the damped mean of the stars, as the site's popular page", {"by_stars": True}),
    "item_knn": Entry("pytorch_models.item_knn.recommender:ItemKNNRecommender", "movies clicked by the same users"),
    "item_knn_newest": Entry(
        "pytorch_models.item_knn.recommender:ItemKNNRecommender", "item_knn of the ten newest clicks", {"newest": 10}
    ),
    "ease": Entry("pytorch_models.ease.recommender:EASERecommender", "a linear model of each movie on all others"),
    "als": Entry("pytorch_models.als.recommender:ALSRecommender", "matrix factorisation by least squares"),
    "als_relation": Entry(
        "pytorch_models.als.recommender:ALSRecommender", "als plus NGCF's item–item relation", {"relation_scale": 1.0}
    ),
    "bpr": Entry("pytorch_models.bpr.recommender:BPRRecommender", f"matrix factorisation by pairs; {FRESH_ROW}"),
    "mf": Entry(
        "pytorch_models.mf.recommender:MFRecommender", "matrix factorisation by pairs; a visitor's row is solved"
    ),
    "markov": Entry("pytorch_models.markov.recommender:MarkovRecommender", "what came after the newest click"),
    "lightgcn": Entry("pytorch_models.lightgcn.recommender:LightGCNRecommender", f"a graph network; {FRESH_ROW}"),
    "sasrec": Entry(SASREC, "self-attention over the order of clicks"),
    "kprn": Entry(
        "pytorch_models.kprn.recommender:KPRNRecommender", "paths over people, directors, writers, cast and genres"
    ),
    "ngcf": Entry(NGCF, "as the site serves it, with ten epochs in the request and the item–item relation"),
    "ngcf_tower": Entry(NGCF, "ngcf without the ten epochs", {"retrain_epochs": 0}, of="ngcf"),
    "ngcf_alone": Entry(
        NGCF, "ngcf without relation and cosine", {"relation_scale": 0.0, "cosine_scale": 0.0}, of="ngcf"
    ),
    "ngcf_64x3": Entry(
        NGCF, "ngcf in the shape of the first site's network", {"embedding_size": 64, "layers": (64, 64, 64)}
    ),
}

PAPER = MODELS | {
    "ngcf": Entry(
        NGCF,
        "as wide as sparse data ask for, with relation and cosine",
        {
            "embedding_size": 256,
            "spectral_start": True,
            "embedding_dropout": 0.2,
            "layer_weight": 5.0,
            "doubt": 0.1,
            "few_share": 0.0,
            "learning_rate": 0.0015,
            "epochs": 18,
            "patience": 18,
            "choose_scales": False,
            "relation_scale": 8.0,
            "relation_doubt": 0.0,
            "relation_side": 8000,
            "cosine_scale": 1.0,
            "cosine_doubt": 1e6,
            "cosine_shrink": 0.0,
            "cosine_user_power": 0.75,
            "cosine_scored_power": 0.1,
            "cosine_keep": 400,
            "candidates": 0,
        },
    )
}
"""For a published split: chosen on the newest tenth of each of Gowalla's training lists. There every user has clicks
to go by, a movie has one user in fifteen hundred, and no request waits for a table of 256 numbers a movie."""

ABLATION = {
    "ngcf": Entry(NGCF, "as the site serves it"),
    "tower": Entry(NGCF, "no ten epochs in the request", {"retrain_epochs": 0}, of="ngcf"),
    "alone": Entry(NGCF, "no relation and no cosine beside", {"relation_scale": 0.0, "cosine_scale": 0.0}, of="ngcf"),
    "related": Entry(NGCF, "no co-click cosine beside", {"cosine_scale": 0.0}, of="ngcf"),
    "cosine": Entry(NGCF, "no item–item relation beside", {"relation_scale": 0.0}, of="ngcf"),
    "exact": Entry(NGCF, "no narrow pass: every movie at full width", {"candidates": 0}, of="ngcf"),
    "many": Entry(NGCF, "training shows many clicks only", {"few_share": 0.0}),
    "sure": Entry(NGCF, "few clicks count as much as many", {"doubt": 1e-6}),
    "unscaled": Entry(NGCF, "layers not normalised for scoring", {"normalise": False, "layer_weight": 1.0}),
    "edges": Entry(NGCF, "no edge dropout", {"edge_dropout": 0.0}),
    "messages": Entry(NGCF, "no message dropout", {"message_dropout": 0.0}),
    "newest": Entry(NGCF, "no averaging of the weights", {"weight_average": 0.0}),
    "64x3": Entry(NGCF, "three layers, the first site's shape", {"layers": (64, 64, 64)}),
    "128x1": Entry(NGCF, "twice as wide", {"embedding_size": 128, "layers": (128,)}),
}
"""NGCF with one thing changed at a time."""
EPOCHS = {
    "ngcf": Entry(NGCF, "as the site serves it"),
    "tower": Entry(NGCF, "no ten epochs", {"retrain_epochs": 0}, of="ngcf"),
    "passed .3": Entry(NGCF, "share of pairs from movies passed over .3", {"retrain_passed": 0.3}, of="ngcf"),
    "passed 1": Entry(NGCF, "share of pairs from movies passed over 1", {"retrain_passed": 1.0}, of="ngcf"),
} | {
    f"t{temperature:g} r{rate:g} s{opinions:g}": Entry(
        NGCF,
        f"temperature {temperature:g}, rate {rate:g}, share of pairs from stars {opinions:g}",
        {"retrain_temperature": temperature, "retrain_rate": rate, "retrain_opinions": opinions},
        of="ngcf",
    )
    for temperature in (1.0, 5.0, 10.0)
    for rate in (0.1, 0.5, 1.0)
    for opinions in (0.0, 1.0)
}
"""The sweep that chose the ten epochs of a request, to be judged on validation."""
LONG = {"epochs": 200, "patience": 40}
"""For a loss that learns from one negative a place, and so little in an epoch."""
SASREC_GROUP = {
    "sasrec": Entry(SASREC, "as the site serves it: cross-entropy over all movies"),
    "gbce": Entry(SASREC, "gSASRec's loss, 64 negatives", {"loss": "gbce", "negatives": 64}),
    "bce": Entry(SASREC, "the paper's loss, one negative, up to 200 epochs", {"loss": "bce", **LONG}),
    "paper": Entry(
        SASREC,
        "the paper's loss, no biases, one head, up to 200 epochs",
        {"loss": "bce", "bias": False, "heads": 1, **LONG},
    ),
    "no bias": Entry(SASREC, "no biases", {"bias": False}),
    "one block": Entry(SASREC, "one block, one head", {"blocks": 1, "heads": 1}),
    "unclicked": Entry(SASREC, "movies clicked by then left out of the loss", {"unclicked": True}),
    "reach 3": Entry(SASREC, "one of the next three clicks is to be found", {"reach": 3}),
    "dropout .5": Entry(SASREC, "more dropout", {"dropout": 0.5}),
}
"""SASRec with another loss, or one thing changed, to be judged on validation by the next item."""
GROUPS = {"models": MODELS, "ablation": ABLATION, "epochs": EPOCHS, "sasrec": SASREC_GROUP}


def make(name: str, among: Mapping[str, Entry] = MODELS) -> Recommender:
    """A recommender that is not fitted. Raises KeyError where none has this name."""
    entry = among[name]
    module, _, class_name = entry.path.partition(":")
    made: Recommender = getattr(import_module(module), class_name)()
    return made.with_settings(**entry.settings)


def contestants(names: Iterable[str], among: Mapping[str, Entry] = MODELS) -> list[Contestant]:
    """`names` as a study takes them, each after the one whose weights it shares. Raises KeyError."""
    ordered: dict[str, Contestant] = {}
    for name in names:
        entry = among[name]
        for each in (entry.of, name) if entry.of else (name,):
            made = partial(make, each, among)
            ordered.setdefault(each, Contestant(each, made, among[each].of, among[each].settings))
    return list(ordered.values())


def with_settings(compared: Sequence[Contestant], told: Sequence[str]) -> list[Contestant]:
    """`compared` with the settings `told`, "name=value" each, for the one among them that is fitted itself.

    Those that share its weights have them too, where their own do not differ. Raises ValueError for an unknown
    setting, a value that is not of its type, and settings told for several models.
    """
    if not told:
        return list(compared)
    changed, *others = (each for each in compared if not each.of)
    if others:
        names = ", ".join(each.name for each in (changed, *others))
        raise ValueError(f"Expected one model where settings are told (got {names})")
    changes = parse_settings(changed.make().config, told)

    def made() -> Recommender:
        return changed.make().with_settings(**changes)

    return [each if each.of else replace(each, make=made) for each in compared]


def with_knowledge(compared: Sequence[Contestant], knowledge: Callable[[], Knowledge]) -> list[Contestant]:
    """`compared`, where those that read what is known of the movies get it, obtained by the first that asks."""
    obtain = cache(knowledge)

    def informed(make: Callable[[], Recommender]) -> Recommender:
        made = make()
        if made.reads_knowledge:
            made.knowledge = obtain()
        return made

    return [replace(each, make=partial(informed, each.make)) for each in compared]
