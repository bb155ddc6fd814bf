"""The command line: the group of all commands, and how one ends."""

from __future__ import annotations

import io
import sys

import click

from govgraph import __version__
from govgraph.commands import (
    checking,
    deciding,
    judging,
    keeping,
    loading,
    moving,
    neo4j,
    questions,
    serving,
    settling,
    tracing,
)
from govgraph.commands.base import EXIT_USAGE, Context, dumps
from govgraph.errors import GovgraphError, UsageError
from govgraph.settings import DEFAULT_GRAPH, settings

_COMMANDS = (
    loading.load, loading.template, loading.runs,
    settling.correct, settling.merge,
    moving.copy, moving.export,
    keeping.rebuild, keeping.backup, keeping.restore,
    questions.coverage, questions.lineage,
    questions.show, questions.find, questions.list_, questions.stats, questions.model,
    judging.explain, judging.gaps, judging.diff, judging.timeline, judging.calendar, judging.what_if,
    judging.compare, judging.scorecard,
    tracing.audit, tracing.restriction, tracing.impact, tracing.paths, tracing.ends, tracing.bottlenecks,
    tracing.cycles, tracing.hop, tracing.same_items,
    checking.check, checking.report,
    serving.serve, serving.keys,
    neo4j.neo4j,
)  # fmt: skip


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--graph", metavar="URL", help=f"Which graph: a path or ladybug:///path [GOVGRAPH_URL; {DEFAULT_GRAPH}]")
@click.option("--lang", type=click.Choice(["zh", "en"]), help="Language of people's output [by locale]")
@click.version_option(__version__)
@click.pass_context
def main_group(context: click.Context, graph: str | None, lang: str | None) -> None:
    """govgraph: lineage and governance of public data, as a graph.

    \b
    govgraph load baseline && govgraph load dates
    govgraph coverage
    govgraph explain 贵州 开放 --as-of 2024-03-21
    """
    known = settings()
    context.obj = Context(graph or known.url, lang or known.lang)


for _command in _COMMANDS:
    main_group.add_command(_command)
for _command in (deciding.accept, deciding.assign, deciding.withdraw):
    judging.gaps.add_command(_command)


def main(arguments: list[str] | None = None) -> None:
    """Entry point: exit 0, 1 (findings of check, rejected rows), 2 (usage, unknown thing, bad rule, no or locked graph)."""
    given = [_utf8(a) for a in sys.argv[1:]] if arguments is None else arguments
    as_json = "--json" in given
    for stream in (sys.stdout, sys.stderr):
        # Chinese must not break a terminal or a pipe whose encoding can't say it.
        if isinstance(stream, io.TextIOWrapper):
            ascii_only = stream.encoding.lower() in ("ascii", "us-ascii", "ansi_x3.4-1968")
            stream.reconfigure(encoding="utf-8" if ascii_only else None, errors="replace")
    try:
        code = main_group.main(given, prog_name="govgraph", standalone_mode=False)
    except click.exceptions.Exit as stop:
        code = stop.exit_code
    except click.Abort:
        code = 130
    except click.ClickException as error:
        where = getattr(error, "ctx", None)
        message = error.format_message()
        if where is not None and not as_json:
            message += f"\nSee: {where.command_path} --help"
        _fail(UsageError(message), as_json)
        code = EXIT_USAGE
    except GovgraphError as error:
        _fail(error, as_json)
        code = EXIT_USAGE
    except BrokenPipeError:
        # Whoever read the output has enough; what is left in the buffer goes nowhere.
        sys.stdout = None
        code = 0
    sys.exit(code if isinstance(code, int) else 0)


def _utf8(argument: str) -> str:
    """An argument as typed, where the locale could not decode it."""
    try:
        return argument.encode("utf-8", "surrogateescape").decode("utf-8")
    except UnicodeError:
        return argument


def _fail(error: GovgraphError, as_json: bool) -> None:
    if as_json:
        click.echo(dumps(error.as_dict()), err=True)
        return
    click.echo(f"govgraph: {error.message}", err=True)
    for candidate in error.candidates:
        click.echo(f"  {candidate['id']}  {candidate['kind']}  {candidate['name']}", err=True)


if __name__ == "__main__":
    main()
