"""Numbers that a promise gives year by year, as a path of values. Pure.

A number for a financial year is read as the value that its last month should have.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from strategy.plan_text.amounts import SCALES
from strategy.plan_text.counts import number

_YEAR = r"20(?P<first>[0-9]{2})/(?P<second>[0-9]{2})"
# The last month of a financial year.
_MARCH = r"(?:31(?:st)?\s+)?March\s+20(?P<march>[0-9]{2})"
_SIZE = (
    r"(?:[<>≤≥]\s?)?(?P<pound>£\s?)?(?P<size>[0-9][0-9,]{0,14}(?:\.[0-9]{1,6})?)(?![0-9/])"
    r"\s?(?:(?P<scale>k|m|thousand|million)\b|%|per\s?cent\b)?"
)
# "2026/27 4.8, 2027/28 4.4", as the headings of a table stand before its numbers.
_YEAR_FIRST = re.compile(
    rf"\b(?:target\s+)?(?:{_YEAR}|{_MARCH}):?\s+{_SIZE}(?=\s*(?:[,;.]|and\b|$))", re.IGNORECASE
)
# "80% in 2026/27, 90% (2027/28)", "78% by March 2027".
_SIZE_FIRST = re.compile(
    rf"(?<![0-9.,/£]){_SIZE}\s*\(?(?:(?:in|by|for)\s+)?(?:{_YEAR}|{_MARCH})\)?", re.IGNORECASE
)
_BASELINE = re.compile(r"\b(?P<word>baseline|from):?\s*$", re.IGNORECASE)
Values = tuple[tuple[int, Decimal], ...]


@dataclass(frozen=True, slots=True)
class Path:
    """The year in which each financial year ends, with its value; the unit of a sum of money; and
    the year before them, where the words call it the baseline.

    `operator`: the side that is meant, where the values only rise, or only fall.
    """

    values: Values = ()
    unit: str = ""
    baseline: Decimal | None = None
    baseline_period: str = ""

    def __bool__(self) -> bool:
        return bool(self.values)

    @property
    def operator(self) -> str:
        begins = [] if self.baseline is None else [self.baseline]
        steps = list(pairwise([*begins, *(value for _, value in self.values)]))
        if all(one < other for one, other in steps):
            return "ge"
        return "le" if all(one > other for one, other in steps) else ""


def path_of(words: str) -> Path:
    """Values year by year; empty where the words do not give at least two years, one after the
    other, in one unit.
    """
    for pattern in (_YEAR_FIRST, _SIZE_FIRST):
        found = list(pattern.finditer(words))
        years = [2000 + int(row["march"] or int(row["first"]) + 1) for row in found]
        are_years = all(
            row["march"] or year % 100 == int(row["second"])
            for year, row in zip(years, found, strict=True)
        )
        units = {_unit(row) for row in found}
        follow = all(one < other for one, other in pairwise(years))
        if len(found) > 1 and len(units) == 1 and are_years and follow:
            values = tuple(zip(years, (number(row["size"]) for row in found), strict=True))
            unit = units.pop()
            based = _BASELINE.search(words, 0, found[0].start())
            if based is None:
                return Path(values, unit)
            if based["word"].lower() == "from" and len(values) == 2:
                return Path()  # where it begins, and one level that it comes to
            ended, size = values[0]
            return Path(values[1:], unit, size, f"{ended - 1}/{ended % 100:02d}")
    return Path()


def _unit(row: re.Match[str]) -> str:
    """The unit of a sum of money; none of any other number."""
    return SCALES[(row["scale"] or "").lower()] if row["pound"] else row["scale"] or ""
