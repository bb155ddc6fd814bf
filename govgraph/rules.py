"""Rules as files: a bureau's own questions of what should not be, read and judged before any engine sees them.

A rule file (docs/checking.md) is a header of ``//`` lines and one reading query. The query is someone's text, so it is
taken apart by a tokenizer that knows strings, comments and backticks, and held against lists of what a rule may say:
clauses, functions, parameters. What reaches an engine is put together from the tokens again: no comment, escape or odd
space of the file can mean one thing here and another there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from govgraph.answers import Severity
from govgraph.errors import RuleFileError

SEVERITIES: tuple[Severity, ...] = Severity.__args__  # type: ignore[attr-defined]
"""Worst first."""
PARAMETERS = frozenset({"as_of", "jurisdiction"})
"""Parameters that a rule may take: the legal date, and the id of the jurisdiction asked for (empty: none)."""
REQUIRED_COLUMNS = ("id", "kind", "name")
COLUMNS = frozenset({*REQUIRED_COLUMNS, "stage", "jurisdiction", "reason"})
"""What a rule may answer."""
MOST_BYTES = 100_000
"""A rule's file is no larger."""
_REQUIRED = ("id", "title.zh", "title.en", "severity")
_HEADER = frozenset({*_REQUIRED, "basis", "remedy.zh", "remedy.en"})
_ID = re.compile(r"[a-z][a-z0-9_-]{0,63}")

_CLAUSES = frozenset({"MATCH", "OPTIONAL", "WITH", "UNWIND", "RETURN", "CALL"})
"""Words that a statement or a subquery may start with."""
_FOLLOWING = _CLAUSES | frozenset(
    [
        "WHERE",
        "ORDER",
        "BY",
        "SKIP",
        "LIMIT",
        "OFFSET",
        "UNION",
        "ALL",
        "AS",
        "AND",
        "OR",
        "XOR",
        "NOT",
        "IN",
        "IS",
        "CONTAINS",
        "STARTS",
        "ENDS",
        "ASC",
        "ASCENDING",
        "DESC",
        "DESCENDING",
        "WHEN",
        "THEN",
        "ELSE",
        "END",
        "SHORTEST",
    ]
)
"""Words that may stand where one thing has ended: those that go on with it, or begin the next clause."""
_KEYWORDS = _FOLLOWING | {"DISTINCT", "CASE", "NULL", "TRUE", "FALSE", "EXISTS", "COUNT", "COLLECT", "ANY"}
_THINGS = frozenset({"ASC", "ASCENDING", "DESC", "DESCENDING", "NULL", "TRUE", "FALSE", "END"})
"""Keywords with which something ends."""
_NEVER = frozenset(
    [
        "DELETE",
        "DETACH",
        "NODETACH",
        "SET",
        "REMOVE",
        "CREATE",
        "MERGE",
        "INSERT",
        "FOREACH",
        "LOAD",
        "COPY",
        "USE",
        "SHOW",
        "TERMINATE",
        "INSTALL",
        "UNINSTALL",
        "UPDATE",
        "ATTACH",
        "EXPORT",
        "IMPORT",
        "DROP",
        "ALTER",
        "ANALYZE",
        "GRANT",
        "DENY",
        "REVOKE",
        "PROFILE",
        "EXPLAIN",
        "CYPHER",
        "BEGIN",
        "COMMIT",
        "ROLLBACK",
        "CHECKPOINT",
        "MACRO",
        "YIELD",
        "FINISH",
        "CSV",
        "TRANSACTIONS",
        "CONCURRENT",
    ]
)
"""Words that write, reach outside the graph or say how it is run; refused wherever they are no name of a property."""
FUNCTIONS = frozenset(
    [
        "abs",
        "all",
        "any",
        "avg",
        "cast",
        "ceil",
        "ceiling",
        "coalesce",
        "collect",
        "count",
        "date",
        "datetime",
        "duration",
        "e",
        "elementid",
        "endnode",
        "exists",
        "exp",
        "floor",
        "head",
        "id",
        "isempty",
        "keys",
        "label",
        "labels",
        "last",
        "left",
        "length",
        "list_contains",
        "localdatetime",
        "log",
        "log10",
        "lower",
        "ltrim",
        "max",
        "min",
        "nodes",
        "none",
        "nullif",
        "percentilecont",
        "percentiledisc",
        "pi",
        "power",
        "properties",
        "range",
        "reduce",
        "regexp_matches",
        "relationships",
        "rels",
        "replace",
        "reverse",
        "right",
        "round",
        "rtrim",
        "shortestpath",
        "allshortestpaths",
        "sign",
        "single",
        "size",
        "split",
        "sqrt",
        "startnode",
        "stdev",
        "stdevp",
        "substring",
        "sum",
        "tail",
        "tobooleanornull",
        "tofloat",
        "tofloatornull",
        "tointeger",
        "tointegerornull",
        "tolower",
        "tostring",
        "tostringornull",
        "toupper",
        "trim",
        "type",
        "upper",
        "valuetype",
    ]
)
"""Functions that a rule may call: they read the graph or reckon, on one engine or both."""
_DATES = frozenset({"date", "datetime", "localdatetime", "duration"})
"""Namespaces whose functions may be called."""

