"""When a comment is asked for, and what a cell of the matrix means."""

import itertools

import pytest

from kpis.judging.comments_asked import (
    Earlier,
    NarrativeReason,
    explained_already,
    matrix_cell,
    narrative_asked,
)
from kpis.rag import Rag

VARIATIONS = (
    "common_cause",
    "concern_high",
    "concern_low",
    "improvement_high",
    "improvement_low",
    "neutral_high",
    "neutral_low",
    "none",
)
ASSURANCES = ("pass", "inconsistent", "fail", "none")
SPECIAL, CHANGED, FAILS = (
    NarrativeReason.SPECIAL_CAUSE,
    NarrativeReason.CHANGE_OF_STATUS,
    NarrativeReason.CONSISTENTLY_FAILS,
)


@pytest.mark.parametrize(
    ("rag", "previous", "variation", "assurance", "reasons"),
    [
        # Not every month: without anything new, no comment is asked for.
        (Rag.RED, Rag.RED, "common_cause", "inconsistent", ()),
        (Rag.GREEN, Rag.GREEN, "common_cause", "pass", ()),
        (Rag.RED, Rag.RED, "none", "none", ()),
        # A special cause, for better or worse; a changed status; a process that fails.
        (Rag.GREEN, Rag.GREEN, "concern_low", "pass", (SPECIAL,)),
        (Rag.GREEN, Rag.GREEN, "improvement_high", "pass", (SPECIAL,)),
        (Rag.NO_TARGET, Rag.NO_TARGET, "concern_high", "none", (SPECIAL,)),
        (Rag.NO_TARGET, Rag.NO_TARGET, "neutral_high", "none", ()),
        (Rag.AMBER, Rag.GREEN, "common_cause", "inconsistent", (CHANGED,)),
        (Rag.BLUE, Rag.GREEN, "none", "none", (CHANGED,)),
        (Rag.RED, Rag.RED, "common_cause", "fail", (FAILS,)),
        (Rag.RED, Rag.AMBER, "concern_low", "fail", (SPECIAL, CHANGED, FAILS)),
        # A first colour is no change; without a value there is nothing to comment on.
        (Rag.RED, None, "none", "none", ()),
        (Rag.RED, Rag.LATE, "none", "none", ()),
        (Rag.LATE, Rag.RED, "concern_low", "fail", ()),
    ],
)
def test_a_comment_is_asked_for_when_there_is_something_to_say(
    rag, previous, variation, assurance, reasons
):
    found = narrative_asked(rag, previous_rag=previous, variation=variation, assurance=assurance)
    assert found.reasons == reasons
    assert found.is_asked is bool(reasons) is bool(found.question)


@pytest.mark.parametrize("variation", ["neutral_high", "neutral_low"])
def test_a_neutral_measure_is_never_asked_to_reach_a_target(variation):
    for assurance in ASSURANCES:
        assert not narrative_asked(Rag.GREEN, variation=variation, assurance=assurance).is_asked


def test_what_was_explained_is_not_asked_again():
    found = narrative_asked(
        Rag.RED,
        previous_rag=Rag.RED,
        variation="concern_low",
        assurance="fail",
        already_explained=[FAILS],
    )
    assert found.reasons == (SPECIAL,)
    assert found.question.startswith("Off target: say why, and what you are doing about it.")


@pytest.mark.parametrize(
    ("earlier", "reasons"),
    [
        # Explained last month, and two months ago with nothing between that ended it.
        ([("concern_low", "fail", True)], {SPECIAL, FAILS}),
        ([("concern_low", "fail", False), ("concern_low", "fail", True)], {SPECIAL, FAILS}),
        # The signal ended in between, the failing did not.
        ([("common_cause", "fail", False), ("concern_low", "fail", True)], {FAILS}),
        ([("concern_low", "fail", False)], set()),
        ([], set()),
    ],
)
def test_a_cause_explained_since_it_began_does_not_ask_again(earlier, reasons):
    assert explained_already("concern_low", "fail", [Earlier(*row) for row in earlier]) == reasons


def test_the_matrix_ranks_worst_first():
    assert matrix_cell("concern_high", "fail").rank == 1
    assert matrix_cell("improvement_low", "pass").rank == 5
    assert matrix_cell("none", "none") is None
    assert matrix_cell("neutral_low", "fail") == matrix_cell("neutral_high", "none")
    for variation, assurance in itertools.product(VARIATIONS[:-1], ASSURANCES):
        cell = matrix_cell(variation, assurance)
        assert 1 <= cell.rank <= 5
    # Short of the target is never "no action", whatever the trend.
    assert all(matrix_cell(v, "fail").rank <= 2 for v in VARIATIONS[:5])
