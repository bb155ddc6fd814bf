"""The answers: one typed model for the library, the CLI's ``--json`` and the API's bodies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from textwrap import indent
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    import networkx

RuleVerdict = Literal["dedicated", "general", "inherited", "unknown", "planned", "expired", "none"]
RoleVerdict = Literal["own", "designated", "supervised", "none"]
RecordVerdict = Literal["full", "partial", "absent", "not_expected", "no_data"]
Severity = Literal["high", "medium", "low"]
LoadStatus = Literal["done", "partial", "refused", "interrupted"]
RULE_VERDICTS: tuple[str, ...] = RuleVerdict.__args__  # type: ignore[attr-defined]
ROLE_VERDICTS: tuple[str, ...] = RoleVerdict.__args__  # type: ignore[attr-defined]
RECORD_VERDICTS: tuple[str, ...] = RecordVerdict.__args__  # type: ignore[attr-defined]


class Answer(BaseModel):
    """Base of everything answered."""

    model_config = ConfigDict(populate_by_name=True)

    def to_json(self) -> str:
        """The contract's JSON, UTF-8 as it is."""
        return self.model_dump_json(by_alias=True, indent=2)

    def to_json_with(self, items: Iterable[Answer]) -> Iterator[str]:
        """The same JSON in pieces, with items that are not held; for an answer whose last field is ``items``, none here."""
        return spliced(self.to_json(), "items", (item.to_json() for item in items), 4)


def spliced(text: str, name: str, items: Iterable[str], depth: int) -> Iterator[str]:
    """JSON in pieces: ``text``, in which the last list of that name is empty, with items in it, ``depth`` blanks deep."""
    head, found, tail = text.rpartition(f'"{name}": []')
    assert found
    yield f'{head}"{name}": ['
    between = "\n"
    for item in items:
        yield between + indent(item, " " * depth)
        between = ",\n"
    yield ("" if between == "\n" else "\n" + " " * (depth - 2)) + "]" + tail


class Ref(Answer):
    """A thing by id, kind and name."""

    id: str
    kind: str
    name: str


class Warning_(Answer):
    """Something that the reader of an answer should know."""

    code: str
    message: str


class Truncated(Answer):
    """Why an answer is not complete, and how much is left out."""

    reason: Literal["limit", "depth", "time"]
    omitted: int | None = None


class Envelope(Answer):
    """What every answer carries."""

    schema_: Literal["govgraph/1"] = Field("govgraph/1", alias="schema")
    as_of: date
    graph_version: str
    total: int = 0
    truncated: Truncated | None = None
    next: str | None = None
    warnings: list[Warning_] = []


# --- coverage ---


class RuleAnswer(Answer):
    """The rule layer of a cell (docs/semantics.md, section 4)."""

    verdict: RuleVerdict
    via: str | None = None
    via_scope: Literal["dedicated", "general"] | None = None
    bases: list[str] = []
    evidence: str | None = None
    rank: str | None = None
    trial: bool = False
    last_stated: date | None = None
    presumed: bool = False
    presumed_from_issue: bool = False
    pending: list[str] = []
    unresolved: list[str] = []


class RoleAnswer(Answer):
    """The role layer of a cell (docs/semantics.md, section 5)."""

    verdict: RoleVerdict
    via: str | None = None
    agencies: list[str] = []


class RecordAnswer(Answer):
    """The record layer of a cell (docs/semantics.md, section 6)."""

    verdict: RecordVerdict
    done: int = 0
    expected: int = 0
    unknown: int = 0


class Cell(Answer):
    """One subject at one stage."""

    subject: Ref | None = None
    jurisdiction: str | None
    name: str
    level: str | None
    stage: str
    rule: RuleAnswer
    role: RoleAnswer
    record: RecordAnswer


class Summary(Answer):
    """How many cells have which verdict."""

    rule: dict[str, int]
    role: dict[str, int]
    record: dict[str, int]


class Coverage(Envelope):
    """The matrix of subjects and stages."""

    cells: list[Cell]
    summary: Summary


class ExplainedRole(Answer):
    """A role edge that was considered for a cell."""

    agency: Ref | None
    body: str
    duty: str | None
    from_: str | None = Field(None, alias="from")
    to: str | None = None
    regulation: Ref | None = None
    article: str | None = None
    accepted: bool
    reason: str


