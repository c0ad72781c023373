"""The headings that an import knows, in any case, spacing and order. Pure.

The columns of the dataset of actuals are all known, so that an export is read as it is. Those that
only describe a figure, such as who approved it, are ignored.
"""

from __future__ import annotations

import re

from kmpt_tracker.ui.typed import tidy

MEASURE, CARE_GROUP, PERIOD = "measure", "care_group", "period"
STARTS, ENDS = "period_start", "period_end"
PART = "part"
# The boxes of a row on the return.
FIGURES = ("numerator", "denominator", "value")
MILESTONE = ("milestone_status", "forecast", "completed")
WORDS = ("no_data_reason", "confirm_reason", "comment", "change_reason")
BOXES = (*FIGURES, *MILESTONE, *WORDS)

# As people write it → the column. Keys are plain: see `plain`.
KNOWN = {
    "measure": MEASURE,
    "measure code": MEASURE,
    "measure name": MEASURE,
    "kpi": MEASURE,
    "kpi code": MEASURE,
    "kpi name": MEASURE,
    "indicator": MEASURE,
    "metric": MEASURE,
    "care group": CARE_GROUP,
    "care group code": CARE_GROUP,
    "group": CARE_GROUP,
    "period": PERIOD,
    "month": PERIOD,
    "reporting period": PERIOD,
    "reporting month": PERIOD,
    "period start": STARTS,
    "period end": ENDS,
    "numerator": "numerator",
    "number": "numerator",
    "num": "numerator",
    "denominator": "denominator",
    "out of": "denominator",
    "den": "denominator",
    "value": "value",
    "figure": "value",
    "actual": "value",
    "result": "value",
    "percentage": "value",
    "%": "value",
    "milestone status": "milestone_status",
    "milestone": "milestone_status",
    "forecast on": "forecast",
    "expected date": "forecast",
    "expected on": "forecast",
    "completed on": "completed",
    "date it was done": "completed",
    "done on": "completed",
    "comment": "comment",
    "comments": "comment",
    "commentary": "comment",
    "no data reason": "no_data_reason",
    "no figure because": "no_data_reason",
    "confirm reason": "confirm_reason",
    "why the figure is right": "confirm_reason",
    "change reason": "change_reason",
    "why it is corrected": "change_reason",
    "value status": "value_status",
    "part": PART,
}
# Columns of the dataset that describe the figure: the tracker knows these by itself.
DESCRIBING = frozenset(
    {
        "frequency",
        "unit",
        "status reason",
        "workflow status",
        "origin",
        "printed as",
        "source document",
        "version",
        "is current",
        "known from",
        "recorded at",
        "recorded by",
        "approved at",
        "approved by",
    }
)
# A row per part: which box the row fills.
PARTS = {
    "numerator": "numerator",
    "number": "numerator",
    "denominator": "denominator",
    "out of": "denominator",
    "value": "value",
    "figure": "value",
    "": "value",
}

_GAPS = re.compile(r"[\s_\-\u2010-\u2015\u00a0]+")
_MARKS = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"'})


def plain(text: str) -> str:
    """A name as it is compared: case, kinds of space, dash and quotation mark do not count."""
    return _GAPS.sub(" ", tidy(text).translate(_MARKS)).strip(" :*.").casefold()


def heading(text: str) -> str:
    """The column that a heading means; empty for one that is not known."""
    return KNOWN.get(plain(text), "")
