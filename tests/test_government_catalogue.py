"""Catalogues as bureaus fill them in, and every kind from every format: what lands, whose word it is, how it is mended."""

from __future__ import annotations

import csv
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import python_calamine
import uvicorn

from govgraph import codes
from govgraph import graph as graphs
from govgraph.api.app import create_app
from govgraph.errors import LoadError, UsageError
from govgraph.graph import Graph
from govgraph.library import Library
from govgraph.loaders import catalogue, mapping, rejects, sheets, templates
from govgraph.loaders.rows import Row
from govgraph.loaders.tabular import Tables
from govgraph.model import EDGES, NODES
from govgraph.settings import serving
from tests.conftest import Cli
from tests.corpus import HEAD, ROW, jsonl, ods, parquet, row, text, workbook, xls

SAMPLE = Path(__file__).parent.parent / "examples" / "catalogue"
THEMES = "id,name\nT1,公共安全\nT2,教育文化\n"


@pytest.fixture
def world(library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Library:
    """What the sample and the corpus name."""
    monkeypatch.chdir(tmp_path)
    for kind, told in {
        "Jurisdiction": "id,name,level\n520000,贵州省,省级\n",
        "Theme": THEMES,
        "Regulation": "id,name,doc_number\nREG002,政务信息资源共享管理暂行办法,国发〔2016〕51号\n",
        "Agency": "id,name\nA1,数据局\nA2,公安局\n",
    }.items():
        (tmp_path / f"{kind}.csv").write_text(told, encoding="utf-8")
        assert library.load(kind, [f"{kind}.csv"]).rejected == 0
    return library


def properties(library: Library, id_: str) -> dict[str, Any]:
    """What is stated of a node."""
    return library.show(id_).node.properties


def edges(library: Library, id_: str) -> set[tuple[str, str, str]]:
    """Its edges: type, from, to."""
    return {(e.type, e.from_, e.to) for e in library.show(id_).edges}


# --- the sample -------------------------------------------------------------------------------------------------------


def test_the_sample_says_the_same_as_spreadsheet_and_as_text(world: Library) -> None:
    assert world.load("Agency", [SAMPLE / "agencies.csv"]).created == 3
    first = world.load("catalogue", [SAMPLE / "catalogue.xlsx"])
    assert (first.status, first.created, first.rejects, first.source) == ("done", 19, [], "catalogue")
    again = world.load("catalogue", [SAMPLE / "catalogue.csv"])
    assert (again.status, again.unchanged) == ("done", 19)
    assert {w.message.rpartition("/")[2] for w in first.warnings} == {
        "catalogue.xlsx, sheet '目录': not read: 备注",
        "catalogue.xlsx, sheet '目录', row 15 was left out, a note: 填表说明：本目录为样例，不描述任何真实数据",
        "catalogue.xlsx, sheet '填报人员' was left out: it has no header of a catalogue",
    }
    id_ = "resource:307052/000001"
    found = properties(world, id_)
    assert found == found | {
        "code": "307052/000001",
        "resource_class": "departmental",
        "classification": ["省级及以下", "贵州省", "公安"],
        "provider_unit": "治安管理总队",
        "format_class": "数据库",
        "share_type": "conditional",
        "share_condition": "凭业务需求申请，用于身份核验",
        "open_type": "not_open",
        "update_cycle": "daily",
        "issued": "2022-03-01",
    }
    assert properties(world, "resource:307052/000003")["issued"] == "2022-09-01"
    assert {t for t in edges(world, id_) if t[0] == "RELATED_TO" and t[1] == id_} == {
        ("RELATED_TO", id_, "resource:307052/000002"),
        ("RELATED_TO", id_, "resource:307052/000003"),
    }
    # The item's own word where it differs, none where it doesn't.
    withheld = "item:resource:307052/000001:户籍地址"
    assert properties(world, withheld) == properties(world, withheld) | {
        "share_type": "not_shared",
        "withheld_basis": "《政务信息资源共享管理暂行办法》第九条",
    }
    assert ("BASED_ON", withheld, "REG002") in edges(world, withheld)
    name = properties(world, "item:resource:307052/000001:公民身份号码")
    assert (name["length"], name["data_type"]) == (18, "字符型")
    assert "share_type" not in name
    assert ("ABOUT", "resource:307052/000002", "T1") in edges(world, "resource:307052/000002")
    (provider,) = (to for type_, _, to in edges(world, id_) if type_ == "PROVIDED_BY")
    assert (
        properties(world, provider)["credit_code"] == "11520000DEM000014Q" or properties(world, provider)["credit_code"]
    )


def test_the_sample_is_what_its_script_writes(tmp_path: Path) -> None:
    from examples.catalogue import make

    make.text(tmp_path / "c.csv")
    make.agencies(tmp_path / "a.csv")
    assert (tmp_path / "c.csv").read_bytes() == (SAMPLE / "catalogue.csv").read_bytes()
    assert (tmp_path / "a.csv").read_bytes() == (SAMPLE / "agencies.csv").read_bytes()
    make.xlsx(tmp_path / "c.xlsx")
    both = [python_calamine.load_workbook(p) for p in (tmp_path / "c.xlsx", SAMPLE / "catalogue.xlsx")]
    assert both[0].get_sheet_by_name("目录").to_python() == both[1].get_sheet_by_name("目录").to_python()


# --- refused, corrected, loaded ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["xlsx", "xls", "ods", "csv", "jsonl", "parquet"])
def test_refused_rows_load_once_they_are_corrected(world: Library, tmp_path: Path, ending: str) -> None:
    rows = [HEAD, ROW, row(信息项名称="=1+1", 共享类型="公开"), row(信息项名称="性别", 共享类型="不予共享")]
    rows += [row(信息资源名称="缴费", 信息资源代码="307026/000002", 信息资源提供方="没有局")]
    path = tmp_path / f"c.{ending}"
    makers = {"xlsx": workbook, "xls": xls, "ods": ods, "csv": text, "parquet": parquet}
    if ending == "jsonl":
        jsonl(path, [dict(zip(HEAD, cells, strict=True)) for cells in rows[1:]])
    else:
        makers[ending](path, rows)
    report = world.load("catalogue", [path])
    assert (report.accepted, report.rejected) == (3, 3)
    wanted = "xlsx" if ending in ("xlsx", "xls", "ods") else ending
    assert report.rejects_file == f"catalogue.rejects.{wanted}"
    found = sorted(read(Path(report.rejects_file)), key=lambda r: int(r["reject_row"]))
    assert [(r["信息资源名称"], r["信息项名称"]) for r in found] == [("参保登记", "=1+1"), ("缴费", "姓名")]
    assert [r["reject_code"] for r in found] == ["bad_value", "unknown_reference"]
    assert all(r["信息资源代码"] and r["reject_message"] for r in found)
    # Correct it as a person would, in the same file.
    for record in found:
        if record["信息项名称"] == "=1+1":
            record["信息项共享类型"] = "无条件共享"
        record["信息资源提供方"] = "数据局"
    write(Path(report.rejects_file), found)
    mended = world.load("catalogue", [report.rejects_file], rejects="again")
    assert (mended.status, mended.rejects, mended.changed) == ("done", [], 0)
    assert mended.created == 3
    assert properties(world, "item:resource:307026/000001:=1+1")["share_type"] == "unconditional"


def read(path: Path) -> list[dict[str, str]]:
    """The records of a rejects file."""
    (grid,) = sheets.open_book(path).grids
    rows = [[str(c) for c in cells] for _, cells in grid.rows()]
    head = grid.header or rows.pop(0)
    head = [h.removeprefix("\ufeff") for h in head]
    armed = path.suffix == ".csv"
    return [{h: rejects.armed(c) if armed else c for h, c in zip(head, cells, strict=True)} for cells in rows]


def write(path: Path, records: list[dict[str, str]]) -> None:
    """Write corrected records in the file's format."""
    head = list(records[0])
    cells = [[r.get(h, "") for h in head] for r in records]
    if path.suffix == ".xlsx":
        workbook(path, [head, *cells])
    elif path.suffix == ".jsonl":
        jsonl(path, [{k: v for k, v in r.items() if v} for r in records])
    elif path.suffix == ".parquet":
        parquet(path, [head, *cells])
    else:
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([head, *[[rejects.disarmed(c) for c in line] for line in cells]])


@pytest.mark.parametrize("cell", ["=1+1", "+8613800000000", "-5", "@x", "'=1", "''x", "普通", "'", "\tx", ""])
def test_no_cell_of_a_rejects_file_is_a_formula_and_none_is_changed(cell: str) -> None:
    told = rejects.disarmed(cell)
    assert not told.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert rejects.armed(told) == cell


# --- resources and their items ----------------------------------------------------------------------------------------


def rows_of(tmp_path: Path, cells: list[list[object]], *names: str) -> list[Row]:
    """What the loader makes of a CSV file."""
    path = tmp_path / "c.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(cells)
    return list(catalogue.Catalogue([path], mapping.names(names, catalogue.BY_NAME)).rows())


@pytest.mark.parametrize("style", ["blank", "repeated", "name only"])
def test_a_resource_goes_over_several_rows(tmp_path: Path, style: str) -> None:
    rest = {"blank": ["", "", ""], "repeated": ROW[:3], "name only": [ROW[0], "", ""]}[style]
    found = rows_of(tmp_path, [HEAD, ROW, [*rest, "性别", "C", "", "", ""], [*rest, "民族", "C", "不予共享", "", ""]])
    assert [r.kind for r in found] == ["Resource", "Item", "Item", "Item"]
    assert [r.values.get("share_type") for r in found] == ["conditional", None, None, "not_shared"]


def test_one_name_of_two_bureaus_is_two_resources(tmp_path: Path) -> None:
    head = ["资源名称", "提供方", "信息项名称"]
    found = rows_of(tmp_path, [head, ["企业信息", "甲局", "名称"], ["企业信息", "乙局", "名称"]])
    assert [r.values["id"] for r in found if r.kind == "Resource"] == [
        "resource:甲局:企业信息",
        "resource:乙局:企业信息",
    ]


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("数源单位", "provider"), ("来源部门", "provider"), ("提供方", "provider"), ("＊信息资源提供方（必填）", "provider"),
        ("信息资源\n提供方", "provider"), ("7.信息资源提供方：", "provider"), ("部门统一社会信用编码", "provider_code"),
        ("共享条件/不予共享依据", "share_basis"), ("更新频率", "update_cycle"), ("资源编码", "code"), ("belong_dept_name", "provider"),
        ("字段名称", "item_name"), ("是否开放", "is_open"), ("提供方内部部门/下设机构", "provider_unit"),
    ],
)  # fmt: skip
def test_headers_as_real_systems_write_them(header: str, field: str) -> None:
    assert next(catalogue.KNOWN[form] for form in mapping.forms(header) if form in catalogue.KNOWN) == field


