"""Statistical process control: XmR charts in the style of "plot the dots".

`analyse` and `analyse_many` agree exactly with the NHS-R reference; `present` gives what users see.
Pure: no Django; numpy and pandas are imported only by `analyse_many`. See docs/spc.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpis.spc.engine import Analysis, Limits, Segment, analyse
from kpis.spc.inputs import MDC_EXCEL, Settings
from kpis.spc.policy import Charted, Reading, ReadingPoint, present, why_no_icons
from kpis.spc.timeline import AppliedRebase, fill_months
from kpis.spc.words import improvement_direction_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "MDC_EXCEL",
    "Analysis",
    "AppliedRebase",
    "Charted",
    "Limits",
    "Reading",
    "ReadingPoint",
    "Segment",
    "Settings",
    "analyse",
    "analyse_many",
    "fill_months",
    "improvement_direction_of",
    "present",
    "why_no_icons",
]


def analyse_many(
    frame: pd.DataFrame,
    *,
    trend_length: int = 7,
    shift_length: int = 7,
    two_sigma_counts_outside: bool = False,
) -> pd.DataFrame:
    """Analyse many series at once: one row a point, result columns added, order kept.

    Columns `series`, `date`, `value`; constant within a series `improvement_direction`, `target`,
    `fix_after_n_points`, `screen_outliers`; and `rebase`, either true on the first row of a new
    segment or the series' rebase dates. The answers are those of `analyse`.
    """
    from kpis.spc.many import with_results

    return with_results(
        frame,
        trend_length=trend_length,
        shift_length=shift_length,
        two_sigma_counts_outside=two_sigma_counts_outside,
    )
