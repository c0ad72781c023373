"""A standing in words and digits: values that never contradict their colour. Pure."""

from __future__ import annotations

from decimal import Decimal
from typing import Protocol

from kmpt_tracker.ui.formats import (
    MISSING,
    format_change,
    format_month_short,
    format_target,
    format_value,
)
from kpis.assessing import MeasureTerms
from kpis.freshness import Assurance, Kitemark, KitemarkPart
from kpis.rag import Operator, display_decimals
from kpis.sentences import STEPS as STEPS
from kpis.sentences import rule_phrase
from kpis.spc.words import NO_SIGNAL
from kpis.standing import Standing, TargetShown
from strategy.periods import Frequency

MILESTONE_WORDS = {
    "not_started": "Not started",
    "on_track": "On track",
    "at_risk": "At risk",
    "off_track": "Off track",
    "complete": "Complete",
}
FREQUENCY_WORDS = {
    Frequency.QUARTERLY: "quarterly",
    Frequency.HALF_YEARLY: "half-yearly",
    Frequency.ANNUAL: "annual",
}


def decimals_of(standing: Standing, terms: MeasureTerms) -> int:
    """As many digits as the measure shows, and as many more as the colour takes."""
    target, value = standing.target, standing.judged_value
    if value is None:
        value = standing.value
    if value is None or target is None or target.value is None or not standing.rag.is_coloured:
        return terms.decimals
    return display_decimals(
        value,
        terms.decimals,
        target=target.value,
        floor=target.floor,
        upper=target.upper,
        direction=terms.direction,
        operator=Operator(target.operator),
    )


def value_words(standing: Standing, terms: MeasureTerms) -> str:
    """The value as shown: "91.8%", "On track", or a dash."""
    if terms.is_milestone:
        return MILESTONE_WORDS.get(standing.milestone_status, MISSING)
    value = standing.value if standing.judged_value is None else standing.judged_value
    return format_value(value, terms.unit, decimals_of(standing, terms))


def own_value_words(standing: Standing, terms: MeasureTerms) -> str:
    """The window's own value, where another is rated: as in the chart and the files."""
    if terms.is_milestone or not span_words(terms):
        return value_words(standing, terms)
    return format_value(standing.value, terms.unit, terms.decimals)


def target_words(target: TargetShown | None, terms: MeasureTerms) -> str:
    """What was asked for: "≥ 95%", a milestone's month, or a dash."""
    if target is None:
        return MISSING
    if terms.is_milestone:
        return format_month_short(target.due_on) if target.due_on else MISSING
    if target.value is None:
        return MISSING
    decimals = max(terms.decimals, places(target.value)) if places(target.value) else 0
    return format_target(target.operator, target.value, target.upper, terms.unit, decimals)


def asked_words(standing: Standing, terms: MeasureTerms) -> str:
    """The target without its sign, for sentences that say whether it was met; empty without one."""
    if standing.target is None or standing.target.value is None:
        return ""
    return target_words(standing.target, terms).lstrip("≥≤<> ")


def span_words(terms: MeasureTerms) -> str:
    """What a rated value covers, where that is more than its window."""
    return {"year_to_date": "year to date", "rolling_12": "12 months"}.get(terms.judged_on, "")


def when_words(standing: Standing, terms: MeasureTerms) -> str:
    """The month a figure is for: "in Aug 2026", "for the 12 months to Aug 2026"."""
    month, span = standing.period.last_month.label, span_words(terms)
    return f"for the {span} to {month}" if span else f"in {month}"


def rule_words(standing: Standing, terms: MeasureTerms) -> str:
    """Which rule of the chart the latest point fired: "It has risen at least six months …".

    Where another rule points the other way, both.
    """
    if standing.special_cause in ("", NO_SIGNAL):
        return ""
    step = STEPS[terms.frequency]
    said = rule_phrase(standing.special_cause, step)
    if standing.opposing_cause:
        other = rule_phrase(standing.opposing_cause, step)
        said = f"{said}, but {other}: the signals are mixed"
    return f"{said[0].upper()}{said[1:]}."


def counted(number: int, terms: MeasureTerms) -> str:
    """ "24 months": so many figures of the measure, one after another."""
    return f"{number} {STEPS[terms.frequency]}s"


def within_sentence(words: str) -> str:
    """A heading's words inside a sentence: "All staff" → "all staff"; "FTE days" stays."""
    return words if words[1:2].isupper() else words[:1].lower() + words[1:]


def places(value: Decimal) -> int:
    """How many decimals a number needs: 95 needs none, 3.5 one."""
    return max(0, -int(value.normalize().as_tuple().exponent))


def variance_words(standing: Standing, terms: MeasureTerms) -> str:
    """How far from the target: "+0.9 percentage points"."""
    target = standing.target
    if target is None or target.variance is None or not standing.has_value:
        return ""
    return format_change(target.variance, terms.unit, max(terms.decimals, 1))


def data_to_words(standing: Standing) -> str:
    """The month of the figure that is shown."""
    return format_month_short(standing.shown.period.last_month)


def parts_words(standing: Standing) -> str:
    """The two parts of a ratio: 412 of 449."""
    if standing.numerator is None or standing.denominator is None:
        return ""
    numerator = format_value(standing.numerator, "count")
    return f"{numerator} of {format_value(standing.denominator, 'count')}"


def reported_words(standing: Standing) -> str:
    """Of how many care groups: 4 of 5 reported."""
    if standing.groups_expected <= 1:
        return ""
    return f"{standing.groups_reported} of {standing.groups_expected} reported"


class DataQuality(Protocol):
    """Of a measure, what its kitemark and its due day are made of."""

    kitemark_sign_off: str
    kitemark_timely: str
    kitemark_audit: str
    kitemark_robust: str
    reporting_lag_days: int | None


def kitemark_words(measure: DataQuality) -> str:
    """What people found of the figure's quality: sign-off, timely, audit, robust."""
    return Kitemark(
        **{
            part.value: Assurance(getattr(measure, f"kitemark_{part.value}"))
            for part in KitemarkPart
        }
    ).sentence


def lag_words(measure: DataQuality) -> str:
    """When a figure is due: its lag after the period's end, else the close of the return."""
    days = measure.reporting_lag_days
    if days is None:
        return "when the monthly return closes"
    return f"{days} day{'' if days == 1 else 's'} after the period ends"
