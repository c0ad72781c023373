"""Division is rounded once, at the end: an exact hit is a hit in any order of addition."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis.rag import Direction, Operator, Rag, judge
from kpis.rollup import OverTime, Part, RollUp, combine, over_time, ratio
from kpis.targets import Change, Profile, TargetTerms, ValueIs, value_at
from strategy.periods import FinancialYear, Month

whole = st.integers(1, 10**6)
shares = st.lists(st.tuples(st.integers(0, 10**6), whole), min_size=1, max_size=12)


def share(top: int, bottom: int) -> Part:
    return Part(numerator=Decimal(top), denominator=Decimal(bottom))


def rounded(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)


def test_a_third_three_times_is_a_whole():
    """Nine months of nothing and a third in each of three: ten months average exactly 10."""
    months = [share(1, 3)] * 3 + [share(0, 1)] * 7
    mean = over_time(months, rule=OverTime.MEAN).value
    assert mean == 10
    terms = {"floor": None, "direction": Direction.HIGHER_IS_BETTER, "operator": Operator.GE}
    assert judge(mean, target=10, **terms).rag is Rag.GREEN


@given(shares, st.randoms())
def test_a_mean_is_exact_and_does_not_hang_on_the_order(pairs, random):
    parts = [share(*pair) for pair in pairs]
    shuffled = random.sample(parts, len(parts))
    exact = sum(Fraction(100 * top, bottom) for top, bottom in pairs) / len(pairs)
    assert over_time(parts, rule=OverTime.MEAN).value == rounded(exact)
    assert over_time(shuffled, rule=OverTime.MEAN) == over_time(parts, rule=OverTime.MEAN)


@given(shares, st.randoms())
def test_a_weighted_mean_is_exact_and_does_not_hang_on_the_order(pairs, random):
    parts = [share(*pair) for pair in pairs]
    shuffled = random.sample(parts, len(parts))
    exact = Fraction(100 * sum(top for top, _ in pairs), sum(bottom for _, bottom in pairs))
    assert combine(parts, rule=RollUp.WEIGHTED_MEAN).value == rounded(exact)
    assert combine(shuffled, rule=RollUp.WEIGHTED_MEAN) == combine(parts, rule=RollUp.WEIGHTED_MEAN)


def test_of_groups_that_share_a_period_the_latest_is_always_the_same_one():
    parts = [
        Part(code=code, value=Decimal(value), period_end=date(2019, 3, 31))
        for code, value in (("acute", 1), ("older", 2))
    ]
    found = {combine(order, rule=RollUp.LATEST).value for order in (parts, parts[::-1])}
    assert found == {Decimal(2)}


@given(st.integers(-5000, 5000), st.integers(-5000, 5000), st.integers(2, 60), st.data())
def test_a_value_on_the_line_is_on_target(start, end, length, data):
    """The line's value and a ratio that equals it are the same decimal, however long it is."""
    gone = data.draw(st.integers(1, length))
    base = FinancialYear(2017).period
    line = TargetTerms(
        code="line",
        operator=Operator.LE,
        value=Decimal(end),
        baseline=Decimal(start),
        baseline_period=base,
        due_on=base.last_month.plus(length).end,
        profile=Profile.STRAIGHT_LINE,
    )
    asked = value_at(line, base.last_month.plus(gone)).value
    exact = start + Fraction((end - start) * gone, length)
    assert asked == ratio(Decimal(exact.numerator), Decimal(exact.denominator), scale=Decimal(1))


@pytest.mark.parametrize(("month", "value"), [(Month(2018, 4), 40), (Month(2019, 4), 0)])
def test_a_reduction_by_all_of_it_starts_from_the_baseline(month, value):
    target = TargetTerms(
        code="all",
        operator=Operator.LE,
        value=Decimal(100),
        value_is=ValueIs.COMPOUND_EACH_YEAR,
        change=Change.DOWN,
        baseline=Decimal(40),
        baseline_period=FinancialYear(2017).period,
    )
    assert value_at(target, month).value == value
