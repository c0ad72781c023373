"""Sums of money and spans of time in a promise: proposed with their unit, or left to the person."""

import string
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategy.plan_text.amounts import in_unit
from strategy.plan_text.headings import Part
from strategy.plan_text.numbers import Recognised, recognise
from strategy.plan_text.outline import propose

MONEY = "pounds_million"
NOTHING = {"value": None, "operator": "", "unit": ""}


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Save £3m by 2028", {"value": 3, "operator": "ge", "unit": MONEY}),
        (
            "Deliver £1.2 million a year of recurrent savings",
            {"value": Decimal("1.2"), "operator": "ge", "unit": MONEY, "kind": "a year"},
        ),
        ("A surplus of at least £2.5m each year", {"value": Decimal("2.5"), "operator": "ge"}),
        (
            "Reduce agency spend from £12m in 2024/25 to £8m by March 2028",
            {
                "value": 8,
                "operator": "le",
                "unit": MONEY,
                "baseline": 12,
                "baseline_period": "2024/25",
                "due_words": "by March 2028",
            },
        ),
        ("Agency spend of no more than £8.5m", {"value": Decimal("8.5"), "operator": "le"}),
        (
            "Reduce agency spending by £2m",
            {"value": 2, "value_is": "change_from_baseline", "change": "down", "unit": MONEY},
        ),
        ("Agency spend: baseline £12m, target £8m", {"value": 8, "operator": "le", "baseline": 12}),
        ("Between £2m and £3m is invested", {"value": 2, "upper": 3, "operator": "between"}),
        # Which side is meant of what is spent, the words leave open.
        ("Invest £40 million in our estate", {"value": 40, "operator": "", "unit": MONEY}),
        ("Raise £250k a year", {"value": 250, "unit": "pounds_thousand"}),
        ("Raise £250,000 for the charity", {"value": 250_000, "unit": "pounds"}),
        ("Spend under £500 thousand on taxis", {"value": 500, "operator": "lt"}),
        ("Save £3m (£1m of it in estates)", {"value": 3, "operator": "ge"}),
        ("Invest £5m in digital and £3m in estates", NOTHING),
        ("Halve agency spend, saving £4m", {"value": 50, "unit": ""}),
    ],
)
def test_sums_of_money(words, found):
    read = recognise(words)
    assert {name: getattr(read, name) for name in found} == found


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Urgent referrals are seen within four hours", {"value": 4, "unit": "hours"}),
        ("Complaints are answered within 28 days", {"value": 28, "operator": "le", "unit": "days"}),
        (
            "Referrals are acknowledged in two working days",
            {"value": 2, "operator": "le", "unit": "days", "kind": "working days"},
        ),
        ("People wait no longer than 12 hours", {"value": 12, "operator": "le", "unit": "hours"}),
        ("People wait no more than 18 weeks", {"value": 18, "operator": "le", "unit": "weeks"}),
        ("Rotas are given at least six weeks ahead", {"value": 6, "operator": "ge"}),
        (
            "Shorten the average wait by 2 weeks",
            {"value": 2, "value_is": "change_from_baseline", "change": "down", "unit": "weeks"},
        ),
        (
            "Time to hire: baseline 61 days, target 42 days",
            {"value": 42, "operator": "le", "baseline": 61, "unit": "days"},
        ),
        ("Cut length of stay from 42 days to 35 days", {"value": 35, "baseline": 42}),
        ("The average wait is under 6 weeks", {"value": 6, "operator": "lt", "unit": "weeks"}),
        ("A visit within 1 hour (4 hours in rural areas)", {"value": 1, "unit": "hours"}),
        # The hours belong to what is counted.
        ("95% are seen within 4 hours", {"value": 95, "is_share": True, "unit": ""}),
        ("Increase the proportion of people seen within 4 weeks", NOTHING),
        ("Two thirds of people are seen within 4 weeks", NOTHING),
        ("No one waits over 18 weeks", {"value": 0, "unit": ""}),
        # Two promises, or none: a person decides.
        ("Urgent within 4 hours, and routine within 28 days", NOTHING),
        ("Deliver 50 apprenticeships within 12 weeks", NOTHING),
        ("Within 12 weeks we will open a ward", NOTHING),
        ("All wards are refurbished within 18 months", NOTHING),
        ("One hour of supervision every 6 weeks", NOTHING),
        ("A two-hour response", NOTHING),
    ],
)
def test_spans_of_time(words, found):
    read = recognise(words)
    assert {name: getattr(read, name) for name in found} == found


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            (
                *("within", "in", "at", "least", "no", "more", "than", "save", "reduce", "to"),
                *("by", "from", "and", "or", "the", "(", ")", "95%"),
                *("£3m", "£250k", "£1,200", "4 hours", "28 days", "two working days"),
            )
        ),
        max_size=14,
    ).map(" ".join)
)
def test_an_amount_stands_in_the_words_with_its_unit(words):
    read: Recognised = recognise(words)
    if not read.unit:
        return
    plain = words.replace(",", "").replace("two", "2")
    for amount in (read.value, read.upper, read.baseline):
        assert amount is None or f"{amount:f}" in plain
    assert ("£" if read.unit.startswith("pounds") else read.unit.rstrip("s")) in words


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=string.ascii_lowercase + "£ .,()0123456789", max_size=3000))
def test_any_words_are_read_in_little_time(words):
    recognise(words)


@pytest.mark.parametrize(
    ("amount", "unit", "wanted", "other"),
    [
        (3, "pounds_million", "pounds", 3_000_000),
        (250, "pounds_thousand", "pounds_million", Decimal("0.25")),
        (4, "hours", "minutes", 240),
        (2, "weeks", "days", 14),
        (28, "days", "days", 28),
        (20, "days", "weeks", None),
        (4, "hours", "days", None),
        (28, "days", "percent", None),
    ],
)
def test_the_same_amount_in_another_unit(amount, unit, wanted, other):
    assert in_unit(Decimal(amount), unit, wanted) == other


def test_cells_that_lost_their_bullets_are_read_item_by_item():
    text = "\n".join(
        (
            "Objectives\tWhat this will look like\tHow we will know",
            "2.1 A good place to work\tOur staff feel safe and heard We have fewer vacancies, and"
            " keep The people we need The trust (and Our partners) plan together"
            "\tIncrease engagement from 6.9 to 7.1 Reduce sickness to 3.5% 90% of leaders are"
            " trained Our score improves (from 6.9 to 7.1)",
            "2.2 Learning\tPeople see Our House as theirs\tAudits cover 95% of wards",
        )
    )
    read = [(row.part, row.words) for row in propose(text)]
    assert read == [
        (Part.OBJECTIVE, "A good place to work"),
        (Part.OUTCOME, "Our staff feel safe and heard"),
        (Part.OUTCOME, "We have fewer vacancies, and keep"),
        (Part.OUTCOME, "The people we need"),
        (Part.OUTCOME, "The trust (and Our partners) plan together"),
        (Part.PROMISE, "Increase engagement from 6.9 to 7.1"),
        (Part.PROMISE, "Reduce sickness to 3.5%"),
        (Part.PROMISE, "90% of leaders are trained"),
        (Part.PROMISE, "Our score improves (from 6.9 to 7.1)"),
        (Part.OBJECTIVE, "Learning"),
        (Part.OUTCOME, "People see Our House as theirs"),
        (Part.PROMISE, "Audits cover 95% of wards"),
    ]
