"""Views: what a key that is limited to a jurisdiction sees and writes (docs/semantics.md, section 10)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from govgraph import catalogue, schema
from govgraph import graph as graphs
from govgraph.errors import NotFoundError, UsageError
from govgraph.gate import OWN_ENDS
from govgraph.graph import Graph, View
from govgraph.ingest import load_rows
from govgraph.library import Library
from govgraph.lineage import to_mermaid
from govgraph.loaders.rows import Row
from govgraph.model import EDGES, NODES, links
from govgraph.transfer import copy
from govgraph.views import limited, view_of, viewed
from tests import oracle
from tests.conftest import ENGINES, make_graph
from tests.worlds import DAYS, STAGE_WORDS, draw_edges, draw_links, owned_worlds, place, rows_of, token

# A world takes a second to judge, so that shrinking one would take very long.
phases = (Phase.explicit, Phase.reuse, Phase.generate)
quick = settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck), phases=phases)
thorough = settings(quick, max_examples=120)
ENVELOPE = {"as_of", "graph_version", "warnings", "schema_"}


def bare(answer: Any, *without: str) -> dict[str, Any]:
    """An answer without what tells one graph from another."""
    return answer.model_dump(exclude=ENVELOPE | set(without))  # type: ignore[no-any-return]


class Scan:
    """A library whose answers may not tell of anything hidden."""

    def __init__(self, graph: Graph, world: oracle.World, at: str) -> None:
        self.library = Library(limited(graph, at))
        self.hidden = [i for i in world.nodes if not oracle.sees(world, at, i)]
        self.at = at

    def __getattr__(self, question: str) -> Any:
        def ask(*arguments: Any, **options: Any) -> Any:
            answer = getattr(self.library, question)(*arguments, **options)
            text = answer.to_json()
            for id_ in self.hidden:
                assert id_ not in text, (question, arguments, options)
            assert [w.code for w in answer.warnings].count("limited") == 1
            assert self.at in next(w.message for w in answer.warnings if w.code == "limited")
            return answer

        return ask


AT = st.sampled_from([place(p) for p in ("N", "P0", "P0", "C0", "C0", "D0", "P1")])


def same_answers(world: oracle.World, data: st.DataObject, engine: str, request: pytest.FixtureRequest) -> None:
    """A limited graph answers as one that holds only what is seen."""
    at = data.draw(AT, "at")
    day = data.draw(st.sampled_from(DAYS), "day")
    stand_in = "Dataset~stand-in~"
    judged = oracle.reduced(world, at, stand_in=stand_in)
    judged = oracle.World([("Dataset", {"id": stand_in, "name": "替"}), *judged.rows])
    seen = oracle.reduced(world, at)
    inside = oracle.within(world, at)
    with make_graph(engine, request) as graph, graphs.open(":memory:") as small, graphs.open(":memory:") as smaller:
        assert not load_rows(graph, "world", rows_of(world)).rejects
        assert not load_rows(small, "world", rows_of(judged)).rejects
        assert not load_rows(smaller, "world", rows_of(seen)).rejects
        ours, wanted = Scan(graph, world, at), Library(small)
        same_judgements(ours, wanted, world, at, inside, day)
        # A kind of node takes some 70 texts, and a server plans each that it has not seen.
        most = 1 if engine == "neo4j" else 4
        shown = data.draw(st.lists(st.sampled_from(sorted(world.nodes)), max_size=most, unique=True), "shown")
        same_lookups(ours, Library(smaller), world, seen, shown)
        roots = sorted(i for i, n in seen.nodes.items() if n["kind"] in oracle.ASSETS)
        if roots:
            same_lineage(ours, Library(smaller), world, seen, data.draw(st.sampled_from(roots), "root"), day)


def same_judgements(ours: Any, wanted: Library, world: oracle.World, at: str, inside: set[str], day: date) -> None:
    assert bare(ours.coverage(as_of=day)) == bare(wanted.coverage(as_of=day, jurisdiction=at))
    for above in world.path(at)[1:]:
        options = {"as_of": day, "jurisdiction": above}
        assert bare(ours.coverage(**options)) == bare(wanted.coverage(**options))
        assert bare(ours.explain(above, "sharing", as_of=day)) == bare(wanted.explain(above, "sharing", as_of=day))
    for level in ("province", "city"):
        options = {"as_of": day, "level": level}
        assert bare(ours.coverage(**options)) == bare(wanted.coverage(**options, jurisdiction=at))
    for by in ("database", "agency", "theme"):
        rows = {(c.subject.id, c.stage): c for c in ours.coverage(by=by, as_of=day).cells}
        named = {n["id"] for n in world.of(by.capitalize())}
        if by != "theme":
            located = {i: oracle.ends_of(world, "LOCATED_IN", "jurisdiction", i) for i in named}
            named = {i for i in named if located[i] & inside}
        assert {i for i, _ in rows} == named
        for cell in wanted.coverage(by=by, as_of=day).cells:
            assert cell.subject
            mine = rows.get((cell.subject.id, cell.stage))
            if mine and mine.jurisdiction == cell.jurisdiction:
                assert mine == cell
    assert bare(ours.gaps(as_of=day, limit=1000)) == bare(wanted.gaps(as_of=day, limit=1000, jurisdiction=at))
    for stage in STAGE_WORDS:
        assert bare(ours.explain(at, stage, as_of=day)) == bare(wanted.explain(at, stage, as_of=day))


def same_lookups(ours: Any, wanted: Library, world: oracle.World, seen: oracle.World, ids: list[str]) -> None:
    assert bare(ours.find("~", limit=1000)) == bare(wanted.find("~", limit=1000))
    counts = ours.stats()
    assert bare(counts) == bare(wanted.stats())
    assert counts.claims == []
    assert ours.runs().items == []
    edges = all_edges(world)
    for id_ in ids:
        for text in (id_, f"别{id_}"):
            if id_ in seen.nodes:
                shown, other = ours.show(text), wanted.show(text)
                assert shown.node == other.node
                # The id of an edge is made of what it names, too.
                assert [(e.type, e.from_, e.to, e.stage) for e in shown.edges] == [
                    (e.type, e.from_, e.to, e.stage) for e in other.edges
                ]
                assert [(s.property, s.value) for s in shown.statements] == [
                    (s.property, s.value) for s in other.statements
                ]
                hidden = {e for e in edges if id_ in e[1:3] and not set(e[1:3]) <= set(seen.nodes)}
                assert shown.redacted == len(hidden)
            else:
                with pytest.raises(NotFoundError) as error:
                    ours.library.show(text)
                told = error.value.message.replace(repr(text), "") + str(error.value.candidates)
                assert not [i for i in ours.hidden if i in told]


def all_edges(world: oracle.World) -> set[tuple[str, ...]]:
    """Type, start, end and key of every edge of a world."""
    found = set()
    for kind, values in world.rows:
        if "from" in values:
            key = EDGES[kind].key(values)
            found.add((kind, values["from"], values["to"], key))
            continue
        for name, link in links(NODES[kind]).items():
            for other in oracle.words_of(values.get(name)):
                ends = (other, values["id"]) if link.reverse else (values["id"], other)
                found.add((link.type, *ends, ""))
    return found


def same_lineage(ours: Any, wanted: Library, world: oracle.World, seen: oracle.World, root: str, day: date) -> None:
    for options in ({}, {"depth": 1}, {"as_of": day}, {"direction": "up"}, {"stages": ["sharing"]}):
        answer = ours.lineage(root, **options)
        other = wanted.lineage(root, **options)
        nodes = [n for n in answer.nodes if n.kind != "Redacted"]
        assert nodes == other.nodes
        assert [e.model_dump(exclude={"id"}) for e in answer.edges if not e.id.startswith("redacted")] == [
            e.model_dump(exclude={"id"}) for e in other.edges
        ]
        assert (answer.total, answer.truncated, answer.cycles) == (other.total, other.truncated, other.cycles)
        walked = oracle.record_graph(world, set(options.get("stages", ())), options.get("as_of"))
        stubs: dict[str, set[str]] = {}
        for node in nodes:
            if node.depth >= options.get("depth", 99) or node.id not in walked:
                continue
            for side, edges in (("up", walked.in_edges), ("down", walked.out_edges)):
                if node.side not in (side, "root") or options.get("direction", side) != side:
                    continue
                for a, b, (type_, *_) in edges(node.id, keys=True):
                    far = a if side == "up" else b
                    if far not in seen.nodes:
                        stubs.setdefault(f"redacted:{side}:{node.id}:{type_.lower()}", set()).add(far)
        told = {n.id: n.redacted for n in answer.nodes if n.kind == "Redacted"}
        assert told == {id_: len(far) for id_, far in stubs.items()}
        assert answer.redacted == len(set().union(*stubs.values()))
        hops = {e.id: (e.to if e.from_ == e.id else e.from_) for e in answer.edges if e.id in told}
        assert hops == {id_: id_.split(":")[2] for id_ in stubs}
        assert all(e.rule.verdict == "unknown" for e in answer.edges if e.id in told)


@pytest.mark.parametrize("engine", ENGINES)
@given(world=owned_worlds(), data=st.data())
@quick
def test_a_limited_graph_answers_as_one_that_holds_only_what_is_seen(
    engine: str, request: pytest.FixtureRequest, world: oracle.World, data: st.DataObject
) -> None:
    same_answers(world, data, engine, request)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
@given(world=owned_worlds(), data=st.data())
@thorough
def test_a_limited_graph_answers_so_thoroughly(
    engine: str, request: pytest.FixtureRequest, world: oracle.World, data: st.DataObject
) -> None:
    same_answers(world, data, engine, request)


# --- writing ----------------------------------------------------------------------------------------------------


def dump(graph: Graph) -> tuple[dict[tuple[str, str], Any], dict[tuple[str, ...], Any]]:
    """Every node by kind and id, every edge by type, ends, source and key."""
    nodes = {(kind, r["id"]): r for kind in NODES for r in graph.read(schema.all_nodes(kind).text())}
    edges = {
        (type_, r["a"], r["b"], r["source"], r["key"]): r
        for type_, model in EDGES.items()
        for start, end in model.pairs
        for r in graph.read(schema.all_edges(type_, start, end).text())
    }
    return nodes, edges


def as_world(nodes: dict[tuple[str, str], Any], edges: dict[tuple[str, ...], Any]) -> oracle.World:
    """What was dumped, for the oracle."""
    parents = {a: b for type_, a, b, *_ in edges if type_ == "PART_OF"}
    rows = [(kind, {"id": id_, "parent": parents.get(id_)}) for kind, id_ in nodes]
    return oracle.World([*rows, *((type_, {"from": a, "to": b}) for type_, a, b, *_ in edges)])


@st.composite
def intrusions(draw: st.DrawFn) -> list[Row]:
    """Rows of things that are there or new, with homes anywhere, and edges between any of them."""
    world = draw(owned_worlds())
    ids = {kind: [n["id"] for n in world.of(kind)] + [token(kind, "new")] for kind in NODES}
    rows: list[tuple[str, Any]] = []
    for kind in NODES:
        for id_ in draw(st.lists(st.sampled_from(ids[kind]), max_size=3, unique=True)):
            rows.append((kind, {"id": id_, "name": "改", **draw_links(draw, kind, ids)}))
    rows += draw_edges(draw, ids, most=2)
    return rows_of(oracle.World(rows))


def same_outside(
    world: oracle.World, rows: list[Row], data: st.DataObject, engine: str, request: pytest.FixtureRequest
) -> None:
    """A limited load changes nothing that isn't its own."""
    at = data.draw(AT, "at")
    source = data.draw(st.sampled_from(["world", "other"]), "source")
    with make_graph(engine, request) as graph:
        assert not load_rows(graph, "world", rows_of(world)).rejects
        nodes, edges = dump(graph)
        before = as_world(nodes, edges)
        report = load_rows(limited(graph, at), source, rows)
        assert report.read == len(rows)
        assert {r.code for r in report.rejects} <= {"outside_jurisdiction", "unknown_reference", "not_allowed"}
        nodes_after, edges_after = dump(graph)
        after = as_world(nodes_after, edges_after)
    own = {i for i in before.nodes if oracle.owns(before, at, i)}
    assert own | (set(after.nodes) - set(before.nodes)) == {i for i in after.nodes if oracle.owns(after, at, i)}
    assert {k: n for k, n in nodes_after.items() if k in nodes and k[1] not in own} == {
        k: n for k, n in nodes.items() if k[1] not in own
    }
    outside = set(before.nodes) - own
    assert {k: e for k, e in edges_after.items() if k[1] in outside} == {
        k: e for k, e in edges.items() if k[1] in outside
    }
    assert not [k for k in edges_after if k not in edges and k[0] in OWN_ENDS and k[2] in outside]
    mine = oracle.within(before, at)
    for id_ in outside:
        was, now = oracle.homes(before, id_), oracle.homes(after, id_)
        # One's own agency may move within, and what it provides moves with it, also what others provide, too.
        assert was - mine == now - mine
        assert was == now or (was & mine and now & mine)
    hidden = {i for i in before.nodes if not oracle.sees(before, at, i)}
    told = {r.message.replace(repr(r.value), "") for r in report.rejects}
    assert not [(i, m) for i in hidden for m in told if i in m and not any(i in str(r.values) for r in rows)]


