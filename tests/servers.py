"""A real Neo4j for tests, and the lock of its jars: ``python -m tests.servers VERSION`` writes it anew."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from govgraph import server
from govgraph.errors import ServerError

LIGHT = ("-XX:TieredStopAtLevel=1", "-XX:-UseG1GC", "-XX:+UseSerialGC")
"""Java for a short life: two thirds of the processor time and of the memory."""


@contextmanager
def neo4j_or_skip(**options: Any) -> Iterator[server.Status]:
    """A throw-away server. Where none can be had the test is skipped, or fails with GOVGRAPH_REQUIRE_NEO4J=1."""
    have_neo4j_or_skip(options.get("version", server.DEFAULT))
    with server.throwaway(**{"jvm": LIGHT, **options}) as status:
        yield status


def have_neo4j_or_skip(version: str = server.DEFAULT) -> None:
    """Skip, or fail, where Java, the jars or a package for that version can't be had."""
    try:
        server.available(version)
    except ServerError as error:
        if os.environ.get("GOVGRAPH_REQUIRE_NEO4J") == "1":
            raise
        pytest.skip(f"no Neo4j {version}: {error.message}")


def resolved(version: str) -> dict[str, Any]:
    """What a version of the server consists of by its own declaration, by path in a Maven repository."""
    import jgo

    return {f"{a.component.path_prefix}/{a.filename}": a for a in jgo.resolve(f"org.neo4j:neo4j:{version}")}


if __name__ == "__main__":
    lines = [f"{hashlib.sha256(a.resolve().read_bytes()).hexdigest()}  {p}\n" for p, a in resolved(sys.argv[1]).items()]
    (Path(server.__file__).parent / "locks" / f"neo4j-{sys.argv[1]}.sha256").write_text(
        "".join(sorted(lines, key=lambda s: s[64:]))
    )
