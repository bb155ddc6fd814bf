"""What is put into the graph, and the runs that did it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
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
@click.option("--full", is_flag=True, help="The files are all that the source has: sweep what they no longer list")
@click.option(
    "--sweep-limit", type=float, metavar="SHARE", help="Sweep nothing above this share of what the source had [0.5]"
)
@click.option(
    "--placeholders", is_flag=True, help="Make what a row names and nobody lists, instead of refusing the row"
)
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
    full: bool,
    sweep_limit: float | None,
    placeholders: bool,
    rejects: str | None,
) -> None:
    """Load facts: baseline, dates, catalogue FILE..., or csv KIND FILE...

    Files may be .xlsx, .xls, .ods, CSV, JSON Lines or Parquet.

    \b
    govgraph load baseline
    govgraph load catalogue 目录.xlsx --map 数源=provider
    govgraph load csv Resource resources.csv --source guiyang
    govgraph load csv SHARING shared.csv --dry-run
    govgraph load csv Resource resources.csv --source guiyang --full
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

    if sweep_limit is not None and not full:
        raise UsageError("--sweep-limit is about a full reload; write --full, too")
    with progress_of(total=_lines(rest)) as progress, context.open(write=True) as library:
        report = run(
            library.graph,
            what,
            [Path(f) for f in rest],
            source=source,
            dry_run=dry_run,
            full=full,
            sweep_limit=sweep_limit,
            placeholders=placeholders,
            rejects=Path(rejects) if rejects else None,
            names=names,
            progress=progress,
        )
    from govgraph import render

    say(context, report, render.load)
    if report.status == "interrupted":
        raise click.exceptions.Exit(130)
    if report.rejected or report.sweep:
        raise click.exceptions.Exit(EXIT_FINDINGS)


def _lines(files: Sequence[str]) -> int | None:
    """About how many rows the files have, where a line is one and somebody looks on."""
    if not sys.stderr.isatty() or not files or any(Path(f).suffix not in (".csv", ".jsonl") for f in files):
        return None
    with suppress(OSError):
        found = 0
        for file in files:
            with Path(file).open("rb") as stream:
                while block := stream.read(1 << 20):
                    found += block.count(b"\n")
        return found
    return None


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
@click.argument("number", nargs=-1, metavar="[show N | undo N]")
@answering
@pass_context
def runs(context: Context, number: tuple[str, ...]) -> None:
    """List every load, show one, or take one back.

    \b
    govgraph runs
    govgraph runs show 3
    govgraph runs undo 3
    """
    from govgraph import render

    if number and (len(number) != 2 or number[0] not in ("show", "undo")):
        raise UsageError("write: govgraph runs, govgraph runs show N, or govgraph runs undo N")
    if number and number[0] == "undo":
        from govgraph.undo import undo

        with progress_of("transactions") as progress, context.open(write=True) as library:
            report = undo(library.graph, number[1], progress=progress)
        say(context, report, render.load)
        if report.status == "interrupted":
            raise click.exceptions.Exit(130)
        return
    with context.open() as library:
        answer = library.run(number[1]) if number else library.runs()
    say(context, answer, render.runs)
