"""Runs the server: one process, or on Neo4j several."""

from __future__ import annotations

import ipaddress
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from uvicorn.supervisors import Multiprocess

from govgraph import graph as graphs
from govgraph import settings
from govgraph.api.app import create_app, log_config
from govgraph.errors import UsageError
from govgraph.keys import Keys

_BACKLOG = 2048
_HEADERS = 32 << 10
"""Bytes that the head of a request may have."""


def serve(url: str, *, host: str, port: int, workers: int, everybody: bool) -> None:
    """Serve the graph at ``url`` until the process is told to stop.

    Raises:
        UsageError: a host that is not this machine although there are no keys; several workers on the embedded engine;
            a port that is taken.
        GraphError: the graph can't be opened.
    """
    settings.hand_down(GOVGRAPH_URL=url)
    if everybody:
        settings.hand_down(GOVGRAPH_OPEN="1")
    known = settings.serving()
    keyed = bool(Keys(known.keys).every())
    if not keyed and not known.open and not _this_machine(host):
        raise UsageError(
            f"there are no keys in {known.keys}, so only this machine is served, and not {host}; make a key with "
            "govgraph keys create NAME, or say --open if everybody who reaches it may read and write"
        )
    embedded = graphs.embedded(url)
    if embedded and workers > 1:
        raise UsageError(
            "the embedded engine has one writer process: leave --workers at 1, or serve a graph on Neo4j (govgraph copy moves it)"
        )
    if embedded and url != ":memory:" and not Path(url.removeprefix("ladybug://")).exists():
        # Opening would make an empty one, in whichever folder this is.
        with graphs.open(url, read_only=True):
            pass
    _many_connections()
    options = {
        "log_config": log_config(known.log_level),
        "log_level": known.log_level,
        "access_log": False,
        "server_header": False,
        "proxy_headers": False,
        "lifespan": "on",
        "http": "h11",  # it bounds the head of a request
        "ws": "none",
        "h11_max_incomplete_event_size": _HEADERS,
        "timeout_graceful_shutdown": int(known.grace),
        "workers": workers,
    }
    with (
        graphs.open(url) as graph,
        tempfile.TemporaryDirectory(prefix="govgraph-metrics-") as folder,
        _listen(host, port) as listening,
    ):
        bound = listening.getsockname()
        name = f"[{bound[0]}]" if ":" in bound[0] else bound[0]
        print(f"govgraph: http://{name}:{bound[1]}/docs", file=sys.stderr, flush=True)
        if workers == 1:
            uvicorn.Server(uvicorn.Config(create_app(known, graph), **options)).run(sockets=[listening])  # type: ignore[arg-type]
            return
        graph.close()
        settings.hand_down(PROMETHEUS_MULTIPROC_DIR=folder)
        Multiprocess(uvicorn.Config("govgraph.api.app:app", **options), [listening]).run()  # type: ignore[arg-type]


@contextmanager
def _listen(host: str, port: int) -> Iterator[socket.socket]:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        # With its protocol named: else asyncio leaves Nagle's delay on, 40 ms in an answer of several pieces.
        listening = socket.socket(family, kind, protocol)
    except OSError as error:
        raise _cannot_listen(host, port, error) from None
    with listening:
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
            listening.listen(_BACKLOG)
        except OSError as error:
            raise _cannot_listen(host, port, error) from None
        listening.set_inheritable(True)
        yield listening


def _cannot_listen(host: str, port: int, error: OSError) -> UsageError:
    why = error.strerror or error
    return UsageError(f"{host}:{port} can't be listened on: {why}; choose another --host or --port")


def _this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _many_connections() -> None:
    """Take as many file descriptors as the system allows: each connection is one."""
    try:
        import resource
    except ImportError:  # not on Windows
        return
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
