"""Refused rows, whole, with the reasons beside them: as .xlsx for every spreadsheet, else in the input's own format.

The file loads again once it is corrected: columns that start with ``reject_`` are ignored. A cell that a spreadsheet
program would take for a formula is written as text: in .xlsx as such, in CSV behind an apostrophe, which is taken off
again when the file is loaded.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TextIO

from govgraph.answers import Reject
from govgraph.errors import LoadError
from govgraph.loaders.rows import Row

REASONS = (
    "reject_file",
    "reject_sheet",
    "reject_row",
    "reject_column",
    "reject_code",
    "reject_message",
    "reject_cells",
)
EXTRA = "…"
"""Where a row keeps cells beyond its header."""
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_SHEET_ROWS = 1_000_000
_SHEET_CELL = 32_767


def disarmed(text: str) -> str:
    """A text that no spreadsheet program takes for a formula when it opens the CSV file."""
    return f"'{text}" if _FORMULA.match(text) else text


def armed(text: str) -> str:
    """What :func:`disarmed` was given."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text[1:]) else text


class _Writer(Protocol):
    def write(self, values: Mapping[str, str]) -> None: ...
    def close(self) -> None: ...


class RejectsFile:
    """Writes refused rows; made when the first one comes. Its ending says its format.

    ``columns``: field → header of what the rows have.
    """

    def __init__(self, path: Path, columns: Mapping[str, str]) -> None:
        self.path = path
        self._columns = dict(columns)
        self._writer: _Writer | None = None
        self._seen: set[int] = set()

    def add(self, row: Row, reject: Reject) -> None:
        """Write one refused row; of a row that says several things, once, with the first reason."""
        if row.cells is not None:
            key = hash((row.file, row.sheet, row.row))
            if key in self._seen:
                return
            self._seen.add(key)
        if self._writer is None:
            try:
                self._writer = _writer(self.path, [*self._columns.values(), *REASONS])
            except OSError as error:
                raise LoadError(f"the rejects file {self.path} can't be written: {error.strerror}") from None
        cells = row.cells() if row.cells is not None else row.values
        told = {self._columns[n]: _text(v) for n, v in cells.items() if n in self._columns}
        self._writer.write(
            told
            | {
                "reject_file": row.file,
                "reject_sheet": row.sheet or "",
                "reject_row": str(row.row),
                "reject_column": reject.column or "",
                "reject_code": reject.code,
                "reject_message": reject.message,
                "reject_cells": _text(row.values.get(EXTRA, "")),
            }
        )

    def close(self) -> Path | None:
        """The path, if anything was written."""
        if self._writer is None:
            return None
        try:
            self._writer.close()
        except OSError as error:
            raise LoadError(f"the rejects file {self.path} can't be written: {error.strerror}") from None
        return self.path


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "|".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _writer(path: Path, columns: Sequence[str]) -> _Writer:
    suffix = path.suffix.lower()
    if suffix == ".xlsx":
        return _Xlsx(path, columns)
    if suffix in (".jsonl", ".ndjson", ".json"):
        return _Jsonl(path)
    if suffix == ".parquet":
        return _Parquet(path, columns)
    return _Csv(path, columns)


class _Csv:
    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self._stream: TextIO = path.open("w", encoding="utf-8-sig", newline="", errors="backslashreplace")
        self._writer = csv.DictWriter(self._stream, columns, extrasaction="ignore")
        self._writer.writeheader()

    def write(self, values: Mapping[str, str]) -> None:
        self._writer.writerow({name: disarmed(value) for name, value in values.items()})

    def close(self) -> None:
        self._stream.close()


class _Jsonl:
    def __init__(self, path: Path) -> None:
        self._stream: TextIO = path.open("w", encoding="utf-8")

    def write(self, values: Mapping[str, str]) -> None:
        stated = {name: value for name, value in values.items() if value}
        # Half a character can't be written but as an escape.
        whole = all(value.isascii() or not re.search(r"[\ud800-\udfff]", value) for value in stated.values())
        self._stream.write(json.dumps(stated, ensure_ascii=not whole) + "\n")

    def close(self) -> None:
        self._stream.close()


class _Xlsx:
    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        import xlsxwriter

        path.open("wb").close()
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        self._book = xlsxwriter.Workbook(str(path), options)
        self._columns = list(columns)
        self._head = self._book.add_format({"bold": True, "bg_color": "#DDE6F0", "border": 1})
        self._why = self._book.add_format({"font_color": "#B00020"})
        self._text = self._book.add_format({"num_format": "@"})
        self._number = 0
        self._sheet: Any = None
        self._row = _SHEET_ROWS + 1

    def write(self, values: Mapping[str, str]) -> None:
        if self._row > _SHEET_ROWS:
            self._begin()
        for at, name in enumerate(self._columns):
            if value := values.get(name, ""):
                value = _printable(value)
                cut = value if len(value) <= _SHEET_CELL else value[: _SHEET_CELL - 1] + "…"
                self._sheet.write_string(self._row, at, cut, self._why if name.startswith("reject_") else self._text)
        self._row += 1

    def _begin(self) -> None:
        self._number += 1
        self._sheet = self._book.add_worksheet(f"rejects{self._number if self._number > 1 else ''}")
        self._sheet.freeze_panes(1, 0)
        for at, name in enumerate(self._columns):
            self._sheet.set_column(at, at, 40 if name == "reject_message" else 16)
            self._sheet.write_string(0, at, name, self._head)
        self._row = 1

    def close(self) -> None:
        import xlsxwriter.exceptions

        try:
            self._book.close()
        except xlsxwriter.exceptions.FileCreateError as error:
            raise OSError(0, str(error)) from None


def _printable(text: str) -> str:
    """Without what XML can't hold."""
    return re.sub(r"[\ud800-\udfff￾￿]", "�", text)


class _Parquet:
    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        import pyarrow as pa
        from pyarrow import parquet

        self._schema = pa.schema([(name, pa.string()) for name in columns])
        self._writer = parquet.ParquetWriter(path, self._schema)
        self._rows: list[Mapping[str, str]] = []

    def write(self, values: Mapping[str, str]) -> None:
        self._rows.append({name: _printable(value) for name, value in values.items()})
        if len(self._rows) >= 10_000:
            self._flush()

    def _flush(self) -> None:
        import pyarrow as pa

        self._writer.write_table(pa.Table.from_pylist(self._rows, schema=self._schema))
        self._rows = []

    def close(self) -> None:
        if self._rows:
            self._flush()
        self._writer.close()
