#!/usr/bin/env python3
"""Every command a developer types: `make run`, `make test`, or `python3 dev.py run`.

It uses only the standard library, because nothing is installed yet when it starts, and only
syntax that old interpreters can read, so that an old Python prints a sentence, not a SyntaxError.
"""

import contextlib
import datetime
import fcntl
import hashlib
import json
import os
import re
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "stamp.json"
VAR = ROOT / "var"
LOCKS = {name: ROOT / "requirements" / (name + ".txt") for name in ("runtime", "dev")}
OLDEST = (3, 11)
STARTS_WITHIN_SECONDS = 60
IS_DEMONSTRATION = "SELECT 1 FROM kpis_actual WHERE origin = 'illustrative' LIMIT 1"


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


def fingerprint(name):
    """What the environment is built from; it changes with the lock, the Python and the place."""
    parts = (LOCKS[name].read_bytes(), sys.version.encode(), str(VENV).encode())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def installed():
    """The fingerprints of what is installed in .venv; empty where there is none that works."""
    try:
        return json.loads(STAMP.read_text()) if PYTHON.exists() else {}
    except (OSError, ValueError):
        return {}


def install(name):
    """Build .venv from the lock `name`, unless it is there. Of two first runs, one waits."""
    if installed().get(name) == fingerprint(name):
        return
    VAR.mkdir(exist_ok=True)
    with (VAR / "install.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stamps = installed()
        if stamps.get(name) == fingerprint(name):
            return
        began = time.monotonic()
        # An environment with the present run-time packages can be extended; any other is rebuilt.
        if stamps.get("runtime") != fingerprint("runtime"):
            stamps = {}
            make_empty_environment()
        else:
            STAMP.unlink()
        fill_environment(LOCKS[name])
        stamps[name] = fingerprint(name)
        if name == "dev":  # the dev lock includes the run-time packages
            stamps["runtime"] = fingerprint("runtime")
        STAMP.write_text(json.dumps(stamps))
        print("Environment ready in %.0f s." % (time.monotonic() - began), flush=True)


def make_empty_environment():
    """A fresh .venv with pip. Debian packages venv's pip separately, so pip may have to add it."""
    print("Building the environment in .venv ...", flush=True)
    if VENV.exists():
        shutil.rmtree(str(VENV))
    if quiet([sys.executable, "-m", "venv", VENV]).returncode == 0:
        return
    shutil.rmtree(str(VENV), ignore_errors=True)
    bare = [sys.executable, "-m", "venv", "--without-pip", VENV]
    its_pip = [sys.executable, "-m", "pip", "--python", PYTHON, "install", "pip"]
    if quiet(bare).returncode == 0 and quiet(its_pip).returncode == 0:
        return
    shutil.rmtree(str(VENV), ignore_errors=True)
    raise StoppedError(
        "Python's venv module is not complete here. On Debian or Ubuntu run:\n"
        "apt-get install -y python3-venv"
    )


def fill_environment(lock):
    """Install exactly the packages in the lock, checked by hash: with uv, or else with pip."""
    uv = find_uv()
    if uv:
        done = quiet([*uv, "pip", "install", "--python", PYTHON, "--require-hashes", "-r", lock])
        if done.returncode == 0:
            return
        print("uv could not install the packages; trying pip ...", flush=True)
    done = quiet([PYTHON, "-m", "pip", "install", "--require-hashes", "-r", lock])
    if done.returncode:
        print(last_lines(done.stdout), file=sys.stderr)
        raise StoppedError(
            "The packages could not be downloaded or did not match their hashes (above: pip's "
            "words). Is there a network, or a proxy or an index to set in pip's configuration?"
        )


def find_uv():
    """uv from the PATH or the environment, else installed by pip; None when that fails."""
    for place in (shutil.which("uv"), VENV / "bin" / "uv"):
        if place and Path(place).exists():
            return [place]
    bootstrap = ROOT / "requirements" / "bootstrap.txt"
    done = quiet([PYTHON, "-m", "pip", "install", "--require-hashes", "-r", bootstrap])
    return [VENV / "bin" / "uv"] if done.returncode == 0 else None


def quiet(command):
    """Run an installation command and capture its output."""
    env = dict(os.environ, PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_NO_INPUT="1")
    # uv has its own certificates; only the machine's know the proxy of a hospital network.
    env.setdefault("UV_SYSTEM_CERTS", "1")
    for name in ("PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "PIP_USER", "PIP_TARGET"):
        env.pop(name, None)
    return subprocess.run(
        [str(word) for word in command],
        env=env,
        cwd=str(ROOT),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
    )


def last_lines(text, count=5):
    return "\n".join(text.strip().splitlines()[-count:])


# --- Running things in it -------------------------------------------------------------------


def environment(**settings):
    """The variables for a command; the shell's own values override these defaults."""
    env = dict(os.environ)
    for name, value in settings.items():
        env.setdefault(name, value)
    return env


def call(*words, **settings):
    """Run a module of the environment in the project's folder; return its exit code."""
    command = [str(PYTHON), "-m"] + [str(word) for word in words]
    return subprocess.call(command, cwd=str(ROOT), env=environment(**settings))


def manage(*words):
    return [str(PYTHON), str(ROOT / "manage.py"), *words]


# --- Commands -------------------------------------------------------------------------------


def command_install(args):
    """builds .venv with everything that running and testing need"""
    install("dev")
    return 0


def command_run(args):
    """builds, migrates, seeds, serves on http://127.0.0.1:8000 (PORT= to change)"""
    install("runtime")
    port = chosen_port()
    env = environment(DEBUG="on", SITE_URL="http://127.0.0.1:%d" % port)
    if not is_prepared(env):
        prepare(env)
    return serve(port, env)


def chosen_port():
    text = os.environ.get("PORT", "").strip() or "8000"
    if not re.match(r"^[0-9]{1,5}$", text) or not 0 < int(text) < 65536:
        raise StoppedError("PORT must be a number from 1 to 65535, not %r." % text)
    with contextlib.closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(text)))
        except OSError:
            raise StoppedError(
                "Port %s is in use. Choose another: PORT=8001 make run" % text
            ) from None
    return int(text)


