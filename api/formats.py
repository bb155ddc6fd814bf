"""In which form an answer goes out: by ``Accept``, or by ``?format=``, which a link can bear."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import parse_qsl

from govgraph.api.problems import RefusedError

JSON, CSV, NDJSON, MERMAID, EVENTS = "json", "csv", "ndjson", "mermaid", "events"
MEDIA_TYPES: dict[str, str] = {
    JSON: "application/json",
    CSV: "text/csv; charset=utf-8",
    NDJSON: "application/x-ndjson",
    MERMAID: "text/vnd.mermaid; charset=utf-8",
    EVENTS: "text/event-stream",
}
_NAMES = {bare.split(";")[0]: name for name, bare in MEDIA_TYPES.items()}
_NAMES |= {"application/ndjson": NDJSON, "application/problem+json": JSON, "*/*": JSON, "application/*": JSON}
_NAMES |= {"text/*": CSV}


@lru_cache(maxsize=1024)
def wanted(query: bytes, accept: bytes) -> str:
    """The format that a request asks for; JSON where it does not say.

    Raises:
        RefusedError: none that there is.
    """
    if b"format=" in query:
        named = dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True)).get("format")
        if named is not None:
            if named not in MEDIA_TYPES:
                raise RefusedError("bad_value", f"format: there is no {named!r}; write one of {', '.join(MEDIA_TYPES)}")
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
