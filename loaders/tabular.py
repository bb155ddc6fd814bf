"""Files of one node kind or edge type: the columns are the model's field names, or their labels.

Spreadsheets, CSV, JSON Lines or Parquet (:mod:`govgraph.loaders.sheets`). Columns that start with ``reject_`` are ignored,
so that a corrected rejects file loads as it is. A file that can't be read lands nothing: it is read through, and its header
checked, before any row is given.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from govgraph import codes
from govgraph.errors import LoadError, UsageError
from govgraph.loaders.mapping import LEFT_OUT, Names, forms, nearest
from govgraph.loaders.rejects import EXTRA, armed
from govgraph.loaders.rows import Block, Reading, Refusal, Row
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
from govgraph.model import EDGES, NODES, NUMBERS, Stage, labels_of
from govgraph.terms import TRUTH, fold

_PEEK = 30
"""Rows of a sheet in which the header stands."""
_NOTHING = "Nothing of it was loaded."


def kind_of(text: str) -> str:
    """The node kind or edge type that a word means: its name, plural or label; record edges also by their stage.

    Raises:
        UsageError: the model has none of that name.
    """
    word = fold(text)
    for kind, model in NODES.items():
        if word in (fold(kind), fold(model.zh), fold(model.en), fold(model.plural)):
            return kind
    for type_, edge in EDGES.items():
        if word in (fold(type_), fold(edge.en), fold(edge.zh)):
            return type_
    raise UsageError(f"the model has no kind {text!r}; node kinds: {', '.join(NODES)}; edge types: {', '.join(EDGES)}")


@cache
def fields(kind: str) -> dict[str, tuple[str, str]]:
    """The columns of a file of that kind: name → Chinese and English label."""
    model = NODES.get(kind) or EDGES[kind]
    found: dict[str, tuple[str, str]] = {}
    if kind in EDGES:
        found |= {
            "from": ("自", "from: id, alias or name"),
            "to": ("至", "to: id, alias or name"),
            "from_kind": ("自的类别", "kind of from, where its name isn't enough"),
            "to_kind": ("至的类别", "kind of to, where its name isn't enough"),
        }
        if kind in Stage.__members__:
            found["stage"] = ("环节", "stage; may be left out, the type says it")
    found.update(labels_of(model))
    return found


def template(kind: str) -> str:
    """The header line of a CSV file of that kind."""
    return ",".join(fields(kind)) + "\n"


class Tables:
    """Files of one kind, checked as far as a whole file can be wrong; ``rows`` gives what they say.

    Raises:
        LoadError: a file is missing, can't be read, or has a header that names no column of the kind.
    """

    def __init__(
        self, kind: str, files: Sequence[Path], names: Names | None = None, *, root: Path | None = None
    ) -> None:
        self.kind = kind
        self.notes: list[str] = []
        self.formats: list[str] = []
        self._files = [(file, str(file.relative_to(root) if root else file)) for file in files]
        self._names = names or Names()
        self._known = _known(kind)
        model = NODES.get(kind) or EDGES[kind]
        self._dates = frozenset(c.name for c in model.columns() if c.is_date)
        self._bools = frozenset(c.name for c in model.columns() if c.type == "bool")
        self._book: tuple[Path, Book] | None = None
        self._lines = 0
        self._headers = [self._check(file, told) for file, told in self._files]

    def rows(self) -> Iterator[Row]:
        """The rows of the files, in order."""
        for (file, told), headers in zip(self._files, self._headers, strict=True):
            for grid in self._open(file, told).grids:
                if grid.sheet in headers:
                    yield from self._of_grid(grid, told, *headers[grid.sheet])

    @property
    def lines(self) -> int:
        """How many rows there are at the most; 0: some are in a workbook, and :meth:`blocks` does not give them."""
        return self._lines if all(f not in SPREADSHEETS for f in self.formats) else 0

    def blocks(self) -> Iterator[Block]:
        """The rows of text and Parquet files as columns, in order."""
        from govgraph.loaders.blocks import blocks_of

        for (file, told), headers in zip(self._files, self._headers, strict=True):
            for grid in self._open(file, told).grids:
                last, header = headers[None]
                yield from blocks_of(grid, last, _fields_of(header), self._column(grid, told, header))

    def _column(self, grid: Grid, told: str, header: list[str]) -> Reading:
        """How cells of a grid are read."""
        disarmed = "reject" in header
        by_word = {*self._names.values, *self._dates, *self._bools}
        return Reading(
            self.kind,
            told,
            dict(self._names.constants),
            value=lambda name, cell: self._value(name, cell, grid, disarmed),
            plain=lambda name: not disarmed and name not in by_word,
            row=lambda number, cells: self._row(grid, told, header, number, cells),
        )

    def _open(self, file: Path, told: str) -> Book:
        if self._book is None or self._book[0] != file:
            self._book = None
            self._book = (file, open_book(file, Path(told)))
        return self._book[1]

    def _of_grid(self, grid: Grid, told: str, last: int, header: list[str]) -> Iterator[Row]:
        for number, cells in grid.rows():
            if number <= last or (not any(cells) and number not in grid.faulty):
                continue
            if row := self._row(grid, told, header, number, cells):
                yield row

    def _row(self, grid: Grid, told: str, header: list[str], number: int, cells: Sequence[Value]) -> Row | None:
        """What a row of cells says; None: nothing."""
        disarmed = "reject" in header
        values: dict[str, Any] = {}
        refused: Refusal | None = None
        for at, (name, cell) in enumerate(zip(_fields_of(header), cells, strict=False), 1):
            fault: Fault | None = grid.faults.get((number, at)) if grid.faults and name else None
            if fault:
                refused = refused or Refusal(fault.code, name, fault.value, fault.message)
            if name and (value := self._value(name, cell, grid, disarmed)):
                values[name] = value
                if wrong := wrong_with(value):
                    refused = refused or Refusal("bad_value", name, shown(value), wrong)
        extra = [c if isinstance(c, str) else "|".join(c) for c in cells[len(header) :]]
        if any(cell.strip() for cell in extra):
            values[EXTRA] = "|".join(extra)
        if not values and not refused:
            return None
        _known_by_number(self.kind, values)
        return Row(self.kind, {**self._names.constants, **values}, told, number, grid.sheet, refused=refused)

    def _value(self, name: str, cell: Value, grid: Grid, disarmed: bool) -> Value:
        if not isinstance(cell, str):
            return tuple(part for c in cell if (part := clean(c)))
        text = clean(cell)
        if not text:
            return ""
        if disarmed:
            text = armed(text)
        value = self._names.value(name, text)
        if isinstance(value, str):
            if name in self._dates:
                return date_text(value, epoch_1904=grid.epoch_1904)
            if name in self._bools:
                return TRUTH.get(value, value)
        return value

    # --- headers ---

    def _check(self, file: Path, told: str) -> dict[str | None, tuple[int, list[str]]]:
        book = self._open(file, told)
        self.formats.append(book.format)
        self._lines += book.lines
        self.notes += book.notes
        if not book.grids:
            raise LoadError(f"{told} is empty; its first line names the columns: {template(self.kind).strip()}")
        found: dict[str | None, tuple[int, list[str]]] = {}
        skipped: list[str] = []
        for grid in book.grids:
            where = f"{told}, sheet {grid.sheet!r}" if grid.sheet else told
            at = self._header_at(grid)
            if at is not None:
                found[grid.sheet] = (at[0], self._header(where, *at))
            else:
                skipped.append(f"{where} was left out: no row of it has the columns of {self.kind}")
        if not found:
            # Say what is wrong with the first row that could have been meant.
            for grid in book.grids:
                for number, cells in [(0, grid.header)] if grid.header else grid.rows():
                    if number > _PEEK or any(cells):
                        where = f"{told}, sheet {grid.sheet!r}" if grid.sheet else told
                        self._header(where, number, [head_of(c) for c in cells])
                        break
            raise LoadError(f"{told} is empty; its first line names the columns: {template(self.kind).strip()}")
        self.notes += skipped
        return found

    def _header_at(self, grid: Grid) -> tuple[int, list[str]] | None:
        """The row that names the columns: the first of a text file, else the first that has what is needed."""
        if grid.header is not None:
            return 0, grid.header
        for number, cells in islice(grid.rows(), _PEEK):
            texts = [head_of(c) for c in cells]
            if grid.sheet is None:
                if any(texts):
                    return number, texts
                continue
            named = {self._field(text) for text in texts} - {None, ""}
            if all(set(needed) & named for needed in self._needed()):
                return number, texts
        return None

    def _needed(self) -> tuple[tuple[str, ...], ...]:
        needed: tuple[tuple[str, ...], ...] = (("id", "name"),) if self.kind in NODES else (("from",), ("to",))
        return tuple(fields_ for fields_ in needed if not set(fields_) & set(self._names.constants))

    def _field(self, header: str) -> str | None:
        """The field of a header; empty for a column that is not read."""
        for form in forms(header):
            if form in self._names.columns:
                name = self._names.columns[form]
                return "" if name == LEFT_OUT else name
            if form in self._known:
                return self._known[form]
        return None

    def _header(self, where: str, number: int, header: Sequence[str]) -> list[str]:
        found: list[str] = []
        line = f"{where}, line {number}" if number else where
        for position, cell in enumerate(header, 1):
            if not clean(cell):
                found.append("")
                continue
            if fold(cell).startswith("reject_"):
                found.append("reject")
                continue
            name = self._field(cell)
            if name is None:
                near = nearest(cell, self._known)
                raise LoadError(
                    f"{line}, column {position} ({column_letters(position)}): {self.kind} has no column {clean(cell)[:100]!r}"
                    + (f"; nearest: {near}" if near else "")
                    + f"; it has: {', '.join(fields(self.kind))}. Say what it is with --map HEADER=FIELD. {_NOTHING}"
                )
            if name and name in found:
                raise LoadError(f"{line}: column {name} stands twice. {_NOTHING}")
            found.append(name)
        for needed in self._needed():
            if not set(needed) & set(found):
                raise LoadError(f"{line}: column {needed[-1]} is missing. {_NOTHING}")
        return found


def _fields_of(header: Sequence[str]) -> list[str]:
    """The field of each column; empty: it is not read."""
    return ["" if name == "reject" else name for name in header]


def _known(kind: str) -> Mapping[str, str]:
    known: dict[str, str] = {}
    for name, labels in fields(kind).items():
        for word in (name, labels[0]):
            known.setdefault(fold(word), name)
    return known


def _known_by_number(kind: str, values: dict[str, Any]) -> None:
    """Let a thing be found by its number, too."""
    number = values.get(NUMBERS.get(kind, ""))
    if not isinstance(number, str):
        return
    aliases = values.get("aliases", ())
    before = re.split(r"[|；;]", aliases) if isinstance(aliases, str) else aliases
    plain = codes.plain(number) if kind == "Agency" else number
    values["aliases"] = tuple(dict.fromkeys((*(a for a in before if a), plain)))
