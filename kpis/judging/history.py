"""A series over time: how it is in any month, from its known windows and the clock.

What depends on the clock (not due, late, no data) is derived here, never stored. Pure.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time

from kpis.judging.freshness import (
    USUAL_DELAY,
    DataClock,
    absence_state,
    asked_in,
    figure_status,
    freshness,
    lateness,
    publication_state,
)
from kpis.judging.process import UNKNOWN
from kpis.judging.status import Standing, TargetShown
from kpis.rag import Rag
from kpis.rollup import Origin, reports_for
from strategy.moments import LONDON, london_date
from strategy.periods import Frequency, Month, Period, latest_window, next_window

UsualClock = Callable[[Month], DataClock]
# The targets in force in a window without a figure: the one that is judged, and the others.
Asked = Callable[[Period, Rag], tuple[TargetShown, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """The data clocks of the months, and the moment of reading.

    `reopened` holds the returns that are open by themselves in a locked month, by month and the key
    of the care group. `phase` is the same for all clocks that read every window alike; None where
    nobody compared them.
    """

    now: datetime
    periods: Mapping[Month, DataClock] = field(default_factory=dict)
    reopened: frozenset[tuple[Month, int]] = frozenset()
    phase: Hashable = None

    def what_counts(self, usual: Iterable[time]) -> Hashable:
        """All that the status of a window takes from this clock: two clocks that agree in it read
        every window alike.

        A moment is only ever compared with the times of the months, and with the ends of London
        days. `usual`: the London times of day at which months without times of their own close or
        are locked.
        """
        today = london_date(self.now)
        turns = {datetime.combine(today, each, LONDON) for each in usual}
        for clock in self.periods.values():
            turns |= {clock.closes_at, *filter(None, [clock.locked_at])}
        passed = sorted(turns)
        place = (bisect_left(passed, self.now), bisect_right(passed, self.now))
        return today, place, frozenset(self.periods.items()), self.reopened

    def of_group(self, care_group: int) -> Clock:
        """The clocks as they hold for one care group."""
        own = {month for month, group in self.reopened if group == care_group}
        if not own:
            return self
        periods = {
            month: replace(clock, is_reopened=month in own) for month, clock in self.periods.items()
        }
        return replace(self, periods=periods)

    def of(self, month: Month, usual: UsualClock) -> DataClock:
        """The clock of a month: its own, else the usual one."""
        return self.periods.get(month) or usual(month)

    def asked_in(
        self, window: Period, frequency: Frequency, lag_days: int | None, usual: UsualClock
    ) -> Month:
        """The month in whose return a window is asked for; a single figure is asked for at once."""
        if frequency is Frequency.ONE_OFF:
            return window.last_month
        return asked_in(window, lag_days, lambda month: self.of(month, usual).closes_at)

    def status_of(
        self,
        status: str,
        window: Period,
        frequency: Frequency,
        lag_days: int | None,
        *,
        is_published: bool,
        usual: UsualClock,
    ) -> str:
        """How final a figure of a window reads at this moment."""
        month = self.asked_in(window, frequency, lag_days, usual)
        return figure_status(
            status, is_published=is_published, clock=self.of(month, usual), now=self.now
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Every window of a series that holds a value, oldest first.

    Where not all windows have been read, `earlier` is the last one before them of the measure's own
    frequency, and `last_published` the end of the last published one. `other` is the last window of
    another length. `days_awaited` is how many days a publication may take. `is_counted`: the
    tracker counts it itself when a month is locked. `lifetimes` holds the first day, and the first
    day after the end, of the care group, the measure and the series, in this order.
    """

    frequency: Frequency
    windows: tuple[Standing, ...] = ()
    year_end_month: int = 3
    reporting_lag_days: int | None = None
    is_published: bool = False
    is_counted: bool = False
    is_milestone: bool = False
    last_published: date | None = None
    earlier: Standing | None = None
    days_awaited: int = USUAL_DELAY
    lifetimes: tuple[tuple[date | None, date | None], ...] = ()
    other: Period | None = None
    asked: Asked | None = field(default=None, compare=False)

    def is_expected(self, window: Period) -> bool:
        """Whether the window should be reported. Closed care groups are never late."""
        return all(reports_for(first, no_more, window) for first, no_more in self.lifetimes)

    def has_care_group(self, window: Period) -> bool:
        """Whether the care group existed in the window, whether or not it reported this measure."""
        return not self.lifetimes or reports_for(*self.lifetimes[0], window)

    def before(self, last: date) -> tuple[Standing, ...]:
        return tuple(standing for standing in self.windows if standing.period.end <= last)

    def at(
        self, month: Month, clock: Clock, usual: UsualClock, *, with_targets: bool = True
    ) -> Standing:
        """How the series is in the latest window of its own frequency that ends by a month.

        Without targets, a window that has no figure does not say what is asked of it.
        """
        asked = self.asked if with_targets else None
        end, is_window = month.end, self.frequency.is_window
        past = (
            seen
            for seen in reversed(self.windows)
            if seen.period.end <= end and is_window(seen.period)
        )
        last = next(past, self.earlier)
        latest = self.read(last, clock, usual) if last else None
        # A completed milestone is done: nothing later is asked for.
        if self.is_milestone and latest is not None and latest.is_complete_milestone:
            return latest
        regular = latest_window(month, self.frequency, year_end_month=self.year_end_month)
        due = regular or month.period
        if latest is not None and latest.period.end >= due.end:
            return latest
        if not self.is_expected(due):
            return self._unreported(due, latest, asked)
        if regular is None:
            return latest or self._one_off(month, clock, usual, asked)
        first = self._first_missing(latest, due, month)
        state = self._state(first, clock, usual)
        # If even the oldest gap is not due yet, report on the latest window instead.
        if state is Rag.NOT_DUE:
            first, state = due, self._state(due, clock, usual)
        return self._absent(due, state, latest, month, asked)

    def closed(self, month: Month, clock: Clock, usual: UsualClock) -> Standing:
        """How the series of a care group is that had closed before a month: nobody reports it, and
        its last figure is of the past, however rarely it was reported.
        """
        seen = self.at(month, clock, usual, with_targets=False)
        if seen.is_complete_milestone:
            return seen
        last = seen.shown if seen.shown.has_value else None
        return self._unreported(month.period, last, None)

    def read(self, seen: Standing, clock: Clock, usual: UsualClock) -> Standing:
        """A window with a figure, provisional until the month that asked for it is locked."""
        status = clock.status_of(
            seen.value_status,
            seen.period,
            self.frequency,
            self.reporting_lag_days,
            is_published=seen.origin == Origin.PUBLISHED,
            usual=usual,
        )
        if status == seen.value_status:
            return seen
        fresh = freshness(None, is_provisional=status == "provisional")
        return replace(seen, value_status=status, freshness=fresh)

    def _unreported(self, window: Period, latest: Standing | None, asked: Asked | None) -> Standing:
        """A window that nobody reports, with the last figure.

        The targets in force are shown only while the care group exists.
        """
        if not self.has_care_group(window):
            asked = None
        primary, further = _primary_first(asked(window, Rag.NOT_APPLICABLE) if asked else ())
        return Standing(
            period=window,
            rag=Rag.NOT_APPLICABLE,
            latest=_old(latest),
            target=primary,
            further=further,
        )

    def _one_off(
        self, month: Month, clock: Clock, usual: UsualClock, asked: Asked | None
    ) -> Standing:
        """A single figure has no frequency: it is due in the month in which its target is due."""
        absent = self._absent(month.period, Rag.NOT_DUE, None, month, asked)
        due_on = absent.target.due_on if absent.target else None
        if due_on is None or due_on > month.end:
            return absent
        state = self._state(Month.of(due_on).period, clock, usual)
        return self._absent(month.period, state, None, month, asked)

    def _first_missing(self, latest: Standing | None, due: Period, month: Month) -> Period:
        """The first window after the last known figure, or after reporting began.

        Once it is overdue, every later one is too. For a series that has figures of other lengths
        only, it is the window after the last of those. Without any figure or first day, it is the
        window asked for.
        """
        begins = max((first for first, _ in self.lifetimes if first is not None), default=None)
        last = latest.period if latest else self._other(month)
        months = [last.last_month] if last else []
        months += [Month.of(begins).plus(-1)] if begins else []
        if not months:
            return due
        first = next_window(max(months), self.frequency, year_end_month=self.year_end_month)
        return due if first is None or first.end > due.end else first

    def _state(self, window: Period, clock: Clock, usual: UsualClock) -> Rag:
        """Why a window has no figure, looked at by itself."""
        if self.is_counted:
            locked_at = clock.of(window.last_month, usual).locked_at
            return Rag.NO_DATA if locked_at is not None and locked_at <= clock.now else Rag.NOT_DUE
        if not self.is_published:
            month = clock.asked_in(window, self.frequency, self.reporting_lag_days, usual)
            return absence_state(clock.of(month, usual), clock.now)
        # A publication has no deadline set by the trust. A gap before a later publication is no
        # data; figures that care groups enter are not publications, so they do not count here.
        published = (
            seen.period.end
            for seen in self.windows
            if seen.origin == Origin.PUBLISHED and self.frequency.is_window(seen.period)
        )
        last = self.last_published or max(published, default=window.end)
        if last > window.end:
            return Rag.NO_DATA
        return publication_state(window.end, self.days_awaited, clock.now)

    def _absent(
        self,
        window: Period,
        state: Rag,
        latest: Standing | None,
        month: Month,
        asked: Asked | None,
    ) -> Standing:
        is_overdue = state is not Rag.NOT_DUE
        other = self._other(month)
        said = lateness(latest.period if latest else None, month)
        rhythm = self.frequency.value.replace("_", "-")
        if other is not None and latest is None:
            said = f"no {rhythm} figure; the last of another period is {other.label}"
        elif other is not None and latest is not None and other.end > latest.period.end:
            said = said.replace("nothing", f"no {rhythm} figure", 1)
        primary, further = _primary_first(asked(window, state) if asked else ())
        return Standing(
            period=window,
            rag=state,
            freshness=freshness(state),
            latest=_old(latest) if is_overdue else latest,
            lateness=said if is_overdue else "",
            other=None if latest else other,
            target=primary,
            further=further,
        )

    def _other(self, month: Month) -> Period | None:
        found = [w.period for w in self.before(month.end) if not self.frequency.is_window(w.period)]
        if self.other is not None and self.other.end <= month.end:
            found.append(self.other)
        return max(found, key=lambda period: period.end, default=None)


def _primary_first(
    asked: tuple[TargetShown, ...],
) -> tuple[TargetShown | None, tuple[TargetShown, ...]]:
    """The target that is rated, and the others in force."""
    primary = next((target for target in asked if target.is_primary), None)
    return primary, tuple(target for target in asked if not target.is_primary)


def _old(latest: Standing | None) -> Standing | None:
    """The last figure marked as old. Its icons and sentences are dropped: they do not describe
    today.
    """
    if latest is None:
        return None
    return replace(
        latest,
        is_old=True,
        variation="none",
        assurance="none",
        special_cause="",
        opposing_cause="",
        process=UNKNOWN,
    )
