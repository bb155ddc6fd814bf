"""Controlled terms and dates: the value types that the model is made of.

A :class:`Term` is an enum whose members carry a Chinese and an English label and the other words that
sources use for them. A :class:`PartialDate` is a date as far as a source states it.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import Any, Self

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

# CJK radicals that look like, and are typed for, ordinary characters but that NFKC leaves alone.
_RADICALS = str.maketrans(
    "⺟⺠⻁⻄⻅⻆⻉⻋⻓⻔⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻨⻩⻬⻮⻰⻳",
    "母民虎西见角贝车长门青韦页风飞食马骨鬼鱼鸟麦黄齐齿龙龟",
)


_SOLID = "!#-\\[\\]-~·—‘’“”…、-】一-鿿！-～"
PLAIN = f"[{_SOLID}](?:[{_SOLID} ]*[{_SOLID}])?"
"""A pattern, of Python and of RE2: texts that every cleaning and :func:`nfc` leave as they are, and that JSON writes as they
are, between quotation marks. Most texts of a catalogue are such."""


SEPARATORS = re.compile(r"[|；;]")
"""What stands between the words of a list that is written as one text."""


def nfc(text: str) -> str:
    """NFC-normalised and stripped: the form of every text key."""
    return unicodedata.normalize("NFC", text).strip()


def fold(text: str) -> str:
    """NFKC, radicals mapped, no spaces, lower case: the form in which words and titles are compared."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text).translate(_RADICALS)).casefold()


TRUTH: dict[str, str] = {"是": "true", "否": "false", "真": "true", "假": "false"}
"""Words for true and false, beside those that the model takes."""


class Term(StrEnum):
    """A controlled term: its value is the English code, ``zh`` and ``en`` are labels."""

    zh: str
    en: str
    aliases: tuple[str, ...]
    position: int
    """Place in the list of terms, 0 first."""

    def __new__(cls, value: str, zh: str, en: str, *aliases: str) -> Self:
        obj = str.__new__(cls, value)
        obj._value_ = value
        obj.zh, obj.en, obj.aliases, obj.position = zh, en, aliases, len(cls.__members__)
        return obj

    @classmethod
    def parse(cls, text: object) -> Self:
        """The member that the word names: code, label or alias.

        Raises:
            ValueError: the word names none; the message lists those that do.
        """
        if isinstance(text, cls):
            return text
        found = _words(cls).get(fold(str(text)))
        if found is None:
            known = ", ".join(f"{m.value} {m.zh}" for m in cls)
            raise ValueError(f"{str(text)!r} is not one of: {known}")
        return found  # type: ignore[return-value]

    def label(self, lang: str) -> str:
        """The label in ``zh`` or ``en``."""
        return self.zh if lang == "zh" else self.en

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls.parse, serialization=core_schema.plain_serializer_function_ser_schema(str.__str__)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> dict[str, Any]:
        return {"type": "string", "enum": [m.value for m in cls], "title": cls.__name__}


@cache
def _words(cls: type[Term]) -> dict[str, Term]:
    words: dict[str, Term] = {}
    for member in cls:
        for word in (member.value, member.zh, member.en, *member.aliases):
            words[fold(word)] = member
    return words


_DATE = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?|月)?|年)?$")
_HALF = re.compile(r"(\d{4})(?:年?(上半年|下半年)|-(H[12]))$", re.IGNORECASE)
_DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})$")


class PartialDate(str):
    """A date as far as it is stated: ``2018``, ``2021-11``, ``2022-H2``, ``2021-11-05``.

    ``lo`` and ``hi`` are the first and the last day that it can mean. Also read: 2018年5月3日, 2022下半年,
    2018/5/3, 20180503.

    Raises:
        ValueError: no such form, or no such day (2023-02-30).
    """

    lo: date
    hi: date
    precision: str

    def __new__(cls, value: object) -> Self:
        if isinstance(value, cls):
            return value
        if isinstance(value, datetime):
            value = value.date()
        if isinstance(value, date):
            value = value.isoformat()
        text = fold(str(value))
        try:
            canonical, lo, hi, precision = cls._read(text)
        except ValueError:
            raise ValueError(f"{str(value)!r} is not a date; write 2021-11-05, 2021-11, 2021-H2 or 2021") from None
        self = super().__new__(cls, canonical)
        self.lo, self.hi, self.precision = lo, hi, precision
        return self

    @staticmethod
    def _read(text: str) -> tuple[str, date, date, str]:
        if half := _HALF.match(text):
            year = int(half[1])
            if "上" in (half[2] or "") or (half[3] or "").endswith("1"):
                return f"{year:04}-H1", date(year, 1, 1), date(year, 6, 30), "year"
            return f"{year:04}-H2", date(year, 7, 1), date(year, 12, 31), "year"
        found = _DATE.match(text) or _DIGITS.match(text)
        if not found:
            raise ValueError(text)
        year, month, day = int(found[1]), found[2], found[3]
        if month and day:
            exact = date(year, int(month), int(day))
            return exact.isoformat(), exact, exact, "day"
        if month:
            first = date(year, int(month), 1)
            last = first.replace(day=monthrange(year, int(month))[1])
            return f"{year:04}-{int(month):02}", first, last, "month"
        return f"{year:04}", date(year, 1, 1), date(year, 12, 31), "year"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls, serialization=core_schema.plain_serializer_function_ser_schema(str.__str__)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> dict[str, Any]:
        return {"type": "string", "pattern": r"^\d{4}(-(\d{2}(-\d{2})?|H[12]))?$"}
