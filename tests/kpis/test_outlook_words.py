"""The sentence about the figures to come."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from kpis.judging.bounds import Bounds
from kpis.judging.status import Standing, TargetShown
from kpis.judging.terms import MeasureTerms
from kpis.measures.ahead import Ahead, ahead
from kpis.outlook import Expected, Kind, Outlook
from kpis.rag import Direction, Rag
from kpis.targets import Operator
from strategy.periods import Frequency, Month

PERCENT = Bounds(Decimal(0), Decimal(100))
TERMS = MeasureTerms(
    code="m",
    direction=Direction.HIGHER_IS_BETTER,
    frequency=Frequency.MONTHLY,
    unit="percent",
    decimals=1,
)
TARGET = TargetShown(
    pk=1,
    code="t",
    plan="p",
    role="commitment",
    operator=Operator.GE,
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


def test_what_is_no_point_of_the_chart_is_none_of_the_outlook():
    """A sum of one care group of four would widen the range, and miss what it would have met."""
    values = [Decimal(94 + (step * 7) % 5) for step in range(24)]
    shown = [
        Standing(period=Month(2024, 1).plus(step).period, rag=Rag.GREEN, value=value, spc_segment=0)
        for step, value in enumerate(values)
    ]
    gap = [*shown[:9], replace(shown[9], value=None), *shown[10:]]
    wanted = ahead(gap, TARGET, TERMS, PERCENT)
    assert wanted is not None
    assert wanted.found.tested == 23
    for state, groups in ((Rag.INCOMPLETE, 4), (Rag.SUPPRESSED, 0), (Rag.NOT_APPLICABLE, 0)):
        part = replace(
            shown[9],
            value=Decimal(3),
            rag=state,
            groups_reported=groups and 1,
            groups_expected=groups,
        )
        assert part.point is None
        assert ahead([*shown[:9], part, *shown[10:]], TARGET, TERMS, PERCENT) == wanted
    assert ahead(shown, TARGET, TERMS, PERCENT) != wanted
