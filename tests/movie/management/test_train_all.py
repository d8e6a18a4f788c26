"""Real trainings in real processes, on the planted world."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from movie.predictors.base import store_of
from movie.predictors.registry import trained
from tests.services.processes import ROOT


@pytest.fixture
def shared_checkpoints(settings: Settings) -> Iterator[Path]:
    """Where processes that read the same environment keep theirs."""
    settings.CHECKPOINTS = settings.VAR_DIR / "checkpoints"
    yield Path(settings.CHECKPOINTS)
    shutil.rmtree(settings.CHECKPOINTS / "mine", ignore_errors=True)


def test_all_are_trained_at_once_and_one_that_fails_stops_no_other(
    folder: Path, shared_checkpoints: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("movie.management.commands.train.trained", lambda: ["mf", "ease"])
    in_the_way = shared_checkpoints / "mine" / "mf"
    in_the_way.parent.mkdir(parents=True)
    in_the_way.touch()
    out = StringIO()
    with pytest.raises(CommandError, match="1 of 2 failed: mf"):
        call_command("train", "all", data=str(folder), epochs=1, jobs=2, stdout=out)
    said = out.getvalue().splitlines()
    table = [line.split() for line in said if line.startswith("  ") and "ndcg" not in line.lower()]
    rows = {row[0]: row[1:] for row in table if row and row[0] in ("mf", "ease")}
    assert rows["mf"][1:4] == ["–"] * 3 and "failed:" in rows["mf"]
    assert 0 < float(rows["ease"][1]) <= 1 and len(rows["ease"]) == 4
    assert any(line.startswith("ease ") and "Trained in" in line for line in said)
    assert store_of("ease", "mine").current() is not None


def test_ctrl_c_keeps_the_best_of_the_one_at_work_and_begins_no_other(folder: Path, shared_checkpoints: Path) -> None:
    command = [sys.executable, "manage.py", "train", "all", "--data", str(folder), "--jobs", "1", "--epochs", "500"]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # which tests in the background do not hear
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "epoch 1/500" in line:
                break
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
    assert process.returncode == 1
    assert "Stopped by Ctrl-C: the best so far is kept." in rest
    others = [name for name in trained() if name != "ngcf"]
    assert f"failed: {', '.join(others)}" in rest and rest.count("failed: not begun") == len(others)
    assert store_of("ngcf", "mine").current() is not None


@pytest.mark.parametrize("options", [{"rollback": True}, {"out": Path("x")}, {"jobs": 0}])
def test_what_makes_no_sense_of_all_is_refused(options: dict[str, object]) -> None:
    with pytest.raises(CommandError, match="Expected"):
        call_command("train", "all", **options)