def test_every_column_of_the_guide_is_known() -> None:
    table = (Path(__file__).parent / "guide_columns.txt").read_text(encoding="utf-8").split()
    for header in table:
        assert any(form in catalogue.KNOWN for form in mapping.forms(header)), header


@pytest.mark.parametrize(
    ("column", "cell", "field", "value"),
    [
        ("共享类型", "1", "share_type", "unconditional"), ("共享类型", "2-有条件共享", "share_type", "conditional"),
        ("共享类型", "不予共享（3）", "share_type", "not_shared"), ("开放类型", "1 有条件开放", "open_type", "conditional"),
        ("更新周期", "每季", "update_cycle", "quarterly"), ("是否向社会开放", "否", "open_type", "not_open"),
        ("是否向社会开放", "是", "open_type", "unconditional"), ("信息资源分类·类", "3", "resource_class", "departmental"),
        ("发布日期", "44927", "issued", "2023-01-01"), ("发布日期", "2023年5月", "issued", "2023年5月"),
        ("发布日期", "２０２３．５．１", "issued", "2023.5.1"), ("共享条件", "无", "share_condition", None),
        ("信息资源代码", "３０７０２６／１；307026/2", "code", "307026/1"),
    ],
)  # fmt: skip
def test_values(tmp_path: Path, column: str, cell: str, field: str, value: str | None) -> None:
    (found,) = rows_of(
        tmp_path, [["信息资源名称", "信息资源提供方", "备注", "信息资源摘要", column], ["甲", "局", "", "x", cell]]
    )
    assert found.refused is None
    assert found.values.get(field) == value


