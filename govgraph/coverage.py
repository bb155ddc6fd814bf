"""Coverage: the matrix, the explanation of a cell, and its gaps (docs/semantics.md, sections 3 to 8).

Flat queries fetch candidates, :mod:`govgraph.law` decides, this module joins the three layers.
"""

from __future__ import annotations

import base64
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from govgraph import answers, catalogue, words
from govgraph.answers import Warning_
from govgraph.errors import UsageError
from govgraph.graph import Graph, Rows
from govgraph.law import (
    Basis,
    Document,
    Governance,
    Responsibility,
    Role,
    RoleBook,
    RoleVerdict,
    RuleBook,
    RuleVerdict,
)
from govgraph.model import (
    EDGES,
    NATION,
    STAGES,
    AgencyKind,
    DataObject,
    DocumentStatus,
    Evidence,
    Level,
    OpenType,
    Rank,
    Reach,
    Scope,
    ShareType,
    Stage,
)
from govgraph.queries import ask
from govgraph.terms import PartialDate

SUBJECT_KINDS = {"database": "Database", "theme": "Theme", "agency": "Agency"}
"""What ``--by`` may name, besides jurisdictions."""
_OTHER_DATA = ("Database", "Dataset")
"""Kinds of data of which nothing is expected; a Use is no data."""
_OWNED_BY = {"Database": "PART_OF", "Theme": "ABOUT", "Agency": "PROVIDED_BY"}
_GAP_LEVELS = (Level.NATIONAL, Level.PROVINCE, Level.XPCC)
_WEIGHT = {"high": 3.0, "medium": 2.0, "low": 1.0}
GAP_KINDS = tuple(words.GAP_KINDS)
DEFAULT_GAPS = 100


def _date(value: str | None) -> PartialDate | None:
    return PartialDate(value) if value else None


# --- places -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """A jurisdiction as coverage sees it."""

    id: str
    name: str
    level: Level | None
    first_year: int | None
    end_year: int | None
    outside: bool

    def exists(self, day: date) -> bool:
        """Whether it is a division on that day."""
        return (self.first_year is None or self.first_year <= day.year) and (
            self.end_year is None or day.year < self.end_year
        )


class Tree:
    """All jurisdictions and which is part of which."""

    def __init__(self, graph: Graph) -> None:
        self.places = {
            r["id"]: Place(
                r["id"],
                r["name"],
                Level.parse(r["level"]) if r["level"] else None,
                r["first_year"],
                r["end_year"],
                bool(r["outside"]),
            )
            for r in ask(graph, "coverage/divisions")
        }
        self.parents: dict[str, list[str]] = defaultdict(list)
        self.children: dict[str, list[str]] = defaultdict(list)
        for r in sorted(ask(graph, "coverage/tree"), key=lambda r: (r["child"], r["parent"])):
            self.parents[r["child"]].append(r["parent"])
            self.children[r["parent"]].append(r["child"])
        self._up: dict[str, list[str]] = {}

    def path(self, id_: str) -> list[str]:
        """The jurisdiction and its ancestors, nearest first."""
        if id_ not in self._up:
            found, queue = [], [id_]
            while queue:
                current = queue.pop(0)
                if current not in found:
                    found.append(current)
                    queue.extend(self.parents.get(current, ()))
            self._up[id_] = found
        return self._up[id_]

    def below(self, id_: str) -> set[str]:
        """The jurisdiction and every division below it."""
        found: set[str] = set()
        queue = [id_]
        while queue:
            current = queue.pop()
            if current not in found:
                found.add(current)
                queue.extend(self.children.get(current, ()))
        return found

    def outside(self, id_: str) -> bool:
        """Whether it, or what it is part of, lies outside the territory of these rules."""
        return any(self.places[i].outside for i in self.path(id_) if i in self.places)


# --- the record layer ---------------------------------------------------------------------------------------------


@dataclass
class _Tally:
    assets: int = 0
    expected: int = 0
    done: int = 0
    unknown: int = 0

    def answer(self) -> answers.RecordAnswer:
        verdict: answers.RecordVerdict
        if self.assets == 0 or (self.expected == 0 and self.unknown):
            verdict = "no_data"
        elif self.expected == 0:
            verdict = "not_expected"
        elif self.done == self.expected:
            verdict = "full"
        else:
            verdict = "partial" if self.done else "absent"
        return answers.RecordAnswer(verdict=verdict, done=self.done, expected=self.expected, unknown=self.unknown)


