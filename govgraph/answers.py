"""The answers: one typed model for the library, the CLI's ``--json`` and the API's bodies."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    import networkx

RuleVerdict = Literal["dedicated", "general", "inherited", "unknown", "planned", "expired", "none"]
RoleVerdict = Literal["own", "designated", "supervised", "none"]
RecordVerdict = Literal["full", "partial", "absent", "not_expected", "no_data"]
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
    """Why a cell has its verdicts."""

    cell: Cell
    path: list[str]
    roles: list[ExplainedRole]
    considered: list[Considered]
    text: Words


class GapParts(Answer):
    """What a gap's score is made of (docs/semantics.md, section 8), and the gaps of its kind and stage below."""

    assets: int
    reach: int
    severity: float
    below: int = 0


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


class Gaps(Envelope):
    """Gaps, worst first."""

    items: list[Gap]


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
    """What a source says of a property; ``decides``: the node's property is this value."""

    property: str
    value: Any
    source: str
    section: str | None
    run: str
    origin: str | None = None
    decides: bool = True


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


class Run(LoadReport):
    """A load of the past."""

    rejects: list[Reject] = Field([], exclude=True)
    started: str
    ended: str
    undone_by: str | None = None


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
