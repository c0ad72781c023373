"""Datasets as files: one header row, then the rows; the same text from every database.

A row is any object; the columns read its cells. CSV, JSON lines, XLSX and Parquet are written from
the same rows as they stream, so memory does not grow with them. Text cells that a spreadsheet would
run as a formula are neutralised; numbers never are.
"""

import csv
import io
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from importlib.util import find_spec
from itertools import islice
from typing import Any, Generic, TypeVar

from kmpt_tracker.ui.formats import export_bool, export_datetime, export_number, export_text

Row = TypeVar("Row")
Other = TypeVar("Other")
Cell = str | int | float | bool | Decimal | date | datetime | None
BOM = "\ufeff"
ROWS_A_CHUNK = 500
SHEET_ROWS = 1_048_576
# A fixed creation time, so that the same rows give the same bytes.
NO_TIME = datetime(1980, 1, 1)


class Format(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"
    JSONL = "jsonl"
    PARQUET = "parquet"

    @property
    def is_spreadsheet(self) -> bool:
        """Whether programs that run formulas open it: its text is guarded against them."""
        return self in (Format.CSV, Format.XLSX)


# Parquet needs a library of its own, which is optional (requirements/parquet.in).
OFFERED = tuple(one for one in Format if one is not Format.PARQUET or find_spec("pyarrow"))
CONTENT_TYPES = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.JSONL: "application/x-ndjson; charset=utf-8",
    Format.PARQUET: "application/vnd.apache.parquet",
}


class Kind(StrEnum):
    """The type of a column. A code is text, and protected against formulas like text."""

    TEXT = "text"
    CODE = "code"
    NUMBER = "number"
    DATE = "date"
    MOMENT = "moment"
    BOOLEAN = "boolean"


class Digits(StrEnum):
    """How exact the numbers of a column are, for files that give their columns a type."""

    WHOLE = "whole"  # counts
    SIX = "six"  # six decimals, as measured values are kept
    EVERY = "every"  # as many as a calculation gave
    FLOAT = "float"  # lines of the control charts


@dataclass(frozen=True)
class Column(Generic[Row]):
    """One column of a dataset: what the dictionary says of it, and how it reads a row's cell.

    `stored`: where the database keeps the cell, as a query has it, for rows that stream from there.
    `is_required`: no row leaves it empty.
    """

    name: str
    kind: Kind
    meaning: str
    get: Callable[[Row], Cell]
    unit: str = ""
    allowed: tuple[str, ...] = ()
    stored: Any = None
    digits: Digits = Digits.EVERY
    is_required: bool = False

    def read_by(
        self, get: Callable[[Other], Cell], *, is_required: bool | None = None
    ) -> "Column[Other]":
        """The same column of rows that keep the cell elsewhere, or may leave it empty."""
        required = self.is_required if is_required is None else is_required
        described = (self.unit, self.allowed, None, self.digits, required)
        return Column(self.name, self.kind, self.meaning, get, *described)


class TooManyRows(ValueError):
    """More rows than a worksheet holds."""


def _exact(value: Cell) -> Decimal:
    # A float is written with its shortest digits, never with an exponent.
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, int | str | Decimal):
        return Decimal(value)
    raise TypeError(f"{value!r} is no number.")


def guarded_text(value: Cell) -> str:
    return export_text(str(value))


# A cell's exact text in a file, by its kind. Text is guarded by `texts_of`.
TEXTS: dict[Kind, Callable[[Any], str]] = {
    Kind.TEXT: str,
    Kind.CODE: str,
    Kind.NUMBER: lambda value: export_number(_exact(value)),
    Kind.DATE: date.isoformat,
    Kind.MOMENT: export_datetime,
    Kind.BOOLEAN: export_bool,
}
WORDS = (Kind.TEXT, Kind.CODE)
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
# The texts of a row's cells, None where a cell is absent. From SQLite a number may come as such.
Texts = Sequence[str | int | float | None]


