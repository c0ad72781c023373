"""A return from its first draft to its approval, and every way it is refused."""

from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import AuditEvent
from accounts.permissions import NotAllowed
from accounts.roles import Role
from kpis.models import Actual, Assessment, Commentary, Decision, Return, ReturnCell, Series
from kpis.months.clock import lock_period, reopen_period
from kpis.returns.in_hand import cells_of
from kpis.returns.page import return_page
from kpis.returns.states import ReturnRefused, open_return
from tests.factories.measures import TargetFactory
from tests.factories.people import lead_of, performance_team, person

REFUSED = ReturnRefused


def figures() -> list[tuple]:
    rows = Actual.objects.order_by("series__measure__code", "version")
    return [(row.series.measure.code, row.version, row.value) for row in rows]


def current(series) -> Actual | None:
    return Actual.objects.current().filter(series=series).first()


def test_a_draft_keeps_what_cannot_be_read_as_it_was_typed(scene):
    saved = scene.save(
        (scene.ratio, 0, {"numerator": "51", "denominator": "50"}),
        (scene.calls, 0, {"value": " 12,34 calls ", "comment": "=1+1 <script>"}),
    )
    assert saved.reads[scene.calls.pk].error == "Calls must be a number, like 30"
    cell = ReturnCell.objects.get(series=scene.calls)
    assert (cell.value_text, cell.comment) == (" 12,34 calls ", "=1+1 <script>")
    assert (cell.value, cell.error) == (None, "Calls must be a number, like 30")
    assert "must be the same as or fewer" in ReturnCell.objects.get(series=scene.ratio).error
    assert scene.status() == Return.Status.DRAFT


def test_saving_the_same_again_changes_nothing_and_leaves_no_record(scene):
    scene.fill()
    before = (scene.status(), scene.submission.version, AuditEvent.objects.count())
    again = scene.fill()
    assert again.changed == ()
    assert (scene.status(), scene.submission.version, AuditEvent.objects.count()) == before


def test_a_stale_save_shows_both_values_and_changes_nothing(scene):
    cover = lead_of(scene.acute, first_name="Cover")
    scene.save((scene.calls, 0, {"value": "12"}))
    events = AuditEvent.objects.count()
    late = scene.save((scene.calls, 0, {"value": "21"}), by=cover)
    (conflict,) = late.conflicts
    assert (conflict.theirs.value, conflict.yours.value) == ("12", "21")
    assert (conflict.saved_by, conflict.version) == (str(scene.lead), 1)
    assert ReturnCell.objects.get().value == 12
    assert AuditEvent.objects.count() == events


def test_a_conflict_in_one_cell_does_not_lose_the_others(scene):
    scene.save((scene.calls, 0, {"value": "12"}))
    saved = scene.save(
        (scene.calls, 0, {"value": "21"}),
        (scene.ratio, 0, {"numerator": "45", "denominator": "50"}),
    )
    assert saved.changed == (scene.ratio.pk,)
    assert [conflict.series_id for conflict in saved.conflicts] == [scene.calls.pk]
    assert ReturnCell.objects.get(series=scene.ratio).value == 90


def test_a_forgotten_cell_and_an_unexplained_one_stop_the_submission_by_name(scene):
    scene.save((scene.ratio, 0, {"numerator": "45"}))
    assert [(item.series_id, item.message) for item in scene.submit()] == [
        (scene.calls.pk, "Calls: enter a figure, or say why there is none"),
        (scene.ratio.pk, "Seen: Enter people referred"),
    ]
    assert (scene.status(), figures()) == (Return.Status.DRAFT, [])


def test_a_first_return_says_what_its_figures_will_be_judged_by(scene):
    """From the window on, whatever the last one was judged by; and before there ever was one."""
    target = TargetFactory(measure=scene.ratio.measure, care_group=scene.trust.care_group)
    shown = {row.series.pk: row for row in return_page(scene.submission, now=timezone.now()).rows}
    assert shown[scene.ratio.pk].target == "≥ 95%"
    assert shown[scene.ratio.pk].result.rag == "no_data"
    assert shown[scene.calls.pk].target == "–"
    scene.save((scene.ratio, 0, {"numerator": "51", "denominator": "50"}))
    shown = {row.series.pk: row for row in return_page(scene.submission, now=timezone.now()).rows}
    assert shown[scene.ratio.pk].faults
    assert shown[scene.ratio.pk].target == "≥ 95%"
    assert shown[scene.ratio.pk].result.target.code == target.code


