"""The answers of tracing as tables for people and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from rich.text import Text

from govgraph import answers
from govgraph.model import NODES, OpenType, Stage
from govgraph.render import console_of, table_of, verdict_text, warn
from govgraph.words import FINDINGS, RESTRICTIONS, pick, verdict

_Row = Sequence[Any]


def _csv(head: Iterable[str], rows: Iterable[_Row]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(["|".join(v) if isinstance(v, list) else v for v in row] for row in rows)
    return stream.getvalue()


def _say(answer: answers.Envelope, lang: str, title: str, heads: tuple[str, ...], rows: Iterable[_Row]) -> None:
    """A title, a table where there is anything, and what the reader should know."""
    console = console_of()
    console.print(Text(title, style="bold"))
    told = [[v if isinstance(v, Text) else Text(str(v)) for v in row] for row in rows]
    if told:
        table = table_of(*heads)
        for row in told:
            table.add_row(*row)
        console.print(table)
    warn(console, answer, lang)


def _kind(kind: str, lang: str) -> str:
    return NODES[kind].zh if lang == "zh" else NODES[kind].en


def _stage(stage: str, lang: str) -> str:
    return Stage.parse(stage).label(lang) if stage else ""


# --- audit --------------------------------------------------------------------------------------------------------


def audit(answer: answers.Audit, lang: str) -> None:
    """A line per unruled hop; before them how many hops have which verdict."""
    zh = lang == "zh"
    counts = "  ".join(f"{verdict(v, lang)} {n}" for v, n in answer.verdicts.items() if n)
    title = (
        f"{answer.hops} 次流转，{answer.total} 次当时无制度" if zh else f"{answer.hops} hops, {answer.total} unruled"
    )
    heads = ("地方", "机构", "环节", "日期", "自", "至", "当时的制度") if zh else (
        "place", "agency", "stage", "date", "from", "to", "rule then"
    )  # fmt: skip
    rows = [
        (e.jurisdiction, e.agency, _stage(e.stage, lang), e.since or "", e.from_, e.to, verdict_text(e.rule, lang))
        for e in answer.items
    ]
    _say(answer, lang, " · ".join(filter(None, (title, counts))), heads, rows)


def audit_csv(answer: answers.Audit) -> str:
    """One line an unruled hop."""
    names = ("id", "jurisdiction", "agency", "stage", "since", "until", "from", "to", "via", "under", "verdict")
    return _csv(
        names,
        (
            (e.id, e.jurisdiction, e.agency, e.stage, e.since, e.until, e.from_, e.to, e.via, e.under, e.rule.verdict)
            for e in answer.items
        ),
    )


# --- restriction --------------------------------------------------------------------------------------------------


def restriction(answer: answers.Restriction, lang: str) -> None:
    """A line per finding, with the path from its cause."""
    zh = lang == "zh"
    many = f"{len(answer.items)} 项发现，查看了 {answer.examined}" if zh else (
        f"{len(answer.items)} findings, {answer.examined} examined"
    )  # fmt: skip
    heads = ("结论", "对象", "起因", "限制", "路径") if zh else ("finding", "subject", "cause", "restriction", "path")
    rows = [
        (
            pick(FINDINGS[f.finding], lang),
            f.subject.name,
            f.cause.name,
            f"{pick(RESTRICTIONS[f.reason], lang)} {_value(f.before, lang)} → {_value(f.after, lang)}",
            " → ".join(f.path),
        )
        for f in answer.items
    ]
    if answer.ungraded:
        many += f"；{answer.ungraded} 处分级不可比" if zh else f"; {answer.ungraded} grades not comparable"
    _say(answer, lang, many, heads, rows)


def _value(value: str | bool | None, lang: str) -> str:
    if isinstance(value, bool):
        return pick(("是", "yes") if value else ("否", "no"), lang)
    try:
        return OpenType.parse(value).label(lang)
    except ValueError:
        return value or "–"


def restriction_csv(answer: answers.Restriction) -> str:
    """One line a finding."""
    return _csv(
        ("subject", "subject_kind", "finding", "reason", "cause", "cause_kind", "before", "after", "path"),
        (
            (f.subject.id, f.subject.kind, f.finding, f.reason, f.cause.id, f.cause.kind, f.before, f.after, f.path)
            for f in answer.items
        ),
    )


# --- impact -------------------------------------------------------------------------------------------------------


def impact(answer: answers.Impact, lang: str) -> None:
    """A line per group and word, most first."""
    zh = lang == "zh"
    title = f"{answer.root.name} · " + (
        f"影响 {answer.total}，直接涉及 {answer.touched}，流转 {answer.hops}" if zh
        else f"{answer.total} depend on it, {answer.touched} touched, {answer.hops} hops"
    )  # fmt: skip
    labels = {"kind": "类别", "jurisdiction": "行政区划", "agency": "机构", "stage": "环节"}
    rows = []
    for group, counts in answer.by:
        for word, count in counts.items():
            name = word if group not in ("kind", "stage") or not word else ""
            name = name or (_kind(word, lang) if group == "kind" else _stage(word, lang)) if word else "–"
            rows.append((labels[group] if zh else group, name, f"{count:,}"))
    _say(answer, lang, title, ("分组", "项", "数量") if zh else ("by", "of", "count"), rows)


def impact_csv(answer: answers.Impact) -> str:
    """One line a group and word."""
    rows = [(group, word, count) for group, counts in answer.by for word, count in counts.items()]
    return _csv(("by", "of", "count"), [("total", "", answer.total), *rows])


# --- between ------------------------------------------------------------------------------------------------------


def paths(answer: answers.Paths, lang: str) -> None:
    """A line per path."""
    zh = lang == "zh"
    names = {n.id: n.name for n in answer.nodes}
    if answer.length is None:
        title = "没有路径" if zh else "no path"
    else:
        title = (
            f"{answer.total} 条最短路径，{answer.length} 步" if zh else f"{answer.total} paths of {answer.length} hops"
        )
    title = f"{answer.from_.name} → {answer.to.name} · {title}"
    _say(answer, lang, title, ("路径" if zh else "path",), ((" → ".join(names[i] for i in p),) for p in answer.paths))


def paths_csv(answer: answers.Paths) -> str:
    """One line a node of a path."""
    nodes = {n.id: n for n in answer.nodes}
    rows = [
        (number, position, nodes[i].id, nodes[i].kind, nodes[i].name)
        for number, path in enumerate(answer.paths, 1)
        for position, i in enumerate(path)
    ]
    return _csv(("path", "position", "id", "kind", "name"), rows)


def ends(answer: answers.Ends, lang: str) -> None:
    """Roots, then leaves."""
    zh = lang == "zh"
    title = f"{answer.root.name} · " + (
        f"{len(answer.roots)} 个源头，{len(answer.leaves)} 个末端" if zh
        else f"{len(answer.roots)} roots, {len(answer.leaves)} leaves"
    )  # fmt: skip
    heads = ("", "深度", "类别", "名称", "标识") if zh else ("", "depth", "kind", "name", "id")
    rows = [
        (pick(label, lang), n.depth, _kind(n.kind, lang), n.name, n.id)
        for label, nodes in ((("源头", "root"), answer.roots), (("末端", "leaf"), answer.leaves))
        for n in nodes
    ]
    _say(answer, lang, title, heads, rows)


def ends_csv(answer: answers.Ends) -> str:
    """One line a root or a leaf."""
    rows = [
        (end, n.id, n.kind, n.name, n.depth)
        for end, nodes in (("root", answer.roots), ("leaf", answer.leaves))
        for n in nodes
    ]
    return _csv(("end", "id", "kind", "name", "depth"), rows)


def bottlenecks(answer: answers.Bottlenecks, lang: str) -> None:
    """A line per node, single points of failure first."""
    zh = lang == "zh"
    single = sum(n.single for n in answer.items)
    title = f"{answer.root.name} · " + (
        f"上游 {answer.upstream}，源头 {answer.roots}，单点 {single}" if zh
        else f"{answer.upstream} upstream, {answer.roots} roots, {single} single points of failure"
    )  # fmt: skip
    heads = ("单点", "独自承载", "源头", "深度", "名称", "标识") if zh else (
        "single", "carries", "roots", "depth", "name", "id"
    )  # fmt: skip
    rows = [("●" if n.single else "", n.carried, n.roots, n.depth, n.name, n.id) for n in answer.items]
    _say(answer, lang, title, heads, rows)


def bottlenecks_csv(answer: answers.Bottlenecks) -> str:
    """One line a node."""
    return _csv(
        ("id", "kind", "name", "depth", "carried", "roots", "single"),
        ((n.id, n.kind, n.name, n.depth, n.carried, n.roots, n.single) for n in answer.items),
    )


def cycles(answer: answers.Cycles, lang: str) -> None:
    """A line per edge that closes a cycle."""
    zh = lang == "zh"
    heads = ("节点数", "成员", "闭合流转", "环节", "日期") if zh else ("size", "nodes", "closed by", "stage", "date")
    rows = []
    for cycle in answer.items:
        names = [n.name for n in cycle.nodes[:_MEMBERS]]
        members = "、".join(names) + (f" … ({cycle.size})" if cycle.size > _MEMBERS else "")
        for number, e in enumerate(cycle.closing):
            first = (cycle.size, members) if number == 0 else ("", "")
            rows.append((*first, f"{e.from_} → {e.to}", _stage(e.stage, lang), e.since or ""))
    _say(answer, lang, f"{answer.total} 个回路" if zh else f"{answer.total} cycles", heads, rows)


_MEMBERS = 8


def cycles_csv(answer: answers.Cycles) -> str:
    """One line an edge that closes a cycle."""
    return _csv(
        ("size", "nodes", "id", "from", "to", "stage", "since"),
        (
            (c.size, [n.id for n in c.nodes], e.id, e.from_, e.to, e.stage, e.since)
            for c in answer.items
            for e in c.closing
        ),
    )


# --- items --------------------------------------------------------------------------------------------------------


def hop(answer: answers.Hop, lang: str) -> None:
    """A line per item that went over, then the items of either end that did not."""
    zh = lang == "zh"
    law = "; ".join(
        f"{_stage(e.stage, lang)} {e.since or ''} 〔{verdict_text(e.rule, lang)}〕" for e in answer.edges
    ) or ("无直接流转" if zh else "no hop")  # fmt: skip
    title = f"{answer.from_.name} → {answer.to.name} · {law}"
    heads = ("自", "环节", "日期", "至") if zh else ("from", "stage", "date", "to")
    rows: list[_Row] = [(i.from_.name, _stage(i.stage, lang), i.since or "", i.to.name) for i in answer.items]
    rows += [(r.name, "–", "", "") for r in answer.unmatched.from_]
    rows += [("", "–", "", r.name) for r in answer.unmatched.to]
    _say(answer, lang, title, heads, rows)


def hop_csv(answer: answers.Hop) -> str:
    """One line an item that went over, and one an item of either end that did not."""
    rows: list[_Row] = [(i.from_.id, i.from_.name, i.to.id, i.to.name, i.stage, i.since, i.until) for i in answer.items]
    rows += [(r.id, r.name, "", "", "", "", "") for r in answer.unmatched.from_]
    rows += [("", "", r.id, r.name, "", "", "") for r in answer.unmatched.to]
    return _csv(("from", "from_name", "to", "to_name", "stage", "since", "until"), rows)


def same_items(answer: answers.SameItems, lang: str) -> None:
    """A line per group of the same items."""
    zh = lang == "zh"
    title = f"{answer.total} 个信息项由多家提供" if zh else f"{answer.total} items are kept by several providers"
    heads = ("名称", "提供方", "来源", "信息项", "由") if zh else ("name", "providers", "sources", "items", "kept by")
    rows = [
        (
            g.name,
            g.providers,
            g.sources,
            g.total,
            "、".join(dict.fromkeys(p for i in g.items for p in i.providers)),
        )
        for g in answer.items
    ]
    _say(answer, lang, title, heads, rows)


def same_items_csv(answer: answers.SameItems) -> str:
    """One line an item of a group."""
    return _csv(
        ("key", "providers_in_all", "sources", "id", "name", "holders", "providers", "derived"),
        (
            (g.key, g.providers, g.sources, i.id, i.name, i.holders, i.providers, i.derived)
            for g in answer.items
            for i in g.items
        ),
    )
