"""Readings of many series at once are those of each alone, on any series."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from kpis.spc import Charted, present
from kpis.spc.bulk import present_many
from strategy.periods import Frequency, Month

START = Month(2020, 1)
values = some.lists(
    some.one_of(
        some.none(),
        some.sampled_from([0.0, 1.0, 50.0]),
        some.floats(-1e6, 1e6, allow_nan=False),
    ),
    max_size=40,
)


@some.composite
def charts(draw):
    frequency = draw(some.sampled_from([Frequency.MONTHLY, Frequency.QUARTERLY]))
    found = draw(values)
    step = frequency.months
    skipped = draw(some.sets(some.integers(0, 40), max_size=5))
    rows = [
        (START.plus(step * place).start, value)
        for place, value in enumerate(found)
        if place not in skipped
    ]
    days = some.dates(date(2019, 12, 1), date(2032, 1, 1))
    target = draw(
        some.one_of(
            some.none(),
            some.floats(-100, 100),
            some.lists(some.tuples(days, some.one_of(some.none(), some.floats(-9, 9))), max_size=4),
        )
    )
    return Charted(
        points=rows,
        direction=draw(
            some.sampled_from(["higher_is_better", "lower_is_better", "band", "neutral"])
        ),
        target=target,
        rebases=tuple(draw(some.lists(days, max_size=3))),
        trajectory=tuple((day, 50.0) for day, _ in rows[::2]),
        frequency=frequency,
        fix_after_n_points=draw(some.one_of(some.none(), some.integers(12, 45))),
    )


def alone(chart):
    return present(
        chart.points,
        direction=chart.direction,
        target=chart.target,
        rebases=chart.rebases,
        trajectory=chart.trajectory,
        frequency=chart.frequency,
        fix_after_n_points=chart.fix_after_n_points,
    )


@settings(max_examples=60, deadline=None)
@given(some.lists(charts(), max_size=6))
def test_many_at_once_read_as_each_alone(wanted):
    assert present_many(wanted) == [alone(chart) for chart in wanted]


def test_nothing_and_empty_series_have_readings():
    empty = Charted(points=[], direction="neutral")
    absent = Charted(points=[(date(2026, 1, 1), None)], direction="neutral")
    assert present_many([]) == []
    assert present_many([empty, absent, empty]) == [alone(empty), alone(absent), alone(empty)]


@pytest.mark.parametrize("value", [float("inf"), "ninety"])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(ValueError, match="value"):
        present_many([Charted(points=[(date(2026, 1, 1), value)], direction="neutral")])


def test_a_baseline_too_short_is_refused_here_too():
    with pytest.raises(ValueError, match="fix_after_n_points is 11"):
        present_many([Charted(points=[], direction="neutral", fix_after_n_points=11)])
