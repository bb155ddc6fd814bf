"""Gaps: where rule and role are not what they should be (docs/semantics.md, section 8)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from datetime import date

from govgraph import answers, catalogue, cursors, words
from govgraph.books import Books, Subject
from govgraph.errors import UsageError
from govgraph.graph import Graph
from govgraph.model import Level, Rank, Stage
from govgraph.words import read_stages

_GAP_LEVELS = (Level.NATIONAL, Level.PROVINCE, Level.XPCC)
_WEIGHT = {"high": 3.0, "medium": 2.0, "low": 1.0}
GAP_KINDS = tuple(words.GAP_KINDS)
DEFAULT_GAPS = 100


def gaps(
    graph: Graph,
    *,
    kinds: Sequence[str] = (),
    stages: Sequence[str] = (),
    jurisdiction: str | None = None,
    severity: str | None = None,
    as_of: date | None = None,
    limit: int = DEFAULT_GAPS,
    cursor: str | None = None,
) -> answers.Gaps:
    """Where rule and role are not what they should be, worst first (section 8).

    ``jurisdiction`` limits them to it and what is below; ``cursor`` is the ``next`` of the answer before.

    Raises:
        UsageError: an unknown kind, stage, severity or cursor.
        NotFoundError, AmbiguousError: the jurisdiction.
    """
    day = as_of or date.today()
    for kind in kinds:
        if kind not in GAP_KINDS:
            raise UsageError(f"--kind {kind}: write {', '.join(GAP_KINDS)}")
    if severity and severity not in _WEIGHT:
        raise UsageError(f"--severity {severity}: write {', '.join(_WEIGHT)}")
    if limit < 1:
        raise UsageError("--limit must be 1 or more")
    wanted = read_stages(stages)
    books = Books(graph, day, wanted)
    place = catalogue.resolve(graph, jurisdiction, ("Jurisdiction",)).id if jurisdiction else None
    inside = books.tree.below(place) if place else None
    items: list[answers.Gap] = []
    below: Counter[tuple[str, str, str]] = Counter()
    for subject in _told(books):
        for stage in wanted:
            for kind, grade in _gap_kinds(books, subject, stage):
                for up in subject.path[1:]:
                    below[up, stage.value, kind] += 1
                if (kinds and kind not in kinds) or (severity and grade != severity):
                    continue
                if inside is None or subject.id in inside:
                    items.append(_gap(books, subject, stage, kind, grade))
    for item in items:
        item.parts.below = below[str(item.jurisdiction), str(item.stage), item.kind]
    items.sort(key=lambda g: (-g.score, g.id))
    question = ["gaps", sorted(set(kinds)), [s.value for s in wanted], place, severity, as_of and as_of.isoformat()]
    left = items
    if cursor:
        score, last = cursors.decode(cursor, question, (int, float), (str,))
        left = [g for g in items if (-g.score, g.id) > (-score, last)]
    page = left[:limit]
    more = len(left) > limit
    return answers.Gaps(
        **catalogue.envelope(graph, day, books.warnings()),
        total=len(items),
        truncated=answers.Truncated(reason="limit", omitted=len(left) - limit) if more else None,
        next=cursors.encode(question, [page[-1].score, page[-1].id]) if more else None,
        items=page,
    )


def _told(books: Books) -> list[Subject]:
    """Nation, provinces and XPCC; below only units with a document, a role or an asset of their own."""
    own = {*books.rules.governed(), *books.roles.targets()}
    found = []
    for place in sorted(books.tree.places.values(), key=lambda p: p.id):
        if not place.exists(books.day) or books.tree.outside(place.id) or not books.told(place.id):
            continue
        if (
            place.level in _GAP_LEVELS
            or place.id in own
            or any(books.records.tally(place.id, s).assets for s in books.stages[:1])
        ):
            found.append(books.place(place.id))
    return found


def _gap_kinds(books: Books, subject: Subject, stage: Stage) -> list[tuple[str, str]]:
    rule, role = books.judge(subject, stage)
    found = []
    if rule.verdict == "none":
        found.append(("no_rule", "high"))
    elif rule.verdict == "unknown":
        found.append(("rule_unknown", "medium"))
    elif rule.bases:
        best = min((b.document.rank for b in rule.bases), key=lambda r: r.position)
        if Rank.NORMATIVE_DOCUMENT.position < best.position < Rank.UNKNOWN.position:
            found.append(("policy_only", "low"))
    if role.verdict in ("none", "supervised"):
        found.append(("no_role", "medium" if role.verdict == "none" else "low"))
    return found


def _gap(books: Books, subject: Subject, stage: Stage, kind: str, grade: str) -> answers.Gap:
    assets = books.records.tally(subject.id, stage).assets
    reach = sum(books.tree.places[i].exists(books.day) for i in books.tree.below(subject.id)) - 1
    weight = _WEIGHT[grade]
    zh, en = words.GAP_KINDS[kind]
    detail = {
        "no_rule": ("本级和上级都没有制度", "neither it nor what is above it has a rule"),
        "rule_unknown": (
            "有文件可能规范，但环节或日期不明",
            "a document may govern it, but its stages or dates are not known",
        ),
        "policy_only": ("依据的位阶低于规范性文件", "the best basis ranks below a normative document"),
        "no_role": (
            ("只有上级统筹监督", "only a higher body supervises")
            if grade == "low"
            else ("没有机构负责", "nobody answers for it")
        ),
    }[kind]
    return answers.Gap(
        id=f"{kind}:{subject.id}:{stage.value}",
        kind=kind,
        severity=grade,
        score=round(weight * (1 + math.log10(1 + assets)) * (1 + math.log10(1 + max(reach, 0))), 3),
        parts=answers.GapParts(assets=assets, reach=max(reach, 0), severity=weight),
        jurisdiction=subject.jurisdiction,
        stage=stage.value,
        subject=None,
        reason=answers.Words(
            zh=f"{subject.name}·{stage.zh}：{zh}，{detail[0]}",
            en=f"{subject.name}, {stage.en}: {en}; {detail[1]}",
        ),
    )
