"""Reads ``cypher/``: one question per file, its path its name.

A file starts with ``//`` lines: its documentation, required. ``$names`` are its parameters. ``<<NAME>>`` stands for
words of the model that no engine takes as a parameter (a label, a type, a bound); only the words listed in
:data:`PLACEHOLDERS` can take its place. Where engines must differ, ``name.<dialect>.cypher`` stands instead of
``name.cypher``.

``AND <<SEES x KIND>>`` (or ``WHERE``), last among the conditions, says that ``x``, of that kind, must be seen. On an
unlimited graph it vanishes; on one that is limited to a jurisdiction it becomes the condition of
:func:`govgraph.schema.sees`. The kind is a label, a placeholder of the file, or ``STARTS`` or ``ENDS``: the kinds that
its edges start or end at. ``<<HIDES x KIND>>`` is the contrary, for questions of limited graphs only. A file that says
nothing of sight can't be asked of a limited graph, except those in :data:`UNLIMITED`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from govgraph import pages, schema
from govgraph.errors import QueryFileError
from govgraph.graph import Graph, Parameters, Rows, View
from govgraph.model import ASSETS, EDGES, GRADED, NODES, RECORD_TYPES

Asks = Callable[[str, dict[str, Any], dict[str, str]], Rows]
"""Answers a query by its name, parameters and words: :func:`ask` of a graph, or within a transaction."""
FOLDER = Path(__file__).parent / "cypher"
MAX_HOPS = 30
"""Hops that one text may walk: the embedded engine's cap."""

PLACEHOLDERS: dict[str, Callable[[str], bool]] = {
    "KIND": NODES.__contains__,
    "KINDS": lambda value: all(kind in NODES for kind in value.split("|")),
    "ASSET": ASSETS.__contains__,
    "GRADED": GRADED.__contains__,
    "TYPE": EDGES.__contains__,
    "RECORD": lambda value: all(type_ in RECORD_TYPES for type_ in value.split("|")),
    "HOPS": lambda value: value.isdecimal() and 1 <= int(value) <= MAX_HOPS,
}
UNLIMITED: frozenset[str] = frozenset({"catalogue/meta"})
"""Queries that tell nothing of what is in a graph: they may be asked of a limited one as they are."""
_TOKEN = re.compile(r"<<(\w+)>>")
_SIGHT = re.compile(r"\s+(AND|WHERE)\s+<<(SEES|HIDES) (\w+) (\w+)>>")
_NOT_LAST = re.compile(r"<<(?:SEES|HIDES)[^>]*>>\s+(?:OR|XOR|AND\s+(?!<<(?:SEES|HIDES) ))")
_ENDS = {"STARTS": 0, "ENDS": 1}
_PARAMETER = re.compile(r"\$(\w+)")
_NAME = re.compile(r"[a-z_]+/[a-z_]+$")


@dataclass(frozen=True)
class Query:
    """One file of ``cypher/``."""

    name: str
    dialect: str | None
    doc: str
    text: str
    parameters: frozenset[str]
    placeholders: frozenset[str]
    sighted: bool
    """Whether it says what must be seen."""

    def fill(self, words: dict[str, str], *, limited_on: str | None = None) -> str:
        """The text with its placeholders filled; ``limited_on``: for a limited graph of that dialect.

        Raises:
            QueryFileError: a placeholder is missing, unknown, or its word is not the model's.
        """
        if set(words) != self.placeholders:
            raise QueryFileError(f"{self.name} has placeholders {sorted(self.placeholders)}, got {sorted(words)}")
        for name, value in words.items():
            if not PLACEHOLDERS[name](value):
                raise QueryFileError(f"{self.name}: {value!r} can't stand for <<{name}>>")

        def sight(match: re.Match[str]) -> str:
            if limited_on is None:
                if match[2] == "HIDES":
                    raise QueryFileError(f"{self.name} asks what a limited graph hides; this one is not limited")
                return ""
            condition = schema.sees(match[3], self._kinds(match[4], words), limited_on)
            return f" {match[1]} {'NOT ' if match[2] == 'HIDES' else ''}{condition}"

        return _TOKEN.sub(lambda match: words[match[1]], _SIGHT.sub(sight, self.text))

    @staticmethod
    def _kinds(word: str, words: dict[str, str]) -> tuple[str, ...]:
        if word in _ENDS:
            types = words.get("TYPE") or words["RECORD"]
            return tuple(dict.fromkeys(k for type_ in types.split("|") for k in EDGES[type_].kinds(_ENDS[word])))
        return (word,) if word in NODES else tuple(words[word].split("|"))


