"""The windows of a series are kept while pages are read, until that series is assessed again."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from kmpt_tracker.answers import forget, kept_under
from kpis.assessments.clocks import clock_at
from kpis.assessments.kept import FIGURES
from kpis.assessments.read import histories
from kpis.assessments.recent import recent_histories
from kpis.assessments.store import recompute, touch
from kpis.models import Series
from strategy.periods import Month, months_between
from tests.factories.measures import MeasureFactory, SeriesFactory, approved
from tests.platform.test_answers import by_another_process
from tests.plugins.kept import kept

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
FIRST, APRIL = Month(2025, 5), Month(2026, 4)


@kept
def two_series() -> None:
    for code in ("seen", "waiting"):
        series = SeriesFactory(measure=MeasureFactory(code=code))
        for month in months_between(FIRST, APRIL):
            approved(series, month, month.month)
    recompute(at=NOW, stale_only=False)


def both() -> list[Series]:
    found = Series.objects.filter(measure__code__in=("seen", "waiting"))
    return list(found.select_related("measure", "care_group").order_by("measure__code"))


def read() -> tuple[dict[str, list], list[str]]:
    """The values of a year, the latest one of the list, and the questions about windows."""
    found, rows = {}, both()
    with kept_under(lambda: "one page after the other"), CaptureQueriesContext(connection) as asked:
        whole = histories(rows, since=FIRST.start, until=APRIL.end)
        recent = recent_histories(rows, APRIL)
        for row in rows:
            standing = recent[row.pk].at(APRIL, clock_at(NOW))
            values = [window.value for window in whole[row.pk].history.windows]
            found[row.measure.code] = [*values, standing.value, recent[row.pk].trend[-1]]
    return found, [q["sql"] for q in asked if 'FROM "kpis_assessment"' in q["sql"]]


def enter(code: str, value: int) -> None:
    series = Series.objects.get(measure__code=code)
    approved(series, APRIL, value)
    touch([series.pk])
    recompute(at=NOW, stale_only=True)


@pytest.fixture(autouse=True)
def _nothing_kept(two_series):
    forget()
    yield
    forget()


def test_windows_are_read_once():
    found, asked = read()
    assert len(asked) >= 3
    assert found["seen"] == found["waiting"] == [*range(5, 13), *range(1, 5), 4, 4]
    assert read() == (found, [])


def test_outside_a_page_nothing_is_kept():
    for _ in range(2):
        with CaptureQueriesContext(connection) as asked:
            histories(both(), since=FIRST.start)
        assert sum('FROM "kpis_assessment"' in query["sql"] for query in asked) > 1
    assert FIGURES.held == 0


def test_a_figure_that_this_process_assessed_is_seen():
    before, _ = read()
    enter("seen", 40)
    after, _ = read()
    assert after["waiting"] == before["waiting"]
    assert after["seen"] == [*before["seen"][:-3], 40, 40, 40]


def test_so_is_one_assessed_at_the_same_moment_and_with_the_same_version(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    recompute(at=NOW, stale_only=False)
    before, _ = read()
    approved(Series.objects.get(measure__code="seen"), APRIL, 40)
    recompute(at=NOW, stale_only=False)
    after, _ = read()
    assert after == before | {"seen": [*before["seen"][:-3], 40, 40, 40]}


def test_of_what_another_process_assessed_only_that_series_is_read_again():
    before, _ = read()
    series = Series.objects.get(measure__code="seen")
    window = f"period_end = '{APRIL.end}' AND series_id = {series.pk}"
    by_another_process(f"UPDATE kpis_assessment SET value = 40 WHERE {window}")
    assert read() == (before, []), "no assessment is written without its version or its moment"
    next_version = "data_version = data_version + 1, assessed_version = assessed_version + 1"
    by_another_process(f"UPDATE kpis_series SET {next_version} WHERE id = {series.pk}")
    after, asked = read()
    assert after["seen"] == [*before["seen"][:-3], 40, 40, 40]
    assert after["waiting"] == before["waiting"]
    assert asked
    assert all(f"IN ({series.pk})" in sql for sql in asked if '"series_id" IN' in sql)


def test_a_series_assessed_again_without_a_new_version_is_read_again():
    read()
    series = Series.objects.get(measure__code="seen")
    by_another_process(f"UPDATE kpis_assessment SET value = 7 WHERE series_id = {series.pk}")
    later = (series.assessed_at + timedelta(seconds=1)).strftime("%Y-%m-%d %H:%M:%S")
    by_another_process(f"UPDATE kpis_series SET assessed_at = '{later}' WHERE id = {series.pk}")
    assert set(read()[0]["seen"]) == {7}


def test_what_is_taken_back_was_never_kept():
    before, _ = read()
    with transaction.atomic():
        enter("seen", 40)
        assert read()[0]["seen"][-1] == 40
        transaction.set_rollback(True)
    assert read()[0] == before


def test_another_stamp_of_what_seldom_changes_keeps_its_own():
    with kept_under(lambda: "one"):
        histories(both())
    by_another_process("UPDATE kpis_assessment SET value = 7")
    with kept_under(lambda: "another"):
        found = histories(both())
    assert {window.value for row in found.values() for window in row.history.windows} == {7}
