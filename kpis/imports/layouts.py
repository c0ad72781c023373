"""Sheets to lines: one line for each figure, with its boxes as typed. Pure.

Long form has a row for each figure: measure, care group, period, numerator, denominator, value.
Wide form has a row for each measure and its months across. Rows above the headings, rows without
a figure below the last one and empty columns are left out, and the preview says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from kmpt_tracker.ui.formats import format_count, import_text
from kmpt_tracker.ui.typed import tidy
from kpis.imports.headed import Headed, headed, no_headings, not_read
from kpis.imports.headings import (
    BOXES,
    CARE_GROUP,
    ENDS,
    FIGURES,
    MEASURE,
    PART,
    PARTS,
    PERIOD,
    STARTS,
    WORDS,
    plain,
)
from kpis.imports.sheets import (
    Book,
    FileRefused,
    Problem,
    Sheet,
    SheetRow,
    column_letter,
    named,
    runs,
)

HEADINGS_ONLY = "The selected file has headings and no rows"
ON_THE_RETURN = (
    "A list of one care group and month, without columns for them, can be pasted on its return: "
    "open the return and choose “paste a block”"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A figure as a file has it: of what, when, and the text of each box.

    `boxes` holds the boxes that the file has a column for, empty ones too. `columns` are the
    letters of their columns.
    """

    row: int
    measure: str = ""
    care_group: str = ""
    period: str = ""
    starts: str = ""
    ends: str = ""
    value_status: str = ""
    boxes: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    # An empty cell of a grid was left out by the person; of a list it is a figure that is missing.
    may_be_empty: bool = False

    @property
    def has_figure(self) -> bool:
        return any(tidy(self.boxes.get(box, "")) for box in BOXES if box not in WORDS)

    @property
    def is_empty(self) -> bool:
        return not any(tidy(text) for text in self.boxes.values())


@dataclass(frozen=True, slots=True)
class Template:
    """The return that a template was made for: a month, and the code of a care group."""

    period: str
    care_group: str


