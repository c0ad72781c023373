"""What the database itself refuses, whichever way a row is written: by hand, shell or import."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from cip.gate import Post
from cip.models import (
    Phasing,
    QIADecision,
    QIASignature,
    QualityImpactAssessment,
    Scheme,
    SchemeStage,
)
from cip.standing.hold import SchemeRefused
from tests.cip.walk import SEPTEMBER
from tests.factories.people import PostHoldingFactory

pytestmark = pytest.mark.django_db
MEDICAL, NURSING = Post.MEDICAL_DIRECTOR, Post.NURSING_DIRECTOR


def refused(act) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        act()


def test_the_database_refuses_delivery_without_an_open_gate(submitted):
    walk = submitted
    moment = {"known_from": walk.now, "recorded_by": walk.lead}
    rows = SchemeStage.objects
    refused(lambda: rows.create(scheme=walk.scheme, stage="in_delivery", **moment))
    refused(lambda: rows.create(scheme=walk.scheme, stage="approved", **moment))
    walk.decide()
    walk.sign(walk.medical)
    rows.create(scheme=walk.scheme, stage="approved", **moment)
    refused(lambda: rows.create(scheme=walk.scheme, stage="in_delivery", **moment))
    walk.sign(walk.nursing)
    rows.create(scheme=walk.scheme, stage="in_delivery", **moment)
    other = Scheme.objects.create(
        programme=walk.programme, reference="X", title="X", care_group=walk.acute,
        category="pay", is_recurrent=False, is_cash_releasing=False,
    )  # fmt: skip
    refused(lambda: rows.create(scheme=other, stage="outlined", **moment))


def test_the_database_refuses_signatures_by_the_wrong_people(submitted):
    walk = submitted
    qia = walk.standing.assessed.qia

    def sign(user, post, decision=None):
        assessed = walk.standing.assessed
        return QIASignature.objects.create(
            assessment=qia, decision_id=decision.pk if decision else assessed.decision_id,
            post=post.value, signed_by=user, signed_at=walk.now, snapshot=assessed.snapshot.content,
            snapshot_hash=assessed.snapshot.hash,
        )  # fmt: skip

    older = QIADecision.objects.create(
        assessment=qia, outcome="more_detail_asked", decided_on=walk.now.date(),
        recorded_at=walk.now,
    )  # fmt: skip
    refused(lambda: sign(walk.medical, MEDICAL, older))
    walk.decide()
    refused(lambda: sign(walk.medical, MEDICAL, older))
    refused(lambda: sign(walk.medical, NURSING))
    refused(lambda: sign(walk.finance, MEDICAL))
    PostHoldingFactory(user=walk.lead, post=MEDICAL.value)
    refused(lambda: sign(walk.lead, MEDICAL))
    PostHoldingFactory(user=walk.medical, post=NURSING.value)
    sign(walk.medical, MEDICAL)
    refused(lambda: sign(walk.medical, NURSING))


def test_the_database_refuses_an_approval_that_nobody_decided(submitted):
    walk = submitted
    rows = QualityImpactAssessment.objects.filter(scheme=walk.scheme)
    refused(lambda: rows.update(status="approved"))
    refused(lambda: rows.update(status="draft"))
    refused(lambda: QualityImpactAssessment.objects.create(
        scheme=Scheme.objects.create(
            programme=walk.programme, reference="X", title="X", care_group=walk.acute,
            category="pay", is_recurrent=False, is_cash_releasing=False,
        ), status="approved",
    ))  # fmt: skip
    walk.decide()
    walk.reopen()
    walk.submit()
    refused(lambda: rows.update(status="approved"))  # the decision is older than the reopening


def test_the_database_keeps_actuals_and_what_is_signed_off(signed):
    walk = signed

    def actual(month=SEPTEMBER, version=1):
        return Phasing.objects.create(
            scheme=walk.scheme, month=month.start, kind="actual", amount_k=1, version=version,
            known_from=walk.now, reason="By hand",
        )  # fmt: skip

    refused(actual)
    walk.move("approved", "in_delivery")
    walk.later(date(2019, 10, 3))
    walk.phase({SEPTEMBER: "15"}, "actual")
    walk.sign_off(SEPTEMBER, seen="15")
    refused(lambda: actual(version=2))
    with pytest.raises(SchemeRefused, match="is signed off for Acute"):
        walk.phase({SEPTEMBER: "16"}, "actual")
    held = Scheme.objects.filter(pk=walk.scheme.pk)
    refused(lambda: held.update(care_group=walk.older))
    refused(lambda: held.update(origin="illustrative"))
    refused(lambda: QIASignature.objects.all().delete())
    refused(lambda: QIADecision.objects.all().delete())
    refused(lambda: walk.scheme.delete())