class Considered(Answer):
    """A document that was considered for a cell."""

    regulation: Ref
    jurisdiction: str | None
    scope: Literal["dedicated", "general", "unknown"]
    status: Literal["in_force", "draft", "not_yet_effective", "repealed", "lapsed", "unknown"]
    trial: bool
    issued: str | None
    effective_from: str | None
    effective_to: str | None
    precision: Literal["day", "month", "year", "none"]
    doc_number: str | None
    rank: str
    evidence: str
    articles: list[Ref] = []
    source: str
    accepted: bool
    reason: Literal[
        "applies",
        "draft",
        "not_yet_effective",
        "repealed",
        "lapsed",
        "date_unknown",
        "stage_unknown",
        "outside_territory",
        "not_a_rule",
        "outranked",
    ]


class Words(Answer):
    """A sentence in both languages."""

    zh: str
    en: str


class Explanation(Envelope):
    """Why a cell has its verdicts; ``others``: the documents that do not apply, in words."""

    cell: Cell
    path: list[str]
    roles: list[ExplainedRole]
    considered: list[Considered]
    text: Words
    others: Words | None = None


class GapParts(Answer):
    """What a gap's score is made of (docs/semantics.md, section 8), and the gaps of its kind and stage below."""

    assets: int
    reach: int
    severity: float
    below: int = 0


class GapDecision(Answer):
    """What was decided about a gap (docs/semantics.md, section 17); ``past``: its last day is over on the day asked about."""

    by: str | None
    reason: str | None
    decided: str | None
    until: str | None
    assignee: str | None = None
    past: bool = False


class Gap(Answer):
    """A place where rule, role and record are not what they should be."""

    id: str
    kind: str
    severity: Literal["high", "medium", "low"]
    score: float
    parts: GapParts
    jurisdiction: str | None
    stage: str | None
    subject: Ref | None = None
    reason: Words
    change: Literal["new", "closed"] | None = None
    """Of gaps since a run or a day: whether it is new or closed."""
    accepted: GapDecision | None = None
    assigned: GapDecision | None = None


class GapChanges(Answer):
    """How many gaps of each kind are new, and how many closed."""

    new: dict[str, int]
    closed: dict[str, int]


class Gaps(Envelope):
    """Gaps, worst first; ``summary``: how many of each kind there are in all."""

    items: list[Gap]
    summary: dict[str, int] = {}
    accepted: int = 0
    """Of what is asked for, gaps that were accepted and are left out."""
    changes: GapChanges | None = None
    """Of gaps since a run or a day: ``summary`` counts both."""


# --- check ---


class Finding(Answer):
    """Something that should not be: a gap of a built-in kind, or what a rule of a bureau's own found."""

    id: str
    """Stable across reloads."""
    rule: str
    """The kind of gap, or the id of the rule."""
    severity: Severity
    title: Words
    subject: Ref | None
    stage: str | None
    jurisdiction: str | None
    reason: Words
    basis: str | None
    remedy: Words | None
    accepted: GapDecision | None = None


class CheckedRule(Answer):
    """A rule that was run, and how it ended; ``cut``: it found more than is answered."""

    id: str
    title: Words
    severity: Severity | None
    """Of a built-in kind the worst among its findings."""
    basis: str | None
    remedy: Words | None
    built_in: bool
    file: str | None = None
    status: Literal["done", "cut", "failed"] = "done"
    findings: int = 0
    error: str | None = None


class Findings(Envelope):
    """What a check found, worst first."""

    summary: dict[str, int]
    """Findings by severity, accepted ones aside."""
    accepted: int = 0
    """Gaps that were accepted; they are among the items only where they are asked for."""
    rules: list[CheckedRule]
    items: list[Finding]


# --- lineage ---


class HopRule(Answer):
    """The rule verdict under which a hop happened."""

    verdict: RuleVerdict
    via: str | None = None
    bases: list[str] = []


class LineageNode(Answer):
    """A node of a lineage answer with its minimum depth; of kind ``Redacted``: so many that a limited key does not see."""

    id: str
    kind: str
    name: str
    depth: int
    side: Literal["root", "up", "down"]
    redacted: int | None = None


