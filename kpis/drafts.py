"""Reading a draft cell: typed text to a figure, or a message that says what to do. Pure.

The same verdicts as every other door (docs/input.md): what cannot be true is refused, what is
improbable asks for a tick and a reason, and what was typed is never lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kmpt_tracker.ui.typed import (
    NumberRules,
    check_text,
    parse_number,
)
from kpis.assessing import MeasureTerms

COMMENT_LIMIT = 2_000
REASON_LIMIT = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class CellText:
    """A cell as typed."""

    numerator: str = ""
    denominator: str = ""
    value: str = ""
    milestone_status: str = ""
    forecast: str = ""
    completed: str = ""
    no_data_reason: str = ""
    confirmed: bool = False
    confirm_reason: str = ""
    comment: str = ""
    change_reason: str = ""

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
    """What a cell was read as. `error` stops a submission; `warnings` ask to be confirmed."""

    numerator: Decimal | None = None
    denominator: Decimal | None = None
    value: Decimal | None = None
    is_no_cases: bool = False
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
    period_label: str = ""

    def for_value(self) -> NumberRules:
        return NumberRules(
            name=self.name,
            unit=self.terms.unit,
            decimals=4 if self.terms.unit != "count" else 0,
            minimum=self.minimum,
            maximum=self.maximum,
            allow_empty=True,
            period=self.period_label,
        )

    def for_part(self, name: str) -> NumberRules:
        return NumberRules(
            name=name, unit="part", decimals=4, minimum=Decimal(0), allow_empty=True,
            period=self.period_label,
        )  # fmt: skip


def read_cell(text: CellText, rules: CellRules, history: Sequence[Decimal] = ()) -> CellRead:
    """The figure in a cell; an empty cell reads as no figure and no error."""
    for field, limit in (
        ("comment", COMMENT_LIMIT),
        ("no_data_reason", REASON_LIMIT),
        ("confirm_reason", REASON_LIMIT),
        ("change_reason", REASON_LIMIT),
    ):
        problem = check_text(getattr(text, field), limit)
        if problem:
            return CellRead(error=problem, error_field=field)
    if rules.terms.is_milestone:
        return _read_milestone(text, rules)
    if rules.terms.is_ratio:
        return _read_ratio(text, rules, history)
    parsed = parse_number(text.value, rules.for_value())
    if parsed.error:
        return CellRead(error=parsed.error, error_field="value")
    return _with_warnings(CellRead(value=parsed.value), rules, history)
