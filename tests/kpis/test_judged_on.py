"""Measures judged on the year to date or on 12 months: what counts into the longer window."""

from datetime import date
from decimal import Decimal

import pytest

from kpis.judging.assess import assess
from kpis.judging.terms import MeasureTerms, Observation, SeriesInputs
from kpis.rag import Direction, Operator, Rag
from kpis.rollup import OverTime, RollUp
from kpis.targets import TargetTerms
from strategy.periods import FinancialYear, Frequency, Month, Period

APRIL = Month(2018, 4)
TARGET = TargetTerms(
    code="target", operator=Operator.GE, value=Decimal(90), plan_starts=date(2016, 4, 1)
)


def measure(**changed):
    given = {
        "code": "seen-in-time",
        "direction": Direction.HIGHER_IS_BETTER,
        "frequency": Frequency.MONTHLY,
        "unit": "percent",
        "roll_up": RollUp.RATIO_OF_SUMS,
        "over_time": OverTime.RATIO_OF_SUMS,
        "judged_on": "year_to_date",
        "is_ratio": True,
    }
    return MeasureTerms(**(given | changed))


def seen(month: Month, top: int, bottom: int, **more) -> Observation:
    return Observation(
        period=month.period, numerator=Decimal(top), denominator=Decimal(bottom), **more
    )


def judged(terms: MeasureTerms, **inputs):
    """By the last month of each window: the rated value, its colour or why there is none."""
    assessed = assess(SeriesInputs(measure=terms, care_group="trust", targets=(TARGET,), **inputs))
    return {item.observation.period: (item.judged_value, item.rag) for item in assessed}


def rolled(*months):
    """The roll-up of two groups: (top, bottom) of each, or None where one has not reported."""
    parts = {"acute": [], "older": []}
    for place, pairs in enumerate(months):
        for group, pair in zip(parts, pairs, strict=True):
            if pair is not None:
                parts[group].append(seen(APRIL.plus(place), *pair))
    return {
        "parts": {group: tuple(rows) for group, rows in parts.items()},
        "expected": {row.period: tuple(parts) for rows in parts.values() for row in rows},
    }


def test_a_year_to_date_with_an_incomplete_month_is_shown_and_not_rated():
    found = judged(measure(), **rolled(((95, 100), None), ((95, 100), (95, 100))))
    assert found[APRIL.period] == (Decimal(95), Rag.INCOMPLETE)
    assert found[APRIL.plus(1).period] == (Decimal(95), Rag.INCOMPLETE)
    whole = judged(measure(), **rolled(((95, 100), (80, 100)), ((95, 100), (95, 100))))
    assert whole[APRIL.plus(1).period] == (Decimal("91.25"), Rag.GREEN)


def test_a_month_without_cases_anywhere_counts_as_reported():
    found = judged(measure(), **rolled(((0, 0), (0, 0)), ((95, 100), (95, 100))))
    assert found[APRIL.period] == (None, Rag.NOT_APPLICABLE)
    assert found[APRIL.plus(1).period] == (Decimal(95), Rag.GREEN)


def test_a_suppressed_month_leaves_the_year_incomplete():
    hidden = Observation(period=APRIL.period, status="suppressed")
    found = judged(measure(), observations=(hidden, seen(APRIL.plus(1), 95, 100)))
    assert found[APRIL.period][1] is Rag.SUPPRESSED
    assert found[APRIL.plus(1).period] == (Decimal(95), Rag.INCOMPLETE)


@pytest.mark.parametrize("judged_on", ["year_to_date", "rolling_12"])
def test_a_total_printed_beside_the_months_is_no_part_of_theirs(judged_on):
    months = [seen(APRIL.plus(place), 95, 100) for place in range(12)]
    year = FinancialYear(2018).period
    total = Observation(period=year, value=Decimal(80))
    found = judged(measure(judged_on=judged_on), observations=(*months, total))
    assert found[year] == (Decimal(80), Rag.RED)
    assert found[APRIL.plus(11).period] == (Decimal(95), Rag.GREEN)


def test_twelve_months_take_twelve_and_the_year_begins_again_in_april():
    rows = tuple(seen(APRIL.plus(place), 100 if place < 12 else 80, 100) for place in range(14))
    by_year = judged(measure(), observations=rows)
    by_twelve = judged(measure(judged_on="rolling_12"), observations=rows)
    april, may = APRIL.plus(12).period, APRIL.plus(13).period
    assert by_year[april] == by_year[may] == (Decimal(80), Rag.RED)
    assert by_twelve[APRIL.plus(10).period][1] is Rag.INCOMPLETE
    assert by_twelve[may] == (Decimal(1160) / 12, Rag.GREEN)


def test_quarters_are_counted_as_quarters():
    rows = tuple(
        Observation(
            period=Period.spanning(APRIL.plus(place), APRIL.plus(place + 2)),
            numerator=Decimal(90 + place),
            denominator=Decimal(100),
        )
        for place in (0, 3)
    )
    found = judged(measure(frequency=Frequency.QUARTERLY), observations=rows)
    assert found[rows[1].period] == (Decimal("91.5"), Rag.GREEN)


@pytest.mark.parametrize(
    ("begins_on", "rag"),
    [
        (None, Rag.INCOMPLETE),
        (date(2018, 5, 31), Rag.INCOMPLETE),
        (date(2018, 6, 1), Rag.GREEN),
        (date(2018, 6, 30), Rag.GREEN),
        (date(2019, 4, 1), Rag.GREEN),
    ],
)
def test_the_year_to_date_of_who_began_within_the_year_runs_from_the_first_month(begins_on, rag):
    rows = tuple(seen(APRIL.plus(place), 95, 100) for place in (2, 3))
    found = judged(measure(), observations=rows, begins_on=begins_on)
    assert found[APRIL.plus(3).period] == (Decimal(95), rag)
    gap = judged(measure(), observations=rows[1:], begins_on=date(2018, 6, 1))
    assert gap[APRIL.plus(3).period] == (Decimal(95), Rag.INCOMPLETE)
    twelve = judged(measure(judged_on="rolling_12"), observations=rows, begins_on=begins_on)
    assert twelve[APRIL.plus(3).period][1] is Rag.INCOMPLETE
