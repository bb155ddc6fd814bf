"""Which stages a document governs: the one table of it, and the rules that read it.

Rules add up; which of several scopes wins for a stage is decided where coverage is. Here: a stated title that names
a stage makes a dedicated rule; else a dedicated kind does; a comprehensive kind is general for all eight; what the
text names is general; a passage about a set of documents speaks of its set from the day on which it was stated; a
document that says nothing of the kind may govern any stage, unless its subject is something else or a duty.
Ranks (a standard, a plan) are weighed elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from govgraph.model import STAGES, DataObject, Evidence, Scope, Stage
from govgraph.terms import fold

ARTICLE_DAY = "2024-03-21"
"""Day of the source article: what it lists is known to be in force from then on, what it says of a set as well."""

TITLE_WORDS: tuple[tuple[str, Stage], ...] = (
    ("授权运营", Stage.APPLICATION),
    ("开发利用", Stage.APPLICATION),
    ("数据治理", Stage.PROCESSING),
    ("归集", Stage.COLLECTION),
    ("采集", Stage.COLLECTION),
    ("汇聚", Stage.COLLECTION),
    ("加工", Stage.PROCESSING),
    ("共享", Stage.SHARING),
    ("开放", Stage.OPENING),
    ("应用", Stage.APPLICATION),
    ("运营", Stage.APPLICATION),
    ("安全", Stage.SECURITY),
    ("存储", Stage.STORAGE),
    ("归档", Stage.ARCHIVING),
)
"""Words that name a stage in a title, longest first. 公开, 开发 alone, 利用 alone, 管理, 处理, 一体化 and 数字政府
name none."""
DUTIES: tuple[str, ...] = ("登记", "目录", "编目", "编码", "元数据")
"""Words of titles whose subject is a duty, not a stage."""
_PROMOTION = re.compile(r"大数据|数字经济")
_PROMOTED = re.compile(r"(?:发展|开发)?应用")
_SECURITY_OF = re.compile(r"(?:授权运营|开发利用|归集|采集|汇聚|加工|共享|开放|应用|运营|存储|归档)(?=安全)")


class Kind(NamedTuple):
    """What a source's kind of document says of its stages."""

    stages: tuple[Stage | None, ...]
    scope: Scope
    evidence: Evidence = Evidence.CATEGORY
    since: str | None = None


_NATIONAL = tuple(stage for stage in STAGES if stage is not Stage.PROCESSING)
_ANY = Kind((None,), Scope.UNKNOWN)
_ALL = Kind(STAGES, Scope.GENERAL)
_NONE = Kind((), Scope.GENERAL)

KINDS: dict[str, Kind] = {
    # one stage, or two
    "专门采集汇聚办法": Kind((Stage.COLLECTION,), Scope.DEDICATED),
    "专门公共数据共享办法": Kind((Stage.SHARING,), Scope.DEDICATED),
    "专门公共数据开放办法": Kind((Stage.OPENING,), Scope.DEDICATED),
    "政务数据安全管理办法": Kind((Stage.SECURITY,), Scope.DEDICATED),
    "政府数据共享开放专门条例": Kind((Stage.SHARING, Stage.OPENING), Scope.DEDICATED),
    # all eight
    "综合性数据条例": _ALL,
    "公共数据专门条例": _ALL,
    "综合性管理办法": _ALL,
    # any
    "大数据条例": _ANY,
    "数字经济专门条例": _ANY,
    # the seven that the article says the national documents cover together; 加工 isn't among them
    "国家层面法律法规制度": Kind(_NATIONAL, Scope.GENERAL, Evidence.COLLECTIVE, ARTICLE_DAY),
    # annual plans say what is to be opened; coverage doesn't take them for rules
    "年度数据开放工作计划": Kind((Stage.OPENING,), Scope.GENERAL),
    # pilots and actions: what they govern, and where, is stated one by one (pilots.csv) or not at all
    "国家层面-试点/行动文件": _NONE,
}
"""Kind under which the article files a document (sub-kind before kind) → what it says of stages."""


class Govern(NamedTuple):
    """One statement that a document governs a stage; no stage: it may be any."""

    stage: Stage | None
    scope: Scope
    evidence: Evidence
    term: str | None = None
    since: str | None = None


def _subject(title: str) -> str:
    """The part of a title that says what it is about: of 政务信息资源共享 政务信息资源目录编码规范 the second."""
    parts = re.split(r"\s+", re.sub(r"[《》]", "", title).strip())
    return fold(parts[-1])


def is_duty(title: str) -> bool:
    """Whether a title is about a duty (登记, 目录, 编码) that is no stage."""
    return any(word in _subject(title) for word in DUTIES)


def stages_named_by_title(title: str) -> list[tuple[Stage, str]]:
    """The stages that a title names, in its own order, each with the word that names it.

    In 大数据… and 数字经济… titles 应用 is promotion and names no stage; what directly precedes 安全
    (开发利用安全管理) is what is secured and names none either.
    """
    text = _subject(title)
    if _PROMOTION.search(text):
        text = _PROMOTED.sub("·", text)
    text = _SECURITY_OF.sub("·", text)
    found: list[tuple[int, Stage, str]] = []
    for word, stage in TITLE_WORDS:
        while (at := text.find(word)) >= 0:
            found.append((at, stage, word))
            text = text[:at] + "·" * len(word) + text[at + len(word) :]
    named: dict[Stage, str] = {}
    for _, stage, word in sorted(found):
        named.setdefault(stage, word)
    return list(named.items())


def governs(
    title: str,
    *,
    title_inferred: bool = False,
    category: str | None = None,
    subcategory: str | None = None,
    stages_in_text: Iterable[Stage] = (),
    object: DataObject | None = None,
    unnamed: bool = True,
) -> list[Govern]:
    """What is known of the stages that a document governs.

    ``unnamed``: say so when nothing names a stage. A source that adds to what another has filed by kind leaves
    that to the other.
    """
    named = [] if title_inferred else stages_named_by_title(title)
    text = list(stages_in_text)
    kind = KINDS.get(subcategory or "") or KINDS.get(category or "")
    found = [Govern(stage, Scope.DEDICATED, Evidence.TITLE, word) for stage, word in named]
    if kind is not None and not _overridden(kind, bool(named), text):
        term = subcategory if subcategory in KINDS else category
        found += [Govern(stage, kind.scope, kind.evidence, term, kind.since) for stage in kind.stages]
    found += [Govern(stage, Scope.GENERAL, Evidence.TEXT) for stage in text]
    about_data = object != DataObject.OTHER and not is_duty(title)
    if not found and kind is None and unnamed and about_data:
        found.append(Govern(None, Scope.UNKNOWN, Evidence.STATED))
    return found


def _overridden(kind: Kind, named: bool, text: list[Stage]) -> bool:
    """Whether title or text speak for themselves: about something else than a dedicated kind, or at all."""
    if kind.scope is Scope.DEDICATED:
        return named or (bool(text) and not set(kind.stages) & set(text))
    return kind.scope is Scope.UNKNOWN and (named or bool(text))
