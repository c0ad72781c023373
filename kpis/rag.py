"""RAG: the colour of a value against its target, and the reasons for having no colour.

Higher is better: green meets the target by its operator, amber is at or above the floor, red is
below it. Lower is better is the mirror image. A band is green inside, amber within the floor's
distance outside. Compared on unrounded decimals. Edge cases are tabled in docs/rules.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal, InvalidOperation
from enum import StrEnum
from fractions import Fraction
from numbers import Integral

Number = Decimal | int | float | str
# Wide enough that floors and variances are never rounded, however many digits a target has.
_WIDE = Context(prec=200)


class Direction(StrEnum):
    """Which way a measure improves."""

    HIGHER_IS_BETTER = "higher_is_better"
    LOWER_IS_BETTER = "lower_is_better"
    BAND = "band"
    NEUTRAL = "neutral"


class Operator(StrEnum):
    """How a value meets its target. `between` includes both bounds."""

    GE = "ge"
    LE = "le"
    GT = "gt"
    LT = "lt"
    EQ = "eq"
    BETWEEN = "between"


class Group(StrEnum):
    """The groups in which statuses are counted, in the order of tiles and bars."""

    ON_TARGET = "on_target"
    NEAR_TARGET = "near_target"
    OFF_TARGET = "off_target"
    NO_DATA = "no_data"
    NOT_RATED = "not_rated"


class Rag(StrEnum):
    """Four colours, then the uncoloured states in their order of precedence.

    Every page, file and sentence asks a status for its group and whether it has a figure, so that
    all of them agree.
    """

    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    BLUE = "blue"
    NO_MEASURE = "no_measure"
    NOT_APPLICABLE = "not_applicable"
    SUPPRESSED = "suppressed"
    NOT_DUE = "not_due"
    LATE = "late"
    NO_DATA = "no_data"
    INCOMPLETE = "incomplete"
    NEEDS_BASELINE = "needs_baseline"
    NO_TARGET = "no_target"

    @property
    def is_coloured(self) -> bool:
        return self in COLOURED

    @property
    def is_overdue(self) -> bool:
        """A figure was due and has not arrived, whether or not it may still come."""
        return self in OVERDUE

    @property
    def is_absent(self) -> bool:
        """No figure was recorded for the window: late, missing, or not due yet."""
        return self is Rag.NOT_DUE or self in OVERDUE

    @property
    def has_reading(self) -> bool:
        """There is a complete figure, rated or not for want of a target, so its chart can be read.

        An incomplete figure is no point of a chart; a completed milestone has no chart.
        """
        return self in _READ

    @property
    def group(self) -> Group:
        """The group in which the status is counted.

        A complete milestone is on target; an incomplete sum has a figure, but is not rated.
        """
        return _GROUPS.get(self, Group.NOT_RATED)


COLOURED = (Rag.GREEN, Rag.AMBER, Rag.RED, Rag.BLUE)
OVERDUE = (Rag.LATE, Rag.NO_DATA)
_READ = (Rag.GREEN, Rag.AMBER, Rag.RED, Rag.NEEDS_BASELINE, Rag.NO_TARGET)
_GROUPS = {
    Rag.GREEN: Group.ON_TARGET,
    Rag.BLUE: Group.ON_TARGET,
    Rag.AMBER: Group.NEAR_TARGET,
    Rag.RED: Group.OFF_TARGET,
} | dict.fromkeys(OVERDUE, Group.NO_DATA)


class MilestoneStatus(StrEnum):
    """What the owner of a milestone says about it."""

    NOT_STARTED = "not_started"
    ON_TRACK = "on_track"
    AT_RISK = "at_risk"
    OFF_TRACK = "off_track"
    COMPLETE = "complete"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A colour and the signed distance from the target (from the nearer bound of a band)."""

    rag: Rag
    variance: Decimal | None = None


