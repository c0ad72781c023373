"""Workbooks and CSV files made in memory, sound ones and bad ones."""

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from typing import Any

import openpyxl
import xlsxwriter


def csv_bytes(rows: Iterable[Sequence[str]], *, encoding: str = "utf-8", **dialect: Any) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, **{"lineterminator": "\n", **dialect}).writerows(rows)
    return text.getvalue().encode(encoding)


def workbook(*sheets: tuple[str, Iterable[Sequence[Any]]], prepare=None, **options: Any) -> bytes:
    """A workbook as Excel would save it; `prepare` gets it with its worksheets by name."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False, **options})
    made = {}
    for name, rows in sheets:
        made[name] = sheet = book.add_worksheet(name)
        for place, row in enumerate(rows):
            sheet.write_row(place, 0, row)
    if prepare:
        prepare(book, made)
    book.close()
    return file.getvalue()


def by_library(fill) -> bytes:
    """A workbook as pandas or openpyxl writes it: formulas have no saved value."""
    book = openpyxl.Workbook()
    fill(book)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def with_part(data: bytes, name: str, content: bytes | None) -> bytes:
    """The same zip file with a part added, replaced, or (`None`) removed."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for member in old.namelist():
            if member != name:
                new.writestr(member, old.read(member))
        if content is not None:
            new.writestr(name, content)
    return file.getvalue()
