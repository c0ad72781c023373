"""Targets: what a promise asks for in a period.

All questions are settled at the last day of the period, in London. A target is in force from its
effective date until it is retired; kpis/judging/in_force.py decides which of several is judged.
Edge cases are tabled in docs/rules.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from kpis.rag import (
    Direction,
    Number,
    Rag,
    default_floor,
    exact,
    floor_is_distance,
    floor_misses,
    floor_within_baseline,
    rounded_once,
)
from kpis.rag import Operator as Operator
from kpis.revisions import Revision, Tolerance, in_effect
from strategy.periods import FinancialYear, Month, Period, Window, as_period

TRUST = "trust"


class ValueIs(StrEnum):
    """What the printed number of a target is."""

    ABSOLUTE = "absolute"
    RELATIVE_TO_BASELINE = "relative_to_baseline"
    CHANGE_FROM_BASELINE = "change_from_baseline"
    COMPOUND_EACH_YEAR = "compound_each_year"


class Change(StrEnum):
    """Which way a target that counts from a baseline goes."""

    UP = "up"
    DOWN = "down"


class Profile(StrEnum):
    """How a target gets from its start to its due date."""

    STEP = "step"
    STRAIGHT_LINE = "straight_line"
    EXPLICIT_POINTS = "explicit_points"


class Role(StrEnum):
    """Who set a target: the plan, the nation, the plan on the way, or a part of the trust."""

    COMMITMENT = "commitment"
    NATIONAL_STANDARD = "national_standard"
    INTERIM = "interim"
    LOCAL = "local"


class Reason(StrEnum):
    """Why a target asks for no value in a period."""

    NO_NUMBER = "no_number"
    NEEDS_BASELINE = "needs_baseline"
    NOT_YET_IN_FORCE = "not_yet_in_force"
    NO_DUE_DATE = "no_due_date"
    RETIRED = "retired"


def falls_due(role: Role | str, due_on: date | None, plan_ends: date | None) -> date | None:
    """The day a target falls due: its own, else its plan's last.

    A national standard does not fall due with the plan that quotes it.
    """
    is_standard = Role(role) is Role.NATIONAL_STANDARD
    return due_on or (None if is_standard else plan_ends)


@dataclass(frozen=True, slots=True)
class Point:
    """One explicit point of a path: the value from that month on."""

    month: Month
    value: Decimal

    @classmethod
    def of(cls, given: Point | tuple[Month | date | str, Number]) -> Point:
        """A point, or a (month, value) pair."""
        if isinstance(given, Point):
            return given
        month, value = given
        return cls(as_period(month).last_month, exact(value, "value of a point"))


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetTerms:
    """The terms of one promise that judging needs.

    `value` is the printed size, positive when it is a change. `effective_from` falls back on the
    plan's start and `due_on` on its end (`falls_due`). `retired_on` is the first day no longer in
    force. Numbers, words and periods may be given plain: 3.5, "le", "2016/17".
    """

    code: str
    role: Role = Role.COMMITMENT
    care_group: str = TRUST
    operator: Operator | None = None
    value: Decimal | None = None
    upper_value: Decimal | None = None
    value_is: ValueIs = ValueIs.ABSOLUTE
    change: Change | None = None
    baseline: Decimal | None = None
    baseline_period: Period | None = None
    floor: Decimal | None = None
    effective_from: date | None = None
    due_on: date | None = None
    retired_on: date | None = None
    profile: Profile = Profile.STEP
    points: tuple[Point, ...] = ()
    recurrent: bool | None = None
    plan: str = ""
    plan_starts: date | None = None
    plan_ends: date | None = None
    default_tolerance_percent: Decimal | None = Decimal(5)
    revisions: tuple[Revision, ...] = ()
    tolerances: tuple[Tolerance, ...] = ()

    def __post_init__(self) -> None:
        # Frozen, so plain numbers and words are converted once, past its own `__setattr__`.
        for name in _NUMBERS:
            number = getattr(self, name)
            if number is not None:
                object.__setattr__(self, name, exact(number, name.replace("_", " ")))
        for name, words in _WORDS:
            word = getattr(self, name)
            if word is not None:
                object.__setattr__(self, name, words(word))
        if self.baseline_period is not None:
            object.__setattr__(self, "baseline_period", as_period(self.baseline_period))
        object.__setattr__(self, "points", tuple(map(Point.of, self.points)))
        if self.value is None:
            return
        if self.value_is is not ValueIs.ABSOLUTE and (self.change is None or self.value < 0):
            raise ValueError(f"{self.code}: a change needs a positive size and up or down.")
        if self.operator is Operator.BETWEEN and self.upper_value is None:
            raise ValueError(f"{self.code}: a band needs its upper value.")

    def on(self, day: date) -> TargetTerms:
        """The terms on a day, after the changes in effect by then.

        A new value of an explicit path applies from the change's month on.
        """
        change, tolerance = in_effect(self.revisions, day), in_effect(self.tolerances, day)
        if tolerance is not None and tolerance.percent != self.default_tolerance_percent:
            # Apply the other changes too, now that the tolerance is settled.
            tolerated = replace(self, default_tolerance_percent=tolerance.percent, tolerances=())
            return tolerated.on(day)
        if change is None:
            return self
        points = self.points
        if points and change.value is not None and change.value != self.value:
            month = Month.of(change.effective_from)
            kept = tuple(point for point in points if point.month < month)
            points = (*kept, Point(month, change.value))
        return replace(
            self,
            value=change.value,
            upper_value=change.upper_value,
            floor=change.floor,
            effective_from=change.starts_on,
            due_on=change.due_on,
            retired_on=change.retired_on,
            points=points,
        )

    @property
    def starts_on(self) -> date:
        """The day it takes effect; for explicit points, no earlier than the first of them."""
        stated = self.effective_from or self.plan_starts or date.min
        if self.profile is not Profile.EXPLICIT_POINTS or not self.points:
            return stated
        return max(stated, min(point.month for point in self.points).start)

    @property
    def due(self) -> date | None:
        return falls_due(self.role, self.due_on, self.plan_ends)

    @property
    def has_number(self) -> bool:
        """Whether it can be judged: it has a value and an operator. A value alone can only be
        drawn.
        """
        return self.operator is not None and self.has_size

    @property
    def has_size(self) -> bool:
        by_points = self.profile is Profile.EXPLICIT_POINTS
        return bool(self.points) if by_points else self.value is not None

    @property
    def can_count_years(self) -> bool:
        return self.baseline_period is not None or self.starts_on > date.min

    def has_started(self, on: date) -> bool:
        return self.starts_on <= on

    def is_retired(self, on: date) -> bool:
        return self.retired_on is not None and self.retired_on <= on

    def ever_took_effect(self, on: date) -> bool:
        """Whether it started by then, and was not retired before it could start."""
        return self.has_started(on) and not self.is_retired(self.starts_on)

    def plan_covers(self, on: date) -> bool:
        """Whether its plan's dates include the day. An open end of the dates covers every day."""
        return (self.plan_starts or date.min) <= on <= (self.plan_ends or date.max)

    def plan_has_ended(self, on: date) -> bool:
        return self.plan_ends is not None and self.plan_ends < on


