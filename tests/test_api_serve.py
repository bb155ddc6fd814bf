"""``govgraph serve`` as a process: where it listens, how it ends, and what it stands."""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from govgraph import library
from tests.conftest import Cli

CSV = {"Content-Type": "text/csv"}


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A graph in a file: the baseline."""
    path = tmp_path_factory.mktemp("served") / "graph.lbug"
    with library.open(path) as found:
        found.load("baseline")
    return path


class Process:
    """A serving process, asked with httpx."""

    def __init__(self, process: subprocess.Popen[str], url: str) -> None:
        self.process, self.url = process, url
        self.client = httpx.Client(base_url=url, timeout=60)
        self._lines: list[str] = []
        # A log that nobody reads would stop its writer.
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def _read(self) -> None:
        assert self.process.stderr
        self._lines += self.process.stderr

    def memory(self) -> int:
        """Its resident memory in MiB, its workers' too."""
        own = psutil.Process(self.process.pid)
        return sum(p.memory_info().rss for p in (own, *own.children(recursive=True))) >> 20

    def end(self, how: int = signal.SIGTERM) -> list[dict[str, Any]]:
        """Stop it; its log."""
        self.client.close()
        self.process.send_signal(how)
        self.process.wait(60)
        self._reading.join()
        return [json.loads(line) for line in self._lines if line.startswith("{")]

    def close(self) -> None:
        """Let nothing of it go on."""
        self.client.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._reading.join()
        assert self.process.stderr
        self.process.stderr.close()