def is_prepared(env):
    """Whether the embedded database already matches this code and these fixtures.

    Asking Django would take longer than the rest of a second start. A database other than the
    embedded one always counts as not prepared.
    """
    stamp, database = stamp_of(env), var_of(env) / "tracker.sqlite3"
    if env.get("DATABASE_URL") or not database.exists() or not stamp.exists():
        return False
    content, _, month = stamp.read_text().partition(" ")
    if content != content_of(env):
        return False
    wanted = migrations_here()
    try:
        with contextlib.closing(sqlite3.connect(str(database), timeout=5)) as connection:
            applied = set(connection.execute("SELECT app, name FROM django_migrations"))
            if not wanted <= applied:
                return False
            # In a new month seed adds to the demonstration, unless it has been cleared.
            return month == this_month() or not connection.execute(IS_DEMONSTRATION).fetchone()
    except sqlite3.Error:
        return False


def migrations_here():
    return {(path.parent.parent.name, path.stem) for path in ROOT.glob("*/migrations/[0-9]*.py")}


def move_aside(env):
    """Keep an embedded database that another version's migrations made, and begin a new one."""
    database = var_of(env) / "tracker.sqlite3"
    if env.get("DATABASE_URL") or not database.exists():
        return
    here = migrations_here()
    try:
        with contextlib.closing(sqlite3.connect(str(database), timeout=5)) as connection:
            applied = set(connection.execute("SELECT app, name FROM django_migrations"))
    except sqlite3.Error:
        return
    if all(app not in {own for own, _ in here} or (app, name) in here for app, name in applied):
        return
    now = datetime.datetime.now().strftime("%Y%m%d-%H%M%S")
    kept = database.with_name("tracker-before-%s.sqlite3" % now)
    for ending in ("", "-wal", "-shm"):
        part = Path(str(database) + ending)
        if part.exists():
            part.rename(str(kept) + ending)
    print("The database of an earlier version was moved aside to %s." % kept, flush=True)


def prepare(env):
    """Migrate; seed a new database, changed fixtures, or a new month; else change nothing."""
    move_aside(env)
    migrated = subprocess.run(
        manage("migrate", "--no-input", "--no-color"),
        cwd=str(ROOT),
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
    )
    if migrated.returncode:
        raise StoppedError(last_lines(migrated.stdout))
    stamp, content = stamp_of(env), "%s %s" % (content_of(env), this_month())
    is_new = "No migrations to apply" not in migrated.stdout
    if is_new or not stamp.exists() or stamp.read_text() != content:
        if subprocess.call(manage("seed", "--illustrative"), cwd=str(ROOT), env=env):
            raise StoppedError("The fixtures were not loaded; nothing was changed.")
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.write_text(content)


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


