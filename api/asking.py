"""A graph for one request: with a deadline over all its queries, stoppable from outside, and measured."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import NoReturn

from govgraph.errors import LockedError, QueryTimeoutError
from govgraph.graph import Graph, Parameters, Rows, T, Transaction, View
from govgraph.schema import Whole

Meter = Callable[[float, int], None]
"""Told of every engine call: its seconds and its rows."""
_TRIES, _PAUSE = 200, 0.05


class Asking:
    """A :class:`govgraph.graph.Graph` that only reads, until its deadline or until it is stopped."""

    view: View | None = None

    def __init__(self, reader: Graph, seconds: float, meter: Meter) -> None:
        self._reader, self._meter = reader, meter
        self.dialect, self.url, self.writers = reader.dialect, reader.url, reader.writers
        self.known = reader.known
        self._seconds = seconds
        self._stopped, self._open, self._busy = False, True, 0
        self._lock = threading.Lock()
        self.extend()

    def extend(self) -> None:
        """Let the deadline begin anew: for what goes out in parts, each of which has its time."""
        self._ends = time.monotonic() + self._seconds

    def read(self, text: str, parameters: Parameters | None = None, *, timeout: float | None = None) -> Rows:
        with self._call() as left:
            started = time.perf_counter()
            rows: Rows = []
            try:
                rows = self._reader.read(text, parameters, timeout=min(timeout or left, left))
            finally:
                self._meter(time.perf_counter() - started, len(rows))
            return rows

    def stream(self, asked: Whole, parameters: Parameters | None = None, *, size: int) -> Iterator[Rows]:
        with self._call():
            yield from self._reader.stream(asked, parameters, size=size)

    def vet(self, text: str, parameters: Parameters | None = None) -> None:
        with self._call():
            self._reader.vet(text, parameters)

    def guarded(self, text: str, parameters: Parameters | None = None, *, most: int, timeout: float) -> Rows:
        with self._call() as left:
            return self._reader.guarded(text, parameters, most=most, timeout=min(timeout, left))

    @contextmanager
    def _call(self) -> Iterator[float]:
        """A call of the engine, with the seconds that are left for it."""
        left = self._ends - time.monotonic()
        with self._lock:
            if self._stopped or not self._open or left <= 0:
                self._over()
            self._busy += 1
        try:
            yield left
        except QueryTimeoutError:
            self._over()
        finally:
            with self._lock:
                self._busy -= 1
                self._release()

    def _over(self) -> NoReturn:
        raise QueryTimeoutError(
            f"the question took longer than its {self._seconds:g} seconds; narrow it, or ask for a later deadline"
        )

    def stop(self) -> None:
        """Stop what is running, and all that would follow; takes until it has stopped."""
        self._stopped = True
        for _ in range(_TRIES):
            with self._lock:
                if not self._busy:
                    return
                self._reader.interrupt()
            # A query that was about to begin did not hear it.
            time.sleep(_PAUSE)

    interrupt = stop

    def write(self) -> AbstractContextManager[Transaction]:
        raise LockedError("a question does not write")

    def transact(self, work: Callable[[Transaction], T]) -> T:
        raise LockedError("a question does not write")

    def beside(self) -> None:
        return  # A question does not write.

    def settle(self) -> None:
        return

    def reader(self) -> Graph:
        return self

    def close(self) -> None:
        with self._lock:
            self._open = False
            self._release()

    def _release(self) -> None:
        # The engine's reader can't be taken away from a call that is running: that call closes it.
        if not self._open and not self._busy:
            self._reader.close()

    def __enter__(self) -> Asking:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
