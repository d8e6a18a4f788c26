"""Where the time of a request goes, by the project's own functions."""

from __future__ import annotations

import cProfile
import pstats
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SHOWN = 14


@dataclass(frozen=True)
class Stage:
    """A function's share of a request's milliseconds. own: without the project's functions that it calls itself."""

    name: str
    calls: float
    milliseconds: float
    own: float

    def to_json(self) -> dict[str, float | str]:
        return {
            "name": self.name,
            "calls": round(self.calls, 2),
            "ms": round(self.milliseconds, 4),
            "own_ms": round(self.own, 4),
        }


def stages_of(call: Callable[[int], object], *, requests: int, milliseconds: float) -> list[Stage]:
    """The project's functions that a request spends most time in, the longest first.

    Profiling makes a request slower, most where functions are small; so shares are measured, and `milliseconds`, the
    request's time without it, is what they are shares of.
    """
    profile = cProfile.Profile()
    for number in range(requests):
        profile.enable()
        call(number)
        profile.disable()
    return _stages(pstats.Stats(profile), requests, milliseconds)


def _stages(stats: pstats.Stats, requests: int, milliseconds: float) -> list[Stage]:
    table = stats.stats  # type: ignore[attr-defined]
    ours = {function for function in table if Path(function[0]).is_relative_to(ROOT)}
    total = stats.total_tt  # type: ignore[attr-defined]
    inside = dict.fromkeys(ours, 0.0)  # what each spends in ours that it calls
    for function in ours:
        for caller, (_, _, _, spent) in table[function][4].items():
            if caller in ours and caller != function:
                inside[caller] += spent
    found = []
    for function in ours:
        _, calls, _, cumulative, _ = table[function]
        share = milliseconds / total
        own = max(cumulative - inside[function], 0.0)
        found.append(Stage(_name(function), calls / requests, cumulative * share, own * share))
    return sorted(found, key=lambda stage: -stage.milliseconds)[:SHOWN]


def _name(function: tuple[str, int, str]) -> str:
    path, _, name = function
    return f"{'.'.join(Path(path).relative_to(ROOT).with_suffix('').parts)}.{name}"
