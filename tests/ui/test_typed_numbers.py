"""Typed numbers: what holds for any text, beyond the rows of docs/input.md."""

import re
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kmpt_tracker.ui.formats import format_number, format_value
from kmpt_tracker.ui.typed import (
    NumberRules,
    PartsRules,
    cell_text,
    judge_parts,
    parse_cell,
    parse_number,
    tidy,
)

UNITS = ("count", "percent", "pounds", "pounds_thousand", "score", "days", "wte", "part")
ANY = {
    unit: NumberRules(name="Figure", unit=unit, minimum=Decimal(-(10**12) + 1)) for unit in UNITS
}
PLAIN = re.compile(r"[+\-\u2212]?([0-9]+|[0-9]{1,3}([,\u00a0\u2009\u202f][0-9]{3})+)?(\.[0-9]+)?")
SHAPED = st.text(
    alphabet="0123456789.,-+−–()£$% \u00a0\u2009\u202f\u200b\ufeffek_x\n١１", max_size=14
)

values = st.decimals(-(10**11), 10**11, places=4)
edges = st.text(alphabet=" \t\r\n\u00a0\u2009\u200b\u202f\u2028\u2060\u3000\ufeff", max_size=6)
units = st.sampled_from(UNITS)


@given(values, st.sampled_from(["count", "percent", "score", "pounds_thousand"]))
def test_what_we_write_can_be_typed_back(value, unit):
    shown = format_value(value, unit).removesuffix("k")
    assert parse_number(shown, ANY[unit]).value == value
    assert parse_number(format_number(value), ANY[unit]).value == value
    assert parse_number(f"{value:f}", ANY[unit]).value == value


@given(st.decimals(-(10**11), 10**11, places=2))
def test_pounds_and_pence_can_be_typed_back(value):
    assert parse_number(format_value(value, "pounds", 2), ANY["pounds"]).value == value
    if value < 0:
        assert parse_number(f"({-value:,f})", ANY["pounds"]).value == value


@given(st.text(), units)
@example("\ud800", "count")
@example("\x00", "pounds")
@example("(" * 50 + ")" * 50, "pounds")
def test_any_text_gets_a_verdict(text, unit):
    parsed = parse_number(text, ANY[unit])
    assert (parsed.value is None) == (parsed.error is not None)
    assert parsed.blank == (tidy(text) == "")


@given(SHAPED, units)
def test_only_the_grammar_is_accepted(text, unit):
    parsed = parse_number(text, ANY[unit])
    if parsed.value is None:
        return
    body = tidy(text)
    if unit == "percent":
        body = body.removesuffix("%").rstrip(" \u00a0\u2009\u202f")
    if unit.startswith("pounds"):
        body = re.sub("[£ ()]", "", body)
    assert PLAIN.fullmatch(re.sub("^([-−+]?)[\u00a0\u2009\u202f]+", r"\1", body))
    assert re.search("[0-9]", body)
    digits = re.sub("[^0-9.]", "", body)
    assert abs(parsed.value) == Decimal(digits)


@given(values, edges, edges, units)
def test_the_space_around_a_number_means_nothing(value, before, after, unit):
    text = f"{value:f}"
    assert parse_number(before + text + after, ANY[unit]) == parse_number(text, ANY[unit])


@given(st.integers(1, 999), st.lists(st.integers(0, 999), min_size=1, max_size=3), st.data())
def test_groups_of_three_are_one_number_and_no_others_are(first, rest, data):
    mark = data.draw(st.sampled_from([",", "\u00a0", "\u2009", "\u202f"]))
    text = mark.join([str(first), *(f"{group:03d}" for group in rest)])
    rules = ANY["count"]
    assert parse_number(text, rules).value == int(text.replace(mark, ""))
    place = data.draw(st.integers(text.index(mark) + 1, len(text) - 1))
    torn = text[:place] + mark + text[place:]
    assert parse_number(torn, rules).value is None


@given(values.filter(lambda value: abs(value) < 10**9))
def test_a_worksheet_number_is_the_number_it_shows(value):
    assert parse_cell(float(value), "General", ANY["score"]).value == value
    percent = NumberRules(name="Rate", unit="percent")
    exact = value.quantize(Decimal("0.01"))
    assert parse_cell(float(exact / 100), "0.0%", percent).value == exact


