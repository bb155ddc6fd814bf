"""Sweep: what a full reload of a source no longer lists goes. Placeholders stay in the place of what is still named."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from govgraph import changes, held, queries, schema
from govgraph.changes import LINK, PLACEHOLDER, Change, State
from govgraph.graph import Graph, Transaction
from govgraph.model import EDGES, NODES, links
from govgraph.spoken import Heap, Marks, mark
from govgraph.statements import Statement, listed, of_node

LIMIT = 0.5
"""Share of what a source had of a kind above which nothing is swept unless told."""
_SIZE = 10_000
Ends = tuple[str, str, str]


class Gone(NamedTuple):
    """What a source no longer lists: a statement (``start`` is empty), or an edge."""

    kind: str
    start: str
    end: str
    a: str
    b: str
    mark: str
    """The statement's passage, or the edge's key."""


class Done(NamedTuple):
    """What a batch of a sweep did."""

    swept: int
    placeholders: int
    changes: list[Change]


class Survey:
    """What a source has and a load has not spoken of."""

    def __init__(self, graph: Graph, source: str, spoken: Marks) -> None:
        self._graph, self._source, self._spoken = graph, source, spoken
        self._found: dict[str, Heap] = {}

    def __enter__(self) -> Survey:
        return self

    def __exit__(self, *error: object) -> None:
        for heap in self._found.values():
            heap.close()

    @property
    def size(self) -> int:
        """How much was found."""
        return sum(heap.size for heap in self._found.values())

    def look(self, kind: str) -> None:
        """Look through all that the source has of a kind."""
        heap = self._found[kind] = Heap(len(Gone._fields))
        for gone in self._of_nodes(kind) if kind in NODES else self._of_edges(kind):
            heap.add(gone)

    def above(self, limit: float, known: Mapping[str, int]) -> str | None:
        """Why this is too much to sweep; ``known``: how many of what the source had were spoken of, by kind."""
        for kind, heap in self._found.items():
            had = heap.size + known.get(kind, 0)
            if had and heap.size > limit * had:
                return (
                    f"{heap.size:,} of the {had:,} {kind} that {self._source} had are not in these files; more than "
                    f"{limit:.0%} is not swept. Is the file whole? If so: --sweep-limit {_up(heap.size / had):g}"
                )
        return None

    def batches(self, size: int) -> Iterator[tuple[str, list[Gone]]]:
        """What was found: edges first, then nodes, those first that were declared last, since they name the others."""
        order = [t for t in EDGES if t in self._found] + [k for k in reversed(NODES) if k in self._found]
        for kind in order:
            for rows in self._found[kind].batches(size):
                yield kind, [Gone(*row) for row in rows]

    def _of_nodes(self, kind: str) -> Iterator[list[Gone]]:
        for rows in self._graph.stream(schema.nodes_of(kind), {"source": self._source}, size=_SIZE):
            yield [
                Gone(kind, "", "", row["id"], "", said["passage"])
                for row in rows
                for said in (json.loads(row["said"]) if row["said"] else (row,))
                if said["source"] == self._source
                and said["hash"] != PLACEHOLDER
                and mark(kind, row["id"], said["passage"]) not in self._spoken
            ]

    def _of_edges(self, type_: str) -> Iterator[list[Gone]]:
        for start, end in EDGES[type_].pairs:
            asked = schema.edges_of(type_, start, end)
            for rows in self._graph.stream(asked, {"source": self._source}, size=_SIZE):
                yield [
                    Gone(type_, start, end, r["a"], r["b"], r["edge_key"])
                    for r in rows
                    if mark(type_, r["a"], r["b"], r["edge_key"]) not in self._spoken
                ]
        yield [
            Gone(*edge[:6])
            for edge in held.asides(self._graph.read)
            if (edge.type, edge.source) == (type_, self._source)
            and edge.state["hash"] != LINK
            and mark(type_, edge.a, edge.b, edge.key) not in self._spoken
        ]


def drop(tx: Transaction, dialect: str, source: str, run: str, kind: str, gone: Sequence[Gone]) -> Done:
    """Remove what a source no longer lists: statements on nodes of a kind, or edges of a type."""
    if kind in EDGES:
        return _drop_edges(tx, dialect, source, gone)
    found: list[Change] = []
    for ends, states in links_of(tx, kind, source, [(g.a, g.mark) for g in gone]).items():
        of_ends = [
            changes.of_edge(ends, {"a": a, "b": b, "source": source, "key": key}, state, None)
            for (a, b, key), state in states.items()
        ]
        changes.delete_edges(tx, ends, of_ends)
        found += of_ends
    ids = {g.a for g in gone}
    stored = changes.stored_nodes(tx.run, kind, ids)
    said: dict[str, list[Statement]] = {i: of_node(kind, node) for i, node in stored.items()}
    of_nodes = []
    for one in gone:
        place = changes.position(said.get(one.a, ()), source, one.mark)
        if place is not None:
            of_nodes.append(changes.of_statement(kind, one.a, place, said[one.a].pop(place), None))
    empty = [i for i, left in said.items() if not listed(left)]
    named = _linked(tx, dialect, kind, empty)
    # A correction names what it corrects, as an edge does.
    named |= {i for i in empty if said[i]} | held.named(tx.run, kind, set(empty))
    stand_ins = [
        changes.of_statement(
            kind, i, 0, None, changes.placeholder(i, str(stored[i]["name"] or ""), source, stored[i]["origin"], run)
        )
        for i in sorted(named)
    ]
    if stand_ins:
        tx.run(schema.set_meta(), {"id": "placeholders", "value": "yes"})
    changes.apply(tx, dialect, [*of_nodes, *stand_ins])
    return Done(len(of_nodes), len(stand_ins), [*found, *of_nodes, *stand_ins])


def _linked(tx: Transaction, dialect: str, kind: str, ids: Iterable[str]) -> set[str]:
    """Which of the nodes some edge names: asked of those alone, since of a whole kind the engine would join every edge."""
    found: set[str] = set()
    for part in changes.chunks(sorted(ids), changes.BATCH):
        text, parameters = queries.bind("catalogue/linked_at_all", dialect, {"ids": part}, {"KIND": kind})
        found |= {r["id"] for r in tx.run(text, parameters)}
    return found


def _drop_edges(tx: Transaction, dialect: str, source: str, gone: Sequence[Gone]) -> Done:
    found: list[Change] = []
    by_ends: dict[Ends, list[dict[str, Any]]] = {}
    for one in gone:
        row = {"a": one.a, "b": one.b, "key": one.mark, "source": source}
        by_ends.setdefault((one.kind, one.start, one.end), []).append(row)
    for ends, rows in by_ends.items():
        stored = changes.stored_edges(tx.run, ends, rows)
        for row in rows:
            state = stored.get((row["a"], row["b"], row["key"], source))
            if state is not None and state["hash"] != LINK:
                found.append(changes.of_edge(ends, row, state, None))
    changes.apply(tx, dialect, found)
    return Done(len(found), 0, found)


def drop_alone(tx: Transaction, dialect: str, source: str, run: str, kind: str) -> Done:
    """Remove the placeholders of a source and kind that nothing names any more; those of this run were none."""
    text, parameters = queries.bind("catalogue/placeholders_of", dialect, {"source": source}, {"KIND": kind})
    placeholders = {r["id"] for r in tx.run(text, parameters)}
    alone = placeholders - _linked(tx, dialect, kind, placeholders)
    stored = changes.stored_nodes(tx.run, kind, alone - held.named(tx.run, kind, alone))
    found = [
        changes.of_statement(kind, id_, 0, said, None)
        for id_, node in stored.items()
        for said in of_node(kind, node)
        if said["hash"] == PLACEHOLDER
    ]
    changes.apply(tx, dialect, found)
    own = sum(c.before is not None and c.before["run"] == run for c in found)
    return Done(len(found) - own, -own, found)


def links_of(
    tx: Transaction, kind: str, source: str, rows: Sequence[tuple[str, str]]
) -> dict[Ends, dict[tuple[str, str, str], State]]:
    """The edges (a, b, key) that a source's rows (id, passage) of nodes of a kind made from their link fields."""
    found: dict[Ends, dict[tuple[str, str, str], State]] = {}
    asked = [{"id": i, "passage": p} for i, p in rows]
    for part in changes.chunks(asked, changes.BATCH):
        for link in dict.fromkeys(links(NODES[kind]).values()):
            for start, end in EDGES[link.type].pairs:
                if (end if link.reverse else start) == kind:
                    text = schema.links_of(link.type, start, end, incoming=link.reverse)
                    for row in tx.run(text, {"rows": part, "source": source}):
                        states = found.setdefault((link.type, start, end), {})
                        states[row["a"], row["b"], row["key"] or ""] = changes.edge_state(link.type, row)
    mine = set(rows)
    for edge in held.of_nodes(tx.run, kind, {i for i, _ in rows}):
        node = getattr(edge, (held.anchor(edge.ends) or ("", "", "a"))[2])
        if edge.source == source and edge.state["hash"] == LINK and (node, edge.state.get("passage", "")) in mine:
            found.setdefault(edge.ends, {})[edge.a, edge.b, edge.key] = edge.state
    return found


def _up(share: float) -> float:
    return min(1.0, -(-share * 100 // 1) / 100)
