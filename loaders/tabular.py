"""CSV files of one node kind or edge type: the columns are the model's field names, or their labels.

UTF-8 with or without a byte-order mark. Columns that start with ``reject_`` are ignored, so that a corrected rejects
file loads as it is. A file that can't be read lands nothing: its header and encoding are checked before any row is given.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

from govgraph.answers import Reject
from govgraph.errors import LoadError, UsageError
from govgraph.loaders.rows import Row
from govgraph.model import EDGES, NODES, Stage
from govgraph.terms import fold

REJECT_COLUMNS = ("reject_file", "reject_row", "reject_column", "reject_code", "reject_message", "reject_cells")
_EXTRA = "…"
csv.field_size_limit(16 << 20)


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
    for name, info in model.model_fields.items():
        extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
        found[name] = (str(extra.get("zh", name)), info.title or name)
    return found


def template(kind: str) -> str:
    """The header line of a file of that kind."""
    return ",".join(fields(kind)) + "\n"


def rows(kind: str, files: Sequence[Path], *, root: Path | None = None) -> Iterator[Row]:
    """The rows of the files, in order; all files are checked before this returns. ``root``: names are told from there.

    Raises:
        LoadError: a file is missing, is no UTF-8 CSV, or has a header that names no column of the kind.
    """
    names = [file.relative_to(root) if root else file for file in files]
    return _rows(kind, files, names, [_check(kind, *found) for found in zip(files, names, strict=True)])


def _rows(kind: str, files: Sequence[Path], names: Sequence[Path], headers: Sequence[list[str]]) -> Iterator[Row]:
    for file, told, header in zip(files, names, headers, strict=True):
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream)
            next(reader)
            for cells in reader:
                if not any(cell.strip() for cell in cells):
                    continue
                values: dict[str, str] = {
                    name: cell for name, cell in zip(header, cells, strict=False) if name and cell.strip()
                }
                if any(cell.strip() for cell in cells[len(header) :]):
                    values[_EXTRA] = "|".join(cells[len(header) :])
                yield Row(kind, values, str(told), reader.line_num)


def _check(kind: str, path: Path, file: Path) -> list[str]:
    """Read the file at ``path``, told as ``file``, through once: encoding, quoting, header."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, strict=True)
            header = next(reader, None)
            if header is None:
                raise LoadError(f"{file} is empty; its first line names the columns: {template(kind).strip()}")
            for _ in reader:
                pass
    except FileNotFoundError:
        raise LoadError(f"there is no file {file}") from None
    except IsADirectoryError:
        raise LoadError(f"{file} is a folder; name the CSV files in it") from None
    except OSError as error:
        raise LoadError(f"{file} can't be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise LoadError(
            f"{file} is not UTF-8 (byte {error.start}); save it as CSV UTF-8. Nothing of it was loaded."
        ) from None
    except csv.Error as error:
        raise LoadError(f"{file}, line {reader.line_num}: {error}. Nothing of it was loaded.") from None
    return _header(kind, file, header)


def _header(kind: str, file: Path, header: list[str]) -> list[str]:
    known: dict[str, str] = {}
    for name, labels in fields(kind).items():
        for word in (name, labels[0]):
            known.setdefault(fold(word), name)
    found: list[str] = []
    for position, cell in enumerate(header, 1):
        if not cell.strip() or fold(cell).startswith("reject_"):
            found.append("")
            continue
        if fold(cell) not in known:
            raise LoadError(
                f"{file}, line 1, column {position}: {kind} has no column {cell.strip()!r}; it has: "
                f"{', '.join(fields(kind))}. Nothing of it was loaded."
            )
        name = known[fold(cell)]
        if name in found:
            raise LoadError(f"{file}, line 1: column {name} stands twice. Nothing of it was loaded.")
        found.append(name)
    for needed in (("id", "name"),) if kind in NODES else (("from",), ("to",)):
        if not set(needed) & set(found):
            raise LoadError(f"{file}, line 1: column {needed[-1]} is missing. Nothing of it was loaded.")
    return found


class RejectsFile:
    """Writes refused rows whole, with the reason beside them; made when the first one comes."""

    def __init__(self, path: Path, kind: str) -> None:
        self.path = path
        self._columns = [*fields(kind), *REJECT_COLUMNS]
        self._writer: csv.DictWriter[str] | None = None
        self._stream: TextIO | None = None

    def add(self, row: Row, reject: Reject) -> None:
        """Write one refused row."""
        if self._writer is None:
            try:
                self._stream = self.path.open("w", encoding="utf-8-sig", newline="")
            except OSError as error:
                raise LoadError(f"the rejects file {self.path} can't be written: {error.strerror}") from None
            self._writer = csv.DictWriter(self._stream, self._columns, extrasaction="ignore")
            self._writer.writeheader()
        self._writer.writerow(
            row.values
            | {
                "reject_file": row.file,
                "reject_row": row.row,
                "reject_column": reject.column or "",
                "reject_code": reject.code,
                "reject_message": reject.message,
                "reject_cells": row.values.get(_EXTRA, ""),
            }
        )

    def close(self) -> Path | None:
        """The path, if anything was written."""
        if self._stream is None:
            return None
        self._stream.close()
        return self.path
