"""Moving a whole graph: from engine to engine, or out as the files of an offline import."""

from __future__ import annotations

import hashlib
import itertools
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from govgraph import answers, held, schema
from govgraph.changes import BATCH, Change, edge_state, of_edge, of_statement
from govgraph.errors import GraphError, UsageError
from govgraph.graph import Graph, Rows, Transaction
from govgraph.model import EDGES, NODES, SCHEMA_VERSION, Column
from govgraph.queries import ask, count_edges
from govgraph.statements import of_node

_OWN_FACTS = ("schema", schema.COPYING)
_SEPARATOR = "\x1f"
_MARK = "import.sh"


class Part(NamedTuple):
    """The nodes of a kind, or the edges of a type from a kind to a kind."""

    name: str
    start: str = ""
    end: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """The stored columns, ends of an edge first."""
        return (*(("a", "b") if self.start else ()), *(c.name for c in self.stored))

    @property
    def stored(self) -> tuple[Column, ...]:
        """The stored columns, without the ends of an edge."""
        return schema.edge_columns(EDGES[self.name]) if self.start else schema.node_columns(self.name)

    def read(self, graph: Graph) -> Iterator[Rows]:
        """All its rows, in lists; days as ISO text."""
        asked = schema.all_edges(self.name, self.start, self.end) if self.start else schema.all_nodes(self.name)
        days = [c.name for c in self.stored if c.type == "date"]
        for rows in graph.stream(asked, size=BATCH):
            for row, name in itertools.product(rows, days):
                if row[name] is not None:
                    row[name] = row[name].isoformat()
            yield rows


def parts(graph: Graph) -> Iterator[Part]:
    """Everything that a graph holds, nodes before the edges between them."""
    kinds = [kind for kind in NODES if _holds(graph, kind)]
    yield from (Part(kind) for kind in kinds)
    for type_, edge in EDGES.items():
        if count_edges(graph, type_):
            yield from (Part(type_, a, b) for a, b in edge.pairs if a in kinds and b in kinds)


def bases(graph: Graph) -> Iterator[list[Change]]:
    """Everything that a graph holds, whoever asks, as changes from nothing."""
    every = [Part(kind) for kind in NODES]
    every += [Part(type_, a, b) for type_, edge in EDGES.items() for a, b in edge.pairs]
    for part in every:
        for rows in part.read(graph):
            if part.start:
                yield [of_edge((part.name, part.start, part.end), r, None, edge_state(part.name, r)) for r in rows]
            else:
                said = ((r["id"], of_node(part.name, r)) for r in rows)
                yield [of_statement(part.name, id_, i, None, s) for id_, every in said for i, s in enumerate(every)]
    # Last: by then their fields are known to be corrected.
    for edges in held.every(graph.read).values():
        if edges:
            yield [
                of_edge(e.ends, {"a": e.a, "b": e.b, "source": e.source, "key": e.key}, None, e.state) for e in edges
            ]


class _Sum:
    """Number and checksum of rows, whatever their order: the sum of 64 bits of each one's hash."""

    def __init__(self) -> None:
        self.count = self.sum = 0

    def add(self, rows: Rows, columns: tuple[str, ...]) -> None:
        for row in rows:
            text = json.dumps([None if row[n] == [] else row[n] for n in columns], ensure_ascii=False)
            digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
            self.sum = (self.sum + int.from_bytes(digest)) % (1 << 64)
        self.count += len(rows)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Sum) and (self.count, self.sum) == (other.count, other.sum)

    __hash__ = None  # type: ignore[assignment]


def _check_whole(graph: Graph) -> None:
    if graph.view is not None:
        raise UsageError(f"only a whole graph can be moved; this one is limited to {graph.view.at}")


# --- copy -----------------------------------------------------------------------------------------------------