@pytest.mark.parametrize("engine", ENGINES)
@given(world=owned_worlds(), rows=intrusions(), data=st.data())
@quick
def test_a_limited_load_changes_nothing_outside(
    engine: str, request: pytest.FixtureRequest, world: oracle.World, rows: list[Row], data: st.DataObject
) -> None:
    same_outside(world, rows, data, engine, request)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
@given(world=owned_worlds(), rows=intrusions(), data=st.data())
@thorough
def test_a_limited_load_changes_nothing_outside_thoroughly(
    engine: str, request: pytest.FixtureRequest, world: oracle.World, rows: list[Row], data: st.DataObject
) -> None:
    same_outside(world, rows, data, engine, request)


TOWN = [
    ("Jurisdiction", {"id": "N", "name": "国", "level": "national"}),
    ("Jurisdiction", {"id": "P", "name": "省", "level": "province", "parent": "N"}),
    ("Jurisdiction", {"id": "C", "name": "城", "level": "city", "parent": "P"}),
    ("Jurisdiction", {"id": "D", "name": "区", "level": "county", "parent": "C"}),
    ("Jurisdiction", {"id": "E", "name": "邻", "level": "city", "parent": "P"}),
    ("Agency", {"id": "a-own", "name": "城局", "jurisdiction": "C"}),
    ("Agency", {"id": "a-above", "name": "省局", "jurisdiction": "P"}),
    ("Agency", {"id": "a-kind", "name": "各局"}),
    ("Agency", {"id": "a-other", "name": "邻局", "jurisdiction": "E"}),
    ("Agency", {"id": "a-joint", "name": "联局", "jurisdiction": "C|E"}),
    ("Regulation", {"id": "r-own", "name": "城规", "jurisdiction": "C"}),
    ("Regulation", {"id": "r-above", "name": "省规", "jurisdiction": "P"}),
    ("Regulation", {"id": "r-none", "name": "国规"}),
    ("Regulation", {"id": "r-joint", "name": "联规", "jurisdiction": "C|E"}),
    ("Regulation", {"id": "r-other", "name": "邻规", "jurisdiction": "E"}),
    ("Article", {"id": "t-own", "name": "城条", "regulation": "r-own"}),
    ("Article", {"id": "t-above", "name": "省条", "regulation": "r-above"}),
    ("Catalogue", {"id": "k-above", "name": "省目录", "jurisdiction": "P"}),
    ("Catalogue", {"id": "k-none", "name": "无主目录"}),
    ("Platform", {"id": "p-above", "name": "省平台", "jurisdiction": "P"}),
    ("Platform", {"id": "p-other", "name": "邻平台", "jurisdiction": "E"}),
    ("Database", {"id": "d-above", "name": "省库", "jurisdiction": "P"}),
    ("Resource", {"id": "s-own", "name": "城资源", "jurisdiction": "D"}),
    ("Resource", {"id": "s-provided", "name": "局资源", "provider": "a-own"}),
    ("Resource", {"id": "s-shared", "name": "共资源", "jurisdiction": "C", "provider": "a-above"}),
    ("Resource", {"id": "s-other", "name": "邻资源", "jurisdiction": "E"}),
    ("Resource", {"id": "s-none", "name": "无主资源"}),
    ("Item", {"id": "i-own", "name": "城项", "resource": "s-own"}),
    ("Item", {"id": "i-shared", "name": "共项", "resource": "s-own|s-other"}),
    ("Item", {"id": "i-half", "name": "半项", "resource": "s-own|s-none"}),
    ("Use", {"id": "u-own", "name": "城应用", "jurisdiction": "C"}),
    ("Theme", {"id": "th", "name": "领域"}),
    ("Pilot", {"id": "pi-none", "name": "试点"}),
    ("Claim", {"id": "cl", "name": "数"}),
    ("SHARING", {"from": "s-own", "to": "s-other", "via": "p-other", "under": "r-other"}),
    ("SHARING", {"from": "s-own", "to": "u-own", "via": "p-other", "under": "r-above", "since": "2024-01-01"}),
    ("SHARING", {"from": "s-own", "to": "p-above"}),
    ("OPENING", {"from": "s-none", "to": "s-own"}),
    ("PROCESSING", {"from": "s-own", "to": "s-provided"}),
    ("PROCESSING", {"from": "s-other", "to": "s-provided"}),
    ("RESPONSIBLE_FOR", {"from": "a-own", "to": "C", "stage": "sharing", "regulation": "r-other", "article": "七条"}),
    ("RESPONSIBLE_FOR", {"from": "a-own", "to": "C", "stage": "opening", "regulation": "r-own", "article": "城条"}),
]
SEEN = {
    "N", "P", "C", "D", "a-own", "a-above", "a-kind", "a-joint", "r-own", "r-above", "r-none", "r-joint", "t-own", "t-above",
    "k-above", "p-above", "s-own", "s-provided", "s-shared", "i-own", "i-shared", "i-half", "u-own", "th", "pi-none",
}  # fmt: skip
"""What a key of the city sees of it."""


