"""What needs the board's attention, in what order, and the sentence that says why."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from board.attention import MOST, Candidate, Reason, rank, reason_of
from board.attention_words import said_of
from kpis.assessing import MeasureTerms
from kpis.process import Process
from kpis.promises import PromiseRow
from kpis.rag import Rag
from kpis.standing import Standing, TargetShown
from strategy.periods import Month
from tests.factories.measures import MeasureFactory, TargetFactory

JULY = Month(2025, 7).period
TARGET = TargetShown(
    pk=1, code="t", plan="p", role="commitment", operator="ge", is_primary=True, rag=Rag.RED,
    value=Decimal(95), floor=Decimal(90), variance=Decimal(-10),
)  # fmt: skip
RED = Standing(period=JULY, rag=Rag.RED, value=Decimal(85), target=TARGET)
CONCERN = replace(RED, variation="concern_low", assurance="inconsistent")
MISSED = replace(
    RED,
    variation="common_cause",
    assurance="fail",
    limits_status="ok",
    points_in_segment=40,
    process=Process(
        rests_on=40,
        segment_from=date(2022, 4, 1),
        tested=24,
        tested_from=date(2023, 8, 1),
        one_target=True,
    ),
)
LATE = Standing(period=JULY, rag=Rag.LATE, latest=replace(RED, period=Month(2025, 3).period))


def candidate(key: str, standing: Standing, **more) -> Candidate:
    return Candidate(key=key, standing=standing, **{"is_milestone": False, **more})


@pytest.mark.parametrize(
    ("standing", "more", "reason"),
    [
        (CONCERN, {}, Reason.CONCERNING_AND_OFF),
        (replace(CONCERN, variation="concern_high"), {}, Reason.CONCERNING_AND_OFF),
        (MISSED, {}, Reason.OFF_AND_EXPECTED_TO_MISS),
        (RED, {}, Reason.OFF),
        (RED, {"is_milestone": True}, Reason.LATE_MILESTONE),
        (replace(RED, forecast_on=date(2025, 9, 1)), {"is_milestone": True}, Reason.OFF),
        (LATE, {"periods_missing": 3}, Reason.NO_DATA),
        (LATE, {"periods_missing": 2}, None),
        (replace(LATE, rag=Rag.NO_DATA), {"periods_missing": 4}, Reason.NO_DATA),
        (replace(CONCERN, rag=Rag.AMBER), {}, None),
        (replace(CONCERN, rag=Rag.GREEN), {}, None),
        (replace(RED, rag=Rag.INCOMPLETE), {}, None),
        (replace(RED, rag=Rag.NOT_DUE), {"periods_missing": 9}, None),
    ],
)
def test_why_a_row_is_on_the_list(standing, more, reason):
    assert reason_of(candidate("x", standing, **more)) == reason


def test_the_most_urgent_come_first_and_the_rest_are_counted():
    far = replace(CONCERN, target=replace(TARGET, variance=Decimal(-20)))
    rows = [
        candidate("off", RED),
        candidate("expected to miss", MISSED),
        candidate("no data", LATE, periods_missing=3),
        candidate("late milestone", RED, is_milestone=True),
        candidate("concerning", CONCERN),
        candidate("concerning, further off", far),
        candidate("concerning, expected to miss", replace(CONCERN, assurance="fail")),
        candidate("fine", replace(RED, rag=Rag.GREEN)),
    ]
    found = rank(rows)
    assert [item.key for item in found.shown] == [
        "concerning, expected to miss", "concerning, further off", "concerning",
        "late milestone", "no data", "expected to miss",
    ]  # fmt: skip
    assert [item.key for item in found.rest] == ["off"]
    assert (len(found.shown), found.left_out, found.total) == (MOST, 1, 7)


def test_ties_keep_the_order_of_the_page_and_a_gap_counts_in_tolerances():
    narrow = replace(RED, target=replace(TARGET, floor=Decimal(94), variance=Decimal(-4)))
    without_floor = replace(RED, target=replace(TARGET, floor=None, variance=Decimal(-1)))
    without_target = replace(RED, target=None)
    found = rank(
        [
            candidate("first", RED), candidate("second", RED), candidate("narrow", narrow),
            candidate("no floor", without_floor), candidate("no target", without_target),
        ]
    )  # fmt: skip
    assert [item.key for item in found.shown] == [
        "no floor", "narrow", "first", "second", "no target",
    ]  # fmt: skip


def promise(standing: Standing, *, periods_missing: int = 0, **terms) -> PromiseRow:
    measure = MeasureFactory.build(code="seen", name="Seen", **{"unit": "percent", **terms})
    target = TargetFactory.build(measure=measure, care_group=None)
    return PromiseRow(target, None, standing, standing, periods_missing=periods_missing)


def sentence(row: PromiseRow) -> str:
    said = said_of(row)
    return f"Seen {said.opening} {said.figure}{said.rest}"


def test_the_terms_of_a_measure_are_those_of_its_row():
    assert isinstance(promise(RED).terms, MeasureTerms)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (promise(RED), "Seen is at 85% against 95%."),
        (
            promise(MISSED),
            "Seen is at 85% against 95%. That is its usual range: only a change to the "
            "process will reach the target.",
        ),
        (
            promise(replace(MISSED, process=replace(MISSED.process, met=2, outside=9))),
            "Seen is at 85% against 95%. The target of 95% was met in two of the last 24 months.",
        ),
        (
            promise(
                replace(
                    MISSED,
                    variation="concern_low",
                    special_cause="7 Points Below CL",
                    process=replace(MISSED.process, run=8, signal_from=date(2024, 12, 1), moves=-1),
                )
            ),
            "Seen is at 85% against 95%. Getting worse: falling, and below average for eight "
            "months, since December 2024. The target of 95% was met in none of the last 24 months.",
        ),
        (
            promise(LATE, periods_missing=4),
            "Seen has had no data for 4 months. It was 85% in Mar 2025 against 95%; we "
            "cannot say where it is now.",
        ),
        (
            promise(
                replace(LATE, latest=replace(LATE.latest, target=replace(TARGET, value=None))),
                periods_missing=4,
            ),
            "Seen has had no data for 4 months. It was 85% in Mar 2025; we cannot say where it "
            "is now.",
        ),
        (
            promise(replace(LATE, latest=None), periods_missing=1),
            "Seen has had no data for 1 month. No figure has been recorded yet.",
        ),
        (
            promise(
                replace(
                    RED, value=None, milestone_status="off_track",
                    target=replace(TARGET, due_on=date(2025, 5, 31)),
                ),
                kind="milestone", unit="", direction="neutral",
            ),
            "Seen is 2 months late. No new date has been agreed.",
        ),
        (
            promise(
                replace(
                    RED, value=None, milestone_status="off_track", target=None,
                    forecast_on=date(2025, 10, 1),
                ),
                kind="milestone", unit="", direction="neutral",
            ),
            "Seen is off track. Now expected in Oct 2025.",
        ),
    ],
)  # fmt: skip
def test_the_sentence_says_where_it_stands_and_why_that_matters(row, said):
    assert sentence(row) == said


def test_a_promise_that_nobody_counts_has_no_sentence():
    row = PromiseRow(TargetFactory.build(measure=None, care_group=None), None, RED, RED)
    with pytest.raises(ValueError, match="no figure to speak of"):
        said_of(row)
