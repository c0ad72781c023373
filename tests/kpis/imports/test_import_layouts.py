"""Long and wide forms become lines, with odd sheets as people keep them."""

import time
from datetime import date

import pytest

from kmpt_tracker.ui.typed import parse_month_text
from kpis.exports.actuals import ACTUALS
from kpis.imports.files import read_file
from kpis.imports.headings import unmarked
from kpis.imports.layouts import ON_THE_RETURN, Defaults, Laid, lay_out
from kpis.imports.sheets import FileRefused
from tests.kpis.imports.books import csv_bytes, workbook

LONG = ("measure", "care_group", "period", "numerator", "denominator", "value")


def laid(*rows, **defaults) -> Laid:
    return lay_out(read_file("a.csv", csv_bytes(rows)), Defaults(**defaults))


def said(*rows, **defaults) -> list[str]:
    return [problem.words for problem in laid(*rows, **defaults).problems]


def lines(found: Laid) -> list[tuple]:
    return [
        (line.row, line.measure, line.care_group, line.period, dict(line.boxes))
        for line in found.lines
    ]


def test_headings_are_known_in_any_case_space_and_order():
    found = laid(
        ("Monthly figures, October 2026",),
        (),
        (" Care  Group ", "KPI", "", "Out of", "MONTH", "Number", "Comment"),
        ("Acute", "Seen", "", "50", "Oct 2026", "45", "'=late"),
        ("Source: ward returns",),
    )
    boxes = {"numerator": "45", "denominator": "50", "comment": "=late"}
    assert lines(found) == [(4, "Seen", "Acute", "Oct 2026", boxes)]
    assert found.notices == (
        "1 row above the headings was not read: 1",
        "1 row without a figure was not read: 5",
    )


def test_of_headings_in_two_rows_the_first_has_the_month_and_the_second_the_columns():
    found = laid(
        ("Measure", "", "Oct 2026", ""),
        ("Measure", "Care group", "Numerator", "Denominator"),
        ("Seen", "acute", "45", "50"),
        period="2026-10",
    )
    assert lines(found) == [
        (3, "Seen", "acute", "Oct 2026", {"numerator": "45", "denominator": "50"})
    ]


@pytest.mark.parametrize(
    "mark",
    ["[p]", " [note 1]", " [notes 1 and 2]", "[1, 2]", " (r)", " (note 3)", "*", "**", "¹²", "†"],
)
def test_marks_of_notes_at_headings_are_left_out_and_named(mark):
    found = laid(
        ("Mental health statistics, June 2026",),
        (f"Indicator{mark}", "Care group", f"Apr-26{mark}", f"May 2026 {mark}"),
        ("Calls [note 1]", "Acute", "5", "6"),
        ("[note 1] Provisional.",),
    )
    assert found.problems == ()
    assert lines(found) == [
        (3, "Calls [note 1]", "Acute", "Apr-26", {"value": "5"}),
        (3, "Calls [note 1]", "Acute", "May 2026", {"value": "6"}),
    ]
    (said_so,) = [words for words in found.notices if "mark of a note" in words]
    assert said_so.startswith("3 headings read without the mark of a note: “Indicator")


@pytest.mark.parametrize("head", ["2026/27 M1", "M01 2026-27", "Month 1 2026/27 [p]"])
def test_months_may_be_counted_from_april_as_finance_does(head):
    found = laid(("Measure", "Care group", head), ("Calls", "Acute", "5"))
    assert found.problems == ()
    (line,) = found.lines
    assert parse_month_text(line.period).value == date(2026, 4, 1)


def test_headings_that_differ_by_a_mark_alone_are_two_of_one_name():
    head = ("measure", "care group", "Sep 2026", "Sep 2026 [r]")
    words = "Row 1, column D: The file has two columns for “Sep 2026”: C and D"
    assert words in said(head, ("Seen", "acute", "1", "2"))


