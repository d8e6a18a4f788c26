"""Jobs: asked for by staff, taken and ended by one worker at a time. Every change of state is one UPDATE that says
which state it expects, so that it happens once, whoever else is at it.

Why no task queue of a kept library: django-tasks and django-q2 hand out short functions, to be tried again where
they fail. A training runs for minutes in a process of its own, tells how far it is, can be cancelled, must never run
beside another, and must not begin anew by itself after the machine's memory ran out. What is left of a queue then is
this table.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from movie.events.lease import Lease, lease
from movie.models import Lease as LeaseRow
from office.models import Job

State, Why = Job.State, Job.Why
WORKER = "run_jobs"
LEASE = timedelta(seconds=30)
"""So long after a worker was killed another may take its place, and its job is seen to be lost."""
LOG_SIZE = 6_000
"""How many characters of what a job says are kept, from the end."""


class AlreadyOpenError(Exception):
    """The model has a job that waits or runs."""


def ask(*, kind: Job.Kind, model: str, data: str = "", by: User | None = None) -> Job:
    """A new job at the end of the queue. Raises AlreadyOpenError."""
    try:
        with transaction.atomic():
            return Job.objects.create(kind=kind, model=model, data=data, open_for=model, by=by)
    except IntegrityError:
        raise AlreadyOpenError(f"{model} has a job that waits or runs") from None


def cancel(job_id: int) -> bool:
    """End the job at once where it waits, else let its worker end it; False where it has ended already."""
    waiting = Job.objects.filter(id=job_id, state=State.QUEUED)
    if waiting.update(state=State.CANCELLED, open_for=None, ended_at=timezone.now()):
        return True
    return bool(Job.objects.filter(id=job_id, state=State.RUNNING).update(cancel_asked=True))


def newest(most: int) -> list[Job]:
    return list(Job.objects.select_related("by").order_by("-id")[:most])


def find(job_id: int) -> Job | None:
    return Job.objects.select_related("by").filter(id=job_id).first()


def worker_lease() -> Lease:
    """Whoever holds it is the worker; jobs that run under another name are lost."""
    return lease(WORKER, length=LEASE)


def worker_there() -> str:
    """Who holds the worker's lease; "" where nobody does."""
    row = LeaseRow.objects.filter(name=WORKER, until__gte=timezone.now()).first()
    return row.holder if row else ""


def is_waiting() -> bool:
    return Job.objects.filter(state=State.QUEUED).exists()


def take(worker: str) -> Job | None:
    """The job that has waited longest, running from now on; None where none waits."""
    for job in Job.objects.filter(state=State.QUEUED).order_by("id"):
        waiting = Job.objects.filter(id=job.id, state=State.QUEUED)
        if waiting.update(state=State.RUNNING, worker=worker, started_at=timezone.now(), log="", percent=None):
            job.refresh_from_db()
            return job
    return None


def tell(job: Job, *, percent: int | None, log: str) -> bool:
    """Write down how far the job is; False where it is to be cancelled, or is not ours any more."""
    ours = _running(job)
    ours.update(percent=percent, log=log[-LOG_SIZE:])
    return ours.filter(cancel_asked=False).exists()


def end(job: Job, state: Job.State, *, log: str, why: str = "", result: dict[str, Any] | None = None) -> bool:
    """The job has ended; False where it was not ours to end any more."""
    done = {"percent": 100} if state == State.DONE else {}
    ended = _running(job).update(
        state=state,
        why=why,
        log=log[-LOG_SIZE:],
        result=result or {},
        open_for=None,
        ended_at=timezone.now(),
        **done,
    )
    return bool(ended)


def put_back(job: Job, *, log: str) -> None:
    """The job waits again, before those that were asked for later."""
    _running(job).update(state=State.QUEUED, worker="", percent=None, log=log[-LOG_SIZE:])


def end_lost(*, but: str | None = None) -> int:
    """Jobs whose worker is gone have failed; returns how many. but: the worker that is there, by default whoever has
    the lease."""
    now = timezone.now()  # before the look at the lease: whoever takes it after that look begins a job after this
    lost = Job.objects.filter(state=State.RUNNING, started_at__lt=now)
    lost = lost.exclude(worker=worker_there() if but is None else but)
    if not lost.exists():  # an UPDATE of nothing would take SQLite's one turn to write, each time
        return 0
    return lost.update(state=State.FAILED, why=Why.LOST, open_for=None, ended_at=timezone.now())


def _running(job: Job) -> QuerySet[Job]:
    """The job's row while it runs under the worker that took it."""
    return Job.objects.filter(id=job.id, state=State.RUNNING, worker=job.worker)