_PATTERNS = (
    ("string", r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\""),
    ("quoted", r"`(?:[^`]|``)*`"),
    ("comment", r"//[^\n]*|/\*.*?\*/"),
    ("parameter", r"\$(?:\w+|`(?:[^`]|``)*`)"),
    ("number", r"\d\w*(?:\.\d\w*)?"),
    ("word", r"\w+"),
    ("space", r"\s+"),
    ("mark", r"\.\.|<=|>=|<>|=~|[-+*/%^=<>()\[\]{},.:;|!&]"),
)
_TOKENS = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _PATTERNS), re.DOTALL)
_ESCAPE = re.compile(r"\\(.?)", re.DOTALL)
_ESCAPES = frozenset("\\'\"nrtbf")


class Token(NamedTuple):
    """A piece of a query."""

    kind: str
    text: str
    line: int
    apart: bool
    """Whether there is space before it."""

    @property
    def word(self) -> str:
        """In capitals, where it is a word without backticks; else empty."""
        return self.text.upper() if self.kind == "word" else ""


@dataclass(frozen=True)
class Rule:
    """One rule file."""

    id: str
    title: tuple[str, str]
    """Chinese and English."""
    severity: Severity
    basis: str | None
    remedy: tuple[str, str] | None
    text: str
    """The query as an engine gets it."""
    parameters: frozenset[str]
    columns: tuple[str, ...]
    file: str
    line: int
    """The line of the file in which the text begins."""


def read_folder(folder: Path) -> list[Rule]:
    """The rules of a folder, by name of file.

    Raises:
        RuleFileError: no such folder, no rule in it, two of one id, or a rule that can't be taken (file and line).
    """
    if not folder.is_dir():
        raise RuleFileError(f"there is no folder {folder}; --rules names a folder of *.cypher files")
    try:
        files = sorted(folder.glob("*.cypher"))
    except OSError as error:
        raise RuleFileError(f"{folder} can't be read: {error.strerror}") from None
    if not files:
        raise RuleFileError(f"{folder} holds no *.cypher file; see docs/checking.md for what a rule is")
    rules: dict[str, Rule] = {}
    for file in files:
        rule = read_file(file)
        if rule.id in rules:
            raise RuleFileError(f"{file}:1: id {rule.id} is that of {rules[rule.id].file} already; give it another")
        rules[rule.id] = rule
    return list(rules.values())


