"""Makes the test database as a copy of a migrated one: migrating takes 12 s for every worker.

The real migrations run once for each state of their files; later runs copy the result.
PostgreSQL copies a template database, SQLite a file in var/. Where several workers run, a missing
one is made in a process of its own (`python -m tests.plugins.templates`) while they read the tests.
"""

import fcntl
import hashlib
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2

from tests.plugins import servers

ROOT = Path(__file__).resolve().parents[2]
VAR = ROOT / "var"
PREFIX = f"{servers.TEST_DATABASE_PREFIX}template_"
# How many templates to keep, as other checkouts of the project use theirs.
MOST_TEMPLATES = 4
# An in-memory database exists only while a connection to it is open.
_kept: list[sqlite3.Connection] = []


def fingerprint() -> str:
    """Changes with any migration, with any code that migrations call, and with any package."""
    files = [ROOT / "requirements" / "runtime.txt", Path(__file__).with_name("migrating.py")]
    files += sorted((ROOT / "accounts" / "record").glob("*.py"))
    files += [ROOT / "kpis" / "models" / "fixed.py", ROOT / "kpis" / "apps.py"]
    files += [ROOT / "cip" / "models" / name for name in ("fixed.py", "gated.py")]
    files += [ROOT / "cip" / "gate.py", ROOT / "cip" / "apps.py"]
    files += sorted(ROOT.glob("*/migrations/*.py"))
    total = hashlib.sha256(sys.version.encode())
    for path in files:
        total.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return total.hexdigest()[:12]


def make_ahead() -> "subprocess.Popen[bytes]":
    """Begin to make the template that workers will ask for; whoever asks first waits for it."""
    return subprocess.Popen([sys.executable, "-m", "tests.plugins.templates"], cwd=ROOT)


def use_template(connection) -> None:
    """Make this connection's test database as a copy of a template.

    Where no template can be made, Django migrates as usual and shows the error there.
    """
    with _one_at_a_time():
        if connection.vendor == "postgresql":
            template = _postgresql_template(os.environ["DATABASE_URL"])
            if template:
                connection.settings_dict["TEST"].update(TEMPLATE=template, MIGRATE=False)
        elif template := _sqlite_template():
            connection.settings_dict["TEST"]["MIGRATE"] = False
            _copy_when_created(template)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    VAR.mkdir(exist_ok=True)
    with (VAR / "test-template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _migrate(url: str) -> bool:
    done = subprocess.run(
        [sys.executable, "-m", "tests.plugins.migrating"],
        cwd=ROOT,
        env={
            **os.environ,
            "DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "kmpt_tracker.settings",
        },
        capture_output=True,
        check=False,
    )
    return done.returncode == 0


def _postgresql_template(url: str) -> str | None:
    name = PREFIX + fingerprint()
    try:
        connection = psycopg2.connect(url)
    except psycopg2.OperationalError:
        return None
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT datname FROM pg_database WHERE datname LIKE %s ORDER BY oid",
                [PREFIX.replace("_", r"\_") + "%"],
            )
            present = [row[0] for row in cursor.fetchall()]
            if name in present:
                return name
            for old in present[:-MOST_TEMPLATES]:
                _drop_unless_in_use(cursor, old)
            draft = f"{name}_{os.getpid()}"
            cursor.execute(f'CREATE DATABASE "{draft}" TEMPLATE template0')
            if not _migrate(urlsplit(url)._replace(path=f"/{draft}").geturl()):
                _drop_unless_in_use(cursor, draft)
                return None
            try:
                cursor.execute(f'ALTER DATABASE "{draft}" RENAME TO "{name}"')
            except psycopg2.errors.DuplicateDatabase:  # another run made it first
                _drop_unless_in_use(cursor, draft)
            return name
    finally:
        connection.close()


def _drop_unless_in_use(cursor, name: str) -> None:
    try:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
    except psycopg2.Error:
        return


def _sqlite_template() -> Path | None:
    path = VAR / f"test-template-{fingerprint()}.sqlite3"
    if path.exists():
        return path
    for old in VAR.glob("test-template-*.sqlite3*"):
        old.unlink()
    draft = VAR / f"draft-{os.getpid()}.sqlite3"
    try:
        if not _migrate(f"sqlite:///{draft}"):
            return None
        with sqlite3.connect(draft) as source:
            source.execute("PRAGMA journal_mode=DELETE")
        source.close()
        draft.rename(path)
        return path
    finally:
        for rest in VAR.glob(f"{draft.name}*"):
            rest.unlink()


def _copy_when_created(template: Path) -> None:
    """Fill each new test database from the template, before Django looks for missing tables."""
    from django.db.backends.sqlite3.base import DatabaseWrapper

    creation = DatabaseWrapper.creation_class
    create = creation._create_test_db

    def create_and_fill(self, *args, **kwargs):
        name = create(self, *args, **kwargs)
        target = sqlite3.connect(name, uri=name.startswith("file:"))
        source = sqlite3.connect(template)
        source.backup(target)
        source.close()
        _kept.append(target)
        return name

    creation._create_test_db = create_and_fill


def let_go() -> None:
    """Close the connections that keep the in-memory databases alive."""
    while _kept:
        _kept.pop().close()


if __name__ == "__main__":
    with _one_at_a_time():
        url = os.environ.get("DATABASE_URL", "")
        _postgresql_template(url) if url.startswith("postgres") else _sqlite_template()
