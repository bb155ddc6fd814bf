"""What a loader yields: numbered rows, each of one node kind or edge type of the model."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import pyarrow as pa


class Refusal(NamedTuple):
    """Why a loader itself refuses a row that it could not translate."""

    code: str
    column: str | None
    value: str
    message: str


class Row(NamedTuple):
    """One row of a source, in the model's own field names.

    A node row has the fields of its kind: links (``jurisdiction``, ``parent`` …) name ids or aliases, lists are
    tuples or ``|``-joined. An edge row has ``from``, ``to``, optionally ``from_kind`` and ``to_kind``, and the
    fields of its type. ``None`` and the empty string mean: not stated. Nodes come before the edges that name
    them, and rows of one kind together.
    """

    kind: str
    """Node kind or edge type of the model."""
    values: dict[str, Any]
    file: str
    row: int
    sheet: str | None = None
    passage: str = ""
    """Where in its source the statement stands; two passages are two statements."""
    settle: bool = False
    """An explicit id gives way to a node that already stands under the row's natural id or document number."""
    also: Mapping[str, str] | None = None
    """Of a link field: a better word for what it names, used where exactly one thing bears it (a provider's code)."""
    column: Callable[[str], str] | None = None
    """The file's own name of a field's column, where it has one; refusals tell that."""
    cells: Callable[[], Mapping[str, Any]] | None = None
    """What the rejects file keeps of the row, where that is not its values."""
    refused: Refusal | None = None
    """The row is refused as it stands."""


class Block(NamedTuple):
    """Some thousand rows of one node kind as columns: another form of the same rows."""

    kind: str
    file: str
    numbers: Sequence[int]
    columns: Mapping[str, pa.Array]
    """Field → texts as rows have them; null: not stated."""
    odd: frozenset[int]
    """Places, from 0, whose rows say more than the columns: lists, cells beyond the header, what can't be taken."""
    row: Callable[[int], Row]
    """The row at a place."""
    also: Mapping[str, pa.Array] = MappingProxyType({})
    """Link field → the rows' better words for what it names; null: none."""


class Reading(NamedTuple):
    """How the cells of a grid become what its rows say."""

    kind: str
    file: str
    constants: Mapping[str, str]
    """What every row states that doesn't state it itself."""
    value: Callable[[str, Any], Any]
    """What a cell of a field says."""
    plain: Callable[[str], bool]
    """Whether a field's cell of plain text says just that."""
    row: Callable[[int, Sequence[Any]], Row | None]
    """What a numbered row says as a whole; None: nothing."""


def table(name: str) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a table of facts with their line numbers; the header is line 1."""
    text = (files("govgraph.loaders") / "facts" / name).read_text(encoding="utf-8")
    reader = csv.DictReader(text.splitlines(keepends=True))
    for row in reader:
        yield reader.line_num, {column: value.strip() for column, value in row.items()}


def words(text: str) -> tuple[str, ...]:
    """The words of a cell, which are separated by ``|``."""
    return tuple(word.strip() for word in text.split("|") if word.strip())


def stated(**values: Any) -> dict[str, Any]:
    """The fields that a row states: without the empty ones."""
    return {name: value for name, value in values.items() if value not in (None, "", ())}
