"""The questions of what there is: the model, coverage, lineage, things and their statements, runs."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Path, Query

from govgraph import answers, describe, render
from govgraph.api import formats
from govgraph.api.routes import MOST, Asked, AsOf, Cursor, Day, Kinds, Limit, Place, Stages, questions, words
from govgraph.lineage import to_mermaid
from govgraph.model import DEFAULT_LIMIT, NODES, Evidence, Level, Rank, Stage
from govgraph.tables import judging
from govgraph.tracing.drawing import to_dot, to_graphml

router, question = questions()


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
