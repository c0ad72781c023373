"""CSV files and pasted blocks: bytes to text, and text to rows. Pure.

UTF-8 with or without a mark, UTF-16 with its mark, and Windows-1252; commas, semicolons or tabs;
any line end, also within quotation marks. Bytes that are of no one encoding are refused: guessing
would turn a pound sign or a name into something else.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from itertools import islice

from kpis.imports.sheets import Book, FileRefused, Rows, Sheet

SEPARATORS = (",", ";", "\t")
# Enough rows to distinguish commas within words from commas between cells.
LOOKED_AT = 40
_SEP_LINE = re.compile(r'\A"?sep=([,;\t])"?(?:\r\n|\r|\n|\Z)', re.IGNORECASE)
# A character of two to four bytes in UTF-8: Windows-1252 would hardly write such a sequence.
_UTF8 = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}",
)
_LINE_END = re.compile("\r\n|\r|\n")
UNREADABLE = 'The characters of the file cannot be read. Save the file as "CSV UTF-8" and try again'
# How files begin that people pick by mistake: pictures, documents, archives.
OTHER_FILES = (b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"%PDF", b"{\\rtf", b"Rar!", b"\x1f\x8b")
NO_CSV = "The selected file must be a CSV or XLSX"


def read_csv(data: bytes) -> Book:
    """The one sheet of a CSV file. Raises FileRefused."""
    if data.startswith(OTHER_FILES):
        raise FileRefused(NO_CSV)
    text = decoded(data)
    found = _SEP_LINE.match(text)
    separator = found[1] if found else _separator(text)
    skipped = 1 if found else 0
    return Book((_sheet(text, separator, skipped=skipped),))


def read_block(text: str) -> Book:
    """A block as a spreadsheet copies it: tabs between cells, or a single column.

    A spreadsheet puts quotation marks round a cell only where it holds a tab, a line end or both,
    so a mark that is never closed belongs to the cell.
    """
    try:
        return Book((_sheet(text, "\t"),))
    except FileRefused:
        rows = Rows()
        for number, line in enumerate(_LINE_END.split(text), 1):
            rows.add(number, line.split("\t"))
        return Book((Sheet(tuple(rows.rows)),))


def decoded(data: bytes) -> str:
    """The text of a file. Raises FileRefused where bytes fit no encoding, or two."""
    try:
        if data.startswith(codecs.BOM_UTF8):
            return data.decode("utf-8-sig")
        if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return data.decode("utf-16")
    except UnicodeDecodeError as error:
        raise FileRefused(UNREADABLE) from error
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError as error:
        raise FileRefused(UNREADABLE) from error
    if _UTF8.search(data):
        raise FileRefused(UNREADABLE)
    return text


def _separator(text: str) -> str:
    """The separator that gives the first rows the most cells."""
    counts = {}
    for separator in SEPARATORS:
        try:
            rows = list(islice(_records(text, separator), LOOKED_AT))
        except csv.Error:
            rows = []
        counts[separator] = sum(len(cells) - 1 for cells in rows if cells)
    return max(SEPARATORS, key=counts.__getitem__)


def _records(text: str, separator: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)


def _sheet(text: str, separator: str, *, skipped: int = 0) -> Sheet:
    rows = Rows()
    number = 0
    try:
        for number, cells in enumerate(_records(text, separator), 1):
            if number > skipped:
                rows.add(number, cells)
    except csv.Error as error:
        if "field larger than" in str(error):
            words = "has a cell that is too long to be a figure or a comment"
        else:
            words = "has a quotation mark that is not closed"
        raise FileRefused(f"Row {number + 1} {words}") from error
    return Sheet(tuple(rows.rows))
