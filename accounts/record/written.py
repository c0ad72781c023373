"""How often this process has written to each table, so that it keeps no answer from before.

The number of a table rises with each write of Django's, which shows a transaction its own; again
when the transaction has ended, as others could read until then what was there before; and when it
is taken back. What other processes write is known by its audit rows (kpis/asked/stamps.py).
"""

from collections.abc import Iterable
from itertools import count
from typing import Any

_next = count(1)
_numbers: dict[str, int] = {}


def numbers_of(tables: Iterable[str]) -> tuple[int, ...]:
    """A number for each table, which is another one after each write."""
    return tuple(_numbers.get(table, 0) for table in tables)


class NumbersWrites:
    """Of a connection: it knows the tables that its transaction has written to."""

    written: frozenset[str] = frozenset()

    def wrote_to(self, table: str) -> None:
        self.written |= {table}
        _numbers[table] = next(_next)

    def _number_again(self) -> None:
        for table in self.written:
            _numbers[table] = next(_next)

    def _end(self) -> None:
        self._number_again()
        self.written = frozenset()

    def commit(self) -> None:
        super().commit()  # type: ignore[misc]
        self._end()

    def rollback(self) -> None:
        super().rollback()  # type: ignore[misc]
        self._end()

    def savepoint_rollback(self, sid: Any) -> None:
        super().savepoint_rollback(sid)  # type: ignore[misc]
        self._number_again()

    def close(self) -> None:
        """A transaction that its connection leaves open is taken back by the database."""
        super().close()  # type: ignore[misc]
        self._end()
