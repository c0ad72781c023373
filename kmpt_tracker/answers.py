"""Answers about what seldom changes, kept by this process until something is written.

Plans, measures, targets and the organisation change a few times a month, the figures of one series
once or twice, and every page reads them
(docs/adr/0023-what-seldom-changes-is-kept-by-each-process.md).
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, ClassVar
from weakref import WeakSet

from django.db.models import Model
from django.db.models.base import ModelState

# A promise takes 6 kB with the rows that were read with it.
ROWS_KEPT = 10_000


@dataclass
class Reading:
    """The reading of one page: the stamp that answers are kept under, and what it found first."""

    stamp: Callable[[], str]
    versions: dict[int, Hashable] = field(default_factory=dict)


_reading: ContextVar[Reading | None] = ContextVar("the page that is read", default=None)


@contextmanager
def kept_under(stamp: Callable[[], str]) -> Iterator[None]:
    """Within it, answers are taken and kept under a stamp, asked for when the first is."""
    token = _reading.set(Reading(stamp))
    try:
        yield
    finally:
        _reading.reset(token)


def reading() -> Reading | None:
    """The page that is read, where answers are kept; None elsewhere."""
    return _reading.get()


class Answers:
    """Rows by what was asked; those asked for longest ago go first when there are too many."""

    every: ClassVar[WeakSet[Any]] = WeakSet()  # with whatever else is kept so

    def __init__(self, most: int = ROWS_KEPT) -> None:
        self.every.add(self)
        self.most, self.held = most, 0
        self._rows: OrderedDict[Hashable, tuple[Hashable, list[Any], int]] = OrderedDict()
        self._lock = Lock()

    def rows(self, asked: Hashable, of: Hashable, ask: Callable[[], list[Any]]) -> list[Any]:
        """The rows as they were while `of`, the stamp and the numbers of tables, was the same.

        Everyone gets rows of their own: pages put a related row in another's place.
        """
        found = self.find(asked, of)
        if found is None:
            found = ask()
            self.keep(asked, of, found)
        return own_rows(found)

    def find(self, asked: Hashable, of: Hashable) -> list[Any] | None:
        """The rows themselves, for who changes none of them; None where they are not known."""
        under = self._under(of)
        with self._lock:
            found = self._rows.get(asked)
            if found is None or found[0] != under:
                return None
            self._rows.move_to_end(asked)
            return found[1]

    def keep(
        self, asked: Hashable, of: Hashable, rows: list[Any], weight: int | None = None
    ) -> None:
        """`weight`: how many rows these count for, where it is not their number."""
        under, size = self._under(of), 1 + (len(rows) if weight is None else weight)
        with self._lock:
            self._drop(asked)
            self._rows[asked] = (under, rows, size)
            self.held += size
            while self.held > self.most:
                self._drop(next(iter(self._rows)))

    @staticmethod
    def _under(of: Hashable) -> Hashable:
        now = reading()
        if now is None:
            raise RuntimeError("Answers are kept only while a page is read.")
        return now.stamp(), of

    def _drop(self, asked: Hashable) -> None:
        if found := self._rows.pop(asked, None):
            self.held -= found[2]

    def clear(self) -> None:
        with self._lock:
            self._rows.clear()
            self.held = 0


def own_rows(rows: list[Any]) -> list[Any]:
    """Copies of rows as they were read, with the rows that were read with them."""
    if not rows or not isinstance(rows[0], Model | dict):
        return list(rows)
    if isinstance(rows[0], dict):
        return [dict(row) for row in rows]
    return [_own(row) for row in rows]


def _own(row: Model) -> Model:
    """A promise with its measure takes 4 µs, with `copy.deepcopy` 67; `copy.copy` takes 6, and
    would leave the rows that were read with it the same for everyone.
    """
    held = vars(row)
    found = object.__new__(type(row))
    new = vars(found)
    new.update(held)
    state = new["_state"] = ModelState()
    state.db, state.adding = row._state.db, row._state.adding
    if related := row._state.fields_cache:
        state.fields_cache = {
            name: _own(other) if isinstance(other, Model) else other
            for name, other in related.items()
        }
    return found


ANSWERS = Answers()


def forget() -> None:
    """Forget every answer, as a process that has just started knows none."""
    for each in Answers.every:
        each.clear()
