"""Views: what a key that is limited to a jurisdiction sees and writes (docs/semantics.md, section 10)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from govgraph import graph as graphs
from govgraph.errors import NotFoundError
from govgraph.graph import Graph
from govgraph.ingest import load_rows
from govgraph.library import Library
from govgraph.model import EDGES, NODES
from govgraph.views import limited
from tests import oracle
from tests.conftest import ENGINES, make_graph
from tests.worlds import DAYS, STAGE_WORDS, owned_worlds, place, rows_of

# A world takes a second to judge, so that shrinking one would take very long.
phases = (Phase.explicit, Phase.reuse, Phase.generate)
quick = settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), phases=phases)
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
        shown = data.draw(st.lists(st.sampled_from(sorted(world.nodes)), max_size=4, unique=True), "shown")
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
    from govgraph.model import links

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
