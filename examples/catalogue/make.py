"""Writes the sample catalogue, made up: catalogue.xlsx and catalogue.csv, which say the same, and agencies.csv.

They exercise what the loader of catalogues reads: a title above a header of two rows, merged cells, cells left blank
from an item's second row on, full-width digits, dates as dates, text and numbers, words of bureaus for the columns, items
that are shared otherwise than their resource, what forbids sharing, related resources, a sheet that is no catalogue.
"""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import xlsxwriter

from govgraph.codes import make_credit_code

HERE = Path(__file__).parent
AGENCIES = {
    "样例·贵州省公安厅": make_credit_code("1", "1", "520000", "DEM00001"),
    "样例·贵州省教育厅": make_credit_code("1", "1", "520000", "DEM00002"),
    "样例·贵州省民政厅": make_credit_code("1", "1", "520000", "DEM00003"),
}
HEADERS = (
    ("信息资源分类", "类"), ("", "项"), ("", "目"), ("", "细目"),
    ("信息资源名称", ""), ("信息资源代码", ""), ("数源单位", ""), ("提供方代码", ""), ("内设机构", ""), ("信息资源摘要", ""),
    ("信息资源格式", "信息资源格式分类"), ("", "信息资源格式类型"),
    ("信息项", "信息项名称"), ("", "数据类型"), ("", "数据长度"),
    ("共享属性", "共享类型"), ("", "共享条件/不予共享依据"), ("", "共享方式分类"), ("", "共享方式类型"),
    ("开放属性", "是否向社会开放"), ("", "开放条件"),
    ("更新周期", ""), ("发布日期", ""), ("关联资源代码", ""), ("关联业务事项", ""), ("开放主题分类", ""), ("涉密性", ""), ("备注", ""),
)  # fmt: skip
BASIS = "《政务信息资源共享管理暂行办法》第九条"
PLATFORM = "共享平台方式"
Item = tuple[str, str, object, str, str, str, str]
RESOURCES: list[tuple[tuple[object, ...], list[Item], tuple[object, ...]]] = [
    # 类 … 格式类型; items: name, type, length, 共享类型, 条件/依据, 开放, 开放条件; 更新周期 … 备注
    (
        ("部门信息资源", "省级及以下", "贵州省", "公安", "样例·常住人口登记", "307052/000001", "样例·贵州省公安厅", "治安管理总队",
         "常住人口的登记信息", "数据库", "Dm"),
        [
            ("姓名", "字符型C", 50, "有条件共享", "凭业务需求申请，用于身份核验", "否", ""),
            ("公民身份号码", "字符型C", "１８", "", "", "", ""),
            ("户籍地址", "字符型C", 200, "不予共享", BASIS, "否", ""),
        ],
        ("每日", date(2022, 3, 1), "307052/000002；307052/000003", "户口登记", "", "否", "样例"),
    ),
    (
        ("部门信息资源", "省级及以下", "贵州省", "公安", "样例·居住证签发", "307052/000002", "样例·贵州省公安厅", "治安管理总队",
         "居住证的签发信息", "电子表格", "xlsx"),
        [
            ("证件编号", "C", 20, "有条件共享", "凭业务需求申请", "是", "脱敏后依申请开放"),
            ("签发日期", "D", "", "无条件共享", "", "是", ""),
        ],
        ("每季", "2022年5月", "307052/000001", "居住证办理", "公共安全", "否", ""),
    ),
    (
        ("部门信息资源", "省级及以下", "贵州省", "教育", "样例·学校名录", "307052/000003", "样例·贵州省教育厅", "发展规划处",
         "各级各类学校的名录", "电子表格", "xls"),
        [
            ("学校名称", "字符型C", 100, "1-无条件共享", "", "是", ""),
            ("学校地址", "字符型C", 200, "", "", "", ""),
            ("在校学生数", "整型I", 8, "", "", "", ""),
        ],
        ("每年", 44805, "", "", "教育文化", "否", ""),
    ),
    (
        ("主题信息资源", "社会保障", "救助", "", "样例·低保对象", "203001/000001", "样例·贵州省民政厅", "社会救助处",
         "最低生活保障对象", "数据库", "MySQL"),
        [
            ("姓名", "字符型C", 50, "不予共享", BASIS, "否", ""),
            ("保障金额", "货币型Y", 12, "无条件共享", "", "否", ""),
        ],
        ("每月", "2023/7/15", "", "低保审批", "", "否", ""),
    ),
]  # fmt: skip


