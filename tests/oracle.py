"""A second opinion: docs/semantics.md in plain Python and networkx, slow and obvious, without the product's code.

Only the vocabulary (``govgraph.model``, ``govgraph.terms``) is shared. A world is a list of loader rows; the oracle reads
the rows themselves.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import networkx as nx

from govgraph.model import RECORD_TYPES, STAGES, Evidence, Rank, Scope
from govgraph.terms import PartialDate

RANKS = [r.value for r in Rank]
EVIDENCE = [e.value for e in Evidence]
SCOPES = [s.value for s in Scope]
ASSETS = {"Database", "Resource", "Item", "Dataset", "Use"}


@dataclass
class World:
    """Rows as (kind, values), nodes before edges."""

    rows: list[tuple[str, dict[str, Any]]]
    nodes: dict[str, dict[str, Any]] = field(init=False)
    edges: list[tuple[str, dict[str, Any]]] = field(init=False)

    def __post_init__(self) -> None:
        self.nodes, self.edges = {}, []
        for kind, values in self.rows:
            if "from" in values:
                self.edges.append((kind, values))
            else:
                self.nodes[values["id"]] = values | {"kind": kind}

    def of(self, kind: str) -> list[dict[str, Any]]:
        """Nodes of a kind."""
        return [n for n in self.nodes.values() if n["kind"] == kind]

    def typed(self, type_: str) -> list[dict[str, Any]]:
        """Edges of a type."""
        return [e for t, e in self.edges if t == type_]

    def path(self, place: str) -> list[str]:
        """The jurisdiction and its ancestors."""
        found = [place]
        while parent := self.nodes[found[-1]].get("parent"):
            found.append(parent)
        return found

    def outside(self, place: str) -> bool:
        """Whether it or an ancestor is outside the territory."""
        return any(self.nodes[p].get("outside_territory") for p in self.path(place))


def when(node: dict[str, Any], name: str) -> PartialDate | None:
    """A stated date of a row."""
    return PartialDate(node[name]) if node.get(name) else None


# --- section 2 ---


def considered(doc: dict[str, Any], day: date) -> bool:
    """Whether the document exists for that day."""
    issued, start, listed = (when(doc, n) for n in ("issued", "effective_from", "listed_on"))
    if listed and day >= listed.lo:
        return True
    first = issued if issued else start
    return day >= first.lo if first else True


def begun(doc: dict[str, Any], day: date) -> tuple[str, str | None]:
    """yes, no or maybe; and the flag that it rests on."""
    issued, start, listed = (when(doc, n) for n in ("issued", "effective_from", "listed_on"))
    is_listed = listed is not None and day >= listed.hi
    if start:
        if day < start.lo:
            sure = issued is None or day >= issued.hi or is_listed
            return ("no" if sure else "maybe"), None
        if day >= start.hi:
            return "yes", None
        return ("yes", "listed") if is_listed else ("maybe", None)
    if issued and doc.get("rank") in ("normative_document", "policy", "standard", "plan"):
        return ("yes" if day >= issued.hi else "maybe"), "issue"
    return ("yes", "listed") if is_listed else ("maybe", None)


def start_of(doc: dict[str, Any]) -> PartialDate | None:
    """When a document begins, as far as it is known."""
    if doc.get("effective_from"):
        return when(doc, "effective_from")
    if doc.get("issued") and doc.get("rank") in ("normative_document", "policy", "standard", "plan"):
        return when(doc, "issued")
    return when(doc, "listed_on")


def is_draft(doc: dict[str, Any]) -> bool:
    """Whether it is a draft."""
    return doc.get("status") == "draft"


def successors(world: World, id_: str) -> set[str]:
    """Documents that end this one once they have begun."""
    graph = nx.Graph()
    graph.add_node(id_)
    for e in world.typed("AMENDS"):
        ends = (world.nodes[e["from"]], world.nodes[e["to"]])
        if e["from"] != e["to"] and not any(is_draft(n) and n["id"] != id_ for n in ends):
            graph.add_edge(e["from"], e["to"])
    versions = nx.node_connected_component(graph, id_)
    found = set()
    for e in world.typed("AMENDS"):
        if e["to"] == id_ != e["from"] and not is_draft(world.nodes[e["from"]]):
            found.add(e["from"])
    for e in world.typed("REPEALS"):
        newer, older = e["from"], e["to"]
        if newer == older or is_draft(world.nodes[newer]) or older not in versions:
            continue
        if older == id_:
            found.add(newer)
        elif newer not in versions:
            own, other = start_of(world.nodes[id_]), start_of(world.nodes[newer])
            if own is None or other is None or own.lo < other.lo:
                found.add(newer)
    return found


def status(world: World, id_: str, day: date) -> tuple[str, str, str | None] | None:
    """Status, reason and flag; None when not considered."""
    doc = world.nodes[id_]
    if not considered(doc, day):
        return None
    if is_draft(doc):
        return "draft", "draft", None
    ended: set[str] = set()
    perhaps = False
    end = when(doc, "effective_to")
    if end:
        if day > end.hi:
            ended.add("term")
        elif day > end.lo:
            perhaps = True
    following = successors(world, id_)
    for other in following:
        if considered(world.nodes[other], day):
            answer = begun(world.nodes[other], day)[0]
            if answer == "yes":
                ended.add("successor")
            elif answer == "maybe":
                perhaps = True
    doubt = when(doc, "doubted_from")
    if doubt and day >= doubt.lo:
        perhaps = True
    undated = not (end or following or doubt)
    if doc.get("status") == "repealed" and (undated or "term" in ended):
        ended.add("stated repealed")
    if doc.get("status") == "lapsed" and undated:
        ended.add("stated lapsed")
    if ended & {"successor", "stated repealed"}:
        return "repealed", "repealed", None
    if ended:
        if doc.get("trial") and not following:
            return "unknown", "lapsed", None
        return "lapsed", "lapsed", None
    answer, flag = begun(doc, day)
    if answer == "no":
        return "not_yet_effective", "not_yet_effective", None
    if answer == "maybe" or perhaps:
        return "unknown", "date_unknown", None
    return "in_force", "applies", flag


def is_rule(doc: dict[str, Any]) -> bool:
    """The worlds' annual plans have 年度 in their name; nothing else does."""
    return not ("年度" in doc["name"] and (doc.get("rank") == "plan" or "计划" in doc["name"]))


