"""check and report: findings that a CI system understands, and a file that people read."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

import click

from govgraph.commands.base import EXIT_FINDINGS, EXIT_USAGE, Context, as_of_option, asking, pass_context
from govgraph.commands.judging import csv_option
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
@click.option("--accepted", is_flag=True, help="Tell accepted gaps, too; they never count for the exit code")
@click.option("--sarif", is_flag=True, help="Answer in SARIF 2.1.0")
@csv_option
@asking
@pass_context
def check(context: Context, /, sarif: bool, as_csv: bool, fail_on: str, **options: Any) -> None:
    """The built-in kinds of gap and a bureau's own rules. Exit 1 when they find something, 2 for a bad rule.

    \b
    govgraph check --jurisdiction 贵州 --as-of 2024-03-21
    govgraph check --rules rules/ --fail-on high --sarif > findings.sarif
    """
    from govgraph import render
    from govgraph.checking import at_least
    from govgraph.sarif import to_sarif
    from govgraph.tables import judging as tables

    if [sarif, as_csv, context.as_json].count(True) > 1:
        raise UsageError("--sarif, --csv and --json: choose one")
    with context.open() as library:
        found = library.checked(**options)
        answer = found.head
        # There may be millions: each is written as it comes.
        if sarif or context.as_json:
            for piece in to_sarif(answer, found, context.lang) if sarif else answer.to_json_with(found):
                click.echo(piece, nl=False)
            click.echo()
        elif as_csv:
            for line in tables.lines_of(found, tables.FINDING_COLUMNS):
                click.echo(line, nl=False)
        else:
            render.check(answer, islice(found, render.MOST_FINDINGS), context.lang)
    if failed := [rule for rule in answer.rules if rule.status == "failed"]:
        for rule in failed:
            click.echo(f"govgraph: rule {rule.id} failed: {rule.error}", err=True)
        raise click.exceptions.Exit(EXIT_USAGE)
    if at_least(answer, fail_on):
        raise click.exceptions.Exit(EXIT_FINDINGS)


@click.command()
@click.argument("jurisdiction", required=False)
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="report.html, .xlsx or .md")
@as_of_option
@click.option("--asset", metavar="ID|NAME", help="Whose lineage is drawn [one of its own]")
@asking
@pass_context
def report(context: Context, /, jurisdiction: str | None, output: Path | None, **options: Any) -> None:
    """One file on a jurisdiction, or the nation: matrix, gaps and remedies, documents, bodies, a lineage, claims.

    \b
    govgraph --lang zh report 贵州 -o report.html
    govgraph report -o report.xlsx --as-of 2024-03-21
    """
    from govgraph import report as writing

    if output is None and not context.as_json:
        raise UsageError("-o FILE: name the report's file, e.g. -o report.html (or .xlsx, .md)")
    # Before the questions are asked, which takes a while.
    format_ = writing.format_of(output) if output else None
    with context.open() as library:
        answer = library.report(jurisdiction, **options)
    if output and format_:
        writing.save(writing.render(answer, format_, context.lang), output)
    if context.as_json:
        click.echo(answer.to_json())
    else:
        click.echo(f"{output}: {answer.jurisdiction.name}, {answer.as_of}", err=True)
