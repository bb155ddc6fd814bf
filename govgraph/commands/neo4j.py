"""A private Neo4j of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from govgraph.commands.base import (
    Context,
    answering,
    dumps,
    pass_context,
)

if TYPE_CHECKING:
    from govgraph.server import Status

DEFAULT_HOME = "govgraph-neo4j"
"""A folder in the current one, for the server of one's own."""


@click.group()
def neo4j() -> None:
    """A private Neo4j beside a project: for trying, development and tests, not for production.

    \b
    pip install 'govgraph[server]'
    govgraph neo4j start
    govgraph neo4j status --json
    govgraph neo4j stop
    """


_home = click.option(
    "--home", type=click.Path(), metavar="DIR", help=f"Folder with all that is the server's [{DEFAULT_HOME}]"
)


@neo4j.command()
@_home
@click.option("--version", metavar="V", help="Of the server [as before, or the long-term one]")
@click.option("--port", type=int, metavar="N", help="On the loopback address [as before, or a free one]")
@click.option("--heap-mb", type=int, default=512, show_default=True, help="Memory for Java")
@click.option("--page-cache-mb", type=int, default=256, show_default=True, help="Memory for the graph's pages")
@answering
@pass_context
def start(context: Context, /, home: str | None, **options: Any) -> None:
    """Start it and say its URL; fetch it first, where it was never started on this machine.

    \b
    govgraph neo4j start
    govgraph neo4j start --home ../try --page-cache-mb 1024
    """

    from govgraph import server

    status = server.start(Path(home or DEFAULT_HOME), tell=lambda words: click.echo(words, err=True), **options)
    _say_server(context, status)


@neo4j.command()
@_home
@answering
@pass_context
def stop(context: Context, home: str | None) -> None:
    """Stop it; what it holds is kept.

    \b
    govgraph neo4j stop
    """

    from govgraph import server

    _say_server(context, server.stop(Path(home or DEFAULT_HOME)))


@neo4j.command()
@_home
@answering
@pass_context
def status(context: Context, home: str | None) -> None:
    """Whether it runs, and at which URL.

    \b
    govgraph neo4j status --json
    """

    from govgraph import server

    _say_server(context, server.status(Path(home or DEFAULT_HOME)))


def _say_server(context: Context, status: Status) -> None:
    if context.as_json:
        click.echo(dumps(status.as_dict(), indent=2))
        return
    from govgraph import render

    render.server(status, context.lang)
