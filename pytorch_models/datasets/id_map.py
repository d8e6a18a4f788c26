"""The one place where ids become rows and rows become ids."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

UNKNOWN = -1
"""What `IdMap.idx_of` answers for an id that has no row."""


@dataclass(frozen=True)
class IdMap:
    """Ids and their rows: row `idx` belongs to `ids[idx]`; ids ascend.

    ids: (n,) of one kind, int64 or str. Raises ValueError where an id stands twice.
    """

    ids: np.ndarray

    def __post_init__(self) -> None:
        if len(self.ids) > 1 and not bool(np.all(self.ids[1:] > self.ids[:-1])):
            raise ValueError("Expected 'ids' ascending, each once")

    @classmethod
    def of(cls, ids: Iterable[int] | Iterable[str] | np.ndarray) -> IdMap:
        return cls(np.unique(np.asarray(list(ids) if not isinstance(ids, np.ndarray) else ids)))

    def __len__(self) -> int:
        return len(self.ids)

    def idx_of(self, ids: Iterable[int] | Iterable[str] | np.ndarray) -> np.ndarray:
        """(m,) int64 rows of `ids`, UNKNOWN where an id has none."""
        wanted = np.asarray(ids if isinstance(ids, np.ndarray) else list(ids))
        if not len(self.ids) or not len(wanted):
            return np.full(len(wanted), UNKNOWN, dtype=np.int64)
        if self.ids.dtype.kind == "i":
            # An id beyond 64 bits is an id nobody has.
            wanted = (
                np.asarray([int(w) if abs(int(w)) < 2**63 else UNKNOWN for w in wanted])
                if (wanted.dtype.kind == "O")
                else wanted
            )
        at = np.minimum(np.searchsorted(self.ids, wanted), len(self.ids) - 1)
        return np.where(self.ids[at] == wanted, at, UNKNOWN).astype(np.int64)

    def id_at(self, idx: np.ndarray) -> np.ndarray:
        """(m,) ids of rows `idx`."""
        return self.ids[idx]

    def save(self, path: Path) -> None:
        np.save(path, self.ids, allow_pickle=False)

    @classmethod
    def load(cls, path: Path) -> IdMap:
        return cls(np.load(path, allow_pickle=False))