@pytest.fixture
def town(graph: Graph) -> Graph:
    """A city among a province, a neighbour and a district, and the things of each."""
    assert not load_rows(graph, "town", rows_of(oracle.World(TOWN))).rejects
    return graph


def test_what_a_key_of_the_city_sees(town: Graph) -> None:
    city = Library(limited(town, "城"))
    every = {values["id"] for _, values in TOWN if "id" in values}
    for id_ in sorted(every):
        if id_ in SEEN:
            assert catalogue.resolve(city.graph, id_).id == id_
        else:
            with pytest.raises(NotFoundError):
                catalogue.resolve(city.graph, id_)
    assert (city.show("s-own").redacted, len(city.show("s-own").edges)) == (2, 7)
    assert {n.id for n in city.lineage("s-own").nodes if n.kind != "Redacted"} == {
        "s-own", "u-own", "p-above", "s-provided",
    }  # fmt: skip
    assert {f.id for kind in NODES for f in city.find("规", kind=kind).items} == {
        "r-own", "r-above", "r-none", "r-joint",
    }  # fmt: skip


def test_lineage_ends_in_stubs(town: Graph) -> None:
    answer = Library(limited(town, "C")).lineage("s-own")
    stubs = {n.id: (n.redacted, n.depth, n.name) for n in answer.nodes if n.kind == "Redacted"}
    assert stubs == {
        "redacted:up:s-own:opening": (1, 1, ""),
        "redacted:down:s-own:sharing": (1, 1, ""),
    }
    hops = {(e.from_, e.to): (e.stage, e.via, e.under) for e in answer.edges}
    assert hops == {
        ("redacted:up:s-own:opening", "s-own"): ("opening", None, None),
        ("s-own", "redacted:down:s-own:sharing"): ("sharing", None, None),
        ("s-own", "u-own"): ("sharing", None, "r-above"),
        ("s-own", "p-above"): ("sharing", None, None),
        ("s-own", "s-provided"): ("processing", None, None),
    }
    assert (answer.redacted, answer.total) == (2, 4)
    assert "×1" in to_mermaid(answer)