def test_a_reason_stands_in_for_a_figure_and_makes_no_value(scene):
    scene.save(
        (scene.ratio, 0, {"no_data_reason": "System was down"}), (scene.calls, 0, {"value": "0"})
    )
    assert scene.submit() == []
    assert figures() == [("calls", 1, 0)]


def test_an_improbable_figure_waits_for_a_tick_and_a_reason(scene, approved_year):
    scene.fill(calls="900")
    assert [item.field for item in scene.submit()] == ["confirmed"]
    versions = {pk: cell.version for pk, cell in cells_of(scene.submission).items()}
    text = {"value": "900", "confirmed": True, "confirm_reason": "A new line was opened"}
    scene.save((scene.calls, versions[scene.calls.pk], text))
    assert scene.submit() == []
    submitted = Actual.objects.get(series=scene.calls, submission=scene.submission)
    assert (submitted.value, submitted.note) == (900, "A new line was opened")


def test_submitted_values_wait_and_approved_ones_are_current_and_judged(
    scene, django_capture_on_commit_callbacks
):
    scene.fill(comment="Two wards were closed")
    assert scene.submit() == []
    assert scene.status() == Return.Status.SUBMITTED
    assert current(scene.ratio) is None
    assert not Assessment.objects.exists()
    with django_capture_on_commit_callbacks(execute=True):
        scene.approve()
    assert scene.status() == Return.Status.APPROVED
    assert current(scene.ratio).value == 90
    decision = Decision.objects.get(actual=current(scene.ratio))
    assert (decision.decided_by, decision.known_from) == (scene.team, scene.clock)
    assert Assessment.objects.get(series=scene.ratio).value == 90
    trust = Assessment.objects.get(series=scene.trust)
    assert (trust.groups_reported, trust.groups_expected, trust.state) == (1, 2, "incomplete")
    assert Commentary.objects.filter(approved_at=scene.clock).count() == 2
    assert not Series.objects.stale().filter(pk__in=[scene.ratio.pk, scene.trust.pk]).exists()


def test_no_cases_is_not_applicable_never_nought_percent(scene):
    scene.fill(numerator="0", denominator="0")
    scene.submit()
    scene.approve()
    row = current(scene.ratio)
    assert (row.value, row.value_status, row.numerator) == (None, "not_applicable", None)
    assert row.status_reason == "No cases: 0 of 0"


def test_nobody_approves_what_they_submitted(scene):
    scene.fill()
    scene.submit(by=scene.team)
    for decide in (scene.approve, scene.send_back):
        with pytest.raises(NotAllowed, match="You entered or submitted"):
            decide()
    assert scene.status() == Return.Status.SUBMITTED
    assert not Decision.objects.exists()
    assert scene.approve(by=performance_team()).status == Return.Status.APPROVED


def test_nobody_approves_a_figure_they_typed_for_a_lead_who_submitted_it(scene):
    scene.fill()
    scene.save((scene.calls, 1, {"value": "13"}), by=scene.team)
    scene.submit()
    with pytest.raises(NotAllowed):
        scene.approve()
    scene.save((scene.calls, 2, {"value": "14"}))
    scene.submit()
    assert scene.approve().status == Return.Status.APPROVED


@pytest.mark.parametrize("role", [r for r in Role if r is not Role.PERFORMANCE_TEAM])
def test_only_the_performance_team_decides(scene, role):
    scene.fill()
    scene.submit()
    somebody = person(role, leads=scene.acute)
    with pytest.raises(NotAllowed):
        scene.approve(by=somebody)
    with pytest.raises(NotAllowed):
        scene.send_back(by=somebody)
    assert scene.status() == Return.Status.SUBMITTED


