"""Finance signs off a care group's savings of a month, which locks its actuals."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.permissions import Access
from accounts.roles import Capability
from cip.models import MonthSignOff, Programme
from cip.money import Stage
from cip.standing.hold import SchemeRefused, held_programme
from cip.standing.read import Standing, schemes_of, standings
from strategy.models import CareGroup
from strategy.periods import Month, london_date

DELIVERING = (Stage.IN_DELIVERY, Stage.CLOSED)


@dataclass(frozen=True)
class GroupMonth:
    """A care group's savings of a month: what was planned and delivered, and what is missing."""

    care_group: CareGroup
    month: Month
    schemes: tuple[Standing, ...]  # those that deliver in the month
    is_signed_off: bool = False

    @property
    def planned(self) -> Decimal:
        return _sum(row.money.plan.get(self.month) for row in self.schemes)

    @property
    def delivered(self) -> Decimal:
        return _sum(row.money.actual.get(self.month) for row in self.schemes)

    @property
    def without_actual(self) -> tuple[Standing, ...]:
        """Schemes that deliver and have no actual yet; 0 is an actual."""
        return tuple(row for row in self.schemes if self.month not in row.money.actual)


def _sum(amounts: Iterable[Decimal | None]) -> Decimal:
    return sum((amount for amount in amounts if amount is not None), Decimal(0))


def group_months(
    programme: Programme,
    found: Iterable[Standing],
    month: Month,
    *,
    known_at: datetime | None = None,
) -> list[GroupMonth]:
    """The care groups of a programme in a month, in the order of its table; `found`: its schemes,
    now or as known at the moment."""
    by_group: dict[int, list[Standing]] = {}
    for row in found:
        since = row.delivered_since
        delivers = row.stage in DELIVERING or month in row.money.actual
        if delivers and since is not None and Month.of(since) <= month:
            by_group.setdefault(row.scheme.care_group_id, []).append(row)
    signed = signed_off(programme, known_at)
    rows = programme.allocations.select_related("care_group").order_by("position")  # type: ignore[attr-defined]
    return [
        GroupMonth(
            row.care_group,
            month,
            tuple(by_group.get(row.care_group_id, ())),
            row.care_group_id in signed.get(month, ()),
        )
        for row in rows
    ]


def signed_off(programme: Programme, known_at: datetime | None = None) -> dict[Month, set[int]]:
    """The care groups, by key, that each month is signed off for."""
    rows = programme.sign_offs.all()  # type: ignore[attr-defined]
    if known_at is not None:
        rows = rows.filter(signed_at__lte=known_at)
    found: dict[Month, set[int]] = {}
    for day, group in rows.values_list("month", "care_group_id"):
        found.setdefault(Month.of(day), set()).add(group)
    return found


@transaction.atomic
def sign_off_month(
    *,
    programme_id: int,
    care_group_id: int,
    month: Month,
    seen: Decimal,
    by: User,
    access: Access,
    at: datetime,
) -> MonthSignOff:
    """Sign off what a care group delivered in a month; `seen` is the sum that the page showed.

    Raises SchemeRefused where an actual is missing, the sum has changed, or the month is not over.
    """
    access.require(Capability.SIGN_OFF_SAVINGS)
    programme = held_programme(programme_id)
    if month not in programme.financial_year.months:
        raise SchemeRefused(f"{month.label} is not a month of {programme}")
    if month >= Month.of(london_date(at)):
        raise SchemeRefused(f"{month.label} is not over yet")
    found = standings(schemes_of(programme))
    group = next(
        (g for g in group_months(programme, found, month) if g.care_group.pk == care_group_id), None
    )
    if group is None:
        raise SchemeRefused(f"The care group has no share of {programme}")
    if group.is_signed_off:
        raise SchemeRefused(f"{month.label} is signed off already for {group.care_group}")
    if group.without_actual:
        names = ", ".join(row.scheme.reference for row in group.without_actual)
        raise SchemeRefused(f"{group.care_group} has no actual in {month.label} of {names}")
    if group.delivered != seen:
        raise SchemeRefused(
            f"{group.care_group}: the actuals have changed since you opened this page, from "
            f"£{seen:,f}k to £{group.delivered:,f}k. Look again, then sign off"
        )
    row = MonthSignOff.objects.create(
        programme=programme,
        care_group=group.care_group,
        month=month.start,
        signed_at=at,
        signed_by=by,
    )
    change = audit.FieldChange.of("delivered_k", "", group.delivered)
    audit.record(at=at, by=by, action="month signed off", obj=row, changes=[change])
    return row
