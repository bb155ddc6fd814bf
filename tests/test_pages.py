"""Whole kinds of the embedded engine in pages: nothing lost, nothing twice, whatever lies where."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from govgraph import graph as graphs
from govgraph import pages, queries, schema
from govgraph.errors import QueryTimeoutError
from govgraph.graph import Graph
from govgraph.library import Library
from govgraph.schema import Whole
from tests.dumps import dump

RESOURCES, ITEMS = schema.all_nodes("Resource"), schema.all_edges("HAS_ITEM", "Resource", "Item")
Pair = tuple[int, int]


@pytest.fixture
def graph() -> Iterator[Graph]:
    """An empty graph of the engine that reads in pages."""
    with graphs.open(":memory:") as found:
        yield found


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of a few rows."""
    monkeypatch.setattr(pages, "PAGE", 3_000)


def make(graph: Graph, resources: int, items: int, pairs: Sequence[Pair] = ()) -> None:
    """Nodes ``r0``, ``r1`` … and ``i0`` …, and edges between them."""
    with graph.write() as tx:
        for kind, letter, count in (("Resource", "r", resources), ("Item", "i", items)):
            if count:
                rows = [{"id": f"{letter}{n}", "name": f"名{n}"} for n in range(count)]
                tx.run(f"UNWIND $rows AS r CREATE (:{kind} {{id: r.id, name: r.name}})", {"rows": rows})
        if pairs:
            rows = [{"a": f"r{a}", "b": f"i{b}", "key": str(n)} for n, (a, b) in enumerate(pairs)]
            tx.run(
                "UNWIND $rows AS r MATCH (x:Resource {id: r.a}) MATCH (y:Item {id: r.b}) "
                "CREATE (x)-[:HAS_ITEM {source: 's', `key`: r.key, origin: 'f:1'}]->(y)",
                {"rows": rows},
            )


def streamed(graph: Graph, asked: Whole) -> Counter[Any]:
    """The rows of a stream."""
    return Counter(repr(row) for rows in graph.stream(asked, size=7) for row in rows)


def answered(graph: Graph, asked: Whole) -> Counter[Any]:
    """The same rows, answered at once."""
    return Counter(map(repr, graph.read(asked.text())))


def sizes(graph: Graph, asked: Whole, most: int) -> list[int]:
    """How many rows each page has."""
    found = pages.pages(graph.read, asked, {}, most)
    return [len(graph.read(text, given)) for text, given in found]


def test_a_page_is_no_larger_than_it_may_be(graph: Graph) -> None:
    make(graph, 1000, 0)
    row = len(RESOURCES.told) * 16 + 3 * len("r999" + "名999")
    assert sizes(graph, RESOURCES, 1000 * row) == [1000]
    found = sizes(graph, RESOURCES, 10 * row)
    assert sum(found) == 1000
    assert max(found) <= 11
    assert len(found) < 130
    assert sizes(graph, RESOURCES, 0) == [1] * 1000
    assert sizes(graph, schema.all_nodes("Use"), 0) == []


def test_long_texts_make_small_pages(graph: Graph) -> None:
    make(graph, 3000, 0)
    with graph.write() as tx:
        tx.run("MATCH (x:Resource) WHERE x.id STARTS WITH 'r1' SET x.description = $text", {"text": "说" * 5000})
    found = pages.pages(graph.read, RESOURCES, {}, 1 << 20)
    bulk = [sum(len(r["description"] or "") for r in graph.read(text, given)) for text, given in found]
    assert sum(bulk) == 1111 * 5000
    assert max(bulk) * 3 <= 1 << 20


def test_a_node_with_more_edges_than_a_page_holds(graph: Graph) -> None:
    pairs = [(0, n) for n in range(500)] + [(n, 0) for n in range(1, 500)] + [(7, 7)] * 5
    make(graph, 500, 500, pairs)
    row = len(ITEMS.told) * 16 + 3 * len("s" + "500" + "f:1")
    found = sizes(graph, ITEMS, 20 * row)
    assert sum(found) == len(pairs)
    assert max(found) <= 21
    # What lies between the same two nodes is not divided.
    assert max(sizes(graph, ITEMS, 0)) == 5


@pytest.mark.usefixtures("small")
def test_holes_and_edges_across_pages(graph: Graph) -> None:
    make(graph, 300, 300, [(n, (n * 7) % 300) for n in range(300)] + [(n, 299 - n) for n in range(300)])
    before = answered(graph, ITEMS)
    assert streamed(graph, ITEMS) == before
    assert before.total() == 600
    with graph.write() as tx:
        tx.run("MATCH (x:Resource) WHERE NOT x.id ENDS WITH '7' AND x.id > 'r1' DETACH DELETE x")
        tx.run("MATCH (x:Resource)-[e:HAS_ITEM]->(y:Item) WHERE y.id ENDS WITH '3' DELETE e")
    for asked in (RESOURCES, ITEMS, schema.all_nodes("Item")):
        left = answered(graph, asked)
        assert streamed(graph, asked) == left
        assert left
    with graph.write() as tx:
        tx.run("MATCH (x:Resource) DETACH DELETE x")
    assert streamed(graph, RESOURCES) == streamed(graph, ITEMS) == Counter()


