"""From interactions to a model worth serving: chosen and judged on held-out users, then fitted on everyone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from pytorch_models.base import OnEpoch, Recommender, ignore
from pytorch_models.datasets.interactions import Interactions
from pytorch_models.datasets.splits import Split, hold_out_by_id
from pytorch_models.evaluation.intervals import Interval, paired
from pytorch_models.evaluation.protocol import Judged, judge
from pytorch_models.evaluation.study import HELD_OUT_SHARE, TEST, VALIDATION

Stage = Literal["choose", "judge", "fit"]


@dataclass(frozen=True)
class Fitted:
    recommender: Recommender
    chose: Recommender
    """The one that was fitted without the held-out users, and judged on them."""
    split: Split
    judged: list[Judged]
    """The model's and its peers' figures on held-out visitors, best first; none where the first stage was stopped."""
    interrupted: bool
    """True where Ctrl-C stopped a stage."""


def split_by_id(interactions: Interactions, *, seed: int) -> Split:
    """Those held out for a model that serves: as many as a comparison holds out, and the same ones next month."""
    return hold_out_by_id(interactions, validation=VALIDATION, test=TEST, share=HELD_OUT_SHARE, seed=seed)


def compare(new: Recommender, served: Recommender, split: Split, *, seed: int = 0) -> Interval:
    """NDCG@10 of `new` less that of `served` over the test visitors of `split`, whom neither has seen."""
    asked = new.asked(split.test)
    one, other = (judge(model, asked, seed=seed, movies=split.train.movies) for model in (new, served))
    return paired(one.ndcg_each[:, 0], other.ndcg_each[:, 0])


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
    split = split_by_id(interactions, seed=seed)
    on_stage("choose")
    recommender.fit(split.train, rng=np.random.default_rng(seed), validation=split.validation, on_epoch=on_epoch)
    if recommender.interrupted:
        return Fitted(recommender, recommender, split, [], True)
    on_stage("judge")
    for peer in peers:
        peer.fit(split.train, rng=np.random.default_rng(seed))
    asked = recommender.asked(split.test)
    judged = [judge(model, asked) for model in (recommender, *peers)]
    on_stage("fit")
    try:
        final = recommender.chosen().fit(interactions, rng=np.random.default_rng(seed), on_epoch=on_epoch)
    except KeyboardInterrupt:
        final, stopped = recommender, True
    else:
        stopped = final.interrupted
        final = recommender if stopped else final
    final.facts["metrics"] = judged[0].facts()
    return Fitted(final, recommender, split, sorted(judged, key=lambda each: -each.ndcg(10)), stopped)
