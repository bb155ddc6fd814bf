"""The embedded engine: LadybugDB, a file and no server."""

from __future__ import annotations

import copy
import ctypes
import re
import shutil
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import ladybug

from govgraph import pages, schema
from govgraph.errors import (
    GraphError,
    LockedError,
    NewerSchemaError,
    NotAGraphError,
    QueryTimeoutError,
    UnreachableError,
)
from govgraph.files import settle
from govgraph.graph import Beside, Known, Parameters, Rows, T, Transaction, View
from govgraph.model import SCHEMA_VERSION

_MAGIC = b"LBUG"
_RETRIES = 6
_VERSIONS = re.compile(r"file version: (\d+), Current build storage version: (\d+)")
_BESIDE = ".filling"
"""Of the folder of a copy that is being filled, after the name of the graph's file."""
_COPY = "import shutil, sys; shutil.copyfile(sys.argv[1], sys.argv[2])"
_SHARE = 16
"""What part of a small buffer pool a page of a whole kind takes."""
_MAX_VERSION = 10_000
"""A storage version above it is no version but something else's bytes."""


class _TornLog(GraphError):
    """The write-ahead log ends in the middle of a record, or a checkpoint was cut off: only a writer can mend it."""


class LadybugGraph:
    """A :class:`govgraph.graph.Graph` in one file (or in memory)."""

    dialect = "ladybug"
    writers = 1
    view: View | None = None
    known: Known | None = None

    def __init__(
        self, path: str, *, read_only: bool = False, timeout: float | None = None, buffer_pool: int = 2 << 30
    ) -> None:
        self.url = path if path == ":memory:" else f"ladybug://{Path(path).absolute()}"
        self._path = path
        self._timeout = timeout
        self._lock = threading.RLock()
        self._closed = True
        self._reader = False
        self._read_only, self._buffer_pool = read_only, buffer_pool
        self._readers: weakref.WeakSet[LadybugGraph] = weakref.WeakSet()
        self._writing = False
        self._streams: set[LadybugGraph] = set()
        """Readers of what is being streamed."""
        self._closing = threading.Lock()
        new = self._check_path(path, read_only)
        if not new and not read_only:
            # Opening for writing touches the file: look first whether it is ours to write.
            with suppress(_TornLog):
                self._start(path, True, buffer_pool, new)
                self.close()
        self._start(path, read_only, buffer_pool, new)
        if not read_only:
            # What a kill left: who fills a copy has the graph locked.
            shutil.rmtree(path + _BESIDE, ignore_errors=True)

    # --- opening ---

    def _start(self, path: str, read_only: bool, buffer_pool: int, new: bool) -> None:
        self._database = self._open(path, read_only, buffer_pool)
        self._connection = ladybug.Connection(self._database)
        self._closed = False
        try:
            self._check_schema(new)
        except BaseException:
            self.close()
            raise

    @staticmethod
    def _check_path(path: str, read_only: bool) -> bool:
        if path == ":memory:":
            return True
        file = Path(path)
        if file.is_dir():
            raise NotAGraphError(f"{path} is a folder, not a graph; name a file in it, e.g. {file / 'govgraph.lbug'}")
        if not file.exists():
            if read_only:
                raise UnreachableError(
                    f"there is no graph at {path}; make one with: govgraph --graph {path} load baseline"
                )
            if not file.parent.is_dir():
                raise UnreachableError(f"there is no folder {file.parent} to hold the graph; make it first")
            return True
        try:
            with file.open("rb") as stream:
                head = stream.read(len(_MAGIC))
        except OSError as error:
            raise UnreachableError(f"{path} can't be read: {error.strerror}") from None
        if head != _MAGIC:
            raise NotAGraphError(f"{path} is not a graph (it was left as it is); name another path")
        return False

    def _open(self, path: str, read_only: bool, buffer_pool: int) -> ladybug.Database:
        def attempt(strict: bool) -> ladybug.Database:
            return ladybug.Database(
                path,
                buffer_pool_size=buffer_pool,
                read_only=read_only and path != ":memory:",
                throw_on_wal_replay_failure=strict,
            )

        for turn in range(_RETRIES):
            try:
                return attempt(True)
            except RuntimeError as error:
                text = str(error)
                if "lock" in text.lower():
                    holder = re.search(r"PID (\d+)", text)
                    who = f"process {holder[1]}" if holder else "another process"
                    raise LockedError(f"{path} is locked: {who} has it open; wait for it to end, or stop it") from None
                if versions := _VERSIONS.search(text):
                    newer = int(versions[2]) < int(versions[1]) < _MAX_VERSION
                    raise (NewerSchemaError if newer else NotAGraphError)(
                        f"{path} has storage format {versions[1]}, this version reads {versions[2]}; "
                        + ("upgrade govgraph" if newer else "make the graph again from what was loaded")
                    ) from None
                torn = "wal" in text.lower().replace(path.lower(), "")
                if torn and not read_only:
                    return self._recover(path, attempt)
                # A reader can meet the writer's checkpoint: it passes.
                if not read_only or turn == _RETRIES - 1 or not Path(f"{path}.wal").exists():
                    if torn or "recovery is pending" in text:
                        raise _TornLog(f"{path} was cut off while it was written; the next load mends it") from None
                    raise NotAGraphError(f"{path} can't be read as a graph: {_line(text)}") from None
                time.sleep(0.05 * 2**turn)
        raise AssertionError("unreachable")

    @staticmethod
    def _recover(path: str, attempt: Callable[[bool], ladybug.Database]) -> ladybug.Database:
        wal = Path(path + ".wal")
        aside = Path(f"{path}.wal.torn-{int(time.time())}")
        if wal.exists():
            shutil.copy2(wal, aside)
        print(
            f"govgraph: the write-ahead log of {path} is torn (a crash, or a full disk). A copy is kept at {aside}; "
            "the graph is opened as of the last whole transaction. Run the last load again.",
            file=sys.stderr,
        )
        try:
            return attempt(False)
        except RuntimeError as error:
            raise GraphError(f"{path} can't be recovered: {_line(str(error))}") from None

    def _check_schema(self, new: bool) -> None:
        found = self._version()
        if found is None:
            if not new and self._tables():
                raise NotAGraphError(f"{self._path} is a LadybugDB file that govgraph did not make; name another path")
            with self.write() as tx:
                for text in schema.ddl(self.dialect).values():
                    tx.run(text)
                tx.run(schema.set_meta(), {"id": "schema", "value": str(SCHEMA_VERSION)})
        else:
            schema.check_version(found, self._path)

    def _tables(self) -> Rows:
        return self.read("CALL show_tables() RETURN name AS name")

    def _version(self) -> int | None:
        if not any(t["name"] == schema.META for t in self._tables()):
            return None
        rows = self.read(schema.get_meta(), {"id": "schema"})
        return int(rows[0]["value"]) if rows else None

    # --- use ---

    def read(self, text: str, parameters: Parameters | None = None, *, timeout: float | None = None) -> Rows:
        with self._lock:
            return self._run(text, parameters, timeout or self._timeout)

    def vet(self, text: str, parameters: Parameters | None = None) -> None:
        with self._reading():
            self._run(f"EXPLAIN {text}", parameters, self._timeout)

    def guarded(self, text: str, parameters: Parameters | None = None, *, most: int, timeout: float) -> Rows:
        with self._reading():
            result = self._execute(text, parameters, timeout)
            try:
                names = result.get_column_names()
                rows = (result.get_next() for _ in range(most) if result.has_next())
                return [dict(zip(names, map(_plain, row), strict=True)) for row in rows]
            finally:
                result.close()

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """A transaction in which the engine refuses to write, also where the file is open for writing."""
        with self._lock:
            self._run("BEGIN TRANSACTION READ ONLY", None, None)
            try:
                yield
            finally:
                # The engine itself ends a transaction whose statement failed.
                with suppress(GraphError):
                    self._run("ROLLBACK", None, None)

    @contextmanager
    def write(self) -> Iterator[_Transaction]:
        if self._reader:
            raise LockedError(f"{self._path} was opened for reading only")
        with self._lock:
            self._run("BEGIN TRANSACTION", None, None)
            self._writing = True
            try:
                yield _Transaction(self)
            except BaseException:
                # The engine itself rolls back a transaction whose statement failed.
                with suppress(GraphError):
                    self._run("ROLLBACK", None, None)
                raise
            finally:
                self._writing = False
            self._run("COMMIT", None, None)

    def transact(self, work: Callable[[Transaction], T]) -> T:
        with self.write() as tx:
            return work(tx)

    def settle(self) -> None:
        return  # It plans by schema, not by statistics.

    def interrupt(self) -> None:
        for graph in (self, *self._streams):
            with graph._closing:
                # A closed connection has nothing to stop, and the engine can't be asked to.
                if not graph._closed:
                    graph._connection.interrupt()

    def reader(self) -> LadybugGraph:
        if self._closed:
            raise GraphError("the graph is closed")
        other = copy.copy(self)
        other._reader, other._lock, other._closing = True, threading.RLock(), threading.Lock()
        other._writing, other._streams = False, set()
        other._connection = ladybug.Connection(self._database)
        self._readers.add(other)
        return other

    def beside(self) -> AbstractContextManager[Beside] | None:
        shared = any(not reader._closed for reader in self._readers)
        if self._path == ":memory:" or self._read_only or self._reader or shared or not sys.executable:
            return None
        return self._exchanged()

    @contextmanager
    def _exchanged(self) -> Iterator[Beside]:
        folder = Path(self._path + _BESIDE)
        new = folder / "graph.lbug"
        with self._lock:
            try:
                self._run("CHECKPOINT", None, None)
                folder.mkdir()
                # By a process of its own: when this one closes the file, it gives up the engine's lock on it.
                copied = subprocess.run([sys.executable, "-c", _COPY, self._path, str(new)], capture_output=True)
                if copied.returncode:
                    raise GraphError(f"{self._path} can't be copied to {folder}")
                with _Beside(new, self._buffer_pool) as beside:
                    yield beside
                    beside.settle()
                if Path(f"{new}.wal").exists():
                    raise GraphError(f"{new} was not written whole")
                # By then the name is the new file's: what closing the old one wrote beside it, and a kill left there, would
                # be taken for the new one's.
                self._run("CALL force_checkpoint_on_close=false", None, None)
                settle(new, Path(self._path))
            finally:
                shutil.rmtree(folder, ignore_errors=True)
            self.close()
            self._reopen()

    def _reopen(self) -> None:
        for turn in range(_RETRIES + 1):
            try:
                self._start(self._path, False, self._buffer_pool, False)
                break
            except LockedError:
                if turn == _RETRIES:
                    raise
                time.sleep(0.05 * 2**turn)

    def close(self) -> None:
        with self._closing:
            if not self._closed:
                self._closed = True
                self._connection.close()
                if not self._reader:
                    self._database.close()

    def __enter__(self) -> LadybugGraph:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def stream(self, asked: schema.Whole, parameters: Parameters | None = None, *, size: int) -> Iterator[Rows]:
        with self._lock, self._standing() as graph:

            def read(text: str, parameters: Parameters) -> Rows:
                return graph._run(text, parameters, self._timeout)

            most = min(pages.PAGE, self._buffer_pool // _SHARE)
            for text, given in pages.pages(read, asked, parameters or {}, most):
                result = graph._execute(text, given, self._timeout)
                names = result.get_column_names()
                try:
                    while result.has_next():
                        rows = (result.get_next() for _ in range(size) if result.has_next())
                        yield [dict(zip(names, map(_plain, row), strict=True)) for row in rows]
                finally:
                    result.close()

    @contextmanager
    def _standing(self) -> Iterator[LadybugGraph]:
        """The graph as it stands now, for several texts, whatever is written between them."""
        if self._writing:
            yield self
            return
        with self.reader() as other, other._reading():
            self._streams.add(other)
            try:
                yield other
            finally:
                self._streams.discard(other)

    def _run(self, text: str, parameters: Parameters | None, timeout: float | None) -> Rows:
        result = self._execute(text, parameters, timeout)
        try:
            names = result.get_column_names()
            return [{name: _plain(value) for name, value in zip(names, row, strict=True)} for row in result.get_all()]
        finally:
            result.close()

    def _execute(self, text: str, parameters: Parameters | None, timeout: float | None) -> ladybug.QueryResult:
        if self._closed:
            raise GraphError("the graph is closed")
        self._connection.set_query_timeout(max(1, int(timeout * 1000)) if timeout else 0)
        try:
            result = self._connection.execute(text, dict(parameters) if parameters else None)
        except RuntimeError as error:
            message = str(error)
            if "Interrupted" in message:
                raise QueryTimeoutError(
                    "the question took longer than allowed; narrow it, or raise GOVGRAPH_TIMEOUT"
                ) from None
            if "read-only transaction" in message:
                raise GraphError("the engine refused a query: it writes") from None
            if "read-only" in message:
                raise LockedError(f"{self._path} was opened for reading only") from None
            raise GraphError(f"the engine refused a query: {_line(message)}") from error
        assert isinstance(result, ladybug.QueryResult)
        return result


class _Beside:
    """A :class:`govgraph.graph.Beside`."""

    def __init__(self, path: Path, buffer_pool: int) -> None:
        self.folder = path.parent
        self._graph = LadybugGraph(str(path), buffer_pool=buffer_pool)
        self._prepare()

    def __enter__(self) -> _Beside:
        return self

    def __exit__(self, *error: object) -> None:
        self._graph.close()

    def _prepare(self) -> None:
        # Several threads that fill the index of a kind wait for each other for ever (2 of 3 with 180,000 rows).
        self._graph._connection.set_max_threads_for_exec(1)
        # What failed is thrown away: nothing of it is worth being written on closing.
        self._graph._run("CALL force_checkpoint_on_close=false", None, None)

    def fill(self, text: str) -> None:
        self._graph._run(text, None, None)
        self.settle()
        # Open, the engine keeps what it touched: 90 MiB a COPY of 500,000 edges, up to more than its buffer pool.
        self._graph.close()
        _trim()
        # Nobody else knows it: there is nothing to look at first, and no lock to wait for.
        self._graph._start(self._graph._path, False, self._graph._buffer_pool, False)
        self._prepare()

    def settle(self) -> None:
        """Have all that was done stand in the file."""
        self._graph._run("CHECKPOINT", None, None)

    def transact(self, work: Callable[[Transaction], T]) -> T:
        return self._graph.transact(work)


class _Transaction:
    def __init__(self, graph: LadybugGraph) -> None:
        self._graph = graph

    def run(self, text: str, parameters: Parameters | None = None) -> Rows:
        return self._graph._run(text, parameters, None)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, list):
        return [_plain(v) for v in value]
    return value


def _trim() -> None:
    """Give back to the system what the engine freed. GNU's C library keeps it, a gigabyte after 6 million rows."""
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


def _line(text: str) -> str:
    return text.strip().splitlines()[0]
