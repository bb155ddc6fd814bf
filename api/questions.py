"""The questions over HTTP. One function is one route: its parameters are the query's, its answer the library's."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.routing import APIRoute
from pydantic import BaseModel, BeforeValidator, Field
from starlette.responses import Response

from govgraph import answers, describe, render
from govgraph import library as library_
from govgraph.api import formats
from govgraph.api.problems import FieldProblem, RefusedError, documented
from govgraph.api.service import SHORTEST, Ask, asked
from govgraph.errors import UsageError
from govgraph.gaps import DEFAULT_GAPS, GAP_KINDS, changed
from govgraph.library import Library
from govgraph.lineage import to_mermaid
from govgraph.model import DEFAULT_LIMIT, NODES, Evidence, Level, Rank, Stage
from govgraph.report import render as write_report
from govgraph.tables import judging, tracing
from govgraph.terms import Term
from govgraph.timeline import MAX_MONTHS
from govgraph.tracing.audit import DEFAULT_HOPS
from govgraph.tracing.drawing import to_dot, to_graphml
from govgraph.tracing.items import DEFAULT_SAME
from govgraph.tracing.restriction import DEFAULT_EXAMINED
from govgraph.tracing.routes import DEFAULT_CYCLES, DEFAULT_PATHS
from govgraph.words import Lang

Writer = Callable[[Any], str | bytes]
MOST = 10_000
"""Things that one answer holds at the most; a cursor goes on from there."""
NARROWING = ("jurisdiction", "level", "stage", "kind", "severity", "depth", "limit", "text", "as_of")
"""Parameters that make a question smaller."""
COMMON: list[dict[str, Any]] = [
    {
        "name": "format",
        "in": "query",
        "description": "Form of the answer, where `Accept` can't be set",
        "schema": {
            "type": "string",
            "enum": [f for f in (*formats.MEDIA_TYPES, *formats.FILES) if f != formats.EVENTS],
        },
    },
    {
        "name": "deadline",
        "in": "query",
        "description": "Seconds that the question may take; `X-Deadline` says the same. What is more than the server allows is cut to that",
        "schema": {"type": "number", "minimum": SHORTEST},
    },
]
_COMMON_NAMES = frozenset(p["name"] for p in COMMON)
KNOWN_AT: dict[str, Any] = {
    "name": "known_at",
    "in": "query",
    "description": "As the graph knew it after that run, or at the end of that day (UTC)",
    "schema": {"type": "string"},
}
ASKING = [*COMMON, KNOWN_AT]
"""What every question takes."""
router = APIRouter()


def strict(request: Request) -> Ask:
    """The request, once its query names only what the route knows, each as often as it may.

    Raises:
        RefusedError: a parameter that is not the route's, or that stands twice; a typing error must not widen a question.
    """
    route: APIRoute = request.scope["route"]
    known = {
        p.alias: getattr(p.field_info.annotation, "__origin__", None) is list for p in route.dependant.query_params
    }
    common = {*_COMMON_NAMES}
    if {"questions", "nodes"} & {*route.tags}:
        common.add(KNOWN_AT["name"])
    wrong = []
    for name in dict.fromkeys(request.query_params):
        if name not in known and name not in common:
            told = ", ".join(sorted({*known, *common}))
            wrong.append(FieldProblem(parameter=name, message=f"this question takes: {told}"))
        elif not known.get(name) and len(request.query_params.getlist(name)) > 1:
            wrong.append(FieldProblem(parameter=name, message="stands more than once"))
    if wrong:
        raise RefusedError("bad_value", "; ".join(f"{w.parameter}: {w.message}" for w in wrong), errors=wrong)
    return asked(request)


def narrowing(request: Request) -> list[str]:
    """The parameters of a question that would make it smaller."""
    dependant = getattr(request.scope.get("route"), "dependant", None)
    return [p.alias for p in dependant.query_params if p.alias in NARROWING] if dependant else []


Asked = Annotated[Library, Depends(strict)]
"""The graph of a question; the route's wrapper opens it in a thread."""


