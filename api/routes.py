"""How a question becomes a route: one function, whose parameters are the query's and whose answer is the library's."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.routing import APIRoute
from pydantic import BaseModel, BeforeValidator
from starlette.responses import Response

from govgraph import library as library_
from govgraph.api import formats
from govgraph.api.problems import FieldProblem, RefusedError, documented
from govgraph.api.service import SHORTEST, Ask, asked
from govgraph.errors import UsageError
from govgraph.library import Library
from govgraph.model import Stage
from govgraph.terms import Term

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


def questions() -> tuple[APIRouter, Callable[..., Callable[[Callable[..., Any]], Callable[..., Any]]]]:
    """A group of questions: its routes, and what makes a function one of them (:func:`_question`)."""
    router = APIRouter()
    return router, functools.partial(_question, router)


def _question(
    router: APIRouter,
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
