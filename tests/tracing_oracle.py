"""A second opinion on section 12 of docs/semantics.md: plain, slow, without the product's code; worlds to ask it about."""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import date
from typing import Any

import networkx as nx
from hypothesis import strategies as st

from govgraph.model import RECORD_TYPES
from govgraph.terms import PartialDate
from tests.oracle import ASSETS, World, record_graph, rule, when
from tests.worlds import DATES, Values, _clean, maybe

Hop = tuple[str, str, str, str, str]
"""From, to, stage, since, via."""
KINDS = {"Database": 3, "Resource": 4, "Dataset": 2, "Use": 1, "Item": 5}
GRADES = ["1", "L2", "3级", "重要数据", "一般", "某级"]
READ = {"1": (1, 1), "L2": (2, 2), "3级": (3, 3), "重要数据": (10, 10), "一般": (1, 9)}
OPEN = ["unconditional", "conditional", "not_open"]
NAMES = ["名称", "名 称", "地址", "ＩＤ", "id"]


@st.composite
def tracing_worlds(draw: st.DrawFn) -> World:
    """Assets of every kind with providers, items, restrictions, and a record with diamonds, cycles and self-loops."""
    rows: list[tuple[str, Values]] = [
        ("Jurisdiction", {"id": "N", "name": "国", "level": "national"}),
        ("Jurisdiction", {"id": "P0", "name": "省", "level": "province", "parent": "N"}),
        ("Jurisdiction", {"id": "P1", "name": "二省", "level": "province", "parent": "N"}),
        ("Jurisdiction", {"id": "C0", "name": "市", "level": "city", "parent": "P0"}),
        ("Regulation", {"id": "R0", "name": "办法", "effective_from": "2020-07-01", "effective_to": "2021-01-01"}),
        ("Regulation", {"id": "R1", "name": "草案", "status": "draft", "issued": "2020-01-01"}),
        ("Regulation", {"id": "R2", "name": "条例", "effective_from": "2020-06"}),
        ("Platform", {"id": "T0", "name": "平台", "jurisdiction": "P0"}),
        ("Platform", {"id": "T1", "name": "平台二"}),
    ]
    places = ["N", "P0", "P1", "C0"]
    agencies = [f"A{i}" for i in range(3)]
    rows += [("Agency", _clean({"id": a, "name": a, "jurisdiction": draw(maybe(places))})) for a in agencies]
    by_kind: dict[str, list[str]] = {}
    for kind, most in KINDS.items():
        by_kind[kind] = [f"{kind}{i}" for i in range(draw(st.integers(1, most)))]
        for id_ in by_kind[kind]:
            values: Values = {"id": id_, "name": id_}
            if kind == "Item":
                values |= {"name": draw(st.sampled_from(NAMES)), "element": draw(st.none() | maybe(["DE1", "ＤＥ1"]))}
            if kind in ("Resource", "Item", "Dataset"):
                values |= {
                    "open_type": draw(maybe(OPEN)),
                    "grade": draw(maybe(GRADES)),
                    "personal": draw(maybe([True, False])),
                }
            rows.append((kind, _clean(values)))
    assets = [i for ids in by_kind.values() for i in ids]

    def some(type_: str, starts: list[str], ends: list[str], most: int) -> None:
        pairs = draw(st.sets(st.tuples(st.sampled_from(starts), st.sampled_from(ends)), max_size=most))
        rows.extend((type_, {"from": a, "to": b}) for a, b in sorted(pairs) if a != b)

    some("PROVIDED_BY", assets, agencies, 8)
    some("HAS_ITEM", [*by_kind["Resource"], *by_kind["Dataset"], *by_kind["Database"]], by_kind["Item"], 6)
    some("LOCATED_IN", [a for a in assets if not a.startswith("Item")], places, 3)
    some("PART_OF", by_kind["Resource"], by_kind["Database"], 2)
    some("PART_OF", by_kind["Database"], by_kind["Database"], 2)
    some("BASED_ON", [*by_kind["Resource"], *by_kind["Item"]], ["R0"], 1)
    hops: dict[Any, tuple[str, Values]] = {}
    ends = [*assets, "T0", "A0"]
    for _ in range(draw(st.integers(0, 18))):
        type_ = draw(st.sampled_from(RECORD_TYPES[:4]))
        hop_values = {
            "from": draw(st.sampled_from(assets)),
            "to": draw(st.sampled_from(ends)),
            "since": draw(maybe(DATES)),
            "via": draw(st.none() | maybe(["T0", "T1"])),
            "under": draw(st.none() | maybe(["R0", "R2"])),
        }
        key = (type_, *(hop_values[k] for k in ("from", "to", "since", "via")))
        hops.setdefault(key, (type_, _clean(hop_values)))
    for _ in range(draw(st.integers(0, 6))):
        type_ = draw(st.sampled_from(RECORD_TYPES[:4]))
        pair = {"from": draw(st.sampled_from(by_kind["Item"])), "to": draw(st.sampled_from(by_kind["Item"]))}
        hops.setdefault((type_, pair["from"], pair["to"], None, None), (type_, pair))
    rows += hops.values()
    for r, (p, stage) in itertools.product(
        ["R0", "R1", "R2"], [("P0", "sharing"), ("N", "opening"), ("P1", "processing")]
    ):
        if draw(st.booleans()):
            rows.append(("GOVERNS", {"from": r, "to": p, "stage": stage, "scope": "dedicated"}))
    if draw(st.booleans()):
        rows.append(("GOVERNS", {"from": "R0", "to": by_kind["Database"][0], "stage": "sharing"}))
    return World(rows)


