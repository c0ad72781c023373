"""What became of a promise in the next plan that could have continued it. Pure.

Two promises are compared only where they ask for the same kind of thing of the same part of the
trust: two levels, or two changes of one kind and direction, each from its own baseline.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from kpis.rag import Direction


class Movement(StrEnum):
    """What became of a promise. `new`: no earlier plan made it."""

    NEW = "new"
    TIGHTENED = "tightened"
    LOOSENED = "loosened"
    SAME = "same"
    CHANGED_IN_KIND = "changed_in_kind"
    DROPPED = "dropped"

    @property
    def words(self) -> str:
        return _WORDS[self]


_WORDS = {
    Movement.NEW: "New",
    Movement.TIGHTENED: "Tightened",
    Movement.LOOSENED: "Loosened",
    Movement.SAME: "The same",
    Movement.CHANGED_IN_KIND: "Changed in kind",
    Movement.DROPPED: "Dropped",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """The parts of a promise that are compared: a number, how it is met, and where."""

    value: Decimal | None = None
    upper: Decimal | None = None
    operator: str = ""
    value_is: str = ""
    change: str = ""
    scope: str = ""


ABSOLUTE = "absolute"
_STRICT = {"gt": "ge", "lt": "le"}
_BETTER = {Direction.HIGHER_IS_BETTER: "up", Direction.LOWER_IS_BETTER: "down"}


def movement(earlier: Promise, later: Promise, direction: Direction) -> Movement:
    """How a later promise compares with an earlier one.

    The same number met strictly ("< 4%" after "4% or less") is tightened.
    """
    earlier, later = _read(earlier), _read(later)
    if earlier == later:
        return Movement.SAME
    was, now = earlier.value, later.value
    if was is None or now is None or not _comparable(earlier, later, direction):
        return Movement.CHANGED_IN_KIND
    if was != now:
        # A level is tighter on its better side, a change the larger it is.
        rises_ask_more = later.change != "" or direction is Direction.HIGHER_IS_BETTER
        return Movement.TIGHTENED if (now > was) == rises_ask_more else Movement.LOOSENED
    if _STRICT.get(later.operator) == earlier.operator:
        return Movement.TIGHTENED
    if _STRICT.get(earlier.operator) == later.operator:
        return Movement.LOOSENED
    return Movement.CHANGED_IN_KIND


def _read(promise: Promise) -> Promise:
    """Read a promise. A level is a level, whether or not the plan says "reduce to" it."""
    return replace(promise, change="") if promise.value_is == ABSOLUTE else promise


def _comparable(earlier: Promise, later: Promise, direction: Direction) -> bool:
    """Whether there are two numbers of one kind, for one part of the trust, and a better side."""
    better = _BETTER.get(direction)
    return (
        better is not None
        and earlier.upper is None
        and later.upper is None
        and earlier.scope == later.scope
        and earlier.value_is == later.value_is
        and earlier.change == later.change
        and _STRICT.get(earlier.operator, earlier.operator)
        == _STRICT.get(later.operator, later.operator)
        and later.change in ("", better)
    )
