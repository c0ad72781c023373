"""Moments and the days they fall on in London. Pure: the clock is never read here.

Moments are kept in UTC, days are London days. The rules are in the tables of docs/rules.md.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
# The NHS began in July 1948, so nothing can be known from before.
FIRST_DAY = date(1948, 7, 1)

_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[T ]([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?)"
    r"(Z|[+\- ][0-9]{2}:[0-9]{2})?)?"
)
_AS_AT_HELP = "Use a date such as 2019-04-20 or a moment such as 2019-04-20T12:00."


def london_date(moment: datetime) -> date:
    """The date in London at this moment. Raises ValueError for a moment without a time zone."""
    if moment.tzinfo is None:
        raise ValueError("A moment needs a time zone before it can be dated.")
    return moment.astimezone(LONDON).date()


def london_day_start(on: date) -> datetime:
    """Midnight at the start of that day in London, in UTC."""
    return datetime.combine(on, time.min, LONDON).astimezone(UTC)


def london_day_end(on: date) -> datetime:
    """The last microsecond of that day in London, in UTC, so `known_from <= end` includes it."""
    try:
        return london_day_start(on + timedelta(days=1)) - timedelta(microseconds=1)
    except OverflowError:
        raise ValueError(f"{on} is too late for the calendar.") from None


def parse_as_at(text: str) -> datetime:
    """The moment of an `as_at` request, in UTC.

    A date means the end of that day in London. A time without an offset is London time. In the
    hour that repeats or is skipped when the clocks change, the later reading is used, so that
    nothing known by then is left out. Raises ValueError, with a message for the reader, for
    anything else and for a day before the NHS began.
    """
    found = _MOMENT.fullmatch(text.strip())
    if not found:
        raise ValueError(f"“{brief(text)}” is not a date or moment. {_AS_AT_HELP}")
    day, clock, offset = found.groups()
    if day < FIRST_DAY.isoformat():
        raise ValueError(f"“{text}” is before {FIRST_DAY:%B %Y}, when the NHS began. {_AS_AT_HELP}")
    try:
        if clock is None:
            return london_day_end(date.fromisoformat(day))
        wall = datetime.fromisoformat(f"{day}T{clock}")
        if offset is None:
            # zoneinfo gives both readings of a repeated or skipped hour by `fold`.
            folds = (wall.replace(tzinfo=LONDON, fold=fold) for fold in (0, 1))
            return max(moment.astimezone(UTC) for moment in folds)
        # An unescaped plus sign in a URL arrives as a space.
        return datetime.fromisoformat(f"{wall.isoformat()}{offset.replace(' ', '+')}").astimezone(
            UTC
        )
    except (ValueError, OverflowError):
        raise ValueError(f"“{text}” is not on the calendar. {_AS_AT_HELP}") from None


def brief(text: str) -> str:
    """What was typed, shortened: otherwise a pasted page would hide the reason."""
    return text if len(text) <= 60 else f"{text[:60]}…"
