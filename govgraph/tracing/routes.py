"""What lies between things: paths, roots and leaves, bottlenecks, cycles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import networkx as nx

from govgraph import answers, catalogue, cursors
from govgraph.graph import Graph
from govgraph.lineage import asset_named
from govgraph.model import ASSETS, PLACES
from govgraph.queries import ask
from govgraph.terms import PartialDate
from govgraph.tracing.reach import Reach, Side, named, positive

DEFAULT_PATHS, DEFAULT_ENDS, DEFAULT_CYCLES = 100, 10_000, 100
_Near = Mapping[str, Iterable[str]]


# --- paths --------------------------------------------------------------------------------------------------------


def paths(
    graph: Graph,
    start: str,
    end: str,
    *,
    stages: Sequence[str] = (),
    as_of: date | None = None,
    limit: int = DEFAULT_PATHS,
) -> answers.Paths:
    """The shortest paths from an asset to an asset or a place: all are counted, the first by id are told.

    Raises:
        UsageError: a start that is no asset, an end that is neither an asset nor a place, a stage, the limit.
        NotFoundError, AmbiguousError: either.
    """
    positive(limit)
    first = asset_named(graph, start)
    last = named(graph, end, (*ASSETS, *PLACES), f"a path ends at one of {', '.join((*ASSETS, *PLACES))}")
    reach = Reach(graph, stages, as_of)
    reach.kinds |= {first.id: first.kind, last.id: last.kind}
    onward = _onward(reach, first.id, last.id)
    count = _count(onward, first.id, last.id)
    found = _first(onward, first.id, last.id, limit)
    through = {i for path in found for i in path}
    refs = reach.refs(sorted(through))
    pairs = {(path[i], path[i + 1]) for path in found for i in range(len(path) - 1)}
    edges = [e for e in reach.among(through) if (e["start"], e["target"]) in pairs]
    omitted = count - len(found)
    return answers.Paths(
        **catalogue.envelope(graph, as_of),
        total=count,
        truncated=answers.Truncated(reason="limit", omitted=omitted) if omitted else None,
        from_=first,
        to=last,
        length=len(found[0]) - 1 if found else None,
        paths=found,
        nodes=list(refs.values()),
        edges=reach.told(edges),
    )


def _onward(reach: Reach, first: str, last: str) -> dict[str, set[str]] | None:
    """Where the shortest paths go on from each node of theirs; None: there is no path.

    From both ends, hop by hop, always on the side that has fewer nodes to go on from; from a place only towards it.
    """
    if first == last:
        return {}
    depth: dict[Side, dict[str, int]] = {"down": {first: 0}, "up": {last: 0}}
    near: dict[Side, dict[str, dict[str, set[str]]]] = {"down": {}, "up": {}}
    frontier: dict[Side, list[str]] = {"down": [first], "up": [last]}
    while frontier["down"] and frontier["up"]:
        from_end = reach.kinds[last] in ASSETS and len(frontier["up"]) < len(frontier["down"])
        side: Side = "up" if from_end else "down"
        known = depth[side]
        hops = known[frontier[side][0]] + 1
        found = reach.step(side, frontier[side])
        near[side] |= found
        new = {o for others in found.values() for o in others if o not in known}
        known |= dict.fromkeys(new, hops)
        frontier[side] = [i for i in sorted(new) if reach.kinds[i] in ASSETS]
        other = depth["up" if side == "down" else "down"]
        if meeting := new & other.keys():
            nearest = min(other[i] for i in meeting)
            return _between(near, depth, {i for i in meeting if other[i] == nearest})
    return None


def _between(
    near: dict[Side, dict[str, dict[str, set[str]]]], depth: dict[Side, dict[str, int]], meeting: set[str]
) -> dict[str, set[str]]:
    """Where paths go on that are shortest to the nodes where both sides meet, and from there."""
    onward: dict[str, set[str]] = defaultdict(set)
    down, up = depth["down"], depth["up"]
    back: dict[str, set[str]] = defaultdict(set)
    for id_, others in near["down"].items():
        for other in others:
            if down[other] == down[id_] + 1:
                back[other].add(id_)
    frontier = set(meeting)
    while frontier:
        new: set[str] = set()
        for id_ in frontier:
            for other in back[id_]:
                onward[other].add(id_)
                new.add(other)
        frontier = new
    frontier = set(meeting)
    before: dict[str, set[str]] = defaultdict(set)
    for id_, others in near["up"].items():
        for other in others:
            if up[other] == up[id_] + 1:
                before[other].add(id_)
    while frontier:
        new = set()
        for id_ in frontier:
            onward[id_] |= before[id_]
            new |= before[id_]
        frontier = new
    return dict(onward)


def _count(onward: dict[str, set[str]] | None, first: str, last: str) -> int:
    """How many paths there are: never by walking each."""
    if onward is None:
        return 0
    counts = {first: 1}
    frontier = {first}
    while frontier:
        new: dict[str, int] = defaultdict(int)
        for id_ in frontier:
            for other in onward.get(id_, ()):
                new[other] += counts[id_]
        counts |= new
        frontier = set(new)
    return counts[last]


def _first(onward: dict[str, set[str]] | None, first: str, last: str, limit: int) -> list[list[str]]:
    """The first paths by id, node by node; every step leads on to the end."""
    if onward is None:
        return []
    found: list[list[str]] = []
    stack = [[first]]
    while stack and len(found) < limit:
        path = stack.pop()
        if path[-1] == last:
            found.append(path)
            continue
        stack += [[*path, other] for other in sorted(onward[path[-1]], reverse=True)]
    return found


# --- roots and leaves ---------------------------------------------------------------------------------------------


def ends(
    graph: Graph, text: str, *, stages: Sequence[str] = (), as_of: date | None = None, limit: int = DEFAULT_ENDS
) -> answers.Ends:
    """Where the lineage of an asset begins (roots) and where it ends (leaves); nearest first.

    Raises:
        UsageError: no asset, a stage, the limit.
        NotFoundError, AmbiguousError: the asset.
    """
    positive(limit)
    root = asset_named(graph, text)
    reach = Reach(graph, stages, as_of)
    reach.kinds[root.id] = root.kind
    found: list[tuple[int, bool, str]] = []
    for side in ("up", "down"):
        spread = reach.spread("up" if side == "up" else "down", [root.id])
        found += [(spread.depth[i], side == "down", i) for i in _last(spread.near, spread.depth)]
    found.sort()
    kept = found[:limit]
    refs = reach.refs(sorted({i for _, _, i in kept}))
    nodes = [
        (
            down,
            answers.LineageNode(
                id=i,
                kind=refs[i].kind,
                name=refs[i].name,
                depth=depth,
                side="root" if i == root.id else "down" if down else "up",
            ),
        )
        for depth, down, i in kept
    ]
    omitted = len(found) - len(kept)
    return answers.Ends(
        **catalogue.envelope(graph, as_of),
        total=len(found),
        truncated=answers.Truncated(reason="limit", omitted=omitted) if omitted else None,
        root=root,
        roots=[node for down, node in nodes if not down],
        leaves=[node for down, node in nodes if down],
    )


def _last(near: _Near | Mapping[str, Mapping[str, Any]], nodes: Iterable[str]) -> set[str]:
    """Nodes from which nothing leads on; of a cycle that nothing leaves, all of it."""
    graph = _digraph(near)
    graph.add_nodes_from(nodes)
    found: set[str] = set()
    for part in nx.strongly_connected_components(graph):
        if all(other in part for id_ in part for other in graph.successors(id_)):
            found |= part
    return found


def _digraph(near: _Near | Mapping[str, Mapping[str, Any]]) -> nx.DiGraph[str]:
    return nx.DiGraph((id_, other) for id_, others in near.items() for other in others)


# --- bottlenecks --------------------------------------------------------------------------------------------------


def bottlenecks(
    graph: Graph, text: str, *, stages: Sequence[str] = (), as_of: date | None = None, limit: int = DEFAULT_ENDS
) -> answers.Bottlenecks:
    """Nodes upstream of an asset that other nodes of its upstream can't do without: single points of failure first.

    Raises:
        UsageError: no asset, a stage, the limit.
        NotFoundError, AmbiguousError: the asset.
    """
    positive(limit)
    root = asset_named(graph, text)
    reach = Reach(graph, stages, as_of)
    reach.kinds[root.id] = root.kind
    spread = reach.spread("up", [root.id])
    roots = _last(spread.near, spread.depth) - {root.id}
    carried, carried_roots = _carried(spread.near, spread.depth, root.id, roots)
    listed = sorted(
        (i for i in spread.depth if i != root.id and (carried[i] or carried_roots[i] == len(roots))),
        key=lambda i: (carried_roots[i] < len(roots), -carried[i], i),
    )
    kept = listed[:limit]
    refs = reach.refs(kept)
    omitted = len(listed) - len(kept)
    return answers.Bottlenecks(
        **catalogue.envelope(graph, as_of),
        total=len(listed),
        truncated=answers.Truncated(reason="limit", omitted=omitted) if omitted else None,
        root=root,
        upstream=len(spread.depth) - 1,
        roots=len(roots),
        items=[
            answers.Bottleneck(
                id=i,
                kind=refs[i].kind,
                name=refs[i].name,
                depth=spread.depth[i],
                carried=carried[i],
                roots=carried_roots[i],
                single=carried_roots[i] == len(roots),
            )
            for i in kept
        ],
    )


def _carried(
    near: Mapping[str, Mapping[str, Any]], depth: Mapping[str, int], root: str, roots: set[str]
) -> tuple[dict[str, int], dict[str, int]]:
    """Of each node: how many others reach the root only through it; how many roots there are among them and it."""
    graph = _digraph(near)
    graph.add_node(root)
    above = {i: up for i, up in nx.immediate_dominators(graph, root).items() if i != root and up is not None}
    below: dict[str, list[str]] = defaultdict(list)
    for id_, up in above.items():
        below[up].append(id_)
    order, stack = [], [root]
    while stack:
        order.append(stack.pop())
        stack += below[order[-1]]
    size = dict.fromkeys(depth, 0)
    of_roots = {i: int(i in roots) for i in depth}
    for id_ in reversed(order):
        if id_ != root:
            size[above[id_]] += size[id_] + 1
            of_roots[above[id_]] += of_roots[id_]
    return size, of_roots


# --- cycles -------------------------------------------------------------------------------------------------------


def cycles(
    graph: Graph,
    text: str | None = None,
    *,
    stages: Sequence[str] = (),
    as_of: date | None = None,
    limit: int = DEFAULT_CYCLES,
    cursor: str | None = None,
) -> answers.Cycles:
    """Cycles of the whole record, or of the lineage of one asset, each with the edges that close it.

    Raises:
        UsageError: no asset, a stage, limit or cursor that can't be taken.
        NotFoundError, AmbiguousError: the asset.
    """
    positive(limit)
    root = asset_named(graph, text) if text else None
    reach = Reach(graph, stages, as_of)
    question = ["cycles", root and root.id, reach.record, as_of and as_of.isoformat()]
    after = cursors.decode(cursor, question, (int,), (str,)) if cursor else None
    found = nx.DiGraph()
    if root is not None:
        reach.kinds[root.id] = root.kind
        found.add_edges_from(_digraph(reach.spread("down", [root.id]).near).edges)
        found.add_edges_from(_digraph(reach.spread("up", [root.id]).near).reverse().edges)
    else:
        for kind in ASSETS:
            words = {"ASSET": kind, "RECORD": reach.record}
            for row in ask(graph, "tracing/inner", reach.period, words=words):
                reach.kinds[row["id"]] = kind
                found.add_edges_from((row["id"], other) for other in row["others"])
    every = sorted(
        (-len(part), sorted(part))
        for part in nx.strongly_connected_components(found)
        if len(part) > 1 or found.has_edge(*(2 * tuple(part)))
    )
    left = [c for c in every if after is None or (c[0], c[1][0]) > (after[0], after[1])]
    page = left[:limit]
    omitted = len(left) - len(page)
    refs = reach.refs([i for _, part in page for i in part])
    inside = {i: number for number, (_, part) in enumerate(page) for i in part}
    edges: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for edge in reach.among(inside):
        if inside[edge["start"]] == inside[edge["target"]]:
            edges[inside[edge["start"]]].append(edge)
    closing = {number: closers(some) for number, some in edges.items()}
    told = {e.id: e for e in reach.told([e for some in closing.values() for e in some])}
    return answers.Cycles(
        **catalogue.envelope(graph, as_of),
        total=len(every),
        truncated=answers.Truncated(reason="limit", omitted=omitted) if omitted else None,
        next=cursors.encode(question, [page[-1][0], page[-1][1][0]]) if omitted else None,
        root=root,
        items=[
            answers.Cycle(
                size=len(part),
                nodes=[refs[i] for i in part],
                closing=[told[e["id"]] for e in closing[number]],
            )
            for number, (_, part) in enumerate(page)
        ],
    )


def closers(edges: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The edges that complete a cycle when they are laid one after the other, by ``since``, then id.

    Those that complete none keep an order of the nodes in which they all run forward; only between the places of an edge's
    two ends in it does one that might complete a cycle have to be looked at (Pearce and Kelly, 2006).
    """
    order: dict[str, int] = {}
    out: dict[str, set[str]] = defaultdict(set)
    into: dict[str, set[str]] = defaultdict(set)
    found = []
    for edge in sorted(edges, key=_when):
        start, end = edge["start"], edge["target"]
        for id_ in (start, end):
            order.setdefault(id_, len(order))
        if order[end] <= order[start]:
            ahead = _within(end, out, order, order[end], order[start])
            if start in ahead:
                found.append(edge)
                continue
            behind = _within(start, into, order, order[end], order[start])
            moved = sorted(behind, key=order.__getitem__) + sorted(ahead, key=order.__getitem__)
            for id_, place in zip(moved, sorted(order[i] for i in moved), strict=True):
                order[id_] = place
        out[start].add(end)
        into[end].add(start)
    return found


def _within(start: str, near: Mapping[str, set[str]], order: Mapping[str, int], low: int, high: int) -> set[str]:
    """What is reached from a node over nodes whose places lie between two."""
    found, stack = {start}, [start]
    while stack:
        for other in near.get(stack.pop(), ()):
            if other not in found and low <= order[other] <= high:
                found.add(other)
                stack.append(other)
    return found


def _when(edge: dict[str, Any]) -> tuple[date, str]:
    return PartialDate(edge["since"]).lo if edge["since"] else date.max, edge["id"]
