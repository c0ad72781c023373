"""One value out of several: ratios, sums, gaps, suppression and made-up figures."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis.rag import Rag
from kpis.rollup import (
    Origin,
    OverTime,
    Part,
    RollUp,
    State,
    combine,
    over_time,
    ratio,
    reports_for,
)
from strategy.periods import Month, Period

MISSING = Part()
NO_CASES = Part(is_not_applicable=True)
SUPPRESSED = Part(is_suppressed=True)


def share(numerator, denominator, **more):
    return Part(numerator=Decimal(numerator), denominator=Decimal(denominator), **more)


def amount(value, **more):
    return Part(value=Decimal(value), **more)


def test_a_ratio_of_sums_is_not_an_average_of_percentages():
    found = combine([share(1, 2), share(90, 100)], rule=RollUp.RATIO_OF_SUMS)
    assert (found.numerator, found.denominator) == (Decimal(91), Decimal(102))
    assert found.value == Decimal(9100) / 102
    assert found.label == "2 of 2 reported"
    assert found.state is State.COMPLETE
    assert found.rag is None


@pytest.mark.parametrize(
    ("parts", "expected", "value", "reported", "state", "rag"),
    [
        ([share(1, 2), share(1, 2)], 3, 50, 2, State.INCOMPLETE, Rag.INCOMPLETE),
        ([share(1, 2), MISSING], None, 50, 1, State.INCOMPLETE, Rag.INCOMPLETE),
        ([MISSING, MISSING], None, None, 0, State.NO_DATA, Rag.NO_DATA),
        ([], 2, None, 0, State.NO_DATA, Rag.NO_DATA),
        ([], None, None, 0, State.NOT_APPLICABLE, Rag.NOT_APPLICABLE),
        # No cases is a report, and neither 0% nor 100%.
        ([share(0, 0), share(0, 0)], None, None, 2, State.NOT_APPLICABLE, Rag.NOT_APPLICABLE),
        ([share(0, 0), share(3, 4)], None, 75, 2, State.COMPLETE, None),
        ([NO_CASES, share(3, 4)], None, 75, 2, State.COMPLETE, None),
        ([NO_CASES, NO_CASES], None, None, 2, State.NOT_APPLICABLE, Rag.NOT_APPLICABLE),
        ([NO_CASES, MISSING], None, None, 1, State.INCOMPLETE, Rag.INCOMPLETE),
        # A suppressed figure is not used, and not taken for 0.
        ([SUPPRESSED, share(3, 4)], None, 75, 1, State.INCOMPLETE, Rag.INCOMPLETE),
        ([SUPPRESSED, MISSING], None, None, 0, State.SUPPRESSED, Rag.SUPPRESSED),
        ([SUPPRESSED], None, None, 0, State.SUPPRESSED, Rag.SUPPRESSED),
        # A percentage without its parts cannot be added up, but can be shown on its own.
        ([amount(80), share(3, 4)], None, 75, 1, State.INCOMPLETE, Rag.INCOMPLETE),
        ([amount(80), amount(90)], None, None, 0, State.INCOMPLETE, Rag.INCOMPLETE),
        ([amount(80)], None, 80, 1, State.COMPLETE, None),
        # Something out of nothing in one group counts in the sum of all.
        ([share(1, 0), share(2, 6)], None, 50, 2, State.COMPLETE, None),
    ],
)
def test_ratios_say_on_how_many_they_rest(parts, expected, value, reported, state, rag):
    found = combine(parts, rule=RollUp.RATIO_OF_SUMS, expected=expected)
    assert (found.value, found.reported, found.state, found.rag) == (value, reported, state, rag)
    assert found.is_rated is (state is State.COMPLETE)


def test_the_other_rules():
    weighed = [share(0, 10), share(30, 30)]
    assert combine(weighed, rule=RollUp.WEIGHTED_MEAN).value == 75
    means = [
        Part(value=Decimal(4), denominator=Decimal(1)),
        Part(value=Decimal(8), denominator=Decimal(3)),
    ]
    assert combine(means, rule=RollUp.WEIGHTED_MEAN).value == 7
    assert combine([amount("1.5"), amount(-2)], rule=RollUp.SUM).value == Decimal("-0.5")
    latest = [
        amount(1, period_end=date(2020, 3, 31)),
        amount(2, period_end=date(2020, 6, 30)),
    ]
    assert combine(latest, rule=RollUp.LATEST).value == 2
    none = combine(latest, rule=RollUp.NONE)
    assert (none.value, none.state) == (None, State.NOT_ROLLED_UP)


def test_a_weighted_mean_without_weights_is_not_guessed():
    found = combine([amount(80), amount(90)], rule=RollUp.WEIGHTED_MEAN)
    assert (found.value, found.state) == (None, State.INCOMPLETE)


def test_a_ratio_that_is_no_percentage_has_its_own_scale():
    stays = [share(600, 20), share(300, 10)]
    assert combine(stays, rule=RollUp.RATIO_OF_SUMS, scale=Decimal(1)).value == 30


@pytest.mark.parametrize(
    ("numerator", "denominator", "message"),
    [("3", "0", "3 of 0"), ("1", "-1", "negative"), ("NaN", "1", "finite"), ("1", "Inf", "finite")],
)
def test_impossible_ratios_are_refused(numerator, denominator, message):
    with pytest.raises(ValueError, match=message):
        ratio(Decimal(numerator), Decimal(denominator))
    assert ratio(Decimal(0), Decimal(0)) is None


def test_impossible_parts_are_refused():
    with pytest.raises(ValueError, match="negative"):
        share(1, -1)
    with pytest.raises(ValueError, match="finite"):
        amount("NaN")
    with pytest.raises(ValueError, match="2 parts reported, but 1"):
        combine([amount(1), amount(2)], rule=RollUp.SUM, expected=1)


def test_illustrative_figures_never_enter_a_published_value():
    published, invented = amount(1, origin=Origin.PUBLISHED), amount(9, origin=Origin.ILLUSTRATIVE)
    mixed = combine([published, invented], rule=RollUp.SUM)
    assert (mixed.value, mixed.label) == (1, "1 of 2 reported")
    assert (mixed.state, mixed.is_illustrative) == (State.INCOMPLETE, False)


def test_illustrative_figures_make_what_they_enter_illustrative():
    invented = amount(9, origin=Origin.ILLUSTRATIVE)
    found = combine([amount(1, origin=Origin.ENTERED), invented], rule=RollUp.SUM)
    assert (found.value, found.is_illustrative) == (10, True)
    assert not combine([amount(1), amount(1)], rule=RollUp.SUM).is_illustrative


def months(*values):
    return [
        Part(value=None if v is None else Decimal(v), period_end=Month(2019, 4).plus(n).end)
        for n, v in enumerate(values)
    ]


def test_over_time_sums_means_and_lasts():
    parts = months(1, 2, 6)
    assert over_time(parts, rule=OverTime.SUM).value == 9
    assert over_time(parts, rule=OverTime.MEAN).value == 3
    assert over_time(parts, rule=OverTime.LAST).value == 6
    assert over_time([share(1, 2), share(0, 2)], rule=OverTime.RATIO_OF_SUMS).value == 25


def test_a_year_to_date_with_a_missing_month_is_shown_and_not_rated():
    found = over_time(months(1, None, 6), rule=OverTime.SUM)
    assert (found.value, found.label, found.rag) == (7, "2 of 3 reported", Rag.INCOMPLETE)
    assert over_time(months(1, 6), rule=OverTime.SUM, expected=3).rag is Rag.INCOMPLETE


def test_the_last_value_is_not_carried_forward():
    window = Period.parse("2019/20 Q1")
    assert over_time(months(1, 2, None), rule=OverTime.LAST).state is State.NO_DATA
    assert over_time(months(1, 2), rule=OverTime.LAST, window=window).state is State.NO_DATA
    assert over_time(months(1, 2, 3), rule=OverTime.LAST, window=window).value == 3
    assert over_time([], rule=OverTime.LAST, window=window).state is State.NO_DATA


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "reports"),
    [
        (None, None, True),
        (date(2019, 6, 30), None, True),
        (date(2019, 7, 1), None, False),
        (None, date(2019, 6, 30), False),
        (None, date(2019, 7, 1), True),
        (date(2019, 5, 1), date(2019, 6, 1), False),
    ],
)
def test_a_group_reports_for_a_window_on_whose_last_day_it_exists(valid_from, valid_to, reports):
    assert reports_for(valid_from, valid_to, Period.parse("2019/20 Q1")) is reports


def test_after_a_split_the_successors_report_and_nothing_is_counted_twice():
    groups = {
        "older": (None, date(2019, 6, 1)),
        "north": (date(2019, 6, 1), None),
        "south": (date(2019, 6, 1), None),
    }

    def reporting(month):
        period = Period.parse(month)
        return [code for code, (start, end) in groups.items() if reports_for(start, end, period)]

    assert reporting("2019-05") == ["older"]
    assert reporting("2019-06") == ["north", "south"]


parts = st.lists(st.tuples(st.integers(0, 500), st.integers(1, 500)), min_size=1, max_size=8)


@given(parts, st.randoms())
def test_the_ratio_of_sums_is_exact_and_does_not_hang_on_the_order(pairs, random):
    found = combine([share(n, d) for n, d in pairs], rule=RollUp.RATIO_OF_SUMS)
    exactly = Fraction(100 * sum(n for n, _ in pairs), sum(d for _, d in pairs))
    assert abs(Fraction(found.value) - exactly) < Fraction(1, 10**20)
    random.shuffle(pairs)
    again = combine([share(n, d) for n, d in pairs], rule=RollUp.RATIO_OF_SUMS)
    assert again == found


@given(parts)
def test_the_ratio_of_sums_lies_between_the_smallest_and_the_largest_part(pairs):
    each = [ratio(Decimal(n), Decimal(d)) for n, d in pairs]
    found = combine([share(n, d) for n, d in pairs], rule=RollUp.RATIO_OF_SUMS).value
    slack = Decimal("1e-20")
    assert min(each) - slack <= found <= max(each) + slack


@given(st.lists(st.none() | st.decimals(-1000, 1000, places=6), max_size=12), st.integers(0, 3))
def test_only_a_full_report_is_rated(values, absent):
    found = over_time(months(*values), rule=OverTime.SUM, expected=len(values) + absent)
    present = [value for value in values if value is not None]
    assert found.reported == len(present)
    assert found.is_rated is (bool(present) and len(present) == len(values) + absent)
    assert found.value == (sum(present) if present else None)


def test_half_a_ratio_is_no_ratio():
    half = Part(numerator=Decimal(3))
    found = combine([half, share(1, 2)], rule=RollUp.RATIO_OF_SUMS)
    assert (found.value, found.label) == (50, "1 of 2 reported")
    assert combine([half, amount(4)], rule=RollUp.SUM).value == 7
    weightless = combine([amount(4), Part(denominator=Decimal(9))], rule=RollUp.WEIGHTED_MEAN)
    assert (weightless.value, weightless.state) == (None, State.INCOMPLETE)


def test_parts_may_come_as_plain_words_and_numbers():
    parts = [
        Part(numerator=1.5, denominator="3", origin="published"),
        Part(numerator=1, denominator=1, origin="illustrative"),
    ]
    found = combine(parts, rule="ratio_of_sums")
    assert (found.value, found.state, found.label) == (
        Decimal(50),
        State.INCOMPLETE,
        "1 of 2 reported",
    )
    with pytest.raises(ValueError, match="invented"):
        Part(value=1, origin="invented")
