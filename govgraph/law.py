"""Legal semantics: the status of a document on a day, and which verdict wins (docs/semantics.md, sections 1 to 5).

Pure Python over plain records; no graph here. It is the only place that decides these things.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Literal

from govgraph.model import AgencyKind, DataObject, DocumentStatus, Evidence, Rank, Reach, Scope, Stage
from govgraph.terms import PartialDate

PRESUMED_FROM_ISSUE = frozenset({Rank.NORMATIVE_DOCUMENT, Rank.POLICY, Rank.STANDARD, Rank.PLAN})
"""Ranks of which a document without a stated effective date is presumed in force from its issue."""
NEVER_DEDICATED = frozenset({Rank.STANDARD, Rank.PLAN})
"""Ranks that support a stage and never make it dedicated."""
OLD_PRESUMPTION_YEARS = 5
SUPERVISION = ("统筹", "指导", "监督", "协调")
"""Words of a duty that make it the supervision of others."""

State = Literal["in_force", "draft", "not_yet_effective", "repealed", "lapsed", "unknown"]
Known = Literal["yes", "no", "maybe"]


@dataclass(frozen=True)
class Document:
    """What is known of a regulation's dates and standing."""

    id: str
    name: str
    rank: Rank = Rank.UNKNOWN
    doc_number: str | None = None
    issued: PartialDate | None = None
    effective_from: PartialDate | None = None
    effective_to: PartialDate | None = None
    status: DocumentStatus = DocumentStatus.UNKNOWN
    trial: bool = False
    listed_on: PartialDate | None = None
    doubted_from: PartialDate | None = None
    object: DataObject | None = None
    source: str = ""

    @property
    def draft(self) -> bool:
        """Whether it is a draft for comment."""
        return self.status is DocumentStatus.DRAFT

    @cached_property
    def is_rule(self) -> bool:
        """False for annual plans: they are made under rules and are none."""
        if self.rank is not Rank.PLAN and "计划" not in self.name:
            return True
        spans = re.findall(r"\d{4}\s*年?\s*[—\-–~至到]+\s*\d{4}\s*年?", self.name)
        years = re.findall(r"(?<!\d)(?:19|20)\d{2}\s*年(?!远景)", self.name)
        return not ("年度" in self.name or (len(years) == 1 and not spans))

    @property
    def newest(self) -> date:
        """The day by which documents of one rank are ordered, newest first."""
        known = self.effective_from or self.issued or self.listed_on
        return known.lo if known else date.min


@dataclass(frozen=True)
class Standing:
    """A document's status on a day."""

    state: State
    reason: str
    presumed_from_issue: bool = False
    last_stated: date | None = None

    @property
    def in_force(self) -> bool:
        """Whether it is in force."""
        return self.state == "in_force"


@dataclass(frozen=True)
class Governance:
    """A GOVERNS edge."""

    document: str
    target: str
    stage: Stage | None
    scope: Scope = Scope.GENERAL
    evidence: Evidence = Evidence.STATED
    since: PartialDate | None = None
    article: str | None = None


@dataclass(frozen=True)
class Basis:
    """A document that governs, or may govern, a stage at a place on a day."""

    document: Document
    place: str
    scope: Scope
    evidence: Evidence
    standing: Standing

    @property
    def order(self) -> tuple[int, int, int, str]:
        """By evidence, rank, newest first, id."""
        doc = self.document
        return (self.evidence.position, doc.rank.position, -doc.newest.toordinal(), doc.id)


@dataclass(frozen=True)
class RuleVerdict:
    """The rule layer's answer for one subject, stage and day."""

    verdict: str
    via: str | None = None
    via_scope: Scope | None = None
    bases: tuple[Basis, ...] = ()
    considered: tuple[Basis, ...] = ()
    pending: tuple[str, ...] = ()
    unresolved: tuple[str, ...] = ()
    outside: bool = False

    def reason(self, basis: Basis) -> str:
        """Why a considered document is, or is not, among the bases."""
        if basis in self.bases:
            return "applies"
        if not basis.document.is_rule:
            return "not_a_rule"
        if self.outside:
            return "outside_territory"
        if not basis.standing.in_force:
            return basis.standing.reason
        return "stage_unknown" if basis.scope is Scope.UNKNOWN else "outranked"


