"""Each value of a target with the days between which it held: pure, and in the dataset."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from kpis.dated_changes.holding import held, replaced_on
from kpis.dated_changes.target_changes import Terms, approve_change, propose_change
from kpis.exports.targets import TARGETS
from kpis.models import Target
from kpis.revisions import Revision
from kpis.targets import Operator, Point, Profile, Role, TargetTerms
from strategy.exports.filters import Filters
from strategy.periods import Month
from tests.cells import cells
from tests.factories.measures import MeasureFactory, TargetFactory
from tests.factories.people import access, performance_team
from tests.factories.plans import PlanFactory

START = date(2025, 4, 1)
APRIL, JUNE, AUGUST = date(2025, 4, 1), date(2025, 6, 1), date(2025, 8, 1)
AT = datetime(2025, 9, 1, 9, tzinfo=UTC)


def terms(*revisions, **fields):
    given = {
        "code": "plan/1",
        "operator": Operator.GE,
        "value": Decimal(95),
        "floor": Decimal(90),
        "plan_starts": START,
        "plan_ends": date(2028, 3, 31),
        "revisions": revisions,
        **fields,
    }
    return TargetTerms(**given)


def change(on, value=95, floor=90, **fields):
    return Revision(effective_from=on, value=Decimal(value), floor=Decimal(floor), **fields)


def rows(target, **fields):
    return [(piece.since, piece.until, piece.asked[0]) for piece in held(target, **fields)]


def test_a_target_that_was_never_changed_has_one_row():
    assert rows(terms()) == [(START, None, 95)]
    assert rows(terms(plan_starts=None)) == [(date.min, None, 95)]


def test_each_change_ends_the_one_before():
    changed = terms(change(JUNE, 92), change(AUGUST, 92, floor=88))
    assert [(p.since, p.until, *p.asked) for p in held(changed)] == [
        (START, JUNE, 95, None, 90),
        (JUNE, AUGUST, 92, None, 90),
        (AUGUST, None, 92, None, 88),
    ]


def test_a_change_that_holds_from_earlier_leaves_the_one_before_no_time():
    assert rows(terms(change(AUGUST, 92), change(JUNE, 85))) == [
        (START, JUNE, 95),
        (JUNE, None, 85),
    ]
    assert rows(terms(change(date(2020, 1, 1), 85))) == [(START, None, 85)]


def test_a_change_of_dates_alone_makes_no_row():
    moved = terms(change(JUNE, due_on=date(2026, 1, 1)))
    assert rows(moved) == [(START, None, 95)]
    assert held(moved)[0].on(APRIL).due == date(2028, 3, 31)
    assert held(moved)[0].on(AUGUST).due == date(2026, 1, 1)


def test_retirement_ends_it_and_a_later_decision_brings_it_back():
    retired = change(JUNE, retired_on=JUNE)
    assert rows(terms(retired)) == [(START, JUNE, 95)]
    assert rows(terms(retired, change(AUGUST))) == [(START, JUNE, 95), (AUGUST, None, 95)]
    assert rows(terms(change(START, retired_on=START))) == [(START, START, 95)]


def test_a_start_that_is_moved_away_leaves_a_gap():
    assert rows(terms(change(JUNE, starts_on=AUGUST))) == [
        (START, JUNE, 95),
        (AUGUST, None, 95),
    ]


def test_a_path_is_one_row_from_its_first_point():
    points = (Point(Month(2025, 6), Decimal(80)), Point(Month(2025, 9), Decimal(95)))
    path = terms(profile=Profile.EXPLICIT_POINTS, points=points)
    assert rows(path) == [(JUNE, None, 95)]
    line = terms(profile=Profile.STRAIGHT_LINE, baseline=Decimal(1), baseline_period="2024/25")
    assert rows(line) == [(START, None, 95)]


def test_a_later_standard_ends_the_one_before():
    old = terms(code="old", role=Role.NATIONAL_STANDARD)
    new = terms(code="new", role=Role.NATIONAL_STANDARD, effective_from=JUNE, value=Decimal(96))
    never = terms(
        change(AUGUST, retired_on=AUGUST),
        code="never",
        role=Role.NATIONAL_STANDARD,
        effective_from=AUGUST,
    )
    assert replaced_on(old, [old, new, never]) == JUNE
    assert replaced_on(new, [old, new, never]) is None
    assert replaced_on(terms(), [new]) is None
    assert rows(old, ends_on=JUNE) == [(START, JUNE, 95)]


@pytest.mark.django_db
def test_the_file_has_a_row_for_each_value_and_knows_what_was_known():
    plan = PlanFactory(starts_on=START, ends_on=date(2028, 3, 31))
    target = TargetFactory(measure=MeasureFactory(), plan=plan, floor=Decimal(90))
    one, two = performance_team(), performance_team()

    def decided(on, value, at):
        target.refresh_from_db()
        proposed = propose_change(
            target_id=target.pk,
            version=Target.objects.get().version,
            reason="Agreed",
            by=one,
            access=access(one),
            at=at,
            terms=Terms(effective_from=on, value=Decimal(value), floor=Decimal(80)),
        )
        approve_change(change_id=proposed.pk, by=two, access=access(two), at=at)

    decided(AUGUST, 92, AT)
    decided(date(2099, 4, 1), 99, AT + timedelta(days=1))
    shown = ("target", "value", "floor", "effective_from", "due", "held_from", "held_to")

    def read(**asked):
        return [tuple(row[name] for name in shown) for row in cells(TARGETS, Filters(**asked))]

    dates, later = (START, date(2028, 3, 31)), date(2099, 4, 1)
    assert read() == [
        (target.code, 95, 90, *dates, START, AUGUST),
        (target.code, 92, 80, *dates, AUGUST, later),
        (target.code, 99, 80, *dates, later, None),
    ]
    assert read(as_at=AT) == [
        (target.code, 95, 90, *dates, START, AUGUST),
        (target.code, 92, 80, *dates, AUGUST, None),
    ]
    assert read(as_at=AT - timedelta(days=1)) == [(target.code, 95, 90, *dates, START, None)]