@dataclass(frozen=True, slots=True)
class Laid:
    """What a file says: its lines, its problems, and notices for the preview."""

    lines: tuple[Line, ...]
    problems: tuple[Problem, ...] = ()
    notices: tuple[str, ...] = ()
    template: Template | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What is used for a column that the file lacks: the month and care group of the page, or the
    only care group of the person. `notice`: what the preview says where that is used.
    """

    period: str = ""
    care_group: str = ""
    notice: str = ""


class ManySheets(FileRefused):
    """More than one sheet has headings that fit: a person chooses. `sheets` are those that can be
    read, by their names.
    """

    def __init__(self, sheets: Mapping[str, Laid]) -> None:
        names = named(f"“{name}”" for name in sheets)
        super().__init__(f"{format_count(len(sheets), 'sheet')} have figures: {names}. Choose one")
        self.sheets = sheets


def lay_out(book: Book, defaults: Defaults | None = None, *, sheet: str = "") -> Laid:
    """The lines of the one sheet whose headings fit, or of the one that is named.

    Raises ManySheets where there are more, and FileRefused.
    """
    defaults = defaults or Defaults()
    fitting = [found for each in book.sheets if (found := headed(each)) is not None]
    if sheet:
        fitting = [found for found in fitting if found.sheet.name == sheet]
        if not fitting:
            raise FileRefused(f"No sheet called “{sheet}” has figures")
    if not fitting:
        raise FileRefused(no_headings(book))
    if len(fitting) == 1:
        return _lay_one(book, fitting[0], defaults)
    laid, refused = {}, FileRefused(HEADINGS_ONLY)
    for found in fitting:
        try:
            laid[found.sheet.name] = _lay_one(book, found, defaults)
        except FileRefused as error:
            refused = error
    if not laid:
        raise refused
    if len(laid) == 1:
        return next(iter(laid.values()))
    raise ManySheets(laid)


def _lay_one(book: Book, found: Headed, defaults: Defaults) -> Laid:
    notices = [*_about_sheets(book, found.sheet), *book.notices, *found.sheet.notices]
    if found.above:
        notices.append(_left_out("row", "above the headings", found.above))
    if CARE_GROUP not in found.columns and defaults.notice:
        notices.append(defaults.notice)
    notices += not_read(found)
    missing = tuple(_missing(found, defaults))
    problems = (*missing, *found.problems, *found.sheet.problems)
    if not found.months and not {CARE_GROUP, PERIOD, ENDS} & set(found.columns) and missing:
        notices.append(ON_THE_RETURN)
    if missing or not all(problem.may_leave for problem in found.problems):
        return Laid((), problems, tuple(notices))
    body = list(found.body)
    kept = [row for row in body if not _is_remark(row, found)]
    if len(kept) < len(body):
        remarks = [row for row in body if _is_remark(row, found)]
        notices.append(_left_out("row", "without a figure", remarks))
    if not kept:
        raise FileRefused(HEADINGS_ONLY)
    read = _wide if found.months else _long
    lines, more = read(found, kept, defaults)
    return Laid(tuple(lines), (*problems, *more), tuple(notices))


def _missing(found: Headed, defaults: Defaults) -> Iterator[Problem]:
    row = found.sheet.rows[found.place].number
    needed = []
    if CARE_GROUP not in found.columns and not defaults.care_group:
        needed.append("care_group")
    has_period = {PERIOD, ENDS} & set(found.columns) or found.months
    if not has_period and not defaults.period:
        needed.append("period")
    if not found.months and not set(found.columns) & {*FIGURES, "milestone_status"}:
        needed.append("value")
    for name in needed:
        yield Problem(row, "", f"The file is missing a column called “{name}”")


def _is_remark(row: SheetRow, found: Headed) -> bool:
    """A note below the table, or a heading within it: words in one cell only, and no figure."""
    filled = [at for at, text in enumerate(row.cells) if tidy(text)]
    return len(filled) == 1 and filled[0] in (0, found.columns[MEASURE])


def _long(
    found: Headed, rows: Sequence[SheetRow], defaults: Defaults
) -> tuple[list[Line], list[Problem]]:
    columns = {name: column_letter(at) for name, at in found.columns.items()}
    boxes = [(box, found.columns[box]) for box in BOXES if box in found.columns]
    lines = []
    for row in rows:
        line = _line(row, found, defaults)
        # Figures stay as typed; words of a file lose the apostrophe that an export puts before.
        texts = {
            box: import_text(row.cell(at)) if box in WORDS else row.cell(at) for box, at in boxes
        }
        lines.append(replace(line, boxes=texts, columns=columns))
    return _joined(lines, rows, found) if PART in found.columns else (lines, [])


def _line(row: SheetRow, found: Headed, defaults: Defaults) -> Line:
    def cell(name: str, default: str = "") -> str:
        at = found.columns.get(name)
        return default if at is None else tidy(row.cell(at))

    has_window = ENDS in found.columns
    return Line(
        row=row.number,
        measure=import_text(cell(MEASURE)),
        care_group=import_text(cell(CARE_GROUP, defaults.care_group)),
        period="" if has_window else cell(PERIOD, defaults.period),
        starts=cell(STARTS),
        ends=cell(ENDS),
        value_status=cell("value_status"),
    )


def _wide(
    found: Headed, rows: Sequence[SheetRow], defaults: Defaults
) -> tuple[list[Line], list[Problem]]:
    """A line for each measure and month that has something in its cell."""
    lines, problems = [], []
    joined: dict[tuple[str, str, str, int], Line] = {}
    for row in rows:
        of_row = _part(row, found)
        if of_row is None:
            problems.append(_no_part(row, found))
            continue
        start = replace(_line(row, found, defaults), may_be_empty=True)
        for at, month in found.months.items():
            text, letters = row.cell(at), column_letter(at)
            if not tidy(text):
                continue
            part = found.parts.get(at, of_row)
            columns = {PERIOD: letters, part: letters}
            line = replace(start, period=month, boxes={part: text}, columns=columns)
            if PART not in found.columns and not found.parts:
                lines.append(line)
                continue
            key = (line.measure, line.care_group, month, row.number if found.parts else 0)
            held = joined.setdefault(key, line)
            if held is not line and part in held.boxes:
                problems.append(_part_twice(row, part))
            joined[key] = replace(
                held, boxes={**held.boxes, part: text}, columns={**held.columns, part: letters}
            )
    return [*lines, *joined.values()], problems


def _part(row: SheetRow, found: Headed) -> str | None:
    return PARTS.get(plain(row.cell(found.columns[PART]))) if PART in found.columns else "value"


def _no_part(row: SheetRow, found: Headed) -> Problem:
    letter = column_letter(found.columns[PART])
    return Problem(row.number, letter, "Part must be numerator, denominator or value")


def _part_twice(row: SheetRow, part: str) -> Problem:
    return Problem(row.number, "", f"The row for the {part} is there twice")


def _joined(
    lines: Iterable[Line], rows: Sequence[SheetRow], found: Headed
) -> tuple[list[Line], list[Problem]]:
    """The rows of one figure as one line: a list with a row for each part."""
    joined: dict[tuple[str, ...], Line] = {}
    problems = []
    for line, row in zip(lines, rows, strict=True):
        part = _part(row, found)
        if part is None:
            problems.append(_no_part(row, found))
            continue
        key = (line.measure, line.care_group, line.period, line.starts, line.ends)
        held = joined.get(key, replace(line, boxes={}))
        if part in held.boxes:
            problems.append(_part_twice(row, part))
        joined[key] = replace(held, boxes={**held.boxes, part: line.boxes.get("value", "")})
    return list(joined.values()), problems


def _about_sheets(book: Book, read: Sheet) -> Iterator[str]:
    others = [sheet.name for sheet in book.sheets if sheet is not read]
    if others:
        was = "was" if len(others) == 1 else "were"
        yield (
            f"The sheet “{read.name}” was read. {format_count(len(others), 'other sheet')} without "
            f"the headings {was} not read: {named(f'“{name}”' for name in others)}"
        )


def _left_out(what: str, where: str, rows: Sequence[SheetRow]) -> str:
    was = "was" if len(rows) == 1 else "were"
    places = named(runs(row.number for row in rows))
    return f"{format_count(len(rows), what)} {where} {was} not read: {places}"
