"""A report as Markdown: the same sections, for what takes text only."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from govgraph import answers
from govgraph.model import NODES
from govgraph.report.view import GRADES, Column, View
from govgraph.words import VERDICTS, Lang, pick

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~$<>&])")
_ENTITIES = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}


def to_markdown(report: answers.Report, lang: Lang) -> str:
    """The report as text."""
    v = View(report, lang)
    t = v.t
    parts = [f"# {escape(v.title)}", escape(v.subtitle)]
    parts.append(
        _list(f"**{escape(n)}** {escape(what)}" + (f" ({escape(more)})" if more else "") for n, what, more in v.figures)
    )
    parts.append(_list(map(escape, v.conclusions)))
    parts += [f"## {t('八个环节', 'The eight stages')}", _table(v.profile_columns, (row for _, row in v.profile))]
    parts.append(f"## {t('本级与下级矩阵', 'It and the divisions below') if v.below else t('矩阵', 'Matrix')}")
    parts.append(
        _table(
            [Column(t("行政区划", "Place")), *(Column(label) for _, label in v.stage_labels)],
            ([name, *(" ".join(cell.marks) for cell in cells)] for name, cells in v.matrix),
        )
    )
    parts.append(
        _list(f"**{layer}** " + "　".join(f"{mark} {label}" for _, mark, label in items) for layer, items in v.legend)
    )
    parts.append(_list(f"**{layer}** {counts}" for layer, counts in v.counted))
    parts.append(f"## {t('首要缺口与处理建议', 'What to mend first')}")
    if not report.topics:
        parts.append(t("按现有记录没有发现缺口。", "No gap is found in what is recorded."))
    if v.accepted:
        parts.append(v.accepted)
    for number, topic in enumerate(report.topics, 1):
        grade = GRADES[topic.severity]
        parts.append(f"### {number}. {escape(v.topic_title(topic))}")
        lines = [
            f"{grade[2]} {pick(grade, lang)} · {topic.gaps} · {topic.score}",
            f"**{t('处理', 'Do')}** {escape(v.of(topic.remedy))}",
            f"**{t('涉及', 'Where')}** {escape(v.topic_places(topic))}",
        ]
        if topic.explanation:
            lines.append(f"**{t('例如', 'E.g.')}** {escape(v.of(topic.explanation))}")
        if topic.considered and v.rule_gap(topic):
            lines.append(f"{t('未予采用：', 'Considered and not accepted: ')}{escape(v.topic_refused(topic))}")
        if topic.basis:
            lines.append(f"{t('依据：', 'Basis: ')}{escape(topic.basis)}")
        parts.append(_list(lines))
    if v.agencies:
        parts += [f"## {t('负责机构', 'Who answers for it')}", _table(v.agency_columns, v.agencies)]
    if report.lineage:
        told = report.lineage
        names = {n.id: n for n in told.nodes}
        columns = [
            Column(c)
            for c in (
                (t("自", "from"), t("环节", "stage"), t("至", "to"), t("日期", "date"), t("当时的制度", "rule then"))
            )
        ]
        parts.append(f"## {t('数据脉络示例', 'Where data went: an example')}: {escape(told.root.name)}")
        parts.append(
            _table(
                columns,
                (
                    [
                        _named(names[e.from_], lang), v.stage(e.stage), _named(names[e.to], lang), e.since or "",
                        f"{VERDICTS[e.rule.verdict][2]} {pick(VERDICTS[e.rule.verdict], lang)}",
                    ]
                    for e in told.edges
                    if e.from_ in names and e.to in names
                ),
            )
        )  # fmt: skip
    if report.documents:
        parts.append(f"## {t('制度文件清单', 'Register of documents')}")
        parts.append(_table(v.document_columns, map(v.document, v.listed)))
    if v.comparable:
        parts.append(f"## {t('公开口径与图中计数（全国）', 'Stated figures against our count (nation)')}")
        parts.append(_table(v.claim_columns, map(v.claim, v.comparable)))
    parts += [f"## {t('读法与说明', 'How to read it')}", _list(map(escape, v.notes))]
    return "\n\n".join(parts) + "\n"


def escape(text: str) -> str:
    """Text that means nothing to Markdown, in one line."""
    return _SPECIAL.sub(lambda m: _ENTITIES.get(m[1], f"\\{m[1]}"), " ".join(text.split()))


def _named(node: answers.LineageNode, lang: Lang) -> str:
    model = NODES.get(node.kind)
    return f"{node.name}（{model.zh}）" if lang == "zh" and model else node.name


def _list(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _table(columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> str:
    lines = [_row([c.title for c in columns]), "|" + " --- |" * len(columns)]
    return "\n".join([*lines, *map(_row, rows)])


def _row(texts: Sequence[str]) -> str:
    return "| " + " | ".join(map(escape, texts)) + " |"