def expectation(stage: Stage, row: dict[str, Any], day: date) -> str:
    """Whether resources of a group are ``expected`` to have gone through a stage: the table of section 6."""
    if stage is Stage.COLLECTION:
        return "expected" if row["collects"] else "not_expected"
    if stage is Stage.SHARING:
        return _by_type(row["share_type"], ShareType.NOT_SHARED)
    if stage is Stage.OPENING:
        return _by_type(row["open_type"], OpenType.NOT_OPEN)
    if stage in (Stage.STORAGE, Stage.ARCHIVING):
        due = _date(row[f"{stage}_due"])
        if due is None or day < due.lo:
            return "not_expected"
        return "expected" if due.hi <= day else "unknown"
    return "not_expected"


def _by_type(value: str | None, withheld: str) -> str:
    if not value:
        return "unknown"
    return "not_expected" if value == withheld else "expected"


class Records:
    """What happened to the assets, by jurisdiction or by subject."""

    def __init__(self, graph: Graph, tree: Tree, day: date, stages: Sequence[Stage], kind: str | None) -> None:
        self._tallies: dict[str, dict[Stage, _Tally]] = defaultdict(lambda: {s: _Tally() for s in stages})
        self._empty = _Tally()
        if kind is None:
            for row in ask(graph, "coverage/resources", {"day": day}):
                self._add(_homes(tree, row), row, stages, day)
            for asset in _OTHER_DATA:
                for row in ask(graph, "coverage/assets", words={"ASSET": asset}):
                    self._add(_homes(tree, row), row, (), day)
            return
        link = {"TYPE": _OWNED_BY[kind], "KIND": kind}
        for row in ask(graph, "coverage/resources_of", {"day": day}, words=link):
            self._add([row["subject"]], row, stages, day)
        for asset in _OTHER_DATA:
            if (asset, kind) in EDGES[link["TYPE"]].pairs and asset != kind:
                for row in ask(graph, "coverage/assets_of", words={**link, "ASSET": asset}):
                    self._add([row["subject"]], row, (), day)

    def _add(self, homes: Iterable[str], row: dict[str, Any], stages: Sequence[Stage], day: date) -> None:
        count = int(row["assets"])
        effects = []
        for stage in stages:
            what = expectation(stage, row, day)
            effects.append((stage, what, what == "expected" and bool(row.get(stage.value))))
        for home in homes:
            tallies = self._tallies[home]
            for tally in tallies.values():
                tally.assets += count
            for stage, what, done in effects:
                if what == "expected":
                    tallies[stage].expected += count
                    tallies[stage].done += count if done else 0
                elif what == "unknown":
                    tallies[stage].unknown += count

    def tally(self, id_: str, stage: Stage) -> _Tally:
        """Counts of a jurisdiction or subject at a stage."""
        found = self._tallies.get(id_)
        return found[stage] if found else self._empty


def _homes(tree: Tree, row: dict[str, Any]) -> set[str]:
    return {up for place in (*row["located"], *row["provided"]) for up in tree.path(place)}


# --- the books ----------------------------------------------------------------------------------------------------


def rule_book(graph: Graph, min_rank: Rank | None = None, evidence: Iterable[Evidence] = ()) -> RuleBook:
    """All that the graph knows of documents."""
    documents = {
        r["id"]: Document(
            id=r["id"],
            name=r["name"] or r["id"],
            rank=Rank.parse(r["rank"]) if r["rank"] else Rank.UNKNOWN,
            doc_number=r["doc_number"],
            issued=_date(r["issued"]),
            effective_from=_date(r["effective_from"]),
            effective_to=_date(r["effective_to"]),
            status=DocumentStatus.parse(r["status"]) if r["status"] else DocumentStatus.UNKNOWN,
            trial=bool(r["trial"]),
            listed_on=_date(r["listed_on"]),
            doubted_from=_date(r["doubted_from"]),
            object=DataObject.parse(r["object"]) if r["object"] else None,
            source=r["source"] or "",
        )
        for r in ask(graph, "coverage/documents")
    }
    governances = [
        Governance(
            document=r["document"],
            target=r["target"],
            stage=Stage.parse(r["stage"]) if r["stage"] else None,
            scope=Scope.parse(r["scope"]),
            evidence=Evidence.parse(r["evidence"]),
            since=_date(r["since"]),
            article=r["article"],
        )
        for kind in _targets("GOVERNS")
        for r in ask(graph, "coverage/governances", words={"KIND": kind})
    ]
    amends, repeals = (
        [(r["newer"], r["older"]) for r in ask(graph, "coverage/succession", words={"TYPE": type_})]
        for type_ in ("AMENDS", "REPEALS")
    )
    return RuleBook(documents, governances, amends, repeals, min_rank, frozenset(evidence))