def rows(repeated: bool) -> list[list[object]]:
    """The rows below the header; a resource's cells stand in each of its rows, or in the first."""
    found: list[list[object]] = []
    for (*head, name, code, provider, unit, summary, class_, type_), items, tail in RESOURCES:
        for at, (item, kind, length, share, basis, is_open, condition) in enumerate(items):
            own = [*head, name, code, provider, AGENCIES[str(provider)], unit, summary, class_, type_]
            shared = [share, basis, PLATFORM, "数据库"]
            if at and not repeated:
                own, shared = [""] * len(own), [share, basis, "", ""]
            last = list(tail) if not at or repeated else [""] * len(tail)
            found.append([*own, item, kind, length, *shared, is_open, condition, *last])
    return found


def xlsx(path: Path) -> None:
    """The catalogue as a bureau's spreadsheet."""
    book = xlsxwriter.Workbook(str(path))
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    head = book.add_format({"bold": True, "border": 1, "align": "center"})
    sheet = book.add_worksheet("目录")
    sheet.merge_range(0, 0, 0, len(HEADERS) - 1, "样例·贵州省政务信息资源目录", head)
    at = 0
    while at < len(HEADERS):
        end = at + 1
        while end < len(HEADERS) and not HEADERS[end][0]:
            end += 1
        top, below = HEADERS[at]
        if not below:
            sheet.merge_range(1, at, 2, at, top, head)
        else:
            sheet.merge_range(1, at, 1, end - 1, top, head)
            for column in range(at, end):
                sheet.write_string(2, column, HEADERS[column][1], head)
        at = end
    merged = [*range(12), *range(21, 28)]
    line = 3
    for (_, items, _), first in zip(RESOURCES, _firsts(), strict=True):
        for offset, values in enumerate(first):
            for column, value in enumerate(values):
                if column in merged and len(items) > 1:
                    continue
                _write(sheet, line + offset, column, value, day)
        for column in merged:
            value = first[0][column]
            if len(items) > 1 and value != "":
                sheet.merge_range(line, column, line + len(items) - 1, column, "", day)
                _write(sheet, line, column, value, day)
        line += len(items)
    sheet.write_string(line + 1, 0, "填表说明：本目录为样例，不描述任何真实数据")
    note = book.add_worksheet("填报人员")
    note.write_row(0, 0, ["姓名", "电话"])
    note.write_row(1, 0, ["某某", "0851-0000000"])
    book.close()


def _firsts() -> list[list[list[object]]]:
    every = iter(rows(repeated=False))
    return [[next(every) for _ in items] for _, items, _ in RESOURCES]


def _write(sheet: xlsxwriter.worksheet.Worksheet, row: int, column: int, value: object, day: object) -> None:
    if isinstance(value, date):
        sheet.write_datetime(row, column, value, day)
    elif isinstance(value, int):
        sheet.write_number(row, column, value)
    elif value != "":
        sheet.write_string(row, column, str(value))


def text(path: Path) -> None:
    """The same as CSV, in one header row, with the resource's cells in each row."""
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([below or top for top, below in HEADERS])
        writer.writerows([[v.isoformat() if isinstance(v, date) else v for v in row] for row in rows(repeated=True)])


def agencies(path: Path) -> None:
    """The agencies that provide the resources."""
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["name", "agency_kind", "credit_code", "jurisdiction"])
        writer.writerows([name, "机构", code, "贵州"] for name, code in AGENCIES.items())


if __name__ == "__main__":
    xlsx(HERE / "catalogue.xlsx")
    text(HERE / "catalogue.csv")
    agencies(HERE / "agencies.csv")
