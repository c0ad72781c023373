"""Roll-up: one value out of several, across care groups or over months.

Σ numerator ÷ Σ denominator over the parts that reported, always with "4 of 5 reported". An
incomplete result is shown, not rated. Nothing missing counts as 0, nothing is carried forward,
percentages are never averaged. Edge cases are tabled in docs/rules.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from kpis.rag import Rag, exact, rounded_once
from strategy.periods import Period, is_in_force

HUNDRED = Decimal(100)


class RollUp(StrEnum):
    """How the values of care groups become the trust's."""

    RATIO_OF_SUMS = "ratio_of_sums"
    SUM = "sum"
    LATEST = "latest"
    WEIGHTED_MEAN = "weighted_mean"
    NONE = "none"


class OverTime(StrEnum):
    """How the values of months become those of a longer window."""

    RATIO_OF_SUMS = "ratio_of_sums"
    SUM = "sum"
    LAST = "last"
    MEAN = "mean"


class Origin(StrEnum):
    """Where an observed value comes from."""

    PUBLISHED = "published"
    ENTERED = "entered"
    IMPORTED = "imported"
    ILLUSTRATIVE = "illustrative"


class State(StrEnum):
    """How far a combination can be relied on. Only a complete one is rated."""

    COMPLETE = "complete"
    INCOMPLETE = "incomplete"
    NO_DATA = "no_data"
    NOT_APPLICABLE = "not_applicable"
    SUPPRESSED = "suppressed"
    NOT_ROLLED_UP = "not_rolled_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One care group's, or one month's, figure. A part without any figure has not reported.

    "Not applicable" is a report of no cases; a suppressed figure may not be used. An incomplete
    figure (a month that some groups have not reported) is added up but leaves the total incomplete
    too. Numbers and words may be given plain: 3.5, "published".
    """

    code: str = ""
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    value: Decimal | None = None
    period_end: date | None = None
    origin: Origin = Origin.ENTERED
    is_not_applicable: bool = False
    is_suppressed: bool = False
    is_incomplete: bool = False

    def __post_init__(self) -> None:
        for name in ("numerator", "denominator", "value"):
            number = getattr(self, name)
            if number is not None:
                object.__setattr__(self, name, exact(number, name))
        object.__setattr__(self, "origin", Origin(self.origin))
        if self.denominator is not None and self.denominator < 0:
            raise ValueError(f"{self.code}: a denominator cannot be negative.")

    @property
    def has_no_cases(self) -> bool:
        return self.is_not_applicable or (self.numerator == 0 and self.denominator == 0)

    @property
    def has_ratio(self) -> bool:
        return self.numerator is not None and self.denominator is not None

    @property
    def has_figure(self) -> bool:
        return self.value is not None or self.has_ratio

    def figure(self, scale: Decimal) -> Decimal | None:
        """The value, calculated from its numerator and denominator where it has them."""
        if self.numerator is not None and self.denominator is not None:
            return ratio(self.numerator, self.denominator, scale=scale)
        return self.value

    def exact_figure(self, scale: Decimal) -> Fraction:
        """The figure before rounding, to go into a mean: three thirds make exactly one."""
        figure = self.figure(scale)  # raises ValueError for 3 of 0
        if self.numerator is not None and self.denominator:
            return Fraction(scale) * Fraction(self.numerator) / Fraction(self.denominator)
        return Fraction(figure or 0)

    @property
    def amount(self) -> Decimal | None:
        """The amount to add up in a sum."""
        return self.numerator if self.value is None else self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Combined:
    """The value of several parts, and how many parts it is calculated from."""

    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    reported: int
    expected: int
    state: State
    is_illustrative: bool = False

    @property
    def is_rated(self) -> bool:
        return self.state is State.COMPLETE

    @property
    def label(self) -> str:
        return f"{self.reported} of {self.expected} reported"

    @property
    def rag(self) -> Rag | None:
        """Why the value has no colour, or None when it can be judged."""
        return _STATE_RAG.get(self.state)


_STATE_RAG = {
    State.INCOMPLETE: Rag.INCOMPLETE,
    State.NO_DATA: Rag.NO_DATA,
    State.NOT_APPLICABLE: Rag.NOT_APPLICABLE,
    State.SUPPRESSED: Rag.SUPPRESSED,
    State.NOT_ROLLED_UP: Rag.NOT_APPLICABLE,
}


def ratio(numerator: Decimal, denominator: Decimal, *, scale: Decimal = HUNDRED) -> Decimal | None:
    """scale × numerator ÷ denominator, unrounded. 0 of 0 is no cases (None), never 0%.

    Raises ValueError for something out of nothing (3 of 0). `scale` is 100 for a percentage, 1 for
    a plain ratio such as days a patient.
    """
    top, bottom = exact(numerator, "numerator"), exact(denominator, "denominator")
    if bottom < 0:
        raise ValueError("A denominator cannot be negative.")
    if bottom == 0:
        if top != 0:
            raise ValueError(f"{top} of 0 is not a share of anything.")
        return None
    return scale * top / bottom


def combine(
    parts: Iterable[Part],
    *,
    rule: RollUp,
    expected: int | None = None,
    scale: Decimal = HUNDRED,
) -> Combined:
    """The trust's value out of its care groups'. `expected` is how many should have reported."""
    return _combined(list(parts), _ROLL_UP[RollUp(rule)], expected, scale)


def over_time(
    parts: Iterable[Part],
    *,
    rule: OverTime,
    expected: int | None = None,
    window: Period | None = None,
    scale: Decimal = HUNDRED,
) -> Combined:
    """The value of a longer window (year to date, rolling 12 months) out of its months'.

    For the rule "latest" it is the value of the window's last month: an earlier one is not carried
    forward.
    """
    rule, months = OverTime(rule), list(parts)
    if rule is not OverTime.LAST:
        return _combined(months, _OVER_TIME[rule], expected, scale)
    ends = [part.period_end for part in months if part.period_end]
    last = window.end if window else max(ends, default=None)
    return _combined([part for part in months if part.period_end == last], _LATEST, 1, scale)


def reports_for(valid_from: date | None, valid_to: date | None, period: Period) -> bool:
    """Whether a care group (valid from, first day no longer valid) reports for a period.

    It does when it exists on the period's last day. If a group was split or merged within the
    period, its successors report.
    """
    return is_in_force(period.end, valid_from, valid_to)


@dataclass(frozen=True, slots=True)
class _Total:
    """An unrounded result. Without a value there were no cases."""

    value: Decimal | None
    numerator: Decimal | None = None
    denominator: Decimal | None = None


@dataclass(frozen=True, slots=True)
class _Rule:
    """Which parts a rule can use, and how it adds them up."""

    takes: Callable[[Part], bool]
    add: Callable[[list[Part], Decimal], _Total]


def _add_ratios(parts: list[Part], scale: Decimal) -> _Total:
    top = sum((part.numerator for part in parts if part.numerator is not None), Decimal(0))
    bottom = sum((part.denominator for part in parts if part.denominator is not None), Decimal(0))
    return _Total(ratio(top, bottom, scale=scale), top, bottom)


def _add_amounts(parts: list[Part], scale: Decimal) -> _Total:
    return _Total(sum((part.amount for part in parts if part.amount is not None), Decimal(0)))


def _take_latest(parts: list[Part], scale: Decimal) -> _Total:
    latest = max(parts, key=lambda part: (part.period_end or date.min, part.code))
    return _Total(latest.figure(scale), latest.numerator, latest.denominator)


def _weigh(parts: list[Part], scale: Decimal) -> _Total:
    weighed = [(part.exact_figure(scale), Fraction(part.denominator or 0)) for part in parts]
    weight = sum(w for _, w in weighed)
    total = sum((figure * w for figure, w in weighed), Fraction(0))
    return _Total(rounded_once(total / weight) if weight else None)


def _average(parts: list[Part], scale: Decimal) -> _Total:
    total = sum((part.exact_figure(scale) for part in parts), Fraction(0))
    return _Total(rounded_once(total / len(parts)) if parts else None)


_LATEST = _Rule(lambda part: part.has_figure, _take_latest)
_RATIO = _Rule(lambda part: part.has_ratio, _add_ratios)
_SUM = _Rule(lambda part: part.amount is not None, _add_amounts)
_ROLL_UP = {
    RollUp.RATIO_OF_SUMS: _RATIO,
    RollUp.SUM: _SUM,
    RollUp.LATEST: _LATEST,
    RollUp.WEIGHTED_MEAN: _Rule(
        lambda part: part.has_figure and part.denominator is not None, _weigh
    ),
    RollUp.NONE: None,
}
_OVER_TIME = {
    OverTime.RATIO_OF_SUMS: _RATIO,
    OverTime.SUM: _SUM,
    OverTime.MEAN: _Rule(lambda part: part.has_figure, _average),
}


def _combined(
    parts: list[Part], rule: _Rule | None, expected: int | None, scale: Decimal
) -> Combined:
    due = len(parts) if expected is None else expected
    if len(parts) > due:
        raise ValueError(f"{len(parts)} parts reported, but {due} were expected.")
    if rule is None:
        return Combined(reported=0, expected=due, state=State.NOT_ROLLED_UP)
    admitted = _without_illustrative(parts)
    open_parts = [part for part in admitted if not part.is_suppressed]
    if due == 1 and not any(rule.takes(part) for part in open_parts):
        rule = _LATEST  # A single part is its own total, whichever fields it has.
    counted = [part for part in open_parts if rule.takes(part) and not part.has_no_cases]
    whole = [part for part in counted if not part.is_incomplete]
    reported = len(whole) + sum(part.has_no_cases for part in open_parts)
    total = rule.add(counted, scale) if counted else _Total(None)
    return Combined(
        value=total.value,
        numerator=total.numerator,
        denominator=total.denominator,
        reported=reported,
        expected=due,
        state=_state(total, reported, due, admitted),
        is_illustrative=any(part.origin is Origin.ILLUSTRATIVE for part in counted),
    )


def _state(total: _Total, reported: int, due: int, parts: list[Part]) -> State:
    if due == 0 or (reported == due and total.value is None):
        return State.NOT_APPLICABLE
    if reported == due:
        return State.COMPLETE
    if total.value is None and any(part.is_suppressed for part in parts):
        return State.SUPPRESSED
    anything = reported or any(part.has_figure for part in parts)
    return State.INCOMPLETE if anything else State.NO_DATA


def _without_illustrative(parts: list[Part]) -> list[Part]:
    """Drop illustrative parts where there is a published one: they do not count as reported.

    With entered parts illustrative ones count, and make the result illustrative.
    """
    if not any(part.origin is Origin.PUBLISHED for part in parts):
        return parts
    return [part for part in parts if part.origin is not Origin.ILLUSTRATIVE]