def test_a_lead_of_another_group_neither_saves_nor_submits(scene):
    other = lead_of(scene.older)
    with pytest.raises(NotAllowed):
        scene.save((scene.calls, 0, {"value": "12"}), by=other)
    scene.fill()
    with pytest.raises(NotAllowed):
        scene.submit(by=other)
    assert figures() == []


def test_another_groups_series_is_not_written_through_ones_own_return(scene):
    saved = scene.save((scene.other_ratio, 0, {"numerator": "1", "denominator": "2"}))
    assert saved.changed == ()
    assert not ReturnCell.objects.exists()


def test_sent_back_with_a_reason_and_submitted_again_as_a_new_version(scene):
    scene.fill()
    scene.submit()
    with pytest.raises(REFUSED, match="Say why the return goes back"):
        scene.send_back("  ")
    scene.send_back("Check the wards")
    assert (scene.status(), scene.submission.returned_reason) == ("returned", "Check the wards")
    assert current(scene.calls) is None
    scene.fill(numerator="44")
    scene.submit()
    scene.approve()
    assert figures() == [
        ("calls", 1, 12),
        ("calls", 2, 12),
        ("seen-in-time", 1, 90),
        ("seen-in-time", 2, 88),
    ]
    assert current(scene.ratio).version == 2


def test_a_figure_submitted_anew_replaces_the_one_that_waited(scene):
    scene.fill()
    scene.submit()
    scene.fill(calls="13")
    scene.submit()
    scene.approve()
    outcomes = Decision.objects.filter(actual__series=scene.calls).order_by("actual__version")
    assert [decision.outcome for decision in outcomes] == ["returned", "approved"]
    assert current(scene.calls).value == 13
    assert figures().count(("seen-in-time", 1, 90)) == 1


def test_a_figure_taken_back_before_approval_is_not_approved_by_accident(scene):
    scene.fill()
    scene.submit()
    scene.save((scene.calls, 1, {"no_data_reason": "Counted twice"}))
    scene.submit()
    scene.approve()
    assert current(scene.calls) is None


def test_a_correction_is_a_new_version_with_a_reason(scene):
    scene.fill()
    scene.submit()
    scene.approve()
    scene.fill(calls="15")
    assert [item.message for item in scene.submit()] == [
        "Calls: say why the approved figure is corrected"
    ]
    scene.save((scene.calls, 2, {"value": "15", "change_reason": "Three calls were missed"}))
    assert scene.submit() == []
    assert current(scene.calls).value == 12
    scene.approve()
    row = current(scene.calls)
    assert (row.value, row.version, row.change_reason) == (15, 2, "Three calls were missed")


def test_the_reason_of_one_correction_does_not_do_for_the_next(scene):
    scene.fill()
    for version, (figure, why) in enumerate((("12", ""), ("15", "Recount"), ("21", "Recount"))):
        if version:
            scene.save((scene.calls, version, {"value": figure, "change_reason": why}))
        found = [item.message for item in scene.submit()]
        if figure != "21":
            assert found == []
            scene.approve()
    assert found == ["Calls: say why it is corrected again; that was the reason of the last time"]
    scene.save((scene.calls, 3, {"value": "21", "change_reason": "Recount of the nights"}))
    assert scene.submit() == []
    scene.approve()
    row = current(scene.calls)
    assert (row.value, row.version, row.change_reason) == (21, 3, "Recount of the nights")


def test_an_approved_figure_is_corrected_but_never_taken_away(scene):
    scene.fill()
    scene.submit()
    scene.approve()
    scene.save((scene.calls, 1, {"no_data_reason": "Never mind"}))
    assert [item.message for item in scene.submit()] == [
        "Calls: a figure is approved already. Enter the right one, or tick that it should never "
        "have been reported"
    ]
    assert current(scene.calls).value == 12


