"""The questions of tracing: over the whole record, and over what lies between things."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from govgraph.commands.base import Context, Day, asking, pass_context, say, stages_option

if TYPE_CHECKING:
    from govgraph import answers

_hops_option = click.option("--as-of", type=Day(), metavar="DAY", help="Only hops that may hold on that day [all]")
_cursor_option = click.option("--cursor", metavar="NEXT", help="Go on from an answer's next")
_csv_option = click.option("--csv", "as_csv", is_flag=True, help="Answer in CSV")


def _limit_option(default: int, what: str) -> Callable[..., Any]:
    return click.option("--limit", type=int, default=default, show_default=True, help=f"{what} to answer")


def _answer(context: Context, name: str, as_csv: bool, *arguments: Any, **options: Any) -> None:
    """Ask the library's question of that name; say the answer in the form that was asked for."""
    from govgraph.tables import tracing as tables

    with context.open() as library:
        answer: answers.Answer = getattr(library, name)(*arguments, **options)
    if as_csv and not context.as_json:
        click.echo(getattr(tables, f"{name}_csv")(answer), nl=False)
        return
    say(context, answer, getattr(tables, name))


@click.command()
@click.option("--jurisdiction", metavar="PLACE", help="Only hops whose provider is located in it or below")
@stages_option
@click.option("--agency", metavar="ID|NAME", help="Only hops of what it provides")
@_hops_option
@_limit_option(100, "Hops")
@_cursor_option
@_csv_option
@asking
@pass_context
def audit(context: Context, /, as_csv: bool, **options: Any) -> None:
    """What was practised without a rule then in force, and how many hops have which verdict.

    \b
    govgraph audit --jurisdiction 浙江 --stage 归集
    """
    _answer(context, "audit", as_csv, **options)


@click.command()
@click.argument("thing", metavar="[ID|NAME]", required=False)
@stages_option
@_hops_option
@click.option("--limit", type=int, default=100, show_default=True, help="Datasets and items to examine, without an ID")
@_cursor_option
@_csv_option
@asking
@pass_context
def restriction(context: Context, /, thing: str | None, as_csv: bool, **options: Any) -> None:
    """What is open although something upstream is not, personal or of a higher grade; items whose restriction loosened.

    \b
    govgraph restriction SO01
    """
    _answer(context, "restriction", as_csv, thing, **options)


@click.command()
@click.argument("thing", metavar="ID|NAME")
@stages_option
@_hops_option
@_csv_option
@asking
@pass_context
def impact(context: Context, /, thing: str, as_csv: bool, **options: Any) -> None:
    """How much depends on an asset, a database, an agency, a platform or a regulation.

    \b
    govgraph impact 样例·贵州省共享交换平台
    """
    _answer(context, "impact", as_csv, thing, **options)


@click.command()
@click.argument("start", metavar="FROM")
@click.argument("end", metavar="TO")
@stages_option
@_hops_option
@_limit_option(100, "Paths")
@_csv_option
@asking
@pass_context
def paths(context: Context, /, start: str, end: str, as_csv: bool, **options: Any) -> None:
    """The shortest ways from an asset to an asset or a place.

    \b
    govgraph paths SR05 SU02
    """
    _answer(context, "paths", as_csv, start, end, **options)


@click.command()
@click.argument("thing", metavar="ID|NAME")
@stages_option
@_hops_option
@_limit_option(10_000, "Roots and leaves")
@_csv_option
@asking
@pass_context
def ends(context: Context, /, thing: str, as_csv: bool, **options: Any) -> None:
    """Where the lineage of an asset begins (roots) and where it ends (leaves).

    \b
    govgraph ends SR07
    """
    _answer(context, "ends", as_csv, thing, **options)


@click.command()
@click.argument("thing", metavar="ID|NAME")
@stages_option
@_hops_option
@_limit_option(10_000, "Nodes")
@_csv_option
@asking
@pass_context
def bottlenecks(context: Context, /, thing: str, as_csv: bool, **options: Any) -> None:
    """Upstream of an asset: what other nodes can't do without, single points of failure first.

    \b
    govgraph bottlenecks SU01
    """
    _answer(context, "bottlenecks", as_csv, thing, **options)


@click.command()
@click.argument("thing", metavar="[ID|NAME]", required=False)
@stages_option
@_hops_option
@_limit_option(100, "Cycles")
@_cursor_option
@_csv_option
@asking
@pass_context
def cycles(context: Context, /, thing: str | None, as_csv: bool, **options: Any) -> None:
    """Cycles in the record, or in the lineage of one asset, and the edges that close them.

    \b
    govgraph cycles
    """
    _answer(context, "cycles", as_csv, thing, **options)


@click.command()
@click.argument("start", metavar="FROM")
@click.argument("end", metavar="TO")
@stages_option
@_hops_option
@_csv_option
@asking
@pass_context
def hop(context: Context, /, start: str, end: str, as_csv: bool, **options: Any) -> None:
    """Which information items of one asset went into which of another.

    \b
    govgraph hop SR05 SR07
    """
    _answer(context, "hop", as_csv, start, end, **options)


@click.command("same-items")
@click.option("--jurisdiction", metavar="PLACE", help="Only providers located in it or below count")
@_limit_option(100, "Groups")
@_cursor_option
@_csv_option
@asking
@pass_context
def same_items(context: Context, /, as_csv: bool, **options: Any) -> None:
    """Items that several providers keep (一数一源).

    \b
    govgraph same-items --jurisdiction 浙江
    """
    _answer(context, "same_items", as_csv, **options)
