"""What a measure is, as somebody sets it up, and what is wrong with it. Pure.

The same rules check a new measure and one that is changed. The database's constraints and what is
fixed once figures rest on it (kpis/models/fixed.py) come after them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kmpt_tracker.ui.formats import format_date
from kpis.rollup import OverTime, RollUp
from strategy.periods import Frequency

Problem = tuple[str, str]
MOST_DECIMALS = 6
LONGEST_LAG = 730
PERCENT = "percent"
# Words that addresses use in the place of a measure's code.
RESERVED = frozenset({"new", "edit", "adopt", "lock", "months", "data"})
LONGEST_CODE = 80
TRUST, CARE_GROUP = "trust", "care_group"
KITEMARK = ("kitemark_sign_off", "kitemark_timely", "kitemark_audit", "kitemark_robust")


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A measure as typed. Dates are half-open: `valid_to` is the first day it no longer counts."""

    name: str
    kind: str = "quantitative"
    definition: str = ""
    unit: str = ""
    decimals: int = 0
    numerator: str = ""
    denominator: str = ""
    direction: str = ""
    frequency: str = ""
    year_end_month: int = 3
    judged_on: str = "month"
    interpretation_note: str = ""
    collection_level: str = TRUST
    roll_up: str = RollUp.NONE.value
    over_time: str = OverTime.LAST.value
    reporting_lag_days: int | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    numerator_may_exceed_denominator: bool = False
    whole_numbers_only: bool = False
    counts_people: bool = False
    repeat_check: bool = False
    kitemark_sign_off: str = ""
    kitemark_timely: str = ""
    kitemark_audit: str = ""
    kitemark_robust: str = ""
    kitemark_on: date | None = None
    data_source: str = ""
    owner: str = ""
    tags: tuple[str, ...] = ()

    @property
    def is_milestone(self) -> bool:
        return self.kind == "milestone"

    @property
    def has_parts(self) -> bool:
        return bool(self.numerator and self.denominator)

    @property
    def adds_up(self) -> bool:
        """Whether the trust has a figure made of the care groups' figures."""
        return self.collection_level == CARE_GROUP and self.roll_up != RollUp.NONE

    @property
    def is_assessed(self) -> bool:
        return any(getattr(self, part) for part in KITEMARK)


def problems(asked: Definition, *, today: date) -> Iterator[Problem]:
    """Each field that is wrong, with what to do about it."""
    if not asked.name.strip():
        yield "name", "Enter the name of the measure"
    if not asked.frequency:
        yield "frequency", "Choose how often it is reported"
    if asked.is_milestone:
        yield from _of_a_milestone(asked)
    else:
        yield from _of_a_figure(asked)
        yield from _over_time(asked)
    if not asked.is_milestone and asked.collection_level == CARE_GROUP:
        yield from _of_the_whole(asked)
    yield from _of_the_quality(asked, today)


def _of_a_milestone(asked: Definition) -> Iterator[Problem]:
    if asked.unit:
        yield "unit", "A milestone is done or not: choose “No unit”"
    for part in ("numerator", "denominator"):
        if getattr(asked, part):
            yield part, "A milestone is done or not: leave this empty"
    if asked.judged_on != "month":
        yield "judged_on", "A milestone is judged by its day: choose “The period itself”"
    if asked.roll_up != RollUp.NONE:
        yield (
            "roll_up",
            "Milestones are not added up: choose that the trust has no figure of its own",
        )


def _of_a_figure(asked: Definition) -> Iterator[Problem]:
    if not asked.unit:
        yield "unit", "Choose the unit"
    if not asked.direction:
        yield "direction", "Choose which way is better"
    for part, other in (("numerator", "denominator"), ("denominator", "numerator")):
        if getattr(asked, other) and not getattr(asked, part):
            names = {"numerator": "the number is", "denominator": "it is out of"}
            yield part, f"Enter what {names[part]}, or leave both empty"
    if asked.whole_numbers_only and asked.decimals and not asked.has_parts:
        yield "decimals", "Whole numbers have no decimals: enter 0, or do not ask for whole numbers"
    if asked.numerator_may_exceed_denominator and not asked.has_parts:
        yield (
            "numerator_may_exceed_denominator",
            "This measure is not made of two parts: do not choose this",
        )


