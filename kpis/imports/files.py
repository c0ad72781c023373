"""A file to its lines: which kind it is, by its content and its name. Pure."""

from __future__ import annotations

from pathlib import PurePath

from kpis.imports.csv_text import NO_CSV, read_csv
from kpis.imports.layouts import Defaults, Laid, lay_out
from kpis.imports.returned_template import is_template, lay_template
from kpis.imports.sheets import MOST_BYTES, Book, FileRefused
from kpis.imports.workbooks import MACROS, OLD_EXCEL, OLE, WRONG_TYPE, ZIP, read_workbook

EMPTY = "The selected file is empty"
TOO_LARGE = "The selected file must be smaller than 5MB"
CSV_NAMES = (".csv", ".txt", ".tsv")


def lay_file(name: str, data: bytes, defaults: Defaults | None = None, *, sheet: str = "") -> Laid:
    """The lines of a file: of a template of the tracker, else in long or wide form."""
    book = read_file(name, data)
    return lay_template(book) if is_template(book) else lay_out(book, defaults, sheet=sheet)


def read_file(name: str, data: bytes) -> Book:
    """The sheets of a file. Content and ending must agree. Raises FileRefused."""
    ending = PurePath(name.lower()).suffix
    if not data:
        raise FileRefused(EMPTY)
    if len(data) >= MOST_BYTES:
        raise FileRefused(TOO_LARGE)
    if ending in (".xlsm", ".xltm", ".xlsb", ".xlam"):
        raise FileRefused(MACROS if ending != ".xlsb" else OLD_EXCEL)
    if ending == ".xls":
        raise FileRefused(OLD_EXCEL)
    if ending == ".xlsx":
        if not data.startswith((ZIP, OLE)):
            raise FileRefused(f"{WRONG_TYPE}: it is named .xlsx and is no Excel Workbook")
        book = read_workbook(data)
    elif ending in CSV_NAMES:
        if data.startswith((ZIP, OLE)):
            raise FileRefused(f"{WRONG_TYPE}: it is named {ending} and is no text")
        book = read_csv(data)
    else:
        raise FileRefused(NO_CSV)
    if not any(sheet.rows for sheet in book.sheets):
        raise FileRefused(EMPTY)
    return book
