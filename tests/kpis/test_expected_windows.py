"""Which windows are owed: none by a closed care group, each by the clock of its month."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.http import QueryDict

from accounts.roles import Role
from board.care_groups.page import care_group_page
from kpis.asked.address import Asked
from kpis.assessments.clocks import clock_at
from kpis.assessments.read import histories
from kpis.assessments.store import recompute
from kpis.measures.load import measure_page
from kpis.models import ReportingPeriod
from kpis.months.clock import data_clock, lock_period, open_period, reopen_period
from kpis.rag import Rag
from strategy.periods import Month
from tests.factories.measures import MeasureFactory, SeriesFactory, approved, rolled_up
from tests.factories.people import performance_team, person
from tests.factories.plans import CareGroupFactory, TrustFactory
from tests.plugins.kept import kept

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
MARCH = Month(2026, 3)


def standing(series, month, now=NOW, known_at=None):
    return histories([series])[series.pk].at(month, clock_at(now, known_at=known_at))


@kept
def merged():
    """Two groups until the end of 2025, one since; each reported while it was there."""
    ended = date(2026, 1, 1)
    old = [CareGroupFactory(valid_to=ended), CareGroupFactory(valid_to=ended)]
    new = CareGroupFactory(valid_from=ended)
    new.predecessors.set(old)
    measure, trust, parts = rolled_up(*old, new)
    for month in (Month(2025, 11), Month(2025, 12)):
        for part in parts[:2]:
            approved(part, month, numerator=Decimal(8), denominator=Decimal(10))
    for month in (Month(2026, 1), Month(2026, 2)):
        approved(parts[2], month, numerator=Decimal(9), denominator=Decimal(10))
    recompute(at=NOW, stale_only=False)
    return measure, trust, parts


def test_a_group_that_is_no_more_is_never_late(merged):
    _, trust, (old, _, new) = merged
    assert standing(old, Month(2025, 12)).value == 80
    ended = standing(old, MARCH)
    assert (ended.rag, ended.is_ended, ended.shown.value) == (Rag.NOT_APPLICABLE, True, 80)
    assert standing(new, MARCH).rag is Rag.NO_DATA
    assert standing(new, Month(2025, 10)).rag is Rag.NOT_APPLICABLE
    assert standing(trust, Month(2026, 1)).groups_expected == 1


def test_after_a_merger_a_measure_lists_who_reports_it_now(merged):
    measure, _, (old, _, new) = merged
    page = measure_page(measure, TrustFactory(), now=NOW)
    assert [row.care_group for row in page.groups] == [new.care_group]
    before = measure_page(
        measure, TrustFactory(), now=NOW, known_at=datetime(2026, 1, 20, tzinfo=UTC)
    )
    assert old.care_group in [row.care_group for row in before.groups]


def test_the_pages_of_an_ended_group_stand_at_its_last_month(merged):
    measure, _, (old, _, _) = merged
    page = measure_page(measure, old.care_group, now=NOW)
    assert (page.month, page.standing.shown.value) == (Month(2025, 12), 80)
    assert page.standing.stands_in, "it is of the past: nobody reports it now"
    assert [window.rag for window in page.windows] == [Rag.NO_TARGET, Rag.NO_TARGET]
    asked = Asked(QueryDict(), now=NOW)
    assert care_group_page(old.care_group, asked).month == Month(2025, 12)


def test_the_file_has_no_gaps_of_an_ended_group(merged, client):
    client.force_login(person(Role.ANALYST))
    _, _, (old, _, new) = merged
    for series, rows in ((old, 2), (new, 4)):
        url = f"/exports/assessments.csv?care_group={series.care_group.code}&to=2026-04"
        text = b"".join(client.get(url).streaming_content).decode()
        assert len(text.splitlines()) == 1 + rows


def test_a_quarter_is_due_by_the_clock_of_the_month_that_ends_it():
    series = SeriesFactory(measure=MeasureFactory(frequency="quarterly"))
    may = Month(2026, 5)
    clock = data_clock(MARCH)
    tick = timedelta(microseconds=1)
    assert standing(series, may, clock["closes_at"]).rag is Rag.NOT_DUE
    assert standing(series, may, clock["closes_at"] + tick).rag is Rag.LATE
    assert standing(series, may, clock["freezes_at"]).rag is Rag.NO_DATA


def test_a_lock_counts_as_of_the_moment_that_is_asked_about():
    """Locked, reopened, locked again: a past moment shows the state of that time."""
    series = SeriesFactory(measure=MeasureFactory())
    by = performance_team()
    days = [datetime(2026, 4, day, 18, tzinfo=UTC) for day in (16, 20, 24)]
    period = open_period(MARCH, at=days[0])
    lock_period(period_id=period.pk, by=by, at=days[0])
    reopen_period(period_id=period.pk, by=by, at=days[1], reason="A figure was missing")
    lock_period(period_id=period.pk, by=by, at=days[2])
    assert ReportingPeriod.objects.get().locked_at == days[2]
    tick = timedelta(microseconds=1)
    wanted = [Rag.LATE, Rag.NO_DATA, Rag.NO_DATA, Rag.LATE, Rag.LATE, Rag.NO_DATA]
    moments = [moment for day in days for moment in (day - tick, day)]
    assert [standing(series, MARCH, known_at=moment).rag for moment in moments] == wanted