class LineageEdge(Answer):
    """A hop."""

    id: str
    from_: str = Field(alias="from")
    to: str
    stage: str
    since: str | None = None
    until: str | None = None
    via: str | None = None
    mode: str | None = None
    under: str | None = None
    term: str | None = None
    assumed: bool = False
    rule: HopRule


class Lineage(Envelope):
    """Where a thing came from, or what depends on it."""

    root: Ref
    direction: Literal["up", "down", "both"]
    nodes: list[LineageNode]
    edges: list[LineageEdge]
    cycles: list[list[str]]
    redacted: int = 0
    """Things next to the nodes answered that a limited key does not see."""

    def to_networkx(self) -> networkx.MultiDiGraph[str]:
        """The answer as a graph: node and edge attributes are the answer's fields."""
        import networkx as nx

        graph: networkx.MultiDiGraph[str] = nx.MultiDiGraph()
        for node in self.nodes:
            graph.add_node(node.id, **node.model_dump(exclude={"id"}))
        for edge in self.edges:
            graph.add_edge(edge.from_, edge.to, key=edge.id, **edge.model_dump(exclude={"id", "from_", "to"}))
        return graph


# --- reasons ---


class ExplainedHop(Answer):
    """A record edge with its ends, who provides its start, and the place whose law it is judged by."""

    edge: LineageEdge
    start: Ref
    end: Ref
    provider: Ref | None = None
    jurisdiction: Ref | None = None


class Account(Envelope):
    """Why a gap is one, or what the law of a hop is; ``explanation`` is that of the cell that it rests on.

    ``open``: the gap is one on that day.
    """

    about: Literal["gap", "hop"]
    id: str
    open: bool = True
    gap: Gap | None = None
    hop: ExplainedHop | None = None
    explanation: Explanation | None = None
    text: Words
    rule: Words
    remedy: Words | None = None


# --- two days ---


class Change(Answer):
    """A cell whose verdict is not the same; ``because``: the documents that made it so."""

    jurisdiction: str
    name: str
    level: str | None
    stage: str
    before: str
    after: str
    because: list[str]
    lost_last_basis: bool = False
    via_before: str | None = None
    via_after: str | None = None
    bases_before: list[str] = []
    bases_after: list[str] = []


class Diff(Envelope):
    """The cells that changed between two days, first those that lost their last basis."""

    from_: date = Field(alias="from")
    to: date
    changes: list[Change]
    lost_last_basis: int = 0
    appeared: list[str] = []
    disappeared: list[str] = []


class Span(Answer):
    """Days over which a cell's rule is the same; no first or last day: open."""

    from_: date | None = Field(None, alias="from")
    to: date | None = None
    verdict: RuleVerdict
    via: str | None = None
    bases: list[str] = []
    because: list[str] = []


class TimelineRow(Answer):
    """One cell over time."""

    jurisdiction: str
    name: str
    level: str | None
    stage: str
    spans: list[Span]


class Timeline(Envelope):
    """Cells over time: the stages of a jurisdiction, or the jurisdictions at a stage."""

    about: Ref | str
    rows: list[TimelineRow]


class CalendarEvent(Answer):
    """A day on which a document begins or ends: as stated, and the days that it can mean."""

    stated: str = Field(alias="date")
    first: date
    last: date
    certain: bool
    what: Literal["takes_effect", "lapses", "trial_ends", "superseded"]
    regulation: Ref
    successor: Ref | None = None
    jurisdictions: list[str]
    stages: list[str]
    changes: list[Change] = []


class Calendar(Envelope):
    """What begins and lapses in the time after a day; ``open_trials``: on trial without a stated end."""

    until: date
    items: list[CalendarEvent]
    open_trials: list[Ref]


# --- what if ---


class AssetsTouched(Answer):
    """Assets that have gone through a stage whose cell changes at their home; null: more than are counted."""

    by_stage: dict[str, int]
    touched: int | None
    reach: int | None


class WhatIf(Envelope):
    """What would change; nothing is written."""

    repeal: list[Ref]
    enact: list[str]
    changes: list[Change]
    lost_last_basis: int
    by_level: dict[str, int]
    roles: list[Change]
    assets: AssetsTouched


# --- side by side ---


