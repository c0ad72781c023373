"""The check of a target while it is set: it claims what the same rules would say of it later."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpis.judging.assess import assess
from kpis.judging.bounds import Bounds
from kpis.judging.capability import Chance, capability
from kpis.judging.terms import MeasureTerms, Observation, SeriesInputs
from kpis.rag import Direction, Rag
from kpis.rollup import Origin, OverTime
from kpis.targets import TargetTerms
from strategy.periods import Frequency, Month

START = Month(2024, 1)
DUE = Month(2029, 3)
pytestmark = pytest.mark.any_database
STEADY = [Decimal(number) for number in (88, 86, 90, 87, 89, 85, 88, 90, 86, 87, 89, 88)]


def inputs(values, **fields):
    terms = {
        "code": "seen",
        "direction": Direction.HIGHER_IS_BETTER,
        "frequency": Frequency.MONTHLY,
        "unit": "percent",
        "decimals": 1,
        **fields,
    }
    seen = tuple(
        Observation(period=START.plus(place).period, value=value)
        for place, value in enumerate(values)
        if value is not None
    )
    return SeriesInputs(measure=MeasureTerms(**terms), care_group="trust", observations=seen)


def target(value, operator="ge", **fields):
    terms = {"value_is": "absolute", "plan_starts": date(2026, 4, 1), "due_on": DUE.end, **fields}
    return TargetTerms(code="new", operator=operator, value=Decimal(value), **terms)


def test_a_target_beyond_a_stable_process_would_be_missed_every_month():
    found = capability(inputs(STEADY * 3), target(98), DUE)
    assert found.chance is Chance.MISS
    assert found.words.startswith("Expect to miss. As it stands the process runs between ")
    assert found.words.endswith("98% would be missed every month.")
    assert found.tally == ((Rag.RED, 12),) or dict(found.tally).get(Rag.GREEN) is None


@pytest.mark.parametrize(
    ("invented", "said"),
    [(36, "Its figures are illustrative."), (5, "Some of its figures are illustrative."), (0, "")],
)
def test_what_is_read_from_illustrative_figures_says_so(invented, said):
    real = inputs(STEADY * 3)
    marked = tuple(
        replace(seen, origin=Origin.ILLUSTRATIVE if place < invented else Origin.ENTERED)
        for place, seen in enumerate(real.observations)
    )
    found = capability(replace(real, observations=marked), target(98), DUE)
    assert found.chance is Chance.MISS
    assert found.words.partition("every month.")[2].strip() == said
    few = capability(replace(real, observations=marked[:3]), target(98), DUE)
    assert few.words.partition("are needed.")[2].strip() == (
        said and "Its figures are illustrative."
    )


def test_a_target_that_the_whole_range_meets_would_be_met_every_month():
    found = capability(inputs(STEADY * 3), target(70), DUE)
    assert (found.chance, found.tally) == (Chance.MEET, ((Rag.GREEN, 12),))
    assert "70% would be met every month" in found.words


def test_within_the_range_it_is_counted_and_never_claimed():
    found = capability(inputs(STEADY * 3), target(88), DUE)
    assert found.chance is Chance.BY_CHANCE
    assert "every month" not in found.words
    assert "88% would have been met in " in found.words
    assert found.words.endswith(" of the last 24 months.")


def test_too_few_figures_say_how_many_are_needed():
    found = capability(inputs(STEADY[:9]), target(95), DUE)
    assert found.words == "Cannot be checked. Nine months of figures; 13 are needed."
    assert len(found.coloured) == 9
    assert capability(inputs([]), target(95), DUE).words.endswith("There is no figure yet.")


def test_a_relative_target_without_baseline_is_not_guessed():
    terms = target(15, value_is="relative_to_baseline", change="up")
    found = capability(inputs(STEADY * 3), terms, DUE)
    assert (found.chance, found.coloured) == (Chance.UNKNOWN, ())
    assert "baseline" in found.words


def test_none_at_all_is_spoken_of_as_none():
    values = [Decimal(number) for number in (31, 41, 35, 38, 33, 39) * 4]
    few = inputs(values, unit="count", decimals=0, direction=Direction.LOWER_IS_BETTER)
    found = capability(few, target(0, "le"), DUE, bounds=Bounds(Decimal(0)))
    assert found.words.endswith("a target of none would be missed every month.")


def test_a_band_is_compared_at_both_ends():
    band = inputs(STEADY * 3, direction=Direction.BAND)
    missed = capability(band, target(10, "between", upper_value=20), DUE)
    met = capability(band, target(50, "between", upper_value=99), DUE)
    assert (missed.chance, met.chance) == (Chance.MISS, Chance.MEET)


def test_an_amount_for_the_year_is_not_compared_with_months():
    yearly = inputs(
        [Decimal(number) for number in (10, 12, 11, 13, 9, 12, 10, 11) * 3],
        unit="count",
        judged_on="year_to_date",
        over_time=OverTime.SUM,
    )
    found = capability(yearly, target(500), DUE)
    assert found.chance is Chance.UNKNOWN
    assert "an amount for the year" in found.words


@settings(max_examples=60, deadline=None)
@given(
    values=st.lists(st.integers(70, 99).map(Decimal), min_size=0, max_size=40),
    asked=st.integers(60, 105),
)
def test_what_is_said_is_what_the_rules_do(values, asked):
    """The colours are those that judging gives; "every" holds for each of the last windows."""
    given_, terms = inputs(values), target(asked)
    found = capability(given_, terms, DUE)
    alone = SeriesInputs(
        measure=given_.measure,
        care_group="trust",
        observations=given_.observations,
        targets=(target(asked, plan_starts=None),),
    )
    assert [row.rag for row in found.coloured] == [row.rag for row in assess(alone)[-12:]]
    if found.chance is Chance.MISS:
        assert all(value < asked for value in values[-24:])
    if found.chance is Chance.MEET:
        assert all(value >= asked for value in values[-24:])
    if len(values) < 13:
        assert "every month" not in found.words
    assert sum(Fraction(count) for _, count in found.tally) == min(len(values), 12)
