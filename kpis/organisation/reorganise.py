"""Change the structure from a day on: care groups begin, end, are divided or joined.

All of it is one transaction. Past days stay as they were known, since every row that changes keeps
its history, and the trust's own row is never written.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max

from accounts import audit
from accounts.models import User
from accounts.permissions import Access
from accounts.roles import Capability
from kpis.assessments.store import held
from kpis.dated_changes.group_dates import change_care_group_dates
from kpis.models import Measure, Series
from kpis.organisation.preview import preview
from kpis.organisation.reorganisation import (
    Examined,
    Kind,
    NewGroup,
    Reorganisation,
    StructureRefused,
    examined,
)
from kpis.organisation.reporting import Choice, reporting_on
from strategy.models import CareGroup


class PreviewChanged(StructureRefused):
    """The effects are no longer those that the person has read."""


@transaction.atomic
def reorganise(
    *,
    asked: Reorganisation,
    chosen: Choice,
    confirmed: str,
    accepts: bool,
    reason: str,
    by: User,
    access: Access,
    at: datetime,
) -> list[CareGroup]:
    """Make the change and every series that it needs; returns the care groups that take over.

    `chosen`: the measures that each of them reports, by its code. `confirmed`: the digest of the
    preview that was read. `accepts`: the person knows that the parts do not add up.

    Raises StructureRefused with the field that is wrong, and PreviewChanged where somebody has
    changed what would follow.
    """
    access.require(Capability.EDIT_PLANS)
    if not reason.strip():
        raise StructureRefused("Enter why the structure changes", "reason")
    _make_trust(by=by, at=at)
    rows = CareGroup.objects.select_for_update(no_key=True).order_by("pk")
    list(rows)
    plan = examined(asked, list(CareGroup.objects.order_by("position", "pk")))
    reporting = reporting_on(asked.on)
    offered = {row.pk: row for row in reporting.offered}
    if any(key not in offered for keys in chosen.values() for key in keys):
        raise StructureRefused("Choose measures of the list")
    seen = preview(plan, chosen, reporting, at=at)
    if seen.digest != confirmed:
        raise PreviewChanged("What this does has changed since you read it: read it again below")
    if seen.does_not_add_up and not accepts:
        raise StructureRefused(
            "The parts do not add up: say that you know, or choose who takes the measures over",
            "accepts",
        )
    wanted = {key for keys in chosen.values() for key in keys}
    # Every writer locks series in the order of their keys, all that it will need at once.
    concerned = Series.objects.filter(measure__in=wanted) | Series.objects.filter(
        care_group__in=[row.pk for row in plan.sources]
    )
    held(concerned.values_list("pk", flat=True))
    new = [_begin(group, plan, reason=reason, by=by, at=at) for group in asked.new]
    if plan.into is not None:
        _take_over(plan.into, plan, reason=reason, by=by, at=at)
        new = [plan.into]
    for row in plan.ending:
        change_care_group_dates(
            care_group_id=row.pk,
            valid_from=row.valid_from,
            valid_to=asked.on,
            reason=reason,
            by=by,
            access=access,
            at=at,
        )
    for group in new:
        measures = {key: offered[key] for key in chosen.get(group.code, ())}
        _add_series(group, measures, plan, reason=reason, by=by, at=at)
    return new


@transaction.atomic
def report_also(
    *,
    care_group_id: int,
    measures: Iterable[int],
    on: date,
    reason: str,
    by: User,
    access: Access,
    at: datetime,
) -> CareGroup:
    """Let an existing care group report more measures from a day on."""
    access.require(Capability.EDIT_PLANS)
    group = CareGroup.objects.select_for_update(no_key=True).get(pk=care_group_id)
    offered = {row.pk: row for row in reporting_on(on).offered}
    reported = Series.objects.filter(care_group=group).values_list("measure", flat=True)
    wanted = sorted(set(measures))
    if group.is_trust:
        raise StructureRefused("What the trust itself reports is said where a measure is set up")
    if not wanted or any(key not in offered or key in set(reported) for key in wanted):
        raise StructureRefused("Choose measures of the list", "measures")
    if not reason.strip():
        raise StructureRefused("Enter why it reports more", "reason")
    begins, ends = group.valid_from or date.min, group.valid_to or date.max
    if not begins <= on < ends:
        raise StructureRefused(f"{group.name} is not there on that day", "on")
    held(Series.objects.filter(measure__in=wanted).values_list("pk", flat=True))
    groups = tuple(CareGroup.objects.order_by("position", "pk"))
    asked = Reorganisation(kind=Kind.BEGIN, on=on, into=group.pk)
    plan = Examined(asked, groups, (), group)
    chosen = {key: offered[key] for key in wanted}
    _add_series(group, chosen, plan, reason=reason, by=by, at=at)
    return group


def _make_trust(*, by: User, at: datetime) -> None:
    """The row of the trust as a whole: made with the first care group, and never changed."""
    if CareGroup.objects.filter(level=CareGroup.Level.TRUST).exists():
        return
    trust = CareGroup.objects.create(
        code="trust", name="Trust-wide", level=CareGroup.Level.TRUST, position=0
    )
    audit.record(
        at=at,
        by=by,
        action="added",
        obj=trust,
        changes=audit.differences({}, {"code": trust.code, "level": trust.level}),
    )


def _begin(new: NewGroup, plan: Examined, *, reason: str, by: User, at: datetime) -> CareGroup:
    place = CareGroup.objects.aggregate(last=Max("position"))["last"] or 0
    group = CareGroup(
        code=new.code,
        name=new.name,
        level=plan.sources[0].level if plan.sources else new.level,
        position=place + 1,
        valid_from=plan.asked.on,
    )
    audit.give_reason(group, reason)
    group.full_clean(exclude=["predecessors"])
    group.save()
    before = ", ".join(row.code for row in plan.sources)
    if plan.sources:
        group.predecessors.set(plan.sources)
    audit.record(
        at=at,
        by=by,
        action="care group began",
        obj=group,
        changes=audit.differences(
            {},
            {
                "code": group.code,
                "level": group.level,
                "valid_from": group.valid_from,
                "predecessors": before,
            },
        ),
        reason=reason,
    )
    return group


def _take_over(group: CareGroup, plan: Examined, *, reason: str, by: User, at: datetime) -> None:
    codes = sorted(group.predecessors.values_list("code", flat=True))
    audit.give_reason(group, reason)
    group.predecessors.add(*plan.sources)
    audit.record(
        at=at,
        by=by,
        action="care groups joined it",
        obj=group,
        changes=audit.differences(
            {"predecessors": ", ".join(codes)},
            {"predecessors": ", ".join(sorted({*codes, *(row.code for row in plan.sources)}))},
        ),
        reason=reason,
    )


def _add_series(
    group: CareGroup,
    measures: Mapping[int, Measure],
    plan: Examined,
    *,
    reason: str,
    by: User,
    at: datetime,
) -> None:
    """Every series that the group needs, and the trust's where the measure has none to add up."""
    there = set(
        Series.objects.filter(measure__in=measures, care_group=group).values_list(
            "measure", flat=True
        )
    )
    summed = set(
        Series.objects.filter(
            measure__in=measures, care_group__level=CareGroup.Level.TRUST
        ).values_list("measure", flat=True)
    )
    trust = next((row for row in plan.groups if row.is_trust), None)
    for key, measure in sorted(measures.items()):
        added = []
        if key not in there:
            # An existing group begins to report on the day; a new one does not exist
            # before it, so that its own dates can still be corrected.
            since = plan.asked.on if plan.into is not None else None
            added.append(Series(measure=measure, care_group=group, valid_from=since))
        adds_up = measure.roll_up != Measure.RollUp.NONE
        if trust is not None and adds_up and key not in summed:
            added.append(Series(measure=measure, care_group=trust, fed_by=Series.FedBy.ROLL_UP))
        for row in added:
            audit.give_reason(row, reason)
            row.save()
            audit.record(
                at=at,
                by=by,
                action="series added",
                obj=row,
                changes=audit.differences({}, {"fed_by": row.fed_by, "valid_from": row.valid_from}),
                reason=reason,
            )
