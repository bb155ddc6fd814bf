"""The questions over the record over HTTP: unruled hops, what depends on a thing, paths, cycles, same items."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query

from govgraph import answers
from govgraph.api import formats
from govgraph.api.routes import Asked, Cursor, Day, Limit, Place, Stages, questions
from govgraph.model import DEFAULT_LIMIT
from govgraph.tables import tracing
from govgraph.tracing.audit import DEFAULT_HOPS
from govgraph.tracing.items import DEFAULT_SAME
from govgraph.tracing.restriction import DEFAULT_EXAMINED
from govgraph.tracing.routes import DEFAULT_CYCLES, DEFAULT_PATHS

router, question = questions()

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
