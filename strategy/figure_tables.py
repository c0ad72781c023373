"""The figures that a plan prints as tables: a row per line, a column per period. Pure.

A line whose name begins with "Total" should be the sum of the rows since the previous total of its
table, or of all rows of the table. Where it is neither, the page keeps the printed total and shows
the sum of the rows as well.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby
from typing import Generic, Protocol, TypeVar


class Figure(Protocol):
    """A figure as the plan prints it."""

    @property
    def group(self) -> str: ...
    @property
    def line(self) -> str: ...
    @property
    def period(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def value(self) -> Decimal | None: ...


Printed = TypeVar("Printed", bound=Figure)


@dataclass(frozen=True)
class Sum:
    """The sum of the rows, where the printed total is something else."""

    of_rows: Decimal
    printed: Decimal

    @property
    def difference(self) -> Decimal:
        return self.of_rows - self.printed


@dataclass(frozen=True)
class FigureRow(Generic[Printed]):
    """One line of a table, with its figure in each of the table's periods."""

    line: str
    unit: str
    cells: tuple[Printed | None, ...]
    sums: tuple[Sum | None, ...] = ()

    @property
    def figures(self) -> tuple[Printed, ...]:
        return tuple(cell for cell in self.cells if cell is not None)

    @property
    def first(self) -> Printed:
        return self.figures[0]

    @property
    def is_total(self) -> bool:
        return is_total(self.line)

    @property
    def disagrees(self) -> bool:
        return any(self.sums)

    @property
    def checked(self) -> list[tuple[Printed | None, Sum | None]]:
        """Each period's figure, with the sum of its rows where the two differ."""
        return list(zip(self.cells, self.sums, strict=True))


@dataclass(frozen=True)
class FigureTable(Generic[Printed]):
    """The figures of one table or paragraph of the plan, in the plan's order."""

    group: str
    periods: tuple[str, ...]
    rows: tuple[FigureRow[Printed], ...]

    @property
    def is_grid(self) -> bool:
        """Whether to give each period a column: at least two thirds of the cells must be filled.

        Otherwise each row names its own period.
        """
        filled = sum(len(row.figures) for row in self.rows)
        return len(self.periods) > 1 and 3 * filled >= 2 * len(self.rows) * len(self.periods)


@dataclass
class _Line(Generic[Printed]):
    """A row that is still being filled."""

    line: str
    unit: str
    by_period: dict[str, Printed] = field(default_factory=dict)


def is_total(line: str) -> bool:
    """Whether a line is a total by its name, after any star or bracket."""
    return line.casefold().lstrip("*( ").startswith("total")


def figure_tables(figures: Iterable[Printed]) -> list[FigureTable[Printed]]:
    """Tables in the order in which the plan first mentions them."""
    held = list(figures)
    order = {name: place for place, name in enumerate(dict.fromkeys(row.group for row in held))}
    held.sort(key=lambda row: order[row.group])  # stable: lines keep the plan's order
    return [_table(name, list(rows)) for name, rows in groupby(held, key=lambda row: row.group)]


def _table(group: str, figures: Sequence[Printed]) -> FigureTable[Printed]:
    periods = tuple(dict.fromkeys(row.period for row in figures))
    lines: list[_Line[Printed]] = []
    for figure in figures:
        line = _row_for(lines, figure)
        line.by_period[figure.period] = figure
    sums = [
        tuple(_sum(lines, place, period) if is_total(line.line) else None for period in periods)
        for place, line in enumerate(lines)
    ]
    rows = tuple(
        FigureRow(
            line.line,
            line.unit,
            tuple(line.by_period.get(period) for period in periods),
            sums[place],
        )
        for place, line in enumerate(lines)
    )
    return FigureTable(group, periods, rows)


def _row_for(lines: list[_Line[Printed]], figure: Printed) -> _Line[Printed]:
    """The row for this figure: the same line, with no figure in this period yet."""
    # Some tables print the same line name twice; the second becomes a row of its own.
    for line in lines:
        same = line.line == figure.line and line.unit == figure.unit
        if same and figure.period not in line.by_period:
            return line
    lines.append(_Line(figure.line, figure.unit))
    return lines[-1]


def _sum(lines: Sequence[_Line[Printed]], place: int, period: str) -> Sum | None:
    printed = _value(lines[place], period)
    before = [line for line in lines[:place] if line.unit == lines[place].unit]
    last_total = max((n for n, line in enumerate(before) if is_total(line.line)), default=-1)
    since = [_value(line, period) for line in before[last_total + 1 :]]
    # Subtotals are already in the rows, so the sum of the whole table leaves them out.
    whole = [_value(line, period) for line in before if not is_total(line.line)]
    sums = [total for total in (_added(since), _added(whole)) if total is not None]
    if printed is None or not sums or printed in sums:
        return None
    return Sum(of_rows=sums[0], printed=printed)


def _value(line: _Line[Printed], period: str) -> Decimal | None:
    figure = line.by_period.get(period)
    return figure.value if figure is not None else None


def _added(values: Sequence[Decimal | None]) -> Decimal | None:
    """The sum of at least two values; a single row is not a sum."""
    held = [value for value in values if value is not None]
    return sum(held, Decimal(0)) if len(held) > 1 else None
