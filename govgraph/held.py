"""Held edges: what sources say of a link field that a person corrected is kept, and does not stand.

A corrected link field of a node has a row of :data:`govgraph.schema.HELD`, whose body lists the edges that sources give the
field. The row follows from the correction's statement, as a node's row follows from its statements: it is made and goes
where that is written (:mod:`govgraph.changes`), and whoever writes, deletes or looks up edges does so here for those that
are held. So a change says what a source says, whether it stands or not, and where no link is corrected none of this is
asked for more than once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

from govgraph import schema
from govgraph.graph import Run, Transaction
from govgraph.model import CORRECTION, EDGES, NODES, links

Ends = tuple[str, str, str]


class Aside(NamedTuple):
    """An edge that is held."""

    type: str
    start: str
    end: str
    a: str
    b: str
    key: str
    source: str
    state: dict[str, Any]

    @property
    def ends(self) -> Ends:
        """Type, start kind, end kind."""
        return self.type, self.start, self.end

    @property
    def place(self) -> tuple[str, str, str, str]:
        """What tells it from others of its ends: (a, b, key, source)."""
        return self.a, self.b, self.key, self.source


class Field(NamedTuple):
    """A link field of a node."""

    kind: str
    node: str
    field: str

    @property
    def id(self) -> str:
        """The id of its row, if it is corrected."""
        return json.dumps(self, ensure_ascii=False)


Held = dict[Field, list[Aside]]


def ends_of(kind: str, field: str) -> list[Ends]:
    """The edges, by their ends, that a link field of a kind stands for."""
    link = links(NODES[kind])[field]
    return [(link.type, a, b) for a, b in EDGES[link.type].pairs if (b if link.reverse else a) == kind]


@cache
def anchor(ends: Ends) -> tuple[str, str, str] | None:
    """Of edges of such ends: which link field of which kind they stand for, and which side is its node (a or b)."""
    type_, start, end = ends
    for kind, side, reverse in ((start, "a", False), (end, "b", True)):
        for name, link in links(NODES[kind]).items():
            if link == (type_, reverse):
                return kind, name, side
    return None


def of_edges(run: Run, ends: Ends, rows: Iterable[dict[str, Any]], *, claim: bool = False) -> Held:
    """The corrected fields that edges (``a``, ``b``) stand for, with all that is held of them."""
    found = anchor(ends)
    if found is None or not _any(run):
        return {}
    kind, name, side = found
    return look(run, {Field(kind, row[side], name) for row in rows}, claim=claim)


def look(run: Run, fields: Collection[Field], *, claim: bool = False) -> Held:
    """Those of the fields that are corrected, with what is held of them; ``claim``: to change it in this transaction."""
    by_id = {field.id: field for field in fields}
    given = {"ids": sorted(by_id)}
    if claim:
        run(schema.claim_held(), given)
    rows = run(schema.held(), given)
    return {by_id[row["id"]]: _read(row["body"]) for row in rows}


def of_nodes(run: Run, kind: str, ids: Collection[str]) -> Iterator[Aside]:
    """The edges that are held of link fields of nodes of a kind."""
    if _any(run):
        fields = {Field(kind, id_, name) for id_ in ids for name in links(NODES[kind])}
        for found in look(run, fields).values():
            yield from found


def every(run: Run) -> Held:
    """All that is held."""
    return {Field(*json.loads(row["id"])): _read(row["body"]) for row in run(schema.all_held(), None)}


def asides(run: Run) -> Iterator[Aside]:
    """All edges that are held."""
    for found in every(run).values():
        yield from found


def named(run: Run, kind: str, ids: Collection[str]) -> set[str]:
    """Which nodes of a kind an edge that is held names."""
    found = set()
    for edge in asides(run) if ids else ():
        found |= {i for of_kind, i in ((edge.start, edge.a), (edge.end, edge.b)) if of_kind == kind and i in ids}
    return found


def attached(run: Run, kind: str, ids: Collection[str]) -> Iterator[dict[str, Any]]:
    """The edges that are held and name nodes of a kind, as ``catalogue/edges_attached`` tells those that stand."""
    wanted = set(ids)
    for edge in asides(run):
        for of_kind, id_, other in ((edge.start, edge.a, edge.b), (edge.end, edge.b, edge.a)):
            if of_kind == kind and id_ in wanted:
                told = {"id": id_, "other": other, "type": edge.type, "source": edge.source, "edge_key": edge.key}
                yield told | {"run": edge.state["run"]}


def write(tx: Transaction, held: Held) -> None:
    """Keep what is held of fields."""
    for field, edges in held.items():
        body = json.dumps(sorted(edges, key=lambda e: e[:7]), ensure_ascii=False, sort_keys=True)
        tx.run(schema.set_held(), {"id": field.id, "body": body})


def drop(tx: Transaction, field: Field) -> None:
    """Have a field be corrected no more; what was held is to be written as edges."""
    tx.run(schema.drop_held(), {"id": field.id})


def hold(
    tx: Transaction, ends: Ends, rows: Sequence[dict[str, Any]], state: Callable[[dict[str, Any]], dict[str, Any]]
) -> set[int]:
    """Hold those of the edges that sources give a corrected field, with their ``state``; their positions among the rows."""
    held = of_edges(tx.run, ends, rows, claim=True)
    if not held:
        return set()
    kind, name, side = anchor(ends) or ("", "", "")
    taken = set()
    for position, row in enumerate(rows):
        edges = held.get(Field(kind, row[side], name))
        if edges is None or row["source"] == CORRECTION:
            continue
        taken.add(position)
        one = Aside(*ends, row["a"], row["b"], row["key"] or "", row["source"], state(row))
        edges[:] = [e for e in edges if (e.ends, e.place) != (one.ends, one.place)] + [one]
    write(tx, held)
    return taken


def release(tx: Transaction, ends: Ends, rows: Sequence[dict[str, Any]]) -> None:
    """Hold edges (``a``, ``b``, ``key``, ``source``) no more: they are said no more."""
    held = of_edges(tx.run, ends, rows, claim=True)
    gone = {(row["a"], row["b"], row["key"] or "", row["source"]) for row in rows}
    for field, edges in held.items():
        left = [e for e in edges if e.ends != ends or e.place not in gone]
        if len(left) < len(edges):
            write(tx, {field: left})


def _any(run: Run) -> bool:
    return bool(run(schema.some_held(), None))


def _read(body: str) -> list[Aside]:
    return [Aside(*edge) for edge in json.loads(body)]
