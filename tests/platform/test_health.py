"""Health and readiness: what a monitor sees when a part is down."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError

from kmpt_tracker import health

NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _forget():
    health._first_seen_stale.clear()


def test_the_process_is_up_without_asking_the_database(client):
    # No database fixture: a query would fail the test.
    response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_ready_says_each_part(client):
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {
        "status": "ok",
        "database": "ok",
        "migrations": "ok",
        "broker": "none",
        "stale_series": 0,
        "oldest_stale_seconds": None,
    }


@pytest.mark.django_db
def test_a_lost_broker_degrades_and_serves(client, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    response = client.get("/readyz")
    assert (response.status_code, response.json()["status"]) == (200, "degraded")
    assert response.json()["broker"] == "away"


@pytest.mark.django_db
def test_a_broker_that_answers_is_ok(client, settings, redis_url):
    settings.REDIS_URL = redis_url
    assert client.get("/readyz").json()["broker"] == "ok"


def test_a_lost_database_is_unavailable_and_says_nothing_more(client, monkeypatch):
    def lost():
        raise DatabaseError("could not connect to host 10.0.0.7 as user tracker")

    monkeypatch.setattr(health, "_migrations_to_apply", lost)
    response = client.get("/readyz")
    assert (response.status_code, response.json()["database"]) == (503, "away")
    assert "10.0.0.7" not in response.content.decode()


def test_migrations_to_apply_are_unavailable(monkeypatch):
    monkeypatch.setattr(health, "_migrations_to_apply", lambda: True)
    report = health.readiness(NOW)
    assert (report["status"], report["migrations"]) == ("unavailable", "to apply")


class StaleSeries:
    """Replaces the series that wait: key and last assessed version."""

    rows: list[tuple[int, int]] = []

    def stale(self):
        return self

    def values_list(self, *fields):
        return self.rows


def test_figures_that_wait_too_long_degrade_and_healing_forgets_them(monkeypatch):
    waiting = StaleSeries()
    monkeypatch.setattr(health.Series, "objects", waiting)
    monkeypatch.setattr(health, "_migrations_to_apply", lambda: False)
    waiting.rows = [(1, 0), (2, 4)]
    assert health.readiness(NOW)["status"] == "ok"
    waiting.rows = [(2, 4), (3, 0)]
    later = health.readiness(NOW + timedelta(seconds=301))
    assert (later["status"], later["stale_series"], later["oldest_stale_seconds"]) == (
        "degraded",
        2,
        301,
    )
    waiting.rows = [(2, 5)]  # assessed since, and out of date again
    assert health.readiness(NOW + timedelta(seconds=302))["oldest_stale_seconds"] == 0


@pytest.mark.parametrize("address", ["/healthz", "/readyz"])
def test_nobody_writes_to_them(client, address):
    assert client.post(address).status_code == 405


@pytest.mark.django_db
def test_a_fault_that_is_neither_the_database_nor_its_migrations_is_not_explained_away(monkeypatch):
    assert health.why_no_command_runs() == ""
    monkeypatch.setattr(health, "_migrations_to_apply", lambda: True)
    assert "migrate" in health.why_no_command_runs()
    # An error while migrating is shown in full.
    assert health.why_no_command_runs(migrating=True) == ""
