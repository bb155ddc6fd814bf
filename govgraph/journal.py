"""The journal: every change that was made to a graph, in Parquet files that are only added to.

    journal.json                        whose journal it is; the last file of a journal that begins
    base/NNN.parquet, base/base.json    what the graph held when the journal began, where it held something
    parts/SEQ.parquet                   a transaction's changes, while its run lasts
    runs/RUN/FIRST-LAST.KIND.parquet    a run's changes, once it has ended; a row group is a transaction
    runs/RUN.json                       a run's report
    filling.new                         a run's changes of which the graph holds nothing yet

``SEQ`` is claimed in the graph by the very transaction whose changes the file holds, and the file is written before the
commit. So what the graph has committed is in the journal; a file above the graph's number was never committed, and the
next transaction overwrites it (docs/decisions/0004-loading.md).
"""

from __future__ import annotations

import json
import shutil
import sys
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from govgraph import schema
from govgraph.changes import Change
from govgraph.errors import GraphError, UsageError
from govgraph.files import settle
from govgraph.graph import Graph, Transaction, embedded
from govgraph.model import SCHEMA_VERSION
from govgraph.settings import settings

if TYPE_CHECKING:
    import pyarrow as pa

FORMAT = 1
SEQUENCE, IDENTITY, PLACEHOLDERS = "batch", "journal", "placeholders"
"""Facts about a graph: the last number claimed; whose journal is its; whether placeholders were ever made in it."""
_HEAD, _ABOUT = "journal.json", b"govgraph"
_FILLING = "filling.new"
Bases = Callable[[], Iterator[list[Change]]]


class Group(NamedTuple):
    """Where the changes of one transaction are."""

    seq: int
    run: int
    kind: str
    path: Path
    row_group: int


def whereabouts(url: str) -> Path | None:
    """The folder of the journal of the graph at a URL; None: it keeps none."""
    path = url.removeprefix("ladybug://")
    if path == ":memory:":
        return None
    if named := settings().journal:
        return Path(named)
    return Path(f"{path}.journal") if embedded(url) else None


def of(graph: Graph) -> Journal | None:
    """The journal of a graph; None: it keeps none."""
    folder = whereabouts(graph.url)
    return None if folder is None else Journal(folder)


def needed(graph: Graph, what: str) -> Journal:
    """The journal of a graph that has one.

    Raises:
        UsageError: it has none, which is why ``what`` can't be done.
    """
    found = of(graph)
    if found is None:
        why = (
            "a graph in memory keeps no journal"
            if graph.url == ":memory:"
            else "no journal is kept for this graph: GOVGRAPH_JOURNAL names no folder for it"
        )
        raise UsageError(f"{what}: {why}")
    return found