def read_file(file: Path) -> Rule:
    """The rule of one file.

    Raises:
        RuleFileError: as :func:`parse`, or a file that can't be read.
    """
    try:
        with file.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise RuleFileError(f"{file} can't be read: {error.strerror}") from None
    if len(content) > MOST_BYTES:
        raise RuleFileError(f"{file} is larger than {MOST_BYTES:,} bytes; a rule is one query")
    try:
        return parse(content.decode("utf-8"), str(file))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise RuleFileError(f"{file}:{line}: is not UTF-8 (byte {error.start})") from None


def parse(content: str, file: str) -> Rule:
    """Read a rule, without any engine.

    Raises:
        RuleFileError: file, line and reason: a header that lacks something, a query that writes, reaches outside the
            graph, or answers other columns than a rule's.
    """
    content = content.replace("\r\n", "\n")
    for match in re.finditer(r"[^\n\t -~]", content):
        if unicodedata.category(match[0]) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
            raise _refusal(
                file,
                content.count("\n", 0, match.start()) + 1,
                f"has the invisible character {match[0]!a}; take it out",
            )
    header, first = _header(content, file)
    body = "\n".join(content.split("\n")[first - 1 :])
    tokens = list(_tokens(body, first, file))
    if tokens and tokens[-1].text == ";":
        tokens.pop()
    if not tokens:
        raise _refusal(file, first, "has no query after its header")
    _judge(tokens, file)
    columns = _columns(tokens, file)
    remedy = (header.get("remedy.zh", ""), header.get("remedy.en", ""))
    return Rule(
        id=header["id"],
        title=(header["title.zh"], header["title.en"]),
        severity=header["severity"],  # type: ignore[arg-type]  # _header has looked
        basis=header.get("basis"),
        remedy=(remedy[0] or remedy[1], remedy[1] or remedy[0]) if any(remedy) else None,
        text=_text(tokens),
        parameters=frozenset(t.text[1:] for t in tokens if t.kind == "parameter"),
        columns=columns,
        file=file,
        line=tokens[0].line,
    )


def _refusal(file: str, line: int, why: str) -> RuleFileError:
    return RuleFileError(f"{file}:{line}: {why}")


def _header(content: str, file: str) -> tuple[dict[str, str], int]:
    """The header's values, and the number of the first line after it."""
    found: dict[str, str] = {}
    number = 0
    for number, line in enumerate(content.split("\n"), 1):
        if not line.startswith("//"):
            break
        key, colon, value = line[2:].partition(":")
        key, value = key.strip().lower(), value.strip()
        # A line that is no "key:" is a remark.
        if not colon or not re.fullmatch(r"[a-z.]+", key):
            continue
        if key not in _HEADER:
            raise _refusal(file, number, f"there is no {key}: in a header; write {', '.join(sorted(_HEADER))}")
        if key in found:
            raise _refusal(file, number, f"{key}: stands twice")
        if not value:
            raise _refusal(file, number, f"{key}: says nothing")
        if key == "id" and not _ID.fullmatch(value):
            raise _refusal(file, number, "id: is small letters, digits, - and _, from a letter on, 64 at the most")
        if key == "severity" and value not in SEVERITIES:
            raise _refusal(file, number, f"severity: {value} is none; write {', '.join(SEVERITIES)}")
        found[key] = value
    if missing := [key for key in _REQUIRED if key not in found]:
        raise _refusal(file, 1, f"its header lacks {', '.join(f'{key}:' for key in missing)}")
    return found, number


def _tokens(body: str, line: int, file: str) -> Iterator[Token]:
    at, apart = 0, False
    while at < len(body):
        match = _TOKENS.match(body, at)
        if match is None or (body.startswith("/*", at) and match.lastgroup == "mark"):
            what = {"'": "a string", '"': "a string", "`": "a name in backticks", "/": "a comment"}.get(body[at])
            raise _refusal(file, line, f"{what} does not end" if what else f"has {body[at]!a}, which no rule needs")
        kind, text = str(match.lastgroup), match[0]
        if bad := _bad(kind, text, body[match.end() : match.end() + 2]):
            raise _refusal(file, line, bad)
        if kind in ("space", "comment"):
            apart = True
        else:
            yield Token(kind, text, line, apart)
            apart = False
        line += text.count("\n")
        at = match.end()


