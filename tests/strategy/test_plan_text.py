"""Reading a plan from pasted text: nothing is invented, nothing lost, broken lines are joined."""

import re
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from textwrap import wrap

import pytest
import yaml
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from strategy.plan_text.numbers import recognise
from strategy.plan_text.outline import Part, propose
from strategy.plan_text.pages import readable

pytestmark = pytest.mark.any_database
PLANS = sorted(Path("fixtures/plans").glob("*.yaml"))
TEXT = """
1. People we care for
1.1 Improve access to quality care
What this will look like
• People are seen when they need it
• Nobody waits
  longer than they must
How we will know
95% of people presenting to Emergency Departments (EDs) with a mental health
crisis will be triaged within 1 hour
Decrease violence and aggression on our wards by 15%
Increase our score from 6.6 to 6.9 by March 2026
"""


def parts(text):
    return [(row.part, row.number, row.words) for row in propose(text)]


def test_a_text_as_it_is_copied():
    assert parts(TEXT) == [
        (Part.AMBITION, "1", "People we care for"),
        (Part.OBJECTIVE, "1.1", "Improve access to quality care"),
        (Part.OUTCOME, "", "People are seen when they need it"),
        (Part.OUTCOME, "", "Nobody waits longer than they must"),
        (
            Part.PROMISE,
            "",
            "95% of people presenting to Emergency Departments (EDs) with a mental health crisis "
            "will be triaged within 1 hour",
        ),
        (Part.PROMISE, "", "Decrease violence and aggression on our wards by 15%"),
        (Part.PROMISE, "", "Increase our score from 6.6 to 6.9 by March 2026"),
    ]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("95% are seen within 4 weeks", {"value": Decimal(95), "operator": ""}),
        ("At least 90% are seen", {"value": Decimal(90), "operator": "ge"}),
        ("Reduce voluntary turnover to 14% or below", {"value": Decimal(14), "operator": "le"}),
        ("Reduce sickness to 3.5% by 2025/26", {"due_on": date(2026, 3, 31), "operator": "le"}),
        (
            "Decrease violence by 15% from a baseline of 237 in 2022/23",
            {
                "value": Decimal(15),
                "change": "down",
                "value_is": "relative_to_baseline",
                "baseline": Decimal(237),
                "baseline_period": "2022/23",
            },
        ),
        ("Between 80% and 85% of beds are used", {"upper": Decimal(85), "operator": "between"}),
        ("Grow income by 2% each year", {"value_is": "compound_each_year", "change": "up"}),
        ("Done by 31 March 2026", {"due_on": date(2026, 3, 31), "value": None}),
        ("Done by 2026", {"due_on": None, "due_words": "by 2026", "value": None}),
        ("Eliminate all out of area placements", {"value": Decimal(0), "operator": "le"}),
        ("Everybody is seen within 6 weeks", {"value": Decimal(6), "operator": "le"}),
        ("Fewer than 1,200 incidents", {"value": Decimal(1200), "operator": "lt"}),
        ("Improve outcomes", {"value": None, "change": ""}),
        ("Done by 31 February 2026", {"due_on": None}),
    ],
)
def test_numbers_that_the_words_say(words, found):
    read = recognise(words)
    assert {name: getattr(read, name) for name in found} == found


@cache
def published():
    """Objective by objective, the words of the transcribed plans."""
    found = []

    def walk(node):
        if isinstance(node, dict):
            promises = [row["statement"] for row in node.get("promises") or []]
            if promises and node.get("title"):
                outcomes = [
                    row if isinstance(row, str) else row.get("statement", "")
                    for row in node.get("outcomes") or []
                ]
                found.append((node["title"], outcomes, promises))
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    for path in PLANS:
        walk(yaml.safe_load(path.read_text(encoding="utf-8")))
    return found


def test_there_are_plans_to_read():
    assert len(published()) > 10


def tokens(text):
    return re.findall(r"\S+", text)


@settings(max_examples=80, deadline=None)
@given(
    place=st.integers(0, 10_000),
    width=st.integers(50, 100),
    bullet=st.sampled_from(["• ", "", "– "]),
)
def test_the_published_plans_are_read_word_for_word(place, width, bullet):
    """Whatever the width of the page and whether or not its bullets were lost."""
    title, outcomes, promises = published()[place % len(published())]
    # A dash within the words, at which a line breaks, is a bullet where bullets are dashes.
    assume(not any(bullet and f" {bullet}" in row for row in [*outcomes, *promises]))
    lines = ["1.1 " + " ".join(title.split()).capitalize()]
    said = []
    for cue, rows in (("What this will look like", outcomes), ("How we will know", promises)):
        if rows:
            lines.append(cue)
        for row in rows:
            words = " ".join(row.split())
            said.append(words)
            lines += wrap(bullet + words, width, break_on_hyphens=False)
    read = propose("\n".join(lines))
    kept = [row for row in read if row.part in (Part.OUTCOME, Part.PROMISE)]
    assert tokens(" ".join(row.words for row in kept)) == tokens(" ".join(said))
    if bullet:
        assert [row.words for row in kept] == said


@settings(max_examples=100, deadline=None)
@given(text=st.text(st.characters(exclude_characters="\t"), max_size=400))
@example("did-not-\nattend rates and out-\nof-hours ser-\nvices")
def test_any_text_is_read_and_nothing_is_invented(text):
    held = re.sub(r"[\s-]", "", "\n".join(readable(text)))
    place = 0
    for row in propose(text):
        for piece in tokens(row.words.replace("-", "")):
            at = held.find(piece, place)
            assert at >= 0, (piece, row)
            place = at + len(piece)


@settings(max_examples=100, deadline=None)
@given(words=st.text(alphabet="0123456789%., abytofrmlesd/£-", max_size=80))
def test_a_number_that_is_recognised_stands_in_the_words(words):
    read = recognise(words)
    plain = words.replace(",", "")
    for value in (read.value, read.upper, read.baseline):
        if value:
            assert format(value, "f").rstrip("0").rstrip(".") in plain
