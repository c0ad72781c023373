#!/usr/bin/env python3
"""What has to work on a machine with nothing but Python: `run`, `test` and `install`.

It uses only the standard library, because nothing is installed yet when it starts, and only
syntax that old interpreters can read, so that an old Python prints a sentence, not a SyntaxError.
"""

import contextlib
import datetime
import fcntl
import hashlib
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = (ROOT / ".venv").resolve()  # checkouts may share one by a link
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "stamp.json"
VAR = ROOT / "var"
LOCKS = {name: ROOT / "requirements" / (name + ".txt") for name in ("runtime", "dev")}
OLDEST = (3, 11)


class StoppedError(Exception):
    """Something the person has to fix: printed as it is, without a traceback."""


# --- The environment in .venv ---------------------------------------------------------------


def use_new_enough_python():
    """Continue with Python 3.11 or newer: this one, or the newest on the PATH."""
    if sys.version_info >= OLDEST:
        return
    for minor in range(14, OLDEST[1] - 1, -1):
        found = shutil.which("python3.%d" % minor)
        if found:
            os.execv(found, [found, str(ROOT / "dev.py"), *sys.argv[1:]])
    raise StoppedError(
        "Python 3.11 or newer is needed, and this is %d.%d. Install it, on Debian or Ubuntu with:\n"
        "apt-get install -y python3.11 python3.11-venv" % sys.version_info[:2]
    )


def install(name):
    """Build .venv from the lock `name`, unless it is there. Of two first runs, one waits."""
    # An environment is built from a lock by a Python in a place: it changes with any of them.
    made_by = (sys.version.encode(), str(VENV).encode())
    wanted = {
        lock: hashlib.sha256(b"\0".join((path.read_bytes(), *made_by))).hexdigest()
        for lock, path in LOCKS.items()
    }
    VAR.mkdir(exist_ok=True)
    with (VAR / "install.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            there = json.loads(STAMP.read_text()) if PYTHON.exists() else {}
        except (OSError, ValueError):
            there = {}
        if there.get(name) == wanted[name]:
            return
        began = time.monotonic()
        # An environment with the present run-time packages can be extended; any other is rebuilt.
        if there.get("runtime") != wanted["runtime"]:
            make_empty_environment()
        else:
            STAMP.unlink()
        fill_environment(LOCKS[name])
        # The packages of the service are in both locks.
        STAMP.write_text(json.dumps({lock: wanted[lock] for lock in ("runtime", name)}))
        print("Environment ready in %.0f s." % (time.monotonic() - began), flush=True)


def make_empty_environment():
    """A fresh .venv with pip. Debian packages venv's pip separately, so pip may have to add it."""
    print("Building the environment in .venv ...", flush=True)
    venv = [sys.executable, "-m", "venv", "--clear"]
    if quiet([*venv, VENV]).returncode == 0:
        return
    its_pip = [sys.executable, "-m", "pip", "--python", PYTHON, "install", "pip"]
    if quiet([*venv, "--without-pip", VENV]).returncode or quiet(its_pip).returncode:
        shutil.rmtree(str(VENV), ignore_errors=True)
        raise StoppedError(
            "Python's venv module is not complete here. On Debian or Ubuntu run:\n"
            "apt-get install -y python3-venv"
        )


def fill_environment(lock):
    """Install exactly the packages in the lock, checked by hash: with uv, or else with pip."""
    pip = [PYTHON, "-m", "pip", "install", "--require-hashes", "-r"]
    uv = shutil.which("uv") or VENV / "bin" / "uv"
    if Path(uv).exists() or quiet([*pip, ROOT / "requirements/bootstrap.txt"]).returncode == 0:
        with_uv = [uv, "pip", "install", "--python", PYTHON, "--require-hashes", "-r", lock]
        if quiet(with_uv).returncode == 0:
            return
        print("uv could not install the packages; trying pip ...", flush=True)
    done = quiet([*pip, lock])
    if done.returncode:
        print(last_lines(done.stdout), file=sys.stderr)
        raise StoppedError(
            "The packages could not be downloaded or did not match their hashes (above: pip's "
            "words). Is there a network, or a proxy or an index to set in pip's configuration?"
        )


def quiet(command):
    """Run an installation command and capture its output."""
    env = dict(os.environ, PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_NO_INPUT="1")
    # uv has its own certificates; only the machine's know the proxy of a hospital network.
    env.setdefault("UV_SYSTEM_CERTS", "1")
    for name in ("PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "PIP_USER", "PIP_TARGET"):
        env.pop(name, None)
    return captured([str(word) for word in command], env)


def captured(command, env):
    return subprocess.run(
        command,
        cwd=str(ROOT),
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
    )


def last_lines(text):
    return "\n".join(text.strip().splitlines()[-5:])


# --- run --------------------------------------------------------------------------------------


def command_run(args):
    """builds, migrates, seeds, serves on http://127.0.0.1:8000 (PORT= to change)"""
    install("runtime")
    port = chosen_port()
    env = dict({"DEBUG": "on", "SITE_URL": "http://127.0.0.1:%s" % port}, **os.environ)
    if not is_prepared(env):
        prepare(env)
    os.chdir(str(ROOT))
    words = ["gunicorn", "--config", "python:kmpt_tracker.make_run", "kmpt_tracker.wsgi"]
    os.execve(str(PYTHON), [str(PYTHON), "-m", *words], dict(env, PORT=port))


def chosen_port():
    port = os.environ.get("PORT", "").strip() or "8000"
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise StoppedError("PORT must be a number from 1 to 65535, not %r." % port)
    with contextlib.closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(port)))
        except OSError:
            raise StoppedError(
                "Port %s is in use. Choose another: PORT=8001 make run" % port
            ) from None
    return str(int(port))


