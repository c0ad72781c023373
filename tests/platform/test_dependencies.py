"""The locks say exactly what is installed, and nothing about where it was fetched from."""

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


def pinned(lock: Path) -> dict[str, str]:
    """Package and version; a package pinned twice (for two Pythons) keeps both."""
    found: dict[str, str] = {}
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", lock.read_text(), re.MULTILINE):
        found[name] = f"{found[name]} {version}" if name in found else version
    return found


def test_there_is_a_lock_for_the_installer_the_service_parquet_and_the_tests():
    names = ["bootstrap.txt", "dev.txt", "parquet.txt", "runtime.txt"]
    assert [lock.name for lock in LOCKS] == names


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_no_lock_names_a_host_or_an_index(lock):
    text = lock.read_text()
    assert "://" not in text
    assert "index-url" not in text
    assert "find-links" not in text


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_pin_has_hashes(lock):
    entries = re.split(r"^(?=[A-Za-z0-9])", lock.read_text(), flags=re.MULTILINE)
    pins = [entry for entry in entries if "==" in entry.split("\n")[0]]
    assert pins
    assert [entry.split("\n")[0] for entry in pins if "--hash=sha256:" not in entry] == []


def test_tests_run_on_the_versions_that_are_served():
    locks = ("runtime", "parquet", "dev")
    runtime, parquet, dev = (pinned(ROOT / "requirements" / f"{name}.txt") for name in locks)
    served = runtime | parquet
    assert {name: dev.get(name) for name in served} == served


def test_every_direct_dependency_says_what_it_is_for():
    for name in ("runtime.in", "parquet.in", "dev.in"):
        for line in (ROOT / "requirements" / name).read_text().splitlines():
            if re.match(r"[A-Za-z]", line) and ";" not in line:
                assert re.search(r"#\s*\w", line), line


def test_django_talks_to_postgresql_through_psycopg2():
    # Django prefers psycopg 3 where both are installed, and the exports need copy_expert.
    assert importlib.util.find_spec("psycopg") is None
    from django.db.backends.postgresql.psycopg_any import is_psycopg3

    assert is_psycopg3 is False