@pytest.mark.parametrize("number_format", ["", ";", '"', "\\", "[", "[$", "_", "*", "0;;;@", "%"])
def test_an_odd_number_format_never_fails(number_format):
    assert cell_text(1.5, number_format).strip("$%") in ("1.5", "150")


@given(st.floats(), st.text(alphabet='0#,.%;"\\[]$£-_*@ General', max_size=20))
def test_any_worksheet_number_gets_a_verdict(value, number_format):
    parsed = parse_cell(value, number_format, ANY["pounds"])
    assert (parsed.value is None) == (parsed.error is not None)


def test_a_very_long_text_is_refused_at_once():
    spaced = "-" + " " * 1_000_000 + "x"
    assert parse_number(spaced, ANY["pounds"]).error
    assert parse_number("9" * 1_000_000, ANY["count"]).error


def test_an_empty_box_is_fine_where_it_may_be_empty():
    parsed = parse_number(" ", NumberRules(name="Referrals", allow_empty=True))
    assert parsed.blank
    assert parsed.error is None


def test_nought_has_no_sign():
    for text in ("-0", "\u22120.0", "(0)"):
        assert not parse_number(text, ANY["pounds"]).value.is_signed()


def test_names_keep_their_capitals_inside_a_sentence():
    assert parse_number("", NumberRules(name="ED stay")).error == "Enter ED stay"
    assert parse_number("", NumberRules(name="Bed days")).error == "Enter bed days"


def test_without_a_no_data_choice_none_is_offered():
    rules = NumberRules(name="Plan", unit="pounds", offers_no_data=False)
    assert parse_number("n/a", rules).error == "Plan must be pounds and pence, like 1250.50"


@pytest.mark.parametrize(
    ("minimum", "maximum", "sample"),
    [
        (None, None, "30"),
        ("0", "100", "30"),
        ("1", "5", "3"),
        ("50", None, "50"),
        ("0", "0.5", "0"),
    ],
)
def test_an_example_is_one_the_box_would_take(minimum, maximum, sample):
    low, high = (None if one is None else Decimal(one) for one in (minimum, maximum))
    rules = NumberRules(name="Score", unit="score", minimum=low, maximum=high)
    assert parse_number("good", rules).error == f"Score must be a number, like {sample}"
    assert parse_number(sample, rules).error is None


parts = st.decimals(0, 10**9, places=2)
RATE = PartsRules(
    name="Rate",
    numerator_name="Seen",
    denominator_name="Referred",
    numerator_may_exceed_denominator=True,
)


@given(parts, parts.filter(bool))
def test_a_percentage_is_a_hundred_times_number_by_out_of(numerator, denominator):
    judged = judge_parts(numerator, denominator, None, RATE)
    assert judged.error or judged.value is not None
    if judged.value is not None:
        exact = Decimal(100) * numerator / denominator
        assert abs(judged.value - exact) <= Decimal("0.001")
        assert len(judged.value.as_tuple().digits) <= 15
        assert judged.value.as_tuple().exponent >= -6


@given(st.integers(0, 5000), st.integers(1, 5000), st.integers(0, 4))
@example(148, 1089, 4)
def test_a_percentage_rounded_as_shown_agrees_with_its_parts(numerator, denominator, decimals):
    exact = judge_parts(Decimal(numerator), Decimal(denominator), None, RATE).value
    shown = parse_number(format_value(exact, "percent", decimals), ANY["percent"]).value
    assert judge_parts(Decimal(numerator), Decimal(denominator), shown, RATE).value == exact
    off = shown + Decimal(2).scaleb(-decimals)
    assert judge_parts(Decimal(numerator), Decimal(denominator), off, RATE).error


def test_parts_of_a_ratio_are_not_multiplied():
    rules = PartsRules(
        name="Contacts",
        numerator_name="Visits",
        denominator_name="Staff",
        unit="ratio",
        numerator_may_exceed_denominator=True,
        maximum=Decimal(10),
    )
    assert judge_parts(Decimal(9), Decimal(2), None, rules).value == Decimal("4.5")
    too_many = judge_parts(Decimal(90), Decimal(2), None, rules)
    assert too_many.error == "Contacts must be 10 or fewer"
    assert judge_parts(Decimal(9), Decimal(2), Decimal(4), rules).error == "9 of 2 is 4.5, not 4.0"
