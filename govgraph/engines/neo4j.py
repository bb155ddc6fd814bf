"""The server engine: Neo4j 5.26 LTS and the calendar versions over Bolt, with the official driver."""

from __future__ import annotations

import copy
import re
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import neo4j
from neo4j import exceptions
from neo4j.time import Date, DateTime

from govgraph import __version__, schema
from govgraph.errors import (
    AccessError,
    ConnectionLostError,
    GovgraphError,
    GraphError,
    LockedError,
    NotAGraphError,
    QueryTimeoutError,
    ServerVersionError,
    UnreachableError,
    UsageError,
)
from govgraph.graph import Known, Parameters, Rows, T, Transaction, View
from govgraph.model import SCHEMA_VERSION

OLDEST: tuple[int, int] = (5, 26)
"""The first server version that is supported: the long-term one."""
CONNECT = 5.0
"""Seconds to reach the server."""
_FIRST_RETRY = 0.2
"""Seconds before a lost write is first tried again; each further time twice as long."""
GRACE = 5.0
"""Seconds that a server may overrun a time-out before it is given up as dead."""
_IDLE = 60.0
"""Seconds after which an idle connection is looked at before it is used: firewalls drop such."""
_AWAIT = 300
"""Seconds to wait for indexes that are being filled."""
_TIMED_OUT = ("Transaction.TransactionTimedOut", "Transaction.Terminated", "Transaction.LockClientStopped")
_PLAIN = frozenset((str, int, float, bool, type(None)))


