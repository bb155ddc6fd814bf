"""The journal: a graph is made again from it; backups; what is cut off, late, lost or damaged."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from pydantic import BaseModel

from govgraph import graph as graphs
from govgraph import journal
from govgraph.errors import GraphError, LockedError, UsageError
from govgraph.library import Library
from govgraph.rebuild import rebuild, restore
from tests.conftest import Cli
from tests.dumps import dump

Write = Callable[[str, str], Path]


def answers(library: Library) -> list[Any]:
    """What is asked of a graph, without its version."""

    def plain(answer: BaseModel) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(answer.model_dump_json(by_alias=True))
        found.pop("graph_version")
        return found

    day = "2026-01-01"
    asked = [
        library.coverage(as_of=day),
        library.gaps(as_of=day),
        library.lineage("S1"),
        library.stats(),
        library.runs(),
    ]
    return [plain(a) for a in (*asked, library.show("S1"), library.show("N"))]


def filled(library: Library, csv_file: Write) -> Library:
    """Runs of every sort: loads, changes, a sweep, placeholders, an undo."""
    for kind, text, options in (
        ("Jurisdiction", "id,name,level,parent\nP,甲省,省级,N\nN,国,national,\n", {}),
        ("Regulation", "id,name,rank,jurisdiction,issued\nR1,共享办法,规章,P,2022-03\n", {}),
        ("GOVERNS", "from,to,stage\nR1,P,共享\n", {}),
        ("Resource", "id,name,provider\nS1,一,数据局\nS2,二,\nS3,三,\n", {"placeholders": True}),
        ("Resource", "id,name\nS1,壹\n", {"source": "b"}),
        ("Agency", "id,name,jurisdiction\nA1,数据局,P\n", {}),
        ("PROCESSING", "from,to,since,until\nS1,S2,2024-03,2025\nS2,S3,,\n", {}),
        ("Resource", "id,name,provider\nS1,一,数据局\nS2,贰,\n", {"full": True}),
        ("Theme", "id,name\nT1,题\n", {}),
        ("Resource", "id,name,provider\nS1,一,数据局\nS2,贰,\n", {}),
    ):
        report = library.load(kind, [csv_file(f"{kind}.csv", text)], **options)
        assert (report.rejected, report.sweep) == (0, None), report
    library.undo("9")
    return library


def test_the_graph_file_is_deleted_and_the_answers_are_the_same(csv_file: Write, cli: Cli, tmp_path: Path) -> None:
    with graphs.open("govgraph.lbug") as graph:
        library = filled(Library(graph), csv_file)
        before, asked = dump(graph), answers(library)
    for file in tmp_path.glob("govgraph.lbug*"):
        if file.is_file():
            file.unlink()
    done = cli("rebuild", "--json")
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["runs"], told["nodes"]["Resource"]) == (11, 3)
    with graphs.open("govgraph.lbug") as graph:
        assert dump(graph) == before
        assert answers(Library(graph)) == asked
        # And it goes on: the number of the next run, an undo of an old one.
        assert Library(graph).load("Theme", [csv_file("t.csv", "id,name\nT2,题\n")]).run == "12"
        assert Library(graph).undo("8").status == "done"


def test_a_graph_moves_by_its_journal(kept: Library, csv_file: Write, tmp_path: Path) -> None:
    filled(kept, csv_file)
    before = dump(kept.graph)
    told = kept.backup(tmp_path / "backup.tar")
    assert told.runs == 11
    restore("other.lbug", tmp_path / "backup.tar") if kept.graph.dialect == "ladybug" else None
    rebuild("again.lbug", tmp_path / "graph.lbug.journal") if kept.graph.dialect == "ladybug" else None
    for name in ("other.lbug", "again.lbug") if kept.graph.dialect == "ladybug" else ():
        with graphs.open(name) as graph:
            assert dump(graph) == before
            assert Library(graph).runs().items == kept.runs().items


def test_onto_the_server_and_back(
    neo4j_server: Any, csv_file: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with graphs.open("graph.lbug") as graph:
        before = dump(filled(Library(graph), csv_file).graph)
        Library(graph).backup(Path("backup"))
    url = neo4j_server.empty()
    monkeypatch.setenv("GOVGRAPH_JOURNAL", str(tmp_path / "server.journal"))
    restore(url, Path("backup"))
    with graphs.open(url) as graph:
        assert dump(graph) == before
        Library(graph).undo("10")
    with pytest.raises(UsageError, match="holds a graph already"):
        rebuild(url)
    neo4j_server.empty()
    rebuild(url)
    with graphs.open(url) as graph:
        assert dump(graph) == before


def test_a_backup_is_whole_or_refused(
    kept: Library, csv_file: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(kept, csv_file)
    folder = tmp_path / "backup"
    kept.backup(folder)
    with pytest.raises(UsageError, match="is there already"):
        kept.backup(folder)
    # What is restored is another graph, with a journal of its own.
    monkeypatch.delenv("GOVGRAPH_JOURNAL", raising=False)
    file = next(folder.rglob("runs/*/*.parquet"))
    content = file.read_bytes()
    for damage, why in ((lambda: file.write_bytes(content[:-9]), "not what it was"), (file.unlink, "missing")):
        damage()
        with pytest.raises(UsageError, match=why):
            restore(str(tmp_path / "x.lbug"), folder)
    for nothing in (tmp_path / "nothing.tar", tmp_path):
        with pytest.raises(UsageError, match=r"no backup|neither a backup"):
            restore(str(tmp_path / "x.lbug"), nothing)
    assert not list(tmp_path.glob("x.lbug*"))


def test_a_graph_in_memory_keeps_no_journal_and_has_a_backup(
    csv_file: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with graphs.open(":memory:") as graph:
        Library(graph).load("Theme", [csv_file("t.csv", "id,name\nT,题\n")])
        Library(graph).backup(tmp_path / "b.tar")
        before = dump(graph)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["b.tar", "t.csv"]
    restore("x.lbug", tmp_path / "b.tar")
    with graphs.open("x.lbug") as graph:
        assert dump(graph) == before
        assert Library(graph).runs().total == 1
        with pytest.raises(UsageError, match="before the journal"):
            Library(graph).undo("1")
        assert Library(graph).load("Theme", [csv_file("t.csv", "id,name\nU,题\n")]).run == "2"
        assert Library(graph).undo("2").swept == 1


def test_a_lost_graph_does_not_take_its_journal_along(
    csv_file: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with graphs.open("g.lbug") as graph:
        Library(graph).load("Theme", [csv_file("t.csv", "id,name\nT,题\n")])
        before = dump(graph)
    Path("g.lbug").unlink()
    with graphs.open("g.lbug") as graph:
        Library(graph).load("Theme", [csv_file("u.csv", "id,name\nU,题\n")])
    aside = next(tmp_path.glob("g.lbug.journal.*"))
    assert str(aside.name) in capsys.readouterr().err
    rebuild("old.lbug", aside)
    with graphs.open("old.lbug") as graph:
        assert dump(graph) == before


def test_a_journal_that_is_lost_begins_anew_with_the_whole_graph(
    kept: Library, csv_file: Write, tmp_path: Path
) -> None:
    import shutil

    filled(kept, csv_file)
    shutil.rmtree(tmp_path / "graph.lbug.journal")
    kept.load("Theme", [csv_file("t.csv", "id,name\nT2,题\n")])
    with pytest.raises(UsageError, match="before the journal"):
        kept.undo("8")
    before = dump(kept.graph)
    made = (
        rebuild(str(tmp_path / "again.lbug"), tmp_path / "graph.lbug.journal")
        if kept.graph.dialect == "ladybug"
        else None
    )
    if made:
        with graphs.open("again.lbug") as graph:
            assert dump(graph) == before


def test_two_graphs_have_two_journals(csv_file: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GOVGRAPH_JOURNAL", "one.journal")
    file = csv_file("t.csv", "id,name\nT,题\n")
    for name in ("a.lbug", "b.lbug"):
        with graphs.open(name) as graph:
            if name == "a.lbug":
                Library(graph).load("Theme", [file])
                continue
            with pytest.raises(UsageError, match="is the journal of a graph that is not the one"):
                Library(graph).load("Theme", [file])
            monkeypatch.delenv("GOVGRAPH_JOURNAL")
            Library(graph).load("Theme", [file])
            monkeypatch.setenv("GOVGRAPH_JOURNAL", "one.journal")
            with pytest.raises(UsageError, match="is the journal of another graph"):
                Library(graph).load("Theme", [file])


def test_what_was_never_committed_is_not_in_the_journal(kept: Library, csv_file: Write, tmp_path: Path) -> None:
    class Lost(GraphError):
        pass

    kept.load("Theme", [csv_file("t.csv", "id,name\nT,题\n")])
    folder = tmp_path / "graph.lbug.journal"
    found = journal.Journal(folder)
    change = journal.read(found.groups()[0])[0]

    def work(tx: Any) -> None:
        found.write(tx, kept.graph.dialect, 2, "Theme", "{}", [change._replace(a="X")])
        raise Lost("cut off")

    with pytest.raises(Lost):
        kept.graph.transact(work)
    assert len(found.groups()) == 2
    assert len(found.groups(1)) == 1
    kept.load("Theme", [csv_file("t.csv", "id,name\nU,题\n")])
    assert [(g.seq, g.run) for g in found.groups()] == [(1, 1), (2, 2)]
    assert [c.a for g in found.groups() for c in journal.read(g)] == ["T", "U"]


def test_the_journal_is_plain_parquet(csv_file: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with graphs.open("g.lbug") as graph:
        Library(graph).load("Theme", [csv_file("t.csv", "id,name\nT,题\n")])
    rows = pq.read_table(next(tmp_path.glob("g.lbug.journal/runs/*/*.Theme.parquet"))).to_pylist()
    assert [(r["what"], r["a"], r["source"], r["before"]) for r in rows] == [("Theme", "T", "csv", None)]
    assert json.loads(rows[0]["after"])["values"] == {"name": "题"}


def test_a_graph_in_use_is_not_rebuilt(csv_file: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import subprocess
    import sys

    monkeypatch.chdir(tmp_path)
    with graphs.open("g.lbug") as graph:
        Library(graph).load("Theme", [csv_file("t.csv", "id,name\nT,题\n")])
        code = "import sys; from govgraph.rebuild import rebuild; rebuild('g.lbug')"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert LockedError.__name__ in done.stderr
    assert rebuild("g.lbug").transactions == 1


def test_an_old_storage_format_is_rebuilt(csv_file: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with graphs.open("g.lbug") as graph:
        Library(graph).load("Theme", [csv_file("t.csv", "id,name\nT,题\n")])
        before = dump(graph)
    Path("g.lbug").write_bytes(b"LBUG" + bytes(100))
    with pytest.raises(GraphError):
        graphs.open("g.lbug")
    rebuild("g.lbug")
    with graphs.open("g.lbug") as graph:
        assert dump(graph) == before
