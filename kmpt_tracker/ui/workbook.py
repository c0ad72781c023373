"""Datasets as XLSX: a sheet of typed cells, then a cover and notes on the columns."""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from kmpt_tracker.ui.formats import export_text
from kmpt_tracker.ui.tabular import Column, Kind, Texts

SHEET_ROWS = 1_048_576
# A fixed creation time, so that the same rows give the same bytes.
NO_TIME = datetime(1980, 1, 1)
# How many characters wide a column of a worksheet is, at least.
WIDTHS = {
    Kind.TEXT: 40,
    Kind.CODE: 16,
    Kind.NUMBER: 12,
    Kind.DATE: 12,
    Kind.MOMENT: 28,
    Kind.BOOLEAN: 8,
}
Cover = Sequence[tuple[str, str]]


class TooManyRows(ValueError):
    """More rows than a worksheet holds."""


def xlsx_chunks(
    columns: Sequence[Column[Any]], rows: Iterable[Texts], *, title: str, cover: Cover = ()
) -> Iterator[bytes]:
    """A workbook: text is text, numbers are numbers, no formulas.

    The rows come first, so that a program that takes the first sheet reads them; then the cover,
    and the notes, which say what each column means.
    """
    import xlsxwriter

    # The library buffers rows in a temporary file: removed with this folder, even after an error.
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as file:
        options = {
            "constant_memory": True,
            "tmpdir": folder,
            "strings_to_formulas": False,
            "strings_to_numbers": False,
            "strings_to_urls": False,
        }
        book = xlsxwriter.Workbook(file, options)
        book.set_properties({"created": NO_TIME})
        # Excel allows 31 characters in the name of a sheet.
        sheet = book.add_worksheet(title[:31])
        try:
            count = _write_sheet(book, sheet, columns, rows)
            if cover:
                _write_cover(book, book.add_worksheet("Cover"), [*cover, ("Rows", f"{count:,}")])
                # No two sheets may have the same name, and one dataset is called notes.
                notes = "Notes" if title != "notes" else "Notes on columns"
                _write_notes(book, book.add_worksheet(notes), columns)
            book.close()
        except BaseException:
            # In this mode the library holds temporary files that only close() would have closed.
            for sheet in book.worksheets():
                sheet.row_data_fh.close()
            raise
        file.seek(0)
        while chunk := file.read(65_536):
            yield chunk


def _write_sheet(
    book: Any, sheet: Any, columns: Sequence[Column[Any]], rows: Iterable[Texts]
) -> int:
    heading = book.add_format({"bold": True})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for place, column in enumerate(columns):
        # Room for the heading and for the arrow of its filter.
        sheet.set_column(place, place, max(WIDTHS[column.kind], len(column.name) + 4))
    sheet.write_row(0, 0, [column.name for column in columns], heading)
    writers = [_cell_writer(sheet, column.kind, day) for column in columns]
    place = 0
    for place, row in enumerate(rows, 1):
        if place >= SHEET_ROWS:
            raise TooManyRows(
                f"A worksheet holds {SHEET_ROWS:,} rows; this has more. Filter it, or take the CSV."
            )
        for at, (write, text) in enumerate(zip(writers, row, strict=True)):
            if text is not None:
                write(place, at, text)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, place, len(columns) - 1)
    return place


def _write_cover(book: Any, sheet: Any, lines: Sequence[tuple[str, str]]) -> None:
    """What the file holds, a fact a line; the first line is its title."""
    bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True})
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 90)
    for place, (name, words) in enumerate(lines):
        sheet.write_string(place, 0, name, bold)
        sheet.write_string(place, 1, export_text(words), bold if place == 0 else wrapped)


def _write_notes(book: Any, sheet: Any, columns: Sequence[Column[Any]]) -> None:
    """What each column means, as the dictionary says it."""
    bold = book.add_format({"bold": True})
    for place, width in enumerate((24, 10, 20, 70, 70)):
        sheet.set_column(place, place, width)
    sheet.write_row(0, 0, ["Column", "Type", "Unit", "Meaning", "Codes"], bold)
    for place, column in enumerate(columns, 1):
        cells = (column.name, column.kind.value, column.unit, column.meaning)
        for at, text in enumerate((*cells, " ".join(column.allowed))):
            sheet.write_string(place, at, text)
    sheet.freeze_panes(1, 0)


def _cell_writer(sheet: Any, kind: Kind, day: Any) -> Callable[[int, int, Any], object]:
    """How a cell's text becomes a cell of its type. A moment stays text: Excel knows no zones."""
    if kind is Kind.NUMBER:
        return lambda row, place, text: sheet.write_number(row, place, float(text))
    if kind is Kind.BOOLEAN:
        return lambda row, place, text: sheet.write_boolean(row, place, text == "true")
    if kind is Kind.DATE:
        return lambda row, place, text: sheet.write_datetime(
            row, place, datetime.fromisoformat(text), day
        )
    return sheet.write_string
