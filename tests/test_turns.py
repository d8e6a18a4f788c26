from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

from tests.turns import turn


def test_who_is_alone_meets_nobody_and_the_others_run_together(tmp_path: Path) -> None:
    running: list[bool] = []
    met: dict[bool, int] = {True: 0, False: 0}

    def runs(alone: bool) -> None:
        with turn(tmp_path, alone=alone):
            running.append(alone)
            time.sleep(0.01)
            met[alone] = max(met[alone], len(running) - 1)
            running.remove(alone)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(runs, [number % 5 == 0 for number in range(40)]))
    assert met[True] == 0 and met[False] > 0


def test_who_waits_to_be_alone_is_not_overtaken(tmp_path: Path) -> None:
    order: list[str] = []
    first_runs, first_ends = Event(), Event()

    def first() -> None:
        with turn(tmp_path, alone=False):
            first_runs.set()
            assert first_ends.wait(10)

    def next_one(name: str, *, alone: bool) -> None:
        with turn(tmp_path, alone=alone):
            order.append(name)

    with ThreadPoolExecutor(3) as pool:
        pool.submit(first)
        assert first_runs.wait(10)
        waits = pool.submit(next_one, "alone", alone=True)
        time.sleep(0.1)
        late = pool.submit(next_one, "late", alone=False)
        time.sleep(0.1)
        assert order == []
        first_ends.set()
        waits.result(10), late.result(10)
    assert order == ["alone", "late"]
