"""The government's catalogue: the template of 《政务信息资源目录编制指南（试行）》 (发改高技〔2017〕1272号) as bureaus fill it in.

A sheet is a catalogue if one of its first rows, or up to three rows one above the other, are headers of the template or
words that systems use for them. A resource goes over one row for each of its items: its own cells are merged, repeated or
blank from the second row on. What stands in a column that belongs to both (共享类型, 开放类型 …) is the resource's word in
its first row; an item whose row says otherwise has a word of its own.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial
from itertools import islice
from pathlib import Path
from typing import Any, Literal, NamedTuple

from govgraph import codes
from govgraph.errors import LoadError
from govgraph.loaders.mapping import LEFT_OUT, Names, forms, nearest
from govgraph.loaders.rejects import armed
from govgraph.loaders.rows import Block, Refusal, Row
from govgraph.loaders.sheets import (
    SPREADSHEETS,
    Book,
    Fault,
    Grid,
    Value,
    clean,
    column_letters,
    date_text,
    head_of,
    open_book,
    shown,
    wrong_with,
)
from govgraph.model import OpenType, ResourceClass, ShareType, UpdateCycle
from govgraph.terms import Term, fold

NAME = "catalogue"
THINGS = ("Resource", "Item")
"""Kinds of what a catalogue lists."""
CHUNK = 10_000
"""Rows of a file whose resources, then items, are given together; likewise what they name."""
_PEEK = 60
"""Rows in which the header stands."""
_NOTHING = "Nothing of it was loaded."
Level = Literal["resource", "either", "item"]


class Field(NamedTuple):
    """A column of the template, and what else it is called."""

    name: str
    label: str
    level: Level
    words: tuple[str, ...] = ()
    note: str = ""
    term: type[Term] | None = None


FIELDS: tuple[Field, ...] = (
    Field("class", "信息资源分类·类", "resource", ("类", "信息资源类", "资源分类类", "资源类别", "目录分类"), "基础, 主题 or 部门信息资源", ResourceClass),
    Field("classification_2", "信息资源分类·项", "resource", ("项", "信息资源项", "资源分类项"), "second level of the classification"),
    Field("classification_3", "信息资源分类·目", "resource", ("目", "信息资源目", "资源分类目"), "third level of the classification"),
    Field("classification_4", "信息资源分类·细目", "resource", ("细目", "细目1", "信息资源细目", "资源分类细目"), "fourth level"),
    Field("classification_5", "信息资源分类·细目2", "resource", ("细目1.1", "细目2", "子细目"), "fifth level"),
    Field("name", "信息资源名称", "resource", ("资源名称", "目录名称", "数据名称", "数据集名称", "数据资源名称", "政务数据名称", "政务信息资源名称", "公共数据名称", "数据目录名称", "信息资源名", "资源中文名称", "dataset_name"), "required"),
    Field("code", "信息资源代码", "resource", ("资源代码", "信息资源编码", "资源编码", "目录代码", "目录编码", "数据资源代码", "数据资源编码", "政务信息资源代码", "info_resource_code"), "类1 项2 目3 细目…/顺序码, e.g. 307026/000001; several: the first is its own, the others are aliases"),
    Field("id", "标识", "resource", ("资源标识", "资源id", "数据集id", "唯一标识"), "an identifier of your own, taken as it is, where there is no 信息资源代码"),
    Field("provider", "信息资源提供方", "resource", ("提供方", "资源提供方", "数源单位", "数源部门", "数据来源部门", "来源部门", "来源单位", "数据提供方", "数据提供部门", "数据提供单位", "提供单位", "提供部门", "提供机构", "责任部门", "责任单位", "所属部门", "所属单位", "归属部门", "资源提供部门", "信息资源提供单位", "部门名称", "belong_dept_name"), "name of the agency"),
    Field("provider_code", "信息资源提供方代码", "resource", ("提供方代码", "提供方统一社会信用代码", "统一社会信用代码", "部门统一社会信用编码", "部门统一社会信用代码", "数源单位代码", "来源部门代码", "提供单位代码", "资源提供方代码", "belong_dept_no"), "统一社会信用代码 (GB 32100)"),
    Field("provider_unit", "提供方内部部门", "resource", ("下设机构", "内设机构", "处室", "内部部门", "提供方内设机构", "提供方内部部门/下设机构", "提供方内部部门下设机构", "innerorg"), "unit within the provider"),
    Field("description", "信息资源摘要", "resource", ("资源摘要", "摘要", "资源描述", "信息资源描述", "数据摘要", "数据描述", "资源简介", "目录摘要", "dataset_desc"), "what it holds"),
    Field("format_class", "信息资源格式分类", "resource", ("资源格式分类", "格式分类"), "电子文件, 电子表格, 数据库, 图形图像, 流媒体, 自描述格式, 服务接口"),
    Field("format", "信息资源格式类型", "resource", ("资源格式类型", "格式类型", "信息资源格式", "资源格式", "数据格式", "format_type"), "xlsx, MySQL, …"),
    Field("format_note", "其他类型资源格式描述", "resource", ("其他格式描述", "其他类型资源格式说明"), "where no type fits"),
    Field("share_type", "共享类型", "either", ("资源共享类型", "共享属性", "共享方式类别", "share_type"), "resource's in its first row; an item whose row says otherwise has its own", ShareType),
    Field("share_basis", "共享条件/不予共享依据", "either", ("共享条件不予共享依据", "共享条件或不予共享依据", "共享条件及不予共享依据", "共享条件（不予共享依据）"), "condition, or what forbids sharing: 《document》, 第N条"),
    Field("share_condition", "共享条件", "either", ("资源共享条件", "share_condition"), "condition under which it is shared"),
    Field("withheld_basis", "不予共享依据", "either", ("不予共享理由", "不予共享的依据", "不共享依据", "不共享理由", "no_share_reason"), "what forbids sharing: 《document》, 第N条"),
    Field("share_mode_class", "共享方式分类", "either", ("共享途径",), "共享平台方式; 邮件、拷盘、介质交换方式"),
    Field("share_mode", "共享方式类型", "either", ("共享方式", "share_method"), "数据库, 文件下载, 服务接口"),
    Field("is_open", "是否向社会开放", "either", ("是否开放", "向社会开放", "是否社会开放", "is_open"), "是 or 否; 是 with a condition is 有条件开放"),
    Field("open_type", "开放类型", "either", ("开放属性", "社会开放类型", "open_type"), "in words: systems disagree on what 1 and 2 mean", OpenType),
    Field("open_condition", "开放条件", "either", ("向社会开放条件", "open_condition"), "condition under which it is open"),
    Field("update_cycle", "更新周期", "either", ("更新频率", "更新频度", "数据更新周期", "update_frequency"), "in words", UpdateCycle),
    Field("issued", "发布日期", "resource", ("发布时间", "目录发布日期", "发布年月日"), "2021-05-03"),
    Field("related", "关联资源代码", "resource", ("关联信息资源代码", "关联资源", "关联及类目名称", "关联目录代码", "rel_dataset_code"), "codes of related resources, separated by ；"),
    Field("related_matter", "关联业务事项", "resource", ("业务事项", "关联政务服务事项", "关联权责事项", "所属业务事项", "关联事项"), "government service that it comes from"),
    Field("theme", "开放主题分类", "resource", ("主题分类", "开放主题", "所属主题", "开放领域", "所属领域", "领域", "主题领域", "数据领域"), "one of the 21 opening fields, or a theme of your own"),
    Field("secret", "涉密性", "resource", ("是否涉密", "涉密属性", "涉密", "secret_flag"), "否; classified resources stay out"),
    Field("catalogue", "所在目录", "resource", ("所属目录", "目录"), "id or name of the catalogue"),
    Field("jurisdiction", "所在行政区划", "resource", ("行政区划", "行政区划代码", "所属地区", "所属区域", "区划"), "code or name of the place"),
    Field("database", "所属库", "resource", ("所属数据库", "来源库"), "id or name of the database"),
    Field("grade", "分级", "resource", ("数据分级", "安全级别", "数据级别", "安全等级"), "grade of the data"),
    Field("item_name", "信息项名称", "item", ("信息项", "数据项名称", "数据项", "字段名称", "字段中文名", "字段中文名称", "信息项中文名称", "item_name"), "one row for each item"),
    Field("data_type", "数据类型", "item", ("信息项数据类型", "字段类型", "信息项类型", "数据项类型", "item_type"), "字符型 C, 数值型 N, 日期型 D …"),
    Field("length", "数据长度", "item", ("信息项长度", "信息项数据长度", "字段长度", "长度", "item_length"), "a whole number"),
    Field("item_share_type", "信息项共享类型", "item", ("数据项共享类型", "字段共享类型"), "where it isn't the resource's", ShareType),
    Field("item_share_condition", "信息项共享条件", "item", (), "where it isn't the resource's"),
    Field("item_share_mode_class", "信息项共享方式分类", "item", (), "where it isn't the resource's"),
    Field("item_share_mode", "信息项共享方式类型", "item", (), "where it isn't the resource's"),
    Field("item_withheld_basis", "信息项不予共享依据", "item", ("信息项不予共享理由",), "where it isn't the resource's"),
    Field("item_open_type", "信息项开放类型", "item", ("数据项开放类型", "字段开放类型"), "where it isn't the resource's", OpenType),
    Field("item_open_condition", "信息项开放条件", "item", (), "where it isn't the resource's"),
    Field("item_update_cycle", "信息项更新周期", "item", (), "where it isn't the resource's", UpdateCycle),
    Field("item_grade", "信息项分级", "item", ("数据项分级", "字段分级"), "grade of the item"),
)  # fmt: skip
BY_NAME: Mapping[str, Field] = {f.name: f for f in FIELDS}
_IGNORED = (
    "序号",
    "行号",
    "编号",
    "备注",
    "说明",
    "填报人",
    "填表人",
    "填报日期",
    "填报单位",
    "联系人",
    "联系电话",
    "审核状态",
)
_GROUPS = (
    "信息资源",
    "信息资源基本信息",
    "信息项",
    "信息项信息",
    "共享属性",
    "开放属性",
    "信息资源格式",
    "信息资源分类",
    "共享方式",
)
_NOTE_ROW = re.compile(r"(填表说明|填写说明|说明|注|备注|合计|总计|填表人|审核人|单位盖章)\s*([:：\d（(]|$)")
_EMPTY = frozenset(("-", "—", "——", "--", "/", "\\", "无", "空", "null", "none", "n/a", "na", "nan"))
_TYPES = {
    "C": "字符型", "N": "数值型", "Y": "货币型", "D": "日期型", "T": "日期时间型", "L": "逻辑型", "M": "备注型",
    "G": "通用型", "B": "双精度型", "I": "整型", "F": "浮点型",
}  # fmt: skip
_YES, _NO = ("是", "yes", "y", "true", "1", "1是", "开放"), ("否", "no", "n", "false", "0", "0否", "不开放")
_TITLE = re.compile(r"《([^《》]{2,80})》")
_NUMBER = re.compile(r"[^\s，,。；;、《》()（）]{1,20}[〔\[［(（]\d{4}[〕\]］)）]第?\d+号")


def _known() -> dict[str, str]:
    found: dict[str, str] = {}
    for f in FIELDS:
        for word in (f.name, f.label, f.label.replace("·", ""), *f.words):
            found.setdefault(fold(word), f.name)
    return found


KNOWN: Mapping[str, str] = _known()
"""Folded header → field."""
_IGNORED_WORDS = frozenset(fold(word) for word in _IGNORED)


def template() -> str:
    """The header line of a catalogue as CSV."""
    return ",".join(f.label for f in FIELDS) + "\n"


# --- the header -----------------------------------------------------------------------------------------------


@dataclass
class Layout:
    """Where what stands in a sheet."""

    sheet: str | None
    first: int
    """Row of the first header line."""
    last: int
    fields: list[str | None]
    headers: list[str]
    ignored: list[str]
    of_rejects: bool = False
    """It is a rejects file of a load."""

    @cached_property
    def titles(self) -> list[str]:
        """The header as a row of its cells, which some print on every page."""
        return [h for h in self.headers if h]

    def place(self, at: int) -> str:
        """The column at an index as the file calls it."""
        header = self.headers[at] if at < len(self.headers) else ""
        return f"{header} ({column_letters(at + 1)})" if header else column_letters(at + 1)

    def column(self, name: str) -> str:
        """A field's column as the file calls it."""
        if name not in self.fields:
            return BY_NAME[name].label
        at = self.fields.index(name)
        return f"{self.headers[at]} ({column_letters(at + 1)})"


