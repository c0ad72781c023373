"""Seeding, pages and recalculation, each as a multiple of something measured in this run.

The machines are noisy: a figure means little by itself, a ratio of medians says more. A scratch
database is made, seeded and thrown away.
"""

import json
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.bench import bench_recompute, bench_visible

ROUNDS = 15
BOARD_GOAL = 20
AS_KNOWN_GOAL = 5
RECOMPUTE_GOAL = 2
QUERIES_GOAL = 15


def say(name: str, **figures) -> None:
    print(json.dumps({"bench": name, **figures}))


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def median_of(client: Client, path: str, *, drawn_anew: bool = False) -> float:
    def visit() -> None:
        if drawn_anew:
            cache.clear()
        response = client.get(path)
        assert response.status_code == 200, (path, response.status_code)
        b"".join(response) if response.streaming else response.content

    visit()
    return statistics.median(seconds(visit) for _ in range(ROUNDS))


def seed_times() -> None:
    quiet = {"verbosity": 0}
    say("migrate", seconds=round(seconds(lambda: call_command("migrate", **quiet)), 2))
    first = seconds(lambda: call_command("seed", "--illustrative", **quiet))
    again = seconds(lambda: call_command("seed", "--illustrative", **quiet))
    say("seed everything", seconds=round(first, 2), goal=30, met=first <= 30)
    say("seed again", seconds=round(again, 2), goal=3, met=again <= 3)


def pages() -> None:
    from accounts.models import User

    client = Client(headers={"host": "localhost"})
    client.force_login(
        User.objects.get(username="board"), backend="django.contrib.auth.backends.ModelBackend"
    )
    floor = median_of(client, "/trivial/")
    say("trivial signed-in page", ms=round(1000 * floor, 2))
    past = (timezone.now() - timedelta(days=400)).date().isoformat()
    times = {}
    for name, path, goal, drawn_anew in (
        ("board", "/?period=2026-03", BOARD_GOAL, False),
        ("board, drawn anew", "/?period=2026-03", None, True),
        ("board as known, drawn anew", f"/?period=2026-03&as_at={past}", None, True),
        ("measure", "/measures/vacancy-rate/", None, False),
        ("measure, 13 years", "/measures/sickness-absence/", None, False),
        ("plan", "/plans/strategy-2023-26/", None, False),
        ("register", "/measures/", None, False),
    ):
        times[name] = median_of(client, path, drawn_anew=drawn_anew)
        if drawn_anew:
            cache.clear()
        with CaptureQueriesContext(connection) as queries:
            client.get(path)
        ratio = times[name] / floor
        say(
            f"page: {name}",
            times_trivial=round(ratio, 1),
            ms=round(1000 * times[name], 1),
            queries=len(queries),
            goal=goal,
            met=None if goal is None else ratio <= goal and len(queries) <= QUERIES_GOAL,
        )
    ratio = times["board as known, drawn anew"] / times["board, drawn anew"]
    say(
        "board as known / board now",
        ratio=round(ratio, 2),
        goal=AS_KNOWN_GOAL,
        met=ratio <= AS_KNOWN_GOAL,
    )


def recalculation() -> None:
    from kpis.models import Assessment, Judgement, Series
    from kpis.services.assessment import recompute

    count = Series.objects.count()
    full = seconds(lambda: recompute(at=timezone.now(), stale_only=False))
    assessments, judgements = list(Assessment.objects.all()), list(Judgement.objects.all())

    def write_again() -> None:
        Judgement.objects.all().delete()
        Assessment.objects.all().delete()
        Assessment.objects.bulk_create(assessments, batch_size=500)
        Judgement.objects.bulk_create(judgements, batch_size=500)

    with transaction.atomic():
        plain = seconds(write_again)
        transaction.set_rollback(True)
    say(
        "recompute everything / plain bulk write of its rows",
        ratio=round(full / plain, 2),
        series=count,
        rows=len(assessments) + len(judgements),
        seconds=round(full, 2),
        goal=RECOMPUTE_GOAL,
        met=full / plain <= RECOMPUTE_GOAL,
    )


def exports() -> None:
    from accounts.permissions import Access
    from board.exports import DATASETS, export_bytes
    from kmpt_tracker.ui.tabular import Format
    from strategy.filters import Filters

    for name in ("actuals", "assessments"):
        size = 0

        def run(name: str = name) -> None:
            nonlocal size
            filters = Filters(access=Access())
            size = sum(
                chunk.count(b"\n") for chunk in export_bytes(DATASETS[name], filters, Format.CSV)
            )

        taken = seconds(run)
        say(f"export {name}", rows=size - 1, rows_a_second=round((size - 1) / taken))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        settings.DATABASES["default"]["NAME"] = str(Path(folder) / "bench.sqlite3")
        connection.settings_dict["NAME"] = settings.DATABASES["default"]["NAME"]
        connection.close()
        with override_settings(ROOT_URLCONF="tests.bench.urls", TASKS_INLINE=True):
            seed_times()
            pages()
            recalculation()
            exports()
            bench_visible.main()
            bench_recompute.main()
        connection.close()
