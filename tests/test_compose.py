"""docker-compose.yml: what somebody who runs it relies on. The image itself needs a Docker daemon and is not built here."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    """The services as written."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
    return found


def test_docker_compose_takes_it(tmp_path: Path) -> None:
    if shutil.which("docker-compose"):
        command = ["docker-compose"]
    elif shutil.which("docker"):
        command = ["docker", "compose"]
    elif os.environ.get("GOVGRAPH_REQUIRE_COMPOSE") == "1":
        pytest.fail("neither docker-compose nor docker is on the PATH")
    else:
        pytest.skip("neither docker-compose nor docker is on the PATH")
    (tmp_path / "neo4j_auth").write_text("neo4j/x")
    result = subprocess.run(
        [*command, "-f", str(ROOT / "docker-compose.yml"), "config", "-q"],
        capture_output=True,
        text=True,
        env={**os.environ, "GOVGRAPH_SECRETS": str(tmp_path)},
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_only_this_machine_can_reach_it(services: dict[str, Any]) -> None:
    assert {"neo4j", "api"} == set(services)
    for service in services.values():
        assert all(port.startswith("127.0.0.1:") for port in service["ports"])
        assert service["healthcheck"]["test"]


def test_versions_are_pinned(services: dict[str, Any]) -> None:
    from govgraph.server import DEFAULT

    assert services["neo4j"]["image"] == f"neo4j:{DEFAULT}-community"
    images = re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert images
    assert all(re.search(r":\d+\.\d+-", image) for image in images)


def test_the_api_has_no_rights_that_it_does_not_need(services: dict[str, Any]) -> None:
    api = services["api"]
    assert api["read_only"]
    assert api["cap_drop"] == ["ALL"]
    assert api["security_opt"] == ["no-new-privileges:true"]
    assert api["depends_on"]["neo4j"]["condition"] == "service_healthy"
    user = re.search(r"^USER (\d+):\d+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert user
    assert int(user[1]) > 0


def test_the_settings_that_it_gives_are_those_that_are_read(services: dict[str, Any]) -> None:
    text = (ROOT / "govgraph" / "settings.py").read_text()
    for name in services["api"]["environment"]:
        assert f'"{name}"' in text


def test_no_password_is_written_down(services: dict[str, Any]) -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    assert not re.search(r"PASSWORD: (?!/run/secrets)|NEO4J_AUTH:", text)
    assert all(service["secrets"] == ["neo4j_auth"] for service in services.values())
    assert "secrets/" in (ROOT / ".gitignore").read_text()


def test_what_a_wheel_needs_is_in_the_build(tmp_path: Path) -> None:
    kept = re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    for name in kept:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tmp_path / name)
    import build
    import build.env

    wheel = build.ProjectBuilder(tmp_path).build("wheel", tmp_path / "out")
    import zipfile

    names = zipfile.ZipFile(wheel).namelist()
    for room in ("govgraph/loaders/baseline.py", "govgraph/cypher/coverage/tree.cypher", "govgraph/engines/neo4j.py"):
        assert room in names
