"""Files become cells: what is read, which notices there are, and what is refused how."""

import csv
from datetime import date, datetime

import pytest

from kpis.imports.csv_text import read_block
from kpis.imports.files import read_file
from kpis.imports.sheets import FileRefused, runs
from tests.kpis.imports.books import by_library, csv_bytes, with_part, workbook

HEAD = ("measure", "value")
ROWS = [HEAD, ("Calls – ‘urgent’", "£5")]
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00"
SHEET = "xl/worksheets/sheet1.xml"


def cells(name: str, data: bytes) -> list[tuple[str, ...]]:
    (sheet,) = read_file(name, data).sheets
    return [row.cells for row in sheet.rows]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_encoding_separator_and_line_end_is_read(encoding, separator, end):
    rows = [HEAD, ("Calls – ‘urgent’", "£5"), ("two\nlines, and a comma", "1;2")]
    layout = {"delimiter": separator, "lineterminator": end, "quoting": csv.QUOTE_ALL}
    data = csv_bytes(rows, encoding=encoding, **layout)
    assert cells("october.csv", data) == rows


def test_a_first_line_may_name_the_separator():
    assert cells("a.csv", b"sep=;\r\nmeasure;value\r\nCalls;5\r\n") == [HEAD, ("Calls", "5")]


def test_empty_rows_keep_their_numbers():
    (sheet,) = read_file("a.csv", b"measure,value\n\n,,\nCalls,5,,\n").sheets
    assert [(row.number, row.cells) for row in sheet.rows] == [(1, HEAD), (4, ("Calls", "5"))]