def copy(source: Graph, target: Graph, *, progress: Callable[[int], None] | None = None) -> answers.Copied:
    """Carry everything over: nodes, edges, statements and runs; then count and compare both graphs.

    The target is empty, or holds what an earlier copy from the same source left when it was cut off: then this one
    finishes it.

    Args:
        progress: called with the number of nodes and edges carried so far.

    Raises:
        UsageError: both are the same graph, the target holds another graph, or one is limited.
        GraphError: an engine failed (run the same copy again), or the graphs differ at the end.
    """
    _check_whole(source)
    _check_whole(target)
    if source.url == target.url != ":memory:":
        raise UsageError(f"{source.url} can't be copied onto itself; name another graph to copy to")
    started = time.monotonic()
    facts = {r["id"]: r["value"] for r in ask(target, "catalogue/meta")}
    again = facts.get(schema.COPYING) == source.url
    if not again and any(_holds(target, kind) for kind in NODES):
        raise UsageError(f"{target.url} holds a graph already; name an empty one to copy to")
    target.transact(lambda tx: tx.run(schema.set_meta(), {"id": schema.COPYING, "value": source.url}))
    carried = 0
    sums: dict[Part, _Sum] = {}
    try:
        for part in parts(source):
            sums[part] = _Sum()
            for rows in part.read(source):
                sums[part].add(rows, part.columns)
                _write(target, part, rows, again)
                carried += len(rows)
                if progress:
                    progress(carried)
    except GraphError as error:
        raise type(error)(f"{error.message}; {carried:,} nodes and edges are over; run the same copy again") from error
    target.settle()
    for part, wanted in sums.items():
        _compare(target, part, wanted)
    target.transact(lambda tx: _finish(tx, source))
    nodes, edges = _totals({part: found.count for part, found in sums.items()})
    return answers.Copied(
        from_=source.url,
        to=target.url,
        nodes=nodes,
        edges=edges,
        total=carried,
        seconds=round(time.monotonic() - started, 1),
    )


def _holds(graph: Graph, kind: str) -> bool:
    return bool(ask(graph, "catalogue/count_nodes", words={"KIND": kind})[0]["nodes"])


def _write(target: Graph, part: Part, rows: Rows, again: bool) -> None:
    """Write rows of a part; ``again``: some may be there."""
    present = schema.present_columns(rows, part.columns)
    bound = [{n: row[n] for n in present} for row in rows]
    if part.start:
        given = [
            {"source": row["source"], "key": row["key"] or "", **values}
            for row, values in zip(rows, bound, strict=True)
        ]
        given.sort(key=lambda r: (r["a"], r["b"], r["key"], r["source"]))
        columns = tuple(n for n in present if n not in ("a", "b", "source", "key"))
        text = schema.edge_write(part.name, part.start, part.end, columns, new=not again)
        target.transact(lambda tx: tx.run(text, {"rows": given}))
        return
    bound.sort(key=lambda r: str(r["id"]))
    ids = [r["id"] for r in bound]
    columns = tuple(n for n in present if n != "id")

    def work(tx: Transaction) -> None:
        tx.run(schema.claim_nodes(part.name, target.dialect), {"ids": ids})
        tx.run(schema.node_write(part.name, columns, target.dialect, new=not again), {"rows": bound})

    target.transact(work)


def _compare(target: Graph, part: Part, wanted: _Sum) -> None:
    found = _Sum()
    for rows in part.read(target):
        found.add(rows, part.columns)
    if found != wanted:
        where = f" from {part.start} to {part.end}" if part.start else ""
        raise GraphError(
            f"{part.name}{where} differs after copying: {wanted.count:,} there, {found.count:,} here"
            + (", with other values" if found.count == wanted.count else "")
            + "; was something loaded meanwhile? Copy again into an empty graph"
        )


def _finish(tx: Transaction, source: Graph) -> None:
    """Carry over the runs and the facts, and say that the copy is whole."""
    for run in ask(source, "catalogue/runs"):
        tx.run(schema.set_run(), {"id": str(run["number"]), "number": run["number"], "body": run["body"]})
    held.write(tx, held.every(source.read))
    for fact in ask(source, "catalogue/meta"):
        if fact["id"] not in _OWN_FACTS:
            tx.run(schema.set_meta(), dict(fact))
    tx.run(schema.set_meta(), {"id": schema.COPYING, "value": ""})


def _totals(counts: dict[Part, int]) -> tuple[dict[str, int], dict[str, int]]:
    """Nodes by kind and edges by type."""
    nodes, edges = dict.fromkeys(NODES, 0), dict.fromkeys(EDGES, 0)
    for part, count in counts.items():
        (edges if part.start else nodes)[part.name] += count
    return nodes, edges


# --- export ---------------------------------------------------------------------------------------------------


def export_neo4j(graph: Graph, folder: Path, *, progress: Callable[[int], None] | None = None) -> answers.Exported:
    """Write the graph as CSV files that ``neo4j-admin database import full`` takes, and the command for it.

    Args:
        folder: an empty one, or one that an earlier export made, which is replaced; it is made if need be.

    Raises:
        UsageError: the folder holds something else, or can't be written; or the graph is limited.
        GraphError: the engine failed; without ``import.sh`` an export is not whole.
    """
    _check_whole(graph)
    if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not (folder / "README.txt").is_file())):
        raise UsageError(f"{folder} holds something else; name an empty folder to export to")
    try:
        return _export(graph, folder, progress or (lambda read: None))
    except OSError as error:
        raise UsageError(f"{folder} can't be written: {error.strerror}; what is there is not a whole export") from None


