"""Decisions about gaps over HTTP: written in turn among the loads."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from govgraph import deciding
from govgraph.api.loads import Deciding
from govgraph.api.routes import Day
from govgraph.api.sending import Asked, queue, queued
from govgraph.api.service import Ask
from govgraph.model import Treatment

router = APIRouter()
Text = Annotated[str, Field(max_length=2_000)]


class Decided(BaseModel):
    """Gaps, and who decides about them why."""

    model_config = ConfigDict(extra="forbid")

    gaps: list[Text] = Field(
        min_length=1,
        max_length=deciding.MOST,
        description="Their ids, as `/v1/gaps` gives them",
        examples=[["no_rule:130000:processing"]],
    )
    by: Text | None = Field(None, description="Who decides, where that is not the key's name", examples=["张三"])
    reason: Text | None = Field(None, description="Why", examples=["已列入2025年立法计划"])
    as_of: Day | None = Field(None, description="Legal date on which they are gaps; today where none is given")


class Acceptance(Decided):
    """Gaps to accept as they are."""

    reason: Text = Field(description="Why", examples=["已列入2025年立法计划"])
    until: Day | None = Field(None, description="Last day on which they are accepted", examples=["2099-12-31"])


class Assignment(Decided):
    """Gaps to assign."""

    assignee: Text = Field(description="Who is to close them", examples=["河北省数据和政务服务局"])
    until: Day | None = Field(None, description="Day on which that is due", examples=["2099-06-30"])


async def _decide(ask: Ask, treatment: Treatment | None, body: Decided) -> Response:
    ask.caller.needs("write")
    values = body.model_dump(exclude_unset=True, exclude_none=True)
    made = Deciding(treatment=treatment.value if treatment else None, **{"by": ask.caller.name, **values})
    # What can be refused is refused at once; it is looked at once more when its turn has come.
    await ask.run(lambda library: deciding.planned(library.graph, **dict(made)))
    noted = {"treatment": made.treatment, "gaps": len(made.gaps)}
    return await queue(ask, "decide", noted, what="decision", decides=made)


@queued(router, "/gaps/accept", "accept_gaps", "Accept gaps as they are, until a day", 409, 415)
async def accept(ask: Asked, body: Acceptance) -> Response:
    """Questions about gaps, checks and reports leave them out from then on, and say how many."""
    return await _decide(ask, Treatment.ACCEPTED, body)


@queued(router, "/gaps/assign", "assign_gaps", "Assign gaps to somebody", 409, 415)
async def assign(ask: Asked, body: Assignment) -> Response:
    """`/v1/gaps?assigned_to=` lists them."""
    return await _decide(ask, Treatment.ASSIGNED, body)


@queued(router, "/gaps/withdraw", "withdraw_gaps", "Take back what was decided about gaps", 409, 415)
async def withdraw(ask: Asked, body: Decided) -> Response:
    """Both what was accepted and what was assigned."""
    return await _decide(ask, None, body)