class Journal:
    """A folder of changes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._mine: list[Path] = []
        """Parts of the run that this one writes."""

    @property
    def id(self) -> str | None:
        """Whose journal it is; None: it has not begun.

        Raises:
            UsageError: the folder can't be read, or a newer govgraph made it.
        """
        try:
            head = json.loads((self.folder / _HEAD).read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError) as error:
            raise UsageError(f"the journal {self.folder} can't be read: {error}") from None
        if head["format"] > FORMAT or head["schema"] > SCHEMA_VERSION:
            raise UsageError(f"the journal {self.folder} was written by a newer govgraph; upgrade govgraph")
        return str(head["id"])

    # --- writing ---

    def begin(self, graph: Graph, bases: Bases, runs: Callable[[], list[dict[str, Any]]]) -> None:
        """Make ready to write for a graph: begin the journal where it has none, drop what was never committed.

        Args:
            bases: all that the graph holds, asked for where a journal begins late.
            runs: the reports of its runs so far.

        Raises:
            UsageError: the folder is another graph's journal, or can't be written.
        """
        self._mine = []

        def work(tx: Transaction) -> None:
            mine = tx.run(schema.claim_meta(graph.dialect), {"id": IDENTITY})[0]["value"]
            seq = int(tx.run(schema.claim_meta(graph.dialect), {"id": SEQUENCE})[0]["value"] or 0)
            known = self.id
            if mine and known and mine != known:
                raise UsageError(f"{self.folder} is the journal of another graph; name a folder of its own")
            if mine and known:
                self._cut(seq)
                return
            held = runs()
            if known and self._used(held):
                if held or settings().journal:
                    raise UsageError(
                        f"{self.folder} is the journal of a graph that is not the one at {graph.url}; make that one "
                        "again with govgraph rebuild, or name another folder"
                    )
                self._set_aside(graph.url)
            if mine:
                _say(f"the journal {self.folder} is gone; a new one begins. Runs before it can't be undone.")
            identity = self._start(bases if held else None, held, seq)
            tx.run(schema.set_meta(), {"id": IDENTITY, "value": identity})

        try:
            graph.transact(work)
        except OSError as error:
            raise UsageError(f"the journal {self.folder} can't be written: {error.strerror}") from None

    def _start(self, bases: Bases | None, held: list[dict[str, Any]], seq: int) -> str:
        for old in ("parts", "runs", "base"):
            shutil.rmtree(self.folder / old, ignore_errors=True)
        self.folder.mkdir(parents=True, exist_ok=True)
        if bases is not None:
            self.write_base(bases(), held, seq)
        identity = uuid.uuid4().hex
        self.write_head(identity)
        return identity

    def write_head(self, identity: str) -> None:
        """Say whose journal it is: then it is one."""
        _write_json(self.folder / _HEAD, {"format": FORMAT, "schema": SCHEMA_VERSION, "id": identity})

    def write_base(self, bases: Iterable[list[Change]], held: list[dict[str, Any]], seq: int) -> None:
        """Write all that a graph holds, as changes from nothing."""
        folder = self.folder / "base"
        folder.mkdir(parents=True)
        for number, changes in enumerate(bases, 1):
            _write(folder / f"{number:06}.parquet", table(changes), _about(0, [0], changes[0].what, None))
        _write_json(folder / "base.json", {"runs": held, "batch": seq})

    def _used(self, held: list[dict[str, Any]]) -> bool:
        """Whether it is more than a begin of this graph's own that was cut off."""
        base = self.folder / "base" / "base.json"
        begun = json.loads(base.read_text(encoding="utf-8"))["runs"] if base.exists() else []
        return bool(self.groups()) or begun != held

    def _set_aside(self, url: str) -> None:
        aside = self.folder.with_name(f"{self.folder.name}.{datetime.now(UTC):%Y%m%d-%H%M%S-%f}")
        self.folder.rename(aside)
        _say(
            f"there was no graph at {url}, and a journal of one that was: it is kept at {aside}. To have that graph "
            f"back: govgraph --graph NEW rebuild --journal {aside}"
        )

    def _cut(self, seq: int) -> None:
        """Drop what the graph never committed, or lost with its write-ahead log."""
        for path in self.folder.glob(f"*{_FILLING}"):
            path.unlink()
        for path, about in self._files():
            if about["seqs"][-1] <= seq:
                continue
            _say(f"{path.name} of the journal holds what the graph does not (it was cut off); it is set aside")
            aside = self.folder / "aside"
            aside.mkdir(exist_ok=True)
            kept = [i for i, s in enumerate(about["seqs"]) if s <= seq]
            target = aside / f"{datetime.now(UTC):%Y%m%d-%H%M%S-%f}-{path.name}"
            if kept:
                shutil.copy2(path, target)
                self._merge(path, [(path, i) for i in kept], about | {"seqs": [about["seqs"][i] for i in kept]})
            else:
                path.replace(target)

    def write(self, tx: Transaction, dialect: str, run: int, kind: str, body: str, changes: Sequence[Change]) -> None:
        """Keep the changes that a transaction is about to commit; the last thing before it does."""
        seq = int(tx.run(schema.claim_meta(dialect), {"id": SEQUENCE})[0]["value"] or 0) + 1
        tx.run(schema.set_meta(), {"id": SEQUENCE, "value": str(seq)})
        path = self.folder / "parts" / f"{seq:012}.parquet"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(path, table(changes), _about(run, [seq], kind, body))
        except OSError as error:
            raise GraphError(f"the journal {self.folder} can't be written: {error.strerror}") from None
        if path not in self._mine:
            self._mine.append(path)

    def filling(self, kind: str) -> Filling:
        """A file for the changes of a run of one kind, for :meth:`take`.

        Raises:
            OSError: it can't be written.
        """
        path = self.folder / f"{kind}.{_FILLING}"
        path.parent.mkdir(parents=True, exist_ok=True)
        return Filling(path)

    def take(self, filled: Filling, run: int, after: int, kind: str, body: str) -> None:
        """Keep what was filled as the run's changes of a kind, the last thing before the graph holds them.

        ``after``: the last number that the graph has claimed; each transaction's is one more.

        Raises:
            OSError: it can't be written.
        """
        seqs = list(range(after + 1, after + 1 + filled.groups))
        filled.close(_about(run, seqs, kind, body))
        folder = self.folder / "runs" / f"{run:08}"
        folder.mkdir(parents=True, exist_ok=True)
        settle(filled.path, folder / f"{seqs[0]:012}-{seqs[-1]:012}.{kind}.parquet")

    def end(self, run: int, body: str, upto: int) -> None:
        """Keep a run's report, and merge its files; ``upto``: the last number that the graph committed."""
        folder = self.folder / "runs"
        folder.mkdir(parents=True, exist_ok=True)
        _write_json(folder / f"{run:08}.json", json.loads(body))
        by_kind: dict[str, list[tuple[Path, dict[str, Any]]]] = {}
        for path in self._mine:
            about = _read_about(path) if path.exists() else None
            # One that was rolled back may have left its number to another's, or to nobody's.
            if about and about["run"] == run and about["seqs"][0] <= upto:
                by_kind.setdefault(about["kind"], []).append((path, about))
        for kind, found in by_kind.items():
            seqs = [about["seqs"][0] for _, about in found]
            (folder / f"{run:08}").mkdir(exist_ok=True)
            path = folder / f"{run:08}" / f"{seqs[0]:012}-{seqs[-1]:012}.{kind}.parquet"
            self._merge(path, [(p, 0) for p, _ in found], found[-1][1] | {"seqs": seqs})
            for part, _ in found:
                part.unlink()
        self._mine = []

    @staticmethod
    def _merge(path: Path, sources: Sequence[tuple[Path, int]], about: dict[str, Any]) -> None:
        import pyarrow.parquet as pq

        new = path.with_suffix(".new")
        columns = _schema().with_metadata({_ABOUT: json.dumps(about, ensure_ascii=False)})
        with pq.ParquetWriter(new, columns, compression="zstd") as writer:
            for source, index in sources:
                with pq.ParquetFile(source) as file:
                    table = file.read_row_group(index).replace_schema_metadata(None)
                writer.write_table(table.cast(columns), row_group_size=max(1, table.num_rows))
        settle(new, path)

    # --- reading ---

    def groups(self, upto: int | None = None) -> list[Group]:
        """All transactions, in the order of their commits; ``upto``: the last number that the graph committed."""
        found: dict[int, Group] = {}
        for path, about in self._files():
            for index, seq in enumerate(about["seqs"]):
                if upto is None or seq <= upto:
                    # A merged file, which is told last, goes before parts that a kill left beside it.
                    found[seq] = Group(seq, about["run"], about["kind"], path, index)
        return [found[seq] for seq in sorted(found)]

    def _files(self) -> Iterator[tuple[Path, dict[str, Any]]]:
        for pattern in ("parts/*.parquet", "runs/*/*.parquet"):
            for path in sorted(self.folder.glob(pattern)):
                yield path, _read_about(path)

    def base(self) -> Iterator[list[Change]]:
        """What the graph held when the journal began."""
        for path in sorted((self.folder / "base").glob("*.parquet")):
            yield read(Group(0, 0, "", path, 0))

    def begun(self) -> int:
        """The graph's number when the journal began."""
        base = self.folder / "base" / "base.json"
        return int(json.loads(base.read_text(encoding="utf-8"))["batch"]) if base.exists() else 0

    def early(self) -> list[int]:
        """The runs that the graph had had when the journal began: only what all of them left is known."""
        base = self.folder / "base" / "base.json"
        return [int(b["run"]) for b in json.loads(base.read_text(encoding="utf-8"))["runs"]] if base.exists() else []

    def bodies(self, groups: Sequence[Group]) -> dict[int, dict[str, Any]]:
        """The reports of all runs, by number; of one that was cut off, that of its last transaction."""
        found: dict[int, dict[str, Any]] = {}
        base = self.folder / "base" / "base.json"
        if base.exists():
            found |= {int(b["run"]): b for b in json.loads(base.read_text(encoding="utf-8"))["runs"]}
        for group in groups:
            found[group.run] = json.loads(_read_about(group.path)["body"])
        for path in sorted((self.folder / "runs").glob("*.json")):
            found[int(path.stem)] = json.loads(path.read_text(encoding="utf-8"))
        return found

    def files(self, upto: int | None) -> list[Path]:
        """The files that a backup of what the graph has committed needs, the head last."""
        found = sorted((self.folder / "base").glob("*")) + sorted((self.folder / "runs").glob("*.json"))
        found += dict.fromkeys(group.path for group in self.groups(upto))
        return [*found, self.folder / _HEAD]


