"""The questions of judgement: gaps and why they are, two days, what if, side by side."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from govgraph.commands.base import Context, Day, as_of_option, asking, pass_context, say, stages_option
from govgraph.errors import UsageError

if TYPE_CHECKING:
    from datetime import date

    from govgraph import answers
    from govgraph.whatif import Enactment

csv_option = click.option("--csv", "as_csv", is_flag=True, help="Answer in CSV")
level_option = click.option("--level", metavar="LEVEL", help="national, province, xpcc, city, county [province]")
place_option = click.option(
    "--jurisdiction", metavar="PLACE", help="Code or name: it alone, or with --level what is below"
)
below_option = click.option("--jurisdiction", metavar="PLACE", help="It and what is below")


def _tell(
    context: Context,
    answer: answers.Answer,
    table: Callable[..., None],
    as_csv: bool,
    write: Callable[..., str],
) -> None:
    if as_csv and not context.as_json:
        click.echo(write(answer), nl=False)
        return
    say(context, answer, table)


@click.command()
@click.argument("jurisdiction", required=False)
@click.argument("stage", required=False)
@click.option("--gap", metavar="ID", help="A gap, by the id that govgraph gaps gives it")
@click.option("--hop", metavar="ID", help="A hop, by the id of its edge in govgraph lineage --json")
@as_of_option
@csv_option
@asking
@pass_context
def explain(
    context: Context,
    jurisdiction: str | None,
    stage: str | None,
    gap: str | None,
    hop: str | None,
    as_of: date | None,
    as_csv: bool,
) -> None:
    """Why a cell has its verdicts, why a gap is one, or under which law a hop happened.

    \b
    govgraph explain 贵州 开放 --as-of 2024-03-21
    govgraph explain --gap no_rule:130000:processing --as-of 2024-03-21
    """
    from govgraph import render
    from govgraph.tables import judging as tables

    if [bool(jurisdiction and stage), bool(gap), bool(hop)].count(True) != 1 or (jurisdiction and not stage):
        raise UsageError("explain what? write JURISDICTION STAGE, or --gap ID, or --hop ID")
    if hop and as_of:
        raise UsageError("a hop is judged on its own day; leave --as-of out")
    with context.open() as library:
        if jurisdiction and stage:
            cell = library.explain(jurisdiction, stage, as_of=as_of)
            _tell(context, cell, render.explain, as_csv, tables.explain_csv)
            return
        found = library.explain_gap(gap, as_of=as_of) if gap else library.explain_hop(str(hop))
    _tell(context, found, tables.account, as_csv, tables.account_csv)


@click.group(invoke_without_command=True)
@click.option("--kind", "kinds", multiple=True, metavar="KIND", help="no_rule, overdue, … (see docs/semantics.md, 8)")
@stages_option
@below_option
@click.option("--theme", metavar="THEME", help="Only assets about it")
@click.option("--agency", metavar="AGENCY", help="Only assets that it provides")
@click.option("--severity", metavar="S", help="high, medium, low")
@click.option("--accepted", is_flag=True, help="Those that were accepted; they are left out otherwise")
@click.option("--assigned-to", metavar="NAME", help="Only those assigned to that name")
@as_of_option
@click.option("--limit", type=int, default=100, show_default=True, help="Gaps to answer")
@click.option("--cursor", metavar="NEXT", help="Go on from an answer's next")
@click.option("--new-since", metavar="RUN|DAY", help="Those that are new since then, and those that closed")
@csv_option
@asking
@click.pass_context
def gaps(click_context: click.Context, /, as_csv: bool, new_since: str | None, **options: Any) -> None:
    """What is missing, worst first; or what is missing newly since a run or a day, and what no longer is.

    \b
    govgraph gaps --kind no_rule --as-of 2024-03-21
    govgraph gaps --kind overdue --jurisdiction 贵州 --csv
    govgraph gaps --new-since 12
    govgraph gaps accept no_rule:130000:processing --reason 已列入2025年立法计划 --until 2099-12-31
    """
    from govgraph.tables import judging as tables

    context = click_context.ensure_object(Context)
    if click_context.invoked_subcommand:
        given = [n for n in (*options, "as_csv", "new_since") if _given(click_context, n)]
        if given or context.known_at:
            raise UsageError(f"options go after {click_context.invoked_subcommand}, and it takes its own")
        return
    if new_since and (options.pop("accepted") or options.pop("assigned_to")):
        raise UsageError(
            "--new-since tells accepted and assigned gaps as the others; leave --accepted and --assigned-to out"
        )
    with context.open() as library:
        if new_since and context.known_at:
            raise UsageError("--new-since compares with what is known now; leave --known-at out")
        answer = library.gaps_since(new_since, **options) if new_since else library.gaps(**options)
    _tell(context, answer, tables.gaps, as_csv, tables.gaps_csv)


def _given(context: click.Context, name: str) -> bool:
    return context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE


@click.command()
@click.argument("first", type=Day(), metavar="FROM")
@click.argument("last", type=Day(), metavar="TO")
@level_option
@place_option
@stages_option
@click.option("--bases", is_flag=True, help="Also cells whose verdict stayed and whose bases did not")
@csv_option
@asking
@pass_context
def diff(context: Context, /, first: date, last: date, as_csv: bool, **options: Any) -> None:
    """The cells whose rule changed between two days, and the documents that changed each.

    \b
    govgraph diff 2021-01-01 2024-03-21
    """
    from govgraph.tables import judging as tables

    with context.open() as library:
        answer = library.diff(first, last, **options)
    _tell(context, answer, tables.diff, as_csv, tables.changes_csv)


@click.command()
@click.argument("thing", metavar="JURISDICTION|STAGE")
@stages_option
@level_option
@place_option
@as_of_option
@csv_option
@asking
@pass_context
def timeline(context: Context, /, thing: str, as_csv: bool, **options: Any) -> None:
    """A jurisdiction's stages, or a stage in all jurisdictions, over time, with the documents at each change.

    \b
    govgraph timeline 贵州
    govgraph timeline 开放 --csv
    """
    from govgraph.tables import judging as tables

    with context.open() as library:
        answer = library.timeline(thing, **options)
    _tell(context, answer, tables.timeline, as_csv, tables.timeline_csv)


@click.command()
@click.option("--months", type=int, default=12, show_default=True, metavar="N", help="How far to look")
@below_option
@stages_option
@as_of_option
@csv_option
@asking
@pass_context
def calendar(context: Context, /, as_csv: bool, **options: Any) -> None:
    """What takes effect, lapses, ends its trial or is superseded in the next months.

    \b
    govgraph calendar --months 12 --as-of 2024-03-21
    """
    from govgraph.tables import judging as tables

    with context.open() as library:
        answer = library.calendar(**options)
    _tell(context, answer, tables.calendar, as_csv, tables.calendar_csv)


@click.command("what-if")
@click.option("--repeal", multiple=True, metavar="ID", help="A document in force; may be repeated")
@click.option(
    "--enact", multiple=True, metavar="STAGE@CODE|FILE", help="What a new document would govern; may be repeated"
)
@as_of_option
@level_option
@place_option
@csv_option
@asking
@pass_context
def what_if(context: Context, /, enact: tuple[str, ...], as_csv: bool, **options: Any) -> None:
    """What would change if documents were repealed or made; the graph isn't changed.

    A FILE is CSV with the columns name, jurisdiction, stage and, if you like, scope and rank; rows of one name are
    one document.

    \b
    govgraph what-if --repeal REG057 --as-of 2024-03-21
    govgraph what-if --enact 加工@130000
    """
    from govgraph.tables import judging as tables

    made = [e for text in enact for e in _enactments(text)]
    with context.open() as library:
        answer = library.what_if(enact=made, **options)
    _tell(context, answer, tables.what_if, as_csv, tables.changes_csv)


def _enactments(text: str) -> list[str | Enactment]:
    """``STAGE@CODE`` as it is, or the rows of a file.

    Raises:
        UsageError: a file that can't be read, a column that is missing or unknown, an empty one.
    """
    import csv

    from govgraph.whatif import Enactment

    path = Path(text)
    if "@" in text and not path.exists():
        return [text]
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"--enact {text}: neither STAGE@CODE nor a CSV file that can be read ({error})") from None
    needed, known = {"name", "jurisdiction", "stage"}, {"name", "jurisdiction", "stage", "scope", "rank"}
    found: list[str | Enactment] = []
    for number, row in enumerate(rows, 2):
        values = {k: (v or "").strip() for k, v in row.items() if isinstance(k, str) and isinstance(v, str | None)}
        if None in row or set(values) - known or not all(values.get(k) for k in needed):
            raise UsageError(
                f"--enact {text}, line {number}: write the columns name, jurisdiction, stage[, scope, rank]"
            )
        found.append(Enactment(**{k: v for k, v in values.items() if v}))
    if not found:
        raise UsageError(f"--enact {text}: the file has no rows")
    return found


@click.command()
@click.argument("jurisdictions", nargs=-1, required=True, metavar="JURISDICTION…")
@stages_option
@click.option("--peers", is_flag=True, help="Rank all divisions of the first one's level")
@as_of_option
@csv_option
@asking
@pass_context
def compare(context: Context, /, jurisdictions: tuple[str, ...], as_csv: bool, **options: Any) -> None:
    """Jurisdictions side by side: cells, gaps, points, and their rank among their peers.

    \b
    govgraph compare 贵州 浙江 --as-of 2024-03-21
    govgraph compare 贵州 --peers --csv
    """
    from govgraph.tables import judging as tables

    with context.open() as library:
        answer = library.compare(*jurisdictions, **options)
    _tell(context, answer, tables.comparison, as_csv, tables.comparison_csv)


@click.command()
@click.argument("agency", metavar="AGENCY")
@as_of_option
@csv_option
@asking
@pass_context
def scorecard(context: Context, agency: str, as_of: date | None, as_csv: bool) -> None:
    """How an agency's data and duties stand: its resources by stage, what is overdue, its gaps.

    \b
    govgraph scorecard 贵州省大数据发展管理局
    """
    from govgraph.tables import judging as tables

    with context.open() as library:
        answer = library.scorecard(agency, as_of=as_of)
    _tell(context, answer, tables.scorecard, as_csv, tables.scorecard_csv)
