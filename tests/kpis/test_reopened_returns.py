"""One return of a locked month is opened again by itself, and closed."""

from decimal import Decimal

import pytest

from accounts.models import AuditEvent
from accounts.permissions import NotAllowed
from kpis.asked.months import find_opening
from kpis.assessments.clocks import clock_at
from kpis.assessments.read import histories
from kpis.completion.page import completion_page
from kpis.models import Actual, Decision, Return
from kpis.months.clock import lock_period, reopen_period
from kpis.returns import reopen as reopening
from kpis.returns.cells import CellText
from kpis.returns.merging import CellEntry
from kpis.returns.save import save_draft
from kpis.returns.states import ReturnRefused, open_return
from strategy.selectors import plans_known
from tests.factories.measures import TargetFactory, approved
from tests.factories.people import access, lead_of, performance_team
from tests.factories.plans import PlanFactory

REFUSED = ReturnRefused


def reopen(scene, care_group=None, *, by=None, reason="A ward was left out"):
    by = by or scene.team
    return reopening.reopen_return(
        month=scene.period.month,
        care_group=care_group or scene.acute,
        reason=reason,
        by=by,
        access=access(by),
        at=scene.tick(),
    )


def close(scene, *, by=None):
    by = by or scene.team
    return reopening.close_return(
        month=scene.period.month,
        care_group=scene.acute,
        by=by,
        access=access(by),
        at=scene.tick(),
    )


def said_of(scene) -> str:
    return completion_page(scene.period, access(scene.team), now=scene.tick()).summary


def test_what_was_not_in_at_the_lock_is_not_to_come(locked):
    """Only a return that is open again may still come; nothing in a locked month is late."""
    locked.period.refresh_from_db()
    assert said_of(locked) == "0 of 2 approved, 0 submitted, 2 not in when it was locked"
    reopen(locked)
    assert said_of(locked) == (
        "0 of 2 approved, 0 submitted, 1 not in when it was locked, 1 open again"
    )
    locked.submit()
    assert said_of(locked) == "0 of 2 approved, 1 submitted, 1 not in when it was locked"
    locked.approve()
    close(locked)
    assert said_of(locked) == "1 of 2 approved, 0 submitted, 1 not in when it was locked"


@pytest.fixture
def locked(scene):
    """Both groups with a figure of August; of September nothing but what Acute has typed."""
    for series in (scene.calls, scene.ratio, scene.other_ratio):
        approved(series, scene.period.month.plus(-1), Decimal(90))
    scene.fill()
    scene.clock = scene.period.freezes_at
    lock_period(period_id=scene.period.pk, by=scene.team, at=scene.tick())
    return scene


def states(scene, **known):
    found = histories([scene.calls, scene.other_ratio], **known)
    clock = clock_at(scene.clock, **known)
    return [
        found[series.pk].at(scene.period.month, clock).rag
        for series in (scene.calls, scene.other_ratio)
    ]


def test_only_the_reopened_return_takes_entries_and_decisions(locked):
    with pytest.raises(REFUSED, match="September 2026 is locked"):
        locked.fill(calls="13")
    reopen(locked)
    locked.fill(calls="13")
    assert locked.submit() == []
    locked.approve()
    assert Actual.objects.current().get(series=locked.calls, submission__isnull=False).value == 13
    older = open_return(period=locked.period, care_group=locked.older)
    entries = [CellEntry(locked.other_ratio.pk, 0, CellText(numerator="1"))]
    other = lead_of(locked.older)
    with pytest.raises(REFUSED, match="is locked"):
        save_draft(
            submission_id=older.pk, entries=entries, by=other, access=access(other),
            at=locked.tick(),
        )  # fmt: skip
    close(locked)
    with pytest.raises(REFUSED, match="September 2026 is locked"):
        locked.fill(calls="14")


def test_its_gaps_read_late_until_it_is_closed_and_no_others(locked):
    assert states(locked) == ["no_data", "no_data"]
    reopen(locked)
    assert states(locked) == ["late", "no_data"]
    while_open = locked.tick()
    close(locked)
    assert states(locked) == ["no_data", "no_data"]
    assert states(locked, known_at=while_open) == ["late", "no_data"]


def test_the_month_stays_complete_for_everybody_else(locked):
    target = TargetFactory(
        measure=locked.ratio.measure, care_group=locked.trust.care_group, plan=PlanFactory()
    )
    before = find_opening(target.plan, clock_at(locked.clock), plans_known(None))
    reopen(locked)
    assert find_opening(target.plan, clock_at(locked.clock), plans_known(None)) == before


def test_closing_sends_back_corrections_that_nobody_decided_on(scene):
    scene.fill()
    scene.submit()
    scene.approve()
    lock_period(period_id=scene.period.pk, by=scene.team, at=scene.tick())
    reopen(scene)
    scene.save((scene.calls, 1, {"value": "15", "change_reason": "Recount"}))
    scene.submit()
    # The person who entered it may close the return, as closing decides nothing.
    close(scene)
    decision = Decision.objects.get(actual__value=15)
    assert (decision.outcome, decision.reason) == (
        "returned",
        "The month was locked before anyone decided on it",
    )
    assert Actual.objects.current().get(series=scene.calls).value == 12
    assert scene.status() == Return.Status.APPROVED
    acts = AuditEvent.objects.order_by("pk").values_list("action", "object_key")
    assert list(acts)[-4:] == [
        ("draft saved", "2026-09 acute"),
        ("corrections submitted", "2026-09 acute"),
        ("corrections returned", "2026-09 acute"),
        ("closed again", "2026-09 acute"),
    ]


def test_opening_the_whole_month_and_locking_it_closes_the_return(locked):
    reopen(locked)
    reopen_period(period_id=locked.period.pk, by=locked.team, at=locked.tick(), reason="All")
    locked.fill(calls="13")
    lock_period(period_id=locked.period.pk, by=locked.team, at=locked.tick())
    with pytest.raises(REFUSED, match="is locked"):
        locked.fill(calls="14")
    assert states(locked) == ["no_data", "no_data"]


def test_it_needs_a_reason_a_locked_month_and_the_performance_team(scene):
    with pytest.raises(REFUSED, match="is not locked"):
        reopen(scene)
    lock_period(period_id=scene.period.pk, by=scene.team, at=scene.tick())
    with pytest.raises(REFUSED, match="Say why"):
        reopen(scene, reason=" ")
    with pytest.raises(NotAllowed):
        reopen(scene, by=scene.lead)
    with pytest.raises(REFUSED, match="is not open"):
        close(scene)
    reopen(scene)
    with pytest.raises(REFUSED, match="opened again already"):
        reopen(scene, by=performance_team())
    event = AuditEvent.objects.get(action="reopened")
    assert event.given.text == "A ward was left out"
    assert "ward" not in str(event.changes)


def test_the_page_says_what_opening_does_and_closes_it_again(locked, client):
    client.force_login(locked.team, backend="django.contrib.auth.backends.ModelBackend")
    month = f"/returns/{locked.period.month}/"
    address = f"{month}acute/reopen/"
    assert f'href="{address}"' in client.get(month).text
    assert "The month stays locked" in client.get(address).text
    assert "Enter why the return is opened again" in client.post(address, {"reason": " "}).text
    done = client.post(address, {"reason": "A ward was left out"}, follow=True)
    assert "is open again." in done.text
    assert "A ward was left out" in client.get(address).text
    assert "Corrections that nobody has decided on go back" in client.get(address).text
    assert "is closed." in client.post(address, {"to": "close"}, follow=True).text