class Filling:
    """A file of changes that is written while nothing of it is true yet."""

    def __init__(self, path: Path) -> None:
        import pyarrow.parquet as pq

        self.path = path
        self._writer = pq.ParquetWriter(path, _schema(), compression="zstd")
        self.groups = 0
        """Transactions so far."""

    def add(self, changes: pa.Table) -> None:
        """The changes of a transaction: the fields of :class:`~govgraph.changes.Change`, states as JSON."""
        self._writer.write_table(changes.cast(_schema()), row_group_size=max(1, changes.num_rows))
        self.groups += 1

    def close(self, about: dict[str, Any] | None = None) -> None:
        """Release the file, having said what it is about; closing twice is harmless."""
        if about is not None:
            self._writer.add_key_value_metadata({_ABOUT: json.dumps(about, ensure_ascii=False)})
        self._writer.close()

    def drop(self) -> None:
        """Release the file; it is gone, unless the journal took it."""
        self._writer.close()
        self.path.unlink(missing_ok=True)


# --- files --------------------------------------------------------------------------------------------------------


def read(group: Group) -> list[Change]:
    """The changes of a transaction, in their order.

    Raises:
        UsageError: the file is damaged.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(group.path) as file:
            columns = file.read_row_group(group.row_group).to_pydict()
    except (pa.ArrowException, OSError) as error:
        raise UsageError(f"{group.path} of the journal can't be read: {error}") from None
    states = ([None if text is None else json.loads(text) for text in columns[n]] for n in ("before", "after"))
    return [Change(*row) for row in zip(*(columns[n] for n in Change._fields[:-2]), *states, strict=True)]


def _schema() -> pa.Schema:
    import pyarrow as pa

    return pa.schema([(n, pa.int32() if n == "place" else pa.string()) for n in Change._fields])


def table(changes: Sequence[Change]) -> pa.Table:
    """Changes as the journal's files hold them."""
    import pyarrow as pa

    columns: list[list[Any]] = [[change[at] for change in changes] for at in range(len(Change._fields))]
    for number in (-2, -1):
        columns[number] = [None if state is None else _json(state) for state in columns[number]]
    return pa.table(columns, schema=_schema())


def _about(run: int, seqs: list[int], kind: str, body: str | None) -> dict[str, Any]:
    return {"format": FORMAT, "run": run, "seqs": seqs, "kind": kind, "body": body}


def _write(path: Path, table: pa.Table, about: dict[str, Any]) -> None:
    """Write a file whole or not at all."""
    import pyarrow.parquet as pq

    table = table.replace_schema_metadata({_ABOUT: json.dumps(about, ensure_ascii=False)})
    new = path.with_suffix(".new")
    pq.write_table(table, new, compression="zstd", row_group_size=max(1, table.num_rows))
    settle(new, path)


def _read_about(path: Path) -> dict[str, Any]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        found: dict[str, Any] = json.loads(pq.read_metadata(path).metadata[_ABOUT])
    except (pa.ArrowException, KeyError, TypeError, ValueError, OSError) as error:
        raise UsageError(f"{path} of the journal can't be read: {error}") from None
    return found


def _write_json(path: Path, value: dict[str, Any]) -> None:
    new = path.with_suffix(".new")
    new.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    settle(new, path)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _say(text: str) -> None:
    print(f"govgraph: {text}", file=sys.stderr)
