"""What the routes share: the graph, who may ask it, what is kept, and how a question is asked."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import anyio.to_thread
from starlette.requests import HTTPConnection

from govgraph import catalogue, known
from govgraph import graph as graphs
from govgraph.api import metrics
from govgraph.api.asking import Asking
from govgraph.api.audit import Audit
from govgraph.api.cache import Cache
from govgraph.api.limits import Buckets
from govgraph.api.loads import Loads
from govgraph.api.problems import RefusedError
from govgraph.api.versions import Versions
from govgraph.errors import GraphError, QueryTimeoutError
from govgraph.graph import Graph, View
from govgraph.keys import SCOPES, Key, Keys, Scope
from govgraph.library import Library
from govgraph.settings import Serving
from govgraph.views import view_of, viewed

T = TypeVar("T")
_RETRIES = 2
"""Times that a question is asked again because the graph changed meanwhile."""
SHORTEST = 1.0
"""Seconds that a request may at least take."""
log = logging.getLogger("govgraph.api")


@dataclass(frozen=True)
class Caller:
    """Who asks."""

    id: str
    name: str
    scopes: tuple[Scope, ...]
    jurisdiction: str | None = None
    rate: float | None = None

    @classmethod
    def of(cls, key: Key) -> Caller:
        """The caller with that key."""
        return cls(key.id, key.name, key.scopes, key.jurisdiction, key.rate)

    def needs(self, scope: Scope) -> None:
        """Refuse who may not do it.

        Raises:
            RefusedError: forbidden.
        """
        if scope not in self.scopes:
            raise RefusedError(
                "forbidden", f"this needs a key with the scope {scope}; {self.name!r} has {self.scopes[-1]}"
            )

    def needs_everything(self, what: str) -> None:
        """Refuse a key that is limited to a jurisdiction.

        Raises:
            RefusedError: forbidden.
        """
        if self.jurisdiction:
            raise RefusedError("forbidden", f"{what} speaks of the whole graph; this key sees {self.jurisdiction} only")


ANYBODY = Caller("-", "anybody", SCOPES)
"""Who asks a server without keys, from its own machine."""


@dataclass
class Ask:
    """One request: who asks, until when, and what runs for it."""

    service: Service
    caller: Caller
    request_id: str
    address: str
    seconds: float
    format: str = "json"
    """What the client takes (:mod:`govgraph.api.formats`)."""
    started: float = field(default_factory=time.perf_counter)
    route: str = ""
    known_at: str | None = None
    """A run or a day: the question is asked of the graph as it was known then."""
    unsettled: bool = False
    """The graph changed while this was answered, and again: the answer is not to be kept."""
    version: str = ""
    """The version of the graph that the answer is true of."""
    _asking: set[Asking] = field(default_factory=set)
    stopped: bool = False

    async def run(self, work: Callable[[Library], T]) -> T:
        """What ``work`` says, in a thread, on a graph that stops at the deadline or when nobody waits any more.

        Raises:
            GovgraphError: what ``work`` raises; overloaded: too many wait.
        """
        return await self.service.threads(lambda: self._stable(work))

    def _stable(self, work: Callable[[Library], T]) -> T:
        if self.known_at is not None:
            return self._of_then(work)
        with self.open() as asking:
            for _ in range(1 + _RETRIES):
                before = catalogue.version(asking)
                found = work(Library(self.limited(asking)))
                if catalogue.version(asking) == before:
                    self.version = before
                    return found
            self.unsettled = True
            return found

    def _of_then(self, work: Callable[[Library], T]) -> T:
        # A day may mean another run once the graph has changed, so the answer goes by the version of now.
        before = self._version()
        with self.open() as asking:
            found = work(Library(self.limited(asking)))
        if self._version() == before:
            self.version = before
        else:
            self.unsettled = True
        return found

    def _version(self) -> str:
        with self.service.graph.reader() as reader:
            return catalogue.version(reader)

    def open(self, known_at: str | None = None) -> Asking:
        """A graph that reads for this request, of then where it asks for that; close it.

        Raises:
            GovgraphError: there is no such run or day, or the graph of then is not built in time.
        """
        then = self.known_at if known_at is None else known_at
        if then is not None and self.caller.jurisdiction and then.isdigit():
            raise RefusedError("forbidden", f"runs speak of the whole graph; name a day, not run {then}")
        reader = self.service.past.graph(then, self.seconds) if then is not None else self.service.graph.reader()
        asking = Asking(reader, self.seconds, metrics.engine)
        self._asking.add(asking)
        if self.stopped:
            asking.stop()
        return asking

    def limited(self, graph: Graph) -> Graph:
        """The graph as the caller may see it."""
        return self.service.limited(graph, self.caller)

    async def stoppable(self, work: Callable[[], T]) -> T:
        """Work in one of the threads for questions; when nobody waits for it any more, it is stopped in the engine.

        Raises:
            GovgraphError: what ``work`` raises; overloaded: too many wait.
        """
        try:
            return await self.service.threads(work, abandon=True)
        except asyncio.CancelledError:
            asyncio.get_running_loop().run_in_executor(None, self.stop)
            raise

    def stop(self) -> None:
        """Stop what runs in the engine for this request; takes until it has stopped."""
        self.stopped = True
        for asking in list(self._asking):
            asking.stop()


class Service:
    """The parts of a running server."""

    def __init__(self, serving: Serving, graph: Graph | None = None) -> None:
        self.serving = serving
        self._given = graph
        self._graph: Graph | None = graph
        self.keys = Keys(serving.keys)
        self.audit = Audit(serving.audit)
        self.cache = Cache(serving.cache_mb << 20)
        self.buckets = Buckets()
        self.versions = Versions(self._look, serving.fresh)
        self.loads = Loads(self)
        self.past = Past(self)
        self._views: dict[str, tuple[str, View]] = {}
        self._limiter: anyio.CapacityLimiter | None = None
        self._waiting = 0

    @property
    def graph(self) -> Graph:
        """The graph.

        Raises:
            RefusedError: the server has not begun, or is ending.
        """
        if self._graph is None:
            raise RefusedError("unavailable", "the server is starting or stopping")
        return self._graph

    async def start(self) -> None:
        """Open the graph and what else is needed.

        Raises:
            GovgraphError: something can't be used.
        """
        self._limiter = anyio.CapacityLimiter(self.serving.questions)
        self.keys.every()
        self.audit.open()
        if self._graph is None:
            self._graph = await asyncio.to_thread(graphs.open, self.serving.url)
        self.loads.start()
        log.info("serving", extra={"graph": self._graph.url, "keys": sum(k.good for k in self.keys.every())})

    async def stop(self) -> None:
        """End the loads, then release the graph."""
        self.past.stop()
        await asyncio.to_thread(self.loads.stop, self.serving.grace)
        graph, self._graph = self._graph, None
        if graph is not None and self._given is None:
            await asyncio.to_thread(graph.close)
        self.audit.close()
        log.info("stopped")

    async def threads(self, work: Callable[[], T], *, abandon: bool = False) -> T:
        """Run ``work`` in one of the threads for questions; ``abandon``: do not wait for it when cancelled.

        Raises:
            RefusedError: overloaded.
        """
        if self._waiting >= self.serving.waiting:
            raise RefusedError(
                "overloaded",
                f"{self._waiting} questions are waiting already; ask again in a moment",
                headers={"Retry-After": "2"},
            )
        self._waiting += 1
        try:
            return await anyio.to_thread.run_sync(work, abandon_on_cancel=abandon, limiter=self._limiter)
        finally:
            self._waiting -= 1

    async def _look(self) -> str:
        def look() -> str:
            with self.graph.reader() as reader:
                return catalogue.version(reader)

        return await anyio.to_thread.run_sync(look)

    def limited(self, graph: Graph, caller: Caller) -> Graph:
        """The graph as a caller may see it; a jurisdiction's view is worked out once per version of the graph."""
        if caller.jurisdiction is None:
            return graph
        if graph.known is not None:
            return viewed(graph, view_of(graph, caller.jurisdiction))
        now = catalogue.version(graph)
        kept = self._views.get(caller.jurisdiction)
        if kept is None or kept[0] != now:
            kept = self._views[caller.jurisdiction] = (now, view_of(graph, caller.jurisdiction))
        return viewed(graph, kept[1])

    def state(self, version: str) -> tuple[str, date]:
        """What a kept answer is true of: the graph, and the day that an undated question means."""
        return version, date.today()

    def note(self, ask: Ask, action: str, outcome: str, **more: Any) -> None:
        """Write a line into the audit log."""
        self.audit.write(
            request_id=ask.request_id,
            key=ask.caller.id,
            name=ask.caller.name,
            address=ask.address,
            action=action,
            outcome=outcome,
            **more,
        )


