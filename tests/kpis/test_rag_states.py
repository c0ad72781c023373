"""Milestones, and the reasons for having no colour."""

from datetime import date

import pytest

from kpis.rag import (
    MilestoneStatus,
    Rag,
    judge_milestone,
)

DUE, BEFORE, AFTER = date(2026, 3, 31), date(2026, 3, 30), date(2026, 4, 1)


@pytest.mark.parametrize(
    ("status", "forecast", "completed", "due", "on", "rag"),
    [
        (MilestoneStatus.COMPLETE, None, BEFORE, DUE, DUE, Rag.BLUE),
        (MilestoneStatus.COMPLETE, None, AFTER, DUE, AFTER, Rag.BLUE),
        (MilestoneStatus.COMPLETE, None, None, DUE, AFTER, Rag.BLUE),
        (MilestoneStatus.COMPLETE, None, DUE, DUE, BEFORE, Rag.GREEN),
        (MilestoneStatus.COMPLETE, None, AFTER, DUE, BEFORE, Rag.AMBER),
        (MilestoneStatus.ON_TRACK, None, None, DUE, DUE, Rag.GREEN),
        (MilestoneStatus.ON_TRACK, None, None, DUE, AFTER, Rag.RED),
        (MilestoneStatus.ON_TRACK, AFTER, None, DUE, BEFORE, Rag.AMBER),
        (MilestoneStatus.ON_TRACK, DUE, None, DUE, BEFORE, Rag.GREEN),
        (MilestoneStatus.ON_TRACK, AFTER, None, None, BEFORE, Rag.GREEN),
        (MilestoneStatus.AT_RISK, None, None, DUE, BEFORE, Rag.AMBER),
        (MilestoneStatus.AT_RISK, None, None, DUE, AFTER, Rag.RED),
        (MilestoneStatus.OFF_TRACK, None, None, DUE, BEFORE, Rag.RED),
        (MilestoneStatus.NOT_STARTED, None, None, DUE, BEFORE, Rag.NOT_DUE),
        (MilestoneStatus.NOT_STARTED, AFTER, None, DUE, BEFORE, Rag.AMBER),
        (MilestoneStatus.NOT_STARTED, None, None, DUE, AFTER, Rag.RED),
    ],
)
def test_milestones_are_blue_green_amber_or_red(status, forecast, completed, due, on, rag):
    found = judge_milestone(status, forecast_on=forecast, completed_on=completed, due_on=due, on=on)
    assert found is rag


def test_uncoloured_states_stand_in_their_order_of_precedence():
    assert [state.value for state in Rag if not state.is_coloured] == [
        "no_measure",
        "not_applicable",
        "suppressed",
        "not_due",
        "late",
        "no_data",
        "incomplete",
        "needs_baseline",
        "no_target",
    ]
