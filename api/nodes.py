"""The nodes over HTTP: for each kind of the model a list, and one by its id."""

# The parameters of a list are made from the model, so annotations are values here, not text.

from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field, create_model
from starlette.responses import Response, StreamingResponse

from govgraph import answers, describe, listing, render
from govgraph.api import formats
from govgraph.api.problems import RefusedError, documented
from govgraph.api.routes import ASKING, MOST, PREFIX, link_to, named, strict, words, writer
from govgraph.api.service import SHORTEST, Ask, asked
from govgraph.model import NODES, Column, Node, links

_OWN = ("jurisdiction", "text", "sort", "limit", "cursor", "format", "deadline", "known_at")
_PYTHON: dict[str, Any] = {"str": str, "int": int, "float": float, "bool": bool, "strings": list[str], "date": str}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


_PAGE = 2_000
"""Nodes that a streamed list reads at once: what it holds in memory."""


def _column_type(column: Column) -> Any:
    if column.term:
        return Literal[tuple(m.value for m in column.term)]
    return _PYTHON[column.type]


def _label(column: Column) -> str:
    told = f"{column.zh}: {column.en}"
    return f"{told}. {words(column.term)}" if column.term else told


def _own_columns(model: type[Node]) -> list[Column]:
    return [c for c in model.columns() if c.name not in ("id", "name", "aliases")]


def _model(called: str, fields: dict[str, Any], base: type[BaseModel] = BaseModel) -> type[BaseModel]:
    """A model whose fields are known only now."""
    made: type[BaseModel] = create_model(called, __base__=base, **fields)
    return made


def item_model(model: type[Node]) -> type[BaseModel]:
    """What one node of a kind looks like in a list."""
    columns = {c.name: (_column_type(c) | None, Field(None, description=_label(c))) for c in _own_columns(model)}
    return _model(
        f"{model.kind()}Node",
        {
            "id": (str, ...),
            "kind": (Literal[model.kind()], ...),
            "name": (str, ...),
            "aliases": (list[str], ...),
            "properties": (_model(f"{model.kind()}Properties", columns), ...),
        },
    )


def list_model(model: type[Node]) -> type[BaseModel]:
    """What a list of a kind looks like."""
    item: Any = item_model(model)
    return _model(f"{model.kind()}List", {"kind": (str, ...), "items": (list[item], ...)}, answers.Envelope)


def parameters(model: type[Node]) -> type[BaseModel]:
    """The query of a list: its kind's fields, and what every list has."""
    fields: dict[str, Any] = {}
    for column in _own_columns(model):
        if column.type != "strings" and column.name not in _OWN:
            # Words in any language: the library reads them, and says what it takes.
            kind = str if column.term or column.type == "date" else _PYTHON[column.type]
            fields[column.name] = (kind | None, Field(None, description=_label(column)))
    for name, link in links(model).items():
        if name not in _OWN:
            told = f"{describe.label(model, name)}; id, alias or name of what it leads to ({link.type})"
            fields[name] = (str | None, Field(None, description=told))
    fields |= {
        "jurisdiction": (str | None, Field(None, description="In this jurisdiction or below; code or name")),
        "text": (str | None, Field(None, min_length=1, max_length=200, description="Part of an id, name or alias")),
        "sort": (str, Field("id", description="A property; `-` before it: descending")),
        "limit": (int, Field(listing.DEFAULT_LISTED, ge=1, le=MOST, description="At most so many in this answer")),
        "cursor": (str | None, Field(None, description="`next` of the answer before: goes on from there")),
        "format": (
            Literal["json", "csv", "ndjson"] | None,
            Field(None, description="Form of the answer, where `Accept` can't be set"),
        ),
        "known_at": (str | None, Field(None, description="As the graph knew it after a run, or at the end of a day")),
        "deadline": (float | None, Field(None, ge=SHORTEST, description="Seconds that the question may take")),
    }
    return _model(f"{model.kind()}Query", fields, _Strict)


