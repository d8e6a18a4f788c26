"""The worker with real processes: short ones of the tests' own in a training's place, which tests/acceptance has."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread

import pytest
from django.conf import settings as site
from django.db import DatabaseError, connections
from pytest_django import Settings

from movie.predictors.base import store_of
from movie.predictors.training_state import QUEUE, held
from office import jobs, worker
from office.models import Job
from office.worker import Post, run, run_one
from pytorch_models.checkpoint import WEIGHTS, read_facts

pytestmark = pytest.mark.django_db(transaction=True)  # the worker's thread sees what the test has written
Says = Callable[[str], None]


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch) -> Says:
    """Sets the Python program that runs in the place of `manage.py train`; beats come fast."""
    monkeypatch.setattr(worker, "BEAT_SECONDS", 0.05)
    monkeypatch.setattr(worker, "IDLE_SECONDS", 0.05)

    def use(program: str) -> None:
        monkeypatch.setattr(worker, "command", lambda *args: [sys.executable, "-c", program, *args])

    return use


@pytest.fixture
def post() -> Iterator[Post]:
    found = Post(jobs.worker_lease())
    yield found
    found.leave()


def asked(kind: str = "retrain", model: str = "ngcf", data: str = "catalogue") -> Job:
    return jobs.ask(kind=Job.Kind(kind), model=model, data=data)


def now(job: Job) -> Job:
    job.refresh_from_db()
    return job


def wait_until(holds: Callable[[], object], *, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def beside(post: Post, told: Event) -> Thread:
    """One job, run in a thread with a connection of its own."""

    def work() -> None:
        try:
            run_one(post, told)
        finally:
            connections.close_all()

    thread = Thread(target=work)
    thread.start()
    return thread


SLOW = "import os, time; print('pid', os.getpid(), flush=True); time.sleep(60)"


def pid_of(job: Job) -> int:
    wait_until(lambda: now(job).log.startswith("pid"))
    return int(job.log.split()[1])


def is_alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def test_nothing_to_do(post: Post) -> None:
    assert run_one(post, Event()) is False and jobs.worker_there() == post.lease.holder


def test_a_job_runs_its_command_and_keeps_what_it_said(says: Says, post: Post) -> None:
    says("import sys; print('one', *sys.argv[1:], flush=True); print(); print('two', file=sys.stderr)")
    job = asked(data="feed")
    assert run_one(post, Event()) is True
    assert (now(job).state, job.percent, job.log) == ("done", 100, "one ngcf --until-input-ends --data feed\ntwo")


def test_a_model_goes_back_to_the_checkpoint_before(weights: None, checkpoint: Path, post: Post) -> None:
    before = store_of("ngcf").current()
    assert before is not None
    store_of("ngcf").add(lambda folder: shutil.copytree(checkpoint, folder))
    job = asked("roll_back", data="")
    assert run_one(post, Event()) is True
    assert store_of("ngcf").current() == before
    assert (now(job).state, job.log) == ("done", f"{before.name} serves again")
    assert job.result["checkpoint"] == read_facts(before)["files"][WEIGHTS][:12]


def test_there_may_be_none_to_go_back_to(weights: None, post: Post, settings: Settings) -> None:
    settings.VAR_DIR = settings.CHECKPOINTS.parent
    job = asked("roll_back", data="")
    run_one(post, Event())
    assert (now(job).state, job.why) == ("failed", "command") and "expected a readable checkpoint older" in job.log
    assert str(settings.VAR_DIR) not in job.log


def test_a_job_that_fails_says_why(says: Says, post: Post) -> None:
    says("raise SystemExit('CommandError: no ratings')")
    job = asked()
    run_one(post, Event())
    assert (now(job).state, job.why, job.last_line) == ("failed", "command", "CommandError: no ratings")


def test_a_process_that_is_killed_is_told_apart(says: Says, post: Post) -> None:
    says("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    job = asked()
    run_one(post, Event())
    assert (now(job).state, job.why) == ("failed", "killed")


def test_a_job_has_the_lowest_priority(says: Says, post: Post) -> None:
    says("import os, time; time.sleep(0.3); print(os.getpriority(os.PRIO_PROCESS, 0))")
    job = asked()
    run_one(post, Event())
    assert now(job).log == "19"


def test_cancelling_ends_the_process(says: Says, post: Post) -> None:
    says(SLOW)
    job = asked()
    thread = beside(post, Event())
    pid = pid_of(job)
    assert jobs.cancel(job.id)
    thread.join(10)
    assert now(job).state == "cancelled" and not is_alive(pid)


def test_a_process_that_does_not_listen_is_killed(says: Says, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "END_SECONDS", 0.2)
    says("import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" + SLOW)
    job = asked()
    thread = beside(post, Event())
    pid = pid_of(job)
    jobs.cancel(job.id)
    thread.join(10)
    assert now(job).state == "cancelled" and not is_alive(pid)


def test_a_worker_that_is_told_to_end_puts_its_job_back_for_the_next(says: Says) -> None:
    says(SLOW)
    job, told = asked(), Event()

    def work() -> None:
        run(told)
        connections.close_all()

    thread = Thread(target=work)
    thread.start()
    pid = pid_of(job)
    told.set()
    thread.join(10)
    assert not is_alive(pid) and jobs.worker_there() == ""
    assert (now(job).state, job.open_for) == ("queued", "ngcf")
    says("print('went on')")
    post = Post(jobs.worker_lease())
    assert run_one(post, Event()) and now(job).state == "done"


def test_a_worker_that_slept_through_its_lease_ends_its_process_and_says_that_the_job_is_lost(
    says: Says, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    says(SLOW)
    job = asked()
    thread = beside(post, Event())
    pid = pid_of(job)
    post.lease.release()
    assert jobs.worker_lease().take()
    monkeypatch.setattr(worker, "KEEP_SECONDS", 0)
    thread.join(10)
    assert not is_alive(pid) and (now(job).state, job.why) == ("failed", "lost")


def test_two_workers_never_run_two_jobs_at_once(says: Says, post: Post) -> None:
    says("print('done')")
    assert post.hold()
    asked()
    second = Post(jobs.worker_lease())
    assert run_one(second, Event()) is False and jobs.is_waiting()
    assert run_one(post, Event()) is True


def test_while_a_server_trains_what_is_missing_a_job_waits(says: Says, post: Post) -> None:
    says("print('done')")
    job = asked()
    with held(site.CHECKPOINTS / QUEUE):
        assert run_one(post, Event()) is False
    assert now(job).state == "queued"
    assert run_one(post, Event()) is True


def test_a_database_that_is_away_for_a_moment_loses_no_end(
    says: Says, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    says("print('done')")
    job, end, failures = asked(), jobs.end, [DatabaseError("gone"), DatabaseError("gone")]

    def fails_twice(*args: object, **kwargs: object) -> bool:
        if failures:
            raise failures.pop()
        return end(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(jobs, "end", fails_twice)
    run_one(post, Event())
    assert now(job).state == "done" and failures == []


def test_a_job_ends_with_a_worker_that_is_killed(tmp_path: Path) -> None:
    """The command's own part in it: its input is at its end."""
    program = f"""
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", '''
import time
from movie.management import tied
tied.end_with_input()
print("ready", flush=True)
time.sleep(60)
'''], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd={str(site.BASE_DIR)!r})
child.stdout.readline()
print(child.pid, flush=True)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert is_alive(child)
        os.kill(parent.pid, signal.SIGKILL)
        wait_until(lambda: not is_alive(child))
