"""What came of a training or a rollback, in plain types, as a job keeps it and a page shows it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from movie.predictors.base import store_of
from office.models import Job
from pytorch_models.checkpoint import AGAINST, HELD_BACK, WEIGHTS, CheckpointError, read_facts
from pytorch_models.evaluation.intervals import Interval


def outcome_of(kind: str, model: str) -> dict[str, Any]:
    """Of the checkpoint that a job of this kind has just made, or returned to."""
    store = store_of(model)
    return told(store.current() if kind == Job.Kind.ROLL_BACK else store.newest())


def told(folder: Path | None) -> dict[str, Any]:
    """A checkpoint's facts as a page needs them; {} where there is none that can be read.

    against: NDCG@10 on held-out visitors less that of the one that served before, and what the gate says to it;
    held_back: why it does not serve, "" where it may.
    """
    try:
        facts = read_facts(folder) if folder else None
    except CheckpointError:
        facts = None
    if facts is None:
        return {}
    against = facts.get(AGAINST)
    return {
        "checkpoint": facts["files"][WEIGHTS][:12],
        "created": facts.get("created", ""),
        "data": facts.get("data_name", ""),
        "metrics": facts.get("metrics", {}),
        "against": against and {**against, "verdict": Interval(**against).verdict},
        "held_back": facts.get(HELD_BACK, ""),
    }
