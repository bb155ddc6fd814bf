"""Two clocks: a graph as it was known after a run, or at the end of a day (docs/semantics.md, section 15).

The journal is replayed up to that point into an embedded graph, kept in a folder beside the journal. A graph is built
under a name of its own and renamed, by one process at a time for each point; the journal is only read.
"""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

from filelock import FileLock

from govgraph import graph as graphs
from govgraph import journal, queries
from govgraph.errors import GraphError, NotFoundError, UsageError
from govgraph.graph import Graph, Known
from govgraph.journal import Journal
from govgraph.model import SCHEMA_VERSION
from govgraph.rebuild import Cut, replay
from govgraph.settings import settings
from govgraph.terms import PartialDate

SUFFIX = ".known"
"""Of the folder of graphs of the past, after the name of the journal's."""
_RETRIES = 5
Progress = Callable[[int, int], None]


class Point(NamedTuple):
    """A moment of the journal."""

    known: Known
    cut: Cut
    kept: Journal
    path: Path
    """Where the graph of then is kept, once it is built."""


def at(graph: Graph, asked: str) -> Point:
    """The point that a run's number or a day names.

    Raises:
        UsageError: it is neither, it lies in the future or before what the journal knows, or there is no journal.
        NotFoundError: there was no such run.
    """
    kept = journal.needed(graph, f"what was known at {asked} can't be told")
    facts = {r["id"]: r["value"] for r in queries.ask(graph, "catalogue/meta")}
    if kept.id is None or kept.id != facts.get(journal.IDENTITY):
        raise UsageError(
            f"what was known at {asked} can't be told: {kept.folder} holds no journal of this graph; it begins with the "
            "next load, and tells what is known from then on"
        )
    for turn in range(_RETRIES):
        try:
            return _found(graph, kept, asked, int(facts.get(journal.SEQUENCE) or 0))
        except (FileNotFoundError, UsageError) as error:
            # A load that ends merges its files meanwhile.
            if turn == _RETRIES - 1 or (isinstance(error, UsageError) and "can't be read" not in error.message):
                raise
    raise AssertionError("unreachable")


def _found(graph: Graph, kept: Journal, asked: str, upto: int) -> Point:
    groups = kept.groups(upto)
    bodies = kept.bodies(groups)
    committed = {int(json.loads(r["body"])["run"]) for r in queries.ask(graph, "catalogue/runs")}
    bodies = {n: body for n, body in bodies.items() if n in committed}
    if not bodies:
        raise UsageError(f"--known-at {asked}: nothing was loaded yet")
    number = _run(asked, bodies)
    early = kept.early()
    if early and number < max(early):
        raise UsageError(
            f"--known-at {asked}: the journal begins after run {max(early)}; what was known before is not kept. "
            f"Write --known-at {max(early)} or a later run"
        )
    seqs = [g.seq for g in groups if g.run == number] or [g.seq for g in groups if g.run <= number]
    cut = Cut(number, seqs[-1] if seqs else kept.begun())
    folder = kept.folder.with_name(kept.folder.name + SUFFIX)
    path = folder / f"{SCHEMA_VERSION}-{kept.id}-{cut.run}-{cut.seq}.lbug"
    return Point(Known(asked, str(number), str(bodies[number]["ended"])), cut, kept, path)


def _run(asked: str, bodies: dict[int, dict[str, Any]]) -> int:
    if asked.isascii() and asked.isdigit():
        number = int(asked)
        if number in bodies:
            return number
        last = max(bodies)
        raise NotFoundError(
            f"there is no run {asked}" + (f" yet; the last one is {last}" if number > last else "; see govgraph runs")
        )
    day = _day(asked)
    if day > datetime.now(UTC).date():
        raise UsageError(f"--known-at {asked} lies in the future; write a day that has come, or a run")
    found = [n for n, body in bodies.items() if str(body["ended"])[:10] <= day.isoformat()]
    if not found:
        first = min(bodies.items())[1]
        raise UsageError(
            f"--known-at {asked} is before the first run, which ended at {first['ended']}; nothing was known then"
        )
    return max(found)


def _day(asked: str) -> date:
    with suppress(ValueError):
        found = PartialDate(asked)
        if found.precision == "day":
            return found.lo
    raise UsageError(f"--known-at {asked}: write the number of a run (govgraph runs), or a whole day, e.g. 2024-03-21")


# --- the graph of then --------------------------------------------------------------------------------------------


def opened(point: Point, progress: Progress | None = None) -> Graph:
    """The graph of a point, built where it is not kept yet; read-only.

    Raises:
        UsageError: the journal is damaged, or the folder can't be written.
        GraphError: the engine failed.
    """
    for turn in range(_RETRIES):
        try:
            if not point.path.exists():
                _build(point, progress)
            found = graphs.open(str(point.path), read_only=True)
        except (GraphError, FileNotFoundError):
            # Of another storage format, or taken away between the look and the opening.
            if turn == _RETRIES - 1:
                raise
            point.path.unlink(missing_ok=True)
            continue
        with suppress(OSError):
            os.utime(point.path)
        found.known = point.known
        return found
    raise AssertionError("unreachable")


def _build(point: Point, progress: Progress | None) -> None:
    folder = point.path.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # One builder of a point at a time, among threads and processes; a killed one's lock goes with it.
        with FileLock(f"{point.path}.lock"):
            if not point.path.exists():
                _replayed(point, progress)
    except OSError as error:
        raise UsageError(f"{folder}, where graphs of the past are kept, can't be written: {error.strerror}") from None


def _replayed(point: Point, progress: Progress | None) -> None:
    for turn in range(_RETRIES):
        work = point.path.parent / f"building-{uuid.uuid4().hex}"
        work.mkdir()
        try:
            new = work / "graph.lbug"
            with graphs.open(str(new)) as graph:
                replay(graph, point.kept, point.cut, progress)
            new.replace(point.path)
            break
        except (FileNotFoundError, UsageError):
            # A load that ends merges its files meanwhile: they are listed again.
            if turn == _RETRIES - 1:
                raise
        finally:
            shutil.rmtree(work, ignore_errors=True)
    _forget(point.path)


def _forget(but: Path) -> None:
    """Remove the graphs that were not asked for the longest, above the bound."""

    def used(path: Path) -> float:
        try:
            return path.stat().st_mtime
        except FileNotFoundError:
            return 0

    others = sorted((p for p in but.parent.glob("*.lbug") if p != but), key=used, reverse=True)
    for path in others[settings().known_kept - 1 :]:
        # Who has it open keeps it until it is closed.
        for file in (path, path.with_name(path.name + ".lock")):
            with suppress(OSError):
                file.unlink()