def test_what_a_role_cites_is_told_where_it_is_seen(town: Graph) -> None:
    city = Library(limited(town, "C"))
    told = {
        s: [(r.regulation and r.regulation.id, r.article) for r in city.explain("C", s).roles]
        for s in ("sharing", "opening")
    }
    assert told == {"sharing": [(None, None)], "opening": [("r-own", "城条")]}
    assert [r.article for r in Library(town).explain("C", "sharing").roles] == ["七条"]


OUT, UNKNOWN = "outside_jurisdiction", "unknown_reference"
WRITES = [
    # Things that are new.
    ("Resource", {"id": "x", "name": "新", "jurisdiction": "C"}, None),
    ("Resource", {"id": "x", "name": "新", "jurisdiction": "D"}, None),
    ("Resource", {"id": "x", "name": "新", "provider": "a-own"}, None),
    ("Resource", {"id": "x", "name": "新", "jurisdiction": "C", "provider": "a-kind"}, None),
    ("Resource", {"id": "x", "name": "新", "jurisdiction": "C", "catalogue": "k-above", "theme": "th"}, None),
    ("Resource", {"id": "x", "name": "新", "provider": "a-kind"}, OUT),
    ("Resource", {"id": "x", "name": "新"}, OUT),
    ("Resource", {"id": "x", "name": "新", "jurisdiction": "P"}, OUT),
    ("Resource", {"id": "x", "name": "新", "jurisdiction": "E"}, UNKNOWN),
    ("Resource", {"id": "x", "name": "新", "jurisdiction": "C", "provider": "a-above"}, OUT),
    ("Resource", {"id": "x", "name": "新", "jurisdiction": "C", "provider": "a-joint"}, OUT),
    ("Resource", {"id": "x", "name": "新", "jurisdiction": "C", "provider": "a-other"}, UNKNOWN),
    ("Resource", {"id": "x", "name": "新", "jurisdiction": "C", "database": "d-above"}, UNKNOWN),
    ("Resource", {"id": "x", "name": "新", "jurisdiction": "C", "catalogue": "k-none"}, UNKNOWN),
    ("Item", {"id": "x", "name": "新", "resource": "s-own"}, None),
    ("Item", {"id": "x", "name": "新", "resource": "城资源"}, None),
    ("Item", {"id": "x", "name": "新", "resource": "s-shared"}, OUT),
    ("Item", {"id": "x", "name": "新", "resource": "s-other"}, UNKNOWN),
    ("Article", {"id": "x", "name": "新", "regulation": "r-own"}, None),
    ("Article", {"id": "x", "name": "新", "regulation": "r-above"}, OUT),
    ("Article", {"id": "x", "name": "新", "regulation": "r-none"}, OUT),
    ("Regulation", {"id": "x", "name": "新"}, OUT),
    ("Pilot", {"id": "x", "name": "新", "places": "C", "document": "r-above"}, None),
    ("Pilot", {"id": "x", "name": "新", "places": "C|P"}, OUT),
    ("Theme", {"id": "x", "name": "新"}, OUT),
    ("Claim", {"id": "x", "name": "新"}, OUT),
    ("Jurisdiction", {"id": "x", "name": "新", "parent": "C"}, OUT),
    # Things that are there.
    ("Resource", {"id": "s-own", "name": "改"}, None),
    ("Resource", {"id": "s-own", "name": "改", "jurisdiction": "C"}, None),
    ("Resource", {"id": "s-own", "name": "改", "jurisdiction": "P"}, OUT),
    ("Resource", {"id": "s-shared", "name": "改", "jurisdiction": "C"}, OUT),
    ("Resource", {"id": "s-other", "name": "改", "jurisdiction": "C"}, OUT),
    ("Resource", {"id": "s-none", "name": "改", "jurisdiction": "C"}, OUT),
    ("Item", {"id": "i-own", "name": "改"}, None),
    ("Item", {"id": "i-shared", "name": "改", "resource": "s-own"}, OUT),
    ("Item", {"id": "i-half", "name": "改", "resource": "s-own"}, OUT),
    ("Agency", {"id": "a-joint", "name": "改", "jurisdiction": "C"}, OUT),
    ("Agency", {"id": "a-kind", "name": "改", "jurisdiction": "C"}, OUT),
    ("Regulation", {"id": "r-joint", "name": "改", "jurisdiction": "C"}, OUT),
    ("Theme", {"id": "th", "name": "改"}, OUT),
    ("Jurisdiction", {"id": "D", "name": "改", "parent": "C"}, OUT),
    # Edges.
    ("SHARING", {"from": "s-own", "to": "s-provided"}, None),
    ("SHARING", {"from": "s-own", "to": "s-shared"}, None),
    ("SHARING", {"from": "s-own", "to": "p-above", "via": "p-above"}, None),
    ("SHARING", {"from": "s-shared", "to": "s-own"}, OUT),
    ("SHARING", {"from": "s-own", "to": "s-other"}, UNKNOWN),
    ("SHARING", {"from": "s-own", "to": "p-other"}, UNKNOWN),
    ("SHARING", {"from": "s-own", "to": "u-own", "via": "p-other"}, UNKNOWN),
    ("SHARING", {"from": "s-own", "to": "u-own", "under": "r-other"}, UNKNOWN),
    ("GOVERNS", {"from": "r-own", "to": "C", "stage": "sharing"}, None),
    ("GOVERNS", {"from": "r-own", "to": "D", "stage": "sharing"}, None),
    ("GOVERNS", {"from": "r-own", "to": "s-own", "stage": "sharing"}, None),
    ("GOVERNS", {"from": "r-own", "to": "P", "stage": "sharing"}, OUT),
    ("GOVERNS", {"from": "r-own", "to": "th", "stage": "sharing"}, OUT),
    ("GOVERNS", {"from": "r-own", "to": "s-shared", "stage": "sharing"}, OUT),
    ("GOVERNS", {"from": "r-own", "to": "E", "stage": "sharing"}, UNKNOWN),
    ("GOVERNS", {"from": "r-joint", "to": "C", "stage": "sharing"}, OUT),
    ("GOVERNS", {"from": "r-above", "to": "C", "stage": "sharing"}, OUT),
    ("REPEALS", {"from": "r-own", "to": "r-above"}, OUT),
    ("AMENDS", {"from": "r-own", "to": "r-joint"}, OUT),
    ("AMENDS", {"from": "r-none", "to": "r-own"}, OUT),
    ("BASED_ON", {"from": "r-own", "to": "r-above"}, None),
    ("RESPONSIBLE_FOR", {"from": "a-own", "to": "C", "stage": "storage"}, None),
    ("RESPONSIBLE_FOR", {"from": "a-own", "to": "r-above", "stage": "storage"}, OUT),
    ("RESPONSIBLE_FOR", {"from": "a-above", "to": "C", "stage": "storage"}, OUT),
    ("RESPONSIBLE_FOR", {"from": "a-kind", "to": "C", "stage": "storage"}, OUT),
    ("LOCATED_IN", {"from": "s-own", "to": "C"}, None),
    ("LOCATED_IN", {"from": "s-own", "to": "P"}, OUT),
    ("LOCATED_IN", {"from": "a-kind", "to": "C"}, OUT),
    ("LOCATED_IN", {"from": "s-other", "to": "C"}, UNKNOWN),
    ("PROVIDED_BY", {"from": "s-own", "to": "a-own"}, None),
    ("PROVIDED_BY", {"from": "s-own", "to": "a-kind"}, None),
    ("PROVIDED_BY", {"from": "s-own", "to": "a-above"}, OUT),
    ("HAS_ITEM", {"from": "s-provided", "to": "i-own"}, None),
    ("HAS_ITEM", {"from": "s-shared", "to": "i-own"}, OUT),
    ("HAS_ITEM", {"from": "s-own", "to": "i-shared"}, OUT),
    ("HAS_ARTICLE", {"from": "r-own", "to": "t-above"}, OUT),
    ("HAS_ARTICLE", {"from": "r-above", "to": "t-own"}, OUT),
    ("PART_OF", {"from": "D", "to": "P"}, OUT),
    ("PART_OF", {"from": "a-own", "to": "a-above"}, None),
    ("ABOUT", {"from": "s-own", "to": "th"}, None),
    ("ABOUT", {"from": "r-above", "to": "th"}, OUT),
    ("ABOUT", {"from": "cl", "to": "th"}, UNKNOWN),
    ("LISTED_IN", {"from": "s-own", "to": "k-above"}, None),
]  # fmt: skip
"""Rows, and why a key of the city may not write them; None: it may."""


