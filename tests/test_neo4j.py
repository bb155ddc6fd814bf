"""What only a server can do: refuse, go away, be written by several at once, plan."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import neo4j
import pytest

from govgraph import graph as graphs
from govgraph import ingest, queries, schema, server
from govgraph.engines import neo4j as engine_module
from govgraph.errors import (
    AccessError,
    ConnectionLostError,
    GraphError,
    LockedError,
    NewerSchemaError,
    NotAGraphError,
    OlderSchemaError,
    QueryTimeoutError,
    ServerVersionError,
    UnreachableError,
    UsageError,
)
from govgraph.graph import Graph
from govgraph.ingest import load_rows
from govgraph.library import Library
from govgraph.loaders.rows import Row
from govgraph.model import SCHEMA_VERSION
from tests.conftest import Cli, Server
from tests.proxy import Proxy
from tests.servers import LIGHT
from tests.test_engine import SLOW
from tests.test_queries import VALUES, WORDS, fits

MATRIX = {"dedicated": 26, "general": 138, "inherited": 72, "unknown": 4, "planned": 0, "expired": 0, "none": 8}


@pytest.fixture
def url(neo4j_server: Server) -> str:
    """An empty database on the server."""
    return neo4j_server.empty()


@pytest.fixture
def driver(neo4j_server: Server) -> Iterator[neo4j.Driver]:
    """The bare driver, for what others do to the database."""
    with neo4j_server.driver() as found:
        yield found


def port_of(url: str) -> int:
    """Port of a URL."""
    port = urlsplit(url).port
    assert port
    return port


# --- opening --------------------------------------------------------------------------------------------------


@pytest.mark.smoke
def test_a_wrong_password_says_what_to_mend(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOVGRAPH_NEO4J_PASSWORD", "wrong")
    # By another address, since the server of one's own is known by its own.
    with (
        Proxy(port_of(url)) as proxy,
        pytest.raises(AccessError, match="GOVGRAPH_NEO4J_PASSWORD_FILE"),
    ):
        graphs.open(f"bolt://localhost:{proxy.port}")


def test_a_password_is_read_from_a_file(neo4j_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    user, password = neo4j_server.credentials
    path = tmp_path / "secret"
    monkeypatch.delenv("GOVGRAPH_NEO4J_PASSWORD", raising=False)
    monkeypatch.setenv("GOVGRAPH_NEO4J_PASSWORD_FILE", str(path))
    with Proxy(port_of(neo4j_server.url)) as proxy:
        other = f"bolt://localhost:{proxy.port}"
        for text in (password, f"{password}\n", f"{user}/{password}\n"):
            path.write_text(text)
            graphs.open(other).close()
        path.write_text(" \n")
        with pytest.raises(UsageError, match="is empty"):
            graphs.open(other)
        path.unlink()
        with pytest.raises(UsageError, match="can't be read"):
            graphs.open(other)


def test_no_password_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GOVGRAPH_NEO4J_PASSWORD", raising=False)
    with pytest.raises(AccessError, match="GOVGRAPH_NEO4J_PASSWORD_FILE"):
        graphs.open("bolt://127.0.0.1:1")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("bolt://neo4j:secret@localhost:7687", "others see a command line"),
        ("neo4j://localhost:7687/movies", "GOVGRAPH_NEO4J_DATABASE"),
        ("neo4j://localhost:port", "no URL"),
        ("bolt://", "names no host"),
    ],
)
def test_urls_that_can_not_be_taken(url: str, why: str, cli: Cli) -> None:
    result = cli("--graph", url, "stats", GOVGRAPH_NEO4J_PASSWORD="x")
    assert result.exit_code == 2
    assert why in result.stderr
    assert "secret" not in result.output


@pytest.mark.parametrize("scheme", ["bolt", "neo4j"])
def test_nobody_answers(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOVGRAPH_NEO4J_PASSWORD", "x")
    started = time.monotonic()
    with pytest.raises(UnreachableError, match="is it started"):
        graphs.open(f"{scheme}://127.0.0.1:1")
    assert time.monotonic() - started < 30


def test_something_else_answers(monkeypatch: pytest.MonkeyPatch, httpserver_port: int) -> None:
    monkeypatch.setenv("GOVGRAPH_NEO4J_PASSWORD", "x")
    monkeypatch.setattr(engine_module, "CONNECT", 0.5)
    with pytest.raises(UnreachableError, match="Bolt port"):
        graphs.open(f"bolt://127.0.0.1:{httpserver_port}")


@pytest.fixture
def httpserver_port() -> Iterator[int]:
    """A server that speaks something else."""
    import http.server

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as found:
        thread = threading.Thread(target=found.serve_forever)
        thread.start()
        yield found.server_address[1]
        found.shutdown()
        thread.join()


@pytest.mark.smoke
def test_no_such_database(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOVGRAPH_NEO4J_DATABASE", "nothing")
    with pytest.raises(UnreachableError, match="GOVGRAPH_NEO4J_DATABASE"):
        graphs.open(url)


def test_a_server_that_is_too_old(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "OLDEST", (9999, 1))
    with pytest.raises(ServerVersionError, match="Neo4j/"):
        graphs.open(url)


@pytest.mark.smoke
def test_a_database_of_somebody_else_is_left_alone(url: str, driver: neo4j.Driver) -> None:
    driver.execute_query("MATCH (n) DETACH DELETE n")
    driver.execute_query("CREATE (:Film {title: '影'})")
    for read_only in (True, False):
        with pytest.raises(NotAGraphError, match="did not make"):
            graphs.open(url, read_only=read_only)
    assert driver.execute_query("MATCH (n) RETURN labels(n) AS l, properties(n) AS p").records[0].data() == {
        "l": ["Film"],
        "p": {"title": "影"},
    }
    driver.execute_query("MATCH (n) DETACH DELETE n")


@pytest.mark.parametrize(("version", "error"), [(SCHEMA_VERSION + 1, NewerSchemaError), (1, OlderSchemaError)])
def test_another_schema(url: str, version: int, error: type[GraphError]) -> None:
    with graphs.open(url) as graph:
        graph.transact(lambda tx: tx.run(schema.set_meta(), {"id": "schema", "value": str(version)}))
    with pytest.raises(error, match=str(version)):
        graphs.open(url)


@pytest.mark.smoke
def test_an_empty_database_is_made_ready_by_a_writer_only(url: str, driver: neo4j.Driver) -> None:
    driver.execute_query("MATCH (n) DETACH DELETE n")
    with pytest.raises(UnreachableError, match="load baseline"):
        graphs.open(url, read_only=True)
    name = schema.constraint("Theme")
    driver.execute_query(f"DROP CONSTRAINT {name}")
    with graphs.open(url) as graph:
        assert graph.read("SHOW CONSTRAINTS YIELD name WHERE name = $name RETURN name", {"name": name})
        assert graph.read(schema.get_meta(), {"id": "schema"}) == [{"value": str(SCHEMA_VERSION)}]
    graphs.open(url, read_only=True).close()


def test_a_reader_does_not_write(url: str) -> None:
    with graphs.open(url, read_only=True) as graph:
        with pytest.raises(LockedError, match="reading only"), graph.write():
            pass
        with pytest.raises(LockedError, match="reading only"):
            graph.transact(lambda tx: tx.run("CREATE (:Theme {id: 't'})"))
        with pytest.raises(GraphError):
            graph.read("CREATE (:Theme {id: 't'})")
    with pytest.raises(GraphError, match="closed"):
        graph.read("RETURN 1 AS one")


# --- faults ---------------------------------------------------------------------------------------------------


def test_a_server_that_says_nothing_any_more(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "GRACE", 0.5)
    with Proxy(port_of(url)) as proxy, graphs.open(f"bolt://localhost:{proxy.port}", timeout=0.5) as graph:
        assert graph.read("RETURN 1 AS one") == [{"one": 1}]
        proxy.stall()
        started = time.monotonic()
        with pytest.raises(QueryTimeoutError, match="does not answer"):
            graph.read("RETURN 1 AS one")
        assert time.monotonic() - started < 15
        proxy.resume()
        assert graph.read("RETURN 1 AS one") == [{"one": 1}]


@pytest.mark.smoke
def test_a_lost_connection_is_made_again(url: str) -> None:
    with Proxy(port_of(url)) as proxy, graphs.open(f"bolt://localhost:{proxy.port}") as graph:
        proxy.cut()
        assert graph.read("RETURN 1 AS one") == [{"one": 1}]
        attempts = []

        def work(tx: Any) -> None:
            attempts.append(1)
            tx.run("CREATE (:Theme {id: 't', name: '信用'})")
            if len(attempts) == 1:
                proxy.cut()

        graph.transact(work)
        assert len(attempts) == 2
        assert graph.read("MATCH (t:Theme) RETURN count(t.id) AS n") == [{"n": 1}]


def everything(graph: Graph) -> tuple[dict[str, int], dict[str, int], list[Any], list[Any]]:
    """What a load leaves, apart from when and in which run."""
    stats = Library(graph).stats()
    nodes = graph.read("MATCH (n) WHERE n.hash IS NOT NULL RETURN labels(n)[0] AS kind, n.id AS id, n.hash AS hash")
    edges = graph.read(
        "MATCH (a)-[e]->(b) RETURN type(e) AS type, a.id AS a, b.id AS b, e.`key` AS k, e.source AS s, e.hash AS hash"
    )
    order = [sorted(map(repr, rows)) for rows in (nodes, edges)]
    return stats.nodes, stats.edges, order[0], order[1]


def small_rows() -> list[Row]:
    """Some rows of several kinds, which name one another."""
    rows = [Row("Theme", {"id": f"t{i}", "name": f"领域{i}"}, "small.csv", i) for i in range(200)]
    rows += [
        Row("Resource", {"id": f"r{i}", "name": f"资源{i}", "theme": f"t{i % 200}"}, "small.csv", i) for i in range(400)
    ]
    return rows + [
        Row("SHARING", {"from": f"r{i}", "to": f"r{(i * 7 + 1) % 400}", "since": "2023"}, "small.csv", i)
        for i in range(400)
    ]


def cut_load(url: str, seed: int, whole: tuple[Any, ...]) -> int:
    """Load through a network that loses connections, again until it goes through; how often it was cut."""
    reruns = 0
    with Proxy(port_of(url), cut_after=(2_000, 120_000), cuts=6, seed=seed) as proxy:
        while True:
            try:
                with graphs.open(f"bolt://localhost:{proxy.port}") as graph:
                    assert load_rows(graph, "small", small_rows()).rejected == 0
                break
            except (ConnectionLostError, UnreachableError):
                reruns += 1
                assert reruns < 20
    with graphs.open(url) as graph:
        assert everything(graph) == whole
        assert load_rows(graph, "small", small_rows()).unchanged == len(small_rows())
    return proxy.cuts_made


@pytest.fixture
def small(url: str, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, ...]:
    """What a load of the small rows without trouble leaves; a batch is 50 rows."""
    monkeypatch.setattr(ingest, "BATCH", 50)
    with graphs.open(url) as graph:
        assert load_rows(graph, "small", small_rows()).created == len(small_rows())
        return everything(graph)


@pytest.mark.smoke
def test_a_load_whose_connections_are_cut_ends_in_the_same_state(neo4j_server: Server, small: tuple[Any, ...]) -> None:
    made = [cut_load(neo4j_server.empty(), seed, small) for seed in range(2)]
    assert all(made), made


@pytest.mark.slow
def test_a_load_whose_connections_are_cut_again(neo4j_server: Server, small: tuple[Any, ...]) -> None:
    for seed in range(2, 5):
        assert cut_load(neo4j_server.empty(), seed, small)


@pytest.mark.soak
def test_a_load_whose_connections_are_cut_again_and_again(neo4j_server: Server, small: tuple[Any, ...]) -> None:
    for seed in range(5, 55):
        assert cut_load(neo4j_server.empty(), seed, small)


def test_a_load_that_stops_says_where(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOVGRAPH_NEO4J_RETRY", "1")
    with Proxy(port_of(url)) as proxy:

        def rows() -> Iterator[Row]:
            yield Row("Theme", {"id": "t1", "name": "信用"}, "one.csv", 2)
            yield Row("Use", {"id": "u1", "name": "查询"}, "one.csv", 3)
            proxy.refuse()
            proxy.cut()
            yield Row("Pilot", {"id": "p1", "name": "试点"}, "one.csv", 4)

        with (
            graphs.open(f"bolt://localhost:{proxy.port}") as graph,
            pytest.raises(GraphError, match=r"[12] rows were read and kept before \(run 1\); run the same load again"),
        ):
            load_rows(graph, "test", rows())
    with graphs.open(url) as graph:
        [run] = Library(graph).runs().items
        assert run.status == "interrupted"
        report = load_rows(
            graph,
            "test",
            [
                Row("Theme", {"id": "t1", "name": "信用"}, "one.csv", 2),
                Row("Use", {"id": "u1", "name": "查询"}, "one.csv", 3),
                Row("Pilot", {"id": "p1", "name": "试点"}, "one.csv", 4),
            ],
        )
        assert (report.accepted, report.unchanged) == (3, run.accepted)


@pytest.mark.slow
def test_a_server_killed_in_the_middle_of_a_load(
    small: tuple[Any, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOVGRAPH_NEO4J_RETRY", "1")
    home = tmp_path / "home"
    status = server.start(home, jvm=LIGHT)

    def rows() -> Iterator[Row]:
        for i, row in enumerate(small_rows()):
            if i == 430:
                assert status.pid
                os.kill(status.pid, signal.SIGKILL)
            yield row

    try:
        with graphs.open(status.url) as graph, pytest.raises(GraphError, match="run the same load again"):
            load_rows(graph, "small", rows())
        status = server.start(home, jvm=LIGHT)
        with graphs.open(status.url) as graph:
            kept = Library(graph).runs().items[0]
            assert kept.status == "interrupted"
            assert 0 < kept.accepted < 430
            assert load_rows(graph, "small", small_rows()).unchanged == kept.accepted
            assert everything(graph) == small
    finally:
        server.stop(home)


def test_two_loads_of_one_file_at_once(neo4j_server: Server) -> None:
    with graphs.open(neo4j_server.hold("baseline")) as graph:
        whole = everything(graph)
    url = neo4j_server.empty()
    text = f"import govgraph; g = govgraph.open({url!r}); print('go', flush=True); r = g.load('baseline'); print(r.rejected)"
    loads = [subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    for load in loads:
        assert load.communicate(timeout=300)[0].split() == ["go", "0"]
    with graphs.open(url) as graph:
        assert everything(graph) == whole
        assert [run.run for run in Library(graph).runs().items] == ["1", "2"]


def test_no_statement_is_lost_between_two_sources(url: str) -> None:
    """Two loads speak of the same nodes at the same time; each word stays."""
    rows = [Row("Theme", {"id": f"t{i}", "name": f"名{i}"}, "f.csv", i) for i in range(300)]

    def load(source: str) -> None:
        with graphs.open(url) as graph:
            load_rows(graph, source, rows)

    threads = [threading.Thread(target=load, args=(f"source-{i}",)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with graphs.open(url) as graph:
        assert graph.read("MATCH (t:Theme) RETURN count(t.id) AS n") == [{"n": 300}]
        for id_ in ("t0", "t150", "t299"):
            said = Library(graph).show(id_).statements
            assert sorted({s.source for s in said}) == [f"source-{i}" for i in range(4)]


def test_a_read_sees_the_write_before_it(url: str) -> None:
    with graphs.open(url.replace("bolt://", "neo4j://")) as graph:
        for i in range(50):
            graph.transact(lambda tx, i=i: tx.run("CREATE (:Theme {id: $i})", {"i": str(i)}))  # type: ignore[misc]
            assert graph.read("MATCH (t:Theme) RETURN count(t.id) AS n") == [{"n": i + 1}]


@pytest.mark.smoke
def test_what_is_stopped_is_stopped_on_the_server(url: str, driver: neo4j.Driver) -> None:
    def running() -> int:
        found = driver.execute_query(
            "SHOW TRANSACTIONS YIELD currentQuery WHERE currentQuery STARTS WITH 'UNWIND range'"
        )
        return len(found.records)

    with graphs.open(url) as graph:
        for stop in (lambda: graph.read(SLOW, timeout=0.3), lambda: interrupted(graph)):
            with pytest.raises(QueryTimeoutError):
                stop()
            until = time.monotonic() + 10
            while running():
                assert time.monotonic() < until
                time.sleep(0.1)


def interrupted(graph: Graph) -> None:
    """Ask what takes long, and stop it from another thread."""
    timer = threading.Timer(0.5, graph.interrupt)
    timer.start()
    try:
        graph.read(SLOW)
    finally:
        timer.join()


# --- plans ----------------------------------------------------------------------------------------------------

WHOLE = {
    "catalogue/aliased", "catalogue/blocks", "catalogue/claims", "catalogue/local_regulations", "catalogue/merged",
    "catalogue/meta", "catalogue/names", "catalogue/placeholders", "catalogue/placeholders_of", "catalogue/places", "catalogue/runs",
    "coverage/assets", "coverage/assets_of", "coverage/divisions", "coverage/documents", "coverage/governances",
    "coverage/practised", "coverage/resources", "coverage/resources_of", "coverage/responsibilities",
    "coverage/subjects", "coverage/succession", "coverage/tree", "gaps/decisions", "gaps/disputed",
    "reasons/hop", "tracing/audit_groups", "tracing/audit_groups_of_items", "tracing/hops_under", "tracing/hops_via",
    "tracing/inner", "tracing/same_groups", "tracing/same_items", "whatif/touched",
}  # fmt: skip
"""Questions about all nodes or all edges of a kind."""
BY_EDGE = {"reasons/hop", "tracing/hops_under", "tracing/hops_via"}
"""Questions that look for edges by a property, of which no engine has an index."""


@pytest.fixture(scope="session")
def plan(neo4j_server: Server) -> Callable[[str, dict[str, Any]], list[str]]:
    """The operators of a text's plan, on a settled graph."""

    def explain(text: str, parameters: dict[str, Any]) -> list[str]:
        neo4j_server.hold("dated")
        with neo4j_server.driver() as bare, bare.session() as session:
            found = session.run("EXPLAIN " + text, parameters).consume().plan  # type: ignore[arg-type]
        assert found
        return list(operators(found))

    return explain


