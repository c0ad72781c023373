"""A return is recalled until somebody decides on it; a nil return has one reason for every row."""

from datetime import date

import pytest

from accounts.models import AuditEvent
from accounts.permissions import NotAllowed
from accounts.roles import Capability, Role
from kpis.models import Actual, Decision, Return, ReturnCell
from kpis.returns.cells import CellText
from kpis.returns.merging import CellEntry
from kpis.returns.nil import submit_nil
from kpis.returns.save import save_draft
from kpis.returns.states import ReturnRefused
from strategy.access import access_of
from strategy.models import Membership
from tests.factories.measures import approved
from tests.factories.people import MembershipFactory, access, lead_of, person

REFUSED = ReturnRefused


def nil(scene, reason="The ward was closed", by=None):
    by = by or scene.lead
    return submit_nil(
        month=scene.period.month,
        care_group=scene.acute,
        reason=reason,
        by=by,
        access=access(by),
        at=scene.tick(),
    )


def test_a_submitted_return_is_recalled_with_everything_that_was_typed(scene):
    scene.fill()
    scene.submit()
    scene.submission.refresh_from_db()
    first, seen = scene.submission.submitted_at, scene.submission.version
    for _ in range(2):
        scene.recall(version=seen)
    assert scene.status() == Return.Status.DRAFT
    assert set(Decision.objects.values_list("outcome", "reason")) == {
        ("returned", "Recalled before anyone decided on it")
    }
    assert ReturnCell.objects.get(series=scene.calls).value_text == "12"
    scene.submit()
    scene.approve()
    assert Actual.objects.current().get(series=scene.calls).version == 2
    # The first submission decides whether it was on time.
    assert Return.objects.get().submitted_at == first
    acts = AuditEvent.objects.order_by("pk").values_list("action", flat=True)
    assert list(acts) == ["draft saved", "submitted", "recalled", "submitted", "approved"]


def test_a_decision_or_a_lock_comes_before_a_recall(scene):
    scene.fill()
    scene.submit()
    scene.submission.refresh_from_db()
    seen = scene.submission.version
    scene.approve()
    with pytest.raises(REFUSED, match=f"{scene.team} approved it on 5 Oct 2026"):
        scene.recall(version=seen)
    with pytest.raises(REFUSED, match="This return is approved: nothing of it can be recalled"):
        scene.recall()
    with pytest.raises(NotAllowed):
        scene.recall(by=lead_of(scene.older))
    assert scene.status() == Return.Status.APPROVED


def test_a_correction_is_recalled_and_the_return_stays_approved(scene):
    scene.fill()
    scene.submit()
    scene.approve()
    scene.save((scene.calls, 1, {"value": "15", "change_reason": "Recount", "comment": "Why"}))
    scene.submit()
    scene.recall()
    assert scene.status() == Return.Status.APPROVED
    with pytest.raises(REFUSED, match="nothing of it waits"):
        scene.approve()
    assert Actual.objects.current().get(series=scene.calls).value == 12
    scene.submit()
    scene.approve()
    assert Actual.objects.current().get(series=scene.calls).value == 15


def test_whoever_covers_for_a_lead_enters_from_the_first_day_to_the_last(scene):
    cover = person(Role.CARE_GROUP_LEAD)
    MembershipFactory(
        user=cover,
        care_group=scene.acute,
        kind=Membership.Kind.DELEGATE,
        starts_on=date(2026, 10, 5),
        ends_on=date(2026, 10, 12),
    )
    for day, covers in ((4, False), (5, True), (11, True), (12, False)):
        may = access_of(cover, date(2026, 10, day))
        entries = [CellEntry(scene.calls.pk, 0, CellText(value=str(day)))]
        write = {"submission_id": scene.submission.pk, "entries": entries, "by": cover}
        assert may.may(Capability.ENTER_RETURNS, care_group=scene.acute.pk) is covers
        assert not may.may(Capability.ENTER_RETURNS, care_group=scene.older.pk)
        if covers:
            save_draft(**write, access=may, at=scene.tick())
        else:
            with pytest.raises(NotAllowed):
                save_draft(**write, access=may, at=scene.tick())


def test_a_nil_return_of_a_month_that_nobody_started_is_submitted_whole(scene):
    Return.objects.all().delete()
    assert nil(scene) == []
    row = Return.objects.get()
    assert (row.status, row.is_nil, row.nil_reason) == ("submitted", True, "The ward was closed")
    assert set(ReturnCell.objects.values_list("no_data_reason", flat=True)) == {row.nil_reason}
    assert not Actual.objects.exists()
    assert nil(scene) == []
    event = AuditEvent.objects.get(action="submitted")
    assert event.changes == [{"field": "is_nil", "old": "false", "new": "true"}]
    scene.submission = row
    assert scene.approve().status == Return.Status.APPROVED
    # A figure that arrives later is a correction like any other; the return is no longer nil.
    scene.fill()
    scene.submit()
    assert (scene.status(), scene.submission.is_nil) == ("approved", False)


def test_no_nil_return_while_a_figure_is_typed(scene):
    scene.save((scene.calls, 0, {"value": "12"}))
    with pytest.raises(REFUSED, match="A nil return has no figures, and Calls has one"):
        nil(scene)
    with pytest.raises(REFUSED, match="Say why there is nothing to report"):
        nil(scene, " ")
    with pytest.raises(REFUSED, match="500 characters or fewer"):
        nil(scene, "x" * 501)
    with pytest.raises(NotAllowed):
        nil(scene, by=lead_of(scene.older))
    assert (scene.status(), scene.submission.is_nil) == ("draft", False)
    # A reason that a row already has stays there.
    scene.save((scene.calls, 1, {"no_data_reason": "System was down"}))
    assert nil(scene) == []
    reasons = dict(ReturnCell.objects.values_list("series__measure__code", "no_data_reason"))
    assert reasons == {"calls": "System was down", "seen-in-time": "The ward was closed"}


def test_a_nil_return_does_not_take_an_approved_figure_away(scene):
    approved(scene.calls, scene.period.month, 12)
    assert [item.series_id for item in nil(scene)] == [scene.calls.pk]
    assert (scene.status(), ReturnCell.objects.count()) == ("not_started", 0)
