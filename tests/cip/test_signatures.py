"""Who may sign a quality impact assessment, on which days, and which later edits void it."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from django.test import Client

from accounts.permissions import NotAllowed
from accounts.roles import Role
from cip.gate import Changed, Post
from cip.models import (
    QIASignature,
)
from cip.qia.write import Domain
from cip.standing.hold import SchemeRefused
from strategy.models import Membership, PostHolding
from tests.cip.walk import SCORED, SEPTEMBER
from tests.factories.people import MembershipFactory, PostHoldingFactory, person

pytestmark = pytest.mark.django_db
MEDICAL, NURSING = Post.MEDICAL_DIRECTOR, Post.NURSING_DIRECTOR
ALL = dict.fromkeys(Domain.values, SCORED)


def test_nobody_signs_twice_not_even_in_two_posts(submitted):
    walk = submitted
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
def test_a_deputy_signs_on_the_days_of_the_post_only(submitted, dates, signs):
    walk = submitted
    walk.decide()
    deputy = _deputy(walk, MEDICAL, **dates)
    if signs:
        walk.sign(deputy, MEDICAL)
    else:
        with pytest.raises(SchemeRefused, match="Only who holds the post"):
            walk.sign(deputy, MEDICAL)


def test_cover_for_a_care_group_is_no_post(submitted):
    walk = submitted
    walk.decide()
    cover = person(Role.QIA_SIGNATORY, Role.CARE_GROUP_LEAD)
    cover.set_password("correct horse")
    cover.save()
    kind = Membership.Kind.DELEGATE
    MembershipFactory(user=cover, care_group=walk.acute, kind=kind)
    with pytest.raises(SchemeRefused, match="Only who holds the post"):
        walk.sign(cover, MEDICAL)


@pytest.mark.parametrize("hour", [22, 23])
def test_the_day_of_a_post_ends_at_midnight_in_london(submitted, hour):
    """At 23:30 UTC in June it is the next day there."""
    walk = submitted
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


def test_signing_asks_for_ones_own_password_and_role(submitted):
    walk = submitted
    walk.decide()
    with pytest.raises(SchemeRefused, match="password"):
        walk.sign(walk.medical, password="guess")
    for other in (walk.lead, walk.finance):
        with pytest.raises(NotAllowed):
            walk.sign(other, MEDICAL)
    walk.medical.role_grants.all().delete()
    with pytest.raises(NotAllowed):
        walk.sign(walk.medical)


def test_what_was_not_shown_is_not_signed(submitted):
    walk = submitted
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


def test_small_steps_add_up_and_new_signatures_heal(delivering):
    walk = delivering
    walk.phase({SEPTEMBER: "30"})
    assert not walk.standing.is_paused
    walk.phase({SEPTEMBER: "38"})
    assert walk.standing.is_paused
    walk.sign(walk.medical)
    assert walk.standing.is_paused
    walk.sign(walk.nursing)
    assert not walk.standing.is_paused


def test_back_to_what_was_signed_is_signed_again(delivering):
    walk = delivering
    walk.change(description="Fewer beds")
    walk.change()
    assert not walk.standing.is_paused


def test_an_account_without_a_password_is_told_how_to_get_one(submitted):
    walk = submitted
    walk.decide()
    walk.medical.set_unusable_password()
    walk.medical.save()
    client = Client()
    client.force_login(walk.medical, backend="django.contrib.auth.backends.ModelBackend")
    url = walk.scheme.get_absolute_url() + "qia/"

    page = client.get(url).text
    assert "Ask an administrator to send you a link" in page
    assert 'name="password"' not in page
    typed = {"action": "sign", "post": MEDICAL.value, "password": "", "seen": walk.mark}
    sent = client.post(url, typed)
    assert (sent.status_code, "no password in the tracker" in sent.text) == (409, True)
    with pytest.raises(SchemeRefused, match="no password"):
        walk.sign(walk.medical, password="")
    assert not QIASignature.objects.exists()
