"""Ending a measure: from a day on nobody reports it, and it keeps every figure from before.

A window counts by its last day. A measure that is counted otherwise from then on is a successor,
set up with this one as what it follows.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.permissions import Access
from accounts.refusals import Refused
from accounts.roles import Capability
from kmpt_tracker.ui.formats import format_date
from kpis.assessments.as_known import not_retired
from kpis.assessments.store import held, touch
from kpis.models import Actual, Decision, Measure, Series, Target
from strategy.periods import Period


@dataclass(frozen=True)
class Ending:
    """What the end of a measure does, in sentences; `digest` says that this was read."""

    sentences: tuple[str, ...]

    @property
    def digest(self) -> str:
        return hashlib.sha256("\n".join(self.sentences).encode()).hexdigest()[:20]


def ending(measure: Measure, ends_on: date) -> Ending:
    """What follows if a measure no longer counts from a day on. Three queries."""
    series = list(
        Series.objects.filter(measure=measure)
        .select_related("care_group")
        .order_by("care_group__position", "pk")
    )
    stop = [row for row in series if row.valid_to is None or row.valid_to > ends_on]
    names = ", ".join(row.care_group.name for row in stop) or "Nobody"
    said = [
        f"{names}: no longer asked for it in windows that end on or after {format_date(ends_on)}."
    ]
    promises = Target.objects.filter(measure=measure, plan__ends_on__gte=ends_on)
    for target in not_retired(promises).select_related("plan").order_by("pk"):
        title = target.plan.title if target.plan else ""
        said.append(
            f"{title} promises “{target.statement}” on it: it gets no figure after that day. "
            "Retire it, or add a target on the successor."
        )
    said.append("Figures, targets and pages from before stay as they are.")
    return Ending(tuple(said))


@transaction.atomic
def end_measure(
    *,
    measure_id: int,
    ends_on: date,
    reason: str,
    by: User,
    access: Access,
    at: datetime,
    confirmed: str | None = None,
) -> Measure:
    """End a measure: `ends_on` is the first day that it no longer counts.

    `confirmed`: the digest of what was read, where a person ends it on its page. Raises Refused
    with the field that is wrong, and where what follows has changed since it was read.
    """
    access.require(Capability.EDIT_PLANS)
    measure = Measure.objects.select_for_update(no_key=True).get(pk=measure_id)
    if not reason.strip():
        raise Refused("Enter why the measure ends", "reason")
    if measure.valid_to is not None:
        day = format_date(measure.valid_to - timedelta(days=1))
        raise Refused(f"The measure ends on {day} already", "last_day")
    if measure.valid_from is not None and ends_on <= measure.valid_from:
        raise Refused("The last day must be on or after the first", "last_day")
    if found := _windows_with_figures(measure, ends_on):
        raise Refused(
            f"There are approved figures for {found[-1].label}: choose a later day, or withdraw "
            "them first",
            "last_day",
        )
    if confirmed is not None and ending(measure, ends_on).digest != confirmed:
        raise Refused("What this does has changed since you read it: read it again")
    held(measure.series.values_list("pk", flat=True))  # type: ignore[attr-defined]
    measure.valid_to = ends_on
    measure.version += 1
    audit.give_reason(measure, reason)
    measure.save()
    audit.record(
        at=at,
        by=by,
        action="measure ended",
        obj=measure,
        changes=[audit.FieldChange.of("valid_to", None, ends_on)],
        reason=reason,
    )
    rows = measure.series.select_related("care_group").order_by("pk")  # type: ignore[attr-defined]
    for series in rows:
        starts = series.valid_from or date.min
        if (series.valid_to is None or series.valid_to > ends_on) and starts < ends_on:
            end_series(series, ends_on, reason=reason, by=by, at=at)
    touch(measure.series.values_list("pk", flat=True))  # type: ignore[attr-defined]
    return measure


def _windows_with_figures(
    measure: Measure, since: date, *, series: Series | None = None
) -> list[Period]:
    """The windows that end on or after a day and hold an approved figure, earliest first."""
    rows = Actual.objects.filter(
        series__measure=measure,
        period_end__gte=since,
        decisions__outcome=Decision.Outcome.APPROVED,
    ).order_by("version")
    if series is not None:
        rows = rows.filter(series=series)
    latest = {
        (key, start, end): status
        for key, start, end, status in rows.values_list(
            "series", "period_start", "period_end", "value_status"
        )
    }
    held_in = {
        (end, start)
        for (_, start, end), status in latest.items()
        if status != Actual.ValueStatus.WITHDRAWN
    }
    return [Period(start, end) for end, start in sorted(held_in)]


def end_series(series: Series, ends_on: date, *, reason: str, by: User, at: datetime) -> None:
    """From a day on this row no longer reports the measure; its lock is held by the caller."""
    before = series.valid_to
    series.valid_to = ends_on
    audit.give_reason(series, reason)
    series.save()
    audit.record(
        at=at,
        by=by,
        action="series ended",
        obj=series,
        changes=[audit.FieldChange.of("valid_to", before, ends_on)],
        reason=reason,
    )


@transaction.atomic
def stop_reporting(
    *, series_id: int, ends_on: date, reason: str, by: User, access: Access, at: datetime
) -> Series:
    """Let one care group no longer report a measure; the others go on.

    Raises Refused for the trust's own row, which ends with the measure, and where approved figures
    of the group lie in windows that end on or after the day.
    """
    access.require(Capability.EDIT_PLANS)
    held([series_id])
    series = Series.objects.select_related("measure", "care_group").get(pk=series_id)
    if series.care_group.is_trust:
        raise Refused("The trust's figure ends with the measure", "series")
    if series.valid_to is not None and series.valid_to <= ends_on:
        raise Refused(f"{series.care_group.name} has stopped by that day already", "last_day")
    if series.valid_from is not None and ends_on <= series.valid_from:
        raise Refused("The last day must be on or after the first", "last_day")
    if not reason.strip():
        raise Refused("Enter why it is no longer reported", "reason")
    if found := _windows_with_figures(series.measure, ends_on, series=series):
        raise Refused(
            f"There are approved figures for {found[-1].label}: choose a later day, or withdraw "
            "them first",
            "last_day",
        )
    end_series(series, ends_on, reason=reason, by=by, at=at)
    touch([series.pk])
    return series
