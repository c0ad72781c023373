"""Since when a series signals as it does at the window shown."""

from dataclasses import replace

import pytest

from kpis.rag import Rag
from kpis.standing import Standing, signal_began
from strategy.periods import Month, Period

START = Month(2025, 1)


def windows(*variations, segment=0, step=1):
    return [
        Standing(
            period=Period.spanning(START.plus(step * place), START.plus(step * place + step - 1)),
            rag=Rag.NO_DATA if variation == "gap" else Rag.GREEN,
            variation="none" if variation == "gap" else variation,
            spc_segment=segment,
        )
        for place, variation in enumerate(variations)
    ]


@pytest.mark.parametrize(
    ("variations", "began"),
    [
        (["common_cause", "concern_low", "concern_low"], Month(2025, 2)),
        (["concern_low"], Month(2025, 1)),
        (["concern_low", "common_cause", "concern_low"], Month(2025, 3)),
        (["concern_low", "gap", "concern_low"], Month(2025, 3)),
        (["improvement_high", "concern_low", "concern_low"], Month(2025, 2)),
        (["concern_low", "common_cause"], None),
        (["concern_low", "gap"], None),
    ],
    ids=str,
)
def test_a_signal_began_with_the_first_unbroken_window(variations, began):
    listed = windows(*variations)
    assert signal_began(listed[-1], listed) == began


def test_a_window_that_was_never_recorded_breaks_a_signal():
    first, _, last = windows(*["concern_low"] * 3)
    assert signal_began(last, [first, last]) == Month(2025, 3)


def test_a_recalculation_of_limits_breaks_a_signal():
    listed = windows(*["concern_low"] * 4)
    listed[:2] = [replace(window, spc_segment=1) for window in listed[:2]]
    assert signal_began(listed[-1], listed) == Month(2025, 3)


def test_later_windows_and_yearly_totals_are_passed_over():
    listed = windows(*["neutral_high"] * 12)
    year = replace(listed[0], period=Period.spanning(START, START.plus(11)), variation="none")
    assert signal_began(listed[5], [*listed[:11], year, listed[11]]) == Month(2025, 1)
    assert signal_began(listed[11], [*listed[:11], year, listed[11]]) == Month(2025, 1)


def test_a_quarter_is_named_by_its_last_month():
    listed = windows("common_cause", "concern_high", "concern_high", step=3)
    assert signal_began(listed[-1], listed) == Month(2025, 6)
