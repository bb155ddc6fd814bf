"""Grids of text as columns: what :mod:`govgraph.loaders.tabular` reads row by row, some thousand rows at a time.

A cell that is plain text stands for itself; of all others each different one is read once, by the code that reads rows.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from govgraph.loaders.rows import Block, Reading, Row
from govgraph.loaders.sheets import MAX_CELL, Grid, Value, text_of, wrong_with
from govgraph.terms import PLAIN, SEPARATORS

SIZE = 10_000
"""Rows of a block."""
_HELD = 16 << 20
"""Characters of a block, about."""


def blocks_of(grid: Grid, last: int, fields: Sequence[str], reading: Reading) -> Iterator[Block]:
    """The rows below the header, which stands in row ``last``; ``fields``: the field of each column, empty if not read."""
    for numbers, columns, cells, odd in _from_batches(grid) if grid.batches else _from_rows(grid, last, len(fields)):
        found: dict[str, pa.Array] = {}
        for name, column in zip(fields, columns, strict=True):
            if name:
                found[name] = _read(name, column, reading, odd)
        yield from _block(numbers, found, odd, cells, reading)


Cells = Callable[[int], Sequence[Value]]


def _block(
    numbers: Sequence[int], columns: dict[str, pa.Array], odd: set[int], cells: Cells, reading: Reading
) -> Iterator[Block]:
    """The block, without its empty rows."""
    stated = [False] * len(numbers)
    for column in columns.values():
        if column.null_count == 0:
            stated = [True] * len(numbers)
            break
        stated = [a or b for a, b in zip(stated, column.is_valid().to_pylist(), strict=True)]
    rows: dict[int, Row | None] = {at: reading.row(numbers[at], cells(at)) for at in odd}
    kept = [at for at, says in enumerate(stated) if (rows[at] is not None if at in rows else says)]
    if not kept:
        return
    if len(kept) < len(numbers):
        columns = {name: column.take(pa.array(kept, pa.int64())) for name, column in columns.items()}
        numbers = [numbers[at] for at in kept]
    for name, text in reading.constants.items():
        column = columns.get(name)
        columns[name] = pa.repeat(text, len(kept)) if column is None else pc.fill_null(column, text)

    def row(at: int) -> Row:
        found = reading.row(numbers[at], cells(kept[at]))
        assert found is not None  # What says nothing is left out.
        return found

    yield Block(
        reading.kind, reading.file, numbers, columns, frozenset(i for i, at in enumerate(kept) if at in odd), row
    )


def _read(name: str, column: pa.Array, reading: Reading, odd: set[int]) -> pa.Array:
    """The cells of a field as rows state them; rows with a cell that can't be taken become odd."""
    length = pc.binary_length(column)
    if (pc.max(length).as_py() or 0) > MAX_CELL:
        odd.update(at for at, size in enumerate(length.to_pylist()) if size is not None and size > MAX_CELL)
    column = pc.if_else(pc.equal(length, 0), pa.scalar(None, pa.string()), column)
    other = column.is_valid()
    if reading.plain(name):
        other = pc.and_(other, pc.invert(pc.match_substring_regex(column, f"^{PLAIN}$")).fill_null(False))
    if not pc.any(other).as_py():
        return column
    texts = column.filter(other).dictionary_encode()
    said: list[str | None] = []
    bad: set[int] = set()
    for code, text in enumerate(texts.dictionary.to_pylist()):
        value = reading.value(name, text)
        if wrong_with(value):
            bad.add(code)
        said.append(value or None)
    if bad:
        places = (at for at, is_other in enumerate(other.to_pylist()) if is_other)
        odd.update(at for at, code in zip(places, texts.indices.to_pylist(), strict=True) if code in bad)
    return pc.replace_with_mask(column, other, pa.array(said, pa.string()).take(texts.indices))


# --- text files -----------------------------------------------------------------------------------------------

_Raw = tuple[Sequence[int], Sequence[pa.Array], Cells, set[int]]
"""Numbers of rows, their columns as texts, the cells of a row by its place, places of odd rows."""


def _from_rows(grid: Grid, last: int, width: int) -> Iterator[_Raw]:
    numbers: list[int] = []
    rows: list[Sequence[Value]] = []
    held = 0
    for number, cells in itertools.chain(grid.rows(), [(0, ())]):
        if rows and (number == 0 or len(rows) == SIZE or held > _HELD):
            yield _transposed(numbers, rows, width)
            numbers, rows, held = [], [], 0
        if number > last and any(cells):
            numbers.append(number)
            rows.append(cells)
            held += sum(map(len, cells))