# --- section 3 ---


def own_edges(world: World, id_: str, seen: frozenset[str] = frozenset()) -> list[dict[str, Any]]:
    """GOVERNS edges of a document, or of the version that it amends."""
    edges = [e for e in world.typed("GOVERNS") if e["from"] == id_]
    if edges or id_ in seen:
        return edges
    for older in sorted(e["to"] for e in world.typed("AMENDS") if e["from"] == id_ and e["to"] != id_):
        found = own_edges(world, older, seen | {id_})
        if found:
            return found
    return []


def scope_at(world: World, id_: str, place: str, stage: str, day: date) -> tuple[str, str] | None:
    """Best scope of a document at a place for a stage, with its evidence."""
    doc = world.nodes[id_]
    edges = own_edges(world, id_)
    named = {e.get("stage") for e in edges if e.get("evidence") in ("text", "title") and e.get("scope") != "unknown"}
    scoped = [e for e in edges if e.get("scope", "general") != "unknown"]
    found: list[tuple[int, int]] = []
    for e in edges:
        scope, evidence = e.get("scope", "general"), e.get("evidence", "stated")
        if e["to"] != place or e.get("stage") not in (stage, None):
            continue
        if scope == "unknown" and not e.get("stage") and (scoped or doc.get("object") == "other"):
            continue
        if scope == "dedicated" and evidence == "category" and named and stage not in named:
            continue
        if evidence == "collective" and e.get("since") and day < PartialDate(e["since"]).hi:
            scope = "unknown"
        elif scope == "dedicated" and doc.get("rank") in ("standard", "plan"):
            scope = "general"
        found.append((SCOPES.index(scope), EVIDENCE.index(evidence)))
    if not found:
        return None
    scope_, evidence_ = min(found)
    return SCOPES[scope_], EVIDENCE[evidence_]


# --- section 4 ---


