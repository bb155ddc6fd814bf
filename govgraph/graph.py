"""The engine seam: what a graph can do, and how one is opened by URL."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar

from govgraph.errors import UsageError
from govgraph.schema import Whole

Rows = list[dict[str, Any]]
Parameters = Mapping[str, Any]
Run = Callable[[str, Parameters | None], Rows]
"""What answers a text and its parameters."""
T = TypeVar("T")
NEO4J_SCHEMES = ("neo4j", "neo4j+s", "neo4j+ssc", "bolt", "bolt+s", "bolt+ssc")


class Transaction(Protocol):
    """A write transaction: committed when its block ends, rolled back when it raises."""

    def run(self, text: str, parameters: Parameters | None = None) -> Rows:
        """Run one statement."""
        ...


class Beside(Protocol):
    """A copy of a graph that nobody else knows, to be filled; it takes the graph's place at the end, or is gone."""

    folder: Path
    """Where files may stand that are needed meanwhile; it goes with the copy."""

    def fill(self, text: str) -> None:
        """Run a statement on its own, outside of any transaction."""
        ...

    def transact(self, work: Callable[[Transaction], T]) -> T:
        """What ``work`` returns, run in a write transaction."""
        ...


class View(NamedTuple):
    """What a limited graph is limited to: a jurisdiction and what lies below it (docs/semantics.md, section 10)."""

    at: str
    """The jurisdiction's id."""
    within: tuple[str, ...]
    """It and every division below it, by id."""
    above: tuple[str, ...] = ()
    """Its ancestors, nearest first."""


class Known(NamedTuple):
    """As of which run a graph of the past answers (docs/semantics.md, section 15)."""

    asked: str
    """The run or the day, as it was asked for."""
    run: str
    """The last run that counts."""
    ended: str
    """When that run ended."""


class Graph(Protocol):
    """A property graph on some engine. Values are plain Python: str, int, float, bool, date, list, dict, None."""

    dialect: str
    """Which ``name.<dialect>.cypher`` it runs where the engines must differ."""
    url: str
    """Where it is; never with a password."""
    writers: int
    """How many transactions may write at once."""
    view: View | None
    """What its questions are limited to; None: they see everything."""
    known: Known | None
    """Of a graph of the past: as of when it answers; None: it is the graph of now."""

    def read(self, text: str, parameters: Parameters | None = None, *, timeout: float | None = None) -> Rows:
        """Rows of a reading query. ``timeout``: seconds.

        Raises:
            QueryTimeoutError: it took longer, or was interrupted.
            GraphError: the engine refused it.
        """
        ...

    def stream(self, asked: Whole, parameters: Parameters | None = None, *, size: int) -> Iterator[Rows]:
        """All rows in lists of up to ``size``, read as one, without holding them all.

        Raises:
            GraphError: the engine refused it, or stopped in the middle.
        """
        ...

    def vet(self, text: str, parameters: Parameters | None = None) -> None:
        """Have the engine look at a text that govgraph did not write, without running it.

        Raises:
            GraphError: the engine can't take it, or it does more than read.
        """
        ...

    def guarded(self, text: str, parameters: Parameters | None = None, *, most: int, timeout: float) -> Rows:
        """Up to ``most`` rows of a text that govgraph did not write, in a transaction that can't write.

        What the engines let a reading text do outside the graph is not kept from it here (:mod:`govgraph.rules`).

        Raises:
            QueryTimeoutError: it took longer than ``timeout`` seconds, or was interrupted.
            GraphError: as :meth:`vet`.
        """
        ...

    def write(self) -> AbstractContextManager[Transaction]:
        """A write transaction."""
        ...

    def transact(self, work: Callable[[Transaction], T]) -> T:
        """What ``work`` returns, run in a write transaction that is tried again where that is right.

        ``work`` may run several times, so it changes nothing but the graph.

        Raises:
            ConnectionLostError: the server went away and did not come back; nothing of this transaction is known to
                be there, and the same work may be done again.
            GraphError: the engine refused it; nothing of it is there.
        """
        ...

    def beside(self) -> AbstractContextManager[Beside] | None:
        """A copy beside the graph, which takes its place when the block ends and is gone when it raises: whatever happens,
        the graph is one or the other, whole. Nobody else can write meanwhile. None: this graph can't be exchanged.

        Raises:
            GraphError, OSError: the engine or the disk failed; the graph is as it was.
            LockedError: it was exchanged, and another process opened it first.
        """
        ...

    def settle(self) -> None:
        """Bring the engine's statistics up to date after much was written, so that it plans well from then on."""
        ...

    def interrupt(self) -> None:
        """Stop what is running now; it raises QueryTimeoutError."""
        ...

    def reader(self) -> Graph:
        """The same graph for one question at a time beside others: it only reads, and its :meth:`interrupt` stops
        nothing but its own. Close it before the graph that it comes from.
        """
        ...

    def close(self) -> None:
        """Release the graph. Closing twice is harmless."""
        ...

    def __enter__(self) -> Graph: ...

    def __exit__(self, *error: object) -> None: ...


