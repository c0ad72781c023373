"""A window is asked for in the return that closes after its lag, by every page and file alike."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.permissions import NotAllowed
from kpis.assessments.clocks import clock_at
from kpis.assessments.read import histories
from kpis.assessments.store import recompute
from kpis.models import Actual, Measure, Return, ReturnCell
from kpis.months.clock import data_clock
from kpis.months.due import FigureDue
from kpis.rag import Rag
from kpis.returns import approve as approval
from kpis.returns import submit as submitting
from kpis.returns.cells import CellText
from kpis.returns.in_hand import cells_of, due_rows
from kpis.returns.judge import facts_of
from kpis.returns.merging import CellEntry
from kpis.returns.overview import period_overview
from kpis.returns.page import return_page
from kpis.returns.rows import return_row
from kpis.returns.save import save_draft
from kpis.returns.states import open_return
from strategy.periods import Month, Period
from tests.factories.measures import (
    MeasureFactory,
    MilestoneFactory,
    ReportingPeriodFactory,
    SeriesFactory,
    TargetFactory,
    approved,
)
from tests.factories.people import access, lead_of, performance_team
from tests.factories.plans import CareGroupFactory

pytestmark = pytest.mark.django_db
TICK = timedelta(microseconds=1)


class World:
    """A care group with a measure of some rhythm and lag."""

    def __init__(self, frequency: str, lag: int | None):
        self.group = CareGroupFactory(code="acute")
        measure = MeasureFactory(
            code="stays", name="Stays", frequency=frequency, reporting_lag_days=lag
        )
        self.series = SeriesFactory(measure=measure, care_group=self.group)
        self.lead, self.team = lead_of(self.group), performance_team()

    def submission(self, month: Month):
        period = ReportingPeriodFactory(month=month)
        return open_return(period=period, care_group=self.group)

    def asked(self, month: Month) -> list[str]:
        period = ReportingPeriodFactory.build(month=month)
        rows = due_rows(Return(period=period, care_group=self.group))
        return [row.window.label for row in rows.values()]

    def enter(self, submission, *values: str) -> list[submitting.ToFinish]:
        """Values into the rows of a return, oldest window first, and submitted."""
        by, at = self.lead, submission.period.opens_at + timedelta(days=1)
        versions = {key: cell.version for key, cell in cells_of(submission).items()}
        entries = [
            CellEntry(key, versions.get(key, 0), CellText(value=value))
            for key, value in zip(due_rows(submission), values, strict=True)
        ]
        who = {"by": by, "access": access(by)}
        save_draft(submission_id=submission.pk, entries=entries, at=at, **who)
        submission.refresh_from_db()
        return submitting.submit(
            submission_id=submission.pk, version=submission.version, at=at, **who
        )

    def approve(self, submission) -> None:
        submission.refresh_from_db()
        approval.approve(
            submission_id=submission.pk,
            version=submission.version,
            by=self.team,
            access=access(self.team),
            at=submission.period.opens_at + timedelta(days=2),
        )
        recompute(at=submission.period.opens_at + timedelta(days=2), stale_only=False)

    def state(self, month: Month, now: datetime) -> Rag:
        found = histories([self.series])[self.series.pk]
        return found.at(month, clock_at(now)).rag


def test_a_quarter_is_asked_for_once_when_its_lag_has_passed():
    world = World("quarterly", 45)
    asked = {str(month): world.asked(month) for month in map(Month(2025, 12).plus, range(6))}
    assert asked == {
        "2025-12": [],
        "2026-01": [],
        "2026-02": ["Oct to Dec 2025"],
        "2026-03": [],
        "2026-04": ["Jan to Mar 2026"],
        "2026-05": [],
    }


@pytest.mark.parametrize(
    ("frequency", "lag", "window", "month"),
    [
        ("quarterly", 45, Period.parse("2025/26 Q3"), Month(2026, 2)),
        # A measure with a lag of 60 days is not late on day 28.
        ("monthly", 60, Period.parse("2026-01"), Month(2026, 3)),
        ("annual", 90, Period.parse("2025/26"), Month(2026, 6)),
    ],
)
def test_it_is_late_from_the_close_of_that_return_and_missing_once_that_is_locked(
    frequency, lag, window, month
):
    world, clock = World(frequency, lag), data_clock(month)
    before = Period.spanning(
        window.last_month.plus(1 - 2 * window.length), window.last_month.plus(-window.length)
    )
    approved(world.series, before.last_month, 4, period=before)
    recompute(at=clock["opens_at"], stale_only=False)
    wanted = [
        (datetime.combine(window.end, datetime.min.time(), UTC) + timedelta(days=29), Rag.NOT_DUE),
        (clock["closes_at"], Rag.NOT_DUE),
        (clock["closes_at"] + TICK, Rag.LATE),
        (clock["freezes_at"] - TICK, Rag.LATE),
        (clock["freezes_at"], Rag.NO_DATA),
    ]
    assert [(at, world.state(window.last_month, at)) for at, _ in wanted] == wanted


def test_what_the_return_asks_for_becomes_the_figure_of_its_window():
    world = World("quarterly", 45)
    february = world.submission(Month(2026, 2))
    target = TargetFactory(measure=world.series.measure, care_group=world.group, value=7)
    (row,) = return_page(february, now=timezone.now()).rows
    assert row.window.label == "Oct to Dec 2025"
    assert row.result.target.pk == target.pk
    assert world.enter(february, "12") == []
    world.approve(february)
    figure = Actual.objects.get()
    assert (figure.period_start, figure.period_end) == (date(2025, 10, 1), date(2025, 12, 31))
    assert world.state(Month(2026, 2), datetime(2026, 3, 20, tzinfo=UTC)) is Rag.GREEN
    (again,) = return_page(february, now=timezone.now()).rows
    assert (again.held.value, again.text.value) == (12, "12")


def test_whoever_typed_a_lagged_figure_does_not_approve_it():
    """The lead submits, but the performance team typed the figure."""
    world = World("quarterly", 45)
    february = world.submission(Month(2026, 2))
    at, who = february.period.opens_at, {"by": world.team, "access": access(world.team)}
    (key,) = due_rows(february)
    entry = CellEntry(key, 0, CellText(value="12"))
    save_draft(submission_id=february.pk, entries=[entry], at=at, **who)
    february.refresh_from_db()
    submitting.submit(
        submission_id=february.pk,
        version=february.version,
        at=at,
        by=world.lead,
        access=access(world.lead),
    )
    with pytest.raises(NotAllowed, match="You entered or submitted figures"):
        world.approve(february)
    world.team = performance_team(first_name="Priya")
    world.approve(february)
    assert Actual.objects.get().value == 12


def test_a_return_that_asks_for_two_months_takes_both():
    """Working days and months differ in length: some returns close 45 days after two months."""
    world = World("monthly", 45)
    months = [month for month in map(Month(2025, 6).plus, range(14)) if len(world.asked(month)) > 1]
    month = months[0]
    first, second = world.asked(month)
    submission = world.submission(month)
    assert world.enter(submission, "5", "6") == []
    world.approve(submission)
    figures = Actual.objects.order_by("period_end")
    assert [(Month.of(row.period_end).label, row.value) for row in figures] == [
        (first, 5),
        (second, 6),
    ]
    labels = {row.window.label for row in return_page(submission, now=timezone.now()).rows}
    assert labels == {first, second}
    problems = world.enter(submission, "5", "7")
    assert [problem.message for problem in problems] == [
        f"Stays, {second}: say why the approved figure is corrected"
    ]


def test_the_completion_page_counts_what_the_return_asks_for():
    world = World("quarterly", 45)
    now = datetime(2026, 3, 4, tzinfo=UTC)
    for month, due in ((Month(2025, 12), []), (Month(2026, 2), [1])):
        period = ReportingPeriodFactory(month=month)
        rows = period_overview(period, access(world.team), now=now)
        assert [row.due for row in rows] == due


def test_a_figure_typed_stays_with_its_window_when_a_clock_is_moved():
    """January closes later after all: the quarter is asked for there, and February's box stays."""
    world = World("quarterly", 45)
    february = world.submission(Month(2026, 2))
    world.enter(february, "12")
    january = world.submission(Month(2026, 1))
    january.period.closes_at = datetime(2026, 2, 14, 17, tzinfo=UTC)
    january.period.save()
    assert [row.window.label for row in due_rows(january).values()] == ["Oct to Dec 2025"]
    assert due_rows(february) == {}
    assert ReturnCell.objects.get().period_end == date(2025, 12, 31)


