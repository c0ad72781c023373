"""Finance sets up a programme for a new year, moves its targets and sets its calendar."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.permissions import Access
from accounts.roles import Capability
from cip.models import Allocation, AllocationTransfer, Programme, TargetChange, WeightChange
from cip.money import Rating, Weights
from cip.programmes.targets import targets_now
from cip.standing.hold import SchemeRefused, held_programme
from kmpt_tracker.ui.formats import format_number
from strategy.models import CareGroup
from strategy.periods import FinancialYear, london_date

SOONEST, LATEST = 1, 28


@dataclass(frozen=True, kw_only=True)
class ProgrammeEntry:
    """A programme as its form sends it; `shares` are the care groups' targets by code, £000."""

    year: str
    title: str
    target: Decimal
    recurrent_target: Decimal | None = None
    shares: Mapping[str, Decimal]
    green: Decimal
    amber: Decimal
    red: Decimal
    first_meeting_on: date | None = None
    report_on_day: int | None = None
    quality_report_on_day: int | None = None


@transaction.atomic
def add_programme(*, entry: ProgrammeEntry, by: User, access: Access, at: datetime) -> Programme:
    """Set up a year's programme with its target, shares, weights and calendar."""
    access.require(Capability.SIGN_OFF_SAVINGS)
    try:
        year = FinancialYear.parse(entry.year)
        Weights(green=entry.green, amber=entry.amber, red=entry.red)
    except ValueError as problem:
        field = "green" if "weight" in str(problem) else "year"
        raise SchemeRefused(str(problem), field) from None
    if abs(year.start_year - FinancialYear.of(london_date(at)).start_year) > 10:
        raise SchemeRefused("The year must be within ten years of this one", "year")
    if Programme.objects.filter(year=year.code).exists():
        raise SchemeRefused(f"There is a programme for {year.label} already", "year")
    if not entry.green >= entry.amber >= entry.red:
        raise SchemeRefused("Green weighs most and red least", "amber")
    if entry.target <= 0:
        raise SchemeRefused("The target must be more than 0", "target")
    shares = {code: amount for code, amount in entry.shares.items() if amount > 0}
    total = sum(shares.values(), Decimal(0))
    if total != entry.target:
        raise SchemeRefused(
            f"The shares add up to {format_number(total)}, and the target is "
            f"{format_number(entry.target)}",
            "target",
        )
    _check_calendar(year, entry.first_meeting_on, entry.report_on_day, entry.quality_report_on_day)
    programme = Programme.objects.create(
        year=year.code,
        title=entry.title.strip() or f"Cost improvement programme {year.label}",
        printed_target_k=entry.target,
        recurrent_target_k=entry.recurrent_target,
        weight_green=entry.green,
        weight_amber=entry.amber,
        weight_red=entry.red,
        first_meeting_on=entry.first_meeting_on,
        report_on_day=entry.report_on_day,
        quality_report_on_day=entry.quality_report_on_day,
    )
    groups = CareGroup.objects.filter(code__in=shares).order_by("position")
    for position, group in enumerate(groups, 1):
        Allocation.objects.create(
            programme=programme,
            care_group=group,
            position=position,
            label_as_published=group.name,
            target_k=shares[group.code],
        )
    changes = [audit.FieldChange.of(code, "", amount) for code, amount in sorted(shares.items())]
    changes.append(audit.FieldChange.of("target_k", "", entry.target))
    audit.record(at=at, by=by, action="programme set up", obj=programme, changes=changes)
    return programme


def _check_calendar(
    year: FinancialYear, first: date | None, report: int | None, quality: int | None
) -> None:
    if first is not None and not year.start <= first <= year.end:
        raise SchemeRefused(f"The first meeting must lie in {year.label}", "first_meeting_on")
    for name, day in (("report_on_day", report), ("quality_report_on_day", quality)):
        if day is not None and not SOONEST <= day <= LATEST:
            raise SchemeRefused(f"The day must be between {SOONEST} and {LATEST}", name)


@transaction.atomic
def set_calendar(
    *,
    programme_id: int,
    first_meeting_on: date | None,
    report_on_day: int | None,
    quality_report_on_day: int | None,
    by: User,
    access: Access,
    at: datetime,
) -> Programme:
    """When the meetings and reports of a programme are."""
    access.require(Capability.SIGN_OFF_SAVINGS)
    programme = held_programme(programme_id)
    _check_calendar(
        programme.financial_year, first_meeting_on, report_on_day, quality_report_on_day
    )
    after = {
        "first_meeting_on": first_meeting_on,
        "report_on_day": report_on_day,
        "quality_report_on_day": quality_report_on_day,
    }
    changes = audit.differences({name: getattr(programme, name) for name in after}, after)
    for name, value in after.items():
        setattr(programme, name, value)
    programme.save()
    audit.record(at=at, by=by, action="calendar set", obj=programme, changes=changes)
    return programme


