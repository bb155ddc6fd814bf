"""The questions of judgement over HTTP: gaps and why they are, two days, what if, side by side."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Path, Query, Request

from govgraph import answers
from govgraph.api import formats
from govgraph.api.routes import Asked, AsOf, Cursor, Day, Limit, Place, Stages, questions, words
from govgraph.api.service import asked
from govgraph.errors import UsageError
from govgraph.gaps import DEFAULT_GAPS, GAP_KINDS, changed
from govgraph.model import Level
from govgraph.tables import judging
from govgraph.timeline import MAX_MONTHS

router, question = questions()


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
