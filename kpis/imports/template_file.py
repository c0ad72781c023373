"""The Excel template of a return: what is asked, what was reported, and boxes to fill in."""

import io
from typing import Any

from kmpt_tracker.ui.formats import export_text, format_deadline
from kmpt_tracker.ui.workbook import NO_TIME
from kpis.imports.layouts import Template
from kpis.imports.returned_template import FILLED, SHEET, TemplateRow, marker_of
from kpis.imports.workbooks import MARKER_SHEET
from kpis.judging.wording import MILESTONE_WORDS
from kpis.models import Return
from kpis.returns.page import ReturnPage
from kpis.returns.row import ReturnRow

# Offered in the drop-down; any other words may be typed.
NO_DATA = (
    "Not collected this month",
    "System not available",
    "Not validated in time",
    "Nobody to report it",
)
# The row of the headings; above it are the title and what to do.
HEADINGS = 3
FIRST_FILLED = 7
WIDTHS = (38, 46, 12, 12, 12, 16, 16, 10, 10, 10, 14, 13, 13, 28, 28, 48)


def template_bytes(page: ReturnPage) -> bytes:
    """The workbook. Everything but the boxes to fill in is locked, without a password."""
    import xlsxwriter

    file = io.BytesIO()
    book = xlsxwriter.Workbook(
        file,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_numbers": False,
            "strings_to_urls": False,
        },
    )
    book.set_properties({"created": NO_TIME})
    _write_instructions(book, page.submission)
    _write_return(book, page)
    marker = book.add_worksheet(MARKER_SHEET)
    template = Template(str(page.submission.period.month), page.submission.care_group.code)
    asked_for = (
        TemplateRow(row.asked.measure.code, str(row.window.last_month), row.asked.name)
        for row in page.rows
    )
    for place, text in enumerate(marker_of(template, asked_for)):
        marker.write_string(place, 0, text)
    marker.protect()
    marker.very_hidden()
    book.close()
    return file.getvalue()


def _write_instructions(book: Any, submission: Return) -> None:
    month, group = submission.period.month.full_label, submission.care_group.name
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    sheet = book.add_worksheet("How to fill it in")
    sheet.set_column(0, 0, 100, wrapped)
    lines = (
        f"Monthly return of {group}, {month}",
        f"Entry closes {format_deadline(submission.period.closes_at)}.",
        "1. Go to the sheet “Return” and fill in the white boxes. The others are locked.",
        "2. A number and what it is out of go into “Number” and “Out of”; the tracker works out "
        "the percentage. A single figure goes into “Value”.",
        "3. Where there is no figure, choose or type why under “No figure because”.",
        "4. Leave a row empty to leave it as it is in the tracker.",
        "5. Save the file and choose it under Import in the tracker. You see first what each row "
        "would do; nothing is saved before you confirm.",
        "6. Then open the return in the tracker and submit it.",
        f"This template is for {month} only. Each month has its own.",
    )
    for place, text in enumerate(lines):
        sheet.write_string(place, 0, export_text(text))
    sheet.protect()


def _write_return(book: Any, page: ReturnPage) -> None:
    submission = page.submission
    sheet = book.add_worksheet(SHEET)
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    title = f"{submission.care_group.name}, {submission.period.month.full_label}"
    sheet.write_string(0, 0, export_text(title), book.add_format({"bold": True, "font_size": 14}))
    sheet.write_string(1, 0, "Fill in the white boxes. Everything else is locked.")
    months = [month.label for month in page.before_months]
    heads = ["Measure", "What is asked", *months, "Target", "In the draft", *FILLED]
    sheet.write_row(HEADINGS, 0, heads, bold)
    for place, width in enumerate(WIDTHS):
        sheet.set_column(place, place, width)
    for place, row in enumerate(page.rows, HEADINGS + 1):
        _write_row(book, sheet, place, row)
    sheet.freeze_panes(HEADINGS + 1, 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.protect("", {"format_columns": True, "format_rows": True})
    sheet.activate()


def _write_row(book: Any, sheet: Any, place: int, row: ReturnRow) -> None:
    grey = {"bg_color": "#E8EDEE", "border": 1, "border_color": "#AEB7BD", "valign": "top"}
    locked = book.add_format({**grey, "text_wrap": True})
    before = [words for _, words, _ in row.before_cells]
    draft = row.typed if row.text.has_figure else ""
    for at, text in enumerate((row.asked.name, row.hint, *before, row.target, draft)):
        sheet.write_string(place, at, export_text(text), locked)
    white = {"locked": False, "border": 1, "border_color": "#4C6272", "valign": "top"}
    day = book.add_format({**white, "num_format": "dd/mm/yyyy"})
    box = book.add_format({**white, "text_wrap": True})
    open_boxes = _boxes(row)
    for at, name in enumerate(FILLED.values(), FIRST_FILLED):
        if name not in open_boxes:
            sheet.write_blank(place, at, None, locked)
            continue
        sheet.write_blank(place, at, None, day if name in ("forecast", "completed") else box)
        if name == "milestone_status":
            _offer(sheet, place, at, list(MILESTONE_WORDS.values()), is_strict=True)
        if name == "no_data_reason":
            _offer(sheet, place, at, list(NO_DATA), is_strict=False)


def _boxes(row: ReturnRow) -> set[str]:
    """The boxes that a row has. The tracker works out the value of two parts."""
    if row.terms.is_milestone:
        figure = {"milestone_status", "forecast", "completed"}
    elif row.terms.is_ratio:
        figure = {"numerator", "denominator"}
    else:
        figure = {"value"}
    return figure | {"no_data_reason", "confirm_reason", "comment"}


def _offer(sheet: Any, row: int, column: int, words: list[str], *, is_strict: bool) -> None:
    sheet.data_validation(
        row,
        column,
        row,
        column,
        {"validate": "list", "source": words, "show_error": is_strict},
    )
