"""What each file of the corpus gets: a message that helps, rows refused one by one, and never a traceback."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from govgraph import graph as graphs
from govgraph.answers import LoadReport
from govgraph.errors import GovgraphError, LoadError
from govgraph.library import Library
from tests.corpus import FILES, HEAD, ROW, workbook, write

SHEET = "目录"
UNREADABLE = {
    "truncated.xlsx": "is damaged, or cut off",
    "corrupt.xlsx": "is damaged",
    "empty.xlsx": "is empty; govgraph template catalogue",
    "empty.csv": "is empty; govgraph template catalogue",
    "blank.csv": "holds no catalogue",
    "no-sheet-content.xlsx": "holds no catalogue",
    "word.xlsx": "without a workbook in it",
    "page.xls": "is a web page or XML under the name of a table",
    "document.csv": "is a PDF",
    "binary.xlsb": "save it as .xlsx",
    "password.xlsx": "protected by a password",
    "password.zip.xlsx": "protected by a password",
    "ole-without-workbook.xls": "without a workbook in it",
    "ole-cut.xls": "is damaged, or cut off",
    "zip-bomb.xlsx": "a zip bomb",
    "far-cell.xlsx": "reaches to XFD1048576",
    "many-cells.ods": "unfolds to 1,000,002 rows and 16,000 columns",
    "merged-over-merged.xlsx": "merged cells lie over one another",
    "entities.ods": "declares a document type",
    "entities.xlsx": "declares a document type",
    "row-of-20-MB.csv": "after line 2: a cell of more than 16 MiB",
    "broken-utf8.csv": r"broken UTF-8 \(byte \d+\)",
    "big5.csv": "neither UTF-8 nor GB18030",
    "open-quote.csv": "after line 2: unexpected end of data",
    "unknown-header.xlsx": r"sheet '目录', row 2: .* column I '信息资源摘耍' \(nearest: 信息资源摘要 \(description\).*--map",
    "header-twice.xlsx": "'数源单位' in columns C and I.*--map",
    "no-name.xlsx": "sheet '目录', row 1: no column is 信息资源名称",
    "not-a-catalogue.xlsx": "row 1 has '姓名'",
    "no-json.jsonl": "line 2: no JSON object",
    "nested.jsonl": "line 1: nested too deeply",
    "object.jsonl": "line 1: '信息资源名称' holds an object",
    "key-twice.jsonl": "line 1: no JSON object: a key stands twice",
    "cut.parquet": "is a damaged Parquet file",
    "bytes.parquet": "holds binary",
}
"""Files of which nothing lands, and why."""
_OF = ("unknown_reference", "信息资源名称 (A)")
"""The item of a refused resource."""
REFUSED: dict[str, list[tuple[int, str, str]]] = {
    "cell-of-10-MB.csv": [(3, "bad_value", "信息项名称 (D)")],
    "nul.csv": [(3, "bad_value", "信息项名称 (D)")],
    "error-cell.xlsx": [(3, "formula_error", "数据类型 (E)")],
    "error-cell.xls": [(3, "formula_error", "数据类型 (E)")],
    "uncomputed-formula.xlsx": [(3, "formula_error", "数据类型 (E)")],
    "row-of-an-error-only.xlsx": [(3, "formula_error", "信息项名称 (D)")],
    "error-in-the-provider.xlsx": [(2, "formula_error", "信息资源提供方 (C)"), (2, *_OF)],
    "impossible-date.xlsx": [(2, "bad_value", "发布日期 (H)"), (2, *_OF)],
    "bare-open-type.csv": [(2, "bad_value", "开放类型 (G)"), (2, *_OF)],
    "unknown-share-type.csv": [(2, "bad_value", "共享类型 (F)"), (2, *_OF)],
    "injection.csv": [(2, "bad_value", "共享类型 (F)"), (2, *_OF)],
    "bad-credit-code.xlsx": [(2, "bad_value", "提供方代码 (I)"), (2, *_OF)],
    "credit-code-as-a-number.xlsx": [(2, "bad_value", "提供方代码 (I)"), (2, *_OF)],
    "bad-resource-code.csv": [(2, "bad_value", "信息资源代码 (B)"), (2, *_OF)],
    "column-too-many.csv": [(3, "unknown_column", "I")],
    "item-without-name.csv": [(3, "missing", "信息项名称 (D)")],
    "no-resource-above.csv": [(2, "missing", "信息资源名称 (A)"), (2, *_OF)],
    "item-twice.csv": [(4, "contradictory_duplicate", "信息项名称 (D)")],
    "code-twice.csv": [(4, "contradictory_duplicate", "信息资源代码 (B)")],
    "contradiction.csv": [(3, "contradictory_duplicate", "信息资源提供方 (C)")],
    "related-to-itself.csv": [(2, "bad_value", "关联资源代码 (I)")],
    "unknown-provider.csv": [(2, "unknown_reference", "信息资源提供方 (C)"), (2, *_OF), (3, *_OF)],
    "classified.csv": [(2, "classified", "涉密性 (I)"), (2, *_OF)],
    "contradicting-openness.csv": [(2, "bad_value", "是否向社会开放 (I)"), (2, *_OF)],
    "surrogate.jsonl": [(1, "bad_value", "信息项名称 (D)")],
}
"""Files of which some rows are refused: row, code, column."""
GOOD = {
    "lying-dimension.xlsx": 2,
    "dimension-too-small.xlsx": 3,
    "blank-rows.xlsx": 2,
    "blank-rows.csv": 3,
    "utf8.csv": 2,
    "utf8-bom.csv": 2,
    "gb18030.csv": 2,
    "utf16.csv": 2,
    "semicolons.csv": 2,
    "header-late.xlsx": 2,
    "header-again.csv": 3,
    "hidden-sheet.xlsx": 2,
    "hidden-rows.xlsx": 3,
    "several-sheets.xlsx": 4,
    "formula.xlsx": 3,
    "serial-date.xlsx": 2,
    "epoch-1904.xlsx": 2,
    "date-cell.xlsx": 2,
    "date-with-time.csv": 2,
    "full-width.csv": 2,
    "invisible.csv": 2,
    "kangxi.csv": 2,
    "emoji.csv": 2,
    "column-too-few.csv": 2,
    "related-cycle.csv": 6,
    "good.jsonl": 2,
    "good.parquet": 2,
    "good.xlsx": 2,
    "good.xls": 2,
    "good.ods": 2,
    "under-another-name.csv": 2,
    "text-under-another-name.xls": 2,
    "macros.xlsm": 2,
}
"""Files that are read whole: rows of the graph."""
SAME_AS_GOOD = (
    *("good.xls", "good.ods", "good.jsonl", "good.parquet", "utf8.csv", "utf8-bom.csv", "utf16.csv", "semicolons.csv"),
    *(
        "header-late.xlsx",
        "serial-date.xlsx",
        "epoch-1904.xlsx",
        "date-cell.xlsx",
        "date-with-time.csv",
        "full-width.csv",
    ),
    *("invisible.csv", "under-another-name.csv", "text-under-another-name.xls", "macros.xlsm", "lying-dimension.xlsx"),
)
"""Files that say the very same."""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """A graph with two agencies; the cases only try their loads."""
    folder = tmp_path_factory.mktemp("corpus")
    agencies = folder / "agencies.csv"
    agencies.write_text("id,name\nA1,数据局\nA2,公安局\n", encoding="utf-8")
    with graphs.open(":memory:") as graph:
        library = Library(graph)
        assert library.load("Agency", [agencies], rejects=folder / "r.csv").rejected == 0
        yield library


def tried(library: Library, path: Path) -> LoadReport:
    """What loading the file would do."""
    return library.load("catalogue", [path], rejects=path.with_name("rejects"), dry_run=True)


def test_every_file_is_held() -> None:
    assert set(FILES) == {*UNREADABLE, *REFUSED, *GOOD}


@pytest.mark.parametrize("name", UNREADABLE)
def test_nothing_lands(prepared: Library, tmp_path: Path, name: str) -> None:
    path = write(name, tmp_path)
    with pytest.raises(LoadError, match=UNREADABLE[name]) as found:
        tried(prepared, path)
    assert str(path) in found.value.message
    assert "Nothing of it was loaded" in found.value.message or "is empty" in found.value.message


@pytest.mark.parametrize("name", REFUSED)
def test_rows_are_refused_with_place_and_reason(prepared: Library, tmp_path: Path, name: str) -> None:
    path = write(name, tmp_path)
    report = tried(prepared, path)
    assert [(r.row, r.code, r.column) for r in report.rejects] == REFUSED[name]
    spreadsheet = path.suffix in (".xlsx", ".xls")
    assert {r.sheet for r in report.rejects} == {SHEET if spreadsheet else None}
    assert all(r.file == str(path) and r.message for r in report.rejects)
    assert report.rejects_file == str(path.with_name("rejects.xlsx" if spreadsheet else f"rejects{path.suffix}"))
    assert report.read == report.accepted + report.rejected
    # The file of refused rows can be read as it is: none of them is better, none is worse.
    again = library_rejects(prepared, Path(report.rejects_file))
    if name not in ("cell-of-10-MB.csv", "nul.csv", "surrogate.jsonl", *LOST):
        assert again.rejected >= 1


LOST = (
    "row-of-an-error-only.xlsx",
    # What was wrong was the cell or its place, which a rejects file doesn't repeat.
    *(
        "error-cell.xlsx",
        "error-cell.xls",
        "uncomputed-formula.xlsx",
        "error-in-the-provider.xlsx",
        "column-too-many.csv",
    ),
    *("item-twice.csv", "code-twice.csv", "contradiction.csv"),
)


def library_rejects(library: Library, path: Path) -> LoadReport:
    """What loading a rejects file would do."""
    return library.load("catalogue", [path], rejects=path.with_name("again"), dry_run=True)


@pytest.mark.parametrize("name", GOOD)
def test_all_of_it_is_read(prepared: Library, tmp_path: Path, name: str) -> None:
    report = tried(prepared, write(name, tmp_path))
    assert (report.status, report.read, report.rejects) == ("done", GOOD[name], [])


def test_the_same_in_every_format(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "agencies.csv").write_text("id,name\nA1,数据局\n", encoding="utf-8")
    with graphs.open(":memory:") as graph:
        library = Library(graph)
        library.load("Agency", ["agencies.csv"])
        assert library.load("catalogue", [write("good.xlsx", tmp_path)]).created == 2
        for name in SAME_AS_GOOD:
            report = library.load("catalogue", [write(name, tmp_path)])
            assert (report.unchanged, report.read) == (2, 2), (name, report)


def test_what_was_left_out_is_said(prepared: Library, tmp_path: Path) -> None:
    told = {
        name: tried(prepared, write(name, tmp_path)).warnings for name in ("hidden-sheet.xlsx", "several-sheets.xlsx")
    }
    assert ["旧目录" in w.message for w in told["hidden-sheet.xlsx"]] == [True]
    assert [w.message.rpartition(", ")[2] for w in told["several-sheets.xlsx"]] == [
        "sheet '说明' was left out: it has no header of a catalogue"
    ]


# --- chance ---------------------------------------------------------------------------------------------------------

CELLS = st.one_of(
    st.sampled_from(
        ["", "参保登记", "307026/000001", "数据局", "姓名", "1", "无", "是", "=1+1", "2023-02-30", "45000", "\0", "　"]
    ),
    st.text(max_size=8),
)
TABLES = st.lists(st.lists(CELLS, max_size=10), max_size=8)
ENDINGS = [".csv", ".xlsx", ".xls", ".ods", ".jsonl", ".parquet"]
HEADS = [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PAR1", b"{", b"\xef\xbb\xbf", b"\xff\xfe", b"<html"]


def survives(library: Library, path: Path) -> None:
    """It is loaded, or refused with a message."""
    try:
        report = tried(library, path)
    except GovgraphError as error:
        refused = error.message
    else:
        refused = ""
        assert report.read == report.accepted + report.rejected
        report.to_json()
    assert not refused or str(path) in refused


def rows_of_any_kind(library: Library, folder: Path, table: list[list[str]]) -> None:
    path = folder / "any.csv"
    with path.open("w", encoding="utf-8", errors="replace", newline="") as stream:
        for cells in (HEAD, *table):
            stream.write(",".join('"' + c.replace('"', '""') + '"' for c in cells) + "\n")
    survives(library, path)


def bytes_of_any_kind(library: Library, folder: Path, head: bytes, body: bytes, ending: str) -> None:
    path = folder / f"any{ending}"
    path.write_bytes(head + body)
    survives(library, path)


_QUICK = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
_LONG = settings(max_examples=1_500, deadline=None, suppress_health_check=list(HealthCheck))


@_QUICK
@given(table=TABLES)
def test_rows_by_chance(prepared: Library, tmp_path: Path, table: list[list[str]]) -> None:
    rows_of_any_kind(prepared, tmp_path, table)


@_QUICK
@given(head=st.sampled_from(HEADS), body=st.binary(max_size=400), ending=st.sampled_from(ENDINGS))
def test_bytes_by_chance(prepared: Library, tmp_path: Path, head: bytes, body: bytes, ending: str) -> None:
    bytes_of_any_kind(prepared, tmp_path, head, body, ending)


@pytest.mark.slow
@_LONG
@given(table=TABLES)
def test_many_rows_by_chance(prepared: Library, tmp_path: Path, table: list[list[str]]) -> None:
    rows_of_any_kind(prepared, tmp_path, table)


@pytest.mark.slow
@_LONG
@given(head=st.sampled_from(HEADS), body=st.binary(max_size=2_000), ending=st.sampled_from(ENDINGS))
def test_many_bytes_by_chance(prepared: Library, tmp_path: Path, head: bytes, body: bytes, ending: str) -> None:
    bytes_of_any_kind(prepared, tmp_path, head, body, ending)


@pytest.mark.parametrize("times", [8, pytest.param(150, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", ["good.xlsx", "good.xls", "good.ods", "good.parquet", "gb18030.csv"])
def test_a_file_with_bytes_changed(prepared: Library, tmp_path: Path, name: str, times: int) -> None:
    whole = write(name, tmp_path).read_bytes()
    chance = random.Random(name)
    for number in range(times):
        content = bytearray(whole)
        for _ in range(chance.randrange(1, 12)):
            content[chance.randrange(len(content))] = chance.randrange(256)
        path = tmp_path / f"{number}{Path(name).suffix}"
        path.write_bytes(content[: chance.randrange(1, len(content))] if number % 3 == 0 else content)
        survives(prepared, path)
        path.unlink()


@pytest.mark.parametrize("times", [8, pytest.param(150, marks=pytest.mark.slow)])
def test_a_sheet_with_bytes_changed(prepared: Library, tmp_path: Path, times: int) -> None:
    """Inside of the zip, where its sums are right."""
    path = tmp_path / "whole.xlsx"
    workbook(path, [HEAD, ROW])
    with zipfile.ZipFile(path) as archive:
        parts = {info.filename: archive.read(info) for info in archive.infolist()}
    chance = random.Random(6)
    for number in range(times):
        changed = {name: bytearray(content) for name, content in parts.items()}
        for _ in range(3):
            part = changed[chance.choice(["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml"])]
            part[chance.randrange(len(part))] = chance.choice(b"<>&\"'/0aZ= ")
        told = tmp_path / f"{number}.xlsx"
        with zipfile.ZipFile(told, "w") as archive:
            for name, content in changed.items():
                archive.writestr(name, bytes(content))
        survives(prepared, told)
        told.unlink()
