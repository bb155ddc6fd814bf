"""The engine seam: opening, transactions, limits, crashes."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import ladybug
import pytest

from govgraph import graph as graphs
from govgraph import schema
from govgraph.errors import (
    GraphError,
    LockedError,
    NewerSchemaError,
    NotAGraphError,
    QueryTimeoutError,
    UnreachableError,
    UsageError,
)
from govgraph.graph import Graph
from govgraph.library import Library

SLOW = "UNWIND range(1, 3000) AS a UNWIND range(1, 3000) AS b UNWIND range(1, 300) AS c RETURN sum(a * b + c) AS s"


def test_opens_by_path_and_url(tmp_path: Path) -> None:
    path = tmp_path / "图 one.lbug"
    with graphs.open(str(path)) as graph, graph.write() as tx:
        tx.run("CREATE (:Theme {id: 't', name: '信用'})")
    with graphs.open(f"ladybug://{path}", read_only=True) as graph:
        assert graph.read("MATCH (t:Theme) RETURN t.name AS name") == [{"name": "信用"}]


def test_no_engine_for_a_scheme() -> None:
    with pytest.raises(UsageError, match="postgres"):
        graphs.open("postgres://x")


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(UnreachableError, match="load baseline"):
        graphs.open(str(tmp_path / "none.lbug"), read_only=True)
    with pytest.raises(UnreachableError, match="folder"):
        graphs.open(str(tmp_path / "no" / "none.lbug"))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("content", [b"hello", b"", b"LBUG then rubbish" * 500])
@pytest.mark.parametrize("read_only", [True, False])
def test_not_a_graph_is_left_alone(tmp_path: Path, content: bytes, read_only: bool) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    with pytest.raises(GraphError):
        graphs.open(str(path), read_only=read_only)
    assert path.read_bytes() == content
    with pytest.raises(NotAGraphError):
        graphs.open(str(tmp_path))


def test_somebody_elses_database(tmp_path: Path) -> None:
    path = str(tmp_path / "other.lbug")
    with ladybug.Database(path) as database, ladybug.Connection(database) as connection:
        connection.execute("CREATE NODE TABLE Dog(id STRING PRIMARY KEY)")
    with pytest.raises(NotAGraphError, match="did not make"):
        graphs.open(path)


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "g.lbug"
    with graphs.open(str(path)) as graph, graph.write() as tx:
        tx.run(f"MATCH (m:{schema.META} {{id: 'schema'}}) SET m.value = '99'")
    before = path.read_bytes()
    with pytest.raises(NewerSchemaError, match="upgrade"):
        graphs.open(str(path))
    assert path.read_bytes() == before


def test_one_writer_and_readers_beside_it(tmp_path: Path) -> None:
    path = str(tmp_path / "g.lbug")
    read = f"import govgraph; g = govgraph.open({path!r}, read_only=True); print(g.stats().nodes['Theme'])"
    write = f"import govgraph; govgraph.open({path!r})"
    with graphs.open(path) as graph:
        with graph.write() as tx:
            tx.run("CREATE (:Theme {id: 't', name: 'n'})")
        second = subprocess.run([sys.executable, "-c", write], capture_output=True, text=True)
        assert "LockedError" in second.stderr
        assert "process" in second.stderr
        reader = subprocess.run([sys.executable, "-c", read], capture_output=True, text=True)
        assert reader.stdout.strip() == "1", reader.stderr


def test_a_failed_transaction_leaves_nothing(graph: Graph) -> None:
    def write(first: str, then: Callable[[], object]) -> None:
        with graph.write() as tx:
            tx.run(f"CREATE (:Theme {{id: '{first}', name: 'x'}})")
            tx.run(str(then()))

    with pytest.raises(GraphError):
        write("a", lambda: "CREATE (:Theme {id: 'a', name: 'again'})")
    with pytest.raises(KeyError):
        write("b", lambda: {}["nothing"])
    assert graph.read("MATCH (t:Theme) RETURN t.id AS id") == []
    with graph.write() as tx:
        tx.run("CREATE (:Theme {id: 'c', name: 'c'})")
    assert graph.read("MATCH (t:Theme) RETURN t.id AS id") == [{"id": "c"}]


def test_bulk_load(graph: Graph) -> None:
    rows = [{"id": f"t{i}", "name": f"n{i}"} for i in range(1000)]
    graph.bulk_load([(schema.node_upsert("Theme", ("name",)), rows), (schema.node_upsert("Use", ("name",)), [])])
    assert graph.read("MATCH (t:Theme) RETURN count(t.id) AS n") == [{"n": 1000}]


def test_timeout_and_interrupt(graph: Graph) -> None:
    with pytest.raises(QueryTimeoutError):
        graph.read(SLOW, timeout=0.2)
    threading.Timer(0.3, graph.interrupt).start()
    started = time.monotonic()
    with pytest.raises(QueryTimeoutError):
        graph.read(SLOW)
    assert time.monotonic() - started < 20
    assert graph.read("RETURN 1 AS one") == [{"one": 1}]


def test_read_only_and_closed(tmp_path: Path) -> None:
    path = str(tmp_path / "g.lbug")
    graphs.open(path).close()
    with graphs.open(path, read_only=True) as graph, pytest.raises(LockedError), graph.write() as tx:
        tx.run("CREATE (:Theme {id: 'x', name: 'x'})")
    graph.close()
    with pytest.raises(GraphError, match="closed"):
        graph.read("RETURN 1 AS one")


def test_a_killed_load_leaves_whole_batches(tmp_path: Path) -> None:
    path = str(tmp_path / "g.lbug")
    text = f"import govgraph; g = govgraph.open({path!r}); print('go', flush=True); g.load('baseline')"
    for seconds in (0.3, 0.9):
        with subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE) as process:
            assert process.stdout
            process.stdout.readline()
            time.sleep(seconds)
            process.kill()
    with graphs.open(path) as graph:
        report = Library(graph).load("baseline")
        assert report.rejected == 0
        assert report.accepted == report.read
        assert Library(graph).coverage(as_of="2024-03-21").summary.rule["dedicated"] == 26


def test_a_torn_log_is_set_aside_and_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "g.lbug"
    text = (
        f"import os, govgraph; g = govgraph.open({str(path)!r}).graph\n"
        "for i in range(50):\n"
        "    with g.write() as tx: tx.run('CREATE (:Theme {id: $i, name: $i})', {'i': str(i)})\n"
        "os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", text], check=False)
    wal = Path(f"{path}.wal")
    assert wal.exists()
    wal.write_bytes(wal.read_bytes()[:-7])
    with graphs.open(str(path)) as graph:
        kept = graph.read("MATCH (t:Theme) RETURN count(t.id) AS n")[0]["n"]
    assert 0 <= kept <= 50
    if kept < 50:
        assert "torn" in capsys.readouterr().err
        assert list(tmp_path.glob("*.torn-*"))