def _recognised(path: tuple[str, ...], names: Names) -> str | None:
    """The field of a header that stands in several rows, one above the other."""
    parts = [p for i, p in enumerate(path) if p and (not i or p != path[i - 1])]
    for i in range(len(parts)):
        for form in forms("".join(parts[i:])):
            if form in names.columns:
                return names.columns[form]
            if form in KNOWN:
                return KNOWN[form]
    return None


def _paths(lines: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    """Per column, the headers from above to below; a group's title goes over the blank cells to its right."""
    width = max(map(len, lines))
    filled: list[list[str]] = []
    for depth, line in enumerate(lines):
        cells = [*line, *[""] * (width - len(line))]
        if depth < len(lines) - 1:
            for i in range(1, width):
                below = any(i < len(later) and later[i] for later in lines[depth + 1 :])
                own = any(f[i] != f[i - 1] for f in filled)
                if not cells[i] and below and not own:
                    cells[i] = cells[i - 1]
        filled.append(cells)
    return [tuple(line[i] for line in filled) for i in range(width)]


def _layout(grid: Grid, names: Names, where: str) -> Layout | str:
    """How the sheet is laid out, or why it is no catalogue.

    Raises:
        LoadError: it is one, but a header can't be recognised or stands twice.
    """
    if grid.header is not None:
        candidates: list[tuple[int, int, list[tuple[str, ...]]]] = [(0, 0, [(clean(h),) for h in grid.header])]
    else:
        peeked = [(n, [head_of(c) for c in cells]) for n, cells in islice(grid.rows(), _PEEK)]
        candidates = []
        for at in range(len(peeked)):
            for depth in (1, 2, 3):
                lines = peeked[at : at + depth]
                if len(lines) == depth and all(any(cells) for _, cells in lines):
                    candidates.append((lines[0][0], lines[-1][0], _paths([cells for _, cells in lines])))
    best: tuple[int, int, int, int, list[tuple[str, ...]], list[str | None]] | None = None
    for first, last, paths in candidates:
        found = [_recognised(path, names) if any(path) else None for path in paths]
        score = len({f for f in found if f and f != LEFT_OUT})
        # Of equals: the fewest lines, then the one with fewer cells that nobody knows.
        unknown = sum(f is None and any(p) for f, p in zip(found, paths, strict=True))
        key = (score, first - last, -unknown)
        if best is None or key > (best[0], best[2] - best[3], -best[1]):
            best = (score, unknown, first, last, paths, found)
    if best is None or best[0] < 3:
        return "no row of it has the headers of a catalogue" if best and best[0] else "it has no header of a catalogue"
    return _checked(best[2], best[3], best[4], best[5], grid, where)


def _checked(
    first: int, last: int, paths: list[tuple[str, ...]], found: list[str | None], grid: Grid, where: str
) -> Layout:
    """Refuse a header that isn't known, stands twice, or leaves out what is needed."""
    fields: list[str | None] = []
    headers, ignored, unknown, twice = [], [], [], []
    for at, (path, name) in enumerate(zip(paths, found, strict=True)):
        header = next((part for part in reversed(path) if part), "")
        headers.append(header)
        if name is None and header and (forms(header)[-1] in _IGNORED_WORDS or fold(header).startswith("reject_")):
            name = LEFT_OUT
        if name == LEFT_OUT:
            if not fold(header).startswith("reject_"):
                ignored.append(header)
        elif name is None and header:
            near = nearest(header, KNOWN, lambda n: f"{BY_NAME[n].label} ({n})")
            unknown.append(f"column {column_letters(at + 1)} {header!r}" + (f" (nearest: {near})" if near else ""))
        elif name in fields and name is not None:
            twice.append(f"{header!r} in columns {column_letters(fields.index(name) + 1)} and {column_letters(at + 1)}")
        fields.append(name)
    row = f"{where}, row {last}" if last else where
    if unknown:
        raise LoadError(
            f"{row}: these headers are not known: {'; '.join(unknown)}. Say what they are with --map HEADER=FIELD, or leave "
            f"them out with --map HEADER=-. {_NOTHING}"
        )
    if twice:
        raise LoadError(
            f"{row}: one thing stands in two columns: {'; '.join(twice)}. Leave one out with --map HEADER=-. {_NOTHING}"
        )
    if "name" not in fields:
        raise LoadError(f"{row}: no column is 信息资源名称; say which with --map HEADER=name. {_NOTHING}")
    of_rejects = any(fold(header).startswith("reject_") for header in headers)
    return Layout(grid.sheet, first, last, fields, headers, ignored, of_rejects)


# --- the rows -------------------------------------------------------------------------------------------------


@dataclass
class _Line:
    number: int
    values: dict[str, str]
    refused: Refusal | None = None
    of_item: bool = False
    """It is refused for a cell of the item's own."""


@dataclass
class _Group:
    """A resource and the rows that speak of it."""

    file: str
    layout: Layout
    values: dict[str, str]
    lines: list[_Line] = field(default_factory=list)
    refused: Refusal | None = None
    resource: dict[str, Any] = field(default_factory=dict)
    """What it says of the resource, in the model's fields."""
    access: dict[str, Any] = field(default_factory=dict)
    """Sharing and opening of it."""


_RESOURCE_LEVEL = tuple(f.name for f in FIELDS if f.level == "resource")
_OF_RESOURCE = frozenset(_RESOURCE_LEVEL)
_EITHER = tuple(f.name for f in FIELDS if f.level == "either")
_ITEM_LEVEL = tuple(f.name for f in FIELDS if f.level == "item")


class Catalogue:
    """Catalogue files, checked as far as a whole file can be wrong; ``rows`` gives what they say.

    Raises:
        LoadError: a file can't be read, has no sheet that is a catalogue, or a header that isn't known.
    """

    def __init__(self, files: Sequence[Path], names: Names, *, root: Path | None = None) -> None:
        self._files = [(file, str(file.relative_to(root) if root else file)) for file in files]
        self._names = names
        self._book: tuple[Path, Book] | None = None
        self._lines = 0
        self._named = False
        """Whether resources or items cite documents or name related resources, as far as they were read."""
        self.notes: list[str] = []
        self.formats: list[str] = []
        self._layouts = [self._check(file, told) for file, told in self._files]

    def _check(self, file: Path, told: str) -> list[Layout]:
        book = self._open(file, told)
        self.formats.append(book.format)
        self.notes += book.notes
        self._lines += book.lines
        layouts, skipped = [], []
        for grid in book.grids:
            where = f"{told}, sheet {grid.sheet!r}" if grid.sheet else told
            found = _layout(grid, self._names, where)
            if isinstance(found, str):
                skipped.append(f"{where} was left out: {found}")
                continue
            layouts.append(found)
            if found.ignored:
                self.notes.append(f"{where}: not read: {', '.join(dict.fromkeys(found.ignored))}")
        if not layouts:
            if not book.grids:
                raise LoadError(f"{told} is empty; govgraph template catalogue -o FILE.xlsx writes one to fill in")
            raise LoadError(
                f"{told} holds no catalogue: {self._nearest(book)}; its headers are 信息资源名称, 信息资源代码, 信息资源提供方 … "
                f"(govgraph template catalogue -o FILE.xlsx), or say what yours mean with --map HEADER=FIELD. {_NOTHING}"
            )
        self.notes += skipped
        return layouts

    @staticmethod
    def _nearest(book: Book) -> str:
        for grid in book.grids:
            rows = [(0, grid.header)] if grid.header else islice(grid.rows(), _PEEK)
            for number, cells in rows:
                headers = [head_of(c) for c in cells if head_of(c)][:8]
                if len(headers) > 1:
                    near = "; ".join(
                        f"{h!r}" + (f" (nearest: {n})" if (n := nearest(h, KNOWN, lambda x: BY_NAME[x].label)) else "")
                        for h in headers
                    )
                    return (f"sheet {grid.sheet!r}, " if grid.sheet else "") + f"row {number} has {near}"
        return "no row of it has two cells"

    def _open(self, file: Path, told: str) -> Book:
        if self._book is None or self._book[0] != file:
            self._book = None
            self._book = (file, open_book(file, Path(told)))
        return self._book[1]

    @property
    def lines(self) -> int:
        """How many rows the files have at the most; 0: some are workbooks, and :meth:`blocks` does not give them."""
        return self._lines if all(f not in SPREADSHEETS for f in self.formats) else 0

    def rows(self) -> Iterator[Row]:
        """Resources and their items, in chunks; then what these name (:meth:`named`)."""
        yield from self._things()
        yield from self.named()

    def blocks(self) -> Iterator[Block]:
        """The rows of resources and items of text and Parquet files as columns, in the same order."""
        from govgraph.loaders.blocks import of_rows

        return of_rows(self._things())

    def named(self) -> Iterator[Row]:
        """The documents that resources and items cite, and what resources are related to: all of these were read before."""
        if self._named:
            for chunk in self._chunks():
                yield from _citing(chunk)
                for group in chunk:
                    if not group.refused:
                        yield from _related(group)

    def _things(self) -> Iterator[Row]:
        for chunk in self._chunks():
            for row in _landed(chunk):
                self._named = self._named or bool(_documents(row.values))
                yield row
            self._named = self._named or any(group.values.get("related") for group in chunk)

    def _chunks(self) -> Iterator[list[_Group]]:
        chunk: list[_Group] = []
        held = 0
        for group in self._groups():
            chunk.append(group)
            held += len(group.lines)
            if held >= CHUNK:
                yield chunk
                chunk, held = [], 0
        if chunk:
            yield chunk

    def _groups(self) -> Iterator[_Group]:
        for (file, told), layouts in zip(self._files, self._layouts, strict=True):
            by_sheet = {layout.sheet: layout for layout in layouts}
            for grid in self._open(file, told).grids:
                if grid.sheet in by_sheet:
                    yield from self._of_sheet(grid, by_sheet[grid.sheet], told)

    def _of_sheet(self, grid: Grid, layout: Layout, told: str) -> Iterator[_Group]:
        group: _Group | None = None
        for number, cells in grid.rows():
            if number <= layout.last or (not any(cells) and number not in grid.faulty):
                continue
            line = self._line(grid, layout, told, number, cells)
            if line is None:
                continue
            if group is None or _begins(line.values, group.values):
                if group is not None:
                    yield _finished(group)
                values = {n: line.values[n] for n in (*_RESOURCE_LEVEL, *_EITHER) if n in line.values}
                group = _Group(told, layout, dict(self._names.constants) | values)
                if "name" not in values and not line.refused:
                    why = "信息资源名称 is empty, and the row continues no resource above it"
                    group.refused = Refusal("missing", layout.column("name"), "", why)
            else:
                _continue(group, line)
            group.lines.append(line)
        if group is not None:
            yield _finished(group)

    def _line(self, grid: Grid, layout: Layout, told: str, number: int, cells: Sequence[Value]) -> _Line | None:
        """A row in the template's fields; nothing for one that is blank, a note or the header again."""
        values: dict[str, str] = {}
        refused: Refusal | None = None
        of_item = False
        texts = [clean(c if isinstance(c, str) else "；".join(c)) if c else "" for c in cells]
        faulty = number in grid.faulty
        if not any(texts) and not faulty:
            return None
        if layout.of_rejects:
            texts = [armed(text) for text in texts]
        stated = [t for t in texts if t]
        if stated == layout.titles:
            return None
        if len(stated) == 1 and texts[0] and _NOTE_ROW.match(texts[0]) and layout.fields[0] != "item_name":
            sheet = f", sheet {layout.sheet!r}" if layout.sheet else ""
            self.notes.append(f"{told}{sheet}, row {number} was left out, a note: {shown(texts[0])[:40]}")
            return None
        for at, text in enumerate(texts):
            if not text and not faulty:
                continue
            name = layout.fields[at] if at < len(layout.fields) else None
            fault: Fault | None = grid.faults.get((number, at + 1)) if faulty else None
            if name == LEFT_OUT or (not text and not fault):
                continue
            before = refused
            if fault:
                refused = refused or Refusal(fault.code, layout.place(at), fault.value, fault.message)
            elif name is None:
                why = "this column has no header; name it, or empty it"
                refused = refused or Refusal("unknown_column", layout.place(at), shown(text), why)
            elif wrong := wrong_with(text):
                refused = refused or Refusal("bad_value", layout.place(at), shown(text), wrong)
                values[name] = text if len(text) < 1_000 else text[:1_000] + "…"
            elif name in ("name", "item_name") or len(text) > 4 or not _says_nothing(text):
                word = self._names.value(name, text)
                values[name] = word if isinstance(word, str) else text
            if refused is not before:
                of_item = name is not None and BY_NAME[name].level == "item"
        if values.get("issued"):
            values["issued"] = date_text(values["issued"], epoch_1904=grid.epoch_1904)
        return _Line(number, values, refused, of_item) if values or refused else None


@lru_cache(maxsize=4_096)
def _says_nothing(text: str) -> bool:
    return fold(text) in _EMPTY


def _same(a: str, b: str) -> bool:
    return a == b or fold(a) == fold(b)


def _begins(line: Mapping[str, str], group: Mapping[str, str]) -> bool:
    """Whether a row speaks of another resource than the rows above."""
    for name in ("code", "id"):
        if name in line and name in group:
            return not _same(line[name], group[name])
    if "name" in line and "name" in group and not _same(line["name"], group["name"]):
        return True
    if "code" in line or "id" in line:
        return "name" in line
    if "name" not in line:
        return False
    # Two bureaus may each have 企业信息.
    return "provider" in line and "provider" in group and not _same(line["provider"], group["provider"])


def _continue(group: _Group, line: _Line) -> None:
    """A further row of a resource: it may fill in what was not said, and not contradict."""
    if _OF_RESOURCE.isdisjoint(line.values):
        return  # As most are.
    for name in _RESOURCE_LEVEL:
        value = line.values.get(name)
        if value is None:
            continue
        before = group.values.setdefault(name, value)
        if not _same(before, value) and line.refused is None:
            first = group.lines[0].number
            line.refused = Refusal(
                "contradictory_duplicate",
                group.layout.column(name),
                value,
                f"{BY_NAME[name].label} is {before!r} in row {first}, where this resource begins; write the same, or nothing",
            )


# --- values ---------------------------------------------------------------------------------------------------


@lru_cache(maxsize=4_096)
def _term(term: type[Term], text: str) -> str:
    """A term by its label, also behind a number (1-无条件共享); by number alone only where all systems agree.

    Raises:
        ValueError: it names none.
    """
    plain = fold(text)
    if re.fullmatch(r"[\d.]+", plain):
        if found := _DIGITS.get(term, {}).get(plain.lstrip("0").removesuffix(".0")):
            return found
        words = "、".join(m.zh for m in term)
        raise ValueError(
            f"{text!r} is a bare number, and systems don't agree on what it means; write one of {words}, or say in a file "
            f"of --map what it means ([values.…])"
        )
    try:
        return str(term.parse(text).value)
    except ValueError:
        bare = re.sub(r"^[\d\s.、:：()（）_—-]+|[(（]\d+[)）]$", "", plain)
        if bare and bare != plain:
            return str(term.parse(bare).value)
        raise ValueError(f"{text!r} is not one of: {'、'.join(m.zh for m in term)}") from None


_DIGITS: dict[type[Term], dict[str, str]] = {
    ShareType: {"1": "unconditional", "2": "conditional", "3": "not_shared"},
    ResourceClass: {"1": "base", "2": "thematic", "3": "departmental"},
}


def _yes(text: str) -> bool:
    plain = fold(text)
    if plain in _YES:
        return True
    if plain in _NO:
        return False
    raise ValueError(f"{text!r} is neither 是 nor 否")


class _Bad(Exception):
    def __init__(self, name: str, value: str, why: str, code: str = "bad_value") -> None:
        super().__init__(why)
        self.name, self.value, self.why, self.code = name, value, why, code


def _parsed(values: Mapping[str, str], name: str, term: type[Term]) -> str | None:
    if not (text := values.get(name)):
        return None
    try:
        return _term(term, text)
    except ValueError as error:
        raise _Bad(name, text, str(error)) from None


def _access(values: Mapping[str, str]) -> dict[str, Any]:
    """Sharing and opening as a row states them: of a resource, or of an item's own row."""
    found: dict[str, Any] = {
        "share_type": _parsed(values, "share_type", ShareType),
        "share_condition": values.get("share_condition"),
        "withheld_basis": values.get("withheld_basis"),
        "share_mode_class": values.get("share_mode_class"),
        "share_mode": values.get("share_mode"),
        "open_type": _parsed(values, "open_type", OpenType),
        "open_condition": values.get("open_condition"),
        "update_cycle": _parsed(values, "update_cycle", UpdateCycle),
    }
    if basis := values.get("share_basis"):
        found["withheld_basis" if found["share_type"] == "not_shared" else "share_condition"] = basis
    if text := values.get("is_open"):
        try:
            is_open = _yes(text)
        except ValueError as error:
            raise _Bad("is_open", text, str(error)) from None
        told = found["open_type"]
        if told and (told != "not_open") != is_open:
            raise _Bad(
                "is_open", text, f"是否向社会开放 is {text!r}, 开放类型 {values['open_type']!r}; they contradict"
            )
        condition = fold(values.get("open_condition", ""))
        free = not condition or condition.startswith("无条件")
        found["open_type"] = told or (("unconditional" if free else "conditional") if is_open else "not_open")
    return {name: value for name, value in found.items() if value}


_SEVERAL = re.compile(r"[;；,，、|\s]+")


def _code(values: Mapping[str, str]) -> tuple[str, ...]:
    found = []
    for text in filter(None, _SEVERAL.split(values.get("code", ""))):
        try:
            found.append(codes.resource_code(text))
        except ValueError as error:
            raise _Bad("code", text, f"{error}; codes of another kind are read with --map HEADER=id") from None
    class_ = _parsed(values, "class", ResourceClass)
    if found and class_ and _DIGITS[ResourceClass][found[0][0]] != class_:
        raise _Bad(
            "code", found[0], f"the code begins with {found[0][0]}, the class is {values['class']}; they contradict"
        )
    return tuple(dict.fromkeys(found))


def _id(values: Mapping[str, str]) -> str:
    """What a resource is known by in the graph."""
    if values.get("id"):
        return unicodedata.normalize("NFKC", values["id"])
    if found := _code(values):
        return f"resource:{fold(found[0])}"
    return ":".join(("resource", *(fold(values[n]) for n in ("provider", "name") if values.get(n))))


def _resource(group: _Group) -> dict[str, Any]:
    values = group.values
    if values.get("secret"):
        try:
            secret = _yes(values["secret"].replace("非涉密", "否").replace("不涉密", "否").replace("涉密", "是"))
        except ValueError as error:
            raise _Bad("secret", values["secret"], str(error)) from None
        if secret:
            why = "a classified resource has no place in this catalogue; take it out"
            raise _Bad("secret", values["secret"], why, "classified")
    found = _code(values)
    provider = values.get("provider_code")
    if provider:
        try:
            provider = codes.credit_code(provider)
        except ValueError as error:
            raise _Bad("provider_code", values["provider_code"], str(error)) from None
    return {
        "id": _id(values),
        "name": values["name"],
        "aliases": found[1:] if not values.get("id") else found,
        "code": found[0] if found else None,
        "resource_class": _parsed(values, "class", ResourceClass),
        "classification": tuple(values[f"classification_{n}"] for n in range(2, 6) if f"classification_{n}" in values),
        "provider": (values.get("provider") or provider or "",) if values.get("provider") or provider else (),
        **{
            n: values.get(n)
            for n in (
                "description",
                "provider_unit",
                "format_class",
                "format",
                "format_note",
                "issued",
                "related_matter",
            )
        },
        **{n: values.get(n) for n in ("theme", "catalogue", "jurisdiction", "database", "grade")},
        **group.access,
    }


def _item(group: _Group, line: _Line) -> dict[str, Any]:
    values = line.values
    if "item_name" not in values:
        what = next((n for n in _ITEM_LEVEL if n in values), "item_name")
        raise _Bad("item_name", "", f"信息项名称 is empty, but {BY_NAME[what].label} is not", "missing")
    stated = {n: values[n] for n in _EITHER if n in values}
    own: dict[str, Any] = {}
    if any(group.values.get(n) != v for n, v in stated.items()):
        own = {n: v for n, v in _access(stated).items() if v != group.access.get(n)}
    for name, overrides, term in _OVERRIDES:
        if overrides in values:
            own[name] = _parsed(values, overrides, term) if term else values[overrides]
    if text := values.get("data_type"):
        own["data_type"] = _data_type(text)
    if text := values.get("length"):
        length = _length(text)
        if length is None:
            raise _Bad("length", text, f"{text!r} is no whole number; write the number alone, or nothing")
        own["length"] = length
    if "item_grade" in values:
        own["grade"] = values["item_grade"]
    return {"name": values["item_name"], "resource": (group.resource["id"],), **own}


_OVERRIDES = tuple(
    (name, f"item_{name}", BY_NAME[f"item_{name}"].term) for name in _EITHER if f"item_{name}" in BY_NAME
)
"""Field of an item, the column in which it stands where it isn't the resource's, and its terms."""


@lru_cache(maxsize=4_096)
def _data_type(text: str) -> str:
    """A data type in words, also by its letter in the template."""
    letter = re.sub(r"[\d().,（）\s]", "", codes.plain(text))
    known = letter[:-1] in (*_TYPES.values(), "")
    return (_TYPES.get(letter) or _TYPES.get(letter[-1:]) if known else None) or text


@lru_cache(maxsize=4_096)
def _length(text: str) -> int | None:
    """A length, also with its unit behind it; None: it is none."""
    number = _LENGTH.fullmatch(unicodedata.normalize("NFKC", text))
    return int(number[1]) if number else None


_LENGTH = re.compile(r"(\d{1,15})(\.0+)?(位|字节|字符|个字符)?")


def _finished(group: _Group) -> _Group:
    """Note what is wrong with the resource itself."""
    first = group.lines[0]
    if group.refused is None and first.refused and not first.of_item:
        group.refused = first.refused
    if group.refused is None:
        try:
            group.access = _access(group.values)
            group.resource = _resource(group)
        except _Bad as bad:
            group.refused = Refusal(bad.code, group.layout.column(bad.name), bad.value, bad.why)
    return group


def _landed(groups: Sequence[_Group]) -> Iterator[Row]:
    """The rows of resources, then of their items."""
    for group in groups:
        values = {} if group.refused else group.resource
        code = group.values.get("provider_code")
        yield Row(
            "Resource",
            values,
            group.file,
            group.lines[0].number,
            group.layout.sheet,
            also={"provider": codes.plain(code)} if code else None,
            column=partial(_column, group.layout, _AS_RESOURCE),
            cells=partial(_cells, group, group.lines[0]),
            refused=group.refused,
        )
    for group, line, values, refused in _items(groups):
        yield Row(
            "Item",
            values,
            group.file,
            line.number,
            group.layout.sheet,
            column=partial(_column, group.layout, _AS_ITEM),
            cells=partial(_cells, group, line),
            refused=refused,
        )


def _citing(groups: Sequence[_Group]) -> Iterator[Row]:
    """The rows of what resources cite, then of what their items do."""
    for group in groups:
        if not group.refused:
            yield from _cited(group, group.lines[0], group.resource["id"], group.resource, _AS_RESOURCE)
    for group, line, values, refused in _items(groups):
        if not refused and _documents(values):
            item = ":".join(("item", values["resource"][0], fold(values["name"])))
            yield from _cited(group, line, item, values, _AS_ITEM)


def _items(groups: Sequence[_Group]) -> Iterator[tuple[_Group, _Line, dict[str, Any], Refusal | None]]:
    """The items of resources, with what they say in the model's fields, or why they are refused."""
    for group in groups:
        for line in group.lines:
            if _has_item(group, line):
                yield (group, line, *_read_item(group, line))


def _has_item(group: _Group, line: _Line) -> bool:
    alone = line is group.lines[0]
    return any(n in line.values for n in _ITEM_LEVEL) or (not alone and bool(line.refused or _differs(group, line)))


def _differs(group: _Group, line: _Line) -> bool:
    return any(not _same(line.values[n], group.values.get(n, "")) for n in _EITHER if n in line.values)


def _read_item(group: _Group, line: _Line) -> tuple[dict[str, Any], Refusal | None]:
    if group.refused:
        row, name = group.lines[0].number, group.values.get("name", "")
        why = f"its resource, which begins in row {row}, was refused: {group.refused.message}"
        return {}, Refusal("unknown_reference", group.layout.column("name"), name, why)
    if line.refused:
        return {}, line.refused
    try:
        return _item(group, line), None
    except _Bad as bad:
        name = bad.name if bad.name in group.layout.fields else bad.name.removeprefix("item_")
        return {}, Refusal(bad.code, group.layout.column(name if name in BY_NAME else bad.name), bad.value, bad.why)


def _cited(group: _Group, line: _Line, id_: str, values: Mapping[str, Any], told: Mapping[str, str]) -> Iterator[Row]:
    """The documents that are cited for not sharing."""
    for name in _documents(values):
        yield Row(
            "BASED_ON",
            {
                "from": id_,
                "from_kind": "Resource" if told is _AS_RESOURCE else "Item",
                "to": name,
                "to_kind": "Regulation",
            },
            group.file,
            line.number,
            group.layout.sheet,
            column=partial(_column, group.layout, dict(told) | {"to": "withheld_basis", "from": "name"}),
            cells=partial(_cells, group, line),
        )


def _documents(values: Mapping[str, Any]) -> list[str]:
    """The documents that are named as what forbids sharing: by their titles, else by their numbers."""
    text = values.get("withheld_basis")
    if not text:
        return []
    named = dict.fromkeys(_TITLE.findall(text))
    return list(named) or [n.translate(_BRACKETS) for n in _NUMBER.findall(text)]


_BRACKETS = str.maketrans("[［(（]］)）", "〔〔〔〔〕〕〕〕")


def _related(group: _Group) -> Iterator[Row]:
    own = _code(group.values)
    for text in dict.fromkeys(filter(None, _SEVERAL.split(group.values.get("related", "")))):
        refused = None
        try:
            code = codes.resource_code(text)
            if code in own:
                refused = Refusal("bad_value", group.layout.column("related"), text, "this is the resource's own code")
        except ValueError as error:
            code = text
            if "code" in group.layout.fields:
                refused = Refusal("bad_value", group.layout.column("related"), text, str(error))
        to = f"resource:{fold(code)}" if "/" in code else code
        yield Row(
            "RELATED_TO",
            {"from": group.resource["id"], "to": to},
            group.file,
            group.lines[0].number,
            group.layout.sheet,
            column=partial(_column, group.layout, {"to": "related", "from": "name"}),
            cells=partial(_cells, group, group.lines[0]),
            refused=refused,
        )


_AS_RESOURCE: dict[str, str] = {"resource_class": "class", "classification": "classification_2"}
_AS_ITEM: dict[str, str] = {
    "name": "item_name",
    "resource": "name",
    **{n.removeprefix("item_"): n for n in _ITEM_LEVEL if n.startswith("item_") and n != "item_name"},
}


def _column(layout: Layout, told: Mapping[str, str], key: str) -> str:
    """The file's own column of a field of the model."""
    name = told.get(key, key)
    if key == "id" and "id" not in layout.fields:
        name = "item_name" if told is _AS_ITEM else "code" if "code" in layout.fields else "name"
    if name not in layout.fields and key in layout.fields:
        name = key
    return layout.column(name) if name in BY_NAME else key


def _cells(group: _Group, line: _Line) -> Mapping[str, str]:
    """A row that stands for itself: the resource's cells, the item's, and where these differ the item's own word."""
    told = dict(group.values)
    for name in (*_RESOURCE_LEVEL, *_ITEM_LEVEL):
        if name in line.values:
            told[name] = line.values[name]
    for name in _EITHER:
        own = line.values.get(name)
        if not own or _same(own, group.values.get(name, "")):
            continue
        target = f"item_{name}"
        if name == "share_basis":
            withheld = "不予" in line.values.get("share_type", group.values.get("share_type", ""))
            target = "item_withheld_basis" if withheld else "item_share_condition"
        if name == "is_open":
            target, own = "item_open_type", {"是": "无条件开放", "否": "不予开放"}.get(own, own)
        told.setdefault(target, own)
    return {name: value for name, value in told.items() if name in BY_NAME}
