from __future__ import annotations

import pytest

from movie.management import progress
from movie.management.progress import StepBar


def test_steps_are_told_as_lines_where_there_is_no_terminal_also_when_they_begin_anew(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_LINES", -1.0)
    bar = StepBar("kprn: preparing")
    for done, of in ((2, 3), (3, 3), (1, 2), (2, 2)):
        bar(done, of)
    lines = capsys.readouterr().err.split("\n")
    assert [line.strip() for line in lines if line] == [
        f"kprn: preparing: {step}" for step in ("1/3", "2/3", "3/3", "1/2", "2/2")
    ]
