"""Every way around the quality gate is tried: by verb, old form, hand and database."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.contrib import admin

from accounts.permissions import NotAllowed
from accounts.roles import Role
from cip import models
from cip.gate import Changed, Post
from cip.models import (
    QIAReview,
    QIASignature,
    Scheme,
)
from cip.money import Stage
from cip.qia.decide import record_decision
from cip.qia.write import Domain
from cip.schemes.set_up import change_scheme
from cip.standing.hold import SchemeChanged, SchemeRefused
from cip.standing.read import standing_of
from strategy.models import Membership, PostHolding
from strategy.periods import Month
from tests.cip.walk import SCORED, SEPTEMBER, YEAR
from tests.factories.people import MembershipFactory, PostHoldingFactory, person

pytestmark = pytest.mark.django_db
MEDICAL, NURSING = Post.MEDICAL_DIRECTOR, Post.NURSING_DIRECTOR
ALL = dict.fromkeys(Domain.values, SCORED)


def worth(walk) -> Decimal:
    return walk.standing.risk_weighted


def test_the_straight_way_from_idea_to_closed(walk):
    walk.to_submitted()
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
def test_only_an_approval_lets_a_scheme_on(walk, outcome):
    walk.to_submitted()
    with pytest.raises(SchemeRefused, match="not approved"):
        walk.move("approved")
    walk.decide(outcome, "The panel’s words")
    with pytest.raises(SchemeRefused, match="not approved"):
        walk.move("approved")
    with pytest.raises(SchemeRefused, match="nothing to sign"):
        walk.sign(walk.medical)


@pytest.mark.parametrize("signed", [(), ("medical",), ("nursing",)])
def test_delivery_waits_for_both_signatures(walk, signed):
    walk.to_submitted()
    walk.decide()
    for name in signed:
        walk.sign(getattr(walk, name))
    walk.move("approved")
    with pytest.raises(SchemeRefused, match="has not signed"):
        walk.move("in_delivery")
    assert worth(walk) == 0


def test_nobody_signs_twice_not_even_in_two_posts(walk):
    walk.to_submitted()
    walk.decide()
    PostHoldingFactory(user=walk.medical, post=NURSING.value)
    walk.sign(walk.medical)
    with pytest.raises(SchemeRefused, match="two different people"):
        walk.sign(walk.medical, NURSING)
    with pytest.raises(SchemeRefused, match="signed this already"):
        walk.sign(walk.medical)
    assert QIASignature.objects.count() == 1


def test_no_author_signs_whoever_else_wrote_too(walk):
    """The director of nursing also leads the care group, and adds one word to the draft."""
    MembershipFactory(user=walk.nursing, care_group=walk.acute)
    walk.nursing.role_grants.create(role=Role.CARE_GROUP_LEAD.value, starts_on=date(2015, 1, 1))
    walk.to_submitted()
    walk.decide("more_detail_asked", "Which wards?")
    walk.write(by=walk.nursing, scope="Older adult wards A and B")
    walk.submit()
    walk.decide()
    walk.sign(walk.medical)
    with pytest.raises(SchemeRefused, match="You wrote in this assessment"):
        walk.sign(walk.nursing)
    # The other holder of the post may sign.
    deputy = _deputy(walk, NURSING)
    walk.sign(deputy, NURSING)
    assert walk.standing.gate.is_allowed


def test_who_writes_in_it_after_signing_has_not_signed(walk):
    MembershipFactory(user=walk.nursing, care_group=walk.acute)
    walk.nursing.role_grants.create(role=Role.CARE_GROUP_LEAD.value, starts_on=date(2015, 1, 1))
    walk.to_signed()
    walk.write(by=walk.nursing, equality_impact="One group more")
    assert not walk.standing.gate.is_allowed
    assert "wrote the assessment" in " ".join(walk.standing.gate.reasons)


def _deputy(walk, post, **dates):
    deputy = person(Role.QIA_SIGNATORY)
    deputy.set_password("correct horse")
    deputy.save()
    PostHoldingFactory(user=deputy, post=post.value, **dates)
    return deputy


@pytest.mark.parametrize(
    ("dates", "signs"),
    [
        ({"starts_on": date(2019, 4, 1), "ends_on": date(2019, 5, 2)}, True),
        ({"starts_on": date(2019, 5, 1)}, True),
        ({"starts_on": date(2019, 5, 2)}, False),  # from tomorrow
        ({"starts_on": date(2019, 4, 1), "ends_on": date(2019, 5, 1)}, False),  # until yesterday
    ],
)
def test_a_deputy_signs_on_the_days_of_the_post_only(walk, dates, signs):
    walk.to_submitted()
    walk.decide()
    deputy = _deputy(walk, MEDICAL, **dates)
    if signs:
        walk.sign(deputy, MEDICAL)
    else:
        with pytest.raises(SchemeRefused, match="Only who holds the post"):
            walk.sign(deputy, MEDICAL)


def test_cover_for_a_care_group_is_no_post(walk):
    walk.to_submitted()
    walk.decide()
    cover = person(Role.QIA_SIGNATORY, Role.CARE_GROUP_LEAD)
    cover.set_password("correct horse")
    cover.save()
    kind = Membership.Kind.DELEGATE
    MembershipFactory(user=cover, care_group=walk.acute, kind=kind)
    with pytest.raises(SchemeRefused, match="Only who holds the post"):
        walk.sign(cover, MEDICAL)


@pytest.mark.parametrize("hour", [22, 23])
def test_the_day_of_a_post_ends_at_midnight_in_london(walk, hour):
    """At 23:30 UTC in June it is the next day there."""
    walk.to_submitted()
    walk.decide()
    holding = PostHolding.objects.get(user=walk.medical)
    holding.ends_on = date(2019, 6, 11)
    holding.save()
    walk.now = datetime(2019, 6, 10, hour, 30, tzinfo=UTC)
    if hour == 22:
        walk.sign(walk.medical)
    else:
        with pytest.raises(SchemeRefused, match="Only who holds the post"):
            walk.sign(walk.medical)


def test_signing_asks_for_ones_own_password_and_role(walk):
    walk.to_submitted()
    walk.decide()
    with pytest.raises(SchemeRefused, match="password"):
        walk.sign(walk.medical, password="guess")
    for other in (walk.lead, walk.finance):
        with pytest.raises(NotAllowed):
            walk.sign(other, MEDICAL)
    walk.medical.role_grants.all().delete()
    with pytest.raises(NotAllowed):
        walk.sign(walk.medical)


def test_what_was_not_shown_is_not_signed(walk):
    walk.to_submitted()
    walk.decide()
    shown = walk.mark
    walk.change(description="Fewer beds")
    with pytest.raises(SchemeRefused, match="changed since you opened"):
        walk.sign(walk.medical, seen=shown)


EDITS = {
    "description": (lambda walk: walk.change(description="Fewer beds"), Changed.MATERIALLY),
    "title": (lambda walk: walk.change(title="Fewer beds"), Changed.MATERIALLY),
    "care group": (lambda walk: _moved(walk), Changed.MATERIALLY),
    "scope": (lambda walk: walk.write(scope="All wards"), Changed.MATERIALLY),
    "a score": (
        lambda walk: walk.write(
            domains=ALL | {"patient_safety": _scored(likelihood=4)}
        ),
        Changed.MATERIALLY,
    ),
    "value by 10%": (lambda walk: walk.phase({SEPTEMBER: "34"}), Changed.SLIGHTLY),
    "value by more": (lambda walk: walk.phase({SEPTEMBER: "34.001"}), Changed.MATERIALLY),
    "value down": (lambda walk: walk.phase({SEPTEMBER: "5.999"}), Changed.MATERIALLY),
    "mitigation": (
        lambda walk: walk.write(
            domains=ALL | {"patient_safety": _scored(mitigation="A visit")}
        ),
        Changed.SLIGHTLY,
    ),
    "forecast": (lambda walk: walk.phase({SEPTEMBER: "90"}, "forecast"), Changed.NOT_AT_ALL),
    "lead": (lambda walk: walk.change(lead="Another"), Changed.NOT_AT_ALL),
}  # fmt: skip


def _scored(**changed):
    return replace(SCORED, **changed)


def _moved(walk):
    MembershipFactory(user=walk.lead, care_group=walk.older)
    walk.change(care_group=walk.older)


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_after_the_signatures_voids_them_when_it_is_material(walk, name):
    edit, expected = EDITS[name]
    walk.to_delivery()
    edit(walk)
    standing = walk.standing
    assert standing.assessed.changed is expected
    is_void = expected is Changed.MATERIALLY
    assert standing.is_paused is is_void
    assert (standing.risk_weighted == 0) is is_void


def test_small_steps_add_up_and_new_signatures_heal(walk):
    walk.to_delivery()
    walk.phase({SEPTEMBER: "30"})
    assert not walk.standing.is_paused
    walk.phase({SEPTEMBER: "38"})
    assert walk.standing.is_paused
    walk.sign(walk.medical)
    assert walk.standing.is_paused
    walk.sign(walk.nursing)
    assert not walk.standing.is_paused


def test_back_to_what_was_signed_is_signed_again(walk):
    walk.to_delivery()
    walk.change(description="Fewer beds")
    walk.change()
    assert not walk.standing.is_paused


def test_reopened_pauses_and_needs_a_new_decision_and_new_signatures(walk):
    walk.to_delivery()
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


def test_a_rejected_assessment_is_reopened_once_by_finance_with_a_reason(walk):
    walk.to_submitted()
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


def test_a_rejected_scheme_stays_rejected(walk):
    walk.to_signed()
    walk.move("rejected")
    for stage in Stage:
        with pytest.raises(SchemeRefused):
            walk.move(stage.value)
    with pytest.raises(SchemeRefused, match="has ended"):
        walk.write()
    assert worth(walk) == 0


def test_the_panel_decides_on_what_was_submitted(walk):
    walk.to_submitted()
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


def test_no_actual_before_delivery_and_none_for_a_month_before_it(walk):
    walk.to_signed()
    with pytest.raises(SchemeRefused, match="no saving without"):
        walk.phase({SEPTEMBER: "15"}, "actual")
    walk.move("approved", "in_delivery")
    with pytest.raises(SchemeRefused, match="delivers since May 2019"):
        walk.phase({Month(2019, 4): "15"}, "actual")
    with pytest.raises(SchemeRefused, match="has not begun"):
        walk.phase({SEPTEMBER: "15"}, "actual")


def test_the_next_years_scheme_needs_an_assessment_of_its_own(walk):
    """Neither stage nor decision nor signature is carried into the next year."""
    walk.to_delivery()
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


def test_another_groups_lead_and_readers_write_nothing(walk):
    walk.to_submitted()
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


def test_known_at_a_past_moment_it_stands_as_it_stood(walk):
    walk.to_submitted()
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
