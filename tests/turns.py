"""Loaded by pytest: of tests in several processes, one that measures time runs while no other test does."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

VAR_DIR = os.environ["VAR_DIR"]


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Each process of pytest-xdist is told the folder of the one that starts it."""
    node.workerinput["turns"] = VAR_DIR


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    folder = getattr(item.config, "workerinput", {}).get("turns", VAR_DIR)
    with turn(Path(folder), alone=item.get_closest_marker("alone") is not None):
        return (yield)


@contextmanager
def turn(folder: Path, *, alone: bool) -> Iterator[None]:
    """Who wants to be alone holds the gate until what runs has ended, so that nothing new begins meanwhile."""
    with (folder / "gate.lock").open("w") as gate, (folder / "running.lock").open("w") as running:
        fcntl.flock(gate, fcntl.LOCK_EX)
        fcntl.flock(running, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.flock(gate, fcntl.LOCK_UN)
        yield