@dataclass
class RuleBook:
    """All documents, what they govern, and which succeeds which.

    ``min_rank`` and ``evidence`` filter; :attr:`left_out` counts the documents that they leave out.
    """

    documents: dict[str, Document]
    governances: Sequence[Governance]
    amends: Sequence[tuple[str, str]] = ()
    repeals: Sequence[tuple[str, str]] = ()
    min_rank: Rank | None = None
    evidence: frozenset[Evidence] = frozenset()
    left_out: int = 0
    _standings: dict[tuple[str, date], Standing | None] = field(default_factory=dict, repr=False)
    _begun: dict[tuple[str, date], tuple[Known, bool, date | None]] = field(default_factory=dict, repr=False)
    _bases: dict[tuple[str, Stage, date], list[Basis]] = field(default_factory=dict, repr=False)
    _inherited: dict[tuple[tuple[str, ...], Stage, date], RuleVerdict] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self._newer: dict[str, list[str]] = defaultdict(list)
        self._older: dict[str, list[str]] = defaultdict(list)
        self._repealers: dict[str, list[str]] = defaultdict(list)
        known = self.documents
        for newer, older in self.amends:
            if newer in known and older in known and newer != older:
                self._newer[older].append(newer)
                self._older[newer].append(older)
        for newer, older in self.repeals:
            if newer in known and older in known and newer != older:
                self._repealers[older].append(newer)
        kept = {
            id_ for id_, doc in known.items() if self.min_rank is None or doc.rank.position <= self.min_rank.position
        }
        all_by_document: dict[str, list[Governance]] = defaultdict(list)
        for edge in self.governances:
            if edge.document in known:
                all_by_document[edge.document].append(edge)
        for id_ in known:
            if id_ not in all_by_document and (inherited := self._versions_edges(id_, all_by_document)):
                all_by_document[id_] = inherited
        self._at: dict[str, dict[str, list[Governance]]] = defaultdict(lambda: defaultdict(list))
        self._of = {id_: self._valid(known[id_], edges) for id_, edges in all_by_document.items()}
        dropped = set()
        for id_, edges in self._of.items():
            left = [e for e in edges if id_ in kept and (not self.evidence or e.evidence in self.evidence)]
            if len(left) < len(edges):
                dropped.add(id_)
            for edge in left:
                self._at[edge.target][id_].append(edge)
        self.left_out = len(dropped)

    def _versions_edges(self, id_: str, edges: dict[str, list[Governance]]) -> list[Governance]:
        """What the nearest older version with edges of its own governs."""
        seen, queue = {id_}, sorted(self._older[id_])
        while queue:
            older = queue.pop(0)
            if older in seen:
                continue
            seen.add(older)
            if older in edges:
                return [
                    Governance(id_, e.target, e.stage, e.scope, e.evidence, e.since, e.article) for e in edges[older]
                ]
            queue.extend(sorted(self._older[older]))
        return []

    @staticmethod
    def _valid(doc: Document, edges: list[Governance]) -> list[Governance]:
        named = {
            e.stage for e in edges if e.evidence in (Evidence.TEXT, Evidence.TITLE) and e.scope is not Scope.UNKNOWN
        }
        scoped = any(e.scope is not Scope.UNKNOWN for e in edges)
        valid = []
        for edge in edges:
            if edge.scope is Scope.UNKNOWN and edge.stage is None and (scoped or doc.object is DataObject.OTHER):
                continue
            if (
                edge.scope is Scope.DEDICATED
                and edge.evidence is Evidence.CATEGORY
                and named
                and edge.stage not in named
            ):
                continue
            valid.append(edge)
        return valid

    def articles(self, id_: str, place: str, stage: Stage) -> set[str]:
        """Articles that the edges of a document at a place name for a stage."""
        return {e.article for e in self._at[place][id_] if e.article and e.stage in (stage, None)}

    # --- the status of a document ---

    def standing(self, id_: str, day: date) -> Standing | None:
        """Its status on the day; None when it isn't considered yet."""
        key = (id_, day)
        if key not in self._standings:
            self._standings[key] = self._standing(self.documents[id_], day)
        return self._standings[key]

    def considered(self, doc: Document, day: date) -> bool:
        """Whether the document exists for that day."""
        first = doc.issued or doc.effective_from
        return first is None or first.lo <= day or (doc.listed_on is not None and doc.listed_on.lo <= day)

    def begun(self, id_: str, day: date) -> tuple[Known, bool, date | None]:
        """Whether it has begun, whether that is presumed from its issue, and the listing that it rests on."""
        key = (id_, day)
        if key not in self._begun:
            self._begun[key] = self._has_begun(self.documents[id_], day)
        return self._begun[key]

    @staticmethod
    def _has_begun(doc: Document, day: date) -> tuple[Known, bool, date | None]:
        listed = doc.listed_on.hi if doc.listed_on and doc.listed_on.hi <= day else None
        if start := doc.effective_from:
            if day < start.lo:
                exists = doc.issued is None or doc.issued.hi <= day or listed is not None
                return ("no" if exists else "maybe"), False, None
            if day >= start.hi:
                return "yes", False, None
            return ("yes", False, listed) if listed else ("maybe", False, None)
        if doc.issued and doc.rank in PRESUMED_FROM_ISSUE:
            return ("yes" if day >= doc.issued.hi else "maybe"), True, None
        return ("yes", False, listed) if listed else ("maybe", False, None)

    def _versions(self, id_: str) -> set[str]:
        """All versions of the same regulation, drafts aside."""
        seen, queue = {id_}, [id_]
        while queue:
            current = queue.pop()
            for other in (*self._newer[current], *self._older[current]):
                if other not in seen and not self.documents[other].draft:
                    seen.add(other)
                    queue.append(other)
        return seen

    def successors(self, id_: str) -> set[str]:
        """Documents, not drafts, that end this one once they have begun."""
        found = {n for n in self._newer[id_] if not self.documents[n].draft}
        versions = self._versions(id_)
        for version in versions:
            for repealer in self._repealers[version]:
                if repealer in versions and version != id_:
                    continue
                if not self.documents[repealer].draft and (version == id_ or self._before(id_, repealer)):
                    found.add(repealer)
        return found

    def _before(self, id_: str, repealer: str) -> bool:
        """Whether a version began before the document that repeals another version, or may have."""
        own, other = self._start(id_), self._start(repealer)
        return own is None or other is None or own.lo < other.lo

    def _start(self, id_: str) -> PartialDate | None:
        doc = self.documents[id_]
        if doc.effective_from:
            return doc.effective_from
        return doc.issued if doc.rank in PRESUMED_FROM_ISSUE and doc.issued else doc.listed_on

    def _standing(self, doc: Document, day: date) -> Standing | None:
        if not self.considered(doc, day):
            return None
        if doc.draft:
            return Standing("draft", "draft")
        begun, presumed, listed = self.begun(doc.id, day)
        repealed = lapsed = perhaps = False
        if end := doc.effective_to:
            lapsed = day > end.hi
            perhaps = end.lo < day <= end.hi
        successors = self.successors(doc.id)
        for successor in successors:
            if not self.considered(self.documents[successor], day):
                continue
            started = self.begun(successor, day)[0]
            repealed |= started == "yes"
            perhaps |= started == "maybe"
        if doc.doubted_from and day >= doc.doubted_from.lo:
            perhaps = True
        if not (doc.effective_to or successors or doc.doubted_from):
            repealed |= doc.status is DocumentStatus.REPEALED
            lapsed |= doc.status is DocumentStatus.LAPSED
        elif lapsed and doc.status is DocumentStatus.REPEALED:
            repealed = True
        if repealed:
            return Standing("repealed", "repealed")
        if lapsed:
            return Standing("unknown" if doc.trial and not successors else "lapsed", "lapsed")
        if begun == "no":
            return Standing("not_yet_effective", "not_yet_effective")
        if begun == "maybe" or perhaps:
            return Standing("unknown", "date_unknown")
        return Standing("in_force", "applies", presumed, listed)

    # --- the verdict ---

    def bases_at(self, place: str, stage: Stage, day: date) -> list[Basis]:
        """Every considered document that has something to say of the stage at the place; worked out once."""
        key = (place, stage, day)
        if key not in self._bases:
            self._bases[key] = self._bases_at(place, stage, day)
        return self._bases[key]

    def _bases_at(self, place: str, stage: Stage, day: date) -> list[Basis]:
        found = []
        for id_, edges in self._at.get(place, {}).items():
            best: tuple[int, int] | None = None
            scope, evidence = Scope.UNKNOWN, Evidence.COLLECTIVE
            doc = self.documents[id_]
            for edge in edges:
                if edge.stage is not None and edge.stage is not stage:
                    continue
                its = _scope_on(edge, doc, day)
                order = (its.position, edge.evidence.position)
                if best is None or order < best:
                    best, scope, evidence = order, its, edge.evidence
            if best is None:
                continue
            standing = self.standing(id_, day)
            if standing is not None:
                found.append(Basis(doc, place, scope, evidence, standing))
        return sorted(found, key=lambda b: b.order)

    def verdict(self, path: Sequence[str], stage: Stage, day: date, *, outside: bool = False) -> RuleVerdict:
        """The rule verdict of ``path[0]``; the others are what it inherits from, nearest first."""
        if path[0] in self._at or outside:
            return self._verdict(path, stage, day, outside)
        # Most places below a province have no document of their own: what is above them judges all alike.
        key = (tuple(path[1:]), stage, day)
        if key not in self._inherited:
            self._inherited[key] = self._verdict(path, stage, day, outside)
        return self._inherited[key]

    def _verdict(self, path: Sequence[str], stage: Stage, day: date, outside: bool) -> RuleVerdict:
        by_place = {place: self.bases_at(place, stage, day) for place in dict.fromkeys(path)}
        considered = tuple(b for bases in by_place.values() for b in bases)
        if outside:
            return RuleVerdict("none", considered=considered, outside=True)
        rules = [b for b in considered if b.document.is_rule]
        pending = tuple(b.document.id for b in rules if b.standing.state in ("draft", "not_yet_effective"))
        unresolved = tuple(
            b.document.id
            for b in rules
            if b.standing.state == "unknown" or (b.scope is Scope.UNKNOWN and b.standing.in_force)
        )
        for index, place in enumerate(by_place):
            firm = [
                b
                for b in by_place[place]
                if b.document.is_rule and b.standing.in_force and b.scope is not Scope.UNKNOWN
            ]
            if not firm:
                continue
            scope = min((b.scope for b in firm), key=lambda s: s.position)
            bases = tuple(b for b in firm if b.scope is scope)
            if index == 0:
                return RuleVerdict(scope.value, None, None, bases, considered, pending, unresolved)
            return RuleVerdict("inherited", place, scope, bases, considered, pending, unresolved)
        if unresolved:
            verdict = "unknown"
        elif pending:
            verdict = "planned"
        elif any(b.standing.state in ("repealed", "lapsed") for b in rules):
            verdict = "expired"
        else:
            verdict = "none"
        return RuleVerdict(verdict, None, None, (), considered, pending, unresolved)

    def is_old_presumption(self, basis: Basis, day: date) -> bool:
        """Whether a document is in force by a presumption that nobody has confirmed for five years."""
        if not (basis.standing.presumed_from_issue or basis.standing.last_stated):
            return False
        doc = basis.document
        known = [d.hi for d in (doc.issued, doc.listed_on) if d and d.hi <= day]
        if not known:
            return False
        last = max(known)
        years = OLD_PRESUMPTION_YEARS
        anniversary = date(last.year + years, last.month, 28 if (last.month, last.day) == (2, 29) else last.day)
        return day > anniversary

    @cached_property
    def first_known_date(self) -> date | None:
        """The earliest date known of any document."""
        days = [
            d.lo
            for doc in self.documents.values()
            for d in (doc.issued, doc.effective_from, doc.effective_to, doc.listed_on)
            if d
        ]
        return min(days, default=None)

    def governed(self) -> Iterable[str]:
        """Every target that some document has an edge to."""
        return self._at.keys()


