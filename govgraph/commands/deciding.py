"""What is decided about gaps: accepted, assigned, taken back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from govgraph.commands.base import EXIT_FINDINGS, Context, Day, answering, as_of_option, pass_context, say
from govgraph.settings import login

if TYPE_CHECKING:
    from datetime import date

by_option = click.option("--by", metavar="NAME", help="Who decides [the login name]")
reason_option = click.option("--reason", metavar="TEXT", help="Why")
ids_argument = click.argument("ids", nargs=-1, required=True, metavar="ID...")


def _shared(command: Callable[..., Any]) -> Callable[..., Any]:
    return ids_argument(by_option(reason_option(as_of_option(answering(pass_context(command))))))


def _decide(context: Context, treatment: str | None, ids: tuple[str, ...], by: str | None, **options: Any) -> None:
    from govgraph import render

    with context.open(write=True) as library:
        report = library.decide(treatment, ids, by=by or login(), **options)
    say(context, report, render.load)
    if report.rejected:
        raise click.exceptions.Exit(EXIT_FINDINGS)


@click.command()
@_shared
@click.option("--until", type=Day(), metavar="DAY", help="Last day on which it is accepted [no end]")
def accept(context: Context, ids: tuple[str, ...], by: str | None, until: date | None, **options: Any) -> None:
    """Accept gaps as they are: gaps, check and report leave them out, until the day given.

    \b
    govgraph gaps accept no_rule:130000:processing --reason 已列入2025年立法计划 --until 2099-12-31
    """
    _decide(context, "accepted", ids, by, until=until, **options)


@click.command()
@_shared
@click.option("--to", "assignee", required=True, metavar="NAME", help="Who is to close it")
@click.option("--until", type=Day(), metavar="DAY", help="Day on which it is due")
def assign(context: Context, ids: tuple[str, ...], by: str | None, **options: Any) -> None:
    """Assign gaps to a person or a body.

    \b
    govgraph gaps assign no_rule:130000:processing --to 河北省数据和政务服务局 --until 2099-06-30
    """
    _decide(context, "assigned", ids, by, **options)


@click.command()
@_shared
def withdraw(context: Context, ids: tuple[str, ...], by: str | None, **options: Any) -> None:
    """Take back what was decided about gaps.

    \b
    govgraph gaps withdraw no_rule:130000:processing --reason 立法计划已取消
    """
    _decide(context, None, ids, by, **options)