def texts_of(
    columns: Sequence[Column[Row]], rows: Iterable[Row], *, guarded: bool = True
) -> Iterator[Texts]:
    """Each row's cells as their columns read them. `guarded`: text is no formula anywhere."""
    guard = guarded_text if guarded else str
    cells = [
        (column.get, guard if column.kind in WORDS else TEXTS[column.kind]) for column in columns
    ]
    for row in rows:
        yield [
            None if (value := get(row)) is None or value == "" else text(value)
            for get, text in cells
        ]


class _LineEnds:
    """Writes rows with LF ends. The csv writer ends them in CR LF, and so quotes both in cells."""

    def __init__(self, buffer: io.StringIO):
        self.buffer = buffer

    def write(self, row: str) -> int:
        return self.buffer.write(f"{row[:-2]}\n")


def csv_chunks(
    columns: Sequence[Column[Row]], rows: Iterable[Row], *, bom: bool = False
) -> Iterator[str]:
    """The file in pieces of a few hundred rows, with LF line ends."""
    yield csv_heading(columns, bom=bom)
    yield from csv_lines(texts_of(columns, rows))


def csv_heading(columns: Sequence[Column[Any]], *, bom: bool = False) -> str:
    buffer = io.StringIO()
    csv.writer(_LineEnds(buffer), lineterminator="\r\n").writerow([one.name for one in columns])
    return (BOM if bom else "") + buffer.getvalue()


def csv_lines(rows: Iterable[Texts]) -> Iterator[str]:
    """Lines of texts of cells, a few hundred at a time."""
    buffer = io.StringIO()
    writer = csv.writer(_LineEnds(buffer), lineterminator="\r\n")
    stream = iter(rows)
    while some := list(islice(stream, ROWS_A_CHUNK)):
        writer.writerows(some)
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def jsonl_lines(columns: Sequence[Column[Any]], rows: Iterable[Texts]) -> Iterator[str]:
    """One JSON object per line: numbers as exact decimals, absent cells as null.

    `rows` hold texts without the guard, which is for spreadsheets.
    """
    cells = ",".join(f"{_quoted(column.name)}:%s" for column in columns)
    line = f"{{{cells}}}\n"
    writers = [str if column.kind in (Kind.NUMBER, Kind.BOOLEAN) else _quoted for column in columns]
    lines = []
    for row in rows:
        lines.append(
            line
            % tuple(
                [
                    "null" if text is None else write(text)
                    for write, text in zip(writers, row, strict=True)
                ]
            )
        )
        if len(lines) == ROWS_A_CHUNK:
            yield "".join(lines)
            lines = []
    yield "".join(lines)


# As json.dumps writes text with ensure_ascii=False, without a look at what each cell is.
_quoted: Callable[[Any], str] = json.encoder.encode_basestring


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


def chunks(
    columns: Sequence[Column[Row]],
    rows: Iterable[Row],
    file_format: Format,
    *,
    title: str,
    bom: bool = False,
) -> Iterator[bytes]:
    """The bytes of a file in any of the formats."""
    texts = texts_of(columns, rows, guarded=file_format.is_spreadsheet)
    return file_of(columns, texts, file_format, title=title, bom=bom)


def file_of(
    columns: Sequence[Column[Any]],
    texts: Iterable[Texts],
    file_format: Format,
    *,
    title: str,
    bom: bool = False,
    cover: Cover = (),
) -> Iterator[bytes]:
    """The bytes of a file of cells whose texts are known, guarded only for a spreadsheet.

    `cover`: what a workbook says of itself, by name.
    """
    if file_format is Format.XLSX:
        yield from xlsx_chunks(columns, texts, title=title, cover=cover)
    elif file_format is Format.JSONL:
        for lines in jsonl_lines(columns, texts):
            yield lines.encode()
    elif file_format is Format.PARQUET:
        from kmpt_tracker.ui.parquet import parquet_chunks

        yield from parquet_chunks(columns, texts, title=title)
    else:
        yield csv_heading(columns, bom=bom).encode()
        for lines in csv_lines(texts):
            yield lines.encode()
