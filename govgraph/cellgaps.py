"""Gaps of cells: where rule, role and practice of a jurisdiction are not what they should be (docs/semantics.md, section 8)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence

from govgraph import answers
from govgraph.books import Books, Subject
from govgraph.gapwords import CASES, GAPS, Pair
from govgraph.model import Level, Rank, Stage
from govgraph.queries import ask

WEIGHT = {"high": 3.0, "medium": 2.0, "low": 1.0}
CELL_KINDS = (
    "no_rule",
    "expired_only",
    "rule_unknown",
    "planned_only",
    "policy_only",
    "no_role",
    "unruled_practice",
)
_LEVELS = (Level.NATIONAL, Level.PROVINCE, Level.XPCC)
_OF_VERDICT = {
    "none": ("no_rule", "high"),
    "expired": ("expired_only", "high"),
    "unknown": ("rule_unknown", "medium"),
    "planned": ("planned_only", "medium"),
}
_UNRULED = ("none", "expired", "planned")
_HOMED = ("Database", "Resource", "Dataset", "Use")


def score(grade: str, assets: int, reach: int) -> float:
    """How bad a gap is: its severity, times how much data and how many divisions it concerns."""
    return round(WEIGHT[grade] * (1 + math.log10(1 + assets)) * (1 + math.log10(1 + reach)), 3)


def reason(kind: str, zh: str, en: str, case: Pair | None = None) -> answers.Words:
    """The sentence of a gap: what it is about, its kind, what is the case."""
    words = GAPS[kind]
    found = case or words.case
    return answers.Words(zh=f"{zh}：{words.label[0]}，{found[0]}", en=f"{en}: {words.label[1]}; {found[1]}")


def cell_gaps(books: Books, kinds: Sequence[str], places: Iterable[str] | None = None) -> list[answers.Gap]:
    """The gaps of some kinds of all cells that gaps are told of, or only of some places; ``parts.below`` counts all."""
    told = _told(books)
    practised = Practised(books) if "unruled_practice" in kinds else None
    wanted = None if places is None else set(places)
    found: list[answers.Gap] = []
    below: Counter[tuple[str, str, str]] = Counter()
    for subject in told:
        for stage in books.stages:
            for kind, grade, assets in _kinds(books, subject, stage, practised):
                for up in subject.path[1:]:
                    below[up, stage.value, kind] += 1
                if kind in kinds and (wanted is None or subject.id in wanted):
                    found.append(_gap(books, subject, stage, kind, grade, assets))
    for item in found:
        item.parts.below = below[str(item.jurisdiction), str(item.stage), item.kind]
    return found


class Practised:
    """How many assets with a home at a place have gone through a stage there."""

    def __init__(self, books: Books) -> None:
        self._counts: Counter[tuple[str, Stage]] = Counter()
        record = "|".join(s.name for s in books.stages)
        for kind in _HOMED:
            for row in ask(
                books.graph, "coverage/practised", {"day": books.day}, words={"ASSET": kind, "RECORD": record}
            ):
                for home in {*row["located"], *row["provided"]}:
                    self._counts[home, Stage.parse(row["stage"])] += int(row["assets"])

    def count(self, place: str, stage: Stage) -> int:
        """Assets, those of divisions below aside."""
        return self._counts[place, stage]


def _told(books: Books) -> list[Subject]:
    """Nation, provinces and XPCC; below only units with a document, a role or an asset of their own."""
    own = {*books.rules.governed(), *books.roles.targets()}
    found = []
    for place in sorted(books.tree.places.values(), key=lambda p: p.id):
        if not place.exists(books.day) or books.tree.outside(place.id) or not books.told(place.id):
            continue
        if (
            place.level in _LEVELS
            or place.id in own
            or any(books.records.tally(place.id, s).assets for s in books.stages[:1])
        ):
            found.append(books.place(place.id))
    return found


def _kinds(
    books: Books, subject: Subject, stage: Stage, practised: Practised | None
) -> list[tuple[str, str, int | None]]:
    """Kind, severity, and the assets that it concerns where these aren't all of the place."""
    rule, role = books.judge(subject, stage)
    found: list[tuple[str, str, int | None]] = []
    if rule.verdict in _OF_VERDICT:
        found.append((*_OF_VERDICT[rule.verdict], None))
    elif rule.bases:
        best = min((b.document.rank for b in rule.bases), key=lambda r: r.position)
        if Rank.NORMATIVE_DOCUMENT.position < best.position < Rank.UNKNOWN.position:
            found.append(("policy_only", "low", None))
    if role.verdict in ("none", "supervised"):
        found.append(("no_role", "medium" if role.verdict == "none" else "low", None))
    if practised and rule.verdict in _UNRULED and (count := practised.count(subject.id, stage)):
        found.append(("unruled_practice", "high", count))
    return found


def _gap(books: Books, subject: Subject, stage: Stage, kind: str, grade: str, count: int | None) -> answers.Gap:
    assets = books.records.tally(subject.id, stage).assets if count is None else count
    reach = max(sum(books.tree.places[i].exists(books.day) for i in books.tree.below(subject.id)) - 1, 0)
    case = CASES["supervised"] if kind == "no_role" and grade == "low" else None
    return answers.Gap(
        id=f"{kind}:{subject.id}:{stage.value}",
        kind=kind,
        severity=grade,
        score=score(grade, assets, reach),
        parts=answers.GapParts(assets=assets, reach=reach, severity=WEIGHT[grade]),
        jurisdiction=subject.jurisdiction,
        stage=stage.value,
        subject=None,
        reason=reason(kind, f"{subject.name}·{stage.zh}", f"{subject.name}, {stage.en}", case),
    )
