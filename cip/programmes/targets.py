"""The target of each care group now: what was printed or set up, and what changed since."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import F, IntegerField, QuerySet, Value

from cip.models import AllocationTransfer, Programme, TargetChange
from cip.wording import thousands
from kmpt_tracker.ui.formats import format_date
from strategy.models import CareGroup

ZERO = Decimal(0)
PERSON = ("recorded_by__first_name", "recorded_by__last_name", "recorded_by__username")


@dataclass(frozen=True)
class TargetMove:
    """An amount, above 0, that left one care group's target and came to another's. Where one of
    them is None, the programme's own target changed."""

    amount: Decimal
    from_group: int | None
    to_group: int | None
    reason: str
    at: datetime
    by: str

    def words(self, names: Mapping[int, str]) -> str:
        if self.from_group is None or self.to_group is None:
            group = self.to_group if self.from_group is None else self.from_group
            way = "added to" if self.from_group is None else "taken off"
            what = f"£{thousands(self.amount)}k {way} the target of {names[group or 0]}"
        else:
            what = (
                f"£{thousands(self.amount)}k from {names[self.from_group]} to "
                f"{names[self.to_group]}"
            )
        by = f", {self.by}" if self.by else ""
        return f"{what}, {format_date(self.at)}{by}: {self.reason}"

    def effect_on(self, group: int) -> Decimal:
        return self.amount * ((self.to_group == group) - (self.from_group == group))

    @property
    def effect(self) -> Decimal:
        """On the target of the programme: 0 where it moves between two care groups."""
        if self.from_group is not None and self.to_group is not None:
            return ZERO
        return self.amount if self.from_group is None else -self.amount


def moves_known(programme: Programme, known_at: datetime | None = None) -> list[TargetMove]:
    """Every transfer and change of a programme's targets, oldest first (one query)."""

    def rows(model: Any, from_group: Any, to_group: Any) -> QuerySet:
        found = model.objects.filter(programme=programme)
        if known_at is not None:
            found = found.filter(known_from__lte=known_at)
        found = found.annotate(giver=from_group, taker=to_group)
        return found.values_list(
            "amount_k", "giver", "taker", "reason", "known_from", *PERSON, "pk"
        )

    none = Value(None, output_field=IntegerField())
    both = rows(AllocationTransfer, F("from_care_group_id"), F("to_care_group_id")).union(
        rows(TargetChange, none, F("care_group_id")), all=True
    )
    found = []
    for amount, giver, taker, reason, at, first, last, username, _ in both.order_by(
        "known_from", "pk"
    ):
        if amount < 0:
            amount, giver, taker = -amount, taker, giver
        by = f"{first or ''} {last or ''}".strip() or username or ""
        found.append(TargetMove(amount, giver, taker, reason, at, by))
    return found


def target_changes(known_at: datetime | None = None) -> dict[int, Decimal]:
    """What changes did to the target of every programme, by programme."""
    rows = TargetChange.objects.all()
    if known_at is not None:
        rows = rows.filter(known_from__lte=known_at)
    found: dict[int, Decimal] = {}
    for programme, amount in rows.values_list("programme_id", "amount_k"):
        found[programme] = found.get(programme, ZERO) + amount
    return found


def targets_now(programme: Programme) -> dict[CareGroup, Decimal]:
    """The target of each care group of a programme now, in £000, in the order of its table."""
    allocations = programme.allocations.select_related("care_group").order_by("position")  # type: ignore[attr-defined]
    moves = moves_known(programme)
    return {row.care_group: row.target_k + moved(moves, row.care_group_id) for row in allocations}


def moved(moves: Iterable[TargetMove], group: int) -> Decimal:
    """What transfers and changes did to the target of a care group."""
    return sum((move.effect_on(group) for move in moves), ZERO)


def changed(moves: Iterable[TargetMove]) -> Decimal:
    """What changes did to the target of the programme."""
    return sum((move.effect for move in moves), ZERO)
