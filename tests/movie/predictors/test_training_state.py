from __future__ import annotations

import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings as site

from movie.predictors.base import store_of
from movie.predictors.training_state import (
    LOCK,
    PROGRESS,
    QUEUE,
    SCRATCH,
    SCRATCH_HOURS,
    AlreadyTrainingError,
    Percent,
    Progress,
    failed,
    forget_killed,
    held,
    progress_of,
    training,
)
from pytorch_models.base import EpochDone, Recommender, ignore
from pytorch_models.mf.config import MFConfig
from pytorch_models.mf.recommender import MFRecommender
from tests.worlds import planted


def nothing(stage: object) -> None:
    """Who does not watch the stages."""


@contextmanager
def another_process_holds(path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that has the lock `path` until it is killed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    code = f"""
        import fcntl, time
        file = open({str(path)!r}, "a")
        fcntl.flock(file, fcntl.LOCK_EX)
        print("held", flush=True)
        time.sleep(60)
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == "held\n"
        yield process
        process.kill()


def epoch(number: int, *, of: int = 10, left: float = 0.0) -> EpochDone:
    return EpochDone(number, of, 1.0, None, None, left)


def test_nobody_trains() -> None:
    assert progress_of("mf") is None


def test_stages_and_epochs_are_told_to_the_page_and_to_who_asked() -> None:
    heard: list[object] = []
    seen: list[int] = []
    with training("mf", heard.append, heard.append) as (on_stage, on_epoch):
        assert progress_of("mf") == Progress("choose")
        on_stage("choose")
        assert progress_of("mf") == Progress("choose", None)  # 0 % says nothing
        on_stage("fit")
        for number in (1, 5, 10):
            on_epoch(epoch(number))
            found = progress_of("mf")
            assert found is not None and found.stage == "fit" and found.percent is not None
            seen.append(found.percent)
    assert heard == ["choose", "fit", epoch(1), epoch(5), epoch(10)]
    assert seen == sorted(set(seen)) and 60 < seen[0] < seen[-1] == 99
    assert progress_of("mf") is None


def test_progress_never_goes_back() -> None:
    told: list[Progress] = []
    percent = Percent(told.append)
    percent.on_epoch(epoch(1, left=0.0))
    percent.on_epoch(epoch(2, left=1e9))  # a better epoch came, and patience began anew
    assert told[0] == told[1] and told[0].percent == 60


def test_a_model_is_trained_by_one_process_at_a_time() -> None:
    with another_process_holds(store_of("mf").root / LOCK):
        assert progress_of("mf") == Progress("choose") and progress_of("ease") is None
        with pytest.raises(AlreadyTrainingError, match="mf is being trained"), training("mf", nothing, ignore):
            pass
    with training("mf", nothing, ignore):
        pass


def test_what_a_killed_training_left_behind_is_not_believed() -> None:
    root = store_of("mf").root
    with another_process_holds(root / LOCK) as process:
        (root / PROGRESS).write_text('{"stage": "fit", "percent": 42}')
        assert progress_of("mf") == Progress("fit", 42)
        process.kill()
        process.wait()
        assert progress_of("mf") is None


def test_half_a_file_is_no_error() -> None:
    root = store_of("mf").root
    with another_process_holds(root / LOCK):
        (root / PROGRESS).write_text('{"stage": "f')
        assert progress_of("mf") == Progress("choose")


def test_a_model_waits_its_turn_only_while_it_has_no_weights() -> None:
    with held(site.CHECKPOINTS / QUEUE) as ours:
        assert ours
        assert progress_of("mf") == Progress("waiting")
        fitted: Recommender = MFRecommender(MFConfig(epochs=1))
        store_of("mf").add(fitted.fit(planted(), rng=np.random.default_rng(0)).save)
        assert progress_of("mf") is None


def test_a_model_that_the_queue_has_tried_in_vain_does_not_wait_for_its_turn() -> None:
    with held(site.CHECKPOINTS / QUEUE):
        failed("mf", True)
        assert progress_of("mf") is None and progress_of("ease") == Progress("waiting")
        with training("mf", nothing, ignore):
            pass
        assert progress_of("mf") == Progress("waiting")  # somebody has tried again since


def test_what_a_killed_training_keeps_is_forgotten_after_a_day() -> None:
    """It is made of what visitors did, who may have deleted it meanwhile."""
    assert not forget_killed("mf")
    scratch = store_of("mf").root / SCRATCH
    scratch.mkdir(parents=True)
    (scratch / "shard").write_text("rows")
    later = time.time() + SCRATCH_HOURS * 3600 + 60
    assert not forget_killed("mf")
    with another_process_holds(store_of("mf").root / LOCK):
        assert not forget_killed("mf", now=later)  # it is being gone on with
    assert scratch.exists() and forget_killed("mf", now=later) and not scratch.exists()
