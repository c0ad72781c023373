"""Answers about what seldom changes, kept by this process until something is written.

Plans, measures, targets and the organisation change a few times a month, and every page reads them
(docs/adr/0023-what-seldom-changes-is-kept-by-each-process.md).
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import Any, cast

from django.db.models import Model
from django.db.models.base import ModelState

# A promise takes 6 kB with the rows that were read with it.
ROWS_KEPT = 10_000
_stamp: ContextVar[Callable[[], str] | None] = ContextVar("stamp of answers", default=None)


@contextmanager
def kept_under(stamp: Callable[[], str]) -> Iterator[None]:
    """Within it, answers are taken and kept under a stamp, asked for when the first is."""
    token = _stamp.set(stamp)
    try:
        yield
    finally:
        _stamp.reset(token)


def are_kept() -> bool:
    return _stamp.get() is not None


class Answers:
    """Rows by what was asked; those asked for longest ago go first when there are too many."""

    def __init__(self, most: int = ROWS_KEPT) -> None:
        self.most, self.held = most, 0
        self._rows: OrderedDict[Hashable, tuple[Hashable, list[Any]]] = OrderedDict()
        self._lock = Lock()

    def rows(self, asked: Hashable, of: Hashable, ask: Callable[[], list[Any]]) -> list[Any]:
        """The rows as they were while `of`, the stamp and the numbers of tables, was the same.

        Everyone gets rows of their own: pages put a related row in another's place.
        """
        under = (cast(Callable[[], str], _stamp.get())(), of)
        with self._lock:
            found = self._rows.get(asked)
            if found is not None and found[0] == under:
                self._rows.move_to_end(asked)
            else:
                found = None
        if found is None:
            found = (under, ask())
            self._keep(asked, found)
        return own_rows(found[1])

    def _keep(self, asked: Hashable, found: tuple[Hashable, list[Any]]) -> None:
        with self._lock:
            self._drop(asked)
            self._rows[asked] = found
            self.held += 1 + len(found[1])
            while self.held > self.most:
                self._drop(next(iter(self._rows)))

    def _drop(self, asked: Hashable) -> None:
        if found := self._rows.pop(asked, None):
            self.held -= 1 + len(found[1])

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
