"""A promise as somebody sets it: what is wrong with it, and what to know about it. Pure.

What is typed is checked once, here, whether the promise is a target added to a plan in force or a
line of a draft. A relative target without a baseline may be set: it waits for its baseline.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from kmpt_tracker.ui.formats import format_date, format_value
from kpis.rag import Direction, floor_misses, operator_contradicts
from kpis.targets import (
    TRUST,
    Change,
    Operator,
    Point,
    Profile,
    Role,
    TargetTerms,
    TargetValue,
    ValueIs,
    value_at,
)
from strategy.periods import FinancialYear, Month, Period

Problem = tuple[str, str]
LONGEST_STATEMENT = 2000
MOST_POINTS = 240
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_NAMED = re.compile(r"([A-Za-z]{3,9})[ \-/’']*([0-9]{4}|[0-9]{2})")
_NUMBER = re.compile(r"[-−+]?[0-9][0-9,]*(?:\.[0-9]+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """One promise as typed. `value` is the printed size: 15% less is 15, down."""

    statement: str
    role: str = Role.COMMITMENT.value
    operator: str = ""
    value_is: str = ""
    change: str = ""
    value: Decimal | None = None
    upper_value: Decimal | None = None
    baseline: Decimal | None = None
    baseline_period: str = ""
    floor: Decimal | None = None
    starts_on: date | None = None
    due_on: date | None = None
    due_as_published: str = ""
    profile: str = Profile.STEP.value
    points: tuple[tuple[str, str], ...] = ()
    source_section: str = ""
    interpretation_note: str = ""

    @property
    def path(self) -> tuple[Point, ...]:
        return tuple(Point(Month.parse(month), Decimal(value)) for month, value in self.points)

    @property
    def has_number(self) -> bool:
        return self.value is not None or bool(self.points)

    def terms(
        self, *, code: str, plan: str, starts: date, ends: date, tolerance: Decimal
    ) -> TargetTerms:
        """The promise as it would be judged, trust-wide, under a plan."""
        return TargetTerms(
            code=code,
            role=Role(self.role),
            care_group=TRUST,
            operator=Operator(self.operator) if self.operator else None,
            value=self.value,
            upper_value=self.upper_value,
            value_is=ValueIs(self.value_is) if self.value_is else ValueIs.ABSOLUTE,
            change=Change(self.change) if self.change else None,
            baseline=self.baseline,
            baseline_period=baseline_window(self.baseline_period),
            floor=self.floor,
            effective_from=self.starts_on,
            due_on=self.due_on,
            profile=Profile(self.profile) if self.profile else Profile.STEP,
            points=self.path,
            plan=plan,
            plan_starts=starts,
            plan_ends=ends,
            default_tolerance_percent=tolerance,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What the rules need to know about the measure of a promise. `months_held`: of a sum that is
    judged window by window, how many months a window has.
    """

    name: str
    direction: Direction
    unit: str
    decimals: int = 0
    is_milestone: bool = False
    begins_on: date | None = None
    ends_on: date | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    months_held: int | None = None


def baseline_window(text: str) -> Period | None:
    """The period of a baseline: "2016/17", "2019-03", "Mar 2017". None where it says none."""
    text = text.strip()
    if not text:
        return None
    named = _NAMED.fullmatch(text)
    if named:
        month = _month_named(named)
        return month.period if month else None
    for read in (Period.parse, lambda words: FinancialYear.parse(words).period):
        try:
            return read(text)
        except ValueError:
            continue
    return None


def problems(
    promise: Promise, measure: Counted | None, *, plan_starts: date, plan_ends: date
) -> Iterator[Problem]:
    """Each field that is wrong, with what to do about it; the first of a field comes first."""
    yield from _of_the_words(promise, measure)
    if promise.points:
        yield from _of_the_path(promise, plan_ends)
    if measure is not None and promise.has_number:
        yield from _of_the_number(promise, measure)
    yield from _of_the_dates(promise, measure, plan_starts, plan_ends)


def _of_the_words(promise: Promise, measure: Counted | None) -> Iterator[Problem]:
    if not promise.statement.strip():
        yield "statement", "Enter the promise, in the words of the plan"
    elif len(promise.statement) > LONGEST_STATEMENT:
        yield "statement", f"The promise must be {LONGEST_STATEMENT:,} characters or fewer"
    if measure is None and promise.has_number:
        yield "measure", "Choose the measure that counts it, or leave the value empty"
    elif measure is None and promise.operator:
        yield "operator", "Without a measure only the words are kept: leave this empty"
    if measure is not None and measure.is_milestone and promise.has_number:
        yield "value", f"{measure.name} is a milestone: it has a day, not a value"


