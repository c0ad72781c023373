"""`make test` runs the suite on PostgreSQL, then on SQLite what a database may answer otherwise."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def called(monkeypatch):
    """The words and the environment of each run that `make test` starts, with its exit codes."""
    spec = importlib.util.spec_from_file_location("dev", ROOT / "dev.py")
    dev = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(dev)
    monkeypatch.setattr(dev, "install", lambda name: None)
    monkeypatch.setattr(dev.subprocess, "call", lambda words, *, cwd, env: runs(words, env))
    seen, codes = [], []

    def runs(words, env):
        seen.append((list(words), env))
        return codes.pop(0)

    def call(*args, ends_with=(0, 0)):
        codes[:] = ends_with
        return dev.command_test(list(args)), seen

    return call


def test_the_second_run_is_on_sqlite_and_leaves_out_what_no_database_decides(called):
    code, ((first, on_any), (second, on_sqlite)) = called("tests/kpis")
    assert code == 0
    assert "-m" not in first[3:]
    assert second[: len(first)] == first
    assert second[-1] == "database and not (browser or postgresql or any_database)"
    assert on_sqlite == {**on_any, "DATABASE_URL": "sqlite://:memory:", "REQUIRE_ALL": ""}


@pytest.mark.parametrize(
    ("codes", "code"), [((0, 0), 0), ((0, 1), 1), ((1, 0), 1), ((5, 0), 0), ((5, 5), 5)]
)
def test_a_failure_of_either_fails_and_a_run_that_finds_nothing_does_not(called, codes, code):
    assert called(ends_with=codes)[0] == code


def test_compiled_modules_are_kept_out_of_the_tree_of_who_wants_none_in_it(called, monkeypatch):
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.delenv("PYTHONPYCACHEPREFIX", raising=False)
    for _, env in called()[1]:
        assert "PYTHONDONTWRITEBYTECODE" not in env
        assert Path(env["PYTHONPYCACHEPREFIX"]).parent == ROOT / "var"


def test_otherwise_they_lie_where_python_puts_them(called, monkeypatch):
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    monkeypatch.delenv("PYTHONPYCACHEPREFIX", raising=False)
    assert all("PYTHONPYCACHEPREFIX" not in env for _, env in called()[1])