def serve(port, env):
    """Run gunicorn in the foreground; print the URL once it answers; Ctrl-C ends it."""
    words = [str(PYTHON), "-m", "gunicorn", "kmpt_tracker.wsgi", "--bind", "127.0.0.1:%d" % port]
    words += ["--worker-class", "gthread", "--workers", "2", "--threads", "4"]
    words += ["--log-level", "warning", "--no-control-socket"]
    server = subprocess.Popen(words, cwd=str(ROOT), env=env)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: server.terminate())
    address = "http://127.0.0.1:%d" % port
    if answers(address + "/healthz", server):
        print("\nThe tracker is at %s\n%s" % (address, demo_accounts()), flush=True)
        print(whose_work(env), end="", flush=True)
        print("Ctrl-C ends it.", flush=True)
    code = server.wait()
    return 0 if code == -signal.SIGTERM else code


def whose_work(env):
    """A sentence for a person who has set REDIS_URL: figures then need a worker."""
    broker = urllib.parse.urlsplit(env.get("REDIS_URL", "").strip())
    if not broker.hostname:
        return ""
    place = (broker.hostname, broker.port or 6379)
    is_there = "" if listens(*place) else " Nothing answers at REDIS_URL (%s:%d) yet." % place
    return "Background work waits for `make worker`.%s\n" % is_there


def answers(address, server):
    """Wait until the server answers; False when it ends first or takes too long."""
    deadline = time.monotonic() + STARTS_WITHIN_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return True
        except urllib.error.HTTPError:
            return True
        except OSError:
            time.sleep(0.1)
    return False


LIST_ACCOUNTS = """
import pathlib, sys, yaml
users = yaml.safe_load(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))["users"]
print("Demo accounts:")
for user in users:
    print(f"  {user['username']:<22} {user['password']:<26} {', '.join(user.get('roles', []))}")
"""


def demo_accounts():
    """The accounts that `seed --illustrative` adds, from its fixture file."""
    path = ROOT / "fixtures" / "demo_users.yaml"
    if not path.exists():
        return ""
    listed = subprocess.run(
        [str(PYTHON), "-c", LIST_ACCOUNTS, str(path)],
        stdout=subprocess.PIPE,
        universal_newlines=True,
    )
    return listed.stdout


def command_test(args):
    """the suite on PostgreSQL and Redis, then its database tests on SQLite (ARGS= to choose)"""
    install("dev")
    spread = [] if any(re.match(r"-n|--pdb|-s$", word) for word in args) else ["-n", "2"]
    if spread:
        spread += ["--dist", "worksteal"]
    first = call("pytest", *(spread + args))
    print("\nOnce more on SQLite: the tests whose answer the database may change.", flush=True)
    os.environ.update(DATABASE_URL="sqlite://:memory:", REQUIRE_ALL="")
    again = ["-m", "database and not (browser or postgresql or any_database)"]
    second = call("pytest", *(spread + args + ([] if "-m" in args else again)))
    nothing_selected = 5
    codes = [code for code in (first, second) if code not in (0, nothing_selected)]
    if first == second == nothing_selected:
        return nothing_selected
    return codes[0] if codes else 0


def command_lint(args):
    """ruff, mypy, import directions, missing migrations, Django's deployment checks"""
    install("dev")
    production = {
        "DEBUG": "off",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "ALLOWED_HOSTS": "tracker.example",
        "DATABASE_URL": "postgres://tracker@127.0.0.1:5432/tracker",
        "REDIS_URL": "redis://127.0.0.1:6379/0",
    }
    bin_folder = VENV / "bin"
    checks = [
        ("ruff check", [bin_folder / "ruff", "check", "."], {}),
        ("ruff format", [bin_folder / "ruff", "format", "--check", "."], {}),
        ("templates", [bin_folder / "djangofmt", "--check", "--quiet", "templates"], {}),
        ("mypy", [bin_folder / "mypy"], {"DEBUG": "on"}),
        ("import directions", [bin_folder / "lint-imports"], {}),
        ("migrations", manage("makemigrations", "--check", "--dry-run"), {"DATABASE_URL": ""}),
        ("deployment", manage("check", "--deploy", "--fail-level", "WARNING"), production),
    ]
    failed = []
    for name, words, variables in checks:
        print("--- " + name, flush=True)
        command = [str(word) for word in words]
        if subprocess.call(command, cwd=str(ROOT), env=dict(os.environ, **variables)):
            failed.append(name)
    print("lint: " + ("failed: " + ", ".join(failed) if failed else "all clean"), flush=True)
    return 1 if failed else 0


