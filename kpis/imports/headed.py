"""The row of a sheet that names its columns: found, and what is wrong with it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from kmpt_tracker.ui.formats import format_count
from kmpt_tracker.ui.typed import is_month_without_year, parse_month_text, tidy
from kpis.imports.headings import (
    BOXES,
    CARE_GROUP,
    DESCRIBING,
    ENDS,
    FIGURES,
    MEASURE,
    NOT_READ,
    PERIOD,
    STARTS,
    heading,
    plain,
    unmarked,
)
from kpis.imports.sheets import Book, Problem, Sheet, SheetRow, column_letter, named

# The headings are among this many first rows that hold something.
SEARCHED = 30
NO_HEADING = "The column has no heading"
NO_HEADINGS = (
    "The file has no row of headings. It needs a column called “measure”, and either “period” "
    "and a figure, or a column for each month"
)


@dataclass(frozen=True, slots=True)
class Headed:
    """A sheet with its headings found: the column of each, and of each month; `parts` where each
    month has a column for its number and one for what it is out of.
    """

    sheet: Sheet
    place: int
    columns: Mapping[str, int]
    months: Mapping[int, str]
    problems: tuple[Problem, ...]
    parts: Mapping[int, str] = field(default_factory=dict)

    @property
    def above(self) -> Sequence[SheetRow]:
        """The rows before the headings, which are two where a month has its parts below it."""
        return self.sheet.rows[: self.place - bool(self.parts)]

    @property
    def body(self) -> Sequence[SheetRow]:
        return self.sheet.rows[self.place + 1 :]


def no_headings(book: Book) -> str:
    """Why no row has the headings: where one names a measure, what else it has."""
    for sheet in book.sheets:
        for row in sheet.rows[:SEARCHED]:
            if MEASURE not in [heading(text) for text in row.cells]:
                continue
            others = [tidy(text)[:40] for text in row.cells if not heading(text) and plain(text)]
            if bare := [text for text in others if is_month_without_year(text)]:
                words = named(f"“{text}”" for text in bare[:3])
                return (
                    f"Row {row.number}: the headings {words} name no year. Write each month with "
                    "its year, such as “Apr 2026”"
                )
            if others:
                words = named(f"“{text}”" for text in others[:3])
                return (
                    f"Row {row.number} names a measure, and no month or figure that can be read: "
                    f"{words}. Write a month as “Apr 2026”, a figure as “value”"
                )
    return NO_HEADINGS


def not_read(found: Headed) -> Iterator[str]:
    """The columns that tell a reader something, and the tracker nothing."""
    left = [
        f"{tidy(text)} ({column_letter(at)})"
        for at, text in enumerate(found.sheet.rows[found.place].cells)
        if plain(text) in NOT_READ and at not in found.months
    ]
    if left:
        yield f"{format_count(len(left), 'column')} not read: {named(left)}"
    known = {*found.months, *found.columns.values()}
    marked = [
        f"“{tidy(text)}”"
        for at, text in enumerate(found.sheet.rows[found.place].cells)
        if at in known and unmarked(text) != tidy(text)
    ]
    if marked:
        count = format_count(len(marked), "heading")
        yield f"{count} read without the mark of a note: {named(marked)}"


def has_headings(sheet: Sheet) -> bool:
    """Whether a row of the sheet names its columns."""
    return headed(sheet) is not None


def headed(sheet: Sheet) -> Headed | None:
    """The row that names a measure and the most figures or months; None where no row does.

    Where the headings are in two rows, the second one has the columns.
    """
    if (found := _in_two_rows(sheet)) is not None:
        return found
    best, place = 0, 0
    held: tuple[list[str], dict[int, str]] = ([], {})
    for at, row in enumerate(sheet.rows[:SEARCHED]):
        names = [heading(text) for text in row.cells]
        if MEASURE not in names:
            continue
        months = _months(row, names)
        fitting = len(months) + len(set(names) & {*BOXES, PERIOD, STARTS, ENDS, CARE_GROUP})
        if fitting > best:
            best, place, held = fitting, at, (names, months)
    return _with_columns(sheet, place, *held) if best else None


def _in_two_rows(sheet: Sheet) -> Headed | None:
    """Headings in two rows: months, and below each of them a column for each part of its figure.

    The cell of a month is the first of those it is merged over; what is empty to its right belongs
    to it. The headings of measure and care group are in either row.
    """
    for at, (top, low) in enumerate(pairwise(sheet.rows[:SEARCHED])):
        months = _months(top, [heading(text) for text in top.cells])
        if not months:
            continue
        width = max(len(top.cells), len(low.cells))
        names = [heading(top.cell(col)) or heading(low.cell(col)) for col in range(width)]
        first = min(months)
        parts = {col: names[col] for col in range(first, width) if names[col] in FIGURES}
        if len(parts) < 2 or MEASURE not in names[:first]:
            continue
        over, held = {}, ""
        for col in range(first, width):
            held = months.get(col, held)
            if col in parts:
                over[col] = held
        columns = {name: col for col, name in reversed(list(enumerate(names[:first]))) if name}
        problems = tuple(_parts_twice(low, over, parts))
        return Headed(sheet, at + 1, columns, over, problems, parts)
    return None


def _parts_twice(
    row: SheetRow, months: Mapping[int, str], parts: Mapping[int, str]
) -> Iterator[Problem]:
    seen: dict[tuple[object, str], int] = {}
    for col, text in months.items():
        key = parse_month_text(text).value, parts[col]
        if key in seen:
            letters = f"{column_letter(seen[key])} and {column_letter(col)}"
            words = f"The file has two columns for the {key[1]} of “{tidy(text)}”: {letters}"
            yield Problem(row.number, column_letter(col), words)
        seen.setdefault(key, col)


def _months(row: SheetRow, names: Sequence[str]) -> dict[int, str]:
    """The columns that are headed by a month, unless the sheet has a column for the month."""
    if {PERIOD, STARTS, ENDS} & set(names):
        return {}
    found = {}
    for place, text in enumerate(row.cells):
        bare = unmarked(text)
        if not names[place] and bare and parse_month_text(bare).value:
            found[place] = bare
    return found


def _with_columns(
    sheet: Sheet, place: int, names: Sequence[str], months: Mapping[int, str]
) -> Headed:
    row, problems = sheet.rows[place], []
    columns: dict[str, int] = {}
    filled = {at for line in sheet.rows[place + 1 :] for at, text in enumerate(line.cells) if text}
    for at, text in enumerate(row.cells):
        name, letter = names[at], column_letter(at)
        if name and name in columns:
            first = column_letter(columns[name])
            words = f"The file has two columns called “{tidy(text)}”: {first} and {letter}"
            problems.append(Problem(row.number, letter, words))
        elif name:
            columns[name] = at
        elif at in months or plain(text) in DESCRIBING | NOT_READ:
            continue
        elif plain(text):
            words = f"There is no column called “{tidy(text)[:80]}”. Correct its name, or delete it"
            kept = "There is no column of that name. Correct its name, or delete it"
            problems.append(Problem(row.number, letter, words, kept, may_leave=True))
        elif at in filled:
            problems.append(Problem(row.number, letter, NO_HEADING, may_leave=True))
    for at in sorted(filled):
        if at >= len(row.cells):
            problems.append(Problem(row.number, column_letter(at), NO_HEADING, may_leave=True))
    problems += _twice(row, months)
    return Headed(sheet, place, columns, months, tuple(problems))


def _twice(row: SheetRow, months: Mapping[int, str]) -> Iterator[Problem]:
    seen: dict[object, int] = {}
    for at, text in months.items():
        month = parse_month_text(text).value
        if month in seen:
            first, letter = column_letter(seen[month]), column_letter(at)
            words = f"The file has two columns for “{tidy(text)}”: {first} and {letter}"
            yield Problem(row.number, letter, words)
        seen.setdefault(month, at)