def linked(world: World, type_: str, start: str) -> set[str]:
    """Where edges of a type lead."""
    return {e["to"] for e in world.typed(type_) if e["from"] == start}


def holders(world: World, item: str) -> set[str]:
    """What has an item."""
    return {e["from"] for e in world.typed("HAS_ITEM") if e["to"] == item}


def provided_by(world: World, asset: str) -> set[str]:
    """Who provides an asset; an item: else who provides what has it."""
    found = linked(world, "PROVIDED_BY", asset)
    return found or {a for h in holders(world, asset) for a in linked(world, "PROVIDED_BY", h)}


def place_of(world: World, agency: str) -> str | None:
    """Where an agency is."""
    place = world.nodes[agency].get("jurisdiction")
    return str(place) if place else None


def home(world: World, asset: str) -> str | None:
    """The jurisdiction of an asset's provider: the first by id of those that are somewhere."""
    own = sorted(a for a in linked(world, "PROVIDED_BY", asset) if place_of(world, a))
    if not own:
        every = {a for h in holders(world, asset) for a in linked(world, "PROVIDED_BY", h)}
        own = sorted(a for a in every if place_of(world, a))
    return place_of(world, own[0]) if own else None


def law(world: World, values: dict[str, Any], stage: str) -> dict[str, Any]:
    """Verdict and bases of a hop."""
    since, at = when(values, "since"), home(world, values["from"])
    unknown = {"verdict": "unknown", "bases": []}
    if not since or not at:
        return unknown
    first, last = (rule(world, world.path(at), stage, day, world.outside(at)) for day in (since.lo, since.hi))
    return first if first["verdict"] == last["verdict"] else unknown


def hops_of(world: World, stages: set[str], as_of: date | None) -> dict[Hop, dict[str, Any]]:
    """All hops, by what tells them apart."""
    graph = record_graph(world, stages, as_of)
    return {(a, b, k[0].lower(), k[1], k[2]): d["values"] for a, b, k, d in graph.edges(keys=True, data=True)}


def audit(
    world: World, stages: set[str], as_of: date | None, place: str | None
) -> tuple[dict[str, int], list[tuple[str, Hop]]]:
    """Hops by verdict, and the unruled ones with their home."""
    verdicts: Counter[str] = Counter()
    unruled = []
    for hop, values in hops_of(world, stages, as_of).items():
        at = home(world, hop[0])
        if place is None or (at and place in world.path(at)):
            verdict = law(world, values, hop[2])["verdict"]
            verdicts[verdict] += 1
            if verdict in ("none", "expired", "planned"):
                unruled.append((str(at), hop))
    return dict(verdicts), sorted(unruled)


