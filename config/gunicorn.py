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
"""Processes that end with this one. They are kept here, for a pipe that nobody keeps is closed."""


def when_ready(server: object) -> None:
    """Before the workers are forked: nothing loaded is garbage, and no collection shall write into shared pages."""
    gc.collect()
    gc.freeze()
    if settings.TRAIN_MISSING:
        from movie import services

        beside.append(services.train_missing())


def post_worker_init(worker: Any) -> None:
    """In each worker, after the fork: what must not be shared, and what the first visitor should not wait for."""
    from movie import services

    services.connect()