def _of_the_path(promise: Promise, plan_ends: date) -> Iterator[Problem]:
    months = [point.month for point in promise.path]
    if promise.profile != Profile.EXPLICIT_POINTS:
        yield "profile", "Choose “value by value” for a path of months, or empty the path"
    elif promise.value_is not in ("", ValueIs.ABSOLUTE):
        yield "value_is", "A path names its values one by one: choose “the value itself”"
    elif promise.operator == Operator.BETWEEN:
        yield "operator", "A path of months has one value for each month, a band has two"
    if len(set(months)) < len(months):
        yield "points", "Give each month once"
    elif promise.due_on is not None and max(months) > Month.of(promise.due_on):
        yield "points", f"The path goes on after the due date ({format_date(promise.due_on)})"


def _of_the_number(promise: Promise, measure: Counted) -> Iterator[Problem]:
    if not promise.operator:
        yield "operator", "Choose at least, at most, exactly or between"
        return
    operator = Operator(promise.operator)
    problem = operator_contradicts(measure.direction, operator)
    if problem:
        yield "operator", f"{problem} Choose the other way, or another measure"
    if operator is Operator.BETWEEN and promise.value is not None:
        if promise.upper_value is None:
            yield "upper_value", "Enter the upper value of the band"
        elif promise.upper_value <= promise.value:
            yield "upper_value", "The upper value must be more than the lower one"
    elif operator is not Operator.BETWEEN and promise.upper_value is not None:
        yield "upper_value", "Only a band has an upper value: choose between, or empty this"
    is_change = promise.value_is not in ("", ValueIs.ABSOLUTE)
    if is_change and not promise.change:
        yield "change", "Choose up or down"
    if is_change and promise.value is not None and promise.value < 0:
        yield "value", "Enter the size of the change as 0 or more, and choose up or down"
    if promise.floor is not None and not problem:
        yield from _of_the_floor(promise, measure, operator)


def _of_the_floor(promise: Promise, measure: Counted, operator: Operator) -> Iterator[Problem]:
    if measure.direction is Direction.NEUTRAL:
        yield "floor", "A neutral measure is not rated: it takes no floor"
    elif promise.profile == Profile.STEP and promise.value_is in ("", ValueIs.ABSOLUTE):
        said = floor_misses(
            promise.value or Decimal(0), promise.floor or Decimal(0), measure.direction, operator
        )
        if said and promise.value is not None:
            yield "floor", said.rstrip(".")


def _of_the_dates(
    promise: Promise, measure: Counted | None, plan_starts: date, plan_ends: date
) -> Iterator[Problem]:
    starts = promise.starts_on or plan_starts
    due = promise.due_on or plan_ends
    is_standard = promise.role == Role.NATIONAL_STANDARD
    if measure is not None and measure.is_milestone and promise.due_on is None:
        yield "due_on", "Enter the day by which it is to be done"
    if promise.starts_on and promise.starts_on < plan_starts and not is_standard:
        yield (
            "starts_on",
            (f"The plan starts on {format_date(plan_starts)}: no target of it holds before"),
        )
    if measure is not None and measure.begins_on and starts < measure.begins_on:
        yield (
            "starts_on",
            (
                f"{measure.name} begins on {format_date(measure.begins_on)}: a target cannot hold "
                "before its measure begins"
            ),
        )
    if measure is not None and measure.ends_on and starts >= measure.ends_on:
        yield (
            "measure",
            (
                f"{measure.name} is no longer counted from {format_date(measure.ends_on)}: "
                "choose the measure that followed it"
            ),
        )
    if promise.due_on is not None and promise.due_on < starts:
        yield (
            "due_on",
            (f"Due date must be on or after the day the target starts ({format_date(starts)})"),
        )
    if not promise.baseline_period.strip():
        return
    window = baseline_window(promise.baseline_period)
    if window is None:
        yield "baseline_period", "Write the baseline's period as 2025/26, Mar 2026 or 2026-03"
    elif window.last_month >= Month.of(due) and not (is_standard and promise.due_on is None):
        yield (
            "baseline_period",
            (f"The baseline ({window.label}) must lie before the due date ({format_date(due)})"),
        )


