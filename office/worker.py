"""The one worker: takes the oldest job, runs its command in a process of its own, and tells how far that is.

What may be killed, and what then holds: a job's process ends with the worker's, so no training goes on that nobody
watches; the next worker finds the job lost, and says so. Told to end, the worker puts its job back, and the training
goes on later from its last epoch. A worker that slept through its lease finds that it lost its job, and ends the
process.
"""

from __future__ import annotations

import logging
import os
import subprocess
import time
from collections import deque
from contextlib import suppress
from threading import Event, Thread

from django.conf import settings
from django.db import DatabaseError, close_old_connections

from movie.events.lease import Lease
from movie.management.tied import OPTION
from movie.management.train_all import command
from movie.predictors.base import store_of
from movie.predictors.training_state import QUEUE, held, progress_of
from office import jobs
from office.models import Job
from office.outcomes import outcome_of
from pytorch_models.checkpoint import CheckpointError

logger = logging.getLogger(__name__)
IDLE_SECONDS = 1.0
BEAT_SECONDS = 1.0
KEEP_SECONDS = jobs.LEASE.total_seconds() / 3
END_SECONDS = 10.0
LOWEST_PRIORITY = 19
LINES = 60
State, Why = Job.State, Job.Why


class Post:
    """The worker's place, held by a lease that is renewed every KEEP_SECONDS."""

    def __init__(self, lease: Lease) -> None:
        self.lease, self.ours = lease, False
        self._kept = float("-inf")

    def hold(self) -> bool:
        """True while the place is ours. Where the database is away it stays so until the lease has run out."""
        since = time.monotonic() - self._kept
        if since < KEEP_SECONDS:
            return self.ours
        try:
            self.ours = self.lease.take()
            self._kept = time.monotonic()
        except DatabaseError as error:
            logger.warning("run_jobs: the lease was not renewed: %s", error)
            self.ours = self.ours and since < jobs.LEASE.total_seconds()
        return self.ours

    def leave(self) -> None:
        if self.ours:
            self.lease.release()


def run(told: Event) -> None:
    """Job after job, until `told` is set."""
    post = Post(jobs.worker_lease())
    logger.info("run_jobs: started")
    try:
        while not told.is_set():
            close_old_connections()
            try:
                again = run_one(post, told)
            except DatabaseError as error:
                logger.warning("run_jobs: %s", error)
                again = False
            if not again:
                told.wait(IDLE_SECONDS)
    finally:
        post.leave()
    logger.info("run_jobs: ended")


def run_one(post: Post, told: Event) -> bool:
    """Run the job that has waited longest; True: look again at once.

    False also while another worker has the place, or models are trained beside a server: one training at a time.
    """
    if not post.hold():
        return False
    jobs.end_lost(but="")  # this worker runs none just now
    if not jobs.is_waiting():
        return False
    with held(settings.CHECKPOINTS / QUEUE) as ours:
        job = jobs.take(post.lease.holder) if ours else None
        if job is None:
            return False
        logger.info("run_jobs: job %d, %s %s", job.id, job.kind, job.model)
        if job.kind == Job.Kind.ROLL_BACK:
            _roll_back(job)
        else:
            _Training(job, post, told).to_the_end()
        logger.info("run_jobs: job %d has ended", job.id)
    return True


def _roll_back(job: Job) -> None:
    """Done in a moment, so here."""
    try:
        folder = store_of(job.model).roll_back()
    except (CheckpointError, OSError) as error:
        jobs.end(job, State.FAILED, log=_short(str(error)), why=Why.COMMAND)
    else:
        result = outcome_of(job.kind, job.model)
        jobs.end(job, State.DONE, log=f"{folder.name} serves again", result=result)


class _Training:
    """One training's process, from its beginning to its end."""

    def __init__(self, job: Job, post: Post, told: Event) -> None:
        self.job, self.post, self.told = job, post, told
        self.lines: deque[str] = deque(maxlen=LINES)

    def to_the_end(self) -> None:
        with self._process() as process:
            assert process.stdout is not None
            reader = Thread(target=self._read, args=(process,), daemon=True)
            reader.start()
            wanted = True
            while wanted and process.poll() is None:
                wanted = not self.told.wait(BEAT_SECONDS) and self._beat()
            if process.poll() is None:
                _end(process)
            reader.join(END_SECONDS)
        self._settle(process.returncode, wanted)

    def _process(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            command(self.job.model, OPTION, "--data", self.job.data),
            cwd=settings.BASE_DIR,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        with suppress(ProcessLookupError):
            os.setpriority(os.PRIO_PROCESS, process.pid, LOWEST_PRIORITY)
        return process

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            if line.strip():
                self.lines.append(line.rstrip())

    def _beat(self) -> bool:
        """Renew the lease and write down how far it is; False where the job is not to go on."""
        if not self.post.hold():
            return False
        progress = progress_of(self.job.model)
        try:
            return jobs.tell(self.job, percent=progress.percent if progress else None, log=self._log())
        except DatabaseError as error:
            logger.warning("run_jobs: job %d: %s", self.job.id, error)
            return True

    def _settle(self, code: int, wanted: bool) -> None:
        """Write down what the process came to; where the database is away, as soon as it is there again."""
        end = time.monotonic() + jobs.LEASE.total_seconds()
        while True:
            try:
                return self._write_end(code, wanted)
            except DatabaseError as error:
                logger.warning("run_jobs: the end of job %d: %s", self.job.id, error)
                if time.monotonic() > end:
                    raise
                time.sleep(IDLE_SECONDS)
                close_old_connections()

    def _write_end(self, code: int, wanted: bool) -> None:
        """One that was done before it could be ended is done. Of no effect where the job is not ours any more."""
        log = self._log()
        if code == 0:
            jobs.end(self.job, State.DONE, log=log, result=outcome_of(self.job.kind, self.job.model))
        elif wanted:
            jobs.end(self.job, State.FAILED, log=log, why=Why.KILLED if code < 0 else Why.COMMAND)
        elif not self.post.ours:
            jobs.end(self.job, State.FAILED, log=log, why=Why.LOST)
        elif self.told.is_set():
            jobs.put_back(self.job, log=log)
        else:
            jobs.end(self.job, State.CANCELLED, log=log)

    def _log(self) -> str:
        return _short("\n".join(self.lines))


def _short(text: str) -> str:
    """Without the way to where the site is."""
    return text.replace(f"{settings.VAR_DIR}/", "").replace(f"{settings.BASE_DIR}/", "")


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
