"""Ranks what needs the board's attention. Pure.

At most six: (a) concerning and off target, expected to miss first, then by gap ÷ tolerance;
(b) a late milestone with no new date; (c) off target and expected to miss; (d) other off target.
A measure is listed once, by the most serious of its promises. Measures without data for three
periods or more are not among the six: they share one line, and those off target at a level that
the board accepts share another. What was left out is counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum

from kpis.judging.status import Standing, TargetShown
from kpis.rag import Rag

MOST = 6
PERIODS_WITHOUT_DATA = 3
# The share of a target's size that its gap is divided by, where it has no tolerance of its own.
SHARE_OF_SIZE = Decimal("0.05")


class Reason(IntEnum):
    """Why a row is on the list, most urgent first."""

    CONCERNING_AND_OFF = 1
    LATE_MILESTONE = 2
    OFF_AND_EXPECTED_TO_MISS = 3
    OFF = 4


@dataclass(frozen=True, slots=True)
class Candidate:
    """A promise on the page, with what decides its urgency.

    `usual` is the mean of the measure's last twelve windows: the scale for a gap to a target of 0.
    `is_accepted`: the board accepts the figure for now, off target as it is.
    """

    key: str
    measure: str
    standing: Standing
    is_milestone: bool = False
    is_band: bool = False
    periods_missing: int = 0
    usual: Decimal | None = None
    is_accepted: bool = False


@dataclass(frozen=True, slots=True)
class Attention:
    """A measure that needs attention, the reason, and the promise that it is listed for."""

    key: str
    reason: Reason
    promises: int = 1


@dataclass(frozen=True, slots=True)
class AttentionList:
    """The measures shown, the ranked ones left out, and those without data.

    Measures without data are named by one promise each: those with an old figure, most recent
    first, and those that are due but have never had a figure of their own frequency. So are those
    that are off target at a level which the board accepts.
    """

    shown: tuple[Attention, ...]
    rest: tuple[Attention, ...] = ()
    without_data: tuple[str, ...] = ()
    never_reported: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        return len(self.shown) + len(self.rest)

    @property
    def left_out(self) -> int:
        return len(self.rest)


def rank(candidates: Sequence[Candidate]) -> AttentionList:
    """The ranked list; ties keep the order of the page."""
    found = []
    accepted: dict[str, str] = {}
    for place, candidate in enumerate(candidates):
        reason = reason_of(candidate)
        if reason is not None and candidate.is_accepted:
            accepted.setdefault(candidate.measure, candidate.key)
        elif reason is not None:
            fails = candidate.standing.assurance == "fail"
            found.append(((reason, not fails, -gap(candidate), place), candidate, reason))
    found.sort(key=lambda row: row[0])
    # The rows are sorted, so a measure is listed for its first, most serious promise.
    gravest: dict[str, Attention] = {}
    for _, candidate, reason in found:
        held = gravest.get(candidate.measure)
        gravest[candidate.measure] = (
            Attention(held.key, held.reason, held.promises + 1)
            if held
            else Attention(candidate.key, reason)
        )
    ranked = tuple(gravest.values())
    return AttentionList(
        ranked[:MOST],
        ranked[MOST:],
        _without_data(candidates, listed=set(gravest)),
        _never_reported(candidates),
        tuple(key for measure, key in accepted.items() if measure not in gravest),
    )


def reason_of(candidate: Candidate) -> Reason | None:
    """The most serious reason why a promise needs attention, or None."""
    standing = candidate.standing
    if standing.rag is not Rag.RED:
        return None
    if candidate.is_milestone:
        return Reason.OFF if standing.forecast_on else Reason.LATE_MILESTONE
    if standing.variation.startswith("concern"):
        return Reason.CONCERNING_AND_OFF
    return Reason.OFF_AND_EXPECTED_TO_MISS if standing.assurance == "fail" else Reason.OFF


def _without_data(candidates: Iterable[Candidate], *, listed: set[str]) -> tuple[str, ...]:
    """Measures whose last figure is too old to describe their present status."""
    silent: dict[str, tuple[int, str]] = {}
    for candidate in candidates:
        is_long = candidate.periods_missing >= PERIODS_WITHOUT_DATA
        if (
            candidate.standing.rag.is_overdue
            and candidate.standing.latest is not None
            and is_long
            and candidate.measure not in listed
        ):
            latest = candidate.standing.latest.period.last_month
            age = candidate.standing.period.last_month.months_since(latest)
            silent.setdefault(candidate.measure, (age, candidate.key))
    return tuple(key for _, key in sorted(silent.values(), key=lambda row: row[0]))


def _never_reported(candidates: Iterable[Candidate]) -> tuple[str, ...]:
    found: dict[str, str] = {}
    for candidate in candidates:
        if candidate.standing.rag.is_overdue and candidate.standing.latest is None:
            found.setdefault(candidate.measure, candidate.key)
    return tuple(found.values())


def gap(candidate: Candidate) -> Decimal:
    """The gap in tolerances, so that pounds and placements can be compared.

    Both have the same basis: for a year to date, each is for the share of the year's target.
    """
    target = candidate.standing.target
    if target is None or not target.variance:
        return Decimal(0)
    size = _tolerance(candidate, target)
    return abs(target.variance) / size if size else Decimal(0)


def _tolerance(candidate: Candidate, target: TargetShown) -> Decimal:
    """The distance from target to floor, where the floor is on the missed side.

    Otherwise 5% of the target's size; for a target of 0, 5% of the size of the measure's usual
    value, or of its present value.
    """
    variance, value, floor = target.variance, target.value, target.floor
    if floor is not None and value is not None:
        if candidate.is_band or target.operator == "between":
            reach = floor
        else:
            reach = value - floor if (variance or 0) < 0 else floor - value
        if reach > 0:
            return reach
    standing = candidate.standing
    now = standing.value if standing.judged_value is None else standing.judged_value
    size = value or candidate.usual or now or Decimal(0)
    return SHARE_OF_SIZE * abs(size)
