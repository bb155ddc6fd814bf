"""Answers about judgements as tables for people and as CSV: gaps and reasons, two days, what if, side by side."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from rich.text import Text

from govgraph import answers
from govgraph.gapwords import GAPS
from govgraph.model import Level, Stage
from govgraph.render import STYLE, explain, warn
from govgraph.render import console_of as console
from govgraph.render import table_of as table
from govgraph.words import VERDICTS, pick, verdict

_WHAT = {
    "takes_effect": ("施行", "takes effect"),
    "lapses": ("届满", "lapses"),
    "trial_ends": ("试行期满", "trial ends"),
    "superseded": ("被取代", "superseded"),
}
_FEW = 3


def csv_of(items: Iterable[answers.Answer], fields: str) -> str:
    """One line an item, of the fields named between blanks; ``a.b``: field b of what field a holds; lists between ``|``, things by their id."""
    columns = fields.split()
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    for item in items:
        values = item.model_dump(mode="json", by_alias=True)
        writer.writerow([_cell(values, column.split(".")) for column in columns])
    return stream.getvalue()


def lines_of(items: Iterable[answers.Answer], fields: str) -> Iterator[str]:
    """The lines of :func:`csv_of` one by one, for items that are not held."""
    yield csv_of((), fields)
    for item in items:
        yield csv_of((item,), fields).partition("\n")[2]


def _cell(value: Any, path: list[str]) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    if isinstance(value, list):
        return "|".join(str(v["id"] if isinstance(v, dict) and "id" in v else v) for v in value)
    return value


GAP_COLUMNS = (
    "id kind severity score parts.assets parts.reach parts.below jurisdiction stage subject.kind subject.id subject.name "
    "reason.zh reason.en accepted.by accepted.reason accepted.until assigned.assignee assigned.until"
)
FINDING_COLUMNS = (
    "id rule severity jurisdiction stage subject.kind subject.id subject.name reason.zh reason.en basis remedy.zh remedy.en "
    "accepted.by accepted.reason accepted.until"
)
CHANGE_COLUMNS = (
    "jurisdiction name level stage before after lost_last_basis because via_before via_after bases_before bases_after"
)


def gaps_csv(answer: answers.Gaps) -> str:
    """One line a gap."""
    return csv_of(answer.items, f"change {GAP_COLUMNS}" if answer.changes else GAP_COLUMNS)


def findings_csv(answer: answers.Findings) -> str:
    """One line a finding."""
    return csv_of(answer.items, FINDING_COLUMNS)


def changes_csv(answer: answers.Diff | answers.WhatIf) -> str:
    """One line a change."""
    return csv_of(answer.changes, CHANGE_COLUMNS)


def explain_csv(answer: answers.Explanation) -> str:
    """One line a document that was considered."""
    columns = (
        "regulation.id regulation.name jurisdiction scope evidence rank status trial issued effective_from effective_to "
        "accepted reason"
    )
    return csv_of(answer.considered, columns)


def account_csv(answer: answers.Account) -> str:
    """One line: the gap or the hop in words."""
    return csv_of([answer], "id about open text.zh text.en rule.zh rule.en remedy.zh remedy.en")


def timeline_csv(answer: answers.Timeline) -> str:
    """One line a span."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["jurisdiction", "name", "level", "stage", "from", "to", "verdict", "via", "bases", "because"])
    for row in answer.rows:
        for s in row.spans:
            ids = ["|".join(s.bases), "|".join(s.because)]
            writer.writerow([row.jurisdiction, row.name, row.level, row.stage, s.from_, s.to, s.verdict, s.via, *ids])
    return stream.getvalue()


def calendar_csv(answer: answers.Calendar) -> str:
    """One line an event."""
    columns = "date first last certain what regulation.id regulation.name successor.id jurisdictions stages"
    return csv_of(answer.items, columns)


