"""The product against the oracle, on worlds that hypothesis makes, on every engine."""

from __future__ import annotations

from datetime import date
from typing import Any

import networkx as nx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from govgraph import answers
from govgraph.coverage import coverage
from govgraph.explain import explain
from govgraph.graph import Graph
from govgraph.ingest import load_rows
from govgraph.lineage import lineage
from govgraph.model import STAGES
from tests import oracle
from tests.conftest import ENGINES, make_graph
from tests.worlds import DAYS, law_worlds, lineage_worlds, rows_of

quick = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
thorough = settings(quick, max_examples=150)


def same_coverage(world: oracle.World, days: list[date], engine: str, request: pytest.FixtureRequest) -> None:
    with make_graph(engine, request) as graph:
        report = load_rows(graph, "world", rows_of(world))
        assert not report.rejects
        for day in days:
            expected = oracle.matrix(world, day)
            answer = coverage(graph, as_of=day, level="province")
            assert {(c.jurisdiction, c.stage) for c in answer.cells} == set(expected)
            for cell in answer.cells:
                wanted = expected[str(cell.jurisdiction), cell.stage]
                for layer in ("rule", "role", "record"):
                    got: dict[str, Any] = getattr(cell, layer).model_dump()
                    assert {k: got[k] for k in wanted[layer]} == wanted[layer], (cell.jurisdiction, cell.stage, layer)
        place = "C0"
        for stage in STAGES[:4]:
            told = explain(graph, place, stage, as_of=days[0])
            wanted_rule = oracle.rule(world, world.path(place), stage, days[0], world.outside(place))
            assert sorted({c.regulation.id for c in told.considered if c.accepted}) == sorted(wanted_rule["bases"])
            for considered in told.considered:
                now = oracle.status(world, considered.regulation.id, days[0])
                assert now is not None
                assert considered.status == now[0]


@pytest.mark.parametrize("engine", ENGINES)
@given(world=law_worlds(), days=st.lists(st.sampled_from(DAYS), min_size=1, max_size=3, unique=True))
@quick
def test_coverage(engine: str, request: pytest.FixtureRequest, world: oracle.World, days: list[date]) -> None:
    same_coverage(world, days, engine, request)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
@given(world=law_worlds(), days=st.lists(st.sampled_from(DAYS), min_size=3, max_size=6, unique=True))
@thorough
def test_coverage_thoroughly(
    engine: str, request: pytest.FixtureRequest, world: oracle.World, days: list[date]
) -> None:
    same_coverage(world, days, engine, request)


def same_lineage(world: oracle.World, data: st.DataObject, engine: str, request: pytest.FixtureRequest) -> None:
    roots = [n["id"] for n in world.nodes.values() if n["kind"] in oracle.ASSETS]
    with make_graph(engine, request) as graph:
        report = load_rows(graph, "world", rows_of(world))
        assert not report.rejects
        for _ in range(4):
            root = data.draw(st.sampled_from(roots), "root")
            direction = data.draw(st.sampled_from(["up", "down", "both"]), "direction")
            stages = data.draw(st.sets(st.sampled_from(["sharing", "processing"])), "stages")
            depth = data.draw(st.sampled_from([None, None, 1, 2, 31]), "depth")
            as_of = data.draw(st.none() | st.sampled_from(DAYS), "as_of")
            fields = data.draw(st.booleans(), "fields")
            walk = oracle.field_lineage if fields else oracle.lineage
            nodes, edges, cycles = walk(world, root, direction, stages, depth, as_of)
            asked: dict[str, Any] = {"direction": direction, "stages": sorted(stages), "depth": depth, "as_of": as_of}
            asked["fields"] = fields
            answer = lineage(graph, root, **asked)
            assert {n.id: (n.depth, n.side) for n in answer.nodes} == nodes
            assert {(e.from_, e.to, e.stage, e.since or "") for e in answer.edges} == edges
            assert len(answer.edges) == len(edges)
            assert answer.cycles == cycles
            assert answer.total == len(nodes)
            beyond = walk(world, root, direction, stages, depth + 1 if depth else None, as_of)[0]
            assert (answer.truncated is not None) == (len(beyond) > len(nodes))
            for edge in answer.edges:
                values = {"from": edge.from_, "since": edge.since}
                assert edge.rule.verdict == oracle.hop_rule(world, values, edge.stage)
            limit = data.draw(st.sampled_from([1, 2, 3, 7]) if len(nodes) < 12 else st.just(25), "limit")
            same_pages(graph, root, asked, limit, answer)


def same_pages(graph: Graph, root: str, asked: dict[str, Any], limit: int, whole: answers.Lineage) -> None:
    """All pages together are the whole answer, each node and hop on one of them; each says what it should."""
    nodes: list[answers.LineageNode] = []
    edges: list[answers.LineageEdge] = []
    cycles: set[tuple[str, ...]] = set()
    cursor = None
    while True:
        page = lineage(graph, root, **asked, limit=limit, cursor=cursor)
        assert page.nodes[0] == whole.nodes[0]
        new = page.nodes[1:] if nodes else page.nodes
        assert len(new) <= limit
        nodes += new
        known, own = {n.id for n in nodes}, {n.id for n in new}
        touching = [e for e in whole.edges if {e.from_, e.to} <= known and {e.from_, e.to} & own]
        assert sorted(page.edges, key=lambda e: e.id) == sorted(touching, key=lambda e: e.id)
        edges += page.edges
        among = nx.MultiDiGraph([(e.from_, e.to) for e in edges])
        assert page.cycles == [c for c in oracle.cycles_of(among) if own & set(c)]
        cycles |= set(map(tuple, page.cycles))
        assert page.total == whole.total
        if page.next is None:
            break
        assert len(new) == limit
        assert page.truncated
        assert (page.truncated.reason, page.truncated.omitted) == ("limit", whole.total - len(nodes))
        cursor = page.next
    assert page.truncated == whole.truncated
    assert nodes == whole.nodes
    assert sorted(e.id for e in edges) == sorted(e.id for e in whole.edges)
    assert set(map(tuple, whole.cycles)) <= cycles


@pytest.mark.parametrize("engine", ENGINES)
@given(world=lineage_worlds(), data=st.data())
@quick
def test_lineage(engine: str, request: pytest.FixtureRequest, world: oracle.World, data: st.DataObject) -> None:
    same_lineage(world, data, engine, request)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
@given(world=lineage_worlds(), data=st.data())
@thorough
def test_lineage_thoroughly(
    engine: str, request: pytest.FixtureRequest, world: oracle.World, data: st.DataObject
) -> None:
    same_lineage(world, data, engine, request)
