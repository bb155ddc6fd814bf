"""Moving a graph: every row, every word of every source, on the other engine."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from govgraph import graph as graphs
from govgraph import server, transfer
from govgraph.errors import GraphError, UsageError
from govgraph.graph import Graph
from govgraph.ingest import load_rows
from govgraph.library import Library
from govgraph.loaders.rows import Row
from govgraph.schema import Whole
from tests.conftest import Cli, Server
from tests.servers import have_neo4j_or_skip

SAMPLE = Path(__file__).parent.parent / "examples" / "sample"
TRICKY = 'a "b", c;\n=1+1\t\\ 数\U00020000 \x7f'


def fill(graph: Graph) -> None:
    """The baseline, the dates, and what is hard to carry."""
    library = Library(graph)
    assert library.load("baseline").rejected == 0
    assert library.load("dates").rejected == 0
    for source, name in (("one", TRICKY), ("two", "另名")):
        rows = [
            Row("Resource", {"id": "r1", "name": name, "aliases": "甲|乙"}, "f", 1),
            Row("Resource", {"id": "r2", "name": "二"}, "f", 2),
            Row("Use", {"id": "u", "name": "用"}, "f", 3),
            Row("SHARING", {"from": "r1", "to": "r2", "since": "2023", "until": "2024-02"}, "f", 4),
            Row("APPLICATION", {"from": "r2", "to": "u"}, "f", 5),
        ]
        assert load_rows(graph, source, rows).rejected == 0


def answers_of(graph: Graph) -> list[Any]:
    """What a graph answers, apart from where it is."""
    library = Library(graph)
    found = [
        library.coverage(as_of="2024-03-21"),
        library.lineage("r1"),
        library.show("r1"),
        library.show("REG016"),
        library.stats(),
        library.runs(),
    ]
    shown = [answer.model_dump(mode="json") for answer in found]
    for one in shown:
        # The order of edges that nothing tells apart but their source is the engine's.
        if "edges" in one and isinstance(one["edges"], list):
            one["edges"].sort(key=repr)
    return shown


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Graph]:
    """A full graph on the embedded engine."""
    with graphs.open(str(tmp_path_factory.mktemp("filled") / "filled.lbug")) as graph:
        fill(graph)
        yield graph


@pytest.mark.smoke
def test_there_and_back_again(filled: Graph, neo4j_server: Server, tmp_path: Path) -> None:
    with graphs.open(neo4j_server.empty()) as there:
        first = transfer.copy(filled, there)
        assert first.total == sum(first.nodes.values()) + sum(first.edges.values()) > 14_000
        assert answers_of(there) == answers_of(filled)
        with graphs.open(str(tmp_path / "back.lbug")) as back:
            second = transfer.copy(there, back)
            assert (second.nodes, second.edges) == (first.nodes, first.edges)
            assert answers_of(back) == answers_of(filled)
            # Loading goes on where it was.
            assert Library(back).load("baseline").created == 0


def test_what_is_there_already_is_left_alone(filled: Graph, graph: Graph, tmp_path: Path) -> None:
    load_rows(graph, "s", [Row("Theme", {"id": "t", "name": "信用"}, "f", 1)])
    with pytest.raises(UsageError, match="holds a graph already"):
        transfer.copy(filled, graph)
    assert Library(graph).stats().nodes["Theme"] == 1
    with pytest.raises(UsageError, match="itself"):
        transfer.copy(filled, filled)


@pytest.mark.slow
def test_a_copy_that_was_cut_off_is_finished(filled: Graph, graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer, "BATCH", 1000)

    def stop(carried: int) -> None:
        if carried > 8_000:
            raise GraphError("cut off")

    with pytest.raises(GraphError, match=r"8,\d+ nodes and edges are over; run the same copy again"):
        transfer.copy(filled, graph, progress=stop)
    with pytest.raises(GraphError, match="half of a copy"):
        Library(graph).stats()
    with pytest.raises(GraphError, match="half of a copy"):
        Library(graph).load("baseline")
    transfer.copy(filled, graph)
    assert answers_of(graph) == answers_of(filled)


def test_a_difference_is_named(filled: Graph, graph: Graph) -> None:
    class Forgetful:
        """An engine that loses a value on its way."""

        def __getattr__(self, name: str) -> Any:
            return getattr(filled, name)

        def stream(self, asked: Whole, *, size: int) -> Iterator[Any]:
            for rows in filled.stream(asked, size=size):
                yield rows
                if "`Pilot`" in asked.match:
                    graph.transact(lambda tx: tx.run("MATCH (x:Pilot) SET x.name = '别的'"))

    with pytest.raises(GraphError, match=r"Pilot differs after copying.*other values"):
        transfer.copy(Forgetful(), graph)  # type: ignore[arg-type]


def test_on_the_command_line(cli: Cli, tmp_path: Path) -> None:
    assert cli("load", "baseline").exit_code == 0
    result = cli("copy", "govgraph.lbug", "other.lbug")
    assert result.exit_code == 0, result.stderr
    assert "checksums are the same" in result.stdout
    result = cli("copy", "govgraph.lbug", "other.lbug", "--json")
    assert result.exit_code == 2
    assert '"bad_value"' in result.stderr
    assert cli("copy", "none.lbug", "third.lbug").exit_code == 2
    assert cli("copy", "other.lbug", "neo4j://u:secret@localhost").exit_code == 2
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    result = cli("export", "neo4j-import", "mine")
    assert result.exit_code == 2
    assert "something else" in result.stderr
    assert cli("export", "neo4j-import", "out").exit_code == 0
    assert cli("export", "neo4j-import", "out").exit_code == 0


@contextmanager
def imported(folder: Path, home: Path) -> Iterator[Graph]:
    """The graph that a server holds after importing a folder."""
    result = server.admin(home, server.DEFAULT, *arguments(folder))
    assert result.returncode == 0, result.stderr or result.stdout
    try:
        with graphs.open(server.start(home).url) as graph:
            yield graph
    finally:
        server.stop(home)


def arguments(folder: Path) -> list[str]:
    """What import.sh gives to neo4j-admin, which here runs in another folder."""
    said = subprocess.run(
        ["sh", str(folder / "import.sh")],
        env={"NEO4J_ADMIN": "echo", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    found = []
    for argument in said.stdout.split():
        option, _, files = argument.rpartition("=")
        if files.endswith(".csv"):
            argument = option + "=" + ",".join(str(folder / name) for name in files.split(","))
        found.append(argument)
    return found


@pytest.mark.slow
def test_an_export_can_be_imported(filled: Graph, tmp_path: Path) -> None:
    have_neo4j_or_skip()
    folder = tmp_path / "files"
    written = transfer.export_neo4j(filled, folder)
    with imported(folder, tmp_path / "home") as graph:
        assert answers_of(graph) == answers_of(filled)
        with graphs.open(":memory:") as back:
            copied = transfer.copy(graph, back)
            assert (copied.nodes, copied.edges) == (written.nodes, written.edges)
        assert Library(graph).load("baseline").created == 0