def test_what_a_key_of_the_city_writes(town: Graph) -> None:
    nodes, edges = dump(town)
    city = limited(town, "C")
    for number, (kind, values, code) in enumerate(WRITES):
        report = load_rows(city, "key", [Row(kind, values, "rows", number)], dry_run=True)
        assert [r.code for r in report.rejects] == ([code] if code else []), (kind, values, report.rejects)
        if code == OUT:
            assert "C" in report.rejects[0].message
    assert dump(town) == (nodes, edges)


def test_rows_of_one_batch_are_judged_together(town: Graph) -> None:
    rows = [
        ("Agency", {"id": "x1", "name": "甲", "jurisdiction": "C", "parent": "x2"}),
        ("Agency", {"id": "x2", "name": "乙", "jurisdiction": "P"}),
        ("Agency", {"id": "x3", "name": "丙", "jurisdiction": "C", "parent": "x4"}),
        ("Agency", {"id": "x4", "name": "丁", "jurisdiction": "D"}),
        ("Resource", {"id": "x5", "name": "戊", "provider": "x3"}),
        ("SHARING", {"from": "x5", "to": "s-own"}),
    ]
    given_rows = [Row(kind, values, "rows", n) for n, (kind, values) in enumerate(rows)]
    given_rows.insert(4, Row("Agency", {"id": "x4", "name": "丁局"}, "rows", 9, passage="later"))
    report = load_rows(limited(town, "C"), "key", given_rows)
    assert [(r.row, r.code) for r in report.rejects] == [(0, UNKNOWN), (1, OUT)]
    again = load_rows(limited(town, "C"), "key", given_rows)
    assert (again.unchanged, again.created, again.changed) == (5, 0, 0)


