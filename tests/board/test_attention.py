"""What needs the board's attention, in what order, and the sentence that says why."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from board.home.attention import MOST, Candidate, Reason, gap, rank, reason_of
from board.home.wording import said_of
from kpis.judging.process import Process
from kpis.judging.status import Standing, TargetShown
from kpis.judging.terms import MeasureTerms
from kpis.plans.status import PromiseRow
from kpis.rag import Rag
from strategy.periods import Month
from tests.factories.measures import MeasureFactory, TargetFactory

JULY = Month(2025, 7).period
TARGET = TargetShown(
    pk=1,
    code="t",
    plan="p",
    role="commitment",
    operator="ge",
    is_primary=True,
    rag=Rag.RED,
    value=Decimal(95),
    floor=Decimal(90),
    variance=Decimal(-10),
)
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


LONG_SILENT = replace(LATE, rag=Rag.NO_DATA)


def candidate(key: str, standing: Standing, **more) -> Candidate:
    return Candidate(key=key, standing=standing, **{"measure": key, **more})


def off_by(variance: str, **target) -> Standing:
    """A row that is off target by this much; the target is 95 unless given."""
    return replace(RED, target=replace(TARGET, variance=Decimal(variance), **target))


@pytest.mark.parametrize(
    ("standing", "more", "reason"),
    [
        (CONCERN, {}, Reason.CONCERNING_AND_OFF),
        (replace(CONCERN, variation="concern_high"), {}, Reason.CONCERNING_AND_OFF),
        (MISSED, {}, Reason.OFF_AND_EXPECTED_TO_MISS),
        (RED, {}, Reason.OFF),
        (RED, {"is_milestone": True}, Reason.LATE_MILESTONE),
        (replace(RED, forecast_on=date(2025, 9, 1)), {"is_milestone": True}, Reason.OFF),
        (LATE, {"periods_missing": 3}, None),
        (LONG_SILENT, {"periods_missing": 4}, None),
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
        candidate("expected to miss, further off", replace(MISSED, target=far.target)),
        candidate("late milestone", RED, is_milestone=True),
        candidate("concerning", CONCERN),
        candidate("concerning, further off", far),
        candidate("concerning, expected to miss", replace(CONCERN, assurance="fail")),
        candidate("fine", replace(RED, rag=Rag.GREEN)),
    ]
    found = rank(rows)
    assert [item.key for item in found.shown] == [
        "concerning, expected to miss",
        "concerning, further off",
        "concerning",
        "late milestone",
        "expected to miss, further off",
        "expected to miss",
    ]
    assert [item.key for item in found.rest] == ["off"]
    assert (len(found.shown), found.left_out, found.total) == (MOST, 1, 7)


def test_a_measure_stands_once_by_its_gravest_promise_and_says_how_many_it_misses():
    rows = [
        candidate("a/1", RED, measure="a"),
        candidate("b/1", MISSED, measure="b"),
        candidate("a/2", replace(CONCERN), measure="a"),
        candidate("a/3", off_by("-30"), measure="a"),
        *(candidate(f"c/{number}", RED, measure="c") for number in range(9)),
    ]
    found = rank(rows)
    assert [(item.key, item.promises) for item in found.shown] == [
        ("a/2", 3),
        ("b/1", 1),
        ("c/0", 9),
    ]
    assert (found.total, found.left_out) == (3, 0)


def test_what_has_no_data_takes_no_place_and_shares_one_line():
    """The one with the latest figure first; measures that were never reported are only counted."""
    old = replace(LONG_SILENT, latest=replace(RED, period=Month(2017, 3).period))
    never = replace(LONG_SILENT, latest=None)
    rows = [
        candidate("old/1", old, measure="old", periods_missing=100),
        candidate("old/2", old, measure="old", periods_missing=100),
        candidate("late", LATE, periods_missing=4),
        candidate("a month late", LATE, periods_missing=2),
        candidate("not due", replace(LATE, rag=Rag.NOT_DUE), periods_missing=4),
        candidate("never/1", never, measure="never"),
        candidate("never/2", never, measure="never"),
        candidate("off", RED),
    ]
    found = rank(rows)
    assert [item.key for item in found.shown] == ["off"]
    assert found.without_data == ("late", "old/1")
    assert (found.never_reported, found.total) == (("never/1",), 1)


@pytest.mark.parametrize(
    ("row", "tolerances"),
    [
        (candidate("to its floor", off_by("-10")), 2),
        (candidate("lower is better", off_by("10", operator="le", floor=Decimal(100))), 2),
        (candidate("no floor", off_by("-19", floor=None)), 4),
        (candidate("a floor on the met side gives none", off_by("-19", floor=Decimal(96))), 4),
        (candidate("a floor at the target gives none", off_by("-19", floor=Decimal(95))), 4),
        (
            candidate("a band's floor is a distance", off_by("-9", floor=Decimal(3)), is_band=True),
            3,
        ),
        (candidate("by its operator", off_by("9", operator="between", floor=Decimal(3))), 3),
        (
            candidate(
                "thousands of pounds",
                off_by("-1330", value=Decimal(-2800), floor=None),
            ),
            Decimal("9.5"),
        ),
        (
            candidate(
                "0, by what it usually is",
                replace(off_by("38", value=Decimal(0), floor=None), value=Decimal(38)),
                usual=Decimal(40),
            ),
            19,
        ),
        (
            candidate(
                "0, by what it is",
                replace(off_by("38", value=Decimal(0), floor=None), value=Decimal(38)),
            ),
            20,
        ),
        (
            candidate(
                "0, judged on a longer span",
                replace(
                    off_by("90", value=Decimal(0), floor=None),
                    value=Decimal(30),
                    judged_value=Decimal(90),
                ),
            ),
            20,
        ),
        (candidate("a share of the year", off_by("-4", value=Decimal(40), floor=Decimal(38))), 2),
        (candidate("no target", replace(RED, target=None)), 0),
    ],
    ids=lambda value: getattr(value, "key", ""),
)
def test_a_gap_counts_in_tolerances_never_in_raw_size(row, tolerances):
    assert gap(row) == tolerances


def test_placements_outrank_a_smaller_miss_of_thousands_and_ties_keep_the_page():
    pounds = candidate("pounds", off_by("-500", value=Decimal(-2800), floor=None))
    placements = candidate(
        "placements",
        replace(off_by("38", value=Decimal(0), floor=None), value=Decimal(38)),
        usual=Decimal(38),
    )
    tied = [candidate("first", RED), candidate("second", RED)]
    found = rank([*tied, pounds, placements])
    assert [item.key for item in found.shown] == ["placements", "pounds", "first", "second"]


def promise(standing: Standing, **terms) -> PromiseRow:
    measure = MeasureFactory.build(code="seen", name="Seen", **{"unit": "percent", **terms})
    target = TargetFactory.build(measure=measure, care_group=None)
    return PromiseRow(target, None, standing, standing)


def sentence(row: PromiseRow) -> str:
    said = said_of(row.standing, row.terms)
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
            "Seen is at 85% against 95%. The target was met in two of the last 24 months.",
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
            "months, since December 2024. The target was met in none of the last 24 months.",
        ),
        (
            promise(
                replace(
                    RED,
                    value=None,
                    milestone_status="off_track",
                    target=replace(TARGET, due_on=date(2025, 5, 31)),
                ),
                kind="milestone",
                unit="",
                direction="neutral",
            ),
            "Seen is 2 months late. No new date has been agreed.",
        ),
        (
            promise(
                replace(
                    RED,
                    value=None,
                    milestone_status="on_track",
                    target=replace(TARGET, due_on=date(2025, 7, 15)),
                ),
                kind="milestone",
                unit="",
                direction="neutral",
            ),
            "Seen is overdue. No new date has been agreed.",
        ),
        (
            promise(
                replace(
                    RED,
                    value=None,
                    milestone_status="off_track",
                    target=None,
                    forecast_on=date(2025, 10, 1),
                ),
                kind="milestone",
                unit="",
                direction="neutral",
            ),
            "Seen is off track. Now expected in Oct 2025.",
        ),
    ],
)
def test_the_sentence_says_where_it_stands_and_why_that_matters(row, said):
    assert sentence(row) == said


def test_a_promise_that_nobody_counts_has_no_sentence():
    row = PromiseRow(TargetFactory.build(measure=None, care_group=None), None, RED, RED)
    with pytest.raises(ValueError, match="no figure to speak of"):
        said_of(row.standing, row.terms)
