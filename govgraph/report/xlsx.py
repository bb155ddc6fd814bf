"""A report as an Excel workbook: frozen heads, filters, real dates and marks; no text is taken for a formula."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import xlsxwriter

from govgraph import answers
from govgraph.model import NODES, Rank
from govgraph.report.pictures import width
from govgraph.report.view import CLAIMS, SIDES, Column, View
from govgraph.terms import PartialDate
from govgraph.words import LAYERS, REASONS, VERDICTS, Lang, pick

_MOST_WIDE, _MOST_TEXT = 60, 32_000
_COLOURS = {
    "dedicated": ("#0B4F8A", "#FFFFFF"), "own": ("#0B4F8A", "#FFFFFF"), "full": ("#0B4F8A", "#FFFFFF"),
    "general": ("#5E97CC", "#FFFFFF"), "designated": ("#5E97CC", "#FFFFFF"), "partial": ("#5E97CC", "#FFFFFF"),
    "inherited": ("#DCE9F5", "#1A2733"), "supervised": ("#DCE9F5", "#1A2733"),
    "none": ("#FBE3D6", "#A8410A"), "expired": ("#FBE3D6", "#A8410A"), "absent": ("#FBE3D6", "#A8410A"),
}  # fmt: skip
"""Fill and ink of a verdict that stands out; the mark says the same without colour."""


def to_xlsx(report: answers.Report, lang: Lang) -> bytes:
    """The report as a workbook."""
    stream = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(stream, options) as book:
        book.set_properties({"title": View(report, lang).title, "comments": f"govgraph {report.graph_version}"})
        _Book(book, report, lang).write()
    return stream.getvalue()


class _Book:
    def __init__(self, book: Any, report: answers.Report, lang: Lang) -> None:
        self.book, self.report, self.v = book, report, View(report, lang)
        base = {"valign": "top", "text_wrap": True, "border": 1, "border_color": "#C9D2DB"}
        self.plain = book.add_format(base)
        self.middle = book.add_format(base | {"align": "center"})
        self.number = book.add_format(base | {"num_format": "#,##0"})
        self.score = book.add_format(base | {"num_format": "0.0"})
        self.day = book.add_format(base | {"num_format": "yyyy-mm-dd", "align": "left"})
        self.head = book.add_format(base | {"bold": True, "bg_color": "#EAF0F6"})
        self.title = book.add_format({"bold": True, "font_size": 18, "font_color": "#0B4F8A"})
        self.grey = book.add_format({"font_color": "#5C6B7A", "text_wrap": True, "valign": "top"})
        self.bold = book.add_format({"bold": True, "font_color": "#0B4F8A"})
        self.wrap = book.add_format({"text_wrap": True, "valign": "top"})
        self.marks = {
            verdict: book.add_format({"bg_color": fill, "font_color": ink, "bold": True})
            for verdict, (fill, ink) in _COLOURS.items()
        }

    def write(self) -> None:
        """Every sheet."""
        v, r, t = self.v, self.report, self.v.t
        names = {d.id: d.name for d in r.documents}
        self._summary()
        self._matrix()
        self._sheet(
            t("单元", "Cells"),
            [Column(t("代码", "code"), 10), Column(t("行政区划", "place"), 18), Column(t("环节", "stage"), 10)]
            + [Column(pick(pair, v.lang), 14) for pair in LAYERS.values()]
            + [Column(t("已办", "done"), 8), Column(t("应办", "due"), 8), Column(t("依据", "bases"), 40)],
            (
                [
                    c.jurisdiction or "", c.name, v.stage(c.stage), v.verdict(c.rule.verdict), v.verdict(c.role.verdict),
                    v.verdict(c.record.verdict), c.record.done, c.record.expected, t("、", ", ").join(names.get(i, i) for i in c.rule.bases),
                ]
                for c in r.cells
            ),
            marked=range(3, 6),
        )  # fmt: skip
        self._sheet(
            t("缺口", "Gaps"),
            [Column(c) for c in (t("轻重", "severity"), t("类别", "kind"), t("环节", "stage"), t("处数", "gaps"), t("权重", "weight"))]
            + [Column(c, 40) for c in (t("涉及", "where"), t("处理", "remedy"), t("例如", "e.g."), t("依据", "basis"))],
            (
                [
                    x.severity if v.lang == "en" else v.t({"high": "高", "medium": "中", "low": "低"}[x.severity], ""),
                    v.of(x.title), v.stage(x.stage), x.gaps, x.score, t("、", ", ").join(p.name for p in x.places),
                    v.of(x.remedy), v.of(x.explanation), x.basis or "",
                ]
                for x in r.topics
            ),
        )  # fmt: skip
        self._sheet(
            t("文件", "Documents"),
            [Column(t("层级", "side"), 8), *v.document_columns, Column(t("标识", "id"), 14)],
            (
                [
                    pick(SIDES[d.side], v.lang), d.jurisdiction.name, d.name, d.doc_number or "",
                    Rank.parse(d.rank).label(v.lang), _day(d.issued), _day(d.effective_from), _day(d.effective_to),
                    v.state(d), v.stages(d.stages), d.id,
                ]
                for d in r.documents
            ),
        )  # fmt: skip
        self._sheet(
            t("机构", "Bodies"),
            [*v.agency_columns, Column(t("采用", "accepted"), 10), Column(t("原因", "reason"), 20)],
            (
                [
                    *v.agency(a)[:5], _day(a.since),
                    t("是", "yes") if a.accepted else t("否", "no"), pick(REASONS[a.reason], v.lang),
                ]
                for a in r.agencies
            ),
        )  # fmt: skip
        if r.lineage:
            self._lineage(r.lineage)
        if r.claims:
            self._sheet(
                t("口径", "Claims"),
                [Column(t("主体", "subject"), 30), Column(t("指标", "metric"), 24), Column(t("日期", "date"), 12), Column(t("来源所称", "stated"), 24), Column(t("图中计数", "counted"), 10), Column(t("结论", "verdict"), 16)],
                (
                    [
                        c.subject or "", c.metric or "", _day(c.as_of), c.text or "", c.counted,
                        f"{CLAIMS[c.verdict][2]} {pick(CLAIMS[c.verdict], v.lang)}",
                    ]
                    for c in v.claims
                ),
            )  # fmt: skip

    def _summary(self) -> None:
        v = self.v
        sheet = self.book.add_worksheet(v.t("摘要", "Summary"))
        sheet.hide_gridlines(2)
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        for column, wide in enumerate((16, 16, 48, 36, 18)):
            sheet.set_column(column, column, wide)
        sheet.write_string(0, 0, v.title, self.title)
        sheet.write_string(1, 0, v.subtitle)
        row = 3
        for number, what, more in v.figures:
            sheet.write_string(row, 0, number, self.bold)
            sheet.write_string(row, 1, what + (f" ({more})" if more else ""))
            row += 1
        row += 1
        for said in v.conclusions:
            sheet.merge_range(row, 0, row, 4, "", self.wrap)
            sheet.write_string(row, 0, said, self.wrap)
            sheet.set_row(row, 15 * (1 + width(said) // 130))
            row += 1
        row += 1
        for column, head in enumerate(v.profile_columns):
            sheet.write_string(row, column, head.title, self.head)
        for _, texts in v.profile:
            row += 1
            for column, text in enumerate(texts):
                sheet.write_string(row, column, text[:_MOST_TEXT], self.plain)
        self._mark(sheet, row - 7, 1, row, 1)
        row += 2
        for note in v.notes:
            sheet.merge_range(row, 0, row, 4, "", self.grey)
            sheet.write_string(row, 0, note[:_MOST_TEXT], self.grey)
            sheet.set_row(row, 15 * (1 + width(note) // 130))
            row += 1

    def _matrix(self) -> None:
        """A sheet per layer would hide how they go together: three columns a stage, under its name."""
        v = self.v
        sheet = self.book.add_worksheet(v.t("矩阵", "Matrix"))
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0, 1)
        sheet.write_string(1, 0, v.t("行政区划", "place"), self.head)
        sheet.set_column(0, 0, 24)
        sheet.set_column(1, 24, 7)
        for number, (_, label) in enumerate(v.stage_labels):
            sheet.merge_range(0, 1 + 3 * number, 0, 3 + 3 * number, "", self.head)
            sheet.write_string(0, 1 + 3 * number, label, self.head)
            for layer, pair in enumerate(LAYERS.values()):
                sheet.write_string(1, 1 + 3 * number + layer, pick(pair, v.lang), self.head)
        rows = v.matrix
        for line, (name, cells) in enumerate(rows, 2):
            sheet.write_string(line, 0, name, self.head)
            for number, cell in enumerate(cells):
                for layer, verdict in enumerate(cell.verdicts):
                    sheet.write_string(
                        line,
                        1 + 3 * number + layer,
                        VERDICTS[verdict][2] + " " + pick(VERDICTS[verdict], v.lang),
                        self.middle,
                    )
        sheet.freeze_panes(2, 1)
        if rows:
            sheet.autofilter(1, 0, 1 + len(rows), 24)
            self._mark(sheet, 2, 1, 1 + len(rows), 24)

    def _lineage(self, told: answers.Lineage) -> None:
        v, t = self.v, self.v.t
        nodes = {n.id: n for n in told.nodes}

        def label(id_: str) -> str:
            node = nodes.get(id_)
            model = NODES.get(node.kind) if node else None
            kind = f" ({pick((model.zh, model.en), v.lang)})" if model else ""
            return f"{node.name}{kind}" if node else id_

        self._sheet(
            t("数据脉络", "Lineage"),
            [Column(c, 30) for c in (t("自", "from"), t("至", "to"))]
            + [Column(c) for c in (t("环节", "stage"), t("起", "since"), t("止", "until"), t("经由", "via"), t("当时的制度", "rule then"))],
            (
                [
                    label(e.from_), label(e.to), v.stage(e.stage), _day(e.since), _day(e.until), e.via or "",
                    v.verdict(e.rule.verdict),
                ]
                for e in told.edges
            ),
            marked=range(6, 7),
        )  # fmt: skip

    def _sheet(
        self, name: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]], marked: range = range(0)
    ) -> None:
        """A table with a frozen head, filters, and columns as wide as what is in them."""
        sheet = self.book.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        sheet.freeze_panes(1, 0)
        wide = [max(width(c.title) + 4, 8) for c in columns]
        for column, head in enumerate(columns):
            sheet.write_string(0, column, head.title, self.head)
        last = 0
        for last, row in enumerate(rows, 1):
            for column, value in enumerate(row):
                self._cell(sheet, last, column, value)
                wide[column] = max(wide[column], width(str(value if value is not None else "")) + 2)
        for column, head in enumerate(columns):
            sheet.set_column(column, column, min(wide[column], max(head.wide, width(head.title)) + 8, _MOST_WIDE))
        sheet.autofilter(0, 0, max(last, 1), len(columns) - 1)
        if last and marked:
            self._mark(sheet, 1, marked[0], last, marked[-1])

    def _cell(self, sheet: Any, row: int, column: int, value: Any) -> None:
        if isinstance(value, date):
            sheet.write_datetime(row, column, value, self.day)
        elif isinstance(value, float):
            sheet.write_number(row, column, value, self.score)
        elif isinstance(value, int):
            sheet.write_number(row, column, value, self.number)
        elif value is None or value == "":
            sheet.write_blank(row, column, None, self.plain)
        else:
            sheet.write_string(row, column, str(value)[:_MOST_TEXT], self.plain)

    def _mark(self, sheet: Any, top: int, left: int, bottom: int, right: int) -> None:
        """Colour verdicts by what the cells say, so that it follows when somebody mends one."""
        for verdict, look in self.marks.items():
            mark, label = VERDICTS[verdict][2], pick(VERDICTS[verdict], self.v.lang)
            rule = {"type": "text", "criteria": "begins with", "value": f"{mark} {label}", "format": look}
            sheet.conditional_format(top, left, bottom, right, rule)


def _day(stated: str | None) -> date | str:
    """A real date where a whole day is stated; a partial one as it is written."""
    if not stated:
        return ""
    try:
        found = PartialDate(stated)
    except ValueError:
        return stated
    return found.lo if found.precision == "day" and found.lo.year >= 1900 else stated
