"""A real Neo4j for tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from govgraph import server
from govgraph.errors import ServerError


@contextmanager
def neo4j_or_skip(**options: Any) -> Iterator[server.Status]:
    """A throw-away server. Where none can be had the test is skipped, or fails with GOVGRAPH_REQUIRE_NEO4J=1."""
    have_neo4j_or_skip(options.get("version", server.DEFAULT))
    with server.throwaway(**options) as status:
        yield status


def have_neo4j_or_skip(version: str = server.DEFAULT) -> None:
    """Skip, or fail, where Java, the jars or a package for that version can't be had."""
    try:
        server.available(version)
    except ServerError as error:
        if os.environ.get("GOVGRAPH_REQUIRE_NEO4J") == "1":
            raise
        pytest.skip(f"no Neo4j {version}: {error.message}")