class Standing(Answer):
    """A jurisdiction's points and its place among the divisions of its level (docs/semantics.md, section 8.4)."""

    jurisdiction: str
    name: str
    level: str | None
    points: int
    rule_points: int
    role_points: int
    done: int
    expected: int
    rank: int
    of: int


class Compared(Answer):
    """One of the jurisdictions compared."""

    place: Ref
    standing: Standing
    summary: Summary
    gaps: dict[str, int]
    cells: list[Cell]


class Comparison(Envelope):
    """Jurisdictions side by side; ``peers``: all divisions of the first one's level, best first."""

    items: list[Compared]
    peers: list[Standing] = []


class ScorecardStage(Answer):
    """An agency's resources at a stage."""

    stage: str
    record: RecordAnswer
    overdue: int


class Scorecard(Envelope):
    """How an agency's data and duties stand."""

    agency: Ref
    jurisdiction: str | None
    resources: int
    stages: list[ScorecardStage]
    overdue: int
    duties: list[ExplainedRole]
    gaps: dict[str, int]


# --- tracing (docs/semantics.md, section 12) ---


class AuditedHop(LineageEdge):
    """A hop that was practised without a rule then in force; ``agency`` provides what it starts at, in ``jurisdiction``."""

    jurisdiction: str
    agency: str


class Audit(Envelope):
    """Unruled hops, and how many hops have which verdict."""

    hops: int
    verdicts: dict[str, int]
    items: list[AuditedHop]


class Restricted(Answer):
    """Why an opened or loosened thing is one, and the way from the cause to it."""

    subject: Ref
    finding: Literal["opened", "loosened"]
    reason: Literal["not_open", "personal", "grade", "open_type"]
    cause: Ref
    before: str | bool | None
    """What the cause says."""
    after: str | bool | None
    """What the subject says."""
    path: list[str]


class Restriction(Envelope):
    """Findings on an asset and its items, or on one page of all candidates."""

    root: Ref | None = None
    examined: int
    ungraded: int
    items: list[Restricted]


class ImpactBy(Answer):
    """How many of the nodes there are of each."""

    kind: dict[str, int]
    jurisdiction: dict[str, int]
    agency: dict[str, int]
    stage: dict[str, int]


class Impact(Envelope):
    """What depends on a thing."""

    root: Ref
    touched: int
    hops: int
    by: ImpactBy


class Paths(Envelope):
    """Shortest ways from one node to another, with the nodes and hops on those shown."""

    from_: Ref = Field(alias="from")
    to: Ref
    length: int | None
    paths: list[list[str]]
    nodes: list[Ref]
    edges: list[LineageEdge]


class Ends(Envelope):
    """Where the lineage of an asset begins and where it ends."""

    root: Ref
    roots: list[LineageNode]
    leaves: list[LineageNode]


class Bottleneck(Answer):
    """A node that other nodes of the upstream can't do without."""

    id: str
    kind: str
    name: str
    depth: int
    carried: int
    roots: int
    single: bool


class Bottlenecks(Envelope):
    """Single points of failure upstream of an asset; ``upstream`` nodes, ``roots`` of which nothing comes before."""

    root: Ref
    upstream: int
    roots: int
    items: list[Bottleneck]


class Cycle(Answer):
    """A strongly connected part of the record, and the edges that close its cycles."""

    size: int
    nodes: list[Ref]
    closing: list[LineageEdge]


class Cycles(Envelope):
    """Cycles, the largest first."""

    root: Ref | None = None
    items: list[Cycle]


class ItemHop(Answer):
    """An item that went into an item."""

    id: str
    from_: Ref = Field(alias="from")
    to: Ref
    stage: str
    since: str | None = None
    until: str | None = None


class Unmatched(Answer):
    """Items of either end without a hop to, or from, the other."""

    from_: list[Ref] = Field(alias="from")
    to: list[Ref]


class Hop(Envelope):
    """Which items of one asset went into which of another."""

    from_: Ref = Field(alias="from")
    to: Ref
    edges: list[LineageEdge]
    items: list[ItemHop]
    unmatched: Unmatched


class KeptItem(Answer):
    """An item of a group of the same."""

    id: str
    name: str
    holders: list[str]
    providers: list[str]
    derived: bool
    """It came from another item of the group."""


class SameItem(Answer):
    """Items that are the same, kept by several providers."""

    key: str
    name: str
    providers: int
    sources: int
    total: int
    items: list[KeptItem]


