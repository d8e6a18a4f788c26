"""The folder in which the workers of one server count together for Prometheus.

Each server has its own, which is not there before it and of no use after it. A lock that the system frees with the
last of its processes tells whether a folder is still in use: no process id says that, which may be another's by now,
or one of another container.
"""

from __future__ import annotations

import fcntl
import shutil
import tempfile
from pathlib import Path
from typing import IO

LOCK = "lock"


def fresh_folder(root: Path) -> tuple[Path, IO[str]]:
    """A new folder below `root`, and the file that keeps it, to be held open; those of ended servers are removed."""
    root.mkdir(parents=True, exist_ok=True)
    with (root / LOCK).open("a") as one_at_a_time:
        fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
        for folder in root.iterdir():
            if folder.is_dir() and not _in_use(folder):
                shutil.rmtree(folder, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(prefix="server-", dir=root))
        keeper = (folder / LOCK).open("w")
        fcntl.flock(keeper, fcntl.LOCK_EX)
        return folder, keeper


def _in_use(folder: Path) -> bool:
    try:
        with (folder / LOCK).open() as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False
