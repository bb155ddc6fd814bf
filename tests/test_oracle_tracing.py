"""Section 12 of docs/semantics.md against the oracle, on worlds that hypothesis makes, on every engine."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import networkx as nx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from govgraph import answers
from govgraph.ingest import load_rows
from govgraph.library import Library
from govgraph.loaders.rows import Row
from govgraph.model import RECORD_TYPES
from tests import tracing_oracle as oracle
from tests.conftest import ENGINES, make_graph
from tests.oracle import ASSETS, World
from tests.tracing_oracle import tracing_worlds
from tests.worlds import DAYS, rows_of

quick = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
thorough = settings(quick, max_examples=120)
brief = settings(quick, max_examples=2, phases=[Phase.explicit, Phase.reuse, Phase.generate])
"""Where an example takes seconds, a failure is told as it is found and made small with the embedded engine."""


def hop_of(edge: answers.LineageEdge) -> oracle.Hop:
    """What tells a hop from others."""
    return edge.from_, edge.to, edge.stage, edge.since or "", edge.via or ""


def paged(ask: Callable[..., Any], limit: int) -> Iterator[Any]:
    """All pages of an answer."""
    cursor = None
    while True:
        page = ask(limit=limit, cursor=cursor)
        yield page
        cursor = page.next
        assert (page.truncated is None) == (cursor is None)
        if cursor is None:
            return


def same(world: World, data: st.DataObject, engine: str, request: pytest.FixtureRequest) -> None:
    """Every question gives the oracle's answer."""
    stages = data.draw(st.sampled_from([set[str](), {"sharing", "processing"}]), "stages")
    as_of = data.draw(st.none() | st.sampled_from(DAYS), "as_of")
    asked: dict[str, Any] = {"stages": sorted(stages), "as_of": as_of}
    ids = {kind: [n["id"] for n in world.of(kind)] for kind in (*ASSETS, "Agency", "Platform", "Regulation")}
    assets = [i for kind in sorted(ASSETS) for i in ids[kind]]
    with make_graph(engine, request) as graph:
        assert not load_rows(graph, "world", rows_of(world)).rejects
        library = Library(graph)
        # The same edges from another source are the same edges.
        twice = [r for r in world.rows if r[0] in RECORD_TYPES][::2]
        load_rows(graph, "other", [Row(k, v, "other", n) for n, (k, v) in enumerate(twice, 1)])
        same_audit(library, world, stages, as_of, data.draw(st.sampled_from([None, "P0", "N"]), "place"))
        everything = [*ids["Agency"], *ids["Platform"], *ids["Regulation"], *assets]
        for root in data.draw(st.lists(st.sampled_from(everything), min_size=3, max_size=3), "roots"):
            got = library.impact(root, **asked)
            wanted = oracle.impact(world, root, stages, as_of)
            assert {"total": got.total, "hops": got.hops, "by": got.by.model_dump()} == wanted, root
        root = data.draw(st.sampled_from(assets), "root")
        other = data.draw(st.sampled_from([*assets, "T0", "A0"]), "other")
        same_between(library, world, root, other, asked, stages, as_of)
        subjects = [i for kind in ("Dataset", "Item", "Resource") for i in ids[kind]]
        for subject in data.draw(st.lists(st.sampled_from(subjects), min_size=3, max_size=3), "subjects"):
            found = library.restriction(subject, **asked)
            wanted_findings, ungraded = oracle.restriction(world, subject, stages, as_of)
            told = {(f.subject.id, f.finding, f.reason, f.cause.id): len(f.path) for f in found.items}
            assert (told, found.ungraded, len(found.items)) == (wanted_findings, ungraded, len(told)), subject
            hops = {h[:2] for h in oracle.hops_of(world, stages, as_of)}
            for f in found.items:
                assert (f.path[0], f.path[-1]) == (f.cause.id, f.subject.id)
                steps = list(zip(f.path, f.path[1:], strict=False))
                if f.finding == "opened" and f.path[-2].startswith("Item") and steps[-1] not in hops:
                    assert f.path[-2] in oracle.linked(world, "HAS_ITEM", f.subject.id)
                    steps.pop()
                assert hops.issuperset(steps)
        pages = list(paged(lambda **page: library.restriction(**asked, **page), 3))
        listed = [(f.subject.id, f.finding, f.reason, f.cause.id) for page in pages for f in page.items]
        candidates = [n["id"] for n in world.of("Dataset") if n.get("open_type") != "not_open"]
        items = {n["id"] for n in world.of("Item")}
        receiving = {h[1] for h in oracle.hops_of(world, stages, None) if set(h[:2]) <= items}
        wanted_all: list[tuple[str, str, str, str]] = []
        for subject in [*candidates, *receiving]:
            wanted_all += [f for f in oracle.restriction(world, subject, stages, as_of)[0] if f[0] == subject]
        assert sorted(listed) == sorted(wanted_all)
        assert {page.total for page in pages} == {len(candidates) + len(receiving)}
        assert sum(page.examined for page in pages) == len(candidates) + len(receiving)
        same_groups(library, world, data.draw(st.sampled_from([None, "P0"]), "place"))


