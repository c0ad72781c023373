"""Something that waits for a person: what it is, by when, and the one step to it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from kmpt_tracker.ui.formats import MONTHS, WEEKDAYS, format_count, format_deadline, in_london


@dataclass(frozen=True, kw_only=True)
class Line:
    """One of several that an item is about, or a line next to the list: a link and a note."""

    words: str
    note: str = ""
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing to do, with one button.

    `what` names it within a sentence. `due_at` is empty where nothing sets a day; `no_date` then
    says something about it, such as how long it has waited. `is_quoting`: its words or lines quote
    what somebody typed, which only the page may show.
    """

    title: str
    what: str
    url: str
    button: str
    due_at: datetime | None = None
    no_date: str = ""
    words: str = ""
    lines: tuple[Line, ...] = ()
    done: int | None = None
    of: int = 0
    is_many: bool = False
    is_quoting: bool = False

    @property
    def button_rest(self) -> str:
        """What the button acts on, for readers who hear it without its surroundings."""
        return self.what

    def is_late(self, now: datetime) -> bool:
        return self.due_at is not None and self.due_at < now


def in_order(items: Iterable[Item], now: datetime) -> list[Item]:
    """Late items first, then by date; items without a date last. Ties keep their order."""
    return sorted(
        items,
        key=lambda item: (
            not item.is_late(now),
            item.due_at is None,
            item.due_at or now,
        ),
    )


def day_words(moment: datetime | date, now: datetime) -> str:
    """ "Fri 13 Nov"; with its year where that is not the present one."""
    day = in_london(moment).date() if isinstance(moment, datetime) else moment
    words = f"{WEEKDAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]}"
    return words if day.year == in_london(now).year else f"{words} {day.year}"


def deadline_words(moment: datetime, now: datetime) -> str:
    """ "Fri 13 Nov, 5pm"; what begins with a day is due "Before Tue 1 Dec"."""
    clock = format_deadline(moment).rpartition(", ")[2]
    if clock == "midnight":
        return f"Before {day_words(moment, now)}"
    return f"{day_words(moment, now)}, {clock}"


def days_between(earlier: datetime, later: datetime) -> int:
    """Days on a London calendar."""
    return (in_london(later).date() - in_london(earlier).date()).days


def in_days(moment: datetime, now: datetime) -> str:
    """How far ahead: today, tomorrow, in 3 days."""
    days = days_between(now, moment)
    return {0: "today", 1: "tomorrow"}.get(days, f"in {days} days")


def over_words(moment: datetime, now: datetime) -> str:
    """How long a deadline has passed: "8 days over", or nothing on the same day."""
    days = days_between(moment, now)
    if days == 0:
        return ""
    return f"{format_count(days, 'day')} over"