def impact(world: World, root: str, stages: set[str], as_of: date | None) -> dict[str, Any]:
    """Total and counts."""
    kind = world.nodes[root]["kind"]
    hops = hops_of(world, stages, as_of)
    touched: set[str] = set()
    begins: set[str] = set()
    mine: set[Hop] = set()
    if kind in ASSETS:
        begins.add(root)
    if kind == "Database":
        parts = nx.DiGraph([(e["to"], e["from"]) for e in world.typed("PART_OF")])
        parts.add_node(root)
        begins |= nx.descendants(parts, root)
    if kind == "Agency":
        begins |= {e["from"] for e in world.typed("PROVIDED_BY") if e["to"] == root}
    if kind == "Platform":
        mine = {h for h in hops if h[4] == root or h[1] == root}
    if kind == "Regulation":
        mine = {h for h, v in hops.items() if v.get("under") == root or root in law(world, v, h[2])["bases"]}
        begins |= {e["from"] for e in world.typed("BASED_ON") if e["to"] == root}
        begins |= {e["to"] for e in world.typed("GOVERNS") if e["from"] == root} - {
            n["id"] for n in world.of("Jurisdiction")
        }
    touched |= {h[0] for h in mine}
    begins |= {h[1] for h in mine if h[1] != root}
    graph = nx.DiGraph([h[:2] for h in hops])
    graph.add_nodes_from([*touched, *begins])
    nodes = {*touched, *begins, *(d for b in begins for d in nx.descendants(graph, b))} - {root}
    by: dict[str, Counter[str]] = {name: Counter() for name in ("kind", "jurisdiction", "agency", "stage")}
    for node in nodes:
        of_kind = world.nodes[node]["kind"]
        by["kind"][of_kind] += 1
        near = {node, *holders(world, node)}
        agencies = {a for n in near for a in linked(world, "PROVIDED_BY", n)}
        places = {p for n in near for p in linked(world, "LOCATED_IN", n)}
        places |= {p for a in agencies if (p := place_of(world, a))}
        if of_kind in ("Agency", "Platform") and world.nodes[node].get("jurisdiction"):
            places.add(world.nodes[node]["jurisdiction"])
        found = {
            "jurisdiction": places,
            "agency": provided_by(world, node),
            "stage": {h[2] for h in hops if h[1] == node and h[0] in nodes | {root}},
        }
        for name, words in found.items():
            by[name].update(words or {""})
    return {"total": len(nodes), "hops": len(mine), "by": {name: dict(c) for name, c in by.items()}}


def paths(world: World, start: str, end: str, stages: set[str], as_of: date | None) -> list[list[str]]:
    """All shortest paths, in order."""
    graph = nx.DiGraph([h[:2] for h in hops_of(world, stages, as_of)])
    graph.add_nodes_from([start, end])
    if not nx.has_path(graph, start, end):
        return []
    return sorted(nx.all_shortest_paths(graph, start, end))


def _reached(world: World, root: str, stages: set[str], as_of: date | None, up: bool) -> nx.DiGraph:
    graph = nx.DiGraph([h[:2] for h in hops_of(world, stages, as_of)])
    graph.add_node(root)
    graph = graph.reverse() if up else graph
    return graph.subgraph({root, *nx.descendants(graph, root)})


def ends(world: World, root: str, stages: set[str], as_of: date | None, up: bool) -> dict[str, int]:
    """Roots (up) or leaves with their depth: what reaches nothing that does not lead back to it."""
    graph = _reached(world, root, stages, as_of, up)
    depth = nx.single_source_shortest_path_length(graph, root)
    return {i: depth[i] for i in graph if all(nx.has_path(graph, other, i) for other in nx.descendants(graph, i))}


def bottlenecks(world: World, root: str, stages: set[str], as_of: date | None) -> dict[str, tuple[int, int, bool]]:
    """Of each: what it carries, roots among them and it, whether it carries all: by taking each away."""
    graph = _reached(world, root, stages, as_of, True)
    roots = set(ends(world, root, stages, as_of, True)) - {root}
    found = {}
    for node in set(graph) - {root}:
        without = graph.subgraph(set(graph) - {node})
        carried = set(graph) - {root, node} - nx.descendants(without, root)
        of_roots = len(roots & {node, *carried})
        if carried or of_roots == len(roots):
            found[node] = (len(carried), of_roots, of_roots == len(roots))
    return found


def cycles(world: World, root: str | None, stages: set[str], as_of: date | None) -> dict[tuple[str, ...], set[Hop]]:
    """Components, with the hops that close a cycle when hops are laid one after the other by date."""
    hops = hops_of(world, stages, as_of)
    graph = nx.DiGraph([h[:2] for h in hops])
    if root:
        graph.add_node(root)
        down = graph.subgraph({root, *nx.descendants(graph, root)})
        up = graph.subgraph({root, *nx.ancestors(graph, root)})
        graph = nx.compose(down, up)
    found = {}
    for part in nx.strongly_connected_components(graph):
        if len(part) > 1 or graph.has_edge(*list(part) * 2):
            found[tuple(sorted(part))] = {h for h in hops if h[0] in part and h[1] in part}
    return found


def closing(hops: list[tuple[str, str, str, str | None]]) -> list[str]:
    """Which of the hops (id, from, to, since) close a cycle."""
    kept = nx.DiGraph()
    found = []
    for id_, start, end, _ in sorted(hops, key=lambda h: (PartialDate(h[3]).lo if h[3] else date.max, h[0])):
        kept.add_nodes_from([start, end])
        if nx.has_path(kept, end, start):
            found.append(id_)
        else:
            kept.add_edge(start, end)
    return found


