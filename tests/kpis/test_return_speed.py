"""A long return takes as many queries as a short one, to read, to save and while typing."""

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.audit import record
from accounts.models import RoleGrant
from board.models import BoardMeeting
from kmpt_tracker.answers import forget
from kpis.assessments.store import recompute, touch
from kpis.models import Commentary, ImportBatch, Measure, Rebase, Return, Series
from strategy.periods import Month
from tests.factories.measures import (
    RatioFactory,
    ReportingPeriodFactory,
    SeriesFactory,
    TargetFactory,
    approved,
)
from tests.factories.people import lead_of
from tests.factories.plans import CareGroupFactory, TrustFactory

pytestmark = pytest.mark.django_db
MONTH = Month.of(timezone.localdate()).plus(-1)
ADDRESS = f"/returns/{MONTH}/acute/"
ROWS = 60
PAGE, SAVE = 12, 25
# By a process that has just started, or after anything but a draft was written.
DRAWN_FIRST = 18
TRANSACTION = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")


@pytest.fixture
def acute(client):
    TrustFactory()
    ReportingPeriodFactory(month=MONTH)
    acute = CareGroupFactory(code="acute", name="Acute")
    client.force_login(lead_of(acute), backend="django.contrib.auth.backends.ModelBackend")
    return acute


def add_rows(acute, number: int) -> list[int]:
    rows = [SeriesFactory(measure=RatioFactory(), care_group=acute) for _ in range(number)]
    return [row.pk for row in rows]


def cells(rows, *, version: int, numerator: int) -> dict[str, str]:
    typed = {"version": str(version), "numerator": str(numerator), "denominator": "500"}
    return {f"s{row}-{box}": text for row in rows for box, text in typed.items()}


def counted(work) -> int:
    with CaptureQueriesContext(connection) as queries:
        work()
    return sum(not query["sql"].startswith(TRANSACTION) for query in queries)


def test_the_page_of_sixty_rows_with_drafts_takes_as_many_queries_as_of_two(client, acute):
    few = add_rows(acute, 2)
    client.post(ADDRESS, cells(few, version=0, numerator=470))
    cache.clear()
    forget()
    of_two = counted(lambda: client.get(ADDRESS))
    many = few + add_rows(acute, ROWS - 2)
    client.post(ADDRESS, cells(many[2:], version=0, numerator=470))
    cache.clear()
    forget()
    assert counted(lambda: client.get(ADDRESS)) == of_two
    assert counted(lambda: client.get(ADDRESS)) <= PAGE


def test_a_page_drawn_first_takes_as_many_queries_with_sixty_rows_as_with_two(client, acute):
    for rows in (2, ROWS):
        added = add_rows(acute, rows)
        client.post(ADDRESS, cells(added, version=0, numerator=470))
        cache.clear()
        forget()
        assert counted(lambda: client.get(ADDRESS)) <= DRAWN_FIRST


def test_recalculated_limits_are_one_thing_more_to_ask(client, acute):
    rows = add_rows(acute, 3)

    def drawn_first() -> int:
        cache.clear()
        forget()
        return counted(lambda: client.get(ADDRESS))

    before = drawn_first()
    Rebase.objects.create(
        series_id=rows[0],
        starts_on=MONTH.plus(-30).start,
        reason="Moved",
        recorded_at=timezone.now(),
    )
    assert drawn_first() == before + 1


def test_a_save_of_sixty_cells_takes_few_queries_whether_they_are_new_or_not(client, acute):
    rows = add_rows(acute, ROWS)
    for version in range(2):
        sent = cells(rows, version=version, numerator=470 + version)
        assert counted(lambda sent=sent: client.post(ADDRESS, sent)) <= SAVE


def test_a_page_drawn_after_a_save_takes_few_queries_and_reads_as_one_drawn_from_nothing(
    client, acute
):
    """Facts next to the boxes are kept only between saves of drafts."""
    rows = add_rows(acute, ROWS)
    client.post(ADDRESS, cells(rows, version=0, numerator=469))
    client.get(ADDRESS)
    for version, number in ((1, ROWS), (2, 1), (3, 1)):
        client.post(ADDRESS, cells(rows[:number], version=version, numerator=470 + version))
        assert counted(lambda: client.get(ADDRESS)) <= PAGE
    drawn = table_of(client)
    cache.clear()
    assert table_of(client) == drawn
    measure = Measure.objects.get(series=rows[0])
    target = TargetFactory(measure=measure, care_group=acute, value=99)
    record(at=timezone.now(), by=None, action="added", obj=target)
    drawn = table_of(client)
    assert "≥ 99" in drawn
    cache.clear()
    assert table_of(client) == drawn


def test_after_a_figure_of_another_group_the_page_takes_few_queries(client, acute):
    rows = add_rows(acute, 3)
    client.post(ADDRESS, cells(rows, version=0, numerator=470))
    client.get(ADDRESS)
    elsewhere = SeriesFactory(
        measure=Measure.objects.get(series=rows[0]), care_group=CareGroupFactory()
    )
    recompute(at=timezone.now(), stale_only=True)
    client.get(ADDRESS)
    approve(elsewhere, 91)
    assert counted(lambda: client.get(ADDRESS)) <= PAGE


def test_after_a_change_of_what_is_no_figure_the_page_takes_few_queries(client, acute):
    rows = add_rows(acute, 3)
    client.post(ADDRESS, cells(rows, version=0, numerator=470))
    for elsewhere in (ImportBatch(), RoleGrant(), BoardMeeting()):
        client.get(ADDRESS)
        record(at=timezone.now(), by=None, action="edited", obj=elsewhere, key="elsewhere")
        assert counted(lambda: client.get(ADDRESS)) <= PAGE


def test_the_page_shows_what_its_own_figures_and_comments_say_now(client, acute):
    """What is next to the boxes is kept until a figure or a comment of its own series is new."""
    series = Series.objects.get(pk=add_rows(acute, 1)[0])
    client.get(ADDRESS)
    approve(series, 91)
    assert "91.0%" in table_of(client)
    approve(series, 62)
    drawn = table_of(client)
    assert "62.0%" in drawn
    assert "91.0%" not in drawn
    for words in ("Two wards were closed", "One ward was closed"):
        Commentary.objects.create(
            series=series,
            period_start=MONTH.plus(-1).start,
            period_end=MONTH.plus(-1).end,
            what_happened=words,
            written_at=timezone.now(),
        )
        record(at=timezone.now(), by=None, action="submitted", obj=Return(), key="2026-01 acute")
        assert words in table_of(client)
    assert "Two wards" not in table_of(client)


def approve(series: Series, value: int) -> None:
    """A figure of the month before, with what is written when one is approved."""
    approved(series, MONTH.plus(-1), numerator=5 * value, denominator=500)
    touch([series.pk])
    record(at=timezone.now(), by=None, action="approved", obj=Return(), key="of a group")
    recompute(at=timezone.now(), stale_only=True)


def table_of(client) -> str:
    return client.get(ADDRESS).content.decode().split("<table")[1].split("</table>")[0]
