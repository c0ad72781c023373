"""Changing how a measure is set up: what alters no figure at once, the rest not once it is fixed.

The owner may change from a day to come. Two people may have the page open: a box that one left
alone takes what the other has saved, and a box that both changed refuses.
"""

from collections.abc import Collection, Mapping
from dataclasses import fields, replace
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.administration.conflicts import last_change
from accounts.models import User
from accounts.permissions import Access
from accounts.record.fixed import fixed_problems
from accounts.roles import Capability
from kmpt_tracker.ui.formats import format_date, format_moment
from kpis.models import Measure, PlannedOwner
from kpis.set_up.create import SetUpRefused, differences, give, require_sound
from kpis.set_up.definition import Definition
from strategy.models import Committee
from strategy.moments import london_date

Outcome = PlannedOwner.Outcome


class SetUpMoved(SetUpRefused):
    """Somebody else has changed the same boxes: both values are shown, nothing is saved."""

    def __init__(self, clashes: Mapping[str, str]):
        super().__init__(next(iter(clashes.values())), next(iter(clashes)))
        self.clashes = dict(clashes)


def definition_of(measure: Measure) -> Definition:
    """A measure's row as the rules take it."""
    values = {column.name: getattr(measure, column.name) for column in fields(Definition)}
    return Definition(**{**values, "tags": tuple(measure.tags)})


def shown_of(measure: Measure) -> dict[str, str]:
    """Every box as a page shows it, as plain text, for a later save to be compared with."""
    asked = definition_of(measure)
    return {column.name: _plain(getattr(asked, column.name)) for column in fields(asked)} | {
        "valid_from": _plain(measure.valid_from),
        "committees": _plain(sorted(measure.committees.values_list("pk", flat=True))),
    }


@transaction.atomic
def change_measure(
    *,
    measure_id: int,
    typed: Mapping[str, Any],
    seen: Mapping[str, str],
    owner_from: date | None = None,
    reason: str = "",
    by: User,
    access: Access,
    at: datetime,
) -> Measure:
    """Save the boxes that were changed. `typed`: columns of Definition, `valid_from` and
    `committees` (keys), as typed; `seen`: the same as the page showed them, as text.

    With `owner_from` after today the new owner holds from that day. Raises SetUpRefused with the
    field that is wrong or fixed, and SetUpMoved where two people changed the same boxes.
    """
    access.require(Capability.EDIT_PLANS)
    measure = Measure.objects.select_for_update(no_key=True).get(pk=measure_id)
    changed = _changed_boxes(measure, typed, seen, by)
    if "owner" in changed and owner_from is not None and owner_from > london_date(at):
        plan_owner(measure=measure, owner=changed.pop("owner"), starts_on=owner_from, by=by, at=at)
        if not changed:
            return measure
    if not changed:
        raise SetUpRefused("Nothing is changed: change a box, or leave the page")
    committees: Collection[int] | None = changed.pop("committees", None)
    before = Measure.objects.get(pk=measure_id)
    measure.valid_from = changed.pop("valid_from", measure.valid_from)
    asked = replace(definition_of(measure), **changed)
    require_sound(asked, at=at)
    give(measure, asked)
    for name, words in fixed_problems(measure).items():
        raise SetUpRefused(words.removesuffix("."), name)
    changes = differences(before, measure)
    if before.valid_from != measure.valid_from:
        changes.append(audit.FieldChange.of("valid_from", before.valid_from, measure.valid_from))
    measure.version += 1
    audit.give_reason(measure, reason)
    measure.full_clean()
    measure.save()
    if committees is not None:
        rows = Committee.objects.order_by("code")
        codes = [", ".join(rows.filter(measures=measure).values_list("code", flat=True))]
        measure.committees.set(rows.filter(pk__in=list(committees)))
        codes.append(", ".join(rows.filter(measures=measure).values_list("code", flat=True)))
        changes.append(audit.FieldChange.of("committees", *codes))
    audit.record(
        at=at, by=by, action="measure changed", obj=measure, changes=changes, reason=reason
    )
    return measure


def _changed_boxes(
    measure: Measure, typed: Mapping[str, Any], seen: Mapping[str, str], by: User
) -> dict[str, Any]:
    """What this person changed of the boxes; SetUpMoved where somebody else changed the same."""
    now, changed, clashes = shown_of(measure), {}, {}
    for name, value in typed.items():
        text = _plain(sorted(value) if name == "committees" else value)
        if text in (seen.get(name), now[name]):
            continue
        if now[name] == seen.get(name):
            changed[name] = value
        else:
            clashes[name] = _both(measure, name, now[name], text, by)
    if clashes:
        raise SetUpMoved(clashes)
    return changed


