"""The longer span that a window is rated on, and the matching share of a year's target.

A value and its target are on the same basis. The year to date is a sum of the windows since April,
so its target is the same share of the year's target; for a sum of 12 months it is the whole.
Targets for ratios, means and last values are not shared out. Tabled in docs/rules.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from kpis.rag import rounded_once
from kpis.targets import Absence, Profile, Reason, TargetTerms, TargetValue
from strategy.periods import Month, Period, Window, as_period, rolling_12, year_to_date

MONTH, YEAR_TO_DATE, ROLLING_12 = "month", "year_to_date", "rolling_12"
MONTHS_OF_A_YEAR = 12


@dataclass(frozen=True, slots=True)
class Span:
    """How many windows a rated value covers, how many it should, and how many are in the year."""

    held: int
    expected: int
    of_year: int

    @property
    def share(self) -> Fraction:
        """The part of the year that has passed: 5 of 12 months."""
        return Fraction(self.expected, self.of_year)


def span_of(window: Period, *, judged_on: str, length: int | None) -> Period | None:
    """The span that ends with a window, or None where the window is rated by itself.

    A total printed among the windows has another length, so it is rated by itself; so is a window
    that begins before April, which is in no year to date.
    """
    if judged_on == MONTH or window.length != (length or 1):
        return None
    month = window.last_month
    span = year_to_date(month) if judged_on == YEAR_TO_DATE else rolling_12(month)
    return span if span.start <= window.start else None


def basis_of(window: Period, *, judged_on: str, length: int | None) -> str:
    """What a window is rated on: the measure's span, or the window itself."""
    return judged_on if span_of(window, judged_on=judged_on, length=length) else MONTH


def is_inside(window: Period, span: Period, length: int | None) -> bool:
    """Whether a window of the measure's own length is in a span."""
    within = span.start <= window.start and window.end <= span.end
    return within and window.length == (length or 1)


def windows_expected(
    span: Period,
    *,
    judged_on: str,
    length: int | None,
    held: Sequence[Period],
    begins_on: date | None,
) -> int:
    """How many windows a span should cover. `held` are those in it that have a figure.

    For a series that began within the year, the year to date starts at the first window that should
    be reported, or that was reported before. A sum of twelve months always takes twelve.
    """
    step = length or 1
    expected = max(span.length // step, 1)
    if judged_on != YEAR_TO_DATE or begins_on is None:
        return expected
    before = Month.of(begins_on).months_since(Month.of(span.start)) // step
    early = sum(window.end < begins_on for window in held)
    return expected - max(0, min(before, expected) - early)


def share_of_year(window: Period, span: Span | None, *, judged_on: str) -> Fraction | None:
    """How much of a year's amount is due by the end of a window, for a measure that adds up.

    A window rated by itself is due the share of its own months; a sum of 12 months the whole
    (None).
    """
    if span is None:
        return Fraction(window.length, MONTHS_OF_A_YEAR)
    return span.share if judged_on == YEAR_TO_DATE else None


def shared_out(
    target: TargetTerms, value: TargetValue, share: Fraction, period: Window
) -> tuple[TargetValue | Absence, TargetTerms]:
    """The target for a share of the year, and the terms from which its floor is calculated.

    Value, upper value, floor and baseline are amounts for the year and are all multiplied by the
    share. Explicit points add up since April and are used as printed; points of another year do not
    count.
    """
    month = as_period(period).last_month
    terms = replace(
        target,
        floor=None if target.floor is None else _share_of(target.floor, share),
        baseline=None if target.baseline is None else _share_of(target.baseline, share),
    )
    if target.profile is not Profile.EXPLICIT_POINTS:
        upper = None if value.upper is None else _share_of(value.upper, share)
        return TargetValue(_share_of(value.value, share), upper), terms
    year = month.financial_year
    if any(point.month.financial_year == year and point.month <= month for point in target.points):
        return value, terms
    return Absence(Reason.NOT_YET_IN_FORCE, f"The path has no point yet in {year.label}."), terms


def _share_of(amount: Decimal, share: Fraction) -> Decimal:
    """The share of an amount. A whole amount keeps its own digits, unrounded."""
    return amount if share == 1 else rounded_once(Fraction(amount) * share)