def test_who_has_ended_by_then_has_no_return_for_it():
    world = World("quarterly", 45)
    world.group.valid_to = date(2026, 2, 1)
    world.group.save()
    assert world.asked(Month(2026, 2)) == []
    assert world.state(Month(2026, 3), datetime(2026, 5, 1, tzinfo=UTC)) is Rag.NOT_APPLICABLE


def test_the_page_of_the_return_names_the_window_and_those_before(client):
    world = World("quarterly", 45)
    before = Period.parse("2025/26 Q2")
    approved(world.series, before.last_month, 4, period=before)
    february = world.submission(Month(2026, 2))
    recompute(at=february.period.opens_at, stale_only=False)
    client.force_login(world.lead)
    page = re.sub(r"\s+", " ", client.get(february.get_absolute_url()).text)
    assert "(Oct to Dec 2025)" in page
    assert "<small>Jul to Sep 2025</small>" in page


def test_a_return_shows_quarters_as_typed_and_names_the_year_that_is_rated(client):
    world = World("quarterly", 45)
    Measure.objects.update(over_time="sum", judged_on="rolling_12", direction="lower_is_better")
    for place, value in enumerate((4, 5, 6)):
        quarter = Period.spanning(Month(2025, 1 + 3 * place), Month(2025, 3 + 3 * place))
        approved(world.series, quarter.last_month, value, period=quarter)
    february = world.submission(Month(2026, 2))
    recompute(at=february.period.opens_at, stale_only=False)
    world.enter(february, "7")
    client.force_login(world.lead)
    page = re.sub(r"\s+", " ", client.get(february.get_absolute_url()).text)
    for own, window in (("4", "Jan to Mar"), ("5", "Apr to Jun"), ("6", "Jul to Sep")):
        assert f"> {own} <small>{window} 2025</small>" in page
    assert "<b>7</b>" in page
    assert "<small>12 months to Dec 2025: 22</small>" in page
    client.force_login(world.team)
    review = re.sub(r"\s+", " ", client.get(f"{february.get_absolute_url()}review/").text)
    assert "7 <small>12 months to Dec 2025: 22</small>" in review


def test_a_milestone_that_is_complete_reads_so_in_later_returns():
    series = SeriesFactory(measure=MilestoneFactory(code="new-system"))
    june, july = Month(2026, 6), Month(2026, 7)
    asked = FigureDue(series, july.period, july)

    def absence() -> Rag:
        (facts,) = facts_of([asked]).values()
        return return_row(asked, facts, 0, CellText(), Rag.NO_DATA).absence

    approved(series, june.plus(-1), milestone_status="on_track")
    assert absence() is Rag.NO_DATA
    approved(series, june, milestone_status="complete", completed_on=june.end)
    assert absence() is Rag.BLUE
