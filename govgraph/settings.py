"""Settings from the environment: the only place that reads it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

_MOST = 1e9
DEFAULT_GRAPH = "govgraph.lbug"
"""A file in the current folder."""


class Settings(NamedTuple):
    """What the environment says; command-line options go before it."""

    url: str
    """Which graph (``GOVGRAPH_URL``)."""
    lang: str
    """``zh`` or ``en`` for people's output (``LC_ALL``, ``LC_MESSAGES``, ``LANG``)."""
    timeout: float | None
    """Seconds that one query may take (``GOVGRAPH_TIMEOUT``); none by default."""
    buffer_pool_mb: int
    """Memory that the embedded engine may use for its buffer pool (``GOVGRAPH_BUFFER_POOL_MB``), MiB."""
    neo4j_user: str
    """Who asks Neo4j (``GOVGRAPH_NEO4J_USER``)."""
    neo4j_password: str | None
    """``GOVGRAPH_NEO4J_PASSWORD``; never an option."""
    neo4j_password_file: str | None
    """A file that holds it instead (``GOVGRAPH_NEO4J_PASSWORD_FILE``)."""
    neo4j_database: str
    """Which database of the server (``GOVGRAPH_NEO4J_DATABASE``)."""
    neo4j_retry: float
    """Seconds for which a lost write is tried again (``GOVGRAPH_NEO4J_RETRY``)."""

    def secret(self) -> str | None:
        """The password; a file is read only now, since most commands need none.

        Raises:
            UsageError: the file can't be read, or is empty.
        """
        return self.neo4j_password or _secret(self.neo4j_user, self.neo4j_password_file)


def settings() -> Settings:
    """Read the environment.

    Raises:
        UsageError: a value that can't be taken.
    """
    env = os.environ
    locale = env.get("LC_ALL") or env.get("LC_MESSAGES") or env.get("LANG") or ""
    return Settings(
        url=env.get("GOVGRAPH_URL") or DEFAULT_GRAPH,
        lang="zh" if locale.lower().startswith("zh") else "en",
        timeout=_number("GOVGRAPH_TIMEOUT", env.get("GOVGRAPH_TIMEOUT")),
        buffer_pool_mb=int(_number("GOVGRAPH_BUFFER_POOL_MB", env.get("GOVGRAPH_BUFFER_POOL_MB")) or 2048),
        neo4j_user=env.get("GOVGRAPH_NEO4J_USER") or "neo4j",
        neo4j_password=env.get("GOVGRAPH_NEO4J_PASSWORD") or None,
        neo4j_password_file=env.get("GOVGRAPH_NEO4J_PASSWORD_FILE") or None,
        neo4j_database=env.get("GOVGRAPH_NEO4J_DATABASE") or "neo4j",
        neo4j_retry=_number("GOVGRAPH_NEO4J_RETRY", env.get("GOVGRAPH_NEO4J_RETRY")) or 30,
    )


def _secret(user: str, path: str | None) -> str | None:
    """A password from a file: alone, or as ``user/password``, which Neo4j's own container reads."""
    if not path:
        return None
    from govgraph.errors import UsageError

    try:
        text = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise UsageError(f"GOVGRAPH_NEO4J_PASSWORD_FILE: {path} can't be read: {why}") from None
    if not text:
        raise UsageError(f"GOVGRAPH_NEO4J_PASSWORD_FILE: {path} is empty; it holds the password")
    return text.removeprefix(f"{user}/")


def _number(name: str, value: str | None) -> float | None:
    if not value:
        return None
    try:
        number = float(value)
    except ValueError:
        number = -1
    if not 0 < number < _MOST:
        from govgraph.errors import UsageError

        raise UsageError(f"{name}={value!r} is not a number above 0 (and below 1e9)")
    return number
