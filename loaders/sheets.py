"""Files that hold tables, as rows of text: .xlsx, .xls, .ods, CSV, JSON Lines, Parquet.

What a file is, its content says, not its name. Workbooks are read by calamine, which holds a sheet whole and drops the
value of a cell with an error; so each is looked through before, part by part: how large it is, which cells hold errors or
formulas that nobody computed. What is too large, locked or damaged is refused before anything of it is given.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
import struct
import unicodedata
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal
from xml.parsers import expat

from govgraph.errors import LoadError

if TYPE_CHECKING:
    import pyarrow as pa

Format = Literal["csv", "jsonl", "parquet", "xlsx", "xls", "ods"]
SPREADSHEETS: tuple[Format, ...] = ("xlsx", "xls", "ods")
MAX_CELLS = 20_000_000
"""Cells of a workbook, empty ones within a sheet's bounds counted: about 1.5 GB while it is read."""
MAX_XML = 2 << 30
"""Bytes of a workbook's parts, unpacked."""
MAX_FIELD = 16 << 20
"""Characters of one cell of a text file; a quote that is never closed takes in all that follows it."""
MAX_CELL = 100_000
"""Characters of a cell that lands; Excel itself holds 32,767."""
MAX_FAULTS = 10_000
"""Cells with errors that are told one by one."""
HELP_SHEET = "填写帮助"
"""Sheet of our own templates that explains their columns; it is never data."""
_NOTHING = "Nothing of it was loaded."
_BLOCK = 1 << 20
csv.field_size_limit(MAX_FIELD)

Value = str | tuple[str, ...]
"""A cell: its text, or a list of texts where the format has lists."""
Merged = tuple[int, int, int, int]
"""First row, first column, last row, last column; rows and columns from 1."""


@dataclass(frozen=True)
class Fault:
    """A cell without a value that could be taken."""

    code: str
    value: str
    message: str


@dataclass
class Grid:
    """One sheet: numbered rows of cells, given anew whenever asked for."""

    sheet: str | None
    rows: Callable[[], Iterator[tuple[int, Sequence[Value]]]]
    header: list[str] | None = None
    """Names of the columns, where the format has them beside the rows."""
    faults: dict[tuple[int, int], Fault] = field(default_factory=dict)
    epoch_1904: bool = False
    batches: Callable[[], Iterator[pa.RecordBatch]] | None = None
    """The same rows as columns, where the format has them so."""

    @cached_property
    def faulty(self) -> frozenset[int]:
        """Rows that have faults."""
        return frozenset(row for row, _ in self.faults)


@dataclass
class Book:
    """A file as it was found."""

    format: Format
    grids: list[Grid]
    notes: list[str] = field(default_factory=list)
    """What was left out, for people."""
    lines: int = 0
    """Of a text or Parquet file: how many rows it has at the most."""


def open_book(path: Path, told: Path | None = None) -> Book:
    """What a file holds; it has been read through once, so that what is wrong with all of it is known.

    Args:
        told: the name under which it is spoken of.

    Raises:
        LoadError: it isn't there, is no table, is damaged, locked or too large.
    """
    name = str(told or path)
    try:
        with path.open("rb") as stream:
            head = stream.read(4096)
            stream.seek(0)
            return _open(path, name, head, stream)
    except FileNotFoundError:
        raise LoadError(f"there is no file {name}") from None
    except IsADirectoryError:
        raise LoadError(f"{name} is a folder; name the files in it") from None
    except OSError as error:
        raise LoadError(f"{name} can't be read: {error.strerror or error}. {_NOTHING}") from None


def _open(path: Path, name: str, head: bytes, stream: BinaryIO) -> Book:
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _zipped(path, name)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _xls(path, name)
    if head.startswith(b"PAR1"):
        return _parquet(path, name)
    for magic, what in _NOT_TABLES.items():
        if head.startswith(magic):
            raise LoadError(f"{name} is {what}, no table. {_NOTHING}")
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta", b"<head", b"mime-version:")):
        raise LoadError(
            f"{name} is a web page or XML under the name of a table, as some systems export it; open it in a spreadsheet "
            f"program and save it as .xlsx. {_NOTHING}"
        )
    if start.startswith(b"{") and path.suffix.lower() not in (".csv", ".tsv", ".txt"):
        return _jsonl(path, name)
    if path.suffix.lower() in (".jsonl", ".ndjson", ".json"):
        return _jsonl(path, name)
    return _text(path, name, stream)