def _export(graph: Graph, folder: Path, progress: Callable[[int], None]) -> answers.Exported:
    folder.mkdir(parents=True, exist_ok=True)
    # First of all, so that what is cut off is not taken for an export, and last, so that only a whole one has it.
    (folder / _MARK).unlink(missing_ok=True)
    (folder / "README.txt").write_text(_README, encoding="utf-8")
    for old in folder.glob("*.csv"):
        old.unlink()
    written = 0
    counts: Counter[Part] = Counter()
    options = []
    for part in parts(graph):
        batches = part.read(graph)
        first = next(batches, None)
        if first is None:
            continue
        stem = "-".join(filter(None, part))
        (folder / f"{stem}.header.csv").write_text(",".join(_header(part)) + "\n", encoding="utf-8")
        with (folder / f"{stem}.csv").open("w", encoding="utf-8", newline="") as stream:
            for rows in itertools.chain([first], batches):
                stream.writelines(",".join(_cell(row[n]) for n in part.columns) + "\n" for row in rows)
                counts[part] += len(rows)
                written += len(rows)
                progress(written)
        what = "relationships" if part.start else "nodes"
        options.append(f"--{what}={part.name}={stem}.header.csv,{stem}.csv")
    options += _own_nodes(graph, folder)
    script = folder / _MARK
    script.write_text(_SCRIPT.format(options=" \\\n  ".join(options)), encoding="utf-8")
    script.chmod(0o755)
    nodes, edges = _totals(counts)
    return answers.Exported(folder=str(folder), command=f"./{_MARK}", nodes=nodes, edges=edges, total=written)


def _own_nodes(graph: Graph, folder: Path) -> list[str]:
    """What the graph knows of itself."""
    facts = [[r["id"], r["value"]] for r in ask(graph, "catalogue/meta") if r["id"] not in _OWN_FACTS]
    facts.append(["schema", str(SCHEMA_VERSION)])
    runs = [[str(r["number"]), r["number"], r["body"]] for r in ask(graph, "catalogue/runs")]
    kept = [[r["id"], r["body"]] for r in graph.read(schema.all_held())]
    options = []
    for label, header, rows in (
        (schema.META, f"id:ID({schema.META}),value:string", facts),
        (schema.RUN, f"id:ID({schema.RUN}),number:long,body:string", runs),
        *([(schema.HELD, f"id:ID({schema.HELD}),body:string", kept)] if kept else []),
    ):
        lines = [header, *(",".join(map(_cell, row)) for row in rows)]
        (folder / f"{label}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        options.append(f"--nodes={label}={label}.csv")
    return options


_TYPES = {"str": "string", "int": "long", "float": "double", "bool": "boolean", "strings": "string[]", "date": "date"}


def _header(part: Part) -> list[str]:
    columns = [f"{c.name}:{_TYPES[c.type]}" for c in part.stored]
    if part.start:
        return [f":START_ID({part.start})", f":END_ID({part.end})", *columns]
    return [f"id:ID({part.name})", *columns[1:]]


def _cell(value: Any) -> str:
    """A cell: nothing for null, quotes around every text, so that an empty one stays one."""
    if value is None or value == []:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    text = _SEPARATOR.join(value) if isinstance(value, list) else str(value)
    return '"' + text.replace('"', '""') + '"'


_SCRIPT = """\
#!/bin/sh
# Imports this folder into a database that does not exist yet, or is not running and may go: ./import.sh [DATABASE]
# NEO4J_ADMIN is the neo4j-admin of that server.
set -eu
cd "$(dirname "$0")"
exec "${{NEO4J_ADMIN:-neo4j-admin}}" database import full "${{1:-neo4j}}" \\
  --overwrite-destination --bad-tolerance=0 --multiline-fields=true --array-delimiter=U+001F \\
  {options}
"""
_README = """\
A govgraph graph as files of neo4j-admin's offline import.

1. Stop the server, or at least the database.
2. ./import.sh [DATABASE]     the database is replaced; NEO4J_ADMIN names the command where it is not on the PATH
3. Start the server.
4. govgraph --graph neo4j://HOST load baseline     or any other load: opened for writing, the graph gets its
   constraints and indexes
"""
