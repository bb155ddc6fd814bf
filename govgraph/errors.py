"""The one error tree. Every error says what, why and the way out.

GovgraphError                 code, message, candidates
├── UsageError        bad_value      an argument, option or parameter that can't be taken
├── NotFoundError     not_found      nothing of that id, alias or name
├── AmbiguousError    ambiguous      a name that several things bear
├── ConflictError     conflict       what was done later stands in the way
├── QueryFileError    bad_query      a file under cypher/ that is malformed, or called wrongly
├── RuleFileError     bad_rule       a rule file that can't be taken: file, line, reason
├── LoadError         bad_input      a file that can't be read at all
└── GraphError                       the graph itself
    ├── LockedError        locked        another process writes it
    ├── NotAGraphError     not_a_graph   the path holds something else
    ├── NewerSchemaError   newer_schema  written by a newer govgraph
    ├── OlderSchemaError   older_schema  written by an older govgraph
    ├── UnreachableError   unreachable   nothing there
    ├── AccessError        access        wrong user or password, or not allowed to
    ├── ServerVersionError server_version  a server too old to answer as it should
    ├── ConnectionLostError  connection_lost  the server went away in the middle
    ├── ServerError        server        the private server can't be fetched, started or stopped
    └── QueryTimeoutError  timeout       the question took longer than allowed
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class GovgraphError(Exception):
    """Base of all errors meant for a user; ``code`` is stable, ``message`` is for people."""

    code = "error"

    def __init__(self, message: str, candidates: Sequence[dict[str, Any]] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.candidates = list(candidates)

    def as_dict(self) -> dict[str, Any]:
        """The contract's ``error`` object."""
        return {"error": {"code": self.code, "message": self.message, "candidates": self.candidates}}


class UsageError(GovgraphError):
    """An argument, option or parameter that can't be taken."""

    code = "bad_value"


class NotFoundError(GovgraphError):
    """Nothing has that id, alias or name; candidates are near matches."""

    code = "not_found"


class AmbiguousError(GovgraphError):
    """Several things bear that name; candidates lists them."""

    code = "ambiguous"


class ConflictError(GovgraphError):
    """What was done later stands in the way; candidates are those runs."""

    code = "conflict"


class QueryFileError(GovgraphError):
    """A query file that is malformed or undocumented, or parameters that don't match it."""

    code = "bad_query"


class RuleFileError(GovgraphError):
    """A rule file that can't be taken; the message begins with file and line. No rule was run."""

    code = "bad_rule"


class LoadError(GovgraphError):
    """An input that can't be read at all: nothing of it was loaded."""

    code = "bad_input"


class GraphError(GovgraphError):
    """The graph can't be opened, or failed while it was used."""

    code = "graph_error"


class LockedError(GraphError):
    """Another process has the graph open for writing."""

    code = "locked"


class NotAGraphError(GraphError):
    """The path holds something that is not a govgraph graph; it was not touched."""

    code = "not_a_graph"


class NewerSchemaError(GraphError):
    """The graph was written by a newer govgraph; it was not touched."""

    code = "newer_schema"


class OlderSchemaError(GraphError):
    """The graph was written by an older govgraph, whose storage this one doesn't read; it was not touched."""

    code = "older_schema"


class AccessError(GraphError):
    """The server doesn't know the user or the password, or doesn't let the user do it."""

    code = "access"


class ServerVersionError(GraphError):
    """The server's version is not supported."""

    code = "server_version"


class ConnectionLostError(GraphError):
    """The server went away in the middle; what was not committed is not there, and the same may be tried again."""

    code = "connection_lost"


class UnreachableError(GraphError):
    """There is no graph at that URL."""

    code = "unreachable"


class ServerError(GraphError):
    """The private server can't be fetched, started or stopped."""

    code = "server"


class QueryTimeoutError(GraphError):
    """The question took longer than allowed, or was interrupted."""

    code = "timeout"
