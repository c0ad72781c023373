"""Which promise is judged in a month: handed over between plans, carried forward, retired."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis.judging.in_force import in_force, in_force_in_each
from kpis.revisions import Revision, Tolerance
from kpis.targets import Operator, Point, Profile, Role, TargetTerms
from strategy.periods import Month, Period

PLANS = {
    "strategy-2017-19": (date(2017, 4, 1), date(2019, 3, 31)),
    "operational-2019-20": (date(2019, 4, 1), date(2020, 3, 31)),
    "strategy-2016-20": (date(2016, 4, 1), date(2020, 3, 31)),
    "strategy-2016-21": (date(2016, 4, 1), date(2021, 3, 31)),
    "strategy-2023-26": (date(2023, 4, 1), date(2026, 3, 31)),
}


def promise(plan, code=None, **changed):
    starts, ends = PLANS[plan]
    given_terms = {
        "code": code or plan,
        "plan": plan,
        "operator": Operator.LE,
        "value": Decimal(4),
        "plan_starts": starts,
        "plan_ends": ends,
    }
    return TargetTerms(**(given_terms | changed))


def judged(targets, month):
    found = in_force(targets, Period.parse(month))
    return found.primary.code if found.primary else None


THREE = [promise(p) for p in ("strategy-2017-19", "operational-2019-20", "strategy-2023-26")]


@pytest.mark.parametrize(
    ("month", "code", "carried"),
    [
        ("2017-03", None, False),
        ("2017-04", "strategy-2017-19", False),
        ("2019-03", "strategy-2017-19", False),
        ("2019-04", "operational-2019-20", False),
        ("2020-03", "operational-2019-20", False),
        ("2020-04", "operational-2019-20", True),
        ("2023-03", "operational-2019-20", True),
        ("2023-04", "strategy-2023-26", False),
        ("2026-04", "strategy-2023-26", True),
    ],
)
def test_plans_hand_over_on_1_april_and_the_gap_is_carried_forward(month, code, carried):
    found = in_force(THREE, Period.parse(month))
    assert (found.primary.code if found.primary else None) == code
    assert found.is_carried_forward is carried
    assert found.is_due_date_passed is carried
    assert found.further == ()


def test_a_promise_due_after_its_plan_is_carried_forward_before_its_due_date_passes():
    targets = [promise("strategy-2017-19", due_on=date(2020, 12, 31))]
    flags = [
        (found.is_carried_forward, found.is_due_date_passed)
        for month in ("2019-03", "2019-04", "2020-12", "2021-01")
        for found in [in_force(targets, Period.parse(month))]
    ]
    assert flags == [(False, False), (True, False), (True, False), (True, True)]


def test_of_two_plans_that_cover_a_month_the_latest_effective_is_judged():
    targets = [promise("strategy-2016-21"), promise("operational-2019-20")]
    found = in_force(targets, Period.parse("2019-06"))
    assert found.primary.code == "operational-2019-20"
    assert [target.code for target in found.further] == ["strategy-2016-21"]
    # The operational plan ends first: the strategy still covers the month.
    assert judged(targets, "2020-04") == "strategy-2016-21"
    # Both have ended: the later promise had taken effect, the older does not come back.
    assert judged(targets, "2021-04") == "operational-2019-20"


def test_a_retired_promise_is_not_carried_forward_nor_replaced_by_an_older_one():
    older = promise("strategy-2017-19")
    newer = promise("operational-2019-20", retired_on=date(2020, 6, 1))
    assert judged([older, newer], "2020-05") == "operational-2019-20"
    assert judged([older, newer], "2020-06") is None


def test_a_promise_retired_before_it_took_effect_supersedes_nothing():
    never = promise("strategy-2023-26", retired_on=date(2023, 4, 1))
    assert judged([promise("operational-2019-20"), never], "2024-06") == "operational-2019-20"


def test_the_national_standard_is_judged_only_where_there_is_no_commitment():
    standard = promise(
        "strategy-2016-20", "standard", role=Role.NATIONAL_STANDARD, operator=Operator.GE
    )
    for month in ("2018-06", "2020-06"):
        alone = in_force([standard], Period.parse(month))
        assert alone.primary is standard
        # A standard does not end with the plan that quotes it.
        assert not alone.is_carried_forward
        assert not alone.is_due_date_passed
    with_promise = in_force([standard, promise("strategy-2017-19")], Period.parse("2018-06"))
    assert with_promise.primary.code == "strategy-2017-19"
    assert with_promise.further == (standard,)


@pytest.mark.parametrize("role", [Role.INTERIM, Role.LOCAL])
def test_interim_and_local_targets_are_only_drawn_beside_until_they_are_due(role):
    other = promise("strategy-2023-26", "other", role=role, due_on=date(2024, 3, 31))
    assert judged([other], "2023-06") is None
    both = [promise("strategy-2023-26"), other]
    assert in_force(both, Period.parse("2024-03")).further == (other,)
    assert in_force(both, Period.parse("2024-04")).further == ()


def test_among_the_promises_of_one_plan_the_next_to_fall_due_is_judged():
    first = promise("strategy-2023-26", "first", due_on=date(2024, 3, 31))
    second = promise("strategy-2023-26", "second", due_on=date(2025, 3, 31))
    months = ["2023-06", "2024-03", "2024-04", "2025-04"]
    assert [judged([second, first], month) for month in months] == [
        "first",
        "first",
        "second",
        "second",
    ]


def test_a_later_step_of_the_same_plan_takes_over_from_its_effective_date():
    early = promise("strategy-2023-26", "early", value=Decimal(5))
    late = promise("strategy-2023-26", "late", effective_from=date(2024, 4, 1))
    assert [judged([early, late], m) for m in ("2024-03", "2024-04")] == ["early", "late"]


def test_a_number_is_judged_before_a_direction_and_the_care_groups_own_before_the_inherited():
    wordy = promise("strategy-2023-26", "wordy", value=None)
    assert judged([wordy, promise("strategy-2023-26", "numbered")], "2024-06") == "numbered"
    assert judged([wordy], "2024-06") == "wordy"
    own = promise("strategy-2023-26", "own", care_group="acute")
    assert judged([own, promise("strategy-2023-26", "trust-wide")], "2024-06") == "own"


def standard(code, starts, **changed):
    given_terms = {
        "role": Role.NATIONAL_STANDARD,
        "operator": Operator.GE,
        "value": Decimal(95),
        "effective_from": starts,
    }
    return promise("strategy-2016-20", code, **(given_terms | changed))


FIRST = standard("first", date(2016, 4, 1))
SECOND = standard("second", date(2018, 7, 15), value=Decimal(90))


@pytest.mark.parametrize(("month", "holds"), [("2018-06", "first"), ("2018-07", "second")])
def test_a_second_national_standard_ends_the_first_from_the_day_it_takes_effect(month, holds):
    assert judged([FIRST, SECOND], month) == holds
    further = in_force([FIRST, SECOND, promise("strategy-2017-19")], Period.parse(month)).further
    assert [target.code for target in further] == [holds]


def test_a_standard_that_was_followed_does_not_come_back_and_one_retired_unborn_ends_nothing():
    ended = replace(SECOND, retired_on=date(2019, 1, 1))
    never = replace(SECOND, retired_on=SECOND.effective_from)
    assert judged([FIRST, ended], "2018-12") == "second"
    assert judged([FIRST, ended], "2019-01") is None
    assert judged([FIRST, never], "2019-01") == "first"


def test_a_standard_for_one_care_group_leaves_the_trusts_and_twins_stand_together():
    own = replace(SECOND, care_group="acute")
    found = in_force([FIRST, own], Period.parse("2019-01"))
    assert (found.primary.code, [t.code for t in found.further]) == ("second", ["first"])
    twin = standard("twin", FIRST.effective_from, operator=Operator.LE)
    found = in_force([FIRST, twin], Period.parse("2019-01"))
    assert {found.primary.code, *(t.code for t in found.further)} == {"first", "twin"}


def test_a_standard_falls_due_on_a_day_of_its_own_only():
    dated = standard("dated", date(2016, 4, 1), due_on=date(2019, 3, 31))
    assert (FIRST.due, dated.due) == (None, date(2019, 3, 31))
    assert not in_force([FIRST], Period.parse("2021-04")).is_due_date_passed
    assert in_force([dated], Period.parse("2019-04")).is_due_date_passed
    assert promise("strategy-2017-19").due == date(2019, 3, 31)


@pytest.mark.parametrize("role", [Role.COMMITMENT, Role.NATIONAL_STANDARD])
def test_explicit_points_take_effect_at_the_first_until_then_what_was_in_force_stays(role):
    path = promise(
        "operational-2019-20",
        "path",
        role=role,
        value=None,
        profile=Profile.EXPLICIT_POINTS,
        points=(Point(Month(2019, 12), Decimal(3)), Point(Month(2019, 9), Decimal(5))),
    )
    before = promise("strategy-2016-20", "before", role=role)
    months = {month: judged([before, path], month) for month in ("2019-04", "2019-08", "2019-09")}
    assert months == {"2019-04": "before", "2019-08": "before", "2019-09": "path"}
    assert judged([path], "2019-08") is None
    late = replace(path, effective_from=date(2019, 11, 1))
    assert [judged([before, late], month) for month in ("2019-10", "2019-11")] == ["before", "path"]


plans = st.sampled_from(sorted(PLANS))


@given(
    st.lists(plans, max_size=5, unique=True),
    st.builds(Month, st.integers(2015, 2030), st.integers(1, 12)),
    st.randoms(),
)
def test_the_judged_promise_has_begun_and_does_not_hang_on_the_order(codes, month, random):
    targets = [promise(plan) for plan in codes]
    found = in_force(targets, month.period)
    random.shuffle(targets)
    assert in_force(targets, month.period) == found
    begun = [t for t in targets if t.plan_starts <= month.end]
    assert bool(found.primary) is bool(begun)
    covering = [t for t in begun if t.plan_ends >= month.end]
    if covering:
        assert found.primary.plan_starts == max(t.plan_starts for t in covering)
        assert not found.is_carried_forward
    elif begun:
        assert found.primary.plan_starts == max(t.plan_starts for t in begun)
        assert found.is_carried_forward


DAYS = st.dates(date(2018, 1, 1), date(2020, 12, 31))
NUMBERS = st.integers(1, 9).map(Decimal)
REVISIONS = st.builds(
    Revision,
    effective_from=DAYS,
    value=NUMBERS,
    starts_on=st.none() | DAYS,
    due_on=st.none() | DAYS,
    retired_on=st.none() | DAYS,
)


@st.composite
def promises(draw):
    """Any few targets of one measure, with dates that lie close together, and changes of them."""
    found = []
    for number in range(draw(st.integers(1, 4))):
        points = draw(st.lists(st.builds(Point, DAYS.map(Month.of), NUMBERS), max_size=2))
        found.append(
            promise(
                draw(st.sampled_from(sorted(PLANS))),
                f"target-{number}",
                role=draw(st.sampled_from(list(Role))),
                effective_from=draw(st.none() | DAYS),
                due_on=draw(st.none() | DAYS),
                retired_on=draw(st.none() | DAYS),
                points=tuple(points),
                profile=Profile.EXPLICIT_POINTS if points else Profile.STEP,
                revisions=tuple(draw(st.lists(REVISIONS, max_size=2))),
                tolerances=tuple(draw(st.lists(st.builds(Tolerance, DAYS, NUMBERS), max_size=1))),
            )
        )
    return found


@given(promises(), st.lists(DAYS, min_size=1, max_size=8), st.integers(0, 2))
def test_many_periods_at_once_have_what_each_has_by_itself(targets, days, later):
    edges = [target.due_on for target in targets if target.due_on]
    days += [day + timedelta(days=later - 1) for day in edges]
    periods = [Period(day, day) for day in sorted(days)]
    assert in_force_in_each(targets, periods) == [in_force(targets, each) for each in periods]
