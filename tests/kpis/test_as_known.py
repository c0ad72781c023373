"""As known at a moment: definitions, structure, plans and promises as they were recorded then."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kpis.assessments.as_known import Known
from kpis.assessments.read import histories
from kpis.models import Series, Target, TargetPoint
from kpis.rag import Rag
from strategy.models import Plan
from strategy.moments import parse_as_at
from strategy.periods import Month
from tests.factories.measures import (
    MeasureFactory,
    SeriesFactory,
    TargetFactory,
    approved,
    rolled_up,
)
from tests.factories.plans import CareGroupFactory, PlanFactory
from tests.factories.rows import rewrite

pytestmark = pytest.mark.django_db
JUNE = Month(2025, 6)
RECORDED = datetime(2025, 8, 1, tzinfo=UTC)
THEN = datetime(2025, 9, 1, tzinfo=UTC)
CHANGED = datetime(2025, 10, 1, tzinfo=UTC)


def changed(row, *, at=CHANGED, **values):
    """Edit a row that was recorded in August, as its history would show it."""
    model = type(row)
    rewrite(model.history.filter(id=row.pk, history_type="+"), history_date=RECORDED)
    row.refresh_from_db()
    for name, value in values.items():
        setattr(row, name, value)
    row._history_date = at
    row.save()
    return row


def was(row, *, at=CHANGED, **values):
    """Change a field that is fixed once in use: it was recorded differently in August."""
    rewrite(type(row).history.filter(id=row.pk, history_type="+"), history_date=RECORDED, **values)
    row.refresh_from_db()
    row._history_date = at
    row.save()
    return row


def seen(series, at, month=JUNE):
    """The window of a month as known at a moment."""
    series = Series.objects.select_related("measure", "care_group").get(pk=series.pk)
    found = histories([series], known_at=at)[series.pk]
    return next(w for w in found.history.windows if w.period == month.period), found


@pytest.fixture
def plan():
    return PlanFactory(starts_on=date(2025, 4, 1), ends_on=date(2028, 3, 31))


def reported(plan, **fields):
    row = SeriesFactory(measure=MeasureFactory(**fields))
    TargetFactory(measure=row.measure, plan=plan, value=Decimal(95), floor=Decimal(90))
    approved(row, JUNE, 92)
    return row


@pytest.fixture
def series(plan):
    return reported(plan)


def test_the_better_direction_counts_as_it_was_defined(plan):
    series = reported(plan, direction="lower_is_better")
    changed(Target.objects.get(), operator="le", floor=None)
    was(series.measure, direction="higher_is_better")
    assert seen(series, THEN)[0].rag is Rag.AMBER
    assert seen(series, CHANGED)[0].rag is Rag.GREEN


def test_the_first_recorded_state_counts_for_the_time_before_it(plan):
    series = reported(plan, direction="neutral")
    was(series.measure, direction="higher_is_better")
    assert seen(series, RECORDED - timedelta(days=20))[0].rag is Rag.AMBER
    assert seen(series, CHANGED + timedelta(days=1))[0].rag is Rag.NO_TARGET


def test_unit_and_decimals_are_shown_as_they_were(plan):
    series = reported(plan, decimals=3, unit="days")
    was(series.measure, decimals=0, unit="count")
    found = seen(series, THEN)[1].series.measure
    assert (found.decimals, found.unit) == (0, "count")


def test_what_a_window_was_judged_on_counts_as_defined(plan):
    series = reported(plan, judged_on="year_to_date", over_time="sum")
    approved(series, JUNE.plus(-1), 10)
    was(series.measure, judged_on="month", over_time="last")
    assert seen(series, THEN)[0].judged_value == 92
    approved(series, JUNE.plus(-2), 10)
    assert seen(series, CHANGED)[0].judged_value == 112


def test_a_plans_tolerance_and_end_count_as_they_were(series, plan):
    target = Target.objects.get()
    changed(target, at=RECORDED, floor=None)
    rewrite(Plan.objects.filter(pk=plan.pk), ends_on=date(2026, 3, 31))
    was(plan, default_tolerance_percent=Decimal(10), ends_on=date(2028, 3, 31))
    then, now = seen(series, THEN)[0].target, seen(series, CHANGED)[0].target
    assert (then.floor, then.rag, then.due_on) == (Decimal("85.5"), Rag.AMBER, date(2028, 3, 31))
    assert (now.floor, now.rag, now.due_on) == (Decimal("90.25"), Rag.AMBER, date(2026, 3, 31))


def test_a_targets_operator_value_and_care_group_count_as_they_were(series):
    target = Target.objects.get()
    changed(target, operator="le", value=Decimal(80), floor=None, care_group=CareGroupFactory())
    found = seen(series, THEN)[0].target
    assert (found.operator, found.value, found.floor) == ("ge", 95, 90)
    assert seen(series, CHANGED)[0].target is None


def test_a_target_that_was_another_measures_is_that_measures_then(series):
    target = Target.objects.get()
    other = SeriesFactory(measure=MeasureFactory())
    approved(other, JUNE, 92)
    changed(target, measure=other.measure)
    assert seen(series, THEN)[0].rag is Rag.AMBER
    assert seen(other, THEN)[0].rag is Rag.NO_TARGET
    assert seen(series, CHANGED)[0].rag is Rag.NO_TARGET
    assert seen(other, CHANGED)[0].rag is Rag.AMBER


def test_an_explicit_path_counts_as_it_was(series):
    target = Target.objects.get()
    changed(target, at=RECORDED, profile="explicit_points", floor=None)
    point = TargetPoint.objects.create(target=target, month=date(2025, 4, 1), value=Decimal(90))
    changed(point, value=Decimal(99))
    late = TargetPoint(target=target, month=date(2025, 5, 1), value=Decimal(50))
    late._history_date = CHANGED + timedelta(days=1)
    late.save()
    assert seen(series, THEN)[0].target.value == 90
    assert seen(series, CHANGED)[0].target.value == 99
    assert seen(series, CHANGED + timedelta(days=1))[0].target.value == 50
    late._history_date = CHANGED + timedelta(days=2)
    late.delete()
    assert seen(series, CHANGED + timedelta(days=1))[0].target.value == 50
    assert seen(series, CHANGED + timedelta(days=3))[0].target.value == 99


@pytest.fixture
def groups():
    return [CareGroupFactory() for _ in range(2)]


@pytest.fixture
def rolled(groups):
    _, trust, parts = rolled_up(*groups)
    for part in parts:
        approved(part, JUNE, numerator=Decimal(9), denominator=Decimal(10))
    return trust, parts


def test_a_care_group_that_ended_later_was_expected_then(rolled, groups):
    trust, _ = rolled
    changed(groups[1], valid_to=date(2025, 6, 1))
    assert seen(trust, THEN)[0].groups_expected == 2
    assert seen(trust, CHANGED)[0].groups_expected == 1


def test_a_series_that_ended_later_was_expected_then(rolled):
    trust, parts = rolled
    changed(parts[0], valid_to=date(2025, 6, 1))
    assert seen(trust, THEN)[0].groups_expected == 2
    assert seen(trust, CHANGED)[0].groups_expected == 1


def test_who_joined_a_roll_up_later_was_not_expected_then(rolled):
    trust, parts = rolled
    changed(trust, at=RECORDED)
    for part in parts:
        changed(part, at=RECORDED)
    late = Series(measure=trust.measure, care_group=CareGroupFactory())
    late._history_date = CHANGED
    late.save()
    assert (seen(trust, THEN)[0].rag, seen(trust, THEN)[0].groups_expected) == (Rag.NO_TARGET, 2)
    assert seen(trust, CHANGED)[0].rag is Rag.INCOMPLETE
    before_the_tracker = RECORDED - timedelta(days=20)
    assert seen(trust, before_the_tracker)[0].groups_expected == 3


def test_how_a_measure_rolls_up_counts_as_it_was(rolled):
    trust, _ = rolled
    was(trust.measure, roll_up="none")
    row = Series.objects.select_related("measure", "care_group").get(pk=trust.pk)
    assert histories([row], known_at=THEN)[trust.pk].history.windows == ()
    assert seen(trust, CHANGED)[0].value == 90


def test_the_questions_do_not_grow_with_the_rows(plan):
    def ask(count: int) -> int:
        found = []
        for _ in range(count):
            row = SeriesFactory(measure=MeasureFactory())
            target = TargetFactory(measure=row.measure, plan=plan)
            approved(row, JUNE, 92)
            changed(row.measure, decimals=2)
            changed(target, value=Decimal(80))
            found.append(row.pk)
        rows = list(Series.objects.filter(pk__in=found).select_related("measure", "care_group"))
        was(plan, default_tolerance_percent=Decimal(2))
        with CaptureQueriesContext(connection) as queries:
            histories(rows, known_at=THEN)
        return len(queries)

    assert ask(2) == ask(20)


def test_when_each_plan_was_known_is_read_with_its_targets():
    """A plan that nobody has edited since is not restored, and must not be read once more."""

    def ask(count: int) -> int:
        measures = [
            TargetFactory(plan=PlanFactory(), known_from=None).measure_id for _ in range(count)
        ]
        with CaptureQueriesContext(connection) as queries:
            assert len(Known(THEN).targets(measures)) == count
        return len(queries)

    assert ask(1) == ask(4)


def test_now_puts_nothing_back(series):
    changed(series.measure, decimals=3)
    rows = list(Series.objects.select_related("measure", "care_group"))
    assert Known().series(rows) == rows
    assert Known().series(rows)[0].measure.decimals == 3


@pytest.mark.parametrize(
    ("day", "midnight"),
    [
        # The day the clock goes back has 25 hours, the day it goes forward 23; 31 March ends an
        # hour earlier in UTC once summer time has begun.
        ("2026-10-24", datetime(2026, 10, 24, 23, tzinfo=UTC)),
        ("2026-10-25", datetime(2026, 10, 26, 0, tzinfo=UTC)),
        ("2027-03-27", datetime(2027, 3, 28, 0, tzinfo=UTC)),
        ("2027-03-28", datetime(2027, 3, 28, 23, tzinfo=UTC)),
        ("2027-03-31", datetime(2027, 3, 31, 23, tzinfo=UTC)),
    ],
)
def test_a_day_ends_at_midnight_in_london_whatever_the_clock_does(series, day, midnight):
    approved(series, JUNE, 96, known_from=midnight)
    assert seen(series, parse_as_at(day))[0].rag is Rag.AMBER
    assert seen(series, midnight)[0].rag is Rag.GREEN
    approved(series, JUNE, 80, known_from=midnight - timedelta(microseconds=1))
    assert seen(series, parse_as_at(day))[0].rag is Rag.RED


def test_of_the_hour_that_comes_twice_the_later_is_meant(series):
    approved(series, JUNE, 96, known_from=datetime(2026, 10, 25, 1, 15, tzinfo=UTC))
    assert seen(series, parse_as_at("2026-10-25T01:15"))[0].rag is Rag.GREEN
    assert seen(series, parse_as_at("2026-10-25T01:15+01:00"))[0].rag is Rag.AMBER
    assert seen(series, parse_as_at("2026-10-25T01:14"))[0].rag is Rag.AMBER