def test_a_thing_may_not_lose_its_home(town: Graph) -> None:
    city = limited(town, "C")
    assert not load_rows(city, "key", [Row("Use", {"id": "x", "name": "用", "jurisdiction": "C"}, "rows", 1)]).rejects
    for again in (
        Row("Use", {"id": "x", "name": "用途"}, "rows", 1),
        Row("Use", {"id": "u-own", "name": "用"}, "rows", 1),
    ):
        report = load_rows(city, "key", [again], dry_run=True)
        assert [r.code for r in report.rejects] == ([OUT] if again.values["id"] == "x" else [])


def test_what_another_makes_meanwhile_is_not_overwritten(town: Graph) -> None:
    city = limited(town, "C")
    transact, calls = city.transact, []

    def late(work: Any) -> Any:
        calls.append(work)
        if len(calls) == 2:
            load_rows(town, "other", [Row("Use", {"id": "x", "name": "邻应用", "jurisdiction": "E"}, "rows", 1)])
        return transact(work)

    city.transact = late  # type: ignore[method-assign]
    row = Row("Use", {"id": "x", "name": "用", "jurisdiction": "C"}, "rows", 1)
    report = load_rows(city, "key", [row])
    assert [r.code for r in report.rejects] == [OUT]
    assert Library(town).show("x").node.name == "邻应用"