class Neo4jGraph:
    """A :class:`govgraph.graph.Graph` in one database of a Neo4j server or cluster."""

    dialect = "neo4j"
    writers = 2
    view: View | None = None
    known: Known | None = None

    def __init__(
        self,
        url: str,
        *,
        user: str,
        password: str | None,
        database: str = "neo4j",
        read_only: bool = False,
        timeout: float | None = None,
        retry: float = 30,
    ) -> None:
        self.url = _checked(url)
        self._database, self._user = database, user
        self._read_only = read_only
        self._timeout = timeout
        self._token = uuid.uuid4().hex
        self._reader = False
        if password is None:
            raise AccessError(
                f"no password is known for {url}; set GOVGRAPH_NEO4J_PASSWORD_FILE to a file that holds it, or "
                "GOVGRAPH_NEO4J_PASSWORD (a server that `govgraph neo4j start` started here needs neither)"
            )
        try:
            self._driver: neo4j.Driver | None = neo4j.GraphDatabase.driver(
                url,
                auth=(user, password),
                user_agent=f"govgraph/{__version__}",
                connection_timeout=CONNECT,
                connection_acquisition_timeout=60,
                liveness_check_timeout=_IDLE,
                max_transaction_retry_time=retry,
                initial_retry_delay=_FIRST_RETRY,
                telemetry_disabled=True,
                notifications_min_severity=neo4j.NotificationMinimumSeverity.OFF,
            )
        except (exceptions.ConfigurationError, ValueError) as error:
            raise UsageError(f"{url} can't be used: {_line(error)}") from None
        try:
            self._check_version(_within(2 * CONNECT, self._agent, self._silent))
            self._check_schema()
        except BaseException:
            self.close()
            raise

    # --- opening ---

    @property
    def _open(self) -> neo4j.Driver:
        if self._driver is None:
            raise GraphError("the graph is closed")
        return self._driver

    def _agent(self) -> str:
        """Name and version of the server; without trying again, so that a wrong address is told at once."""
        with self._refusals():
            self._open.verify_connectivity()
            return self._open.execute_query(
                "RETURN 1 AS one",
                database_=self._database,
                result_transformer_=lambda result: str(result.consume().server.agent),
            )

    def _silent(self) -> GraphError:
        return UnreachableError(f"{self.url} takes connections and says nothing: is it the Bolt port of a Neo4j?")

    def _check_version(self, agent: str) -> None:
        found = re.search(r"/(\d+)\.(\d+)", agent)
        if not found or (int(found[1]), int(found[2])) < OLDEST:
            raise ServerVersionError(
                f"the server at {self.url} is {agent}; govgraph needs Neo4j {OLDEST[0]}.{OLDEST[1]} or later"
            )

    def _check_schema(self) -> None:
        version = self.read(schema.get_meta(), {"id": "schema"})
        if version:
            schema.check_version(int(version[0]["value"]), f"the graph at {self.url}")
        elif self.read("MATCH (n) RETURN 1 AS one LIMIT 1"):
            raise NotAGraphError(
                f"database {self._database} at {self.url} holds nodes that govgraph did not make; name an empty one "
                "with GOVGRAPH_NEO4J_DATABASE (it was left as it is)"
            )
        elif self._read_only:
            raise UnreachableError(
                f"there is no graph in database {self._database} at {self.url} yet; make one with: "
                f"govgraph --graph {self.url} load baseline"
            )
        if not self._read_only:
            self._make_ready(new=not version)

    def _make_ready(self, *, new: bool) -> None:
        # An index that a constraint rests on bears the constraint's name.
        there = {r["name"] for r in self.read("SHOW INDEXES YIELD name RETURN name")}
        missing = [text for name, text in schema.ddl(self.dialect).items() if name not in there]
        for text in missing:
            self.transact(lambda tx, text=text: tx.run(text))  # type: ignore[misc]
        if missing:
            with self._refusals(), self._session() as session:
                session.run("CALL db.awaitIndexes($seconds)", seconds=_AWAIT).consume()
        if new:
            self.transact(lambda tx: tx.run(schema.set_meta(), {"id": "schema", "value": str(SCHEMA_VERSION)}))

    # --- use ---

    def read(self, text: str, parameters: Parameters | None = None, *, timeout: float | None = None) -> Rows:
        seconds = timeout or self._timeout

        def ask() -> Rows:
            with self._refusals():
                return self._open.execute_query(
                    neo4j.Query(text, metadata=self._mark, timeout=seconds),
                    dict(parameters or {}),
                    database_=self._database,
                    routing_=neo4j.RoutingControl.READ,
                    result_transformer_=_rows,
                )

        if not seconds:
            return ask()
        dead = f"{self.url} does not answer any more: {seconds + GRACE:g} seconds are over"
        return _within(seconds + GRACE, ask, lambda: QueryTimeoutError(dead))

    def stream(self, asked: schema.Whole, parameters: Parameters | None = None, *, size: int) -> Iterator[Rows]:
        with self._refusals(), self._session(access=neo4j.READ_ACCESS, fetch_size=size) as session:
            query = neo4j.Query(asked.text(), metadata=self._mark, timeout=self._timeout)
            result = session.run(query, dict(parameters or {}))
            keys = result.keys()
            while part := result.fetch(size):
                yield [_row(keys, record) for record in part]

    def vet(self, text: str, parameters: Parameters | None = None) -> None:
        with self._refusals():
            kind = self._open.execute_query(
                neo4j.Query(f"EXPLAIN {text}", metadata=self._mark, timeout=self._timeout),
                dict(parameters or {}),
                database_=self._database,
                routing_=neo4j.RoutingControl.READ,
                result_transformer_=lambda result: result.consume().query_type,
            )
        if kind != "r":
            raise GraphError("the engine refused a query: it does more than read")

    def guarded(self, text: str, parameters: Parameters | None = None, *, most: int, timeout: float) -> Rows:
        # The server's documentation gives no guarantee of its access mode alone.
        self.vet(text, parameters)

        def ask() -> Rows:
            with self._refusals(), self._session(access=neo4j.READ_ACCESS, fetch_size=most) as session:
                result = session.run(neo4j.Query(text, metadata=self._mark, timeout=timeout), dict(parameters or {}))
                keys = result.keys()
                return [_row(keys, record) for record in result.fetch(most)]

        dead = f"{self.url} does not answer any more: {timeout + GRACE:g} seconds are over"
        return _within(timeout + GRACE, ask, lambda: QueryTimeoutError(dead))

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        self._may_write()
        with self._refusals(), self._session() as session, session.begin_transaction(metadata=self._mark) as tx:
            yield _Transaction(tx)
            tx.commit()

    def transact(self, work: Callable[[Transaction], T]) -> T:
        self._may_write()

        @neo4j.unit_of_work(metadata=self._mark)
        def unit(tx: neo4j.ManagedTransaction) -> T:
            return work(_Transaction(tx))

        with self._refusals(), self._session() as session:
            return session.execute_write(unit)

    def beside(self) -> None:
        return None  # A server's files are its own.

    def settle(self) -> None:
        # Until its indexes are sampled, a server that was empty scans them instead of seeking.
        with suppress(AccessError), self._refusals(), self._session() as session:
            session.run("CALL db.prepareForReplanning($seconds)", seconds=_AWAIT).consume()

    def interrupt(self) -> None:
        with self._refusals(), self._session() as session:
            found = session.run(
                "SHOW TRANSACTIONS YIELD transactionId AS id, metaData AS mark WHERE mark.govgraph = $token RETURN id",
                token=self._token,
            )
            ids = [record["id"] for record in found]
            if ids:
                session.run("TERMINATE TRANSACTIONS $ids", ids=ids).consume()

    def reader(self) -> Neo4jGraph:
        other = copy.copy(self)
        other._driver = self._open
        other._token, other._read_only, other._reader = uuid.uuid4().hex, True, True
        return other

    def close(self) -> None:
        if self._driver is not None:
            driver, self._driver = self._driver, None
            if self._reader:
                return
            with suppress(exceptions.Neo4jError, exceptions.DriverError, OSError):
                driver.close()

    def __enter__(self) -> Neo4jGraph:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @property
    def _mark(self) -> dict[str, str]:
        """What tells this graph's transactions from others'."""
        return {"app": "govgraph", "govgraph": self._token}

    def _may_write(self) -> None:
        if self._read_only:
            raise LockedError(f"{self.url} was opened for reading only")

    def _session(self, *, access: str = neo4j.WRITE_ACCESS, fetch_size: int = 1000) -> neo4j.Session:
        # The driver's own bookmarks: a read after a write sees it, on every member of a cluster.
        return self._open.session(
            database=self._database,
            default_access_mode=access,
            fetch_size=fetch_size,
            bookmark_manager=self._open.execute_query_bookmark_manager,
        )

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        """The driver's errors as this project's."""
        try:
            yield
        except GovgraphError:
            raise
        except (exceptions.Neo4jError, exceptions.DriverError) as error:
            raise self._told(error) from error
        except OSError as error:
            raise UnreachableError(f"{self.url} can't be reached: {_line(error)}") from None

    def _told(self, error: exceptions.Neo4jError | exceptions.DriverError) -> GovgraphError:
        code = str(getattr(error, "code", None) or "")
        text = _line(error)
        if isinstance(error, exceptions.AuthError) or "Security.AuthenticationRateLimit" in code:
            return AccessError(
                f"{self.url} refuses user {self._user!r} with this password; mend GOVGRAPH_NEO4J_USER and "
                "GOVGRAPH_NEO4J_PASSWORD_FILE"
            )
        if ".Security." in code:
            return AccessError(f"{self.url} does not let user {self._user!r} do this: {text}")
        if "DatabaseNotFound" in code or "DatabaseUnavailable" in code:
            return UnreachableError(
                f"the server at {self.url} has no database {self._database!r} that is ready ({text}); name another with "
                "GOVGRAPH_NEO4J_DATABASE"
            )
        if any(word in code for word in _TIMED_OUT):
            return QueryTimeoutError("the question took longer than allowed; narrow it, or raise GOVGRAPH_TIMEOUT")
        if "OutOfMemory" in code:
            return GraphError(f"the server's memory for one transaction is used up; narrow the question ({text})")
        if isinstance(error, exceptions.ServiceUnavailable | exceptions.SessionExpired):
            if self._driver is None or _never_there(error):
                return UnreachableError(
                    f"no Neo4j answers at {self.url}: {text}; is it started, and the address right?"
                )
            return ConnectionLostError(f"the connection to {self.url} was lost: {text}")
        if isinstance(error, exceptions.DriverError):
            return GraphError(f"the driver refused to ask {self.url}: {text}")
        if code.startswith("Neo.TransientError"):
            return ConnectionLostError(f"{self.url} could not do it for now: {text}; try again")
        return GraphError(f"the engine refused a query: {text}")