@contextmanager
def serving(graph: Path | str, folder: Path, *arguments: str, **environment: str) -> Iterator[Process]:
    """A server in a process of its own, on a free port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "govgraph", "--graph", str(graph), "serve", "--port", "0", *arguments],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        cwd=folder,
        env={**os.environ, "PYTHONWARNINGS": "default", **environment},
    )
    assert process.stderr
    first = process.stderr.readline()
    found = re.match(r"govgraph: (http://\S+)/docs", first)
    assert found, first + process.communicate(timeout=30)[1]
    served = Process(process, found[1])
    try:
        until = time.monotonic() + 60
        while True:
            try:
                assert served.client.get("/readyz").status_code == 200
                break
            except httpx.TransportError:
                assert process.poll() is None
                assert time.monotonic() < until
                time.sleep(0.05)
        yield served
    finally:
        served.close()


def test_it_serves_and_ends_when_told(graph: Path, tmp_path: Path) -> None:
    with serving(graph, tmp_path) as server:
        assert server.client.get("/v1/coverage?as_of=2024-03-21").json()["total"] == 248
        log = server.end()
        assert server.process.returncode in (0, -signal.SIGTERM)
        asked = next(line for line in log if line.get("path") == "/v1/coverage")
        assert {"request_id", "ms", "status", "route", "at", "level"} <= set(asked)
        assert log[-1]["message"] != "fault"
        assert not [line for line in log if line["level"] in ("ERROR", "CRITICAL")]


def test_it_refuses_what_would_be_unsafe_or_wrong(graph: Path, tmp_path: Path, cli: Cli) -> None:
    other = cli("--graph", str(graph), "serve", "--host", "0.0.0.0")
    assert (other.exit_code, "there are no keys" in other.stderr) == (2, True)
    several = cli("--graph", str(graph), "serve", "--workers", "2")
    assert (several.exit_code, "one writer process" in several.stderr) == (2, True)
    nowhere = cli("--graph", str(tmp_path / "none.lbug"), "serve")
    assert (nowhere.exit_code, "there is no graph" in nowhere.stderr) == (2, True)
    assert not (tmp_path / "none.lbug").exists()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        busy = cli("--graph", str(graph), "serve", "--port", str(taken.getsockname()[1]))
    assert (busy.exit_code, "can't be listened on" in busy.stderr) == (2, True)
    bad = cli("--graph", str(graph), "serve", GOVGRAPH_LOG_LEVEL="loud")
    assert (bad.exit_code, "GOVGRAPH_LOG_LEVEL" in bad.stderr) == (2, True)


def test_a_second_server_on_the_same_file_is_told_who_has_it(graph: Path, tmp_path: Path, cli: Cli) -> None:
    with serving(graph, tmp_path) as server:
        second = cli("--graph", str(graph), "serve", "--port", "0")
        assert second.exit_code == 2
        assert f"process {server.process.pid}" in second.stderr
        # The command line still asks beside it.
        assert cli("--graph", str(graph), "stats").exit_code == 0
        server.end()


def test_the_app_by_its_name(graph: Path, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "govgraph.api.app:app", "--port", str(port)]
    environment = {**os.environ, "GOVGRAPH_URL": str(graph), "GOVGRAPH_LOADS": str(tmp_path / "loads")}
    environment["GOVGRAPH_AUDIT"] = str(tmp_path / "audit")
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.DEVNULL) as process:
        try:
            until = time.monotonic() + 60
            while True:
                try:
                    assert httpx.get(f"http://127.0.0.1:{port}/readyz").json()["status"] == "ready"
                    break
                except httpx.TransportError:
                    assert process.poll() is None
                    assert time.monotonic() < until
                    time.sleep(0.1)
        finally:
            process.terminate()
    gone = subprocess.run(
        command, cwd=tmp_path, env={**environment, "GOVGRAPH_URL": str(tmp_path)}, capture_output=True, text=True
    )
    assert gone.returncode != 0
    assert "is a folder, not a graph" in gone.stdout + gone.stderr
    assert "Traceback" not in gone.stdout + gone.stderr


def test_a_request_under_way_is_answered_before_it_ends(graph: Path, tmp_path: Path) -> None:
    with serving(graph, tmp_path) as server:
        host, port = server.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as client:
            client.sendall(b"GET /v1/coverage?level=county HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            time.sleep(0.3)
            server.process.send_signal(signal.SIGTERM)
            answer = b""
            while piece := client.recv(1 << 20):
                answer += piece
        assert answer.startswith(b"HTTP/1.1 200")
        head, _, body = answer.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head)
        assert length
        assert len(body) == int(length[1])
        server.process.wait(60)


def test_a_killed_server_leaves_a_graph_that_opens(graph: Path, tmp_path: Path) -> None:
    path = tmp_path / "copy.lbug"
    path.write_bytes(graph.read_bytes())
    rows = "id,name\n" + "".join(f"d{i},数据集{i}\n" for i in range(50_000))
    with serving(path, tmp_path) as server:
        id_ = server.client.post("/v1/loads?kind=Dataset", content=rows.encode(), headers=CSV).json()["id"]
        while server.client.get(f"/v1/loads/{id_}").json()["read"] == 0:
            time.sleep(0.01)
        server.process.kill()
    with serving(path, tmp_path) as server:
        assert server.client.get(f"/v1/loads/{id_}").json()["status"] == "interrupted"
        again = server.client.post("/v1/loads?kind=Dataset", content=rows.encode(), headers=CSV).json()["id"]
        while server.client.get(f"/v1/loads/{again}").json()["status"] in ("queued", "running"):
            time.sleep(0.05)
        assert server.client.get("/v1/datasets?limit=1").json()["total"] == 50_000


# --- what it stands -------------------------------------------------------------------------------------------


def connect(server: Process) -> socket.socket:
    """A bare connection."""
    host, port = server.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=30)


def test_a_bomb_of_headers_is_refused_early(graph: Path, tmp_path: Path) -> None:
    with serving(graph, tmp_path) as server:
        before = server.memory()
        for _ in range(20):
            with connect(server) as client:
                sent = 0
                try:
                    client.sendall(b"GET /v1/stats HTTP/1.1\r\nHost: localhost\r\n")
                    for i in range(20_000):
                        sent += client.send(b"X-%d: %s\r\n" % (i, b"y" * 1000))
                except OSError:
                    pass
                assert sent < 10 << 20
        assert server.client.get("/v1/stats").status_code == 200
        assert server.memory() - before < 100


def test_slow_clients_hold_little_and_others_are_served(graph: Path, tmp_path: Path) -> None:
    with serving(graph, tmp_path) as server:
        big = server.client.get("/v1/coverage?level=county&as_of=2024-03-21").content
        assert len(big) > 8 << 20
        before = server.memory()
        slow = [connect(server) for _ in range(50)]
        for client in slow:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.sendall(b"GET /v1/coverage?level=county&as_of=2024-03-21 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        for client in slow:
            assert client.recv(100).startswith(b"HTTP/1.1 200")
        started = time.monotonic()
        assert server.client.get("/v1/show/REG016").status_code == 200
        assert time.monotonic() - started < 10
        # Fifty times the body would be 400 MiB and more.
        assert server.memory() - before < 150
        for client in slow:
            client.close()


def idle(server: Process, count: int) -> None:
    """Hold so many idle connections, and ask beside them."""
    before = server.memory()
    held = []
    try:
        for _ in range(count):
            held.append(connect(server))
        started = time.monotonic()
        assert server.client.get("/v1/stats").status_code == 200
        assert time.monotonic() - started < 20
        assert server.memory() - before < 100 + count * 40 // 1000
    finally:
        for client in held:
            client.close()
    assert server.client.get("/healthz").status_code == 200


def test_idle_connections_cost_little(graph: Path, tmp_path: Path) -> None:
    with serving(graph, tmp_path) as server:
        idle(server, 500)


@pytest.mark.slow
def test_ten_thousand_idle_connections(graph: Path, tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 10_500:
        pytest.skip(f"this machine allows {hard} descriptors")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        with serving(graph, tmp_path) as server:
            idle(server, 10_000)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.slow
def test_an_upload_of_a_gigabyte(graph: Path, tmp_path: Path) -> None:
    path = tmp_path / "copy.lbug"
    path.write_bytes(graph.read_bytes())
    block = b"id,name\n" + b"x" * (1 << 20)
    with serving(path, tmp_path) as server:
        before = server.memory()
        most = 0

        def body() -> Iterator[bytes]:
            nonlocal most
            for i in range(1024):
                yield block
                if i % 64 == 0:
                    most = max(most, server.memory())

        sent = server.client.post("/v1/loads?kind=Dataset", content=body(), headers=CSV)
        assert sent.status_code == 202
        # One line of a mebibyte is no row: it is refused by the reader, and nothing lands.
        while (state := server.client.get(f"/v1/loads/{sent.json()['id']}").json())["status"] in ("queued", "running"):
            most = max(most, server.memory())
            assert server.client.get("/v1/find?text=条例&limit=1").status_code == 200
            time.sleep(0.2)
        assert state["report"]["accepted"] == 0 if state["report"] else state["error"]
        assert most - before < 500
