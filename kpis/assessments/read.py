"""Rows for pages and files: series with their history, in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from accounts.permissions import reads_publicly
from kmpt_tracker.questions import answered_once, written_once
from kpis.assessments.as_known import Known
from kpis.assessments.clocks import shown_until
from kpis.assessments.columns import (
    ASSESSED,
    JUDGED,
    columns_of,
    judged_columns,
    standing_of,
    target_shown,
)
from kpis.assessments.inputs import inputs_as_known
from kpis.assessments.kept import read_by_series
from kpis.assessments.outside import Outside, last_own, outside_in, outside_of
from kpis.assessments.series_history import Gaps, SeriesHistory, gaps_of, history_of
from kpis.judging.assess import assess
from kpis.judging.status import Standing
from kpis.judging.terms import Assessed, SeriesInputs
from kpis.models import (
    Assessment,
    Judgement,
    Measure,
    Series,
    Target,
)
from strategy.models import CareGroup
from strategy.moments import london_date
from strategy.periods import Frequency, Month

OF_TARGET = ("target__code", "target__plan__code", "target__role", "target__operator")


def last_month_of(care_group: CareGroup, *, now: datetime, known_at: datetime | None) -> Month:
    """The last month that has ended; for a closed care group, the last month it existed in."""
    month = Month.of(london_date(known_at or now)).plus(-1)
    (group,) = Known(known_at).restored([care_group])
    if group.valid_to is not None:
        month = min(month, Month.of(group.valid_to).plus(-1))
    return shown_until(month, now)


def closed_on(care_group: CareGroup, *, now: datetime, known_at: datetime | None) -> date | None:
    """The last day of a care group, once a month has ended in which it no longer existed.

    Its figures are then those of the past, on its own pages too.
    """
    (group,) = Known(known_at).restored([care_group])
    if (
        group.valid_to is None
        or group.valid_to > Month.of(london_date(known_at or now)).plus(-1).end
    ):
        return None
    return group.valid_to - timedelta(days=1)


def histories(
    series: Iterable[Series],
    *,
    known_at: datetime | None = None,
    since: date | None = None,
    until: date | None = None,
    columns: Sequence[str] = ASSESSED,
) -> dict[int, SeriesHistory]:
    """The history of some series by their key, now or as known at a moment.

    `since` leaves out windows that end before it, as a sparkline does not need ten years, and
    `until` those that end after it; what they say of a gap is known all the same. With the columns
    STATUS the windows have value and status, no chart: a page that shows a thousand windows reads
    them in half the time.
    """
    wanted = list(series)
    if known_at is not None or reads_publicly():
        return _histories_as_known(Known(known_at), wanted, since, until)
    rows = {row.pk: row for row in wanted}
    held = read_by_series(
        dict.fromkeys(rows, ("history", since, until, tuple(columns))),
        lambda keys: _histories_now([rows[pk] for pk in keys], since, until, tuple(columns)),
    )
    return {pk: replace(held[pk][0], series=row) for pk, row in rows.items()}


def _histories_now(
    wanted: Sequence[Series], since: date | None, until: date | None, columns: tuple[str, ...]
) -> dict[int, list[SeriesHistory]]:
    lengths = {row.pk: Frequency(row.measure.frequency).months for row in wanted}
    outside = outside_of(lengths, since, until)
    before = {seen.before for seen in outside.values() if seen.before}
    rows = _standings(list(lengths), None, since, until, before or None, columns=columns)
    gaps = gaps_of(wanted, Known())
    return {
        row.pk: [_between(row, rows.get(row.pk, ()), since, gaps[row.pk], outside[row.pk])]
        for row in wanted
    }


def _histories_as_known(
    known: Known, series: Sequence[Series], since: date | None, until: date | None
) -> dict[int, SeriesHistory]:
    wanted = known.series(series)
    assessed, targets, inputs = assessed_as_known(wanted, known)
    outside = {row.pk: outside_in(row, assessed[row.pk], since, until) for row in wanted}
    rows = _anew(wanted, assessed, targets, since, until, outside)
    gaps = gaps_of(wanted, known, inputs, {row.code: row.pk for row in targets.values()})
    return {
        row.pk: _between(row, rows.get(row.pk, ()), since, gaps[row.pk], outside[row.pk])
        for row in wanted
    }


def _between(
    row: Series, windows: Sequence[Standing], since: date | None, gaps: Gaps, outside: Outside
) -> SeriesHistory:
    """A series with its windows from a day on, and what lies outside them."""
    history = history_of(
        row,
        [seen for seen in windows if not since or seen.period.end >= since],
        gaps,
        outside.published,
        outside.other,
        earlier=last_own(row, windows, since),
    )
    return SeriesHistory(row, history)


def standings_of(keys: Collection[int]) -> dict[int, list[Standing]]:
    """The assessments that have these keys, by series, oldest first."""
    return _standings(None, keys, None, None, None, columns=ASSESSED)


def _standings(
    series: Collection[int] | None,
    keys: Collection[int] | None,
    since: date | None,
    until: date | None,
    ends: Collection[date] | None,
    *,
    columns: tuple[str, ...],
) -> dict[int, list[Standing]]:
    """Read as plain columns: a page needs hundreds of these rows, and no model instances."""
    if reads_publicly():
        raise RuntimeError("What everyone may read is judged from what may be published.")
    shown = defaultdict(list)
    for judged in _judgements(series, keys, since, until, ends):
        shown[judged["assessment_id"]].append(
            target_shown(
                judged,
                pk=judged["target_id"],
                code=judged["target__code"],
                plan=judged["target__plan__code"] or "",
                role=judged["target__role"],
                operator=judged["target__operator"],
            )
        )
    found = defaultdict(list)
    for window in _windows(series, keys, since, until, ends, columns=columns):
        found[window["series_id"]].append(standing_of(window, shown[window["id"]]))
    return found


@written_once
def _windows(
    series: Collection[int] | None,
    keys: Collection[int] | None,
    since: date | None,
    until: date | None,
    ends: Collection[date] | None,
    *,
    columns: tuple[str, ...],
) -> QuerySet[Assessment, dict[str, Any]]:
    rows = _assessments(series, keys, since, until, ends)
    return rows.order_by("period_end", "period_start").values(*columns)


@written_once
def _judgements(
    series: Collection[int] | None,
    keys: Collection[int] | None,
    since: date | None,
    until: date | None,
    ends: Collection[date] | None,
) -> QuerySet[Judgement, dict[str, Any]]:
    wanted = _assessments(series, keys, since, until, ends).values("pk")
    return Judgement.objects.filter(assessment__in=wanted).values(*JUDGED, *OF_TARGET)


def _assessments(
    series: Collection[int] | None,
    keys: Collection[int] | None,
    since: date | None,
    until: date | None,
    ends: Collection[date] | None,
) -> QuerySet[Assessment]:
    asked = {"series__in": series, "pk__in": keys}
    within = {"period_end__gte": since, "period_end__lte": until}
    wanted = Q(**{name: value for name, value in within.items() if value is not None})
    if ends is not None:
        wanted |= Q(period_end__in=ends)
    return Assessment.objects.filter(
        wanted, **{name: value for name, value in asked.items() if value is not None}
    )


def _anew(
    series: Sequence[Series],
    assessed: Mapping[int, Sequence[Assessed]],
    targets: Mapping[str, Target],
    since: date | None,
    until: date | None,
    outside: Mapping[int, Outside],
) -> dict[int, list[Standing]]:
    return {
        row.pk: [
            calculated_standing(item, targets)
            for item in assessed[row.pk]
            if (since or date.min) <= item.observation.period.end <= (until or date.max)
            or item.observation.period.end == outside[row.pk].before
        ]
        for row in series
    }


def assessed_as_known(
    series: Sequence[Series], known: Known
) -> tuple[dict[int, list[Assessed]], dict[str, Target], dict[int, SeriesInputs]]:
    """Every window judged as known at the moment, the targets as recorded then by code, and the
    inputs that the windows were judged by.
    """
    inputs = inputs_as_known(series, known)
    codes = {target.code for item in inputs.values() for target in item.targets}
    rows = Target.objects.filter(code__in=codes).select_related("plan")
    targets = {target.code: target for target in known.as_recorded(rows)}
    return {row.pk: assess(inputs[row.pk]) for row in series}, targets, inputs


def calculated_standing(item: Assessed, targets: Mapping[str, Target]) -> Standing:
    """A calculated assessment as pages read it, as if it had been stored."""
    shown = []
    for judged in item.judgements:
        target = targets[judged.target.code]
        shown.append(
            target_shown(
                judged_columns(judged),
                pk=target.pk,
                code=target.code,
                plan=target.plan.code if target.plan else "",
                role=target.role,
                operator=target.operator,
            )
        )
    return standing_of(columns_of(item), shown)


def measures_by_name() -> QuerySet[Measure]:
    """Every measure, past ones included, in order of name."""
    return Measure.objects.order_by("name")


def find_measure(code: str) -> Measure | None:
    return next(iter(_measure(code)), None)


@answered_once
def _measure(code: str) -> QuerySet[Measure]:
    return Measure.objects.filter(code=code)