class SameItems(Envelope):
    """Items that several providers keep, those with most providers first."""

    items: list[SameItem]


# --- look-ups ---


class Found(Answer):
    """A match of ``find``."""

    id: str
    kind: str
    name: str
    match: Literal["id", "name", "alias", "text"]


class FoundList(Envelope):
    """Matches of ``find``, best first."""

    items: list[Found]


class ShownNode(Answer):
    """A node with all its properties."""

    id: str
    kind: str
    name: str
    properties: dict[str, Any]
    aliases: list[str]


class ShownOne(ShownNode):
    """A node that is shown by itself."""

    placeholder: bool = False
    """Something names it, and no source lists it."""


class ListedNode(ShownNode):
    """A node of a list: its properties are those that are known."""


class Listing(Envelope):
    """Nodes of one kind."""

    kind: str
    items: list[ListedNode]


class Statement(Answer):
    """What a source says of a property; ``decides``: the node's property is this value.

    Of a correction (source ``correction``) also who made it, why and when.
    """

    property: str
    value: Any
    source: str
    section: str | None
    run: str
    origin: str | None = None
    decides: bool = True
    by: str | None = None
    reason: str | None = None
    at: str | None = None


class ShownEdge(Answer):
    """An edge of a shown node."""

    id: str
    type: str
    from_: str = Field(alias="from")
    to: str
    stage: str | None = None
    source: str | None = None
    properties: dict[str, Any] = {}


class Shown(Envelope):
    """A node, what the sources say of it, and its edges."""

    node: ShownOne
    statements: list[Statement]
    edges: list[ShownEdge]
    redacted: int = 0
    """Edges to what a limited key does not see."""


class ClaimRow(Answer):
    """A stated figure beside our count."""

    id: str
    subject: str | None
    metric: str | None
    comparator: str | None
    value: float | int | None
    text: str | None
    as_of: str | None
    counted: int | None
    verdict: Literal["agrees", "disagrees", "conflicts", "not_comparable"]


class Stats(Envelope):
    """Counts per kind and type, claims beside counts."""

    nodes: dict[str, int]
    edges: dict[str, int]
    claims: list[ClaimRow]


# --- report ---


class ReportDocument(Answer):
    """A document of the jurisdiction, of one above it or of one below; ``applies``: a cell of it rests on it."""

    id: str
    name: str
    doc_number: str | None
    rank: str
    jurisdiction: Ref
    side: Literal["own", "above", "below"]
    issued: str | None
    effective_from: str | None
    effective_to: str | None
    listed_on: str | None
    trial: bool
    status: Literal["in_force", "draft", "not_yet_effective", "repealed", "lapsed", "unknown"]
    applies: bool
    stages: list[str]


class ReportAgency(Answer):
    """A body that has one duty at some stages."""

    agency: Ref | None
    body: str
    duty: str | None
    since: str | None
    until: str | None
    regulation: Ref | None
    article: str | None
    accepted: bool
    reason: str
    verdict: RoleVerdict
    """The role verdict of the first of these stages."""
    stages: list[str]


class ReportTopic(Answer):
    """Gaps of one kind, stage and severity, told by the worst of them."""

    kind: str
    title: Words
    severity: Severity
    stage: str | None
    score: float
    """The sum of theirs."""
    gaps: int
    places: list[Ref]
    reason: Words
    explanation: Words | None
    considered: list[Considered]
    """Documents that were considered for the worst and not accepted."""
    basis: str | None
    remedy: Words


class Report(Envelope):
    """What a report on a jurisdiction says (docs/semantics.md, section 12)."""

    made: date
    jurisdiction: Ref
    path: list[Ref]
    profile: list[Explanation]
    """Its own cells, explained."""
    cells: list[Cell]
    """The matrix: its own row, then the divisions next below."""
    summary: Summary
    """Of the divisions below; of its own row where there are none."""
    documents: list[ReportDocument]
    agencies: list[ReportAgency]
    gaps: int
    gaps_by_severity: dict[str, int]
    gaps_by_kind: dict[str, int]
    accepted: int = 0
    """Gaps that were accepted, and count in none of these."""
    topics: list[ReportTopic]
    claims: list[ClaimRow]
    lineage: Lineage | None


