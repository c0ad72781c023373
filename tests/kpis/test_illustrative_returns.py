"""Made-up months: an approved return for every figure, and one that is left to be entered."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import F

from accounts.models import AuditEvent
from kpis.assessments import tampering
from kpis.fixtures.illustrative import clear_illustrative_measures, illustrate_measures
from kpis.models import Actual, Decision, ReportingPeriod, Return, ReturnCell
from kpis.months.clock import data_clock, lock_period, reopen_period
from kpis.returns import approve as approval
from kpis.returns import submit as submitting
from kpis.returns.cells import CellText
from kpis.returns.in_hand import cells_of, text_of
from kpis.returns.merging import CellEntry
from kpis.returns.overview import period_overview
from kpis.returns.save import save_draft
from kpis.returns.states import open_return
from strategy.periods import Month
from tests.factories.measures import MeasureFactory, SeriesFactory, TargetFactory, rolled_up
from tests.factories.people import access, lead_of, performance_team
from tests.factories.plans import CareGroupFactory, PlanFactory

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
# Late in a month, long after entry for the month before usually closes.
NOW = datetime(2023, 8, 29, 10, tzinfo=UTC)
JUNE, JULY, AUGUST = Month(2023, 6), Month(2023, 7), Month(2023, 8)


class World:
    """Two groups and the trust, with a ratio, a count of its own, and a quarterly one."""

    def __init__(self) -> None:
        self.acute = CareGroupFactory(code="acute", name="Acute")
        self.older = CareGroupFactory(code="older", name="Older")
        measure, self.trust, (self.ratio, self.other) = rolled_up(self.acute, self.older)
        self.calls = SeriesFactory(measure=MeasureFactory(code="calls"), care_group=self.acute)
        self.staff = SeriesFactory(measure=MeasureFactory(frequency="quarterly"))
        plan = PlanFactory()
        for counted in (measure, self.calls.measure, self.staff.measure):
            TargetFactory(measure=counted, plan=plan)
        self.lead, self.team = lead_of(self.acute), performance_team()

    def illustrate(self, at: datetime = NOW) -> int:
        return illustrate_measures(at=at, leave_open="acute", say=lambda text: None)

    def save(self, submission: Return, text: CellText, *, at: datetime = NOW):
        versions = {pk: cell.version for pk, cell in cells_of(submission).items()}
        series = self.ratio.pk
        return save_draft(
            submission_id=submission.pk,
            by=self.lead,
            access=access(self.lead),
            at=at,
            entries=[CellEntry(series, versions.get(series, 0), text)],
        )


@pytest.fixture
def world() -> World:
    found = World()
    found.illustrate()
    return found


def statuses(world: World, month: Month, now: datetime = NOW) -> dict[str, str]:
    rows = period_overview(
        ReportingPeriod.objects.get(starts_on=month.start), access(world.team), now=now
    )
    assert not any(row.is_late for row in rows)
    return {row.care_group.code: row.status for row in rows}


def trace() -> list:
    """Everything that a demonstration leaves behind, except the audit record."""
    return [
        list(rows.values())
        for rows in (
            Actual.objects.all(),
            Decision.objects.all(),
            Return.objects.all(),
            ReturnCell.objects.all(),
            ReportingPeriod.objects.all(),
        )
    ]


def test_every_made_up_month_has_approved_returns_and_is_locked(world):
    assert statuses(world, JUNE) == {"trust": "approved", "acute": "approved", "older": "approved"}
    assert statuses(world, Month(2023, 5)) == {"acute": "approved", "older": "approved"}
    months = ReportingPeriod.objects.filter(starts_on__lt=JULY.start)
    assert [row.locked_at for row in months] == [row.freezes_at for row in months]
    made = Return.objects.filter(period__in=months)
    assert all(row.is_made_up and row.approved_by is None for row in made)
    assert not made.filter(submitted_at__gt=F("period__closes_at")).exists()
    assert not Actual.objects.filter(submission__isnull=True).exists()


def test_the_open_month_waits_for_the_lead_alone_and_can_be_entered_today(world):
    assert statuses(world, JULY) == {"acute": "not_started", "older": "approved"}
    period = ReportingPeriod.objects.get(starts_on=JULY.start)
    assert period.locked_at is None
    assert period.opens_at == data_clock(JULY)["opens_at"] <= NOW < period.closes_at
    assert not Actual.objects.filter(period_end=JULY.end, series__care_group=world.acute).exists()


@pytest.mark.parametrize("day", [1, 14, 15, 16, 22, 31])
def test_the_lead_can_enter_on_any_day_of_the_month(day):
    now = datetime(2023, 8, day, 22, tzinfo=UTC)
    World().illustrate(now)
    period = ReportingPeriod.objects.get(starts_on=JULY.start)
    assert period.is_open(now)
    assert now < period.closes_at
    assert not Decision.objects.filter(known_from__gt=now).exists()
    assert not Return.objects.filter(approved_at__gt=now).exists()


def test_the_boxes_of_a_made_up_return_hold_its_figures(world):
    cells = ReturnCell.objects.filter(submission__is_illustrative=True)
    assert cells.count() == sum(
        row.due
        for month in (Month(2023, 4), Month(2023, 5), JUNE, JULY)
        for row in period_overview(
            ReportingPeriod.objects.get(starts_on=month.start), access(world.team), now=NOW
        )
        if row.status == "approved"
    )
    for cell in cells.select_related("series__measure", "submission__period"):
        made = Actual.objects.filter(
            series=cell.series, period_end=cell.submission.period.month.end
        ).first()
        assert cell.error == ""
        if made is None:
            assert cell.no_data_reason
        else:
            assert (cell.numerator, cell.denominator) == (made.numerator, made.denominator)
            assert round(cell.value, 6) == made.value


def test_a_second_run_changes_nothing(world):
    before, events = trace(), AuditEvent.objects.count()
    assert world.illustrate(NOW + timedelta(hours=5)) == 0
    assert (trace(), AuditEvent.objects.count()) == (before, events)


def test_each_return_is_on_record_as_the_tracker_s_own(world):
    made = AuditEvent.objects.filter(object_type="kpis.return")
    assert {row.object_key for row in made} == {str(row) for row in Return.objects.all()}
    assert {(row.by, row.action) for row in made} == {(None, "illustrated")}


@pytest.mark.parametrize(
    ("model", "changed"),
    [
        (ReportingPeriod, {"locked_at": None}),
        (ReportingPeriod, {"locked_at": NOW}),
        (ReportingPeriod, {"closes_at": F("closes_at") + timedelta(hours=1)}),
        (ReportingPeriod, {"freezes_at": NOW}),
        (Return, {"status": "submitted"}),
        (Return, {"approved_at": NOW - timedelta(days=300)}),
        (Return, {"submitted_at": NOW - timedelta(days=300)}),
    ],
)
def test_what_is_changed_of_a_made_up_month_in_the_database_is_found(world, model, changed):
    def kinds() -> set[str]:
        said = {"clock otherwise", "decided otherwise", "locked otherwise"}
        return said & {kind for kind, _ in tampering.findings()}

    assert kinds() == set()
    months = ReportingPeriod.objects.filter(starts_on=JUNE.start)
    rows = months if model is ReportingPeriod else Return.objects.filter(period__in=months)
    assert rows.update(**changed)
    assert len(kinds()) == 1


def test_a_month_later_what_was_left_open_is_filled_and_the_next_month_is_open(world):
    closes = ReportingPeriod.objects.get(starts_on=JULY.start).closes_at
    later = datetime(2023, 9, 25, 9, tzinfo=UTC)
    assert world.illustrate(later) > 0
    assert statuses(world, JULY, later) == {"acute": "approved", "older": "approved"}
    assert statuses(world, AUGUST, later) == {"acute": "not_started", "older": "approved"}
    period = ReportingPeriod.objects.get(starts_on=JULY.start)
    assert (period.locked_at, period.closes_at) == (later, closes)
    # The tracker says the same about that month as before.
    filled = Decision.objects.get(actual__series=world.calls, actual__period_end=JULY.end)
    assert filled.known_from == later
    assert AuditEvent.objects.get(object_key="2023-07", action="locked").by is None
    assert ReportingPeriod.objects.get(starts_on=AUGUST.start).is_open(later)


def test_what_a_person_has_begun_stays_theirs_a_month_later(world):
    period = ReportingPeriod.objects.get(starts_on=JULY.start)
    submission = open_return(period=period, care_group=world.acute)
    world.save(submission, CellText(numerator="41", denominator="50"))
    world.illustrate(datetime(2023, 9, 25, 9, tzinfo=UTC))
    submission.refresh_from_db()
    assert (submission.status, submission.is_illustrative) == ("draft", False)
    assert submission.cells.count() == 1
    assert not submission.actuals.exists()
    assert ReportingPeriod.objects.get(pk=period.pk).locked_at is None


def test_a_month_that_a_person_reopened_is_not_locked_again(world):
    period = ReportingPeriod.objects.get(starts_on=JULY.start)
    lock_period(period_id=period.pk, by=world.team, at=NOW)
    reopen_period(period_id=period.pk, by=world.team, at=NOW, reason="One more figure")
    world.illustrate(datetime(2023, 9, 25, 9, tzinfo=UTC))
    assert ReportingPeriod.objects.get(pk=period.pk).locked_at is None


def test_clearing_takes_returns_boxes_and_months_away(world):
    clear_illustrative_measures(at=NOW)
    assert trace() == [[], [], [], [], []]
    cleared = AuditEvent.objects.get(action="cleared illustrative")
    assert {change["field"] for change in cleared.changes} == {"actuals", "returns"}


def test_clearing_leaves_what_people_entered_and_their_month_as_it_was(world):
    period = ReportingPeriod.objects.get(starts_on=JULY.start)
    submission = open_return(period=period, care_group=world.acute)
    whole = CellText(numerator="41", denominator="50")
    world.save(submission, whole)
    clock = (period.opens_at, period.closes_at, period.freezes_at)
    clear_illustrative_measures(at=NOW)
    assert list(Return.objects.all()) == [submission]
    period = ReportingPeriod.objects.get()
    assert (period.month, period.is_illustrative) == (JULY, False)
    assert (period.opens_at, period.closes_at, period.freezes_at) == clock
    assert submission.cells.get().numerator == 41


def test_clearing_gives_a_month_that_people_only_locked_its_usual_clock(world):
    period = ReportingPeriod.objects.get(starts_on=JULY.start)
    lock_period(period_id=period.pk, by=world.team, at=NOW)
    clear_illustrative_measures(at=NOW)
    period = ReportingPeriod.objects.get()
    usual = data_clock(JULY)
    assert {name: getattr(period, name) for name in usual} == usual
    assert (period.locked_at, period.is_illustrative) == (NOW, False)


def test_a_remark_on_a_made_up_figure_keeps_no_made_up_figure(world):
    """A person who adds a comment to an invented figure has not entered that figure."""
    period = ReportingPeriod.objects.get(starts_on=JULY.start)
    submission = Return.objects.get(period=period, care_group=world.older)
    cell = submission.cells.get(series=world.other)
    lead = lead_of(world.older)
    text = text_of(cell)
    save_draft(
        submission_id=submission.pk,
        by=lead,
        access=access(lead),
        at=NOW,
        entries=[
            CellEntry(
                world.other.pk,
                cell.version,
                CellText(
                    numerator=text.numerator, denominator=text.denominator, comment="Ask the ward"
                ),
            )
        ],
    )
    clear_illustrative_measures(at=NOW)
    kept = Return.objects.get()
    assert (kept.status, kept.is_illustrative, kept.approved_at) == ("draft", False, None)
    cell = kept.cells.get()
    assert (cell.comment, cell.numerator_text, cell.value) == ("Ask the ward", "", None)


def test_the_lead_enters_the_team_approves_and_the_trust_is_complete(world):
    period = ReportingPeriod.objects.get(starts_on=JULY.start)
    submission = open_return(period=period, care_group=world.acute)
    entries = [
        CellEntry(world.ratio.pk, 0, CellText(numerator="41", denominator="50")),
        CellEntry(world.calls.pk, 0, CellText(no_data_reason="Nobody counted")),
    ]
    who = {"by": world.lead, "access": access(world.lead), "at": NOW}
    saved = save_draft(submission_id=submission.pk, entries=entries, **who)
    version = saved.submission.version
    assert submitting.submit(submission_id=submission.pk, version=version, **who) == []
    submission.refresh_from_db()
    approval.approve(
        submission_id=submission.pk,
        version=submission.version,
        by=world.team,
        access=access(world.team),
        at=NOW,
    )
    assert statuses(world, JULY) == {"acute": "approved", "older": "approved"}
    assert Actual.objects.current().filter(series=world.ratio, origin="entered").exists()


@pytest.mark.parametrize("address", ["/returns/", "/returns/2023-06/", "/returns/2023-06/older/"])
def test_pages_call_a_made_up_return_illustrative(world, client, address):
    client.force_login(world.team)
    page = client.get(address).content.decode()
    assert "Illustrative" in page
    assert "None" not in page
