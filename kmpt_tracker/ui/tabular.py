"""Datasets as files: one header row, then the rows; the same text from every database.

A row is any object; the columns read its cells. CSV and JSON lines are written here, XLSX in
workbook.py and Parquet in parquet.py, all from the same rows as they stream, so memory does not
grow with them (files.py). Text cells that a spreadsheet would run as a formula are neutralised;
numbers never are.
"""

import csv
import io
import json
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