class _Transaction:
    def __init__(self, tx: neo4j.Transaction | neo4j.ManagedTransaction) -> None:
        self._tx = tx

    def run(self, text: str, parameters: Parameters | None = None) -> Rows:
        return _rows(self._tx.run(text, dict(parameters or {})))


def _checked(url: str) -> str:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises when it is no number
    except ValueError as error:
        raise UsageError(f"{url} is no URL of a server: {error}") from None
    if parts.username or parts.password or "@" in parts.netloc:
        shown = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        raise UsageError(
            f"write {shown} without user and password: others see a command line. They come from GOVGRAPH_NEO4J_USER "
            "and GOVGRAPH_NEO4J_PASSWORD_FILE"
        )
    if parts.path.strip("/"):
        raise UsageError(f"{url}: name the database by GOVGRAPH_NEO4J_DATABASE, not in the URL")
    if not parts.hostname:
        raise UsageError(f"{url} names no host; write e.g. neo4j://localhost:7687")
    return url


def _rows(result: neo4j.Result) -> Rows:
    keys = result.keys()
    return [_row(keys, record) for record in result]


def _row(keys: tuple[str, ...] | Any, record: neo4j.Record) -> dict[str, Any]:
    return {
        key: value if type(value) in _PLAIN else _plain(value) for key, value in zip(keys, record.values(), strict=True)
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Date | DateTime):
        return value.to_native()
    if isinstance(value, list):
        return [v if type(v) in _PLAIN else _plain(v) for v in value]
    if isinstance(value, Mapping):
        return {k: _plain(v) for k, v in value.items()}
    return value


def _within(seconds: float, ask: Callable[[], T], otherwise: Callable[[], GraphError]) -> T:
    """What ``ask`` returns; the server keeps the time itself, this is for one that does not answer at all."""
    found: list[T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            found.append(ask())
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True, name="govgraph-neo4j")
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise otherwise()
    if failed:
        raise failed[0]
    return found[0]


def _never_there(error: BaseException) -> bool:
    text = str(error).lower()
    return any(
        word in text for word in ("couldn't connect", "cannot resolve", "unable to retrieve routing", "failed to")
    )


def _line(error: BaseException) -> str:
    text = getattr(error, "message", None) or str(error) or type(error).__name__
    return str(text).strip().splitlines()[0]
