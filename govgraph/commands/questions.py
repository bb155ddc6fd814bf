"""The questions."""

from __future__ import annotations

from typing import Any

import click

from govgraph.commands.base import (
    Context,
    Day,
    answering,
    as_of_option,
    asking,
    dumps,
    pass_context,
    say,
    stages_option,
)
from govgraph.errors import UsageError


@click.command()
@click.option("--by", default="jurisdiction", metavar="WHAT", help="jurisdiction, database, theme or agency")
@click.option("--level", metavar="LEVEL", help="national, province, xpcc, city, county [province]")
@click.option("--jurisdiction", metavar="PLACE", help="Code or name: it alone, or with --level what is below")
@stages_option
@as_of_option
@click.option("--min-rank", metavar="RANK", help="Leave out documents below, e.g. 规范性文件")
@click.option("--evidence", multiple=True, metavar="E", help="Only text, title, stated, category, collective")
@click.option("--csv", "as_csv", is_flag=True, help="Answer in CSV")
@asking
@pass_context
def coverage(context: Context, /, as_csv: bool, **options: Any) -> None:
    """The matrix: which stage of which data has a rule, somebody responsible, a record.

    \b
    govgraph coverage --as-of 2024-03-21
    govgraph coverage --level city --jurisdiction 广东 --stage 开放
    """
    from govgraph import render

    with context.open() as library:
        answer = library.coverage(**options)
    if as_csv and not context.as_json:
        click.echo(render.coverage_csv(answer), nl=False)
        return
    say(context, answer, render.coverage)


@click.command()
@click.argument("thing", metavar="ID|NAME")
@click.option("--up", "direction", flag_value="up", help="Where it came from")
@click.option("--down", "direction", flag_value="down", help="What depends on it")
@click.option("--both", "direction", flag_value="both", default="both", help="Both (default)")
@click.option("--depth", type=int, metavar="N", help="Hops from the root [no limit]")
@stages_option
@click.option("--kind", "kinds", multiple=True, metavar="KIND", help="Answer only nodes of this kind")
@click.option("--jurisdiction", metavar="PLACE", help="Answer only nodes located in it or below")
@click.option("--as-of", type=Day(), metavar="DAY", help="Only hops that may hold on that day [all]")
@click.option("--limit", type=int, metavar="N", help="Nodes to answer, nearest first [10000]")
@click.option("--cursor", metavar="NEXT", help="Go on from an answer's next")
@click.option("--fields", is_flag=True, help="From item to item, from all items of the asset")
@click.option("--mermaid", "form", flag_value="mermaid", help="Answer as a Mermaid flowchart")
@click.option("--dot", "form", flag_value="dot", help="Answer as DOT, for Graphviz")
@click.option("--graphml", "form", flag_value="graphml", help="Answer as GraphML, for Gephi, yEd and others")
@asking
@pass_context
def lineage(context: Context, /, thing: str, form: str | None, limit: int | None, **options: Any) -> None:
    """Where an asset came from and what depends on it, with the law of each hop.

    \b
    govgraph lineage 人口基础库 --down --depth 3
    govgraph lineage 人口基础库 --up --fields
    """
    from govgraph import render
    from govgraph.lineage import to_mermaid
    from govgraph.tracing.drawing import to_dot, to_graphml

    if limit is not None:
        options["limit"] = limit
    with context.open() as library:
        answer = library.lineage(thing, **options)
    if form and not context.as_json:
        write = {"mermaid": to_mermaid, "dot": to_dot, "graphml": to_graphml}[form]
        click.echo(write(answer), nl=False)
        return
    say(context, answer, render.lineage)


@click.command()
@click.argument("thing", metavar="ID|NAME")
@asking
@pass_context
def show(context: Context, thing: str) -> None:
    """Everything about one node: properties, what each source says, edges.

    \b
    govgraph show REG016
    """
    from govgraph import render

    with context.open() as library:
        answer = library.show(thing)
    say(context, answer, render.show)


@click.command()
@click.argument("text")
@click.option("--kind", metavar="KIND", help="Only nodes of this kind")
@click.option("--limit", type=int, default=50, show_default=True, help="Matches to answer")
@asking
@pass_context
def find(context: Context, text: str, kind: str | None, limit: int) -> None:
    """Nodes whose id, name or alias holds a text; one character will do.

    \b
    govgraph find 数据条例 --kind Regulation
    """
    from govgraph import render

    with context.open() as library:
        answer = library.find(text, kind=kind, limit=limit)
    say(context, answer, render.find)


@click.command("list")
@click.argument("kind")
@click.option("--where", "filters", multiple=True, metavar="FIELD=VALUE", help="A property or a link; may be repeated")
@click.option("--jurisdiction", metavar="PLACE", help="Only what is in it or below")
@click.option("--text", metavar="TEXT", help="Only what holds it in its id, name or an alias")
@click.option("--sort", default="id", show_default=True, metavar="FIELD", help="A property; -FIELD: descending")
@click.option("--limit", type=int, default=100, show_default=True, help="Nodes to answer")
@click.option("--cursor", metavar="NEXT", help="Go on from an answer's next")
@click.option("--csv", "as_csv", is_flag=True, help="Answer in CSV")
@asking
@pass_context
def list_(context: Context, /, kind: str, filters: tuple[str, ...], as_csv: bool, **options: Any) -> None:
    """The nodes of a kind, all or those that meet conditions.

    \b
    govgraph list Regulation --jurisdiction 贵州 --where rank=地方性法规 --sort=-issued
    govgraph list resources --where provider=省公安厅 --csv
    """
    from govgraph import render

    given: dict[str, str] = {}
    for condition in filters:
        field, equals, value = condition.partition("=")
        if not equals or field in given:
            raise UsageError(f"--where {condition}: write FIELD=VALUE, a field once")
        given[field] = value
    with context.open() as library:
        answer = library.list(kind, filters=given, **options)
    if as_csv and not context.as_json:
        click.echo(render.listing_csv(answer.kind, answer.items), nl=False)
        return
    say(context, answer, render.listing)


@click.command()
@asking
@pass_context
def stats(context: Context) -> None:
    """Counts per kind and type, and the stated figures beside them.

    \b
    govgraph stats
    """
    from govgraph import render

    with context.open() as library:
        answer = library.stats()
    say(context, answer, render.stats)


@click.command()
@click.argument("kind", required=False)
@click.option("--markdown", is_flag=True, help="The whole model as docs/model.md")
@answering
@pass_context
def model(context: Context, kind: str | None, markdown: bool) -> None:
    """The model: node kinds, edge types, stages and terms.

    \b
    govgraph model
    govgraph model Resource
    """
    from govgraph import describe

    if context.as_json:
        click.echo(dumps(describe.as_dict(kind), indent=2))
    elif markdown:
        click.echo(describe.markdown(), nl=False)
    else:
        from govgraph import render

        render.model(describe.as_dict(kind), context.lang)
