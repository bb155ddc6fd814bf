"""Keeping a graph: made again from its journal, backed up, restored."""

from __future__ import annotations

from pathlib import Path

import click

from govgraph.commands.base import Context, answering, pass_context, progress_of, say


@click.command()
@click.option("--journal", type=click.Path(), metavar="DIR", help="Which journal [the graph's own]")
@answering
@pass_context
def rebuild(context: Context, journal: str | None) -> None:
    """Make the graph again from its journal: after an upgrade of the engine, or when its file is lost or damaged.

    \b
    govgraph rebuild
    GOVGRAPH_JOURNAL=journal govgraph --graph neo4j://localhost rebuild
    """
    from govgraph import rebuild as making
    from govgraph import render

    with progress_of("transactions") as progress:
        answer = making.rebuild(context.graph, Path(journal) if journal else None, progress=progress)
    say(context, answer, render.rebuilt)


@click.command()
@click.argument("target", metavar="DIR|FILE.tar", type=click.Path())
@answering
@pass_context
def backup(context: Context, target: str) -> None:
    """Write all that is needed to have the graph again; questions and loads may go on.

    \b
    govgraph backup /backup/govgraph-2026-11-25.tar
    """
    from govgraph import rebuild as making
    from govgraph import render

    with context.open() as library:
        answer = making.backup(library.graph, Path(target))
    say(context, answer, render.backed_up)


@click.command()
@click.argument("source", metavar="DIR|FILE.tar", type=click.Path())
@answering
@pass_context
def restore(context: Context, source: str) -> None:
    """Make a graph from a backup, on any engine, where there is none yet.

    \b
    govgraph restore /backup/govgraph-2026-11-25.tar
    govgraph --graph restored.lbug restore /backup/govgraph-2026-11-25.tar
    """
    from govgraph import rebuild as making
    from govgraph import render

    with progress_of("transactions") as progress:
        answer = making.restore(context.graph, Path(source), progress=progress)
    say(context, answer, render.rebuilt)