@dataclass(frozen=True, slots=True)
class _Goal:
    """A target as an interval: an absent bound is open, and amber reaches past a bound."""

    lower: Decimal | None
    upper: Decimal | None
    is_strict: bool
    amber_lower: Decimal | None
    amber_upper: Decimal | None

    def rag(self, value: Decimal) -> Rag:
        above = self.lower is None or value > self.lower or self._touches(value, self.lower)
        below = self.upper is None or value < self.upper or self._touches(value, self.upper)
        if above and below:
            return Rag.GREEN
        if self.amber_lower is None and self.amber_upper is None:
            return Rag.RED
        # An exact target may have no amber limit on one side: the better side always has none.
        above = self.amber_lower is None or value >= self.amber_lower
        below = self.amber_upper is None or value <= self.amber_upper
        return Rag.AMBER if above and below else Rag.RED

    def _touches(self, value: Decimal, bound: Decimal) -> bool:
        return value == bound and not self.is_strict

    def variance(self, value: Decimal) -> Decimal:
        """Value − target with every digit, however large or small they are."""
        if self.lower is None:
            return _WIDE.subtract(value, _present(self.upper))
        if self.upper is None or value < self.lower:
            return _WIDE.subtract(value, self.lower)
        return max(_WIDE.subtract(value, self.upper), Decimal(0))


def judge(
    value: Number | None,
    *,
    target: Number | None,
    floor: Number | None,
    direction: Direction,
    operator: Operator | None,
    upper: Number | None = None,
) -> Verdict:
    """The colour of an unrounded value.

    The operator decides whether the target itself is green; the floor is inclusive. For a band
    (direction `band` or operator `between`) the floor is a distance outside. Without a floor a miss
    is red, and a floor on the met side of the target gives no amber. No value, no target or a
    neutral measure gives an uncoloured verdict, in their order of precedence. Raises ValueError for
    a number that is not finite, or an operator against the direction.
    """
    direction = Direction(direction)
    number = None if value is None else exact(value, "value")
    goal = None
    if target is not None and operator is not None and direction is not Direction.NEUTRAL:
        goal = _goal(
            exact(target, "target"),
            None if upper is None else exact(upper, "upper value"),
            None if floor is None else exact(floor, "floor"),
            direction,
            Operator(operator),
        )
    if number is None:
        return Verdict(Rag.NO_DATA)
    if goal is None:
        return Verdict(Rag.NO_TARGET)
    return Verdict(goal.rag(number), goal.variance(number))


def exact(value: Number, name: str) -> Decimal:
    """The number as a finite Decimal. A float of any library is read by its printed digits.

    Raises ValueError if it is no finite number; `name` is what the message calls it.
    """
    if isinstance(value, Decimal):
        number = value
    else:
        try:
            number = Decimal(int(value) if isinstance(value, Integral) else str(value))
        except InvalidOperation:
            raise ValueError(f"The {name} must be a number, not {value!r}.") from None
    if not number.is_finite():
        raise ValueError(f"The {name} must be a finite number, not {value}.")
    return number


def rounded_once(value: Fraction) -> Decimal:
    """An exact result as a Decimal of 28 digits: rounded here and nowhere before."""
    return Decimal(value.numerator) / Decimal(value.denominator)


def floor_is_distance(direction: Direction, operator: Operator) -> bool:
    """Whether the floor is a distance outside the target (a band), not the amber limit itself."""
    return direction is Direction.BAND or operator is Operator.BETWEEN


def operator_contradicts(direction: Direction, operator: Operator) -> str | None:
    """Why a measure's direction rules this operator out, or None when it does not."""
    if direction is Direction.HIGHER_IS_BETTER and operator in (Operator.LE, Operator.LT):
        return "Higher is better, but the target's operator asks for less."
    if direction is Direction.LOWER_IS_BETTER and operator in (Operator.GE, Operator.GT):
        return "Lower is better, but the target's operator asks for more."
    return None


def floor_misses(
    target: Decimal, floor: Decimal, direction: Direction, operator: Operator
) -> str | None:
    """Why this floor cannot be used with this target, or None when it can."""
    if floor_is_distance(direction, operator):
        return "The floor of a band is a distance: it cannot be negative." if floor < 0 else None
    own, goal = (f"{value.normalize():f}" for value in (floor, target))
    if direction is Direction.HIGHER_IS_BETTER and floor > target:
        return f"Higher is better: the floor ({own}) cannot be above the target ({goal})."
    if direction is Direction.LOWER_IS_BETTER and floor < target:
        return f"Lower is better: the floor ({own}) cannot be below the target ({goal})."
    return None


