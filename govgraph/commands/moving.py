"""A graph from one place to another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from govgraph.commands.base import (
    Context,
    answering,
    pass_context,
    progress_of,
    say,
)

if TYPE_CHECKING:
    pass


@click.command()
@click.argument("from_url", metavar="FROM_URL")
@click.argument("to_url", metavar="TO_URL")
@answering
@pass_context
def copy(context: Context, from_url: str, to_url: str) -> None:
    """Carry a whole graph into an empty one, on any engine; counts and checksums are compared at the end.

    \b
    govgraph copy govgraph.lbug neo4j://localhost
    """
    from govgraph import graph, render, transfer

    with (
        progress_of("nodes and edges") as progress,
        graph.open(from_url, read_only=True) as source,
        graph.open(to_url) as target,
    ):
        answer = transfer.copy(source, target, progress=progress)
    say(context, answer, render.moved)


@click.command()
@click.argument("what", type=click.Choice(["neo4j-import"]))
@click.argument("folder", metavar="DIR", type=click.Path())
@answering
@pass_context
def export(context: Context, what: str, folder: str) -> None:
    """Write the graph as files for Neo4j's offline import, with the command for it: the fastest first load.

    \b
    govgraph export neo4j-import graph-files
    """

    from govgraph import render, transfer

    with progress_of("nodes and edges") as progress, context.open() as library:
        answer = transfer.export_neo4j(library.graph, Path(folder), progress=progress)
    say(context, answer, render.moved)
