"""The page of a return of 60 rows with drafts, and a save of 60 cells, as multiples of plain work.

The page is held against the same fields as a bare Django formset, and against a trivial signed-in
answer; both are measured in the same run.
"""

import json
import statistics
import time
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from django import forms
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.permissions import permitted
from accounts.roles import Capability
from strategy.periods import Month

ROWS = 60
ROUNDS = 15
PAGE_QUERIES, SAVE_QUERIES, FORMSET_GOAL, TRIVIAL_GOAL = 12, 25, 1.5, 20
TRANSACTION = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")
BACKEND = "django.contrib.auth.backends.ModelBackend"
MONTH = Month.of(timezone.localdate()).plus(-1)
ADDRESS = f"/returns/{MONTH}/bench/"


class Boxes(forms.Form):
    """The fields that a row of the page has."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    numerator = forms.CharField(required=False)
    denominator = forms.CharField(required=False)
    comment = forms.CharField(required=False, widget=forms.Textarea)
    no_data_reason = forms.CharField(required=False)


def initial() -> list[dict[str, str | int]]:
    typed = {"version": 1, "numerator": "471", "denominator": "500"}
    return [typed | {"comment": "", "no_data_reason": ""}] * ROWS


@permitted(Capability.READ_DASHBOARDS)
def bare_formset(request: HttpRequest) -> HttpResponse:
    """The fields of 60 rows, drawn by Django in the frame of every page."""
    formset = forms.formset_factory(Boxes, extra=0)(initial=initial())
    page = engines["django"].from_string(
        '{% extends "base.html" %}{% block content %}<form method="post">{{ formset }}</form>'
        "{% endblock %}"
    )
    return HttpResponse(page.render({"formset": formset}, request))


def make_return():
    """A care group that reports 60 ratios, three years of each, in a month that is open."""
    from kpis.assessments.store import recompute
    from kpis.models import Actual, Decision, ReportingPeriod
    from kpis.months.clock import data_clock
    from tests.factories.measures import RatioFactory, SeriesFactory, TargetFactory
    from tests.factories.people import lead_of
    from tests.factories.plans import CareGroupFactory

    now = timezone.now()
    later = dict.fromkeys(("closes_at", "sign_off_at", "freezes_at"), now + timedelta(days=9))
    clock = {**data_clock(MONTH), **later, "locked_at": None}
    ReportingPeriod.objects.update_or_create(starts_on=MONTH.start, defaults=clock)
    group = CareGroupFactory(code="bench", name="Bench", position=90)
    made = []
    for number in range(ROWS):
        measure = RatioFactory(code=f"bench-return-{number}", name=f"Seen in time {number}")
        TargetFactory(measure=measure, care_group=group, value=95, floor=Decimal(90))
        made.append(SeriesFactory(measure=measure, care_group=group))
    before = [MONTH.plus(-back) for back in range(36, 0, -1)]
    actuals = [
        Actual(
            series=series,
            period_start=month.start,
            period_end=month.end,
            version=1,
            numerator=Decimal(465 + (series.pk + month.month * 7) % 11),
            denominator=Decimal(500),
            value=Decimal(465 + (series.pk + month.month * 7) % 11) / 5,
            origin="entered",
            recorded_at=now,
        )
        for series in made
        for month in before
    ]
    Actual.objects.bulk_create(actuals)
    decided = {"outcome": "approved", "decided_at": now, "known_from": now}
    Decision.objects.bulk_create([Decision(actual=actual, **decided) for actual in actuals])
    recompute(stale_only=False, at=now)
    return lead_of(group, username="bench-lead"), made


def cells(series, *, version: int, numerator: int) -> dict[str, str]:
    posted = {"action": "save"}
    for row in series:
        posted |= {
            f"s{row.pk}-version": str(version),
            f"s{row.pk}-numerator": str(numerator),
            f"s{row.pk}-denominator": "500",
            f"s{row.pk}-comment": "",
            f"s{row.pk}-no_data_reason": "",
        }
    return posted


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def median_of(client: Client, path: str) -> float:
    client.get(path)
    return statistics.median(timed(lambda: client.get(path).content) for _ in range(ROUNDS))


def drawn_first(client: Client) -> None:
    """The seconds of the page in a process that has just started."""
    cache.clear()
    assert client.get(ADDRESS).status_code == 200


def drawn_after(client: Client, sent: dict[str, str]) -> float:
    """The seconds of the page that follows a save."""
    assert client.post(ADDRESS, sent).status_code == 302
    return timed(lambda: client.get(ADDRESS).content)


def queries_of(work: Callable[[], object]) -> int:
    """Number of queries, without those that begin or end a transaction."""
    with CaptureQueriesContext(connection) as queries:
        work()
    return sum(not query["sql"].startswith(TRANSACTION) for query in queries)


def say(name: str, **figures: object) -> None:
    print(json.dumps({"bench": name, **figures}), flush=True)


def main() -> None:
    lead, series = make_return()
    client = Client(headers={"host": "localhost"})
    client.force_login(lead, backend=BACKEND)
    save = {"version": 0, "numerator": 470}
    saving = queries_of(lambda: client.post(ADDRESS, cells(series, **save)))
    took = []
    for version in range(1, 6):
        sent = cells(series, version=version, numerator=470 + version % 2)
        took.append(timed(lambda sent=sent: client.post(ADDRESS, sent)))
    page, formset = median_of(client, ADDRESS), median_of(client, "/formset/")
    trivial = median_of(client, "/trivial/")
    client.get(ADDRESS)
    count = queries_of(lambda: client.get(ADDRESS))
    of_first = queries_of(lambda: drawn_first(client))
    first = statistics.median(timed(lambda: drawn_first(client)) for _ in range(ROUNDS))
    after, version = {}, 6
    for rows in (ROWS, 1):
        took = []
        for _ in range(ROUNDS):
            sent = cells(series[:rows], version=version, numerator=460 + version % 9)
            took.append(drawn_after(client, sent))
            version += 1
        after[rows] = statistics.median(took)
    client.post(ADDRESS, cells(series[:1], version=version, numerator=400))
    of_after = queries_of(lambda: client.get(ADDRESS))
    say(
        f"return of {ROWS} rows with drafts",
        ms=round(1000 * page, 1),
        queries=count,
        times_formset=round(page / formset, 2),
        times_trivial=round(page / trivial, 1),
        after_a_save={
            "queries": of_after,
            "times_formset_by_rows": {key: round(ms / formset, 2) for key, ms in after.items()},
        },
        drawn_first={"queries": of_first, "times_formset": round(first / formset, 2)},
        goals=[PAGE_QUERIES, FORMSET_GOAL, TRIVIAL_GOAL],
        met=max(count, of_after) <= PAGE_QUERIES
        and max(page, *after.values()) / formset <= FORMSET_GOAL
        and page / trivial <= TRIVIAL_GOAL,
    )
    say(
        f"save of {ROWS} cells in one request",
        ms=round(1000 * statistics.median(took), 1),
        queries=saving,
        times_trivial=round(statistics.median(took) / trivial, 1),
        goal=SAVE_QUERIES,
        met=saving <= SAVE_QUERIES,
    )
    sent = cells(series[:1], version=version + 1, numerator=410)
    asking = statistics.median(
        timed(lambda: client.post(f"{ADDRESS}result/", sent)) for _ in range(ROUNDS)
    )
    say(
        "live result of one row",
        ms=round(1000 * asking, 1),
        times_trivial=round(asking / trivial, 1),
    )
