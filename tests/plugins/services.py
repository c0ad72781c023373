"""Chooses the database and Redis for a test run, before Django reads its settings.

In this order: a URL in the environment; a running server on this machine that lets us create
databases; a temporary server from the system's programs; one from the programs in the test
requirements; SQLite and no Redis, which the header says clearly. With REQUIRE_ALL=1 a missing
part, or any skipped test, fails the run.

Loaded with `-p`, because a conftest is read after the settings. xdist's workers inherit the
variables set here.
"""

import os
import subprocess
from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.plugins import servers, templates

CHOSEN = "TEST_SERVICES_CHOSEN"
REDIS = "TEST_REDIS_URL"
ON = frozenset({"1", "true", "yes", "on"})
BROWSERS = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
HOW_TO = {
    "PostgreSQL": "apt-get install postgresql, or set DATABASE_URL",
    "Redis": "apt-get install redis-server, or set REDIS_URL",
    "Chromium": "apt-get install chromium",
}
# The process in which a run of several workers makes the template of their databases.
_ahead: list["subprocess.Popen[bytes]"] = []


def chromium() -> str | None:
    """The browser to use: CHROMIUM, or the first known path that exists."""
    places = (os.environ.get("CHROMIUM", ""), *BROWSERS)
    return next((place for place in places if place and Path(place).exists()), None)


def require_all() -> bool:
    return os.environ.get("REQUIRE_ALL", "").lower() in ON


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config, parser, args):
    """Runs before pytest-django's own hook, which reads the settings."""
    _choose()
    return (yield)


def _choose() -> None:
    os.environ.setdefault("DEBUG", "on")
    os.environ.setdefault("TASKS_INLINE", "on")
    # Otherwise every new test client lists all static files, which takes 11 ms.
    os.environ.setdefault("STATIC_AUTOREFRESH", "on")
    # A test never waits for the disk of a server that was there already: a third of the time of
    # tests that commit. One that is started for the tests is set up so by itself.
    os.environ.setdefault("PGOPTIONS", "-c synchronous_commit=off")
    # Playwright's synchronous API runs an event loop, in which Django would refuse the ORM.
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    if CHOSEN in os.environ:
        return  # a worker of xdist
    os.environ["TEST_DATABASE_NAME"] = f"{servers.TEST_DATABASE_PREFIX}{os.getpid()}"
    os.environ[CHOSEN] = f"{_choose_database()}; {_choose_redis()}"


def _choose_database() -> str:
    url = os.environ.get("DATABASE_URL")
    if url:
        kind = "SQLite" if url.startswith("sqlite") else "PostgreSQL"
        return f"{kind} (DATABASE_URL)"
    for found in (servers.running_postgresql(), servers.own_postgresql()):
        if found:
            os.environ["DATABASE_URL"] = found.url
            return f"PostgreSQL ({found.origin})"
    return "SQLite"


def _choose_redis() -> str:
    """Only tests that use `redis_url` need it: elsewhere tasks run inline."""
    url = os.environ.pop("REDIS_URL", "")
    if url:
        os.environ[REDIS] = urlsplit(url)._replace(path="").geturl()
        return "Redis (REDIS_URL)"
    for found in (servers.running_redis(), servers.own_redis()):
        if found:
            os.environ[REDIS] = found.url
            return f"Redis ({found.origin})"
    return "no Redis"


def missing() -> list[str]:
    """The system parts that this run does without."""
    chosen = os.environ.get(CHOSEN, "")
    # SQLite on request is not missing anything: `make test` runs PostgreSQL separately.
    asked_for_sqlite = "SQLite (DATABASE_URL)" in chosen
    absent = [] if "PostgreSQL" in chosen or asked_for_sqlite else ["PostgreSQL"]
    if REDIS not in os.environ:
        absent.append("Redis")
    if chromium() is None:
        absent.append("Chromium")
    return absent


def pytest_report_header(config) -> list[str]:
    lines = [f"services: {os.environ.get(CHOSEN, '')}; {chromium() or 'no Chromium'}"]
    lines += [f"WITHOUT {name}: its tests are skipped ({HOW_TO[name]})" for name in missing()]
    return lines


def pytest_configure(config) -> None:
    absent = missing()
    if require_all() and absent:
        parts = ", ".join(f"{name} ({HOW_TO[name]})" for name in absent)
        raise pytest.UsageError(f"REQUIRE_ALL is set, and these are missing: {parts}")
    if config.getoption("numprocesses", None) and not hasattr(config, "workerinput"):
        _ahead.append(templates.make_ahead())


def pytest_collectstart(collector) -> None:
    """Of two workers the second reads the tests from the last to the first.

    In a new checkout whoever reads a test file first compiles it: 26 of 39 s of processor time for
    all of them. In this way each worker compiles half and takes the other half from the other.
    """
    config = collector.config
    is_second = getattr(config, "workerinput", {}).get("workerid") == "gw1"
    is_whole_suite = config.args_source is config.ArgsSource.TESTPATHS
    if is_second and is_whole_suite and isinstance(collector, pytest.Session):
        for path in sorted((config.rootpath / "tests").rglob("test_*.py"), reverse=True):
            import_module(".".join(path.relative_to(config.rootpath).with_suffix("").parts))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session, exitstatus) -> None:
    """With REQUIRE_ALL a skipped test fails the run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = len(reporter.stats.get("skipped", [])) if reporter else 0
    if require_all() and skipped and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        reporter.write_line(f"REQUIRE_ALL is set, and {skipped} tests were skipped.", red=True)


def pytest_unconfigure(config) -> None:
    while _ahead:
        _ahead.pop().wait()
    if not hasattr(config, "workerinput"):
        servers.stop_all()
