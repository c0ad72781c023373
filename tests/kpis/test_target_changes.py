"""Changing a promise, a rebase, a care group: judged again from its date on, and nothing else."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from accounts.models import AuditEvent
from accounts.permissions import NotAllowed
from accounts.roles import Role
from kpis.assessments.as_known import Known
from kpis.assessments.integrity import findings
from kpis.assessments.read import histories
from kpis.assessments.store import recompute
from kpis.dated_changes.group_dates import change_care_group_dates
from kpis.dated_changes.recalculation import add_rebase, withdraw_rebase
from kpis.dated_changes.target_changes import (
    TERMS,
    ChangeRefused,
    Terms,
    approve_change,
    propose_change,
    reject_change,
    terms_on,
    withdraw_change,
)
from kpis.models import Assessment, Judgement, Series, Target, TargetChange, TargetPoint
from kpis.rag import Rag
from strategy.periods import Month
from tests.factories.measures import (
    MeasureFactory,
    RatioFactory,
    SeriesFactory,
    TargetFactory,
    approved,
    rolled_up,
)
from tests.factories.people import access, performance_team, person
from tests.factories.plans import CareGroupFactory, PlanFactory, TrustFactory
from tests.plugins.kept import kept

pytestmark = pytest.mark.django_db
AT = datetime(2026, 9, 1, 9, tzinfo=UTC)
LATER = AT + timedelta(hours=1)
JANUARY = Month(2026, 1)
STORED = (
    "assessment__series",
    "assessment__period_end",
    "target_value",
    "floor",
    "rag",
    "variance",
    "is_primary",
    "due_on",
)


@pytest.fixture
def people():
    return performance_team(), performance_team()


@kept
def target():
    plan = PlanFactory(starts_on=date(2025, 4, 1), ends_on=date(2028, 3, 31))
    measure = MeasureFactory()
    series = SeriesFactory(measure=measure)
    for month in range(6):
        approved(series, JANUARY.plus(month), 92)
    found = TargetFactory(
        measure=measure,
        plan=plan,
        source_document=plan.source_document,
        value=Decimal(95),
        floor=Decimal(90),
    )
    assess()
    return found


def assess():
    recompute(at=AT, stale_only=False)


def propose(target, by, *, reason="The standard was lowered", at=AT, **terms):
    target = Target.objects.get(pk=target.pk)
    now = terms_on(target, date(2026, 9, 1))
    given = {
        "effective_from": date(2026, 4, 1),
        **{name: getattr(now, name) for name in TERMS if name != "retired_on"},
        **terms,
    }
    return propose_change(
        target_id=target.pk,
        version=target.version,
        terms=Terms(**given),
        reason=reason,
        by=by,
        access=access(by),
        at=at,
    )


def agree(change, by, at=LATER):
    done = approve_change(change_id=change.pk, by=by, access=access(by), at=at)
    recompute(at=at, stale_only=True)
    return done


def rags(measure):
    rows = Judgement.objects.filter(assessment__series__measure=measure, is_primary=True)
    return [
        Rag(rag) for rag in rows.order_by("assessment__period_end").values_list("rag", flat=True)
    ]


def target_values():
    rows = Judgement.objects.order_by("assessment__period_end")
    return list(rows.values_list("target_value", flat=True))


def test_a_change_holds_from_its_date_on_and_before_nothing_moves(target, people):
    other = TargetFactory(measure=SeriesFactory(measure=MeasureFactory()).measure)
    before = list(Judgement.objects.order_by("pk").values_list(*STORED))
    agree(propose(target, people[0], value=Decimal(92)), people[1])
    assert rags(target.measure) == [Rag.AMBER] * 3 + [Rag.GREEN] * 3
    after = list(Judgement.objects.order_by("assessment__period_end").values_list(*STORED))
    early = [row for row in before if row[1] < date(2026, 4, 1)]
    assert [row for row in after if row[1] < date(2026, 4, 1)] == early
    assert Series.objects.get(measure=other.measure).data_version == 1
    assert Target.objects.get(pk=target.pk).value == 95
    assert list(findings()) == []


def test_a_proposal_changes_nothing(target, people):
    propose(target, people[0], value=Decimal(92))
    assert not Series.objects.stale().exists()
    assess()
    assert set(rags(target.measure)) == {Rag.AMBER}


def test_floor_due_date_and_start_change_too(target, people):
    agree(propose(target, people[0], floor=Decimal(93), due_on=date(2026, 4, 30)), people[1])
    rows = Judgement.objects.order_by("assessment__period_end")
    assert [row.rag for row in rows] == ["amber"] * 3 + ["red"] * 3
    assert [row.due_date_passed for row in rows] == [False] * 4 + [True] * 2
    assert [row.due_on for row in rows] == [date(2028, 3, 31)] * 3 + [date(2026, 4, 30)] * 3
    change = propose(target, people[0], starts_on=date(2026, 6, 1), due_on=date(2027, 1, 1))
    agree(change, people[1], at=LATER + timedelta(hours=1))
    ends = Judgement.objects.values_list("assessment__period_end", flat=True)
    assert sorted(end.month for end in ends) == [1, 2, 3, 6]


def test_retiring_ends_a_promise_on_its_date(target, people):
    agree(propose(target, people[0], retire=True), people[1])
    assert rags(target.measure) == [Rag.AMBER] * 3
    states = [Rag.AMBER] * 3 + [Rag.NO_TARGET] * 3
    row = Series.objects.select_related("measure", "care_group").get()
    assert [w.rag for w in histories([row])[row.pk].history.windows] == states


def test_the_last_decision_replaces_a_later_dated_one(target, people):
    agree(propose(target, people[0], value=Decimal(91), effective_from=date(2026, 6, 1)), people[1])
    assert rags(target.measure) == [Rag.AMBER] * 5 + [Rag.GREEN]
    change = propose(target, people[0], value=Decimal(99), effective_from=date(2026, 3, 1))
    agree(change, people[1], at=LATER + timedelta(hours=1))
    assert rags(target.measure) == [Rag.AMBER] * 6
    values = target_values()
    assert values == [95, 95, 99, 99, 99, 99]


def test_as_known_before_the_approval_the_old_terms_hold(target, people):
    agree(propose(target, people[0], value=Decimal(92)), people[1])
    series = Series.objects.select_related("measure", "care_group").get()

    def known(at):
        return [w.rag for w in histories([series], known_at=at)[series.pk].history.windows]

    assert known(LATER - timedelta(seconds=1)) == [Rag.AMBER] * 6
    assert known(LATER) == [Rag.AMBER] * 3 + [Rag.GREEN] * 3


def test_a_list_of_promises_shows_the_terms_in_effect(target, people):
    agree(propose(target, people[0], value=Decimal(92)), people[1])
    rows = Target.objects.filter(pk=target.pk)
    assert Known().as_recorded(rows, on=date(2026, 3, 31))[0].value == 95
    assert Known().as_recorded(rows, on=date(2026, 4, 1))[0].value == 92
    assert Known(AT).as_recorded(rows, on=date(2026, 4, 1))[0].value == 95


def test_a_new_value_of_an_explicit_path_holds_from_its_month(target, people):
    Target.objects.update(profile="explicit_points", value=None, value_is="", floor=None)
    for month, value in ((1, 80), (5, 99)):
        TargetPoint.objects.create(target=target, month=date(2026, month, 1), value=value)
    assess()
    agree(propose(target, people[0], value=Decimal(92), effective_from=date(2026, 3, 1)), people[1])
    values = target_values()
    assert values == [80, 80, 92, 92, 92, 92]


def test_the_one_who_proposed_does_not_approve(target, people):
    change = propose(target, people[0], value=Decimal(92))
    with pytest.raises(NotAllowed, match="proposed this change yourself"):
        agree(change, people[0])
    with pytest.raises(NotAllowed, match="withdraw it"):
        reject_change(
            change_id=change.pk, reason="no", by=people[0], access=access(people[0]), at=AT
        )
    with pytest.raises(NotAllowed, match="Only whoever proposed"):
        withdraw_change(change_id=change.pk, by=people[1], access=access(people[1]), at=AT)
    change.refresh_from_db()
    assert change.outcome == "proposed"


def test_a_national_standard_changes_at_once(target, people):
    Target.objects.update(role="national_standard")
    change = propose(target, people[0], value=Decimal(92))
    assert (change.outcome, change.decided_by) == ("approved", people[0])
    recompute(at=AT, stale_only=True)
    assert rags(target.measure) == [Rag.AMBER] * 3 + [Rag.GREEN] * 3


def test_rejecting_needs_a_reason_and_leaves_everything(target, people):
    change = propose(target, people[0], value=Decimal(92))
    with pytest.raises(ChangeRefused, match="why the change is not approved"):
        reject_change(
            change_id=change.pk, reason=" ", by=people[1], access=access(people[1]), at=AT
        )
    reject_change(
        change_id=change.pk, reason="Too low", by=people[1], access=access(people[1]), at=AT
    )
    assert not Series.objects.stale().exists()
    with pytest.raises(ChangeRefused, match="not approved already"):
        agree(change, people[1])
    propose(target, people[0], value=Decimal(93))


def test_one_change_waits_at_a_time_and_withdrawing_makes_room(target, people):
    change = propose(target, people[0], value=Decimal(92))
    with pytest.raises(ChangeRefused, match="already waiting"):
        propose(target, people[1], value=Decimal(91))
    withdraw_change(change_id=change.pk, by=people[0], access=access(people[0]), at=AT)
    propose(target, people[1], value=Decimal(91))


def test_a_form_that_is_out_of_date_changes_nothing(target, people):
    agree(propose(target, people[0], value=Decimal(92)), people[1])
    with pytest.raises(ChangeRefused, match="Someone else has changed"):
        propose_change(
            target_id=target.pk,
            version=1,
            terms=Terms(effective_from=date(2026, 4, 1), value=Decimal(80)),
            reason="x",
            by=people[0],
            access=access(people[0]),
            at=AT,
        )


@pytest.mark.parametrize(
    ("terms", "field", "words"),
    [
        ({"reason": " ", "value": Decimal(1)}, "reason", "why the target changes"),
        ({}, "", "Change the value"),
        ({"value": None}, "value", "Enter the value"),
        ({"upper_value": Decimal(99)}, "upper_value", "Only a band"),
        ({"floor": Decimal(96)}, "floor", "cannot be above the target"),
        (
            {"starts_on": date(2026, 5, 1), "due_on": date(2026, 4, 1)},
            "due_on",
            "on or after the day the target starts",
        ),
    ],
)
def test_impossible_terms_are_refused_at_their_box(target, people, terms, field, words):
    with pytest.raises(ChangeRefused, match=words) as refused:
        propose(target, people[0], **terms)
    assert refused.value.field == field
    assert not TargetChange.objects.exists()


def test_a_band_keeps_its_two_values_in_order(target, people):
    Target.objects.update(operator="between", upper_value=Decimal(97), floor=None)
    with pytest.raises(ChangeRefused, match="more than the value"):
        propose(target, people[0], value=Decimal(97))
    with pytest.raises(ChangeRefused, match="upper value of the band"):
        propose(target, people[0], upper_value=None)
    agree(propose(target, people[0], value=Decimal(90)), people[1])
    assert rags(target.measure)[-1] is Rag.GREEN


def test_others_may_not_change_targets(target):
    lead = person(Role.CARE_GROUP_LEAD)
    with pytest.raises(NotAllowed, match="change plans and targets"):
        propose(target, lead, value=Decimal(92))


def test_every_step_is_audited_with_old_and_new(target, people):
    agree(propose(target, people[0], value=Decimal(92)), people[1])
    events = AuditEvent.objects.order_by("pk")
    assert [(e.action, e.by) for e in events] == [
        ("target change proposed", people[0]),
        ("target change approved", people[1]),
    ]
    assert {"field": "value", "old": "95", "new": "92"} in events[1].changes
    assert events[1].reason == "The standard was lowered"


def test_only_the_series_that_inherit_it_go_out_of_date(people):
    group = CareGroupFactory()
    for measure, count in ((MeasureFactory(), 1), (RatioFactory(), 2)):
        SeriesFactory(measure=measure, care_group=TrustFactory())
        SeriesFactory(measure=measure, care_group=group)
        target = TargetFactory(measure=measure, role="local")
        assess()
        propose(target, people[0], value=Decimal(92))
        assert Series.objects.stale().count() == count


def test_limits_are_recalculated_from_a_date_with_a_reason(people):
    team = people[0]
    series = SeriesFactory(measure=MeasureFactory())
    for month in range(30):
        approved(series, JANUARY.plus(month - 30), 10 + month % 3)
    assess()
    mean = dict(Assessment.objects.values_list("period_end", "spc_mean"))
    asked = {"series_id": series.pk, "by": team, "access": access(team), "at": AT}
    with pytest.raises(ChangeRefused, match="why the limits"):
        add_rebase(starts_on=date(2025, 3, 10), reason="", **asked)
    rebase = add_rebase(starts_on=date(2025, 3, 10), reason="A ward closed", **asked)
    assert recompute(at=AT, stale_only=True) == 1
    segments = dict(Assessment.objects.values_list("period_end", "spc_segment"))
    assert {end for end, n in segments.items() if n == 1} == {
        end for end in segments if end >= date(2025, 4, 1)
    }
    with pytest.raises(ChangeRefused, match="already recalculated from that day"):
        add_rebase(starts_on=date(2025, 3, 10), reason="Again", **asked)
    taken = {"rebase_id": rebase.pk, "by": team, "access": access(team), "at": LATER}
    with pytest.raises(ChangeRefused, match="why the recalculation"):
        withdraw_rebase(reason="", **taken)
    withdraw_rebase(reason="Wrong month", **taken)
    recompute(at=AT, stale_only=True)
    assert dict(Assessment.objects.values_list("period_end", "spc_mean")) == mean
    with pytest.raises(ChangeRefused, match="withdrawn already"):
        withdraw_rebase(reason="Again", **taken)
    assert [e.reason for e in AuditEvent.objects.order_by("pk")] == ["A ward closed", "Wrong month"]
    assert Known(AT).rebases([series.pk]) == {series.pk: (date(2025, 3, 10),)}


def test_a_care_groups_new_last_day_changes_the_windows_it_moves_over(people):
    team = people[0]
    groups = [CareGroupFactory() for _ in range(2)]
    _, trust, parts = rolled_up(*groups)
    for month in range(3):
        approved(parts[0], JANUARY.plus(month), numerator=Decimal(9), denominator=Decimal(10))
    other = SeriesFactory(measure=MeasureFactory())
    assess()
    change_care_group_dates(
        care_group_id=groups[1].pk,
        valid_from=None,
        valid_to=date(2026, 2, 15),
        reason="Merged",
        by=team,
        access=access(team),
        at=AT,
    )
    assert other.pk not in Series.objects.stale().values_list("pk", flat=True)
    recompute(at=AT, stale_only=True)
    found = Assessment.objects.filter(series=trust).order_by("period_end")
    assert list(found.values_list("groups_expected", "state")) == [
        (2, "incomplete"),
        (1, ""),
        (1, ""),
    ]
    assert list(findings()) == []
    event = AuditEvent.objects.get()
    assert (event.action, event.reason) == ("care group dates changed", "Merged")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"reason": ""}, "why the dates"),
        ({"valid_from": date(2026, 3, 1)}, "after the first"),
        ({"valid_to": None}, "Change a date"),
    ],
)
def test_impossible_dates_of_a_care_group_are_refused(people, given, words):
    group = CareGroupFactory()
    asked = {"valid_from": None, "valid_to": date(2026, 2, 1), "reason": "Merged", **given}
    with pytest.raises(ChangeRefused, match=words):
        change_care_group_dates(
            care_group_id=group.pk, by=people[0], access=access(people[0]), at=AT, **asked
        )


def test_what_is_edited_by_any_door_goes_out_of_date(target):
    series = Series.objects.get(measure=target.measure)
    for row, name, value in (
        (target.plan, "title", "Another"),
        (target.measure, "decimals", 2),
        (series.care_group, "name", "The trust"),
        (target, "operator", "gt"),
    ):
        assess()
        setattr(row, name, value)
        row.save()
        assert Series.objects.get(pk=series.pk).is_stale, row
