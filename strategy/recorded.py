"""Rows as they were recorded at a past moment, restored from the library's history.

For times before a row was first recorded, its first recorded state counts: the tracker was filled
later than the months it holds. Each function takes a fixed number of queries.
"""

from collections.abc import Iterable, Sequence
from copy import copy
from datetime import datetime
from typing import Any, Protocol, TypeVar, cast

from django.db.models import Model
from simple_history.manager import HistoryManager

Row = TypeVar("Row", bound=Model)


class Recorded(Protocol):
    """A model with history kept by the library."""

    history: HistoryManager


def restored(rows: Iterable[Row], at: datetime | None) -> list[Row]:
    """Rows of one model as recorded at `at`; rows that changed since are returned as copies."""
    found = list(rows)
    if at is None or not found:
        return found
    states = _states(found, at)
    for place, row in enumerate(found):
        if record := states.get(row.pk):
            found[place] = known = copy(row)
            for column in row._meta.concrete_fields:
                if hasattr(record, column.attname):
                    setattr(known, column.attname, getattr(record, column.attname))
    return found


def already_recorded(rows: Iterable[Row], at: datetime | None) -> list[Row]:
    """Drop rows first recorded after `at`, if other rows of the model were recorded by then.

    Otherwise nothing was recorded yet, and every row counts (see the module's docstring).
    """
    found = list(rows)
    if at is None or not found:
        return found
    added = cast(Recorded, type(found[0])).history.filter(history_type="+")
    later = set(
        added.filter(id__in=[row.pk for row in found], history_date__gt=at).values_list(
            "id", flat=True
        )
    )
    if not later or not added.filter(history_date__lte=at).exists():
        return found
    return [row for row in found if row.pk not in later]


def recorded_by(rows: Iterable[Row], at: datetime | None) -> list[Row]:
    """Rows that were recorded by `at`, as they were then."""
    return restored(already_recorded(rows, at), at)


def restored_parents(rows: Sequence[Row], name: str, at: datetime | None) -> list[Row]:
    """Rows with the related row `name`, already loaded, as that was recorded at `at`."""
    if at is None:
        return list(rows)
    held = {getattr(row, f"{name}_id"): getattr(row, name) for row in rows}
    states = {row.pk: row for row in restored([row for row in held.values() if row], at)}
    return [with_parent(row, name, states.get(getattr(row, f"{name}_id"))) for row in rows]


def _states(rows: Sequence[Model], at: datetime) -> dict[int, Any]:
    """The history record in force at the moment, for each row edited after it.

    A row that was not edited since needs no record: it is its own.
    """
    history = cast(Recorded, type(rows[0])).history
    edited = history.filter(
        id__in=[row.pk for row in rows], history_date__gt=at, history_type="~"
    ).values("id")
    states: dict[int, Any] = {}
    records = history.filter(id__in=edited).order_by("history_date", "history_id")
    for record in records:
        # Records come oldest first: the last one up to `at` wins. Where none is that old, the
        # first one counts for the time before it.
        if record.history_date <= at or record.id not in states:
            states[record.id] = record
    return states


def with_parent(row: Row, name: str, parent: Model | None) -> Row:
    """The row with this related row in place of its own; a copy, if that changes anything."""
    if parent is None or parent is getattr(row, name):
        return row
    known = copy(row)
    setattr(known, name, parent)
    return known
