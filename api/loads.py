"""Loads over HTTP: one writer at a time, the others wait in a queue that says their place.

What is known of a load stands in a folder of its own, so that each worker process can tell it and a restart loses
nothing: ``state.json``, the uploaded file until the load has ended, the refused rows. A worker runs what it was sent;
a lock on the folder keeps the writers of several workers one after another.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import queue
import re
import secrets
import shutil
import threading
import time
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from filelock import FileLock, Timeout
from pydantic import BaseModel, Field

from govgraph import answers, corrections, deciding, merging
from govgraph.api import metrics
from govgraph.api.problems import RefusedError
from govgraph.errors import ConflictError, GovgraphError, LoadError, NotFoundError, UsageError
from govgraph.graph import Graph
from govgraph.loaders.run import load
from govgraph.undo import undo

if TYPE_CHECKING:
    from govgraph.api.service import Caller, Service

log = logging.getLogger("govgraph.api")
Status = Literal["queued", "running", "done", "partial", "refused", "interrupted", "failed"]
ENDED: tuple[Status, ...] = ("done", "partial", "refused", "interrupted", "failed")
_ID = re.compile(r"[0-9]{20}-[0-9a-f]{16}\Z")
_TOLD_EVERY = 0.3
"""Seconds between two states of a running load, on the disk and to who follows it."""


class Failure(BaseModel):
    """Why a load did not run to its end."""

    code: str
    message: str


class Deciding(BaseModel):
    """A decision about gaps."""

    treatment: Literal["accepted", "assigned"] | None = Field(None, description="None takes back what was decided")
    gaps: list[str] = Field(description="Their ids")
    by: str
    reason: str | None = None
    until: date | None = None
    assignee: str | None = None
    as_of: date | None = None


Given = str | int | float | bool | list[str] | None


class Settling(BaseModel):
    """What a person settles of a thing."""

    id: str = Field(description="Id of the thing")
    kind: str = Field(description="Its kind")
    fields: dict[str, Given] = Field({}, description="Values by field; null: there is none")
    withdraw: list[str] = Field([], description="Fields of which no correction is to stand any more")
    by: str = Field(description="Who says so")
    reason: str = Field(description="Why")


class Merging(BaseModel):
    """Two things that a person makes one."""

    keep: str = Field(description="Id of the one that stays")
    other: str = Field(description="Id of the one that becomes one with it")
    kind: str = Field(description="Their kind")
    by: str = Field(description="Who says so")
    reason: str = Field(description="Why")


class Load(BaseModel):
    """A load over HTTP, as it stands; also an undo, or what a person settles."""

    id: str = Field(examples=["20240321093000000000-5f0c9a1e7d3b4c21"])
    status: Status
    place: int | None = Field(None, description="How many loads come before this one, this one counted")
    what: str = Field(
        description="baseline, dates, catalogue, a node kind or edge type, undo, correct, merge, or decision",
        examples=["Resource"],
    )
    file: str | None = Field(None, description="Name of the file that was sent", examples=["resources.csv"])
    source: str | None = Field(None, description="Whose word the rows are")
    names: list[str] = Field([], description="What headers of the file mean: HEADER=FIELD")
    dry_run: bool = False
    full: bool = Field(False, description="The file is all that the source has: what it no longer lists is swept")
    sweep_limit: float | None = Field(None, description="Share of what the source had above which nothing is swept")
    placeholders: bool = Field(False, description="What a row names and nobody lists is made, instead of refusing it")
    undoes: str | None = Field(None, description="The run that this one takes back")
    settles: Settling | None = Field(None, description="Of correct: what is settled")
    merges: Merging | None = Field(None, description="Of merge: what becomes one")
    decides: Deciding | None = Field(None, description="What is decided about which gaps")
    by: str = Field(description="Name of the key that sent it")
    created: str
    started: str | None = None
    ended: str | None = None
    read: int = Field(0, description="Rows read so far")
    report: answers.Settled | answers.LoadReport | None = Field(
        None, description="What the load did, once it has ended"
    )
    error: Failure | None = Field(None, description="Why it did not run to its end")


class LoadList(BaseModel):
    """The loads of this server, newest first."""

    total: int
    items: list[Load]


class _Kept(Load):
    """A load as it is kept: also whose it is, and which process runs it."""

    key: str
    jurisdiction: str | None = None
    process: int

    @property
    def by_hand(self) -> bool:
        """Whether it is what a person settles or decides."""
        return bool(self.settles or self.merges or self.decides)


class Loads:
    """The queue of loads and the thread that works it off."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._folder = service.serving.loads
        self._queue: queue.Queue[str | None] = queue.Queue()
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self._cancelled: set[str] = set()

    # --- the life of the server ---

    def start(self) -> None:
        """Tell what a server that died left; begin to work.

        Raises:
            RefusedError: the folder can't be used.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RefusedError(
                "unavailable",
                f"the folder {self._folder} for loads can't be made: {error.strerror}; name another with GOVGRAPH_LOADS",
            ) from None
        for kept in self._every():
            if kept.status not in ENDED and (kept.process == os.getpid() or not _alive(kept.process)):
                self._end(
                    kept, "interrupted", error=Failure(code="interrupted", message="the server stopped; send it again")
                )
        self._thread = threading.Thread(target=self._work, name="govgraph-loads", daemon=True)
        self._thread.start()

    def stop(self, grace: float) -> None:
        """Let the load that runs come to its end for so many seconds; then it ends with its last whole batch."""
        if self._thread is None:
            return
        self._queue.put(None)
        waiting = [k for k in self._every() if k.status == "queued" and k.process == os.getpid()]
        self._cancelled |= {k.id for k in waiting}
        self._thread.join(grace)
        self._stopping.set()
        self._thread.join(5)
        if self._thread.is_alive():
            # A batch that takes longer is rolled back by the engine.
            self._service.graph.interrupt()
            self._thread.join()

    # --- one load ---

    def folder(self, id_: str) -> Path:
        """Where what belongs to a load stands."""
        return self._folder / id_

    def upload(self, id_: str) -> Path:
        """The folder of what was sent: apart, since the sender names it."""
        return self.folder(id_) / "upload"

    def reserve(self) -> str:
        """The id of a new load, with its folder.

        Raises:
            RefusedError: overloaded: too many wait.
        """
        waiting = sum(k.status not in ENDED for k in self._every())
        if waiting > self._service.serving.loads_waiting:
            raise RefusedError(
                "overloaded", f"{waiting} loads are waiting already; send this one later", headers={"Retry-After": "60"}
            )
        id_ = f"{datetime.now(UTC):%Y%m%d%H%M%S%f}-{secrets.token_hex(8)}"
        self.upload(id_).mkdir(parents=True)
        return id_

    def drop(self, id_: str) -> None:
        """Forget a load that was not sent whole."""
        shutil.rmtree(self.folder(id_), ignore_errors=True)

    def send(
        self,
        id_: str,
        caller: Caller,
        *,
        what: str,
        file: str | None = None,
        source: str | None = None,
        names: Sequence[str] = (),
        dry_run: bool = False,
        full: bool = False,
        sweep_limit: float | None = None,
        placeholders: bool = False,
        undoes: str | None = None,
        settles: Settling | None = None,
        merges: Merging | None = None,
        decides: Deciding | None = None,
    ) -> Load:
        """Put a load, an undo, or what is to be settled or decided into the queue."""
        kept = _Kept(
            id=id_,
            status="queued",
            what=what,
            file=file,
            source=source,
            names=list(names),
            dry_run=dry_run,
            full=full,
            sweep_limit=sweep_limit,
            placeholders=placeholders,
            undoes=undoes,
            settles=settles,
            merges=merges,
            decides=decides,
            by=caller.name,
            created=_now(),
            key=caller.id,
            jurisdiction=caller.jurisdiction,
            process=os.getpid(),
        )
        self._keep(kept)
        self._queue.put(id_)
        self._sweep()
        return self._told(kept)

    def find(self, id_: str, caller: Caller) -> Load:
        """A load as it stands.

        Raises:
            RefusedError: not_found: there is none, or it is another key's.
        """
        return self._told(self._found(id_, caller))

    def every(self, caller: Caller) -> list[Load]:
        """The loads that a caller may see, newest first: its own; an admin's all."""
        found = [k for k in self._every() if _may_see(k, caller)]
        return [self._told(k) for k in reversed(found)]

    def cancel(self, id_: str, caller: Caller) -> Load:
        """Take a load out of the queue, or stop it after its last whole batch.

        Raises:
            RefusedError: not_found; conflict: it has ended, or another process runs it.
        """
        kept = self._found(id_, caller)
        if kept.status in ENDED:
            raise RefusedError("conflict", f"load {id_} has ended: {kept.status}")
        if kept.process != os.getpid():
            raise RefusedError(
                "conflict", f"load {id_} is another process's of this server; ask again, it may be that one's turn"
            )
        self._cancelled.add(id_)
        return self._told(kept)

    def rejects(self, id_: str, caller: Caller) -> Path:
        """The file of refused rows.

        Raises:
            RefusedError: not_found.
        """
        self._found(id_, caller)
        path = next(self.folder(id_).glob("rejects.*"), None)
        if path is None:
            raise RefusedError("not_found", f"load {id_} has no refused rows")
        return path

    async def follow(self, id_: str, caller: Caller) -> AsyncIterator[Load]:
        """A load whenever it has changed, until it has ended."""
        last = None
        while True:
            now = await asyncio.to_thread(self.find, id_, caller)
            if now != last:
                last = now
                yield now
            if now.status in ENDED or self._stopping.is_set():
                return
            await asyncio.sleep(_TOLD_EVERY)

    # --- the work ---

    def _work(self) -> None:
        while (id_ := self._queue.get()) is not None:
            kept = self._read(id_)
            if kept is None:
                continue
            try:
                self._run(kept)
            except Exception:
                # Whatever happens to one load, the next one runs.
                log.exception("fault", extra={"load": id_})
                told = Failure(
                    code="internal", message="this is a fault of govgraph; its log says more under the load's id"
                )
                self._end(kept, "failed", error=told)

    def _run(self, kept: _Kept) -> None:
        lock = FileLock(self._folder / "writer.lock")
        while True:
            if kept.id in self._cancelled or self._stopping.is_set():
                self._end(kept, "interrupted", error=Failure(code="interrupted", message="taken back before it began"))
                return
            try:
                lock.acquire(timeout=_TOLD_EVERY)
                break
            except Timeout:
                continue
        try:
            kept.status, kept.started = "running", _now()
            self._keep(kept)
            self._load(kept)
        finally:
            lock.release()

    def _load(self, kept: _Kept) -> None:
        told = 0.0

        def progress(read: int) -> None:
            nonlocal told
            if kept.id in self._cancelled or self._stopping.is_set():
                # As Ctrl-C does: the load ends with its last whole batch, and is recorded.
                raise KeyboardInterrupt
            kept.read = read
            if time.monotonic() - told > _TOLD_EVERY:
                told = time.monotonic()
                self._keep(kept)

        folder = self.folder(kept.id)
        files = [self.upload(kept.id) / kept.file] if kept.file else []
        graph = self._service.limited(self._service.graph, _caller(kept))
        try:
            report: answers.LoadReport
            if kept.settles:
                report = _settled(graph, kept.settles)
            elif kept.merges:
                report = merging.merge(graph, merging.planned(graph, **dict(kept.merges)))
            elif kept.undoes:
                report = undo(graph, kept.undoes, progress=lambda done, of: progress(done))
            elif kept.decides:
                report = deciding.decide(graph, deciding.planned(graph, **dict(kept.decides)))
            else:
                report = load(
                    graph,
                    kept.what,
                    files,
                    source=kept.source,
                    dry_run=kept.dry_run,
                    full=kept.full,
                    sweep_limit=kept.sweep_limit,
                    placeholders=kept.placeholders,
                    rejects=folder / "rejects",
                    names=kept.names,
                    root=self.upload(kept.id),
                    progress=progress,
                )
        except GovgraphError as error:
            mended = (LoadError, ConflictError, NotFoundError, *((UsageError,) if kept.by_hand else ()))
            status: Status = "refused" if isinstance(error, mended) else "failed"
            self._end(kept, status, error=Failure(code=error.code, message=error.message))
            return
        finally:
            self._service.versions.doubt()
        if report.rejects_file:
            report = report.model_copy(update={"rejects_file": f"/v1/loads/{kept.id}/rejects"})
        kept.read = report.read
        metrics.LOADED.labels("accepted").inc(report.accepted)
        metrics.LOADED.labels("rejected").inc(report.rejected)
        self._end(kept, report.status, report=report)

    def _end(
        self, kept: _Kept, status: Status, *, report: answers.LoadReport | None = None, error: Failure | None = None
    ) -> None:
        kept.status, kept.report, kept.error, kept.ended = status, report, error, _now()
        self._cancelled.discard(kept.id)
        metrics.LOADS.labels(status).inc()
        self._keep(kept)
        shutil.rmtree(self.upload(kept.id), ignore_errors=True)
        self._service.audit.write(
            key=kept.key,
            name=kept.by,
            action=kept.what if kept.undoes or kept.by_hand else "load",
            load=kept.id,
            what=kept.what,
            file=kept.file,
            outcome=status,
            run=report.run if report else None,
        )
        log.info("load", extra={"load": kept.id, "status": status, "read": kept.read})

    # --- the folder ---

    def _keep(self, kept: _Kept) -> None:
        path = self.folder(kept.id) / "state.json"
        new = path.with_suffix(".new")
        new.write_text(kept.model_dump_json(), encoding="utf-8")
        new.replace(path)

    def _read(self, id_: str) -> _Kept | None:
        try:
            text = (self.folder(id_) / "state.json").read_text(encoding="utf-8")
            return _Kept.model_validate(json.loads(text))
        except (OSError, ValueError):
            return None

    def _every(self) -> list[_Kept]:
        """All loads, first sent first."""
        names = sorted(entry.name for entry in self._folder.iterdir() if _ID.match(entry.name))
        return [kept for name in names if (kept := self._read(name))]

    def _found(self, id_: str, caller: Caller) -> _Kept:
        kept = self._read(id_) if _ID.match(id_) else None
        if kept is None or not _may_see(kept, caller):
            raise RefusedError("not_found", f"there is no load {id_}")
        return kept

    def _told(self, kept: _Kept) -> Load:
        place = None
        if kept.status == "queued":
            place = sum(k.status not in ENDED and k.id <= kept.id for k in self._every())
        told = Load.model_validate(kept.model_dump())
        return told.model_copy(update={"place": place})

    def _sweep(self) -> None:
        """Forget the oldest loads that have ended."""
        ended = [k for k in self._every() if k.status in ENDED]
        for kept in ended[: -self._service.serving.loads_kept]:
            self.drop(kept.id)


def _settled(graph: Graph, asked: Settling) -> answers.Settled:
    """Do what is to be settled."""
    wish = corrections.planned(
        graph, asked.id, asked.fields, by=asked.by, reason=asked.reason, withdraw=asked.withdraw, kind=asked.kind
    )
    return corrections.correct(graph, wish)


def _caller(kept: _Kept) -> Caller:
    from govgraph.api.service import Caller

    return Caller(kept.key, kept.by, ("read", "write"), kept.jurisdiction)


def _may_see(kept: _Kept, caller: Caller) -> bool:
    return kept.key == caller.id or ("admin" in caller.scopes and not caller.jurisdiction)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