_NOT_TABLES = {
    b"%PDF": "a PDF",
    b"\x1f\x8b": "compressed (gzip); unpack it first",
    b"Rar!": "a RAR archive; unpack it first",
    b"7z\xbc\xaf": "a 7z archive; unpack it first",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"SQLite format 3": "an SQLite database",
}


# --- text of a cell -------------------------------------------------------------------------------------------

_INVISIBLE = dict.fromkeys(
    [0xAD, 0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF, 0x61C, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
)
"""Marks that show nothing and turn the reading order: they make two names of one."""
_RADICALS = {
    code: unicodedata.normalize("NFKC", chr(code))
    for code in range(0x2F00, 0x2FD6)
    if unicodedata.normalize("NFKC", chr(code)) != chr(code)
}
_HALF = re.compile(r"[\ud800-\udfff]")
_CONTROLS = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]")


def clean(text: str) -> str:
    """A cell's text: NFC, no invisible marks, Kangxi radicals as the characters that they stand for, no outer spaces."""
    if len(text) > MAX_CELL:
        return text  # It is refused as it is.
    return _cleaned(text) if len(text) < 40 else _cleaned.__wrapped__(text)


@lru_cache(maxsize=50_000)
def _cleaned(text: str) -> str:
    if text.isascii():
        return _CONTROLS.sub("", text).strip()
    text = unicodedata.normalize("NFC", text.translate(_INVISIBLE).translate(_RADICALS))
    return _CONTROLS.sub("", text).strip()


def shown(value: Value) -> str:
    """A cell as a message or a report may show it."""
    text = value if isinstance(value, str) else "|".join(value)
    return text[:200].encode("utf-8", "replace").decode("utf-8")


def head_of(cell: Value) -> str:
    """A cell as a header: no header is long."""
    return clean((cell if isinstance(cell, str) else "|".join(cell))[:300])


def wrong_with(value: Value) -> str:
    """What is wrong with a cell whatever its column; empty: nothing."""
    text = value if isinstance(value, str) else "".join(value)
    if len(text) > MAX_CELL:
        return f"has {len(text):,} characters; a cell may have {MAX_CELL:,}"
    if _HALF.search(text):
        return "holds half a character (a lone surrogate); type it again"
    return ""


def text_of(value: Any) -> Value:
    """A value of a workbook, of JSON or of Parquet, as text."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if value != value:
            return ""
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        whole = value.time() == time() and value.tzinfo is None
        return value.date().isoformat() if whole else value.isoformat(sep=" ")
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, (list, tuple)):
        return tuple(str(text_of(part)) for part in value if part is not None)
    return str(value)


_SERIAL = re.compile(r"\d{5}(\.\d+)?")
_CLOCK = re.compile(r"[T\s]+\d{1,2}[:：]\d{2}([:：]\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$")


def date_text(text: str, *, epoch_1904: bool = False) -> str:
    """A date as a cell may hold it, for :class:`~govgraph.terms.PartialDate`: the time of day left out, an Excel serial
    (44927: days since 1899-12-30, or 1904-01-01) as its day. Anything else comes back as it is.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if _SERIAL.fullmatch(plain):
        start = date(1904, 1, 1) if epoch_1904 else date(1899, 12, 30)
        return (start + timedelta(days=int(float(plain)))).isoformat()
    return _CLOCK.sub("", plain) or text


# --- CSV ------------------------------------------------------------------------------------------------------


def _text(path: Path, name: str, stream: BinaryIO) -> Book:
    encoding = _encoding(name, stream)
    delimiter = _delimiter(path, encoding)

    def rows(strict: bool = False) -> Iterator[tuple[int, Sequence[Value]]]:
        with path.open(encoding=encoding, newline="") as text:
            reader = csv.reader(text, delimiter=delimiter, strict=strict)
            for cells in reader:
                yield reader.line_num, cells

    line = 0
    try:
        for line, _ in rows(strict=True):  # noqa: B007
            pass
    except csv.Error as error:
        why = str(error)
        if "field limit" in why or "field larger" in why:
            why = f"a cell of more than {MAX_FIELD >> 20} MiB; most often a quotation mark is opened and not closed"
        raise LoadError(f"{name}, after line {line}: {why}. {_NOTHING}") from None
    return Book("csv", [Grid(None, rows)] if line else [], lines=line)