def _bad(kind: str, text: str, after: str) -> str | None:
    if kind == "string":
        for escape in _ESCAPE.findall(text[1:-1]):
            if escape.lower() == "u":
                # Neo4j reads \u0027 as the quote that ends the string.
                return r"has a \u escape; write the character itself"
            if escape not in _ESCAPES:
                return rf"has the escape \{escape}, which the engines read differently; write \\ for a backslash"
    elif kind == "quoted" and re.search(r"\\u", text, re.IGNORECASE):
        return r"has a \u escape; write the character itself"
    elif kind == "parameter" and text[1:] not in PARAMETERS:
        return f"has the parameter {text}; a rule takes only {', '.join(f'${p}' for p in sorted(PARAMETERS))}"
    elif kind == "number" and after.startswith(".") and after != "..":
        return f"has the number {text}. ; write {text}.0"
    return None


def _judge(tokens: Sequence[Token], file: str) -> None:
    """Refuse what is not one reading query.

    Whatever begins a clause follows something that has ended (a name, a value, a bracket) or stands at the start of a
    statement or subquery. So in these two places only the words of the two lists may stand.
    """
    starts, ended = True, False
    after_as = False
    brackets: list[Token] = []
    pairs = {")": "(", "]": "[", "}": "{"}
    for i, token in enumerate(tokens):
        before = tokens[i - 1] if i else None
        after = tokens[i + 1].text if i + 1 < len(tokens) else ""
        named = before is not None and before.text == "."
        word = "" if named else token.word
        if token.text == ";":
            raise _refusal(file, token.line, "has several statements; a rule is one query")
        if token.text in pairs:
            if not brackets or brackets.pop().text != pairs[token.text]:
                raise _refusal(file, token.line, f"has a {token.text} that closes nothing")
        elif token.kind == "mark" and token.text in pairs.values():
            brackets.append(token)
        # A property, or the key of a map, may be called anything.
        key = after == ":" and before is not None and before.text in ("{", ",")
        if word in _NEVER and not key and not (before is not None and before.text in (":", "|", "&")):
            raise _refusal(file, token.line, f"says {token.text}; a rule reads the graph and does nothing else")
        if word == "CALL" and not key:
            _subquery(tokens, i, file)
        if after == "(" and token.kind in ("word", "quoted"):
            _function(tokens, i, file)
        if starts:
            opened_map = (
                before is not None and before.text == "{" and (token.kind != "word" or after in (":", ",", "}"))
            )
            if word not in _CLAUSES and not opened_map:
                raise _refusal(
                    file,
                    token.line,
                    f"can't start with {token.text}; a query starts with {', '.join(sorted(_CLAUSES))}",
                )
        elif ended and word not in _FOLLOWING and token.kind in ("word", "quoted", "string", "number", "parameter"):
            raise _refusal(file, token.line, f"has {token.text} where a rule can only go on with {_listed()}")
        if word == "OPTIONAL" and after.upper() != "MATCH":
            raise _refusal(file, token.line, "has OPTIONAL without MATCH")
        if after_as and token.kind == "word" and word in _KEYWORDS:
            raise _refusal(
                file, token.line, f"names something {token.text}, a word of the language; put it in backticks"
            )
        after_as = word == "AS"
        last = before.word if before is not None else ""
        starts = (
            token.text == "{" or (word == "UNION" and after.upper() != "ALL") or (word == "ALL" and last == "UNION")
        )
        if token.kind == "mark":
            # The * of RETURN * is everything; that of 2 * 3 and [:A*] goes on.
            ended = token.text in pairs or (token.text == "*" and last in ("RETURN", "WITH", "DISTINCT"))
        else:
            ended = word in _THINGS or word not in _KEYWORDS
    if brackets:
        raise _refusal(file, brackets[-1].line, f"has a {brackets[-1].text} that is not closed")