_NUMBERS = ("value", "upper_value", "baseline", "floor", "default_tolerance_percent")
_WORDS: tuple[tuple[str, type[StrEnum]], ...] = (
    ("role", Role),
    ("operator", Operator),
    ("value_is", ValueIs),
    ("change", Change),
    ("profile", Profile),
)


@dataclass(frozen=True, slots=True)
class TargetValue:
    """What a target asks for in one period; `upper` only for a band."""

    value: Decimal
    upper: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Absence:
    """No value to judge against in one period, and why."""

    reason: Reason
    explanation: str

    @property
    def rag(self) -> Rag:
        needs = self.reason is Reason.NEEDS_BASELINE
        return Rag.NEEDS_BASELINE if needs else Rag.NO_TARGET


@dataclass(frozen=True, slots=True)
class FloorValue:
    """The amber limit in one period; `is_default` when the plan set none of its own."""

    value: Decimal | None
    is_default: bool


def value_at(target: TargetTerms, period: Window) -> TargetValue | Absence:
    """What the target asks for in a period, or the reason why it asks for nothing.

    Relative: baseline × (1 ± p). Change: baseline ± size. Compound: × (1 ± p) for each completed
    financial year. A step holds from its effective date, a straight line runs by month from the
    baseline's last month to the due month, and an explicit point holds until the next. After its
    due date a target stays at its last value.
    """
    on = as_period(period).end
    target = target.on(on)
    if not target.has_size:
        return Absence(Reason.NO_NUMBER, "The plan gives a direction, not a number.")
    if target.is_retired(on):
        return Absence(Reason.RETIRED, f"Retired on {target.retired_on}.")
    if not target.has_started(on):
        return Absence(Reason.NOT_YET_IN_FORCE, f"In force from {target.starts_on}.")
    if target.profile is Profile.EXPLICIT_POINTS:
        return _latest_point(target, Month.of(on))
    if target.value_is is not ValueIs.ABSOLUTE and target.baseline is None:
        return Absence(Reason.NEEDS_BASELINE, "The target starts from a baseline nobody has set.")
    if target.value_is is ValueIs.COMPOUND_EACH_YEAR and not target.can_count_years:
        return Absence(Reason.NEEDS_BASELINE, "The years are counted from a date nobody has set.")
    if target.profile is Profile.STRAIGHT_LINE:
        return _on_the_line(target, Month.of(on))
    if target.value_is is ValueIs.ABSOLUTE:
        return _promised(target, on)
    return _baseline_too_late(target) or _promised(target, on)


