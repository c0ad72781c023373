"""Questions about improbable values, beyond the rows of docs/input.md."""

from decimal import Decimal
from statistics import mean, median

from hypothesis import given
from hypothesis import strategies as st

from kmpt_tracker.ui.typed import NumberRules, WarningCode, expected, warnings

# Far from zero the process limits are narrower, near it the half of the median.
values = st.one_of(st.integers(-500, 500), st.integers(980, 1020)).map(Decimal)
steady = st.integers(980, 1020).map(Decimal)
histories = st.one_of(
    st.lists(st.none() | values, max_size=40), st.lists(st.none() | steady, max_size=40)
)
COUNT = NumberRules(name="Incidents", decimals=0)
SCORE = NumberRules(name="Balance", unit="score", repeat_check=True)


def limits(known):
    """The rule once more, in floats and step by step."""
    half = sigma = None
    if len(known) >= 3 and median(known[-12:]) != 0:
        middle = float(median(known[-12:]))
        half = (middle - abs(middle) / 2, middle + abs(middle) / 2)
    if len(known) >= 6:
        numbers = [float(one) for one in known]
        moves = [abs(numbers[i] - numbers[i - 1]) for i in range(1, len(numbers))]
        if sum(moves):
            reach = 2.66 * mean(moves)
            sigma = (mean(numbers) - reach, mean(numbers) + reach)
    if half and sigma:
        both = (max(half[0], sigma[0]), min(half[1], sigma[1]))
        return both if both[0] <= both[1] else half
    return half or sigma


@given(histories)
def test_expected_values_agree_with_a_second_calculation(history):
    known = [one for one in history if one is not None][-24:]
    ours, theirs = expected(known), limits(known)
    assert (ours is None) == (theirs is None)
    if ours and theirs:
        assert all(abs(float(a) - b) < 1e-6 for a, b in zip(ours, theirs, strict=True))


@given(values, histories)
def test_a_question_is_asked_exactly_outside_what_is_expected(value, history):
    known = [one for one in history if one is not None][-24:]
    usual = expected(known)
    asked = {one.code for one in warnings(value, history, SCORE)}
    assert (WarningCode.UNUSUAL in asked) == bool(usual and not usual[0] <= value <= usual[1])
    repeated = len(history) >= 3 and all(one == value for one in history[-3:])
    assert (WarningCode.REPEATED in asked) == repeated


def test_only_the_last_24_values_count():
    old, recent = [Decimal(900)] * 30, [Decimal(10 + place % 3) for place in range(24)]
    assert not warnings(Decimal(11), old + recent, COUNT)
    assert warnings(Decimal(900), old + recent, COUNT)


def test_a_gap_breaks_a_run_of_repeats_and_is_not_nought():
    three = [Decimal(4), None, Decimal(4), Decimal(4)]
    assert not warnings(Decimal(4), three, SCORE)
    assert warnings(Decimal(4), [*three, Decimal(4)], SCORE)[0].code is WarningCode.REPEATED


def test_after_a_fast_change_the_last_year_counts():
    before, after = [Decimal(100), Decimal(101)] * 6, [Decimal(10), Decimal(11)] * 6
    assert not warnings(Decimal(11), before + after, COUNT)
    assert warnings(Decimal(100), before + after, COUNT)


def test_a_question_names_the_period_and_unit_of_the_measure():
    rules = NumberRules(name="Wait", unit="days", history_in="quarters", previous="last quarter")
    history = [Decimal(one) for one in (60, 62, 58, 61)]
    assert warnings(Decimal(200), history, rules)[0].message == (
        "200 days is unusual. From the last 4 quarters we would expect 31 days to 90 days. "
        "Check the figure, then confirm it."
    )
    percent = NumberRules(name="Seen", unit="percent", previous="last quarter")
    message = warnings(Decimal("0.6"), history, percent)[0].message
    assert message == "0.6% is far below 61% last quarter. If you mean 60%, enter 60"


def test_expected_values_stay_within_what_can_be_true():
    history = [Decimal(one) for one in (0, 4, 1, 5, 0, 6, 1, 5)]
    message = warnings(Decimal(90), history, COUNT)[0].message
    assert "expect 2 to 3." in message
    percent = NumberRules(name="Seen", unit="percent", maximum=Decimal(100), minimum=Decimal(0))
    message = warnings(Decimal(20), [Decimal(90)] * 5, percent)[0].message
    assert "expect 45% to 100%." in message


def test_values_worked_out_of_parts_are_asked_about_as_they_are_shown():
    history = [Decimal(one) for one in ("33.333333", "34.285714", "31.818182")]
    rules = NumberRules(name="Seen", unit="percent")
    asked = warnings(Decimal("66.666667"), history, rules)[0].message
    assert asked.startswith(
        "66.7% is unusual. From the last 3 months we would expect 16.7% to 49.9%"
    )
    whole = NumberRules(name="Seen", unit="percent", shown=0)
    asked = warnings(Decimal("66.666667"), history, whole)[0].message
    assert asked.startswith("67% is unusual. From the last 3 months we would expect 17% to 49%")


def test_a_value_shown_as_unusual_never_looks_expected():
    rules = NumberRules(name="Score", unit="score", shown=0)
    message = warnings(Decimal("15.1"), [Decimal(10)] * 6, rules)[0].message
    assert message.startswith("15.1 is unusual. From the last 6 months we would expect 5 to 15.")


def test_money_in_millions_typed_in_thousands_is_asked_about():
    rules = NumberRules(name="Deficit", unit="pounds_million")
    history = [Decimal("-3.1"), Decimal("-2.9")]
    assert "about 1,000 times last month" in warnings(Decimal(-3000), history, rules)[0].message
    assert not warnings(Decimal(3000), history, rules)
    pounds = NumberRules(name="Cost", unit="pounds")
    assert not warnings(Decimal(3000), [Decimal(3)], pounds)
