"""Changes: what a load, a sweep or an undo does to a graph, one statement or one edge at a time.

A change says whose word it is about, what stood before and what stands now; None is nothing. A node stands while it has
statements; the node's own row follows from them (:mod:`govgraph.statements`). So undoing is to apply the turned changes
in the opposite order, and rebuilding to apply them in theirs.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeVar

from govgraph import held, schema
from govgraph.graph import Run, Transaction
from govgraph.model import CORRECTION, EDGES, NODES, links
from govgraph.statements import Statement, listed, node_of, of_node

T = TypeVar("T")
BATCH = 10_000
"""Rows a transaction (Neo4j: 2,000 is 15 % slower; the embedded engine: no difference)."""
LINK = "link"
"""Hash of an edge that a node's row made from a link field: such edges go when the row no longer names them."""
PLACEHOLDER = schema.PLACEHOLDER
PLACE_PASSAGE = "(placeholder)"
"""Its passage: a row's own statement stands beside none of that name."""
State = dict[str, Any]
Identity = tuple[str, ...]


class Change(NamedTuple):
    """One change: of a statement on a node (``start`` is empty), or of an edge."""

    what: str
    """Node kind or edge type."""
    start: str
    end: str
    a: str
    """The node's id, or that of the edge's start."""
    b: str
    source: str
    passage: str
    """Of a statement: where in its source."""
    key: str
    """Of an edge: what tells it from others between the same nodes."""
    place: int
    """Of a statement: which one of its node's it is."""
    before: State | None
    after: State | None

    @property
    def identity(self) -> Identity:
        """What it is about."""
        return self[:8]

    @property
    def of_edge(self) -> bool:
        return bool(self.start)

    def turned(self) -> Change:
        """The change back."""
        return self._replace(before=self.after, after=self.before)


def of_statement(kind: str, id_: str, place: int, before: Statement | None, after: Statement | None) -> Change:
    """The change of a statement."""
    one = after or before
    assert one is not None
    return Change(kind, "", "", id_, "", one["source"], one["passage"], "", place, before, after)


def of_edge(ends: tuple[str, str, str], row: dict[str, Any], before: State | None, after: State | None) -> Change:
    """The change of an edge of (type, start kind, end kind); ``row`` has ``a``, ``b``, ``source`` and ``key``."""
    return Change(*ends, row["a"], row["b"], row["source"], "", row["key"] or "", 0, before, after)


def edge_state(type_: str, row: dict[str, Any]) -> State:
    """What is kept of an edge as a row or as stored: its columns that have a value, days as ISO text."""
    found = {}
    for column in schema.edge_columns(EDGES[type_]):
        value = row.get(column.name)
        if column.name not in ("source", "key") and value not in (None, []):
            found[column.name] = value.isoformat() if column.type == "date" and not isinstance(value, str) else value
    return found


def placeholder(id_: str, name: str, source: str, origin: str, run: str) -> Statement:
    """The statement of a placeholder."""
    return {
        "source": source,
        "passage": PLACE_PASSAGE,
        "origin": origin,
        "run": run,
        "hash": PLACEHOLDER,
        "values": {"name": name or id_},
    }


def is_placeholder(said: Sequence[Statement]) -> bool:
    """Whether nothing but placeholders, and corrections of them, speaks of a node."""
    return bool(said) and all(s["hash"] == PLACEHOLDER for s in listed(said))


def without_placeholders(kind: str, id_: str, said: list[Statement]) -> list[Change]:
    """Take the placeholders out of what is said of a node that something else speaks of now."""
    found = []
    for place in reversed(range(len(said))):
        if said[place]["hash"] == PLACEHOLDER:
            found.append(of_statement(kind, id_, place, said.pop(place), None))
    return found


# --- how things stand ---------------------------------------------------------------------------------------------


def standing(run: Run, changes: Iterable[Change]) -> dict[Identity, State | None]:
    """How what the changes are about stands now."""
    found: dict[Identity, State | None] = {}
    nodes, edges = grouped(changes)
    for kind, of_kind in nodes.items():
        stored = stored_nodes(run, kind, {c.a for c in of_kind})
        for change in of_kind:
            said = of_node(kind, stored[change.a]) if change.a in stored else []
            place = position(said, change.source, change.passage)
            found[change.identity] = None if place is None else said[place]
    for ends, of_ends in edges.items():
        stored_ = stored_edges(run, ends, [c._asdict() for c in of_ends])
        for change in of_ends:
            found[change.identity] = stored_.get((change.a, change.b, change.key, change.source))
    return found


def same(one: State | None, other: State | None) -> bool:
    """Whether two states are the same, as they are stored and as they are kept in JSON."""
    return one == other or _text(one) == _text(other)


def stored_nodes(run: Run, kind: str, ids: Collection[str]) -> dict[str, dict[str, Any]]:
    """The stored rows of nodes, by id."""
    found: dict[str, dict[str, Any]] = {}
    for part in chunks(sorted(ids), BATCH):
        found |= {r["id"]: r for r in run(schema.known_nodes(kind), {"ids": part})}
    return found


