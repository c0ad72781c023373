"""The first page opens at the last complete month, and offers the one that is still open."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import audit
from accounts.roles import Role
from cip.models import Allocation, Programme
from kpis.asked.address import Asked
from kpis.asked.months import find_opening, last_complete_month_of
from kpis.assessments.clocks import clock_at
from kpis.assessments.store import recompute
from kpis.models import ReportingPeriod, Return, Series, TargetPoint
from strategy.models import Plan
from strategy.moments import LONDON
from strategy.periods import Month
from strategy.selectors import plans_known
from tests.factories.measures import (
    MeasureFactory,
    MilestoneFactory,
    ReportingPeriodFactory,
    ReturnFactory,
    SeriesFactory,
    TargetFactory,
    approved,
    rolled_up,
)
from tests.factories.people import person
from tests.factories.plans import CareGroupFactory, ObjectiveFactory, PlanFactory, TrustFactory
from tests.factories.rows import rewrite, row

BACKEND = "django.contrib.auth.backends.ModelBackend"
NOW = datetime(2026, 8, 27, 12, tzinfo=LONDON)
LAST, BEFORE = Month(2026, 7), Month(2026, 6)


@pytest.fixture(autouse=True)
def _a_day_after_the_freeze(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@dataclass
class Trust:
    plan: Plan
    series: dict[str, Series]
    client: Client

    def page(self, at: str = "/") -> str:
        main = self.client.get(at).content.decode().partition("<main")[2]
        return " ".join(re.sub(r"<[^>]*>", " ", main).split())

    def opens(self, *, known_at: datetime | None = None):
        return find_opening(
            self.plan,
            clock_at(timezone.now(), known_at=known_at),
            plans_known(known_at),
            known_at=known_at,
        )


@pytest.fixture
def trust(db) -> Trust:
    """Acute and Older People report one measure; the last month is open, the one before locked."""
    whole = TrustFactory()
    groups = [
        CareGroupFactory(code="acute", name="Acute", position=1),
        CareGroupFactory(code="older-people", name="Older People", position=2),
    ]
    plan = PlanFactory(code="strategy", starts_on=LAST.plus(-12).start, ends_on=LAST.plus(24).start)
    objective = ObjectiveFactory(ambition__plan=plan)
    measure, top, (acute, older) = rolled_up(*groups, code="seen", name="Seen")
    TargetFactory(measure=measure, plan=plan, objective=objective, care_group=whole)
    for month in (BEFORE.plus(-1), BEFORE):
        for series in (acute, older):
            approved(series, month, numerator=Decimal(49), denominator=Decimal(50))
    ReportingPeriodFactory(month=BEFORE, locked_at=NOW - timedelta(days=1))
    ReportingPeriodFactory(month=LAST)
    recompute(stale_only=False, at=NOW)
    client = Client()
    client.force_login(person(Role.BOARD_MEMBER), backend=BACKEND)
    return Trust(plan, {"trust": top, "acute": acute, "older": older}, client)


def send(series: Series, month: Month, status: str, **fields) -> Return:
    row = ReportingPeriod.objects.get(starts_on=month.start)
    return ReturnFactory(period=row, care_group=series.care_group, status=status, **fields)


def report(series: Series, month: Month, top: int = 48, **fields) -> None:
    approved(series, month, numerator=Decimal(top), denominator=Decimal(50), **fields)
    recompute(stale_only=False, at=timezone.now())


def test_the_open_month_is_offered_with_who_has_not_reported(trust):
    report(trust.series["acute"], LAST)
    page = trust.page()
    assert (
        f"{LAST.label} is still open: Acute and Older People have not reported, which leaves "
        f"1 measure unrated. You are looking at {BEFORE.label}, the last complete month." in page
    )
    assert f"{LAST.label} so far" in page
    assert "98.0%" in page
    there = trust.page(f"/?period={LAST}")
    assert "96.0%" in there
    assert f"{BEFORE.label}, the last complete month" in there
    assert "is still open" not in trust.page(f"/?period={BEFORE.plus(-1)}")


def test_who_waits_for_approval_has_reported(trust):
    report(trust.series["acute"], LAST)
    send(trust.series["acute"], LAST, "approved")
    send(trust.series["older"], LAST, "submitted")
    page = trust.page()
    assert f"{LAST.label} is still open: Older People waits for approval, which leaves" in page
    assert "not reported" not in page


def test_a_month_is_complete_when_every_return_due_is_approved(trust):
    for name in ("acute", "older"):
        report(trust.series[name], LAST)
        send(trust.series[name], LAST, "approved")
    opens = trust.opens()
    assert (opens.month, opens.is_complete, opens.still_open) == (LAST, True, ())


def test_a_return_with_nothing_due_is_not_waited_for_and_the_trusts_own_is(trust):
    for name in ("acute", "older"):
        report(trust.series[name], LAST)
        send(trust.series[name], LAST, "approved")
    gone = CareGroupFactory(code="gone", name="Gone", valid_to=BEFORE.start)
    SeriesFactory(measure=MeasureFactory(code="of-gone"), care_group=gone)
    yearly = MeasureFactory(code="yearly", frequency="annual", year_end_month=LAST.plus(1).month)
    SeriesFactory(measure=yearly, care_group=CareGroupFactory(code="yearly", name="Yearly"))
    assert trust.opens().month == LAST
    corporate = SeriesFactory(
        measure=MeasureFactory(code="own"), care_group=trust.series["trust"].care_group
    )
    opens = trust.opens()
    assert opens.month == BEFORE
    assert opens.still_open[0].not_reported == ("Trust-wide",)
    assert opens.still_open[0].unrated == 0, "no measure of this plan waits for it"
    send(corporate, LAST, "approved")
    assert trust.opens().month == LAST


def test_locking_the_month_completes_it_unless_the_plan_has_no_figure_in_it(trust):
    ReportingPeriod.objects.filter(starts_on=LAST.start).update(locked_at=NOW)
    assert trust.opens().month == BEFORE
    assert trust.opens().still_open == ()
    report(trust.series["acute"], LAST)
    assert trust.opens().month == LAST, "one group's figure is a figure of the plan's measures"


def test_a_month_that_nobody_opened_counts_as_locked_from_its_freeze(trust):
    report(trust.series["acute"], LAST)
    row = ReportingPeriod.objects.get(starts_on=LAST.start)
    freeze = row.freezes_at
    ReportingPeriod.objects.all().delete()
    just_before = find_opening(
        trust.plan, clock_at(freeze - timedelta(seconds=1)), plans_known(None)
    )
    assert (just_before.month, [r.month for r in just_before.still_open]) == (BEFORE, [LAST])
    assert find_opening(trust.plan, clock_at(freeze), plans_known(None)).month == LAST


def test_a_measure_waits_until_its_figure_is_approved_or_its_milestone_done(trust):
    acute = trust.series["acute"].care_group
    objective = trust.plan.objectives.get()
    for code, status in (("built", "complete"), ("planned", "on_track")):
        milestone = SeriesFactory(measure=MilestoneFactory(code=code), care_group=acute)
        TargetFactory(
            measure=milestone.measure,
            plan=trust.plan,
            objective=objective,
            care_group=acute,
            operator="",
            value_is="",
            value=None,
        )
        approved(milestone, BEFORE, None, milestone_status=status)
    quarterly = MeasureFactory(code="later", frequency="annual", year_end_month=LAST.plus(1).month)
    SeriesFactory(measure=quarterly, care_group=acute)
    TargetFactory(measure=quarterly, plan=trust.plan, objective=objective, care_group=acute)
    assert trust.opens().still_open[0].unrated == 2, "the ratio and the milestone still planned"
    report(trust.series["older"], LAST)
    report(trust.series["acute"], LAST)
    assert trust.opens().still_open[0].unrated == 1


def test_what_no_target_would_rate_is_not_left_unrated_by_who_has_not_reported(trust):
    """No number, no baseline to count from, or a figure of the trust that is published anyway."""
    acute = trust.series["acute"].care_group
    objective = trust.plan.targets.first().objective
    (before,) = {facts.unrated for facts in trust.opens().still_open}
    for code, fed_by, target in (
        ("no-number", "roll_up", {"value": None, "operator": "", "value_is": ""}),
        (
            "no-baseline",
            "roll_up",
            {"value": 10, "value_is": "relative_to_baseline", "change": "up"},
        ),
        ("published", "published", {}),
        ("path", "roll_up", {"value": None, "profile": "explicit_points"}),
        ("empty-path", "roll_up", {"value": None, "profile": "explicit_points"}),
        ("rated", "roll_up", {}),
    ):
        measure = MeasureFactory(code=code, collection_level="care_group", roll_up="sum")
        SeriesFactory(measure=measure, care_group=TrustFactory(), fed_by=fed_by)
        SeriesFactory(measure=measure, care_group=acute)
        made = TargetFactory(
            code=code, measure=measure, plan=trust.plan, objective=objective, **target
        )
        if code == "path":
            for month in (LAST, LAST.plus(6)):
                TargetPoint.objects.create(target=made, month=month.start, value=95)
    assert [facts.unrated for facts in trust.opens().still_open] == [before + 2]
    known = find_opening(trust.plan, clock_at(NOW), plans_known(None), known_at=NOW)
    assert [facts.unrated for facts in known.still_open] == [before + 2]


def test_a_past_moment_opens_at_the_last_month_complete_then(trust):
    """Both returns were approved, one was sent back and approved again, as the record shows."""
    sent = {name: send(trust.series[name], LAST, "approved") for name in ("acute", "older")}
    first, back, again = (NOW - timedelta(hours=hours) for hours in (30, 20, 10))
    # The figures were known at all three moments; only the state of the returns differs.
    for name in sent:
        report(trust.series[name], LAST, known_from=first - timedelta(hours=1))
    with transaction.atomic():
        for row, acts in (
            (sent["acute"], [(first, "submitted"), (first, "approved")]),
            (
                sent["older"],
                [
                    (first, "submitted"),
                    (first, "approved"),
                    (back, "returned"),
                    (again, "submitted"),
                    (again, "approved"),
                ],
            ),
        ):
            for at, action in acts:
                audit.record(at=at, by=None, action=action, obj=row)
    # Locked only yesterday: at the earlier moments the month before was open, and not approved.
    said = {
        first + timedelta(minutes=1): (LAST, ()),
        back + timedelta(minutes=1): (BEFORE, ("Older People",)),
        again + timedelta(minutes=1): (LAST, ()),
    }
    for moment, (month, missing) in said.items():
        opens = trust.opens(known_at=moment)
        assert opens.month == month, moment
        assert tuple(name for row in opens.still_open for name in row.not_reported) == missing


def test_a_return_written_without_a_record_stood_by_its_own_moments(trust):
    sent, decided = NOW - timedelta(hours=20), NOW - timedelta(hours=10)
    for name in ("acute", "older"):
        send(trust.series[name], LAST, "approved", submitted_at=sent, approved_at=decided)
        report(trust.series[name], LAST, known_from=sent)
    assert trust.opens(known_at=decided).month == LAST
    waiting = trust.opens(known_at=decided - timedelta(minutes=1))
    assert waiting.still_open[0].not_approved == ("Acute", "Older People")
    missing = trust.opens(known_at=sent - timedelta(minutes=1))
    assert missing.still_open[0].not_reported == ("Acute", "Older People")


def test_a_plan_that_was_followed_opens_no_later_than_its_own_last_month(trust):
    rewrite(Plan.objects.filter(pk=trust.plan.pk), ends_on=BEFORE.plus(-1).end)
    trust.plan.refresh_from_db()
    assert trust.opens().month == BEFORE
    assert [row.month for row in trust.opens().still_open] == [LAST]
    followed = PlanFactory(code="next", starts_on=BEFORE.start, ends_on=LAST.plus(30).end)
    assert (trust.opens().month, trust.opens().still_open) == (BEFORE.plus(-1), ())
    followed.delete()
    PlanFactory(code="cited", starts_on=BEFORE.start, ends_on=LAST.plus(30).end, cited=True)
    PlanFactory(
        code="unpublished",
        starts_on=BEFORE.start,
        ends_on=LAST.plus(30).end,
        published_on=timezone.localdate() + timedelta(days=1),
    )
    assert trust.opens().month == BEFORE


def test_without_a_complete_month_the_latest_with_a_figure_is_shown_and_said_so(trust):
    ReportingPeriod.objects.all().update(locked_at=None)
    ReportingPeriodFactory(month=BEFORE.plus(-1))
    page = trust.page()
    assert f"No month of this plan is complete yet: {BEFORE.label} is the latest with a" in page
    assert f"{LAST.label} is still open" in page
    assert "the last complete month" not in page


def test_a_plan_without_figures_says_what_to_do_next(trust):
    plan = PlanFactory(code="fresh", starts_on=LAST.start, ends_on=date(2099, 3, 31))
    TargetFactory(plan=plan, measure=MeasureFactory(), objective=None)
    page = trust.page("/?plan=fresh")
    assert "No figures of this plan yet" in page
    assert "start with the monthly returns" in page
    assert "On target" not in page
    past = trust.page(f"/?plan=fresh&as_at={timezone.localdate() - timedelta(days=1)}")
    assert "Nothing was known of it on" in past


def test_the_longest_plan_in_force_opens(trust):
    PlanFactory(code="year", title="One year", starts_on=BEFORE.start, ends_on=LAST.plus(9).end)
    assert trust.plan.title in trust.page()
    PlanFactory(code="ten", title="Ten years", starts_on=BEFORE.start, ends_on=date(2099, 3, 31))
    assert "Ten years" in trust.page()


def test_the_opening_is_worked_out_once_and_anew_after_a_write(trust):
    report(trust.series["acute"], LAST)
    Asked(QueryDict(), now=NOW).opens(trust.plan)
    with CaptureQueriesContext(connection) as asked:
        assert Asked(QueryDict(), now=NOW).opens(trust.plan).month == BEFORE
    assert len(asked) == 1
    for name in ("acute", "older"):
        send(trust.series[name], LAST, "approved")
    report(trust.series["older"], LAST)
    with transaction.atomic():
        audit.record(at=NOW, by=None, action="approved", obj=trust.plan)
    assert Asked(QueryDict(), now=NOW).opens(trust.plan).month == LAST


def test_more_groups_months_and_measures_ask_no_more(trust):
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            trust.opens()
        return len(queries)

    few = asked()
    for number in range(5):
        group = CareGroupFactory(code=f"more-{number}")
        series = SeriesFactory(measure=MeasureFactory(code=f"of-{number}"), care_group=group)
        TargetFactory(plan=trust.plan, measure=series.measure)
        ReportingPeriodFactory(month=BEFORE.plus(-2 - number))
        approved(series, LAST, 3)
    assert len(trust.opens().still_open) == 1
    assert asked() == few <= 8


def test_a_care_group_opens_at_its_own_last_complete_month(trust):
    groups = {code: series.care_group for code, series in trust.series.items()}

    def opened(code, **then):
        return last_complete_month_of(groups[code], clock_at(NOW, **then), now=NOW, **then)

    assert opened("acute") == opened("older") == (BEFORE, (LAST,))
    period = ReportingPeriod.objects.get(starts_on=LAST.start)
    ReturnFactory(
        care_group=groups["acute"],
        period=period,
        status="approved",
        approved_at=NOW - timedelta(hours=3),
    )
    assert opened("acute") == (LAST, ())
    assert opened("older") == (BEFORE, (LAST,))
    assert opened("acute", known_at=NOW - timedelta(hours=5)) == (BEFORE, (LAST,))
    assert opened("trust") == (LAST, ())  # nothing is asked of the trust's own return
    assert "latest windows to Jul 2026" in trust.page("/care-groups/acute/")
    older = trust.page("/care-groups/older-people/")
    assert "latest windows to Jun 2026 · not complete yet: Jul 2026" in older
    period.locked_at = NOW
    period.save()
    assert opened("older") == (LAST, ())


def test_a_plan_that_was_not_known_yet_gives_a_group_no_savings_and_a_measure_no_place(trust):
    plan = PlanFactory(code="operational", published_on=date(2026, 4, 4))
    acute = trust.series["acute"].care_group
    row(Allocation, programme=row(Programme, year="2026-27", plan=plan), care_group=acute)
    measure = trust.series["trust"].measure
    TargetFactory(measure=measure, plan=plan, objective=ObjectiveFactory(ambition__plan=plan))
    for day, is_known in (("2026-04-04", True), ("2026-04-03", False)):
        group = trust.page(f"/care-groups/acute/?as_at={day}")
        assert ("Savings" in group) is is_known
        (listed,) = trust.client.get(f"/measures/?as_at={day}").context["rows"]
        assert (plan.title in listed.plans) is is_known