def rule(world: World, path: list[str], stage: str, day: date, outside: bool) -> dict[str, Any]:
    """The rule verdict of the first place of a path."""
    seen: list[tuple[str, str, str, str, str, str | None]] = []
    for place in path:
        for doc in world.of("Regulation"):
            at = scope_at(world, doc["id"], place, stage, day)
            now = status(world, doc["id"], day)
            if at and now and is_rule(doc):
                seen.append((place, doc["id"], at[0], at[1], now[0], now[2]))
    answer: dict[str, Any] = {"verdict": "none", "via": None, "via_scope": None, "bases": [], "evidence": None}
    if outside:
        return answer | {"pending": [], "unresolved": []}
    answer["pending"] = sorted({s[1] for s in seen if s[4] in ("draft", "not_yet_effective")})
    answer["unresolved"] = sorted(
        {s[1] for s in seen if s[4] == "unknown" or (s[2] == "unknown" and s[4] == "in_force")}
    )
    for number, place in enumerate(path):
        firm = [s for s in seen if s[0] == place and s[4] == "in_force" and s[2] != "unknown"]
        if not firm:
            continue
        scope = "dedicated" if any(s[2] == "dedicated" for s in firm) else "general"
        bases = [s for s in firm if s[2] == scope]
        bases.sort(key=lambda s: _order(world.nodes[s[1]], s[3]))
        first = world.nodes[bases[0][1]]
        return answer | {
            "verdict": scope if number == 0 else "inherited",
            "via": place if number else None,
            "via_scope": scope if number else None,
            "bases": [s[1] for s in bases],
            "evidence": bases[0][3],
            "rank": first.get("rank") or "unknown",
            "trial": bool(first.get("trial")),
            "presumed": bases[0][3] in ("category", "collective"),
            "presumed_from_issue": bases[0][5] == "issue",
            "last_stated": when(first, "listed_on").hi if bases[0][5] == "listed" else None,  # type: ignore[union-attr]
        }
    if answer["unresolved"]:
        answer["verdict"] = "unknown"
    elif answer["pending"]:
        answer["verdict"] = "planned"
    elif any(s[4] in ("repealed", "lapsed") for s in seen):
        answer["verdict"] = "expired"
    return answer


def _order(doc: dict[str, Any], evidence: str) -> tuple[int, int, int, str]:
    day = when(doc, "effective_from") or when(doc, "issued") or when(doc, "listed_on")
    newest = -(day.lo if day else date.min).toordinal()
    return EVIDENCE.index(evidence), RANKS.index(doc.get("rank") or "unknown"), newest, doc["id"]


# --- section 5 ---


def role(world: World, path: list[str], stage: str, day: date, outside: bool) -> dict[str, Any]:
    """The role verdict of the first place of a path."""
    found: dict[str, list[tuple[int, str]]] = {"own": [], "designated": [], "supervised": []}
    for number, place in enumerate(path):
        for e in world.typed("RESPONSIBLE_FOR"):
            if outside or e["to"] != place or e.get("stage") != stage or not _counts(world, e, day):
                continue
            kind = world.nodes[e["from"]].get("agency_kind") or "body"
            each = e.get("reach") == "each_below"
            if kind == "body" and number == 0:
                found["own"].append((number, e["from"]))
            elif kind == "kind_of_body" and (number == 0 or each):
                found["designated"].append((number, e["from"]))
            elif kind == "body" and (each or any(w in (e.get("duty") or "") for w in ("统筹", "指导", "监督", "协调"))):
                found["supervised"].append((number, e["from"]))
    for verdict, roles in found.items():
        if roles:
            nearest = min(n for n, _ in roles)
            via = path[nearest] if nearest else None
            return {"verdict": verdict, "via": via, "agencies": sorted({a for n, a in roles if n == nearest})}
    return {"verdict": "none", "via": None, "agencies": []}


def _counts(world: World, e: dict[str, Any], day: date) -> bool:
    since, until = when(e, "since"), when(e, "until")
    if (since and day < since.hi) or (until and day > until.lo):
        return False
    if not since and e.get("regulation"):
        now = status(world, e["regulation"], day)
        return now is not None and now[0] in ("in_force", "unknown")
    return True


# --- section 6 ---


def record(world: World, place: str, stage: str, day: date) -> dict[str, Any]:
    """The record verdict of a jurisdiction."""
    data = []
    for node in world.nodes.values():
        if node["kind"] not in ("Database", "Resource", "Dataset"):
            continue
        homes = [node.get("jurisdiction")]
        if node.get("provider"):
            homes.append(world.nodes[node["provider"]].get("jurisdiction"))
        if any(home and place in world.path(home) for home in homes):
            data.append(node)
    expected = unknown = done = 0
    for node in data:
        what = _expected(world, node, stage, day)
        expected += what == "expected"
        unknown += what == "unknown"
        if what == "expected":
            done += any(
                e["from"] == node["id"] and (not e.get("since") or PartialDate(e["since"]).lo <= day)
                for e in world.typed(stage.upper())
            )
    if not data or (not expected and unknown):
        verdict = "no_data"
    elif not expected:
        verdict = "not_expected"
    else:
        verdict = "full" if done == expected else "partial" if done else "absent"
    return {"verdict": verdict, "done": done, "expected": expected, "unknown": unknown}


def _expected(world: World, node: dict[str, Any], stage: str, day: date) -> str:
    if node["kind"] != "Resource":
        return "no"
    if stage == "collection":
        catalogue = node.get("catalogue")
        return "expected" if catalogue and world.nodes[catalogue].get("collects") else "no"
    if stage in ("sharing", "opening"):
        kind = node.get("share_type" if stage == "sharing" else "open_type")
        if not kind:
            return "unknown"
        return "expected" if kind in ("unconditional", "conditional") else "no"
    if stage in ("storage", "archiving"):
        due = when(node, f"{stage}_due")
        if not due or day < due.lo:
            return "no"
        return "expected" if due.hi <= day else "unknown"
    return "no"


