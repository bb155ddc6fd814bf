"""Reads ``cypher/``: one question per file, its path its name.

A file starts with ``//`` lines: its documentation, required. ``$names`` are its parameters. ``<<NAME>>`` stands for
words of the model that no engine takes as a parameter (a label, a type, a bound); only the words listed in
:data:`PLACEHOLDERS` can take its place. Where engines must differ, ``name.<dialect>.cypher`` stands instead of
``name.cypher``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from govgraph.errors import QueryFileError
from govgraph.graph import Graph, Rows
from govgraph.model import ASSETS, EDGES, NODES, RECORD_TYPES

FOLDER = Path(__file__).parent / "cypher"
MAX_HOPS = 30
"""Hops that one text may walk: the embedded engine's cap."""

PLACEHOLDERS: dict[str, Callable[[str], bool]] = {
    "KIND": NODES.__contains__,
    "KINDS": lambda value: all(kind in NODES for kind in value.split("|")),
    "ASSET": ASSETS.__contains__,
    "TYPE": EDGES.__contains__,
    "RECORD": lambda value: all(type_ in RECORD_TYPES for type_ in value.split("|")),
    "HOPS": lambda value: value.isdecimal() and 1 <= int(value) <= MAX_HOPS,
}
_TOKEN = re.compile(r"<<(\w+)>>")
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

    def fill(self, words: dict[str, str]) -> str:
        """The text with its placeholders filled.

        Raises:
            QueryFileError: a placeholder is missing, unknown, or its word is not the model's.
        """
        if set(words) != self.placeholders:
            raise QueryFileError(f"{self.name} has placeholders {sorted(self.placeholders)}, got {sorted(words)}")
        for name, value in words.items():
            if not PLACEHOLDERS[name](value):
                raise QueryFileError(f"{self.name}: {value!r} can't stand for <<{name}>>")
        return _TOKEN.sub(lambda match: words[match[1]], self.text)


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
    return Query(name, dialect, "\n".join(doc), text, frozenset(_PARAMETER.findall(bare)), placeholders)


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
    query = get(name, graph.dialect)
    given = parameters or {}
    if set(given) != query.parameters:
        raise QueryFileError(f"{name} takes parameters {sorted(query.parameters)}, got {sorted(given)}")
    return graph.read(query.fill(words or {}), given, timeout=timeout)
