"""docs/api.md is true: each example is asked and answered as it stands there, and no route is missing."""

from __future__ import annotations

import re
import shlex
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from govgraph.library import Library
from tests.conftest import load_world
from tests.serving import Served, served
from tests.test_docs import ROOT, blocks

PAGE = ROOT / "docs" / "api.md"


def examples() -> list[tuple[str, str, int]]:
    """Command, what it shows, and the status that it tells."""
    found = []
    for block in blocks(PAGE, "curl"):
        for step in re.split(r"^\$ curl ", block, flags=re.MULTILINE)[1:]:
            line, _, shown = step.partition("\n")
            command, _, status = line.partition(" # ")
            found.append((command, shown.rstrip("\n"), int(status or 0)))
    return found


def asked(api: Served, command: str, folder: Path) -> httpx.Response:
    """What curl would ask; the few of its options that the page uses."""
    # The shell's $'…': a text with escapes.
    command = re.sub(r"\$'((?:[^'\\]|\\.)*)'", lambda m: shlex.quote(m[1].replace("\\n", "\n")), command)
    words = iter(shlex.split(command))
    method, url = "", ""
    headers: dict[str, str] = {}
    data: list[tuple[str, str]] = []
    options: dict[str, Any] = {}
    for word in words:
        if word == "-X":
            method = next(words)
        elif word == "-H":
            name, _, value = next(words).partition(": ")
            headers[name] = value
        elif word in ("-d", "--data-urlencode"):
            name, _, value = next(words).partition("=")
            data.append((name, value))
        elif word == "--data-binary":
            options["content"] = next(words).encode()
        elif word == "-F":
            name, _, file = next(words).partition("=@")
            options["files"] = {name: (file, (folder / file).read_bytes())}
        elif word == "-o":
            next(words)
        elif word != "-G":
            url = word
    if data:
        options["params"] = data
    path = url.removeprefix("localhost:8000")
    return api.client.request(method or "GET", path, headers=headers, **options)


@pytest.mark.parametrize("engine", ["ladybug"])
def test_every_example_is_answered_as_it_stands(library: Library, tmp_path: Path) -> None:
    load_world(library, "dated")
    (tmp_path / "opened.csv").write_text("from,to,since\nDB001,ds1,2023-05-01\n")
    load = ""
    with served(library.graph, tmp_path) as api:
        for command, shown, status in examples():
            got = asked(api, command.replace("LOAD_ID", load), tmp_path)
            assert got.status_code == (status or got.status_code), (command, got.text)
            assert status or got.is_success, (command, got.text)
            pattern = ".*?".join(re.escape(part) for part in shown.split("…"))
            assert re.match(pattern, got.text if shown else "", re.DOTALL), (command, got.text[:2000])
            if got.status_code == 202 and "POST" in command:
                load = got.json()["id"]
                while api.get(f"/v1/loads/{load}").json()["status"] in ("queued", "running"):
                    time.sleep(0.02)


@pytest.mark.parametrize("engine", ["ladybug"])
def test_no_route_is_missing(library: Library, tmp_path: Path) -> None:
    with served(library.graph, tmp_path) as api:
        paths = api.get("/openapi.json").json()["paths"]
    told = [re.split(r"[?\s]", re.sub(r".*?localhost:8000", "", c, count=1).strip("'"))[0] for c, _, _ in examples()]
    for path, methods in paths.items():
        kind = re.fullmatch(r"/v1/(\w+)(/\{id\})?", path)
        if kind and any(o["tags"] == ["nodes"] for o in methods.values()):
            continue  # the kinds have one pattern, of which the page shows one
        pattern = re.sub(r"\{\w+\}", "[^/]+", path)
        assert any(re.fullmatch(pattern, t) for t in told), path
