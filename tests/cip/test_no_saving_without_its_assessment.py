"""Every way around the quality gate is tried: by verb, old form, hand and database."""

from datetime import date
from decimal import Decimal

import pytest
from django.contrib import admin

from accounts.permissions import NotAllowed
from accounts.roles import Role
from cip import models
from cip.gate import Post
from cip.models import (
    QIAReview,
    Scheme,
)
from cip.money import Stage
from cip.qia.decide import record_decision
from cip.schemes.set_up import change_scheme
from cip.standing.hold import SchemeChanged, SchemeRefused
from cip.standing.read import standing_of
from strategy.periods import Month
from tests.cip.walk import SCORED, SEPTEMBER, YEAR
from tests.factories.people import person

pytestmark = pytest.mark.django_db
MEDICAL, NURSING = Post.MEDICAL_DIRECTOR, Post.NURSING_DIRECTOR


def worth(walk) -> Decimal:
    return walk.standing.risk_weighted


def test_the_straight_way_from_idea_to_closed(submitted):
    walk = submitted
    assert worth(walk) == 0
    walk.decide()
    walk.sign(walk.medical)
    assert worth(walk) == 0
    walk.sign(walk.nursing)
    assert worth(walk) == 140
    walk.move("approved", "in_delivery")
    assert QIAReview.objects.count() == 4
    walk.later(date(2019, 10, 3))
    walk.phase({SEPTEMBER: "15"}, "actual")
    walk.sign_off(SEPTEMBER, seen="15")
    assert (walk.standing.delivered, worth(walk)) == (15, 135)
    walk.move("closed")
    assert walk.standing.stage is Stage.CLOSED


@pytest.mark.parametrize("to", ["approved", "in_delivery", "closed", "qia", "substituted"])
def test_no_stage_is_jumped(walk, to):
    walk.add()
    with pytest.raises(SchemeRefused, match="cannot go from"):
        walk.move(to)


@pytest.mark.parametrize("outcome", ["more_detail_asked", "rejected"])
def test_only_an_approval_lets_a_scheme_on(submitted, outcome):
    walk = submitted
    with pytest.raises(SchemeRefused, match="not approved"):
        walk.move("approved")
    walk.decide(outcome, "The panel’s words")
    with pytest.raises(SchemeRefused, match="not approved"):
        walk.move("approved")
    with pytest.raises(SchemeRefused, match="nothing to sign"):
        walk.sign(walk.medical)


@pytest.mark.parametrize("signed", [(), ("medical",), ("nursing",)])
def test_delivery_waits_for_both_signatures(submitted, signed):
    walk = submitted
    walk.decide()
    for name in signed:
        walk.sign(getattr(walk, name))
    walk.move("approved")
    with pytest.raises(SchemeRefused, match="has not signed"):
        walk.move("in_delivery")
    assert worth(walk) == 0


def test_reopened_pauses_and_needs_a_new_decision_and_new_signatures(delivering):
    walk = delivering
    walk.later(date(2019, 10, 3))
    walk.phase({SEPTEMBER: "15"}, "actual")
    walk.sign_off(SEPTEMBER, seen="15")
    walk.reopen()
    assert (walk.standing.is_paused, worth(walk)) == (True, 15)
    walk.submit()
    walk.decide("approved_with_conditions", "Monthly audit")
    assert walk.standing.is_paused, "the old signatures were given on the old decision"
    walk.sign(walk.medical)
    walk.sign(walk.nursing)
    assert (walk.standing.is_paused, worth(walk)) == (False, 135)


def test_a_rejected_assessment_is_reopened_once_by_finance_with_a_reason(submitted):
    walk = submitted
    walk.decide("rejected", "Detrimental")
    with pytest.raises(SchemeRefused, match="Enter why"):
        walk.reopen(reason=" ")
    with pytest.raises(NotAllowed):
        walk.reopen(by=walk.lead)
    walk.reopen()
    walk.submit()
    walk.decide("rejected", "Detrimental still")
    with pytest.raises(SchemeRefused, match="once"):
        walk.reopen()
    with pytest.raises(SchemeRefused, match="rejected"):
        walk.write()


def test_a_rejected_scheme_stays_rejected(signed):
    walk = signed
    walk.move("rejected")
    for stage in Stage:
        with pytest.raises(SchemeRefused):
            walk.move(stage.value)
    with pytest.raises(SchemeRefused, match="has ended"):
        walk.write()
    assert worth(walk) == 0


