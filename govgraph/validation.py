"""Validation: what a row gives, as the model takes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from govgraph.model import Edge, Node
from govgraph.terms import nfc

_MOST = 2**63 - 1


class Refused(Exception):
    """Why a row, or a value, is not taken; ``code`` is one of docs/loading.md."""

    def __init__(self, code: str, column: str | None, value: object, message: str) -> None:
        super().__init__(message)
        self.code, self.column, self.value, self.message = code, column, value, message


def validated(model: type[Node] | type[Edge], values: Mapping[str, object]) -> dict[str, Any]:
    """All fields of a node or an edge, those not given as the model presets them.

    Raises:
        Refused: a field that the model does not have, or a value that it does not take.
    """
    given = {}
    for name, value in values.items():
        if isinstance(value, str):
            value = nfc(value)
            if "\x00" in value:
                raise Refused("bad_value", name, value, "holds a NUL byte; remove it")
        if value not in (None, "", (), []):
            given[name] = value
    try:
        parsed = model.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        column = str(first["loc"][0]) if first["loc"] else None
        if first["type"] == "extra_forbidden":
            known = ", ".join(model.model_fields)
            raise Refused(
                "unknown_column", column, first["input"], f"{model.__name__} has no field {column!r}; it has {known}"
            ) from None
        raise Refused("bad_value", column, first["input"], first["msg"].removeprefix("Value error, ")) from None
    found = dict(parsed.__dict__)
    for name, value in found.items():
        if type(value) is int and not -_MOST <= value <= _MOST:
            raise Refused("bad_value", name, value, "is too large a number; whole numbers have 64 bits")
    return found
