"""What the site counts for Prometheus. Whoever does a thing counts it here; office.metrics answers /metrics.

Labels are names that this code knows, of models, kinds and outcomes: never anything that a visitor sends. Under
gunicorn all workers count into files of one folder (config.counting); elsewhere each process counts for itself.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram

REGISTRY = CollectorRegistry()
PAGE_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
ANSWER_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)

REQUESTS = Counter(
    "movies_http_requests",
    "Requests, by the view that answered them (none: no such page)",
    ["view", "method", "status"],
    registry=REGISTRY,
)
REQUEST_SECONDS = Histogram(
    "movies_http_request_seconds", "Server time of requests", ["view"], buckets=PAGE_SECONDS, registry=REGISTRY
)
CLICKS = Counter(
    "movies_clicks",
    "Clicks, stars and hides, accepted or refused with a reason; those whose body makes no sense are requests of "
    "status 400",
    ["kind", "outcome"],
    registry=REGISTRY,
)
ANSWERS = Histogram(
    "movies_answer_seconds",
    "How long a model took for a list, with its re-training",
    ["model"],
    buckets=ANSWER_SECONDS,
    registry=REGISTRY,
)
FALLBACKS = Counter(
    "movies_fallbacks", "Lists that popularity made in a model's place", ["model", "reason"], registry=REGISTRY
)
