"""From the approval of one figure until a reader sees it judged: p95 of many, in this run.

With this process's own runner, and with a real Celery worker where the programs of Redis are
there. The figure is approved in one transaction, the measure's page is asked until it shows it.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.test import Client, override_settings
from django.utils import timezone

from tests.plugins import servers

ROOT = Path(__file__).resolve().parents[2]
TRIALS = 40
GOAL = 1.0
GIVE_UP = 30.0


def approve_one(series, value: Decimal) -> None:
    """A correction of the series' latest figure, approved: what the approval of a return does."""
    from kpis.assessments.store import touch
    from kpis.models import Actual, Decision

    at = timezone.now()
    with transaction.atomic():
        last = series.actuals.order_by("-period_end", "-version").first()
        actual = Actual.objects.create(
            series=series,
            period_start=last.period_start,
            period_end=last.period_end,
            version=last.version + 1,
            value=value,
            origin="entered",
            recorded_at=at,
            change_reason="Bench",
        )
        Decision.objects.create(actual=actual, outcome="approved", decided_at=at, known_from=at)
        touch([series.pk])


def seconds_until_visible(client: Client, series, number: int) -> float:
    """Ask for the page as a reader would, until it shows the new figure and is up to date."""
    value = Decimal(1000 + number)
    shown = f"{1000 + number:,}"
    began = time.perf_counter()
    approve_one(series, value)
    while time.perf_counter() - began < GIVE_UP:
        series.refresh_from_db(fields=["data_version", "assessed_version"])
        if not series.is_stale:
            page = client.get(series.measure.get_absolute_url()).content.decode()
            if shown in page:
                return time.perf_counter() - began
        time.sleep(0.005)
    raise RuntimeError(f"{series} was not assessed within {GIVE_UP} s")


def make_series():
    """A count of the trust with five years of figures."""
    from kpis.models import Actual, Decision, Measure, Series, Target
    from strategy.models import CareGroup
    from strategy.periods import Month

    trust = CareGroup.objects.get(level="trust")
    measure = Measure.objects.create(
        code="bench-visible",
        name="Bench, visible",
        unit="count",
        frequency="monthly",
        direction="higher_is_better",
    )
    Target.objects.create(
        code="bench-visible",
        measure=measure,
        care_group=trust,
        position=1,
        statement="Bench",
        operator="ge",
        value_is="absolute",
        value=Decimal(1020),
    )
    series = Series.objects.create(measure=measure, care_group=trust)
    last = Month.of(timezone.localdate()).plus(-1)
    at = timezone.now() - timedelta(days=1)
    for step in range(60):
        month = last.plus(-step)
        actual = Actual.objects.create(
            series=series,
            period_start=month.start,
            period_end=month.end,
            version=1,
            value=Decimal(900 + step % 7),
            origin="entered",
            recorded_at=at,
        )
        Decision.objects.create(actual=actual, outcome="approved", decided_at=at, known_from=at)
    return series


def measure_with(name: str, client: Client, series, first: int) -> None:
    seconds_until_visible(client, series, first)  # the first one also wakes the runner
    times = [seconds_until_visible(client, series, first + 1 + n) for n in range(TRIALS)]
    p95 = statistics.quantiles(times, n=20)[-1]
    print(
        json.dumps(
            {
                "bench": f"approved → assessed and visible, {name}",
                "n": TRIALS,
                "median_ms": round(1000 * statistics.median(times)),
                "p95_ms": round(1000 * p95),
                "goal_ms": round(1000 * GOAL),
                "met": p95 <= GOAL,
            }
        ),
        flush=True,
    )


def with_worker(client: Client, series) -> None:
    redis = servers.own_redis()
    if redis is None:
        print(json.dumps({"bench": "approved → assessed and visible, worker", "without": "Redis"}))
        return
    from kmpt_tracker.celery import app

    url = f"{redis.url}/0"
    database = f"sqlite:///{settings.DATABASES['default']['NAME']}"
    env = {**os.environ, "DATABASE_URL": database, "REDIS_URL": url}
    words = ["-m", "celery", "-A", "kmpt_tracker.celery", "-q", "worker", "--concurrency", "1"]
    worker = subprocess.Popen(
        [sys.executable, *words, "--loglevel", "ERROR"],
        cwd=ROOT,
        env={**env, "PYTHONWARNINGS": "ignore::UserWarning"},
        stdout=subprocess.DEVNULL,
    )
    try:
        app.conf.broker_url = url
        with override_settings(REDIS_URL=url, TASKS_INLINE=False):
            measure_with("with a worker", client, series, 2000)
    finally:
        worker.terminate()
        worker.wait(timeout=20)
        servers.stop_all()


def main() -> None:
    from accounts.roles import Role
    from tests.factories.people import person

    client = Client(headers={"host": "localhost"})
    client.force_login(
        person(Role.BOARD_MEMBER), backend="django.contrib.auth.backends.ModelBackend"
    )
    series = make_series()
    with override_settings(TASKS_INLINE=False, REDIS_URL=""):
        measure_with("in this process", client, series, 0)
    with_worker(client, series)
    connection.close()