def _goal(
    target: Decimal,
    upper: Decimal | None,
    floor: Decimal | None,
    direction: Direction,
    operator: Operator,
) -> _Goal:
    problem = operator_contradicts(direction, operator)
    if problem:
        raise ValueError(problem)
    is_distance = floor_is_distance(direction, operator)
    misses = None if floor is None else floor_misses(target, floor, direction, operator)
    if misses and is_distance:
        raise ValueError(misses)
    if misses:
        floor = None
    lower_bound, upper_bound = _bounds(target, upper, operator)
    amber_lower = None if lower_bound is None else floor
    amber_upper = None if upper_bound is None else floor
    if floor is not None and is_distance:
        amber_lower = None if lower_bound is None else _WIDE.subtract(lower_bound, floor)
        amber_upper = None if upper_bound is None else _WIDE.add(upper_bound, floor)
    elif operator is Operator.EQ:
        amber_lower = floor if direction is Direction.HIGHER_IS_BETTER else None
        amber_upper = floor if direction is Direction.LOWER_IS_BETTER else None
    return _Goal(
        lower_bound, upper_bound, operator in (Operator.GT, Operator.LT), amber_lower, amber_upper
    )


def _bounds(
    target: Decimal, upper: Decimal | None, operator: Operator
) -> tuple[Decimal | None, Decimal | None]:
    if operator is Operator.BETWEEN:
        if upper is None:
            raise ValueError("A target between two values needs its upper value.")
        if upper < target:
            raise ValueError(f"The upper value ({upper}) cannot be below the lower ({target}).")
        return target, upper
    if operator is Operator.EQ:
        return target, target
    return (target, None) if operator in (Operator.GE, Operator.GT) else (None, target)


def default_floor(
    target: Number, direction: Direction, tolerance_percent: Number = Decimal(5)
) -> Decimal | None:
    """The plan's default tolerance as a floor: a percentage of the target's absolute value.

    For a band it is a distance, from the lower value. A target of 0 or a neutral measure has none.
    Raises ValueError for a negative tolerance.
    """
    direction = Direction(direction)
    number, tolerance = exact(target, "target"), exact(tolerance_percent, "tolerance")
    if tolerance < 0:
        raise ValueError("A tolerance cannot be negative.")
    distance = _WIDE.multiply(number.copy_abs(), tolerance.scaleb(-2, _WIDE))
    if number == 0 or direction is Direction.NEUTRAL:
        return None
    if direction is Direction.BAND:
        return distance
    if direction is Direction.HIGHER_IS_BETTER:
        return _WIDE.subtract(number, distance)
    return _WIDE.add(number, distance)


def floor_within_baseline(
    floor: Decimal,
    baseline: Decimal,
    *,
    target: Decimal,
    upper: Decimal | None,
    direction: Direction,
    operator: Operator,
) -> Decimal:
    """A default floor, moved to the baseline where that misses the target on the floor's side.

    The baseline itself is then still amber, because the floor is inclusive. A band has one
    distance, so it is reduced on both sides.
    """
    goal = _goal(target, upper, None, direction, operator)
    if goal.rag(baseline) is Rag.GREEN:
        return floor
    if floor_is_distance(direction, operator):
        return min(floor, goal.variance(baseline).copy_abs())
    if direction is Direction.HIGHER_IS_BETTER:
        return max(floor, baseline) if baseline <= target else floor
    return min(floor, baseline) if baseline >= target else floor


def judge_milestone(
    status: MilestoneStatus,
    *,
    forecast_on: date | None = None,
    completed_on: date | None = None,
    due_on: date | None = None,
    on: date,
) -> Rag:
    """Blue complete, green on track, amber at risk, red off track or overdue.

    The due day itself is not overdue. "On track" with a forecast after the due date is amber,
    because the two contradict each other. A completion dated after `on` is still only a forecast.
    """
    status = MilestoneStatus(status)
    done = status is MilestoneStatus.COMPLETE and (completed_on is None or completed_on <= on)
    if done:
        return Rag.BLUE
    if status is MilestoneStatus.OFF_TRACK or (due_on is not None and on > due_on):
        return Rag.RED
    expected = completed_on if status is MilestoneStatus.COMPLETE else forecast_on
    slips = due_on is not None and expected is not None and expected > due_on
    if status is MilestoneStatus.AT_RISK or slips:
        return Rag.AMBER
    return Rag.NOT_DUE if status is MilestoneStatus.NOT_STARTED else Rag.GREEN


def _present(value: Decimal | None) -> Decimal:
    if value is None:
        raise ValueError("A target needs at least one bound.")
    return value
