"""How many requests a second a key may make: a token bucket each, in memory."""

from __future__ import annotations

import math
import time
from collections import OrderedDict

BURST = 2
"""Seconds' worth of requests that may come at once."""
_MOST = 10_000
"""Buckets that are kept; a forgotten one starts full."""


class Buckets:
    """Token buckets by name."""

    def __init__(self) -> None:
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, name: str, rate: float) -> tuple[bool, int, int]:
        """Whether one more may come now; how many may come after it; and in how many seconds one may."""
        now = time.monotonic()
        most = max(1.0, rate * BURST)
        tokens, then = self._buckets.pop(name, (most, now))
        tokens = min(most, tokens + (now - then) * rate)
        allowed = tokens >= 1
        if allowed:
            tokens -= 1
        self._buckets[name] = (tokens, now)
        if len(self._buckets) > _MOST:
            self._buckets.popitem(last=False)
        return allowed, int(tokens), 0 if tokens >= 1 else math.ceil((1 - tokens) / rate)
