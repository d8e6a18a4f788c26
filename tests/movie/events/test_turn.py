from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from movie.events.turn import turn

HOLD = """
import fcntl, sys, time
file = open(sys.argv[1], "ab")
fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(60)
"""


def lock_file() -> Path:
    return Path(f"{connection.settings_dict['NAME']}-turn")


@contextmanager
def another_process_writes() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(lock_file())], stdout=subprocess.PIPE)
    with process:
        assert process.stdout is not None and process.stdout.readline() == b"held\n"
        yield process
        process.kill()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> None:
    options = connection.settings_dict["OPTIONS"]
    monkeypatch.setitem(options, "timeout", 0.3)


def is_free() -> bool:
    with lock_file().open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


@pytest.mark.django_db(transaction=True)
def test_threads_write_one_after_the_other() -> None:
    inside: list[int] = []
    most: list[int] = []

    def write(number: int) -> None:
        with closing(connection), turn():
            inside.append(number)
            most.append(len(inside))
            time.sleep(0.005)
            inside.remove(number)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(16)))
    assert most == [1] * 16
    assert is_free()


@pytest.mark.django_db(transaction=True)
def test_it_comes_when_the_process_that_had_it_is_killed() -> None:
    with another_process_writes() as process, ThreadPoolExecutor(1) as pool:

        def write() -> float:
            with closing(connection), turn():
                return time.monotonic()

        written = pool.submit(write)
        time.sleep(0.2)
        assert not written.done()
        killed_at = time.monotonic()
        os.kill(process.pid, signal.SIGKILL)
        assert written.result(5) >= killed_at


def test_it_waits_no_longer_than_the_database_would(impatient: None) -> None:
    with another_process_writes():
        start = time.monotonic()
        with pytest.raises(OperationalError, match="other processes"), turn():
            pytest.fail("two at once")
        assert 0.3 <= time.monotonic() - start < 2
    with turn(), ThreadPoolExecutor(1) as pool:

        def write() -> Any:
            connection.settings_dict["OPTIONS"]["timeout"] = 0.3  # a connection is a thread's own
            with closing(connection), turn():
                pytest.fail("two at once")

        with pytest.raises(OperationalError, match="other threads"):
            pool.submit(write).result()
    assert is_free()


@pytest.mark.django_db(transaction=True)
def test_an_error_inside_gives_it_back() -> None:
    with pytest.raises(ZeroDivisionError), turn():
        1 / 0  # noqa: B018
    assert is_free()
    with turn():
        assert not is_free()


def test_inside_a_transaction_it_is_ours_already(impatient: None) -> None:
    with another_process_writes(), transaction.atomic(), turn():
        pass
