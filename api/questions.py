"""The questions over HTTP. One function is one route: its parameters are the query's, its answer the library's."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.routing import APIRoute
from pydantic import BaseModel, BeforeValidator
from starlette.responses import Response

from govgraph import answers, describe, render
from govgraph import library as library_
from govgraph.api import examples, formats
from govgraph.api.problems import FieldProblem, RefusedError, documented
from govgraph.api.service import SHORTEST, Ask, asked
from govgraph.errors import UsageError
from govgraph.gaps import DEFAULT_GAPS, GAP_KINDS
from govgraph.library import Library
from govgraph.lineage import to_mermaid
from govgraph.model import DEFAULT_LIMIT, NODES, Evidence, Level, Rank, Stage
from govgraph.terms import Term

Writer = Callable[[Any], str]
MOST = 10_000
"""Things that one answer holds at the most; a cursor goes on from there."""
NARROWING = ("jurisdiction", "level", "stage", "kind", "severity", "depth", "limit", "text", "as_of")
"""Parameters that make a question smaller."""
COMMON: list[dict[str, Any]] = [
    {
        "name": "format",
        "in": "query",
        "description": "Form of the answer, where `Accept` can't be set",
        "schema": {"type": "string", "enum": [f for f in formats.MEDIA_TYPES if f != formats.EVENTS]},
    },
    {
        "name": "deadline",
        "in": "query",
        "description": "Seconds that the question may take; `X-Deadline` says the same. What is more than the server allows is cut to that",
        "schema": {"type": "number", "minimum": SHORTEST},
    },
]
_COMMON_NAMES = frozenset(p["name"] for p in COMMON)
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
    wrong = []
    for name in dict.fromkeys(request.query_params):
        if name not in known and name not in _COMMON_NAMES:
            told = ", ".join(sorted({*known, *_COMMON_NAMES}))
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
    example: BaseModel | None = None,
    writers: Mapping[str, Writer] | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make a function the route of a question.

    Args:
        model: what it answers.
        example: an answer, for the OpenAPI document.
        writers: further formats, and what writes the answer in each.
    """
    writing = dict(writers or {})

    def add(work: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(work)
        async def endpoint(library: Any, **options: Any) -> Response:
            ask: Ask = library
            write = writer(ask, writing)
            found = await ask.run(lambda opened: write(work(opened, **options)))
            return Response(found, media_type=formats.MEDIA_TYPES[ask.format], headers=named(ask.format, work.__name__))

        doc = (work.__doc__ or "").strip()
        content: dict[str, Any] = {
            formats.MEDIA_TYPES[f].split(";")[0]: {"schema": {"type": "string"}} for f in writing
        }
        if example is not None:
            content["application/json"] = {"example": example.model_dump(mode="json", by_alias=True)}
        router.get(
            PREFIX + path,
            operation_id=work.__name__,
            summary=doc.partition("\n")[0],
            description=doc,
            tags=["questions"],
            response_model=None,
            responses={200: {"model": model, "content": content}, **documented()},
            openapi_extra={"parameters": COMMON},
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
    return lambda answer: write(answer).encode()


def named(format_: str, name: str) -> dict[str, str]:
    """A file's name for what a browser should keep as a file."""
    if format_ not in (formats.CSV, formats.NDJSON):
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


@question("/stages", answers.StageList, examples.STAGES)
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


@question("/coverage", answers.Coverage, examples.COVERAGE, {formats.CSV: render.coverage_csv})
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


@question("/explain/{jurisdiction}/{stage}", answers.Explanation, examples.EXPLANATION)
def explain(
    library: Asked,
    jurisdiction: Annotated[str, Path(description="Code or name", examples=["520000"])],
    stage: Annotated[str, Path(description=words(Stage), examples=["opening"])],
    as_of: AsOf = None,
) -> answers.Explanation:
    """Why a cell has its verdicts: bases, path, and what was considered and not accepted."""
    return library.explain(jurisdiction, stage, as_of=as_of)


@question("/gaps", answers.Gaps, examples.GAPS)
def gaps(
    library: Asked,
    kind: Annotated[list[str], Query(description="Kinds of gap: " + ", ".join(GAP_KINDS), examples=[["no_rule"]])] = [],  # noqa: B006
    stage: Stages = [],  # noqa: B006
    jurisdiction: Place = None,
    severity: Annotated[Literal["high", "medium", "low"] | None, Query(description="How bad")] = None,
    as_of: AsOf = None,
    limit: Limit = DEFAULT_GAPS,
    cursor: Cursor = None,
) -> answers.Gaps:
    """What is missing, worst first."""
    return library.gaps(
        kinds=kind, stages=stage, jurisdiction=jurisdiction, severity=severity, as_of=as_of, limit=limit, cursor=cursor
    )


@question("/lineage/{id:path}", answers.Lineage, examples.LINEAGE, {formats.MERMAID: to_mermaid})
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


@question("/find", answers.FoundList, examples.FOUND)
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


@question("/show/{id:path}", answers.Shown, examples.SHOWN)
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