@transaction.atomic
def move_target(
    *,
    programme_id: int,
    from_group: int,
    to_group: int,
    amount: Decimal,
    reason: str,
    by: User,
    access: Access,
    at: datetime,
) -> AllocationTransfer:
    """Move part of a care group's target to another; the printed target is shown with it."""
    access.require(Capability.SIGN_OFF_SAVINGS)
    programme = held_programme(programme_id)
    shares = {group.pk: target for group, target in targets_now(programme).items()}
    if from_group not in shares or to_group not in shares:
        raise SchemeRefused(f"Choose two care groups of {programme}", "from_group")
    if from_group == to_group:
        raise SchemeRefused("Choose two different care groups", "to_group")
    if amount <= 0:
        raise SchemeRefused("The amount must be more than 0", "amount")
    if amount > shares[from_group]:
        raise SchemeRefused(
            f"Its target is £{format_number(shares[from_group])}k: no more can be moved", "amount"
        )
    if not reason.strip():
        raise SchemeRefused("Enter why the target moves", "reason")
    transfer = AllocationTransfer.objects.create(
        programme=programme,
        from_care_group_id=from_group,
        to_care_group_id=to_group,
        amount_k=amount,
        reason=reason.strip(),
        known_from=at,
        recorded_by=by,
    )
    change = audit.FieldChange.of("amount_k", "", amount)
    audit.record(at=at, by=by, action="target moved", obj=transfer, changes=[change], reason=reason)
    return transfer


@transaction.atomic
def change_targets(
    *,
    programme_id: int,
    seen: Mapping[int, Decimal],
    targets: Mapping[int, Decimal],
    recurrent: Decimal | None,
    reason: str,
    by: User,
    access: Access,
    at: datetime,
) -> Decimal:
    """Give care groups other targets, in £000 by the key of the group, and so the year another one;
    returns the year's target now. `seen` are the targets that the page showed.

    What was printed or set up stays: each difference is a row of its own. `recurrent`: of the whole
    target; None: all of it. One person of the finance team changes a savings target, like a
    transfer; a second one is asked for promises of a plan that measures follow.
    """
    access.require(Capability.SIGN_OFF_SAVINGS)
    programme = held_programme(programme_id)
    now = {group.pk: target for group, target in targets_now(programme).items()}
    if dict(seen) != now:
        raise SchemeRefused(
            "Somebody has changed or moved a target since you opened this page. Nothing was saved: "
            "look at the targets again"
        )
    total = sum(targets.values(), Decimal(0))
    for group, target in targets.items():
        if target < 0:
            raise SchemeRefused("A target must be 0 or more", f"target-{group}")
    if total <= 0:
        raise SchemeRefused("The target of the year must be more than 0")
    if recurrent is not None and not 0 <= recurrent <= total:
        raise SchemeRefused(
            f"The recurrent part must be between 0 and the target, {format_number(total)}",
            "recurrent",
        )
    differences = {key: targets[key] - now[key] for key in now if targets[key] != now[key]}
    if not differences and recurrent == programme.recurrent_target_k:
        raise SchemeRefused("No target is changed")
    if not reason.strip():
        raise SchemeRefused("Enter why the target changes", "reason")
    codes = dict(programme.allocations.values_list("care_group_id", "care_group__code"))  # type: ignore[attr-defined]
    for key, amount in differences.items():
        TargetChange.objects.create(
            programme=programme, care_group_id=key, amount_k=amount, reason=reason.strip(),
            known_from=at, recorded_by=by,
        )  # fmt: skip
    changes = [
        audit.FieldChange.of(f"target_k.{codes[key]}", now[key], targets[key])
        for key in differences
    ]
    if recurrent != programme.recurrent_target_k:
        changes.append(
            audit.FieldChange.of("recurrent_target_k", programme.recurrent_target_k, recurrent)
        )
        programme.recurrent_target_k = recurrent
        programme.save()
    audit.record(
        at=at, by=by, action="target changed", obj=programme, changes=changes, reason=reason
    )
    return total


def weights_now(programme: Programme) -> Weights:
    """The weights that hold now: those of the latest change, else what was printed or set up."""
    last = programme.weight_changes.order_by("known_from", "pk").last()  # type: ignore[attr-defined]
    return Weights(last.green, last.amber, last.red) if last else programme.weights


@transaction.atomic
def change_weights(
    *,
    programme_id: int,
    seen: Weights | None,
    weights: Mapping[str, Decimal],
    reason: str,
    by: User,
    access: Access,
    at: datetime,
) -> WeightChange:
    """Let ratings count with other weights from now on; `seen` are those that the page showed.

    What past moments expected stays: it is read with the weights of then.
    """
    access.require(Capability.SIGN_OFF_SAVINGS)
    programme = held_programme(programme_id)
    now = weights_now(programme)
    if seen != now:
        raise SchemeRefused(
            "Somebody has changed the weights since you opened this page. Nothing was saved: look "
            "at them again"
        )
    try:
        wanted = Weights(**weights)
    except ValueError as problem:
        raise SchemeRefused(str(problem), "green") from None
    if not wanted.green >= wanted.amber >= wanted.red:
        raise SchemeRefused("Green weighs most and red least", "amber")
    if wanted == now:
        raise SchemeRefused("No weight is changed", "green")
    if not reason.strip():
        raise SchemeRefused("Enter why the weights change", "reason")
    change = WeightChange.objects.create(
        programme=programme, green=wanted.green, amber=wanted.amber, red=wanted.red,
        reason=reason.strip(), known_from=at, recorded_by=by,
    )  # fmt: skip
    changes = [
        audit.FieldChange.of(f"weight_{name.value}", now.of(name), wanted.of(name))
        for name in Rating
        if now.of(name) != wanted.of(name)
    ]
    audit.record(
        at=at, by=by, action="weights changed", obj=programme, changes=changes, reason=reason
    )
    return change
