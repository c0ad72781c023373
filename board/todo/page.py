"""The to-do page: what waits for one person, what comes next, and what others have to do."""

from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from accounts.permissions import Access
from board.todo import returns, savings
from board.todo.desk import Desk
from board.todo.items import (
    Item,
    Line,
    day_words,
    days_between,
    deadline_words,
    in_days,
    over_words,
)
from board.todo.kinds import WITH_OTHERS, items_of
from kmpt_tracker.ui.formats import format_count

MOST_AHEAD = 4


@dataclass(frozen=True)
class Row:
    """An item as the page shows it at a moment."""

    item: Item
    now: datetime
    is_first: bool = False

    @property
    def is_late(self) -> bool:
        return self.item.is_late(self.now)

    @property
    def due(self) -> str:
        if self.item.due_at is None:
            return "No date"
        return "Late" if self.is_late else deadline_words(self.item.due_at, self.now)

    @property
    def due_note(self) -> str:
        """In how many days it is due; if it is late, since when."""
        at = self.item.due_at
        if at is None:
            return self.item.no_date
        if not self.is_late:
            return in_days(at, self.now)
        over = over_words(at, self.now)
        return f"{day_words(at, self.now)}, {over}" if over else deadline_words(at, self.now)

    @property
    def is_due(self) -> str:
        """ "due on Fri 13 Nov", "2 days late"; empty without a date."""
        at = self.item.due_at
        if at is None:
            return ""
        if not self.is_late:
            return f"due {_on(at, self.now)}"
        days = days_between(at, self.now)
        return f"{format_count(days, 'day')} late" if days else "late since today"

    @property
    def alone(self) -> str:
        """The sentence about the only thing that waits."""
        what, be = self.item.what, "are" if self.item.is_many else "is"
        sentence = f"{what} {be} {self.is_due}" if self.is_due else what
        return f"{sentence[0].upper()}{sentence[1:]}."

    @property
    def comes_first(self) -> str:
        """The sentence about the first of several."""
        what = f"{self.item.what[0].upper()}{self.item.what[1:]}"
        pronoun, verb = ("they are", "come") if self.item.is_many else ("it is", "comes")
        when = f": {pronoun} {self.is_due}" if self.is_due else ""
        return f"{what} {verb} first{when}."


def _on(at: datetime, now: datetime) -> str:
    if deadline_words(at, now).startswith("Before"):
        return f"before {day_words(at, now)}"
    days = days_between(now, at)
    return in_days(at, now) if days < 2 else f"on {day_words(at, now)}"


@dataclass(frozen=True)
class TodoPage:
    """Everything that the to-do page shows; its words are properties."""

    now: datetime
    items: tuple[Item, ...]
    coming: tuple[tuple[datetime, Line], ...] = ()
    others: tuple[Line, ...] = ()
    groups: tuple[Line, ...] = ()
    given: str = ""
    signed_off: tuple[Line, ...] = ()

    @property
    def today(self) -> str:
        return day_words(self.now, self.now) + f" {self.now.year}"

    @property
    def rows(self) -> list[Row]:
        return [Row(item, self.now, place == 0) for place, item in enumerate(self.items)]

    @property
    def summary(self) -> str:
        if not self.items:
            return "Nothing waits for you."
        first, *others = self.rows
        if not others:
            return f"1 thing waits for you. {first.alone}"
        return f"{len(self.rows)} things wait for you. {first.comes_first}"

    @property
    def ahead(self) -> list[tuple[str, str]]:
        """The next dates, each with its day."""
        return [(day_words(at, self.now), line.words) for at, line in self.coming[:MOST_AHEAD]]

    @property
    def next_opening(self) -> str:
        """For an empty page: when there will be something to do again."""
        if not self.coming:
            return ""
        at, line = self.coming[0]
        return f"On {day_words(at, self.now)} {line.words}."


def todo_page(person: User, access: Access, *, now: datetime) -> TodoPage:
    desk = Desk(person, access, now)
    return TodoPage(
        now=now,
        items=tuple(items_of(desk)),
        coming=tuple(returns.coming_up(desk)),
        others=tuple(line for find in WITH_OTHERS for line in find(desk)),
        groups=tuple(returns.own_groups(desk)),
        given=returns.last_given(desk),
        signed_off=tuple(savings.signed_off(desk)),
    )