def test_a_bracket_that_is_no_mark_stays():
    head = ("measure", "care group", "Sep 2026", "Value (adults)")
    words = "There is no column called “Value (adults)”. Correct its name, or delete it"
    assert f"Row 1, column D: {words}" in said(head, ("Seen", "acute", "1", "2"))
    started = time.perf_counter()
    assert unmarked("*" * 200 + "x") == "*" * 200 + "x"
    assert unmarked("*" * 9_999 + " ") == "*" * 9_999
    assert time.perf_counter() - started < 1


def test_months_across_give_a_line_for_each_cell_that_is_filled():
    found = laid(
        ("measure", "care group", "Sep 2026", "2026-10", "01/11/2026"),
        ("Calls", "acute", "5", "", "7"),
        ("Waits", "acute", "", "", ""),
    )
    assert lines(found) == [
        (2, "Calls", "acute", "Sep 2026", {"value": "5"}),
        (2, "Calls", "acute", "01/11/2026", {"value": "7"}),
    ]
    assert found.lines[1].columns["value"] == "E"


def test_a_row_may_be_a_part_of_a_figure():
    wide = laid(
        ("measure", "part", "Sep 2026"),
        ("Seen", "Numerator", "45"),
        ("Seen", "out of", "50"),
        care_group="acute",
    )
    assert lines(wide) == [
        (2, "Seen", "acute", "Sep 2026", {"numerator": "45", "denominator": "50"})
    ]
    rows = [("measure", "part", "value"), ("Seen", "numerator", "45"), ("Seen", "numerator", "46")]
    assert said(*rows, care_group="a", period="2026-09") == [
        "Row 3: The row for the numerator is there twice"
    ]


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (("measure", "care group", "value"), "Row 1: The file is missing a column called “period”"),
        (("measure", "period", "value"), "Row 1: The file is missing a column called “care_group”"),
        (("measure", "care group", "period"), "Row 1: The file is missing a column called “value”"),
        (
            (*LONG, "Value "),
            "Row 1, column G: The file has two columns called “Value”: F and G",
        ),
        (
            (*LONG, "Ward"),
            "Row 1, column G: There is no column called “Ward”. Correct its name, or delete it",
        ),
        (
            ("measure", "care group", "Sep 2026", "2026-09"),
            "Row 1, column D: The file has two columns for “2026-09”: C and D",
        ),
    ],
)
def test_a_column_that_is_missing_twice_or_unknown_is_named(head, words):
    assert words in said(head, ("Seen", "acute", "2026-09", "1", "2", "50", "x"))


def test_a_list_without_care_group_and_month_is_led_to_its_return():
    with_neither = laid(("measure", "number", "out of"), ("Seen", "1", "2"))
    assert [problem.words for problem in with_neither.problems] == [
        "Row 1: The file is missing a column called “care_group”",
        "Row 1: The file is missing a column called “period”",
    ]
    assert ON_THE_RETURN in with_neither.notices
    with_month = laid(("measure", "period", "value"), ("Seen", "2026-09", "50"))
    assert ON_THE_RETURN not in with_month.notices


def test_a_column_of_figures_without_a_heading_is_refused():
    assert said(LONG, ("Seen", "acute", "2026-09", "1", "2", "50", "x")) == [
        "Row 1, column G: The column has no heading"
    ]


def test_an_export_of_the_tracker_is_taken_as_it_is():
    columns = [column.name for column in ACTUALS.columns]
    row = {"measure": "seen", "care_group": "acute", "period_end": "2026-09-30", "value": "90"}
    found = laid(columns, [row.get(name, "x") for name in columns])
    assert found.problems == ()
    (line,) = found.lines
    assert (line.measure, line.ends, line.boxes["value"]) == ("seen", "2026-09-30", "90")