def command_format(args):
    """formats the code and the templates, and puts right what ruff can"""
    install("dev")
    templates = [str(VENV / "bin" / "djangofmt"), "--quiet", "templates"]
    return (
        call("ruff", "check", "--fix", ".")
        or call("ruff", "format", ".")
        or subprocess.call(templates, cwd=str(ROOT))
    )


def command_bench(args):
    """measures pages, seeding and recalculation, in proportion to a trivial page"""
    install("dev")
    return call("tests.bench", *args)


def command_drill(args):
    """fault drills with real processes: what is lost when the broker or a worker dies"""
    install("dev")
    return call("tests.drills", *args, DEBUG="on")


def command_services(args):
    """starts PostgreSQL and Redis of this machine where they are installed"""
    missing = 0
    for name, port, service in (
        ("PostgreSQL", 5432, "postgresql"),
        ("Redis", 6379, "redis-server" if sys.platform == "linux" else "redis"),
    ):
        state = "is running" if listens("127.0.0.1", port) else start_service(service, port)
        print("%s %s (127.0.0.1:%d)" % (name, state or "could not be started", port))
        if not state:
            missing = 1
            print("  on Debian or Ubuntu, as root: apt-get install -y %s" % service)
    return missing


def listens(host, port):
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


def start_service(service, port):
    """Start a service with the system's own tools, as far as this person may use them."""
    starters = (["service", service, "start"], ["brew", "services", "start", service])
    for words in starters:
        if shutil.which(words[0]) and quiet(words).returncode == 0:
            deadline = time.monotonic() + 10
            while time.monotonic() < deadline:
                if listens("127.0.0.1", port):
                    return "started"
                time.sleep(0.2)
    return ""


def command_worker(args):
    """a Celery worker with its clock, on REDIS_URL (default redis://127.0.0.1:6379/0)"""
    install("runtime")
    VAR.mkdir(exist_ok=True)
    words = ["celery", "-A", "kmpt_tracker.celery", "worker", "--beat", "--loglevel", "INFO"]
    words += ["--concurrency", "2"]
    return call(*(words + args), DEBUG="on", REDIS_URL="redis://127.0.0.1:6379/0")


def command_lock(args):
    """writes requirements/*.txt anew from *.in (ARGS=--upgrade for newer versions)"""
    install("dev")
    uv = find_uv()
    if not uv:
        raise StoppedError("uv is needed to write the locks, and could not be installed.")
    for name in ("bootstrap", "runtime", "dev"):
        words = [*uv, "pip", "compile", "--universal", "--python-version", "3.11"]
        words += ["--generate-hashes", "--no-header", "--no-config", "--quiet"]
        # The path in the comments is relative, so that every machine writes the same file.
        if name == "dev":
            words += ["--constraint", "requirements/runtime.txt"]
        words += ["requirements/%s.in" % name, "-o", "requirements/%s.txt" % name]
        done = quiet(words + args)
        if done.returncode:
            print(last_lines(done.stdout), file=sys.stderr)
            return done.returncode
    return 0


def command_help(args):
    """lists these commands"""
    print("make TARGET [ARGS=...], or python3 dev.py TARGET [...]\n")
    for name, command in COMMANDS.items():
        print("  %-10s %s" % (name, command.__doc__))
    return 0


COMMANDS = {
    "run": command_run,
    "test": command_test,
    "install": command_install,
    "lint": command_lint,
    "format": command_format,
    "bench": command_bench,
    "drill": command_drill,
    "services": command_services,
    "worker": command_worker,
    "lock": command_lock,
    "help": command_help,
}


def main(words):
    name = words[0] if words else "help"
    try:
        if name not in COMMANDS:
            raise StoppedError("There is no command %r. `make help` lists them." % name)
        use_new_enough_python()
        return COMMANDS[name](words[1:])
    except StoppedError as stopped:
        print(stopped, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
