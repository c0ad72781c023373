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
from django.core.cache import cache, caches
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import F
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.bench import bench_outlook, bench_recompute, bench_return, bench_visible

ROUNDS = 15
BOARD_GOAL = 20
AS_KNOWN_GOAL = 5
RECOMPUTE_GOAL = 2
QUERIES_GOAL = 15
API_GOAL = 10
PLAN_2019, SICKNESS = "/plans/operational-plan-2019-20/", "/measures/sickness-absence/"


def say(name: str, **figures) -> None:
    print(json.dumps({"bench": name, **figures}))


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def visit(client: Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 200, (path, response.status_code)
    b"".join(response) if response.streaming else response.content


def median_of(client: Client, path: str, before: Callable[[], None]) -> float:
    """The median time of a visit, without the preparation before each.

    The processor's time: the scratch database is in this process, and what else the machine does
    between the first page and the last would change the ratio of their times by the clock.
    """
    times = []
    for _ in range(ROUNDS + 1):
        before()
        start = time.process_time()
        visit(client, path)
        times.append(time.process_time() - start)
    return statistics.median(times[1:])


def nothing() -> None:
    """Prepare nothing: kept pages are shown as they are."""


def a_change() -> None:
    """Assess a series again, so that kept pages of the plans are drawn anew."""
    from kpis.models import Series

    first = Series.objects.earliest("pk").pk
    Series.objects.filter(pk=first).update(
        data_version=F("data_version") + 1, assessed_version=F("assessed_version") + 1
    )


def a_saving() -> None:
    """Record an actual again, as finance would, so that kept pages of savings are drawn anew."""
    from accounts import audit
    from cip.models import Phasing

    last = Phasing.objects.filter(scheme__programme__year="2028-29", kind="forecast").latest("pk")
    with transaction.atomic():
        Phasing.objects.create(
            scheme=last.scheme, month=last.month, kind=last.kind, amount_k=last.amount_k + 1,
            version=last.version + 1, known_from=timezone.now(), reason="Counted again",
        )  # fmt: skip
        audit.record(at=timezone.now(), by=None, action="saving recorded", obj=last.scheme)


def nothing_kept() -> None:
    """Forget everything: pages, marks and trend lines that were drawn, and what was answered."""
    from kmpt_tracker.answers import forget
    from kmpt_tracker.ui.tags import charts, status
    from kpis.tables import columns

    cache.clear()
    forget()
    for drawn in (status.status, status.spc_icons, status._svg, columns._trend, charts._mix):
        drawn.cache_clear()


def seed_times() -> None:
    quiet = {"verbosity": 0}
    say("migrate", seconds=round(seconds(lambda: call_command("migrate", **quiet)), 2))
    first = seconds(lambda: call_command("seed", "--illustrative", **quiet))
    again = seconds(lambda: call_command("seed", "--illustrative", **quiet))
    say("seed everything", seconds=round(first, 2), goal=30, met=first <= 30)
    say("seed again", seconds=round(again, 2), goal=3, met=again <= 3)


def pages() -> None:
    from accounts.roles import Role
    from kmpt_tracker.loaded import leave_what_was_loaded
    from strategy.periods import FinancialYear
    from tests.bench.large_programme import write_programme
    from tests.factories.people import person

    leave_what_was_loaded()  # as the web server does
    client = Client(headers={"host": "localhost"})
    client.force_login(
        person(Role.BOARD_MEMBER), backend="django.contrib.auth.backends.ModelBackend"
    )
    floor = median_of(client, "/trivial/", nothing)
    empty = median_of(client, "/empty/", nothing)
    say("trivial signed-in answer", ms=round(1000 * floor, 2))
    say("empty signed-in page", ms=round(1000 * empty, 2), times_trivial=round(empty / floor, 1))
    write_programme(FinancialYear(2028), 500, at=timezone.now())
    past = (timezone.now() - timedelta(days=400)).date().isoformat()
    times = {}
    for name, path, goal, before in (
        ("board", "/?period=2026-03", BOARD_GOAL, nothing),
        ("board, drawn anew after a change", "/?period=2026-03", None, a_change),
        ("board, drawn anew with nothing kept", "/?period=2026-03", None, nothing_kept),
        ("board as known, drawn anew", f"/?period=2026-03&as_at={past}", None, nothing_kept),
        ("measure", "/measures/vacancy-rate/", None, nothing),
        ("measure, 13 years", "/measures/sickness-absence/", None, nothing),
        ("measure as known", f"/measures/vacancy-rate/?as_at={past}", None, nothing),
        ("plan 2023-26", "/plans/strategy-2023-26/", None, nothing),
        ("plan 2019/20", "/plans/operational-plan-2019-20/", None, nothing),
        ("plan 2017-19", "/plans/strategy-2017-19/", None, nothing),
        ("objective", "/plans/strategy-2023-26/objectives/1.1/", None, nothing),
        ("register", "/measures/", None, nothing),
        ("golden threads", "/threads/", None, nothing),
        ("measure, drawn anew", "/measures/vacancy-rate/", None, a_change),
        ("measure, 13 years, drawn anew", "/measures/sickness-absence/", None, a_change),
        ("plan 2023-26, drawn anew", "/plans/strategy-2023-26/", None, a_change),
        ("plan 2019/20, drawn anew", "/plans/operational-plan-2019-20/", None, a_change),
        ("register, drawn anew", "/measures/", None, a_change),
        ("a section of a plan, drawn anew", f"{PLAN_2019}?section=grouping-2", None, a_change),
        ("golden threads, drawn anew", "/threads/", None, a_change),
        ("measure, every figure, drawn anew", f"{SICKNESS}?span=all", None, a_change),
        ("search", "/search/?q=sickness", None, nothing),
        ("summary, drawn anew", "/summary/?period=2026-03", None, a_change),
        ("heat maps, drawn anew", "/heatmap/?period=2026-03", None, a_change),
        ("ambition, drawn anew", "/plans/strategy-2023-26/ambitions/1/", None, a_change),
        ("what changed, drawn anew", "/changes/?from=2026-02&to=2026-03", None, a_change),
        ("500 schemes", "/cip/2028-29/", BOARD_GOAL, nothing),
        ("500 schemes, after a figure", "/cip/2028-29/", BOARD_GOAL, a_change),
        ("500 schemes, drawn anew after a saving", "/cip/2028-29/", BOARD_GOAL, a_saving),
    ):
        times[name] = median_of(client, path, before)
        before()
        with CaptureQueriesContext(connection) as queries:
            client.get(path)
        ratio = times[name] / floor
        say(
            f"page: {name}",
            times_trivial=round(ratio, 1),
            times_empty=round(times[name] / empty, 1),
            ms=round(1000 * times[name], 1),
            queries=len(queries),
            goal=goal,
            met=None if goal is None else ratio <= goal and len(queries) <= QUERIES_GOAL,
        )
    ratio = times["board as known, drawn anew"] / times["board, drawn anew with nothing kept"]
    say(
        "board as known / board now",
        ratio=round(ratio, 2),
        goal=AS_KNOWN_GOAL,
        met=ratio <= AS_KNOWN_GOAL,
    )


def recalculation() -> None:
    from kpis.assessments.store import recompute
    from kpis.models import Assessment, Judgement, Series

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
    from board.exports.datasets import DATASETS, export_bytes
    from kmpt_tracker.ui.tabular import Format
    from strategy.exports.filters import Filters

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


def api() -> None:
    """A page of 1,000 rows: as it is kept, and drawn anew, for a program that takes gzip."""
    from accounts.permissions import Access
    from accounts.roles import Role
    from accounts.tokens.issue import make_token
    from tests.factories.people import person

    now, analyst = timezone.now(), person(Role.ANALYST)
    _, secret = make_token(
        name="bench",
        last_day=timezone.localdate(now),
        by=analyst,
        access=Access(roles=frozenset({Role.ANALYST})),
        at=now,
    )
    people = Client(headers={"host": "localhost"})
    people.force_login(analyst, backend="django.contrib.auth.backends.ModelBackend")
    floor = median_of(people, "/trivial/", nothing)
    headers = {"Authorization": f"Bearer {secret}", "Accept-Encoding": "gzip"}
    program = Client(headers={"host": "localhost", **headers})
    for name in ("actuals", "assessments"):
        path = f"/api/v1/{name}?limit=1000"
        for words, before, goal in (
            ("", nothing, API_GOAL),
            (", drawn anew", caches["answers"].clear, None),
        ):
            ratio = median_of(program, path, before) / floor
            say(
                f"API: 1,000 rows of {name}{words}",
                times_trivial=round(ratio, 1),
                goal=goal,
                met=None if goal is None else ratio <= goal,
            )


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
            api()
            bench_outlook.main()
            bench_return.main()
            bench_visible.main()
            bench_recompute.main()
        connection.close()