def _encoding(name: str, stream: BinaryIO) -> str:
    """UTF-8, strictly; else GB18030, strictly; a file with a mark of UTF-8 or UTF-16 is what the mark says."""
    head = stream.read(4)
    stream.seek(0)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        if (bad := _undecodable(stream, "utf-16")) is not None:
            raise LoadError(f"{name} begins as UTF-16 and is not (byte {bad}); save it as CSV UTF-8. {_NOTHING}")
        return "utf-16"
    bad = _undecodable(stream, "utf-8-sig")
    if bad is None:
        return "utf-8-sig"
    broken = f"{name} is broken UTF-8 (byte {bad}); save it as CSV UTF-8 again. {_NOTHING}"
    # One bad byte makes of good UTF-8 something that GB18030 takes, too, but as nonsense.
    if head.startswith(codecs.BOM_UTF8) or _mostly_utf8(stream):
        raise LoadError(broken)
    if (worse := _undecodable(stream, "gb18030")) is not None:
        raise LoadError(f"{name} is neither UTF-8 nor GB18030 (byte {worse}); save it as CSV UTF-8. {_NOTHING}")
    return "gb18030"


def _undecodable(stream: BinaryIO, encoding: str) -> int | None:
    """Where the bytes stop to be of the encoding."""
    stream.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    before = 0
    while True:
        block = stream.read(_BLOCK)
        try:
            decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            return max(before + error.start, 0)
        if not block:
            return None
        before += len(block)


def _mostly_utf8(stream: BinaryIO) -> bool:
    stream.seek(0)
    whole = wrong = 0
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    while block := stream.read(_BLOCK):
        text = decoder.decode(block)
        wrong += text.count("�")
        whole += sum(not c.isascii() for c in text)
    return wrong * 5 < whole


def _delimiter(path: Path, encoding: str) -> str:
    """What parts the cells of the first line that has any."""
    with path.open(encoding=encoding, newline="") as stream:
        for _ in range(100):
            line = stream.readline(_BLOCK)
            if not line:
                break
            if line.strip():
                found = {d: line.count(d) for d in ",\t;"}
                best = max(found, key=lambda d: found[d])
                if found[best]:
                    return best
    return ","


# --- JSON Lines -----------------------------------------------------------------------------------------------


def _jsonl(path: Path, name: str) -> Book:
    header: dict[str, int] = {}
    line = 0
    for line, record in _records(path, name):
        for key in record:
            header.setdefault(key, len(header))
            if len(header) > 1_000:
                raise LoadError(f"{name}, line {line}: more than 1,000 different keys. {_NOTHING}")

    def rows() -> Iterator[tuple[int, Sequence[Value]]]:
        for number, found in _records(path, name):
            yield number, [found.get(key, "") for key in header]

    return Book("jsonl", [Grid(None, rows, header=list(header))] if line else [], lines=line)


def _records(path: Path, name: str) -> Iterator[tuple[int, dict[str, Value]]]:
    with path.open("rb") as stream:
        number = 0
        while raw := stream.readline(MAX_FIELD + 1):
            number += 1
            where = f"{name}, line {number}"
            if len(raw) > MAX_FIELD:
                raise LoadError(f"{where}: longer than {MAX_FIELD >> 20} MiB. {_NOTHING}")
            if number == 1:
                raw = raw.removeprefix(codecs.BOM_UTF8)
            if not raw.strip():
                continue
            try:
                found = json.loads(raw.decode("utf-8"), object_pairs_hook=_once, parse_constant=_constant)
            except UnicodeDecodeError as error:
                raise LoadError(f"{where}: not UTF-8 (byte {error.start}). {_NOTHING}") from None
            except RecursionError:
                raise LoadError(f"{where}: nested too deeply; a line is one flat object. {_NOTHING}") from None
            except ValueError as error:
                raise LoadError(f"{where}: no JSON object: {error}. {_NOTHING}") from None
            if not isinstance(found, dict):
                raise LoadError(f'{where}: a line is one object, as {{"name": …}}. {_NOTHING}')
            for key, value in found.items():
                parts = value if isinstance(value, list) else [value]
                if any(isinstance(part, (dict, list)) for part in parts):
                    raise LoadError(
                        f"{where}: {key!r} holds an object; a value is a text, a number or a list. {_NOTHING}"
                    )
            yield number, {key: text_of(value) for key, value in found.items()}


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found


