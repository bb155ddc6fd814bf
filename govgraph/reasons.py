"""Why a gap is one, and what the law of a hop is (docs/semantics.md, section 8.1)."""

from __future__ import annotations

import re
from datetime import date

from govgraph import answers, catalogue
from govgraph.cellgaps import CELL_KINDS
from govgraph.errors import NotFoundError, UsageError
from govgraph.explain import explain
from govgraph.gaps import by_id
from govgraph.gapwords import GAPS
from govgraph.graph import Graph
from govgraph.lineage import lineage
from govgraph.model import ASSETS, PLACES, RECORD_TYPES, Stage
from govgraph.queries import ask
from govgraph.terms import PartialDate
from govgraph.words import verdict as label

_EVERY_NEIGHBOUR = 10**9
_HOP_RULE = answers.Words(
    zh="一跳所依的制度，是提供起点数据的机构所在行政区划，在该跳发生之日对该环节的制度。",
    en="The law of a hop is the rule of the place of the agency that provides what the hop starts from, for its stage, on its day.",
)


def explain_gap(graph: Graph, id_: str, *, as_of: date | None = None) -> answers.Account:
    """Why a gap is one, what should be, and what would end it; of a cell's gap also why the cell is as it is.

    Raises:
        UsageError: no gap has such an id.
        NotFoundError: what it is about does not exist.
    """
    day = as_of or date.today()
    gap = by_id(graph, id_, day)
    kind = id_.partition(":")[0]
    words = GAPS[kind]
    explanation = None
    if kind in CELL_KINDS:
        place, _, stage = id_.partition(":")[2].rpartition(":")
        explanation = explain(graph, place, stage, as_of=day)
    return answers.Account(
        **catalogue.envelope(graph, day),
        total=1,
        about="gap",
        id=id_,
        open=gap is not None,
        gap=gap,
        explanation=explanation,
        text=_gap_text(gap, id_, explanation, day),
        rule=answers.Words(zh=words.rule[0], en=words.rule[1]),
        remedy=answers.Words(zh=words.remedy[0], en=words.remedy[1]),
    )


def _gap_text(gap: answers.Gap | None, id_: str, explanation: answers.Explanation | None, day: date) -> answers.Words:
    if gap is None:
        zh, en = f"{day}，{id_} 不是缺口。", f"On {day}, {id_} is no gap."
    else:
        parts = gap.parts
        weight_zh = {"high": "高", "medium": "中", "low": "低"}[gap.severity]
        reach_zh, reach_en = "", ""
        if gap.kind in CELL_KINDS:
            reach_zh = f"涉及数据 {parts.assets} 项、下级区划 {parts.reach} 个，其中 {parts.below} 个有同样的缺口；"
            reach_en = (
                f"assets concerned: {parts.assets}; divisions below: {parts.reach}, {parts.below} with the same gap; "
            )
        zh = f"{day}，{gap.reason.zh}。轻重：{weight_zh}；{reach_zh}分数 {gap.score:g}。"
        en = f"On {day}, {gap.reason.en}. Severity {gap.severity}; {reach_en}score {gap.score:g}."
    if explanation is not None:
        cell = _cell_text(explanation)
        zh, en = zh + cell.zh, f"{en} {cell.en}"
    return answers.Words(zh=zh, en=en)


def _cell_text(explanation: answers.Explanation) -> answers.Words:
    found = [explanation.text, *([explanation.others] if explanation.others else [])]
    return answers.Words(zh="".join(w.zh for w in found), en=" ".join(w.en for w in found))