@pytest.mark.parametrize(
    ("column", "cell"), [("开放类型", "1"), ("更新周期", "001"), ("是否向社会开放", "也许"), ("涉密性", "2")]
)
def test_numbers_on_which_systems_disagree_are_asked_back(tmp_path: Path, column: str, cell: str) -> None:
    (found,) = rows_of(tmp_path, [["信息资源名称", "信息资源提供方", "信息资源摘要", column], ["甲", "局", "x", cell]])
    assert found.refused
    assert column in (found.refused.column or "")


def test_the_condition_of_opening_makes_it_conditional(tmp_path: Path) -> None:
    head = ["信息资源名称", "信息资源提供方", "是否向社会开放", "开放条件"]
    found = rows_of(tmp_path, [head, ["甲", "局", "是", "依申请"], ["乙", "局", "是", "无条件"]])
    assert [r.values["open_type"] for r in found] == ["conditional", "unconditional"]


def test_a_document_is_cited_by_title_or_number(world: Library, tmp_path: Path) -> None:
    head = [*HEAD, "不予共享依据"]
    one = [*row(共享类型="不予共享"), "国发[2016]51号第九条"]
    two = [*row(共享类型="不予共享", 信息资源代码="307026/000002", 信息资源名称="缴费"), "《没有的办法》"]
    text(tmp_path / "c.csv", [head, one, two])
    report = world.load("catalogue", ["c.csv"])
    assert ("BASED_ON", "resource:307026/000001", "REG002") in edges(world, "resource:307026/000001")
    # The resource lands, the reference doesn't, and both are said.
    assert [(r.row, r.column, r.value, r.code) for r in report.rejects] == [
        (3, "不予共享依据 (I)", "没有的办法", "unknown_reference")
    ]
    assert properties(world, "resource:307026/000002")["withheld_basis"] == "《没有的办法》"


