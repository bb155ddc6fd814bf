"""The rooms of the design hold."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ORDER = [
    {"errors", "settings"},
    {"terms"},
    {"model"},
    {"schema", "words"},
    {"graph", "engines"},
    {"queries", "answers", "law"},
    {"names", "describe"},
    {"ingest"},
    {"catalogue"},
    {"coverage"},
    {"lineage"},
    {"loaders"},
    {"library", "render"},
    {"cli", "__main__", "api"},
]
"""A module imports from its own room or an earlier one when it is loaded; what it needs later it may import later."""
LEVEL = {name: number for number, names in enumerate(ORDER) for name in names}
FILES = [*sorted((ROOT / "govgraph").glob("*.py")), *sorted((ROOT / "govgraph" / "engines").glob("*.py"))]
FILES += [*sorted((ROOT / "loaders").glob("*.py")), *sorted((ROOT / "api").glob("*.py"))]


def room(path: Path) -> str:
    """The room that a file is in."""
    return path.parent.name if path.parent.name in ("engines", "loaders", "api") else path.stem


def imported(path: Path) -> set[str]:
    """Rooms that a module imports when it is loaded."""
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.module == "govgraph":
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("govgraph."):
            found.add(node.module.split(".")[1])
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_imports_run_one_way(path: Path) -> None:
    here = room(path)
    if here == "__init__":
        return
    for name in imported(path):
        # The loaders' row is the protocol that the machinery takes; it imports nothing.
        if here == "ingest" and name == "loaders":
            continue
        assert LEVEL[name] <= LEVEL[here], f"{here} imports {name}"


def test_hand_written_queries_live_in_cypher() -> None:
    allowed = {"schema.py", "ladybug.py", "ingest.py"}
    for path in FILES:
        if path.name not in allowed:
            assert not re.search(r"\bMATCH \(", path.read_text(encoding="utf-8")), path
    assert "MATCH (" not in (ROOT / "govgraph" / "ingest.py").read_text(encoding="utf-8")


def test_the_environment_is_read_in_one_place() -> None:
    for path in FILES:
        if path.name != "settings.py":
            assert "os.environ" not in path.read_text(encoding="utf-8"), path


def test_only_the_seam_knows_an_engine() -> None:
    for path in FILES:
        if room(path) not in ("engines", "graph"):
            assert "govgraph.engines" not in path.read_text(encoding="utf-8"), path
            assert not re.search(r"^import ladybug|^from ladybug", path.read_text(encoding="utf-8"), re.MULTILINE)
