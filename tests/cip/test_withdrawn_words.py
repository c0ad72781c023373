"""A name leaves what was signed, and no signature comes back, or goes, because of it."""

import copy
from dataclasses import replace

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from cip.gate import WITHDRAWN_WORDS, Changed
from cip.models import QIASignature, QualityImpactAssessment
from cip.qia.page import qia_page
from cip.standing.read import standing_of
from kpis.assessments.integrity import findings
from kpis.withdrawals.words import find_text, place_of, withdraw_text
from tests.cip.walk import SCORED, Domain
from tests.factories.people import access, performance_team

pytestmark = pytest.mark.django_db
NAME = "Ermintrude Quillfeather"
OF_WARD = f"The ward of {NAME}"


def standing_in() -> list[str]:
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            if any(NAME in str(row) for row in cursor.fetchall()):
                found.append(table)
    return found


def withdraw(walk) -> int:
    team = performance_team()
    tokens = [place.token for place in find_text(NAME)]
    return withdraw_text(
        tokens=tokens, why="names_a_person", by=team, access=access(team), at=walk.now
    )


def tampering() -> list[str]:
    return [str(found) for found in findings() if found.kind in ("tampered", "history")]


def signed_with(walk, **written) -> None:
    """Both sign an approved assessment in which these words stand."""
    walk.add()
    walk.plan_level()
    walk.rate("green")
    walk.move("outlined", "qia")
    walk.write(**written)
    walk.submit()
    walk.decide()
    walk.sign(walk.medical)
    walk.sign(walk.nursing)


def test_words_that_the_state_still_has_are_corrected_first(walk):
    signed_with(walk, scope=OF_WARD)
    assert [place for place in find_text(NAME) if place.model is QIASignature] == []


def test_a_name_leaves_what_was_signed_and_the_signature_stays_void(walk):
    signed_with(walk, scope=OF_WARD)
    walk.write(scope="Ward A")
    reasons = walk.standing.gate.reasons
    assert "changed materially" in " ".join(reasons)
    place = next(one for one in find_text(NAME) if one.model is QIASignature)
    assert place_of(place.token) == place
    assert "signature" in place.where
    hashes = list(QIASignature.objects.values_list("snapshot_hash", flat=True))
    assert withdraw(walk) >= 3
    assert standing_in() == []
    assert tampering() == []
    assert walk.standing.gate.reasons == reasons
    assert list(QIASignature.objects.values_list("snapshot_hash", flat=True)) == hashes
    # Not even no words at all pass for the words that were signed.
    QualityImpactAssessment.objects.update(scope="")
    assert not walk.standing.gate.is_allowed


def test_words_of_an_assessment_that_no_form_opens_again_are_withdrawn(walk):
    """Rejected, reopened once, and rejected again: nobody can correct it any longer."""
    walk.add()
    walk.plan_level()
    walk.move("outlined", "qia")
    for _ in range(2):
        domains = dict.fromkeys(Domain.values, replace(SCORED, mitigation=NAME))
        walk.write(scope=OF_WARD, domains=domains)
        walk.submit()
        walk.decide("rejected", "Not safe")
        if QualityImpactAssessment.objects.get().reopenings.exists():
            break
        assert find_text(NAME) == []  # reopened, its form corrects it
        walk.reopen()
    assert withdraw(walk) >= 2
    assert standing_in() == []
    assert QualityImpactAssessment.objects.get().scope == ""
    assert tampering() == []


def test_signatures_that_stand_go_on_standing(walk):
    signed_with(walk, equality_impact=OF_WARD)
    walk.write(equality_impact="Nobody more than others")
    before = walk.standing.assessed
    assert before.changed is Changed.SLIGHTLY
    withdraw(walk)
    assert standing_in() == []
    assert walk.standing.gate.is_allowed
    assert walk.standing.assessed.changed is Changed.SLIGHTLY
    page = qia_page(walk.scheme, today=walk.now.date())
    assert ("Equality impact", WITHDRAWN_WORDS, "Nobody more than others") in page.differences


@pytest.mark.parametrize("name", ["description", "mitigation"])
def test_a_name_leaves_a_domain_too(walk, name):
    every = dict.fromkeys(Domain.values, SCORED)
    named = replace(SCORED, **{name: OF_WARD})
    signed_with(walk, domains={**every, "patient_experience": named})
    walk.write(domains=every)
    before = walk.standing.assessed
    withdraw(walk)
    assert standing_in() == []
    assert tampering() == []
    after = walk.standing.assessed
    assert (after.gate, after.changed) == (before.gate, before.changed)
    assert after.gate.is_allowed is (name == "mitigation")


def test_a_past_moment_stays_as_it_was(walk):
    signed_with(walk, scope=OF_WARD)
    signed_at = timezone.now()
    walk.write(scope="Ward A")
    assert standing_of(walk.scheme, known_at=signed_at).gate.is_allowed
    withdraw(walk)
    assert standing_of(walk.scheme, known_at=signed_at).gate.is_allowed
    assert not walk.standing.gate.is_allowed


@pytest.mark.parametrize("spoil", ["rewrite", "other", "fewer", "value", "post", "nothing"])
def test_nothing_else_of_a_signature_can_be_changed(walk, spoil):
    signed_with(walk, scope=OF_WARD)
    (first, *_) = QIASignature.objects.order_by("pk")
    content = copy.deepcopy(first.snapshot)
    values = {"snapshot": content}
    if spoil == "rewrite":
        content["scope"] = "Ward A"
    elif spoil == "other":
        content["scope"], content["more"] = None, "words"
    elif spoil == "fewer":
        content["scope"] = None
        content["domains"] = content["domains"][:3]
    elif spoil == "value":
        content["planned_value"] = None
    elif spoil == "post":
        content["scope"] = None
        values["snapshot_hash"] = ""
    with pytest.raises(DatabaseError), transaction.atomic():
        QIASignature.objects.filter(pk=first.pk).update(**values)


def test_words_that_are_gone_do_not_come_back(walk):
    signed_with(walk, scope=OF_WARD)
    (first, *_) = QIASignature.objects.order_by("pk")
    content = copy.deepcopy(first.snapshot)
    QIASignature.objects.filter(pk=first.pk).update(snapshot={**content, "scope": None})
    with pytest.raises(DatabaseError), transaction.atomic():
        QIASignature.objects.filter(pk=first.pk).update(snapshot=content)