def test_the_only_sheet_whose_headings_fit_is_read_and_said():
    rows = [LONG, ("Seen", "acute", "2026-09", 45, 50, 90)]
    book = read_file("a.xlsx", workbook(("Notes", [("About",)]), ("Data", rows)))
    assert lay_out(book).notices == (
        "The sheet “Data” was read. 1 other sheet without the headings was not read: “Notes”",
    )
    two = read_file("a.xlsx", workbook(("Sep", rows), ("Oct", rows)))
    with pytest.raises(FileRefused, match="2 sheets have figures: “Sep” and “Oct”"):
        lay_out(two)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([("Calls", "5")], "has no row of headings"),
        ([LONG], "has headings and no rows"),
        ([LONG, ("Source: wards",)], "has headings and no rows"),
    ],
)
def test_a_file_without_headings_or_rows_is_refused(rows, words):
    with pytest.raises(FileRefused, match=words):
        laid(*rows)


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (
            ("Measure", "Apr", "May", "June", "Jul."),
            "Row 2: the headings “Apr”, “May” and “June” name no year. Write each month with its "
            "year, such as “Apr 2026”",
        ),
        (
            ("KPI", "Period 7"),
            "Row 2 names a measure, and no month or figure that can be read: “Period 7”. Write a "
            "month as “Apr 2026”, a figure as “value”",
        ),
    ],
)
def test_headings_that_name_no_month_are_quoted(head, words):
    with pytest.raises(FileRefused) as refused:
        laid(("Our report",), head, ("Calls", "5", "6", "7", "8"))
    assert str(refused.value) == words


def test_columns_for_a_reader_are_left_out_and_said():
    found = laid(
        ("Ref", "Measure", "Target", "Oct 2026", "RAG", "Year to date"),
        ("1", "Calls", "10", "5", "Red", "40"),
        care_group="acute",
        notice="The file names no care group",
    )
    assert lines(found) == [(2, "Calls", "acute", "Oct 2026", {"value": "5"})]
    assert found.notices == (
        "The file names no care group",
        "4 columns not read: Ref (A), Target (C), RAG (E) and Year to date (F)",
    )


def test_the_columns_of_published_statistics_are_known():
    head = ("REPORTING_PERIOD_START", "REPORTING_PERIOD_END", "MEASURE_ID", "MEASURE_VALUE")
    (line,) = laid(head, ("01/10/2026", "31/10/2026", "calls", "5"), care_group="acute").lines
    assert (line.measure, line.starts, line.ends) == ("calls", "01/10/2026", "31/10/2026")
    assert line.boxes == {"value": "5"}


@pytest.mark.parametrize(
    ("top", "low"),
    [
        (("Measure", "Sep 2026", "", "Oct 2026", ""), ("", "Num", "Den", "Num", "Den")),
        (("", "Sep 2026", "", "Oct 2026", ""), ("KPI", "Number", "Out of", "Number", "Out of")),
    ],
)
def test_months_over_a_column_for_each_part(top, low):
    found = laid(
        ("Our report",),
        top,
        low,
        ("Seen", "45", "50", "46", "51"),
        ("Fewer", "4", "", "", ""),
        ("Source: ward returns",),
        care_group="acute",
    )
    assert found.problems == ()
    assert found.notices == (
        "1 row above the headings was not read: 1",
        "1 row without a figure was not read: 6",
    )
    assert [(line.row, line.measure, line.period, dict(line.boxes)) for line in found.lines] == [
        (4, "Seen", "Sep 2026", {"numerator": "45", "denominator": "50"}),
        (4, "Seen", "Oct 2026", {"numerator": "46", "denominator": "51"}),
        (5, "Fewer", "Sep 2026", {"numerator": "4"}),
    ]
    assert dict(found.lines[1].columns) == {"period": "D", "numerator": "D", "denominator": "E"}


def test_a_part_of_a_month_twice_is_refused():
    words = said(
        ("Measure", "Sep 2026", "", ""),
        ("", "Num", "Den", "Num"),
        ("Seen", "45", "50", "46"),
        care_group="acute",
    )
    assert words == [
        "Row 2, column D: The file has two columns for the numerator of “Sep 2026”: B and D"
    ]


def test_two_rows_of_one_measure_below_such_headings_stay_two():
    found = laid(
        ("Measure", "Sep 2026", ""),
        ("", "Num", "Den"),
        ("Seen", "45", "50"),
        ("Seen", "46", "51"),
        care_group="acute",
    )
    assert [line.row for line in found.lines] == [3, 4]