def parse(name: str, dialect: str | None, content: str) -> Query:
    """Read one file's content.

    Raises:
        QueryFileError: undocumented, empty, several statements, a BOM, unbalanced brackets or an unknown placeholder.
    """

    def refuse(why: str) -> QueryFileError:
        return QueryFileError(f"cypher/{name}{'.' + dialect if dialect else ''}.cypher: {why}")

    if not _NAME.match(name):
        raise refuse("its path is not room/question in lower case")
    if content.startswith("\ufeff"):
        raise refuse("starts with a byte-order mark; save it as UTF-8 without one")
    lines = content.splitlines()
    doc = []
    while lines and lines[0].startswith("//"):
        doc.append(lines.pop(0)[2:].strip())
    if not any(doc):
        raise refuse("starts without // lines that say what it answers")
    text = "\n".join(line for line in lines if not line.lstrip().startswith("//")).strip()
    bare = re.sub(r"'(?:[^'\\]|\\.)*'|`[^`]*`", "''", text)
    if not bare:
        raise refuse("has no statement")
    if ";" in bare:
        raise refuse("has a ; : one file holds one statement and no terminator")
    for pair in ("()", "[]", "{}"):
        if bare.count(pair[0]) != bare.count(pair[1]):
            raise refuse(f"has unbalanced {pair}")
    placeholders = frozenset(_TOKEN.findall(bare))
    if unknown := placeholders - set(PLACEHOLDERS):
        raise refuse(f"has unknown placeholders {sorted(unknown)}")
    if _NOT_LAST.search(bare):
        raise refuse("has a condition after <<SEES …>>; put that last")
    if "<<" in _TOKEN.sub("", _SIGHT.sub("", bare)):
        raise refuse("has a << >> that is neither a placeholder nor AND or WHERE with <<SEES variable KIND>>")
    sights = _SIGHT.findall(bare)
    for *_, word in sights:
        edges = placeholders & {"TYPE", "RECORD"}
        if not (
            word in NODES or (word in placeholders & {"KIND", "KINDS", "ASSET", "GRADED"}) or (word in _ENDS and edges)
        ):
            raise refuse(f"has <<SEES …>> of {word!r}, which is no kind and no placeholder of it")
    return Query(name, dialect, "\n".join(doc), text, frozenset(_PARAMETER.findall(bare)), placeholders, bool(sights))


@lru_cache(maxsize=1)
def library() -> dict[tuple[str, str | None], Query]:
    """Every query by name and dialect (None: any). Read once.

    Raises:
        QueryFileError: a file is malformed, or stands both for every engine and for one.
    """
    return read_folder(FOLDER)


def read_folder(folder: Path) -> dict[tuple[str, str | None], Query]:
    """The queries of a folder, by name and dialect."""
    found: dict[tuple[str, str | None], Query] = {}
    texts: dict[str, str] = {}
    for file in sorted(folder.rglob("*.cypher")):
        stem, _, dialect = file.relative_to(folder).as_posix().removesuffix(".cypher").partition(".")
        try:
            content = file.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise QueryFileError(f"cypher/{stem}.cypher is not UTF-8 (byte {error.start})") from None
        query = parse(stem, dialect or None, content)
        found[stem, dialect or None] = query
        if query.text in texts:
            raise QueryFileError(f"cypher/{stem} and cypher/{texts[query.text]} hold the same statement; keep one")
        texts[query.text] = stem
    for name, engine in found:
        if engine and (name, None) in found:
            raise QueryFileError(f"cypher/{name} stands both for every engine and for {engine}; keep one")
    return found


def get(name: str, dialect: str) -> Query:
    """The query of that name for that engine.

    Raises:
        QueryFileError: there is none.
    """
    queries = library()
    query = queries.get((name, None)) or queries.get((name, dialect))
    if query is None:
        raise QueryFileError(f"there is no cypher/{name}.cypher for {dialect}")
    return query


def ask(
    graph: Graph,
    name: str,
    parameters: dict[str, Any] | None = None,
    *,
    words: dict[str, str] | None = None,
    timeout: float | None = None,
) -> Rows:
    """Rows of the named query.

    Raises:
        QueryFileError: no such query, or parameters that are not exactly its own.
    """
    text, given = bind(name, graph.dialect, parameters, words, graph.view)
    return graph.read(text, given, timeout=timeout)


def count_edges(graph: Graph, type_: str) -> int:
    """How many edges of a type there are; the same edge from two sources counts once."""
    if graph.view is not None:
        return int(ask(graph, "catalogue/count_edges", words={"TYPE": type_})[0]["edges"])
    asked = schema.counted_edges(type_)
    whole: Iterable[tuple[str, Parameters]] = [(asked.text(), {})]
    if graph.dialect == "ladybug":
        whole = pages.pages(graph.read, asked, {}, pages.PAGE)
    return sum(int(graph.read(text, given)[0]["edges"]) for text, given in whole)


def bind(
    name: str,
    dialect: str,
    parameters: dict[str, Any] | None = None,
    words: dict[str, str] | None = None,
    view: View | None = None,
) -> tuple[str, dict[str, Any]]:
    """Text and parameters of the named query as an engine takes them, limited to the view.

    Raises:
        QueryFileError: no such query, parameters that are not exactly its own, or a query that would tell of everything
            where there is a view.
    """
    query = get(name, dialect)
    given = dict(parameters or {})
    if set(given) != query.parameters:
        raise QueryFileError(f"{name} takes parameters {sorted(query.parameters)}, got {sorted(given)}")
    if view is None:
        return query.fill(words or {}), given
    if not query.sighted and name not in UNLIMITED:
        raise QueryFileError(f"{name} says nothing of who sees what, so it can't be asked of a limited graph")
    text = query.fill(words or {}, limited_on=dialect)
    return text, given | sight(view, text)


def sight(view: View, text: str) -> dict[str, Any]:
    """The parameters by which a limited text (:func:`govgraph.schema.sees`) knows what the view sees."""
    seen = {"view_within": list(view.within), "view_readable": [*view.within, *view.above]}
    return {name: ids for name, ids in seen.items() if f"${name}" in text}