# --- the wrapper ------------------------------------------------------------------------------------------------


def test_a_view_knows_its_places(town: Graph) -> None:
    assert view_of(town, "城") == View("C", ("C", "D"), ("P", "N"))
    city = limited(town, "C")
    assert limited(city, "D").view == View("D", ("D",), ("C", "P", "N"))
    for above in ("P", "N", "E"):
        with pytest.raises(NotFoundError):
            limited(city, above)
    assert town.view is None


def test_a_limited_graph_is_the_graph_in_all_else(town: Graph) -> None:
    city = viewed(town, View("C", ("C", "D"), ("P", "N")))
    assert (city.dialect, city.url, city.writers) == (town.dialect, town.url, town.writers)
    assert city.read("RETURN 1 AS one") == [{"one": 1}]
    assert len(next(city.stream(schema.all_nodes("Jurisdiction"), size=2))) == 2
    city.settle()
    city.interrupt()
    with city.write() as tx:
        assert tx.run("RETURN 1 AS one") == [{"one": 1}]
    with city as same:
        assert same is city
    city.close()


def test_a_limited_graph_takes_no_built_in_source_and_is_not_moved(town: Graph) -> None:
    city = limited(town, "C")
    for built_in in ("baseline", "dates"):
        with pytest.raises(UsageError, match="limited to C"):
            Library(city).load(built_in)
    with pytest.raises(UsageError, match="limited to C"), graphs.open(":memory:") as other:
        copy(city, other)
