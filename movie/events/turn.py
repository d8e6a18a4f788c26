"""Whose turn it is to write, on a database that lets one write at a time.

SQLite lets a writer who finds another at work sleep and ask again, up to 100 ms later and in no order: under load
some wait for long while others pass by. So writers queue before it: the threads of a process at a lock, and one of
each process asks every millisecond for the lock of a file beside the database; the system frees it where its holder
is killed. Who writes seldom need not queue: the database itself still lets one write at a time.
"""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import IO

from django.db import OperationalError, connection

ASK_SECONDS = 0.001
_threads = Lock()


@contextmanager
def turn() -> Iterator[None]:
    """Ours until the end of the block. Inside a transaction it is so already, and other databases lock rows.

    Raises OperationalError where it takes longer than the database itself would wait.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    database = connection.settings_dict
    end = time.monotonic() + database["OPTIONS"]["timeout"]
    if not _threads.acquire(timeout=database["OPTIONS"]["timeout"]):
        raise OperationalError("other threads of this process write without end")
    try:
        with Path(f"{database['NAME']}-turn").open("ab") as file:
            _lock(file, end)
            yield  # closing the file gives the lock back
    finally:
        _threads.release()


def _lock(file: IO[bytes], end: float) -> None:
    while True:
        try:
            return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                raise OperationalError("other processes write without end") from None
        time.sleep(ASK_SECONDS)
