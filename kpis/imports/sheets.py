"""A file or a pasted block as sheets of cells, each as the text that a person would type. Pure.

Nothing is interpreted here: `layouts.py` finds the headings and what the cells mean. What
was not read is counted and named in the sheet's notices.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kmpt_tracker.ui.formats import format_list
from kmpt_tracker.ui.typed import can_be_kept, tidy

MOST_BYTES = 5 * 1024 * 1024
MOST_ROWS = 200_000
MOST_COLUMNS = 1_000
# What the rows of one file may hold together, so that memory stays bounded.
MOST_CELLS = 3_000_000
MOST_NAMED = 5
CANNOT_KEEP = "must not include characters that cannot be saved, such as a null character"


class FileRefused(Exception):
    """The file as a whole cannot be read; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a row, or with one of its cells.

    `message` may quote what was typed; `kept` is what stays on record, without anybody's words.
    `may_leave`: a column that a person may leave out, so that the rest is read.
    """

    row: int
    column: str
    message: str
    kept: str = ""
    may_leave: bool = False

    @property
    def on_record(self) -> str:
        return self.kept or self.message

    @property
    def where(self) -> str:
        """ "Row 7, column C", "Row 7", or empty for the file as a whole."""
        if not self.row:
            return ""
        return f"Row {self.row}, column {self.column}" if self.column else f"Row {self.row}"

    @property
    def words(self) -> str:
        return f"{self.where}: {self.message}" if self.row else self.message


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row that holds something: its number as the spreadsheet shows it, and its cells."""

    number: int
    cells: tuple[str, ...]

    def cell(self, place: int) -> str:
        return self.cells[place] if place < len(self.cells) else ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of a sheet that hold something. A CSV file and a pasted block have no name."""

    rows: tuple[SheetRow, ...]
    name: str = ""
    notices: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Book:
    """A file: its visible sheets that hold something, and notices about it."""

    sheets: tuple[Sheet, ...]
    notices: tuple[str, ...] = ()
    # The cells of the hidden sheet by which a template of the tracker is recognised.
    marker: tuple[str, ...] = ()


class Rows:
    """Collects the rows of a sheet up to the limits."""

    def __init__(self) -> None:
        self.rows: list[SheetRow] = []
        self._cells = 0

    def add(self, number: int, cells: Iterable[str]) -> None:
        """Keep a row without the empty cells at its end; an empty row is left out."""
        kept = list(cells)
        while kept and not tidy(kept[-1]):
            kept.pop()
        if not kept:
            return
        self._cells += len(kept)
        for place, text in enumerate(kept):
            if not can_be_kept(text):
                raise FileRefused(f"Row {number}, column {column_letter(place)} {CANNOT_KEEP}")
        if len(self.rows) >= MOST_ROWS:
            raise FileRefused(f"The file must have {MOST_ROWS:,} rows or fewer")
        if len(kept) > MOST_COLUMNS:
            raise FileRefused(f"The file must have {MOST_COLUMNS:,} columns or fewer")
        if self._cells > MOST_CELLS:
            raise FileRefused(f"The file must have {MOST_CELLS:,} cells or fewer")
        self.rows.append(SheetRow(number, tuple(kept)))


def column_letter(place: int) -> str:
    """The letters of a column as a spreadsheet shows them: 0 is A, 26 is AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def named(names: Iterable[str], *, most: int = MOST_NAMED) -> str:
    """ "C7, C8 and 10 more": the first few names, and how many others there are."""
    found = list(names)
    if len(found) > most:
        return f"{', '.join(found[:most])} and {len(found) - most:,} more"
    return format_list(found)


def runs(numbers: Iterable[int]) -> list[str]:
    """ "3, 7 to 9": numbers with each run of neighbours as one."""
    found: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if found and number == found[-1][1] + 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return [str(low) if low == high else f"{low} to {high}" for low, high in found]
