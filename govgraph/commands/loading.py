"""What is put into the graph, and the runs that did it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from govgraph.commands.base import (
    EXIT_FINDINGS,
    Context,
    answering,
    pass_context,
    progress_of,
    say,
)
from govgraph.errors import UsageError

if TYPE_CHECKING:
    pass


@click.command()
@click.argument("what")
@click.argument("files", nargs=-1, metavar="[KIND] [FILE]...")
@click.option("--source", metavar="NAME", help="Whose word the rows are [csv, catalogue]")
@click.option(
    "--map", "names", multiple=True, metavar="HEADER=FIELD|FILE", help="What a header means, or a file of TOML"
)
@click.option("--dry-run", is_flag=True, help="Report what would happen; change nothing")
@click.option("--rejects", type=click.Path(), metavar="FILE", help="Where refused rows go [KIND.rejects.xlsx, .csv …]")
@answering
@pass_context
def load(
    context: Context,
    what: str,
    files: tuple[str, ...],
    source: str | None,
    names: tuple[str, ...],
    dry_run: bool,
    rejects: str | None,
) -> None:
    """Load facts: baseline, dates, catalogue FILE..., or csv KIND FILE...

    Files may be .xlsx, .xls, .ods, CSV, JSON Lines or Parquet.

    \b
    govgraph load baseline
    govgraph load catalogue 目录.xlsx --map 数源=provider
    govgraph load csv Resource resources.csv --source guiyang
    govgraph load csv SHARING shared.csv --dry-run
    """
    if what == "csv":
        if not files:
            raise UsageError("load csv KIND FILE...: name the kind, then the files; govgraph model lists the kinds")
        what, *rest = files
        if what in ("baseline", "dates"):
            raise UsageError(f"{what} is no kind; write: govgraph load {what}")
    elif what in ("baseline", "dates", "catalogue"):
        rest = list(files)
    else:
        raise UsageError(f"there is no loader {what!r}; write baseline, dates, catalogue FILE..., or csv KIND FILE...")

    from govgraph.loaders.run import load as run

    with progress_of() as progress, context.open(write=True) as library:
        report = run(
            library.graph,
            what,
            [Path(f) for f in rest],
            source=source,
            dry_run=dry_run,
            rejects=Path(rejects) if rejects else None,
            names=names,
            progress=progress,
        )
    from govgraph import render

    say(context, report, render.load)
    if report.status == "interrupted":
        raise click.exceptions.Exit(130)
    if report.rejected:
        raise click.exceptions.Exit(EXIT_FINDINGS)


@click.command()
@click.argument("kind")
@click.option("-o", "--output", type=click.Path(), metavar="FILE", help="Write an .xlsx with drop-down lists instead")
def template(kind: str, output: str | None) -> None:
    """Print the header of a CSV file of a kind, or write an empty spreadsheet of it or of the catalogue.

    \b
    govgraph template Resource > resources.csv
    govgraph template catalogue -o catalogue.xlsx
    """
    from govgraph.loaders import catalogue, tabular

    found = kind if kind == catalogue.NAME else tabular.kind_of(kind)
    if output is None:
        click.echo(catalogue.template() if found == catalogue.NAME else tabular.template(found), nl=False)
        return
    from govgraph.loaders import templates

    templates.write(found, Path(output))


@click.command()
@click.argument("number", nargs=-1, metavar="[show N]")
@answering
@pass_context
def runs(context: Context, number: tuple[str, ...]) -> None:
    """List every load, or show one.

    \b
    govgraph runs
    govgraph runs show 3
    """
    from govgraph import render

    if number and (len(number) != 2 or number[0] != "show"):
        raise UsageError("write: govgraph runs, or govgraph runs show N")
    with context.open() as library:
        answer = library.run(number[1]) if number else library.runs()
    say(context, answer, render.runs)
