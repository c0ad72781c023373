"""A correction leaves an approved return approved; rows go back alone, each with its reason."""

import re
from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.utils import timezone

from accounts.models import AuditEvent
from accounts.permissions import NotAllowed
from kpis.completion.effects import effects_of
from kpis.models import Actual, Commentary, Decision, Return, ReturnCell
from kpis.months.clock import lock_period, reopen_period
from kpis.returns.in_hand import find_return
from kpis.returns.overview import every_return
from kpis.returns.page import return_page
from kpis.returns.states import TRANSITIONS, ReturnRefused
from kpis.returns.waiting import waiting_rows
from tests.documents import DOCS
from tests.factories.people import lead_of, performance_team

REFUSED = ReturnRefused


def current(series):
    row = Actual.objects.current().filter(series=series).first()
    return row and row.value


def listed(scene):
    (row,) = [row for row in every_return(None, None, now=scene.clock) if row.submission]
    return row


@pytest.fixture
def approved(scene):
    scene.fill()
    scene.submit()
    scene.approve()
    scene.submission.refresh_from_db()
    return scene


def correct(scene, value="15", why="Three calls were missed", by=None):
    """Submit another number of calls, with a reason."""
    version = ReturnCell.objects.get(series=scene.calls).version
    scene.save((scene.calls, version, {"value": value, "change_reason": why}), by=by)
    assert scene.submit(by=by) == []


def shown(scene):
    """The row of the calls as its page shows it."""
    submission = find_return(period=scene.period, care_group=scene.acute)
    rows = return_page(submission, now=timezone.now()).rows
    return next(row for row in rows if row.series == scene.calls)


def test_the_states_of_the_document_are_those_of_the_code():
    text = (DOCS / "returns.md").read_text(encoding="utf-8")
    printed = dict(re.findall(r"^(\w+) +→ (.+)$", text, re.MULTILINE))
    assert {start: set(ends.split(", ")) for start, ends in printed.items()} == {
        start.value: {end.value for end in ends} for start, ends in TRANSITIONS.items()
    }


def test_a_correction_leaves_the_return_approved_and_the_figure_in_force(approved):
    first = approved.submission.approved_at
    correct(approved)
    assert approved.status() == Return.Status.APPROVED
    assert current(approved.calls) == 12
    assert listed(approved).status_label == "Approved, 1 correction waiting"
    assert listed(approved).waits
    correction = shown(approved).correction
    assert (correction.proposed.value, correction.reason) == (15, "Three calls were missed")
    decider = performance_team()
    approved.approve(by=decider)
    assert current(approved.calls) == 15
    assert (approved.status(), approved.submission.approved_at) == ("approved", first)
    assert approved.submission.approved_by == approved.team
    assert listed(approved).status_label == "Approved"
    assert shown(approved).correction is None
    acts = AuditEvent.objects.order_by("pk").values_list("action", flat=True)
    assert list(acts)[-3:] == ["draft saved", "corrections submitted", "corrections approved"]


def test_a_correction_that_is_sent_back_leaves_the_approved_figure_and_says_why(approved):
    correct(approved)
    approved.send_back("Which calls?")
    assert (approved.status(), current(approved.calls)) == ("approved", 12)
    assert shown(approved).sent_back_reason == "Which calls?"
    assert listed(approved).corrections == 0
    correct(approved, "16", "Four night calls were missed")
    assert shown(approved).sent_back_reason == ""
    assert listed(approved).corrections == 1
    approved.approve()
    assert current(approved.calls) == 16


def test_nobody_decides_on_a_correction_that_they_entered(approved):
    correct(approved, by=approved.team)
    for decide in (approved.approve, approved.send_back):
        with pytest.raises(NotAllowed, match="You entered or submitted"):
            decide()
    # A person who types over a waiting correction has not entered the waiting one.
    version = ReturnCell.objects.get(series=approved.calls).version
    approved.save((approved.calls, version, {"value": "17"}))
    with pytest.raises(NotAllowed):
        approved.approve()
    approved.approve(by=performance_team())
    assert current(approved.calls) == 15


def test_a_correction_typed_back_to_the_approved_figure_is_taken_back(approved):
    correct(approved)
    correct(approved, "12")
    assert waiting_rows(approved.submission) == {}
    assert Decision.objects.get(actual__value=15).outcome == "returned"
    events = AuditEvent.objects.count()
    assert approved.submit() == []
    assert AuditEvent.objects.count() == events


def test_a_changed_comment_waits_without_a_figure_and_is_shown_once_approved(approved):
    approved.save((approved.calls, 1, {"value": "12", "comment": "A new line was opened"}))
    approved.submit()
    assert listed(approved).corrections == 1
    approved.send_back("Say which line")
    assert listed(approved).corrections == 0
    approved.submit()
    assert listed(approved).corrections == 1
    approved.approve()
    (comment,) = Commentary.objects.current()
    assert comment.what_happened == "A new line was opened"
    assert listed(approved).corrections == 0


def test_how_late_a_return_was_stays_known(scene):
    scene.fill()
    scene.submit()
    scene.submission.refresh_from_db()
    first = scene.submission.submitted_at
    scene.clock = scene.period.closes_at + timedelta(days=2)
    scene.send_back()
    assert listed(scene).on_time is True
    scene.fill(calls="14")
    scene.submit(by=lead_of(scene.acute))
    assert (listed(scene).on_time, listed(scene).submission.submitted_at) == (True, first)
    assert listed(scene).submission.submitted_by == scene.lead
    assert listed(scene).submission.sent_in_at == scene.clock
    scene.approve()
    correct(scene)
    assert listed(scene).submission.submitted_at == first


