"""Cursors: where the next page of an answer begins, as an opaque word.

A cursor names the last row of a page by what the rows are ordered by (never by a count of rows, which a row that comes
or goes in between would shift) and carries a digest of the question, so that it can't be used for another one.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from typing import Any

from govgraph.errors import UsageError

_DIGEST = 12


def encode(question: Sequence[Any], position: Sequence[Any]) -> str:
    """The cursor after a row; ``question`` and ``position`` are plain values."""
    text = json.dumps([_digest(question), *position], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode()


def decode(cursor: str, question: Sequence[Any], *types: tuple[type, ...]) -> list[Any]:
    """The position that a cursor of this question holds; ``types``: what each of its values may be.

    Raises:
        UsageError: it is no cursor, or one of another question.
    """
    try:
        found = json.loads(base64.b64decode(cursor.encode(), b"-_", validate=True))
        json.dumps(found, ensure_ascii=False).encode()  # half a character is none
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list) or len(found) != 1 + len(types):
        raise UsageError("that is no cursor; take the next of an answer as it is, or ask again without it")
    if found[0] != _digest(question) or any(type(v) not in t for v, t in zip(found[1:], types, strict=True)):
        raise UsageError("that cursor is of another question; ask again without it")
    return found[1:]


def _digest(question: Sequence[Any]) -> str:
    return hashlib.sha256(json.dumps(question, ensure_ascii=False).encode()).hexdigest()[:_DIGEST]
