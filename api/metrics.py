"""What the server counts, for Prometheus."""

from __future__ import annotations

from functools import lru_cache

import prometheus_client as prometheus

from govgraph import settings

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
REQUESTS = prometheus.Histogram(
    "govgraph_http_request_seconds",
    "Seconds from a request to the end of its answer",
    ("route", "method", "status"),
    buckets=_SECONDS,
)
ENGINE = prometheus.Histogram("govgraph_engine_call_seconds", "Seconds of a call of the engine", buckets=_SECONDS)
ROWS = prometheus.Counter("govgraph_engine_rows", "Rows that the engine gave")
KEPT = prometheus.Counter("govgraph_answers", "Answers by where they came from", ("origin",))
LOADS = prometheus.Counter("govgraph_loads", "Loads over HTTP by how they ended", ("status",))
LOADED = prometheus.Counter("govgraph_loaded_rows", "Rows of loads over HTTP", ("outcome",))
REFUSALS = prometheus.Counter("govgraph_refusals", "Requests that were let in by no key, or held back", ("code",))
CONTENT_TYPE = prometheus.CONTENT_TYPE_LATEST


@lru_cache(maxsize=4096)
def request(route: str, method: str, status: int) -> prometheus.Histogram:
    """The histogram of requests of a kind; looking its labels up each time would cost more than counting."""
    return REQUESTS.labels(route, method, str(status))


def engine(seconds: float, rows: int) -> None:
    """Count an engine call."""
    ENGINE.observe(seconds)
    ROWS.inc(rows)


def page() -> bytes:
    """The numbers as text: of all workers, where there are several."""
    if folder := settings.metrics_folder():
        from prometheus_client import multiprocess

        registry = prometheus.CollectorRegistry()
        multiprocess.MultiProcessCollector(registry, path=folder)  # type: ignore[no-untyped-call]
        return prometheus.generate_latest(registry)
    return prometheus.generate_latest()
