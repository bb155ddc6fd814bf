"""In which form an answer goes out: by ``Accept``, or by ``?format=``, which a link can bear."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import parse_qsl

from govgraph.api.problems import RefusedError
from govgraph.report import FORMATS

JSON, CSV, NDJSON, MERMAID, EVENTS = "json", "csv", "ndjson", "mermaid", "events"
DOT, GRAPHML = "dot", "graphml"
MEDIA_TYPES: dict[str, str] = {
    JSON: "application/json",
    CSV: "text/csv; charset=utf-8",
    NDJSON: "application/x-ndjson",
    MERMAID: "text/vnd.mermaid; charset=utf-8",
    DOT: "text/vnd.graphviz; charset=utf-8",
    GRAPHML: "application/graphml+xml",
    EVENTS: "text/event-stream",
}
FILES = FORMATS
"""Forms in which a report goes out, by ``?format=`` alone: a browser that takes HTML does not mean a report."""
_NAMES = {bare.split(";")[0]: name for name, bare in MEDIA_TYPES.items()}
_NAMES |= {"application/ndjson": NDJSON, "application/problem+json": JSON, "*/*": JSON, "application/*": JSON}
_NAMES |= {"text/*": CSV}


def media_type(format_: str) -> str:
    """The media type of a format."""
    return MEDIA_TYPES.get(format_) or FILES[format_]


def parameter(query: bytes, name: str) -> str | None:
    """A parameter of a query string, empty or not; None where it is not there."""
    if name.encode() + b"=" not in query:
        return None
    return dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True)).get(name)


@lru_cache(maxsize=1024)
def wanted(query: bytes, accept: bytes) -> str:
    """The format that a request asks for; JSON where it does not say.

    Raises:
        RefusedError: none that there is.
    """
    named = parameter(query, "format")
    if named is not None:
        if named not in MEDIA_TYPES and named not in FILES:
            there = ", ".join((*MEDIA_TYPES, *FILES))
            raise RefusedError("bad_value", f"format: there is no {named!r}; write one of {there}")
        return named
    if not accept or accept == b"*/*":
        return JSON
    best, found = 0.0, ""
    for part in accept.decode("latin-1").split(","):
        bare, _, rest = part.partition(";")
        name = _NAMES.get(bare.strip().lower())
        weight = _weight(rest)
        if name and weight > best:
            best, found = weight, name
    if not found:
        raise RefusedError(
            "not_acceptable", "an answer can be had as " + ", ".join(m.split(";")[0] for m in MEDIA_TYPES.values())
        )
    return found


def _weight(parameters: str) -> float:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
