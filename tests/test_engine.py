"""The engine seam: opening, transactions, limits, crashes."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

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
from govgraph.graph import Graph, Transaction
from govgraph.library import Library

SLOW = "UNWIND range(1, 3000) AS a UNWIND range(1, 3000) AS b UNWIND range(1, 300) AS c RETURN sum(a * b + c) AS s"


def test_opens_by_path_and_url(tmp_path: Path) -> None:
    path = tmp_path / "图 one.lbug"
    with graphs.open(str(path)) as graph, graph.write() as tx:
        tx.run("CREATE (:Theme {id: 't', name: '信用'})")
    with graphs.open(f"ladybug://{path}", read_only=True) as graph:
        assert graph.read("MATCH (t:Theme) RETURN t.name AS name") == [{"name": "信用"}]


def test_a_graph_in_memory_is_gone_when_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with graphs.open(":memory:") as graph:
        with graph.write() as tx:
            tx.run("CREATE (:Theme {id: 't', name: '信用'})")
        assert graph.read("MATCH (t:Theme) RETURN t.id AS id") == [{"id": "t"}]
    with graphs.open(":memory:") as graph:
        assert graph.read("MATCH (t:Theme) RETURN t.id AS id") == []
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("url", ["postgres://x", "neo4j+x://h", "file:///tmp/g.lbug", "LADYBUG2:///g"])
def test_no_engine_for_a_scheme(url: str) -> None:
    with pytest.raises(UsageError, match="no engine serves"):
        graphs.open(url)


@pytest.mark.parametrize("value", ["abc", "-1", "0", "nan", "inf"])
def test_a_time_out_that_is_no_time(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("GOVGRAPH_TIMEOUT", value)
    with pytest.raises(UsageError, match="GOVGRAPH_TIMEOUT"):
        graphs.open(":memory:")


@pytest.mark.parametrize("seconds", [0.0004, 0.05])
def test_a_time_out_for_every_question(seconds: float) -> None:
    with graphs.open(":memory:") as graph:
        timer = threading.Timer(10, graph.interrupt)  # so that a time-out that is none doesn't run on
        timer.start()
        started = time.monotonic()
        with pytest.raises(QueryTimeoutError):
            graph.read(SLOW, timeout=seconds)
        timer.cancel()
        assert time.monotonic() - started < 9


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(UnreachableError, match="load baseline"):
        graphs.open(str(tmp_path / "none.lbug"), read_only=True)
    with pytest.raises(UnreachableError, match="folder"):
        graphs.open(str(tmp_path / "no" / "none.lbug"))
    assert not list(tmp_path.iterdir())


def everything(folder: Path) -> dict[str, bytes]:
    """All files of a folder, to the byte."""
    return {file.name: file.read_bytes() for file in folder.iterdir()}


@pytest.mark.parametrize("content", [b"hello", b"", b"LBU", b"LBUG", b"LBUG then rubbish" * 500])
@pytest.mark.parametrize("read_only", [True, False])
def test_not_a_graph_is_left_alone(tmp_path: Path, content: bytes, read_only: bool) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    with pytest.raises(GraphError, match=r"notes\.txt") as caught:
        graphs.open(str(path), read_only=read_only)
    # Rubbish after the engine's magic may as well be a format of tomorrow.
    assert isinstance(caught.value, NotAGraphError | NewerSchemaError), caught.value.code
    assert "\n" not in caught.value.message
    assert everything(tmp_path) == {"notes.txt": content}


@pytest.mark.parametrize("read_only", [True, False])
def test_a_folder_is_no_graph(tmp_path: Path, read_only: bool) -> None:
    with pytest.raises(NotAGraphError, match="is a folder"):
        graphs.open(str(tmp_path), read_only=read_only)
    assert everything(tmp_path) == {}


def leave(path: Path, text: str, *, crash: bool) -> dict[str, bytes]:
    """Write a database in another process that ends well or without a word; the files that it leaves."""
    code = f"import os, ladybug, govgraph\npath = {str(path)!r}\n{text}\n" + ("os._exit(9)" if crash else "")
    subprocess.run([sys.executable, "-c", code], check=not crash)
    assert Path(f"{path}.wal").exists() == crash
    return everything(path.parent)


OTHERS = (
    "d = ladybug.Database(path); c = ladybug.Connection(d)\n"
    "c.execute('CREATE NODE TABLE Dog(id STRING PRIMARY KEY)')\n"
    "c.execute(\"CREATE (:Dog {id: 'rex'})\")"
)
NEWER = (
    "govgraph.open(path).close(); g = govgraph.open(path).graph\n"
    f"with g.write() as tx: tx.run(\"MATCH (m:{schema.META} {{id: 'schema'}}) SET m.value = '99'\")"
)


@pytest.mark.parametrize("crash", [False, True], ids=["closed", "crashed"])
@pytest.mark.parametrize("read_only", [True, False])
@pytest.mark.parametrize(
    ("text", "error", "why"),
    [(OTHERS, NotAGraphError, "did not make"), (NEWER, NewerSchemaError, "upgrade")],
    ids=["somebody else's", "newer"],
)
def test_what_is_not_ours_to_write_is_not_touched(
    tmp_path: Path, text: str, error: type[GraphError], why: str, read_only: bool, crash: bool
) -> None:
    path = tmp_path / "g.lbug"
    close = "\nc.close(); d.close()" if text == OTHERS else "\ng.close()"
    before = leave(path, text if crash else text + close, crash=crash)
    with pytest.raises(error, match=why):
        graphs.open(str(path), read_only=read_only)
    assert everything(tmp_path) == before


def test_a_storage_format_of_tomorrow_is_newer(tmp_path: Path) -> None:
    path = tmp_path / "g.lbug"
    graphs.open(str(path)).close()
    data = bytearray(path.read_bytes())
    data[4:12] = (int.from_bytes(data[4:12], "little") + 1).to_bytes(8, "little")
    path.write_bytes(data)
    with pytest.raises(NewerSchemaError, match="upgrade"):
        graphs.open(str(path))
    assert path.read_bytes() == data


def test_one_writer_and_readers_beside_it(tmp_path: Path) -> None:
    path = str(tmp_path / "g.lbug")
    read = f"import govgraph; g = govgraph.open({path!r}, read_only=True); print(g.stats().nodes['Theme'])"
    write = f"import govgraph; govgraph.open({path!r})"
    with graphs.open(path) as graph:
        with graph.write() as tx:
            tx.run("CREATE (:Theme {id: 't', name: 'n'})")
        second = subprocess.run([sys.executable, "-c", write], capture_output=True, text=True)
        assert "LockedError" in second.stderr
        assert second.returncode == 1
        assert "process" in second.stderr
        reader = subprocess.run([sys.executable, "-c", read], capture_output=True, text=True)
        assert reader.stdout.strip() == "1", reader.stderr


@pytest.mark.smoke
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


def test_failed_work_leaves_nothing(graph: Graph) -> None:
    def work(tx: Transaction) -> None:
        tx.run("CREATE (:Theme {id: 't', name: 'n'})")
        tx.run("UNWIND")

    with pytest.raises(GraphError):
        graph.transact(work)
    assert graph.read("MATCH (t:Theme) RETURN count(t.id) AS n") == [{"n": 0}]


def test_work_returns_what_it_found(graph: Graph) -> None:
    assert graph.transact(lambda tx: tx.run("CREATE (t:Theme {id: 't', name: 'n'}) RETURN t.id AS id")) == [{"id": "t"}]
    assert graph.read("MATCH (t:Theme) RETURN count(t.id) AS n") == [{"n": 1}]


@pytest.mark.smoke
def test_values_come_back_as_they_went_in(graph: Graph) -> None:
    values: dict[str, object] = {
        "text": "政务\n\U00020000",
        "whole": -(2**63),
        "part": 0.1,
        "yes": True,
        "day": date(2024, 3, 21),
        "words": ["甲", "乙"],
        "days": [date(2024, 2, 29)],
    }
    for name, value in values.items():
        assert graph.read(f"RETURN ${name} AS found, NULL AS nothing", {name: value}) == [
            {"found": value, "nothing": None}
        ]


def test_streaming_gives_everything_in_parts(graph: Graph) -> None:
    with graph.write() as tx:
        tx.run("UNWIND $ids AS i CREATE (:Theme {id: i})", {"ids": [f"t{n}" for n in range(2500)]})
    parts = list(graph.stream(schema.all_nodes("Theme"), size=1000))
    assert [len(part) for part in parts] == [1000, 1000, 500]
    assert {row["id"] for part in parts for row in part} == {f"t{n}" for n in range(2500)}
    assert list(graph.stream(schema.all_nodes("Use"), size=10)) == []
    first = graph.stream(schema.all_nodes("Theme"), size=10)
    assert len(next(iter(first))) == 10
    del first
    assert graph.read("RETURN 1 AS one") == [{"one": 1}]


@pytest.mark.parametrize("text", ["RETURN", "", "MATCH (t:Theme) RETURN nothing AS c", "CALL no.such()"])
def test_what_the_engine_refuses_is_one_error(graph: Graph, text: str) -> None:
    with pytest.raises(GraphError):
        graph.read(text)
    assert graph.read("RETURN 1 AS one") == [{"one": 1}]


@pytest.mark.smoke
def test_timeout_and_interrupt(graph: Graph) -> None:
    with pytest.raises(QueryTimeoutError):
        graph.read(SLOW, timeout=0.2)
    timer = threading.Timer(0.3, graph.interrupt)
    timer.start()
    started = time.monotonic()
    with pytest.raises(QueryTimeoutError):
        graph.read(SLOW)
    timer.join()
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
