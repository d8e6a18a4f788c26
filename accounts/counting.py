"""Counts that all threads and processes of a machine share."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.core.cache.backends.filebased import FileBasedCache
from django.core.files import locks

SETS_A_LOOK = 500


class CountingCache(FileBasedCache):
    """Django's file cache, in which `add` and `incr` lose nothing where several count at once."""

    def add(self, *args: Any, **kwargs: Any) -> bool:
        with self._alone():
            return super().add(*args, **kwargs)

    def incr(self, *args: Any, **kwargs: Any) -> int:
        with self._alone():
            return super().incr(*args, **kwargs)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        folder = Path(self._dir)  # type: ignore[attr-defined]  # as the file cache itself has it
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (folder / "lock").open("a") as file:  # its closing lets the next one in
            locks.lock(file, locks.LOCK_EX)
            yield

    def _cull(self) -> None:
        """Make room, looking through the folder once in SETS_A_LOOK times: a look takes longer than a count.

        What is over goes first. Only where that is not enough do counts go that still hold, at random.
        """
        if secrets.randbelow(SETS_A_LOOK):
            return
        files: list[str] = self._list_cache_files()  # type: ignore[attr-defined]
        if len(files) < self._max_entries:
            return
        for name in files:
            with suppress(OSError), Path(name).open("rb") as file:
                self._is_expired(file)  # type: ignore[attr-defined]  # which deletes it then
        super()._cull()  # type: ignore[misc]