def test_the_panel_decides_on_what_was_submitted(submitted):
    walk = submitted
    with pytest.raises(SchemeRefused, match="The panel has the assessment"):
        walk.write(scope="All wards")
    shown = walk.mark
    walk.change(description="Fewer beds")
    with pytest.raises(SchemeRefused, match="changed since you opened"):
        record_decision(
            scheme_id=walk.scheme.pk, seen=shown, outcome="approved", words="",
            decided_on=date(2019, 5, 1), **walk.who(walk.finance),
        )  # fmt: skip
    for other in (walk.lead, walk.medical):
        with pytest.raises(NotAllowed):
            walk.decide(by=other)


def test_an_incomplete_assessment_is_not_submitted(walk):
    walk.add()
    walk.plan_level()
    walk.move("outlined", "qia")
    walk.write(domains={"patient_safety": SCORED}, equality_impact=" ")
    with pytest.raises(SchemeRefused) as refused:
        walk.submit()
    for words in ("Equality impact", "Clinical effectiveness", "Staff experience"):
        assert words in str(refused.value)
    assert "Patient safety" not in str(refused.value)


def test_no_actual_before_delivery_and_none_for_a_month_before_it(signed):
    walk = signed
    with pytest.raises(SchemeRefused, match="no saving without"):
        walk.phase({SEPTEMBER: "15"}, "actual")
    walk.move("approved", "in_delivery")
    with pytest.raises(SchemeRefused, match="delivers since May 2019"):
        walk.phase({Month(2019, 4): "15"}, "actual")
    with pytest.raises(SchemeRefused, match="has not begun"):
        walk.phase({SEPTEMBER: "15"}, "actual")


def test_the_next_years_scheme_needs_an_assessment_of_its_own(delivering):
    """Neither stage nor decision nor signature is carried into the next year."""
    walk = delivering
    following = models.Programme.objects.create(year="2020-21", title="CIP", printed_target_k=9)
    models.Allocation.objects.create(
        programme=following, care_group=walk.acute, position=1, label_as_published="", target_k=9
    )
    walk.programme = following
    walk.later(date(2020, 4, 1))
    walk.add()
    assert walk.standing.stage is Stage.IDEA
    assert walk.standing.qia_status == "not_started"
    assert not walk.standing.gate.is_allowed


def test_the_administration_offers_no_door():
    shown = {model for model in admin.site._registry if model._meta.app_label == "cip"}
    assert shown == {models.Programme, models.Allocation}


def test_a_stale_page_changes_nothing_and_shows_both(walk):
    walk.add()
    walk.change(description="Fewer beds")
    with pytest.raises(SchemeChanged) as refused:
        change_scheme(
            scheme_id=walk.scheme.pk, version=1, entry=walk.details(description="More beds"),
            reason="Agreed", **walk.who(walk.lead),
        )  # fmt: skip
    (clash,) = refused.value.clashes
    assert (clash.label, clash.yours, clash.theirs) == ("Description", "More beds", "Fewer beds")
    assert str(walk.lead) in str(refused.value)


def test_another_groups_lead_and_readers_write_nothing(submitted):
    walk = submitted
    walk.decide("more_detail_asked", "Which wards?")
    stranger = person(Role.CARE_GROUP_LEAD, leads=walk.older)
    for other in (stranger, walk.medical, person(Role.ANALYST), person(Role.BOARD_MEMBER)):
        for act in (walk.write, walk.submit, walk.change):
            with pytest.raises(NotAllowed):
                act(by=other)
        with pytest.raises(NotAllowed):
            walk.move("rejected", by=other)
        with pytest.raises(NotAllowed):
            walk.phase({SEPTEMBER: "1"}, "forecast", by=other)


def test_known_at_a_past_moment_it_stands_as_it_stood(submitted):
    walk = submitted
    before = walk.now
    walk.decide()
    walk.sign(walk.medical)
    walk.sign(walk.nursing)
    walk.move("approved", "in_delivery")
    walk.phase({YEAR.months[-1]: "90"})
    then = standing_of(Scheme.objects.get(pk=walk.scheme.pk), known_at=before)
    assert then.stage is Stage.QIA
    assert not then.gate.is_allowed
    assert then.in_year_plan == 140
    assert walk.standing.in_year_plan == 210
