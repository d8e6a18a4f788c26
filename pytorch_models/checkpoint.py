"""Checkpoints: folders of weights, facts and ids, whole or not there, and the store that keeps the last three.

A checkpoint holds `weights.safetensors`, `movie_ids.npy` and `model.json`; the last names the SHA-256 of the
other two. Nothing in it is a pickle. The weights are mapped, not read: all processes of a machine that serve a
checkpoint share the one copy that the system keeps of its file.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from pytorch_models.datasets.id_map import IdMap

FORMAT = 5
KEPT = 3
HELD_BACK = "held_back"
"""The fact that says why a checkpoint is not to serve."""
AGAINST = "against_served"
"""The fact that says how it did against the one that served when it was made: mean, low and high of NDCG@10."""
WEIGHTS, MOVIE_IDS, FACTS = "weights.safetensors", "movie_ids.npy", "model.json"
_DTYPES = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "<i1",
    "U8": "<u1",
}


class CheckpointError(Exception):
    """A checkpoint that cannot be used; the message names the file and what was expected of it."""


@dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint holds. facts: all of model.json; hash: the first 12 digits of the weights' SHA-256."""

    facts: dict[str, Any]
    tensors: dict[str, np.ndarray]
    movies: IdMap
    hash: str


def write(
    folder: Path,
    *,
    model: str,
    config: dict[str, Any],
    tensors: dict[str, np.ndarray],
    movies: IdMap,
    facts: dict[str, Any],
) -> str:
    """Write a checkpoint to `folder`, which must not exist yet; returns its hash.

    It is made in a temporary folder beside it, synced to the disk and renamed, so a reader never sees half of one.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    making = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        save_file({name: np.ascontiguousarray(t) for name, t in tensors.items()}, making / WEIGHTS)
        movies.save(making / MOVIE_IDS)
        files = {name: _sha256(making / name) for name in (WEIGHTS, MOVIE_IDS)}
        about = {
            "format": FORMAT,
            "model": model,
            "config": config,
            "files": files,
            "versions": versions_of(),
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        (making / FACTS).write_text(json.dumps(facts | about, indent=1))
        for name in (WEIGHTS, MOVIE_IDS, FACTS, "."):
            _sync(making / name)
        making.chmod(0o755)
        making.rename(folder)
        _sync(folder.parent)
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise
    return files[WEIGHTS][:12]


def read(folder: Path, *, model: str) -> Checkpoint:
    """Read and verify a checkpoint of `model`. Raises CheckpointError where it is not whole or not one."""
    facts = read_facts(folder)
    if facts["model"] != model:
        raise CheckpointError(f"{folder / FACTS}: expected a checkpoint of '{model}' (got '{facts['model']}')")
    for name, expected in facts["files"].items():
        found = _sha256(folder / name) if (folder / name).is_file() else "no file"
        if found != expected:
            raise CheckpointError(f"{folder / name}: expected SHA-256 {expected} (got {found}): damaged or foreign")
    try:
        tensors = map_tensors(folder / WEIGHTS)
        movies = IdMap.load(folder / MOVIE_IDS)
    except (KeyError, TypeError, ValueError, OSError) as error:
        raise CheckpointError(f"{folder}: expected readable weights and ids ({error})") from error
    return Checkpoint(facts, tensors, movies, facts["files"][WEIGHTS][:12])


def map_tensors(path: Path) -> dict[str, np.ndarray]:
    """The tensors of a safetensors file, as views of the file itself; what is written to one stays in this process.

    The layout: eight bytes, the header's length; the header, JSON; the tensors' bytes, little-endian
    (https://huggingface.co/docs/safetensors). Raises KeyError, TypeError, ValueError or OSError where it is another.
    """
    with path.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    start = 8 + int.from_bytes(mapped[:8], "little")
    header = json.loads(mapped[8:start])
    if not isinstance(header, dict):
        raise ValueError(f"expected a header of tensors by name (got {type(header).__name__})")
    return {
        name: np.ndarray(about["shape"], _DTYPES[about["dtype"]], mapped, start + about["data_offsets"][0])
        for name, about in header.items()
        if name != "__metadata__"
    }


def read_facts(folder: Path) -> dict[str, Any]:
    """The facts of a checkpoint without its weights. Raises CheckpointError."""
    path = folder / FACTS
    try:
        facts = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path}: expected the facts of a checkpoint as JSON ({error})") from error
    if not isinstance(facts, dict) or facts.get("format") != FORMAT:
        got = facts.get("format") if isinstance(facts, dict) else type(facts).__name__
        raise CheckpointError(
            f"{path}: expected format {FORMAT} (got {got}): written by another version; train again"
        )
    if not (
        isinstance(facts.get("files"), dict) and {WEIGHTS, MOVIE_IDS} <= facts["files"].keys() and "model" in facts
    ):
        raise CheckpointError(f"{path}: expected the keys 'model' and 'files'; train again")
    return facts


class CheckpointStore:
    """The checkpoints of one model: a folder each below `root`, and `root/current`, a link to the one that serves.

    Beside one may stand, in `root/judged` and by the same name, the same model fitted without the held-out users:
    what the next one is compared with. A checkpoint whose facts have HELD_BACK was kept, but is not to serve.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def current(self) -> Path | None:
        """The folder of the checkpoint that serves; None before the first."""
        link = self.root / "current"
        return link.resolve() if link.exists() else None

    def serves(self) -> bool:
        """Whether there is one that serves, and this version can read it."""
        current = self.current()
        with suppress(CheckpointError):
            return current is not None and bool(read_facts(current))
        return False

    def add(self, save: Callable[[Path], object], *, judged: Callable[[Path], object] | None = None) -> Path:
        """Let `save` write a new checkpoint, and `judged` the one beside it; unless its facts have HELD_BACK, make it
        the one that serves. Of those that may serve and of the others the last KEPT stay, and the one that serves."""
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
        folder = self.root / stamp
        if judged:
            judged(self.judged(folder))
        save(folder)
        if _may_serve(folder):
            self._point_to(folder)
        self._drop_old()
        return folder

    def judged(self, folder: Path) -> Path:
        """Where the one stands that was fitted without the held-out users; there may be none."""
        return self.root / "judged" / folder.name

    def folders(self) -> list[Path]:
        """The whole checkpoints that may serve, oldest first."""
        return [folder for folder in self._all() if _may_serve(folder)]

    def find(self, weights: str, *, created: str) -> Path | None:
        """The checkpoint, held back or not, with weights of this hash that were made then; None where it is gone."""
        made = {(facts["files"][WEIGHTS][:12], facts.get("created")): folder for folder, facts in self._told()}
        return made.get((weights, created))

    def hashes(self) -> list[str]:
        """Of the weights of every checkpoint, held back or not, oldest first."""
        return [facts["files"][WEIGHTS][:12] for _, facts in self._told()]

    def _told(self) -> Iterator[tuple[Path, dict[str, Any]]]:
        for folder in self._all():
            with suppress(CheckpointError):
                yield folder, read_facts(folder)

    def before(self) -> Path | None:
        """The readable one before the one that serves, which `roll_back` returns to; None where there is none."""
        current = self.current()
        older = [folder for folder, facts in self._told() if HELD_BACK not in facts]
        return max((folder for folder in older if current and folder.name < current.name), default=None)

    def newest(self) -> Path | None:
        """The one made last, held back or not."""
        return max(self._all(), default=None)

    def roll_back(self) -> Path:
        """Let the one before the one that serves serve again. Raises CheckpointError where there is none."""
        before = self.before()
        if before is None:
            raise CheckpointError(
                f"{self.root}: expected a readable checkpoint older than the one that serves (got none)"
            )
        self._point_to(before)
        return before

    def _all(self) -> list[Path]:
        return sorted(path for path in self.root.glob("[0-9]*") if path.is_dir())

    def _drop_old(self) -> None:
        servable = self.folders()
        held_back = [folder for folder in self._all() if folder not in servable]
        for old in servable[:-KEPT] + held_back[:-KEPT]:
            if old != self.current():
                shutil.rmtree(old)
        kept = {folder.name for folder in self._all()}
        for left in (self.root / "judged").glob("[0-9]*"):
            if left.name not in kept:
                shutil.rmtree(left)

    def _point_to(self, folder: Path) -> None:
        fresh = self.root / f".current-{os.getpid()}"
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(folder.name)
        fresh.replace(self.root / "current")
        _sync(self.root)


def _may_serve(folder: Path) -> bool:
    try:
        return HELD_BACK not in read_facts(folder)
    except CheckpointError:
        return True  # whoever loads it says what is wrong with it


def versions_of() -> dict[str, str]:
    """Of what the figures depend on."""
    libraries = ("torch", "dgl", "numpy", "scipy")
    return {"python": platform.python_version()} | {name: version(name) for name in libraries}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
