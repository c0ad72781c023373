"""Awkward changes to a programme of savings: schemes that end half-way, sums beyond the target."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from cip.models import (
    Deliverability,
    Phasing,
    Programme,
    Scheme,
    SchemeStage,
    TargetChange,
    WeightChange,
)
from tests.factories.people import person

STEPS = 4
SINCE = datetime(2020, 2, 10, 12, tzinfo=UTC)
MONTHS = [date(2019, month, 1) for month in range(4, 13)]
MONTHS += [date(2020, month, 1) for month in range(1, 4)]


def end_some(year: str) -> None:
    """Two that had begun to save end: one is rejected, one substituted; a forecast falls."""
    programme = Programme.objects.get(year=year)
    schemes = {row.reference: row for row in programme.schemes.all()}
    by = person(username="drill-finance")
    for reference, stage in (("CIP-A1", "rejected"), ("CIP-C1", "substituted")):
        SchemeStage.objects.create(
            scheme=schemes[reference], stage=stage, known_from=SINCE, recorded_by=by,
            reason="It harmed people",
        )  # fmt: skip
    Scheme.objects.filter(pk=schemes["CIP-C1"].pk).update(substituted_by=schemes["CIP-C2"])
    for reference, month, kind, amount in (
        ("CIP-A2", MONTHS[10], "forecast", "0"),
        ("CIP-A2", MONTHS[11], "forecast", "-4.5"),
        ("CIP-O2", MONTHS[11], "forecast", "60.125"),
        ("CIP-A3", MONTHS[8], "actual", "-12.333"),
    ):
        _month(schemes[reference], month, kind, Decimal(amount), by)
    Deliverability.objects.create(
        scheme=schemes["CIP-F1"], rating="amber", known_from=SINCE, recorded_by=by, reason="Late"
    )
    WeightChange.objects.create(
        programme=programme, green=Decimal("92.5"), amber=Decimal("33.33"), red=Decimal("5"),
        reason="Fewer deliver", known_from=SINCE, recorded_by=by,
    )  # fmt: skip


def plan_too_much(year: str) -> None:
    """More is planned than was asked for, by a scheme that nobody has rated."""
    programme = Programme.objects.get(year=year)
    by = person(username="drill-finance-too")
    other = programme.schemes.get(reference="CIP-A4")
    scheme = Scheme.objects.create(
        programme=programme, reference="CIP-BIG", title="Too good", care_group=other.care_group,
        author=by, category="pay", is_recurrent=True, is_cash_releasing=True,
        stated_full_year_effect_k=Decimal("123456.789"), origin="illustrative",
    )  # fmt: skip
    for stage in ("idea", "outlined"):
        SchemeStage.objects.create(
            scheme=scheme, stage=stage, known_from=SINCE, recorded_by=by, reason="Proposed"
        )
    for month in MONTHS[9:]:
        _month(scheme, month, "plan", Decimal("876543.211"), by)


def move_target(year: str, group: str, amount: Decimal) -> None:
    """A care group's target is another, so that the year ends just short of it, or beyond."""
    programme = Programme.objects.get(year=year)
    allocation = programme.allocations.get(care_group__code=group)
    TargetChange.objects.create(
        programme=programme, care_group=allocation.care_group, amount_k=amount,
        reason="Agreed with the system", known_from=SINCE, recorded_by=person(),
    )  # fmt: skip


def spoil(year: str, step: int) -> None:
    """The awkward changes, one after the other: each step on top of those before."""
    if step == 0:
        end_some(year)
    elif step == 1:
        # Never to the pound, so that the rounding of what is left over is tried.
        move_target(year, "acute", Decimal("-3537.489"))
    elif step == 2:
        move_target(year, "acute", Decimal("-0.6"))
    else:
        plan_too_much(year)


def _month(scheme: Scheme, month: date, kind: str, amount: Decimal, by: Any) -> None:
    own = Phasing.objects.filter(scheme=scheme, month=month, kind=kind)
    Phasing.objects.create(
        scheme=scheme, month=month, kind=kind, amount_k=amount, version=own.count() + 1,
        known_from=SINCE, recorded_by=by, reason="A correction",
    )  # fmt: skip
