"""When a comment on a measure is asked for, and what each cell of the variation × assurance matrix
means. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from kpis.judging.claims import Movement, check_words, movement_of
from kpis.rag import Rag


class NarrativeReason(StrEnum):
    """Why a comment is asked for."""

    SPECIAL_CAUSE = "special_cause"
    CHANGE_OF_STATUS = "change_of_status"
    CONSISTENTLY_FAILS = "consistently_fails"


@dataclass(frozen=True, slots=True)
class NarrativeAsked:
    """Whether a comment is asked for this period, why, and in what words."""

    reasons: tuple[NarrativeReason, ...] = ()
    question: str = ""

    @property
    def is_asked(self) -> bool:
        return bool(self.reasons)


_QUESTIONS = {
    NarrativeReason.SPECIAL_CAUSE: "This is more than chance: say what caused it",
    NarrativeReason.CHANGE_OF_STATUS: "The status has changed: say why",
    NarrativeReason.CONSISTENTLY_FAILS: (
        "The usual range misses the target: say what will be redesigned, by whom, by when"
    ),
}


_BETTER_OR_WORSE = (Movement.IMPROVING, Movement.COMMON_CAUSE, Movement.CONCERNING)


def narrative_asked(
    rag: Rag,
    *,
    previous_rag: Rag | None = None,
    variation: str = "none",
    assurance: str = "none",
    already_explained: Collection[NarrativeReason] = (),
    has_met: bool = False,
) -> NarrativeAsked:
    """Ask for a comment on a special cause, a change of status, or a process that consistently
    fails.

    A reason that was explained since it arose does not ask again. Without a value there is nothing
    to comment on, and a first or regained colour is not a change. A comment is never required for a
    measure without a better direction. A process that `has_met` its target lately does not
    consistently fail it, whatever its limits say.
    """
    check_words(assurance)
    rag, movement = Rag(rag), movement_of(variation)
    if not rag.has_reading and rag is not Rag.BLUE:
        return NarrativeAsked()
    changed = previous_rag is not None and rag.is_coloured and Rag(previous_rag).is_coloured
    holds = {
        NarrativeReason.SPECIAL_CAUSE: movement in (Movement.IMPROVING, Movement.CONCERNING),
        NarrativeReason.CHANGE_OF_STATUS: changed and rag != previous_rag,
        NarrativeReason.CONSISTENTLY_FAILS: (
            assurance == "fail" and not has_met and movement in _BETTER_OR_WORSE
        ),
    }
    reasons = tuple(r for r, holding in holds.items() if holding and r not in already_explained)
    question = ". ".join(_QUESTIONS[reason] for reason in reasons)
    if reasons and rag is Rag.RED:
        question = f"Off target: say why, and what you are doing about it. {question}"
    return NarrativeAsked(reasons, f"{question}." if question else "")


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier window as its chart reads now, and whether somebody commented on it then."""

    variation: str
    assurance: str
    is_explained: bool


def explained_already(
    variation: str, assurance: str, earlier: Iterable[Earlier]
) -> set[NarrativeReason]:
    """The causes that somebody has explained since they began, so that they do not ask again.

    `earlier` are the windows of the six months before, the latest first: a cause that lasts longer
    asks anew. A change of status is of one window only.
    """
    found: set[NarrativeReason] = set()
    lasting = {NarrativeReason.SPECIAL_CAUSE, NarrativeReason.CONSISTENTLY_FAILS}
    for window in earlier:
        if window.variation != variation:
            lasting.discard(NarrativeReason.SPECIAL_CAUSE)
        if window.assurance != assurance:
            lasting.discard(NarrativeReason.CONSISTENTLY_FAILS)
        if not lasting:
            break
        if window.is_explained:
            found |= lasting
            lasting = set()
    return found


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """What a cell of the variation × assurance matrix means: 1 first page … 5 listed only."""

    rank: int
    meaning: str


_MATRIX = {
    (Movement.IMPROVING, "pass"): MatrixCell(
        5,
        "Unusual for the better, and the whole usual range meets the target. Record what was done "
        "and share it.",
    ),
    (Movement.IMPROVING, "inconsistent"): MatrixCell(
        4, "Unusual for the better; the target lies within the usual range."
    ),
    (Movement.IMPROVING, "fail"): MatrixCell(
        2, "Unusual for the better, yet the whole usual range misses the target."
    ),
    (Movement.IMPROVING, "none"): MatrixCell(4, "Unusual for the better. Say what caused it."),
    (Movement.COMMON_CAUSE, "pass"): MatrixCell(
        5, "Within its usual range, all of which meets the target."
    ),
    (Movement.COMMON_CAUSE, "inconsistent"): MatrixCell(
        3, "Within its usual range, and the target lies in it too."
    ),
    (Movement.COMMON_CAUSE, "fail"): MatrixCell(
        2, "Within its usual range, all of which misses the target."
    ),
    (Movement.COMMON_CAUSE, "none"): MatrixCell(5, "Within its usual range."),
    (Movement.CONCERNING, "pass"): MatrixCell(
        3,
        "Unusual for the worse, though the whole usual range meets the target. Find the cause.",
    ),
    (Movement.CONCERNING, "inconsistent"): MatrixCell(
        2, "Unusual for the worse; the target lies within the usual range."
    ),
    (Movement.CONCERNING, "fail"): MatrixCell(
        1, "Unusual for the worse, and the whole usual range misses the target."
    ),
    (Movement.CONCERNING, "none"): MatrixCell(2, "Unusual for the worse."),
    (Movement.NEUTRAL, "none"): MatrixCell(
        4, "Unusually high or low. Say whether it was expected."
    ),
}


def matrix_cell(variation: str, assurance: str) -> MatrixCell | None:
    """The cell of a measure, or None when it is not assessed yet."""
    check_words(assurance)
    movement = movement_of(variation)
    tested = "none" if movement is Movement.NEUTRAL else assurance
    return _MATRIX.get((movement, tested))
