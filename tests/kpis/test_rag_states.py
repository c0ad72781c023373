"""Milestones, and the reasons for having no colour."""

from datetime import date

import pytest

from board.summary.page import WORST_FIRST
from kmpt_tracker.ui.components import STATUS
from kpis.plans import counts
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


def test_a_status_has_its_look_and_its_place_wherever_all_are_listed():
    assert set(STATUS) == set(WORST_FIRST) == set(Rag)
    counted = {reason for reason in counts._SPLIT if isinstance(reason, Rag)}
    assert counted == {rag for rag in Rag if not rag.is_coloured}
