"""Examples in files: a building that was killed finds again what it had."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import NamedTuple

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from pytorch_models.kprn.paths import Paths

_PARTS = {
    "click": ("click", "entity", "between", "entity2"),
    "stem": ("stem", "target", "log_weight"),
    "movie": ("movie", "liked"),
}
"""Of one visitor there are stems, paths and targets: the array that counts each, and all that are as long."""


class Example(NamedTuple):
    """One visitor of the training. liked: (T,) float32, 1 where they have it; clicks: how many they showed."""

    paths: Paths
    liked: np.ndarray
    clicks: int


def save(path: Path, examples: Sequence[Example]) -> None:
    """Write `examples`, whole or not at all."""
    columns = {field.name: [getattr(each.paths, field.name) for each in examples] for field in fields(Paths)}
    columns["liked"] = [each.liked for each in examples]
    arrays = {name: np.concatenate(parts) if parts else np.empty(0, np.int32) for name, parts in columns.items()}
    arrays["clicks"] = np.array([each.clicks for each in examples], np.int64)
    for counted in _PARTS:
        arrays[f"{counted}_start"] = np.cumsum([0, *(len(part) for part in columns[counted])])
    path.parent.mkdir(parents=True, exist_ok=True)
    making = path.with_suffix(f".{os.getpid()}")
    save_file(arrays, making)
    making.replace(path)


def load(path: Path) -> list[Example] | None:
    """What `save` wrote; None where there is no such file, or it cannot be read."""
    try:
        arrays = load_file(path)
    except (OSError, SafetensorError):
        return None
    return [_example(arrays, row) for row in range(len(arrays["clicks"]))]


def _example(arrays: dict[str, np.ndarray], row: int) -> Example:
    part: dict[str, np.ndarray] = {}
    for counted, names in _PARTS.items():
        start, end = arrays[f"{counted}_start"][row : row + 2]
        part |= {name: arrays[name][start:end] for name in names}
    return Example(liked=part.pop("liked"), clicks=int(arrays["clicks"][row]), paths=Paths(**part))
