"""Rebuild: a graph made again from its journal. A backup is a journal with the SHA-256 of its files; restoring is to rebuild.

So a graph outlives the storage format of its engine, and moves from one engine to the other.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from govgraph import answers, changes, journal, queries, schema, transfer
from govgraph import graph as graphs
from govgraph.changes import PLACEHOLDER, Change
from govgraph.errors import GraphError, LockedError, UsageError
from govgraph.graph import Graph, Transaction, embedded
from govgraph.journal import Journal
from govgraph.model import EDGES, NODES

_MANIFEST = "backup.json"
_NEW = ".rebuilding"
_RETRIES = 5
Progress = Callable[[int, int], None]


class Cut(NamedTuple):
    """How far of a journal is replayed: up to a run, and the transaction that was the last then."""

    run: int
    seq: int


def rebuild(url: str, folder: Path | None = None, *, progress: Progress | None = None) -> answers.Rebuilt:
    """Make the graph at ``url`` again from its journal, or from the one in ``folder``, which becomes its own.

    An embedded graph is made beside the old one and takes its place at the end; on a server the database must be empty, or
    half rebuilt.

    Args:
        progress: called with the transactions applied so far, and their number.

    Raises:
        UsageError: there is no journal, it is damaged, or the database holds a graph.
        LockedError: another process has the graph open.
        GraphError: the engine failed; do it again.
    """
    own = journal.whereabouts(url)
    if folder is not None and (own is None or folder.resolve() != own.resolve()):
        return _from(url, own, folder, progress)
    if own is None:
        raise UsageError(f"{url} has no journal to rebuild it from; name one with --journal, or set GOVGRAPH_JOURNAL")
    return _replayed(url, Journal(own), progress)


def backup(graph: Graph, target: Path) -> answers.BackedUp:
    """Write what is needed to have the graph again: to a folder, or to one file if the name ends in .tar.

    Raises:
        UsageError: the target is there already or can't be written, or the graph is limited.
        GraphError: the engine failed.
    """
    if graph.view is not None:
        raise UsageError(f"only a whole graph can be backed up; this one is limited to {graph.view.at}")
    if target.is_file() or (target.is_dir() and any(target.iterdir())):
        raise UsageError(f"{target} is there already; name a new file or folder")
    try:
        return _backup(graph, target)
    except OSError as error:
        raise UsageError(f"{target} can't be written: {error.strerror}; what is there is no backup") from None


def restore(url: str, source: Path, *, progress: Progress | None = None) -> answers.Rebuilt:
    """Make a graph from a backup; there must be none at ``url``.

    Raises:
        UsageError: it is no backup or is damaged, or there is a graph or a journal already; nothing was touched.
        GraphError: the engine failed; do it again.
    """
    path = url.removeprefix("ladybug://")
    if embedded(url) and Path(path).exists():
        raise UsageError(f"there is a graph at {path}; name another with --graph, or move that one away")
    return _from(url, journal.whereabouts(url), source, progress)


# --- from elsewhere -----------------------------------------------------------------------------------------------


def _from(url: str, own: Path | None, source: Path, progress: Progress | None) -> answers.Rebuilt:
    if own is not None and own.exists():
        raise UsageError(f"there is a journal at {own} already; name another graph with --graph, or move it away")
    with _unpacked(source) as folder:
        _verify(folder)
        if own is None:
            return _replayed(url, Journal(folder), progress)
        new = own.with_name(own.name + _NEW)
        shutil.rmtree(new, ignore_errors=True)
        try:
            shutil.copytree(folder, new, ignore=shutil.ignore_patterns(_MANIFEST, "aside"))
            new.rename(own)
        except OSError as error:
            raise UsageError(f"the journal {own} can't be written: {error.strerror}") from None
    return _replayed(url, Journal(own), progress)


@contextmanager
def _unpacked(source: Path) -> Iterator[Path]:
    if source.is_dir():
        yield source
        return
    with tempfile.TemporaryDirectory(prefix="govgraph-") as folder:
        try:
            with tarfile.open(source) as archive:
                archive.extractall(folder, filter="data")
        except FileNotFoundError:
            raise UsageError(f"there is no backup at {source}") from None
        except (tarfile.TarError, OSError, EOFError) as error:
            raise UsageError(f"{source} is no backup that can be read: {error}") from None
        yield Path(folder)


def _verify(folder: Path) -> None:
    """Compare the files of a backup with what was written down when it was made."""
    if Journal(folder).id is None:
        raise UsageError(f"{folder} is neither a backup nor a journal; name what govgraph backup wrote")
    manifest = folder / _MANIFEST
    if not manifest.exists():
        return
    for name, wanted in json.loads(manifest.read_text(encoding="utf-8"))["files"].items():
        file = folder / name
        if not file.is_file() or _sha256(file) != wanted:
            raise UsageError(f"the backup is damaged: {name} is {'not what it was' if file.is_file() else 'missing'}")


# --- making a graph again -----------------------------------------------------------------------------------------


def _replayed(url: str, kept: Journal, progress: Progress | None) -> answers.Rebuilt:
    if kept.id is None:
        raise UsageError(f"there is no journal at {kept.folder}; name one with --journal")
    started = time.monotonic()
    if not embedded(url):
        with graphs.open(url) as graph:
            report = replay(graph, kept, None, progress)
    else:
        path = Path(url.removeprefix("ladybug://"))
        if str(path) == ":memory:":
            raise UsageError("a graph in memory is gone when this ends; name a file with --graph")
        _free(path)
        new = path.with_name(path.name + _NEW)
        _remove(new)
        with graphs.open(str(new)) as graph:
            report = replay(graph, kept, None, progress)
        # What the old graph left half written must not be taken for the new one's.
        for part in (".wal", ".shadow"):
            path.with_name(path.name + part).unlink(missing_ok=True)
        new.replace(path)
    return report.model_copy(
        update={"graph": url, "journal": str(kept.folder), "seconds": round(time.monotonic() - started, 1)}
    )


def _free(path: Path) -> None:
    """See that no other process has the old graph open; whatever else is wrong with it does not matter now."""
    if path.exists():
        try:
            graphs.open(str(path)).close()
        except LockedError:
            raise
        except GraphError:
            return


def _remove(path: Path) -> None:
    for file in (path, *path.parent.glob(f"{path.name}.*")):
        file.unlink(missing_ok=True)


def replay(graph: Graph, kept: Journal, cut: Cut | None = None, progress: Progress | None = None) -> answers.Rebuilt:
    """Make what a journal holds in an empty graph; ``cut``: only as far as that.

    Raises:
        UsageError: the journal is damaged, or the graph is not empty.
        GraphError: the engine failed.
    """
    tell = progress or (lambda done, of: None)
    half = f"journal:{kept.folder}"
    facts = {r["id"]: r["value"] for r in queries.ask(graph, "catalogue/meta")}
    if facts.get(schema.COPYING) != half and any(_count(graph, kind) for kind in NODES):
        raise UsageError(f"{graph.url} holds a graph already; name an empty database to rebuild into")
    graph.transact(lambda tx: tx.run(schema.set_meta(), {"id": schema.COPYING, "value": half}))
    groups = kept.groups(cut.seq if cut else None)
    # Into a new file nobody else writes, and nothing of it is there yet.
    alone = graph.writers == 1
    marked = False
    number = 0
    total = len(groups)

    def put(part: list[Change]) -> None:
        nonlocal marked
        marked |= any(c.after is not None and c.after["hash"] == PLACEHOLDER for c in part)
        graph.transact(lambda tx: changes.apply(tx, graph.dialect, changes.compressed(part), fresh=alone))

    for part in kept.base():
        put(part)
    for number, group in enumerate(groups, 1):
        put(journal.read(group))
        tell(number, total)
    bodies = kept.bodies(groups)
    if cut:
        begun = {group.run for group in groups}
        bodies = {number: body for number, body in bodies.items() if number <= cut.run or number in begun}
    last = groups[-1].seq if groups else kept.begun()
    graph.transact(lambda tx: _finish(tx, kept, bodies, last, marked))
    graph.settle()
    edges = {t: queries.count_edges(graph, t) for t in EDGES}
    return answers.Rebuilt(
        graph=graph.url,
        journal=str(kept.folder),
        runs=len(bodies),
        transactions=total,
        nodes={kind: _count(graph, kind) for kind in NODES},
        edges=edges,
        seconds=0,
    )


def _finish(tx: Transaction, kept: Journal, bodies: dict[int, dict[str, Any]], last: int, marked: bool) -> None:
    """Bring back the runs and the facts, and say that the graph is whole."""
    for _, body in sorted(bodies.items()):
        undone = bodies.get(int(body.get("undoes") or 0))
        if undone is not None and body["status"] == "done":
            undone["undone_by"] = body["run"]
            back = bodies.get(int(undone.get("undoes") or 0))
            if back is not None:
                back["undone_by"] = None
    for number, body in bodies.items():
        text = json.dumps(body, ensure_ascii=False)
        tx.run(schema.set_run(), {"id": str(number), "number": number, "body": text})
    facts = {
        "runs": str(max(bodies, default=0)),
        "version": f"{max(bodies, default=0)}.{last}",
        journal.SEQUENCE: str(last),
        journal.IDENTITY: str(kept.id),
        journal.PLACEHOLDERS: "yes" if marked else "",
        schema.COPYING: "",
    }
    for name, value in facts.items():
        tx.run(schema.set_meta(), {"id": name, "value": value})


def _count(graph: Graph, kind: str) -> int:
    return int(queries.ask(graph, "catalogue/count_nodes", words={"KIND": kind})[0]["nodes"])


# --- backup -------------------------------------------------------------------------------------------------------


def _backup(graph: Graph, target: Path) -> answers.BackedUp:
    as_file = target.suffix == ".tar"
    facts = {r["id"]: r["value"] for r in queries.ask(graph, "catalogue/meta")}
    kept = journal.of(graph)
    own = kept is not None and kept.id is not None and kept.id == facts.get(journal.IDENTITY)
    with tempfile.TemporaryDirectory(prefix=".govgraph-", dir=target.absolute().parent) as made:
        work = Path(made) if as_file else target
        work.mkdir(parents=True, exist_ok=True)
        if kept is not None and own:
            _copied(kept, int(facts.get(journal.SEQUENCE) or 0), work)
        else:
            runs = [json.loads(r["body"]) for r in queries.ask(graph, "catalogue/runs")]
            fresh = Journal(work)
            fresh.write_base(transfer.bases(graph), runs, 0)
            fresh.write_head(hashlib.sha256(str(time.time_ns()).encode()).hexdigest()[:32])
        files = sorted(p for p in work.rglob("*") if p.is_file())
        sums = {p.relative_to(work).as_posix(): _sha256(p) for p in files}
        (work / _MANIFEST).write_text(json.dumps({"files": sums}, ensure_ascii=False), encoding="utf-8")
        size = sum(p.stat().st_size for p in files)
        if as_file:
            new = target.with_name(target.name + ".new")
            with tarfile.open(new, "w") as archive:
                for name in (*sums, _MANIFEST):
                    archive.add(work / name, name)
            new.replace(target)
    return answers.BackedUp(
        path=str(target), files=len(sums), bytes=size, runs=len(queries.ask(graph, "catalogue/runs"))
    )


def _copied(kept: Journal, upto: int, work: Path) -> None:
    """Copy a journal; one that a load merges meanwhile is listed again."""
    for turn in range(_RETRIES):
        try:
            _copy(kept.files(upto), kept.folder, work)
            return
        except (FileNotFoundError, UsageError):
            if turn == _RETRIES - 1:
                raise
            for old in ("base", "parts", "runs"):
                shutil.rmtree(work / old, ignore_errors=True)


def _copy(files: Iterable[Path], folder: Path, work: Path) -> None:
    for file in files:
        to = work / file.relative_to(folder)
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, to)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
