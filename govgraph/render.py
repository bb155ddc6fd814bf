"""Answers as tables for people, in Chinese or English, at any width."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from govgraph import answers
from govgraph.model import EDGES, NODES, Column, Evidence, Rank, Scope, Stage, labels_of
from govgraph.words import LAYERS, REASONS, VERDICTS, pick, verdict

if TYPE_CHECKING:
    from govgraph.keys import Key
    from govgraph.server import Status

_STYLE = {
    "dedicated": "green", "general": "green", "inherited": "cyan", "unknown": "yellow", "planned": "yellow",
    "expired": "red", "none": "bold red", "own": "green", "designated": "cyan", "supervised": "yellow",
    "full": "green", "partial": "yellow", "absent": "red",
}  # fmt: skip
_SHORT, _MARKS, _PLACE = 4, 3, 20
_CYCLE_SHOWN = 8
_WITHOUT_TERMINAL = 120
"""Columns of a table that goes into a pipe or a file."""


def _console() -> Console:
    """Where tables go: as wide as the terminal."""
    width = shutil.get_terminal_size((_WITHOUT_TERMINAL, 24)).columns
    return Console(highlight=False, width=width)


def _table(*columns: str, **options: Any) -> Table:
    """An empty table with these heads."""
    from rich import box

    table = Table(box=box.SIMPLE, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold", **options)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _warn(console: Console, answer: answers.Envelope, lang: str) -> None:
    """What the reader of an answer should know: its warnings, and whether it goes on."""
    for warning in answer.warnings:
        console.print(Text(f"! {warning.code}: {warning.message}", style="yellow"))
    if answer.truncated:
        omitted = answer.truncated.omitted
        many = "" if omitted is None else f" ({omitted})"
        zh, en = f"未列完：{answer.truncated.reason}{many}", f"not complete: {answer.truncated.reason}{many}"
        if answer.next:
            zh, en = f"{zh}；续查 --cursor {answer.next}", f"{en}; go on with --cursor {answer.next}"
        console.print(Text(f"! {zh if lang == 'zh' else en}", style="yellow"))


STYLE, console_of, table_of, warn = _STYLE, _console, _table, _warn
"""For the tables of other modules."""


def verdict_text(rule: answers.HopRule, lang: str) -> Text:
    """The verdict of a hop with its first basis."""
    law = verdict(rule.verdict, lang) + (f" ({rule.bases[0]})" if rule.bases else "")
    return Text(law, style=_STYLE.get(rule.verdict, ""))


# --- coverage ---


def coverage(answer: answers.Coverage, lang: str) -> None:
    """The matrix: a row per subject, a column per stage, three marks a cell (rule, role, record)."""
    console = _console()
    stages = list(dict.fromkeys(c.stage for c in answer.cells))
    rows: dict[tuple[str, str], list[answers.Cell]] = {}
    for cell in answer.cells:
        rows.setdefault((cell.subject.id if cell.subject else cell.jurisdiction or "", cell.name), []).append(cell)
    name = "行政区划" if lang == "zh" else "place"
    labels = [Stage.parse(s).label(lang) for s in stages]
    if console.width < _PLACE + sum(max(cell_len(label), _MARKS) + 1 for label in labels):
        tight = console.width < _PLACE + len(labels) * (_SHORT + 1)
        labels = [_short(label, lang, tight) for label in labels]
    table = _table(name)
    table.columns[0].min_width = 8
    for label in labels:
        table.add_column(label, no_wrap=True, justify="center")
    for (_, title), cells in rows.items():
        table.add_row(title, *(_marks(cell) for cell in cells))
    zh = f"截至 {answer.as_of}：每格三个记号依次为制度、机构、实践"
    en = f"As of {answer.as_of}: three marks a cell, rule, role, record"
    console.print(Text(zh if lang == "zh" else en, style="bold"))
    console.print(table)
    for layer, counts in answer.summary:
        parts = [f"{VERDICTS[v][2]} {verdict(v, lang)} {n}" for v, n in counts.items() if n]
        console.print(f"{pick(LAYERS[layer], lang)}: " + "  ".join(parts))
    _warn(console, answer, lang)


def _short(label: str, lang: str, tight: bool) -> str:
    """A stage's label in four cells, or in three."""
    if lang == "zh":
        return (label[1] if label == Stage.ARCHIVING.zh else label[0]) if tight else label
    return label[: _SHORT - tight]


