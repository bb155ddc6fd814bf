"""Files as they come: each kind of mess, made by a script. ``python -m tests.corpus DIR`` writes them all."""

from __future__ import annotations

import io
import json
import sys
import warnings
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import xlsxwriter

from govgraph.codes import make_credit_code

HEAD = ["信息资源名称", "信息资源代码", "信息资源提供方", "信息项名称", "数据类型", "共享类型", "开放类型", "发布日期"]
ROW = ["参保登记", "307026/000001", "数据局", "姓名", "C", "有条件共享", "不予开放", "2023-05-01"]
CODE = make_credit_code("1", "1", "520000", "DEM00009")
FILES: dict[str, Callable[[Path], None]] = {}


def broken(name: str) -> Callable[[Callable[[Path], None]], Callable[[Path], None]]:
    """Registers a maker of a file."""

    def register(make: Callable[[Path], None]) -> Callable[[Path], None]:
        FILES[name] = make
        return make

    return register


def row(**changed: object) -> list[object]:
    """A good row with some cells changed, by header."""
    return [changed.get(h, v) for h, v in zip(HEAD, ROW, strict=True)]


def workbook(path: Path, rows: list[list[Any]], *, then: Callable[[Any, Any], None] | None = None) -> None:
    """An .xlsx with one sheet; ``then`` may do more to it."""
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet("目录")
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for r, cells in enumerate(rows):
        for c, value in enumerate(cells):
            if isinstance(value, date):
                sheet.write_datetime(r, c, value, day)
            elif isinstance(value, (int, float)) and not isinstance(value, bool):
                sheet.write_number(r, c, value)
            elif value not in ("", None):
                sheet.write(r, c, value)
    if then:
        then(book, sheet)
    book.close()


def text(path: Path, rows: list[list[Any]], encoding: str = "utf-8") -> None:
    """A CSV file."""
    path.write_bytes("".join(",".join(map(str, cells)) + "\n" for cells in rows).encode(encoding))


def patched(path: Path, part: str, change: Callable[[bytes], bytes]) -> None:
    """Rewrites one part of a zipped file."""
    with zipfile.ZipFile(path) as archive:
        parts = {info.filename: archive.read(info) for info in archive.infolist()}
    parts[part] = change(parts[part])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


SHEET = "xl/worksheets/sheet1.xml"


# --- containers that aren't what they say, or are damaged ---------------------------------------------------------


@broken("truncated.xlsx")
def _(path: Path) -> None:
    workbook(path, [HEAD, ROW])
    path.write_bytes(path.read_bytes()[:-400])


@broken("corrupt.xlsx")
def _(path: Path) -> None:
    workbook(path, [HEAD, ROW] * 50)
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        start = archive.getinfo(SHEET).header_offset + 80
    content[start : start + 40] = bytes(40)
    path.write_bytes(content)


@broken("empty.xlsx")
def _(path: Path) -> None:
    path.write_bytes(b"")


@broken("empty.csv")
def _(path: Path) -> None:
    path.write_bytes(b"")


@broken("blank.csv")
def _(path: Path) -> None:
    path.write_bytes(b"\n\n , ,\n")


@broken("no-sheet-content.xlsx")
def _(path: Path) -> None:
    workbook(path, [])


