"""Strategies as trusts write them: each structure read into an outline, damaged by a PDF or not."""

import re
from datetime import date
from decimal import Decimal
from textwrap import wrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategy.plan_text.numbers import recognise
from strategy.plan_text.outline import Part, propose

pytestmark = pytest.mark.any_database
PROMISES = (
    "By March 2027 we will reduce the proportion of people who wait over 18 weeks from 12% to 8%",
    "At least 95% of urgent referrals are seen within 24 hours",
    "Half of all first appointments are offered outside office hours by March 2028",
    "No more than three never events a year",
    "A 10% reduction in falls with harm against 2024/25",
    "Maintain patient satisfaction at 92% or above",
    "Staff engagement score of 7.2 by the 2028 staff survey, from 6.8 in 2025/26",
)
OUTCOMES = (
    "People are offered an appointment that suits them and their family, at a time they manage",
    "Nobody falls between two services because of where they live",
)


def read(text):
    return [(row.part.value, row.number, row.words) for row in propose(text)]


def promises(text):
    return [row.words for row in propose(text) if row.part is Part.PROMISE]


def test_numbered_priorities_with_a_title_page():
    text = """Northmoor NHS Foundation Trust
Our strategy 2026–2029: Closer to home

Priority 1: Better access
We want everybody who needs our help to get it quickly.
1.1 Shorter waits
What this will look like:
• Nobody falls between two services
How we will know:
• No more than 20 people waiting over a year
Priority 2: Safer care
2.1 Fewer harms
How we will know:
• Zero never events
"""
    assert read(text) == [
        ("left_out", "", "Northmoor NHS Foundation Trust"),
        ("left_out", "", "Our strategy 2026–2029: Closer to home"),
        ("ambition", "1", "Better access"),
        ("left_out", "", "We want everybody who needs our help to get it quickly."),
        ("objective", "1.1", "Shorter waits"),
        ("outcome", "", "Nobody falls between two services"),
        ("promise", "", "No more than 20 people waiting over a year"),
        ("ambition", "2", "Safer care"),
        ("objective", "2.1", "Fewer harms"),
        ("promise", "", "Zero never events"),
    ]


def test_goals_whose_title_stands_below_their_number():
    text = """STRATEGIC GOAL ONE
Outstanding care
Objective 1 – Improve access
We will:
- open three community hubs
Success measures
By 2028, 90 per cent of children will start treatment within four weeks.
STRATEGIC GOAL TWO
Financial sustainability
Objective 2 – Live within our means
Success measures
Deliver a surplus of at least £2.5m each year.
"""
    assert read(text) == [
        ("ambition", "ONE", "Outstanding care"),
        ("objective", "1", "Improve access"),
        ("left_out", "", "open three community hubs"),
        (
            "promise",
            "",
            "By 2028, 90 per cent of children will start treatment within four weeks.",
        ),
        ("ambition", "TWO", "Financial sustainability"),
        ("objective", "2", "Live within our means"),
        ("promise", "", "Deliver a surplus of at least £2.5m each year."),
    ]


def test_lists_with_letters_and_numbers_of_their_own():
    text = """Theme A
People
Supported staff
By 2029 we will have:
a. reduced vacancies to fewer than 5%
b. no more than 8% turnover
Theme B
Place
Key performance indicators
1. 75% of people have a health check
2. Smoking cessation: 30 per 1,000 population
"""
    assert read(text) == [
        ("ambition", "A", "People"),
        ("objective", "", "Supported staff"),
        ("left_out", "", "By 2029 we will have:"),
        ("promise", "", "reduced vacancies to fewer than 5%"),
        ("promise", "", "no more than 8% turnover"),
        ("ambition", "B", "Place"),
        ("promise", "", "75% of people have a health check"),
        ("promise", "", "Smoking cessation: 30 per 1,000 population"),
    ]


def test_a_numbered_ambition_is_not_taken_for_the_next_of_a_list():
    text = """1. People
1.1 Staff
How we will know
1. Turnover below 11%
2. Sickness below 4%
2. Places
2.1 Wards
How we will know
All wards are single-sex
"""
    assert [row for row in read(text) if row[0] == "ambition"] == [
        ("ambition", "1", "People"),
        ("ambition", "2", "Places"),
    ]
    assert promises(text) == ["Turnover below 11%", "Sickness below 4%", "All wards are single-sex"]


TABLE = """Objective\tMeasure\tBaseline 2025/26\tTarget\tBy when
Shorter waits\tSeen within 18 weeks\t88%\t≥ 92%\tMarch 2027
\tUrgent referrals seen in a day\t81%\t95%\tMarch 2027
A great place to work\tStaff turnover\t13.5%\t11% or less\tMarch 2028
"""


