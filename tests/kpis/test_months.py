"""The clock of the months: what may be changed, by whom, and what it never rewrites."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEvent
from accounts.roles import Role
from kmpt_tracker.ui.formats import format_moment
from kpis.assessments.clocks import clock_at
from kpis.assessments.read import histories
from kpis.assessments.series_history import windows_until
from kpis.assessments.store import recompute
from kpis.exports.actuals import ACTUALS
from kpis.judging.freshness import DataClock, figure_status
from kpis.models import Actual, Decision, ReportingPeriod
from kpis.months.change import ClockChanged, change_clock
from kpis.months.clock import (
    PeriodRefused,
    data_clock,
    lock_period,
    reopen_period,
)
from strategy.exports.filters import Filters
from strategy.moments import LONDON, london_date
from strategy.periods import Month
from tests.cells import cells
from tests.factories.measures import ReturnFactory
from tests.factories.people import access, lead_of, performance_team, person
from tests.factories.plans import CareGroupFactory

SEPTEMBER = Month(2026, 9)
CLOCK = data_clock(SEPTEMBER)
BEFORE = CLOCK["opens_at"] - timedelta(days=3)
OPEN = CLOCK["opens_at"] + timedelta(days=3)
CLOSED = CLOCK["closes_at"] + timedelta(hours=2)
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def change(db):
    team = performance_team()

    def change(at: datetime, version: int = 0, by=team, **wanted) -> ReportingPeriod | None:
        stored = ReportingPeriod.objects.filter(starts_on=SEPTEMBER.start).first()
        now = {name: getattr(stored, name) for name in CLOCK} if stored else CLOCK
        return change_clock(
            month=SEPTEMBER,
            version=version or (stored.version if stored else 0),
            wanted={**now, **wanted},
            reason="Half term",
            by=by,
            access=access(by),
            at=at,
        )

    return change


def test_a_coming_month_gets_its_own_clock_with_the_first_change(change):
    later = CLOCK["closes_at"] + timedelta(hours=3)
    assert change(BEFORE) is None
    assert not ReportingPeriod.objects.exists()
    period = change(BEFORE, closes_at=later)
    assert (period.closes_at, period.locked_at, period.version) == (later, None, 2)
    event = AuditEvent.objects.get()
    assert (event.action, event.reason) == ("clock changed", "Half term")
    assert [row["field"] for row in event.changes] == ["closes_at", "version"]


@pytest.mark.parametrize(
    ("at", "field", "moved", "words"),
    [
        (OPEN, "opens_at", timedelta(hours=1), "Entry has opened"),
        (BEFORE, "opens_at", timedelta(hours=-1), "not before"),
        (CLOSED, "closes_at", timedelta(days=-1), "must be a moment to come"),
        (OPEN, "closes_at", timedelta(days=-11), "must be a moment to come"),
        (OPEN, "closes_at", timedelta(days=5), "Sign-off must be no earlier than entry closes"),
        (OPEN, "freezes_at", timedelta(days=-6), "Freeze must be no earlier than sign-off"),
        (OPEN, "freezes_at", timedelta(days=400), "within a year"),
    ],
)
def test_a_clock_that_cannot_be_is_refused(change, at, field, moved, words):
    with pytest.raises(PeriodRefused, match=words):
        change(at, **{field: CLOCK[field] + moved})
    assert not ReportingPeriod.objects.exists()


def test_more_time_after_the_close_keeps_the_close_that_lateness_is_counted_from(change):
    first = change(CLOSED, closes_at=CLOSED + timedelta(hours=2))
    assert first.late_from == CLOCK["closes_at"]
    again = change(CLOSED + timedelta(hours=1), closes_at=CLOSED + timedelta(hours=3))
    assert again.late_from == CLOCK["closes_at"]
    moved = change(OPEN, closes_at=CLOSED + timedelta(hours=4))
    assert moved.late_from == CLOCK["closes_at"]


def test_two_people_are_told_of_each_other_only_where_both_changed(change):
    change(BEFORE, closes_at=CLOCK["closes_at"] + timedelta(hours=1))
    other = person(Role.ADMINISTRATOR)
    # Both opened the page before anything was stored.
    period = change(
        BEFORE,
        1,
        by=other,
        freezes_at=CLOCK["freezes_at"] + timedelta(days=1),
        closes_at=CLOCK["closes_at"],
    )
    assert period.closes_at == CLOCK["closes_at"] + timedelta(hours=1)
    assert period.freezes_at == CLOCK["freezes_at"] + timedelta(days=1)
    with pytest.raises(ClockChanged) as refused:
        change(BEFORE, 1, by=other, closes_at=CLOCK["closes_at"] + timedelta(hours=4))
    (conflict,) = refused.value.conflicts
    assert (conflict.field, conflict.is_own) == ("closes_at", False)
    assert "set it to 14 Oct 2026, 6pm" in conflict.words
    assert "You typed 14 Oct 2026, 9pm" in conflict.words


def test_a_past_moment_has_the_closing_time_of_then(change):
    later = CLOCK["closes_at"] + timedelta(hours=3)
    change(BEFORE, closes_at=later)
    now = clock_at(CLOSED).periods[SEPTEMBER]
    then = clock_at(CLOSED, known_at=BEFORE - timedelta(hours=1)).periods[SEPTEMBER]
    assert (now.closes_at, then.closes_at) == (later, CLOCK["closes_at"])


def typed(form, **changed) -> dict[str, str]:
    values = {name: form[name].value() for name in form.fields}
    return {name: "" if value is None else str(value) for name, value in values.items()} | changed


def test_the_page_shows_the_months_and_the_form_changes_one(client, db):
    coming = Month.of(london_date(timezone.now()))
    address = f"/organisation/months/{coming}/"
    client.force_login(performance_team(), backend=BACKEND)
    page = client.get("/organisation/months/")
    assert coming.plus(2).label in page.text
    assert "Christmas Day" in page.text
    form = client.get(address).context["form"]
    faulty = client.post(address, typed(form, closes_at="25:00", freezes_at_day="31/02/2027"))
    for words in (
        "Entry closes: time must be a real time",
        "Freeze: day must be a real date",
        "Enter why the clock changes",
    ):
        assert words in faulty.text
    assert 'value="25:00"' in faulty.text
    saved = client.post(address, typed(form, closes_at="4.30pm", reason="Half term"), follow=True)
    assert f"The clock of {coming.full_label} is saved." in saved.text
    period = ReportingPeriod.objects.get()
    assert period.closes_at.astimezone(LONDON).strftime("%H:%M") == "16:30"
    stale = client.post(address, typed(form, closes_at="6pm", reason="Half term"))
    assert stale.status_code == 409
    assert "You, in another tab, set it to" in stale.text
    assert 'value="6pm"' in stale.text
    kept = client.post(address, typed(stale.context["form"]))
    assert kept.status_code == 302
    period.refresh_from_db()
    assert period.closes_at.astimezone(LONDON).strftime("%H:%M") == "18:00"


def test_a_lead_reads_the_clock_and_cannot_change_it(client, db):
    client.force_login(lead_of(CareGroupFactory(code="acute")), backend=BACKEND)
    page = client.get("/organisation/months/")
    assert page.status_code == 200
    assert "/organisation/months/2" not in page.text
    assert client.get("/organisation/months/2026-09/").status_code == 403


def test_locking_says_first_what_it_does(client, scene):
    """A correction of Acute waits; Older People have submitted their return."""
    scene.fill()
    scene.submit()
    scene.approve()
    scene.fill(numerator="44", change_reason="Recounted")
    scene.submit()
    older = ReturnFactory(period=scene.period, care_group=scene.older)
    client.force_login(scene.team, backend=BACKEND)
    page = client.get("/returns/2026-09/lock/")
    assert "1 figure will read “No data”: Older has not reported." in page.text
    assert "1 correction goes back undecided: the approved figure stays." in page.text
    older.status = "submitted"
    older.save()
    stale = client.post("/returns/2026-09/lock/", {"confirmed": page.context["effects"].digest})
    assert stale.status_code == 409
    assert "read what locking does now" in stale.text
    assert "1 return is submitted and waits for a decision: Older." in stale.text
    scene.period.refresh_from_db()
    assert scene.period.locked_at is None
    client.post("/returns/2026-09/lock/", {"confirmed": stale.context["effects"].digest})
    scene.period.refresh_from_db()
    assert scene.period.locked_at is not None
    last = Decision.objects.order_by("pk").last()
    assert (last.outcome, last.actual.version) == ("returned", 2)
    assert scene.status() == "approved"


def read_as(world, at: datetime | None = None, now: datetime = CLOSED) -> tuple[str, ...]:
    """How final September is said to be: for Acute, for the trust, in both files."""
    series = [world.ratio, world.trust]
    found = histories(series, known_at=at)
    clock = clock_at(now, known_at=at)
    pages = [found[row.pk].at(SEPTEMBER, clock) for row in series]
    assert [row.freshness == "provisional" for row in pages] == [
        row.value_status == "provisional" for row in pages
    ]
    listed = list(windows_until(found[world.ratio.pk], clock, SEPTEMBER))
    filters = Filters(access=access(world.team), measure="seen-in-time", as_at=at)
    (actual,) = cells(ACTUALS, filters)
    return (*(row.value_status for row in pages), listed[-1].value_status, actual["value_status"])


def test_entered_figures_are_provisional_until_their_month_is_locked(scene):
    scene.fill()
    scene.submit()
    scene.approve()
    recompute(at=CLOSED, stale_only=True)
    stored = list(Actual.objects.values_list("value_status", flat=True))
    assert set(read_as(scene)) == {"provisional"}
    days = [CLOSED + timedelta(days=number) for number in range(4)]
    who = {"period_id": scene.period.pk, "by": scene.team}
    lock_period(**who, at=days[0])
    assert set(read_as(scene, now=days[3])) == {"final"}
    reopen_period(**who, at=days[1], reason="Late audit")
    assert set(read_as(scene, now=days[3])) == {"provisional"}
    lock_period(**who, at=days[2])
    as_known = [set(read_as(scene, at=day - timedelta(hours=1), now=days[3])) for day in days]
    assert as_known == [{"provisional"}, {"final"}, {"provisional"}, {"final"}]
    assert list(Actual.objects.values_list("value_status", flat=True)) == stored


@pytest.mark.parametrize(
    ("status", "is_published", "locked_at", "reads"),
    [
        ("final", False, None, "provisional"),
        ("final", False, CLOSED, "final"),
        ("provisional", False, CLOSED, "final"),
        ("final", False, CLOSED + timedelta(days=1), "provisional"),
        ("final", True, None, "final"),
        ("provisional", True, CLOSED, "provisional"),
        ("not_applicable", False, None, "not_applicable"),
        ("suppressed", False, CLOSED, "suppressed"),
    ],
)
def test_how_final_a_figure_reads(status, is_published, locked_at, reads):
    clock = DataClock(CLOCK["closes_at"], locked_at)
    found = figure_status(status, is_published=is_published, clock=clock, now=CLOSED)
    assert found == reads


def test_before_entry_opens_a_return_says_when_and_has_no_boxes(client, scene):
    now = timezone.now()
    later = {"opens_at": 1, "closes_at": 2, "sign_off_at": 3, "freezes_at": 4}
    moved = {name: now + timedelta(days=days) for name, days in later.items()}
    ReportingPeriod.objects.filter(pk=scene.period.pk).update(**moved)
    client.force_login(scene.lead, backend=BACKEND)
    page = client.get("/returns/2026-09/acute/")
    assert f"entry opens {format_moment(moved['opens_at'])}" in page.text
    assert "Save draft" not in page.text
    typed = {f"s{scene.calls.pk}-version": "0", f"s{scene.calls.pk}-value": "12", "action": "save"}
    refused = client.post("/returns/2026-09/acute/", typed)
    assert refused.status_code == 409
    assert f"Entry for September 2026 opens {format_moment(moved['opens_at'])}" in refused.text
    assert 'value="12"' in refused.text
