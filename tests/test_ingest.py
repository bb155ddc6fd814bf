"""The loading contract: what lands, what is refused and why, whose word it is."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from govgraph import graph as graphs
from govgraph.errors import GovgraphError, LoadError, UsageError
from govgraph.library import Library
from govgraph.loaders import tabular
from govgraph.model import EDGES, NODES

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
        ("SHARING", "from,to\nS1,P\n", 2, "to", "P", "unknown_reference"),
        ("GOVERNS", "from,to,stage,since\nR1,P,共享,2023-02-30\n", 2, "since", "2023-02-30", "bad_value"),
        ("GOVERNS", "from,to,stage,since\nR1,P,共享,2023-00\n", 2, "since", "2023-00", "bad_value"),
        ("GOVERNS", "from,to,stage,evidence\nR1,P,共享,听说\n", 2, "evidence", "听说", "bad_value"),
        ("RESPONSIBLE_FOR", "from,to,stage\nA1,P,登记\n", 2, "stage", "登记", "unknown_stage"),
        ("RESPONSIBLE_FOR", "from,to,regulation\nA1,P,没有的法\n", 2, "regulation", "没有的法", "unknown_reference"),
        ("Jurisdiction", "id,name,level\nX,某地,village\n", 2, "level", "village", "bad_value"),
        ("Jurisdiction", "id,name,parent\nX,某地,999999\n", 2, "parent", "999999", "unknown_reference"),
        ("Resource", "id,name,share_type\nX,表,也许\n", 2, "share_type", "也许", "bad_value"),
        ("Resource", "id,name,provider\nX,表,没有的局\n", 2, "provider", "没有的局", "unknown_reference"),
        ("Theme", "id,name,position\nX,题,一\n", 2, "position", "一", "bad_value"),
        ("Theme", "id,name,position\nX,题,99999999999999999999\n", 2, "position", "9" * 20, "bad_value"),
        ("Claim", "id,name,value\nX,数,nan\n", 2, "value", "nan", "bad_value"),
        ("Claim", "id,name,value\nX,数,1e999\n", 2, "value", "1e999", "bad_value"),
        ("Claim", "id,name\n,数\n", 2, "id", "", "missing"),
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


def test_good_rows_land_around_the_bad_and_every_reason_is_told(world: Library, csv_file: Write) -> None:
    text = (
        "id,name,issued,status\nX1,甲法,2023-05,有效\nX2,乙法,2023-02-30,\nX3,,2023,\nX4,丁法,,草案\nX5,戊法,,不明确\n"
    )
    report = world.load("Regulation", [csv_file("r.csv", text)])
    assert (report.status, report.read, report.accepted, report.rejected, report.created) == ("partial", 5, 2, 3, 2)
    assert sorted((r.row, r.column, r.value, r.code) for r in report.rejects) == [
        (3, "issued", "2023-02-30", "bad_value"),
        (4, "name", "", "missing"),
        (6, "status", "不明确", "bad_value"),
    ]
    assert {r.file for r in report.rejects} == {report.files[0].path}
    assert "2023-02-30" in report.rejects[0].message
    assert world.show("X1").node.properties == {"issued": "2023-05", "status": "in_force"}
    assert world.show("X4").node.properties == {"status": "draft"}


def test_created_changed_and_unchanged_add_up(world: Library, csv_file: Write) -> None:
    text = "id,name,rank\nR1,共享办法,规章\nR2,开放办法,规章\nR3,安全办法,\nR4,,\n"
    report = world.load("Regulation", [csv_file("r.csv", text)])
    assert (report.created, report.changed, report.unchanged, report.rejected) == (1, 1, 1, 1)
    assert report.accepted == 3
    assert report.read == 4
    assert world.show("R2").node.properties == {"rank": "rule"}


def test_a_value_that_the_source_takes_back_is_gone(world: Library, csv_file: Write) -> None:
    assert world.load("Regulation", [csv_file("r.csv", "id,name,rank\nR1,共享办法,\n")]).changed == 1
    assert world.show("R1").node.properties == {}


def test_an_extra_cell_stays_in_the_rejects_file(world: Library, csv_file: Write, tmp_path: Path) -> None:
    report = world.load("Theme", [csv_file("t.csv", "id,name\nX,题,多,余\n")], rejects=tmp_path / "r.csv")
    assert report.rejected == 1
    kept = (tmp_path / "r.csv").read_text(encoding="utf-8-sig")
    assert "多" in kept
    assert "余" in kept


@pytest.mark.parametrize("rows", ["M,小局,大局\nN,大局,\n", "N,大局,\nM,小局,大局\n"], ids=["before", "after"])
def test_a_parent_may_be_named_in_its_own_file(world: Library, csv_file: Write, rows: str) -> None:
    report = world.load("Agency", [csv_file("a.csv", "id,name,parent\n" + rows)])
    assert (report.created, report.rejects) == (2, [])
    assert [(e.type, e.to) for e in world.show("M").edges] == [("PART_OF", "N")]


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
        (b"id,name\n1,\xff\xff\n", "neither UTF-8 nor GB18030"),
        (b"\xef\xbb\xbfid,name\n1,\xc3\xfb\n", "broken UTF-8"),
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


def test_contradictory_rows_stay_contradictory(library: Library, csv_file: Write, tmp_path: Path) -> None:
    """The same file again: the row that stands is unchanged, the one that contradicts it is refused again."""
    path = csv_file("t.csv", "id,name,position\nT,信用,1\nT,信用,2\n")
    for turn in range(3):
        report = library.load("Theme", [path], rejects=tmp_path / "r.csv")
        assert (report.created, report.unchanged, report.changed) == ((1, 0, 0) if turn == 0 else (0, 1, 0)), turn
        assert [(r.row, r.code) for r in report.rejects] == [(3, "contradictory_duplicate")], turn
        assert library.show("T").node.properties == {"position": 1}


def test_contradictory_edges_stay_contradictory(world: Library, csv_file: Write, tmp_path: Path) -> None:
    path = csv_file("s.csv", "from,to,mode\nS1,S2,物理汇聚\nS1,S2,物理汇聚\nS1,S2,逻辑接入\n")
    for turn in range(3):
        report = world.load("SHARING", [path], rejects=tmp_path / "r.csv")
        assert (report.created, report.unchanged, report.changed) == ((1, 1, 0) if turn == 0 else (0, 2, 0)), turn
        assert [(r.row, r.code) for r in report.rejects] == [(4, "contradictory_duplicate")], turn


def test_the_priority_of_sources_decides_whichever_comes_last(
    library: Library, csv_file: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    mine = csv_file("mine.csv", "id,name,category\nREG016,深圳数据条例,我的分类\n")
    assert library.load("Regulation", [mine], source="mine").created == 1
    library.load("baseline")
    for turn in range(2):
        shown = library.show("REG016")
        assert (shown.node.name, shown.node.properties["category"]) == ("深圳数据条例", "我的分类")
        said = {(s.source, s.value, s.decides) for s in shown.statements if s.property == "name"}
        assert said == {("mine", "深圳数据条例", True), ("baseline", "深圳经济特区数据条例", False)}
        assert library.show("深圳经济特区数据条例").node.id == "REG016"
        if turn == 0:
            again = library.load("baseline")
            assert again.unchanged == again.read


def test_two_sources_on_one_edge_both_stand(world: Library, csv_file: Write) -> None:
    for source, mode in (("one", "物理汇聚"), ("two", "逻辑接入")):
        path = csv_file(f"{source}.csv", f"from,to,since,mode\nS1,S2,2023,{mode}\n")
        assert world.load("SHARING", [path], source=source).created == 1
        assert world.load("SHARING", [path], source=source).unchanged == 1
    edges = [e for e in world.show("S1").edges if e.type == "SHARING"]
    assert {e.source for e in edges} == {"one", "two"}
    assert len({e.id for e in edges}) == 1
    assert len(world.lineage("S1").edges) == 1


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


@pytest.mark.parametrize("id_", ["007", " 7 ", "a|b", "A;B", "ＡＢＣ", "x" * 500, "甲:乙/丙", "'; DROP", "null"])
def test_an_id_is_verbatim(world: Library, csv_file: Write, id_: str) -> None:
    report = world.load("Theme", [csv_file("t.csv", f'id,name\n"{id_}",题\n')])
    assert report.created == 1
    assert [t.id for t in world.find("题", kind="Theme").items] == [id_.strip()]
    row = csv_file("s.csv", f'from,to\nS1,"{id_}"\n')
    assert world.load("ABOUT", [row]).created == 1
    assert world.show("S1").edges[-1].to == id_.strip()


def test_a_name_of_two_kinds_is_settled_by_the_kind(world: Library, csv_file: Write) -> None:
    world.load("Platform", [csv_file("p.csv", "id,name\nP1,数据局\n")])
    plain = world.load("SHARING", [csv_file("s.csv", "from,to\nS1,数据局\n")])
    assert [(r.column, r.code) for r in plain.rejects] == [("to", "ambiguous_reference")]
    assert "A1" in plain.rejects[0].message
    assert "P1" in plain.rejects[0].message
    assert "to_kind" in plain.rejects[0].message
    settled = world.load("SHARING", [csv_file("s.csv", "from,to,to_kind\nS1,数据局,Platform\n")])
    assert settled.created == 1
    assert {e.to for e in world.show("S1").edges if e.type == "SHARING"} == {"P1"}


def test_a_missing_file_lands_nothing(library: Library, csv_file: Write, tmp_path: Path) -> None:
    good = csv_file("good.csv", "id,name\nok,好\n")
    with pytest.raises(LoadError, match="there is no file"):
        library.load("Theme", [good, tmp_path / "none.csv"])
    with pytest.raises(LoadError, match="is a folder"):
        library.load("Theme", [good, tmp_path])
    assert library.stats().nodes["Theme"] == 0


@pytest.mark.parametrize("source", ["baseline", "dates"])
def test_nobody_speaks_for_a_built_in_source(library: Library, csv_file: Write, source: str) -> None:
    with pytest.raises(UsageError, match=source):
        library.load("Theme", [csv_file("t.csv", "id,name\nA,甲\n")], source=source)


@pytest.mark.parametrize("ending", ["\r\n", "\n", "\r"])
def test_line_ends_and_byte_order_marks(library: Library, tmp_path: Path, ending: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("\ufeffid,name\nA,甲\n\nB,\n".replace("\n", ending).encode())
    report = library.load("Theme", [path], rejects=tmp_path / "r.csv")
    assert (report.created, [(r.row, r.column) for r in report.rejects]) == (1, [(4, "name")])


@pytest.mark.parametrize("kind", [*NODES, *EDGES])
def test_every_template_is_a_header_that_loads(library: Library, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(tabular.template(kind), encoding="utf-8")
    assert library.load(kind, [path]).read == 0


@given(text=st.text(max_size=200), header=st.sampled_from(["id,name\n", "id,name,issued,rank,jurisdiction\n", ""]))
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_text_is_loaded_or_refused(text: str, header: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("any")
    path = folder / "any.csv"
    path.write_text(header + text, encoding="utf-8", errors="surrogatepass", newline="")
    with graphs.open(":memory:") as graph:
        library = Library(graph)
        try:
            report = library.load("Regulation", [path], rejects=folder / "rejects.csv")
        except GovgraphError:
            return
        assert report.read == report.accepted + report.rejected
        assert report.accepted == report.created + report.changed + report.unchanged
        assert library.stats().nodes["Regulation"] == report.created


CELLS = st.sampled_from(
    [
        "",
        "A",
        "B",
        "R",
        "甲",
        "P",
        "共享",
        "公开",
        "2023",
        "2023-02-30",
        "\x00",
        "x" * 300,
        "9" * 30,
        "nan",
        "草案",
        '"',
    ]
)


@given(
    kind=st.sampled_from(["Jurisdiction", "Agency", "Regulation", "Theme", "Claim", "GOVERNS", "SHARING", "AMENDS"]),
    rows=st.lists(st.lists(CELLS, max_size=16), max_size=6),
)
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_cells_under_a_template_are_loaded_or_refused(
    kind: str, rows: list[list[str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("cells")
    path = folder / "any.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        stream.write(tabular.template(kind))
        csv.writer(stream).writerows(rows)
    with graphs.open(":memory:") as graph:
        library = Library(graph)
        for each, text in (("Jurisdiction", "id,name\nP,甲\n"), ("Regulation", "id,name\nR,甲\n")):
            (folder / f"{each}.csv").write_text(text, encoding="utf-8")
            library.load(each, [folder / f"{each}.csv"])
        report = library.load(kind, [path], source="any", rejects=folder / "rejects.csv")
        assert report.read == sum(any(cell.strip() for cell in row) for row in rows)
        assert report.read == report.accepted + report.rejected
        assert report.accepted == report.created + report.changed + report.unchanged
        again = library.load(kind, [path], source="any", rejects=folder / "again.csv")
        assert again.read == report.read
        if not report.rejected:
            assert (again.created, again.changed, again.unchanged) == (0, 0, report.accepted)
        library.stats()
