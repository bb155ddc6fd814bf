"""The loading contract: what lands, what is refused and why, whose word it is."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from govgraph.errors import GovgraphError, LoadError, UsageError
from govgraph.library import Library
from govgraph.loaders import tabular
from govgraph.model import EDGES, NODES
from tests.conftest import make_graph

Write = Callable[[str, str], Path]

PLACES = "id,name,level,parent\nP,甲省,省级,N\nN,国,national,\nC,甲市,city,P\n"


@pytest.fixture
def world(library: Library, csv_file: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Library:
    """Three places, two documents, an agency, two resources."""
    monkeypatch.chdir(tmp_path)
    for kind, text in {
        "Jurisdiction": PLACES,
        "Regulation": "id,name,rank\nR1,共享办法,规章\nR2,开放办法,\n",
        "Agency": "id,name,jurisdiction\nA1,数据局,甲省\n",
        "Resource": "id,name,aliases,provider\nS1,参保信息,社保|参保,数据局\nS2,参保信息,,\n",
    }.items():
        report = library.load(kind, [csv_file(f"{kind}.csv", text)])
        assert report.rejected == 0, report.rejects
    return library


def test_the_same_again_changes_nothing(world: Library, csv_file: Write) -> None:
    before = world.coverage().graph_version
    again = world.load("Jurisdiction", [csv_file("again.csv", PLACES)])
    assert (again.status, again.created, again.changed, again.unchanged) == ("done", 0, 0, 3)
    assert world.coverage().graph_version == before
    edge = csv_file("e.csv", "from,to,stage\nR1,P,共享\n")
    assert world.load("GOVERNS", [edge]).created == 1
    assert world.load("GOVERNS", [edge]).unchanged == 1
    assert world.coverage().graph_version != before
    assert world.runs().total == 7


def test_parents_in_any_order(world: Library) -> None:
    assert world.explain("C", "共享").path == ["C", "P", "N"]


def test_a_refused_parent_refuses_its_children(library: Library, csv_file: Write, tmp_path: Path) -> None:
    text = "id,name,level,parent\nA,甲,省,\nB,乙,nonsense,A\nC,丙,city,B\nD,丁,county,C\n"
    report = library.load("Jurisdiction", [csv_file("j.csv", text)], rejects=tmp_path / "r.csv")
    assert [(r.row, r.column, r.code) for r in sorted(report.rejects, key=lambda r: r.row)] == [
        (3, "level", "bad_value"),
        (4, "parent", "unknown_reference"),
        (5, "parent", "unknown_reference"),
    ]
    assert report.read == report.accepted + report.rejected == 4


@pytest.mark.parametrize(
    ("kind", "text", "row", "column", "value", "code"),
    [
        ("GOVERNS", "from,to,stage\nR1,P,公开\n", 2, "stage", "公开", "unknown_stage"),
        ("GOVERNS", "from,to,stage\nR1,P,编目\n", 2, "stage", "编目", "unknown_stage"),
        ("GOVERNS", "from,to,stage\nR1,P,\n", 2, "stage", "", "missing"),
        ("GOVERNS", "from,to,stage\nR1,999999,共享\n", 2, "to", "999999", "unknown_reference"),
        ("GOVERNS", "from,to,stage\n,P,共享\n", 2, "from", "", "missing"),
        ("GOVERNS", "from,to,stage,scope\nR1,P,共享,some\n", 2, "scope", "some", "bad_value"),
        ("Agency", "id,name,jurisdiction\nX,局,乙省\n", 2, "jurisdiction", "乙省", "unknown_reference"),
        ("Regulation", "id,name,issued\nX,法,2023-02-30\n", 2, "issued", "2023-02-30", "bad_value"),
        ("Regulation", "id,name,status\n\nX,法,foo\n", 3, "status", "foo", "bad_value"),
        ("Regulation", "id,name,trial\nX,法,perhaps\n", 2, "trial", "perhaps", "bad_value"),
        ("Regulation", "id,name\nX,\n", 2, "name", "", "missing"),
        ("Regulation", 'id,name\nX,"法\x00"\n', 2, "name", "法\x00", "bad_value"),
        ("Regulation", "id,name\nX,法,多,余\n", 2, None, "多|余", "unknown_column"),
        ("Jurisdiction", "id,name\n,某地\n", 2, "id", "", "missing"),
        ("SHARING", "from,to\n参保信息,A1\n", 2, "from", "参保信息", "ambiguous_reference"),
        ("SHARING", "from,to\nA1,S1\n", 2, "from", "A1", "unknown_reference"),
        ("SHARING", "from,to,stage\nS1,A1,开放\n", 2, "stage", "开放", "bad_value"),
        ("SHARING", "from,to,via\nS1,A1,没有的平台\n", 2, "via", "没有的平台", "unknown_reference"),
        ("SHARING", "from,to,since,until\nS1,A1,2024,2023\n", 2, "until", "2023", "bad_value"),
        ("SHARING", "from,to,to_kind\nS1,A1,Regulation\n", 2, "to_kind", "Regulation", "bad_value"),
        ("PART_OF", "from,to\nS1,P\n", 2, "to", "P", "not_allowed"),
    ],
)
def test_bad_rows_say_where_and_why(
    world: Library, csv_file: Write, kind: str, text: str, row: int, column: str | None, value: str, code: str
) -> None:
    report = world.load(kind, [csv_file("bad.csv", text)])
    assert (report.status, report.rejected, report.accepted) == ("refused", 1, 0)
    reject = report.rejects[0]
    assert (reject.row, reject.value, reject.code) == (row, value, code)
    assert column is None or reject.column == column
    assert reject.message


def test_refused_rows_load_after_correction(world: Library, csv_file: Write, tmp_path: Path) -> None:
    path = csv_file("g.csv", "from,to,stage\nR1,P,共享\nR1,P,公开\n")
    report = world.load("GOVERNS", [path])
    assert (report.status, report.accepted, report.rejected) == ("partial", 1, 1)
    rejects = tmp_path / str(report.rejects_file)
    rows = list(csv.DictReader(rejects.read_text(encoding="utf-8-sig").splitlines()))
    assert [(r["stage"], r["reject_row"], r["reject_code"]) for r in rows] == [("公开", "3", "unknown_stage")]
    rejects.write_text(
        rejects.read_text(encoding="utf-8-sig").replace("R1,P,,,,,公开", "R1,P,,,,,开放"), encoding="utf-8"
    )
    with pytest.raises(UsageError, match="--rejects"):
        world.load("GOVERNS", [rejects])
    again = world.load("GOVERNS", [rejects], rejects=tmp_path / "other.csv")
    assert (again.status, again.created) == ("done", 1)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"id,name,colour\n1,x,red\n", "colour"),
        (b"id,id,name\n1,1,x\n", "twice"),
        (b"position\n1\n", "missing"),
        ("id,name\n1,名\n".encode("gb18030"), "UTF-8"),
        (b'id,name\n1,"open\n', "line"),
    ],
)
def test_a_file_that_cant_be_read_lands_nothing(library: Library, tmp_path: Path, content: bytes, why: str) -> None:
    good = tmp_path / "good.csv"
    good.write_text("id,name\nok,好\n")
    bad = tmp_path / "bad.csv"
    bad.write_bytes(content)
    with pytest.raises(LoadError, match=why):
        library.load("Theme", [good, bad])
    assert library.stats().nodes["Theme"] == 0
    assert library.runs().total == 0


def test_contradictory_duplicates(library: Library, csv_file: Write, tmp_path: Path) -> None:
    text = "id,name,position\nT,信用,1\nT,信用,1\nT,信用,2\n"
    report = library.load("Theme", [csv_file("t.csv", text)], rejects=tmp_path / "r.csv")
    assert (report.created, report.unchanged, report.rejected) == (1, 1, 1)
    assert report.rejects[0].code == "contradictory_duplicate"
    assert "t.csv:2" in report.rejects[0].message


def test_each_source_keeps_its_word(world: Library, csv_file: Write) -> None:
    world.load("Regulation", [csv_file("a.csv", "id,name,rank,form\nR1,共享管理办法,规范性文件,\n")], source="archive")
    shown = world.show("R1")
    said = {(s.property, str(s.value), s.source, s.decides) for s in shown.statements}
    assert ("rank", "rule", "csv", False) in said
    assert ("rank", "normative_document", "archive", True) in said
    assert shown.node.name == "共享管理办法"
    assert "共享办法" in shown.node.aliases
    # The first source again: nothing of the other's goes, and nothing changes.
    again = world.load("Regulation", [csv_file("b.csv", "id,name,rank\nR1,共享办法,规章\n")])
    assert again.unchanged == 1
    assert world.show("共享办法").node.id == "R1"


def test_a_changed_link_replaces_only_its_own_sources_edge(world: Library, csv_file: Write) -> None:
    world.load("LOCATED_IN", [csv_file("l.csv", "from,to\nA1,C\n")], source="other")
    world.load("Agency", [csv_file("a.csv", "id,name,jurisdiction\nA1,数据局,国\n")])
    places = {(e.to, e.source) for e in world.show("A1").edges if e.type == "LOCATED_IN"}
    assert places == {("N", "csv"), ("C", "other")}


def test_articles_of_a_document_are_named_by_explain(world: Library, csv_file: Write) -> None:
    world.load(
        "Article",
        [csv_file("a.csv", "id,name,number,regulation\nR1-5,共享办法第五条,第五条,共享办法\nR1-6,六,第六条,R1\n")],
    )
    world.load("GOVERNS", [csv_file("g.csv", "from,to,stage,article\nR1,P,共享,第五条\n")])
    considered = world.explain("P", "共享").considered
    assert [[a.id for a in c.articles] for c in considered] == [["R1-5"]]


def test_dry_run_changes_nothing(world: Library, csv_file: Write) -> None:
    before, runs = world.stats(), world.runs().total
    report = world.load("Theme", [csv_file("t.csv", "id,name\nT1,甲\n,乙\n")], dry_run=True)
    assert (report.dry_run, report.run, report.created) == (True, None, 2)
    assert world.stats() == before
    assert world.runs().total == runs


def test_names_aliases_and_labels(world: Library, csv_file: Write) -> None:
    report = world.load("SHARING", [csv_file("s.csv", "自,to,to_kind,起\n社保,数据局,Agency,2023下半年\n")])
    assert report.created == 1
    edge = next(e for e in world.show("S1").edges if e.type == "SHARING")
    assert (edge.from_, edge.to, edge.stage) == ("S1", "A1", "sharing")


def test_ids_are_taken_as_they_are_and_found_without(world: Library, csv_file: Write) -> None:
    odd = "甲/乙 \"丙\" 'd' 🙂"
    world.load("Theme", [csv_file("t.csv", 'id,name\n"甲/乙 ""丙"" \'d\' 🙂",题\n')])
    assert world.show(odd).node.id == odd
    world.load("baseline")
    row = "name,jurisdiction,doc_number\n上海市数据条例,上海,\n"
    report = world.load("Regulation", [csv_file("r.csv", row)], source="mine")
    assert (report.changed, report.created) == (1, 0)
    assert {s.source for s in world.show("REG015").statements} == {"baseline", "mine"}


@pytest.mark.parametrize("kind", [*NODES, *EDGES])
def test_every_template_is_a_header_that_loads(library: Library, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(tabular.template(kind), encoding="utf-8")
    assert library.load(kind, [path]).read == 0


@given(text=st.text(max_size=200), header=st.sampled_from(["id,name\n", "id,name,issued,rank,jurisdiction\n", ""]))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_text_is_loaded_or_refused(text: str, header: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("any")
    path = folder / "any.csv"
    path.write_text(header + text, encoding="utf-8", errors="surrogatepass", newline="")
    with make_graph() as graph:
        library = Library(graph)
        try:
            report = library.load("Regulation", [path], rejects=folder / "rejects.csv")
        except GovgraphError:
            return
        assert report.read == report.accepted + report.rejected
        assert report.accepted == report.created + report.changed + report.unchanged
        assert library.stats().nodes["Regulation"] == report.created