class Past:
    """Graphs of the past: each is built once for all who wait, one after another, and goes on when nobody does."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._pool = ThreadPoolExecutor(1, "govgraph-past")
        self._lock = threading.Lock()
        self._builds: dict[Path, Future[None]] = {}
        self._stopping = False

    def graph(self, asked: str, seconds: float) -> Graph:
        """The graph as it was known then, for one request.

        Raises:
            QueryTimeoutError: it is not built after so many seconds; that goes on.
            GovgraphError: as of :func:`govgraph.known.at`.
        """
        with self._service.graph.reader() as reader:
            point = known.at(reader, asked)
        if not point.path.exists():
            with self._lock:
                build = self._builds.get(point.path)
                if build is None:
                    build = self._builds[point.path] = self._pool.submit(self._build, point)
            try:
                build.result(seconds)
            except TimeoutError:
                raise QueryTimeoutError(
                    f"what was known at {asked} is being made from the journal, which takes longer than the "
                    f"{seconds:g} seconds of this request; it goes on: ask again in a while"
                ) from None
        return known.opened(point)

    def _build(self, point: known.Point) -> None:
        def going_on(done: int, of: int) -> None:
            if self._stopping:
                raise GraphError("the server is stopping")

        try:
            known.opened(point, going_on).close()
        finally:
            with self._lock:
                self._builds.pop(point.path, None)

    def stop(self) -> None:
        """Give up what is being built."""
        self._stopping = True
        self._pool.shutdown(wait=False, cancel_futures=True)


def asked(connection: HTTPConnection) -> Ask:
    """The request that a route answers."""
    found: Ask = connection.scope["govgraph"]
    return found
