"""The baseline of ``bench.api``: a FastAPI application that returns bytes, and does nothing else.

    python -m bench.bare FOLDER

Serves ``FOLDER/0.json`` at ``/0`` and so on, with the same uvicorn as ``govgraph serve``.
"""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from starlette.responses import Response

app = FastAPI()


def add(path: str, body: bytes) -> None:
    """A route that returns bytes."""

    @app.get(path)
    async def same() -> Response:
        return Response(body, media_type="application/json")


if __name__ == "__main__":
    add("/healthz", b"{}")
    for file in sorted(Path(sys.argv[1]).glob("*.json")):
        add(f"/{file.stem}", file.read_bytes())
    listening = socket.create_server(("127.0.0.1", 0))
    # As a server of a known protocol: else asyncio leaves Nagle's delay on.
    tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, fileno=listening.detach())
    print(f"http://127.0.0.1:{tcp.getsockname()[1]}", file=sys.stderr, flush=True)
    uvicorn.Server(uvicorn.Config(app, http="h11", access_log=False, log_level="warning")).run(sockets=[tcp])
