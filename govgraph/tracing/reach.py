"""What can be reached from many nodes at once, with what leads where: the ground of every question of tracing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from govgraph import answers, catalogue
from govgraph.errors import NotFoundError, UsageError
from govgraph.graph import Graph, embedded
from govgraph.lineage import Walk, parts, record_types, with_law
from govgraph.model import ASSETS, GRADED, PLACES
from govgraph.queries import ask

Side = Literal["up", "down"]
HOLDERS = "Resource|Dataset|Database"
"""Kinds that have items, as a word of the queries."""
_JUMPING = 8
"""Starts from each of which the engine's closure is asked for; from more the walk goes hop by hop."""
_FEW = 200
"""Nodes whose edges the embedded engine is asked for one by one: for a list it reads the tables of edges and nodes whole."""


@dataclass
class Spread:
    """What was reached on one side: minimum depth (0: a start), and the neighbours of every asset with the stages between."""

    depth: dict[str, int] = field(default_factory=dict)
    near: dict[str, dict[str, set[str]]] = field(default_factory=dict)


class Reach(Walk):
    """Walks from any number of nodes, hop by hop, over record edges of some stages that may hold on a day."""

    def __init__(self, graph: Graph, stages: Sequence[str] = (), as_of: date | None = None) -> None:
        super().__init__(graph, answers.Ref(id="", kind="Resource", name=""), record_types(stages), as_of)
        self.graph = graph
        self.kinds.clear()

    @property
    def period(self) -> dict[str, date]:
        """The parameters that say when edges may hold."""
        return dict(self._period)

    @property
    def record(self) -> str:
        """The types of record edge, as a word of the queries."""
        return self._record

    def know(self, ids: Iterable[str]) -> None:
        """Find out of what kind the given assets and places are."""
        unknown = sorted(set(ids) - self.kinds.keys())
        for kind in (*ASSETS, *PLACES):
            for part in parts(unknown):
                for row in ask(self.graph, "catalogue/known_ids", {"ids": part}, words={"KIND": kind}):
                    self.kinds.setdefault(row["id"], kind)
            unknown = [i for i in unknown if i not in self.kinds]

    def step(self, side: Side, starts: Iterable[str]) -> dict[str, dict[str, set[str]]]:
        """The neighbours of the given nodes on a side, with the stages between; a place has none."""
        near: dict[str, dict[str, set[str]]] = {id_: {} for id_ in starts}
        end = "out" if side == "down" else "in"
        if embedded(self.graph.url) and len(near) <= _FEW:
            rows = [
                row
                for id_ in near
                if self.kinds[id_] in ASSETS
                for row in ask(
                    self.graph,
                    f"tracing/step_{end}",
                    {"id": id_, **self.period},
                    words={"ASSET": self.kinds[id_], "RECORD": self.record},
                )
            ]
        else:
            rows = self.rows(f"tracing/steps_{end}", near)
        for row in rows:
            for other in row["others"]:
                near[row["id"]].setdefault(other, set()).add(row["stage"])
        self.know({other for others in near.values() for other in others})
        return near

    def spread(self, side: Side, starts: Iterable[str], *, only: Sequence[str] = ASSETS) -> Spread:
        """Everything reached from the starts; the walk goes on through nodes of the kinds ``only``."""
        found = Spread(dict.fromkeys(starts, 0))
        if len(found.depth) <= _JUMPING and len(only) == len(ASSETS) and self.graph.view is None:
            return self._closures(side, list(found.depth))
        frontier = [i for i in found.depth if self.kinds[i] in only]
        hops = 0
        while frontier:
            hops += 1
            near = self.step(side, frontier)
            if len(only) < len(ASSETS):
                near = {i: {o: s for o, s in others.items() if self.kinds[o] in only} for i, others in near.items()}
            found.near |= near
            new = {other for others in near.values() for other in others if other not in found.depth}
            found.depth |= dict.fromkeys(new, hops)
            frontier = [i for i in new if self.kinds[i] in only]
        return found

    def _closures(self, side: Side, starts: Sequence[str]) -> Spread:
        """The same by the engine's own closure of each start; then the edges of all that was reached, at once."""
        depth = dict.fromkeys(starts, 0)
        for start in starts:
            self._root = answers.Ref(id=start, kind=self.kinds[start], name=start)
            for id_, hops in self.closure(side, None).items() if self.kinds[start] in ASSETS else ():
                depth[id_] = min(hops, depth.get(id_, hops))
        return Spread(depth, self.step(side, [i for i in depth if self.kinds[i] in ASSETS]))

    def refs(self, ids: Iterable[str]) -> dict[str, answers.Ref]:
        """Nodes by id, as answers name them."""
        ids = list(ids)
        names = self.names(ids)
        return {i: answers.Ref(id=i, kind=self.kinds[i], name=names.get(i) or i) for i in ids}

    def among(self, ids: Iterable[str]) -> list[dict[str, Any]]:
        """The record edges among the given nodes, each once."""
        return self.edges(dict.fromkeys(ids, "down"), "down")

    def told(self, edges: Sequence[dict[str, Any]]) -> list[answers.LineageEdge]:
        """Record edges as answers tell them, with the law of each."""
        return with_law(self.graph, self, edges)

    def hide(self, edges: Sequence[dict[str, Any]]) -> None:
        """Empty what names a thing that a limited key does not see."""
        if self.graph.view is not None:
            self._without_hidden(edges, "via", "Platform")
            self._without_hidden(edges, "under", "Regulation")

    def graded(self, ids: Iterable[str]) -> list[dict[str, Any]]:
        """What restricts those of the given nodes that can state it."""
        of_kind: dict[str, list[str]] = defaultdict(list)
        for id_ in sorted(ids):
            of_kind[self.kinds[id_]].append(id_)
        return [
            row
            for kind in GRADED
            for part in parts(of_kind[kind])
            for row in ask(self.graph, "tracing/restrictions", {"ids": part}, words={"GRADED": kind})
        ]

    def items_of(self, ids: Iterable[str]) -> dict[str, dict[str, str]]:
        """Items, by holder, with their names."""
        found: dict[str, dict[str, str]] = defaultdict(dict)
        for row in self.lookup("tracing/items", ids, "ASSET"):
            found[row["holder"]][row["id"]] = row["name"] or row["id"]
            self.kinds[row["id"]] = "Item"
        return found

    def holders_of(self, items: Sequence[str]) -> dict[str, list[str]]:
        """What has the given items, by item; in order."""
        found: dict[str, set[str]] = defaultdict(set)
        for kind in HOLDERS.split("|"):
            for part in parts(sorted(items)):
                for row in ask(self.graph, "lineage/holders", {"ids": part}, words={"ASSET": kind}):
                    self.kinds.setdefault(row["holder"], kind)
                    found[row["id"]].add(row["holder"])
        return {item: sorted(holders) for item, holders in found.items()}


def named(graph: Graph, text: str, kinds: Sequence[str], why: str) -> answers.Ref:
    """The one thing of the kinds that a word names.

    Raises:
        UsageError: it names a thing of another kind; ``why`` says what is asked for.
        NotFoundError, AmbiguousError: it names none, or several.
    """
    try:
        return catalogue.resolve(graph, text, kinds)
    except NotFoundError:
        other = catalogue.resolve(graph, text)
    raise UsageError(f"{other.name} is a {other.kind}; {why}")


def shortest(near: Mapping[str, Iterable[str]], start: str) -> dict[str, list[str]]:
    """A shortest path from the start to every node, the first by id, node by node."""
    found = {start: [start]}
    frontier = [start]
    while frontier:
        new: dict[str, list[str]] = {}
        for id_ in frontier:
            for other in near.get(id_, ()):
                if other not in found and (other not in new or found[id_] < new[other][:-1]):
                    new[other] = [*found[id_], other]
        found |= new
        frontier = sorted(new, key=new.__getitem__)
    return found


def positive(limit: int) -> None:
    """Refuse a limit that would answer nothing.

    Raises:
        UsageError: it is below 1.
    """
    if limit < 1:
        raise UsageError("--limit must be 1 or more")
