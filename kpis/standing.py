"""How a series stands in one window: what every page, file and chart shows of it.

Built from a stored assessment, or from one made for a past moment by the same rules. What
depends on the clock (not due, late, no data) is derived here, never stored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from kpis.freshness import DataClock, Freshness, absence_state, freshness, lateness
from kpis.process import UNKNOWN, Process
from kpis.rag import Rag
from kpis.rollup import Origin, reports_for
from strategy.periods import Frequency, Month, Period, latest_window


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetShown:
    """A target in force in a window, with what it asked for and how the value met it."""

    pk: int
    code: str
    plan: str
    role: str
    operator: str
    is_primary: bool
    rag: Rag
    value: Decimal | None = None
    upper: Decimal | None = None
    floor: Decimal | None = None
    floor_is_default: bool = False
    variance: Decimal | None = None
    carried_forward: bool = False
    due_date_passed: bool = False
    due_on: date | None = None

    @property
    def is_path(self) -> bool:
        """A planned path beside what was promised: a window is on plan or behind it, no more."""
        return self.role in ("interim", "local")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One window of one series. `latest` is the last known one when this has no value."""

    period: Period
    rag: Rag
    value: Decimal | None = None
    judged_value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    groups_reported: int = 0
    groups_expected: int = 0
    value_status: str = ""
    origin: str = ""
    milestone_status: str = ""
    forecast_on: date | None = None
    completed_on: date | None = None
    target: TargetShown | None = None
    beside: tuple[TargetShown, ...] = ()
    spc_mean: float | None = None
    spc_lower: float | None = None
    spc_upper: float | None = None
    spc_segment: int | None = None
    point_type: str = ""
    special_cause: str = ""
    opposing_cause: str = ""
    variation: str = "none"
    assurance: str = "none"
    limits_status: str = "none"
    points_in_segment: int = 0
    freshness: Freshness = Freshness.CURRENT
    actual_id: int | None = None
    known_from: datetime | None = None
    process: Process = UNKNOWN
    latest: Standing | None = None
    lateness: str = ""

    @property
    def has_value(self) -> bool:
        return self.value is not None or bool(self.milestone_status)

    @property
    def is_absent(self) -> bool:
        """Nothing was recorded for the window: not due, late, or missing."""
        return self.rag in (Rag.NOT_DUE, Rag.LATE, Rag.NO_DATA)

    @property
    def shown(self) -> Standing:
        """The window whose value is shown: this one, or the last known one in grey."""
        return self.latest if self.is_absent and self.latest is not None else self

    @property
    def read(self) -> Standing:
        """What a sentence is about: the last figure while the next is not due yet.

        A late or missing window speaks for itself.
        """
        return self.shown if self.rag is Rag.NOT_DUE else self

    @property
    def is_awaited(self) -> bool:
        """The next figure is not due; the last one still tells where the series stands."""
        return self.rag is Rag.NOT_DUE and self.latest is not None

    @property
    def is_complete_milestone(self) -> bool:
        return self.milestone_status == "complete"


UsualClock = Callable[[Month], DataClock]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """The data clocks of the months, and the moment of reading."""

    now: datetime
    periods: Mapping[Month, DataClock] = field(default_factory=dict)

    def of(self, window: Period, lag_days: int | None, usual: UsualClock) -> DataClock:
        """The clock of a window: its month's own, else the measure's lag, else the usual one."""
        month = window.last_month
        own = self.periods.get(month)
        if own is not None:
            return own
        return DataClock.from_lag(window, lag_days) if lag_days is not None else usual(month)


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Every window of a series that holds a value, oldest first.

    `last_published` is the end of the last one that was published, where not all of them are in
    hand. `lifetimes`: the
    first day of the care group, the measure and the series, and the first day each is no more.
    """

    frequency: Frequency
    windows: tuple[Standing, ...] = ()
    year_end_month: int = 3
    reporting_lag_days: int | None = None
    is_published: bool = False
    is_milestone: bool = False
    last_published: date | None = None
    lifetimes: tuple[tuple[date | None, date | None], ...] = ()

    def is_expected(self, window: Period) -> bool:
        """Whether somebody was to report it: nothing is late from who is no more."""
        return all(reports_for(first, no_more, window) for first, no_more in self.lifetimes)

    def before(self, last: date) -> tuple[Standing, ...]:
        return tuple(standing for standing in self.windows if standing.period.end <= last)

    def at(self, month: Month, clock: Clock, usual: UsualClock) -> Standing:
        """How the series stands in the latest window that ends by a month."""
        past = self.before(month.end)
        latest = past[-1] if past else None
        if self.is_milestone and latest is not None and latest.is_complete_milestone:
            return latest
        due = latest_window(month, self.frequency, year_end_month=self.year_end_month)
        if due is None:
            return latest or Standing(period=month.period, rag=Rag.NOT_DUE)
        if latest is not None and latest.period.end >= due.end:
            return latest
        if not self.is_expected(due):
            return Standing(period=due, rag=Rag.NOT_APPLICABLE)
        return self._absent(due, latest, clock, usual)

    def _absent(
        self, due: Period, latest: Standing | None, clock: Clock, usual: UsualClock
    ) -> Standing:
        data_clock = clock.of(due, self.reporting_lag_days, usual)
        state = absence_state(data_clock, clock.now, is_published=self.is_published)
        if self.is_published:
            # A published series has no deadline of ours: the next publication is awaited. A gap
            # that later publications have passed over is a gap; what care groups enter is none.
            published = (w.period.end for w in self.windows if w.origin == Origin.PUBLISHED)
            last = self.last_published or max(published, default=due.end)
            state = Rag.NO_DATA if last > due.end else Rag.NOT_DUE
        return Standing(
            period=due,
            rag=state,
            freshness=freshness(state),
            latest=latest,
            lateness=lateness(latest.period, due) if latest and state is not Rag.NOT_DUE else "",
            target=latest.target if latest else None,
        )
