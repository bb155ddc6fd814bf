"""check: what should not be, as findings that a CI system understands."""

from __future__ import annotations

from typing import Any

import click

from govgraph.commands.base import EXIT_FINDINGS, EXIT_USAGE, Context, answering, as_of_option, pass_context, say
from govgraph.errors import UsageError


@click.command()
@click.option("--rules", metavar="DIR", help="Folder of your own rules, *.cypher (docs/checking.md)")
@click.option("--severity", metavar="S", help="Only high, medium or low")
@click.option("--jurisdiction", metavar="PLACE", help="It and what is below")
@as_of_option
@click.option(
    "--fail-on",
    type=click.Choice(["high", "medium", "low"]),
    default="low",
    show_default=True,
    help="Exit 1 from this severity on",
)
@click.option("--sarif", is_flag=True, help="Answer in SARIF 2.1.0")
@answering
@pass_context
def check(context: Context, /, sarif: bool, fail_on: str, **options: Any) -> None:
    """The built-in kinds of gap and a bureau's own rules. Exit 1 when they find something, 2 for a bad rule.

    \b
    govgraph check --jurisdiction 贵州 --as-of 2024-03-21
    govgraph check --rules rules/ --fail-on high --sarif > findings.sarif
    """
    from govgraph import render
    from govgraph.checking import at_least
    from govgraph.sarif import to_sarif

    if sarif and context.as_json:
        raise UsageError("--sarif and --json: choose one")
    with context.open() as library:
        answer = library.check(**options)
    if sarif:
        click.echo(to_sarif(answer, context.lang))
    else:
        say(context, answer, render.check)
    if failed := [rule for rule in answer.rules if rule.status == "failed"]:
        for rule in failed:
            click.echo(f"govgraph: rule {rule.id} failed: {rule.error}", err=True)
        raise click.exceptions.Exit(EXIT_USAGE)
    if at_least(answer, fail_on):
        raise click.exceptions.Exit(EXIT_FINDINGS)
