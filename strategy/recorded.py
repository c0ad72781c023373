"""Rows as they were recorded at a past moment, restored from the library's history.

For times before a row was first recorded, its first recorded state counts: the tracker was filled
later than the months it holds. Each function takes a fixed number of queries.
"""

from collections.abc import Collection, Iterable, Sequence
from copy import copy
from datetime import datetime
from typing import Any, Protocol, TypeVar, cast

from django.db.models import Model, QuerySet
from simple_history.manager import HistoryManager

from kmpt_tracker.questions import written_once

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
    model = type(found[0])
    later = set(_added_after(at, [row.pk for row in found], model=model))
    added = cast(Recorded, model).history.filter(history_type="+")
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
    states: dict[int, Any] = {}
    for record in _records([row.pk for row in rows], at, model=type(rows[0])):
        # Records come oldest first: the last one up to `at` wins. Where none is that old, the
        # first one counts for the time before it.
        if record.history_date <= at or record.id not in states:
            states[record.id] = record
    return states


@written_once
def _records(keys: Collection[int], at: datetime, *, model: type[Model]) -> QuerySet[Any]:
    """Every record of the rows that were edited after the moment, oldest first."""
    history = cast(Recorded, model).history
    edited = history.filter(id__in=keys, history_date__gt=at, history_type="~").values("id")
    return history.filter(id__in=edited).order_by("history_date", "history_id")


@written_once
def _added_after(at: datetime, keys: Collection[int], *, model: type[Model]) -> QuerySet[Any, int]:
    """The keys of the rows that were first recorded after the moment."""
    added = cast(Recorded, model).history.filter(history_type="+")
    return added.filter(id__in=keys, history_date__gt=at).values_list("id", flat=True)


def with_parent(row: Row, name: str, parent: Model | None) -> Row:
    """The row with this related row in place of its own; a copy, if that changes anything."""
    if parent is None or parent is getattr(row, name):
        return row
    known = copy(row)
    setattr(known, name, parent)
    return known