def explain_hop(graph: Graph, id_: str) -> answers.Account:
    """What went from where to where, and under which law.

    Raises:
        UsageError: no record edge has such an id.
        NotFoundError: there is no such edge.
    """
    found = re.fullmatch(r"([a-z]+)-[0-9a-f]{16}", id_)
    if not found or found[1].upper() not in RECORD_TYPES:
        raise UsageError(f"{id_!r} is no hop's id; take one of the edges of govgraph lineage --json")
    type_ = found[1].upper()
    for kind in ASSETS:
        rows = ask(graph, "reasons/hop", {"id": id_}, words={"ASSET": kind, "RECORD": type_})
        if rows:
            break
    else:
        raise NotFoundError(f"there is no hop {id_!r}")
    near = lineage(
        graph, rows[0]["start"], direction="down", depth=1, stages=[Stage[type_].value], limit=_EVERY_NEIGHBOUR
    )
    edge = next(e for e in near.edges if e.id == id_)
    nodes = {n.id: answers.Ref(id=n.id, kind=n.kind, name=n.name) for n in near.nodes}
    start, end = nodes[edge.from_], nodes[edge.to]
    provider, place = _judged_by(graph, start)
    since = PartialDate(edge.since) if edge.since else None
    explanation = explain(graph, place.id, edge.stage, as_of=since.lo) if place and since else None
    hop = answers.ExplainedHop(edge=edge, start=start, end=end, provider=provider, jurisdiction=place)
    return answers.Account(
        **catalogue.envelope(graph, since.lo if since else None),
        total=1,
        about="hop",
        id=id_,
        hop=hop,
        explanation=explanation,
        text=_hop_text(hop, explanation),
        rule=_HOP_RULE,
    )


def _judged_by(graph: Graph, asset: answers.Ref) -> tuple[answers.Ref | None, answers.Ref | None]:
    """The provider that counts and its jurisdiction: the first by id; of an item without one, of what has it."""
    found = [
        (r["agency"], r["jurisdiction"])
        for r in ask(graph, "lineage/providers", {"ids": [asset.id]}, words={"ASSET": asset.kind})
    ]
    if not found and asset.kind == "Item":
        for kind in ("Resource", "Dataset", "Database"):
            held = ask(graph, "lineage/holders", {"ids": [asset.id]}, words={"ASSET": kind})
            ids = sorted({r["holder"] for r in held})
            rows = ask(graph, "lineage/providers", {"ids": ids}, words={"ASSET": kind}) if ids else []
            found += [(r["agency"], r["jurisdiction"]) for r in rows]
    if not found:
        return None, None
    agency, place = min(found)
    return (
        catalogue.resolve(graph, agency, ("Agency",)),
        catalogue.resolve(graph, place, ("Jurisdiction",)),
    )


def _hop_text(hop: answers.ExplainedHop, explanation: answers.Explanation | None) -> answers.Words:
    edge, stage = hop.edge, Stage.parse(hop.edge.stage)
    when_zh = f"{edge.since}，" if edge.since else ""
    when_en = f"On {edge.since}, " if edge.since else ""
    via_zh, via_en = (f"，经由 {edge.via}", f" over {edge.via}") if edge.via else ("", "")
    by_zh, by_en = (f"{hop.provider.name}提供的", f", provided by {hop.provider.name},") if hop.provider else ("", "")
    target_zh = f"{hop.end.name}（机构或平台）" if hop.end.kind in PLACES else hop.end.name
    zh = f"{when_zh}{by_zh}{hop.start.name}经{stage.zh}到{target_zh}{via_zh}。"
    en = f"{when_en}{hop.start.name}{by_en} went by {stage.en} to {hop.end.name}{via_en}."
    if edge.assumed:
        zh, en = zh + "来源没有说明环节，系推定。", en + " The source does not state the stage; it is assumed."
    if hop.jurisdiction is None:
        why = ("不知由谁提供，无从判断所依制度。", "Nobody knows who provides it, so its law is not known.")
    elif explanation is None:
        why = ("没有注明日期，无从判断所依制度。", "It has no date, so its law is not known.")
    elif edge.rule.verdict != explanation.cell.rule.verdict:
        why = (
            f"日期只到 {edge.since}，其间制度有变，无从判断。",
            f"Its date is only {edge.since}, and the rule changed within it, so its law is not known.",
        )
    else:
        place = hop.jurisdiction.name
        cell = _cell_text(explanation)
        zh_label, en_label = label(edge.rule.verdict, "zh"), label(edge.rule.verdict, "en")
        why = (
            f"所依制度（{place}）：{zh_label}。{cell.zh}",
            f"Its law, that of {place}: {en_label}. {cell.en}",
        )
    return answers.Words(zh=zh + why[0], en=f"{en} {why[1]}")