def _targets(type_: str) -> list[str]:
    return list(dict.fromkeys(end for _, end in EDGES[type_].pairs))


def role_book(graph: Graph, rules: RuleBook) -> RoleBook:
    """All that the graph knows of who answers for what."""
    edges = [
        Responsibility(
            agency=r["agency"],
            name=r["name"] or r["agency"],
            agency_kind=AgencyKind.parse(r["agency_kind"]) if r["agency_kind"] else AgencyKind.BODY,
            target=r["target"],
            stage=Stage.parse(r["stage"]) if r["stage"] else None,
            duty=r["duty"],
            reach=Reach.parse(r["reach"]) if r["reach"] else Reach.SELF,
            since=_date(r["since"]),
            until=_date(r["until"]),
            regulation=r["regulation"],
            article=r["article"],
        )
        for kind in _targets("RESPONSIBLE_FOR")
        for r in ask(graph, "coverage/responsibilities", words={"KIND": kind})
    ]
    return RoleBook(sorted(edges, key=lambda e: (e.agency, e.target, str(e.stage), e.duty or "")), rules)


@dataclass(frozen=True)
class Subject:
    """What a row of the matrix is about."""

    id: str
    name: str
    path: tuple[str, ...]
    jurisdiction: str | None
    level: Level | None
    ref: answers.Ref | None
    outside: bool


class Books:
    """Everything that cells are judged by, read once."""

    def __init__(
        self,
        graph: Graph,
        day: date,
        stages: Sequence[Stage] = STAGES,
        *,
        min_rank: Rank | None = None,
        evidence: Iterable[Evidence] = (),
        kind: str | None = None,
    ) -> None:
        self.graph, self.day, self.stages, self.kind = graph, day, tuple(stages), kind
        self.tree = Tree(graph)
        self.rules = rule_book(graph, min_rank, evidence)
        self.roles = role_book(graph, self.rules)

    @cached_property
    def records(self) -> Records:
        """What happened, counted when first asked for."""
        return Records(self.graph, self.tree, self.day, self.stages, self.kind)

    def place(self, id_: str) -> Subject:
        """A jurisdiction as a subject."""
        place = self.tree.places[id_]
        return Subject(id_, place.name, tuple(self.tree.path(id_)), id_, place.level, None, self.tree.outside(id_))

    def others(self, kind: str) -> list[Subject]:
        """Databases, themes or agencies as subjects, by id."""
        subjects = []
        for row in (
            sorted(ask(self.graph, "coverage/subjects", words={"KIND": kind}), key=lambda r: str(r["id"]))
            if (kind != "Theme")
            else self._themes()
        ):
            home = min(row["places"], default=None)
            above = self.tree.path(home) if home else []
            subjects.append(
                Subject(
                    row["id"],
                    row["name"],
                    (row["id"], *above),
                    home,
                    None,
                    answers.Ref(id=row["id"], kind=kind, name=row["name"]),
                    bool(home) and self.tree.outside(home or ""),
                )
            )
        return subjects

    def _themes(self) -> Rows:
        nation = [NATION] if NATION in self.tree.places else []
        rows = ask(self.graph, "catalogue/names", words={"KIND": "Theme"})
        return [{**r, "places": nation} for r in sorted(rows, key=lambda r: str(r["id"]))]

    def judge(self, subject: Subject, stage: Stage) -> tuple[RuleVerdict, RoleVerdict]:
        """The verdicts of the rule and the role layer."""
        agency = subject.id if self.kind == "Agency" else None
        rule = self.rules.verdict(subject.path, stage, self.day, outside=subject.outside)
        role = self.roles.verdict(subject.path, stage, self.day, agency=agency, outside=subject.outside)
        return rule, role

    def cell(self, subject: Subject, stage: Stage) -> answers.Cell:
        """One cell of the matrix."""
        rule, role = self.judge(subject, stage)
        return answers.Cell(
            subject=subject.ref,
            jurisdiction=subject.jurisdiction,
            name=subject.name,
            level=subject.level.value if subject.level else None,
            stage=stage.value,
            rule=_rule_answer(rule),
            role=answers.RoleAnswer(
                verdict=role.verdict,
                via=role.via,
                agencies=sorted({r.edge.agency for r in role.roles}),
            ),
            record=self.records.tally(subject.id, stage).answer(),
        )

    def warnings(self, verdicts: Iterable[RuleVerdict] = ()) -> list[Warning_]:
        """What a reader should know of answers for that day."""
        found = []
        first = self.rules.first_known_date
        if first and self.day < first:
            found.append(
                Warning_(
                    code="before_first_known_date",
                    message=f"{self.day} is before {first}, the first date known of any document",
                )
            )
        if self.rules.left_out:
            found.append(
                Warning_(
                    code="filtered", message=f"the filter left out {self.rules.left_out} documents or parts of them"
                )
            )
        old = sum(bool(v.bases) and self.rules.is_old_presumption(v.bases[0], self.day) for v in verdicts)
        if old:
            found.append(
                Warning_(
                    code="old_presumption",
                    message=f"{old} cells rest on a document presumed in force for more than five years",
                )
            )
        return found


