"""What a row of a list shows of a series: its last two windows, however long ago."""

from datetime import UTC, datetime

import pytest

from kpis.selectors import clock_at, recent_histories
from kpis.services.assessment import recompute
from strategy.periods import Month
from tests.factories.measures import MeasureFactory, SeriesFactory, approved

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
MARCH_2019, MARCH_2023 = Month(2019, 3), Month(2023, 3)


@pytest.fixture
def rating():
    series = SeriesFactory(measure=MeasureFactory(code="rating", frequency="one_off"))
    approved(series, MARCH_2019, 3)
    recompute(at=NOW, stale_only=False)
    return series


def stands(series, month, known_at=None):
    found = recent_histories([series], month, known_at=known_at)[series.pk]
    return found.at(month, clock_at(known_at or NOW)), found.trend


@pytest.mark.parametrize("known_at", [None, NOW])
def test_a_rating_of_years_ago_is_still_the_last_one(rating, known_at):
    standing, trend = stands(rating, Month(2026, 10), known_at)

    assert (standing.shown.value, standing.shown.period.end) == (3, MARCH_2019.end)
    assert [point.value for point in trend] == [3.0]


@pytest.mark.parametrize("known_at", [None, NOW])
def test_a_later_rating_does_not_hide_it_in_a_month_between(rating, known_at):
    approved(rating, MARCH_2023, 4)
    recompute(at=NOW, stale_only=False)

    standing, _ = stands(rating, Month(2022, 6), known_at)

    assert standing.shown.value == 3


def test_many_rows_take_as_many_queries_as_one(rating, django_assert_num_queries):
    others = [SeriesFactory(measure=MeasureFactory(frequency="one_off")) for _ in range(5)]
    for series in others:
        approved(series, MARCH_2019, 3)
    recompute(at=NOW, stale_only=False)

    with django_assert_num_queries(4):
        recent_histories([rating], Month(2026, 10))
    with django_assert_num_queries(4):
        recent_histories([rating, *others], Month(2026, 10))