def _over_time(asked: Definition) -> Iterator[Problem]:
    is_summed = asked.over_time in (OverTime.SUM, OverTime.RATIO_OF_SUMS)
    if asked.over_time == OverTime.RATIO_OF_SUMS and not asked.has_parts:
        yield "over_time", "Only a figure of two parts is added up part by part: choose another way"
    if asked.over_time == OverTime.SUM and (asked.unit == PERCENT or asked.has_parts):
        yield "over_time", "Shares cannot be added up over months: choose another way"
    if asked.judged_on == "month" or not asked.frequency:
        return
    if asked.frequency not in (Frequency.MONTHLY, Frequency.QUARTERLY, Frequency.HALF_YEARLY):
        yield (
            "judged_on",
            "A figure of a year or more is judged as it is: choose “The period itself”",
        )
    elif not is_summed and asked.over_time != OverTime.MEAN:
        yield "over_time", "Say how the months of the longer time are put together"


def _of_the_whole(asked: Definition) -> Iterator[Problem]:
    """How the care groups' figures make the trust's. Percentages are never averaged or added up."""
    if asked.roll_up == RollUp.RATIO_OF_SUMS and not asked.has_parts:
        yield "roll_up", "Say what the number is and out of what, or choose another way"
    if asked.roll_up == RollUp.WEIGHTED_MEAN and not asked.has_parts:
        yield "roll_up", "A weighted average needs what it is out of, or choose another way"
    if asked.roll_up == RollUp.SUM and asked.has_parts:
        yield "roll_up", "A figure of two parts is added up part by part: choose that"
    elif asked.roll_up == RollUp.SUM and asked.unit == PERCENT:
        yield (
            "roll_up",
            "Percentages are never added up: say what the number is and out of what, or choose "
            "that the trust has no figure of its own",
        )


def _of_the_quality(asked: Definition, today: date) -> Iterator[Problem]:
    if not 0 <= asked.decimals <= MOST_DECIMALS:
        yield "decimals", f"Decimals must be between 0 and {MOST_DECIMALS}"
    lag = asked.reporting_lag_days
    if lag is not None and not 0 <= lag <= LONGEST_LAG:
        yield "reporting_lag_days", f"Days until it is due must be between 0 and {LONGEST_LAG}"
    if asked.minimum is not None and asked.maximum is not None and asked.maximum <= asked.minimum:
        yield "maximum", "The most it can be must be more than the least"
    if asked.kitemark_on is not None and asked.kitemark_on > today:
        yield "kitemark_on", f"Data quality cannot have been looked at after {format_date(today)}"
    if asked.is_assessed and asked.kitemark_on is None:
        yield "kitemark_on", "Enter the day on which the four parts were looked at"
    if not asked.is_assessed and asked.kitemark_on is not None:
        yield "kitemark_sign_off", "Say what was found on that day, or empty the day"


def code_problem(code: str) -> str:
    """Why a code cannot be one; empty where it can. A code is for addresses and files, for ever."""
    if not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", code) or len(code) > LONGEST_CODE:
        return (
            f"Enter small letters, digits and hyphens only, {LONGEST_CODE} characters or fewer, "
            "such as sickness-absence"
        )
    if code in RESERVED:
        return f"“{code}” is a word that addresses use: choose another code"
    return ""


def code_from(name: str) -> str:
    """A code made of a name, cut at a word: "Referrals, 24 hours" → referrals-24-hours."""
    words = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")
    while len(words) > LONGEST_CODE:
        words = words[:LONGEST_CODE].rpartition("-")[0] or words[:LONGEST_CODE]
    return words
