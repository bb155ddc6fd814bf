"""What a person settles where sources are wrong or disagree."""

from __future__ import annotations

import click

from govgraph.commands.base import Context, answering, pass_context, say
from govgraph.errors import UsageError


@click.command()
@click.argument("thing")
@click.argument("fields", nargs=-1, metavar="[FIELD=VALUE]...")
@click.option("--by", required=True, metavar="NAME", help="Who says so")
@click.option("--reason", required=True, metavar="TEXT", help="Why")
@click.option("--withdraw", multiple=True, metavar="FIELD", help="Let the sources' word stand again; may be repeated")
@click.option("--kind", metavar="KIND", help="Of what kind the thing is, where its name isn't enough")
@answering
@pass_context
def correct(
    context: Context,
    thing: str,
    fields: tuple[str, ...],
    by: str,
    reason: str,
    withdraw: tuple[str, ...],
    kind: str | None,
) -> None:
    """Correct fields of a thing: what a person says stands, whatever the sources say or will say.

    FIELD= with nothing says that there is no value. It is a run: govgraph runs undo N takes it back.

    \b
    govgraph correct AGY004 level=省级 --by 王敏 --reason "三定方案第二条"
    govgraph correct REG030 doc_number= --by 王敏 --reason "查无此文号"
    govgraph correct AGY004 --withdraw level --by 王敏 --reason "来源已改正"
    """
    given: dict[str, object] = {}
    for text in fields:
        field, sign, value = text.partition("=")
        if not sign:
            raise UsageError(f"{text!r}: write FIELD=VALUE; FIELD= with nothing says that there is no value")
        if field in given:
            raise UsageError(f"{field} is given twice; write one value")
        given[field] = value
    with context.open(write=True) as library:
        report = library.correct(thing, given, by=by, reason=reason, withdraw=withdraw, kind=kind)
    from govgraph import render

    say(context, report, render.settled)


@click.command()
@click.argument("keep")
@click.argument("other")
@click.option("--by", required=True, metavar="NAME", help="Who says so")
@click.option("--reason", required=True, metavar="TEXT", help="Why")
@click.option("--kind", metavar="KIND", help="Of what kind both are, where their names aren't enough")
@answering
@pass_context
def merge(context: Context, keep: str, other: str, by: str, reason: str, kind: str | None) -> None:
    """Merge OTHER into KEEP: two ids of one agency, catalogue or theme are one from then on.

    What is said of OTHER, and will be, is said of KEEP, whose own word comes first; all edges of OTHER are KEEP's, and its
    id is another word for KEEP. It is a run: govgraph runs undo N takes it back.

    \b
    govgraph merge AGY004 AGY017 --by 王敏 --reason "机构改革前后同一机构"
    """
    with context.open(write=True) as library:
        report = library.merge(keep, other, by=by, reason=reason, kind=kind)
    from govgraph import render

    say(context, report, render.settled)
