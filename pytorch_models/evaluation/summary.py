"""What the rows of a study say together: splits pooled, models beside each other, differences paired."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pytorch_models.evaluation.intervals import Interval, interval, paired
from pytorch_models.evaluation.study import Case, Clicks, Row


@dataclass(frozen=True)
class Line:
    """One model with one number of clicks, over all splits."""

    model: str
    case: Case
    clicks: Clicks
    ndcg: Interval
    """NDCG@10 over the visitors of all splits; of the case "next", over users, each with the mean of the splits."""
    visitors: int
    figures: dict[str, float]
    """Means over splits, by the names of `Judged.facts`."""


@dataclass(frozen=True)
class Difference:
    """NDCG@10 of the reference less that of `model`, the same visitors paired, splits pooled as in `Line`."""

    reference: str
    model: str
    case: Case
    clicks: Clicks
    interval: Interval


def lines(rows: Sequence[Row]) -> list[Line]:
    """A line for each model, case and number of clicks, in the order of the rows."""
    made = []
    for (model, case, clicks), group in _grouped(rows).items():
        facts = [row.judged.facts() for row in group]
        figures = {name: float(np.mean([fact[name] for fact in facts])) for name in facts[0] if name != "users"}
        pooled = _pooled(group)
        made.append(Line(model, case, clicks, interval(pooled), len(pooled), figures))
    return made


def differences(rows: Sequence[Row], reference: str) -> list[Difference]:
    """The reference against each other model, over the splits that both have."""
    groups = _grouped(rows)
    made = []
    for (model, case, clicks), group in groups.items():
        own = {row.seed: row for row in groups.get((reference, case, clicks), [])}
        both = [row for row in group if row.seed in own]
        if model != reference and both:
            found = paired(_pooled([own[row.seed] for row in both]), _pooled(both))
            made.append(Difference(reference, model, case, clicks, found))
    return made


def _grouped(rows: Sequence[Row]) -> dict[tuple[str, Case, Clicks], list[Row]]:
    groups: dict[tuple[str, Case, Clicks], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.model, row.case, row.clicks), []).append(row)
    return groups


def _pooled(rows: Sequence[Row]) -> np.ndarray:
    """(n,) NDCG@10, one a visitor. Every split of the case "next" asks the same users, in the same order: they count
    once, or an interval would take a user who was asked three times for three."""
    each = [row.judged.ndcg_each[:, 0] for row in rows]
    pooled: np.ndarray = np.mean(each, axis=0) if rows[0].case == "next" else np.concatenate(each)
    return pooled