def _add(router: APIRouter, model: type[Node]) -> None:
    """The two routes of a kind."""
    kind, plural = model.kind(), model.plural
    asking: Any = Annotated[parameters(model), Query()]

    async def every(request: Request, query: asking) -> Response:
        ask = asked(request)
        given = query.model_dump(exclude={"format", "deadline", "known_at"}, exclude_none=True)
        own = {n: given.pop(n) for n in ("jurisdiction", "text", "sort") if n in given}
        limit, cursor = given.pop("limit"), given.pop("cursor", None)
        own["filters"] = {n: _text(v) for n, v in given.items()}
        if ask.format in (formats.CSV, formats.NDJSON):
            if cursor or "limit" in request.query_params:
                raise RefusedError(
                    "bad_value", "a streamed list holds everything that matches: leave out limit and cursor"
                )
            return await _streamed(ask, kind, plural, own)
        write = writer(ask, {})
        body = await ask.run(lambda library: write(library.list(kind, **own, limit=limit, cursor=cursor)))
        return Response(body, media_type=formats.MEDIA_TYPES[formats.JSON])

    async def one(
        ask: Annotated[Ask, Depends(strict)],
        id: Annotated[str, Path(description="Id, alias or name")],
    ) -> Response:
        write = writer(ask, {})
        body = await ask.run(lambda library: write(library.show(id, kind=kind)))
        return Response(body, media_type=formats.MEDIA_TYPES[formats.JSON])

    text = {"schema": {"type": "string"}}
    router.get(
        f"{PREFIX}/{plural}",
        operation_id=f"list_{plural}",
        summary=f"{model.zh}: {plural}",
        description=f"{(model.__doc__ or '').strip()}\n\nAs `text/csv` or `application/x-ndjson` everything that matches is streamed.",
        tags=["nodes"],
        response_model=None,
        responses={
            200: {
                "model": list_model(model),
                "content": {"text/csv": text, "application/x-ndjson": text},
                "links": link_to(f"show_{model.__name__.lower()}", "$response.body#/items/0/id"),
            },
            **documented(),
        },
    )(every)
    router.get(
        f"{PREFIX}/{plural}/{{id:path}}",
        operation_id=f"show_{model.__name__.lower()}",
        summary=f"{model.zh}: one {model.en}, with its statements and edges",
        tags=["nodes"],
        response_model=None,
        responses={
            200: {
                "model": answers.Shown,
            },
            **documented(),
        },
        openapi_extra={"parameters": ASKING},
    )(one)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


# --- streams ----------------------------------------------------------------------------------------------------


async def _streamed(ask: Ask, kind: str, plural: str, options: dict[str, Any]) -> Response:
    """Everything that matches, page by page: a page is read when the client has taken the one before."""
    asking = ask.open()
    pages: Iterator[str] | None = None

    def following() -> str | None:
        nonlocal pages
        if pages is None:
            pages = _pages(listing.pages(ask.limited(asking), kind, size=_PAGE, **options), kind, ask.format)
        asking.extend()
        return next(pages, None)

    async def bodies(first: str | None) -> AsyncIterator[str]:
        text = first
        try:
            while text is not None:
                yield text
                text = await ask.stoppable(following)
        finally:
            asking.close()

    try:
        # The first page before the status: what is wrong with the question is a problem, not a broken stream.
        first = await ask.stoppable(following)
    except BaseException:
        asking.close()
        raise
    return StreamingResponse(
        bodies(first),
        media_type=formats.MEDIA_TYPES[ask.format],
        headers={"Cache-Control": "no-store", **named(ask.format, plural)},
    )


def _pages(pages: Iterator[list[answers.ListedNode]], kind: str, format_: str) -> Iterator[str]:
    if format_ == formats.NDJSON:
        for page in pages:
            yield "".join(node.model_dump_json() + "\n" for node in page)
        return
    # Spreadsheets take the mark as the sign of UTF-8.
    yield "\ufeff" + render.listing_csv(kind, ())
    for page in pages:
        yield render.listing_csv(kind, page, header=False)


def routes() -> APIRouter:
    """A list and one node by its id, for every kind."""
    router = APIRouter()
    for model in NODES.values():
        _add(router, model)
    return router
