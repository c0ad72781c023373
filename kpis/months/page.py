"""The clocks of the months as a page shows them: in London time, with what is due next."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from kmpt_tracker.ui.formats import format_date, format_deadline, format_moment
from kpis.models import ReportingPeriod
from kpis.months.change import MOMENTS
from kpis.months.clock import bank_holidays, data_clock, usual_row
from strategy.moments import london_date
from strategy.periods import Month

COMING, PAST = 3, 12


@dataclass(frozen=True)
class Moment:
    """One moment of a clock, and the usual one where it differs."""

    words: str
    usual: str


@dataclass(frozen=True)
class MonthClock:
    """A month with its clock, stored or usual, at the moment of reading."""

    period: ReportingPeriod
    now: datetime

    @property
    def month(self) -> Month:
        return self.period.month

    @property
    def moments(self) -> list[Moment]:
        usual = data_clock(self.month)
        found = []
        for name in MOMENTS:
            at = getattr(self.period, name)
            was = "" if at == usual[name] else format_deadline(usual[name])
            found.append(Moment(format_deadline(at), was))
        return found

    @property
    def has_ended(self) -> bool:
        return self.now >= data_clock(self.month)["opens_at"]

    @property
    def is_locked(self) -> bool:
        return self.period.locked_at is not None

    @property
    def is_past_freeze(self) -> bool:
        return not self.is_locked and self.period.freezes_at <= self.now

    @property
    def may_change(self) -> bool:
        return not self.is_locked

    @property
    def state(self) -> str:
        """Where the month is, in words."""
        period, now = self.period, self.now
        if period.locked_at is not None:
            if period.pk is None:
                return "Never opened: counts as locked from its freeze"
            return f"Locked {format_moment(period.locked_at)}"
        if now < period.opens_at:
            return "Coming"
        if self.is_past_freeze:
            return "Past its freeze and not locked"
        if now <= period.closes_at:
            return "Open"
        return "Closed, not locked"

    @property
    def more_time(self) -> str:
        """What an extension after the close changes, and what it does not."""
        first = self.period.first_closed_at
        if first is None:
            return ""
        return f"Entry closed first {format_moment(first)}: lateness is counted from then."


@dataclass(frozen=True)
class MonthsPage:
    """Every month that the tracker holds, the last twelve, and the next three."""

    rows: tuple[MonthClock, ...]
    holidays: tuple[tuple[date, str], ...]
    may_edit: bool
    may_lock: bool

    @property
    def heads(self) -> list[str]:
        return list(MOMENTS.values())

    @property
    def waiting(self) -> str:
        """The months that should have been locked by now."""
        names = [row.month.full_label for row in self.rows if row.is_past_freeze]
        if not names:
            return ""
        are = "is" if len(names) == 1 else "are"
        return f"{' and '.join(reversed(names))} {are} past the freeze and not locked."

    @property
    def holiday_rows(self) -> list[str]:
        return [f"{format_date(day)}, {name}" for day, name in self.holidays]


def months_page(*, now: datetime, may_edit: bool, may_lock: bool) -> MonthsPage:
    current = Month.of(london_date(now))
    held: Mapping[Month, ReportingPeriod] = {
        row.month: row for row in ReportingPeriod.objects.all()
    }
    months = {*held, *(current.plus(step) for step in range(-PAST, COMING))}
    rows = tuple(
        MonthClock(
            held.get(month)
            or ReportingPeriod(starts_on=month.start, version=0, **usual_row(month, now)),
            now,
        )
        for month in sorted(months, reverse=True)
    )
    first, last = current.plus(1 - PAST).start, max(months).plus(1).end
    return MonthsPage(
        rows=rows,
        holidays=tuple(bank_holidays(first, last)),
        may_edit=may_edit,
        may_lock=may_lock,
    )
