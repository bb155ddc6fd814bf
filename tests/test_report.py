"""report: what it gathers is what the questions answer; each file opens again and holds nothing that runs."""

from __future__ import annotations

import io
import re
from datetime import date, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, get_args
from xml.etree import ElementTree as ET

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from govgraph import answers, words
from govgraph import graph as graphs
from govgraph.errors import AmbiguousError, NotFoundError, UsageError
from govgraph.library import Library
from govgraph.model import STAGES
from govgraph.report import FORMATS, pictures, render
from govgraph.report.markdown import escape
from govgraph.views import limited
from govgraph.words import Lang
from tests.conftest import Cli

DAY = date(2024, 3, 21)
LANGS: tuple[Lang, ...] = get_args(Lang)
EVIL = "<b>=1+1</b>\"'&amp;|`*[x](javascript:x)<script>alert(1)</script>\n{{ 7*7 }}"
SAMPLE = Path(__file__).parent.parent / "examples" / "sample"


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.open: list[str] = []
        self.styles: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        (self.styles if self.open[-1:] == ["style"] else self.text).append(data)


ALLOWED = {
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "header",
    "section",
    "article",
    "figure",
    "figcaption",
    "div",
    "span",
    "p",
    "b",
    "small",
    "h1",
    "h2",
    "h3",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "svg",
    "defs",
    "pattern",
    "marker",
    "rect",
    "line",
    "path",
    "text",
}


def harmless(text: str) -> Page:
    """The page, once nothing in it runs or leads outside."""
    page = Page(text)
    assert {tag for tag, _ in page.tags} <= ALLOWED
    for tag, attributes in page.tags:
        for name, value in attributes.items():
            assert not name.startswith("on"), (tag, name)
            assert name not in ("src", "href", "xlink:href", "style", "srcdoc", "action", "http-equiv"), (tag, name)
            if "url(" in (value or "") and name in ("fill", "marker-end", "stroke"):
                assert value
                assert value.startswith("url(#")
    style = "".join(page.styles)
    assert "url(" not in style
    assert "@import" not in style
    assert not re.search(r"(?:https?:)?//", style)
    return page


# --- what it gathers ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", [None, "贵州", "520100", "660000"])
def test_it_says_what_the_questions_answer(dated: Library, place: str | None) -> None:
    report = dated.report(place, as_of=DAY)
    at = report.jurisdiction.id
    for told, stage in zip(report.profile, STAGES, strict=True):
        assert told == dated.explain(at, stage.value, as_of=DAY)
    own = dated.coverage(jurisdiction=at, as_of=DAY).cells
    assert report.cells[:8] == own
    if place is None:
        assert report.cells[8:] == [
            *dated.coverage(as_of=DAY).cells,
            *dated.coverage(level="xpcc", as_of=DAY).cells,
        ]
    else:
        assert {c.level for c in report.cells[8:]} <= {"city", "county"}
    counted: dict[str, int] = {}
    for cell in report.cells[8:] or own:
        counted[cell.rule.verdict] = counted.get(cell.rule.verdict, 0) + 1
    assert {v: n for v, n in report.summary.rule.items() if n} == counted
    gaps = dated.gaps(jurisdiction=at, as_of=DAY, limit=10_000)
    assert report.gaps == gaps.total == sum(report.gaps_by_severity.values()) == sum(report.gaps_by_kind.values())
    for topic in report.topics:
        those = [g for g in gaps.items if (g.kind, g.stage, g.severity) == (topic.kind, topic.stage, topic.severity)]
        assert topic.gaps == len(those) == len(topic.places)
        assert topic.score == pytest.approx(sum(g.score for g in those), abs=0.06)
        assert topic.reason == those[0].reason
    assert [t.score for t in report.topics] == sorted((t.score for t in report.topics), reverse=True)
    assert report.claims == dated.stats().claims