def comparison_csv(answer: answers.Comparison) -> str:
    """One line a jurisdiction: of those compared, or of all peers where they were asked for."""
    columns = "jurisdiction name level rank of points rule_points role_points done expected"
    return csv_of(answer.peers or [i.standing for i in answer.items], columns)


def scorecard_csv(answer: answers.Scorecard) -> str:
    """One line a stage."""
    columns = "stage record.verdict record.done record.expected record.unknown overdue"
    return csv_of(answer.stages, columns)


# --- gaps and reasons ---------------------------------------------------------------------------------------------


def gaps(answer: answers.Gaps, lang: str) -> None:
    """How many of each kind; a line per gap, worst first."""
    out = console()
    zh = lang == "zh"
    shown = table(*(("分数", "轻重", "缺口", "标识") if zh else ("score", "severity", "gap", "id")))
    grades = {"high": "高", "medium": "中", "low": "低"}
    for gap in answer.items:
        grade = grades[gap.severity] if zh else gap.severity
        sign = {"new": "+ ", "closed": "− ", None: ""}[gap.change]
        said = [gap.reason.zh if zh else gap.reason.en, *_decided(gap, zh)]
        shown.add_row(f"{gap.score:.2f}", grade, sign + "\n".join(said), gap.id)
    out.print(Text(f"{'缺口' if zh else 'Gaps'} {answer.total} · {answer.as_of}", style="bold"))
    if answer.changes:
        new, closed = sum(answer.changes.new.values()), sum(answer.changes.closed.values())
        out.print(f"新增 {new}，消除 {closed}" if zh else f"new {new}, closed {closed}")
    counts = [f"{pick(GAPS[kind].label, lang)} {count}" for kind, count in answer.summary.items() if count]
    if counts:
        out.print("  ".join(counts))
    if answer.accepted:
        out.print(f"另有已接受 {answer.accepted}" if zh else f"besides, accepted {answer.accepted}")
    if answer.items:
        out.print(shown)
    warn(out, answer, lang)


def _decided(gap: answers.Gap, zh: bool) -> list[str]:
    """What was decided about a gap, a line each."""
    found = []
    if it := gap.accepted:
        until = f"至 {it.until}" if zh else f"until {it.until}"
        past = ("，已过期" if zh else ", which is over") if it.past else ""
        head = f"已接受（{it.by}）" if zh else f"accepted by {it.by}"
        found.append(f"  {head}{': ' if not zh else '：'}{it.reason}{f' ({until}{past})' if it.until else ''}")
    if it := gap.assigned:
        due = (f"，{it.until} 前" if zh else f", due {it.until}") if it.until else ""
        past = ("，已逾期" if zh else ", overdue") if it.past else ""
        found.append(f"  指派给 {it.assignee}{due}{past}" if zh else f"  assigned to {it.assignee}{due}{past}")
    return found


def account(answer: answers.Account, lang: str) -> None:
    """What is the case, what should be, what would end it; then the cell that it rests on."""
    out = console()
    zh = lang == "zh"
    out.print(Text(answer.text.zh if zh else answer.text.en, style="bold"))
    out.print(("依据：" if zh else "Rule: ") + (answer.rule.zh if zh else answer.rule.en))
    for line in _decided(answer.gap, zh) if answer.gap else ():
        out.print(line.strip())
    if answer.remedy and answer.open:
        out.print(("办法：" if zh else "Remedy: ") + (answer.remedy.zh if zh else answer.remedy.en))
    if answer.explanation:
        explain(answer.explanation, lang)
    else:
        warn(out, answer, lang)


# --- two days, what if --------------------------------------------------------------------------------------------


def _few(ids: list[str]) -> str:
    more = f" +{len(ids) - _FEW}" if len(ids) > _FEW else ""
    return ", ".join(ids[:_FEW]) + more


