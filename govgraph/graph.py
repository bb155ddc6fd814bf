"""The engine seam: what a graph can do, and how one is opened by URL."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from govgraph.errors import UsageError

Rows = list[dict[str, Any]]
Parameters = Mapping[str, Any]


class Transaction(Protocol):
    """A write transaction: committed when its block ends, rolled back when it raises."""

    def run(self, text: str, parameters: Parameters | None = None) -> Rows:
        """Run one statement."""
        ...


class Graph(Protocol):
    """A property graph on some engine. Values are plain Python: str, int, float, bool, date, list, dict, None."""

    dialect: str
    """Which ``name.<dialect>.cypher`` it runs where the engines must differ."""
    url: str

    def read(self, text: str, parameters: Parameters | None = None, *, timeout: float | None = None) -> Rows:
        """Rows of a reading query. ``timeout``: seconds.

        Raises:
            QueryTimeoutError: it took longer, or was interrupted.
            GraphError: the engine refused it.
        """
        ...

    def write(self) -> AbstractContextManager[Transaction]:
        """A write transaction."""
        ...

    def bulk_load(self, text_rows: Sequence[tuple[str, Rows]]) -> None:
        """Run each text over its rows (``$rows``), all in one transaction: the fastest way that keeps what is there."""
        ...

    def interrupt(self) -> None:
        """Stop what is running now; it raises QueryTimeoutError."""
        ...

    def close(self) -> None:
        """Release the graph. Closing twice is harmless."""
        ...

    def __enter__(self) -> Graph: ...

    def __exit__(self, *error: object) -> None: ...


def open(url: str | None = None, *, read_only: bool = False, timeout: float | None = None) -> Graph:
    """Open the graph at ``url``: ``ladybug:///path``, a bare path, or ``:memory:``. Default: the settings'.

    A path that doesn't exist yet is made when opened for writing. ``timeout``: seconds for each query.

    Raises:
        UsageError: a scheme that no engine serves.
        UnreachableError: opened for reading, and there is no graph.
        LockedError, NotAGraphError, NewerSchemaError: the graph can't be used; nothing was touched.
    """
    from govgraph.settings import settings

    known = settings()
    url = url or known.url
    timeout = timeout or known.timeout
    scheme = re.match(r"([a-zA-Z][a-zA-Z0-9+.-]+)://", url)
    if scheme and scheme[1] != "ladybug":
        raise UsageError(f"no engine serves {scheme[1]}:// ; write ladybug:///path, a path, or :memory:")
    from govgraph.engines.ladybug import LadybugGraph

    return LadybugGraph(
        url.removeprefix("ladybug://"),
        read_only=read_only,
        timeout=timeout,
        buffer_pool=known.buffer_pool_mb << 20,
    )