def test_a_provider_is_found_by_its_code_before_its_name(world: Library, tmp_path: Path) -> None:
    code = codes.make_credit_code("1", "2", "520000", "DEM00077")
    (tmp_path / "a.csv").write_text(f"id,name,credit_code\nA3,教育局,{code.lower()}\nA4,教育局,\n", encoding="utf-8")
    assert world.load("Agency", ["a.csv"]).rejected == 0
    text(tmp_path / "c.csv", [[*HEAD, "提供方代码"], [*row(信息资源提供方="教育局"), code]])
    assert world.load("catalogue", ["c.csv"]).rejected == 0
    assert ("PROVIDED_BY", "resource:307026/000001", "A3") in edges(world, "resource:307026/000001")


def test_items_of_many_resources_come_in_chunks_and_references_at_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue, "CHUNK", 4)
    cells = [[*HEAD, "关联资源代码"]]
    for n in range(1, 7):
        for item in "甲乙":
            cells.append(
                [*row(信息资源名称=f"资源{n}", 信息资源代码=f"307026/{n}", 信息项名称=item), f"307026/{n % 6 + 1}"]
            )  # type: ignore[list-item]
    kinds = [r.kind for r in rows_of(tmp_path, cells)]  # type: ignore[arg-type]
    assert kinds == [*(["Resource"] * 2 + ["Item"] * 4) * 3, *["RELATED_TO"] * 6]


# --- mappings ---------------------------------------------------------------------------------------------------------


def test_a_mapping_settles_a_header_a_word_and_what_all_rows_state(world: Library, tmp_path: Path, cli: Cli) -> None:
    head = ["数据条目", "信息资源提供方", "摘要", "密码", "开放类型"]
    text(tmp_path / "c.csv", [head, ["甲", "数据局", "x", "p", "1"]])
    with pytest.raises(LoadError, match=r"column A '数据条目'.*column D '密码'"):
        world.load("catalogue", ["c.csv"])
    (tmp_path / "m.toml").write_text(
        '[columns]\n"数据条目" = "name"\n[values.open_type]\n"1" = "有条件开放"\n[constants]\njurisdiction = "520000"\n',
        encoding="utf-8",
    )
    report = world.load("catalogue", ["c.csv"], names=["m.toml", "密码=-"])
    assert (report.created, report.rejects) == (1, [])
    assert properties(world, "resource:数据局:甲")["open_type"] == "conditional"
    assert ("LOCATED_IN", "resource:数据局:甲", "520000") in edges(world, "resource:数据局:甲")


