"""What commands share: the context, the usual options, how an answer is said."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from govgraph.errors import UsageError

if TYPE_CHECKING:
    from datetime import date

    from govgraph import answers
    from govgraph.library import Library
    from govgraph.words import Lang

EXIT_FINDINGS, EXIT_USAGE = 1, 2


class Context:
    def __init__(self, graph: str, lang: str) -> None:
        self.graph, self.as_json = graph, False
        self.known_at: str | None = None
        self.lang: Lang = "zh" if lang == "zh" else "en"

    @contextmanager
    def open(self, *, write: bool = False) -> Iterator[Library]:
        from govgraph import library

        with library.open(self.graph, read_only=not write) as found:
            if self.known_at is None:
                yield found
                return
            with progress_of("transactions") as progress:
                then = found.known_at(self.known_at, progress=progress)
            with then:
                yield then


pass_context = click.make_pass_decorator(Context)


def answering(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --json."""

    def note(context: click.Context, _: click.Parameter, value: bool) -> bool:
        if value:
            context.find_object(Context).as_json = True  # type: ignore[union-attr]
        return value

    return click.option(
        "--json", "as_json", is_flag=True, expose_value=False, is_eager=True, callback=note, help="Answer in JSON"
    )(command)


def asking(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --json, and --known-at: what the graph is asked as it was then."""

    def note(context: click.Context, _: click.Parameter, value: str | None) -> str | None:
        if value is not None:
            context.find_object(Context).known_at = value  # type: ignore[union-attr]
        return value

    return click.option(
        "--known-at",
        metavar="RUN|DAY",
        expose_value=False,
        callback=note,
        help="As the graph knew it after that run, or at the end of that day (UTC)",
    )(answering(command))


class Day(click.ParamType):  # type: ignore[type-arg]
    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> date:
        from govgraph import library

        try:
            found = library.day(value)
        except UsageError as error:
            self.fail(error.message, param, context)
        assert found is not None
        return found


as_of_option = click.option("--as-of", type=Day(), metavar="DAY", help="Legal date, e.g. 2024-03-21 [today]")
stages_option = click.option(
    "--stage", "stages", multiple=True, metavar="STAGE", help="en, zh or alias; may be repeated"
)


def say(context: Context, answer: answers.Answer, table: Callable[..., None]) -> None:
    if context.as_json:
        click.echo(answer.to_json())
    else:
        table(answer, context.lang)


@contextmanager
def progress_of(what: str = "rows", total: int | None = None) -> Iterator[Callable[..., None]]:
    """Tells on a terminal, after a second, how many of what are done, how fast, and where their number is known, for how
    much longer: ``tell(done)``, ``tell(done, total)``.
    """
    started = time.monotonic()
    shown = False

    def tell(read: int, of: int | None = total) -> None:
        nonlocal shown
        seconds = time.monotonic() - started
        if seconds > 1 and sys.stderr.isatty():
            shown = True
            rate = read / seconds
            left = f", {_duration((of - read) / rate)} left" if of and rate and read <= of else ""
            count = f"{read:,} of {of:,}" if left else f"{read:,}"
            click.echo(f"\r{count} {what}, {rate:,.0f} a second{left}\x1b[K", nl=False, err=True)

    yield tell
    if shown:
        click.echo("", err=True)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def dumps(value: object, indent: int | None = None) -> str:
    import json

    return json.dumps(value, ensure_ascii=False, indent=indent)