def _marks(cell: answers.Cell) -> Text:
    text = Text()
    for layer in (cell.rule, cell.role, cell.record):
        text.append(VERDICTS[layer.verdict][2], style=_STYLE.get(layer.verdict, "dim"))
    return text


def coverage_csv(answer: answers.Coverage) -> str:
    """One line a cell."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(
        [
            "subject",
            "jurisdiction",
            "name",
            "level",
            "stage",
            "rule",
            "via",
            "via_scope",
            "bases",
            "evidence",
            "rank",
            "trial",
            "presumed",
            "presumed_from_issue",
            "last_stated",
            "pending",
            "unresolved",
            "role",
            "role_via",
            "agencies",
            "record",
            "done",
            "expected",
            "unknown",
        ]
    )
    for cell in answer.cells:
        rule, role, record = cell.rule, cell.role, cell.record
        writer.writerow(
            [
                cell.subject.id if cell.subject else "",
                cell.jurisdiction,
                cell.name,
                cell.level,
                cell.stage,
                rule.verdict,
                rule.via,
                rule.via_scope,
                "|".join(rule.bases),
                rule.evidence,
                rule.rank,
                rule.trial,
                rule.presumed,
                rule.presumed_from_issue,
                rule.last_stated,
                "|".join(rule.pending),
                "|".join(rule.unresolved),
                role.verdict,
                role.via,
                "|".join(role.agencies),
                record.verdict,
                record.done,
                record.expected,
                record.unknown,
            ]
        )
    return stream.getvalue()


def explain(answer: answers.Explanation, lang: str) -> None:
    """The sentence, the documents, the roles."""
    console = _console()
    zh = lang == "zh"
    console.print(Text(answer.text.zh if zh else answer.text.en, style="bold"))
    if answer.others:
        console.print(answer.others.zh if zh else answer.others.en)
    console.print(("继承路径：" if zh else "Path: ") + " → ".join(answer.path))
    if answer.considered:
        heads = ("", "文件", "地方", "范围", "依据", "位阶", "施行", "失效", "结论") if zh else (
            "", "document", "place", "scope", "evidence", "rank", "from", "to", "conclusion"
        )  # fmt: skip
        table = _table(*heads)
        for c in answer.considered:
            since = c.effective_from or (f"({c.issued})" if c.issued else "")
            table.add_row(
                "●" if c.accepted else "",
                c.regulation.name,
                c.jurisdiction or "",
                Scope.parse(c.scope).label(lang),
                Evidence.parse(c.evidence).label(lang),
                Rank.parse(c.rank).label(lang),
                since,
                c.effective_to or "",
                pick(REASONS[c.reason], lang) + ("（试行）" if c.trial and zh else " (trial)" if c.trial else ""),
            )
        console.print(table)
    if answer.roles:
        table = _table(
            *(("", "机构", "职责", "起", "止", "结论") if zh else ("", "body", "duty", "from", "to", "conclusion"))
        )
        for r in answer.roles:
            table.add_row(
                "●" if r.accepted else "",
                r.body,
                r.duty or "",
                r.from_ or "",
                r.to or "",
                pick(REASONS[r.reason], lang),
            )
        console.print(table)
    _warn(console, answer, lang)


GRADES = {"high": ("高", "high"), "medium": ("中", "medium"), "low": ("低", "low")}


MOST_FINDINGS = 200
"""Findings that a table shows."""


def check(answer: answers.Findings, items: Iterable[answers.Finding], lang: str) -> None:
    """The first findings, worst first; then the rules that failed, or found more than is shown."""
    console = _console()
    zh = lang == "zh"
    counts = "  ".join(f"{pick(GRADES[s], lang)} {n}" for s, n in answer.summary.items() if n)
    head = f"{'问题' if zh else 'Findings'} {answer.total} · {answer.as_of}" + (f" · {counts}" if counts else "")
    console.print(Text(head, style="bold"))
    if answer.accepted:
        console.print(f"另有已接受 {answer.accepted}" if zh else f"besides, accepted {answer.accepted}")
    shown = list(items)
    if shown:
        table = _table(*(("轻重", "问题", "标识") if zh else ("severity", "finding", "id")))
        for item in shown:
            cells = (
                pick(GRADES[item.severity], lang),
                pick((item.reason.zh, item.reason.en), lang),
                item.id,
            )
            table.add_row(*map(Text, cells))
        console.print(table)
    if (more := answer.total - len(shown)) > 0 and shown:
        console.print(
            f"另 {more} 项：--csv、--json 或 --sarif 列出全部"
            if zh
            else f"{more} more: --csv, --json or --sarif list all"
        )
    for rule in answer.rules:
        if rule.findings:
            remedy = pick((rule.remedy.zh, rule.remedy.en), lang) if rule.remedy else ""
            basis = (f"（依据：{rule.basis}）" if zh else f" (basis: {rule.basis})") if rule.basis else ""
            title = pick((rule.title.zh, rule.title.en), lang)
            console.print(Text(f"{title} {rule.findings} · {remedy}{basis}"))
    for rule in answer.rules:
        if rule.error:
            console.print(Text(f"! {rule.id}: {rule.error}", style="red"))
    _warn(console, answer, lang)


# --- lineage ---


def lineage(answer: answers.Lineage, lang: str) -> None:
    """Nodes by side and depth, then the hops with their law."""
    console = _console()
    zh = lang == "zh"
    names = {n.id: n.name for n in answer.nodes}
    sides = {"root": ("起点", "root"), "up": ("上游", "up"), "down": ("下游", "down")}
    title = f"{answer.root.name} · {answer.total} " + ("个节点" if zh else "nodes")
    console.print(Text(title, style="bold"))
    table = _table(*(("方向", "深度", "类别", "名称", "标识") if zh else ("side", "depth", "kind", "name", "id")))
    for node in answer.nodes:
        kind = NODES[node.kind].zh if zh else NODES[node.kind].en
        table.add_row(pick(sides[node.side], lang), str(node.depth), kind, node.name, node.id)
    console.print(table)
    if answer.edges:
        heads = (
            ("自", "环节", "至", "日期", "经由", "当时的制度")
            if zh
            else ("from", "stage", "to", "date", "via", "rule then")
        )
        table = _table(*heads)
        for edge in answer.edges:
            period = (edge.since or "") + (f"–{edge.until}" if edge.until else "")
            table.add_row(
                names.get(edge.from_, edge.from_),
                Stage.parse(edge.stage).label(lang),
                names.get(edge.to, edge.to),
                period,
                edge.via or "",
                verdict_text(edge.rule, lang),
            )
        console.print(table)
    for cycle in answer.cycles:
        more = f" … ({len(cycle)})" if len(cycle) > _CYCLE_SHOWN else ""
        console.print(
            ("回路：" if zh else "Cycle: ") + " ↻ ".join(names.get(i, i) for i in cycle[:_CYCLE_SHOWN]) + more
        )
    _warn(console, answer, lang)


# --- look-ups ---


def show(answer: answers.Shown, lang: str) -> None:
    """Properties, then statements, then edges."""
    console = _console()
    zh = lang == "zh"
    node = answer.node
    model = NODES[node.kind]
    kind = model.zh if zh else model.en
    console.print(Text(f"{node.name}  {kind}  {node.id}", style="bold"))
    if node.placeholder:
        text = "占位：被引用而无来源列出" if zh else "a placeholder: something names it, and no source lists it"
        console.print(Text(text, style="yellow"))
    if node.aliases:
        console.print(("别名：" if zh else "Also: ") + "、".join(node.aliases))
    labels = {name: words[0 if zh else 1] for name, words in labels_of(model).items()}
    disputed = {s.property for s in answer.statements if not s.decides}
    table = _table(*(("属性", "值", "来源") if zh else ("property", "value", "source")))
    plain = {"name", "aliases"} - disputed
    for s in sorted(answer.statements, key=lambda s: (s.property, not s.decides)):
        if s.property in plain and s.by is None:
            continue
        note = "" if s.property not in disputed else ("  ← 采用" if zh else "  ← taken") if s.decides else ""
        place = " ".join(filter(None, (s.source, s.section))) if s.by is None else _corrected(s, lang)
        table.add_row(labels.get(s.property, s.property), f"{_value(s.value, lang)}{note}", place)
    console.print(table)
    if answer.edges:
        table = _table(*(("关系", "自", "至", "环节", "来源") if zh else ("edge", "from", "to", "stage", "source")))
        for edge in answer.edges:
            stage = Stage.parse(edge.stage).label(lang) if edge.stage else ""
            label = EDGES[edge.type].zh if zh else EDGES[edge.type].en
            table.add_row(label, edge.from_, edge.to, stage, edge.source or "")
        console.print(table)
    _warn(console, answer, lang)


def _corrected(statement: answers.Statement, lang: str) -> str:
    """Who corrected what a statement is about, when and why."""
    day = (statement.at or "")[:10]
    who = f"{statement.by} 更正于 {day}：" if lang == "zh" else f"corrected by {statement.by}, {day}: "
    return f"{who}{statement.reason}"


def _value(value: Any, lang: str) -> str:
    """A value, or that there is none."""
    if value in (None, []):
        return "（无）" if lang == "zh" else "(none)"
    return _text(value)


def _text(value: Any) -> str:
    return "、".join(map(str, value)) if isinstance(value, list) else str(value)


def find(answer: answers.FoundList, lang: str) -> None:
    """A line per match."""
    console = _console()
    zh = lang == "zh"
    table = _table(*(("类别", "名称", "标识") if zh else ("kind", "name", "id")))
    for item in answer.items:
        model = NODES[item.kind]
        table.add_row(model.zh if zh else model.en, item.name, item.id)
    console.print(Text(f"{answer.total} " + ("个匹配" if zh else "matches"), style="bold"))
    if answer.items:
        console.print(table)
    _warn(console, answer, lang)


def listing(answer: answers.Listing, lang: str) -> None:
    """A line per node: its id, its name, and the properties that any of the nodes has."""
    console = _console()
    zh = lang == "zh"
    model = NODES[answer.kind]
    console.print(Text(f"{model.zh if zh else model.plural.capitalize()} {answer.total}", style="bold"))
    if answer.items:
        columns = [
            c for c in NODES[answer.items[0].kind].columns() if any(c.name in n.properties for n in answer.items)
        ]
        table = _table(*(("标识", "名称") if zh else ("id", "name")), *(c.zh if zh else c.name for c in columns))
        for node in answer.items:
            cells = (_cell(c, node.properties.get(c.name), lang) for c in columns)
            table.add_row(*map(Text, (node.id, node.name, *cells)))
        console.print(table)
    _warn(console, answer, lang)


def _cell(column: Column, value: Any, lang: str) -> str:
    if value is None:
        return ""
    if column.type == "bool":
        return pick(("是", "yes") if value else ("否", "no"), lang)
    return column.term.parse(value).label(lang) if column.term else _text(value)


def listing_csv(kind: str, nodes: Iterable[answers.ListedNode], *, header: bool = True) -> str:
    """One line a node, a column each property of the kind, as ``govgraph load csv`` reads them."""
    names = [c.name for c in NODES[kind].columns()]
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    if header:
        writer.writerow(names)
    for node in nodes:
        row = node.properties | {"id": node.id, "name": node.name, "aliases": node.aliases}
        writer.writerow(["|".join(v) if isinstance(v := row.get(n), list) else v for n in names])
    return stream.getvalue()


def stats(answer: answers.Stats, lang: str) -> None:
    """Counts, then claims."""
    console = _console()
    zh = lang == "zh"
    table = _table(*(("类别", "数量") if zh else ("kind", "count")))
    for kind, count in answer.nodes.items():
        table.add_row(NODES[kind].zh if zh else kind, f"{count:,}")
    for type_, count in answer.edges.items():
        if count:
            table.add_row(f"→ {EDGES[type_].zh if zh else type_}", f"{count:,}")
    console.print(table)
    words = {
        "agrees": ("相符", "agrees"),
        "disagrees": ("不符", "disagrees"),
        "conflicts": ("互相矛盾", "conflicts"),
        "not_comparable": ("不可比", "not comparable"),
    }
    if answer.claims:
        heads = ("口径", "来源所称", "图中计数", "结论") if zh else ("claim", "stated", "counted", "verdict")
        table = _table(*heads)
        for claim in answer.claims:
            counted = "" if claim.counted is None else f"{claim.counted:,}"
            table.add_row(
                f"{claim.subject or ''} {claim.metric or ''}",
                claim.text or "",
                counted,
                pick(words[claim.verdict], lang),
            )
        console.print(table)


def model(answer: dict[str, Any], lang: str) -> None:
    """Kinds and types, or the fields of one."""
    console = _console()
    zh = lang == "zh"
    one = len(answer["nodes"]) + len(answer["edges"]) == 1
    for stage in answer["stages"]:
        console.print(f"{stage['stage']}  {stage['zh']}  ({'、'.join(stage['aliases'])})")
    for part, key in (("nodes", "kind"), ("edges", "type")):
        for item in answer[part]:
            console.print(Text(f"{item[key]}  {item['zh']}  {item['en']}", style="bold"))
            if not one:
                continue
            console.print(item["doc"])
            table = _table(*(("字段", "名称", "含义", "取值") if zh else ("field", "名称", "meaning", "values")))
            for field in item["fields"]:
                terms = "、".join(f"{t['value']} {t['zh']}" for t in field.get("terms", ()))
                table.add_row(field["name"], field["zh"], field["en"], terms or field["type"])
            console.print(table)
            for pair in item.get("pairs", ()):
                console.print(f"  {pair[0]} → {pair[1]}")


# --- loads ---


def load(answer: answers.LoadReport, lang: str) -> None:
    """What happened, then the first refused rows."""
    console = _console()
    zh = lang == "zh"
    states = {
        "done": ("完成", "done"),
        "partial": ("部分完成", "partial"),
        "refused": ("全部拒绝", "refused"),
        "interrupted": ("中断", "interrupted"),
    }
    head = f"{answer.source}: {pick(states[answer.status], lang)}"
    if answer.dry_run:
        head += "（试运行，未改动）" if zh else " (dry run, nothing changed)"
    console.print(Text(head, style="bold"))
    console.print(
        f"读入 {answer.read}：接受 {answer.accepted}（新增 {answer.created}、变更 {answer.changed}、未变 {answer.unchanged}），"
        f"拒绝 {answer.rejected}"
        if zh
        else f"read {answer.read}: accepted {answer.accepted} (created {answer.created}, changed {answer.changed}, "
        f"unchanged {answer.unchanged}), rejected {answer.rejected}"
    )
    if answer.undoes:
        console.print(
            f"撤销第 {answer.undoes} 次载入，移除 {answer.swept}"
            if zh
            else f"run {answer.undoes} is undone; removed {answer.swept}"
        )
    elif answer.swept:
        console.print(
            f"清除来源不再列出的 {answer.swept}" if zh else f"swept {answer.swept} that the source no longer lists"
        )
    if answer.placeholders:
        n = answer.placeholders
        console.print(f"占位 {n}：被引用而尚未载入" if zh else f"placeholders {n}: named and not loaded yet")
    if answer.sweep:
        console.print(Text((f"未清除：{answer.sweep}" if zh else f"nothing was swept: {answer.sweep}"), style="red"))
    for reject in answer.rejects[:20]:
        sheet = f"[{reject.sheet}]" if reject.sheet else ""
        place = f"{reject.file}{sheet}:{reject.row}" + (f" {reject.column}" if reject.column else "")
        console.print(Text(f"  {place}: {reject.message}", style="red"))
    for warning in answer.warnings:
        console.print(Text(f"  {warning.message}", style="yellow"))
    if answer.rejected > 20:
        more = answer.rejected - 20
        console.print(f"  … {more} " + ("行" if zh else "more"))
    if answer.rejects_file:
        zh_text = f"被拒行写入 {answer.rejects_file}，改正后可直接再次载入"
        en_text = f"refused rows are in {answer.rejects_file}: correct them there and load that file"
        console.print(zh_text if zh else en_text)


_SETTLED = {
    "corrected": ("已更正", "corrected"),
    "withdrawn": ("已撤回更正", "correction withdrawn"),
    "unchanged": ("原已如此", "so already"),
    "merged": ("两者合并所得", "from both"),
}


def settled(answer: answers.Settled, lang: str) -> None:
    """What a person settled, field by field."""
    console = _console()
    zh = lang == "zh"
    about = answer.about
    console.print(
        Text(f"{about.name}  {NODES[about.kind].zh if zh else NODES[about.kind].en}  {about.id}", style="bold")
    )
    if answer.merged is not None:
        of = f"{answer.merged.name} {answer.merged.id}"
        zh_text, en_text = (
            f"{of} 已并入其中，接收的边：{answer.moved:,}",
            f"{of} is merged into it; edges taken over: {answer.moved:,}",
        )
        console.print(Text(zh_text if zh else en_text))
    table = _table(*(("字段", "原值", "现值", "") if zh else ("field", "before", "now", "")))
    for field in answer.fields:
        before, now = (_value(v, lang) for v in (field.before, field.value))
        table.add_row(field.field, before, now, pick(_SETTLED[field.status], lang))
    console.print(table)
    console.print(
        f"{answer.by}：{answer.reason}\n第 {answer.run} 次；撤销：govgraph runs undo {answer.run}"
        if zh
        else f"{answer.by}: {answer.reason}\nrun {answer.run}; to take it back: govgraph runs undo {answer.run}"
    )


def runs(answer: answers.Runs, lang: str) -> None:
    """A line per load."""
    console = _console()
    zh = lang == "zh"
    heads = ("次", "来源", "时间", "状态", "读入", "新增", "变更", "拒绝", "文件或更正") if zh else (
        "run", "source", "started", "status", "read", "created", "changed", "rejected", "files or what was settled"
    )  # fmt: skip
    table = _table(*heads)
    for item in answer.items:
        numbers = (item.read, item.created, item.changed, item.rejected)
        what = _files(item.files)
        if item.about is not None:
            fields = ", ".join(f"{f.field}={_value(f.value, lang)}" for f in item.fields)
            if item.merged is not None:
                fields = f"= {item.merged.id}"
            what = f"{item.about.id} {fields} ({item.by})"
        table.add_row(item.run or "", item.source, item.started, item.status, *map(str, numbers), what)
    console.print(table)


def rebuilt(answer: answers.Rebuilt, lang: str) -> None:
    """What a graph holds that was made again."""
    nodes, edges = sum(answer.nodes.values()), sum(answer.edges.values())
    print(
        f"{answer.graph}：{nodes:,} 个节点、{edges:,} 条边，{answer.runs} 次载入，{answer.seconds} 秒"
        if lang == "zh"
        else f"{answer.graph}: {nodes:,} nodes, {edges:,} edges of {answer.runs} runs in {answer.seconds} s"
    )


def backed_up(answer: answers.BackedUp, lang: str) -> None:
    """Where a backup is."""
    size = f"{answer.bytes / (1 << 20):,.1f} MiB"
    print(
        f"{answer.path}：{answer.files} 个文件，{size}，{answer.runs} 次载入"
        if lang == "zh"
        else f"{answer.path}: {answer.files} files, {size}, {answer.runs} runs"
    )


def keys(every: Iterable[Key], lang: str) -> None:
    """The API's keys, without what would open anything."""
    zh = lang == "zh"
    console = _console()
    columns = ("标识", "名称", "权限", "行政区划", "每秒", "创建", "有效至", "状态")
    table = _table(*(columns if zh else ("id", "name", "scope", "place", "rate", "created", "expires", "state")))
    for key in every:
        state = ("有效", "good") if key.good else (("已撤销", "revoked") if key.revoked else ("已过期", "expired"))
        rate = "" if key.rate is None else f"{key.rate:g}"
        table.add_row(
            key.id,
            key.name,
            key.scopes[-1],
            key.jurisdiction or "",
            rate,
            key.created[:10],
            str(key.expires or ""),
            pick(state, lang),
        )
    console.print(table)