@pytest.mark.parametrize(
    ("names", "why"),
    [
        (["数据条目=titel"], "there is no field 'titel'; nearest: "),
        (["none.toml"], "name a file of TOML"),
        (["bad.toml"], "is no TOML"),
        (["part.toml"], r"\[fields\] is no part"),
        (["lines.toml"], 'has lines "word" = "word"'),
    ],
)
def test_a_mapping_that_cant_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: list[str], why: str) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bad.toml").write_text("[", encoding="utf-8")
    Path("part.toml").write_text("[fields]\na = 'b'\n", encoding="utf-8")
    Path("lines.toml").write_text("[columns]\na = 1\n", encoding="utf-8")
    with pytest.raises(UsageError, match=why):
        mapping.names(names, catalogue.BY_NAME)


def test_a_mapping_for_any_kind(world: Library, tmp_path: Path, cli: Cli) -> None:
    text(tmp_path / "t.csv", [["领域编号", "领域名", "x"], ["T9", "气象", "1"]])
    with pytest.raises(LoadError, match=r"line 1, column 1 \(A\): Theme has no column '领域编号'.*--map"):
        world.load("Theme", ["t.csv"])
    assert world.load("Theme", ["t.csv"], names=["领域编号=id", "领域名=name", "x=-"]).created == 1


# --- every kind, every format -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["xlsx", "xls", "ods", "csv", "jsonl", "parquet"])
def test_a_kind_from_every_format(world: Library, tmp_path: Path, ending: str) -> None:
    head, cells = ["标识", "名称", "发布日期", "试行"], ["R9", "办法", "45047", "是"]
    path = tmp_path / f"r.{ending}"
    makers = {"xlsx": workbook, "xls": xls, "ods": ods, "csv": text, "parquet": parquet}
    if ending == "jsonl":
        jsonl(path, [{"id": "R9", "name": "办法", "issued": 45047, "trial": True, "aliases": ["甲", "乙|丙"]}])
    else:
        makers[ending](path, [head, cells])
    assert world.load("Regulation", [path]).created == 1
    found = properties(world, "R9")
    assert (found["issued"], found["trial"]) == ("2023-05-01", True)
    if ending == "jsonl":
        assert {"甲", "乙|丙"} <= set(world.show("R9").node.aliases)


def test_merged_cells_hold_for_each_of_their_rows(world: Library, tmp_path: Path) -> None:
    def merge(book: Any, sheet: Any) -> None:
        sheet.merge_range(1, 1, 3, 1, "A1")

    path = tmp_path / "r.xlsx"
    workbook(path, [["名称", "提供方"], ["甲"], ["乙"], ["丙"], ["丁", "A2"]], then=merge)
    assert world.load("Resource", [path]).created == 4
    found = [next(to for t, _, to in edges(world, f"resource:{n}") if t == "PROVIDED_BY") for n in "甲乙丙丁"]
    assert found == ["A1", "A1", "A1", "A2"]


@pytest.mark.parametrize("kind", [*NODES, *EDGES])
def test_a_template_loads_back(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "t.xlsx"
    templates.write(kind, path)
    found = Tables(kind, [path])
    assert (list(found.rows()), found.notes) == ([], [])


def test_the_template_of_the_catalogue(cli: Cli) -> None:
    assert cli("template", "catalogue", "-o", "t.xlsx").exit_code == 0
    report = json.loads(cli("--graph", "g.lbug", "load", "catalogue", "t.xlsx", "--json").stdout)
    assert (report["status"], report["read"], report["warnings"]) == ("done", 0, [])
    assert "is there already" in cli("template", "catalogue", "-o", "t.xlsx").stderr
    assert "a template is an .xlsx" in cli("template", "Theme", "-o", "t.csv").stderr
    head = cli("template", "catalogue").stdout.strip().split(",")
    assert head == [f.label for f in catalogue.FIELDS]


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("91110108551385082Q", None), ("914403001922038216", None), ("９１４４０３００７０８４６１１３６ｔ", None),
        ("91110108551385082", "has 17 characters"), ("91110108551385082O", "stands in no code"),
        ("B1110108551385082Q", "no registering department"), ("91A10108551385082Q", "six digits"),
        ("91110108551385092Q", r"character 17 should be"), ("91110109551385082Q", "the last character should be"),
        ("1.15200E+17", "has lost digits"),
    ],
)  # fmt: skip
def test_credit_codes(code: str, why: str | None) -> None:
    if why is None:
        assert len(codes.credit_code(code)) == 18
        return
    with pytest.raises(ValueError, match=why):
        codes.credit_code(code)


