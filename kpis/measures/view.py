"""Which windows the page of a measure opens with: the last 36 months; all are one link away. Pure.

Limits, signals, status and outlook are those of the whole series: the view only cuts what is drawn
and listed.
"""

from collections.abc import Sequence

from kpis.judging.status import Standing
from strategy.periods import Frequency

ALL, RECENT = "all", "recent"
MONTHS = 36
# Rarer windows would be too few to show a pattern: a dozen of them, three years of quarters.
RARER = 12


def recent(windows: Sequence[Standing], frequency: Frequency) -> tuple[Standing, ...]:
    """The windows of the last 36 months that hold figures, and those that are missing since.

    A gap as long as that again is left out, as it would hide the figures.
    """
    held = [row for row in windows if row.has_value and frequency.is_window(row.period)]
    length = frequency.months
    if not held or not length:
        return tuple(windows)
    last = held[-1].period.last_month
    reach = MONTHS if length == 1 else RARER * length
    first, furthest = last.plus(1 - reach), last.plus(reach)
    is_old = windows[-1].period.last_month > furthest
    return tuple(
        row
        for row in windows
        if first <= row.period.last_month and not (is_old and row.period.last_month > last)
    )
