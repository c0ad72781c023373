"""The headings that an import knows, in any case, spacing and order. Pure.

The columns of the dataset of actuals are all known, so that an export is read as it is. Those that
only describe a figure, such as who approved it, are ignored.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable
from difflib import get_close_matches
from typing import Generic, TypeVar

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
    "measure id": MEASURE,
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
    "reporting period start": STARTS,
    "period end": ENDS,
    "reporting period end": ENDS,
    "numerator": "numerator",
    "number": "numerator",
    "num": "numerator",
    "denominator": "denominator",
    "out of": "denominator",
    "den": "denominator",
    "value": "value",
    "measure value": "value",
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
# Columns that people have in their own lists for a reader. The preview says that they are not read.
NOT_READ = frozenset(
    {
        *("no", "ref", "reference", "ambition", "objective", "plan", "domain", "category", "theme"),
        *("owner", "lead", "executive lead", "source", "data source", "target", "threshold", "rag"),
        *("rag rating", "trend", "direction", "direction of travel", "variance", "ytd"),
        *("year to date", "total", "average", "last month", "last year"),
        # Of the tracker's own list of refused rows.
        *("row", "column", "outcome", "before", "after", "why"),
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

Named = TypeVar("Named", bound=Hashable)
# How like a name must be to be offered, from 0 to 1, and for how many names of a file one is looked
# for: to compare one with 300 takes 10 ms.
LIKE, MOST_LOOKED_FOR = 0.75, 50

_GAPS = re.compile(r"[\s_\-\u2010-\u2015\u00a0]+")
# Each mark is one of them: a text of a thousand asterisks is looked at once.
_NOTES = re.compile(
    r"(?:\s*(?:\[(?:notes?[\d\s,&a-z]{0,20}|[a-z]|low|\d{1,2}(?:,\s*\d{1,2})*)\]"
    r"|\((?:[a-z]|note\s*\d{1,2}|\d{1,2})\)"
    r"|[*\u2020\u2021\u00b9\u00b2\u00b3\u2070-\u2079]))+$",
    re.IGNORECASE,
)
LONGEST_HEADING = 200
_MARKS = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"'})


def plain(text: str) -> str:
    """A name as it is compared: case, kinds of space, dash and quotation mark do not count."""
    return _GAPS.sub(" ", tidy(text).translate(_MARKS)).strip(" :*.").casefold()


def heading(text: str) -> str:
    """The column that a heading means; empty for one that is not known."""
    return KNOWN.get(plain(text)) or KNOWN.get(plain(unmarked(text)), "")


def unmarked(text: str) -> str:
    """A heading or a name without the marks of notes at its end, as published statistics have them:
    “Jun-24 [p]”, “Value [note 1]”, “Apr 2024 (r)”, “Number²”, “May 2024*”.
    """
    text = tidy(text)
    return _NOTES.sub("", text) if len(text) <= LONGEST_HEADING else text


class Names(Generic[Named]):
    """Things by the names that people write for them, in the order given.

    Case, spaces, dashes and quotation marks never count. Other punctuation does not where that
    leaves one thing only: “Falls: adults” and “Falls - adults” mean “Falls, adults”, unless there
    is “Falls (adults)” as well. Nor do marks of notes at the end of a name that is not there.
    """

    def __init__(self, pairs: Iterable[tuple[str, Named]]) -> None:
        self._exact: dict[str, list[Named]] = {}
        self._bare: dict[str, set[Named]] = {}
        self._name: dict[Named, str] = {}
        self._nearest: dict[str, str] = {}
        for name, thing in pairs:
            held = self._exact.setdefault(plain(name), [])
            if thing not in held:
                held.append(thing)
            self._bare.setdefault(_bare(name), set()).add(thing)
            self._name.setdefault(thing, name)

    def __contains__(self, text: str) -> bool:
        return bool(self.all(text))

    def all(self, text: str) -> list[Named]:
        """Everything of this name: several things may share one."""
        return self._as_written(text) or self._as_written(unmarked(text))

    def is_marked(self, text: str) -> bool:
        """Whether it is known only without the marks of notes at its end."""
        return bool(self.all(text)) and not self._as_written(text)

    def _as_written(self, text: str) -> list[Named]:
        if exact := self._exact.get(plain(text)):
            return exact
        bare = self._bare.get(_bare(text), set())
        return list(bare) if len(bare) == 1 else []

    def first(self, text: str) -> Named | None:
        return next(iter(self.all(text)), None)

    def did_you_mean(self, text: str) -> str:
        """The question after the words about a name that is not there; empty where none is like it,
        and where many were asked for already.
        """
        key = plain(text)
        if key not in self._nearest:
            if len(self._nearest) >= MOST_LOOKED_FOR or not key:
                return ""
            like = get_close_matches(key[:200], self._exact, n=1, cutoff=LIKE)
            names = [self._name[self._exact[found][0]] for found in like]
            self._nearest[key] = f". Did you mean “{names[0]}”?" if names else ""
        return self._nearest[key]


def _bare(text: str) -> str:
    """The letters and digits of a name, with "and" for "&"; itself where it has none."""
    known = plain(text).replace("&", "and")
    return "".join(filter(str.isalnum, known)) or known
