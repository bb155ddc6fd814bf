"""Settings from the environment: the only place that reads it."""

from __future__ import annotations

import getpass
import os
from pathlib import Path
from typing import NamedTuple

_MOST = 1e9
LOG_LEVELS = ("debug", "info", "warning", "error")
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
    journal: str | None = None
    """The folder of the graph's journal (``GOVGRAPH_JOURNAL``); an embedded graph's stands beside it by default."""

    known_kept: int = 8
    """Graphs of the past that are kept beside the journal (``GOVGRAPH_KNOWN_KEPT``)."""

    def secret(self) -> str | None:
        """The password; a file is read only now, since most commands need none.

        Raises:
            UsageError: the file can't be read, or is empty.
        """
        return self.neo4j_password or _secret(self.neo4j_user, self.neo4j_password_file)


class Serving(NamedTuple):
    """What ``govgraph serve`` goes by, beside :class:`Settings`."""

    keys: Path
    """File of the API keys (``GOVGRAPH_KEYS``)."""
    open: bool
    """Serve without keys beyond this machine (``GOVGRAPH_OPEN``)."""
    deadline: float
    """Seconds that a request may take that says nothing of it (``GOVGRAPH_DEADLINE``)."""
    deadline_max: float
    """Seconds that a request may ask for (``GOVGRAPH_DEADLINE_MAX``)."""
    questions: int
    """Questions answered at once (``GOVGRAPH_QUESTIONS``)."""
    waiting: int
    """Questions that may wait for their turn (``GOVGRAPH_WAITING``)."""
    rate: float
    """Requests a second of one key; twice as many in a burst (``GOVGRAPH_RATE``)."""
    cache_mb: int
    """Memory for answers that are kept, MiB (``GOVGRAPH_CACHE_MB``)."""
    fresh: float
    """Seconds by which an answer may be behind what another process loads into a server (``GOVGRAPH_FRESH``)."""
    upload_mb: int
    """Size of an upload, MiB (``GOVGRAPH_UPLOAD_MB``)."""
    loads: Path
    """Folder of the loads over HTTP: uploads, states, refused rows (``GOVGRAPH_LOADS``)."""
    loads_waiting: int
    """Loads that may wait for their turn (``GOVGRAPH_LOADS_WAITING``)."""
    loads_kept: int
    """Ended loads whose state and refused rows are kept (``GOVGRAPH_LOADS_KEPT``)."""
    audit: Path
    """Append-only log of writes and refusals (``GOVGRAPH_AUDIT``)."""
    origins: tuple[str, ...]
    """Origins of pages that may ask from a browser, by comma (``GOVGRAPH_CORS_ORIGINS``)."""
    grace: float
    """Seconds that requests and a load have to end when the server is stopped (``GOVGRAPH_GRACE``)."""
    log_level: str
    """``debug``, ``info``, ``warning`` or ``error`` (``GOVGRAPH_LOG_LEVEL``)."""
    url: str
    """Which graph."""
    rules: Path | None = None
    """Folder of the operator's own rules, which ``/v1/check`` runs, too (``GOVGRAPH_RULES``)."""


def serving(url: str | None = None) -> Serving:
    """Read the environment for the server; ``url``: of the graph, before the environment's.

    Raises:
        UsageError: a value that can't be taken.
    """
    env = os.environ
    url = url or settings().url
    # What belongs to the graph stands beside it, where it is a file.
    path = url.removeprefix("ladybug://")
    stem = DEFAULT_GRAPH if "://" in path or path == ":memory:" else path

    def number(name: str, default: float) -> float:
        return _number(name, env.get(name)) or default

    level = (env.get("GOVGRAPH_LOG_LEVEL") or "info").lower()
    if level not in LOG_LEVELS:
        from govgraph.errors import UsageError

        raise UsageError(f"GOVGRAPH_LOG_LEVEL={level!r}: write one of {', '.join(LOG_LEVELS)}")
    return Serving(
        keys=Path(env.get("GOVGRAPH_KEYS") or f"{stem}.keys.json"),
        open=(env.get("GOVGRAPH_OPEN") or "").lower() in ("1", "true", "yes"),
        deadline=number("GOVGRAPH_DEADLINE", 30),
        deadline_max=number("GOVGRAPH_DEADLINE_MAX", 300),
        questions=int(number("GOVGRAPH_QUESTIONS", 8)),
        waiting=int(number("GOVGRAPH_WAITING", 256)),
        rate=number("GOVGRAPH_RATE", 100),
        cache_mb=int(number("GOVGRAPH_CACHE_MB", 64)),
        fresh=number("GOVGRAPH_FRESH", 1),
        upload_mb=int(number("GOVGRAPH_UPLOAD_MB", 2048)),
        loads=Path(env.get("GOVGRAPH_LOADS") or f"{stem}.loads"),
        loads_waiting=int(number("GOVGRAPH_LOADS_WAITING", 16)),
        loads_kept=int(number("GOVGRAPH_LOADS_KEPT", 100)),
        audit=Path(env.get("GOVGRAPH_AUDIT") or f"{stem}.audit.jsonl"),
        origins=tuple(o.strip() for o in (env.get("GOVGRAPH_CORS_ORIGINS") or "").split(",") if o.strip()),
        grace=number("GOVGRAPH_GRACE", 30),
        log_level=level,
        url=url,
        rules=Path(rules) if (rules := env.get("GOVGRAPH_RULES")) else None,
    )


def hand_down(**values: str) -> None:
    """Set the environment of the processes that this one starts."""
    os.environ.update(values)


def metrics_folder() -> str | None:
    """Where several workers keep their numbers together (``PROMETHEUS_MULTIPROC_DIR``, which Prometheus' client reads)."""
    return os.environ.get("PROMETHEUS_MULTIPROC_DIR")


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
        journal=env.get("GOVGRAPH_JOURNAL") or None,
        known_kept=max(1, int(_number("GOVGRAPH_KNOWN_KEPT", env.get("GOVGRAPH_KNOWN_KEPT")) or 8)),
    )


def login() -> str:
    """The name by which the user of this process logs in; empty where there is none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


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
