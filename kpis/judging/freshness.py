"""What the clock says about a figure: not due, late, missing or provisional, and how fresh it is.

A window is asked for in the return of one month, and falls due when entry for that month closes. A
published figure is awaited for as long as its publications have taken. These states are derived
when they are read, never stored. The rules are tabled in docs/rules.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from kmpt_tracker.ui.formats import format_count
from kpis.rag import Rag
from strategy.moments import london_date, london_day_end
from strategy.periods import Frequency, Month, Period, window_ending

# A publication is awaited as long as the longest of the last four took; before two are known, this
# many days.
DELAYS_COUNTED, FEWEST_DELAYS, USUAL_DELAY = 4, 2, 180
# From this many months, an age is given in years.
MOST_MONTHS = 24


class Freshness(StrEnum):
    """Whether the latest figure can be read as today's."""

    CURRENT = "current"
    PROVISIONAL = "provisional"
    AWAITING = "awaiting"
    LATE = "late"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class DataClock:
    """When the figure of a month is due, and when the month was locked.

    `is_reopened`: the month is locked, and the return that asks for the figure is open again.
    """

    closes_at: datetime
    locked_at: datetime | None = None
    is_reopened: bool = False

    def __post_init__(self) -> None:
        for moment in (self.closes_at, self.locked_at):
            if moment is not None and moment.tzinfo is None:
                raise ValueError("A data clock needs moments with a time zone.")


ClosesOf = Callable[[Month], datetime]


def asked_in(window: Period, lag_days: int | None, closes_of: ClosesOf) -> Month:
    """The month in whose return a window is asked for.

    The first month, starting with the window's last one, whose entry closes on or after the
    window's end plus the measure's lag. The lag is in days, and days are London days. Without a lag
    it is the window's last month, whose entry cannot close before it has ended.
    """
    if not lag_days:
        return window.last_month
    ready, month = window.end + timedelta(days=lag_days), window.last_month
    while london_date(closes_of(month)) < ready:
        month = month.plus(1)
    return month


def windows_asked(
    month: Month,
    frequency: Frequency,
    lag_days: int | None,
    closes_of: ClosesOf,
    *,
    year_end_month: int = 3,
) -> list[Period]:
    """The windows of a regular measure that the return of a month asks for, oldest first."""
    found = []
    for back in range((lag_days or 0) // 28 + 3, -1, -1):
        window = window_ending(month.plus(-back), frequency, year_end_month=year_end_month)
        if window is not None and asked_in(window, lag_days, closes_of) == month:
            found.append(window)
    return found


def absence_state(clock: DataClock, now: datetime) -> Rag:
    """Why a window without a figure has none: not due, late, or locked without one. In a return
    that was opened again it is late.

    `clock` is the clock of the month in whose return the window is asked for.
    """
    is_locked = clock.locked_at is not None and clock.locked_at <= now
    if is_locked and not clock.is_reopened:
        return Rag.NO_DATA
    return Rag.NOT_DUE if now <= clock.closes_at else Rag.LATE


def figure_status(status: str, *, is_published: bool, clock: DataClock, now: datetime) -> str:
    """How final a figure reads: one that was entered is provisional until its month is locked.

    `clock` is the clock of the month in whose return the window is asked for. A published figure is
    as final as its publication says. That there were no cases, or too few to show, is neither.
    """
    if is_published or status not in ("provisional", "final"):
        return status
    is_locked = clock.locked_at is not None and clock.locked_at <= now
    return "final" if is_locked else "provisional"


def days_awaited(delays: Sequence[int]) -> int:
    """How many days after the end of its window a publication is awaited.

    `delays`: the days from the end of a window to its publication, where known, oldest first.
    """
    if len(delays) < FEWEST_DELAYS:
        return USUAL_DELAY
    return max(delays[-DELAYS_COUNTED:])


def publication_state(ended: date, days: int, now: datetime) -> Rag:
    """Whether a window that ended is still awaited, or was never published."""
    return Rag.NOT_DUE if now <= london_day_end(ended + timedelta(days=days)) else Rag.NO_DATA


def freshness(state: Rag | None, *, is_provisional: bool = False) -> Freshness:
    """How fresh a period is, given why it has no figure (None when it has one).

    A figure that was reported as not applicable or suppressed has arrived.
    """
    if state in _ABSENT:
        return _ABSENT[Rag(state)]
    return Freshness.PROVISIONAL if is_provisional else Freshness.CURRENT


_ABSENT = {
    Rag.NOT_DUE: Freshness.AWAITING,
    Rag.LATE: Freshness.LATE,
    Rag.NO_DATA: Freshness.MISSING,
}


def windows_missing(latest: Period | None, due: Period | None, frequency: Frequency) -> int | None:
    """How many windows fell due after the latest figure; None where there is no figure."""
    if due is None:
        return 0
    return None if latest is None else months_late(latest, due) // (frequency.months or 1)


def months_late(latest: Period | None, asked: Period | None) -> int:
    """Whole months from the last known figure to the period asked for."""
    if latest is None or asked is None:
        return 0
    return max(0, asked.last_month.months_since(latest.last_month))


def age_words(latest: Period, month: Month) -> str:
    """How old a figure is in a month: "20 months", "9 years"."""
    return duration_words(month.months_since(latest.last_month))


def duration_words(months: int) -> str:
    """A length of time: "20 months", "9 years". Long ones are in years."""
    number, unit = (months, "month") if months < MOST_MONTHS else (months // 12, "year")
    return format_count(number, unit)


def lateness(latest: Period | None, month: Month) -> str:
    """“nothing since Mar 2025 (20 months)”, shown with a last known figure in grey."""
    if latest is None:
        return "never received"
    return f"nothing since {latest.label} ({age_words(latest, month)})"
