"""Everything that cells are judged by, read once: documents, roles, places, records."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from govgraph import answers
from govgraph.answers import Warning_
from govgraph.graph import Graph, Rows
from govgraph.law import (
    Basis,
    Document,
    Governance,
    Responsibility,
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
    Rank,
    Reach,
    Scope,
    Stage,
)
from govgraph.places import Tree
from govgraph.queries import ask
from govgraph.records import Records
from govgraph.terms import PartialDate


def _date(value: str | None) -> PartialDate | None:
    return PartialDate(value) if value else None


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
        self._judged: dict[tuple[str, Stage], tuple[RuleVerdict, RoleVerdict]] = {}

    @cached_property
    def records(self) -> Records:
        """What happened, counted when first asked for."""
        return Records(self.graph, self.tree, self.day, self.stages, self.kind)

    def told(self, place: str | None, asked: str | None = None) -> bool:
        """Whether answers have rows of a place: of a limited graph those within, and an ancestor that was asked for."""
        view = self.graph.view
        return view is None or place in view.within or (place is not None and place == asked)

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
            home = min(row["places"], key=lambda place: (not self.told(place), place), default=None)
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
        rows = [node for row in ask(self.graph, "catalogue/names", words={"KIND": "Theme"}) for node in row["nodes"]]
        return [{**r, "places": nation} for r in sorted(rows, key=lambda r: str(r["id"]))]

    def judge(self, subject: Subject, stage: Stage) -> tuple[RuleVerdict, RoleVerdict]:
        """The verdicts of the rule and the role layer, worked out once."""
        key = (subject.id, stage)
        if key not in self._judged:
            agency = subject.id if self.kind == "Agency" else None
            rule = self.rules.verdict(subject.path, stage, self.day, outside=subject.outside)
            role = self.roles.verdict(subject.path, stage, self.day, agency=agency, outside=subject.outside)
            self._judged[key] = (rule, role)
        return self._judged[key]

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
