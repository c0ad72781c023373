"""The sentence about the figures to come."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from kpis.judging.bounds import Bounds
from kpis.judging.status import TargetShown
from kpis.judging.terms import MeasureTerms
from kpis.measures.ahead import Ahead
from kpis.outlook import Expected, Kind, Outlook
from kpis.rag import Rag
from strategy.periods import Month

PERCENT = Bounds(Decimal(0), Decimal(100))
TERMS = MeasureTerms(
    code="m", direction="higher_is_better", frequency="monthly", unit="percent", decimals=1
)
TARGET = TargetShown(
    pk=1,
    code="t",
    plan="p",
    role="commitment",
    operator="ge",
    value=Decimal(95),
    is_primary=True,
    rag=Rag.RED,
)
STEADY = Outlook(
    kind=Kind.STABLE,
    expected=(Expected(on=date(2027, 3, 31), likely=90, lower=82.04, upper=104),),
    met=7,
    tested=24,
)
RISING = replace(STEADY, kind=Kind.TREND, met=0, tested=0)


def said(found, target=TARGET):
    return Ahead(found, Month(2027, 3), target, TERMS, PERCENT).words


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (
            STEADY,
            "As the process stands, figures stay between 82.0% and 100.0%; "
            "7 of the last 24 months would have met ≥ 95%.",
        ),
        (
            replace(STEADY, met=0),
            "As the process stands, figures stay between 82.0% and 100.0%; "
            "none of the last 24 months would have met ≥ 95%.",
        ),
        (
            replace(RISING, earliest=date(2026, 12, 31), likely=date(2027, 2, 28)),
            "If the trend goes on, ≥ 95% is reached about Feb 2027, "
            "between Dec 2026 and after Mar 2027 (80% interval).",
        ),
        (
            replace(RISING, earliest=date(2026, 12, 31)),
            "If the trend goes on, ≥ 95% is not likely to be reached by Mar 2027, "
            "and not before Dec 2026.",
        ),
        (
            RISING,
            "If the trend goes on, ≥ 95% is not reached by Mar 2027, "
            "even at the better end of an 80% interval.",
        ),
        (
            replace(RISING, is_away=True),
            "The figures move away from ≥ 95%: if the trend goes on, figures are "
            "between 82.0% and 100.0% (80% interval) in Mar 2027.",
        ),
        (
            replace(RISING, is_met=True),
            "If the trend goes on, figures are between 82.0% and 100.0% (80% interval) "
            "in Mar 2027.",
        ),
        (Outlook(kind=Kind.NONE, why="the latest figure is missing"), ""),
    ],
)
def test_the_sentence_says_what_the_outlook_holds_and_no_more(found, words):
    assert said(found) == words


def test_without_a_target_it_speaks_of_the_range_alone():
    assert said(replace(STEADY, met=0, tested=0), None) == (
        "As the process stands, figures stay between 82.0% and 100.0%."
    )


def test_ends_that_look_alike_are_one_number():
    flat = (Expected(on=date(2027, 3, 31), likely=50.07, lower=50.06, upper=50.08),)
    assert said(replace(RISING, is_met=True, expected=flat)) == (
        "If the trend goes on, figures are about 50.1% in Mar 2027."
    )
    assert said(replace(STEADY, met=0, tested=0, expected=flat), None) == (
        "As the process stands, figures stay about 50.1%."
    )