@broken("word.xlsx")
def _(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<w:document/>")


@broken("page.xls")
def _(path: Path) -> None:
    path.write_text("<html><table><tr><td>信息资源名称</td></tr></table></html>", encoding="utf-8")


@broken("document.csv")
def _(path: Path) -> None:
    path.write_bytes(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")


@broken("binary.xlsb")
def _(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.bin", b"\x00")


@broken("password.xlsx")
def _(path: Path) -> None:
    path.write_bytes(_ole({"EncryptionInfo": bytes(4096), "EncryptedPackage": bytes(4096)}))


@broken("ole-without-workbook.xls")
def _(path: Path) -> None:
    path.write_bytes(_ole({"WordDocument": bytes(4096)}))


@broken("ole-cut.xls")
def _(path: Path) -> None:
    path.write_bytes(_ole({"Workbook": bytes(4096)})[:700])


@broken("password.zip.xlsx")
def _(path: Path) -> None:
    workbook(path, [HEAD, ROW])
    content = path.read_bytes()
    # The bit that says: encrypted, in each header.
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.find(mark)
        while place >= 0:
            content = content[: place + at] + b"\x01" + content[place + at + 1 :]
            place = content.find(mark, place + 4)
    path.write_bytes(content)


def _ole(streams: dict[str, bytes]) -> bytes:
    """A minimal compound file: one FAT sector, one directory sector, streams of 4,096 bytes each."""
    import struct

    free, end, fat_mark = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    fat = [fat_mark, end]
    entries = [_entry("Root Entry", 5, end, 0, child=1)]
    body = b""
    for number, (name, content) in enumerate(streams.items()):
        first = len(fat)
        count = len(content) // 512
        fat += [*range(first + 1, first + count), end]
        last = number == len(streams) - 1
        entries.append(_entry(name, 2, first, len(content), right=free if last else number + 2))
        body += content
    fat += [free] * (128 - len(fat))
    directory = b"".join(entries).ljust(512, b"\0")
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += struct.pack("<HHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, end, 0, end, 0)
    head += struct.pack("<109I", 0, *[free] * 108)
    return head + struct.pack("<128I", *fat) + directory + body


def _entry(name: str, kind: int, start: int, size: int, *, child: int = 0xFFFFFFFF, right: int = 0xFFFFFFFF) -> bytes:
    import struct

    told = (name + "\0").encode("utf-16-le")
    return told.ljust(64, b"\0") + struct.pack(
        "<HBBIII16xI16xIQ", len(told), kind, 1, 0xFFFFFFFF, right, child, 0, start, size
    )


# --- what is too large --------------------------------------------------------------------------------------------


@broken("zip-bomb.xlsx")
def _(path: Path) -> None:
    workbook(path, [HEAD, ROW])
    with zipfile.ZipFile(path) as archive:
        parts = {info.filename: archive.read(info) for info in archive.infolist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in parts.items():
            archive.writestr(
                name, content.replace(b"<sheetData>", b"<sheetData>" + b" " * (100 << 20)) if name == SHEET else content
            )


@broken("far-cell.xlsx")
def _(path: Path) -> None:
    workbook(path, [HEAD, ROW], then=lambda book, sheet: sheet.write_string(1_048_575, 16_383, "x"))


@broken("lying-dimension.xlsx")
def _(path: Path) -> None:
    workbook(path, [HEAD, ROW])
    patched(path, SHEET, lambda xml: xml.replace(b'<dimension ref="A1:H2"/>', b'<dimension ref="A1:XFD1048576"/>'))


@broken("dimension-too-small.xlsx")
def _(path: Path) -> None:
    workbook(path, [HEAD, ROW, row(信息项名称="性别")])
    patched(path, SHEET, lambda xml: xml.replace(b'<dimension ref="A1:H3"/>', b'<dimension ref="A1"/>'))


@broken("blank-rows.xlsx")
def _(path: Path) -> None:
    workbook(
        path,
        [HEAD, ROW],
        then=lambda book, sheet: [
            sheet.write_blank(r, 0, None, book.add_format() if r == 2 else book.formats[0]) for r in range(2, 100_002)
        ],
    )


@broken("blank-rows.csv")
def _(path: Path) -> None:
    text(path, [HEAD, ROW, *[[""] * len(HEAD)] * 100_000, row(信息项名称="性别")])


@broken("cell-of-10-MB.csv")
def _(path: Path) -> None:
    text(path, [HEAD, ROW, row(信息项名称="性" * (10 << 20))])


@broken("row-of-20-MB.csv")
def _(path: Path) -> None:
    text(path, [HEAD, ROW, row(信息项名称="x" * (20 << 20))])


@broken("many-cells.ods")
def _(path: Path) -> None:
    ods(path, [HEAD, ROW])
    cell = '<table:table-cell office:value-type="string" table:number-columns-repeated="16000"><text:p>x</text:p></table:table-cell>'
    bomb = f'<table:table-row table:number-rows-repeated="1000000">{cell}</table:table-row></table:table>'
    patched(path, "content.xml", lambda xml: xml.replace(b"</table:table>", bomb.encode()))


@broken("entities.ods")
def _(path: Path) -> None:
    ods(path, [HEAD, ROW])
    lol = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    patched(
        path, "content.xml", lambda xml: xml.replace(b"<office:document-content", lol + b"<office:document-content", 1)
    )


@broken("entities.xlsx")
def _(path: Path) -> None:
    workbook(path, [HEAD, ROW])
    patched(path, SHEET, lambda xml: xml.replace(b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet', 1))


@broken("merged-over-merged.xlsx")
def _(path: Path) -> None:
    workbook(path, [HEAD, *[row(信息项名称=f"项{i}") for i in range(3_000)]])
    merged = b'<mergeCells count="9000">' + b'<mergeCell ref="A1:A3001"/>' * 9_000 + b"</mergeCells>"
    patched(path, SHEET, lambda xml: xml.replace(b"</sheetData>", b"</sheetData>" + merged))


# --- encodings ----------------------------------------------------------------------------------------------------


@broken("utf8.csv")
def _(path: Path) -> None:
    text(path, [HEAD, ROW])


@broken("utf8-bom.csv")
def _(path: Path) -> None:
    text(path, [HEAD, ROW], "utf-8-sig")


@broken("gb18030.csv")
def _(path: Path) -> None:
    text(path, [HEAD, row(信息资源名称="㐂𠀀参保")], "gb18030")


@broken("utf16.csv")
def _(path: Path) -> None:
    path.write_bytes("\n".join("\t".join(map(str, cells)) for cells in (HEAD, ROW)).encode("utf-16"))


@broken("broken-utf8.csv")
def _(path: Path) -> None:
    text(path, [HEAD, ROW, row(信息项名称="性别")])
    path.write_bytes(path.read_bytes().replace("性别".encode(), "性别".encode()[:-1]))


@broken("big5.csv")
def _(path: Path) -> None:
    path.write_bytes("名稱,代碼\n資料,1\n".encode("big5") + b"\xff\xff\xff\n")


@broken("semicolons.csv")
def _(path: Path) -> None:
    path.write_text("\n".join(";".join(map(str, cells)) for cells in (HEAD, ROW)), encoding="utf-8")


@broken("open-quote.csv")
def _(path: Path) -> None:
    text(path, [HEAD, ROW, ['"参保', *ROW[1:]]])


@broken("nul.csv")
def _(path: Path) -> None:
    text(path, [HEAD, ROW, row(信息项名称="性\0别")])


# --- headers ------------------------------------------------------------------------------------------------------


@broken("unknown-header.xlsx")
def _(path: Path) -> None:
    workbook(path, [["目录表"], [*HEAD, "信息资源摘耍"], [*ROW, "摘要"]])


@broken("header-twice.xlsx")
def _(path: Path) -> None:
    workbook(path, [[*HEAD, "数源单位"], [*ROW, "数据局"]])


@broken("no-name.xlsx")
def _(path: Path) -> None:
    workbook(path, [HEAD[1:], ROW[1:]])


@broken("not-a-catalogue.xlsx")
def _(path: Path) -> None:
    workbook(path, [["姓名", "电话"], ["某某", "1"]])


@broken("header-late.xlsx")
def _(path: Path) -> None:
    workbook(path, [["政务信息资源目录"], [], ["填报单位：某局"], HEAD, ROW])


@broken("header-again.csv")
def _(path: Path) -> None:
    text(path, [HEAD, ROW, HEAD, row(信息项名称="性别")])


@broken("hidden-sheet.xlsx")
def _(path: Path) -> None:
    def hide(book: Any, sheet: Any) -> None:
        other = book.add_worksheet("旧目录")
        other.write_row(0, 0, HEAD)
        other.write_row(1, 0, row(信息资源名称="不应读入"))
        other.hide()

    workbook(path, [HEAD, ROW], then=hide)


@broken("hidden-rows.xlsx")
def _(path: Path) -> None:
    workbook(
        path,
        [HEAD, ROW, row(信息项名称="性别")],
        then=lambda book, sheet: sheet.set_row(2, None, None, {"hidden": True}),
    )


@broken("several-sheets.xlsx")
def _(path: Path) -> None:
    def more(book: Any, sheet: Any) -> None:
        book.add_worksheet("说明").write_row(0, 0, ["本表说明", "x"])
        other = book.add_worksheet("二局")
        other.write_row(0, 0, HEAD)
        other.write_row(1, 0, row(信息资源名称="缴费", 信息资源代码="307026/000002"))
        book.add_chartsheet("图")

    workbook(path, [HEAD, ROW], then=more)


# --- cells --------------------------------------------------------------------------------------------------------


@broken("error-cell.xlsx")
def _(path: Path) -> None:
    workbook(
        path,
        [HEAD, ROW, row(信息项名称="性别")],
        then=lambda book, sheet: sheet.write_formula(2, 4, "=1/0", None, "#DIV/0!"),
    )


@broken("uncomputed-formula.xlsx")
def _(path: Path) -> None:
    workbook(
        path, [HEAD, ROW, row(信息项名称="性别")], then=lambda book, sheet: sheet.write_formula(2, 4, "=A1", None, 7)
    )
    patched(path, SHEET, lambda xml: xml.replace(b"<f>A1</f><v>7</v>", b"<f>A1</f>"))


@broken("formula.xlsx")
def _(path: Path) -> None:
    workbook(
        path,
        [HEAD, ROW, row(信息项名称="性别")],
        then=lambda book, sheet: sheet.write_formula(2, 3, '="性"&"别"', None, "性别"),
    )


@broken("error-cell.xls")
def _(path: Path) -> None:
    xls(path, [HEAD, ROW, row(信息项名称="性别", 数据类型=Error())])


@broken("row-of-an-error-only.xlsx")
def _(path: Path) -> None:
    workbook(path, [HEAD, ROW], then=lambda book, sheet: sheet.write_formula(2, 3, "=B9", None, "#N/A"))


@broken("error-in-the-provider.xlsx")
def _(path: Path) -> None:
    workbook(path, [HEAD, ROW], then=lambda book, sheet: sheet.write_formula(1, 2, "=B9", None, "#REF!"))


@broken("impossible-date.xlsx")
def _(path: Path) -> None:
    workbook(path, [HEAD, row(发布日期="2023-02-30")])


@broken("serial-date.xlsx")
def _(path: Path) -> None:
    workbook(path, [HEAD, row(发布日期=45047)])


@broken("epoch-1904.xlsx")
def _(path: Path) -> None:
    workbook(path, [HEAD, row(发布日期=43585)])
    patched(path, "xl/workbook.xml", lambda xml: xml.replace(b"<workbookPr", b'<workbookPr date1904="1"'))


@broken("date-cell.xlsx")
def _(path: Path) -> None:
    workbook(path, [HEAD, row(发布日期=date(2023, 5, 1))])


@broken("date-with-time.csv")
def _(path: Path) -> None:
    text(path, [HEAD, row(发布日期="2023/5/1 08:30:00")])


@broken("bare-open-type.csv")
def _(path: Path) -> None:
    text(path, [HEAD, row(开放类型="1")])


@broken("unknown-share-type.csv")
def _(path: Path) -> None:
    text(path, [HEAD, row(共享类型="公开")])


@broken("injection.csv")
def _(path: Path) -> None:
    text(path, [HEAD, row(信息项名称="=cmd|'/c calc'!A1", 共享类型="公开")])


@broken("bad-credit-code.xlsx")
def _(path: Path) -> None:
    workbook(path, [[*HEAD, "提供方代码"], [*ROW, CODE[:-1] + ("0" if CODE[-1] != "0" else "1")]])


@broken("credit-code-as-a-number.xlsx")
def _(path: Path) -> None:
    workbook(path, [[*HEAD, "提供方代码"], [*ROW, 115200000000000190]])


@broken("bad-resource-code.csv")
def _(path: Path) -> None:
    text(path, [HEAD, row(信息资源代码="407026/000001")])


@broken("full-width.csv")
def _(path: Path) -> None:
    text(
        path,
        [
            HEAD,
            row(
                信息资源代码="３０７０２６／０００００１", 信息资源名称="　参保登记　", 发布日期="２０２３－０５－０１"
            ),
        ],
    )


@broken("invisible.csv")
def _(path: Path) -> None:
    text(
        path,
        [HEAD, row(信息资源名称="\u200b参保\u202e登记\ufeff")],
    )


@broken("kangxi.csv")
def _(path: Path) -> None:
    text(path, [HEAD, row(信息资源名称="⼈⼝信息")])


@broken("emoji.csv")
def _(path: Path) -> None:
    text(path, [HEAD, row(信息资源名称="参保👩‍👩‍👧登记")])


# --- rows ---------------------------------------------------------------------------------------------------------


@broken("column-too-many.csv")
def _(path: Path) -> None:
    text(path, [HEAD, ROW, [*row(信息项名称="性别"), "多"]])


@broken("column-too-few.csv")
def _(path: Path) -> None:
    text(path, [HEAD, ROW[:5]])


@broken("item-without-name.csv")
def _(path: Path) -> None:
    text(path, [HEAD, ROW, ["", "", "", "", "C", "", "", ""]])


@broken("no-resource-above.csv")
def _(path: Path) -> None:
    text(path, [HEAD, ["", "", "", "姓名", "C", "", "", ""], ROW])


@broken("item-twice.csv")
def _(path: Path) -> None:
    text(path, [HEAD, ROW, ROW, row(数据类型="N")])


@broken("code-twice.csv")
def _(path: Path) -> None:
    text(path, [HEAD, ROW, row(信息资源名称="别的", 信息资源代码="307026/000002"), row(信息资源名称="又一个")])


@broken("contradiction.csv")
def _(path: Path) -> None:
    text(path, [HEAD, ROW, row(信息项名称="性别", 信息资源提供方="公安局")])


@broken("related-cycle.csv")
def _(path: Path) -> None:
    head = [*HEAD, "关联资源代码"]
    other = row(信息资源名称="缴费", 信息资源代码="307026/000002")
    text(path, [head, [*ROW, "307026/000002"], [*other, "307026/000001"]])


@broken("related-to-itself.csv")
def _(path: Path) -> None:
    text(path, [[*HEAD, "关联资源代码"], [*ROW, "307026/000001"]])


@broken("unknown-provider.csv")
def _(path: Path) -> None:
    text(path, [HEAD, row(信息资源提供方="不存在局"), ["", "", "", "性别", "C", "", "", ""]])


@broken("classified.csv")
def _(path: Path) -> None:
    text(path, [[*HEAD, "涉密性"], [*ROW, "涉密"]])


@broken("contradicting-openness.csv")
def _(path: Path) -> None:
    text(path, [[*HEAD, "是否向社会开放"], [*ROW, "是"]])


# --- JSON Lines and Parquet ---------------------------------------------------------------------------------------


def jsonl(path: Path, records: list[object]) -> None:
    """A file of JSON Lines."""
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records), encoding="utf-8")


@broken("good.jsonl")
def _(path: Path) -> None:
    jsonl(path, [dict(zip(HEAD, ROW, strict=True))])


@broken("no-json.jsonl")
def _(path: Path) -> None:
    path.write_text('{"信息资源名称": "a"}\n{oops\n', encoding="utf-8")


@broken("nested.jsonl")
def _(path: Path) -> None:
    path.write_text('{"信息资源名称": ' + "[" * 100_000 + "\n", encoding="utf-8")


@broken("object.jsonl")
def _(path: Path) -> None:
    jsonl(path, [{"信息资源名称": {"zh": "a"}}])


@broken("key-twice.jsonl")
def _(path: Path) -> None:
    path.write_text('{"信息资源名称": "a", "信息资源名称": "b"}\n', encoding="utf-8")


@broken("surrogate.jsonl")
def _(path: Path) -> None:
    record = dict(zip(HEAD, row(信息项名称="\ud800"), strict=True))
    path.write_text(json.dumps(record) + "\n", encoding="utf-8")


@broken("good.parquet")
def _(path: Path) -> None:
    parquet(path, [HEAD, ROW])


@broken("cut.parquet")
def _(path: Path) -> None:
    parquet(path, [HEAD, ROW])
    path.write_bytes(path.read_bytes()[:-30])


@broken("bytes.parquet")
def _(path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet as pq

    pq.write_table(pa.table({"信息资源名称": [b"\xff"]}), path)


def parquet(path: Path, rows: list[list[Any]]) -> None:
    """A Parquet file of texts."""
    import pyarrow as pa
    from pyarrow import parquet as pq

    head, *body = rows
    pq.write_table(pa.table({h: [cells[i] for cells in body] for i, h in enumerate(head)}), path)


# --- the other workbooks ------------------------------------------------------------------------------------------


class Error:
    """A cell with an error."""


@broken("good.xlsx")
def _(path: Path) -> None:
    workbook(path, [HEAD, row(发布日期=date(2023, 5, 1))])


@broken("good.xls")
def _(path: Path) -> None:
    xls(path, [HEAD, row(发布日期=date(2023, 5, 1))])


@broken("good.ods")
def _(path: Path) -> None:
    ods(path, [HEAD, ROW])


@broken("under-another-name.csv")
def _(path: Path) -> None:
    workbook(path, [HEAD, ROW])


@broken("text-under-another-name.xls")
def _(path: Path) -> None:
    text(path, [HEAD, ROW])


@broken("macros.xlsm")
def _(path: Path) -> None:
    workbook(path, [HEAD, ROW])
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/vbaProject.bin", bytes(100))


def xls(path: Path, rows: list[list[Any]]) -> None:
    """An .xls."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import xlwt
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("目录")
    day = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    for r, cells in enumerate(rows):
        for c, value in enumerate(cells):
            if isinstance(value, Error):
                sheet.row(r).set_cell_error(c, 0x07)
            elif isinstance(value, date):
                sheet.write(r, c, value, day)
            elif value != "":
                sheet.write(r, c, value)
    held = io.BytesIO()
    book.save(held)
    path.write_bytes(held.getvalue())


def ods(path: Path, rows: list[list[Any]]) -> None:
    """An .ods."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from odf.opendocument import OpenDocumentSpreadsheet
        from odf.table import Table, TableCell, TableRow
        from odf.text import P
    document = OpenDocumentSpreadsheet()
    table = Table(name="目录")
    for cells in rows:
        line = TableRow()
        for value in cells:
            cell = TableCell(valuetype="string") if value != "" else TableCell()
            if value != "":
                cell.addElement(P(text=str(value)))
            line.addElement(cell)
        table.addElement(line)
    document.spreadsheet.addElement(table)
    document.save(str(path))


def write(name: str, folder: Path) -> Path:
    """Make one of the files."""
    path = folder / name
    FILES[name](path)
    return path


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    for known in FILES:
        print(write(known, target))
