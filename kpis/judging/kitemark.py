"""The assessed quality of a measure's data, and when its figures are due, in words. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol

from kmpt_tracker.ui.formats import format_count, format_date


class KitemarkPart(StrEnum):
    """The four quarters of the data-quality kitemark."""

    SIGN_OFF = "sign_off"
    TIMELY = "timely"
    AUDIT = "audit"
    ROBUST = "robust"


class Assurance(StrEnum):
    """What is known about one quarter; empty when nobody has assessed it."""

    NOT_ASSESSED = ""
    SUFFICIENT = "sufficient"
    INSUFFICIENT = "insufficient"


@dataclass(frozen=True, slots=True)
class Kitemark:
    """The four quarters of one measure, as people assessed them."""

    sign_off: Assurance = Assurance.NOT_ASSESSED
    timely: Assurance = Assurance.NOT_ASSESSED
    audit: Assurance = Assurance.NOT_ASSESSED
    robust: Assurance = Assurance.NOT_ASSESSED

    @property
    def sentence(self) -> str:
        parts = {part: Assurance(getattr(self, part.value)) for part in KitemarkPart}
        good = sum(state is Assurance.SUFFICIENT for state in parts.values())
        known = sum(state is not Assurance.NOT_ASSESSED for state in parts.values())
        if known == 0:
            return "Data quality not assessed"
        poor = [
            part.value.replace("_", "-")
            for part, state in parts.items()
            if state is Assurance.INSUFFICIENT
        ]
        tail = f"; not sufficient: {', '.join(poor)}" if poor else ""
        unknown = f"; {4 - known} not assessed" if known < 4 else ""
        return f"Data quality sufficient on {good} of 4{tail}{unknown}"


class DataQuality(Protocol):
    """The fields of a measure that its kitemark and its due day are made from."""

    kitemark_sign_off: str
    kitemark_timely: str
    kitemark_audit: str
    kitemark_robust: str
    kitemark_on: date | None
    reporting_lag_days: int | None


def kitemark_words(measure: DataQuality) -> str:
    """The assessed quality of a measure's data: sign-off, timely, audit, robust, and when."""
    said = Kitemark(
        **{
            part.value: Assurance(getattr(measure, f"kitemark_{part.value}"))
            for part in KitemarkPart
        }
    ).sentence
    day = measure.kitemark_on
    return f"{said}, looked at on {format_date(day)}" if day else said


def lag_words(measure: DataQuality) -> str:
    """When a figure is due: its lag after the period's end, else the close of the return."""
    days = measure.reporting_lag_days
    if days is None:
        return "when the monthly return closes"
    return f"{format_count(days, 'day')} after the period ends"