def test_documents_stand_once_with_their_state(dated: Library) -> None:
    report = dated.report("贵州", as_of=DAY)
    ids = [d.id for d in report.documents]
    assert len(ids) == len(set(ids))
    considered = {c.regulation.id: c for told in report.profile for c in told.considered}
    near = {d.id: d for d in report.documents if d.side != "below"}
    assert set(considered) <= set(near)
    for id_, told in considered.items():
        assert near[id_].status == told.status
        assert (near[id_].issued, near[id_].effective_from) == (told.issued, told.effective_from)
    applies = {c.regulation.id for t in report.profile for c in t.considered if c.accepted}
    assert {d.id for d in report.documents if d.applies} == applies
    assert {d.jurisdiction.id for d in near.values()} <= {"520000", "000000"}
    # A document that did not exist on that day is no part of it.
    assert "贵州省大数据发展应用促进条例" not in {d.name for d in report.documents if d.issued == "2025-12-03"}
    assert "2025-12-03" in {d.issued for d in dated.report("贵州", as_of=date(2026, 6, 1)).documents}


def test_agencies_are_those_of_the_cells(dated: Library) -> None:
    report = dated.report("贵州", as_of=DAY)
    for told in report.profile:
        accepted = {r.body for r in told.roles if r.accepted}
        assert {a.body for a in report.agencies if a.accepted and told.cell.stage in a.stages} == accepted
    first = [a.accepted for a in report.agencies]
    assert first == sorted(first, reverse=True)


def test_what_cannot_be_reported(dated: Library) -> None:
    with pytest.raises(NotFoundError):
        dated.report("无此地")
    with pytest.raises((AmbiguousError, NotFoundError)):
        dated.report("贵州", asset="无此物")
    with pytest.raises(UsageError, match="lineage starts"):
        dated.report("贵州", asset="520000")
    with pytest.raises(UsageError, match="pdf"):
        render(dated.report("贵州", as_of=DAY), "pdf", "zh")


def test_a_limited_report_tells_of_nothing_else(dated: Library) -> None:
    own = Library(limited(dated.graph, "520000"))
    report = own.report(as_of=DAY)
    assert report.jurisdiction.id == "520000"
    assert report.claims == []
    assert {(c.jurisdiction or "")[:2] for c in report.cells} == {"52"}
    assert report.cells == dated.report("520000", as_of=DAY).cells
    assert {w.code for w in report.warnings} >= {"limited"}
    with pytest.raises(NotFoundError):
        own.report("浙江")


# --- the files ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def reports() -> dict[str, answers.Report]:
    """Reports of the embedded engine, for what is only written."""
    with Library(graphs.open(":memory:")) as library:
        library.load("baseline")
        library.load("dates")
        for file in sorted(SAMPLE.glob("*.csv")):
            assert library.load(file.stem.partition("_")[2], [file], source="sample").rejected == 0
        return {place: library.report(place, as_of=DAY) for place in ("000000", "520000", "520102")}


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("place", ["000000", "520000", "520102"])
def test_the_page_holds_every_cell_and_nothing_that_runs(
    reports: dict[str, answers.Report], place: str, lang: Lang
) -> None:
    report = reports[place]
    page = harmless(render(report, "html", lang).decode())
    found = {
        (a["data-place"], a["data-stage"]): (a["data-rule"], a["data-role"], a["data-record"])
        for tag, a in page.tags
        if tag == "td" and "data-place" in a
    }
    assert found == {
        (c.jurisdiction, c.stage): (c.rule.verdict, c.role.verdict, c.record.verdict) for c in report.cells
    }
    text = " ".join(page.text)
    for document in report.documents:
        assert document.name in text
    for topic in report.topics:
        assert words.pick((topic.remedy.zh, topic.remedy.en), lang) in text
    for cell in report.cells:
        assert cell.name in text
    assert ("report" in text.lower() or "governance" in text.lower()) == (lang == "en")
    assert dict(page.tags)["html"]["lang"] == ("zh-CN" if lang == "zh" else "en")


def test_the_pictures_are_whole(reports: dict[str, answers.Report]) -> None:
    report = reports["520000"]
    assert report.lineage
    drawn = ET.fromstring(pictures.story(report.lineage, "zh"))
    said = "".join(drawn.itertext())
    for node in report.lineage.nodes:
        assert pictures.fold(node.name, 20, 2)[0][:6] in said
    bars = ET.fromstring(pictures.timeline(report.documents, DAY, "zh") or "")
    assert len(list(bars.iter("rect"))) == len([d for d in report.documents if pictures.day_of(d)])
    columns = ET.fromstring(pictures.by_year(report.documents, "zh") or "")
    totals = [
        int(t.text or 0) for t in columns.iter("text") if t.get("font-size") == "10" and t.get("fill") == "#1a2733"
    ]
    assert sum(totals) == len([d for d in report.documents if pictures.day_of(d)])


