"""How time and memory are measured: one thread, contenders in turns, the peak of one call at a time."""

from __future__ import annotations

import ctypes
import gc
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from pytorch_models.libraries import library

WARM_UP = 3
"""Calls of a contender before its first timed one; of a slow contender there is none."""
SLOW_MS = 1000.0
STATUS, CLEAR_REFS = Path("/proc/self/status"), Path("/proc/self/clear_refs")


@dataclass(frozen=True)
class Contender:
    """Something to time. call: takes the number of the request, from 0; requests: how many."""

    name: str
    call: Callable[[int], object]
    requests: int


@dataclass(frozen=True)
class Timing:
    """milliseconds: (n,), one a request, in the order they came."""

    milliseconds: np.ndarray

    def percentile(self, p: float) -> float:
        return float(np.percentile(self.milliseconds, p))

    @property
    def p50(self) -> float:
        return self.percentile(50)

    def to_json(self, *percentiles: int) -> dict[str, float]:
        return {f"p{p}_ms": round(self.percentile(p), 4) for p in percentiles}


@contextmanager
def one_thread() -> Iterator[None]:
    """Torch, OpenMP and BLAS on one thread each. Raises MissingLibraryError without threadpoolctl, and RuntimeError
    where a library that was loaded before or meanwhile has more threads than one."""
    pools = library("threadpoolctl")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with pools.threadpool_limits(1):
            _check(pools.threadpool_info())
            yield
            _check(pools.threadpool_info())
    finally:
        torch.set_num_threads(before)


def _check(pools: Sequence[Mapping[str, object]]) -> None:
    several = [str(pool["filepath"]) for pool in pools if pool["num_threads"] != 1]
    if several or torch.get_num_threads() != 1:
        raise RuntimeError(f"Expected one thread in each library; set OMP_NUM_THREADS=1 (more in: {several})")


@dataclass(frozen=True)
class Race:
    """What `in_turns` found. threads: seconds of processor time a second, all contenders together."""

    timings: dict[str, Timing]
    threads: float


def in_turns(contenders: Sequence[Contender], *, on_request: Callable[[], None] = lambda: None) -> Race:
    """Time the contenders' requests round by round, so that a busy machine is as busy for each of them.

    A contender with fewer requests than another has its turns evenly among the rounds.
    """
    rounds = max(contender.requests for contender in contenders)
    times: dict[str, list[float]] = {contender.name: [] for contender in contenders}
    for contender in contenders:
        _warm_up(contender)
    gc.collect()
    wall, processor = time.perf_counter(), time.process_time()
    for turn in range(rounds):
        for contender in contenders:
            done = len(times[contender.name])
            if done < (turn + 1) * contender.requests // rounds:
                started = time.perf_counter()
                contender.call(done)
                times[contender.name].append((time.perf_counter() - started) * 1000)
                on_request()
    threads = (time.process_time() - processor) / (time.perf_counter() - wall)
    return Race({name: Timing(np.array(each)) for name, each in times.items()}, threads)


def _warm_up(contender: Contender) -> None:
    for number in range(min(WARM_UP, contender.requests)):
        started = time.perf_counter()
        contender.call(number)
        if (time.perf_counter() - started) * 1000 > SLOW_MS:
            break


def why_no_peak() -> str:
    """Why the peak of memory cannot be measured here, "" where it can (Linux, Documentation/filesystems/proc.rst)."""
    try:
        CLEAR_REFS.write_text("5")
        return ""
    except OSError as error:
        return f"the peak of memory cannot be reset here ({error})"


def peak_mb(contender: Contender, *, times: int) -> float | None:
    """Median over `times` calls of VmHWM over the call less VmRSS before it, in MB; None where `why_no_peak`.

    What was freed before goes back to the system first, so that a call cannot hide in it.
    """
    if why_no_peak():
        return None
    peaks = []
    gc.collect()
    for number in range(times):
        _give_back()
        CLEAR_REFS.write_text("5")  # VmHWM begins anew from VmRSS
        before = _status_kb("VmRSS")
        contender.call(number)
        peaks.append((_status_kb("VmHWM") - before) / 1024)
    return max(float(np.median(peaks)), 0.0)


def _give_back() -> None:
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc has it
    if trim is not None:
        trim(0)


def _status_kb(name: str) -> int:
    lines = STATUS.read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))
