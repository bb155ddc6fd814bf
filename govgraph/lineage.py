"""Lineage: distinct nodes with minimum depth, the hops among them, and the law of each hop (docs/semantics.md, section 9)."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any, Literal

from govgraph import answers, catalogue, cursors
from govgraph.books import rule_book
from govgraph.errors import NotFoundError, UsageError
from govgraph.graph import Graph
from govgraph.law import RuleBook
from govgraph.model import ASSETS, DEFAULT_LIMIT, PLACES, RECORD_TYPES, Stage
from govgraph.places import Tree
from govgraph.queries import MAX_HOPS, ask
from govgraph.terms import PartialDate

Direction = Literal["up", "down", "both"]
_SIDES = ("root", "up", "down")
"""In the order in which they are answered."""
_NARROW = 8
"""Frontiers of up to so many nodes jump :data:`MAX_HOPS` hops at once; wider ones go hop by hop."""
_BATCH = 5_000
"""Ids a query takes at once."""


def lineage(
    graph: Graph,
    text: str,
    *,
    direction: Direction = "both",
    depth: int | None = None,
    stages: Sequence[str] = (),
    kinds: Sequence[str] = (),
    jurisdiction: str | None = None,
    as_of: date | None = None,
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
    fields: bool = False,
) -> answers.Lineage:
    """Where an asset came from (``up``), what depends on it (``down``), or both.

    Args:
        text: id, alias or name of an asset.
        depth: hops from the root; no limit by default.
        stages: walk only edges of these stages.
        kinds: answer only nodes of these kinds; the walk goes on through the others.
        jurisdiction: answer only nodes located in it or below.
        as_of: walk only edges that may hold on that day; all edges by default.
        limit: nodes to answer, nearest first.
        cursor: the ``next`` of the answer before; all pages together are the whole answer.
        fields: walk from item to item, from those of the asset.

    Raises:
        UsageError: a place as the root, or an option that can't be taken.
        NotFoundError, AmbiguousError: the root or the jurisdiction.
        QueryTimeoutError: it took longer than allowed.
    """
    if depth is not None and depth < 1:
        raise UsageError("--depth must be 1 or more")
    if limit < 1:
        raise UsageError("--limit must be 1 or more")
    root = asset_named(graph, text)
    types = record_types(stages)
    wanted = {catalogue.kind_of(k) for k in kinds}
    place = catalogue.resolve(graph, jurisdiction, ("Jurisdiction",)).id if jurisdiction else None
    question = ["lineage", root.id, direction, depth, types, sorted(wanted), place, as_of and as_of.isoformat(), fields]
    after = cursors.decode(cursor, question, (int,), (int,), (str,)) if cursor else None
    walk = (_FieldWalk if fields else Walk)(graph, root, types, as_of)
    reached: dict[str, tuple[int, str]] = {}
    beyond: set[str] = set()
    for side in ("up", "down"):
        if direction not in (side, "both"):
            continue
        found = walk.closure(side, depth)
        for id_, hops in found.items():
            if depth is not None and hops > depth:
                beyond.add(id_)
            elif id_ not in reached or hops < reached[id_][0]:
                reached[id_] = (hops, side)
    shown = walk.only(reached, wanted, place)
    reached |= dict.fromkeys(walk.starts, (0, "root"))
    order = sorted((reached[i][0], _SIDES.index(reached[i][1]), i) for i in {*shown, *walk.starts} - {root.id})
    begin = 0 if after is None else bisect_right(order, tuple(after))
    # The root is a node of the first page, and stands on the others so that they can be read alone.
    end = begin + limit - (after is None)
    kept = [i for _, _, i in order[begin:end]]
    left = len(order) - end
    truncated = None
    if left > 0:
        truncated = answers.Truncated(reason="limit", omitted=left)
    elif beyond - set(reached):
        truncated = answers.Truncated(reason="depth", omitted=None)
    names = walk.names(kept)
    nodes = [answers.LineageNode(id=root.id, kind=root.kind, name=root.name, depth=0, side="root")]
    for id_ in kept:
        hops, side = reached[id_]
        nodes.append(
            answers.LineageNode(
                id=id_,
                kind=walk.kinds[id_],
                name=names.get(id_, id_),
                depth=hops,
                side=side,
            )
        )
    page = {*kept, root.id} if after is None else set(kept)
    so_far = {i for _, _, i in order[:end]} | ({root.id} & set(walk.starts))
    stubs, hidden = walk.stubs([node for node in nodes if node.id in page], direction, depth)
    hops_found = walk.edges({i: reached[i][1] for i in so_far}, direction)
    next_ = None
    if left > 0:
        next_ = cursors.encode(question, order[end - 1] if end else (0, 0, ""))
    return answers.Lineage(
        **catalogue.envelope(graph, as_of),
        total=1 + len(order),
        truncated=truncated,
        next=next_,
        root=root,
        direction=direction,
        nodes=[*nodes, *stubs],
        edges=[
            *with_law(graph, walk, [e for e in hops_found if page & {e["start"], e["target"]}]),
            *map(_stub_edge, stubs),
        ],
        cycles=[part for part in _cycles(hops_found) if page & set(part)],
        redacted=hidden,
    )


def asset_named(graph: Graph, text: str) -> answers.Ref:
    """The asset that a word names."""
    try:
        return catalogue.resolve(graph, text, ASSETS)
    except NotFoundError:
        other = catalogue.resolve(graph, text)
    ends = "a place ends a walk" if other.kind in PLACES else "it carries no data"
    raise UsageError(f"{other.name} is a {other.kind}: {ends}; lineage starts at one of {', '.join(ASSETS)}")


def record_types(stages: Sequence[str]) -> tuple[str, ...]:
    """The types of record edge of the stages; all where none is given.

    Raises:
        UsageError: no such stage.
    """
    try:
        wanted = {Stage.parse(s) for s in stages}
    except ValueError as error:
        raise UsageError(f"--stage: {error}") from None
    return tuple(t for t in RECORD_TYPES if not wanted or Stage[t] in wanted)


class Walk:
    """Walks over record edges of some types that may hold in a period."""

    def __init__(self, graph: Graph, root: answers.Ref, types: Sequence[str], as_of: date | None) -> None:
        self._graph, self._root = graph, root
        self._record = "|".join(types)
        self._period = {"first": as_of or date.min, "last": as_of or date.max}
        self.kinds = {root.id: root.kind}
        self.starts = [root.id]
        """Where the walk begins."""

    def closure(self, side: str, depth: int | None) -> dict[str, int]:
        """Minimum depth of every node reached, without the root; one hop more than asked, to know whether there is more."""
        goal = None if depth is None else depth + 1
        found: dict[str, int] = {}
        frontier, reached = [self._root.id], 0
        while frontier and (goal is None or reached < goal):
            left = None if goal is None else goal - reached
            # The engine's closure would walk on through what a limited key does not see.
            if len(frontier) <= _NARROW and self._graph.view is None:
                hops = min(MAX_HOPS, left or MAX_HOPS)
                new = self._jump(side, frontier, hops)
            else:
                hops = 1
                new = dict.fromkeys(self._step(side, frontier), 1)
            for id_, distance in new.items():
                if id_ != self._root.id and (id_ not in found or reached + distance < found[id_]):
                    found[id_] = reached + distance
            reached += hops
            frontier = [i for i in new if found.get(i) == reached and self.kinds[i] in ASSETS]
        return found

    def _jump(self, side: str, starts: Sequence[str], hops: int) -> dict[str, int]:
        best: dict[str, int] = {}
        for start in starts:
            rows = ask(
                self._graph,
                f"lineage/{side}stream",
                {"id": start, **self._period},
                words={"ASSET": self.kinds[start], "RECORD": self._record, "HOPS": str(hops)},
            )
            for row in rows:
                distance = int(row["depth"])
                for id_ in row["ids"]:
                    self.kinds.setdefault(id_, row["kind"])
                    if distance < best.get(id_, hops + 1):
                        best[id_] = distance
        return best

    def _step(self, side: str, starts: Sequence[str]) -> set[str]:
        query, end = ("lineage/edges_out", "target") if side == "down" else ("lineage/edges_in", "start")
        found = {row[end] for row in self.rows(query, starts)}
        unknown = sorted(found - set(self.kinds))
        for kind in (*ASSETS, *PLACES):
            for part in parts(unknown):
                for row in ask(self._graph, "catalogue/known_ids", {"ids": part}, words={"KIND": kind}):
                    self.kinds.setdefault(row["id"], kind)
        return found

    def rows(self, query: str, ids: Iterable[str]) -> list[dict[str, Any]]:
        """Rows of a query over record edges of the given assets; a place has none."""
        rows = []
        for kind, of_kind in self._by_kind(ids).items():
            if kind not in ASSETS:
                continue
            for part in parts(of_kind):
                rows += ask(
                    self._graph,
                    query,
                    {"ids": part, **self._period},
                    words={"ASSET": kind, "RECORD": self._record},
                )
        return rows

    def _by_kind(self, ids: Iterable[str]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for id_ in sorted(ids):
            found[self.kinds[id_]].append(id_)
        return found

    def lookup(self, query: str, ids: Iterable[str], word: str = "KIND") -> list[dict[str, Any]]:
        """Rows of a query that takes ``$ids`` of one kind, over ids of any."""
        return [
            row
            for kind, of_kind in self._by_kind(ids).items()
            if word == "KIND" or kind in ASSETS
            for part in parts(of_kind)
            for row in ask(self._graph, query, {"ids": part}, words={word: kind})
        ]

    def names(self, ids: Iterable[str]) -> dict[str, str]:
        """Names by id."""
        return {r["id"]: r["name"] for r in self.lookup("lineage/names", ids)}

    def only(self, ids: Iterable[str], kinds: set[str], place: str | None) -> list[str]:
        """Those of the kinds and located in the place or below."""
        shown = [i for i in ids if not kinds or self.kinds[i] in kinds]
        if not place:
            return shown
        inside = Tree(self._graph).below(place)
        near: dict[str, set[str]] = defaultdict(set)
        placed = [i for i in shown if self.kinds[i] != "Item"]
        for row in self.lookup("lineage/located", placed):
            near[row["id"]].add(row["jurisdiction"])
        for id_, _, home in self.providers(shown):
            near[id_].add(home)
        return [i for i in shown if near[i] & inside]

    def providers(self, ids: Iterable[str]) -> list[tuple[str, str, str]]:
        """Asset, agency that provides it (an item: its holder), jurisdiction of that agency; ordered."""
        ids = list(ids)
        found = [(r["id"], r["agency"], r["jurisdiction"]) for r in self.lookup("lineage/providers", ids, "ASSET")]
        direct = {f[0] for f in found}
        items = [i for i in ids if self.kinds[i] == "Item" and i not in direct]
        holders: dict[str, list[str]] = defaultdict(list)
        for kind in ("Resource", "Dataset", "Database"):
            for part in parts(items):
                for row in ask(self._graph, "lineage/holders", {"ids": part}, words={"ASSET": kind}):
                    holders[row["holder"]].append(row["id"])
                    self.kinds.setdefault(row["holder"], kind)
        for r in self.lookup("lineage/providers", holders, "ASSET"):
            found += [(item, r["agency"], r["jurisdiction"]) for item in holders[r["id"]]]
        return sorted(found)

    def edges(self, sides: dict[str, str], direction: Direction) -> list[dict[str, Any]]:
        """The record edges among the nodes, each once."""
        up = [i for i, side in sides.items() if side != "down"]
        down = [i for i, side in sides.items() if side != "up"]
        rows: list[dict[str, Any]] = []
        if direction != "down":
            rows += self.rows("lineage/edges_in", up)
        if direction != "up":
            rows += self.rows("lineage/edges_out", down)
        if direction == "both":
            rows += self.rows("lineage/edges_out", [i for i in up if i != self._root.id])
        found: dict[str, dict[str, Any]] = {}
        for row in sorted(rows, key=lambda r: (r["start"], r["target"], r["id"], r["source"])):
            if row["start"] in sides and row["target"] in sides:
                found.setdefault(row["id"], row)
        if self._graph.view is not None:
            self._without_hidden(found.values(), "via", "Platform")
            self._without_hidden(found.values(), "under", "Regulation")
        return list(found.values())

    def _without_hidden(self, edges: Iterable[dict[str, Any]], name: str, kind: str) -> None:
        """Empty a property of the edges that names what a limited key does not see."""
        named = sorted({edge[name] for edge in edges if edge[name]})
        seen = {
            row["id"]
            for part in parts(named)
            for row in ask(self._graph, "catalogue/known_ids", {"ids": part}, words={"KIND": kind})
        }
        for edge in edges:
            if edge[name] not in seen:
                edge[name] = None

    def stubs(
        self, nodes: Sequence[answers.LineageNode], direction: Direction, depth: int | None
    ) -> tuple[list[answers.LineageNode], int]:
        """What stands for things next to the nodes that a limited key does not see: one by node, side and stage; how many."""
        if self._graph.view is None:
            return [], 0
        near = {node.id: node for node in nodes if depth is None or node.depth < depth}
        found: list[answers.LineageNode] = []
        hidden: set[str] = set()
        sides: tuple[Literal["up", "down"], ...] = ("up", "down")
        for side in sides:
            if direction not in (side, "both"):
                continue
            behind: dict[tuple[str, str], set[str]] = defaultdict(set)
            query = "lineage/hidden_out" if side == "down" else "lineage/hidden_in"
            for row in self.rows(query, (i for i, node in near.items() if node.side in (side, "root"))):
                behind[row["id"], row["stage"]].add(row["hidden"])
            for (id_, stage), ids in sorted(behind.items()):
                hidden |= ids
                found.append(
                    answers.LineageNode(
                        id=f"redacted:{side}:{id_}:{stage}",
                        kind="Redacted",
                        name="",
                        depth=near[id_].depth + 1,
                        side=side,
                        redacted=len(ids),
                    )
                )
        return found, len(hidden)


def _stub_edge(stub: answers.LineageNode) -> answers.LineageEdge:
    """The hop between a stub and the node that it stands beside."""
    _, side, rest = stub.id.split(":", 2)
    visible, _, stage = rest.rpartition(":")
    start, end = (visible, stub.id) if side == "down" else (stub.id, visible)
    return answers.LineageEdge(id=stub.id, from_=start, to=end, stage=stage, rule=answers.HopRule(verdict="unknown"))


class _FieldWalk(Walk):
    """A walk from item to item, which begins at the items of the root; an item is its own."""

    def __init__(self, graph: Graph, root: answers.Ref, types: Sequence[str], as_of: date | None) -> None:
        super().__init__(graph, root, types, as_of)
        if root.kind != "Item":
            rows = ask(graph, "lineage/items", {"id": root.id}, words={"ASSET": root.kind})
            self.starts = [row["id"] for row in rows]
            self.kinds |= dict.fromkeys(self.starts, "Item")

    def closure(self, side: str, depth: int | None) -> dict[str, int]:
        """Minimum depth of every item reached, hop by hop, since what is no item ends the walk."""
        found: dict[str, int] = {}
        frontier, hops = set(self.starts), 0
        while frontier and (depth is None or hops <= depth):
            hops += 1
            frontier = {i for i in self._step(side, sorted(frontier)) if self.kinds[i] == "Item"}
            frontier -= found.keys() | set(self.starts)
            found |= dict.fromkeys(frontier, hops)
        return found


def parts(ids: Sequence[str]) -> Iterable[list[str]]:
    """The ids in lists that a query takes at once."""
    for start in range(0, len(ids), _BATCH):
        yield list(ids[start : start + _BATCH])


def _cycles(edges: Sequence[dict[str, Any]]) -> list[list[str]]:
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph([(e["start"], e["target"]) for e in edges])
    return sorted(
        sorted(part)
        for part in nx.strongly_connected_components(graph)
        if len(part) > 1 or graph.has_edge(*(2 * tuple(part)))
    )


def with_law(graph: Graph, walk: Walk, edges: Sequence[dict[str, Any]]) -> list[answers.LineageEdge]:
    """Record edges as answers tell them, with the law of each hop."""
    dated = {e["start"] for e in edges if e["since"]}
    homes: dict[str, str] = {}
    for asset, _, place in walk.providers(dated):
        homes.setdefault(asset, place)
    law = Law(graph) if homes else None
    found = []
    for edge in edges:
        home = homes.get(edge["start"])
        rule = answers.HopRule(verdict="unknown")
        if law and home and edge["since"]:
            rule = law.of(home, Stage.parse(edge["stage"]), PartialDate(edge["since"]))
        found.append(edge_answer(edge, rule))
    return found


def edge_answer(edge: dict[str, Any], rule: answers.HopRule) -> answers.LineageEdge:
    """A record edge as answers tell it."""
    return answers.LineageEdge(
        id=edge["id"],
        from_=edge["start"],
        to=edge["target"],
        stage=edge["stage"],
        since=edge["since"],
        until=edge["until"],
        via=edge["via"],
        mode=edge["mode"],
        under=edge["under"],
        term=edge["term"],
        assumed=bool(edge["assumed"]),
        rule=rule,
    )


class Law:
    """The rule verdict of a place, stage and (partial) date.

    Each is judged once; and places below which nothing differs, on days between which nothing changes, are judged as one:
    a record of every county and every day asks for few verdicts.
    """

    def __init__(self, graph: Graph) -> None:
        self._tree = Tree(graph)
        self._rules: RuleBook = rule_book(graph)
        self._turns = _turns(self._rules)
        self._governed = set(self._rules.governed())
        self._paths: dict[str, tuple[tuple[str, ...], bool]] = {}
        self._known: dict[tuple[tuple[str, ...], bool, Stage, int], answers.HopRule] = {}

    def of(self, place: str, stage: Stage, since: PartialDate) -> answers.HopRule:
        """The verdict on that date; unknown where it depends on the part that isn't stated."""
        first = self._on(place, stage, since.lo)
        last = first if since.hi == since.lo else self._on(place, stage, since.hi)
        return first if first.verdict == last.verdict else answers.HopRule(verdict="unknown")

    def _path(self, place: str) -> tuple[tuple[str, ...], bool]:
        """The places whose rules count for a place, itself first (empty where it has none); whether it is outside."""
        if place not in self._paths:
            itself, *above = self._tree.path(place)
            counts = (itself if itself in self._governed else "", *(p for p in above if p in self._governed))
            self._paths[place] = counts, self._tree.outside(place)
        return self._paths[place]

    def _on(self, place: str, stage: Stage, day: date) -> answers.HopRule:
        path, outside = self._path(place)
        key = (path, outside, stage, bisect_right(self._turns, day))
        if key not in self._known:
            found = self._rules.verdict(path, stage, day, outside=outside)
            self._known[key] = answers.HopRule(
                verdict=found.verdict, via=found.via, bases=[b.document.id for b in found.bases]
            )
        return self._known[key]