def _scope_on(edge: Governance, doc: Document, day: date) -> Scope:
    if edge.evidence is Evidence.COLLECTIVE and edge.since and day < edge.since.hi:
        return Scope.UNKNOWN
    if edge.scope is Scope.DEDICATED and doc.rank in NEVER_DEDICATED:
        return Scope.GENERAL
    return edge.scope


# --- roles ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Responsibility:
    """A RESPONSIBLE_FOR edge with its agency."""

    agency: str
    name: str
    agency_kind: AgencyKind
    target: str
    stage: Stage | None
    duty: str | None = None
    reach: Reach = Reach.SELF
    since: PartialDate | None = None
    until: PartialDate | None = None
    regulation: str | None = None
    article: str | None = None


@dataclass(frozen=True)
class Role:
    """A responsibility as it counts for one subject and day."""

    edge: Responsibility
    verdict: str | None
    reason: str


@dataclass(frozen=True)
class RoleVerdict:
    """The role layer's answer for one subject, stage and day."""

    verdict: str
    via: str | None
    roles: tuple[Role, ...]
    considered: tuple[Role, ...]


class RoleBook:
    """Who answers for what."""

    def __init__(self, edges: Iterable[Responsibility], rules: RuleBook) -> None:
        self._rules = rules
        self._at: dict[str, list[Responsibility]] = defaultdict(list)
        self._by: dict[str, list[Responsibility]] = defaultdict(list)
        self._inherited: dict[tuple[tuple[str, ...], Stage, date], RoleVerdict] = {}
        for edge in edges:
            self._at[edge.target].append(edge)
            self._by[edge.agency].append(edge)

    def targets(self) -> Iterable[str]:
        """Every target that an agency answers for."""
        return self._at.keys()

    def _period(self, edge: Responsibility, day: date) -> str:
        """``applies``, or why the edge doesn't count on the day."""
        if edge.since and day < edge.since.lo:
            return "not_yet_effective"
        if edge.until and day > edge.until.hi:
            return "lapsed"
        if (edge.since and day < edge.since.hi) or (edge.until and day > edge.until.lo):
            return "date_unknown"
        if edge.since is None and edge.regulation in self._rules.documents:
            standing = self._rules.standing(edge.regulation, day)
            if standing is None:
                return "not_yet_effective"
            if standing.state not in ("in_force", "unknown"):
                return standing.reason
        return "applies"

    @staticmethod
    def _rank(edge: Responsibility, own: bool) -> str | None:
        if edge.agency_kind is AgencyKind.SET_OF_BODIES:
            return None
        if edge.agency_kind is AgencyKind.KIND_OF_BODY:
            return "designated" if own or edge.reach is Reach.EACH_BELOW else None
        if own:
            return "own"
        supervises = any(word in (edge.duty or "") for word in SUPERVISION)
        return "supervised" if supervises or edge.reach is Reach.EACH_BELOW else None

    def verdict(
        self, path: Sequence[str], stage: Stage, day: date, *, agency: str | None = None, outside: bool = False
    ) -> RoleVerdict:
        """The role verdict of ``path[0]``; ``agency``: of that agency as the subject."""
        if path[0] in self._at or agency or outside:
            return self._verdict(path, stage, day, agency, outside)
        # As for rules: what is above a place without an edge of its own judges all alike.
        key = (tuple(path[1:]), stage, day)
        if key not in self._inherited:
            self._inherited[key] = self._verdict(path, stage, day, agency, outside)
        return self._inherited[key]

    def _verdict(self, path: Sequence[str], stage: Stage, day: date, agency: str | None, outside: bool) -> RoleVerdict:
        considered: list[Role] = []
        order: dict[str, int] = {}
        for index, place in enumerate(dict.fromkeys(path)):
            order.setdefault(place, index)
            for edge in self._at.get(place, ()):
                if edge.stage is stage and not (agency and index == 0):
                    considered.append(self._role(edge, index == 0, day, outside))
        if agency:
            considered[:0] = [self._role(e, True, day, outside) for e in self._by[agency] if e.stage is stage]
        for wanted in ("own", "designated", "supervised"):
            roles = [r for r in considered if r.verdict == wanted and r.reason == "applies"]
            if not roles:
                continue
            if agency and wanted == "own":
                return RoleVerdict(wanted, None, tuple(roles), tuple(considered))
            nearest = min(order.get(r.edge.target, 0) for r in roles)
            roles = [r for r in roles if order.get(r.edge.target, 0) == nearest]
            via = None if nearest == 0 else roles[0].edge.target
            return RoleVerdict(wanted, via, tuple(roles), tuple(considered))
        return RoleVerdict("none", None, (), tuple(considered))

    def _role(self, edge: Responsibility, own: bool, day: date, outside: bool) -> Role:
        if outside:
            return Role(edge, None, "outside_territory")
        rank = self._rank(edge, own)
        return Role(edge, rank, self._period(edge, day) if rank else "names_nobody_here")