def _constant(text: str) -> Any:
    raise ValueError(f"{text} is no value")


# --- Parquet --------------------------------------------------------------------------------------------------


def _parquet(path: Path, name: str) -> Book:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as found:
            columns = found.schema_arrow
            lines = found.metadata.num_rows
            largest = max(
                (found.metadata.row_group(i).total_byte_size for i in range(found.metadata.num_row_groups)), default=0
            )
            if largest > MAX_XML:
                raise LoadError(f"{name} has a row group of {largest:,} bytes; write it with smaller ones. {_NOTHING}")
            for column in columns:
                kind = column.type.value_type if pa.types.is_list(column.type) else column.type
                if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
                    raise LoadError(
                        f"{name}: column {column.name!r} holds {column.type}; a value is a text, a number, a date or a "
                        f"list. {_NOTHING}"
                    )
            for _ in found.iter_batches(batch_size=65_536):
                pass
    except (pa.ArrowException, OSError, UnicodeDecodeError, ValueError) as error:
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise LoadError(f"{name} is a damaged Parquet file: {why}. {_NOTHING}") from None

    def batches() -> Iterator[pa.RecordBatch]:
        with parquet.ParquetFile(path) as again:
            yield from again.iter_batches(batch_size=8_192)

    def rows() -> Iterator[tuple[int, Sequence[Value]]]:
        number = 0
        for batch in batches():
            for cells in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                number += 1
                yield number, [text_of(cell) for cell in cells]

    return Book("parquet", [Grid(None, rows, header=list(columns.names), batches=batches)], lines=lines)


# --- workbooks ------------------------------------------------------------------------------------------------


@dataclass
class _Scan:
    """What is known of a sheet before it is read."""

    rows: int = 0
    columns: int = 0
    hidden_rows: int = 0
    merged: list[Merged] = field(default_factory=list)
    faults: dict[tuple[int, int], Fault] = field(default_factory=dict)

    def at(self, row: int, column: int) -> None:
        self.rows, self.columns = max(self.rows, row), max(self.columns, column)

    def fault(self, row: int, column: int, fault: Fault) -> None:
        if len(self.faults) < MAX_FAULTS:
            self.faults[row, column] = fault


def _error_in(text: str) -> Fault:
    return Fault("formula_error", text, f"the formula of this cell gave {text}; correct it, or type the value")


_UNCOMPUTED = Fault(
    "formula_error",
    "",
    "the formula of this cell was never computed; open the file in a spreadsheet program and save it",
)


def _zipped(path: Path, name: str) -> Book:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            if any(info.flag_bits & 1 for info in archive.infolist()):
                raise LoadError(f"{name} is protected by a password; save it without one. {_NOTHING}")
            if "xl/workbook.bin" in names:
                raise LoadError(f"{name} is a binary workbook (.xlsb); save it as .xlsx. {_NOTHING}")
            if "xl/workbook.xml" in names:
                scans, epoch = _scan_xlsx(archive, name)
                return _calamine(path, name, "xlsx", scans, epoch)
            if "content.xml" in names and b"spreadsheet" in archive.read("mimetype")[:100]:
                if b"manifest:encryption-data" in _part(archive, "META-INF/manifest.xml", name):
                    raise LoadError(f"{name} is protected by a password; save it without one. {_NOTHING}")
                return _calamine(path, name, "ods", _scan_ods(archive, name), False)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, KeyError, NotImplementedError, ValueError) as error:
        raise LoadError(f"{name} is damaged, or cut off ({_why(error)}); save or send it again. {_NOTHING}") from None
    except RuntimeError as error:
        raise LoadError(f"{name} can't be unpacked: {_why(error)}. {_NOTHING}") from None
    except Exception as error:
        if type(error).__module__ == "zlib":
            raise LoadError(f"{name} is damaged ({_why(error)}); save or send it again. {_NOTHING}") from None
        raise
    raise LoadError(f"{name} is a zip archive without a workbook in it. {_NOTHING}")


