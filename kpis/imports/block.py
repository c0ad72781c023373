"""A pasted block laid over a return: by its headings, by the names in front, or by order. Pure.

The preview says which. A block holds one to three columns of figures: the number, what it
is out of, and the value. Nothing is guessed about a block that is wider.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kmpt_tracker.ui.formats import format_count
from kmpt_tracker.ui.typed import tidy
from kpis.imports.csv_text import read_block
from kpis.imports.headed import has_headings
from kpis.imports.headings import FIGURES, MILESTONE, Names
from kpis.imports.layouts import Defaults, Laid, Line, lay_out
from kpis.imports.sheets import (
    FileRefused,
    Problem,
    SheetRow,
    column_letter,
    named,
)

NOTHING = "Paste the cells first: copy them in Excel, then paste them into the box"
TOO_WIDE = (
    "The block has {columns} of figures. A return takes one, two or three: the number, what it is "
    "out of, and the value. Copy those columns alone, with the names of the measures in front or "
    "without, or copy the row of headings too"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A row of the return that a block may fill, in the order of the page."""

    key: int
    code: str
    name: str
    period: str
    care_group: str
    is_ratio: bool
    is_milestone: bool


def lay_block(
    text: str, offered: Sequence[Offered], start: int, defaults: Defaults, *, box: str = ""
) -> Laid:
    """The lines of a block; `start` is the key of the row that it was pasted on, `box` the box.

    Raises FileRefused where the block as a whole does not fit.
    """
    book = read_block(text)
    (sheet,) = book.sheets
    if not sheet.rows:
        raise FileRefused(NOTHING)
    by_name = _by_name(offered)
    if has_headings(sheet):
        laid = lay_out(book, defaults)
        lines = tuple(_under_its_box(line, by_name) for line in laid.lines)
        return Laid(lines, laid.problems, ("Matched by its headings.", *laid.notices))
    if _has_names(sheet.rows, by_name):
        return _matched_by_name(sheet.rows, by_name)
    return _matched_by_order(sheet.rows, offered, start, box)


def _by_name(offered: Sequence[Offered]) -> Names[Offered]:
    """The rows by name and by code. A window of another month goes by its full name only."""
    by_code = [(row.code, row) for row in offered]
    return Names([*((row.name, row) for row in offered), *by_code])


def _under_its_box(line: Line, by_name: Names[Offered]) -> Line:
    """A line of a block with headings. Where its measure takes one figure, that is the one it has,
    under whichever heading: a spreadsheet of parts has its counts under “numerator”.
    """
    offered = by_name.first(line.measure)
    filled = [box for box in FIGURES if tidy(line.boxes.get(box, ""))]
    if offered is None or offered.is_ratio or offered.is_milestone or len(filled) != 1:
        return line
    (box,) = filled
    others = {name: text for name, text in line.boxes.items() if name not in FIGURES}
    return replace(
        line,
        boxes=others | {"value": line.boxes[box]},
        columns={**line.columns, "value": line.columns.get(box, "")},
    )


def _has_names(rows: Sequence[SheetRow], by_name: Names[Offered]) -> bool:
    """Whether the first column holds names: known ones, or words in most rows."""
    first = [row.cell(0) for row in rows]
    if any(text in by_name for text in first):
        return True
    words = [text for text in first if sum(map(str.isalpha, text)) > len(tidy(text)) / 2]
    is_wider = any(len(row.cells) > 1 for row in rows)
    return is_wider and len(words) * 2 > len(rows) and max(map(len, words), default=0) > 4


