"""A job's states: what can follow on what, whoever else is at it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from movie.models import Lease
from office import jobs
from office.models import Job

pytestmark = pytest.mark.django_db


def asked(model: str = "ngcf") -> Job:
    return jobs.ask(kind=Job.Kind.RETRAIN, model=model, data="catalogue")


def worker(name: str, *, seconds: float = 30) -> None:
    """`name` holds the worker's lease for so long."""
    until = timezone.now() + timedelta(seconds=seconds)
    Lease.objects.update_or_create(name=jobs.WORKER, defaults={"holder": name, "until": until})


def test_they_are_taken_in_the_order_in_which_they_were_asked_for_each_once() -> None:
    first, second = asked("ngcf"), asked("mf")
    taken = [jobs.take("w"), jobs.take("w"), jobs.take("w")]
    assert [job and job.id for job in taken] == [first.id, second.id, None]
    assert taken[0] is not None and taken[0].state == "running" and taken[0].worker == "w" and taken[0].started_at


def test_a_model_has_one_open_job() -> None:
    job = asked()
    with pytest.raises(jobs.AlreadyOpenError, match="ngcf"):
        asked()
    with pytest.raises(jobs.AlreadyOpenError):
        jobs.ask(kind=Job.Kind.ROLL_BACK, model="ngcf")
    asked("mf")
    assert jobs.cancel(job.id)
    asked()


def test_one_that_waits_is_cancelled_at_once_and_one_that_runs_by_its_worker() -> None:
    waits, runs = asked("mf"), asked("ngcf")
    assert jobs.cancel(waits.id)
    taken = jobs.take("w")
    assert taken is not None and taken.id == runs.id
    assert jobs.tell(taken, percent=3, log="a") is True
    assert jobs.cancel(runs.id) is True
    assert jobs.tell(taken, percent=4, log="a\nb") is False
    assert jobs.end(taken, jobs.State.CANCELLED, log="a\nb")
    found = jobs.find(runs.id)
    assert found is not None and (found.state, found.percent, found.last_line) == ("cancelled", 4, "b")
    assert jobs.cancel(runs.id) is False and jobs.cancel(waits.id) is False and jobs.cancel(10**6) is False


def test_what_has_ended_stays_as_it_ended() -> None:
    asked()
    job = jobs.take("w")
    assert job is not None
    assert jobs.end(job, jobs.State.DONE, log="x", result={"checkpoint": "abc"})
    assert not jobs.end(job, jobs.State.FAILED, log="y") and not jobs.tell(job, percent=1, log="y")
    jobs.put_back(job, log="y")
    job.refresh_from_db()
    assert (job.state, job.log, job.percent, job.open_for) == ("done", "x", 100, None)
    assert job.ended_at is not None and not job.is_open


def test_only_the_end_of_a_long_log_is_kept() -> None:
    asked()
    job = jobs.take("w")
    assert job is not None
    jobs.tell(job, percent=None, log="line\n" * 10_000 + "the end")
    job.refresh_from_db()
    assert len(job.log) == jobs.LOG_SIZE and job.last_line == "the end"


def test_a_job_whose_worker_is_gone_has_failed_and_says_so() -> None:
    worker("w")
    asked()
    job = jobs.take("w")
    assert job is not None
    assert jobs.end_lost() == 0
    worker("w", seconds=-1)
    assert jobs.end_lost() == 1
    job.refresh_from_db()
    assert (job.state, job.why, job.open_for) == ("failed", "lost", None)
    assert not jobs.end(job, jobs.State.DONE, log="")  # it woke up, and is too late
    asked()  # the model is free again


def test_another_worker_finds_what_the_first_left() -> None:
    worker("w")
    asked()
    jobs.take("w")
    worker("v")
    assert jobs.end_lost() == 1


def test_one_that_was_put_back_is_the_next() -> None:
    first = asked("ngcf")
    asked("mf")
    job = jobs.take("w")
    assert job is not None
    jobs.put_back(job, log="so far")
    again = jobs.take("v")
    assert again is not None and (again.id, again.worker, again.open_for) == (first.id, "v", "ngcf")


def test_somebody_who_closes_their_account_leaves_the_job() -> None:
    lee = User.objects.create_user("lee", is_staff=True)
    job = jobs.ask(kind=Job.Kind.ROLL_BACK, model="mf", by=lee)
    lee.delete()
    job.refresh_from_db()
    assert job.by is None and job.state == "queued"
