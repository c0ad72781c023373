"""The windows of a series are kept while pages are read, until that series is assessed again.

So is what was derived of them: the status in a month, until a figure falls due or a month is
locked.
"""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from kmpt_tracker.answers import forget, kept_under
from kpis.assessments.clocks import clock_at
from kpis.assessments.kept import FIGURES, TABLES
from kpis.assessments.read import histories
from kpis.assessments.recent import recent_histories
from kpis.assessments.store import recompute, touch
from kpis.models import Measure, ReportingPeriod, Series, Target, TargetChange
from kpis.months.clock import data_clock
from kpis.rag import Rag
from strategy.periods import Month, months_between
from tests.factories.measures import (
    MeasureFactory,
    ReportingPeriodFactory,
    SeriesFactory,
    TargetFactory,
    approved,
)
from tests.factories.people import performance_team
from tests.platform.test_answers import by_another_process
from tests.plugins.kept import kept

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
FIRST, APRIL, MAY = Month(2025, 5), Month(2026, 4), Month(2026, 5)
TICK = timedelta(microseconds=1)


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


def change(target: Target, **terms) -> None:
    """An approved change of a target from May on."""
    by = performance_team()
    TargetChange.objects.create(
        target=target, effective_from=MAY.start, reason="As agreed", needs_second_person=False,
        proposed_at=NOW, proposed_by=by, outcome="approved", decided_at=NOW, decided_by=by, **terms,
    )  # fmt: skip


def waiting_in_may() -> list:
    """How the series that has no figure for May reads in May, with its target."""
    with kept_under(lambda: "one page after the other"):
        (row,) = [row for row in both() if row.measure.code == "waiting"]
        found = recent_histories([row], MAY)[row.pk].at(MAY, clock_at(NOW))
        whole = histories([row])[row.pk].at(MAY, clock_at(NOW))
    assert found.rag == whole.rag
    assert found.target == whole.target
    return [found.rag, found.target.value if found.target else None]


def test_a_status_turns_with_the_clock_of_its_month(two_series):
    rows = both()
    ReportingPeriodFactory(month=MAY)
    closes = data_clock(MAY)["closes_at"]
    states = []
    with kept_under(lambda: "one page after the other"):
        for now in (closes, closes, closes + TICK, closes + timedelta(days=60), closes):
            found = histories(rows)[rows[0].pk]
            states.append(found.at(MAY, clock_at(now)).rag)
    assert states == [Rag.NOT_DUE, Rag.NOT_DUE, Rag.LATE, Rag.LATE, Rag.NOT_DUE]
    with kept_under(lambda: "one page after the other"):
        ReportingPeriod.objects.filter(starts_on=MAY.start).update(locked_at=closes)
        assert histories(rows)[rows[0].pk].at(MAY, clock_at(closes)).rag == Rag.NO_DATA


def test_a_target_that_this_process_writes_is_seen_in_a_month_without_a_figure():
    measure = Measure.objects.get(code="waiting")
    assert waiting_in_may()[1] is None
    target = TargetFactory(measure=measure, value=7)
    assert waiting_in_may()[1] == 7
    Target.objects.filter(pk=target.pk).update(value=8)
    assert waiting_in_may()[1] == 8
    with transaction.atomic():
        Target.objects.filter(pk=target.pk).update(value=9)
        assert waiting_in_may()[1] == 9
        transaction.set_rollback(True)
    assert waiting_in_may()[1] == 8
    change(target, value=Decimal(5))
    assert waiting_in_may()[1] == 5


def test_only_what_is_named_is_read_of_a_series():
    """A table that is not would change and what is kept of it would stay."""
    read()
    forget()
    target = TargetFactory(
        measure=Measure.objects.get(code="waiting"), profile="explicit_points", value=None
    )
    target.points.create(month=MAY.start, value=3)
    change(target, value=Decimal(5))
    with kept_under(lambda: "one page"), CaptureQueriesContext(connection) as asked:
        rows = both()
        histories(rows)
        histories(rows, since=FIRST.start, until=APRIL.end)
        recent_histories(rows, APRIL)
    tables = {table for q in asked for table in re.findall(r'(?:FROM|JOIN) "(\w+)"', q["sql"])}
    assert {"kpis_targetpoint", "kpis_targetchange"} < tables <= set(TABLES)