def _transposed(numbers: list[int], rows: list[Sequence[Value]], width: int) -> _Raw:
    odd: set[int] = set()
    even = rows
    if {*map(len, rows)} != {width}:
        odd.update(at for at, cells in enumerate(rows) if len(cells) > width and any(cells[width:]))
        even = [[*cells[:width], *[""] * (width - len(cells))] for cells in rows]
    columns = [_texts(column, odd) for column in zip(*even, strict=True)]
    return numbers, columns, rows.__getitem__, odd


def _texts(cells: Sequence[Value | None], odd: set[int]) -> pa.Array:
    """Cells as texts; what is none, a list or half a character, stays out and makes its row odd."""
    try:
        return pa.array(cells, pa.string())
    except (pa.ArrowException, UnicodeEncodeError):
        found: list[str | None] = []
        for at, cell in enumerate(cells):
            if isinstance(cell, str) and not wrong_with(cell):
                found.append(cell)
            else:
                found.append(None)
                if cell:
                    odd.add(at)
        return pa.array(found, pa.string())


# --- rows -----------------------------------------------------------------------------------------------------


def of_rows(rows: Iterable[Row]) -> Iterator[Block]:
    """Rows of node kinds as columns, as they come: of one kind and file together. They are statements of no passage, do not
    settle, and stand in no sheet.
    """
    for (kind, file), together in itertools.groupby(rows, key=lambda row: (row.kind, row.file)):
        while found := list(itertools.islice(together, SIZE)):
            yield _of_rows(kind, file, found)


def _of_rows(kind: str, file: str, rows: Sequence[Row]) -> Block:
    odd = {at for at, row in enumerate(rows) if row.refused}
    names = dict.fromkeys(name for row in rows for name in row.values)
    columns = {name: _texts(_column([row.values.get(name) for row in rows], odd), odd) for name in names}
    better = dict.fromkeys(name for row in rows for name in row.also or ())
    also = {name: _texts([(row.also or {}).get(name) for row in rows], odd) for name in better}
    stated = {name: column for name, column in columns.items() if name == "name" or column.null_count < len(rows)}
    stated.setdefault("name", pa.nulls(len(rows), pa.string()))
    return Block(kind, file, [row.row for row in rows], stated, frozenset(odd), rows.__getitem__, also)


def _column(values: list[Any], odd: set[int]) -> list[str | None]:
    """Rows' values of a field as texts; a list with a word that text would split makes its row odd."""
    if {*map(type, values)} <= {str, type(None)}:
        return values if "" not in values else [value or None for value in values]
    found: list[str | None] = []
    for at, value in enumerate(values):
        if isinstance(value, tuple):
            if any(SEPARATORS.search(word) for word in value):
                odd.add(at)
                value = ()
            found.append("|".join(value) or None)
        else:
            found.append(None if value is None or value == "" else str(value))
    return found


# --- Parquet --------------------------------------------------------------------------------------------------


def _from_batches(grid: Grid) -> Iterator[_Raw]:
    assert grid.batches is not None
    before = 0
    for batch in grid.batches():
        odd: set[int] = set()
        columns = [_as_text(column, odd) for column in batch.columns]
        yield range(before + 1, before + 1 + batch.num_rows), columns, partial(_cells, batch), odd
        before += batch.num_rows


def _cells(batch: pa.RecordBatch, at: int) -> list[Value]:
    return [text_of(column[at].as_py()) for column in batch.columns]


def _as_text(column: pa.Array, odd: set[int]) -> pa.Array:
    """A column as the texts of its values, as :func:`text_of` writes them; rows with lists become odd."""
    kind = column.type
    if pa.types.is_string(kind):
        return column
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind) or pa.types.is_integer(kind):
        return column.cast(pa.string())
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        odd.update(at for at, cell in enumerate(column.to_pylist()) if cell)
        return pa.nulls(len(column), pa.string())
    if pa.types.is_null(kind):
        return column.cast(pa.string())
    if not pa.types.is_dictionary(kind):
        try:
            column = column.dictionary_encode()
        except pa.ArrowNotImplementedError:
            return pa.array([text_of(value) for value in column.to_pylist()], pa.string())
    texts: list[Any] = [text_of(value) for value in column.dictionary.to_pylist()]
    return pa.array(texts, pa.string()).take(column.indices)
