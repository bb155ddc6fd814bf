"""Settings from the environment: the only place that reads it."""

from __future__ import annotations

import os
from typing import NamedTuple

_MOST = 1e9
DEFAULT_GRAPH = "govgraph.lbug"
"""A file in the current folder."""


class Settings(NamedTuple):
    """What the environment says; command-line options go before it."""

    url: str
    """Which graph (``GOVGRAPH_URL``)."""
    lang: str
    """``zh`` or ``en`` for people's output (``LC_ALL``, ``LC_MESSAGES``, ``LANG``)."""
    timeout: float | None
    """Seconds that one query may take (``GOVGRAPH_TIMEOUT``); none by default."""
    buffer_pool_mb: int
    """Memory that the embedded engine may use for its buffer pool (``GOVGRAPH_BUFFER_POOL_MB``), MiB."""


def settings() -> Settings:
    """Read the environment.

    Raises:
        UsageError: a value that can't be taken.
    """
    env = os.environ
    locale = env.get("LC_ALL") or env.get("LC_MESSAGES") or env.get("LANG") or ""
    return Settings(
        url=env.get("GOVGRAPH_URL") or DEFAULT_GRAPH,
        lang="zh" if locale.lower().startswith("zh") else "en",
        timeout=_number("GOVGRAPH_TIMEOUT", env.get("GOVGRAPH_TIMEOUT")),
        buffer_pool_mb=int(_number("GOVGRAPH_BUFFER_POOL_MB", env.get("GOVGRAPH_BUFFER_POOL_MB")) or 2048),
    )


def _number(name: str, value: str | None) -> float | None:
    if not value:
        return None
    try:
        number = float(value)
    except ValueError:
        number = -1
    if not 0 < number < _MOST:
        from govgraph.errors import UsageError

        raise UsageError(f"{name}={value!r} is not a number above 0 (and below 1e9)")
    return number