class Over:
    """A graph over another, which does all that a subclass does not do otherwise; closing it closes that one."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self.dialect, self.url, self.writers = graph.dialect, graph.url, graph.writers
        self.view: View | None = graph.view
        self.known: Known | None = graph.known

    def read(self, text: str, parameters: Parameters | None = None, *, timeout: float | None = None) -> Rows:
        return self._graph.read(text, parameters, timeout=timeout)

    def stream(self, asked: Whole, parameters: Parameters | None = None, *, size: int) -> Iterator[Rows]:
        return self._graph.stream(asked, parameters, size=size)

    def vet(self, text: str, parameters: Parameters | None = None) -> None:
        self._graph.vet(text, parameters)

    def guarded(self, text: str, parameters: Parameters | None = None, *, most: int, timeout: float) -> Rows:
        return self._graph.guarded(text, parameters, most=most, timeout=timeout)

    def write(self) -> AbstractContextManager[Transaction]:
        return self._graph.write()

    def transact(self, work: Callable[[Transaction], T]) -> T:
        return self._graph.transact(work)

    def beside(self) -> AbstractContextManager[Beside] | None:
        return None  # It would see more than this one.

    def settle(self) -> None:
        self._graph.settle()

    def interrupt(self) -> None:
        self._graph.interrupt()

    def reader(self) -> Graph:
        return self._graph.reader()

    def close(self) -> None:
        self._graph.close()

    def __enter__(self) -> Graph:
        self._graph.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._graph.__exit__(*error)


def embedded(url: str) -> bool:
    """Whether a graph at that URL is a file of the embedded engine (or in memory), which one process writes."""
    return "://" not in url.removeprefix("ladybug://")


def open(url: str | None = None, *, read_only: bool = False, timeout: float | None = None) -> Graph:
    """Open the graph at ``url``: a path, ``ladybug:///path`` or ``:memory:``; or a server's ``neo4j://`` or
    ``bolt://`` (``+s``: encrypted, ``+ssc``: without checking who signed). Default: the settings'.

    What doesn't exist yet is made when opened for writing. ``timeout``: seconds for each query. User, password and
    database of a server come from the settings; of a server that ``govgraph neo4j start`` started, the password is
    found by its URL.

    Raises:
        UsageError: a scheme that no engine serves, or a URL that holds a password.
        UnreachableError: nothing there, or opened for reading and there is no graph yet.
        AccessError, ServerVersionError: the server.
        LockedError, NotAGraphError, NewerSchemaError, OlderSchemaError: the graph can't be used; nothing was touched.
    """
    from govgraph.settings import settings

    known = settings()
    url = url or known.url
    timeout = timeout or known.timeout
    found = re.match(r"([a-zA-Z][a-zA-Z0-9+.-]*)://", url)
    scheme = found[1].lower() if found else "ladybug"
    if scheme in NEO4J_SCHEMES:
        from govgraph.engines.neo4j import Neo4jGraph
        from govgraph.server import credentials

        # What is known of this very server goes before what is set for any.
        user, password = credentials(url) or (known.neo4j_user, known.secret())
        return Neo4jGraph(
            url,
            user=user,
            password=password,
            database=known.neo4j_database,
            read_only=read_only,
            timeout=timeout,
            retry=known.neo4j_retry,
        )
    if scheme != "ladybug":
        raise UsageError(
            f"no engine serves {scheme}:// ; write a path, ladybug:///path, :memory:, or one of "
            + ", ".join(f"{s}://" for s in NEO4J_SCHEMES)
        )
    from govgraph.engines.ladybug import LadybugGraph

    return LadybugGraph(
        url.removeprefix("ladybug://"), read_only=read_only, timeout=timeout, buffer_pool=known.buffer_pool_mb << 20
    )
