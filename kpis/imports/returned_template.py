"""The template of a return when it comes back: recognised by its hidden sheet. Pure.

A row is known by its name, never by its place: a row that was moved, or whose name was typed over,
cannot put its figure into another measure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kmpt_tracker.ui.formats import import_text
from kmpt_tracker.ui.typed import tidy
from kpis.imports.headings import WORDS, plain
from kpis.imports.layouts import Laid, Line, Template
from kpis.imports.sheets import Book, FileRefused, Problem, Sheet, SheetRow, column_letter

TITLE = "KMPT monthly return"
VERSION = "1"
SHEET = "Return"
# Heading of a column to fill in → its box.
FILLED = {
    "Number": "numerator",
    "Out of": "denominator",
    "Value": "value",
    "Status": "milestone_status",
    "Expected": "forecast",
    "Done": "completed",
    "No figure because": "no_data_reason",
    "Why the figure is right": "confirm_reason",
    "Comment": "comment",
}
_BOXES = {plain(heading): box for heading, box in FILLED.items()}
OTHER_VERSION = "This template is of an earlier version. Download the template of the return again"
CHANGED = "The template has been changed: its row of headings is not there. Download it again"


@dataclass(frozen=True, slots=True)
class TemplateRow:
    """A row of a template: the figure that it asks for, and its name."""

    code: str
    period: str
    name: str


def marker_of(template: Template, rows: Iterable[TemplateRow]) -> list[str]:
    """The cells of the hidden sheet, from the first down."""
    texts = ("\t".join((row.code, row.period, row.name)) for row in rows)
    return [TITLE, VERSION, template.period, template.care_group, *texts]


def is_template(book: Book) -> bool:
    """Whether a workbook is a template of the tracker."""
    return book.marker[:1] == (TITLE,)


def lay_template(book: Book) -> Laid:
    """The lines of a template that came back; an empty one leaves every figure as it is.

    Raises FileRefused for a template of another version, or without its headings.
    """
    if len(book.marker) < 4 or book.marker[1] != VERSION:
        raise FileRefused(OTHER_VERSION)
    template = Template(book.marker[2], book.marker[3])
    asked_for = [TemplateRow(*(*text.split("\t", 2), "", "")[:3]) for text in book.marker[4:]]
    sheet = next((sheet for sheet in book.sheets if sheet.name == SHEET), None)
    place = _headings(sheet) if sheet else None
    if sheet is None or place is None:
        raise FileRefused(CHANGED)
    heads = [plain(text) for text in sheet.rows[place].cells]
    boxes = {_BOXES[head]: at for at, head in enumerate(heads) if head in _BOXES}
    if len(boxes) != len(FILLED):
        raise FileRefused(CHANGED)
    names = {plain(row.name): row for row in asked_for}
    lines, problems = [], list(sheet.problems)
    for row in sheet.rows[place + 1 :]:
        asked = names.get(plain(import_text(row.cell(0))))
        if asked is not None:
            lines.append(_line(row, asked, template, boxes))
        elif any(tidy(row.cell(at)) for at in boxes.values()):
            name = tidy(row.cell(0))[:80]
            words = f"this template has no row called “{name}”. Its names must stay as they are"
            kept = "this template has no row of that name. Its names must stay as they are"
            problems.append(Problem(row.number, "A", words, kept))
    return Laid(tuple(lines), tuple(problems), (*book.notices, *sheet.notices), template)


def _headings(sheet: Sheet) -> int | None:
    for place, row in enumerate(sheet.rows):
        if plain(row.cell(0)) == "measure":
            return place
    return None


def _line(row: SheetRow, asked: TemplateRow, template: Template, boxes: dict[str, int]) -> Line:
    return Line(
        row=row.number,
        measure=asked.code,
        care_group=template.care_group,
        period=asked.period,
        boxes={
            box: import_text(row.cell(at)) if box in WORDS else row.cell(at)
            for box, at in boxes.items()
        },
        columns={box: column_letter(at) for box, at in boxes.items()},
        may_be_empty=True,
    )