def _matched_by_name(rows: Sequence[SheetRow], by_name: Names[Offered]) -> Laid:
    first, last = _figures_between(rows, 1)
    lines, problems, unread = [], [], []
    for row in rows:
        offered = by_name.first(row.cell(0))
        if offered is not None:
            problems += _too_many(row, offered, first, last)
            lines.append(_line(row, offered, first, last))
        elif any(tidy(text) for text in row.cells[1:]):
            name = tidy(row.cell(0))[:80]
            words = "there is no name in front"
            if name:
                words = f"no KPI called “{name}” in this return{by_name.did_you_mean(name)}"
            kept = "no KPI of that name in this return"
            problems.append(Problem(row.number, "A", words, kept))
        else:
            unread.append(str(row.number))
    notices = [f"Matched by the names in front: {format_count(len(lines), 'row')}."]
    if unread:
        notices.append(f"Rows without a figure were not read: {named(unread)}.")
    return Laid(tuple(lines), tuple(problems), tuple(notices))


def _matched_by_order(
    rows: Sequence[SheetRow], offered: Sequence[Offered], start: int, box: str
) -> Laid:
    keys = [row.key for row in offered]
    place = keys.index(start) if start in keys else 0
    below = offered[place:]
    if not below:
        raise FileRefused("This return asks for no figure")
    if rows[-1].number > len(below):
        raise FileRefused(
            f"The block has {format_count(rows[-1].number, 'row')}, and the return has "
            f"{format_count(len(below), 'row')} from “{below[0].name}” on. Put the names of the "
            "measures in front, or copy fewer rows"
        )
    first, last = _figures_between(rows, 0)
    lines, problems = [], []
    for row in rows:
        fits = below[row.number - 1]
        problems += _too_many(row, fits, first, last, box)
        lines.append(_line(row, fits, first, last, box))
    notices = [f"Matched by order, from “{below[0].name}” on: {format_count(len(lines), 'row')}."]
    if first:
        notices.append(f"{format_count(first, 'empty column')} in front: left out.")
    return Laid(tuple(lines), tuple(problems), tuple(notices))


def _figures_between(rows: Sequence[SheetRow], first: int) -> tuple[int, int]:
    """The columns of figures: from the first that holds something to the last."""
    filled = {at for row in rows for at, text in enumerate(row.cells) if at >= first and tidy(text)}
    if not filled:
        raise FileRefused("The block has no figures")
    low, high = min(filled), max(filled)
    if high - low >= len(FIGURES):
        raise FileRefused(TOO_WIDE.format(columns=format_count(high - low + 1, "column")))
    return low, high


def _line(row: SheetRow, offered: Offered, first: int, last: int, box: str = "") -> Line:
    boxes = _boxes(offered, last - first + 1, box)
    filled = [at for at in range(first, last + 1) if tidy(row.cell(at))]
    is_single = not (offered.is_ratio or offered.is_milestone)
    places = filled[:1] if is_single else range(first, last + 1)
    held = dict(zip(boxes, places, strict=False))
    return Line(
        row=row.number,
        measure=offered.code,
        care_group=offered.care_group,
        period=offered.period,
        boxes={box: row.cell(at) for box, at in held.items()},
        columns={box: column_letter(at) for box, at in held.items()},
        may_be_empty=True,
    )


def _boxes(offered: Offered, columns: int, box: str) -> tuple[str, ...]:
    """Which boxes the columns fill, from the one that was pasted on. One figure goes into the one
    box of its row, wherever the other columns are empty."""
    if offered.is_milestone:
        return MILESTONE[:columns]
    if not offered.is_ratio:
        return ("value",)
    start = FIGURES.index(box) if box in FIGURES else 0
    return FIGURES[start : start + columns]


def _too_many(
    row: SheetRow, offered: Offered, first: int, last: int, box: str = ""
) -> list[Problem]:
    filled = [at for at in range(first, last + 1) if tidy(row.cell(at))]
    most = len(_boxes(offered, last - first + 1, box))
    if len(filled) <= most:
        return []
    takes = format_count(most, "figure") if most > 1 else "one figure"
    words = f"{offered.name} takes {takes} here, and the row has {len(filled)}"
    return [Problem(row.number, column_letter(filled[most]), words)]