def _listed() -> str:
    return ", ".join(sorted(_FOLLOWING - {"BY", "ALL", "SHORTEST"}))


def _subquery(tokens: Sequence[Token], at: int, file: str) -> None:
    """Refuse a CALL of a procedure: only ``CALL {`` and ``CALL (names) {`` call nothing."""
    rest = at + 1
    if rest < len(tokens) and tokens[rest].text == "(":
        while rest < len(tokens) and tokens[rest].text != ")":
            rest += 1
        rest += 1
    if rest >= len(tokens) or tokens[rest].text != "{":
        raise _refusal(file, tokens[at].line, "calls a procedure; a rule may call only subqueries, CALL { … }")


def _function(tokens: Sequence[Token], at: int, file: str) -> None:
    """Refuse a function that is not known to read and reckon only."""
    token = tokens[at]
    if token.word in _KEYWORDS and token.word.lower() not in FUNCTIONS:
        return
    first = at
    while first >= 2 and tokens[first - 1].text == ".":
        first -= 2
    if first < at:
        allowed = first == at - 2 and tokens[first].text.lower() in _DATES and tokens[first].kind == "word"
        name = "".join(t.text for t in tokens[first : at + 1])
    else:
        allowed = token.kind == "word" and token.text.lower() in FUNCTIONS
        name = token.text
    if not allowed:
        raise _refusal(
            file, token.line, f"calls {name}(…), which a rule may not; it may call {', '.join(sorted(FUNCTIONS))}"
        )


def _columns(tokens: Sequence[Token], file: str) -> tuple[str, ...]:
    """What the last RETURN answers.

    Raises:
        RuleFileError: no RETURN, a column without a name, one that no rule answers, or a lack of one.
    """
    depth, start = 0, -1
    for i, token in enumerate(tokens):
        depth += (token.text in ("(", "[", "{")) - (token.text in (")", "]", "}")) if token.kind == "mark" else 0
        if depth == 0 and token.word == "RETURN" and not (i and tokens[i - 1].text == "."):
            start = i
    if start < 0:
        raise _refusal(file, tokens[-1].line, "answers nothing; end it with RETURN … AS id, … AS kind, … AS name")
    items: list[list[Token]] = [[]]
    for token in tokens[start + 1 :]:
        if depth == 0 and token.word in ("ORDER", "SKIP", "OFFSET", "LIMIT", "UNION"):
            break
        if token.kind == "mark":
            depth += (token.text in ("(", "[", "{")) - (token.text in (")", "]", "}"))
        if depth == 0 and token.text == ",":
            items.append([])
        else:
            items[-1].append(token)
    line, found = tokens[start].line, []
    for item in items:
        if item and item[0].word == "DISTINCT":
            item = item[1:]
        bare = len(item) == 1 and item[0].kind in ("word", "quoted")
        if not bare and not (len(item) > 2 and item[-2].word == "AS"):
            raise _refusal(file, item[0].line if item else line, "answers a column without a name; write … AS name")
        name = item[-1].text.strip("`")
        if name not in COLUMNS:
            raise _refusal(file, item[-1].line, f"answers {name}; a rule answers {', '.join(sorted(COLUMNS))}")
        if name in found:
            raise _refusal(file, item[-1].line, f"answers {name} twice")
        found.append(name)
    if missing := [name for name in REQUIRED_COLUMNS if name not in found]:
        raise _refusal(
            file, line, f"does not answer {', '.join(missing)}; each row names its subject by id, kind and name"
        )
    return tuple(found)


def _text(tokens: Sequence[Token]) -> str:
    """The query again, its tokens in the lines where they were."""
    parts: list[str] = []
    line = tokens[0].line
    for token in tokens:
        if token.line > line:
            parts.append("\n" * (token.line - line))
        elif token.apart and parts:
            parts.append(" ")
        parts.append(token.text)
        line = token.line + token.text.count("\n")
    return "".join(parts)