@pytest.fixture(scope="session")
def dated_counts(neo4j_server: Server) -> dict[str, int]:
    """How many nodes and edges there are, by kind and type."""
    with graphs.open(neo4j_server.hold("dated"), read_only=True) as graph:
        found = Library(graph).stats()
    return found.nodes | found.edges


def operators(plan: dict[str, Any]) -> Iterator[str]:
    """Names of the operators, from the last to the first."""
    yield plan["operatorType"].split("@")[0]
    for child in plan.get("children", ()):
        yield from operators(child)


@pytest.mark.smoke
@pytest.mark.parametrize(
    "name", sorted({n for (n, d), q in queries.library().items() if d in (None, "neo4j") and "<<HIDES" not in q.text})
)
def test_questions_start_from_an_index(plan: Callable[..., list[str]], dated_counts: dict[str, int], name: str) -> None:
    query = queries.get(name, "neo4j")
    ran = none = 0
    for words in itertools.product(*(WORDS[p] for p in sorted(query.placeholders))):
        filled = dict(zip(sorted(query.placeholders), words, strict=True))
        # Of what there is none of, any plan is a good one.
        if any(dated_counts.get(word) == 0 for word in words) or filled.get("HOPS") == "1":
            none += 1
            continue
        if "TYPE" in filled and not fits(query.text, filled):
            continue
        text = query.fill(filled)
        steps = plan(text, VALUES)
        assert not {"CartesianProduct", "AllNodesScan"} & set(steps)
        if name not in WHOLE:
            assert "NodeByLabelScan" not in steps, filled
        if {"id", "ids", "rows"} & query.parameters and name not in BY_EDGE:
            assert any(step.startswith("NodeUniqueIndexSeek") for step in steps), (filled, steps)
        if name in ("catalogue/search", "catalogue/count_matches"):
            assert steps.count("NodeIndexContainsScan") == len(schema.TEXT_COLUMNS)
        if name in ("lineage/downstream", "lineage/upstream"):
            assert "VarLengthExpand(Pruning,BFS,All)" in steps
        ran += 1
        if ran == 12:
            break
    assert ran or none


