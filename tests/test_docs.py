"""The documents are true: every command in them runs, every shown line comes, every link leads somewhere."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import Result

from govgraph import describe
from govgraph.cli import main_group
from tests.conftest import Cli

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*ROOT.glob("README*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "CONTRIBUTING.md"])
_names = [str(p.relative_to(ROOT)) for p in DOCUMENTS]


def blocks(path: Path, language: str) -> list[str]:
    """Fenced blocks of a language."""
    return re.findall(rf"```{language}\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("path", [p for p in DOCUMENTS if blocks(p, "console")], ids=lambda p: p.name)
def test_commands_and_their_output(path: Path, cli: Cli) -> None:
    for block in blocks(path, "console"):
        for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            line, _, shown = step.partition("\n")
            command, _, comment = line.partition(" # ")
            name, *arguments = shlex.split(command)
            assert name == "govgraph"
            result: Result = cli(*arguments)
            wanted = int(comment.removeprefix("exit ")) if comment else 0
            assert result.exit_code == wanted, (line, result.output)
            rest = iter(result.stdout.splitlines())
            for want in filter(None, (s.rstrip() for s in shown.splitlines())):
                if want != "…":
                    assert any(got.rstrip() == want for got in rest), (line, want, result.stdout)


@pytest.mark.parametrize("path", [p for p in DOCUMENTS if blocks(p, "python")], ids=lambda p: p.name)
def test_python(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for block in blocks(path, "python"):
        exec(compile(block, str(path), "exec"), {})


def test_every_command_is_documented() -> None:
    text = "".join(p.read_text(encoding="utf-8") for p in DOCUMENTS)
    for name in main_group.commands:
        assert f"govgraph {name}" in text or f"{name} " in text


@pytest.mark.parametrize("path", DOCUMENTS, ids=_names)
def test_links(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)", path.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (path.parent / target).exists(), target


def test_model_page_is_the_model() -> None:
    page = (ROOT / "docs" / "model.md").read_text(encoding="utf-8")
    assert page == describe.markdown(), "run: govgraph model --markdown > docs/model.md"


def test_make_targets_in_the_readme_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"`?make (\w+)", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_every_setting_is_documented() -> None:
    """And nothing that is none."""
    read = set(re.findall(r'"(GOVGRAPH_[A-Z_0-9]+)"', (ROOT / "govgraph" / "settings.py").read_text(encoding="utf-8")))
    pages = [ROOT / "docs" / "operations.md", ROOT / "docs" / "neo4j.md"]
    told = {name for p in pages for name in re.findall(r"GOVGRAPH_[A-Z_0-9]+", p.read_text(encoding="utf-8"))}
    assert told == read