def _turns(rules: RuleBook) -> list[date]:
    """The days on which a verdict may differ from that of the day before: between two of them nothing changes."""
    days: set[date] = set()
    for doc in rules.documents.values():
        for stated in (doc.issued, doc.effective_from, doc.listed_on, doc.doubted_from):
            days |= {stated.lo, stated.hi} if stated else set()
        if end := doc.effective_to:
            days |= {day + timedelta(days=1) for day in (end.lo, end.hi) if day < date.max}
    for edge in rules.governances:
        days |= {edge.since.lo, edge.since.hi} if edge.since else set()
    return sorted(days)


def to_mermaid(answer: answers.Lineage) -> str:
    """The answer as a Mermaid flowchart: nodes by kind, hops with their stage and the law of each."""
    from govgraph.words import VERDICTS

    shapes = {"Platform": ("[[", "]]"), "Agency": ("[[", "]]"), "Database": ("[(", ")]"), "Dataset": ("([", "])")}
    number = {node.id: f"n{i}" for i, node in enumerate(answer.nodes)}
    lines = ["flowchart LR"]
    for node in answer.nodes:
        left, right = shapes.get(node.kind, ("[", "]"))
        name = node.name if node.redacted is None else f"×{node.redacted}"
        lines.append(f'    {number[node.id]}{left}"{_escape(name)}"{right}')
    # A page's hops may lead to nodes of earlier pages, of which it says the ids.
    for id_ in dict.fromkeys(i for e in answer.edges for i in (e.from_, e.to) if i not in number):
        number[id_] = f"n{len(number)}"
        lines.append(f'    {number[id_]}["{_escape(id_)}"]')
    for edge in answer.edges:
        stage, rule = Stage.parse(edge.stage), VERDICTS[edge.rule.verdict][0]
        label = " ".join(filter(None, (stage.zh, edge.since, f"〔{rule}〕")))
        lines.append(f'    {number[edge.from_]} -->|"{_escape(label)}"| {number[edge.to]}')
    lines.append(f"    style {number[answer.root.id]} stroke-width:3px")
    return "\n".join(lines) + "\n"


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace("\n", " ")