def same_audit(library: Library, world: World, stages: set[str], as_of: date | None, place: str | None) -> None:
    """The audit, whole and page by page."""
    verdicts, unruled = oracle.audit(world, stages, as_of, place)
    asked: dict[str, Any] = {"stages": sorted(stages), "as_of": as_of, "jurisdiction": place}
    whole = library.audit(limit=1000, **asked)
    assert {v: n for v, n in whole.verdicts.items() if n} == verdicts
    assert (whole.total, whole.hops) == (len(unruled), sum(verdicts.values()))
    assert sorted((e.jurisdiction, hop_of(e)) for e in whole.items) == unruled
    pages = list(paged(lambda **page: library.audit(**asked, **page), 2))
    assert [e for page in pages for e in page.items] == whole.items
    left = len(unruled)
    for page in pages:
        left -= len(page.items)
        assert (page.truncated.omitted if page.truncated else 0) == left
    for agency in ("A0", "A1"):
        mine = library.audit(limit=1000, agency=agency, **asked)
        assert mine.items == [e for e in whole.items if e.agency == agency]
        assert mine.total == len(mine.items)
        lineage = {e.id: e.rule for e in mine.items}
        for edge in mine.items[:2]:
            hops = library.lineage(edge.from_, direction="down", depth=1).edges
            assert {h.id: h.rule for h in hops if h.id in lineage}[edge.id] == edge.rule


def same_between(
    library: Library, world: World, root: str, other: str, asked: dict[str, Any], stages: set[str], as_of: date | None
) -> None:
    """Paths, roots and leaves, bottlenecks, cycles, and the items of a hop."""
    wanted = oracle.paths(world, root, other, stages, as_of)
    got = library.paths(root, other, **asked)
    assert (got.paths, got.total, got.length) == (wanted, len(wanted), len(wanted[0]) - 1 if wanted else None)
    one = library.paths(root, other, limit=1, **asked)
    assert (one.paths, one.total) == (wanted[:1], len(wanted))
    assert (one.truncated.omitted if one.truncated else 0) == max(0, len(wanted) - 1)
    pairs = {p for path in wanted for p in itertools.pairwise(path)}
    hops = oracle.hops_of(world, stages, as_of)
    assert {hop_of(e) for e in got.edges} == {h for h in hops if h[:2] in pairs}
    assert {n.id for n in got.nodes} == {i for path in wanted for i in path}
    found = library.ends(root, **asked)
    assert {n.id: n.depth for n in found.roots} == oracle.ends(world, root, stages, as_of, True)
    assert {n.id: n.depth for n in found.leaves} == oracle.ends(world, root, stages, as_of, False)
    necks = library.bottlenecks(root, **asked)
    told = {n.id: (n.carried, n.roots, n.single) for n in necks.items}
    assert told == oracle.bottlenecks(world, root, stages, as_of)
    for of in (None, root):
        pages = list(paged(lambda of=of, **page: library.cycles(of, **asked, **page), 1))
        components = oracle.cycles(world, of, stages, as_of)
        assert {tuple(n.id for n in c.nodes) for page in pages for c in page.items} == set(components)
        assert {page.total for page in pages} == {len(components)}
        sizes = [c.size for page in pages for c in page.items]
        assert sizes == sorted(sizes, reverse=True)
        for cycle in (c for page in pages for c in page.items):
            left = components[tuple(n.id for n in cycle.nodes)] - {hop_of(e) for e in cycle.closing}
            assert nx.is_directed_acyclic_graph(nx.DiGraph([h[:2] for h in left]))
    if not (root.startswith(("Use", "Item"))) and other[:4] in ("Data", "Reso") and root != other:
        items = library.hop(root, other, **asked)
        left, right = (oracle.linked(world, "HAS_ITEM", end) for end in (root, other))
        over = {h for h in hops if h[0] in left and h[1] in right}
        assert sorted((i.from_.id, i.to.id, i.stage, i.since or "") for i in items.items) == sorted(h[:4] for h in over)
        assert {r.id for r in items.unmatched.from_} == left - {h[0] for h in over}
        assert {r.id for r in items.unmatched.to} == right - {h[1] for h in over}
        assert {hop_of(e) for e in items.edges} == {h for h in hops if h[:2] == (root, other)}


def same_groups(library: Library, world: World, place: str | None) -> None:
    """Groups of the same items."""
    wanted = oracle.same_items(world, place)
    pages = list(paged(lambda **page: library.same_items(jurisdiction=place, **page), 1))
    groups = [g for page in pages for g in page.items]
    assert {page.total for page in pages} == {len(wanted)}
    assert {
        g.key: ({p for i in g.items for p in i.providers}, g.sources, {i.id for i in g.items}) for g in groups
    } == wanted
    assert [(-g.providers, g.key) for g in groups] == sorted((-len(w[0]), key) for key, w in wanted.items())


@pytest.mark.smoke
@pytest.mark.parametrize("engine", ENGINES)
@given(world=tracing_worlds(), data=st.data())
@quick
def test_every_question(engine: str, request: pytest.FixtureRequest, world: World, data: st.DataObject) -> None:
    same(world, data, engine, request)


@given(world=tracing_worlds().filter(lambda w: sum(t in RECORD_TYPES for t, _ in w.edges) > 8), data=st.data())
@brief
def test_every_question_on_the_server(
    neo4j_server: object, request: pytest.FixtureRequest, world: World, data: st.DataObject
) -> None:
    same(world, data, "neo4j", request)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
@given(world=tracing_worlds(), data=st.data())
@thorough
def test_every_question_thoroughly(
    engine: str, request: pytest.FixtureRequest, world: World, data: st.DataObject
) -> None:
    same(world, data, engine, request)
