"""How gunicorn serves the site: gunicorn -c config/gunicorn.py config.wsgi

The application, and with it the weights, is loaded before the workers are forked. That is safe only while no parallel
region of OpenMP runs before the fork, hence one thread: set here, before anything imports torch.
"""

from __future__ import annotations

import gc
import os
from typing import Any

os.environ["OMP_NUM_THREADS"] = "1"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.conf import settings

from config.counting import fresh_folder

counts, counts_kept = fresh_folder(settings.VAR_DIR / "metrics")
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(counts)  # before prometheus_client is imported: it decides then

bind = f"{settings.HOST}:{settings.PORT}"
workers = settings.WEB_WORKERS
threads = settings.WEB_THREADS
worker_class = "gthread"
preload_app = True
control_socket_disable = True
timeout = 60
graceful_timeout = 10
max_requests = 0
worker_tmp_dir = str(settings.VAR_DIR)
accesslog = None
errorlog = "-"
loglevel = settings.LOG_LEVEL.lower()


beside: list[object] = []
"""A process that ends with this one is kept here, for a pipe that nobody keeps is closed."""


def when_ready(server: object) -> None:
    """Before the workers are forked: nothing loaded is garbage, and no collection shall write into shared pages."""
    gc.collect()
    gc.freeze()
    from movie import services

    if settings.TRAIN_MISSING:
        beside.append(services.start_beside("train_missing"))
    if settings.RUN_JOBS:
        services.keep_beside("run_jobs")


def child_exit(server: object, worker: Any) -> None:
    """What a worker that has ended counted still counts; what it told of itself does not."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def post_worker_init(worker: Any) -> None:
    """In each worker, after the fork: what must not be shared, and what the first visitor should not wait for."""
    from movie import services

    services.connect()