# --- the model ---


class StageItem(Answer):
    """A stage of the data lifecycle."""

    stage: str
    zh: str
    en: str
    aliases: list[str]


class StageList(Answer):
    """The stages, in the article's order."""

    schema_: Literal["govgraph/1"] = Field("govgraph/1", alias="schema")
    total: int
    items: list[StageItem]


class TermItem(Answer):
    """A word that a field takes."""

    value: str
    zh: str
    en: str


class ModelField(Answer):
    """A field of a node kind or an edge type; ``edge``: it is a link, which becomes an edge of that type."""

    name: str
    type: str
    zh: str
    en: str
    terms: list[TermItem] = []
    edge: str | None = None


class NodeKind(Answer):
    """A kind of node."""

    kind: str
    zh: str
    en: str
    plural: str
    asset: bool
    place: bool
    doc: str
    source: str
    fields: list[ModelField]


class EdgeType(Answer):
    """A type of edge."""

    type: str
    zh: str
    en: str
    doc: str
    pairs: list[tuple[str, str]]
    keys: list[str]
    fields: list[ModelField]


class Model(Answer):
    """Node kinds, edge types and stages."""

    schema_: Literal["govgraph/1"] = Field("govgraph/1", alias="schema")
    stages: list[StageItem]
    nodes: list[NodeKind]
    edges: list[EdgeType]


# --- loads ---


class FileRef(Answer):
    """A file that was read."""

    path: str
    sha256: str


class Reject(Answer):
    """A refused row: where, what, why."""

    file: str
    sheet: str | None
    row: int
    column: str | None
    value: str | None
    code: str
    message: str


class LoadReport(Answer):
    """What a load did. read = accepted + rejected; accepted = created + changed + unchanged."""

    run: str | None
    source: str
    files: list[FileRef]
    status: LoadStatus
    dry_run: bool
    read: int
    accepted: int
    rejected: int
    created: int
    changed: int
    unchanged: int
    swept: int
    """What the source no longer lists and was removed: statements and edges; of an undo, all that it removed."""
    placeholders: int
    """Nodes made because something names them that no source lists."""
    sweep: str | None = None
    """Why nothing was swept, where that was asked for."""
    undoes: str | None = None
    """The run that this one took back."""
    rejects_file: str | None
    rejects: list[Reject] = []
    warnings: list[Warning_] = []
    """What of the files was left out."""


class SettledField(Answer):
    """What a correction, or a merge, did to a field of a thing."""

    field: str
    status: Literal["corrected", "withdrawn", "unchanged", "merged"]
    """unchanged: it was so already. merged: it is so from what is said of both."""
    before: Any
    value: Any
    """What stands; none: no value."""


class Settled(LoadReport):
    """What a person settled: a run, as a load is one."""

    about: Ref
    by: str
    reason: str
    fields: list[SettledField] = []
    merged: Ref | None = None
    """What became one with it."""
    moved: int = 0
    """Edges of what was merged that are its own now."""


class Run(LoadReport):
    """A load of the past, or what a person settled."""

    rejects: list[Reject] = Field([], exclude=True)
    started: str
    ended: str
    undone_by: str | None = None
    about: Ref | None = None
    """What it settled something of; the following say who did, why, and what. Of a load none."""
    by: str | None = None
    reason: str | None = None
    fields: list[SettledField] = []
    merged: Ref | None = None
    """What became one with what it is about."""
    moved: int = 0
    """Edges of that."""


class Runs(Envelope):
    """All loads, first to last."""

    items: list[Run]


# --- moving ---


class Copied(Answer):
    """What a copy carried over; counts and checksums of both graphs were the same at the end."""

    from_: str = Field(alias="from")
    to: str
    nodes: dict[str, int]
    edges: dict[str, int]
    total: int
    seconds: float


class Rebuilt(Answer):
    """What a graph holds that was made again from a journal."""

    graph: str
    journal: str
    runs: int
    transactions: int
    nodes: dict[str, int]
    edges: dict[str, int]
    seconds: float


class BackedUp(Answer):
    """What a backup wrote."""

    path: str
    files: int
    bytes: int
    runs: int


class Exported(Answer):
    """What an export wrote."""

    folder: str
    command: str
    nodes: dict[str, int]
    edges: dict[str, int]
    total: int
