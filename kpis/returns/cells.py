"""Read a draft cell: typed text to a figure, or a message that says what to do. Pure.

The rules of docs/input.md, for forms and imports alike: what cannot be true is refused, what is
improbable needs a tick and a reason, and what was typed is never lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from kmpt_tracker.ui.typed import (
    NumberRules,
    PartsRules,
    can_be_kept,
    check_text,
    judge_parts,
    parse_date_text,
    parse_number,
    warnings,
)
from kpis.judging.assess import MeasureTerms
from kpis.rag import MilestoneStatus
from strategy.periods import Frequency

MOST_DECIMALS = 4
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
        """The cell as it counts, given what was saved before.

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


@dataclass(frozen=True, slots=True, kw_only=True)
class CellRead:
    """What a cell was read as. An `error` stops a submission; `warnings` need to be confirmed."""

    numerator: Decimal | None = None
    denominator: Decimal | None = None
    value: Decimal | None = None
    is_no_cases: bool = False
    is_withdrawn: bool = False
    milestone_status: str = ""
    forecast_on: date | None = None
    completed_on: date | None = None
    error: str = ""
    error_field: str = ""
    warnings: tuple[str, ...] = ()

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
    """The figure in a cell. An empty cell reads as no figure and no error."""
    for field, (name, limit) in TEXT_LIMITS.items():
        problem = check_text(getattr(text, field), limit, name=name)
        if problem:
            return CellRead(error=problem, error_field=field)
    if text.withdrawn:
        # The boxes still hold the wrong figure that is being withdrawn: do not read it.
        return CellRead(is_withdrawn=True)
    if rules.terms.is_milestone:
        return _read_milestone(text)
    if rules.terms.is_ratio:
        return _read_ratio(text, rules, history)
    parsed = parse_number(text.value, rules.for_value())
    if parsed.error:
        return CellRead(error=parsed.error, error_field="value")
    return _with_warnings(CellRead(value=parsed.value), rules, history)


def _read_ratio(text: CellText, rules: CellRules, history: Sequence[Decimal]) -> CellRead:
    """Read two parts; a value typed with them must agree with them."""
    parsed = {}
    for field, name in (
        ("numerator", rules.numerator_name),
        ("denominator", rules.denominator_name),
    ):
        part = parse_number(getattr(text, field), rules.for_part(_first_upper(name)))
        if part.error:
            return CellRead(error=part.error, error_field=field)
        parsed[field] = part.value
    typed = parse_number(text.value, rules.for_value())
    if typed.error:
        return CellRead(error=typed.error, error_field="value")
    judged = judge_parts(parsed["numerator"], parsed["denominator"], typed.value, rules.for_parts())
    if judged.error:
        return CellRead(error=judged.error, error_field=judged.error_field)
    read = CellRead(
        numerator=parsed["numerator"],
        denominator=parsed["denominator"],
        value=judged.value,
        is_no_cases=judged.is_no_activity,
    )
    return _with_warnings(read, rules, history)


def _with_warnings(read: CellRead, rules: CellRules, history: Sequence[Decimal]) -> CellRead:
    """Add questions about improbable figures, which are never refused."""
    if read.value is None:
        return read
    asked = warnings(read.value, history, rules.for_value())
    return replace(read, warnings=tuple(warning.message for warning in asked))


def _read_milestone(text: CellText) -> CellRead:
    if text.milestone_status and text.milestone_status not in list(MilestoneStatus):
        return CellRead(error="Choose how the milestone stands", error_field="milestone_status")
    dates = {}
    for field, name in (("forecast", "Expected date"), ("completed", "Date it was done")):
        parsed = parse_date_text(getattr(text, field), name=name, allow_empty=True)
        if parsed.error:
            return CellRead(
                error=parsed.error, error_field=field, milestone_status=text.milestone_status
            )
        dates[field] = parsed.value
    if dates["completed"] and text.milestone_status != MilestoneStatus.COMPLETE:
        return CellRead(
            error="A date it was done needs the status “Complete”",
            error_field="milestone_status",
            milestone_status=text.milestone_status,
        )
    return CellRead(
        milestone_status=text.milestone_status,
        forecast_on=dates["forecast"],
        completed_on=dates["completed"],
    )
