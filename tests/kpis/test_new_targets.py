"""A target is added to a plan: typed, checked, proposed by one person, agreed by another."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from accounts.models import AuditEvent
from accounts.permissions import NotAllowed
from accounts.roles import Role
from kpis.assessments.as_known import Known
from kpis.assessments.integrity import findings
from kpis.assessments.store import recompute
from kpis.dated_changes.decide import ChangeRefused
from kpis.models import Judgement, Target, TargetProposal
from kpis.promises.add import agree_target, propose_target, reject_target, withdraw_target
from kpis.promises.promise import Promise, read_path
from kpis.targets import Operator, Profile, ValueIs
from strategy.periods import Month
from tests.factories.measures import (
    MeasureFactory,
    MilestoneFactory,
    SeriesFactory,
    TargetFactory,
    approved,
)
from tests.factories.people import access, performance_team, person
from tests.factories.plans import AmbitionFactory, ObjectiveFactory, PlanFactory
from tests.plugins.kept import kept

pytestmark = pytest.mark.django_db
AT = datetime(2026, 5, 4, 9, tzinfo=UTC)
LATER = AT + timedelta(days=1)
SAID = "95% of people are seen in time"


@kept
def world():
    plan = PlanFactory(code="plan", starts_on=date(2026, 4, 1), ends_on=date(2029, 3, 31))
    objective = ObjectiveFactory(ambition=AmbitionFactory(plan=plan), plan=plan, reference="1.1")
    measure = MeasureFactory(unit="percent", decimals=1, valid_from=date(2024, 4, 1))
    series = SeriesFactory(measure=measure)
    for place in range(26):
        approved(series, Month(2024, 4).plus(place), 88 + place % 3)
    recompute(at=AT, stale_only=False)
    return plan, objective, measure, series


def given(**fields):
    usual = {
        "statement": SAID,
        "source_section": "Page 4",
        "operator": "ge",
        "value_is": "absolute",
        "value": Decimal(95),
    }
    return Promise(**{**usual, **fields})


def propose(world, by, promise=None, *, reason="The board decided it", measure=True, at=AT):
    plan, objective, counted, series = world
    is_standard = promise is not None and promise.role == "national_standard"
    return propose_target(
        plan_id=plan.pk,
        objective_id=None if is_standard else objective.pk,
        measure_id=counted.pk if measure is True else getattr(measure, "pk", None),
        care_group_id=series.care_group_id,
        promise=promise or given(),
        reason=reason,
        by=by,
        access=access(by),
        at=at,
    )


def agree(proposal, by, at=LATER):
    done = agree_target(proposal_id=proposal.pk, by=by, access=access(by), at=at)
    recompute(at=at, stale_only=True)
    return done


def test_two_people_make_a_commitment_and_nothing_holds_before(world):
    first, second = performance_team(), person(Role.ADMINISTRATOR)
    proposal = propose(world, first)
    recompute(at=AT, stale_only=True)
    assert not Target.objects.exists()
    assert not Judgement.objects.exists()
    with pytest.raises(NotAllowed):
        agree(proposal, first)
    target = agree(proposal, second).target
    assert (target.code, target.statement, target.value) == ("plan/1.1.1", SAID, 95)
    judged = Judgement.objects.filter(target=target)
    assert {row.assessment.period_end for row in judged} == {date(2026, 5, 31)}
    assert [found for found in findings() if found.what.startswith("target")] == []
    assert AuditEvent.objects.filter(action__in=["target proposed", "target approved"]).count() == 2


def test_before_the_decision_it_was_not_known(world):
    target = agree(propose(world, performance_team()), performance_team()).target
    rows = Target.objects.filter(pk=target.pk).select_related("plan")
    assert Known(LATER - timedelta(seconds=1)).as_recorded(rows) == []
    assert [row.pk for row in Known(LATER).as_recorded(rows)] == [target.pk]


def test_a_target_from_a_past_day_judges_from_that_day_and_nothing_before(world):
    promise = given(starts_on=date(2026, 4, 1))
    target = agree(propose(world, performance_team(), promise), performance_team()).target
    judged = Judgement.objects.filter(target=target)
    ends = sorted(row.assessment.period_end for row in judged)
    assert ends == [date(2026, 4, 30), date(2026, 5, 31)]


def test_what_is_no_commitment_holds_at_once(world):
    proposal = propose(world, performance_team(), given(role="local"))
    assert proposal.outcome == "approved"
    assert proposal.target.role == "local"
    standard = propose(world, performance_team(), given(role="national_standard"))
    assert standard.target.objective is None


@pytest.mark.parametrize(
    "role", [role for role in Role if role not in ("performance_team", "administrator")]
)
def test_no_other_role_adds_a_target(world, role):
    with pytest.raises(NotAllowed):
        propose(world, person(role))


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"statement": " "}, "statement"),
        ({"source_section": " "}, "source_section"),
        ({"operator": ""}, "operator"),
        ({"operator": "le"}, "operator"),
        ({"operator": "between"}, "upper_value"),
        ({"operator": "between", "upper_value": Decimal(90)}, "upper_value"),
        ({"upper_value": Decimal(99)}, "upper_value"),
        ({"floor": Decimal(96)}, "floor"),
        ({"starts_on": date(2026, 3, 31)}, "starts_on"),
        ({"due_on": date(2026, 4, 30)}, "due_on"),
        ({"value_is": "relative_to_baseline"}, "change"),
        ({"value_is": "change_from_baseline", "change": "up", "value": Decimal(-1)}, "value"),
        ({"baseline": Decimal(80), "baseline_period": "2029-03"}, "baseline_period"),
        ({"baseline": Decimal(80), "baseline_period": "last spring"}, "baseline_period"),
        ({"points": (("2027-03", "84"),)}, "profile"),
        (
            {
                "profile": "explicit_points",
                "points": (("2029-04", "84"),),
                "due_on": date(2029, 3, 31),
            },
            "points",
        ),
        ({"role": "wish"}, "role"),
    ],
)
def test_bad_input_is_named_and_nothing_is_saved(world, fields, field):
    with pytest.raises(ChangeRefused) as refused:
        propose(world, performance_team(), given(**fields))
    assert refused.value.field == field
    assert not TargetProposal.objects.exists()
    assert not AuditEvent.objects.filter(action="target proposed").exists()


def test_a_target_before_its_measure_begins_is_refused(world):
    late = MeasureFactory(valid_from=date(2027, 4, 1))
    with pytest.raises(ChangeRefused, match="before its measure begins"):
        propose(world, performance_team(), given(), measure=late)
    with pytest.raises(ChangeRefused, match="Choose the measure"):
        propose(world, performance_team(), given(), measure=None)


def test_words_alone_and_a_missing_baseline_are_allowed(world):
    words = given(operator="", value_is="", value=None)
    assert propose(world, performance_team(), words, measure=None).outcome == "proposed"
    relative = given(
        value_is="relative_to_baseline", change="up", value=Decimal(15), statement="Up"
    )
    target = agree(propose(world, performance_team(), relative), performance_team()).target
    assert set(Judgement.objects.filter(target=target).values_list("rag", flat=True)) == {
        "needs_baseline"
    }


def test_a_milestone_takes_a_day_and_no_value(world):
    milestone = MilestoneFactory()
    with pytest.raises(ChangeRefused) as refused:
        propose(world, performance_team(), given(), measure=milestone)
    assert refused.value.field == "value"
    day = given(operator="", value_is="", value=None, due_on=date(2027, 3, 31))
    assert propose(world, performance_team(), day, measure=milestone).outcome == "proposed"


def test_the_same_target_is_not_added_twice(world):
    proposal = propose(world, performance_team())
    with pytest.raises(ChangeRefused, match="already waiting"):
        propose(world, performance_team())
    agree(proposal, performance_team())
    with pytest.raises(ChangeRefused, match="has this target already"):
        propose(world, performance_team())


def test_refused_withdrawn_and_decided_twice(world):
    first, second = performance_team(), performance_team()
    mine = propose(world, first)
    with pytest.raises(NotAllowed):
        withdraw_target(proposal_id=mine.pk, by=second, access=access(second), at=LATER)
    with pytest.raises(ChangeRefused) as refused:
        reject_target(proposal_id=mine.pk, reason=" ", by=second, access=access(second), at=LATER)
    assert refused.value.field == "reason"
    reject_target(proposal_id=mine.pk, reason="Too low", by=second, access=access(second), at=LATER)
    with pytest.raises(ChangeRefused, match="already"):
        agree(mine, second)
    assert not Target.objects.exists()


def test_the_database_refuses_one_person_and_a_rewritten_proposal(world):
    proposal = propose(world, performance_team())
    with pytest.raises(IntegrityError), transaction.atomic():
        TargetProposal.objects.filter(pk=proposal.pk).update(value=50)
    target = TargetFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        TargetProposal.objects.filter(pk=proposal.pk).update(
            outcome="approved",
            decided_at=AT,
            decided_by=proposal.proposed_by,
            target=target,
        )


def test_a_path_is_judged_value_by_value(world):
    path = (("2026-04", "84"), ("2026-05", "90"))
    promise = given(
        profile=Profile.EXPLICIT_POINTS.value,
        points=path,
        value=None,
        starts_on=date(2026, 4, 1),
    )
    target = agree(propose(world, performance_team(), promise), performance_team()).target
    rows = Judgement.objects.filter(target=target).order_by("assessment__period_end")
    assert [row.target_value for row in rows] == [84, 90]


@pytest.mark.parametrize(
    "text",
    ["Mar 2027 84\nMar 2028 86.5", "Mar 2027\tMar 2028\n84%\t86.5%", "2027-03\t84\n2028-03\t86.5"],
)
def test_paths_as_they_are_pasted(text):
    assert read_path(text, first=Month(2026, 4)) == (("2027-03", "84"), ("2028-03", "86.5"))


def test_values_alone_begin_with_the_first_month():
    assert read_path("1,084\t86", first=Month(2026, 4)) == (("2026-04", "1084"), ("2026-05", "86"))
    for text in ("Mar 2027", "Mar 2027 many", "Smarch 2027 84", "Mar 2027\tApr 2027\n84\t85\t86"):
        with pytest.raises(ValueError, match=r"write|copy"):
            read_path(text, first=Month(2026, 4))


def typed(world, **fields):
    _, objective, measure, series = world
    return {
        "objective": objective.pk,
        "statement": SAID,
        "source_section": "Page 4",
        "role": "commitment",
        "measure": measure.pk,
        "care_group": series.care_group_id,
        "operator": Operator.GE.value,
        "value": "95%",
        "value_is": ValueIs.ABSOLUTE.value,
        "profile": "step",
        "due_on": "31/3/2029",
        "reason": "The board decided it",
        **fields,
    }


def test_the_page_checks_and_then_proposes(client, world):
    first, second = performance_team(), performance_team()
    client.force_login(first)
    shown = client.post("/plans/plan/targets/new/", typed(world, action="check"))
    page = " ".join(re.sub(r"<[^>]+>", " ", shown.content.decode()).split())
    assert shown.status_code == 200
    assert not TargetProposal.objects.exists()
    assert "95% would be missed every month" in page
    assert "near target" in page.lower()
    assert "The new target" in shown.content.decode()
    assert client.post("/plans/plan/targets/new/", typed(world)).status_code == 302
    proposal = TargetProposal.objects.get()
    client.force_login(second)
    assert SAID in client.get("/plans/plan/targets/").content.decode()
    sent = client.post("/plans/plan/targets/", {"proposal": proposal.pk, "action": "approve"})
    assert sent.status_code == 302
    assert Target.objects.get().value == 95
    again = client.post("/plans/plan/targets/", {"proposal": proposal.pk, "action": "approve"})
    assert again.status_code == 409


def test_what_was_typed_stays_and_the_fault_stands_at_its_box(client, world):
    client.force_login(performance_team())
    shown = client.post("/plans/plan/targets/new/", typed(world, floor="97", value="95"))
    assert shown.status_code == 409
    page = shown.content.decode()
    assert "cannot be above the target" in page
    assert 'value="97"' in page
    wrong = client.post("/plans/plan/targets/new/", typed(world, value="ninety"))
    assert wrong.status_code == 200
    assert "ninety" in wrong.content.decode()


def test_the_number_of_queries_does_not_grow(client, world, django_assert_max_num_queries):
    client.force_login(performance_team())
    with django_assert_max_num_queries(15):
        client.get("/plans/plan/targets/new/")
    with django_assert_max_num_queries(25):
        client.post("/plans/plan/targets/new/", typed(world, action="check"))
