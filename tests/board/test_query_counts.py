"""A page makes as many queries for twenty measures as for two, and for ten years as for one."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.roles import Role
from kmpt_tracker.answers import forget
from kpis.assessments.store import recompute
from kpis.models import Assessment, Measure
from strategy.models import CareGroup
from strategy.periods import Month, Period
from tests.factories.measures import (
    ReportingPeriodFactory,
    TargetFactory,
    approved_at_once,
    rolled_up,
)
from tests.factories.people import person
from tests.factories.plans import (
    AmbitionFactory,
    CareGroupFactory,
    NoteFactory,
    ObjectiveFactory,
    PlanFactory,
    TrustFactory,
)

pytestmark = pytest.mark.any_database

BACKEND = "django.contrib.auth.backends.ModelBackend"
# Two of them read what was asked for in windows without a figure; four are asked only while a month
# is open: who owes what, and what is there already; two are for comments and for changes of targets
# that wait; four are for the number in the menu.
MOST_OF_THE_BOARD = 22
# Where only figures changed since: what seldom changes is kept by the process.
MOST_DRAWN_ANEW = 15
LAST = Month.of(timezone.localdate()).plus(-1)
PAGES = [
    "/", f"/?as_at={timezone.localdate() - timedelta(days=1)}", "/measures/", "/measures/first/",
    "/changes/", "/summary/", "/matrix/", "/heatmap/", "/plans/strategy/ambitions/1/",
    "/search/?q=seen", "/search/?q=seen&kind=measure",
    "/measures/first/?care_group=acute", "/plans/", "/plans/strategy/",
    "/plans/strategy/objectives/1.1/", "/threads/", "/care-groups/acute/", "/returns/",
    f"/returns/{LAST}/", f"/returns/{LAST}/acute/", "/exports/", "/data.csv",
    "/exports/assessments.csv", "/exports/actuals.csv", "/exports/targets.csv",
]  # fmt: skip
# Pages that show something as known at a moment read what was known then as well.
NOT_OF_A_BOARD_MEMBER = ("/?as_at", "/returns/", "/exports/", "/data")
OF_A_BOARD_MEMBER = [at for at in PAGES if not at.startswith(NOT_OF_A_BOARD_MEMBER)]

PUBLIC_PAGES = [
    "/", "/measures/", "/measures/first/", "/measures/second/?care_group=acute", "/summary/",
    "/matrix/", "/heatmap/", "/plans/", "/plans/strategy/", "/plans/strategy/ambitions/1/",
    "/plans/strategy/objectives/1.1/", "/care-groups/acute/", "/data.csv", "/heatmap/data.csv",
]  # fmt: skip


class Trust:
    """A plan to which measures or months can be added."""

    def __init__(self):
        self.trust = TrustFactory()
        self.acute = CareGroupFactory(code="acute", position=1)
        starts = LAST.plus(-130).start
        self.plan = PlanFactory(code="strategy", starts_on=starts, ends_on=date(2099, 3, 31))
        ambition = AmbitionFactory(plan=self.plan, number="1", position=1)
        self.objective = ObjectiveFactory(ambition=ambition, reference="1.1")
        NoteFactory().links.create(object_type="plan", object_key="strategy")
        self.measured = []

    def measure(self, code: str, months: int) -> None:
        measure, _, (series,) = rolled_up(self.acute, code=code)
        TargetFactory(
            measure=measure, plan=self.plan, objective=self.objective, care_group=self.trust
        )
        self.measured.append(series)
        self.report(series, months)

    def report(self, series, months: int) -> None:
        report(series, {back: 40 + back % 7 for back in range(months)})


def report(series, seen: dict[int, int]) -> None:
    """How many of 50 were seen, by how many months ago."""
    approved_at_once(
        series,
        [
            (
                Period.spanning(LAST.plus(-back), LAST.plus(-back)),
                {"numerator": Decimal(number), "denominator": Decimal(50)},
            )
            for back, number in seen.items()
        ],
    )


def asked(client: Client, at: str, *, answers_are_kept: bool = False) -> int:
    """The number of queries of a page that is drawn anew; of one that nothing is kept for, unless
    what seldom changes is.
    """
    cache.clear()
    if not answers_are_kept:
        forget()
    with CaptureQueriesContext(
        connection,
    ) as asked_now:
        response = client.get(at)
        if response.streaming:
            response.getvalue()
    assert response.status_code == 200, at
    return len(asked_now)


@pytest.fixture
def reader(db):
    client = Client()
    client.force_login(person(Role.PERFORMANCE_TEAM, Role.ANALYST), backend=BACKEND)
    return client


def counts(reader: Client) -> dict[str, int]:
    recompute(stale_only=False, at=timezone.now())
    reader.get("/")
    return {at: asked(reader, at) for at in PAGES}


def test_twenty_measures_ask_no_more_than_two(reader):
    trust = Trust()
    for code in ("first", "second"):
        trust.measure(code, months=3)
    few = counts(reader)
    for number in range(18):
        trust.measure(f"more-{number}", months=3)
    assert Measure.objects.count() == 20
    assert counts(reader) == few
    assert few["/"] <= MOST_OF_THE_BOARD
    member = Client()
    member.force_login(person(Role.BOARD_MEMBER), backend=BACKEND)
    for at in OF_A_BOARD_MEMBER:
        member.get(at)
    again = {at: asked(member, at, answers_are_kept=True) for at in OF_A_BOARD_MEMBER}
    assert {at: count for at, count in again.items() if count > MOST_DRAWN_ANEW} == {}


def test_everyone_asks_no_more_for_twenty_measures_than_for_two(db, settings):
    """The public pages: figures of locked months, half of the measures counts of people."""
    settings.PUBLIC_DASHBOARD = True
    trust, client = Trust(), Client()
    for back in range(3):
        month = LAST.plus(-back)
        # A window counts once the month whose return asks for it is locked.
        ReportingPeriodFactory(month=month, locked_at=timezone.now() - timedelta(hours=1))
    for code in ("first", "second"):
        trust.measure(code, months=3)
    Measure.objects.filter(code="second").update(counts_people=True)

    def counted() -> dict[str, int]:
        recompute(stale_only=False, at=timezone.now())
        client.get("/")
        return {at: asked(client, at) for at in PUBLIC_PAGES}

    few = counted()
    # 41 of 50 reads 40 of 50 where it counts people.
    assert "82.0%" in client.get("/measures/first/?care_group=acute").text
    assert "82.0%" not in client.get("/measures/second/?care_group=acute").text
    for number in range(18):
        trust.measure(f"more-{number}", months=3)
        if number % 2:
            Measure.objects.filter(code=f"more-{number}").update(counts_people=True)
    assert counted() == few


def test_ten_years_ask_no_more_than_one(reader):
    trust = Trust()
    trust.measure("first", months=12)
    one = counts(reader)
    (series,) = trust.measured
    report(series, dict.fromkeys(range(12, 120), 41))
    assert counts(reader) == one
    assert Assessment.objects.filter(series=series).count() == 120


def test_more_care_groups_ask_no_more(reader):
    trust = Trust()
    trust.measure("first", months=3)
    few = counts(reader)
    for _ in range(6):
        CareGroupFactory()
    groups = list(CareGroup.objects.exclude(code="trust").exclude(code="acute"))
    rolled = rolled_up(*groups, code="of-many")
    for series in rolled[2]:
        trust.report(series, 3)
    many = counts(reader)
    # Which rows are the first ten of a dataset decides whether the exports page asks for gaps.
    assert {at: many[at] for at in PAGES if many[at] > few[at]} == {}
