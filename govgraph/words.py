"""What people read: labels and sentences in Chinese and English."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from govgraph.errors import UsageError
from govgraph.model import STAGES, Stage

Lang = Literal["zh", "en"]

VERDICTS: dict[str, tuple[str, str, str]] = {
    # verdict: zh, en, mark for narrow tables
    "dedicated": ("专门", "dedicated", "●"),
    "general": ("综合", "general", "◐"),
    "inherited": ("承上", "inherited", "○"),
    "unknown": ("不明", "unknown", "?"),
    "planned": ("拟定", "planned", "…"),
    "expired": ("失效", "expired", "×"),
    "none": ("无", "none", "–"),
    "own": ("本级机构", "own", "●"),
    "designated": ("指定某类", "designated", "◐"),
    "supervised": ("仅受监督", "supervised", "○"),
    "full": ("全部", "full", "●"),
    "partial": ("部分", "partial", "◐"),
    "absent": ("未发生", "absent", "×"),
    "not_expected": ("无须", "not expected", "◌"),
    "no_data": ("无数据", "no data", "·"),
}

REASONS: dict[str, tuple[str, str]] = {
    "applies": ("适用", "applies"),
    "draft": ("征求意见稿，未生效", "a draft, never in force"),
    "not_yet_effective": ("尚未施行", "not yet effective"),
    "repealed": ("已被废止或取代", "repealed or succeeded"),
    "lapsed": ("已届满，或可能已届满", "lapsed, or may have lapsed"),
    "date_unknown": ("日期不足以判断", "its dates do not settle it"),
    "stage_unknown": ("是否涵盖该环节不明", "whether it covers the stage is not known"),
    "outside_territory": ("不在本制度适用范围", "outside the territory of these rules"),
    "not_a_rule": ("年度计划，不是制度", "an annual plan, not a rule"),
    "outranked": ("另有更直接的依据", "outranked"),
    "names_nobody_here": ("未指明本地机构", "names nobody here"),
}

LAYERS: dict[str, tuple[str, str]] = {
    "rule": ("制度", "rule"),
    "role": ("机构", "role"),
    "record": ("实践", "record"),
}

FINDINGS: dict[str, tuple[str, str]] = {
    "opened": ("已开放", "opened"),
    "loosened": ("限制放宽", "loosened"),
}
RESTRICTIONS: dict[str, tuple[str, str]] = {
    "not_open": ("不予开放", "not open"),
    "open_type": ("开放类型", "open type"),
    "personal": ("含个人信息", "personal"),
    "grade": ("分级", "grade"),
}


def pick(pair: tuple[str, ...], lang: str) -> str:
    """The Chinese or the English of a pair."""
    return pair[0] if lang == "zh" else pair[1]


def verdict(word: str, lang: str) -> str:
    """A verdict's label."""
    return pick(VERDICTS[word], lang)


def read_stages(given: Sequence[str]) -> tuple[Stage, ...]:
    """Stages that a user named, in their order; all where none is named.

    Raises:
        UsageError: a word that names no stage.
    """
    found = {stage for text in given if (stage := read_term(Stage, text, "stage"))}
    return tuple(s for s in STAGES if not found or s in found)


def read_term(cls: Any, text: str | None, option: str) -> Any:
    """The term that a user named with an option; None for none.

    Raises:
        UsageError: a word that names none.
    """
    if text is None or text == "":
        return None
    try:
        return cls.parse(text)
    except ValueError as error:
        raise UsageError(f"{option}: {error}") from None
