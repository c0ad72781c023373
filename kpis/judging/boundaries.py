"""Where a chart crosses a reorganisation: care groups that begin, end, split or merge. Pure.

The care groups behind a line differ before and after such a day. The chart marks the day, and the
limits start afresh there, so that a change of structure is never read as a change of the process.
The rules are in docs/rules.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from kmpt_tracker.ui.formats import format_list
from strategy.periods import Month, Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A care group, and from when to when it reports the measure of a chart.

    All ends are the first day after it, as everywhere; None is open.
    """

    code: str
    name: str
    begins: date | None = None
    ends: date | None = None
    reports_from: date | None = None
    reports_to: date | None = None
    predecessors: frozenset[str] = frozenset()

    @property
    def first_day(self) -> date | None:
        return max(filter(None, (self.begins, self.reports_from)), default=None)

    @property
    def first_day_after(self) -> date | None:
        return min(filter(None, (self.ends, self.reports_to)), default=None)

    def is_inside(self, on: date) -> bool:
        """Whether the unit existed both before the day and after it."""
        return (self.first_day or date.min) < on < (self.first_day_after or date.max)


@dataclass(frozen=True, slots=True, kw_only=True)
class Boundary:
    """A day on which another structure begins: its first day."""

    on: date
    text: str

    @property
    def month(self) -> Month:
        return Month.of(self.on)


def boundaries(units: Iterable[Unit]) -> list[Boundary]:
    """The days on which units begin or end, with what happened in words, oldest first."""
    rows = list(units)
    days = {day for row in rows for day in (row.first_day, row.first_day_after) if day is not None}
    return [Boundary(on=day, text=", ".join(_changes_on(rows, day))) for day in sorted(days)]


def own_boundaries(own: Unit, units: Iterable[Unit]) -> list[Boundary]:
    """The boundaries in the chart of one unit: its own days, and those of predecessors and
    successors.
    """
    linked = [row for row in units if row.code in own.predecessors or own.code in row.predecessors]
    days = {own.first_day, own.first_day_after}
    return [
        boundary
        for boundary in boundaries([own, *linked])
        if boundary.on in days or own.is_inside(boundary.on)
    ]


def _changes_on(rows: Sequence[Unit], day: date) -> list[str]:
    gone = [row for row in rows if row.first_day_after == day]
    come = [row for row in rows if row.first_day == day]
    there = [row for row in rows if row.is_inside(day)]
    changes, spoken = [], set()
    for row in come:
        before = [old for old in gone if old.code in row.predecessors]
        kept = [old for old in there if old.code in row.predecessors]
        if len(before) > 1:
            changes.append(f"{_names(before)} merged into {row.name}, {_label(day)}")
        elif kept and not before:
            changes.append(f"{row.name} split from {_names(kept)}, {_label(day)}")
        elif before and _successors(before[0], come) == [row]:
            changes.append(f"{before[0].name} became {row.name}, {_label(day)}")
        elif not before:
            came = "began" if row.begins == day else "began to report this"
            changes.append(f"{row.name} {came}, {_label(day)}")
        spoken |= {old.code for old in before}
    for row in gone:
        after = _successors(row, come)
        into = _successors(row, there)
        if len(after) > 1:
            changes.append(f"{row.name} split into {_names(after)}, {_label(day)}")
        elif row.code not in spoken and into:
            changes.append(f"{row.name} merged into {_names(into)}, {_label(day)}")
        elif row.code not in spoken:
            went = "ended" if row.ends == day else "stopped reporting this"
            changes.append(f"{row.name} {went}, {_label(day - timedelta(days=1))}")
    return changes


def _successors(row: Unit, rows: Iterable[Unit]) -> list[Unit]:
    return [other for other in rows if row.code in other.predecessors]


def _names(rows: Sequence[Unit]) -> str:
    return format_list(row.name for row in rows)


def _label(day: date) -> str:
    return Month.of(day).label


def cuts_of(segments: Sequence[int | None]) -> tuple[int, ...]:
    """The indexes in a line at which its limits start afresh, from the segments of its windows."""
    found = []
    before = None
    for place, segment in enumerate(segments):
        if segment is not None and before is not None and segment != before:
            found.append(place)
        before = before if segment is None else segment
    return tuple(found)


def fresh_starts(
    windows: Sequence[tuple[Period, frozenset[str] | None]], days: Iterable[date] = ()
) -> list[date]:
    """The first days of the windows with which the limits of a line start afresh.

    `windows` are the windows of the line, oldest first, each with the care groups that should be in
    it; None where the line has a figure of its own, which is for the whole trust in any structure.
    Limits start afresh when the care groups differ from those of the last total. `days` are the
    days on which the line's own unit changed; a window counts by the structure on its last day.
    """
    found = set()
    before = None
    for window, groups in windows:
        if groups is not None and before is not None and groups != before:
            found.add(window.start)
        before = before if groups is None else groups
    for day in days:
        changed = next((window for window, _ in windows if window.end >= day), None)
        if changed is not None and changed != windows[0][0]:
            found.add(changed.start)
    return sorted(found)
