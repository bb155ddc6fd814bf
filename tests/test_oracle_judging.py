"""Gaps, two days, what-if and comparisons against the oracle, on worlds that hypothesis makes, on every engine."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from govgraph.compare import compare, scorecard
from govgraph.diff import diff
from govgraph.errors import UsageError
from govgraph.gaps import GAP_KINDS, by_id, gaps
from govgraph.graph import Graph
from govgraph.ingest import load_rows
from govgraph.loaders.rows import Row
from govgraph.model import STAGES
from govgraph.stats import stats
from govgraph.timeline import calendar, timeline
from govgraph.views import limited
from govgraph.whatif import what_if
from tests import oracle
from tests import oracle_judging as second
from tests.conftest import ENGINES, make_graph
from tests.worlds import DAYS, judging_worlds, rows_of, said_worlds

quick = settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
thorough = settings(quick, max_examples=80)


def same_judgements(world: oracle.World, data: st.DataObject, engine: str, request: pytest.FixtureRequest) -> None:
    first, last = sorted(data.draw(st.lists(st.sampled_from(DAYS), min_size=2, max_size=2, unique=True), "days"))
    with make_graph(engine, request) as graph:
        assert not load_rows(graph, "world", rows_of(world)).rejects
        same_gaps(graph, world, last, data.draw(st.integers(1, 2), "pages"))
        same_diff(graph, world, first, last)
        same_timeline(graph, world)
        same_calendar(graph, world, first)
        same_what_if(graph, world, last, data)
        same_ranks(graph, world, last)


def same_gaps(graph: Graph, world: oracle.World, day: date, parts: int) -> None:
    wanted = second.gaps(world, day)
    whole = gaps(graph, as_of=day, limit=10_000)
    assert {g.id: (g.severity, g.score) for g in whole.items} == wanted
    assert whole.total == len(whole.items) == sum(whole.summary.values())
    order = [(-g.score, g.id) for g in whole.items]
    assert order == sorted(order)
    limit, pages, cursor = whole.total // parts + 1, [], None
    while True:
        page = gaps(graph, as_of=day, limit=limit, cursor=cursor)
        pages += [g.id for g in page.items]
        assert page.total == whole.total
        assert (page.truncated.omitted if page.truncated else 0) == whole.total - len(pages)
        cursor = page.next
        if not cursor:
            break
    assert pages == [g.id for g in whole.items]
    inside = {"P0", *second.below(world, "P0")}
    found = {g.id for g in gaps(graph, as_of=day, jurisdiction="P0", limit=10_000).items}
    assert found == {i for i in wanted if _in(world, i, inside)}
    one = whole.items[len(whole.items) // 2]
    assert by_id(graph, one.id, day) == one


def _in(world: oracle.World, id_: str, inside: set[str]) -> bool:
    kind, first, last = id_.split(":")
    if kind in GAP_KINDS[:7]:
        return first in inside
    return bool(second.homes(world, world.nodes[last]) & inside)


def same_diff(graph: Graph, world: oracle.World, first: date, last: date) -> None:
    for level in ("province", "city", "national"):
        wanted = second.changes(world, world, first, last, level)
        answer = diff(graph, first, last, level=level)
        got = {(c.jurisdiction, c.stage): c.model_dump(include=set(KEYS)) for c in answer.changes}
        assert got == wanted
        assert answer.lost_last_basis == sum(c["lost_last_basis"] for c in wanted.values())
        assert all(c.because for c in answer.changes)


KEYS = ("before", "after", "because", "lost_last_basis")


def same_timeline(graph: Graph, world: oracle.World) -> None:
    for row in timeline(graph, "C0", stages=[s.value for s in STAGES[:3]]).rows:
        for before, after in zip(row.spans, row.spans[1:], strict=False):
            assert before.to
            assert after.from_
            assert after.from_ - before.to == timedelta(days=1)
            assert (before.verdict, before.via, before.bases) != (after.verdict, after.via, after.bases)
            assert after.because
        for day in DAYS:
            span = next(s for s in row.spans if (not s.from_ or s.from_ <= day) and (not s.to or day <= s.to))
            wanted = second.verdict(world, "C0", row.stage, day)
            assert (span.verdict, span.via, span.bases) == (wanted["verdict"], wanted["via"], wanted["bases"])
    for row in timeline(graph, "sharing", as_of=DAYS[3]).rows:
        for day in DAYS:
            if second.exists(world, row.jurisdiction, day):
                span = next(s for s in row.spans if (not s.from_ or s.from_ <= day) and (not s.to or day <= s.to))
                assert span.verdict == second.verdict(world, row.jurisdiction, "sharing", day)["verdict"]


def same_calendar(graph: Graph, world: oracle.World, day: date) -> None:
    answer = calendar(graph, months=12, as_of=day)
    assert answer.until == day.replace(year=day.year + 1)
    wanted = second.calendar(world, day, answer.until)
    assert {(e.what, e.regulation.id, e.stated, e.certain) for e in answer.items} == wanted


def same_what_if(graph: Graph, world: oracle.World, day: date, data: st.DataObject) -> None:
    documents = [d["id"] for d in world.of("Regulation")]
    states = {d: oracle.status(world, d, day) for d in documents}
    chosen = data.draw(st.sets(st.sampled_from(documents), max_size=2), "repeal") if documents else set()
    now = {d: s[0] if (s := states[d]) else "" for d in chosen}
    gone = sorted(d for d in chosen if now[d] in ("in_force", "unknown"))
    for refused in sorted(chosen - set(gone)):
        with pytest.raises(UsageError, match=refused):
            what_if(graph, repeal=[refused], as_of=day)
    enact = ["processing@C0"]
    then = second.repealed(world, gone, day)
    if world.outside("C0"):
        with pytest.raises(UsageError, match="outside"):
            what_if(graph, enact=enact, as_of=day)
        enact = []
        if not gone:
            return
    else:
        then = second.enacted(then, enact[0], "processing", "C0", day)
    answer = what_if(graph, repeal=gone, enact=enact, as_of=day)
    wanted: dict[tuple[str, str], dict[str, object]] = {}
    for level in ("province", "city"):
        wanted |= second.changes(world, then, day, day, level)
    for each in wanted.values():
        each["because"] = [i for i in each["because"] if i != "REPEALER"]  # type: ignore[attr-defined]
    listed = {k: v for k, v in wanted.items() if world.nodes[k[0]]["level"] == "province" or k[0] == "C0"}
    assert {(c.jurisdiction, c.stage): c.model_dump(include=set(KEYS)) for c in answer.changes} == listed
    order = [(not c.lost_last_basis, c.jurisdiction) for c in answer.changes]
    assert order == sorted(order)
    every = second.changes(world, then, day, day, "national") | wanted
    assert sum(answer.by_level.values()) == len(every)
    touched = {
        n["id"]
        for place, stage in every
        for n in world.nodes.values()
        if n["kind"] in second.HOMED and place in second.homes(world, n) and second.went(world, n["id"], stage, day)
    }
    assert answer.assets.touched == len(touched)
    assert answer.assets.reach == len(second.reach(world, touched, day))
    changed = {
        (p, s.value)
        for p in {c[0] for c in wanted} | {n["id"] for n in world.of("Jurisdiction") if n["level"] == "province"}
        for s in STAGES
        if second.exists(world, p, day)
        and not world.outside(p)
        and oracle.role(world, world.path(p), s.value, day, False)["verdict"]
        != oracle.role(then, world.path(p), s.value, day, False)["verdict"]
    }
    assert {(c.jurisdiction, c.stage) for c in answer.roles if c.jurisdiction != "C0"} == {
        c for c in changed if c[0] != "C0"
    }


def same_ranks(graph: Graph, world: oracle.World, day: date) -> None:
    wanted = second.ranks(world, "province", day)
    if not wanted:
        return
    answer = compare(graph, [min(wanted)], peers=True, as_of=day)
    assert {s.jurisdiction: s.rank for s in answer.peers} == wanted
    for s in answer.peers:
        assert (s.points, s.done, s.expected) == second.points(world, s.jurisdiction, day)
    for agency in world.of("Agency"):
        card = scorecard(graph, agency["id"], as_of=day)
        mine = {n["id"] for n in world.nodes.values() if n.get("provider") == agency["id"] and n["kind"] != "Use"}
        assert card.resources == sum(world.nodes[i]["kind"] == "Resource" for i in mine)
        every = second.gaps(world, day)
        for kind in ("unpractised", "overdue"):
            assert card.gaps[kind] == sum(i.split(":")[0] == kind and i.split(":")[2] in mine for i in every)


@pytest.mark.parametrize("engine", ENGINES)
@given(world=judging_worlds(), data=st.data())
@quick
def test_judgements(engine: str, request: pytest.FixtureRequest, world: oracle.World, data: st.DataObject) -> None:
    same_judgements(world, data, engine, request)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
@given(world=judging_worlds(), data=st.data())
@thorough
def test_judgements_thoroughly(
    engine: str, request: pytest.FixtureRequest, world: oracle.World, data: st.DataObject
) -> None:
    same_judgements(world, data, engine, request)


def same_words(said: list[second.Said], engine: str, request: pytest.FixtureRequest) -> None:
    with make_graph(engine, request) as graph:
        for source in dict.fromkeys(s.source for s in said):
            rows = [
                Row(s.kind, s.values, source, number, passage=s.passage)
                for number, s in enumerate(said, 1)
                if s.source == source
            ]
            assert not load_rows(graph, source, rows).rejects
        world = second.agreed(said)
        assert {c.id: (c.counted, c.verdict) for c in stats(graph).claims} == second.claimed(world, said)
        wanted = second.said_gaps(world, said)
        kinds = ["claim_mismatch", "conflict"]
        answer = gaps(graph, kinds=kinds, limit=10_000)
        assert {g.id: (g.severity, g.score) for g in answer.items} == wanted
        for gap in answer.items:
            assert by_id(graph, gap.id, answer.as_of) == gap
            assert gap.jurisdiction == _place(world, gap.id)
        inside = {"P0", *second.below(world, "P0")}
        there = {id_ for id_ in wanted if _place(world, id_) in inside}
        assert {g.id for g in gaps(graph, kinds=kinds, jurisdiction="P0").items} == there
        assert {g.id for g in gaps(limited(graph, "P0"), kinds=kinds).items} == there


def _place(world: oracle.World, id_: str) -> Any:
    return world.nodes.get(id_.split(":")[2], {}).get("jurisdiction")


@pytest.mark.parametrize("engine", ENGINES)
@given(said=said_worlds())
@settings(quick, max_examples=6)
def test_what_sources_say(engine: str, request: pytest.FixtureRequest, said: list[tuple[Any, ...]]) -> None:
    same_words([second.Said(*s) for s in said], engine, request)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
@given(said=said_worlds())
@settings(thorough, max_examples=150)
def test_what_sources_say_thoroughly(engine: str, request: pytest.FixtureRequest, said: list[tuple[Any, ...]]) -> None:
    same_words([second.Said(*s) for s in said], engine, request)
