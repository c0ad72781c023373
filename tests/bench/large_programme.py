"""A large savings programme for measurements: 500 schemes × 12 months, most of them delivering.

Written in bulk, in the order that the database's gate asks for: assessed, decided, signed, moved.
"""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from accounts.models import User
from cip.gate import Post
from cip.models import (
    Allocation,
    Deliverability,
    MonthSignOff,
    Phasing,
    Programme,
    QIAAuthor,
    QIADecision,
    QIADomain,
    QIASignature,
    QualityImpactAssessment,
    Scheme,
    SchemeStage,
)
from cip.money import Rating, Stage
from cip.standing.read import schemes_with_parents, standings
from strategy.models import CareGroup, PostHolding
from strategy.periods import FinancialYear

GROUPS = 6
DELIVERING = 0.8  # of the schemes; the others are outlined
SIGNED_MONTHS = 7


@transaction.atomic
def write_programme(year: FinancialYear, schemes: int, *, at: datetime) -> Programme:
    """A programme in which finance has signed off the first seven months of every care group."""
    programme = Programme.objects.create(
        year=year.code, title=f"Large programme {year.label}", printed_target_k=20 * schemes
    )
    groups = [
        CareGroup.objects.get_or_create(
            code=f"savings-{n}", defaults={"name": f"Group {n}", "level": "care_group",
                                           "position": 100 + n},
        )[0]
        for n in range(GROUPS)
    ]  # fmt: skip
    Allocation.objects.bulk_create(
        Allocation(
            programme=programme, care_group=group, position=n, label_as_published=group.name,
            target_k=Decimal(20 * schemes) / GROUPS,
        )
        for n, group in enumerate(groups, 1)
    )  # fmt: skip
    lead, finance, medical, nursing = (
        User.objects.get_or_create(username=f"large-{name}")[0]
        for name in ("lead", "finance", "medical", "nursing")
    )
    rows = Scheme.objects.bulk_create(
        Scheme(
            programme=programme, reference=f"L-{number:03}", title=f"Scheme {number} of many",
            description="Fewer agency shifts", care_group=groups[number % GROUPS],
            category="pay", is_recurrent=number % 3 > 0, is_cash_releasing=True, author=lead,
        )
        for number in range(schemes)
    )  # fmt: skip
    first = {"known_from": at, "recorded_by": lead}
    _stages(rows, (Stage.IDEA, Stage.OUTLINED), first)
    Deliverability.objects.bulk_create(
        Deliverability(scheme=scheme, rating=list(Rating)[number % 3].value, **first)
        for number, scheme in enumerate(rows)
    )
    _figures(rows, year, ("plan", "forecast"), first)
    delivering = rows[: int(schemes * DELIVERING)]
    _stages(delivering, (Stage.QIA,), first)
    _sign(delivering, (medical, nursing), by=lead, recorder=finance, at=at)
    _stages(delivering, (Stage.APPROVED, Stage.IN_DELIVERY), first)
    _figures(delivering, year, ("actual",), first)
    MonthSignOff.objects.bulk_create(
        MonthSignOff(
            programme=programme, care_group=group, month=month.start, signed_at=at,
            signed_by=finance,
        )
        for group in groups
        for month in year.months[:SIGNED_MONTHS]
    )  # fmt: skip
    return programme


def _stages(rows: list[Scheme], stages: tuple[Stage, ...], known: dict) -> None:
    for stage in stages:
        SchemeStage.objects.bulk_create(
            SchemeStage(scheme=scheme, stage=stage.value, **known) for scheme in rows
        )


def _figures(rows: list[Scheme], year: FinancialYear, kinds: tuple[str, ...], known: dict) -> None:
    months = year.months if "actual" not in kinds else year.months[:SIGNED_MONTHS]
    Phasing.objects.bulk_create(
        (
            Phasing(
                scheme=scheme, month=month.start, kind=kind, version=1,
                amount_k=Decimal(number % 7 + 1) / 2, **known,
            )
            for number, scheme in enumerate(rows)
            for month in months
            for kind in kinds
        ),
        batch_size=2000,
    )  # fmt: skip


def _sign(
    rows: list[Scheme], signers: tuple[User, User], *, by: User, recorder: User, at: datetime
) -> None:
    for post, person in zip(Post, signers, strict=True):
        PostHolding.objects.get_or_create(post=post.value, user=person, starts_on=date(2015, 1, 1))
    qias = QualityImpactAssessment.objects.bulk_create(
        QualityImpactAssessment(scheme=scheme, author=by, status="draft", scope="Every ward")
        for scheme in rows
    )
    QIAAuthor.objects.bulk_create(QIAAuthor(assessment=q, person=by, since=at) for q in qias)
    QIADomain.objects.bulk_create(
        QIADomain(
            assessment=qia, domain=domain, description="Harm while staff change how they work",
            mitigation="A senior review each day", likelihood=3, consequence=4,
            residual_likelihood=2, residual_consequence=3,
        )
        for qia in qias
        for domain in QIADomain.Domain.values
    )  # fmt: skip
    mine = QualityImpactAssessment.objects.filter(pk__in=[qia.pk for qia in qias])
    mine.update(status="submitted", submitted_at=at)
    found = standings(schemes_with_parents().filter(pk__in=[scheme.pk for scheme in rows]))
    assessed = [row.assessed for row in found if row.assessed is not None]
    decisions = QIADecision.objects.bulk_create(
        QIADecision(
            assessment=row.qia, outcome="approved", decided_on=at.date(), recorded_at=at,
            recorded_by=recorder, snapshot_hash=row.snapshot.hash,
        )
        for row in assessed
    )  # fmt: skip
    mine.update(status="approved")
    QIASignature.objects.bulk_create(
        QIASignature(
            assessment=row.qia, decision=decision, post=post.value, signed_by=person,
            signed_at=at, snapshot=row.snapshot.content, snapshot_hash=row.snapshot.hash,
        )
        for row, decision in zip(assessed, decisions, strict=True)
        for post, person in zip(Post, signers, strict=True)
    )  # fmt: skip
