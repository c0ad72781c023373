"""How numbers, months and moments are written on pages."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.template import Context, Engine
from hypothesis import given
from hypothesis import strategies as st

from kmpt_tracker.ui import formats

stored = st.decimals(-(10**9), 10**9, places=6)


@pytest.mark.parametrize(
    ("value", "unit", "decimals", "text"),
    [
        ("4.4", "percent", 1, "4.4%"),
        ("4.45", "percent", 1, "4.5%"),
        ("4.35", "percent", 1, "4.4%"),
        ("-4.45", "percent", 1, "−4.5%"),
        ("94.96", "percent", 1, "95.0%"),
        ("94.96", "percent", 2, "94.96%"),
        ("-0.04", "percent", 1, "0.0%"),
        ("5214", "count", 0, "5,214"),
        ("999.5", "count", 0, "1,000"),
        ("58", "days", 0, "58 days"),
        ("1", "days", 0, "1 day"),
        ("1.0", "days", 1, "1.0 days"),
        ("-1", "days", 0, "−1 day"),
        ("7.2", "score", 1, "7.2"),
        ("12.5", "wte", 1, "12.5 WTE"),
        ("4001", "pounds_thousand", 0, "£4,001k"),
        ("-310", "pounds_thousand", 0, "−£310k"),
        ("3.1", "pounds_million", 1, "£3.1m"),
        ("1250.5", "pounds", 2, "£1,250.50"),
        ("12.34", "per_100_000", 1, "12.3 per 100,000"),
        ("0.40", "ratio", None, "0.4"),
        ("1E+3", "count", None, "1,000"),
        ("0", "percent", 1, "0.0%"),
    ],
)
def test_a_value_is_written_with_its_unit(value, unit, decimals, text):
    assert formats.format_value(Decimal(value), unit, decimals) == text


def test_what_is_missing_is_a_dash_and_nought_is_not_missing():
    assert formats.format_value(None, "percent", 1) == "–"
    assert formats.format_value(None, "percent", 1, missing="Not due") == "Not due"
    assert formats.format_value(Decimal(0), "count", 0) == "0"
    nothing = (
        formats.format_number,
        formats.format_month,
        formats.format_month_short,
        formats.format_date,
        formats.format_moment,
        formats.format_deadline,
    )
    assert {write(None) for write in nothing} == {"–"}


@pytest.mark.parametrize(
    ("value", "unit", "decimals", "text"),
    [
        ("1.2", "percent", 1, "+1.2 percentage points"),
        ("-0.35", "percent", 1, "−0.4 percentage points"),
        ("1", "percent", 0, "+1 percentage point"),
        ("-1", "percent", 0, "−1 percentage point"),
        ("0.04", "percent", 1, "0.0 percentage points"),
        ("1.2", "score", 1, "+1.2"),
        ("-3", "days", 0, "−3 days"),
        ("310", "pounds_thousand", 0, "+£310k"),
        ("-1204", "count", 0, "−1,204"),
    ],
)
def test_a_change_carries_its_sign(value, unit, decimals, text):
    assert formats.format_change(Decimal(value), unit, decimals) == text


@pytest.mark.parametrize(
    ("operator", "value", "upper", "unit", "decimals", "text"),
    [
        ("ge", "95", None, "percent", 1, "≥ 95%"),
        ("le", "3.5", None, "percent", 1, "≤ 3.5%"),
        ("lt", "3.9", None, "percent", 1, "< 3.9%"),
        ("gt", "3.90", None, "score", 2, "> 3.9"),
        ("between", "85", "90", "percent", 1, "85% to 90%"),
        ("eq", "0", None, "count", 0, "0"),
        ("eq", "12", None, "days", 0, "12 days"),
        ("ge", "100", None, "percent", 1, "100%"),
        ("ge", "100", None, "count", 0, "≥ 100"),
        ("le", "0", None, "count", 0, "0"),
        ("le", "0", None, "pounds_thousand", 0, "≤ £0k"),
        ("le", "21", None, "days", 0, "≤ 21 days"),
        ("ge", "-4001", None, "pounds_thousand", 0, "≥ −£4,001k"),
        ("le", "1250.50", None, "pounds", 2, "≤ £1,250.50"),
        ("le", "1250", None, "pounds", 2, "≤ £1,250"),
        ("ge", "93.333333", None, "percent", 1, "≥ 93.3%"),
        ("ge", "93.3549", None, "percent", 2, "≥ 93.35%"),
        ("ge", None, None, "percent", 1, "–"),
    ],
)
def test_a_target_is_written_as_it_was_promised(operator, value, upper, unit, decimals, text):
    numbers = [None if one is None else Decimal(one) for one in (value, upper)]
    assert formats.format_target(operator, *numbers, unit, decimals) == text


def test_an_unknown_operator_is_a_mistake():
    with pytest.raises(ValueError, match="operator"):
        formats.format_target("about", Decimal(1), None, "count", 0)


def test_what_is_not_a_number_is_never_shown_as_one():
    with pytest.raises(ValueError, match="cannot be shown"):
        formats.format_value(Decimal("NaN"), "percent", 1)


@given(stored, st.integers(0, 6))
def test_rounding_is_half_away_from_nought(value, decimals):
    step = Decimal(1).scaleb(-decimals)
    rounded = formats.round_half_up(value, decimals)
    assert abs(rounded - value) <= step / 2
    assert rounded == -formats.round_half_up(-value, decimals)
    if abs(rounded - value) == step / 2:
        assert abs(rounded) > abs(value)
    assert not str(rounded).startswith("-0") or rounded < 0


def test_months_and_years():
    assert formats.format_month(date(2026, 3, 31)) == "Mar 2026"
    assert formats.format_month_short(date(2026, 3, 1)) == "Mar 26"
    assert formats.format_month_short(date(2006, 9, 1)) == "Sep 06"
    assert formats.format_date(date(2026, 3, 2)) == "2 Mar 2026"


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 3, 12, 17, tzinfo=UTC), "Thu 12 Mar 2026, 5pm"),
        (datetime(2026, 7, 14, 16, 5, tzinfo=UTC), "Tue 14 Jul 2026, 5:05pm"),
        (datetime(2026, 3, 31, 23, 30, tzinfo=UTC), "Wed 1 Apr 2026, 12:30am"),
        (datetime(2026, 1, 22, 10, 42, tzinfo=UTC), "Thu 22 Jan 2026, 10:42am"),
        (datetime(2026, 1, 22, 12, 0, tzinfo=UTC), "Thu 22 Jan 2026, midday"),
        (datetime(2026, 1, 22, 0, 0, tzinfo=UTC), "Thu 22 Jan 2026, midnight"),
        (datetime(2026, 1, 22, 12, 30, tzinfo=UTC), "Thu 22 Jan 2026, 12:30pm"),
    ],
)
def test_a_deadline_is_read_off_a_london_clock(moment, text):
    assert formats.format_deadline(moment) == text
    assert formats.format_moment(moment) == text[4:]


def test_the_date_of_a_moment_is_the_london_date():
    assert formats.format_date(datetime(2026, 3, 31, 23, 30, tzinfo=UTC)) == "1 Apr 2026"


def test_a_moment_without_a_zone_is_not_shown():
    with pytest.raises(ValueError, match="time zone"):
        formats.format_deadline(datetime(2026, 3, 12, 17))


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ value|number:0 }}", "91"),
        ("{{ value|number }}", "91.25"),
        ("{{ absent|number }}", "–"),
        ("{{ day|month_short }}", "Mar 26"),
        ("{{ day|day }}", "12 Mar 2026"),
        ("{{ at|deadline }}", "Thu 12 Mar 2026, 5pm"),
        ("{{ at|moment }}", "12 Mar 2026, 5pm"),
    ],
)
def test_templates_write_the_same(template, text):
    engine = Engine(libraries={"formats": "kmpt_tracker.ui.templatetags.formats"})
    context = Context(
        {
            "value": Decimal("91.25"),
            "absent": None,
            "day": date(2026, 3, 12),
            "at": datetime(2026, 3, 12, 17, tzinfo=UTC),
        }
    )
    assert engine.from_string("{% load formats %}" + template).render(context) == text