@pytest.mark.parametrize("department", "AN9Y")
def test_departments_of_credit_codes(department: str) -> None:
    code = codes.make_credit_code(department, "1", "110000", "0000000X")
    assert codes.credit_code(code) == code


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("307026/000001", None), ("３０７０２６１２／１", None), ("307026", "has no 顺序码"), ("407026/1", "first digit"),
        ("30702/1", "not built"), ("300026/1", "digits 2 and 3"), ("307026/A1", "not built"),
    ],
)  # fmt: skip
def test_resource_codes(code: str, why: str | None) -> None:
    if why is None:
        assert codes.resource_code(code).isascii()
        return
    with pytest.raises(ValueError, match=why):
        codes.resource_code(code)


# --- over HTTP --------------------------------------------------------------------------------------------------------


@pytest.fixture
def client(world: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[httpx.Client]:
    monkeypatch.setenv("GOVGRAPH_LOADS", str(tmp_path / "loads"))
    monkeypatch.setenv("GOVGRAPH_KEYS", str(tmp_path / "keys.json"))
    monkeypatch.setenv("GOVGRAPH_AUDIT", str(tmp_path / "audit.jsonl"))
    monkeypatch.setenv("GOVGRAPH_OPEN", "1")
    server = uvicorn.Server(
        uvicorn.Config(create_app(serving(":memory:"), world.graph), port=0, log_config=None, ws="none")
    )
    running = threading.Thread(target=server.run)
    running.start()
    while not server.started:
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as found:
        yield found
    server.should_exit = True
    running.join()


def sent(client: httpx.Client, path: Path, **query: Any) -> dict[str, Any]:
    """Send a file, and wait for its end."""
    answer = client.post("/v1/loads", params=query, files={"file": (path.name, path.read_bytes())})
    assert answer.status_code == 202, answer.text
    with client.stream("GET", f"{answer.headers['Location']}/events") as events:
        last = [line for line in events.iter_lines() if line.startswith("data:")][-1]
    found: dict[str, Any] = json.loads(last.removeprefix("data: "))
    return found


def test_a_catalogue_over_http(client: httpx.Client, tmp_path: Path) -> None:
    path = tmp_path / "目录.xlsx"
    workbook(path, [["条目", *HEAD[1:]], ROW, row(信息项名称="性别", 共享类型="公开")])
    assert sent(client, path, what="catalogue")["error"]["code"] == "bad_input"
    found = sent(client, path, what="catalogue", map=["条目=name"])
    assert (found["status"], found["report"]["accepted"], found["report"]["rejected"]) == ("partial", 2, 1)
    answer = client.get(f"/v1/loads/{found['id']}/rejects")
    assert answer.headers["content-type"].endswith("spreadsheetml.sheet")
    (tmp_path / "r.xlsx").write_bytes(answer.content)
    assert read(tmp_path / "r.xlsx")[0]["信息项名称"] == "性别"
    assert client.post("/v1/loads", params={"what": "catalogue", "kind": "Theme"}).status_code == 422
    assert client.post("/v1/loads", params={"what": "catalogue", "map": "a=b"}).status_code == 422
    assert client.post("/v1/loads", params={"what": "catalogue", "map": "/etc/passwd"}).status_code == 422


def test_a_body_is_what_its_content_says(client: httpx.Client, tmp_path: Path, graph: Graph) -> None:
    path = tmp_path / "themes.xlsx"
    workbook(path, [["标识", "名称"], ["T7", "气象"]])
    answer = client.post("/v1/loads", params={"kind": "Theme", "name": "t"}, content=path.read_bytes())
    with client.stream("GET", f"{answer.headers['Location']}/events") as events:
        last = [line for line in events.iter_lines() if line.startswith("data:")][-1]
    assert json.loads(last.removeprefix("data: "))["report"]["created"] == 1


def test_a_graph_of_one_run_knows_its_file(tmp_path: Path) -> None:
    text(tmp_path / "c.csv", [HEAD, ROW])
    with graphs.open(":memory:") as graph:
        (tmp_path / "a.csv").write_text("id,name\nA1,数据局\n", encoding="utf-8")
        library = Library(graph)
        library.load("Agency", [tmp_path / "a.csv"])
        library.load("catalogue", [tmp_path / "c.csv"])
        assert [r.files[0].path for r in library.runs().items] == [str(tmp_path / n) for n in ("a.csv", "c.csv")]
