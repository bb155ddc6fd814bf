"""A real server for tests: uvicorn in a thread, on a free port of this machine, asked with httpx."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from govgraph.api.app import create_app, log_config
from govgraph.graph import Graph
from govgraph.keys import Keys, Scope
from govgraph.settings import Serving, serving


class Served:
    """A running server: its settings, its keys, and a client."""

    def __init__(self, url: str, known: Serving) -> None:
        self.url, self.known = url, known
        self.keys = Keys(known.keys)
        self.client = httpx.Client(base_url=url, timeout=60)
        self._clients: list[httpx.Client] = []

    def get(self, path: str, **options: Any) -> httpx.Response:
        """Ask."""
        return self.client.get(path, **options)

    def key(self, name: str, scope: Scope = "read", **options: Any) -> httpx.Client:
        """A client with a key of its own."""
        made = self.keys.make(name, (scope,), **options)
        headers = {"Authorization": f"Bearer {made.text}"}
        self._clients.append(httpx.Client(base_url=self.url, timeout=60, headers=headers))
        return self._clients[-1]

    def close(self) -> None:
        """Close the clients."""
        for client in (self.client, *self._clients):
            client.close()


@contextmanager
def served(graph: Graph, folder: Path, **settings: Any) -> Iterator[Served]:
    """Serve a graph; ``settings`` go before the environment's."""
    known = serving(str(folder / "graph"))._replace(log_level="error", **settings)
    config = uvicorn.Config(
        create_app(known, graph), host="127.0.0.1", port=0, http="h11", ws="none", lifespan="on",
        log_config=log_config("error"), access_log=False, server_header=False, h11_max_incomplete_event_size=32 << 10,
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 20
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        assert time.monotonic() < until
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    found = Served(f"http://127.0.0.1:{port}", known)
    try:
        yield found
    finally:
        found.close()
        server.should_exit = True
        thread.join(30)
        assert not thread.is_alive(), "the server did not stop"
