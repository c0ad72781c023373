"""A row of a list agrees with the page of its measure, however old the last figure is."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest

from kmpt_tracker.answers import kept_under
from kpis.assessments.clocks import clock_at
from kpis.assessments.read import histories
from kpis.assessments.recent import recent_histories
from kpis.assessments.store import recompute
from kpis.models import Series
from kpis.rag import Rag
from strategy.periods import FinancialYear, Month, Period, months_between
from tests.factories.measures import (
    MeasureFactory,
    MilestoneFactory,
    SeriesFactory,
    approved,
    rolled_up,
)
from tests.factories.plans import CareGroupFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
AFTER = datetime(2026, 5, 31, 9, tzinfo=UTC)
APRIL = Month(2026, 4)


@pytest.fixture
def series():
    """Series with a figure every month, one years ago, a milestone, a yearly total, nothing."""
    monthly, old, milestone, yearly, _ = rows = [
        SeriesFactory(measure=measure())
        for measure in (
            MeasureFactory,
            MeasureFactory,
            MilestoneFactory,
            MeasureFactory,
            MeasureFactory,
        )
    ]
    for back in range(30):
        approved(monthly, APRIL.plus(-back), back)
    approved(old, Month(2019, 2), 1)
    approved(old, Month(2019, 3), 2)
    approved(
        milestone, Month(2018, 1), None, milestone_status="complete", completed_on=date(2018, 1, 9)
    )
    approved(yearly, Month(2026, 3), 3)
    approved(yearly, Month(2026, 3), 40, period=FinancialYear(2025).period)
    recompute(at=NOW, stale_only=False)
    keys = [row.pk for row in rows]
    rows = Series.objects.filter(pk__in=keys).order_by("pk")
    return list(rows.select_related("measure", "care_group"))


@pytest.mark.parametrize("known_at", [None, AFTER])
@pytest.mark.parametrize("month", [APRIL, Month(2026, 3), Month(2022, 5)])
def test_a_row_stands_as_the_page_of_its_measure(series, known_at, month):
    clock = clock_at(NOW, known_at=known_at)
    recent = recent_histories(series, month, known_at=known_at)
    whole = histories(series, known_at=known_at)
    for row in series:
        for asked in (month, month.plus(-1)):
            assert recent[row.pk].at(asked, clock) == whole[row.pk].at(asked, clock), row


@pytest.fixture
def with_gaps(series):
    """And published ones: with a gap, a figure of another length, each quarter, once a year."""
    gap, of_a_year, quarterly, yearly = rows = [
        SeriesFactory(measure=MeasureFactory(frequency=frequency), fed_by="published")
        for frequency in ("monthly", "monthly", "quarterly", "annual")
    ]

    def publish(row: Series, window: Period, days: int = 0) -> None:
        known_from = datetime.combine(window.end + timedelta(days), time(12), UTC)
        approved(
            row, window.last_month, 1, period=window, origin="published", known_from=known_from
        )

    # January 2026 would be awaited until the end of June, if April were not there.
    for month in (Month(2018, 1), Month(2019, 2), Month(2019, 3), Month(2025, 12)):
        publish(gap, month.period, days=150)
    publish(gap, Month(2026, 4).period)
    publish(of_a_year, Month(2018, 2).period)
    publish(of_a_year, FinancialYear(2019).period)
    for year in (2017, 2021, 2024):
        publish(quarterly, FinancialYear(year).quarter(2))
        publish(yearly, FinancialYear(year).period)
    recompute(at=NOW, stale_only=False)
    keys = [row.pk for row in (*series, *rows)]
    rows = Series.objects.filter(pk__in=keys).order_by("pk")
    return list(rows.select_related("measure", "care_group"))


@pytest.mark.parametrize("known_at", [None, AFTER])
@pytest.mark.parametrize("first", [Month(2018, 3), Month(2019, 4), Month(2022, 1), Month(2025, 4)])
def test_what_is_not_read_says_the_same_of_a_gap(with_gaps, known_at, first):
    clock, last = clock_at(NOW, known_at=known_at), first.plus(11)
    whole = histories(with_gaps, known_at=known_at)
    some = histories(with_gaps, known_at=known_at, since=first.start, until=last.end)
    for row in with_gaps:
        for month in months_between(first, last):
            assert some[row.pk].at(month, clock) == whole[row.pk].at(month, clock), (row, month)
            assert some[row.pk].state_at(month, clock) == whole[row.pk].state_at(month, clock)
        windows = some[row.pk].history.windows
        assert all(first.start <= seen.period.end <= last.end for seen in windows)


@pytest.mark.parametrize("month", [APRIL, Month(2026, 3), Month(2022, 5), Month(2019, 4)])
def test_what_is_kept_says_the_same_as_what_is_read(with_gaps, month):
    """Of lists that show some of the series, and then all: each in its own way."""
    clock, first = clock_at(NOW), month.plus(-11)

    def said(rows: list[Series]) -> list:
        recent = recent_histories(rows, month)
        some = histories(rows, since=first.start, until=month.end)
        return [
            (recent[row.pk].at(month, clock), recent[row.pk].trend, some[row.pk].at(month, clock))
            for row in rows
        ] + [some[row.pk].at(first, clock) for row in rows]

    parts = with_gaps[::2], with_gaps[::-1], with_gaps[1::2], with_gaps
    anew = [said(rows) for rows in parts]
    with kept_under(lambda: "the same"):
        kept = [said(rows) for rows in parts]
    assert kept == anew


def test_gaps_before_and_after_a_figure_read_each_in_their_way(with_gaps):
    """So that the comparison above compares something: with one of these windows alone, every cell
    of a year would be awaited.
    """
    clock, gap = clock_at(NOW), with_gaps[5]
    found = histories([gap], since=Month(2022, 1).start, until=Month(2022, 12).end)[gap.pk]
    assert found.history.windows == ()
    absent = found.at(Month(2022, 12), clock)
    assert absent.rag is Rag.NO_DATA
    assert absent.lateness == "nothing since Mar 2019 (3 years)"
    of_a_year = with_gaps[6]
    found = histories([of_a_year], since=Month(2022, 1).start, until=Month(2022, 12).end)
    assert "no monthly figure" in found[of_a_year.pk].at(Month(2022, 12), clock).lateness


def test_a_milestone_that_was_reached_long_ago_stays_reached(series):
    found = recent_histories(series, APRIL)
    standings = [found[row.pk].at(APRIL, clock_at(NOW)) for row in series]
    assert [standing.milestone_status for standing in standings].count("complete") == 1
    late = [standing for standing in standings if standing.rag is Rag.NO_DATA and standing.latest]
    assert [standing.lateness for standing in late] == [
        "nothing since Mar 2019 (7 years)",
        "nothing since Mar 2026 (1 month)",
    ]


@pytest.fixture
def rating():
    series = SeriesFactory(measure=MeasureFactory(code="rating", frequency="one_off"))
    approved(series, Month(2019, 3), 3)
    recompute(at=NOW, stale_only=False)
    return series


@pytest.mark.parametrize("known_at", [None, AFTER])
def test_a_rating_of_years_ago_is_still_the_last_one_and_its_trend(rating, known_at):
    found = recent_histories([rating], APRIL, known_at=known_at)[rating.pk]
    standing = found.at(APRIL, clock_at(known_at or NOW))
    assert (standing.shown.value, standing.shown.period) == (3, Month(2019, 3).period)
    assert found.trend == (3.0,)


@pytest.mark.parametrize("known_at", [None, AFTER])
def test_a_later_rating_does_not_hide_it_in_a_month_between(rating, known_at):
    approved(rating, Month(2023, 3), 4)
    recompute(at=NOW, stale_only=False)
    found = recent_histories([rating], Month(2022, 6), known_at=known_at)[rating.pk]
    assert found.at(Month(2022, 6), clock_at(known_at or NOW)).shown.value == 3


def test_many_rows_take_as_many_queries_as_one(rating, django_assert_num_queries):
    others = [SeriesFactory(measure=MeasureFactory(frequency="one_off")) for _ in range(5)]
    for series in others:
        approved(series, Month(2019, 3), 3)
    recompute(at=NOW, stale_only=False)
    for rows in ([rating], [rating, *others]):
        with django_assert_num_queries(5):
            recent_histories(rows, APRIL)


@pytest.mark.parametrize("known_at", [None, AFTER])
def test_an_incomplete_sum_is_a_gap_in_the_trend(known_at):
    _, trust, groups = rolled_up(CareGroupFactory(), CareGroupFactory(), over_time="sum")
    for back in range(4):
        for group in groups[: 1 if back == 2 else 2]:
            approved(group, APRIL.plus(-back), numerator=Decimal(40), denominator=Decimal(50))
    recompute(at=NOW, stale_only=False)
    found = recent_histories([trust], APRIL, known_at=known_at)[trust.pk]
    assert found.trend == (80, None, 80, 80)


@pytest.mark.parametrize("known_at", [None, AFTER])
@pytest.mark.parametrize(("later", "state"), [("published", Rag.NO_DATA), ("entered", Rag.NOT_DUE)])
def test_only_a_later_publication_passes_over_a_published_month(known_at, later, state):
    """What care groups enter by return is no publication: the month is still awaited."""
    series = SeriesFactory(fed_by="published")
    approved(series, APRIL.plus(-3), 3, origin="published")
    approved(series, APRIL.plus(-1), 4, origin=later)
    recompute(at=NOW, stale_only=False)
    missing, clock = APRIL.plus(-2), clock_at(known_at or NOW)
    for found in (recent_histories, histories):
        row = found([series], *[missing][: found is recent_histories], known_at=known_at)[series.pk]
        assert row.at(missing, clock).rag is state
