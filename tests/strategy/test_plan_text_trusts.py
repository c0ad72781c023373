"""Texts in the shapes of other trusts' strategies: what each of their kinds of line says."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategy.plan_text.headings import Part, owner_in
from strategy.plan_text.numbers import recognise
from strategy.plan_text.outline import propose

# Copied from a PDF: lines broken at the width of the page, bullets lost.
BROKEN = """Strategic aim 1: Provide excellent care
We know from the 2024 community survey that too many people wait too long, and that
carers do not always feel part of the team.
What will be different
People get help at the first place they ask for it
Carers are recognised as partners and are offered an assessment of their own
Our wards are calm, and restrictive interventions are rare
Our people feel safe to speak up
Teams are fully staffed and agency workers are the exception
How we will measure success
By March 2028, 92% of people referred to our community mental health teams will have
their first contact within 4 weeks (2025/26: 71%)
Reduce the use of restraint per 1,000 occupied bed days from 8.2 to 5.0 by 2030/31
No inappropriate out of area placements after March 2027
Staff engagement score of 7.2 by 2029 (2024: 6.8)
9
Northmoor NHS FT | Strategy 2026–2031 | 9
Strategic aim 2: Use our resources well
10
Northmoor NHS FT | Strategy 2026–2031 | 10
"""


def test_lost_bullets_are_found_where_a_line_begins_something():
    read = [(row.part, row.words) for row in propose(BROKEN) if row.part is not Part.LEFT_OUT]
    assert read == [
        (Part.AMBITION, "Provide excellent care"),
        (Part.OUTCOME, "People get help at the first place they ask for it"),
        (
            Part.OUTCOME,
            "Carers are recognised as partners and are offered an assessment of their own",
        ),
        (Part.OUTCOME, "Our wards are calm, and restrictive interventions are rare"),
        (Part.OUTCOME, "Our people feel safe to speak up"),
        (Part.OUTCOME, "Teams are fully staffed and agency workers are the exception"),
        (
            Part.PROMISE,
            "By March 2028, 92% of people referred to our community mental health teams will have "
            "their first contact within 4 weeks (2025/26: 71%)",
        ),
        (
            Part.PROMISE,
            "Reduce the use of restraint per 1,000 occupied bed days from 8.2 to 5.0 by 2030/31",
        ),
        (Part.PROMISE, "No inappropriate out of area placements after March 2027"),
        (Part.PROMISE, "Staff engagement score of 7.2 by 2029 (2024: 6.8)"),
        (Part.AMBITION, "Use our resources well"),
    ]


def test_one_number_beside_a_title_that_stands_on_every_page_is_a_pages():
    text = BROKEN.replace("\n10\n", "\n")  # the next page lost its number
    assert all(row.words != "9" or row.part is Part.LEFT_OUT for row in propose(text))


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("A first contact for 92% (2025/26: 71%)", {"baseline": 71, "baseline_period": "2025/26"}),
        ("Engagement score of 7.2 (2024: 6.8)", {"value": Decimal("7.2"), "baseline_period": ""}),
        # How the score is read is no share of people.
        ("A survey score of at least 8.5 out of 10", {"value": Decimal("8.5"), "is_share": False}),
        ("Rated 8 out of 10 or more", {"value": 8, "is_share": False}),
        ("Nine out of ten people would recommend us", {"value": 90, "is_share": True}),
        # Who is counted is no number to reach.
        ("Pressure ulcers (grade 2 and above) reduced by a third", {"value": None}),
        ("80% of people aged over 65 are vaccinated", {"value": 80}),
        ("Colleagues in band 7 and above: 19% or more", {"value": 19, "operator": "ge"}),
        # A place among others is none either.
        ("Be in the top 20% of trusts for engagement", {"value": None}),
        ("Have no patient waiting more than 52 weeks", {"value": 0, "operator": "le"}),
        ("No child waits over 18 weeks", {"value": 0, "operator": "le"}),
        ("Time to hire from advert to start: 45 days", {"value": 45, "operator": ""}),
        ("Save £90m, of which at least 70% is recurrent", {"value": 90, "unit": "pounds_million"}),
    ],
)
def test_what_a_number_is_said_of(words, found):
    read = recognise(words)
    assert {name: getattr(read, name) for name in found} == found


@pytest.mark.parametrize(
    ("words", "path", "more"),
    [
        (
            "Four-hour standard: 78% by March 2027, 82% by March 2028 and 85% by March 2029",
            {2027: 78, 2028: 82, 2029: 85},
            {"operator": "ge", "due_on": date(2029, 3, 31)},
        ),
        (
            "Savings: £28m in 2026/27, £31m in 2027/28, £31m in 2028/29",
            {2027: 28, 2028: 31, 2029: 31},
            {"operator": "", "unit": "pounds_million"},
        ),
        (
            "Turnover: baseline 2025/26 15.8%, target 2026/27 14%, target 2027/28 13%",
            {2027: 14, 2028: 13},
            {"operator": "le", "baseline": Decimal("15.8"), "baseline_period": "2025/26"},
        ),
        (
            "Bookings rise from 40% in 2025/26 to 60% in 2026/27 and 80% in 2027/28",
            {2027: 60, 2028: 80},
            {"operator": "ge", "baseline": 40},
        ),
        ("From 40% in 2025/26 to 60% in 2026/27", {}, {"baseline": 40, "value": 60}),
        ("£28m in 2026/27, £31k in 2027/28", {}, {}),
    ],
)
def test_values_year_by_year(words, path, more):
    read = recognise(words)
    assert dict(read.path) == path
    assert {name: getattr(read, name) for name in more} == more


@pytest.mark.parametrize(
    ("words", "owner"),
    [
        ("Turnover: target 11%, executive lead Director of People", "Director of People"),
        ("Falls: target 4.5, owner: Chief Nurse", "Chief Nurse"),
        ("Falls: target 4.5, owner Chief Nurse", "Chief Nurse"),
        ("A service, led by people who lead well", ""),
        ("Every team has a lead nurse", ""),
    ],
)
def test_the_owner_that_a_table_names(words, owner):
    assert owner_in(words) == owner


def test_cells_of_several_lines_as_a_spreadsheet_copies_them():
    text = (
        "Objectives\tWhat this will look like\tHow we will know\r\n"
        '"1.1\r\nBetter access"\t"• People are seen\n• Carers are ""heard"""\t'
        '"90% seen by\n2028\nReduce waits\nto 18 weeks"\r\n'
        '1.2 Good staff\tA happy team\t"Turnover\nbelow 11%"\n'
    )
    assert [(row.part, row.number, row.words) for row in propose(text)] == [
        (Part.OBJECTIVE, "1.1", "Better access"),
        (Part.OUTCOME, "", "People are seen"),
        (Part.OUTCOME, "", 'Carers are "heard"'),
        (Part.PROMISE, "", "90% seen by 2028"),
        (Part.PROMISE, "", "Reduce waits to 18 weeks"),
        (Part.OBJECTIVE, "1.2", "Good staff"),
        (Part.OUTCOME, "", "A happy team"),
        (Part.PROMISE, "", "Turnover below 11%"),
    ]
    kpis = 'Measure\tBaseline\tTarget\n"Sickness\nabsence"\t6%\t5%\n'
    (row,) = propose(kpis)
    assert row.words == "Sickness absence: baseline 6%, target 5%"


def test_quotes_that_are_no_cell_stay_as_they_are():
    said = [row.words for row in propose('"We listen.\nWe act."\nHe said "it\tmatters"\n')]
    assert said == ['"We listen.', 'We act."', 'He said "it matters"']


@settings(max_examples=200, deadline=None)
@given(text=st.text(alphabet='ab "1.\t\n•', max_size=200))
def test_no_word_of_a_quoted_cell_is_lost_or_invented(text):
    words = "".join(row.words for row in propose(text))
    assert set(words) <= set(text) | set(":, ")
    letters = [sum(said.count(letter) for letter in "ab") for said in (words, text)]
    assert letters[0] <= letters[1]
