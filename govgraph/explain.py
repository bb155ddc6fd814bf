"""Explain: why a cell has its verdicts (docs/semantics.md, section 4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

from govgraph import answers, catalogue
from govgraph.books import Books
from govgraph.coverage import SUBJECT_KINDS
from govgraph.errors import NotFoundError, UsageError
from govgraph.graph import Graph
from govgraph.law import Basis, Role, RoleVerdict, RuleVerdict
from govgraph.model import AgencyKind, Stage
from govgraph.queries import ask
from govgraph.words import REASONS, read_term


def explain(graph: Graph, jurisdiction: str, stage: str, *, as_of: date | None = None) -> answers.Explanation:
    """Why a cell has its verdicts: the bases, the path, and what was considered and not accepted.

    Args:
        jurisdiction: code or name; or what names no jurisdiction, but a database, a theme or an agency.

    Raises:
        UsageError: no such stage.
        NotFoundError, AmbiguousError: the jurisdiction.
    """
    day = as_of or date.today()
    asked = read_term(Stage, stage, "stage")
    if asked is None:
        raise UsageError("name a stage")
    ref = _subject(graph, jurisdiction)
    if ref.kind == "Jurisdiction":
        books = Books(graph, day, (asked,))
        subject = books.place(ref.id)
    else:
        books = Books(graph, day, (asked,), kind=ref.kind)
        subject = next(s for s in books.others(ref.kind) if s.id == ref.id)
    rule, role = books.judge(subject, asked)
    ids = sorted({basis.document.id for basis in rule.considered})
    articles = ask(graph, "coverage/articles", {"ids": ids}) if ids else []
    considered = [_considered(books, rule, basis, asked, articles) for basis in rule.considered]
    cell = books.cell(subject, asked)
    warnings = books.warnings([rule])
    return answers.Explanation(
        **catalogue.envelope(graph, day, warnings),
        total=len(considered),
        cell=cell,
        path=list(subject.path),
        roles=[_explained_role(books, role, r) for r in role.considered],
        considered=sorted(considered, key=lambda c: not c.accepted),
        text=_sentence(books, cell, day),
        others=_others(considered),
    )


def _subject(graph: Graph, text: str) -> answers.Ref:
    """What a word names that cells are of: a jurisdiction before anything else."""
    try:
        return catalogue.resolve(graph, text, ("Jurisdiction",))
    except NotFoundError as error:
        try:
            return catalogue.resolve(graph, text, tuple(SUBJECT_KINDS.values()))
        except NotFoundError:
            raise error from None


def _considered(
    books: Books, rule: RuleVerdict, basis: Basis, stage: Stage, articles: Sequence[dict[str, Any]]
) -> answers.Considered:
    doc = basis.document
    named = books.rules.articles(doc.id, basis.place, stage)
    known = [d for d in (doc.effective_from, doc.issued) if d]
    return answers.Considered(
        regulation=answers.Ref(id=doc.id, kind="Regulation", name=doc.name),
        jurisdiction=basis.place,
        scope=basis.scope.value,
        status=basis.standing.state,
        trial=doc.trial,
        issued=doc.issued,
        effective_from=doc.effective_from,
        effective_to=doc.effective_to,
        precision=known[0].precision if known else "none",
        doc_number=doc.doc_number,
        rank=doc.rank.value,
        evidence=basis.evidence.value,
        articles=[
            answers.Ref(id=a["id"], kind="Article", name=a["name"])
            for a in articles
            if a["document"] == doc.id and named & {a["id"], a["name"], a["number"]}
        ],
        source=doc.source,
        accepted=basis in rule.bases,
        reason=rule.reason(basis),
    )


def _explained_role(books: Books, verdict: RoleVerdict, role: Role) -> answers.ExplainedRole:
    accepted = role in verdict.roles
    reason = "applies" if accepted else ("outranked" if role.reason == "applies" else role.reason)
    return explained_role(books, role, accepted=accepted, reason=reason)


def explained_role(books: Books, role: Role, *, accepted: bool, reason: str) -> answers.ExplainedRole:
    """A role edge as it is answered; what a limited key doesn't see is empty."""
    edge = role.edge
    body = edge.agency_kind is AgencyKind.BODY
    cited = books.rules.documents.get(edge.regulation or "")
    # Where the document is hidden, its article is, too.
    article = edge.article if cited or books.graph.view is None else None
    return answers.ExplainedRole(
        agency=answers.Ref(id=edge.agency, kind="Agency", name=edge.name) if body else None,
        body=edge.name,
        duty=edge.duty,
        from_=edge.since,
        to=edge.until,
        regulation=answers.Ref(id=cited.id, kind="Regulation", name=cited.name) if cited else None,
        article=article,
        accepted=accepted,
        reason=reason,
    )


