"""Datasets as files: one header row, then the rows; the same text from every database.

A row is any object; the columns read its cells. CSV, JSON lines and XLSX are written from the
same rows as they stream, so memory does not grow with them. Text cells that a spreadsheet would
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


CONTENT_TYPES = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.JSONL: "application/x-ndjson; charset=utf-8",
}


class Kind(StrEnum):
    """The type of a column. A code is text, and protected against formulas like text."""

    TEXT = "text"
    CODE = "code"
    NUMBER = "number"
    DATE = "date"
    MOMENT = "moment"
    BOOLEAN = "boolean"


@dataclass(frozen=True)
class Column(Generic[Row]):
    """One column of a dataset: what the dictionary says of it, and how it reads a row's cell."""

    name: str
    kind: Kind
    meaning: str
    get: Callable[[Row], Cell]
    unit: str = ""
    allowed: tuple[str, ...] = ()

    def read_by(self, get: Callable[[Other], Cell]) -> "Column[Other]":
        """The same column of rows that keep the cell elsewhere."""
        return Column(self.name, self.kind, self.meaning, get, self.unit, self.allowed)


class TooManyRows(ValueError):
    """More rows than a worksheet holds."""


def _exact(value: Cell) -> Decimal:
    # A float is written with its shortest digits, never with an exponent.
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, int | str | Decimal):
        return Decimal(value)
    raise TypeError(f"{value!r} is no number.")


def _guarded_text(value: Cell) -> str:
    return export_text(str(value))


# A cell's exact text in CSV, by its kind; a cell that is absent is empty.
TEXTS: dict[Kind, Callable[[Any], str]] = {
    Kind.TEXT: _guarded_text,
    Kind.CODE: _guarded_text,
    Kind.NUMBER: lambda value: export_number(_exact(value)),
    Kind.DATE: date.isoformat,
    Kind.MOMENT: export_datetime,
    Kind.BOOLEAN: export_bool,
}


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
    cells = [(column.get, TEXTS[column.kind]) for column in columns]
    buffer = io.StringIO()
    writer = csv.writer(_LineEnds(buffer), lineterminator="\r\n")
    if bom:
        buffer.write(BOM)
    writer.writerow([column.name for column in columns])
    for count, row in enumerate(rows, 1):
        writer.writerow(
            [
                "" if (value := get(row)) is None or value == "" else text(value)
                for get, text in cells
            ]
        )
        if count % ROWS_A_CHUNK == 0:
            yield _drained(buffer)
    yield _drained(buffer)


def _drained(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text


def jsonl_chunks(columns: Sequence[Column[Row]], rows: Iterable[Row]) -> Iterator[str]:
    """One JSON object per line: numbers as exact decimals, absent cells as null."""
    cells = [(f"{json.dumps(column.name)}:", column) for column in columns]
    lines = []
    for row in rows:
        found = ",".join(name + _json(column.get(row), column.kind) for name, column in cells)
        lines.append(f"{{{found}}}\n")
        if len(lines) == ROWS_A_CHUNK:
            yield "".join(lines)
            lines = []
    yield "".join(lines)


def _json(value: Cell, kind: Kind) -> str:
    if value is None or value == "":
        return "null"
    if kind in (Kind.TEXT, Kind.CODE):
        return json.dumps(str(value), ensure_ascii=False)
    if kind in (Kind.DATE, Kind.MOMENT):
        return json.dumps(TEXTS[kind](value))
    return TEXTS[kind](value)


def xlsx_chunks(
    columns: Sequence[Column[Row]], rows: Iterable[Row], *, title: str
) -> Iterator[bytes]:
    """A workbook of one sheet: text is text, numbers are numbers, no formulas."""
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
            _write_sheet(book, sheet, columns, rows)
            book.close()
        except BaseException:
            # In this mode the library holds a temporary file that only close() would have closed.
            sheet.row_data_fh.close()
            raise
        file.seek(0)
        while chunk := file.read(65_536):
            yield chunk


def _write_sheet(
    book: Any, sheet: Any, columns: Sequence[Column[Row]], rows: Iterable[Row]
) -> None:
    heading = book.add_format({"bold": True})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.write_row(0, 0, [column.name for column in columns], heading)
    for place, row in enumerate(rows, 1):
        if place >= SHEET_ROWS:
            raise TooManyRows(
                f"A worksheet holds {SHEET_ROWS:,} rows; this has more. Filter it, or take the CSV."
            )
        for column_place, column in enumerate(columns):
            _write_cell(sheet, place, column_place, column.get(row), column.kind, day)
    sheet.freeze_panes(1, 0)


def _write_cell(sheet: Any, row: int, place: int, value: Cell, kind: Kind, day: Any) -> None:
    if value is None or value == "":
        return
    if kind is Kind.NUMBER:
        sheet.write_number(row, place, float(_exact(value)))
    elif kind is Kind.BOOLEAN:
        sheet.write_boolean(row, place, bool(value))
    elif kind is Kind.DATE and isinstance(value, date):
        sheet.write_datetime(row, place, datetime(value.year, value.month, value.day), day)
    else:
        sheet.write_string(row, place, TEXTS[kind](value))


def chunks(
    columns: Sequence[Column[Row]],
    rows: Iterable[Row],
    file_format: Format,
    *,
    title: str,
    bom: bool = False,
) -> Iterator[bytes]:
    """The bytes of a file in any of the formats."""
    if file_format is Format.XLSX:
        yield from xlsx_chunks(columns, rows, title=title)
        return
    texts = (
        csv_chunks(columns, rows, bom=bom)
        if file_format is Format.CSV
        else jsonl_chunks(columns, rows)
    )
    for text in texts:
        yield text.encode("utf-8")
