"""What an import would do, row by row, and why.

All or nothing: one refused row keeps the whole import out. A row that says what is stored is
unchanged, whatever the state of its month. An improbable figure is a question, which the return
asks before it is submitted, as for a figure typed by hand.
"""

import hashlib
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from kpis.imports.figures import Figure
from kpis.imports.layouts import Line
from kpis.imports.sheets import Problem
from kpis.returns.merging import CellEntry
from strategy.models import CareGroup
from strategy.periods import Month, Period


class Verdict(StrEnum):
    """What an import does with a row."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """A figure of a month before the tracker's first one: a second person approves it."""

    series_id: int
    window: Period
    figure: Figure
    change_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A row of an import: what it would change from what to what, or why it may not."""

    line: Line
    verdict: Verdict
    measure: str
    care_group: str
    window: str
    before: str = ""
    after: str = ""
    questions: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    is_swapped: bool = False
    may_swap: bool = False
    month: Month | None = None
    group: CareGroup | None = None
    entry: CellEntry | None = None
    brought: Brought | None = None


@dataclass(frozen=True)
class Plan:
    """The rows of an import in their order, and everything that is wrong."""

    rows: tuple[Planned, ...]
    problems: tuple[Problem, ...]
    notices: tuple[str, ...]

    @property
    def is_refused(self) -> bool:
        return bool(self.problems)

    @property
    def counts(self) -> dict[Verdict, int]:
        found = Counter(row.verdict for row in self.rows)
        return {verdict: found[verdict] for verdict in Verdict}

    @property
    def asked(self) -> int:
        return sum(bool(row.questions) for row in self.rows)

    @property
    def may_swap(self) -> int:
        """How many rows would be sound with their two parts the other way round."""
        return sum(row.may_swap for row in self.rows)

    @property
    def may_leave(self) -> list[str]:
        """The letters of the columns that may be left out, so that the rest is read."""
        return [problem.column for problem in self.problems if problem.may_leave]

    @property
    def changing(self) -> list[Planned]:
        return [row for row in self.rows if row.entry or row.brought]

    @property
    def history(self) -> list[Brought]:
        """Figures of months before the tracker's first one: all of an import, or none."""
        return [row.brought for row in self.rows if row.brought]

    def by_return(self) -> list[tuple[Month, CareGroup, list[CellEntry]]]:
        """The drafts to fill, in the order in which their rows are locked."""
        found: dict[tuple[Month, int], tuple[Month, CareGroup, list[CellEntry]]] = {}
        for row in self.changing:
            if row.month and row.group and row.entry:
                key = (row.month, row.group.pk)
                found.setdefault(key, (row.month, row.group, []))[2].append(row.entry)
        return [found[key] for key in sorted(found)]

    @property
    def signature(self) -> str:
        """Whether two plans would do the same to the same."""
        said = [
            (row.line.row, row.verdict, row.window, row.before, row.after, row.questions)
            + ((row.entry.series_id, row.entry.version) if row.entry else (row.brought,))
            for row in self.rows
        ]
        problems = [problem.words for problem in self.problems]
        return hashlib.sha256(repr((said, problems)).encode("utf-8", "surrogatepass")).hexdigest()