def _why(error: BaseException) -> str:
    return str(error).strip("'\"").splitlines()[0][:200] if str(error) else type(error).__name__


def _part(archive: zipfile.ZipFile, part: str, name: str, most: int = 20 << 20) -> bytes:
    """A small part of a workbook, whole; empty where there is none."""
    try:
        with archive.open(part) as stream:
            found = stream.read(most + 1)
    except KeyError:
        return b""
    if len(found) > most:
        raise _too_large(name, f"its part {part} has more than {most >> 20} MiB")
    return found


def _too_large(name: str, why: str) -> LoadError:
    return LoadError(
        f"{name} is too large for a workbook: {why}. Remove what is empty, or save its sheets as CSV, which is read line "
        f"by line. {_NOTHING}"
    )


def _elements(text: bytes, name: str, found: Callable[[str, dict[str, str]], None]) -> None:
    """Calls with each element's local name and attributes (local names); a document type is refused."""
    parser = _expat(name, lambda tag, given: found(_local(tag), {_local(k): v for k, v in given.items()}))
    try:
        parser.Parse(text, True)
    except expat.ExpatError as error:
        raise LoadError(f"{name} is damaged ({error}); save it again. {_NOTHING}") from None


def _expat(name: str, start: Callable[[str, dict[str, str]], None]) -> expat.XMLParserType:
    parser = expat.ParserCreate()

    def refuse(*_: object) -> None:
        raise LoadError(f"{name} declares a document type of its own, as no spreadsheet program does. {_NOTHING}")

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = start
    return parser


def _local(name: str) -> str:
    return name.rpartition(":")[2]


_REF = re.compile(rb"\br\s*=\s*[\"']([A-Z]{1,3})([0-9]{1,9})[\"']")
_ROW = re.compile(rb"<(?:\w+:)?row\b[^>]*?\br\s*=\s*[\"']([0-9]{1,9})[\"']")
_HIDDEN = re.compile(rb"<(?:\w+:)?row\b[^>]*?\bhidden\s*=\s*[\"'](?:1|true)[\"']")
_CELL_START = re.compile(rb"<(?:\w+:)?c[\s>/]")
_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*)>(.*?)</(?:\w+:)?c>", re.DOTALL)
_TYPE = re.compile(rb"\bt\s*=\s*[\"'](\w+)[\"']")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
_RESULT = re.compile(rb"<(?:\w+:)?v\s*>([^<]+)<")
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\b[^>]*?\bref\s*=\s*[\"']([A-Z]{1,3})(\d{1,9}):([A-Z]{1,3})(\d{1,9})[\"']")