def stored_edges(
    run: Run, ends: tuple[str, str, str], rows: Sequence[dict[str, Any]]
) -> dict[tuple[str, str, str, str], State]:
    """The states of those edges that are said, whether they stand or are held, by (a, b, key, source)."""
    asked_for = {(r["a"], r["b"], r["key"] or "", r["source"]) for r in rows}
    found = {
        edge.place: edge.state
        for edges in held.of_edges(run, ends, rows).values()
        for edge in edges
        if edge.ends == ends and edge.place in asked_for
    }
    for part in chunks(rows, BATCH):
        asked = [{n: r[n] for n in ("a", "b", "key", "source")} for r in part]
        for row in run(schema.stored_edges(*ends), {"rows": asked}):
            found[row["a"], row["b"], row["key"] or "", row["source"]] = edge_state(ends[0], row)
    return found


def known_edges(
    run: Run, ends: tuple[str, str, str], rows: Sequence[dict[str, Any]]
) -> dict[tuple[str, str, str], str]:
    """The hashes of those edges of one source that are said, whether they stand or are held, by (a, b, key)."""
    source = {row["source"] for row in rows}
    found = {
        edge.place[:3]: edge.state["hash"]
        for edges in held.of_edges(run, ends, rows).values()
        for edge in edges
        if edge.ends == ends and edge.source in source
    }
    found |= {(r["a"], r["b"], r["edge_key"]): r["hash"] for r in run(schema.known_edges(*ends), {"rows": rows})}
    return found


def position(said: Sequence[Statement], source: str, passage: str) -> int | None:
    """Which of a node's statements is that of a source's passage."""
    return next((i for i, s in enumerate(said) if s["source"] == source and s["passage"] == passage), None)


# --- applying -----------------------------------------------------------------------------------------------------


def apply(tx: Transaction, dialect: str, changes: Sequence[Change], *, fresh: bool = False) -> None:
    """Have what the changes are about stand as they say, whatever stood before.

    Each thing is spoken of once among the changes. ``fresh``: nobody else writes, and an edge that stood not before is
    not there.

    Raises:
        GraphError: a node would go that an edge still names; nothing of the transaction stays.
    """
    nodes, edges = grouped(changes)
    for ends, of_ends in edges.items():
        delete_edges(tx, ends, [c for c in of_ends if c.after is None])
    gone: dict[str, list[str]] = {}
    for kind, of_kind in nodes.items():
        gone[kind] = _apply_nodes(tx, dialect, kind, of_kind)
        for change in of_kind:
            if change.source == CORRECTION:
                _hold(tx, change)
    for kind, ids in gone.items():
        for part in chunks(ids, BATCH):
            tx.run(schema.delete_nodes(kind), {"ids": part})
    for ends, of_ends in edges.items():
        rows = [{**c.after, "a": c.a, "b": c.b, "source": c.source, "key": c.key} for c in of_ends if c.after]
        stood = {(c.a, c.b, c.key, c.source) for c in of_ends if c.before is not None}
        write_edges(tx, ends, rows, stood if fresh else None)


def _apply_nodes(tx: Transaction, dialect: str, kind: str, changes: Sequence[Change]) -> list[str]:
    """Write the nodes that stand then; the ids of those that do not."""
    ids = sorted({c.a for c in changes})
    stored: dict[str, dict[str, Any]] = {}
    for part in chunks(ids, BATCH):
        stored |= {r["id"]: r for r in tx.run(schema.lock_nodes(kind, dialect), {"ids": part})}
    said: dict[str, list[Statement]] = {i: of_node(kind, stored[i]) if i in stored else [] for i in ids}
    for change in changes:
        of_id = said[change.a]
        place = position(of_id, change.source, change.passage)
        if place is not None:
            del of_id[place]
        if change.after is not None:
            of_id.insert(change.place if place is None else place, change.after)
    new = [i for i in ids if said[i] and i not in stored]
    if dialect == "neo4j":
        for part in chunks(new, BATCH):
            tx.run(schema.claim_nodes(kind, dialect), {"ids": part})
    write_nodes(tx, dialect, kind, [node_of(kind, i, said[i]) for i in ids if said[i]], stored)
    return [i for i in ids if not said[i] and i in stored]


def _hold(tx: Transaction, change: Change) -> None:
    """Hold what sources say of a link field from when it is corrected, until it is corrected no more."""
    if change.passage not in links(NODES[change.what]):
        return
    field = held.Field(change.what, change.a, change.passage)
    kept = held.look(tx.run, [field], claim=True).get(field)
    if change.after is not None and kept is None:
        held.write(tx, {field: []})
        for ends, rows in linking(tx.run, field).items():
            said = [r for r in rows if r["source"] != CORRECTION]
            held.hold(tx, ends, said, partial(edge_state, ends[0]))
            for part in chunks(said, BATCH):
                tx.run(
                    schema.delete_edges(*ends), {"rows": [{n: r[n] for n in ("a", "b", "key", "source")} for r in part]}
                )
    elif change.after is None and kept is not None:
        held.drop(tx, field)
        for ends, edges in _by_ends(kept).items():
            rows = [{**e.state, "a": e.a, "b": e.b, "source": e.source, "key": e.key} for e in edges]
            write_edges(tx, ends, rows, None)


