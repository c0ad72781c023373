"""`make run` a second time does not load Django for what files can tell."""

import importlib.util
import re
import sqlite3
from pathlib import Path
from types import SimpleNamespace

import pytest

from kmpt_tracker import make_run

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def dev():
    spec = importlib.util.spec_from_file_location("dev", ROOT / "dev.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def env(dev, tmp_path):
    """A database in which every migration of the project is recorded, seeded from these files."""
    found = {"VAR_DIR": str(tmp_path)}
    with sqlite3.connect(tmp_path / "tracker.sqlite3") as connection:
        connection.execute("CREATE TABLE django_migrations (app TEXT, name TEXT)")
        connection.executemany(
            "INSERT INTO django_migrations VALUES (?, ?)",
            [(path.parent.parent.name, path.stem) for path in ROOT.glob("*/migrations/[0-9]*.py")],
        )
        connection.execute("CREATE TABLE kpis_actual (origin TEXT)")
        connection.execute("INSERT INTO kpis_actual VALUES ('published'), ('illustrative')")
    connection.close()
    (tmp_path / "seeded").write_text(f"{dev.content_of(found)} {dev.this_month()}")
    return found


def change(env, sql):
    with sqlite3.connect(Path(env["VAR_DIR"]) / "tracker.sqlite3") as connection:
        connection.execute(sql)
    connection.close()


def test_a_database_that_has_everything_is_served_as_it_is(dev, env):
    assert dev.is_prepared(env)


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM django_migrations WHERE app = 'kpis' AND name LIKE '0001%'",
        "DROP TABLE django_migrations",
    ],
)
def test_a_migration_that_is_missing_is_applied(dev, env, sql):
    change(env, sql)

    assert not dev.is_prepared(env)


def test_a_database_of_an_earlier_version_is_kept_aside(dev, env, capsys):
    change(env, "INSERT INTO django_migrations VALUES ('kpis', '0099_what_is_gone')")
    dev.move_aside(env)
    (kept,) = Path(env["VAR_DIR"]).glob("tracker-before-*.sqlite3")
    assert not (Path(env["VAR_DIR"]) / "tracker.sqlite3").exists()
    assert capsys.readouterr().out.count("\n") == 1
    with sqlite3.connect(kept) as connection:
        rows = connection.execute("SELECT origin FROM kpis_actual").fetchall()
    connection.close()
    assert len(rows) == 2


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM django_migrations WHERE app = 'kpis'",
        "INSERT INTO django_migrations VALUES ('auth', '0099_newer_django')",
        "DROP TABLE django_migrations",
    ],
)
def test_any_other_database_stays_where_it_is(dev, env, sql):
    change(env, sql)
    dev.move_aside(env)
    assert (Path(env["VAR_DIR"]) / "tracker.sqlite3").exists()


def test_a_database_elsewhere_is_never_moved(dev, env):
    change(env, "INSERT INTO django_migrations VALUES ('kpis', '0099_what_is_gone')")
    dev.move_aside({**env, "DATABASE_URL": "postgres://tracker@127.0.0.1/tracker"})
    assert (Path(env["VAR_DIR"]) / "tracker.sqlite3").exists()


def test_in_a_new_month_the_demonstration_goes_on_unless_it_was_cleared(dev, env, monkeypatch):
    monkeypatch.setattr(dev, "this_month", lambda: "2099-01")
    assert not dev.is_prepared(env)
    change(env, "DELETE FROM kpis_actual WHERE origin = 'illustrative'")
    assert dev.is_prepared(env)


def test_no_database_no_stamp_or_another_stamp_is_prepared_anew(dev, env):
    stamp = Path(env["VAR_DIR"]) / "seeded"
    stamp.write_text("other fixtures")
    assert not dev.is_prepared(env)
    stamp.unlink()
    assert not dev.is_prepared(env)
    stamp.write_text(f"{dev.content_of(env)} {dev.this_month()}")
    (Path(env["VAR_DIR"]) / "tracker.sqlite3").unlink()
    assert not dev.is_prepared(env)


def test_a_file_that_is_no_database_is_left_to_django_to_complain_of(dev, env):
    (Path(env["VAR_DIR"]) / "tracker.sqlite3").write_text("no database")

    assert not dev.is_prepared(env)


def test_another_database_is_always_asked(dev, env):
    assert not dev.is_prepared({**env, "DATABASE_URL": "postgres://tracker@127.0.0.1/tracker"})


def test_the_first_worker_says_where_the_tracker_is_and_who_may_sign_in(settings, capsys):
    make_run.post_worker_init(SimpleNamespace(age=2))
    assert capsys.readouterr().out == ""

    make_run.post_worker_init(SimpleNamespace(age=1))
    said = capsys.readouterr().out
    assert "The tracker is at http://127.0.0.1:8000\n" in said
    assert re.search(r"lead +demo-acute-lead +care_group_lead\n", said)
    assert "make worker" not in said

    settings.REDIS_URL = "redis://127.0.0.1:6379/0"
    make_run.post_worker_init(SimpleNamespace(age=1))
    assert "Background work waits for `make worker`.\n" in capsys.readouterr().out