def test_the_second_to_approve_gets_a_conflict_and_nothing_is_decided_twice(scene):
    scene.fill()
    scene.submit()
    seen = scene.submission.version
    scene.approve()
    with pytest.raises(REFUSED, match="has changed since you opened it"):
        scene.approve(by=performance_team(), version=seen)
    with pytest.raises(REFUSED, match="nothing of it waits for a decision"):
        scene.approve(by=performance_team())
    assert Decision.objects.count() == 2


def test_a_submission_of_an_older_page_is_refused(scene):
    scene.fill()
    seen = scene.status() and scene.submission.version
    scene.save((scene.calls, 1, {"value": "13"}))
    with pytest.raises(REFUSED, match="This return has changed since you opened it"):
        scene.submit(version=seen)


def test_a_locked_month_refuses_and_a_reopened_one_takes_it(scene):
    scene.fill()
    lock_period(period_id=scene.period.pk, by=scene.team, at=scene.tick())
    for write in (scene.fill, scene.submit, scene.approve, scene.send_back):
        with pytest.raises(REFUSED, match="September 2026 is locked"):
            write()
    reopen_period(period_id=scene.period.pk, by=scene.team, at=scene.tick(), reason="Late ward")
    assert scene.submit() == []


def test_a_figure_before_the_measure_starts_or_after_its_end_is_refused_in_words(scene):
    measure = scene.calls.measure
    measure.valid_from = "2026-10-01"
    measure.save()
    with pytest.raises(REFUSED, match="Calls: this KPI starts in October 2026"):
        scene.save((scene.calls, 0, {"value": "12"}))
    measure.valid_from, measure.valid_to = None, "2026-09-01"
    measure.save()
    with pytest.raises(REFUSED, match="Calls: this KPI ended in August 2026"):
        scene.save((scene.calls, 0, {"value": "12"}))
    assert not ReturnCell.objects.exists()


def test_every_write_leaves_one_record_and_a_refusal_none(scene):
    def actions():
        return list(AuditEvent.objects.order_by("pk").values_list("action", flat=True))

    scene.save((scene.calls, 0, {"value": "x"}))
    scene.submit()
    assert actions() == ["draft saved"]
    scene.fill()
    scene.submit()
    with pytest.raises(NotAllowed):
        scene.approve(by=scene.lead)
    with pytest.raises(REFUSED):
        scene.send_back("")
    assert actions() == ["draft saved", "draft saved", "submitted"]
    scene.send_back()
    scene.fill(calls="14")
    scene.submit()
    scene.approve()
    assert actions()[3:] == ["returned", "draft saved", "submitted", "approved"]
    event = AuditEvent.objects.get(action="approved")
    assert (event.by, event.object_key) == (scene.team, "2026-09 acute")
    assert {change["field"] for change in event.changes} == {"calls", "seen-in-time"}


def test_the_record_and_the_change_stand_or_fall_together(scene, monkeypatch):
    def broken(**_):
        raise RuntimeError("the record cannot be written")

    monkeypatch.setattr("accounts.audit.record", broken)
    with pytest.raises(RuntimeError):
        scene.fill()
    assert not ReturnCell.objects.exists()
    assert scene.status() == Return.Status.NOT_STARTED


def test_two_who_open_a_return_first_get_the_same_one(scene):
    again = open_return(period=scene.period, care_group=scene.acute)
    assert again.pk == scene.submission.pk


def test_a_lock_and_its_reopening_are_on_record(scene):
    lock_period(period_id=scene.period.pk, by=scene.team, at=scene.tick())
    reopen_period(period_id=scene.period.pk, by=scene.team, at=scene.tick(), reason="Late ward")
    events = AuditEvent.objects.order_by("pk").values_list("action", "object_key", "given__text")
    assert list(events) == [("locked", "2026-09", None), ("reopened", "2026-09", "Late ward")]


@pytest.fixture
def approved_year(scene):
    """A dozen calls a month, for a year."""
    from kpis.assessments.store import recompute
    from tests.factories.measures import approved

    for back in range(1, 13):
        approved(scene.calls, scene.period.month.plus(-back), Decimal(12 + back % 2))
    recompute(stale_only=False, at=scene.clock)
