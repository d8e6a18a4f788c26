"""From data to a checkpoint that serves. Beside services, because it runs for minutes and in commands alone."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from movie.catalogue.sources import CATALOGUE, interactions_of, short_name
from movie.predictors.base import store_of
from movie.predictors.registry import predictor
from pytorch_models.base import OnEpoch, ignore
from pytorch_models.checkpoint import CheckpointStore
from pytorch_models.evaluation.holdout import Fitted, Stage, choose_judge_fit
from pytorch_models.item_knn.recommender import ItemKNNRecommender
from pytorch_models.popularity.recommender import PopularityRecommender


@dataclass(frozen=True)
class Trained:
    fitted: Fitted
    folder: Path
    """Where the checkpoint is."""
    serves: bool
    """True where it is the site's own, served from the next start on."""


def train(
    model: str,
    *,
    data: str = CATALOGUE,
    epochs: int | None = None,
    seed: int = 0,
    out: Path | None = None,
    on_stage: Callable[[Stage], None] = lambda stage: None,
    on_epoch: OnEpoch = ignore,
) -> Trained:
    """Train `model` and keep its checkpoint in `out`, by default in the site's own store for `data`.

    One that was killed goes on from its last epoch. Raises DataError, and KeyboardInterrupt where Ctrl-C came before
    there was anything to keep.
    """
    interactions = interactions_of(data, data_dir=settings.DATA_DIR)
    recommender = predictor(model).make()
    if epochs is not None:
        recommender = recommender.with_epochs(epochs)
    store = CheckpointStore(out) if out else store_of(model, short_name(data))
    recommender.scratch = store.root / ".training"
    fitted = choose_judge_fit(
        recommender,
        [ItemKNNRecommender(), PopularityRecommender()],
        interactions,
        seed=seed,
        on_stage=on_stage,
        on_epoch=on_epoch,
    )
    fitted.recommender.facts |= {"data_name": short_name(data), "seed": seed}
    folder = store.add(fitted.recommender.save)
    shutil.rmtree(recommender.scratch, ignore_errors=True)
    return Trained(fitted, folder, out is None and data == CATALOGUE)