def test_a_table_gives_a_promise_a_row_with_the_heading_of_each_number():
    rows = read(TABLE)
    assert [row[0] for row in rows] == ["objective", "promise", "promise", "objective", "promise"]
    assert rows[1][2] == (
        "Seen within 18 weeks: baseline 2025/26 88%, target ≥ 92%, by when March 2027"
    )
    found = [recognise(words) for words in promises(TABLE)]
    assert [(row.value, row.operator, row.baseline, row.due_on) for row in found] == [
        (Decimal(92), "ge", Decimal(88), date(2027, 3, 31)),
        (Decimal(95), "", Decimal(81), date(2027, 3, 31)),
        (Decimal(11), "le", Decimal("13.5"), date(2028, 3, 31)),
    ]
    assert {row.baseline_period for row in found} == {"2025/26"}


WORD = st.text("abcdefg", min_size=4, max_size=9)
CELL = st.one_of(WORD, st.integers(0, 999).map(lambda size: f"{size}%"))


def tables(columns):
    row = st.tuples(WORD, *[CELL] * (columns - 1))
    return st.lists(row, min_size=2, max_size=5)


@settings(max_examples=60, deadline=None)
@given(grid=st.integers(2, 5).flatmap(tables))
def test_every_word_of_a_table_is_read_and_none_is_added(grid):
    text = "\n".join("\t".join(cells) for cells in grid)
    said = re.findall(r"[a-g0-9%]+", " ".join(row.words for row in propose(text)))
    assert sorted(said) == sorted(re.findall(r"[a-g0-9%]+", text))


@settings(max_examples=80, deadline=None)
@given(
    width=st.integers(55, 100),
    bullet=st.sampled_from(["• ", "– ", "a) ", ""]),
    every=st.integers(4, 9),
    head=st.sampled_from(["Northmoor NHS Foundation Trust | Strategy 2026–29", "Closer to home"]),
    first=st.integers(1, 90),
    is_beside=st.booleans(),
)
def test_what_a_pdf_does_to_a_text_is_undone(width, bullet, every, head, first, is_beside):
    """Lines broken at any width, bullets kept or lost, ligatures, soft hyphens, and a page number
    with a title after every few lines, also in the middle of a sentence."""
    lines = ["Priority 1: Better access", "1.1 Shorter waits", "What this will look like"]
    for cue, said in (("", OUTCOMES), ("How we will know", PROMISES)):
        lines += [cue] if cue else []
        for words in said:
            lines += wrap(bullet + words, width, break_on_hyphens=False)
    paged = []
    for place, line in enumerate(lines):
        if place and place % every == 0:
            page = first + place // every
            paged += [f"{head} | {page}"] if is_beside else [str(page), head]
        paged.append(
            line.replace("ffi", "\ufb03").replace("fi", "\ufb01").replace("ments", "m\u00adents")
        )
    kept = [row for row in propose("\n".join(paged)) if row.part in (Part.OUTCOME, Part.PROMISE)]
    said = " ".join((*OUTCOMES, *PROMISES))
    if len(lines) > 2 * every:
        assert " ".join(row.words for row in kept) == said
    if len(lines) > 2 * every and bullet:
        assert [row.words for row in kept] == [*OUTCOMES, *PROMISES]


@pytest.mark.parametrize("part", ["1", "1,", "1.", "reduce ", "from 1 to ", "between 1 and "])
def test_a_line_as_long_as_a_text_is_read_at_once(part):
    """Patterns that are tried from each of its places would take minutes here."""
    text = f"How we will know\n{part * (60_000 // len(part))}"
    (row,) = propose(text)
    read = recognise(row.words)
    assert read.due_on is None


def test_promises_as_wide_as_each_other_stay_apart():
    text = """1.1 Staff
How we will know
Reduce waits from 12% to 8% by March 2030
A 10% reduction in falls
At least 90% are seen in time
"""
    assert promises(text) == text.splitlines()[2:]


