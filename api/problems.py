"""Errors as RFC 9457 problem details: one table of codes, one shape for every refusal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from govgraph import answers
from govgraph.errors import GovgraphError

MEDIA_TYPE = "application/problem+json"
_URN = "urn:govgraph:problem:"


class _Kind(NamedTuple):
    status: int
    title: str


KINDS: dict[str, _Kind] = {
    "bad_value": _Kind(422, "A parameter can't be taken"),
    "bad_input": _Kind(422, "The file can't be read"),
    "unauthenticated": _Kind(401, "A key is needed"),
    "forbidden": _Kind(403, "The key does not allow it"),
    "not_found": _Kind(404, "There is no such thing"),
    "method_not_allowed": _Kind(405, "That can't be done here"),
    "not_acceptable": _Kind(406, "There is no such format"),
    "ambiguous": _Kind(409, "A name means several things"),
    "conflict": _Kind(409, "Not in this state"),
    "too_large": _Kind(413, "Too large"),
    "unsupported_media_type": _Kind(415, "A body of that kind is not taken"),
    "rate_limited": _Kind(429, "Too many requests"),
    "bad_rule": _Kind(500, "A rule of the operator can't be taken"),
    "internal": _Kind(500, "Something went wrong here"),
    "overloaded": _Kind(503, "Too much to do"),
    "unavailable": _Kind(503, "The graph can't be asked"),
    "timeout": _Kind(504, "It took too long"),
}
"""What a problem's ``code`` means over HTTP; its ``type`` is a URN that ends in the code."""
_UNAVAILABLE = (
    "locked", "not_a_graph", "newer_schema", "older_schema", "unreachable", "access", "server_version", "connection_lost",
)  # fmt: skip
KINDS |= {code: _Kind(503, "The graph can't be asked") for code in _UNAVAILABLE}


class FieldProblem(BaseModel):
    """A parameter that can't be taken."""

    parameter: str
    message: str


class Problem(BaseModel):
    """Problem details (RFC 9457). ``code`` and ``type`` are stable; ``title`` and ``detail`` are for people."""

    type: str = Field(examples=[_URN + "not_found"])
    title: str = Field(examples=["There is no such thing"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["no thing is called 'REG999'"])
    instance: str = Field(examples=["/v1/show/REG999"])
    code: str = Field(examples=["not_found"])
    request_id: str = Field(examples=["5f0c9a1e7d3b4c21"])
    candidates: list[answers.Ref] = Field([], description="What may have been meant")
    errors: list[FieldProblem] = Field([], description="Which parameters can't be taken")
    narrow: list[str] = Field([], description="Parameters that make the question smaller, after a time-out")


class RefusedError(GovgraphError):
    """A refusal of the API's own; ``code`` is one of :data:`KINDS`."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        headers: Mapping[str, str] | None = None,
        errors: Sequence[FieldProblem] = (),
    ) -> None:
        super().__init__(message)
        self.code, self.headers, self.errors = code, dict(headers or {}), list(errors)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Problem responses for a route's OpenAPI, beside those that every route can answer."""
    every = {401, 403, 404, 405, 406, 422, 429, 500, 503, 504, *statuses}
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {s: {"description": HTTPStatus(s).phrase, "content": content} for s in sorted(every)}


def problem(
    error: GovgraphError, *, instance: str, request_id: str, narrow: Sequence[str] = ()
) -> tuple[Problem, dict[str, str]]:
    """An error as a problem, and the headers that go with it."""
    code = error.code if error.code in KINDS else "internal"
    kind = KINDS[code]
    headers = dict(getattr(error, "headers", {}))
    if kind.status == 503:
        headers.setdefault("Retry-After", "2")
    found = Problem(
        type=_URN + code,
        title=kind.title,
        status=kind.status,
        detail=error.message,
        instance=instance,
        code=code,
        request_id=request_id,
        candidates=[answers.Ref.model_validate(c) for c in error.candidates],
        errors=list(getattr(error, "errors", ())),
        narrow=list(narrow) if code == "timeout" else [],
    )
    return found, headers


def response(found: Problem, headers: Mapping[str, str]) -> Response:
    """A problem as a response."""
    body = found.model_dump_json(exclude_defaults=True)
    # RFC 9457 asks not to keep what may pass.
    return Response(body, found.status, headers={"Cache-Control": "no-store", **headers}, media_type=MEDIA_TYPE)


def of_exception(error: Exception) -> GovgraphError:
    """Whatever a route raised, as an error with a code; what nobody foresaw says nothing of the inside."""
    if isinstance(error, GovgraphError):
        return error
    if isinstance(error, RequestValidationError):
        fields = [
            FieldProblem(parameter=".".join(str(p) for p in e["loc"][1:]) or str(e["loc"][0]), message=e["msg"])
            for e in error.errors()
        ]
        told = "; ".join(f"{f.parameter}: {f.message}" for f in fields)
        return RefusedError("bad_value", told, errors=fields)
    if isinstance(error, HTTPException):
        by_status = {k.status: code for code, k in reversed(KINDS.items())}
        # 400: a body that is no text, of which the framework says no more.
        code = {400: "bad_value", 404: "not_found", 405: "method_not_allowed"}.get(error.status_code) or by_status.get(
            error.status_code
        )
        detail = "there is no such route; see /docs" if error.status_code == 404 else str(error.detail)
        return RefusedError(code or "internal", detail, headers=error.headers)
    return RefusedError("internal", "this is a fault of govgraph; its log says more under the request id")