def question(
    path: str,
    model: type[BaseModel],
    writers: Mapping[str, Writer] | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make a function the route of a question.

    Args:
        model: what it answers.
        writers: further formats, and what writes the answer in each.
    """
    writing = dict(writers or {})

    def add(work: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(work)
        async def endpoint(library: Any, **options: Any) -> Response:
            ask: Ask = library
            write = writer(ask, writing)
            found = await ask.run(lambda opened: write(work(opened, **options)))
            return Response(found, media_type=formats.media_type(ask.format), headers=named(ask.format, work.__name__))

        doc = (work.__doc__ or "").strip()
        content: dict[str, Any] = {formats.media_type(f).split(";")[0]: {"schema": {"type": "string"}} for f in writing}
        router.get(
            PREFIX + path,
            operation_id=work.__name__,
            summary=doc.partition("\n")[0],
            description=doc,
            tags=["questions"],
            response_model=None,
            responses={200: {"model": model, "content": content}, **documented()},
            openapi_extra={"parameters": ASKING},
        )(endpoint)
        return work

    return add


PREFIX = "/v1"


def writer(ask: Ask, writing: Mapping[str, Writer]) -> Callable[[Any], bytes]:
    """What writes an answer in the format that was asked for.

    Raises:
        RefusedError: not_acceptable.
    """
    if ask.format == formats.JSON:
        return lambda answer: answer.model_dump_json(by_alias=True).encode()
    if ask.format not in writing:
        there = ", ".join((formats.JSON, *writing))
        raise RefusedError("not_acceptable", f"this answer can be had as {there}")
    write = writing[ask.format]

    def written(answer: Any) -> bytes:
        text = write(answer)
        return text.encode() if isinstance(text, str) else text

    return written


def named(format_: str, name: str) -> dict[str, str]:
    """A file's name for what a browser should keep as a file."""
    if format_ not in (formats.CSV, formats.NDJSON, *formats.FILES):
        return {}
    return {"Content-Disposition": f'attachment; filename="govgraph-{name}.{format_}"'}


def link_to(operation: str, id_: str) -> dict[str, Any]:
    """An OpenAPI link: which operation takes the id that an answer holds."""
    return {operation: {"operationId": operation, "parameters": {"id": id_}}}


def words(term: type[Term]) -> str:
    """The words that a parameter takes."""
    return "One of " + ", ".join(f"`{m.value}` {m.zh}" for m in term) + "; aliases are taken too"


# --- parameters -------------------------------------------------------------------------------------------------


def _day(value: object) -> date | None:
    """A day as the command line reads it; pydantic alone would take a number for seconds since 1970."""
    try:
        return library_.day(value)  # type: ignore[arg-type]
    except UsageError as error:
        raise ValueError(error.message) from None


Day = Annotated[date, BeforeValidator(_day)]
AsOf = Annotated[
    Day | None,
    Query(description="Legal date; today where none is given", examples=["2024-03-21"]),
]
Stages = Annotated[
    list[str], Query(description="Stages; all where none is given. " + words(Stage), examples=[["opening"]])
]
Place = Annotated[str | None, Query(description="Code or name of a jurisdiction", examples=["520000", "贵州"])]
Limit = Annotated[int, Query(ge=1, le=MOST, description="At most so many in this answer")]
Cursor = Annotated[str | None, Query(description="`next` of the answer before: goes on from there")]
Kinds = Annotated[list[str], Query(description="Kinds of node", examples=[["Dataset"]])]


# --- questions --------------------------------------------------------------------------------------------------


@question("/stages", answers.StageList)
def stages(library: Asked) -> answers.StageList:
    """The stages of the data lifecycle, with their labels and aliases."""
    found = answers.Model.model_validate(describe.as_dict()).stages
    return answers.StageList(total=len(found), items=found)


@question("/model", answers.Model)
def model(
    library: Asked,
    kind: Annotated[str | None, Query(description="One node kind or edge type", examples=["Resource"])] = None,
) -> answers.Model:
    """The model: node kinds, edge types, stages and terms."""
    return answers.Model.model_validate(describe.as_dict(kind))


@question("/coverage", answers.Coverage, {formats.CSV: render.coverage_csv})
def coverage(
    library: Asked,
    by: Annotated[
        Literal["jurisdiction", "database", "theme", "agency"], Query(description="What a row is")
    ] = "jurisdiction",
    level: Annotated[str | None, Query(description=words(Level), examples=["city"])] = None,
    jurisdiction: Place = None,
    stage: Stages = [],  # noqa: B006 - never changed, and the OpenAPI document shows it
    as_of: AsOf = None,
    min_rank: Annotated[str | None, Query(description="Leave out documents below. " + words(Rank))] = None,
    evidence: Annotated[list[str], Query(description="Only what is known by these. " + words(Evidence))] = [],  # noqa: B006
) -> answers.Coverage:
    """The matrix: which stage of which data has a rule, somebody responsible, a record."""
    return library.coverage(
        by=by, level=level, jurisdiction=jurisdiction, stages=stage, as_of=as_of, min_rank=min_rank, evidence=evidence
    )


@question(
    "/explain/{jurisdiction}/{stage}",
    answers.Explanation,
    {formats.CSV: judging.explain_csv},
)
def explain(
    library: Asked,
    jurisdiction: Annotated[str, Path(description="Code or name", examples=["520000"])],
    stage: Annotated[str, Path(description=words(Stage), examples=["opening"])],
    as_of: AsOf = None,
) -> answers.Explanation:
    """Why a cell has its verdicts: bases, path, and what was considered and not accepted."""
    return library.explain(jurisdiction, stage, as_of=as_of)


@question("/gaps", answers.Gaps, {formats.CSV: judging.gaps_csv})
def gaps(
    library: Asked,
    request: Request,
    kind: Annotated[list[str], Query(description="Kinds of gap: " + ", ".join(GAP_KINDS), examples=[["no_rule"]])] = [],  # noqa: B006
    stage: Stages = [],  # noqa: B006
    jurisdiction: Place = None,
    theme: Annotated[str | None, Query(description="Only assets about it", examples=["交通运输"])] = None,
    agency: Annotated[str | None, Query(description="Only assets that it provides")] = None,
    severity: Annotated[Literal["high", "medium", "low"] | None, Query(description="How bad")] = None,
    accepted: Annotated[bool, Query(description="Those that were accepted; they are left out otherwise")] = False,
    assigned_to: Annotated[str | None, Query(description="Only those assigned to that name")] = None,
    as_of: AsOf = None,
    new_since: Annotated[
        str | None, Query(description="A run or a day: the gaps that are new since then, and those that closed")
    ] = None,
    limit: Limit = DEFAULT_GAPS,
    cursor: Cursor = None,
) -> answers.Gaps:
    """What is missing, worst first."""
    options: dict[str, Any] = {
        "kinds": kind,
        "stages": stage,
        "jurisdiction": jurisdiction,
        "theme": theme,
        "agency": agency,
        "severity": severity,
        "as_of": as_of,
        "limit": limit,
        "cursor": cursor,
    }
    if new_since is None:
        return library.gaps(**options, accepted=accepted, assigned_to=assigned_to)
    if accepted or assigned_to:
        raise UsageError("new_since tells accepted and assigned gaps as the others; leave accepted and assigned_to out")
    ask = asked(request)
    if ask.known_at:
        raise UsageError("new_since compares with what is known now; leave known_at out")
    with ask.open(new_since) as then:
        return changed(ask.limited(then), library.graph, **options)


@question("/check", answers.Findings, writers={formats.CSV: judging.findings_csv})
def check(
    library: Asked,
    request: Request,
    severity: Annotated[Literal["high", "medium", "low"] | None, Query(description="How bad")] = None,
    jurisdiction: Place = None,
    as_of: AsOf = None,
    rules: Annotated[
        bool | None, Query(description="Run the operator's own rules, too; where it is not said, for keys that may")
    ] = None,
    accepted: Annotated[bool, Query(description="Tell accepted gaps, too; they count in `accepted` only")] = False,
    limit: Limit = MOST,
) -> answers.Findings:
    """What the built-in kinds of gap find, and the operator's own rules, which need a key that sees the whole graph."""
    ask = asked(request)
    folder = ask.service.serving.rules
    if rules:
        # They are queries over everything: no view can be laid over them.
        ask.caller.needs_everything("a rule of the operator")
        if folder is None:
            raise RefusedError("not_found", "this server has no rules of its own (GOVGRAPH_RULES)")
    own = folder if rules is not False and library.graph.view is None else None
    # A kept answer would not notice a rule that is changed.
    ask.unsettled |= own is not None
    return library.check(
        rules=own, severity=severity, jurisdiction=jurisdiction, accepted=accepted, limit=limit, as_of=as_of
    )


class _ReportIn(answers.Report):
    """A report, and the language in which a file of it is written."""

    lang: Lang = Field("zh", exclude=True)


def _report_as(format_: str) -> Writer:
    return lambda answer: write_report(answer, format_, answer.lang)


@question("/report", answers.Report, writers={f: _report_as(f) for f in formats.FILES})
def report(
    library: Asked,
    jurisdiction: Place = None,
    as_of: AsOf = None,
    asset: Annotated[
        str | None, Query(description="Whose lineage is drawn; one of the jurisdiction's by default")
    ] = None,
    lang: Annotated[Literal["zh", "en"], Query(description="Language of a file")] = "zh",
) -> answers.Report:
    """A report on a jurisdiction, as data or as a file: `?format=html`, `xlsx` or `md`."""
    found = library.report(jurisdiction, as_of=as_of, asset=asset)
    return _ReportIn.model_construct(**dict(found), lang=lang)


@question(
    "/lineage/{id:path}",
    answers.Lineage,
    {formats.MERMAID: to_mermaid, formats.DOT: to_dot, formats.GRAPHML: to_graphml},
)
def lineage(
    library: Asked,
    id: Annotated[str, Path(description="Id, alias or name of an asset", examples=["DB001"])],
    direction: Annotated[
        Literal["up", "down", "both"], Query(description="Where it came from, what depends on it")
    ] = "both",
    depth: Annotated[int | None, Query(ge=1, le=MOST, description="Hops from the root")] = None,
    stage: Stages = [],  # noqa: B006
    kind: Kinds = [],  # noqa: B006
    jurisdiction: Place = None,
    as_of: Annotated[
        Day | None, Query(description="Only hops that may hold on that day; all where none is given")
    ] = None,
    fields: Annotated[
        bool, Query(description="Field level: from the information items of the asset, item to item")
    ] = False,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> answers.Lineage:
    """Where an asset came from and what depends on it, with the law of each hop."""
    return library.lineage(
        id,
        direction=direction,
        depth=depth,
        stages=stage,
        kinds=kind,
        jurisdiction=jurisdiction,
        as_of=as_of,
        fields=fields,
        limit=limit,
        cursor=cursor,
    )


@question("/find", answers.FoundList)
def find(
    library: Asked,
    text: Annotated[
        str, Query(min_length=1, max_length=200, description="Part of an id, name or alias", examples=["数据条例"])
    ],
    kind: Annotated[str | None, Query(description="One of " + ", ".join(NODES), examples=["Regulation"])] = None,
    limit: Annotated[int, Query(ge=1, le=1_000, description="At most so many in this answer")] = 50,
) -> answers.FoundList:
    """Nodes whose id, name or alias holds a text; one character will do."""
    return library.find(text, kind=kind, limit=limit)


@question("/show/{id:path}", answers.Shown)
def show(
    library: Asked, id: Annotated[str, Path(description="Id, alias or name of a node", examples=["REG016"])]
) -> answers.Shown:
    """Everything about one node: properties, what each source says, edges."""
    return library.show(id)


@question("/stats", answers.Stats)
def stats(library: Asked) -> answers.Stats:
    """Counts per kind and type, and the stated figures beside them."""
    return library.stats()


@question("/runs", answers.Runs)
def runs(library: Asked) -> answers.Runs:
    """Every load, first to last."""
    return library.runs()


@question("/runs/{number}", answers.Runs)
def run(library: Asked, number: Annotated[str, Path(description="Its number", examples=["1"])]) -> answers.Runs:
    """One load."""
    return library.run(number)


# --- judgements -------------------------------------------------------------------------------------------------


@question("/explain", answers.Account, writers={formats.CSV: judging.account_csv})
def explain_reason(
    library: Asked,
    gap: Annotated[str | None, Query(description="Id of a gap", examples=["no_rule:130000:processing"])] = None,
    hop: Annotated[str | None, Query(description="Id of a record edge")] = None,
    as_of: AsOf = None,
) -> answers.Account:
    """Why a gap is one, or under which law a hop happened."""
    if (gap is None) == (hop is None) or (hop and as_of):
        raise UsageError("name a gap, with as_of if you like, or a hop, which is judged on its own day")
    return library.explain_gap(gap, as_of=as_of) if gap is not None else library.explain_hop(str(hop))


@question("/diff", answers.Diff, writers={formats.CSV: judging.changes_csv})
def diff(
    library: Asked,
    from_: Annotated[Day, Query(alias="from", description="The earlier day", examples=["2021-01-01"])],
    to: Annotated[Day, Query(description="The later day", examples=["2024-03-21"])],
    level: Annotated[str | None, Query(description=words(Level))] = None,
    jurisdiction: Place = None,
    stage: Stages = [],  # noqa: B006
    bases: Annotated[bool, Query(description="Also cells whose verdict stayed and whose bases did not")] = False,
) -> answers.Diff:
    """The cells whose rule changed between two days, and the documents that changed each."""
    return library.diff(from_, to, level=level, jurisdiction=jurisdiction, stages=stage, bases=bases)


@question("/timeline/{thing}", answers.Timeline, writers={formats.CSV: judging.timeline_csv})
def timeline(
    library: Asked,
    thing: Annotated[str, Path(description="A jurisdiction or a stage", examples=["520000"])],
    stage: Stages = [],  # noqa: B006
    level: Annotated[str | None, Query(description=words(Level))] = None,
    jurisdiction: Place = None,
    as_of: AsOf = None,
) -> answers.Timeline:
    """A jurisdiction's stages, or a stage in all jurisdictions, over time, with the documents at each change."""
    return library.timeline(thing, stages=stage, level=level, jurisdiction=jurisdiction, as_of=as_of)


@question("/calendar", answers.Calendar, writers={formats.CSV: judging.calendar_csv})
def calendar(
    library: Asked,
    months: Annotated[int, Query(ge=1, le=MAX_MONTHS, description="How far to look")] = 12,
    jurisdiction: Place = None,
    stage: Stages = [],  # noqa: B006
    as_of: AsOf = None,
) -> answers.Calendar:
    """What takes effect, lapses, ends its trial or is superseded in the next months."""
    return library.calendar(months=months, jurisdiction=jurisdiction, stages=stage, as_of=as_of)


@question("/what-if", answers.WhatIf, writers={formats.CSV: judging.changes_csv})
def what_if(
    library: Asked,
    repeal: Annotated[list[str], Query(description="Documents in force", examples=[["REG057"]])] = [],  # noqa: B006
    enact: Annotated[list[str], Query(description="STAGE@JURISDICTION", examples=[["processing@130000"]])] = [],  # noqa: B006
    as_of: AsOf = None,
    level: Annotated[str | None, Query(description=words(Level))] = None,
    jurisdiction: Place = None,
) -> answers.WhatIf:
    """What would change if documents were repealed or made; the graph isn't changed."""
    return library.what_if(repeal=repeal, enact=enact, as_of=as_of, level=level, jurisdiction=jurisdiction)


@question("/compare", answers.Comparison, writers={formats.CSV: judging.comparison_csv})
def compare(
    library: Asked,
    jurisdiction: Annotated[list[str], Query(description="Codes or names", examples=[["520000", "330000"]])],
    stage: Stages = [],  # noqa: B006
    peers: Annotated[bool, Query(description="Rank all divisions of the first one's level")] = False,
    as_of: AsOf = None,
) -> answers.Comparison:
    """Jurisdictions side by side: cells, gaps, points, and their rank among their peers."""
    return library.compare(*jurisdiction, stages=stage, peers=peers, as_of=as_of)


@question("/scorecard/{agency:path}", answers.Scorecard, writers={formats.CSV: judging.scorecard_csv})
def scorecard(
    library: Asked,
    agency: Annotated[str, Path(description="Id, alias or name of an agency")],
    as_of: AsOf = None,
) -> answers.Scorecard:
    """How an agency's data and duties stand: its resources by stage, what is overdue, its gaps."""
    return library.scorecard(agency, as_of=as_of)


# --- tracing ----------------------------------------------------------------------------------------------------

Hops = Annotated[Day | None, Query(description="Only hops that may hold on that day; all where none is given")]
AssetId = Annotated[str, Path(description="Id, alias or name of an asset", examples=["DB001"])]
AssetOrAll = Annotated[
    str | None, Query(description="Id, alias or name of an asset; all where none is given", examples=["DB001"])
]
From = Annotated[
    str, Query(alias="from", min_length=1, description="Id, alias or name of an asset", examples=["DB001"])
]
To = Annotated[str, Query(min_length=1, description="Id, alias or name of what it leads to", examples=["DB001"])]


@question("/audit", answers.Audit, writers={formats.CSV: tracing.audit_csv})
def audit(
    library: Asked,
    jurisdiction: Place = None,
    stage: Stages = [],  # noqa: B006
    agency: Annotated[str | None, Query(description="Only hops of what it provides; id, alias or name")] = None,
    as_of: Hops = None,
    limit: Limit = DEFAULT_HOPS,
    cursor: Cursor = None,
) -> answers.Audit:
    """What was practised without a rule then in force, and how many hops have which verdict."""
    return library.audit(
        jurisdiction=jurisdiction, stages=stage, agency=agency, as_of=as_of, limit=limit, cursor=cursor
    )


@question("/restriction", answers.Restriction, writers={formats.CSV: tracing.restriction_csv})
def restriction(
    library: Asked,
    id: AssetOrAll = None,
    stage: Stages = [],  # noqa: B006
    as_of: Hops = None,
    limit: Limit = DEFAULT_EXAMINED,
    cursor: Cursor = None,
) -> answers.Restriction:
    """What is open although something upstream is not, and items whose restriction loosened on the way."""
    return library.restriction(id, stages=stage, as_of=as_of, limit=limit, cursor=cursor)


@question("/impact/{id:path}", answers.Impact, writers={formats.CSV: tracing.impact_csv})
def impact(
    library: Asked,
    id: Annotated[str, Path(description="An asset, agency, platform or regulation", examples=["DB001"])],
    stage: Stages = [],  # noqa: B006
    as_of: Hops = None,
) -> answers.Impact:
    """How much depends on an asset, a database, an agency, a platform or a regulation."""
    return library.impact(id, stages=stage, as_of=as_of)


@question("/paths", answers.Paths, writers={formats.CSV: tracing.paths_csv})
def paths(
    library: Asked,
    from_: From,
    to: To,
    stage: Stages = [],  # noqa: B006
    as_of: Hops = None,
    limit: Limit = DEFAULT_PATHS,
) -> answers.Paths:
    """The shortest ways from an asset to an asset or a place."""
    return library.paths(from_, to, stages=stage, as_of=as_of, limit=limit)


@question("/ends/{id:path}", answers.Ends, writers={formats.CSV: tracing.ends_csv})
def ends(
    library: Asked,
    id: AssetId,
    stage: Stages = [],  # noqa: B006
    as_of: Hops = None,
    limit: Limit = DEFAULT_LIMIT,
) -> answers.Ends:
    """Where the lineage of an asset begins (roots) and where it ends (leaves)."""
    return library.ends(id, stages=stage, as_of=as_of, limit=limit)


@question("/bottlenecks/{id:path}", answers.Bottlenecks, writers={formats.CSV: tracing.bottlenecks_csv})
def bottlenecks(
    library: Asked,
    id: AssetId,
    stage: Stages = [],  # noqa: B006
    as_of: Hops = None,
    limit: Limit = DEFAULT_LIMIT,
) -> answers.Bottlenecks:
    """Upstream of an asset: what other nodes can't do without, single points of failure first."""
    return library.bottlenecks(id, stages=stage, as_of=as_of, limit=limit)


@question("/cycles", answers.Cycles, writers={formats.CSV: tracing.cycles_csv})
def cycles(
    library: Asked,
    id: AssetOrAll = None,
    stage: Stages = [],  # noqa: B006
    as_of: Hops = None,
    limit: Limit = DEFAULT_CYCLES,
    cursor: Cursor = None,
) -> answers.Cycles:
    """Cycles in the record, or in the lineage of one asset, and the edges that close them."""
    return library.cycles(id, stages=stage, as_of=as_of, limit=limit, cursor=cursor)


@question("/hop", answers.Hop, writers={formats.CSV: tracing.hop_csv})
def hop(
    library: Asked,
    from_: From,
    to: To,
    stage: Stages = [],  # noqa: B006
    as_of: Hops = None,
) -> answers.Hop:
    """Which information items of one asset went into which of another."""
    return library.hop(from_, to, stages=stage, as_of=as_of)


@question("/same-items", answers.SameItems, writers={formats.CSV: tracing.same_items_csv})
def same_items(
    library: Asked, jurisdiction: Place = None, limit: Limit = DEFAULT_SAME, cursor: Cursor = None
) -> answers.SameItems:
    """Items that several providers keep (一数一源)."""
    return library.same_items(jurisdiction=jurisdiction, limit=limit, cursor=cursor)