@pytest.mark.smoke
def test_lists_start_from_an_index(plan: Callable[..., list[str]]) -> None:
    """By id they walk the ids in order, sorting nothing; a link is followed from where it leads."""
    whole, by_id = schema.Listed("Regulation"), schema.Order("id")
    for order in (by_id, schema.Order("id", descending=True)):
        for after in ("", "value"):
            steps = plan(schema.list_nodes(whole, order, after), {"limit": 3, "after": "x"})  # type: ignore[arg-type]
            assert "NodeUniqueIndexSeekByRange" in steps, steps
            assert not {"Sort", "Top", "PartialTop", "PartialSort", "NodeByLabelScan"} & set(steps), steps
    assert "NodeCountFromCountStore" in plan(schema.count_listed(whole, by_id, ""), {})
    linked = schema.Listed("Regulation", links=(("LOCATED_IN", "Jurisdiction", False),))
    text = schema.Listed("Regulation", text=True)
    for order in (by_id, schema.Order("name", descending=True)):
        steps = plan(schema.list_nodes(linked, order, ""), {"limit": 3, "link_0": "520000"})
        assert steps[-1] == "NodeUniqueIndexSeek", steps
        steps = plan(schema.list_nodes(text, order, ""), {"limit": 3, "text": "数据"})
        assert steps.count("NodeIndexContainsScan") == len(schema.TEXT_COLUMNS), steps


@pytest.mark.smoke
def test_writes_start_from_an_index(plan: Callable[..., list[str]]) -> None:
    rows = {"rows": [{"id": "x", "a": "x", "b": "y", "key": "", "source": "s"}], "ids": ["x"]}
    for text in (
        schema.known_nodes("Regulation"),
        schema.claim_nodes("Regulation", "neo4j"),
        schema.node_write("Regulation", ("name",), "neo4j", new=True),
        schema.known_edges("GOVERNS", "Regulation", "Jurisdiction"),
        schema.edge_write("GOVERNS", "Regulation", "Jurisdiction", ("id",), new=True),
        schema.edge_write("GOVERNS", "Regulation", "Jurisdiction", ("id",), new=False),
    ):
        steps = plan(text, rows)
        assert not {"NodeByLabelScan", "AllNodesScan"} & set(steps), (text, steps)
        assert any("IndexSeek" in step or step == "MergeUniqueNode" for step in steps), (text, steps)
