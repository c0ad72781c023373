"""What the clock says about a figure: not due, late or missing, and how fresh the latest is.

A figure falls due when entry for its period closes: the period's own data clock, else its end
plus the measure's reporting lag. These states are derived at reading, never stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from kpis.rag import Rag
from strategy.periods import Frequency, Period, london_day_end


class Freshness(StrEnum):
    """How far the latest figure can be taken as today's."""

    CURRENT = "current"
    PROVISIONAL = "provisional"
    AWAITING = "awaiting"
    LATE = "late"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class DataClock:
    """When a period's figure is due, and when the period locked."""

    closes_at: datetime
    locked_at: datetime | None = None

    def __post_init__(self) -> None:
        for moment in (self.closes_at, self.locked_at):
            if moment is not None and moment.tzinfo is None:
                raise ValueError("A data clock needs moments with a time zone.")

    @classmethod
    def from_lag(cls, period: Period, lag_days: int) -> DataClock:
        """Due at the end, in London, of the day that lies `lag_days` after the period's end."""
        return cls(london_day_end(period.end + timedelta(days=lag_days)))


def absence_state(clock: DataClock, now: datetime, *, is_published: bool = False) -> Rag:
    """Why a period without a figure has none: not due, late, or locked without one.

    A series fed by publications awaits the next one: it is not due until its period is locked.
    """
    if clock.locked_at is not None and clock.locked_at <= now:
        return Rag.NO_DATA
    if now <= clock.closes_at or is_published:
        return Rag.NOT_DUE
    return Rag.LATE


def freshness(state: Rag | None, *, is_provisional: bool = False) -> Freshness:
    """How fresh one period is, given why it has no figure (None when it has one).

    A figure that was reported as not applicable, or may not be shown, has arrived.
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
    """How many windows that fell due have passed since the latest figure; None if never any."""
    if due is None:
        return 0
    return None if latest is None else months_late(latest, due) // (frequency.months or 1)


def months_late(latest: Period | None, asked: Period | None) -> int:
    """Whole months from the last known figure to the period asked for."""
    if latest is None or asked is None:
        return 0
    return max(0, asked.last_month.months_since(latest.last_month))


def lateness(latest: Period | None, asked: Period) -> str:
    """“4 months late”, as shown beside a last known figure in grey."""
    if latest is None:
        return "never received"
    months = months_late(latest, asked)
    if months == 0:
        return ""
    return "1 month late" if months == 1 else f"{months} months late"


class KitemarkPart(StrEnum):
    """The four quarters of the data-quality kitemark."""

    SIGN_OFF = "sign_off"
    TIMELY = "timely"
    AUDIT = "audit"
    ROBUST = "robust"


class Assurance(StrEnum):
    """What is known about one quarter; empty when nobody has assessed it."""

    NOT_ASSESSED = ""
    SUFFICIENT = "sufficient"
    INSUFFICIENT = "insufficient"


@dataclass(frozen=True, slots=True)
class Kitemark:
    """The four quarters of one measure, as people assessed them."""

    sign_off: Assurance = Assurance.NOT_ASSESSED
    timely: Assurance = Assurance.NOT_ASSESSED
    audit: Assurance = Assurance.NOT_ASSESSED
    robust: Assurance = Assurance.NOT_ASSESSED

    @property
    def sentence(self) -> str:
        parts = {part: Assurance(getattr(self, part.value)) for part in KitemarkPart}
        good = sum(state is Assurance.SUFFICIENT for state in parts.values())
        known = sum(state is not Assurance.NOT_ASSESSED for state in parts.values())
        if known == 0:
            return "Data quality not assessed"
        poor = [
            part.value.replace("_", "-")
            for part, state in parts.items()
            if state is Assurance.INSUFFICIENT
        ]
        tail = f"; not sufficient: {', '.join(poor)}" if poor else ""
        unknown = f"; {4 - known} not assessed" if known < 4 else ""
        return f"Data quality sufficient on {good} of 4{tail}{unknown}"
