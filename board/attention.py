"""What needs the board's attention, in what order. Pure.

At most six: (a) concerning and off target, expect-to-miss first, then by gap ÷ tolerance;
(b) a late milestone with no new date; (c) no data for three periods or more; (d) off target and
expected to miss; (e) other off target. What was left out is counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum

from kpis.rag import Rag
from kpis.standing import Standing

MOST = 6
PERIODS_WITHOUT_DATA = 3


class Reason(IntEnum):
    """Why a row is on the list, most urgent first."""

    CONCERNING_AND_OFF = 1
    LATE_MILESTONE = 2
    NO_DATA = 3
    OFF_AND_EXPECTED_TO_MISS = 4
    OFF = 5


@dataclass(frozen=True, slots=True)
class Candidate:
    """A row of the board page, as far as its urgency goes."""

    key: str
    standing: Standing
    is_milestone: bool
    periods_missing: int = 0


@dataclass(frozen=True, slots=True)
class Attention:
    """A row that needs attention, and why."""

    key: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class AttentionList:
    """The rows shown, and those left out, ranked too."""

    shown: tuple[Attention, ...]
    rest: tuple[Attention, ...] = ()

    @property
    def total(self) -> int:
        return len(self.shown) + len(self.rest)

    @property
    def left_out(self) -> int:
        return len(self.rest)


def rank(candidates: Sequence[Candidate]) -> AttentionList:
    """The list, ranked; ties keep the order of the page."""
    found = []
    for place, candidate in enumerate(candidates):
        reason = reason_of(candidate)
        if reason is not None:
            fails = candidate.standing.assurance == "fail"
            found.append(((reason, not fails, -_gap(candidate.standing), place), candidate, reason))
    found.sort(key=lambda row: row[0])
    ranked = tuple(Attention(candidate.key, reason) for _, candidate, reason in found)
    return AttentionList(ranked[:MOST], ranked[MOST:])


def reason_of(candidate: Candidate) -> Reason | None:
    """Why a promise needs the board: the gravest reason that holds, or None."""
    standing = candidate.standing
    if candidate.is_milestone and standing.rag is Rag.RED:
        return Reason.LATE_MILESTONE if not standing.forecast_on else Reason.OFF
    if standing.rag in (Rag.LATE, Rag.NO_DATA):
        return Reason.NO_DATA if candidate.periods_missing >= PERIODS_WITHOUT_DATA else None
    if standing.rag is not Rag.RED:
        return None
    if standing.variation.startswith("concern"):
        return Reason.CONCERNING_AND_OFF
    return Reason.OFF_AND_EXPECTED_TO_MISS if standing.assurance == "fail" else Reason.OFF


def _gap(standing: Standing) -> Decimal:
    """How far off in tolerances: the gap ÷ the distance between target and floor."""
    target = standing.target
    if target is None or target.variance is None:
        return Decimal(0)
    gap = abs(target.variance)
    if target.floor is None or target.value is None or target.floor == target.value:
        return gap * 1000
    return gap / abs(target.value - target.floor)
