"""A series with its windows: its status in any month, and what follows from it.

What was derived of it is kept as long as it is itself
(docs/adr/0023-what-seldom-changes-is-kept-by-each-process.md).
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Any, TypeVar

from kpis.assessments.as_known import Known
from kpis.assessments.awaited import days_awaited
from kpis.assessments.clocks import usual_clock
from kpis.assessments.inputs import promised
from kpis.judging.assess import asked_in
from kpis.judging.freshness import USUAL_DELAY
from kpis.judging.history import Asked, Clock, History
from kpis.judging.status import Standing, TargetShown
from kpis.judging.terms import SeriesInputs
from kpis.models import Series
from kpis.rag import Rag
from strategy.periods import Frequency, Month, Period, months_between

Derived = TypeVar("Derived")


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


@dataclass(frozen=True)
class Gaps:
    """How to read a window without a figure: its targets, and how long a figure may take."""

    asked: Asked | None = None
    days_awaited: int = USUAL_DELAY


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