def matrix(world: World, day: date) -> dict[tuple[str, str], dict[str, Any]]:
    """Every cell of the provinces."""
    cells = {}
    for place in world.of("Jurisdiction"):
        exists = (place.get("first_year") or 0) <= day.year < (place.get("end_year") or 9999)
        if place.get("level") != "province" or not exists or world.outside(place["id"]):
            continue
        path = world.path(place["id"])
        for stage in STAGES:
            cells[place["id"], stage.value] = {
                "rule": rule(world, path, stage.value, day, False),
                "role": role(world, path, stage.value, day, False),
                "record": record(world, place["id"], stage.value, day),
            }
    return cells


# --- section 9 ---


def record_graph(world: World, stages: set[str], as_of: date | None) -> nx.MultiDiGraph:
    """Record edges that the walk goes over."""
    graph = nx.MultiDiGraph()
    for type_, e in world.edges:
        if type_ not in RECORD_TYPES or (stages and type_.lower() not in stages):
            continue
        since, until = when(e, "since"), when(e, "until")
        if as_of and ((since and since.lo > as_of) or (until and until.hi < as_of)):
            continue
        graph.add_edge(e["from"], e["to"], key=(type_, e.get("since") or "", e.get("via") or ""), values=e)
    return graph


def lineage(
    world: World, root: str, direction: str, stages: set[str], depth: int | None, as_of: date | None
) -> tuple[dict[str, tuple[int, str]], set[tuple[str, str, str, str]], list[list[str]]]:
    """Nodes with depth and side, edges (from, to, stage, since), cycles."""
    graph = record_graph(world, stages, as_of)
    graph.add_node(root)
    nodes: dict[str, tuple[int, str]] = {root: (0, "root")}
    for side, walked in (("up", graph.reverse()), ("down", graph)):
        if direction not in (side, "both"):
            continue
        for id_, hops in nx.single_source_shortest_path_length(walked, root, cutoff=depth).items():
            if id_ not in nodes or hops < nodes[id_][0]:
                nodes[id_] = (hops, side)
    among = graph.subgraph(nodes)
    edges = {(a, b, key[0].lower(), key[1]) for a, b, key in among.edges(keys=True)}
    return nodes, edges, cycles_of(among)


def field_lineage(
    world: World, root: str, direction: str, stages: set[str], depth: int | None, as_of: date | None
) -> tuple[dict[str, tuple[int, str]], set[tuple[str, str, str, str]], list[list[str]]]:
    """The same from item to item."""
    items = {n["id"] for n in world.of("Item")}
    starts = {root} & items or {n["id"] for n in world.of("Item") if n.get("resource") == root}
    graph = record_graph(world, stages, as_of)
    graph.add_nodes_from(items)
    graph = graph.subgraph(items)
    nodes: dict[str, tuple[int, str]] = {root: (0, "root")} | dict.fromkeys(starts, (0, "root"))
    for side, walked in (("up", graph.reverse()), ("down", graph)):
        if direction not in (side, "both"):
            continue
        for start in starts:
            for id_, hops in nx.single_source_shortest_path_length(walked, start, cutoff=depth).items():
                if id_ not in nodes or hops < nodes[id_][0]:
                    nodes[id_] = (hops, side)
    among = graph.subgraph(nodes)
    edges = {(a, b, key[0].lower(), key[1]) for a, b, key in among.edges(keys=True)}
    return nodes, edges, cycles_of(among)


def cycles_of(graph: nx.MultiDiGraph) -> list[list[str]]:
    """Components with a cycle."""
    return sorted(
        sorted(part)
        for part in nx.strongly_connected_components(graph)
        if len(part) > 1 or graph.has_edge(*list(part) * 2)
    )


def hop_rule(world: World, edge: dict[str, Any], stage: str) -> str:
    """The verdict of a hop."""
    since, asset = when(edge, "since"), world.nodes[edge["from"]]
    if asset["kind"] == "Item" and asset.get("resource"):
        asset = world.nodes[asset["resource"]]
    home = world.nodes[asset["provider"]].get("jurisdiction") if asset.get("provider") else None
    if not since or not home:
        return "unknown"
    path = world.path(home)
    first, last = (rule(world, path, stage, day, world.outside(home))["verdict"] for day in (since.lo, since.hi))
    return str(first) if first == last else "unknown"
