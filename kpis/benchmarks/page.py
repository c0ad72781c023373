"""What the page of the figures of others shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kmpt_tracker.ui.components import Column, Table, table_of
from kmpt_tracker.ui.formats import MISSING, format_moment, format_value
from kpis.benchmarks.rows import Line
from kpis.judging.wording import places
from kpis.models import Benchmark, Measure
from strategy.periods import Period

MOST_SHOWN = 200


@dataclass(frozen=True)
class EnteredRow:
    """A figure of others in the list, with who entered it."""

    row: Benchmark

    @property
    def period(self) -> str:
        row = self.row
        if row.period_start is None or row.period_end is None:
            return "none printed"
        return Period(row.period_start, row.period_end).label

    @property
    def value(self) -> str:
        row = self.row
        if row.value is None:
            return MISSING
        unit, decimals = row.measure.unit, row.measure.decimals
        return format_value(row.value, unit, max(decimals, places(row.value)))

    @property
    def entered(self) -> str:
        if self.row.recorded_at is None:
            return "with the published figures"
        return f"{self.row.recorded_by}, {format_moment(self.row.recorded_at)}"

    @property
    def withdrawn(self) -> str:
        """ "Withdrawn by Priya Shah, 3 Nov 2026"; empty while it is drawn."""
        if self.row.withdrawn_at is None:
            return ""
        return f"Withdrawn by {self.row.withdrawn_by}, {format_moment(self.row.withdrawn_at)}"


@dataclass(frozen=True)
class BenchmarksPage:
    """The figures of others that are there, latest period first."""

    rows: tuple[EnteredRow, ...]
    total: int

    @property
    def left_out(self) -> int:
        return self.total - len(self.rows)


def benchmarks_page() -> BenchmarksPage:
    """Two queries, whatever number of figures there are."""
    rows = Benchmark.objects.select_related(
        "measure", "source_document", "recorded_by", "withdrawn_by"
    ).order_by("-recorded_at", "measure__name", "-period_end", "pk")
    return BenchmarksPage(
        tuple(EnteredRow(row) for row in rows[:MOST_SHOWN]), Benchmark.objects.count()
    )


def preview_table(lines: Sequence[Line]) -> Table:
    """Each row of a file, and what it would do."""
    return table_of(
        "The rows of the file",
        [
            (Column("Row", numeric=True), lambda line: line.number),
            ("Measure", lambda line: line.cells.get("measure", "")),
            ("Period", _period_typed),
            (Column("Value", numeric=True), lambda line: line.cells.get("value", "")),
            ("Whose", lambda line: line.cells.get("whose", "")),
            ("What it does", lambda line: line.verdict),
        ],
        lines,
    )


def _period_typed(line: Line) -> str:
    if line.figure is not None:
        return line.figure.period.label if line.figure.period else "none"
    return line.cells.get("period") or line.cells.get("period_end") or ""


def measures_compared() -> list[Measure]:
    """The measures that a figure of others can be for, by name."""
    return list(Measure.objects.exclude(kind=Measure.Kind.MILESTONE).order_by("name"))
