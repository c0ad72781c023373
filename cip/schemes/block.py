"""A pasted block of a scheme's phasing: rows of a kind, with the months of the year across."""

from collections.abc import Sequence
from decimal import Decimal

from cip.models import Phasing
from kmpt_tracker.ui.typed import (
    NumberRules,
    is_month_without_year,
    parse_month_text,
    parse_number,
    tidy,
)
from strategy.periods import FinancialYear, Month

Kind = Phasing.Kind


class BlockRefused(ValueError):
    """What was pasted cannot be laid over the grid; the message names row and column."""


def lay_block(text: str, year: FinancialYear) -> dict[str, str]:
    """A pasted block as boxes: rows called plan, forecast or actual, each with twelve months.

    A row of month names may come first; a cell after the last month is the year's sum, and must
    agree. Empty cells at the end of a row are those that a selection in a spreadsheet had too many.
    """
    rows = [_cells(line) for line in text.replace("\r\n", "\n").split("\n") if line.strip()]
    if not rows:
        raise BlockRefused("Paste at least one row")
    months, first = list(year.months), 1
    if _kind(rows[0][0]) is None and (headed := _headed(rows[0][1:], year)):
        months, first = headed, 2
    found: dict[str, str] = {}
    rows_of: dict[Kind, int] = {}
    for number, cells in enumerate(rows[first - 1 :], first):
        kind = _kind(cells[0])
        if kind is None:
            raise BlockRefused(f"Row {number} must begin with plan, forecast or actual")
        if kind in rows_of:
            raise BlockRefused(f"Rows {rows_of[kind]} and {number} are both of the {kind.value}")
        rows_of[kind] = number
        figures = _figures(cells[1:], months, number)
        _check_sum(figures, months, kind, number)
        found |= {
            f"{kind.value}-{month}": figure for month, figure in zip(months, figures, strict=False)
        }
    return found


def _cells(line: str) -> list[str]:
    return [tidy(cell) for cell in line.split("\t")]


def _figures(cells: Sequence[str], months: Sequence[Month], number: int) -> list[str]:
    """One figure for each month, and the sum if there is one."""
    figures = list(cells)
    while len(figures) > len(months) and not figures[-1]:
        figures.pop()
    if len(figures) not in (len(months), len(months) + 1):
        raise BlockRefused(
            f"Row {number} has {len(figures)} cells: it must have one for each of "
            f"{len(months)} months"
        )
    return figures


def _check_sum(figures: Sequence[str], months: Sequence[Month], kind: Kind, number: int) -> None:
    """Every cell must be an amount, and a sum must be that of the months."""
    names = [f"{kind.label} of {month.label}" for month in months]
    amounts = [_amount(text, name) for text, name in zip(figures, names, strict=False)]
    total = sum(amounts, Decimal(0))
    if len(figures) > len(months):
        stated = _amount(figures[-1], f"{kind.label} of the year")
        if stated != total:
            raise BlockRefused(
                f"Row {number}: the months add up to {total:,f}, and the row says {stated:,f}"
            )


def _kind(cell: str) -> Kind | None:
    word = cell.casefold().rstrip("s")
    return Kind(word) if word in Kind.values else None


def _headed(cells: Sequence[str], year: FinancialYear) -> list[Month]:
    """The months that head the columns; none where no cell is a month.

    The heading after the last month is that of the sum.
    """
    heads = list(cells)
    while heads and not heads[-1]:
        heads.pop()
    months = [_month(text, year) for text in heads]
    if months and months[-1] is None:
        months.pop()
    if not any(months):
        return []
    found: list[Month] = []
    for text, month in zip(heads, months, strict=False):
        if month is None:
            raise BlockRefused(f"“{text}” is not a month: write it like Apr 2019")
        if month not in year.months:
            raise BlockRefused(f"{month.label} lies outside {year.label}")
        if month in found:
            raise BlockRefused(f"{month.label} heads two columns")
        found.append(month)
    return found


def _month(text: str, year: FinancialYear) -> Month | None:
    """A month; without a year that of the programme, which has each month once."""
    if is_month_without_year(text):
        found = (parse_month_text(f"{text.strip('.')} {month.year}").value for month in year.months)
        named = {Month.of(day) for day in found if day is not None}
        return next(month for month in year.months if month in named)
    day = parse_month_text(text).value
    return None if day is None else Month.of(day)


def _amount(text: str, name: str) -> Decimal:
    rules = NumberRules(
        name=name, unit="pounds_thousand", decimals=3, allow_empty=True, offers_no_data=False
    )
    read = parse_number(text, rules)
    if read.error:
        raise BlockRefused(read.error)
    return read.value or Decimal(0)