def _rule_answer(rule: RuleVerdict) -> answers.RuleAnswer:
    first: Basis | None = rule.bases[0] if rule.bases else None
    return answers.RuleAnswer(
        verdict=rule.verdict,
        via=rule.via,
        via_scope=rule.via_scope.value if rule.via_scope else None,
        bases=[b.document.id for b in rule.bases],
        evidence=first.evidence.value if first else None,
        rank=first.document.rank.value if first else None,
        trial=bool(first and first.document.trial),
        last_stated=first.standing.last_stated if first else None,
        presumed=bool(first and first.evidence in (Evidence.CATEGORY, Evidence.COLLECTIVE)),
        presumed_from_issue=bool(first and first.standing.presumed_from_issue),
        pending=sorted(set(rule.pending)),
        unresolved=sorted(set(rule.unresolved)),
    )


# --- the matrix ---------------------------------------------------------------------------------------------------


def coverage(
    graph: Graph,
    *,
    by: str = "jurisdiction",
    level: str | None = None,
    jurisdiction: str | None = None,
    stages: Sequence[str] = (),
    as_of: date | None = None,
    min_rank: str | None = None,
    evidence: Sequence[str] = (),
) -> answers.Coverage:
    """The matrix: which stage of which subject has a rule, a role, a record.

    Args:
        by: ``jurisdiction``, ``database``, ``theme`` or ``agency``.
        level: level of the jurisdictions; provinces by default, or the jurisdiction itself when one is named.
        jurisdiction: code or name; limits the subjects to it and what is below.
        stages: stages as en, zh or alias; all by default.
        as_of: legal date; today by default.
        min_rank: leave out documents below that rank.
        evidence: leave out what is not known by one of these.

    Raises:
        UsageError: a word that is no stage, level, rank or evidence.
        NotFoundError, AmbiguousError: the jurisdiction.
    """
    day = as_of or date.today()
    wanted = _stages(stages)
    if by not in ("jurisdiction", *SUBJECT_KINDS):
        raise UsageError(f"--by {by}: write jurisdiction, {', '.join(SUBJECT_KINDS)}")
    kind = SUBJECT_KINDS.get(by)
    books = Books(
        graph,
        day,
        wanted,
        min_rank=_term(Rank, min_rank, "--min-rank"),
        evidence=[e for text in evidence if (e := _term(Evidence, text, "--evidence"))],
        kind=kind,
    )
    at = catalogue.resolve(graph, jurisdiction, ("Jurisdiction",)).id if jurisdiction else None
    if kind:
        subjects = books.others(kind)
        if at:
            inside = books.tree.below(at)
            subjects = [s for s in subjects if s.jurisdiction in inside]
    else:
        subjects = _places(books, _term(Level, level, "--level"), at)
    cells = [books.cell(s, stage) for s in subjects for stage in wanted]
    verdicts = [books.judge(s, stage)[0] for s in subjects for stage in wanted]
    return answers.Coverage(
        **catalogue.envelope(graph, day),
        total=len(cells),
        warnings=books.warnings(verdicts),
        cells=cells,
        summary=_summary(cells),
    )


def _places(books: Books, level: Level | None, at: str | None) -> list[Subject]:
    if at and level is None:
        return [books.place(at)]
    level = level or Level.PROVINCE
    inside = books.tree.below(at) if at else None
    return [
        books.place(place.id)
        for place in sorted(books.tree.places.values(), key=lambda p: p.id)
        if place.level is level
        and place.exists(books.day)
        and (inside is None or place.id in inside)
        and not books.tree.outside(place.id)
    ]