def test_a_locked_month_shows_approved_figures_only(approved):
    correct(approved)
    lock_period(period_id=approved.period.pk, by=approved.team, at=approved.tick())
    row = shown(approved)
    assert (row.text.value, row.result.value) == ("12", 12)


def test_a_row_goes_back_alone_and_the_others_are_approved(scene):
    scene.fill()
    scene.submit()
    scene.send_back(rows={scene.calls.pk: "Nights too?"}, approve_others=True)
    assert (current(scene.ratio), current(scene.calls)) == (90, None)
    assert (scene.status(), scene.submission.approved_at) == (Return.Status.RETURNED, None)
    assert shown(scene).sent_back_reason == "Nights too?"
    assert Decision.objects.get(actual__series=scene.calls).reason == "Nights too?"
    # It stays returned while it is corrected.
    scene.fill(calls="14")
    assert scene.status() == Return.Status.RETURNED
    scene.submit()
    assert set(waiting_rows(scene.submission)) == {scene.calls.pk}
    assert scene.approve().status == Return.Status.APPROVED
    assert current(scene.calls) == 14


def test_the_other_rows_may_go_on_waiting_and_be_approved_meanwhile(scene):
    scene.fill()
    scene.submit()
    scene.send_back(rows={scene.calls.pk: "Nights too?"})
    assert (scene.status(), current(scene.ratio)) == (Return.Status.RETURNED, None)
    scene.approve()
    assert (scene.status(), current(scene.ratio)) == (Return.Status.RETURNED, 90)
    with pytest.raises(REFUSED, match="This return is returned: nothing of it waits"):
        scene.approve()


def test_a_row_without_a_figure_goes_back_too(scene):
    scene.save(
        (scene.ratio, 0, {"numerator": "45", "denominator": "50"}),
        (scene.calls, 0, {"no_data_reason": "System was down"}),
    )
    scene.submit()
    scene.send_back(rows={scene.calls.pk: "It was up again"}, approve_others=True)
    assert (scene.status(), shown(scene).sent_back_reason) == ("returned", "It was up again")


def test_a_return_is_approved_with_its_last_row(scene):
    scene.fill()
    scene.submit()
    scene.approve(rows={scene.ratio.pk})
    assert (scene.status(), current(scene.ratio)) == (Return.Status.SUBMITTED, 90)
    assert scene.approve(rows={scene.calls.pk}).status == Return.Status.APPROVED


def test_whoever_typed_one_row_may_decide_on_the_others(scene):
    scene.fill()
    scene.save((scene.calls, 1, {"value": "13"}), by=scene.team)
    scene.submit()
    with pytest.raises(NotAllowed):
        scene.approve(rows={scene.calls.pk})
    scene.approve(rows={scene.ratio.pk})
    assert (scene.status(), current(scene.ratio)) == (Return.Status.SUBMITTED, 90)


def test_each_row_needs_its_reason_and_must_wait(scene):
    scene.fill()
    scene.submit()
    for rows, why in (
        ({scene.calls.pk: " "}, "Say why"),
        ({}, "Choose what goes back"),
        ({scene.other_ratio.pk: "Why?"}, "does not wait"),
    ):
        with pytest.raises(REFUSED, match=why):
            scene.send_back(rows=rows)
    assert scene.status() == Return.Status.SUBMITTED


def test_a_decision_sent_twice_is_done_once_and_a_late_one_is_told_who_was_first(scene):
    scene.fill()
    scene.submit()
    scene.submission.refresh_from_db()
    seen = scene.submission.version
    for _ in range(2):
        scene.send_back(rows={scene.calls.pk: "Nights too?"}, version=seen)
    assert Decision.objects.count() == 1
    with pytest.raises(REFUSED, match=f"{scene.team} sent it back on 5 Oct 2026"):
        scene.approve(by=performance_team(), version=seen)


def test_returns_approved_before_stay_approved_when_the_columns_arrive(approved):
    """Before this release, a correction took the return back to draft."""
    first, sent = approved.submission.submitted_at, approved.tick()
    Return.objects.update(
        status="submitted", submitted_at=sent, last_submitted_at=None, last_submitted_by=None
    )
    migration = import_module("kpis.migrations.0005_corrections_leave_a_return_approved")
    migration.first_acts(apps, None)
    row = Return.objects.get()
    assert (row.status, row.last_submitted_at, row.last_submitted_by) == (
        "approved",
        sent,
        row.submitted_by,
    )
    assert row.submitted_at == first != sent
    migration.last_acts(apps, None)
    assert Return.objects.get().submitted_at == sent


def test_a_list_says_that_rows_wait_of_a_return_that_went_back_in_part(scene):
    scene.fill()
    scene.submit()
    scene.send_back(rows={scene.calls.pk: "Nights too?"})
    assert listed(scene).status_label == "Returned, 1 other row waiting"
    assert listed(scene).waits


def test_what_nobody_decided_on_before_the_lock_is_kept_and_said(scene):
    scene.fill()
    scene.submit()
    effects = effects_of(scene.period, at=scene.clock)
    assert any("what was sent in is kept, reads “No data”" in words for words in effects.sentences)
    lock_period(period_id=scene.period.pk, by=scene.team, at=scene.tick())
    assert listed(scene).status_label == "Submitted, and locked before anyone decided on it"
    reopen_period(period_id=scene.period.pk, by=scene.team, at=scene.tick(), reason="Late")
    scene.approve()
    assert current(scene.calls) == 12
