"""The wheel is right from a checkout, from the sdist and from a clone without symbolic links; editable installs work."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LINKS = ("loaders", "api", "cypher")

pytestmark = pytest.mark.skipif(not (ROOT / ".git").exists(), reason="needs a checkout: it builds what git tracks")


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command that must succeed; its output."""
    done = subprocess.run([str(c) for c in command], cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tracked files as they are now, links as links."""
    target = tmp_path_factory.mktemp("checkout")
    for name in run("git", "ls-files", "-z", cwd=ROOT).split("\0"):
        source = ROOT / name
        if name and (source.is_symlink() or source.exists()):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name, follow_symlinks=False)
    return target


def build(kind: str, source: Path, out: Path) -> Path:
    """Build without the network: the backend is a development dependency."""
    run(sys.executable, "-m", "build", "--no-isolation", f"--{kind}", "--outdir", out, source, cwd=source)
    return next(out.glob("*.whl" if kind == "wheel" else "*.tar.gz"))


@pytest.fixture(scope="session")
def wheel(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the checkout."""
    return build("wheel", checkout, tmp_path_factory.mktemp("wheel"))


def contents(wheel: Path) -> dict[str, int]:
    """Files of a wheel with their checksums, its own records aside."""
    with zipfile.ZipFile(wheel) as archive:
        return {i.filename: i.CRC for i in archive.infolist() if not i.filename.endswith("/RECORD")}


def test_wheel_holds_the_rooms_and_nothing_generic(wheel: Path, checkout: Path) -> None:
    names = set(contents(wheel))
    for folder in ("loaders", "cypher"):
        for file in (checkout / folder).rglob("*"):
            if file.suffix in (".py", ".cypher", ".csv"):
                assert f"govgraph/{file.relative_to(checkout).as_posix()}" in names
    assert {"govgraph/api/__init__.py", "govgraph/py.typed", "govgraph/cli.py"} <= names
    assert "govgraph/report/templates/report.html" in names
    assert {f"govgraph/locks/{lock.name}" for lock in (checkout / "govgraph" / "locks").iterdir()} <= names
    assert {name.split("/")[0].split("-")[0] for name in names} == {"govgraph"}
    assert not [name for name in names if "__pycache__" in name]


def test_same_wheel_from_the_sdist(checkout: Path, wheel: Path, tmp_path: Path) -> None:
    sdist = build("sdist", checkout, tmp_path / "sdist")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    unpacked = next((tmp_path / "unpacked").iterdir())
    assert contents(build("wheel", unpacked, tmp_path / "wheel")) == contents(wheel)


def test_same_wheel_from_a_clone_without_links(checkout: Path, wheel: Path, tmp_path: Path) -> None:
    origin, clone = tmp_path / "origin", tmp_path / "clone"
    shutil.copytree(checkout, origin, symlinks=True)
    run("git", "init", "-q", cwd=origin)
    run("git", "add", "-A", "-f", cwd=origin)
    who = ("-c", "user.name=test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false")
    run("git", *who, "commit", "-q", "-m", "as it is", cwd=origin)
    run("git", "clone", "-q", "-c", "core.symlinks=false", origin, clone, cwd=tmp_path)
    for name in LINKS:
        assert not (clone / "govgraph" / name).is_symlink()
        assert (clone / "govgraph" / name).read_text() == f"../{name}"
    assert contents(build("wheel", clone, tmp_path / "wheel")) == contents(wheel)


def environment(folder: Path) -> Path:
    """A fresh environment that sees the packages of this one; its interpreter."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    purelib = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip())
    here = run(sys.executable, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip()
    (purelib / "zz_dependencies.pth").write_text(here + "\n")
    return python


@pytest.mark.parametrize("how", ["wheel", "editable"])
def test_an_install_answers(how: str, wheel: Path, checkout: Path, tmp_path: Path) -> None:
    python = environment(tmp_path / "env")
    what = ["--no-build-isolation", "-e", checkout] if how == "editable" else [wheel]
    run(
        python,
        "-m",
        "pip",
        "install",
        "-q",
        "--no-deps",
        "--no-index",
        "--disable-pip-version-check",
        *what,
        cwd=tmp_path,
    )
    where = run(python, "-c", "import govgraph.loaders; print(govgraph.loaders.__file__)", cwd=tmp_path).strip()
    assert Path(where).is_relative_to(checkout if how == "editable" else tmp_path / "env")
    run(python, "-m", "govgraph", "load", "baseline", cwd=tmp_path)
    assert "贵州" in run(python, "-m", "govgraph", "coverage", cwd=tmp_path)