def _summary(cells: Sequence[answers.Cell]) -> answers.Summary:
    rule, role, record = (
        Counter(getattr(cell, layer).verdict for cell in cells) for layer in ("rule", "role", "record")
    )
    return answers.Summary(
        rule={v: rule[v] for v in answers.RULE_VERDICTS},
        role={v: role[v] for v in answers.ROLE_VERDICTS},
        record={v: record[v] for v in answers.RECORD_VERDICTS},
    )


def _stages(given: Sequence[str]) -> tuple[Stage, ...]:
    found = {stage for text in given if (stage := _term(Stage, text, "stage"))}
    return tuple(s for s in STAGES if not found or s in found)


def _term(cls: Any, text: str | None, option: str) -> Any:
    if text is None or text == "":
        return None
    try:
        return cls.parse(text)
    except ValueError as error:
        raise UsageError(f"{option}: {error}") from None


# --- explain ------------------------------------------------------------------------------------------------------


def explain(graph: Graph, jurisdiction: str, stage: str, *, as_of: date | None = None) -> answers.Explanation:
    """Why a cell has its verdicts: the bases, the path, and what was considered and not accepted.

    Raises:
        UsageError: no such stage.
        NotFoundError, AmbiguousError: the jurisdiction.
    """
    day = as_of or date.today()
    asked = _term(Stage, stage, "stage")
    if asked is None:
        raise UsageError("name a stage")
    at = catalogue.resolve(graph, jurisdiction, ("Jurisdiction",)).id
    books = Books(graph, day, (asked,))
    subject = books.place(at)
    rule, role = books.judge(subject, asked)
    ids = sorted({basis.document.id for basis in rule.considered})
    articles = ask(graph, "coverage/articles", {"ids": ids}) if ids else []
    considered = [_considered(books, rule, basis, asked, articles) for basis in rule.considered]
    cell = books.cell(subject, asked)
    warnings = books.warnings([rule])
    return answers.Explanation(
        **catalogue.envelope(graph, day),
        total=len(considered),
        warnings=warnings,
        cell=cell,
        path=list(subject.path),
        roles=[_explained_role(books, role, r) for r in role.considered],
        considered=sorted(considered, key=lambda c: not c.accepted),
        text=_sentence(books, cell, day),
    )


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
    edge = role.edge
    body = edge.agency_kind is AgencyKind.BODY
    cited = books.rules.documents.get(edge.regulation or "")
    accepted = role in verdict.roles
    reason = "applies" if accepted else ("outranked" if role.reason == "applies" else role.reason)
    return answers.ExplainedRole(
        agency=answers.Ref(id=edge.agency, kind="Agency", name=edge.name) if body else None,
        body=edge.name,
        duty=edge.duty,
        from_=edge.since,
        to=edge.until,
        regulation=answers.Ref(id=cited.id, kind="Regulation", name=cited.name) if cited else None,
        article=edge.article,
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


# --- gaps ---------------------------------------------------------------------------------------------------------


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
    wanted = _stages(stages)
    books = Books(graph, day, wanted)
    inside = None
    if jurisdiction:
        inside = books.tree.below(catalogue.resolve(graph, jurisdiction, ("Jurisdiction",)).id)
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
    start = _after(items, cursor)
    page = items[start : start + limit]
    more = start + limit < len(items)
    return answers.Gaps(
        **catalogue.envelope(graph, day),
        total=len(items),
        truncated=answers.Truncated(reason="limit", omitted=len(items) - start - limit) if more else None,
        next=base64.urlsafe_b64encode(page[-1].id.encode()).decode() if more else None,
        warnings=books.warnings(),
        items=page,
    )


def _after(items: Sequence[answers.Gap], cursor: str | None) -> int:
    if not cursor:
        return 0
    try:
        last = base64.urlsafe_b64decode(cursor.encode()).decode()
    except ValueError:
        last = ""
    for index, item in enumerate(items):
        if item.id == last:
            return index + 1
    raise UsageError("that cursor is not one of this question's; ask again without it")


def _told(books: Books) -> list[Subject]:
    """Nation, provinces and XPCC; below only units with a document, a role or an asset of their own."""
    own = {*books.rules.governed(), *books.roles.targets()}
    found = []
    for place in sorted(books.tree.places.values(), key=lambda p: p.id):
        if not place.exists(books.day) or books.tree.outside(place.id):
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


__all__ = ["Books", "coverage", "explain", "gaps", "rule_book"]
