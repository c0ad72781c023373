"""What became of a promise after it was made: changes with an effective date. Pure.

A change never alters the windows before its date: each window is judged on the terms that the last
decision gives for its last day. The published terms stay as they were published.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol, TypeVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """The complete terms decided for a target from a day on. `retired_on` ends the target."""

    effective_from: date
    value: Decimal | None = None
    upper_value: Decimal | None = None
    floor: Decimal | None = None
    starts_on: date | None = None
    due_on: date | None = None
    retired_on: date | None = None


@dataclass(frozen=True, slots=True)
class Tolerance:
    """A plan's default tolerance, in percent, decided from a day on."""

    effective_from: date
    percent: Decimal


@dataclass(frozen=True, slots=True)
class Wording:
    """A definition, or the wording of a part, decided from a day on."""

    effective_from: date
    field: str
    text: str


class Dated(Protocol):
    """Anything that applies from a day on."""

    @property
    def effective_from(self) -> date: ...


Decided = TypeVar("Decided", bound=Dated)


def in_effect(revisions: Iterable[Decided], on: date) -> Decided | None:
    """The last decided of the revisions that have taken effect, given in the order of deciding.

    A decision replaces earlier decisions from its own date on: retiring a target from March also
    cancels a change that was to follow in June.
    """
    found = None
    for revision in revisions:
        if revision.effective_from <= on:
            found = revision
    return found