def _changes(changes: list[answers.Change], lang: str) -> None:
    zh = lang == "zh"
    shown = table(
        *(("", "地方", "环节", "前", "后", "因") if zh else ("", "place", "stage", "before", "after", "because"))
    )
    for c in changes:
        shown.add_row(
            "!" if c.lost_last_basis else "",
            c.name,
            Stage.parse(c.stage).label(lang),
            Text(verdict(c.before, lang), style=STYLE.get(c.before, "")),
            Text(verdict(c.after, lang), style=STYLE.get(c.after, "")),
            _few(c.because),
        )
    if changes:
        console().print(shown)


def _lost(count: int, lang: str) -> str:
    return f"失去最后依据 {count}" if lang == "zh" else f"lost their last basis: {count}"


def diff(answer: answers.Diff, lang: str) -> None:
    """A line per cell that changed."""
    out = console()
    zh = lang == "zh"
    what = f"{answer.total} 格变化" if zh else f"{answer.total} cells changed"
    title = f"{answer.from_} → {answer.to}: {what}, {_lost(answer.lost_last_basis, lang)}"
    out.print(Text(title, style="bold"))
    _changes(answer.changes, lang)
    for ids, zh_label, en_label in (
        (answer.appeared, "新设区划", "new divisions"),
        (answer.disappeared, "撤销区划", "divisions that are no more"),
    ):
        if ids:
            out.print(f"{zh_label if zh else en_label}: {_few(ids)}")
    warn(out, answer, lang)


def what_if(answer: answers.WhatIf, lang: str) -> None:
    """What would change, cells that lose their last basis first; the assets that it concerns."""
    out = console()
    zh = lang == "zh"
    names = [*(f"− {r.name}" for r in answer.repeal), *(f"+ {e}" for e in answer.enact)]
    out.print(Text(f"{answer.as_of}: " + "; ".join(names), style="bold"))
    what = f"{answer.total} 格将变化" if zh else f"{answer.total} cells would change"
    out.print(f"{what}, {_lost(answer.lost_last_basis, lang)}")
    _changes(answer.changes, lang)
    if answer.by_level:
        levels = "  ".join(f"{Level.parse(k).label(lang) if k else '?'} {n}" for k, n in answer.by_level.items())
        out.print(("各级变化：" if zh else "At every level: ") + levels)
    if answer.roles:
        out.print("机构层变化：" if zh else "Roles that change:")
        _changes(answer.roles, lang)
    touched = answer.assets
    many, reach = ("?" if n is None else n for n in (touched.touched, touched.reach))
    out.print(
        f"涉及数据 {many} 项，下游 {reach} 项" if zh else f"Assets concerned: {many}; downstream of them: {reach}"
    )
    warn(out, answer, lang)


def timeline(answer: answers.Timeline, lang: str) -> None:
    """A line per span."""
    zh = lang == "zh"
    out = console()
    by_place = isinstance(answer.about, answers.Ref)
    title = answer.about.name if isinstance(answer.about, answers.Ref) else Stage.parse(answer.about).label(lang)
    out.print(Text(title, style="bold"))
    first = ("环节" if by_place else "地方") if zh else ("stage" if by_place else "place")
    shown = table(first, *(("自", "至", "制度", "依据", "因") if zh else ("from", "to", "rule", "bases", "because")))
    for row in answer.rows:
        name = Stage.parse(row.stage).label(lang) if by_place else row.name
        for number, s in enumerate(row.spans):
            law = verdict(s.verdict, lang) + (f" ({s.via})" if s.via else "")
            shown.add_row(
                "" if number else name,
                str(s.from_ or ""),
                str(s.to or ""),
                Text(law, style=STYLE.get(s.verdict, "")),
                _few(s.bases),
                _few(s.because),
            )
    out.print(shown)
    warn(out, answer, lang)


