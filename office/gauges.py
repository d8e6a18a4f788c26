"""What the site is like at the moment that Prometheus asks: backlog, checkpoints, jobs, memory. Nothing is kept."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from django.db import DatabaseError
from django.db.models import Count
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from movie.events.outbox import backlog
from movie.predictors.base import store_of
from movie.predictors.registry import trained
from office.models import Job
from office.outcomes import told

logger = logging.getLogger(__name__)
PROC = Path("/proc")


class SiteCollector(Collector):
    def collect(self) -> Iterable[Metric]:
        yield from _checkpoints()
        yield from _memory()
        try:
            yield from list(_tables())
        except DatabaseError as error:
            logger.warning("metrics: the database does not answer: %s", error)


def _tables() -> Iterator[Metric]:
    waits = backlog()
    yield GaugeMetricFamily("movies_outbox_waiting", "Accepted events that were not published yet", waits.waiting)
    yield GaugeMetricFamily("movies_outbox_oldest_seconds", "How long the oldest of them waits", waits.seconds)
    counts = dict(Job.objects.values_list("state").annotate(n=Count("id")).order_by())
    jobs = GaugeMetricFamily("movies_jobs", "Trainings and rollbacks that staff asked for", labels=["state"])
    for state in Job.State.values:
        jobs.add_metric([state], counts.get(state, 0))
    yield jobs


def _checkpoints() -> Iterator[Metric]:
    labels = ["model", "checkpoint", "data"]
    info = GaugeMetricFamily("movies_checkpoint_info", "The checkpoint that serves", labels=labels)
    made = GaugeMetricFamily("movies_checkpoint_created_seconds", "When it was made, Unix time", labels=["model"])
    ndcg = GaugeMetricFamily("movies_checkpoint_ndcg", "Its NDCG@10 on held-out visitors", labels=["model"])
    for model in trained():
        facts = told(store_of(model).current())
        if not facts:
            continue
        info.add_metric([model, facts["checkpoint"], facts["data"]], 1)
        if facts["created"]:
            made.add_metric([model], datetime.fromisoformat(facts["created"]).timestamp())
        if "ndcg@10" in facts["metrics"]:
            ndcg.add_metric([model], facts["metrics"]["ndcg@10"])
    yield from (info, made, ndcg)


def _memory() -> Iterator[Metric]:
    """Of the server and its workers. Workers share the weights: resident memory counts these in each of them,
    proportional memory shares them out, so that its sum is what the machine has to have."""
    resident = GaugeMetricFamily("movies_process_resident_memory_bytes", "Resident memory", labels=["process"])
    proportional = GaugeMetricFamily(
        "movies_process_proportional_memory_bytes", "Memory, what is shared divided by its users", labels=["process"]
    )
    for name, pid in _processes().items():
        found = _rollup(pid)
        resident.add_metric([name], found.get("Rss", 0))
        proportional.add_metric([name], found.get("Pss", 0))
    yield from (resident, proportional)


def _processes() -> dict[str, int]:
    """The master and its workers, numbered by age; this process alone where it is no worker."""
    parent = os.getppid()
    siblings = [pid for pid in _children(parent) if _command(pid) == _command(os.getpid())]
    if _command(parent) != _command(os.getpid()):
        return {"server": os.getpid()}
    return {"master": parent} | {f"worker-{i}": pid for i, pid in enumerate(sorted(siblings), start=1)}


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in (PROC / f"{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _command(pid: int) -> bytes:
    try:
        return (PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return b""


def _rollup(pid: int) -> dict[str, int]:
    """Bytes by name; empty where the system does not tell."""
    try:
        lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()[1:]
    except OSError:
        return {}
    return {name: int(rest.split()[0]) * 1024 for name, _, rest in (line.partition(":") for line in lines)}
