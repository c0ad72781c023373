"""Typed months, dates and words, beyond the rows of docs/input.md."""

import random
from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmpt_tracker.ui.formats import format_date, format_month, format_month_short
from kmpt_tracker.ui.typed import (
    check_text,
    parse_date_cell,
    parse_date_text,
    parse_month_cell,
    parse_month_text,
)

days = st.dates(date(1900, 1, 1), date(2199, 12, 31))


def test_of_four_hundred_random_dates_none_is_swapped():
    pick = random.Random(31)
    for _ in range(400):
        day = date.fromordinal(pick.randint(date(2000, 1, 1).toordinal(), 767_000))
        assert parse_date_text(f"{day:%d/%m/%Y}").value == day
        american = parse_date_text(f"{day:%m/%d/%Y}").value
        assert (american is None) == (day.day > 12)


@given(days)
def test_what_we_write_can_be_typed_back(day):
    first = day.replace(day=1)
    assert parse_date_text(format_date(day)).value == day
    assert parse_date_text(day.isoformat()).value == day
    assert parse_month_text(format_month(day)).value == first
    assert parse_month_text(f"{day:%Y-%m}").value == first
    assert parse_month_text(f"{day:%d/%m/%Y}").value == first
    assert parse_month_text(f"{day:%B %Y}".upper()).value == first
    if day.year >= 2000 and day.year < 2100:
        assert parse_month_text(format_month_short(day)).value == first


@given(days)
def test_a_date_cell_is_a_date_whichever_way_it_arrives(day):
    midnight = datetime.combine(day, time.min)
    for cell in (day, midnight, day.isoformat(), midnight.isoformat(" ")):
        assert parse_date_cell(cell).value == day
        assert parse_month_cell(cell).value == day.replace(day=1)
    assert parse_date_text(day).value == day
    assert parse_month_text(midnight).value == day.replace(day=1)


@pytest.mark.parametrize("cell", [46054, 46054.0, True, time(9, 30), datetime(2026, 10, 1, 9, 30)])
def test_other_cells_are_not_dates(cell):
    says = "Date must be a real date, like 13/02/2026"
    if cell in (46054, 46054.0):
        says += "; 46054 is how Excel counts 01/02/2026"
    assert parse_date_cell(cell).error == says
    assert parse_month_cell(cell).value is None


def test_a_moment_within_a_day_is_not_a_date():
    assert parse_date_text(datetime(2026, 10, 1, 9, 30)).value is None
    assert parse_month_text(datetime(2026, 10, 1, 0, 0, 1)).value is None


def test_a_moment_is_the_london_day_it_starts():
    assert parse_date_text(datetime(2026, 6, 30, 23, tzinfo=UTC)).value == date(2026, 7, 1)


@given(st.text())
def test_any_text_gets_a_verdict(text):
    for parsed in (parse_date_text(text), parse_month_text(text)):
        assert (parsed.value is None) == (parsed.error is not None)


@given(st.text(alphabet="0123456789/-. OctFebMar١", max_size=14))
def test_text_that_looks_like_a_date_gets_a_verdict(text):
    for parsed in (parse_date_text(text), parse_month_text(text)):
        assert (parsed.value is None) == (parsed.error is not None)


def test_an_empty_cell_is_fine_where_it_may_be_empty():
    assert parse_date_text("", allow_empty=True).error is None
    assert parse_month_text(None, allow_empty=True).blank
    assert parse_date_text(None, name="End date").error == "Enter end date"


@pytest.mark.parametrize(
    "text", ["<script>", "=1+1", "😀", "עברית", "O'Brien & Sons", "a\r\nb\tc", "\ufffd", ""]
)
def test_words_are_kept_as_typed(text):
    assert check_text(text, 2000) is None


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "a\udfff", "\ufffe", "\uffff"])
def test_what_cannot_be_stored_is_refused(text):
    assert check_text(text, 2000, name="Comment").startswith("Comment must not include")


def test_words_have_a_limit_and_a_line_end_counts_once():
    assert check_text("a" * 2000, 2000) is None
    assert check_text("a\r\n" * 1000, 2000) is None
    assert check_text("a" * 2001, 2000) == "Text must be 2,000 characters or fewer"
    assert check_text("😀" * 5, 5) is None
