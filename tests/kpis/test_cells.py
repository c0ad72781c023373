"""All faults of a row are shown at once, and a percentage is not taken for a count."""

from dataclasses import replace

import pytest

from kpis.judging.terms import MeasureTerms
from kpis.rag import Direction
from kpis.returns.cells import CellRules, CellText, read_cell
from strategy.periods import Frequency

COUNT = CellRules(
    terms=MeasureTerms(
        code="seen",
        direction=Direction.HIGHER_IS_BETTER,
        frequency=Frequency.MONTHLY,
        unit="percent",
        decimals=1,
        is_ratio=True,
    ),
    name="Seen in time",
    numerator_name="people seen",
    denominator_name="people referred",
    whole_numbers_only=True,
)
MILESTONE = CellRules(
    terms=replace(COUNT.terms, is_milestone=True, is_ratio=False), name="Ward opened"
)


def faults(rules: CellRules, **typed: str) -> list[tuple[str, str]]:
    return [(fault.field, fault.message) for fault in read_cell(CellText(**typed), rules).faults]


def test_both_parts_and_a_long_comment_are_named_together():
    found = faults(COUNT, numerator="4o0", denominator="5oo", comment="x" * 2_001)
    assert found == [
        ("numerator", "People seen must be a number, like 30"),
        ("denominator", "People referred must be a number, like 30"),
        ("comment", "Comment must be 2,000 characters or fewer"),
    ]


def test_the_part_that_is_missing_is_asked_for_beside_the_one_that_is_wrong():
    read = read_cell(CellText(numerator="84%"), COUNT)
    assert [(fault.message, fault.is_missing) for fault in read.faults] == [
        ("84% is a percentage: enter the count (people seen)", False),
        ("Enter people referred", True),
    ]


def test_a_readable_figure_is_read_whatever_is_wrong_with_the_words_beside_it():
    read = read_cell(CellText(numerator="45", denominator="50", change_reason="x" * 501), COUNT)
    assert (read.value, read.error) == (90, "Reason must be 500 characters or fewer")


def test_both_dates_of_a_milestone_are_named_together():
    assert faults(MILESTONE, milestone_status="on_track", forecast="soon", completed="no") == [
        ("forecast", "Expected date must be a real date, like 13/02/2026"),
        ("completed", "Date it was done must be a real date, like 13/02/2026"),
    ]


@pytest.mark.parametrize("gap", [" ", "\u00a0", "\u2009", "\u202f"])
def test_thousands_may_be_set_apart_by_any_space(gap):
    read = read_cell(CellText(numerator=f"1{gap}234", denominator=f"12{gap}340"), COUNT)
    assert (read.numerator, read.denominator, read.faults) == (1234, 12340, ())