def remarks(
    promise: Promise, measure: Counted | None, *, plan_starts: date, plan_ends: date
) -> tuple[str, ...]:
    """What is allowed, and worth knowing before somebody agrees to it."""
    found = []
    if measure is None:
        found.append("Nobody knows yet how to count it: it reads “no measure” until one is chosen.")
        return tuple(found)
    if promise.has_number and promise.value_is not in ("", ValueIs.ABSOLUTE):
        if promise.baseline is None:
            found.append("It needs a baseline: until one is set it is not rated.")
        elif promise.profile == Profile.STRAIGHT_LINE and not promise.baseline_period:
            found.append("The straight line needs the period of its baseline to start from.")
    elif promise.profile == Profile.STRAIGHT_LINE and (
        promise.baseline is None or not promise.baseline_period
    ):
        found.append("A straight line needs a baseline and its period: until then it is not rated.")
    window, held = baseline_window(promise.baseline_period), measure.months_held
    if window and held and promise.baseline is not None and window.length > held:
        found.append(
            f"Its baseline is the sum of {window.label}, and each figure is one of a shorter "
            "window: give the baseline of such a window, or choose a measure that is judged on the "
            "year."
        )
    if not promise.has_number and not measure.is_milestone:
        found.append("It gives a direction, not a number: it is shown, and not rated.")
    if promise.due_on is not None and promise.due_on > plan_ends:
        found.append(f"It falls due after the plan ends ({format_date(plan_ends)}).")
    found += _outside(promise, measure, plan_starts, plan_ends)
    return tuple(found)


def _outside(promise: Promise, measure: Counted, plan_starts: date, plan_ends: date) -> list[str]:
    """A target outside the range of values that the measure can have, on the day it is due."""
    if not promise.operator or not promise.has_number:
        return []
    terms = promise.terms(
        code="", plan="", starts=plan_starts, ends=plan_ends, tolerance=Decimal(5)
    )
    last = promise.due_on or max(plan_ends, promise.starts_on or plan_starts)
    asked = value_at(replace(terms, due_on=promise.due_on), Month.of(last))
    if not isinstance(asked, TargetValue):
        return []
    value = format_value(asked.value, measure.unit, max(measure.decimals, 1))
    if measure.minimum is not None and asked.value < measure.minimum:
        least = format_value(measure.minimum.normalize(), measure.unit)
        return [f"{value} is less than the least this measure can be ({least})."]
    if measure.maximum is not None and asked.value > measure.maximum:
        most = format_value(measure.maximum.normalize(), measure.unit)
        return [f"{value} is more than the most this measure can be ({most})."]
    return []


def read_path(text: str, *, first: Month) -> tuple[tuple[str, str], ...]:
    """A path as typed or pasted: pairs of month and value.

    A line a month ("Mar 2027 84"), a row of months over a row of values, or one row of values, the
    first of which is for the month `first`. Raises ValueError with what to type instead.
    """
    rows = [
        [cell.strip() for cell in re.split(r"\t|;|\s{2,}", line.strip("\r\n")) if cell.strip()]
        for line in text.splitlines()
        if line.strip()
    ]
    if not rows:
        return ()
    months = [_month(cell) for cell in rows[0]]
    if len(rows) == 2 and len(rows[0]) > 1 and all(months):
        if len(rows[0]) != len(rows[1]):
            raise ValueError(
                f"There are {len(rows[0])} months and {len(rows[1])} values: copy both rows whole"
            )
        pairs = list(zip(rows[0], rows[1], strict=True))
    elif len(rows) == 1 and all(_value(cell) is not None for cell in rows[0]):
        pairs = [(str(first.plus(place)), cell) for place, cell in enumerate(rows[0])]
    else:
        pairs = [_pair(line) for line in text.splitlines() if line.strip()]
    if len(pairs) > MOST_POINTS:
        raise ValueError(f"A path has at most {MOST_POINTS} months")
    found = []
    for written, cell in pairs:
        month, value = _month(written), _value(cell)
        if month is None:
            raise ValueError(f"“{written[:40]}” is not a month: write it as Mar 2027 or 2027-03")
        if value is None:
            raise ValueError(f"“{cell[:40]}” is not a number: write it as 84 or 84.5")
        found.append((str(month), format(value, "f")))
    return tuple(sorted(found))


def _pair(line: str) -> tuple[str, str]:
    words = line.strip().rsplit(None, 1)
    if len(words) != 2:
        raise ValueError(f"“{line.strip()[:40]}” has no value: write a month and a value on a line")
    return words[0].rstrip(":,;"), words[1]


def _month(text: str) -> Month | None:
    named = _NAMED.fullmatch(text.strip())
    if named:
        return _month_named(named)
    try:
        return Month.parse(text)
    except ValueError:
        return None


def _month_named(named: re.Match[str]) -> Month | None:
    name, year = named[1][:3].lower(), int(named[2])
    if name not in _MONTHS:
        return None
    return Month(year + 2000 if year < 100 else year, _MONTHS.index(name) + 1)


def _value(text: str) -> Decimal | None:
    cleaned = text.strip().strip("£%").strip()
    if not _NUMBER.fullmatch(cleaned):
        return None
    return Decimal(cleaned.replace(",", "").replace("−", "-"))
