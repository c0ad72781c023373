"""Settings for every test: fast passwords, no network, a browser, a Redis database of its own."""

import os
import socket
from collections.abc import Iterator

import pytest
import redis
from django.conf import settings
from django.core.management.commands import flush
from django.db import connection, transaction
from django.db.backends.postgresql.operations import DatabaseOperations as PostgresqlOperations
from django.db.backends.sqlite3.base import DatabaseOperations as SqliteOperations
from hypothesis import settings as hypothesis_settings

from accounts.record.append_only import PREFIX
from tests.plugins import kept, services, templates

DATABASE_FIXTURES = {"db", "transactional_db", "django_db_reset_sequences", "live_server"}
BROWSER_FIXTURES = {"page", "browser", "context"}
REDIS_DATABASES = range(15, 0, -1)
# No deadline, as machines may be busy. CI tries the same cases every time.
hypothesis_settings.register_profile("suite", deadline=None, derandomize=bool(os.environ.get("CI")))
hypothesis_settings.load_profile("suite")


def pytest_configure(config) -> None:
    # Rows that a test makes leave no record, so that a kept page would not know of them.
    settings.KEEPS_PAGES = False
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    SqliteOperations.execute_sql_flush = _empty_sqlite
    PostgresqlOperations.execute_sql_flush = _empty_postgresql
    flush.emit_post_migrate_signal = lambda *args, **options: None


# What Django makes again after each emptying, which takes ten times as long as to leave it.
LEFT = {"django_migrations", "django_content_type", "auth_permission"}


def _tables_with_rows(cursor) -> list[str]:
    """Most tables are empty after most tests, and to truncate one takes as long as a test."""
    tables = set(connection.introspection.django_table_names(only_existing=True)) - LEFT
    cursor.execute(
        " UNION ALL ".join(
            f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM \"{table}\")" for table in sorted(tables)
        )
    )
    return [name for (name,) in cursor.fetchall()]


def _empty_postgresql(self, sql_list) -> None:
    """Between transactional tests, with the triggers of append-only tables switched off."""
    with transaction.atomic(using=self.connection.alias), self.connection.cursor() as cursor:
        tables = _tables_with_rows(cursor)
        for table in tables:
            cursor.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
        for table in tables:
            cursor.execute(f'DELETE FROM "{table}"')
        # Checks that wait for the end of the transaction would stand in the way of the switch.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in tables:
            cursor.execute(f'ALTER TABLE "{table}" ENABLE TRIGGER USER')


def _empty_sqlite(self, sql_list) -> None:
    """Between transactional tests: the triggers of append-only tables are dropped and remade."""
    with transaction.atomic(using=self.connection.alias), self.connection.cursor() as cursor:
        tables = _tables_with_rows(cursor)
        cursor.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name GLOB %s",
            [f"{PREFIX}*"],
        )
        triggers = cursor.fetchall()
        for name, _ in triggers:
            cursor.execute(f'DROP TRIGGER "{name}"')
        for table in tables:
            cursor.execute(f'DELETE FROM "{table}"')
        for _, statement in triggers:
            cursor.execute(statement)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items) -> None:
    """Mark tests by what they use; deselect those that only apply to the other database."""
    on_sqlite = settings.DATABASES["default"]["ENGINE"].endswith("sqlite3")
    elsewhere = []
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if item.get_closest_marker("django_db") or fixtures & DATABASE_FIXTURES:
            item.add_marker("database")
        if fixtures & BROWSER_FIXTURES:
            item.add_marker("browser")
        if "redis_url" in fixtures:
            item.add_marker("redis")
        if on_sqlite and item.get_closest_marker("postgresql"):
            item.add_marker(pytest.mark.skip(reason="needs PostgreSQL"))
        if not on_sqlite and item.get_closest_marker("sqlite"):
            elsewhere.append(item)
    if elsewhere:
        config.hook.pytest_deselected(items=elsewhere)
        items[:] = [item for item in items if item not in elsewhere]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix) -> Iterator[None]:
    """Runs once, before the first database test: use a template instead of migrating."""
    templates.use_template(connection)
    yield
    templates.let_go()


END_OTHER_SESSIONS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker) -> Iterator[None]:
    """End leftover sessions: a thread of the live server may still hold the database."""
    with kept.database_is_there(django_db_blocker):
        yield
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(END_OTHER_SESSIONS)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """Use the machine's own Chromium; no browser is downloaded."""
    executable = services.chromium()
    if executable is None:
        pytest.skip(f"no Chromium: {services.HOW_TO['Chromium']}")
    return {
        **browser_type_launch_args,
        "executable_path": executable,
        "args": ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage"],
    }


@pytest.fixture
def redis_url() -> Iterator[str]:
    """An empty database of the run's Redis, reserved for this test and emptied again."""
    server = os.environ.get(services.REDIS)
    if server is None:
        pytest.skip(f"no Redis: {services.HOW_TO['Redis']}")
    for number in REDIS_DATABASES:
        url = f"{server}/{number}"
        with redis.Redis.from_url(url) as client:
            if client.dbsize() == 0 and client.set("claimed-by-test", os.getpid(), nx=True, ex=600):
                yield url
                client.flushdb()
                return
    pytest.fail("Every database of the Redis server is in use.")


@pytest.fixture(autouse=True, scope="session")
def _no_network() -> Iterator[None]:
    """Fail any test that connects to another machine."""
    connect = socket.socket.connect

    def only_here(self, address):
        if self.family in (socket.AF_INET, socket.AF_INET6):
            host = address[0]
            if host not in ("localhost", "::1") and not host.startswith("127."):
                raise RuntimeError(f"A test tried to reach {host}.")
        return connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", only_here)
        yield


@pytest.fixture(autouse=True)
def _empty_cache():
    """Empty the cache, as two tests may give different data the same stamp."""
    from django.core.cache import cache, caches

    from kmpt_tracker.answers import forget

    cache.clear()
    caches["answers"].clear()
    forget()
