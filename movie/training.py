"""From data to a checkpoint that serves. Beside services, because it runs for minutes and in commands alone."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from django.conf import settings

from movie.catalogue.knowledge import knowledge_of
from movie.catalogue.sources import CATALOGUE, FEED, interactions_of, short_name
from movie.events.catch_up import catch_up
from movie.predictors.base import store_of
from movie.predictors.registry import predictor
from movie.predictors.training_state import SCRATCH, training
from pytorch_models.base import OnEpoch, OnStep, Recommender, ignore, ignore_step
from pytorch_models.checkpoint import AGAINST, HELD_BACK, CheckpointError, CheckpointStore, read_facts
from pytorch_models.datasets.interactions import Interactions
from pytorch_models.datasets.splits import Split
from pytorch_models.evaluation.holdout import Fitted, Stage, choose_judge_fit, compare
from pytorch_models.evaluation.intervals import Interval
from pytorch_models.evaluation.study import split_of
from pytorch_models.item_knn.recommender import ItemKNNRecommender
from pytorch_models.ngcf.recommender import NGCFRecommender
from pytorch_models.popularity.recommender import PopularityRecommender

logger = logging.getLogger(__name__)
SERVED = (CATALOGUE, FEED)
"""The data whose models the site serves."""


@dataclass(frozen=True)
class Trained:
    fitted: Fitted
    folder: Path
    """Where the checkpoint is."""
    serves: bool
    """True where it is the site's own, and running servers take it up."""
    against_served: Interval | None
    """NDCG@10 on held-out visitors less that of the one that served before; None where none could be compared."""
    held_back: str
    """Why it does not serve, "" where nothing speaks against it."""


def train(
    model: str,
    *,
    data: str = CATALOGUE,
    epochs: int | None = None,
    seed: int = 0,
    out: Path | None = None,
    on_stage: Callable[[Stage], None] = lambda stage: None,
    on_epoch: OnEpoch = ignore,
    on_step: OnStep = ignore_step,
    on_note: Callable[[str], None] = logger.info,
) -> Trained:
    """Train `model` and keep its checkpoint in `out`, by default in the site's own store for `data`.

    One that falls below the one that serves, on visitors held out from both, is kept, but does not serve. A training
    that was killed goes on from its last epoch. Raises DataError, AlreadyTrainingError where another process trains
    the site's own, and KeyboardInterrupt where Ctrl-C came before there was anything to keep.
    """
    served = out is None and data in SERVED
    told = training(model, on_stage, on_epoch) if served else nullcontext((on_stage, on_epoch))
    with told as (on_stage, on_epoch):
        if data == FEED:
            on_note(catch_up())
        interactions = interactions_of(data, data_dir=settings.DATA_DIR)
        recommender = predictor(model).make()
        if epochs is not None:
            recommender = recommender.with_epochs(epochs)
        store = CheckpointStore(out) if out else store_of(model, CATALOGUE if data in SERVED else short_name(data))
        recommender.scratch = store.root / SCRATCH
        recommender.on_step = on_step
        if recommender.reads_knowledge:
            recommender.knowledge = knowledge_of(data, data_dir=settings.DATA_DIR)
        fitted = choose_judge_fit(
            recommender,
            [ItemKNNRecommender(), PopularityRecommender()],
            interactions,
            seed=seed,
            on_stage=on_stage,
            on_epoch=on_epoch,
        )
        against = _against_served(fitted, store, predictor(model).make(), seed=seed)
        held_back = _why_not(fitted, against, store)
        facts: dict[str, object] = {"data_name": short_name(data), "seed": seed}
        facts |= {AGAINST: against._asdict()} if against else {}
        facts |= {HELD_BACK: held_back} if held_back else {}
        fitted.recommender.facts |= facts
        folder = store.add(fitted.recommender.save, judged=fitted.chose.save)
        shutil.rmtree(recommender.scratch, ignore_errors=True)
    return Trained(fitted, folder, served and not held_back, against, held_back)


def _against_served(fitted: Fitted, store: CheckpointStore, other: Recommender, *, seed: int) -> Interval | None:
    """What was fitted against what served, both without the held-out users; None where one of them is missing, or was
    fitted without others: it would have met those it is judged on."""
    served = store.current()
    if served is None or not fitted.judged:
        return None
    try:
        others = read_facts(served).get("seed")
        if others != seed:
            raise CheckpointError(f"{served}: of seed {others}, so other visitors were held out than by seed {seed}")
        other.load(store.judged(served))
    except CheckpointError as error:
        logger.warning("nothing to compare with: %s", error)
        return None
    return compare(fitted.chose, other, fitted.split, seed=seed)


def _why_not(fitted: Fitted, against: Interval | None, store: CheckpointStore) -> str:
    if against is not None and against.verdict == "worse":
        return f"NDCG@10 {against.mean:+.4f} ({against.low:+.4f} … {against.high:+.4f}) against the one that serves"
    if not fitted.judged and store.serves():
        return "stopped before it could be compared with the one that serves"
    return ""


def load_or_train(
    *,
    data: str,
    interactions: Interactions,
    checkpoint: Path | None,
    epochs: int | None = None,
    on_stage: Callable[[Stage], None] = lambda stage: None,
    on_epoch: OnEpoch = ignore,
) -> tuple[NGCFRecommender, Path]:
    """NGCF for `data`, whose ratings are `interactions`, and its folder: `checkpoint`, else the newest, else trained.

    Raises DataError, CheckpointError, and ValueError where a checkpoint knows other movies than the data.
    """
    folder = checkpoint or store_of("ngcf", short_name(data)).current()
    if folder is None:
        folder = train("ngcf", data=data, epochs=epochs, on_stage=on_stage, on_epoch=on_epoch).folder
    recommender = NGCFRecommender().load(folder)
    assert recommender.movies is not None
    if not np.array_equal(recommender.movies.ids, interactions.movies.ids):
        raise ValueError(
            f"{folder}: expected a checkpoint that knows the {interactions.n_movies:,} movies of {short_name(data)} "
            f"(got one of {len(recommender.movies):,} movies)"
        )
    return recommender, folder


def held_out(
    *,
    data: str,
    interactions: Interactions,
    checkpoint: Path | None,
    epochs: int | None = None,
    seed: int = 0,
    on_epoch: OnEpoch = ignore,
) -> tuple[NGCFRecommender, Split, Path]:
    """NGCF fitted without the users whom `seed` holds out, the split, and its folder, apart from those that serve.

    checkpoint: one that was made here before. Raises CheckpointError, and ValueError where it has seen other users.
    """
    split = split_of(interactions, seed=seed)
    if checkpoint is not None:
        recommender = NGCFRecommender().load(checkpoint)
        if recommender.facts.get("users") != split.train.users_fingerprint():
            raise ValueError(f"{checkpoint}: expected one fitted without the users that seed {seed} holds out")
        return recommender, split, checkpoint
    recommender = NGCFRecommender() if epochs is None else NGCFRecommender().with_epochs(epochs)
    recommender.fit(split.train, rng=np.random.default_rng(seed), validation=split.validation, on_epoch=on_epoch)
    recommender.facts |= {"data_name": short_name(data), "seed": seed}
    return recommender, split, store_of("ngcf", f"{short_name(data)}-held-out").add(recommender.save)
