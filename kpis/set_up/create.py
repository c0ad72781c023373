"""Setting up a measure: its row, every series that it needs, and the end of the one it follows.

A measure that care groups report gets a series for each of them, and one for the trust where their
figures make the trust's. A measure of the trust gets the trust's.
"""

from collections.abc import Collection
from dataclasses import fields
from datetime import date, datetime
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.permissions import Access
from accounts.refusals import Refused
from accounts.roles import Capability
from kpis.models import Measure, MeasureLink, Series
from kpis.set_up.definition import (
    CARE_GROUP,
    TRUST,
    Definition,
    code_from,
    code_problem,
    problems,
)
from kpis.set_up.end import end_measure
from strategy.models import CareGroup, Committee
from strategy.moments import london_date

WORDS = ("name", "definition", "numerator", "denominator", "interpretation_note", "data_source")


class SetUpRefused(Refused):
    """A measure cannot be set up, changed or ended as asked."""


@transaction.atomic
def set_up_measure(
    *,
    asked: Definition,
    code: str,
    begins_on: date | None,
    care_groups: Collection[int] = (),
    committees: Collection[int] = (),
    follows_id: int | None = None,
    reason: str,
    by: User,
    access: Access,
    at: datetime,
) -> Measure:
    """Make a measure with its series. An empty `code` is made of the name.

    `care_groups`: who reports it, where care groups do. `follows_id`: a measure that ends on the
    day before this one begins, and is linked to it. Raises Refused with the field that is wrong.
    """
    access.require(Capability.EDIT_PLANS)
    require_sound(asked, at=at)
    code = code.strip() or code_from(asked.name)
    if problem := code_problem(code):
        raise SetUpRefused(problem, "code")
    if Measure.objects.filter(code=code).exists():
        raise SetUpRefused(f"There is a measure with the code “{code}”: choose another", "code")
    if not reason.strip():
        raise SetUpRefused("Enter what the measure is for: the board reads it", "reason")
    reporting = _reporting(asked, care_groups, begins_on)
    if follows_id is not None and begins_on is None:
        raise SetUpRefused("Enter the first day: the measure before ends then", "valid_from")
    measure = Measure(code=code, valid_from=begins_on)
    give(measure, asked)
    audit.give_reason(measure, reason)
    measure.full_clean()
    measure.save()
    measure.committees.set(Committee.objects.filter(pk__in=list(committees)))
    audit.record(
        at=at,
        by=by,
        action="measure set up",
        obj=measure,
        changes=[
            audit.FieldChange.of("code", None, code),
            *differences(Measure(), measure),
            audit.FieldChange.of("valid_from", None, begins_on),
        ],
        reason=reason,
    )
    for group in reporting:
        add_series(measure, group, asked, begins_on, reason=reason, by=by, at=at)
    if follows_id is not None and begins_on is not None:
        before = Measure.objects.get(pk=follows_id)
        end_measure(
            measure_id=before.pk, ends_on=begins_on, reason=reason, by=by, access=access, at=at
        )
        link = MeasureLink(from_measure=before, to_measure=measure, note=reason.strip())
        link.full_clean()
        link.save()
        audit.record(
            at=at,
            by=by,
            action="measures linked",
            obj=link,
            changes=audit.differences({}, {"from": before.code, "to": measure.code}),
        )
    return measure


def require_sound(asked: Definition, *, at: datetime) -> None:
    for field, message in problems(asked, today=london_date(at)):
        raise SetUpRefused(message, field)


def give(measure: Measure, asked: Definition) -> None:
    """Write what was typed into the row; nothing is saved."""
    for column in fields(asked):
        value = getattr(asked, column.name)
        setattr(measure, column.name, list(value) if column.name == "tags" else value)
    if asked.is_milestone:
        measure.direction = measure.direction or "higher_is_better"


def differences(before: Measure, after: Measure) -> list[audit.FieldChange]:
    """What differs, for the audit record: of words only that they changed."""
    changes = []
    for column in fields(Definition):
        old, new = getattr(before, column.name), getattr(after, column.name)
        if old == new:
            continue
        if column.name in WORDS:
            changes.append(audit.FieldChange.of_text(column.name, old, new))
        else:
            changes.append(
                audit.FieldChange.of(column.name, *(_plain(value) for value in (old, new)))
            )
    return changes


def _plain(value: Any) -> Any:
    return ", ".join(value) if isinstance(value, list) else value


def _reporting(
    asked: Definition, care_groups: Collection[int], begins_on: date | None
) -> list[CareGroup]:
    """The rows that need a series: the care groups, and the trust where it has a figure."""
    trust = CareGroup.objects.filter(level=CareGroup.Level.TRUST).first()
    if trust is None:
        raise SetUpRefused(
            "There is no care group yet: begin one under Organisation, and the row of the trust is "
            "made with it"
        )
    if asked.collection_level == TRUST:
        return [trust]
    there = CareGroup.objects.exclude(level=CareGroup.Level.TRUST).filter(pk__in=list(care_groups))
    groups = list(there.order_by("position", "pk"))
    if not groups or len(groups) != len(set(care_groups)):
        raise SetUpRefused("Choose at least one care group that reports it", "care_groups")
    for group in groups:
        if begins_on and group.valid_to and group.valid_to <= begins_on:
            raise SetUpRefused(f"{group.name} has ended by that day: leave it out", "care_groups")
    return [trust, *groups] if asked.adds_up else groups


def add_series(
    measure: Measure,
    group: CareGroup,
    asked: Definition,
    begins_on: date | None,
    *,
    reason: str,
    by: User,
    at: datetime,
) -> Series:
    """Let one row report the measure from a day; the trust's adds up where care groups report."""
    sums = group.is_trust and asked.collection_level == CARE_GROUP
    series = Series(
        measure=measure,
        care_group=group,
        fed_by=Series.FedBy.ROLL_UP if sums else Series.FedBy.RETURNS,
        # What is measured from a day on is asked for from that day; the trust's line adds up what
        # there is.
        valid_from=None if sums else begins_on,
    )
    audit.give_reason(series, reason)
    series.save()
    audit.record(
        at=at,
        by=by,
        action="series added",
        obj=series,
        changes=audit.differences({}, {"fed_by": series.fed_by, "valid_from": series.valid_from}),
        reason=reason,
    )
    return series
