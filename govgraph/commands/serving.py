"""The REST API and its keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from govgraph.commands.base import (
    Context,
    Day,
    answering,
    dumps,
    pass_context,
)

if TYPE_CHECKING:
    from datetime import date

    from govgraph.keys import Keys, Scope


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0: a free one")
@click.option(
    "--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes; more than one on Neo4j"
)
@click.option(
    "--open", "everybody", is_flag=True, help="Serve other machines although there are no keys [GOVGRAPH_OPEN]"
)
@pass_context
def serve(context: Context, host: str, port: int, workers: int, everybody: bool) -> None:
    """Serve the REST API; without keys only to this machine. /docs tells its routes.

    \b
    govgraph serve
    govgraph keys create dashboard && govgraph serve --host 0.0.0.0
    """
    from govgraph.api import serving

    serving.serve(context.graph, host=host, port=port, workers=workers, everybody=everybody)


@click.group()
def keys() -> None:
    """Keys of the REST API: who may read, write, administer; of what.

    \b
    govgraph keys create dashboard
    govgraph keys create guizhou --scope write --jurisdiction 520000
    govgraph keys list
    govgraph keys revoke dashboard
    """


def _keys(context: Context) -> Keys:
    from govgraph.keys import Keys
    from govgraph.settings import serving

    return Keys(serving(context.graph).keys)


@keys.command("create")
@click.argument("name")
@click.option(
    "--scope",
    type=click.Choice(["read", "write", "admin"]),
    default="read",
    show_default=True,
    help="Each includes those before",
)
@click.option("--jurisdiction", metavar="PLACE", help="See and write only it and what is below [everything]")
@click.option("--rate", type=float, metavar="N", help="Requests a second [GOVGRAPH_RATE]")
@click.option("--expires", type=Day(), metavar="DAY", help="The last day on which it is good [never]")
@answering
@pass_context
def create_key(
    context: Context, name: str, scope: Scope, jurisdiction: str | None, rate: float | None, expires: date | None
) -> None:
    """Make a key and show it, once: only its hash is kept.

    \b
    govgraph keys create guizhou --scope write --jurisdiction 520000
    """
    if jurisdiction:
        from govgraph import catalogue

        with context.open() as library:
            jurisdiction = catalogue.resolve(library.graph, jurisdiction, ("Jurisdiction",)).id
    made = _keys(context).make(name, (scope,), jurisdiction=jurisdiction, rate=rate, expires=expires)
    if context.as_json:
        click.echo(dumps({"key": made.text, **made.key.told()}, indent=2))
    else:
        click.echo(made.text)
        click.echo(f"The key {made.key.id} of {name}: keep it now, it is not shown again.", err=True)


@keys.command("list")
@answering
@pass_context
def list_keys(context: Context) -> None:
    """List the keys, also the revoked ones.

    \b
    govgraph keys list
    """
    every = _keys(context).every()
    if context.as_json:
        click.echo(dumps({"items": [k.told() for k in every]}, indent=2))
    else:
        from govgraph import render

        render.keys(every, context.lang)


@keys.command("revoke")
@click.argument("which", metavar="ID|NAME")
@answering
@pass_context
def revoke_key(context: Context, which: str) -> None:
    """Revoke a key; a running server refuses it from then on.

    \b
    govgraph keys revoke dashboard
    """
    key = _keys(context).revoke(which)
    if context.as_json:
        click.echo(dumps(key.told(), indent=2))
    else:
        click.echo(f"revoked {key.id} {key.name}")