def plan_owner(
    *, measure: Measure, owner: str, starts_on: date, by: User, at: datetime
) -> PlannedOwner:
    """Let another owner hold from a day to come; one that was planned before is withdrawn.

    The caller holds the measure's lock and has asked for the permission.
    """
    _settle(measure, Outcome.WITHDRAWN, by=by, at=at)
    try:
        with transaction.atomic():
            planned = PlannedOwner.objects.create(
                measure=measure, owner=owner, starts_on=starts_on, recorded_at=at, recorded_by=by
            )
    except IntegrityError:
        raise SetUpRefused("Another owner has just been planned. Load the page again.") from None
    audit.record(
        at=at,
        by=by,
        action="owner planned",
        obj=measure,
        changes=[
            audit.FieldChange.of("owner", measure.owner, owner),
            audit.FieldChange.of("starts_on", None, starts_on),
        ],
    )
    return planned


def give_owner(*, measure_id: int, owner: str, starts_on: date, by: User, at: datetime) -> None:
    """Name another owner, from a day to come or at once; called in the transaction of a write that
    has asked for the permission. One that was planned from a later day still takes over then.
    """
    measure = Measure.objects.select_for_update(no_key=True).get(pk=measure_id)
    if measure.owner == owner:
        return
    if starts_on > london_date(at):
        plan_owner(measure=measure, owner=owner, starts_on=starts_on, by=by, at=at)
        return
    before, measure.owner = measure.owner, owner
    measure.version += 1
    measure.save()
    changes = [audit.FieldChange.of("owner", before, owner)]
    audit.record(at=at, by=by, action="measure changed", obj=measure, changes=changes)


@transaction.atomic
def withdraw_planned_owner(*, measure_id: int, by: User, access: Access, at: datetime) -> None:
    """The owner stays. Raises SetUpRefused where no other owner waits."""
    access.require(Capability.EDIT_PLANS)
    measure = Measure.objects.select_for_update(no_key=True).get(pk=measure_id)
    if not _settle(measure, Outcome.WITHDRAWN, by=by, at=at):
        raise SetUpRefused("No other owner is planned any longer. Load the page again.")
    audit.record(at=at, by=by, action="planned owner withdrawn", obj=measure)


def take_over_owners(*, at: datetime) -> int:
    """Give measures the owners whose day has come; returns how many. Safe to run twice, at once."""
    due = PlannedOwner.objects.filter(outcome=Outcome.WAITING, starts_on__lte=london_date(at))
    taken = 0
    for key in list(due.order_by("pk").values_list("measure", flat=True)):
        with transaction.atomic():
            measure = Measure.objects.select_for_update(no_key=True).get(pk=key)
            planned = due.filter(measure=measure).first()
            if planned is None:
                continue  # somebody else has taken it over, or withdrawn it
            _settle(measure, Outcome.TAKEN_OVER, by=None, at=at)
            before, measure.owner = measure.owner, planned.owner
            measure.version += 1
            measure.save()
            audit.record(
                at=at,
                by=None,
                action="owner changed on its day",
                obj=measure,
                changes=[
                    audit.FieldChange.of("owner", before, planned.owner),
                    audit.FieldChange.of("planned_by", None, planned.recorded_by.username),
                ],
            )
            taken += 1
    return taken


def _settle(measure: Measure, outcome: str, *, by: User | None, at: datetime) -> int:
    waiting = PlannedOwner.objects.filter(measure=measure, outcome=Outcome.WAITING)
    return waiting.update(outcome=outcome, settled_at=at, settled_by=by)


def _plain(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "\n".join(str(item) for item in value)
    if value is None:
        return ""
    # 5 and 5.000000 are the same number in a box.
    return format(value.normalize(), "f") if hasattr(value, "normalize") else str(value)


def _both(measure: Measure, name: str, theirs: str, typed: str, by: User) -> str:
    who, when = last_change(measure, name)
    saved = "You, in another tab, saved" if who == by else f"{who or 'Someone else'} saved"
    moment = f" on {format_moment(when)}" if when else ""
    old, new = (
        _day_words(text) if name == "valid_from" else f"“{text}”" if text else "nothing"
        for text in (theirs, typed)
    )
    if name == "committees":
        return f"{saved} other committees{moment}. Nothing is saved: save again to keep yours"
    return (
        f"{saved} {old}{moment}. You typed {new}. Nothing is saved: save again to keep yours, or "
        "load the page again"
    )


def _day_words(text: str) -> str:
    return format_date(date.fromisoformat(text)) if text else "no first day"
