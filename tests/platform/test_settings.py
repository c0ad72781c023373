"""A wrong or missing value stops the start with one clear line; development needs none."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kmpt_tracker import environment

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "SECRET_KEY": "k3-" + "abcdefghij" * 5,
    "ALLOWED_HOSTS": "tracker.example",
}

SITE = {"hosts": ["localhost", "kpi.trust.example"], "https": True, "debug": False}


def start(tmp_path: Path, show: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    """Load the settings in a fresh process with these variables alone."""
    code = f"from kmpt_tracker import settings; print(({show or 'None'}))"
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), **variables},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"ALLOWED_HOSTS": "tracker.example"}, "SECRET_KEY is missing"),
        ({"SECRET_KEY": PRODUCTION["SECRET_KEY"]}, "ALLOWED_HOSTS is missing"),
        ({**PRODUCTION, "SECRET_KEY": "short"}, "SECRET_KEY must be"),
        ({**PRODUCTION, "DATABASE_URL": "mysql://x/y"}, "DATABASE_URL must begin with"),
    ],
)
def test_a_start_without_what_it_needs_is_refused_in_one_line(tmp_path, variables, says):
    done = start(tmp_path, **variables)
    assert done.returncode == environment.CANNOT_START
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("The tracker cannot start: ")
    assert says in done.stderr


def test_production_needs_only_its_key_and_its_names(tmp_path):
    shown = "settings.DEBUG, settings.SESSION_COOKIE_NAME, settings.SESSION_IDLE_MINUTES"
    done = start(tmp_path, shown, **PRODUCTION)
    assert done.stdout.strip() == "(False, '__Host-session', 15)"
    assert done.stderr == ""


def test_development_needs_nothing_and_keeps_its_key(tmp_path):
    shown = "settings.DEBUG, settings.SECRET_KEY, settings.REDIS_URL"
    first, second = (start(tmp_path, shown, DEBUG="on").stdout for _ in range(2))
    assert first.startswith("(True, '")
    assert first == second
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (lambda: environment.boolean("X", default=False), "maybe"),
        (lambda: environment.whole("X", default=5, least=1, most=9), "10"),
        (lambda: environment.whole("X", default=5, least=1, most=9), "-1"),
        (lambda: environment.whole("X", default=5, least=1, most=9), "٣"),
        (lambda: environment.time_zone("X", default="UTC"), "Europe/Kent"),
        (lambda: environment.time_zone("X", default="UTC"), "../etc/passwd"),
        (lambda: environment.hosts("X", default=[]), ""),
        (lambda: environment.hosts("X", default=[]), "https://tracker.example"),
        (lambda: environment.hosts("X", default=[]), "tracker.example,other.example:8000"),
        (lambda: environment.hosts("X", default=[]), "tracker.example/path"),
        (lambda: environment.hosts("X", default=[]), "tracker.example other.example"),
        (lambda: environment.origins("X"), "tracker.example"),
        (lambda: environment.origins("X"), "https://tracker.example/path"),
        (lambda: environment.database("X"), "postgres://host:abc/name"),
        (lambda: environment.database("X"), "postgres://host"),
        (lambda: environment.database("X"), "tracker.sqlite3"),
        (lambda: environment.redis_url("X"), "localhost:6379"),
        (lambda: environment.redis_url("X"), "redis://"),
        (lambda: environment.email("X", default="", folder=ROOT), "mail.example"),
        (lambda: environment.site_url("X", **SITE), "kpi.trust.example"),
        (lambda: environment.site_url("X", **SITE), "https://kpi.trust.example/path"),
        (lambda: environment.site_url("X", **{**SITE, "hosts": ["*", ".trust.example"]}), ""),
        (lambda: environment.sender("X", site="https://kpi.trust.example"), "The tracker"),
    ],
)
def test_a_value_that_cannot_be_meant_is_named(monkeypatch, capsys, read, value):
    monkeypatch.setenv("X", value)
    with pytest.raises(SystemExit) as ended:
        read()
    assert ended.value.code == environment.CANNOT_START
    line = capsys.readouterr().err
    assert line.startswith("The tracker cannot start: X ")
    assert line.count("\n") == 1


@pytest.mark.parametrize(
    ("read", "value", "meant"),
    [
        (lambda: environment.boolean("X", default=True), " OFF ", False),
        (lambda: environment.boolean("X", default=True), "", True),
        (lambda: environment.whole("X", default=5, least=1, most=9), "9", 9),
        (lambda: environment.words("X", default=["y"]), "a, b,,", ["a", "b"]),
        (lambda: environment.words("X", default=["y"]), " ", ["y"]),
        (lambda: environment.hosts("X", default=["y"]), "", ["y"]),
        (lambda: environment.hosts("X", default=[]), ".a.uk, *, [::1]", [".a.uk", "*", "[::1]"]),
        (lambda: environment.origins("X"), "https://a.example", ["https://a.example"]),
        (lambda: environment.time_zone("X", default="UTC"), "Europe/London", "Europe/London"),
        (lambda: environment.site_url("X", **SITE), "", "https://kpi.trust.example"),
        (
            lambda: environment.site_url("X", **SITE),
            "http://10.0.0.1:8000/",
            "http://10.0.0.1:8000",
        ),
        (lambda: environment.sender("X", site="https://a.example"), "", "no-reply@a.example"),
        (lambda: environment.redis_url("X"), "", ""),
        (lambda: environment.redis_url("X"), "rediss://h:1/2", "rediss://h:1/2"),
    ],
)
def test_a_good_value_is_taken(monkeypatch, read, value, meant):
    monkeypatch.setenv("X", value)
    assert read() == meant


def test_a_password_in_an_address_is_never_printed(monkeypatch, capsys):
    monkeypatch.setenv("X", "postgres://user:hunter2@host:port/name")
    with pytest.raises(SystemExit):
        environment.database("X")
    assert "hunter2" not in capsys.readouterr().err


def start_process(
    tmp_path: Path, *words: str, **variables: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), "DEBUG": "on", **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("words", "variables", "says"),
    [
        # The server would add a traceback of its own, were the settings first read by a worker.
        (
            ["-m", "gunicorn", "kmpt_tracker.wsgi", "--bind", "127.0.0.1:0"],
            {"TRUST_TIMEZONE": "Mars"},
            "TRUST_TIMEZONE must name a time zone",
        ),
        (
            ["-m", "gunicorn", "--config", "python:kmpt_tracker.make_run", "kmpt_tracker.wsgi"],
            {"TRUST_TIMEZONE": "Mars", "PORT": "1"},
            "TRUST_TIMEZONE must name a time zone",
        ),
        (["manage.py", "check"], {"VAR_DIR": "/dev/null/var"}, "the folder /dev/null/var"),
        (
            ["manage.py", "export", "plans"],
            {"DATABASE_URL": "postgres://user:hunter2@127.0.0.1:1/name"},
            "the database cannot be used: connection to server",
        ),
        (["manage.py", "check_data"], {"DATABASE_URL": "sqlite:///README.md"}, "not a database"),
        (["manage.py", "seed"], {}, "run python manage.py migrate first"),
        (["-m", "celery", "-A", "kmpt_tracker.celery", "worker"], {}, "REDIS_URL is empty"),
    ],
)
def test_whatever_is_started_ends_in_one_line(tmp_path, words, variables, says):
    done = start_process(tmp_path, *words, **variables)

    assert done.returncode == environment.CANNOT_START
    assert done.stderr.startswith("The tracker cannot start: ")
    assert done.stderr.count("\n") == 1
    assert says in done.stderr
    assert "hunter2" not in done.stderr