def calendar(answer: answers.Calendar, lang: str) -> None:
    """A line per day on which a document begins or ends."""
    out = console()
    zh = lang == "zh"
    out.print(Text(f"{answer.as_of} – {answer.until}: {answer.total}", style="bold"))
    heads = (
        ("日期", "事项", "文件", "变化", "失去依据") if zh else ("date", "what", "document", "cells", "lose a basis")
    )
    shown = table(*heads)
    for e in answer.items:
        name = e.regulation.name + (f" ← {e.successor.name}" if e.successor else "")
        day = e.stated + ("" if e.certain else " ?")
        lost = sum(c.lost_last_basis for c in e.changes)
        shown.add_row(day, pick(_WHAT[e.what], lang), name, str(len(e.changes)), str(lost))
    if answer.items:
        out.print(shown)
    if answer.open_trials:
        count = len(answer.open_trials)
        out.print(f"试行而未注明期限的文件 {count} 件" if zh else f"On trial without a stated end: {count}")
    warn(out, answer, lang)


# --- side by side ---------------------------------------------------------------------------------------------------


def comparison(answer: answers.Comparison, lang: str) -> None:
    """A column per jurisdiction: its rank, its points, its cells, its gaps."""
    out = console()
    zh = lang == "zh"
    shown = table("", *(item.place.name for item in answer.items))
    standings = [i.standing for i in answer.items]
    shown.add_row("名次" if zh else "rank", *(f"{s.rank}/{s.of}" for s in standings))
    shown.add_row("得分" if zh else "points", *(str(s.points) for s in standings))
    shown.add_row("已办" if zh else "done", *(f"{s.done}/{s.expected}" for s in standings))
    for number, cell in enumerate(answer.items[0].cells):
        shown.add_row(Stage.parse(cell.stage).label(lang), *(_marks(i.cells[number], lang) for i in answer.items))
    for kind in answer.items[0].gaps:
        if any(i.gaps[kind] for i in answer.items):
            shown.add_row(pick(GAPS[kind].label, lang), *(str(i.gaps[kind]) for i in answer.items))
    out.print(shown)
    if answer.peers:
        ranks = table(*(("名次", "地方", "得分", "已办") if zh else ("rank", "place", "points", "done")))
        for s in answer.peers:
            ranks.add_row(str(s.rank), s.name, str(s.points), f"{s.done}/{s.expected}")
        out.print(ranks)
    warn(out, answer, lang)


def _marks(cell: answers.Cell, lang: str) -> str:
    layers = (cell.rule, cell.role, cell.record)
    return "".join(VERDICTS[layer.verdict][2] for layer in layers) + " " + verdict(cell.rule.verdict, lang)


def scorecard(answer: answers.Scorecard, lang: str) -> None:
    """A line per stage, then duties and gaps."""
    out = console()
    zh = lang == "zh"
    many = f"信息资源 {answer.resources}，逾期 {answer.overdue}" if zh else (
        f"{answer.resources} resources, {answer.overdue} overdue"
    )  # fmt: skip
    out.print(Text(f"{answer.agency.name} · {answer.as_of} · {many}", style="bold"))
    heads = ("环节", "实践", "已办", "应办", "不明", "逾期") if zh else (
        "stage", "record", "done", "expected", "unknown", "overdue"
    )  # fmt: skip
    shown = table(*heads)
    for s in answer.stages:
        r = s.record
        numbers = map(str, (r.done, r.expected, r.unknown, s.overdue))
        shown.add_row(Stage.parse(s.stage).label(lang), verdict(r.verdict, lang), *numbers)
    out.print(shown)
    counts = [f"{pick(GAPS[kind].label, lang)} {count}" for kind, count in answer.gaps.items() if count]
    if counts:
        out.print(("缺口：" if zh else "Gaps: ") + "  ".join(counts))
    for duty in answer.duties:
        mark = "●" if duty.accepted else "○"
        law = f"《{duty.regulation.name}》" if duty.regulation else ""
        out.print(f"{mark} {duty.duty or ''} {law}{duty.article or ''}")
    warn(out, answer, lang)