def _by_ends(edges: Iterable[held.Aside]) -> dict[held.Ends, list[held.Aside]]:
    found: dict[held.Ends, list[held.Aside]] = {}
    for edge in edges:
        found.setdefault(edge.ends, []).append(edge)
    return found


def linking(run: Run, field: held.Field) -> dict[held.Ends, list[dict[str, Any]]]:
    """The stored edges that stand for a link field of a node, by their ends."""
    found = {}
    for ends in held.ends_of(field.kind, field.field):
        incoming = links(NODES[field.kind])[field.field].reverse
        found[ends] = list(run(schema.edges_at(*ends, incoming=incoming), {"ids": [field.node]}))
    return found


def delete_edges(tx: Transaction, ends: tuple[str, str, str], changes: Sequence[Change]) -> None:
    """Delete the edges that changes are about, also where they are held."""
    held.release(tx, ends, [c._asdict() for c in changes])
    for part in chunks(changes, BATCH):
        rows = [{"a": c.a, "b": c.b, "key": c.key, "source": c.source} for c in part]
        tx.run(schema.delete_edges(*ends), {"rows": rows})


def write_nodes(
    tx: Transaction, dialect: str, kind: str, rows: Sequence[dict[str, Any]], stored: Collection[str]
) -> None:
    """Write nodes; those whose ids are not ``stored`` are new."""
    columns = [c.name for c in schema.node_columns(kind) if c.name != "id"]
    for new, group in split(rows, lambda r: r["id"] not in stored):
        for part in chunks(group, BATCH):
            present = schema.present_columns(part, columns)
            bound = [{"id": r["id"], **{n: r[n] for n in present}} for r in part]
            tx.run(schema.node_write(kind, present, dialect, new=new), {"rows": bound})


def write_edges(
    tx: Transaction,
    ends: tuple[str, str, str],
    rows: Iterable[dict[str, Any]],
    stood: Collection[tuple[str, str, str, str]] | None,
) -> None:
    """Write edges of (type, start kind, end kind), each once; those that sources give a corrected field are held.

    ``stood``: those (a, b, key, source) that may be there, where none of the others can be; None: any may.
    """
    names = [c.name for c in schema.edge_columns(EDGES[ends[0]]) if c.name not in ("source", "key")]

    rows = list(rows)
    taken = held.hold(tx, ends, rows, partial(edge_state, ends[0]))
    rows = [row for position, row in enumerate(rows) if position not in taken]

    def is_new(row: dict[str, Any]) -> bool:
        return stood is not None and (row["a"], row["b"], row["key"], row["source"]) not in stood

    for new, group in split(rows, is_new):
        group.sort(key=lambda r: (r["a"], r["b"], r["key"], r["source"]))
        for part in chunks(group, BATCH):
            present = schema.present_columns(part, names)
            bound = [{n: r.get(n) for n in ("a", "b", "source", "key", *present)} for r in part]
            tx.run(schema.edge_write(*ends, present, new=new), {"rows": bound})


def compressed(changes: Iterable[Change]) -> list[Change]:
    """The changes with each thing spoken of once: what stood before the first, what stands after the last."""
    found: dict[Identity, Change] = {}
    for change in changes:
        first = found.pop(change.identity, None)
        found[change.identity] = change if first is None else change._replace(before=first.before)
    return [c for c in found.values() if c.before is not None or c.after is not None]


# --- lists --------------------------------------------------------------------------------------------------------


def grouped(
    changes: Iterable[Change],
) -> tuple[dict[str, list[Change]], dict[tuple[str, str, str], list[Change]]]:
    """Those of nodes by kind, those of edges by (type, start kind, end kind), in their order."""
    nodes: dict[str, list[Change]] = {}
    edges: dict[tuple[str, str, str], list[Change]] = {}
    for change in changes:
        if change.of_edge:
            edges.setdefault((change.what, change.start, change.end), []).append(change)
        else:
            nodes.setdefault(change.what, []).append(change)
    return nodes, edges


def split(rows: Iterable[T], is_new: Callable[[T], bool]) -> Iterator[tuple[bool, list[T]]]:
    """The new ones, then the others; no empty list."""
    groups: tuple[list[T], list[T]] = ([], [])
    for row in rows:
        groups[0 if is_new(row) else 1].append(row)
    for new, group in zip((True, False), groups, strict=True):
        if group:
            yield new, group


def chunks(items: Iterable[T], size: int | None) -> Iterator[list[T]]:
    """The items in lists of a size; none: all in one."""
    iterator = iter(items)
    while chunk := list(itertools.islice(iterator, size)):
        yield chunk


def _text(state: State | None) -> str:
    return json.dumps(state, ensure_ascii=False, sort_keys=True)
