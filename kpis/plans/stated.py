"""The figures a plan states, table by table, with its rows added up where a total differs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from kmpt_tracker.ui.formats import MISSING, MONEY_SCALES, format_number
from strategy.figure_tables import Figure, FigureRow, Sum, figure_tables
from strategy.models import FinanceLine
from strategy.notes import Notes, Remark

UNITS = {
    "percent": "%",
    "count": "number",
    "wte": "WTE",
    "per_100_000": "per 100,000",
    "per_1_000_bed_days": "per 1,000 bed days",
    "square_metres": "m²",
    "cubic_metres": "m³",
    "pounds": "£",
}


@dataclass(frozen=True)
class StatedRow:
    """One row of a table; `period` is empty in a table with a column for each period."""

    line: str
    cells: tuple[str, ...]
    unit: str
    place: str
    period: str = ""
    is_total: bool = False
    remarks: tuple[str, ...] = ()
    notes: tuple[Remark, ...] = ()


@dataclass(frozen=True)
class StatedTable:
    """One table or paragraph of the plan."""

    group: str
    periods: tuple[str, ...]
    is_grid: bool
    rows: tuple[StatedRow, ...]


def stated_tables(lines: Sequence[FinanceLine], notes: Notes) -> list[StatedTable]:
    """The tables in the plan's order; the sum of the rows follows a printed total that differs."""
    stated: Sequence[Figure] = lines
    return [
        StatedTable(
            table.group,
            tuple(period or "No period printed" for period in table.periods),
            table.is_grid,
            tuple(
                shown
                for row in table.rows
                for shown in (_in_grid(row, notes) if table.is_grid else _in_list(row, notes))
            ),
        )
        for table in figure_tables(stated)
    ]


def _in_grid(row: FigureRow[Any], notes: Notes) -> Iterable[StatedRow]:
    """A line with a figure in each of several columns."""
    cells = tuple(cell.printed_as or MISSING if cell else MISSING for cell in row.cells)
    yield _stated(row, row.figures, cells, notes)
    if row.disagrees:
        yield _sum_row(row, tuple(_sum_words(one) if one else MISSING for one in row.sums))


def _in_list(row: FigureRow[Any], notes: Notes) -> Iterable[StatedRow]:
    """A row for each figure, with its period."""
    for figure, one in row.checked:
        if figure is None:
            continue
        period = figure.period or MISSING
        yield _stated(row, (figure,), (figure.printed_as,), notes, period)
        if one:
            yield _sum_row(row, (_sum_words(one),), period)


def _stated(
    row: FigureRow[Any],
    figures: Sequence[FinanceLine],
    cells: tuple[str, ...],
    notes: Notes,
    period: str = "",
) -> StatedRow:
    return StatedRow(
        line=row.line,
        cells=cells,
        unit=unit_words(row.unit),
        place=figures[0].place,
        period=period,
        is_total=row.is_total,
        remarks=tuple(dict.fromkeys(figure.note for figure in figures if figure.note)),
        notes=notes.at(*figures),
    )


def _sum_row(row: FigureRow[Any], cells: tuple[str, ...], period: str = "") -> StatedRow:
    unit, place = unit_words(row.unit), "Added up by the tracker"
    return StatedRow("Sum of the rows", cells, unit, place, period)


def _sum_words(total: Sum) -> str:
    """ "5,949 (1 less)": what the rows add up to, and how far that is from the printed total."""
    word = "less" if total.difference < 0 else "more"
    return f"{format_number(total.of_rows)} ({format_number(abs(total.difference))} {word})"


def unit_words(unit: str) -> str:
    return UNITS.get(unit) or MONEY_SCALES.get(unit) or unit.replace("_", " ") or MISSING
