"""Read a draft cell: typed text to a figure, or a message that says what to do. Pure.

The rules of docs/input.md, for forms and imports alike: what cannot be true is refused, what is
improbable needs a tick and a reason, and what was typed is never lost.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from kmpt_tracker.ui.typed import (
    NumberRules,
    PartsRules,
    can_be_kept,
    check_text,
    enter,
    judge_parts,
    parse_date_text,
    parse_number,
    warnings,
)
from kpis.judging.terms import MeasureTerms
from kpis.rag import MilestoneStatus
from strategy.periods import Frequency

MOST_DECIMALS = 6
# How a question about an improbable figure refers to the windows before it.
WINDOWS = {
    Frequency.QUARTERLY: ("quarters", "last quarter"),
    Frequency.HALF_YEARLY: ("half-years", "last half-year"),
    Frequency.ANNUAL: ("years", "last year"),
}
# Field → its name in messages, and its limit.
TEXT_LIMITS = {
    "numerator": ("Number", 200),
    "denominator": ("Number", 200),
    "value": ("Number", 200),
    "forecast": ("Expected date", 40),
    "completed": ("Date it was done", 40),
    "no_data_reason": ("Reason", 500),
    "confirm_reason": ("Reason", 500),
    "comment": ("Comment", 2_000),
    "change_reason": ("Reason", 500),
}
# The figures and dates of a cell: a longer text is no figure and no date.
SHORT = ("numerator", "denominator", "value", "forecast", "completed")


@dataclass(frozen=True, slots=True, kw_only=True)
class CellText:
    """A cell as typed."""

    numerator: str = ""
    denominator: str = ""
    value: str = ""
    milestone_status: str = ""
    forecast: str = ""
    completed: str = ""
    withdrawn: bool = False
    no_data_reason: str = ""
    confirmed: bool = False
    confirm_reason: str = ""
    comment: str = ""
    change_reason: str = ""

    @property
    def can_be_saved(self) -> bool:
        """Whether a draft can hold the text as it is; if not, its message says why."""
        return (
            all(can_be_kept(getattr(self, name)) for name in TEXT_LIMITS)
            and all(len(getattr(self, name)) <= TEXT_LIMITS[name][1] for name in SHORT)
            and self.milestone_status in ("", *MilestoneStatus)
        )

    def after(self, before: CellText) -> CellText:
        """The cell to save, given what was saved before.

        A tick confirms only the figure it was given for; it stays if the reason was typed again as
        well. A figure typed over a withdrawn one ends the withdrawal.
        """
        other = any(getattr(self, name) != getattr(before, name) for name in SHORT)
        if before.confirmed and other and self.confirm_reason == before.confirm_reason:
            return replace(self, confirmed=False)
        if before.withdrawn and other:
            return replace(self, withdrawn=False)
        return self

    @property
    def has_figure(self) -> bool:
        return bool(
            self.numerator.strip()
            or self.denominator.strip()
            or self.value.strip()
            or self.milestone_status
        )


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one box. `is_missing`: nothing is in it yet, and something must be."""

    field: str
    message: str
    is_missing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CellRead:
    """What a cell was read as. `faults` prevent submission and are all shown at once; `warnings`
    need to be confirmed.
    """

    numerator: Decimal | None = None
    denominator: Decimal | None = None
    value: Decimal | None = None
    is_no_cases: bool = False
    is_withdrawn: bool = False
    milestone_status: str = ""
    forecast_on: date | None = None
    completed_on: date | None = None
    faults: tuple[Fault, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def error(self) -> str:
        """The first thing that is wrong, for places that have room for one."""
        return self.faults[0].message if self.faults else ""

    @property
    def error_field(self) -> str:
        return self.faults[0].field if self.faults else ""

    @property
    def has_figure(self) -> bool:
        return self.value is not None or self.is_no_cases or bool(self.milestone_status)


@dataclass(frozen=True, slots=True, kw_only=True)
class CellRules:
    """What a measure accepts: its own limits and the wording of its parts."""

    terms: MeasureTerms
    name: str
    numerator_name: str = ""
    denominator_name: str = ""
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    numerator_may_exceed_denominator: bool = False
    repeat_check: bool = False
    whole_numbers_only: bool = False
    period_label: str = ""

    def for_value(self) -> NumberRules:
        """Limits for the value: whole for a count shown whole, or where the measure says so."""
        is_whole = self.terms.unit == "count" and (
            self.terms.decimals == 0 or self.whole_numbers_only
        )
        history_in, previous = WINDOWS.get(self.terms.frequency, ("months", "last month"))
        return NumberRules(
            name=self.name,
            unit=self.terms.unit,
            decimals=0 if is_whole else MOST_DECIMALS,
            shown=self.terms.decimals,
            repeat_check=self.repeat_check,
            history_in=history_in,
            previous=previous,
            minimum=self.minimum,
            maximum=self.maximum,
            allow_empty=True,
            period=self.period_label,
        )

    def for_part(self, name: str) -> NumberRules:
        """Limits for a part: whole where the measure says so, as for people. WTE, money and days
        may have decimals.
        """
        return NumberRules(
            name=name,
            unit="part",
            decimals=0 if self.whole_numbers_only else MOST_DECIMALS,
            minimum=Decimal(0),
            allow_empty=True,
            period=self.period_label,
        )

    def for_parts(self) -> PartsRules:
        return PartsRules(
            name=self.name,
            numerator_name=_first_upper(self.numerator_name),
            denominator_name=_first_upper(self.denominator_name),
            unit=self.terms.unit,
            decimals=self.terms.decimals,
            minimum=self.minimum,
            maximum=self.maximum,
            numerator_may_exceed_denominator=self.numerator_may_exceed_denominator,
            allow_empty=True,
            period=self.period_label,
        )


def _first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def read_cell(text: CellText, rules: CellRules, history: Sequence[Decimal] = ()) -> CellRead:
    """The figure in a cell, and everything that is wrong with it. An empty cell reads as no figure
    and no fault.
    """
    faults = []
    for field, (name, limit) in TEXT_LIMITS.items():
        if problem := check_text(getattr(text, field), limit, name=name):
            faults.append(Fault(field, problem))
    if text.withdrawn:
        # The boxes still hold the wrong figure that is being withdrawn: do not read it.
        return CellRead(is_withdrawn=True, faults=tuple(faults))
    unread = {fault.field for fault in faults}
    if rules.terms.is_milestone:
        read = _read_milestone(text, unread)
    elif rules.terms.is_ratio:
        read = _read_ratio(text, unread, rules)
    else:
        read = _read_value(text, unread, rules)
    if read.value is not None:
        # Questions about improbable figures, which are never refused.
        asked = warnings(read.value, history, rules.for_value())
        read = replace(read, warnings=tuple(warning.message for warning in asked))
    return replace(read, faults=(*read.faults, *faults))


def _read_value(text: CellText, unread: Collection[str], rules: CellRules) -> CellRead:
    if "value" in unread:
        return CellRead()
    parsed = parse_number(text.value, rules.for_value())
    if parsed.error:
        return CellRead(faults=(Fault("value", parsed.error),))
    return CellRead(value=parsed.value)


def _read_ratio(text: CellText, unread: Collection[str], rules: CellRules) -> CellRead:
    """Read two parts; a value typed with them must agree with them."""
    numbers = {
        "numerator": rules.for_part(_first_upper(rules.numerator_name)),
        "denominator": rules.for_part(_first_upper(rules.denominator_name)),
        "value": rules.for_value(),
    }
    parsed = {
        field: parse_number(getattr(text, field), number)
        for field, number in numbers.items()
        if field not in unread
    }
    faults = [Fault(field, part.error) for field, part in parsed.items() if part.error]
    if faults or len(parsed) < len(numbers):
        # The other part is asked for in the same breath where it is missing altogether.
        faults += [
            Fault(field, enter(numbers[field].name), is_missing=True)
            for field in ("numerator", "denominator")
            if field in parsed and parsed[field].blank
        ]
        return CellRead(faults=tuple(faults))
    numerator, denominator, typed = (parsed[field].value for field in numbers)
    judged = judge_parts(numerator, denominator, typed, rules.for_parts())
    if judged.error:
        is_missing = parsed[judged.error_field].blank
        return CellRead(faults=(Fault(judged.error_field, judged.error, is_missing),))
    return CellRead(
        numerator=numerator,
        denominator=denominator,
        value=judged.value,
        is_no_cases=judged.is_no_activity,
    )


def _read_milestone(text: CellText, unread: Collection[str]) -> CellRead:
    faults = []
    status = text.milestone_status
    if status and status not in list(MilestoneStatus):
        faults.append(Fault("milestone_status", "Choose how the milestone stands"))
        status = ""
    dates = {}
    for field, name in (("forecast", "Expected date"), ("completed", "Date it was done")):
        if field in unread:
            continue
        parsed = parse_date_text(getattr(text, field), name=name, allow_empty=True)
        if parsed.error:
            faults.append(Fault(field, parsed.error))
        dates[field] = parsed.value
    if dates.get("completed") and status != MilestoneStatus.COMPLETE:
        words = "A date it was done needs the status “Complete”"
        faults.append(Fault("milestone_status", words))
    return CellRead(
        milestone_status=status,
        forecast_on=dates.get("forecast"),
        completed_on=dates.get("completed"),
        faults=tuple(faults),
    )