def test_a_pasted_block_has_tabs_and_keeps_its_commas():
    (sheet,) = read_block('1,234\t"a\nb"\r\n\r\n92.4%\t\r\n').sheets
    assert [row.cells for row in sheet.rows] == [("1,234", "a\nb"), ("92.4%",)]


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.csv", b"", "The selected file is empty"),
        ("a.csv", b"\n\n , ,\n", "The selected file is empty"),
        ("a.csv", b"x" * 5 * 1024 * 1024, "must be smaller than 5MB"),
        ("a.csv", b"\xff\xfe\x00", 'Save the file as "CSV UTF-8"'),
        ("a.csv", "£".encode() + "é,£\n".encode("cp1252"), 'Save the file as "CSV UTF-8"'),
        ("a.csv", b"a\x81b,c\n", 'Save the file as "CSV UTF-8"'),
        ("a.csv", PNG, "must be a CSV or XLSX"),
        ("a.csv", b"measure,va\x00lue\n", "Row 1, column B must not include characters"),
        ("a.csv", b'measure,value\nCalls,"5\n', "Row 2 has a quotation mark that is not closed"),
        ("a.xlsx", PNG, "named .xlsx and is no Excel Workbook"),
        ("a.png", PNG, "must be a CSV or XLSX"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "save it as an Excel Workbook, .xlsx"),
        ("a.xlsm", b"PK\x03\x04", "it has macros"),
        (
            "a.xlsx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "is password protected",
        ),
        ("a.xlsx", b"PK\x03\x04 and no more", "is damaged"),
        ("a.xlsx", workbook(("A", ROWS))[:-40], "is damaged"),
        ("a.csv", workbook(("A", ROWS)), "named .csv and is no text"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_words(name, data, words):
    with pytest.raises(FileRefused, match=words):
        read_file(name, data)


def test_a_file_has_a_most_of_columns():
    with pytest.raises(FileRefused, match="1,000 columns or fewer"):
        read_file("a.csv", b"," * 1_000 + b"x")
    wide = workbook(("A", []), prepare=lambda _, sheets: sheets["A"].write(0, 1_000, "x"))
    with pytest.raises(FileRefused, match="1,000 columns or fewer"):
        read_file("a.xlsx", wide)


DTD = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("part", [SHEET, "xl/styles.xml", "docProps/app.xml"])
def test_no_part_of_a_workbook_may_declare_entities(part, encoding):
    declared = f'<?xml version="1.0" encoding="{encoding}"?>'.encode() if encoding else b""
    xml = (declared + DTD + b"<x>&a;spreadsheetml</x>").decode().encode(encoding)
    with pytest.raises(FileRefused, match="document type inside"):
        read_file("a.xlsx", with_part(workbook(("A", ROWS)), part, xml))


def test_a_zip_bomb_is_refused_before_it_is_unpacked():
    bomb = with_part(workbook(("A", ROWS)), SHEET, b"<x>" + b"0" * 100_000_000)
    assert len(bomb) < 200_000
    with pytest.raises(FileRefused, match="too large once it is unpacked"):
        read_file("a.xlsx", bomb)


def test_macros_are_refused_under_any_name():
    with pytest.raises(FileRefused, match="it has macros"):
        read_file("a.xlsx", with_part(workbook(("A", ROWS)), "xl/vbaProject.bin", b"x"))


def test_a_zip_that_is_no_workbook_is_refused():
    with pytest.raises(FileRefused, match="must be a CSV or XLSX"):
        read_file("a.xlsx", with_part(workbook(("A", ROWS)), "[Content_Types].xml", None))


@pytest.mark.parametrize("since_1904", [False, True])
def test_a_cell_is_read_as_it_is_shown(since_1904):
    def prepare(book, sheets):
        sheet = sheets["A"]
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        sheet.write_datetime(0, 0, datetime(2026, 10, 1), day)
        sheet.write_number(0, 1, 0.924, book.add_format({"num_format": "0.0%"}))
        sheet.write_string(0, 2, "'92.4")
        sheet.write_number(0, 3, -300, book.add_format({"num_format": '"£"#,##0.00'}))
        sheet.write_boolean(0, 4, True)

    data = workbook(("A", []), prepare=prepare, date_1904=since_1904)
    assert cells("a.xlsx", data) == [("2026-10-01", "92.4%", "'92.4", "-£300", "TRUE")]


def test_what_is_hidden_is_left_out_counted_and_named():
    def prepare(book, sheets):
        sheet = sheets["A"]
        for row in (2, 3):
            sheet.set_row(row, None, None, {"hidden": True})
        sheet.set_column(1, 1, None, None, {"hidden": True})
        sheet.merge_range("D6:E6", "both")
        sheets["Old"].hide()

    rows = [("measure", "was", "value"), *((f"m{n}", "9", str(n)) for n in range(1, 5))]
    data = workbook(("A", rows), ("Old", ROWS), prepare=prepare)
    book = read_file("a.xlsx", data)
    (sheet,) = book.sheets
    assert [row.cells for row in sheet.rows] == [
        ("measure", "", "value"),
        ("m1", "", "1"),
        ("m4", "", "4"),
        ("", "", "", "both"),
    ]
    assert [*book.notices, *sheet.notices] == [
        "1 hidden sheet was not read: “Old”",
        "2 hidden rows were not read: 3 to 4",
        "1 hidden column was not read: B",
        "1 block of merged cells has a value only in the first cell: D6:E6",
    ]


def test_a_formula_is_read_by_its_saved_value_or_named():
    def formula(book, sheets):
        sheets["A"].write_formula("B2", "=1+1", None, 2)
        sheets["A"].write_formula("A3", "=A2", None, "no more")

    (sheet,) = read_file("a.xlsx", workbook(("A", ROWS), prepare=formula)).sheets
    assert [row.cells for row in sheet.rows[1:]] == [("Calls – ‘urgent’", "2"), ("no more",)]
    assert sheet.notices == ("2 cells hold a formula: their saved values were read (B2 and A3)",)
    assert sheet.problems == ()

    def unsaved(book):
        book.active.append(["measure", "value"])
        book.active.append(["Calls", "=SUM(1,2)"])

    (sheet,) = read_file("a.xlsx", by_library(unsaved)).sheets
    assert [problem.words for problem in sheet.problems] == [
        "Row 2, column B: Cell B2 has a formula with no saved value. Open the file in Excel, "
        "save it and try again"
    ]


def test_cells_of_a_library_are_read_like_those_of_excel():
    def fill(book):
        book.active.append(["measure", date(2026, 9, 1), 12.5])
        book.active["A2000"] = "far below"

    (sheet,) = read_file("a.xlsx", by_library(fill)).sheets
    assert [(row.number, row.cells) for row in sheet.rows] == [
        (1, ("measure", "2026-09-01", "12.5")),
        (2000, ("far below",)),
    ]


def test_rows_are_named_in_runs():
    assert runs([3, 7, 8, 9, 11]) == ["3", "7 to 9", "11"]
