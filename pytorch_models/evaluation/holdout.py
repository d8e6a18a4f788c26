"""From interactions to a model worth serving: chosen and judged on held-out users, then fitted on everyone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from pytorch_models.base import OnEpoch, Recommender, ignore
from pytorch_models.datasets.interactions import Interactions
from pytorch_models.evaluation.protocol import Judged, judge
from pytorch_models.evaluation.study import split_of

Stage = Literal["choose", "judge", "fit"]


@dataclass(frozen=True)
class Fitted:
    recommender: Recommender
    judged: list[Judged]
    """The model's and its peers' figures on held-out visitors, best first; none where the first stage was stopped."""
    interrupted: bool
    """True where Ctrl-C stopped a stage."""


def choose_judge_fit(
    recommender: Recommender,
    peers: Sequence[Recommender],
    interactions: Interactions,
    *,
    seed: int,
    on_stage: Callable[[Stage], None] = lambda stage: None,
    on_epoch: OnEpoch = ignore,
) -> Fitted:
    """Fit without the held-out users, compare with `peers` on them, then fit on everyone with what was chosen.

    Ctrl-C in a stage keeps the best so far: of the first stage, or the first stage's model in the last.
    """
    split = split_of(interactions, seed=seed)
    on_stage("choose")
    recommender.fit(split.train, rng=np.random.default_rng(seed), validation=split.validation, on_epoch=on_epoch)
    if recommender.interrupted:
        return Fitted(recommender, [], True)
    on_stage("judge")
    for peer in peers:
        peer.fit(split.train, rng=np.random.default_rng(seed))
    judged = [judge(model, split.test) for model in (recommender, *peers)]
    on_stage("fit")
    try:
        final = recommender.chosen().fit(interactions, rng=np.random.default_rng(seed), on_epoch=on_epoch)
    except KeyboardInterrupt:
        final, stopped = recommender, True
    else:
        stopped = final.interrupted
        final = recommender if stopped else final
    final.facts["metrics"] = judged[0].facts()
    return Fitted(final, sorted(judged, key=lambda each: -each.ndcg(10)), stopped)