def is_prepared(env):
    """Whether the embedded database already matches this code and these fixtures.

    Asking Django would take longer than the rest of a second start. A database other than the
    embedded one always counts as not prepared.
    """
    stamp = stamp_of(env)
    content, _, month = (stamp.read_text() if stamp.exists() else "").partition(" ")
    if content != content_of(env) or not migrations_here() <= applied(env):
        return False
    # In a new month seed adds to the demonstration, unless it has been cleared.
    illustrative = "SELECT 1 FROM kpis_actual WHERE origin = 'illustrative' LIMIT 1"
    return month == this_month() or embedded(env, illustrative) == set()


def migrations_here():
    return {(path.parent.parent.name, path.stem) for path in ROOT.glob("*/migrations/[0-9]*.py")}


def applied(env):
    return embedded(env, "SELECT app, name FROM django_migrations") or set()


def embedded(env, query):
    """The rows that the embedded database answers with; None where it cannot be asked."""
    database = var_of(env) / "tracker.sqlite3"
    if env.get("DATABASE_URL") or not database.exists():
        return None
    try:
        with contextlib.closing(sqlite3.connect(str(database), timeout=5)) as connection:
            return set(connection.execute(query))
    except sqlite3.Error:
        return None


def prepare(env):
    """Migrate; seed a new database, changed fixtures, or a new month; else change nothing."""
    move_aside(env)
    manage = [str(PYTHON), str(ROOT / "manage.py")]
    migrated = captured([*manage, "migrate", "--no-input", "--no-color"], env)
    if migrated.returncode:
        raise StoppedError(last_lines(migrated.stdout))
    stamp, content = stamp_of(env), "%s %s" % (content_of(env), this_month())
    is_new = "No migrations to apply" not in migrated.stdout
    if is_new or not stamp.exists() or stamp.read_text() != content:
        if subprocess.call([*manage, "seed", "--illustrative"], cwd=str(ROOT), env=env):
            raise StoppedError("The fixtures were not loaded; nothing was changed.")
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.write_text(content)


def move_aside(env):
    """Keep an embedded database that another version's migrations made, and begin a new one."""
    here = migrations_here()
    if not {one for one in applied(env) - here if one[0] in {app for app, _ in here}}:
        return
    database = var_of(env) / "tracker.sqlite3"
    now = datetime.datetime.now().strftime("%Y%m%d-%H%M%S")
    kept = database.with_name("tracker-before-%s.sqlite3" % now)
    for ending in ("", "-wal", "-shm"):
        part = Path(str(database) + ending)
        if part.exists():
            part.rename(str(kept) + ending)
    print("The database of an earlier version was moved aside to %s." % kept, flush=True)


def this_month():
    return datetime.date.today().strftime("%Y-%m")


def content_of(env):
    """A fingerprint of what the database is made from: its place, the packages, the fixtures."""
    total = hashlib.sha256(repr((env.get("DATABASE_URL", ""), str(var_of(env)))).encode())
    total.update(LOCKS["runtime"].read_bytes())
    for path in sorted((ROOT / "fixtures").rglob("*")):
        if path.is_file():
            total.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


def var_of(env):
    return Path(env.get("VAR_DIR") or VAR)


def stamp_of(env):
    return var_of(env) / "seeded"


# --- test and install -------------------------------------------------------------------------


def command_test(args):
    """the suite on PostgreSQL and Redis, then its database tests on SQLite (ARGS= to choose)"""
    install("dev")
    words = [str(PYTHON), "-m", "pytest", "-n", "2", "--dist", "worksteal", *args]
    env = dict(os.environ)
    # Without compiled modules each worker takes 10 s more to read the tests, and each of dozens of
    # commands two more to start.
    if env.pop("PYTHONDONTWRITEBYTECODE", ""):
        env["PYTHONPYCACHEPREFIX"] = str(VAR / "compiled")
    first = subprocess.call(words, cwd=str(ROOT), env=env)
    print("\nOnce more on SQLite: the tests whose answer the database may change.", flush=True)
    if "-m" not in args:
        words += ["-m", "database and not (browser or postgresql or any_database)"]
    on_sqlite = dict(env, DATABASE_URL="sqlite://:memory:", REQUIRE_ALL="")
    second = subprocess.call(words, cwd=str(ROOT), env=on_sqlite)
    nothing_selected = 5
    codes = {first, second} - {nothing_selected}
    return max(codes, key=abs) if codes else nothing_selected


def command_install(args):
    """builds .venv with everything that running and testing need (ARGS=runtime: only running)"""
    install(args[0] if args else "dev")
    return 0


COMMANDS = {"run": command_run, "test": command_test, "install": command_install}


def main(words):
    try:
        if not words or words[0] not in COMMANDS:
            raise StoppedError("python3 dev.py run, test or install; `make help` lists the rest.")
        use_new_enough_python()
        return COMMANDS[words[0]](words[1:])
    except StoppedError as stopped:
        print(stopped, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