def _baseline_too_late(target: TargetTerms) -> Absence | None:
    """A target cannot start from a baseline in or after the month in which it is due."""
    if target.baseline_period is None or target.due is None:
        return None
    start, end = target.baseline_period.last_month, Month.of(target.due)
    if start < end:
        return None
    return Absence(
        Reason.NEEDS_BASELINE,
        f"The baseline ({start.label}) does not lie before the due date ({end.label}).",
    )


def _latest_point(target: TargetTerms, month: Month) -> TargetValue | Absence:
    passed = [point for point in target.points if point.month <= month]
    if passed:
        return TargetValue(max(passed, key=lambda point: point.month).value)
    if not target.points:
        return Absence(Reason.NO_NUMBER, "The path has no points.")
    first = min(point.month for point in target.points)
    return Absence(Reason.NOT_YET_IN_FORCE, f"The path starts in {first.label}.")


def _promised(target: TargetTerms, on: date) -> TargetValue:
    """The value as for a step, without its path."""
    if target.value_is is ValueIs.ABSOLUTE or target.baseline is None:
        return _asked(_sizes(target))
    return _asked([rounded_once(_from_baseline(target, size, on)) for size in _sizes(target)])


def _sizes(target: TargetTerms) -> list[Decimal]:
    """The printed number; for a band both."""
    upper = target.upper_value if target.operator is Operator.BETWEEN else None
    return [size for size in (target.value, upper) if size is not None]


def _asked(values: list[Decimal]) -> TargetValue:
    return TargetValue(values[0]) if len(values) == 1 else TargetValue(min(values), max(values))


def _from_baseline(target: TargetTerms, printed: Decimal, on: date) -> Fraction:
    size, baseline = Fraction(printed), Fraction(target.baseline or 0)
    if target.value_is is ValueIs.ABSOLUTE:
        return size
    sign = 1 if target.change is Change.UP else -1
    if target.value_is is ValueIs.CHANGE_FROM_BASELINE:
        return baseline + sign * size
    # "Up" must raise a negative baseline too, so the percentage is of its absolute value.
    share = (sign if baseline >= 0 else -sign) * size / 100
    if target.value_is is ValueIs.RELATIVE_TO_BASELINE:
        return baseline * (1 + share)
    return baseline * (1 + share) ** _completed_years(target, on)


def _completed_years(target: TargetTerms, on: date) -> int:
    """Financial years completed since the baseline's own, up to the due date.

    A baseline without a period counts as the year before the target takes effect.
    """
    until = min(on, target.due or date.max)
    if target.baseline_period:
        base = target.baseline_period.financial_year.start_year
    else:
        base = FinancialYear.of(target.starts_on).start_year - 1
    year = FinancialYear.of(until)
    # A financial year counts as completed on its last day, not only after it.
    last_completed = year.start_year if until == year.end else year.start_year - 1
    return max(0, last_completed - base)


def _on_the_line(target: TargetTerms, month: Month) -> TargetValue | Absence:
    if target.baseline is None or target.baseline_period is None:
        return Absence(Reason.NEEDS_BASELINE, "The line starts from a baseline nobody has dated.")
    if target.due is None:
        return Absence(Reason.NO_DUE_DATE, "The line has no date to run to.")
    late = _baseline_too_late(target)
    if late is not None:
        return late
    start, end = target.baseline_period.last_month, Month.of(target.due)
    length = end.months_since(start)
    part = Fraction(min(max(month.months_since(start), 0), length), length)
    first = Fraction(target.baseline)
    lasts = [_from_baseline(target, size, end.end) for size in _sizes(target)]
    return _asked([rounded_once(first + (last - first) * part) for last in lasts])


def floor_at(target: TargetTerms, value: TargetValue, direction: Direction) -> FloorValue:
    """The target's own floor, else the plan's default tolerance of the value in that period.

    For a moving target, a fixed floor gives no amber while it is on the met side of the value. A
    default floor never reaches past a baseline that misses the value: a value worse than the
    baseline is never amber.
    """
    direction = Direction(direction)
    if target.operator is None or direction is Direction.NEUTRAL:
        return FloorValue(None, False)
    if target.floor is not None:
        misses = floor_misses(value.value, target.floor, direction, target.operator)
        return FloorValue(None if misses else target.floor, False)
    if target.default_tolerance_percent is None:
        return FloorValue(None, False)
    shape = Direction.BAND if floor_is_distance(direction, target.operator) else direction
    floor = default_floor(value.value, shape, target.default_tolerance_percent)
    if floor is not None and target.baseline is not None:
        floor = floor_within_baseline(
            floor,
            target.baseline,
            target=value.value,
            upper=value.upper,
            direction=direction,
            operator=target.operator,
        )
    return FloorValue(floor, floor is not None)