def _sentence(books: Books, cell: answers.Cell, day: date) -> answers.Words:
    stage = Stage.parse(cell.stage)
    rule, role, record = cell.rule, cell.role, cell.record
    names = [books.rules.documents[i].name for i in rule.bases]
    via = books.tree.places[rule.via].name if rule.via else ""
    several_zh = f"等 {len(names)} 件" if len(names) > 1 else ""
    several_en = f" and {len(names) - 1} more" if len(names) > 1 else ""
    first = names[0] if names else ""
    rule_zh = {
        "dedicated": f"有专门制度《{first}》{several_zh}",
        "general": f"有综合性制度《{first}》{several_zh}涵盖此环节",
        "inherited": f"本级没有现行制度，承用{via}的《{first}》{several_zh}",
        "unknown": "可能有制度，但其环节或日期不明",
        "planned": "只有草案或尚未施行的制度",
        "expired": "曾有制度，现已失效",
        "none": "没有制度",
    }[rule.verdict]
    rule_en = {
        "dedicated": f"has a rule of its own about it, {first}{several_en}",
        "general": f"has a rule of its own that covers it, {first}{several_en}",
        "inherited": f"has no rule of its own in force; {first}{several_en} of {via} applies",
        "unknown": "may have a rule, but its stages or dates are not known",
        "planned": "has only a draft, or a rule that is not yet effective",
        "expired": "had a rule, which is no longer in force",
        "none": "has no rule",
    }[rule.verdict]
    if rule.presumed:
        rule_zh += "（据来源的分类或总称推定）"
        rule_en += " (presumed from how the source files or sums it up)"
    role_zh = {
        "own": "有本级机构负责",
        "designated": "来源只指明机构的类别，未指明机构",
        "supervised": "只有上级机构统筹监督",
        "none": "无机构负责",
    }[role.verdict]
    role_en = {
        "own": "a named body of it answers for it",
        "designated": "the source names the kind of body, not the body",
        "supervised": "only a higher body supervises",
        "none": "nobody answers for it",
    }[role.verdict]
    record_zh = {
        "full": f"应办 {record.expected} 项全部已办",
        "partial": f"应办 {record.expected} 项，已办 {record.done} 项",
        "absent": f"应办 {record.expected} 项，均未办",
        "not_expected": "没有应办的数据",
        "no_data": "没有数据可供判断",
    }[record.verdict]
    record_en = {
        "full": f"all {record.expected} assets that should have gone through it did",
        "partial": f"{record.done} of {record.expected} assets that should have gone through it did",
        "absent": f"none of {record.expected} assets that should have gone through it did",
        "not_expected": "no asset was expected to go through it",
        "no_data": "there is no data to tell",
    }[record.verdict]
    return answers.Words(
        zh=f"{day}，{cell.name}的{stage.zh}环节：{rule_zh}；{role_zh}；{record_zh}。",
        en=f"On {day}, {cell.name}, {stage.en}: it {rule_en}; {role_en}; {record_en}.",
    )


def _others(considered: Sequence[answers.Considered]) -> answers.Words | None:
    """How many documents do not apply, by the reason."""
    others = Counter(c.reason for c in considered if not c.accepted)
    if not others:
        return None
    zh = "、".join(f"{REASONS[reason][0]} {count} 件" for reason, count in others.items())
    en = ", ".join(f"{count} ({REASONS[reason][1]})" for reason, count in others.items())
    return answers.Words(zh=f"另有文件未被采用：{zh}。", en=f"Documents that were considered and do not apply: {en}.")
