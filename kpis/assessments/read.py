"""Rows for pages and files: series with their history, in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any, TypeVar

from django.db.models import Q, QuerySet

from accounts.permissions import reads_publicly
from kmpt_tracker.questions import answered_once, written_once
from kpis.assessments.as_known import Known
from kpis.assessments.awaited import days_awaited
from kpis.assessments.clocks import shown_until, usual_clock
from kpis.assessments.columns import (
    ASSESSED,
    JUDGED,
    columns_of,
    judged_columns,
    standing_of,
    target_shown,
)
from kpis.assessments.inputs import inputs_as_known, promised
from kpis.assessments.kept import read_by_series
from kpis.assessments.outside import Outside, last_own, outside_in, outside_of
from kpis.judging.assess import asked_in, assess
from kpis.judging.freshness import USUAL_DELAY
from kpis.judging.history import Asked, Clock, History
from kpis.judging.status import Standing, TargetShown
from kpis.judging.terms import Assessed, SeriesInputs
from kpis.models import (
    Assessment,
    Judgement,
    Measure,
    Series,
    Target,
)
from kpis.rag import Rag
from strategy.models import CareGroup
from strategy.moments import london_date
from strategy.periods import Frequency, Month, Period, months_between

Derived = TypeVar("Derived")
OF_TARGET = ("target__code", "target__plan__code", "target__role", "target__operator")


@dataclass(frozen=True)
class Gaps:
    """How to read a window without a figure: its targets, and how long a figure may take."""

    asked: Asked | None = None
    days_awaited: int = USUAL_DELAY


@dataclass(frozen=True)
class SeriesHistory:
    """A series with all its windows. What was derived from them is kept as long as they are."""

    series: Series
    history: History
    derived: dict[Hashable, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def weight(self) -> int:
        return len(self.history.windows) + 1

    def at(self, month: Month, clock: Clock) -> Standing:
        return self.once(("at", month), clock, lambda: self._at(month, clock, with_targets=True))

    def closed_before(self, month: Month, clock: Clock) -> Standing:
        """How it is in a month in which its care group no longer exists."""
        return self.history.closed(month, clock.of_group(self.series.care_group_id), usual_clock)

    def state_at(self, month: Month, clock: Clock) -> Standing:
        """The status in a month, without the targets of a window that has no figure (no further
        queries).
        """
        return self.once(
            ("state at", month), clock, lambda: self._at(month, clock, with_targets=False)
        )

    def _at(self, month: Month, clock: Clock, *, with_targets: bool) -> Standing:
        own = clock.of_group(self.series.care_group_id)
        return self.history.at(month, own, usual_clock, with_targets=with_targets)

    def once(self, asked: Hashable, clock: Clock, derive: Callable[[], Derived]) -> Derived:
        """What follows from these windows and the clock alone, derived once for all clocks that
        read them alike.
        """
        if clock.phase is None:
            return derive()
        key = (asked, clock.phase)
        if key not in self.derived:
            self.derived[key] = derive()
        return self.derived[key]


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


def gaps_of(
    series: Sequence[Series],
    known: Known,
    inputs: Mapping[int, SeriesInputs] | None = None,
    keys: Mapping[str, int] | None = None,
) -> dict[int, Gaps]:
    """How to read the gaps of series that are as recorded, in a fixed number of queries.

    Pass `inputs`, and the targets' keys by code, where they have been read already.
    """
    if inputs is None or keys is None:
        inputs, keys = promised(series, known)
    delays = days_awaited(series, known) if known.at is not None else {}
    return {
        row.pk: Gaps(asked_of(inputs[row.pk], keys), delays.get(row.pk, row.days_awaited))
        for row in series
    }


def asked_of(inputs: SeriesInputs, keys: Mapping[str, int]) -> Asked:
    def asked(window: Period, state: Rag) -> tuple[TargetShown, ...]:
        return tuple(
            TargetShown(
                pk=keys[judged.target.code],
                code=judged.target.code,
                plan=judged.target.plan,
                role=judged.target.role.value,
                operator=judged.target.operator.value if judged.target.operator else "",
                is_primary=judged.is_primary,
                rag=state,
                value=judged.value,
                upper=judged.upper,
                year_value=judged.year_value,
                year_upper=judged.year_upper,
                span=judged.span,
                floor=judged.floor,
                floor_is_default=judged.floor_is_default,
                carried_forward=judged.carried_forward,
                due_date_passed=judged.due_date_passed,
                due_on=judged.due_on,
            )
            for judged in asked_in(inputs, window)
        )

    return asked


def history_of(
    series: Series,
    windows: Iterable[Standing],
    gaps: Gaps,
    last_published: date | None = None,
    other: Period | None = None,
    earlier: Standing | None = None,
) -> History:
    """The windows of a series with what the clock needs to classify its gaps."""
    measure = series.measure
    return History(
        frequency=Frequency(measure.frequency),
        windows=tuple(windows),
        year_end_month=measure.year_end_month,
        reporting_lag_days=measure.reporting_lag_days,
        is_published=series.fed_by == Series.FedBy.PUBLISHED,
        is_counted=series.fed_by == Series.FedBy.TRACKER,
        is_milestone=measure.is_milestone,
        last_published=last_published,
        earlier=earlier,
        days_awaited=gaps.days_awaited,
        lifetimes=tuple(
            (row.valid_from, row.valid_to) for row in (series.care_group, measure, series)
        ),
        other=other,
        asked=gaps.asked,
    )


def windows_until(found: SeriesHistory, clock: Clock, last: Month) -> list[Standing]:
    """The windows of a series up to a month, oldest first, with a state for each gap.

    Gaps are windows of the measure's own frequency since its first figure; a yearly total printed
    among the months fills none. A series without values has only its latest window.
    """
    return list(
        found.once(("until", last), clock, lambda: tuple(_back_from(found, clock, last))[::-1])
    )


def last_windows(found: SeriesHistory, clock: Clock, last: Month, most: int) -> list[Standing]:
    """The last windows of the measure's own frequency up to a month, oldest first, at most so many;
    earlier ones are not looked at.
    """
    is_window = found.history.frequency.is_window
    own = (seen for seen in _back_from(found, clock, last) if is_window(seen.period))
    return list(islice(own, most))[::-1]


def _back_from(found: SeriesHistory, clock: Clock, last: Month) -> Iterator[Standing]:
    """The windows of `windows_until`, latest first."""
    rhythm = found.history.frequency
    held = defaultdict(list)
    for standing in found.history.before(last.end):
        held[standing.period.last_month].append(standing)
    own = {month for month, rows in held.items() if any(rhythm.is_window(r.period) for r in rows)}
    first = min(own, default=None)
    months = {*held, last} if first is None else {*held, *months_between(first, last)}
    for month in sorted(months, reverse=True):
        if month not in own:
            absent = found.at(month, clock)
            # List a gap once, in its last month: in other months `at` gives an earlier window.
            is_its_own = absent.is_absent and absent.period.last_month == month
            is_listed = is_its_own and month >= first if first is not None else month == last
            if is_listed:
                yield absent
        rows = held.get(month, ())
        for standing in sorted(rows, key=lambda standing: standing.period.start, reverse=True):
            yield found.history.read(standing, clock, usual_clock)


def measures_by_name() -> QuerySet[Measure]:
    """Every measure, past ones included, in order of name."""
    return Measure.objects.order_by("name")


def find_measure(code: str) -> Measure | None:
    return next(iter(_measure(code)), None)


@answered_once
def _measure(code: str) -> QuerySet[Measure]:
    return Measure.objects.filter(code=code)