# --- restriction ---


def facts(world: World, id_: str) -> dict[str, Any]:
    """What restricts a thing; an item by what has it where it states nothing."""
    node = world.nodes[id_]
    found = {name: node.get(name) for name in ("open_type", "grade", "personal")}
    held = [world.nodes[h] for h in holders(world, id_)] if node["kind"] == "Item" else []
    for name, key in (
        ("open_type", OPEN.index),
        ("grade", lambda g: (READ.get(g, (0, 0)), g)),
        ("personal", bool),
    ):
        stated = [h[name] for h in held if h.get(name) is not None]
        if found[name] is None and stated:
            found[name] = max(stated, key=key)  # type: ignore[arg-type]
    return found


def higher(one: str | None, other: str | None) -> bool:
    """Whether a grade is higher for every reading."""
    return one in READ and other in READ and READ[str(one)][0] > READ[str(other)][1]


def restriction(
    world: World, root: str, stages: set[str], as_of: date | None
) -> tuple[dict[tuple[str, str, str, str], int], int]:
    """Findings (subject, finding, reason, cause) with the number of nodes on the way; grades that can't be compared."""
    kind = world.nodes[root]["kind"]
    graph = nx.DiGraph([h[:2] for h in hops_of(world, stages, as_of)]).reverse()
    graph.add_nodes_from(world.nodes)
    fields = graph.subgraph([n["id"] for n in world.of("Item")])
    own = sorted(linked(world, "HAS_ITEM", root))
    found: dict[tuple[str, str, str, str], int] = {}
    ungraded = 0

    def add(subject: str, finding: str, reason: str, cause: str, length: int) -> None:
        key = (subject, finding, reason, cause)
        found[key] = min(found.get(key, length), length)

    def graded(cause: str, subject: str) -> int:
        return facts(world, cause)["grade"] in READ and facts(world, subject)["grade"] not in READ

    if kind == "Dataset" and world.nodes[root].get("open_type") != "not_open":
        ways = [(root, graph, {c: n + 1 for c, n in _lengths(graph, root).items() if c != root})]
        ways += [(i, fields, {c: n + 2 for c, n in _lengths(fields, i).items()}) for i in own]
        for subject, _, reached in ways:
            for cause, length in reached.items():
                its = facts(world, cause)
                if its["open_type"] == "not_open":
                    add(root, "opened", "not_open", cause, length)
                if its["personal"]:
                    add(root, "opened", "personal", cause, length)
                if higher(its["grade"], facts(world, subject)["grade"]):
                    add(root, "opened", "grade", cause, length)
                ungraded += graded(cause, subject)
    for item in [root] if kind == "Item" else own:
        mine = facts(world, item)
        for cause, length in _lengths(fields, item).items():
            its = facts(world, cause)
            if cause == item:
                continue
            if mine["open_type"] and its["open_type"] and OPEN.index(mine["open_type"]) < OPEN.index(its["open_type"]):
                add(item, "loosened", "open_type", cause, length + 1)
            if higher(its["grade"], mine["grade"]):
                add(item, "loosened", "grade", cause, length + 1)
            if its["personal"] and mine["personal"] is False:
                add(item, "loosened", "personal", cause, length + 1)
            ungraded += graded(cause, item)
    return found, ungraded


def _lengths(graph: nx.DiGraph, root: str) -> dict[str, int]:
    return dict(nx.single_source_shortest_path_length(graph, root))


# --- items ---


def same_items(world: World, place: str | None) -> dict[str, tuple[set[str], int, set[str]]]:
    """Groups: providers, sources, items."""
    groups: dict[str, list[str]] = {}
    for item in world.of("Item"):
        word = {"名称": "name:名称", "名 称": "name:名称", "地址": "name:地址", "ＩＤ": "name:id", "id": "name:id"}[
            item["name"]
        ]
        groups.setdefault("element:de1" if item.get("element") else word, []).append(item["id"])
    hops = hops_of(world, set(), None)
    found = {}
    for key, items in groups.items():
        kept = {}
        for item in items:
            agencies = {
                a
                for a in provided_by(world, item)
                if place is None or (place_of(world, a) and place in world.path(str(place_of(world, a))))
            }
            if agencies:
                kept[item] = agencies
        providers = {a for agencies in kept.values() for a in agencies}
        derived = {h[1] for h in hops if h[0] in items and h[1] in items and h[0] != h[1]}
        if len(providers) > 1:
            sources = {a for i, agencies in kept.items() if i not in derived for a in agencies}
            found[key] = (providers, len(sources), set(kept))
    return found
