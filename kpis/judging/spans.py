"""The longer span that a window is rated on, and the share of a year's target that goes with it.

A value and what it is held against share one basis. The year to date is a sum of the windows
since April, so it is held against as large a share of the year's target; a sum of 12 months
against the whole. Ratios, means and last values are not shared out. Tabled in docs/rules.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from strategy.periods import Month, Period, rolling_12, year_to_date

MONTH, YEAR_TO_DATE, ROLLING_12 = "month", "year_to_date", "rolling_12"
MONTHS_OF_A_YEAR = 12


@dataclass(frozen=True, slots=True)
class Span:
    """How many windows a rated value covers, of those it should cover, of all of the year."""

    held: int
    expected: int
    of_year: int

    @property
    def share(self) -> Fraction:
        """The part of the year that has passed: 5 of 12 months."""
        return Fraction(self.expected, self.of_year)


def span_of(window: Period, *, judged_on: str, length: int | None) -> Period | None:
    """The span that a window closes, or None where it is rated by itself.

    A total printed beside the windows is one of another length; a window that reaches back beyond
    April is no part of a year to date.
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
    """Whether a window of the measure's own length lies in a span."""
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
    """How many windows a span should cover; `held` are those inside it that there are.

    The year to date of who began within the year runs from the first window that was to be
    reported, or that was reported before. Twelve months always take twelve.
    """
    step = length or 1
    expected = max(span.length // step, 1)
    if judged_on != YEAR_TO_DATE or begins_on is None:
        return expected
    before = Month.of(begins_on).months_since(Month.of(span.start)) // step
    early = sum(window.end < begins_on for window in held)
    return expected - max(0, min(before, expected) - early)


def share_of_year(window: Period, span: Span | None, *, judged_on: str) -> Fraction | None:
    """How much of a year's amount is due by the end of a window, of a measure that adds up.

    What is rated by itself is held against the share of its own months; a sum of 12 months
    against the whole (None).
    """
    if span is None:
        return Fraction(window.length, MONTHS_OF_A_YEAR)
    return span.share if judged_on == YEAR_TO_DATE else None
