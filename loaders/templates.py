"""Empty spreadsheets to fill in: documented, with drop-down lists, and read by the loaders as they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from govgraph.errors import UsageError
from govgraph.loaders import catalogue
from govgraph.loaders.sheets import HELP_SHEET
from govgraph.loaders.tabular import fields
from govgraph.model import EDGES, NODES
from govgraph.terms import Term

_ROWS = 10_000
"""Rows that have drop-down lists."""
_GROUPS = {"resource": "信息资源", "either": "共享与开放（信息资源；信息项不同的另行填写）", "item": "信息项"}


class _Column(NamedTuple):
    name: str
    label: str
    note: str
    words: tuple[str, ...] = ()
    required: bool = False
    group: str = ""


def write(kind: str, path: Path) -> None:
    """Write the template of a node kind, an edge type or the ``catalogue``.

    Raises:
        UsageError: the file is no .xlsx, is there already, or can't be written.
    """
    import xlsxwriter
    import xlsxwriter.exceptions

    if path.suffix.lower() != ".xlsx":
        raise UsageError(f"{path}: a template is an .xlsx; without -o the header of a CSV file is printed")
    if path.exists():
        raise UsageError(f"{path} is there already; name another file")
    columns = _catalogue() if kind == catalogue.NAME else _columns(kind)
    title = "政务信息资源目录" if kind == catalogue.NAME else (NODES.get(kind) or EDGES[kind]).zh
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False})
    try:
        _sheet(book, title, columns)
        _explained(book, kind, columns)
        book.close()
    except (OSError, xlsxwriter.exceptions.FileCreateError) as error:
        raise UsageError(f"{path} can't be written: {getattr(error, 'strerror', None) or error}") from None


def _catalogue() -> list[_Column]:
    return [
        _Column(
            f.name,
            f.label,
            f.note,
            ("是", "否") if f.name in ("is_open", "secret") else tuple(m.zh for m in f.term) if f.term else (),
            f.name == "name",
            _GROUPS[f.level],
        )
        for f in catalogue.FIELDS
    ]


def _columns(kind: str) -> list[_Column]:
    model = NODES.get(kind) or EDGES[kind]
    terms: dict[str, type[Term]] = {c.name: c.term for c in model.columns() if c.term}
    bools = {c.name for c in model.columns() if c.type == "bool"}
    found = []
    for name, (zh, en) in fields(kind).items():
        words = tuple(m.zh for m in terms[name]) if name in terms else ("是", "否") if name in bools else ()
        if name in ("from_kind", "to_kind"):
            words = EDGES[kind].kinds(0 if name == "from_kind" else 1)
        found.append(_Column(name, zh, en, words, name in ("name", "from", "to")))
    return found


def _sheet(book: Any, title: str, columns: list[_Column]) -> None:
    sheet = book.add_worksheet(title[:31])
    head = book.add_format({"bold": True, "bg_color": "#DDE6F0", "border": 1, "text_wrap": True, "align": "center"})
    needed = book.add_format({"bold": True, "bg_color": "#F6D5C4", "border": 1, "text_wrap": True, "align": "center"})
    text = book.add_format({"num_format": "@"})
    row = 0
    if any(c.group for c in columns):
        start = 0
        for at in range(1, len(columns) + 1):
            if at == len(columns) or columns[at].group != columns[start].group:
                if at - start > 1:
                    sheet.merge_range(0, start, 0, at - 1, columns[start].group, head)
                else:
                    sheet.write_string(0, start, columns[start].group, head)
                start = at
        row = 1
    for at, column in enumerate(columns):
        sheet.set_column(at, at, max(12, 2 * len(column.label) + 2), text)
        sheet.write_string(row, at, column.label, needed if column.required else head)
        sheet.write_comment(row, at, f"{column.name}\n{column.note}" + _listed(column.words))
        if column.words and sum(map(len, column.words)) + len(column.words) < 250:
            sheet.data_validation(
                row + 1,
                at,
                row + _ROWS,
                at,
                {
                    "validate": "list",
                    "source": list(column.words),
                    "error_title": column.label[:32],
                    "error_message": "、".join(column.words)[:255],
                },
            )
    sheet.freeze_panes(row + 1, 0)


def _listed(words: tuple[str, ...]) -> str:
    return f"\n{'、'.join(words)}" if words else ""


def _explained(book: Any, kind: str, columns: list[_Column]) -> None:
    """A sheet that says what each column means; it has no header that a loader would take."""
    sheet = book.add_worksheet(HELP_SHEET)
    bold, wrap = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
    command = "catalogue" if kind == catalogue.NAME else f"csv {kind}"
    sheet.write_string(0, 0, f"govgraph load {command} FILE.xlsx", bold)
    for at, (text, width) in enumerate((("栏目", 26), ("字段", 22), ("含义", 60), ("可选值", 60))):
        sheet.set_column(at, at, width)
        sheet.write_string(2, at, text, bold)
    for row, column in enumerate(columns, 3):
        told = column.note + (" (required)" if column.required and "required" not in column.note else "")
        for at, text in enumerate((column.label, column.name, told, "、".join(column.words))):
            sheet.write_string(row, at, text, wrap)