def cells(sheet: Any) -> list[list[Any]]:
    """Values of a sheet."""
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


@pytest.mark.parametrize("lang", LANGS)
def test_the_workbook_opens_with_heads_filters_and_dates(reports: dict[str, answers.Report], lang: Lang) -> None:
    report = reports["520000"]
    book = openpyxl.load_workbook(io.BytesIO(render(report, "xlsx", lang)))
    assert len(book.sheetnames) == 8
    for sheet in book.worksheets[1:]:
        assert sheet.freeze_panes in ("A2", "B3")
        assert sheet.auto_filter.ref
        assert all(d.width >= 7 for d in sheet.column_dimensions.values())
    matrix, flat = cells(book.worksheets[1])[2:], cells(book.worksheets[2])[1:]
    names = list(dict.fromkeys(c.name for c in report.cells))
    assert [row[0] for row in matrix] == names
    for row, cell in zip(flat, report.cells, strict=True):
        for value, layer in zip(row[3:6], (cell.rule, cell.role, cell.record), strict=True):
            mark, label = words.VERDICTS[layer.verdict][2], words.verdict(layer.verdict, lang)
            assert value == f"{mark} {label}"
        at = matrix[names.index(cell.name)]
        column = 1 + 3 * [s.value for s in STAGES].index(cell.stage)
        assert at[column : column + 3] == row[3:6]
        assert (row[6], row[7]) == (cell.record.done, cell.record.expected)
    documents = cells(book.worksheets[4])[1:]
    for row, document in zip(documents, report.documents, strict=True):
        for value, stated in zip(
            row[5:8], (document.issued, document.effective_from, document.effective_to), strict=True
        ):
            whole = stated and re.fullmatch(r"\d{4}-\d\d-\d\d", stated)
            assert value == (datetime.fromisoformat(stated) if whole and stated else stated)
    assert any(isinstance(row[5], datetime) for row in documents)
    assert book.worksheets[1].conditional_formatting
    assert len(cells(book.worksheets[7])) == 1 + len(report.claims)


@pytest.mark.parametrize("lang", LANGS)
def test_the_text_holds_every_cell(reports: dict[str, answers.Report], lang: Lang) -> None:
    report = reports["520000"]
    text = render(report, "md", lang).decode()
    tables = [block for block in text.split("\n\n") if block.startswith("|")]
    for table in tables:
        widths = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(widths) == 1
    matrix = [line.strip("| ").split(" | ") for line in tables[1].splitlines()[2:]]
    by_name: dict[str, list[str]] = {}
    for cell in report.cells:
        marks = (words.VERDICTS[v][2] for v in (cell.rule.verdict, cell.role.verdict, cell.record.verdict))
        by_name.setdefault(cell.name, []).append(" ".join(marks))
    assert matrix == [[name, *marks] for name, marks in by_name.items()]


def evil(report: answers.Report, name: str) -> answers.Report:
    """The report, once every name in it is the given one."""
    data = report.model_dump(mode="json", by_alias=True)

    def change(value: Any) -> Any:
        if isinstance(value, dict):
            bad = {"name", "body", "duty", "text", "doc_number", "metric", "article", "via", "message"}
            return {k: name if k in bad and isinstance(v, str) else change(v) for k, v in value.items()}
        return [change(v) for v in value] if isinstance(value, list) else value

    return answers.Report.model_validate(change(data))


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize(
    "name", [EVIL, "=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)", "\t=1", "x" * 40_000, "\u202e‮a", "{%raw%}"]
)
def test_a_name_is_only_a_name(reports: dict[str, answers.Report], name: str, lang: Lang) -> None:
    report = evil(reports["520000"], name)
    page = harmless(render(report, "html", lang).decode())
    if len(name) < 1000:
        assert " ".join(name.split()) in " ".join(" ".join(page.text).split())
    book = openpyxl.load_workbook(io.BytesIO(render(report, "xlsx", lang)))
    for sheet in book.worksheets:
        assert not [c for row in sheet.iter_rows() for c in row if c.data_type == "f" or c.hyperlink]
    text = render(report, "md", lang).decode()
    assert "<b>" not in text
    assert "<script" not in text
    assert "](javascript" not in text.replace("\\", "\0")


