"""Impact: what depends on an asset, a database, an agency, a platform or a regulation."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from govgraph import answers, catalogue
from govgraph.graph import Graph
from govgraph.model import ASSETS
from govgraph.queries import ask
from govgraph.tracing.audit import Practice
from govgraph.tracing.reach import Reach, named

SUBJECTS = (*ASSETS, "Agency", "Platform", "Regulation")
_NONE = ""
"""Under which a node counts that has no jurisdiction, agency or stage."""


@dataclass
class _Start:
    """What a thing touches, and where the walk begins."""

    touched: set[str] = field(default_factory=set)
    begins: set[str] = field(default_factory=set)
    hops: set[str] = field(default_factory=set)

    def add(self, rows: Iterable[dict[str, Any]]) -> None:
        """Both ends of hops; the walk begins at their ends."""
        for row in rows:
            self.hops.add(row["id"])
            self.touched.add(row["start"])
            if "target" in row:
                self.begins.add(row["target"])


def impact(graph: Graph, text: str, *, stages: Sequence[str] = (), as_of: date | None = None) -> answers.Impact:
    """How much depends on a thing, by kind, jurisdiction, agency and stage.

    Args:
        text: id, alias or name of an asset, an agency, a platform or a regulation.
        stages: only hops of these stages.
        as_of: only hops that may hold on that day; all by default.

    Raises:
        UsageError: a thing of another kind, or a stage that can't be taken.
        NotFoundError, AmbiguousError: the thing.
    """
    root = named(graph, text, SUBJECTS, f"impact is asked of one of {', '.join(SUBJECTS)}")
    reach = Reach(graph, stages, as_of)
    reach.kinds[root.id] = root.kind
    start = _start(reach, root)
    reach.know({*start.touched, *start.begins})
    spread = reach.spread("down", sorted(start.begins))
    touched = {*start.touched, *start.begins} - {root.id}
    nodes = {*touched, *spread.depth} - {root.id}
    near = {**reach.step("down", sorted(start.touched - spread.near.keys())), **spread.near}
    return answers.Impact(
        **catalogue.envelope(graph, as_of),
        total=len(nodes),
        root=root,
        touched=len(touched),
        hops=len(start.hops),
        by=_by(reach, nodes, near),
    )


def _start(reach: Reach, root: answers.Ref) -> _Start:
    found = _Start()
    if root.kind in ASSETS:
        found.begins.add(root.id)
    if root.kind == "Database":
        found.begins |= _parts(reach, root.id)
    elif root.kind == "Agency":
        found.begins |= _listed(reach, "tracing/provided", root.id)
    elif root.kind == "Platform":
        found.add(_hops(reach, "tracing/hops_via", root.id))
        found.add(_hops(reach, "tracing/hops_to", root.id))
    elif root.kind == "Regulation":
        found.add(_hops(reach, "tracing/hops_under", root.id))
        practice = Practice(reach)
        groups = [g for g in practice.groups if root.id in practice.rule(g).bases]
        found.add(practice.hops(groups, sum(g.total for g in groups)) if groups else [])
        found.begins |= _listed(reach, "tracing/governed", root.id) | _listed(reach, "tracing/based", root.id)
    return found


def _parts(reach: Reach, database: str) -> set[str]:
    found: set[str] = set()
    frontier, seen = {database}, {database}
    while frontier:
        new: set[str] = set()
        for kind in ("Database", "Resource"):
            ids = {"ids": sorted(frontier)}
            of_kind = {row["id"] for row in ask(reach.graph, "tracing/parts", ids, words={"ASSET": kind})}
            found |= of_kind - {database}
            new |= of_kind if kind == "Database" else set()
            reach.kinds |= dict.fromkeys(of_kind, kind)
        frontier = new - seen
        seen |= new
    return found


def _listed(reach: Reach, query: str, id_: str) -> set[str]:
    found: set[str] = set()
    for kind in ASSETS:
        of_kind = {row["id"] for row in ask(reach.graph, query, {"id": id_}, words={"ASSET": kind})}
        reach.kinds |= dict.fromkeys(of_kind, kind)
        found |= of_kind
    return found


def _hops(reach: Reach, query: str, id_: str) -> list[dict[str, Any]]:
    rows = []
    for kind in ASSETS:
        rows += ask(reach.graph, query, {"id": id_, **reach.period}, words={"ASSET": kind, "RECORD": reach.record})
    return rows


def _by(reach: Reach, nodes: set[str], near: dict[str, dict[str, set[str]]]) -> answers.ImpactBy:
    stages: dict[str, set[str]] = defaultdict(set)
    for others in near.values():
        for other, found in others.items():
            stages[other] |= found
    homes, agencies = _homes(reach, nodes)
    return answers.ImpactBy(
        kind=_counted({i: {reach.kinds[i]} for i in nodes}, nodes),
        jurisdiction=_counted(homes, nodes),
        agency=_counted(agencies, nodes),
        stage=_counted(stages, nodes),
    )


def _counted(words: dict[str, set[str]], nodes: set[str]) -> dict[str, int]:
    counts = Counter(word for id_ in nodes for word in words.get(id_) or (_NONE,))
    return dict(sorted(counts.items(), key=lambda c: (-c[1], c[0])))


def _homes(reach: Reach, nodes: set[str]) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """The homes of nodes (section 10), and who provides them."""
    holders = reach.holders_of([i for i in nodes if reach.kinds[i] == "Item"])
    every = nodes | {h for held in holders.values() for h in held}
    homes: dict[str, set[str]] = defaultdict(set)
    agencies: dict[str, set[str]] = defaultdict(set)
    for row in reach.lookup("lineage/located", [i for i in every if reach.kinds[i] != "Item"]):
        homes[row["id"]].add(row["jurisdiction"])
    for row in reach.lookup("tracing/agencies", every, "ASSET"):
        agencies[row["id"]].add(row["agency"])
        homes[row["id"]].update(row["places"])
    for item, held in holders.items():
        homes[item] = homes[item].union(*(homes[h] for h in held))
        if not agencies[item]:
            agencies[item] = agencies[item].union(*(agencies[h] for h in held))
    return homes, agencies
