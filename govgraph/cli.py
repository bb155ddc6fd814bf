"""The command line: options in, answers out. Everything heavy is imported by the command that needs it."""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from govgraph import __version__
from govgraph.errors import GovgraphError, UsageError
from govgraph.settings import DEFAULT_GRAPH, settings

if TYPE_CHECKING:
    from datetime import date

    from govgraph import answers
    from govgraph.library import Library
    from govgraph.server import Status

DEFAULT_HOME = "govgraph-neo4j"
"""A folder in the current one, for the server of one's own."""
EXIT_FINDINGS, EXIT_USAGE = 1, 2


class _Context:
    def __init__(self, graph: str, lang: str) -> None:
        self.graph, self.lang, self.as_json = graph, lang, False

    @contextmanager
    def open(self, *, write: bool = False) -> Iterator[Library]:
        from govgraph import library

        with library.open(self.graph, read_only=not write) as found:
            yield found


_pass = click.make_pass_decorator(_Context)


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
    context.obj = _Context(graph or known.url, lang or known.lang)


def _answering(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --json."""

    def note(context: click.Context, _: click.Parameter, value: bool) -> bool:
        if value:
            context.find_object(_Context).as_json = True  # type: ignore[union-attr]
        return value

    return click.option(
        "--json", "as_json", is_flag=True, expose_value=False, is_eager=True, callback=note, help="Answer in JSON"
    )(command)


class _Day(click.ParamType):  # type: ignore[type-arg]
    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> date:
        from govgraph import library

        try:
            found = library.day(value)
        except UsageError as error:
            self.fail(error.message, param, context)
        assert found is not None
        return found


_as_of = click.option("--as-of", type=_Day(), metavar="DAY", help="Legal date, e.g. 2024-03-21 [today]")
_stages = click.option("--stage", "stages", multiple=True, metavar="STAGE", help="en, zh or alias; may be repeated")


def _say(context: _Context, answer: answers.Answer, table: Callable[..., None]) -> None:
    if context.as_json:
        click.echo(answer.to_json())
    else:
        table(answer, context.lang)


# --- load -----------------------------------------------------------------------------------------------------


@main_group.command()
@click.argument("what")
@click.argument("files", nargs=-1, metavar="[KIND] [FILE]...")
@click.option("--source", metavar="NAME", help="Whose word the rows are [csv]")
@click.option("--dry-run", is_flag=True, help="Report what would happen; change nothing")
@click.option("--rejects", type=click.Path(), metavar="FILE", help="Where refused rows go [KIND.rejects.csv]")
@_answering
@_pass
def load(
    context: _Context,
    what: str,
    files: tuple[str, ...],
    source: str | None,
    dry_run: bool,
    rejects: str | None,
) -> None:
    """Load facts: baseline, dates, or csv KIND FILE...

    \b
    govgraph load baseline
    govgraph load csv Resource resources.csv --source guiyang
    govgraph load csv SHARING shared.csv --dry-run
    """
    if what == "csv":
        if not files:
            raise UsageError("load csv KIND FILE...: name the kind, then the files; govgraph model lists the kinds")
        what, *rest = files
        if what in ("baseline", "dates"):
            raise UsageError(f"{what} is no kind; write: govgraph load {what}")
    elif what in ("baseline", "dates"):
        rest = list(files)
    else:
        raise UsageError(f"there is no loader {what!r}; write baseline, dates, or csv KIND FILE...")
    from pathlib import Path

    from govgraph.loaders.run import load as run

    with _progress() as progress, context.open(write=True) as library:
        report = run(
            library.graph,
            what,
            [Path(f) for f in rest],
            source=source,
            dry_run=dry_run,
            rejects=Path(rejects) if rejects else None,
            progress=progress,
        )
    from govgraph import render

    _say(context, report, render.load)
    if report.status == "interrupted":
        raise click.exceptions.Exit(130)
    if report.rejected:
        raise click.exceptions.Exit(EXIT_FINDINGS)


@contextmanager
def _progress(what: str = "rows") -> Iterator[Callable[[int], None]]:
    started = time.monotonic()
    shown = False

    def tell(read: int) -> None:
        nonlocal shown
        seconds = time.monotonic() - started
        if seconds > 1 and sys.stderr.isatty():
            shown = True
            click.echo(f"\r{read:,} {what}, {read / seconds:,.0f} a second ", nl=False, err=True)

    yield tell
    if shown:
        click.echo("", err=True)


@main_group.command()
@click.argument("kind")
def template(kind: str) -> None:
    """Print the header of a CSV file of a kind.

    \b
    govgraph template Resource > resources.csv
    """
    from govgraph.loaders import tabular

    click.echo(tabular.template(tabular.kind_of(kind)), nl=False)


@main_group.command()
@click.argument("number", nargs=-1, metavar="[show N]")
@_answering
@_pass
def runs(context: _Context, number: tuple[str, ...]) -> None:
    """List every load, or show one.

    \b
    govgraph runs
    govgraph runs show 3
    """
    from govgraph import catalogue, render

    if number and (len(number) != 2 or number[0] != "show"):
        raise UsageError("write: govgraph runs, or govgraph runs show N")
    with context.open() as library:
        answer = catalogue.run(library.graph, number[1]) if number else library.runs()
    _say(context, answer, render.runs)


# --- moving ---------------------------------------------------------------------------------------------------


@main_group.command()
@click.argument("from_url", metavar="FROM_URL")
@click.argument("to_url", metavar="TO_URL")
@_answering
@_pass
def copy(context: _Context, from_url: str, to_url: str) -> None:
    """Carry a whole graph into an empty one, on any engine; counts and checksums are compared at the end.

    \b
    govgraph copy govgraph.lbug neo4j://localhost
    """
    from govgraph import graph, render, transfer

    with (
        _progress("nodes and edges") as progress,
        graph.open(from_url, read_only=True) as source,
        graph.open(to_url) as target,
    ):
        answer = transfer.copy(source, target, progress=progress)
    _say(context, answer, render.moved)


@main_group.command()
@click.argument("what", type=click.Choice(["neo4j-import"]))
@click.argument("folder", metavar="DIR", type=click.Path())
@_answering
@_pass
def export(context: _Context, what: str, folder: str) -> None:
    """Write the graph as files for Neo4j's offline import, with the command for it: the fastest first load.

    \b
    govgraph export neo4j-import graph-files
    """
    from pathlib import Path

    from govgraph import render, transfer

    with _progress("nodes and edges") as progress, context.open() as library:
        answer = transfer.export_neo4j(library.graph, Path(folder), progress=progress)
    _say(context, answer, render.moved)


# --- questions ------------------------------------------------------------------------------------------------


@main_group.command()
@click.option("--by", default="jurisdiction", metavar="WHAT", help="jurisdiction, database, theme or agency")
@click.option("--level", metavar="LEVEL", help="national, province, xpcc, city, county [province]")
@click.option("--jurisdiction", metavar="PLACE", help="Code or name: it alone, or with --level what is below")
@_stages
@_as_of
@click.option("--min-rank", metavar="RANK", help="Leave out documents below, e.g. 规范性文件")
@click.option("--evidence", multiple=True, metavar="E", help="Only text, title, stated, category, collective")
@click.option("--csv", "as_csv", is_flag=True, help="Answer in CSV")
@_answering
@_pass
def coverage(context: _Context, /, as_csv: bool, **options: Any) -> None:
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
    _say(context, answer, render.coverage)


@main_group.command()
@click.argument("jurisdiction")
@click.argument("stage")
@_as_of
@_answering
@_pass
def explain(context: _Context, jurisdiction: str, stage: str, as_of: date | None) -> None:
    """Why a cell has its verdicts: bases, path, and what was considered and not accepted.

    \b
    govgraph explain 贵州 开放 --as-of 2024-03-21
    """
    from govgraph import render

    with context.open() as library:
        answer = library.explain(jurisdiction, stage, as_of=as_of)
    _say(context, answer, render.explain)


@main_group.command()
@click.option("--kind", "kinds", multiple=True, metavar="KIND", help="no_rule, rule_unknown, policy_only, no_role")
@_stages
@click.option("--jurisdiction", metavar="PLACE", help="It and what is below")
@click.option("--severity", metavar="S", help="high, medium, low")
@_as_of
@click.option("--limit", type=int, default=100, show_default=True, help="Gaps to answer")
@click.option("--cursor", metavar="NEXT", help="Go on from an answer's next")
@_answering
@_pass
def gaps(context: _Context, /, **options: Any) -> None:
    """What is missing, worst first.

    \b
    govgraph gaps --kind no_rule --as-of 2024-03-21
    """
    from govgraph import render

    with context.open() as library:
        answer = library.gaps(**options)
    _say(context, answer, render.gaps)


@main_group.command()
@click.argument("thing", metavar="ID|NAME")
@click.option("--up", "direction", flag_value="up", help="Where it came from")
@click.option("--down", "direction", flag_value="down", help="What depends on it")
@click.option("--both", "direction", flag_value="both", default="both", help="Both (default)")
@click.option("--depth", type=int, metavar="N", help="Hops from the root [no limit]")
@_stages
@click.option("--kind", "kinds", multiple=True, metavar="KIND", help="Answer only nodes of this kind")
@click.option("--jurisdiction", metavar="PLACE", help="Answer only nodes located in it or below")
@click.option("--as-of", type=_Day(), metavar="DAY", help="Only hops that may hold on that day [all]")
@click.option("--limit", type=int, metavar="N", help="Nodes to answer, nearest first [10000]")
@click.option("--cursor", metavar="NEXT", help="Go on from an answer's next")
@click.option("--fields", is_flag=True, help="From item to item, from all items of the asset")
@click.option("--mermaid", is_flag=True, help="Answer as a Mermaid flowchart")
@_answering
@_pass
def lineage(context: _Context, /, thing: str, mermaid: bool, limit: int | None, **options: Any) -> None:
    """Where an asset came from and what depends on it, with the law of each hop.

    \b
    govgraph lineage 人口基础库 --down --depth 3
    govgraph lineage 人口基础库 --up --fields
    """
    from govgraph import render
    from govgraph.lineage import to_mermaid

    if limit is not None:
        options["limit"] = limit
    with context.open() as library:
        answer = library.lineage(thing, **options)
    if mermaid and not context.as_json:
        click.echo(to_mermaid(answer), nl=False)
        return
    _say(context, answer, render.lineage)


@main_group.command()
@click.argument("thing", metavar="ID|NAME")
@_answering
@_pass
def show(context: _Context, thing: str) -> None:
    """Everything about one node: properties, what each source says, edges.

    \b
    govgraph show REG016
    """
    from govgraph import render

    with context.open() as library:
        answer = library.show(thing)
    _say(context, answer, render.show)


@main_group.command()
@click.argument("text")
@click.option("--kind", metavar="KIND", help="Only nodes of this kind")
@click.option("--limit", type=int, default=50, show_default=True, help="Matches to answer")
@_answering
@_pass
def find(context: _Context, text: str, kind: str | None, limit: int) -> None:
    """Nodes whose id, name or alias holds a text; one character will do.

    \b
    govgraph find 数据条例 --kind Regulation
    """
    from govgraph import render

    with context.open() as library:
        answer = library.find(text, kind=kind, limit=limit)
    _say(context, answer, render.find)


@main_group.command("list")
@click.argument("kind")
@click.option("--where", "filters", multiple=True, metavar="FIELD=VALUE", help="A property or a link; may be repeated")
@click.option("--jurisdiction", metavar="PLACE", help="Only what is in it or below")
@click.option("--text", metavar="TEXT", help="Only what holds it in its id, name or an alias")
@click.option("--sort", default="id", show_default=True, metavar="FIELD", help="A property; -FIELD: descending")
@click.option("--limit", type=int, default=100, show_default=True, help="Nodes to answer")
@click.option("--cursor", metavar="NEXT", help="Go on from an answer's next")
@click.option("--csv", "as_csv", is_flag=True, help="Answer in CSV")
@_answering
@_pass
def list_(context: _Context, /, kind: str, filters: tuple[str, ...], as_csv: bool, **options: Any) -> None:
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
        click.echo(render.listing_csv(answer), nl=False)
        return
    _say(context, answer, render.listing)


@main_group.command()
@_answering
@_pass
def stats(context: _Context) -> None:
    """Counts per kind and type, and the stated figures beside them.

    \b
    govgraph stats
    """
    from govgraph import render

    with context.open() as library:
        answer = library.stats()
    _say(context, answer, render.stats)


@main_group.command()
@click.argument("kind", required=False)
@click.option("--markdown", is_flag=True, help="The whole model as docs/model.md")
@_answering
@_pass
def model(context: _Context, kind: str | None, markdown: bool) -> None:
    """The model: node kinds, edge types, stages and terms.

    \b
    govgraph model
    govgraph model Resource
    """
    from govgraph import describe

    if context.as_json:
        click.echo(_dumps(describe.as_dict(kind), indent=2))
    elif markdown:
        click.echo(describe.markdown(), nl=False)
    else:
        from govgraph import render

        render.model(describe.as_dict(kind), context.lang)


# --- a server of one's own --------------------------------------------------------------------------------------


@main_group.group()
def neo4j() -> None:
    """A private Neo4j beside a project: for trying, development and tests, not for production.

    \b
    pip install 'govgraph[server]'
    govgraph neo4j start
    govgraph neo4j status --json
    govgraph neo4j stop
    """


_home = click.option(
    "--home", type=click.Path(), metavar="DIR", help=f"Folder with all that is the server's [{DEFAULT_HOME}]"
)


@neo4j.command()
@_home
@click.option("--version", metavar="V", help="Of the server [as before, or the long-term one]")
@click.option("--port", type=int, metavar="N", help="On the loopback address [as before, or a free one]")
@click.option("--heap-mb", type=int, default=512, show_default=True, help="Memory for Java")
@click.option("--page-cache-mb", type=int, default=256, show_default=True, help="Memory for the graph's pages")
@_answering
@_pass
def start(context: _Context, /, home: str | None, **options: Any) -> None:
    """Start it and say its URL; fetch it first, where it was never started on this machine.

    \b
    govgraph neo4j start
    govgraph neo4j start --home ../try --page-cache-mb 1024
    """
    from pathlib import Path

    from govgraph import server

    status = server.start(Path(home or DEFAULT_HOME), tell=lambda words: click.echo(words, err=True), **options)
    _say_server(context, status)


@neo4j.command()
@_home
@_answering
@_pass
def stop(context: _Context, home: str | None) -> None:
    """Stop it; what it holds is kept.

    \b
    govgraph neo4j stop
    """
    from pathlib import Path

    from govgraph import server

    _say_server(context, server.stop(Path(home or DEFAULT_HOME)))


@neo4j.command()
@_home
@_answering
@_pass
def status(context: _Context, home: str | None) -> None:
    """Whether it runs, and at which URL.

    \b
    govgraph neo4j status --json
    """
    from pathlib import Path

    from govgraph import server

    _say_server(context, server.status(Path(home or DEFAULT_HOME)))


def _say_server(context: _Context, status: Status) -> None:
    if context.as_json:
        click.echo(_dumps(status.as_dict(), indent=2))
        return
    from govgraph import render

    render.server(status, context.lang)


# --- running --------------------------------------------------------------------------------------------------


def main(arguments: list[str] | None = None) -> None:
    """Entry point: exit 0, 1 (rejected rows), 2 (usage, unknown thing, no or locked graph)."""
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
        click.echo(_dumps(error.as_dict()), err=True)
        return
    click.echo(f"govgraph: {error.message}", err=True)
    for candidate in error.candidates:
        click.echo(f"  {candidate['id']}  {candidate['kind']}  {candidate['name']}", err=True)


def _dumps(value: object, indent: int | None = None) -> str:
    import json

    return json.dumps(value, ensure_ascii=False, indent=indent)


if __name__ == "__main__":
    main()