@given(st.text())
def test_markdown_is_escaped_in_one_line(text: str) -> None:
    line = escape(text)
    assert "\n" not in line
    assert "\r" not in line
    assert not re.search(r"(?<!\\)[|`*_\[\]]", line.replace("\\\\", ""))
    assert "<" not in line


# --- the pictures' layout -----------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("abcdefgh")), max_size=24))
def test_a_layout_goes_down_and_holds_everything(pairs: list[tuple[str, str]]) -> None:
    nodes = list("abcdefgh")
    layout = pictures.layered(nodes, pairs)
    row = {n: i for i, names in enumerate(layout.rows) for n in names}
    assert {n for n in row if "\0" not in n} == set(nodes)
    assert all(row[b] == row[a] + 1 for a, b in layout.links)
    assert set(layout.routes) == {(a, b) for a, b in pairs if a != b}
    for (a, b), route in layout.routes.items():
        assert (route[0], route[-1]) == (a, b)
        assert len({row[n] for n in route}) == len(route)


@pytest.mark.parametrize(
    ("text", "columns", "lines"),
    [("贵州省政府数据", 8, ["贵州省政", "府数据"]), ("one two three", 8, ["one two", "three"]), ("", 5, []), ("x" * 30, 8, ["x" * 8, "x" * 7 + "…"])],
)  # fmt: skip
def test_names_are_folded(text: str, columns: int, lines: list[str]) -> None:
    assert pictures.fold(text, columns, 2) == lines
    assert all(pictures.width(line) <= columns for line in lines)


# --- the command --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", FORMATS)
def test_files(cli: Cli, tmp_path: Path, ending: str) -> None:
    assert cli("load", "baseline").exit_code == 0
    file = tmp_path / f"r.{ending}"
    file.write_text("before")
    done = cli("--lang", "zh", "report", "贵州", "-o", str(file), "--as-of", "2024-03-21")
    assert (done.exit_code, done.stdout) == (0, "")
    assert file.read_bytes()[:2] == {"html": b"<!", "xlsx": b"PK", "md": b"# "}[ending]
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".r")] == []


def test_what_the_command_refuses(cli: Cli, tmp_path: Path) -> None:
    assert cli("load", "baseline").exit_code == 0
    for arguments in (
        ("report",),
        ("report", "-o", "r.pdf"),
        ("report", "-o", "nowhere/r.md"),
        ("report", "无此地", "-o", "r.md"),
    ):
        refused = cli(*arguments)
        assert refused.exit_code == 2, arguments
        assert refused.stderr.startswith("govgraph: ")
    assert not (tmp_path / "r.md").exists()
    told = cli("report", "贵州", "--json", "--as-of", "2024-03-21")
    assert answers.Report.model_validate_json(told.stdout).jurisdiction.name == "贵州省"


# --- over HTTP ----------------------------------------------------------------------------------------------------


def test_a_download(dated: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.test_checking import served

    monkeypatch.setenv("GOVGRAPH_OPEN", "1")
    with served(dated.graph, monkeypatch, tmp_path) as http:
        asked = {"jurisdiction": "520000", "as_of": "2024-03-21", "lang": "en"}
        for format_, media in FORMATS.items():
            found = http.get("/v1/report", params={**asked, "format": format_})
            assert (found.status_code, found.headers["content-type"]) == (200, media)
            assert f'filename="govgraph-report.{format_}"' in found.headers["content-disposition"]
            assert found.content == render(dated.report("520000", as_of=DAY), format_, "en") or format_ == "xlsx"
        data = answers.Report.model_validate(http.get("/v1/report", params=asked).json())
        assert data == dated.report("520000", as_of=DAY)
        # A browser that would take HTML gets what it always got.
        page = http.get("/v1/stats", headers={"Accept": "text/html,*/*;q=0.8"})
        assert page.headers["content-type"] == "application/json"
        assert http.get("/v1/stats", params={"format": "xlsx"}).status_code == 406
