"""The rows of a chart before they are analysed: gaps inserted, rebases and targets dated.

Absent months are gaps, a recalculation of limits begins with the first row on or after its date,
targets are dated steps, a trajectory has a value a period. See docs/spc.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kpis.spc.inputs import number
from strategy.periods import Frequency, Month

Number = float | int | Decimal
# One number for all time, or (valid from, value) steps; a step of None ends the target.
Target = Number | Sequence[tuple[date, Number | None]] | None
# A planned path: a value a period.
Trajectory = Sequence[tuple[date, Number | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedRebase:
    """A recalculation of limits as asked for, and the row it begins with (None: none yet)."""

    asked_on: date
    applied_on: date | None


def fill_months(
    points: Iterable[tuple[date, Number | None]], *, frequency: Frequency = Frequency.MONTHLY
) -> list[tuple[date, Number | None]]:
    """Rows in date order, with every absent window between two of them inserted as missing.

    A window is absent when more than one step of the frequency lies between two rows. Raises
    ValueError for two rows in one month: nobody can say which of them counts.
    """
    rows = sorted(points, key=lambda point: point[0])
    step = Frequency(frequency).months
    filled: list[tuple[date, Number | None]] = []
    for day, value in rows:
        if filled:
            filled += _absent(filled[-1][0], day, step)
        filled.append((day, value))
    return filled


def _absent(earlier: date, later: date, step: int | None) -> list[tuple[date, None]]:
    months = (later.year - earlier.year) * 12 + later.month - earlier.month
    if 0 < months <= (step or months):  # as between most rows
        return []
    if earlier == later or (step and not months):
        label = Month.of(later).label if step else later.isoformat()
        raise ValueError(f"{label} has two values. A series has one value a period.")
    if step is None:
        return []
    first = Month.of(earlier)
    return [(first.plus(each).start, None) for each in range(step, months, step)]


def snap(days: Sequence[date], rebases: Iterable[date]) -> tuple[AppliedRebase, ...]:
    """Each asked-for date with the first row on or after it. Days are in ascending order."""
    return tuple(
        AppliedRebase(asked_on=asked, applied_on=next((day for day in days if day >= asked), None))
        for asked in sorted(set(rebases))
    )


def steps_of(target: Target) -> list[tuple[date, float | None]]:
    """A target as dated steps in order. A plain number applies from the beginning of time."""
    if target is None:
        return []
    if isinstance(target, (str, bytes)) or not isinstance(target, Iterable):
        return [(date.min, number(target, "target"))]
    steps = sorted(target, key=lambda step: step[0])
    return [(day, number(value, f"target from {day.isoformat()}")) for day, value in steps]


def in_force(
    steps: Sequence[tuple[date, float | None]], days: Sequence[date]
) -> list[float | None]:
    """The step that applies on each of the days, which are in order."""
    found: list[float | None] = []
    held, later = None, 0
    for day in days:
        while later < len(steps) and steps[later][0] <= day:
            held = steps[later][1]
            later += 1
        found.append(held)
    return found


def planned_on(
    trajectory: Trajectory, days: Sequence[date], frequency: Frequency
) -> list[float | None]:
    """The trajectory's value for each row; a period it leaves out has none."""
    if not trajectory:
        return [None] * len(days)

    def period(day: date) -> date:
        return day if frequency.months is None else Month.of(day).start

    plan = {period(day): number(value, f"plan for {day}") for day, value in trajectory}
    return [plan.get(period(day)) for day in days]
