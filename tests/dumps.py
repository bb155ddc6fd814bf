"""A graph as plain data, to compare one with another."""

from __future__ import annotations

from typing import Any

from govgraph import held
from govgraph.changes import edge_state
from govgraph.graph import Graph
from govgraph.model import EDGES, NODES
from govgraph.queries import count_edges
from govgraph.statements import of_node
from govgraph.transfer import Part

Dump = dict[Any, Any]


def dump(graph: Graph, *, runs: bool = True) -> Dump:
    """All nodes, with their statements in order, and all edges; ``runs``: with the runs that wrote them."""

    def told(state: dict[str, Any]) -> dict[str, Any]:
        return {n: v for n, v in state.items() if v not in (None, []) and (runs or n != "run")}

    found: Dump = {}
    for kind in NODES:
        for rows in Part(kind).read(graph):
            for row in rows:
                said = [told(s) for s in of_node(kind, row)]
                found[kind, row["id"]] = (told({n: v for n, v in row.items() if n != "said"}), said)
    for type_, edge in EDGES.items():
        if not count_edges(graph, type_):
            continue
        for start, end in edge.pairs:
            for rows in Part(type_, start, end).read(graph):
                for row in rows:
                    key = (type_, start, end, row["a"], row["b"], row["source"], row["key"])
                    assert key not in found, key
                    found[key] = told(edge_state(type_, row))
    for field, edges in held.every(graph.read).items():
        found["held", *field] = [(*edge[:-1], told(edge.state)) for edge in edges]
    return found