def server(status: Status, lang: str) -> None:
    """A server of one's own: whether it runs, and how to ask it."""
    zh = lang == "zh"
    if not status.running:
        print(f"{status.home} 中没有运行的服务" if zh else f"no server runs in {status.home}")
        return
    if zh:
        how = "已启动" if status.started else "正在运行"
        print(f"Neo4j {status.version} {how}：{status.url}，进程 {status.pid}，目录 {status.home}")
        print("仅供试用、开发与测试，不可用于生产；只接受本机连接")
    else:
        how = "started" if status.started else "runs"
        print(f"Neo4j {status.version} {how} at {status.url}, process {status.pid}, in {status.home}")
        print("For trying, development and tests, not for production; it listens to this machine only")
    print(f"export GOVGRAPH_URL={status.url}")


def _files(files: Iterable[answers.FileRef]) -> str:
    return ", ".join(f"{f.path} ({f.sha256[:8]})" for f in files)


def moved(answer: answers.Copied | answers.Exported, lang: str) -> None:
    """What was carried over, per kind and type."""
    zh = lang == "zh"
    console = _console()
    table = _table(*(("类别", "数量") if zh else ("kind or type", "count")))
    for name, count in (*answer.nodes.items(), *answer.edges.items()):
        if count:
            table.add_row(name, f"{count:,}")
    console.print(table)
    if isinstance(answer, answers.Exported):
        print((f"已写入 {answer.folder}；导入：" if zh else f"in {answer.folder}; import it with ") + answer.command)
    elif zh:
        print(f"{answer.from_} → {answer.to}：{answer.total:,} 个节点与边，{answer.seconds} 秒；数量与校验和一致")
    else:
        print(
            f"{answer.from_} -> {answer.to}: {answer.total:,} nodes and edges in {answer.seconds} s; "
            "counts and checksums are the same"
        )
