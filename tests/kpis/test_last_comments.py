"""A list shows the last comment of each series, and reads no others."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kpis.models import Commentary, Series
from strategy.periods import FinancialYear, Month, months_between
from tests.factories.measures import SeriesFactory

pytestmark = pytest.mark.django_db
BEGAN = datetime(2025, 6, 1, 9, tzinfo=UTC)


def comment(series: Series, window, number: int, words: str, *, is_approved: bool = True) -> None:
    at = BEGAN + timedelta(hours=number)
    Commentary.objects.create(
        series=series,
        period_start=window.start,
        period_end=window.end,
        what_happened=words,
        written_at=at,
        approved_at=at if is_approved else None,
    )


def last_of(until: date, known_at: datetime | None) -> dict[int, str]:
    """By the words of the rule: of each window the latest approved version, unless that is empty;
    of each series the comment on its latest window.
    """
    newest: dict[tuple, Commentary] = {}
    for row in Commentary.objects.exclude(approved_at=None).order_by("pk"):
        if known_at is None or row.approved_at <= known_at:
            newest[row.series_id, row.period_end, row.period_start] = row
    found: dict[int, str] = {}
    for (series, ends, _), row in sorted(newest.items(), key=lambda item: item[0]):
        if row.what_happened and ends <= until:
            found[series] = row.what_happened
    return found


@pytest.mark.parametrize("seed", range(4))
def test_it_is_the_last_that_was_approved_and_not_emptied(seed):
    pick = random.Random(seed)
    every = [SeriesFactory() for _ in range(5)]
    months = list(months_between(Month(2025, 1), Month(2025, 9)))
    windows = [*(month.period for month in months), FinancialYear(2024).period]
    for number in range(60):
        series, window = pick.choice(every[:4]), pick.choice(windows)
        words = pick.choice([f"words {number}", f"words {number}", ""])
        comment(series, window, number, words, is_approved=pick.random() < 0.8)
    for known_at in (None, BEGAN + timedelta(hours=20), BEGAN - timedelta(hours=1)):
        for until in (months[-1].end, Month(2025, 3).end, Month(2024, 12).end):
            rows = Commentary.objects.last_of_each_series(until, known_at)
            assert {row.series_id: row.what_happened for row in rows} == last_of(until, known_at)
            assert len(rows) == len({row.series_id for row in rows})


def test_of_ten_years_of_comments_one_row_is_read():
    series = SeriesFactory()
    for number, month in enumerate(months_between(Month(2015, 4), Month(2025, 3))):
        comment(series, month.period, number, f"words {number}")
    with CaptureQueriesContext(connection) as asked:
        (row,) = Commentary.objects.last_of_each_series(Month(2024, 12).end)
    assert row.what_happened == "words 116"
    assert len(asked) == 1