def test_edges_are_counted_in_pages(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    make(graph, 100, 100, [(n, n) for n in range(100)] + [(0, n) for n in range(1, 50)])
    with graph.write() as tx:
        # The same edge, from two sources or three.
        tx.run("MATCH (:Resource)-[e:HAS_ITEM]->(:Item) SET e.id = e.`key`")
        for source in ("t", "u"):
            tx.run(
                "MATCH (x:Resource)-[e:HAS_ITEM {source: 's'}]->(y:Item) WHERE y.id ENDS WITH '1' "
                "CREATE (x)-[:HAS_ITEM {id: e.id, source: $source, `key`: e.`key`}]->(y)",
                {"source": source},
            )
    assert graph.read("MATCH ()-[e:HAS_ITEM]->() RETURN count(*) AS n") == [{"n": 149 + 2 * 15}]
    for most in (0, 500, 1 << 30):
        monkeypatch.setattr(pages, "PAGE", most)
        assert queries.count_edges(graph, "HAS_ITEM") == Library(graph).stats().edges["HAS_ITEM"] == 149
        assert queries.count_edges(graph, "SHARING") == 0


@pytest.mark.usefixtures("small")
def test_what_a_transaction_has_written_is_read_within_it(graph: Graph) -> None:
    make(graph, 50, 50, [(n, n) for n in range(50)])
    with graph.write() as tx:
        rows = [{"id": f"n{n}", "to": f"i{n}"} for n in range(40)]
        tx.run("UNWIND $rows AS r CREATE (:Resource {id: r.id, name: '新'})", {"rows": rows})
        tx.run(
            "UNWIND $rows AS r MATCH (x:Resource {id: r.id}) MATCH (y:Item {id: r.to}) "
            "CREATE (x)-[:HAS_ITEM {source: 's', `key`: ''}]->(y)",
            {"rows": rows},
        )
        tx.run("MATCH (x:Resource {id: 'r3'}) DETACH DELETE x")
        assert streamed(graph, RESOURCES) == answered(graph, RESOURCES)
        assert answered(graph, RESOURCES).total() == 89
        assert streamed(graph, ITEMS) == answered(graph, ITEMS)
        assert answered(graph, ITEMS).total() == 89


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("where", ["memory", "file"])
def test_what_is_written_between_pages_does_not_change_them(tmp_path: Path, where: str) -> None:
    with graphs.open(":memory:" if where == "memory" else str(tmp_path / "g.lbug")) as graph:
        make(graph, 200, 200, [(n, n) for n in range(200)])
        for asked, last in ((RESOURCES, 199), (ITEMS, 99)):
            before = answered(graph, asked)
            found: Counter[Any] = Counter()
            for number, rows in enumerate(graph.stream(asked, size=1000)):
                found.update(map(repr, rows))
                with graph.write() as tx:
                    tx.run("MATCH (x:Resource {id: $id}) DETACH DELETE x", {"id": f"r{last - number}"})
                    tx.run("MATCH (x:Resource {id: $id}) SET x.name = '别的'", {"id": f"r{last - 50 - number}"})
                    tx.run("CREATE (:Resource {id: $id})", {"id": f"{asked.ends}{number}"})
            assert number > 5
            assert found == before
            assert answered(graph, asked) != before
            assert streamed(graph, asked) == answered(graph, asked)


@pytest.mark.usefixtures("small")
def test_two_streams_at_once_and_one_that_is_left(graph: Graph) -> None:
    make(graph, 100, 100, [(n, n) for n in range(100)])
    left = graph.stream(RESOURCES, size=5)
    next(left)
    both = zip(graph.stream(RESOURCES, size=5), graph.stream(schema.all_nodes("Item"), size=5), strict=False)
    assert sum(len(a) + len(b) for a, b in both) > 100
    del left, both
    assert Library(graph).stats().nodes["Resource"] == 100


@pytest.mark.usefixtures("small")
def test_a_stream_is_interrupted(graph: Graph) -> None:
    make(graph, 3000, 0)
    stream = graph.stream(RESOURCES, size=10)
    next(stream)
    stop = threading.Event()

    def interrupt() -> None:
        while not stop.wait(0.001):
            graph.interrupt()

    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        with pytest.raises(QueryTimeoutError):
            for _ in stream:
                pass
    finally:
        stop.set()
        thread.join()
    assert graph.read("RETURN 1 AS one") == [{"one": 1}]


def test_a_graph_in_pages_is_the_graph(
    embedded_worlds: Callable[[str], Library], monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = embedded_worlds("baseline").graph
    whole = dump(graph)
    assert len(whole) > 10_000
    monkeypatch.setattr(pages, "PAGE", 40_000)
    assert dump(graph) == whole


@pytest.fixture(scope="module")
def worn() -> Iterator[Graph]:
    """A graph in which much was made and deleted."""
    with graphs.open(":memory:") as found:
        yield found


@settings(max_examples=40, deadline=None)
@given(
    nodes=st.integers(1, 12),
    pairs=st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=40),
    gone=st.sets(st.integers(0, 11), max_size=6),
    most=st.sampled_from([0, 300, 700, 2_000, 10_000]),
    widths=st.sampled_from([(4096, 64, 1), (4, 2, 1), (3, 1), (1,)]),
)
def test_pages_of_any_graph_are_its_rows(
    worn: Graph, nodes: int, pairs: list[Pair], gone: set[int], most: int, widths: tuple[int, ...]
) -> None:
    with worn.write() as tx:
        tx.run("MATCH (x:Resource) DETACH DELETE x")
        tx.run("MATCH (x:Item) DETACH DELETE x")
    make(worn, nodes, nodes, [pair for pair in pairs if max(pair) < nodes])
    with worn.write() as tx:
        for number in gone:
            tx.run("MATCH (x:Item {id: $id}) DETACH DELETE x", {"id": f"i{number}"})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pages, "WIDTHS", widths)
        patch.setattr(pages, "PAGE", most)
        for asked in (RESOURCES, ITEMS, schema.all_nodes("Item")):
            assert streamed(worn, asked) == answered(worn, asked)
