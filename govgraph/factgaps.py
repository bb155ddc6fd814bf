"""Gaps of what sources say: claims that our counts contradict, statements that can't both hold (docs/semantics.md, section 8)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from govgraph import answers, statements
from govgraph.cellgaps import WEIGHT, reason, score
from govgraph.gapwords import Pair
from govgraph.graph import Graph
from govgraph.model import Rank
from govgraph.queries import ask
from govgraph.stats import claims
from govgraph.terms import PartialDate, fold

FACT_KINDS = ("claim_mismatch", "conflict")
_DATES = ("issued", "effective_from", "effective_to")
_LABELS: dict[str, Pair] = {
    "issued": ("发布日期", "issued"),
    "effective_from": ("施行日期", "effective from"),
    "effective_to": ("失效日期", "effective to"),
    "rank": ("效力位阶", "rank"),
    "trial": ("试行", "on trial"),
    "doc_number": ("发文字号", "document number"),
}


def fact_gaps(graph: Graph, kinds: Sequence[str]) -> list[answers.Gap]:
    """The gaps of claims and of documents."""
    found = []
    if graph.view is None:
        found += _claims(graph, kinds)
    if "conflict" in kinds:
        found += _documents(graph)
    return found


def _claims(graph: Graph, kinds: Sequence[str]) -> list[answers.Gap]:
    found = []
    names = {row["id"]: row["series"] for row in ask(graph, "catalogue/claims")}
    series: dict[str, list[answers.ClaimRow]] = defaultdict(list)
    for claim in claims(graph):
        if claim.verdict == "conflicts":
            series[names[claim.id]].append(claim)
        elif claim.verdict == "disagrees" and "claim_mismatch" in kinds:
            what = f"{claim.subject or ''} {claim.metric or ''}".strip() or claim.id
            stated = _words(claim)
            case = (f"来源称 {stated}，本图计得 {claim.counted}", f"stated {stated}, counted {claim.counted}")
            found.append(_gap("claim_mismatch", f"claim_mismatch:Claim:{claim.id}", "medium", None, claim, what, case))
    for name, members in sorted(series.items()) if "conflict" in kinds else ():
        first = members[0]
        stated = "; ".join(f"{_words(c)} ({c.as_of or '?'})" for c in members)
        what = f"{first.subject or ''} {first.metric or ''}".strip() or name
        case = (f"几个数字不能同时成立：{stated}", f"these figures can't all hold: {stated}")
        found.append(_gap("conflict", f"conflict:series:{name}", "medium", None, first, what, case))
    return found


def _words(claim: answers.ClaimRow) -> str:
    return claim.text or f"{claim.comparator or ''}{claim.value}"


def _documents(graph: Graph) -> list[answers.Gap]:
    found = []
    for row in sorted(ask(graph, "gaps/disputed"), key=lambda r: str(r["id"])):
        said = disputes(statements.settled(statements.of_node("Regulation", row)))
        if not said:
            continue
        grade = "low" if set(said) == {"doc_number"} else "medium"
        zh, en = (
            "；".join(f"{_LABELS[name][lang]} {' / '.join(values)}" for name, values in said.items()) for lang in (0, 1)
        )
        view = graph.view
        place = min(row["places"], key=lambda p: (view is not None and p not in view.within, p), default=None)
        if view is not None and place not in view.within:
            continue
        ref = answers.Ref(id=row["id"], kind="Regulation", name=row["name"] or row["id"])
        case = (f"来源说法不一：{zh}", f"statements differ: {en}")
        found.append(_gap("conflict", f"conflict:Regulation:{ref.id}", grade, place, ref, ref.name, case))
    return found


def disputes(said: Sequence[dict[str, Any]]) -> dict[str, list[str]]:
    """The properties of a document of which the statements can't all hold, with what they say."""
    found = {}
    for name in _DATES:
        dates = [PartialDate(v[name]) for v in said if v.get(name)]
        if dates and max(d.lo for d in dates) > min(d.hi for d in dates):
            found[name] = sorted(set(map(str, dates)))
    for name, nothing in (("rank", Rank.UNKNOWN.value), ("trial", None)):
        words = {str(v[name]) for v in said if v.get(name) not in (None, nothing)}
        if len(words) > 1:
            found[name] = sorted(words)
    numbers = {fold(v["doc_number"]): v["doc_number"] for v in said if v.get("doc_number")}
    if len(numbers) > 1:
        found["doc_number"] = sorted(numbers.values())
    return found


def _gap(
    kind: str,
    id_: str,
    grade: str,
    place: str | None,
    thing: answers.ClaimRow | answers.Ref,
    what: str,
    case: Pair,
) -> answers.Gap:
    ref = thing if isinstance(thing, answers.Ref) else answers.Ref(id=thing.id, kind="Claim", name=what)
    return answers.Gap(
        id=id_,
        kind=kind,
        severity=grade,
        score=score(grade, 0, 0),
        parts=answers.GapParts(assets=0, reach=0, severity=WEIGHT[grade]),
        jurisdiction=place,
        stage=None,
        subject=ref,
        reason=reason(kind, what, what, case),
    )