def column_number(letters: str) -> int:
    """A → 1, AA → 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    """1 → A, 27 → AA."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _scan_xlsx(archive: zipfile.ZipFile, name: str) -> tuple[dict[str, _Scan], bool]:
    epoch = False
    sheets: list[tuple[str, str]] = []
    targets: dict[str, str] = {}

    def workbook(tag: str, given: dict[str, str]) -> None:
        nonlocal epoch
        if tag == "workbookPr":
            epoch = given.get("date1904", "0") in ("1", "true")
        if tag == "sheet":
            sheets.append((given.get("name", ""), given.get("id", "")))

    def relations(tag: str, given: dict[str, str]) -> None:
        if tag == "Relationship":
            target = given.get("Target", "")
            targets[given.get("Id", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"

    _elements(_part(archive, "xl/workbook.xml", name), name, workbook)
    _elements(_part(archive, "xl/_rels/workbook.xml.rels", name), name, relations)
    size = 0
    for info in archive.infolist():
        if info.filename.endswith((".xml", ".rels")):
            size += info.file_size
            if size > MAX_XML:
                raise _too_large(name, f"it unpacks to more than {MAX_XML >> 30} GiB")
            if info.file_size > 50 << 20 and info.file_size > 1000 * max(info.compress_size, 1):
                raise _too_large(name, f"its part {info.filename} unpacks to {info.file_size:,} bytes, a zip bomb")
    found: dict[str, _Scan] = {}
    cells = 0
    for sheet, relation in sheets:
        part = targets.get(relation, "")
        if part not in archive.NameToInfo or "worksheets" not in part:
            continue
        scan = found[sheet] = _scan_sheet(archive, part, name, sheet)
        cells += scan.rows * scan.columns
        if cells > MAX_CELLS:
            raise _too_large(
                name,
                f"sheet {sheet!r} reaches to {column_letters(scan.columns)}{scan.rows}; a workbook may have "
                f"{MAX_CELLS:,} cells",
            )
    with (
        archive.open("xl/sharedStrings.xml") if "xl/sharedStrings.xml" in archive.NameToInfo else io.BytesIO() as part_
    ):
        while block := part_.read(_BLOCK):
            if b"<!DOCTYPE" in block:
                raise LoadError(f"{name} declares a document type of its own. {_NOTHING}")
    return found, epoch


def _scan_sheet(archive: zipfile.ZipFile, part: str, name: str, sheet: str) -> _Scan:
    scan = _Scan()
    held = b""
    with archive.open(part) as stream:
        while True:
            block = stream.read(8 << 20)
            held += block
            end = held.rfind(b"</row>") if b"</row>" in held else held.rfind(b">")
            if not block:
                end = len(held)
            elif end < 0 or len(held) > 256 << 20:
                if len(held) > 64 << 20:
                    raise _too_large(name, f"a row of sheet {sheet!r} has more than {len(held) >> 20} MiB")
                continue
            _scan_rows(held[:end], scan, name)
            held = held[end:]
            if not block:
                return scan


def _scan_rows(text: bytes, scan: _Scan, name: str) -> None:
    if b"<!DOCTYPE" in text:
        raise LoadError(f"{name} declares a document type of its own. {_NOTHING}")
    refs = _REF.findall(text)
    if refs:
        scan.at(max(int(row) for _, row in refs), max(column_number(c.decode()) for c in {c for c, _ in refs}))
    if rows := _ROW.findall(text):
        scan.at(max(map(int, rows)), 1)
    if len(_CELL_START.findall(text)) > len(refs):
        # Cells without an address stand one after another.
        pieces = re.split(rb"</(?:\w+:)?row>", text)
        scan.at(scan.rows + len(pieces), max(len(_CELL_START.findall(piece)) for piece in pieces))
    scan.hidden_rows += len(_HIDDEN.findall(text))
    for a, b, c, d in _MERGED.findall(text):
        if len(scan.merged) < 1_000_000:
            scan.merged.append((int(b), column_number(a.decode()), int(d), column_number(c.decode())))
    if not _FORMULA.search(text) and b'"e"' not in text and b"'e'" not in text:
        return
    for given, inner in _CELL.findall(text):
        ref, type_ = _REF.search(given), _TYPE.search(given)
        if not ref:
            continue
        place = int(ref[2]), column_number(ref[1].decode())
        kind = type_[1] if type_ else b""
        result = _RESULT.search(inner)
        if kind == b"e":
            scan.fault(*place, _error_in(result[1].decode("utf-8", "replace") if result else "#ERROR"))
        elif not result and kind not in (b"str", b"inlineStr") and _FORMULA.search(inner):
            scan.fault(*place, _UNCOMPUTED)


class _OdsScan:
    """Counts what an .ods will unfold to: a cell or a row may say that it stands many times."""

    def __init__(self, name: str) -> None:
        self.found: dict[str, _Scan] = {}
        self._name = name
        self._scan = _Scan()
        self._row = self._column = self._repeated = self._depth = 0
        self._cells = 0

    def start(self, tag: str, given: dict[str, str]) -> None:
        local = _local(tag)
        if local == "table":
            self._depth += 1
            if self._depth == 1:
                self._scan = self.found[given.get("table:name", "")] = _Scan()
                self._row = 0
        elif local == "table-row":
            self._repeated = _count(given.get("table:number-rows-repeated"))
            self._row += 1
            self._column = 0
            if given.get("table:visibility") in ("collapse", "filter"):
                self._scan.hidden_rows += self._repeated
        elif local in ("table-cell", "covered-table-cell"):
            self._cell(given)

    def _cell(self, given: dict[str, str]) -> None:
        row, column = self._row, self._column + 1
        self._column += _count(given.get("table:number-columns-repeated"))
        if "office:value-type" in given or "table:formula" in given:
            self._scan.at(row + self._repeated - 1, self._column)
            if self._scan.rows * self._scan.columns > MAX_CELLS:
                raise _too_large(
                    self._name, f"it unfolds to {self._scan.rows:,} rows and {self._scan.columns:,} columns"
                )
            if given.get("calcext:value-type") == "error":
                self._scan.fault(row, column, _error_in("an error"))
            elif "table:formula" in given and "office:value-type" not in given:
                self._scan.fault(row, column, _UNCOMPUTED)
        down, right = (_count(given.get(f"table:number-{what}-spanned")) for what in ("rows", "columns"))
        if (down > 1 or right > 1) and len(self._scan.merged) < 1_000_000:
            self._scan.merged.append((row, column, row + down - 1, column + right - 1))

    def end(self, tag: str) -> None:
        local = _local(tag)
        if local == "table":
            self._depth -= 1
        elif local == "table-row":
            self._row += self._repeated - 1


def _count(text: str | None) -> int:
    return max(int(text), 1) if text and text.isdecimal() and len(text) < 10 else 1


def _scan_ods(archive: zipfile.ZipFile, name: str) -> dict[str, _Scan]:
    info = archive.getinfo("content.xml")
    if info.file_size > MAX_XML or (info.file_size > 50 << 20 and info.file_size > 1000 * max(info.compress_size, 1)):
        raise _too_large(name, f"it unpacks to {info.file_size:,} bytes")
    scan = _OdsScan(name)
    parser = _expat(name, scan.start)
    parser.EndElementHandler = scan.end
    try:
        with archive.open(info) as stream:
            while block := stream.read(_BLOCK):
                parser.Parse(block, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise LoadError(f"{name} is damaged ({error}); save it again. {_NOTHING}") from None
    return scan.found


_BIFF_CELLS = frozenset((0x0006, 0x00BD, 0x00BE, 0x00D6, 0x00FD, 0x0201, 0x0203, 0x0204, 0x0205, 0x027E))
_BIFF_ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}


def _xls(path: Path, name: str) -> Book:
    import olefile

    try:
        with olefile.OleFileIO(str(path)) as found:
            if found.exists("EncryptedPackage") or found.exists("EncryptionInfo"):
                raise LoadError(f"{name} is protected by a password; save it without one. {_NOTHING}")
            part = next((p for p in ("Workbook", "Book") if found.exists(p)), None)
            if part is None:
                raise LoadError(f"{name} is an Office document without a workbook in it. {_NOTHING}")
            stream = found.openstream(part).read()
    except LoadError:
        raise
    except Exception as error:
        # olefile raises whatever it stumbles over.
        raise LoadError(f"{name} is damaged, or cut off ({_why(error)}); save it again. {_NOTHING}") from None
    scans, epoch = _scan_biff(stream, name)
    return _calamine(path, name, "xls", scans, epoch)


def _scan_biff(stream: bytes, name: str) -> tuple[dict[str, _Scan], bool]:
    by_place: dict[int, _Scan] = {}
    named: list[tuple[str, int]] = []
    scan, epoch, at, cells = _Scan(), False, 0, 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        body = stream[at + 4 : at + 4 + length]
        if kind == 0x0809:
            scan = by_place.setdefault(at, _Scan())
        elif kind == 0x002F:
            raise LoadError(f"{name} is protected by a password; save it without one. {_NOTHING}")
        elif kind == 0x0085 and length > 8:
            wide = body[7] & 1
            text = body[8 : 8 + body[6] * (2 if wide else 1)]
            named.append(
                (text.decode("utf-16-le" if wide else "latin-1", "replace"), struct.unpack_from("<I", body)[0])
            )
        elif kind == 0x0022 and length >= 2:
            epoch = body[0] == 1
        elif kind == 0x0208 and length >= 16:
            scan.hidden_rows += bool(struct.unpack_from("<I", body, 12)[0] & 0x20)
        elif kind == 0x00E5 and length >= 2:
            for i in range(2, length - 7, 8):
                top, bottom, left, right = struct.unpack_from("<4H", body, i)
                scan.merged.append((top + 1, left + 1, bottom + 1, right + 1))
        elif kind in _BIFF_CELLS and length >= 4:
            row, column = struct.unpack_from("<HH", body)
            if kind in (0x00BD, 0x00BE) and length >= 6:
                column = struct.unpack_from("<H", body, length - 2)[0]
            before = scan.rows * scan.columns
            scan.at(row + 1, column + 1)
            cells += scan.rows * scan.columns - before
            if cells > MAX_CELLS:
                raise _too_large(name, f"its sheets reach over more than {MAX_CELLS:,} cells")
            if kind == 0x0205 and length >= 8 and body[7] == 1:
                scan.fault(row + 1, column + 1, _error_in(_BIFF_ERRORS.get(body[6], "an error")))
            elif kind == 0x0006 and length >= 14 and body[12:14] == b"\xff\xff" and body[6] == 2:
                scan.fault(row + 1, column + 1, _error_in(_BIFF_ERRORS.get(body[8], "an error")))
        at += 4 + length
    return {sheet: by_place[place] for sheet, place in named if place in by_place}, epoch


def _calamine(path: Path, name: str, format_: Format, scans: dict[str, _Scan], epoch: bool) -> Book:
    import python_calamine as calamine

    book = Book(format_, [])
    try:
        with path.open("rb") as stream:
            found = calamine.CalamineWorkbook.from_filelike(stream)
            for meta in found.sheets_metadata:
                if meta.typ != calamine.SheetTypeEnum.WorkSheet or meta.name == HELP_SHEET:
                    continue
                if meta.visible != calamine.SheetVisibleEnum.Visible:
                    book.notes.append(f"{name}: sheet {meta.name!r} is hidden and was left out; show it to load it")
                    continue
                scan = scans.get(meta.name, _Scan())
                if scan.hidden_rows:
                    book.notes.append(
                        f"{name}: sheet {meta.name!r} has {scan.hidden_rows:,} hidden rows; they are read as the others"
                    )
                sheet = found.get_sheet_by_name(meta.name)
                book.grids.append(
                    Grid(meta.name, _sheet_rows(sheet, _down(scan, name)), faults=scan.faults, epoch_1904=epoch)
                )
    except calamine.PasswordError:
        raise LoadError(f"{name} is protected by a password; save it without one. {_NOTHING}") from None
    except (calamine.CalamineError, OSError, ValueError) as error:
        raise LoadError(f"{name} can't be read as a workbook: {_why(error)}; save it again. {_NOTHING}") from None
    except BaseException as error:
        # A panic of the Rust below comes as no Exception.
        if type(error).__name__ != "PanicException":
            raise
        raise LoadError(
            f"{name} is damaged: the reader of workbooks gave up on it; save it again. {_NOTHING}"
        ) from None
    return book


def _down(scan: _Scan, name: str) -> dict[int, list[tuple[int, int]]]:
    """Merged cells that go over several rows: first row → last row and column of each.

    Raises:
        LoadError: they lie over one another, as no spreadsheet program lets them.
    """
    found: dict[int, list[tuple[int, int]]] = {}
    cells = 0
    for top, left, bottom, _ in scan.merged:
        bottom = min(bottom, scan.rows)
        if bottom > top:
            cells += bottom - top
            found.setdefault(top, []).append((bottom, left))
    if cells > MAX_CELLS:
        raise _too_large(name, "its merged cells lie over one another")
    return found


def _sheet_rows(
    sheet: Any, down: Mapping[int, Sequence[tuple[int, int]]]
) -> Callable[[], Iterator[tuple[int, Sequence[Value]]]]:
    """The rows of a sheet; a merged cell's value stands in each of its rows."""

    def rows() -> Iterator[tuple[int, Sequence[Value]]]:
        if sheet.start is None:
            return
        held: list[tuple[int, int, Value]] = []
        for number, cells in enumerate(sheet.iter_rows(), 1):
            texts = [text_of(cell) if cell != "" else "" for cell in cells]
            if held:
                held = [merged for merged in held if merged[0] >= number]
                for _, column, value in held:
                    texts[column - 1] = texts[column - 1] or value
            for last, column in down.get(number, ()):
                if column <= len(texts) and texts[column - 1]:
                    held.append((last, column, texts[column - 1]))
            yield number, texts

    return rows