def test_a_word_broken_with_a_hyphen_is_whole_again_and_another_keeps_its_own():
    text = """1.1 Shorter waits
How we will know
We keep all our community ser-
vices open, and services report their did-not-
attend rates on the well-being of in-
patients
"""
    assert promises(text) == [
        "We keep all our community services open, and services report their did-not-attend rates "
        "on the well-being of inpatients"
    ]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (
            PROMISES[0],
            {"value": 8, "operator": "le", "baseline": 12, "due_on": date(2027, 3, 31)},
        ),
        (PROMISES[2], {"value": 50, "operator": "", "is_share": True}),
        (PROMISES[3], {"value": 3, "operator": "le", "is_share": False}),
        (
            PROMISES[4],
            {
                "value": 10,
                "value_is": "relative_to_baseline",
                "change": "down",
                "baseline": None,
                "baseline_period": "2024/25",
            },
        ),
        (PROMISES[5], {"value": 92, "operator": "ge", "value_is": "absolute"}),
        (PROMISES[6], {"value": Decimal("7.2"), "operator": "", "baseline": Decimal("6.8")}),
        ("Halve the number of falls", {"value": 50, "change": "down", "operator": "le"}),
        ("Double our peer support workers from 20 to 40", {"value": 40, "baseline": 20}),
        ("A reduction of 12% in complaints", {"value": 12, "change": "down"}),
        (
            "Cut length of stay from 42 days to 35 days",
            {"value": 35, "operator": "le", "baseline": 42, "change": ""},
        ),
        (
            "Increase the response rate by 10 percentage points",
            {"value": 10, "value_is": "change_from_baseline", "change": "up"},
        ),
        (
            "Increase the response rate by 10 percentage points to 65%",
            {"value": 65, "value_is": "absolute", "operator": "ge"},
        ),
        (
            "60% of appointments online (2025/26 baseline: 22%)",
            {"value": 60, "baseline": 22, "baseline_period": "2025/26"},
        ),
        (
            "Reduce our footprint by 47% by 2028/29 compared with 2019/20",
            {"value": 47, "baseline_period": "2019/20", "due_on": date(2029, 3, 31)},
        ),
        ("90% of staff with an appraisal, up from 78%", {"value": 90, "baseline": 78}),
        ("75% have a health check (national standard 60%)", {"value": 75, "operator": ""}),
        ("Everybody is seen by 30 Sept 2027", {"due_on": date(2027, 9, 30), "value": None}),
        ("Improve from 3rd to top quartile", {"value": None, "baseline": None}),
        ("Maintain our CQC rating of Good", {"value": None, "operator": ""}),
        ("In the second half of 2026 we will review it", {"value": None}),
        ("Waiting list no higher than in March 2025", {"value": None}),
        ("A surplus of at least £2.5m", {"value": Decimal("2.5"), "operator": "ge"}),
        (
            "Vacancies down by 5 percentage points",
            {"value": Decimal(5), "value_is": "change_from_baseline", "change": "down"},
        ),
        (
            "Carbon footprint: baseline 12,400 tonnes, target 25% lower, by when 2029/30",
            {
                "value": Decimal(25),
                "value_is": "relative_to_baseline",
                "change": "down",
                "baseline": Decimal(12400),
                "due_on": date(2030, 3, 31),
                "due_words": "by 2029/30",
            },
        ),
        (
            "20 fewer people wait, by March 2028",
            {"value": Decimal(20), "value_is": "change_from_baseline", "change": "down"},
        ),
        (
            "30% more than in 2025/26 work flexibly",
            {"value": Decimal(30), "value_is": "relative_to_baseline", "change": "up"},
        ),
        ("Turnover 2% lower than the region's", {"change": ""}),
        ("At least 95% or more follow up", {"value": Decimal(95), "change": ""}),
    ],
)
def test_numbers_as_strategies_write_them(words, found):
    read = recognise(words)
    assert {name: getattr(read, name) for name in found} == found


@settings(max_examples=120, deadline=None)
@given(
    size=st.integers(1, 99),
    start=st.integers(1, 99),
    how=st.sampled_from(
        [
            ("at least {size}%", "ge", ""),
            ("no more than {size}%", "le", ""),
            ("fewer than {size}%", "lt", ""),
            ("more than {size}%", "gt", ""),
            ("{size}% or above", "ge", ""),
            ("{size}% or below", "le", ""),
            ("a {size}% reduction", "le", "down"),
            ("an increase of {size}%", "ge", "up"),
            ("reduced by {size}%", "le", "down"),
        ]
    ),
    year=st.integers(2026, 2035),
    month=st.sampled_from(["March", "Sept", "December", "May"]),
    is_first=st.booleans(),
)
def test_size_operator_baseline_and_day_are_told_apart(size, start, how, year, month, is_first):
    asks, operator, change = how
    due = f"by {month} {year}"
    said = f"Turnover is {asks.format(size=size)} from a baseline of {start}% in 2024/25"
    words = f"{due[0].upper()}{due[1:]}, {said}" if is_first else f"{said} {due}"
    read = recognise(words)
    assert (read.value, read.operator, read.change) == (size, operator, change)
    assert (read.baseline, read.baseline_period) == (start, "2024/25")
    assert read.due_on is not None
    assert (read.due_on.year, f"{read.due_on:%B}"[:3]) == (year, month[:3])


def test_in_a_list_of_dashes_a_dash_begins_another_item_however_full_the_line_above():
    text = """Aim 1: Digital that works
1.1 Ready
By March 2029 we will have:
- moved every ward to the electronic prescribing system
- 80 per cent of appointments booked online, up from 22 per cent
- a data quality score of over 95%
"""
    assert [row.words for row in propose(text) if row.part is Part.PROMISE] == [
        "moved every ward to the electronic prescribing system",
        "80 per cent of appointments booked online, up from 22 per cent",
        "a data quality score of over 95%",
    ]
