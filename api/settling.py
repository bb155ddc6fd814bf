"""What a person settles, over HTTP: looked at at once, done when it is its turn among the loads."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi import Path as InPath
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from govgraph import merging
from govgraph.api.loads import Given, Merging, Settling
from govgraph.api.sending import Asked, queue, queued
from govgraph.catalogue import kind_of
from govgraph.corrections import planned
from govgraph.settling import MAX_NAME, MAX_REASON

router = APIRouter()
By = Annotated[str, Field(max_length=MAX_NAME, description="Who says so", examples=["王敏"])]
Reason = Annotated[str, Field(max_length=MAX_REASON, description="Why", examples=["三定方案第二条"])]


class Correction(BaseModel):
    """A person's word on fields of a thing."""

    model_config = ConfigDict(extra="forbid")

    fields: Annotated[
        dict[str, Given],
        Field(
            max_length=100,
            description="Values by field, or by its Chinese label; null or empty: there is none",
            examples=[{"level": "省级"}],
        ),
    ] = {}
    withdraw: Annotated[
        list[str], Field(max_length=100, description="Fields of which no correction is to stand any more")
    ] = []
    by: By
    reason: Reason


@queued(
    router,
    "/correct/{id}",
    "correct",
    "Have a person's word on fields of a thing stand, whatever the sources say; or withdraw it",
    409,
)
async def correct(
    ask: Asked,
    id: Annotated[str, InPath(max_length=500, description="Id, alias or name of the thing", examples=["AGY001"])],
    correction: Correction,
    kind: Annotated[
        str | None, Query(max_length=100, description="Of what kind the thing is", examples=["Agency"])
    ] = None,
) -> Response:
    """One writer at a time: it waits its turn among the loads. What can't be, or is so already, is refused at once."""
    ask.caller.needs("write")
    ask.caller.needs_everything("a correction")
    given = correction
    of_kind = kind_of(kind) if kind else None
    wish = await ask.run(
        lambda library: planned(
            library.graph,
            id,
            given.fields,
            by=given.by,
            reason=given.reason,
            withdraw=given.withdraw,
            kind=of_kind,
        )
    )
    settles = Settling(
        id=wish.about.id,
        kind=wish.about.kind,
        fields=given.fields,
        withdraw=given.withdraw,
        by=wish.why.by,
        reason=wish.why.reason,
    )
    return await queue(ask, "correct", {"about": wish.about.id}, what="correct", settles=settles)


class Merger(BaseModel):
    """A person's word that two things are one."""

    model_config = ConfigDict(extra="forbid")

    other: Annotated[
        str, Field(max_length=500, description="Id, alias or name of what becomes one with it", examples=["AGY002"])
    ]
    by: By
    reason: Reason


@queued(
    router,
    "/merge/{id}",
    "merge",
    "Have two ids of one thing be one, whatever later loads call it",
    409,
)
async def merge(
    ask: Asked,
    id: Annotated[str, InPath(max_length=500, description="Id, alias or name of what stays", examples=["AGY001"])],
    merger: Merger,
    kind: Annotated[str | None, Query(max_length=100, description="Of what kind both are", examples=["Agency"])] = None,
) -> Response:
    """One writer at a time: it waits its turn among the loads. What can't be, or is so already, is refused at once."""
    ask.caller.needs("write")
    ask.caller.needs_everything("a merge")
    of_kind = kind_of(kind) if kind else None
    wish = await ask.run(
        lambda library: merging.planned(
            library.graph, id, merger.other, by=merger.by, reason=merger.reason, kind=of_kind
        )
    )
    merges = Merging(
        keep=wish.keep.id, other=wish.other.id, kind=wish.keep.kind, by=wish.why.by, reason=wish.why.reason
    )
    return await queue(ask, "merge", {"about": wish.keep.id}, what="merge", merges=merges)
