"""XLSX workbooks: checked before they are unpacked, then read cell by cell. Pure.

A workbook is a zip file of XML. Its size is capped by what the zip says before anything is
unpacked, and no part of it may declare a document type or entities, with which a small file
grows without bound or fetches others. openpyxl reads the cells, without links and without
running anything; a pass of our own over the XML says what it does not: which rows and columns
are hidden, which cells are merged, and which hold a formula.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from kmpt_tracker.ui.formats import format_count
from kmpt_tracker.ui.typed import cell_text, tidy
from kpis.imports.sheets import (
    MOST_CELLS,
    MOST_COLUMNS,
    MOST_ROWS,
    Book,
    FileRefused,
    Problem,
    Rows,
    Sheet,
    column_letter,
    named,
    runs,
)

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP = b"PK\x03\x04"
MOST_MEMBERS = 1_000
MOST_UNPACKED = 120 * 1024 * 1024
# XML of equal rows shrinks to a fiftieth at most; a bomb to a thousandth.
MOST_RATIO = 150
# Below this a high ratio does no harm.
SMALL = 1024 * 1024
CHUNK = 65_536
MARKER_SHEET = "tracker"
MOST_MARKED = 2_000

WRONG_TYPE = "The selected file must be a CSV or XLSX"
PROTECTED = "The selected file is password protected. Remove the password and try again"
DAMAGED = "The selected file is damaged. Open it in Excel, save it and try again"
MACROS = (
    "The selected file must be a CSV or XLSX: it has macros. Save it as an Excel Workbook, .xlsx"
)
OLD_EXCEL = "The selected file must be a CSV or XLSX: save it as an Excel Workbook, .xlsx"
TOO_LARGE_INSIDE = "The selected file is too large once it is unpacked"
HAS_DTD = "The selected file has a document type inside, which no Excel Workbook has"
NO_SAVED_VALUE = (
    "Cell {cell} has a formula with no saved value. Open the file in Excel, save it and try again"
)

_REFERENCE = re.compile("([A-Z]{1,3})([0-9]{1,7})")


def read_workbook(data: bytes) -> Book:
    """The visible sheets of a workbook that hold something. Raises FileRefused."""
    if data.startswith(OLE):
        is_encrypted = "EncryptedPackage".encode("utf-16-le") in data
        raise FileRefused(PROTECTED if is_encrypted else OLD_EXCEL)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_members(archive)
            _check_parts(archive)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError) as error:
        raise FileRefused(DAMAGED) from error
    try:
        return _read(data)
    except FileRefused:
        raise
    # What a damaged or made-up workbook makes the library raise is not documented.
    except Exception as error:
        raise FileRefused(DAMAGED) from error


def _check_members(archive: zipfile.ZipFile) -> None:
    """Refuse by the list of members, before anything is unpacked."""
    members = archive.infolist()
    names = {member.filename for member in members}
    if any(member.flag_bits & 1 for member in members):
        raise FileRefused(PROTECTED)
    if "[Content_Types].xml" not in names:
        raise FileRefused(WRONG_TYPE)
    if any(name.endswith("vbaProject.bin") for name in names):
        raise FileRefused(MACROS)
    unpacked = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members) or 1
    is_bomb = unpacked > SMALL and unpacked > MOST_RATIO * packed
    if len(members) > MOST_MEMBERS or unpacked > MOST_UNPACKED or is_bomb:
        raise FileRefused(TOO_LARGE_INSIDE)
    types = archive.read("[Content_Types].xml") if "[Content_Types].xml" in names else b""
    if b"macroEnabled" in types:
        raise FileRefused(MACROS)
    if b"spreadsheetml" not in types:
        raise FileRefused(WRONG_TYPE)


def _check_parts(archive: zipfile.ZipFile) -> None:
    """Refuse a document type in any part: without one there are no entities to grow or fetch."""
    for member in archive.infolist():
        parser = expat.ParserCreate()
        parser.StartDoctypeDeclHandler = _refuse_doctype
        _fed(parser, archive, member.filename)


def _refuse_doctype(*_: Any) -> None:
    raise FileRefused(HAS_DTD)


def _fed(parser: Any, archive: zipfile.ZipFile, name: str) -> None:
    """Send a part through a parser, piece by piece. A part that is not XML ends at its first
    byte, as it does in the library, which uses the same parser."""
    with archive.open(name) as part:
        try:
            while piece := part.read(CHUNK):
                parser.Parse(piece, False)
            parser.Parse(b"", True)
        except expat.ExpatError:
            return


@dataclass
class _Structure:
    """What the XML of a sheet says besides its values."""

    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)
    formulas: list[tuple[int, int]] = field(default_factory=list)
    unsaved: list[tuple[int, int]] = field(default_factory=list)
    last_row: int = 0
    last_column: int = 0
    cells: int = 0

    def is_hidden(self, column: int) -> bool:
        return any(low <= column <= high for low, high in self.hidden_columns)


class _Scan:
    """The handlers of one pass over a sheet's XML."""

    def __init__(self) -> None:
        self.found = _Structure()
        self.row = 0
        self.cell: tuple[int, int] | None = None
        self.has_formula = False
        self.is_text = False
        self.in_value = False
        self.has_value = False
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.characters

    def start(self, name: str, given: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        if name == "row":
            self.row = int(given.get("r") or self.row + 1)
            if given.get("hidden") in ("1", "true"):
                self.found.hidden_rows.append(self.row)
        elif name == "c":
            self.start_cell(given)
        elif name == "f":
            self.has_formula = True
        elif name in ("v", "is"):
            self.in_value = True
        elif name == "col" and given.get("hidden") in ("1", "true"):
            self.found.hidden_columns.append((int(given["min"]), int(given["max"])))
        elif name == "mergeCell":
            self.found.merged.append(given.get("ref", ""))

    def start_cell(self, given: dict[str, str]) -> None:
        reference = _REFERENCE.fullmatch(given.get("r", ""))
        before = self.cell[1] if self.cell and self.cell[0] == self.row else 0
        column = column_number(reference[1]) if reference else before + 1
        self.cell = (int(reference[2]) if reference else self.row, column)
        self.has_formula = self.has_value = False
        # A formula that gives an empty text is saved with an empty value of type text.
        self.is_text = given.get("t") == "str"

    def characters(self, text: str) -> None:
        self.has_value = self.has_value or (self.in_value and bool(text))

    def end(self, name: str) -> None:
        name = name.rpartition(":")[2]
        if name in ("v", "is"):
            self.in_value = False
        elif name == "c" and self.cell:
            self.end_cell(*self.cell)

    def end_cell(self, row: int, column: int) -> None:
        if self.has_formula:
            saved = self.has_value or self.is_text
            (self.found.formulas if saved else self.found.unsaved).append((row, column))
        if not self.has_value and not self.has_formula:
            return
        self.found.cells += 1
        self.found.last_row = max(self.found.last_row, row)
        self.found.last_column = max(self.found.last_column, column)
        if self.found.cells > MOST_CELLS:
            raise FileRefused(f"The file must have {MOST_CELLS:,} cells or fewer")


def column_number(letters: str) -> int:
    """A is 1, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _read(data: bytes) -> Book:
    from openpyxl.reader.excel import ExcelReader

    reader = ExcelReader(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    # The library warns of parts that it does not know, which are none of ours.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        reader.read()
        parts = {sheet.name: rel.target for sheet, rel in reader.parser.find_sheets()}
        sheets, hidden = [], []
        marker: tuple[str, ...] = ()
        for sheet in reader.wb.worksheets:
            scan = _Scan()
            _fed(scan.parser, reader.archive, parts[sheet.title])
            if sheet.sheet_state != "visible":
                if sheet.title == MARKER_SHEET:
                    marker = _marker(sheet)
                elif scan.found.cells:
                    hidden.append(sheet.title)
            elif scan.found.cells:
                sheets.append(_sheet(sheet, scan.found))
    notices = []
    if hidden:
        what = format_count(len(hidden), "hidden sheet")
        was = "was" if len(hidden) == 1 else "were"
        notices.append(f"{what} {was} not read: {named(f'“{name}”' for name in hidden)}")
    return Book(tuple(sheets), tuple(notices), marker)


def _sheet(sheet: Any, structure: _Structure) -> Sheet:
    if structure.last_column > MOST_COLUMNS:
        raise FileRefused(f"The file must have {MOST_COLUMNS:,} columns or fewer")
    rows, hidden = Rows(), frozenset(structure.hidden_rows)
    shown = [not structure.is_hidden(place + 1) for place in range(structure.last_column)]
    filled_rows, filled_columns = set(), set()
    for number, cells in _cells(sheet, structure):
        texts = [cell_text(cell.value, cell.number_format) for cell in cells]
        if number in hidden:
            if any(map(tidy, texts)):
                filled_rows.add(number)
            continue
        for place, is_shown in enumerate(shown[: len(texts)]):
            if not is_shown and texts[place]:
                filled_columns.add(place)
                texts[place] = ""
        rows.add(number, texts)
    visible = [
        (row, column)
        for row, column in structure.unsaved
        if row not in hidden and not structure.is_hidden(column)
    ]
    return Sheet(
        rows=tuple(rows.rows),
        name=sheet.title,
        notices=tuple(_notices(structure, filled_rows, filled_columns)),
        problems=tuple(_without_value(row, column) for row, column in visible),
    )


def _cells(sheet: Any, structure: _Structure) -> Iterator[tuple[int, Any]]:
    """Each row that holds something, with its number. The size that the sheet states is
    ignored: it may be wrong."""
    if not structure.cells:
        return
    sheet.reset_dimensions()
    last = min(structure.last_row, 1_048_576)
    rows = sheet.iter_rows(max_row=last, max_col=structure.last_column)
    read = 0
    for number, cells in enumerate(rows, 1):
        if any(cell.value is not None for cell in cells):
            read += 1
            if read > MOST_ROWS:
                raise FileRefused(f"The file must have {MOST_ROWS:,} rows or fewer")
            yield number, cells


def _without_value(row: int, column: int) -> Problem:
    letters = column_letter(column - 1)
    return Problem(row, letters, NO_SAVED_VALUE.format(cell=f"{letters}{row}"))


def _notices(structure: _Structure, rows: set[int], columns: set[int]) -> Iterator[str]:
    if rows:
        was = "was" if len(rows) == 1 else "were"
        yield f"{format_count(len(rows), 'hidden row')} {was} not read: {named(runs(rows))}"
    if columns:
        was = "was" if len(columns) == 1 else "were"
        names = named(column_letter(place) for place in sorted(columns))
        yield f"{format_count(len(columns), 'hidden column')} {was} not read: {names}"
    if structure.merged:
        has = "has" if len(structure.merged) == 1 else "have"
        yield (
            f"{format_count(len(structure.merged), 'block')} of merged cells {has} a value only in "
            f"the first cell: {named(structure.merged)}"
        )
    if structure.formulas:
        is_one = len(structure.formulas) == 1
        names = named(f"{column_letter(column - 1)}{row}" for row, column in structure.formulas)
        yield (
            f"{format_count(len(structure.formulas), 'cell')} {'holds' if is_one else 'hold'} a "
            f"formula: {'its' if is_one else 'their'} saved value"
            f"{' was' if is_one else 's were'} read ({names})"
        )


def _marker(sheet: Any) -> tuple[str, ...]:
    """The first column of the sheet that a template of the tracker carries."""
    sheet.reset_dimensions()
    rows = sheet.iter_rows(max_row=MOST_MARKED, max_col=1, values_only=True)
    return tuple("" if cell is None else str(cell) for (cell,) in rows)
