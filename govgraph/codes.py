"""Codes with a structure of their own: 统一社会信用代码 (GB 32100-2015) and 信息资源代码 (编制指南, 2017)."""

from __future__ import annotations

import re
import unicodedata

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The characters of GB 32100, in the order of their values: no I, O, S, V, Z, which are taken for digits."""
_DEPARTMENTS = "123456789ANY"
"""Registering departments: 1 机构编制 … 9 市场监管, A 中央军委, N 农业, Y 其他 (with 第1号修改单)."""
_INNER_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_RESOURCE = re.compile(r"([1-3])(\d{2})(\d{3})(\d*)/(\d+)")


def plain(text: str) -> str:
    """A code as it is compared: full-width characters as ordinary ones, capital letters, no spaces."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).upper()


def credit_code(text: str) -> str:
    """A 统一社会信用代码 in its plain form.

    Raises:
        ValueError: it can't be one; the message says what is wrong with it.
    """
    code = plain(text)
    if re.fullmatch(r"\d(\.\d+)?E\+?\d+", code) or re.fullmatch(r"\d{15}000", code):
        raise ValueError(
            f"{text!r} has lost digits: the spreadsheet took it for a number; format the cell as text and type it again"
        )
    if len(code) != 18:
        raise ValueError(f"{text!r} has {len(code)} characters; a 统一社会信用代码 has 18 (GB 32100)")
    for position, character in enumerate(code, 1):
        if character not in _ALPHABET:
            raise ValueError(f"{text!r}: character {position}, {character!r}, stands in no code (no I, O, S, V, Z)")
    if code[0] not in _DEPARTMENTS:
        raise ValueError(f"{text!r}: {code[0]!r} is no registering department; the first is 1 to 9, A, N or Y")
    if not code[2:8].isdigit():
        raise ValueError(f"{text!r}: characters 3 to 8 are the code of a division, six digits")
    if (inner := _inner_check(code[8:16])) != code[16]:
        raise ValueError(f"{text!r}: character 17 should be {inner!r}, the check digit of {code[8:16]} (GB 11714)")
    if (check := _check(code[:17])) != code[17]:
        raise ValueError(f"{text!r}: the last character should be {check!r} (GB 32100); one of the others is mistyped")
    return code


def _check(body: str) -> str:
    total = sum(_ALPHABET.index(character) * pow(3, place, 31) for place, character in enumerate(body))
    return _ALPHABET[-total % 31]


def _inner_check(body: str) -> str:
    total = sum(int(character, 36) * weight for character, weight in zip(body, _INNER_WEIGHTS, strict=True))
    return "0123456789X0"[11 - total % 11]


def make_credit_code(department: str, kind: str, division: str, body: str) -> str:
    """A valid code of those parts, for samples and tests: department, class, six digits, eight characters."""
    whole = f"{department}{kind}{division}{body}{_inner_check(body)}"
    return whole + _check(whole)


def resource_code(text: str) -> str:
    """A 信息资源代码 in its plain form: 类 (1 digit), 项 (2), 目 (3), 细目 (any number), ``/``, 顺序码.

    Raises:
        ValueError: it has another structure; the message says which.
    """
    code = plain(text)
    front, slash, serial = code.partition("/")
    if not slash or not serial:
        raise ValueError(f"{text!r} has no 顺序码: a 信息资源代码 is 类项目细目/顺序码, e.g. 307026/000001")
    if front[:1] not in ("1", "2", "3"):
        raise ValueError(f"{text!r}: the first digit is the 类: 1 基础, 2 主题 or 3 部门")
    if not _RESOURCE.fullmatch(code):
        raise ValueError(
            f"{text!r} is not built as a 信息资源代码: 类 (1 digit), 项 (2), 目 (3), 细目 (digits), /, 顺序码 (digits), "
            "e.g. 307026/000001"
        )
    if front[1:3] == "00":
        raise ValueError(f"{text!r}: digits 2 and 3 are the 项, from 01 on")
    return code
