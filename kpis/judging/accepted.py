"""Levels that the board accepts: whether one covers a figure, and in which words. Pure.

A level covers the figures of periods that end within its days and are no worse than it. Without
either it covers nothing: the measure returns to the list of what needs attention by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kmpt_tracker.ui.formats import format_date, format_value
from kpis.judging.status import Standing
from kpis.judging.terms import MeasureTerms
from kpis.judging.wording import places
from kpis.rag import Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """An agreed level: from which day to which last day, by which meeting, and why."""

    level: Decimal
    since: date
    until: date
    meeting: str = ""
    reason: str = ""

    def is_for(self, on: date) -> bool:
        return self.since <= on <= self.until


def in_effect(levels: Iterable[Accepted], on: date) -> Accepted | None:
    """The last decision, of those that have begun by a day, if it still holds then.

    Levels come in the order in which they were agreed.
    """
    begun = [level for level in levels if level.since <= on]
    return begun[-1] if begun and begun[-1].is_for(on) else None


def covers(accepted: Accepted, standing: Standing, direction: Direction) -> bool:
    """Whether the figure that is shown is no worse than the level; no figure is not covered."""
    value = standing.value if standing.judged_value is None else standing.judged_value
    if value is None:
        return False
    if direction is Direction.HIGHER_IS_BETTER:
        return value >= accepted.level
    if direction is Direction.LOWER_IS_BETTER:
        return value <= accepted.level
    variance = standing.target.variance if standing.target else None
    return direction is Direction.BAND and variance is not None and abs(variance) <= accepted.level


def accepted_level(accepted: Accepted, terms: MeasureTerms) -> str:
    """ "at least 80%", by the measure's better way."""
    said = {
        Direction.HIGHER_IS_BETTER: "at least",
        Direction.LOWER_IS_BETTER: "at most",
        Direction.BAND: "outside the range by at most",
    }.get(terms.direction, "")
    level = format_value(accepted.level, terms.unit, places(accepted.level))
    return f"{said} {level}".strip()


def accepted_words(accepted: Accepted, terms: MeasureTerms) -> str:
    """ "Accepted by the board to 31 Mar 2027: at least 80%"."""
    level = accepted_level(accepted, terms)
    return f"Accepted by the board to {format_date(accepted.until)}: {level}"
