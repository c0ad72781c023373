"""The sentence of a row that needs the board's attention: where it stands, why that matters.

One figure stands out; a second sentence says what the control chart adds, in the words of the
rule that fired. Pure: the page decides how the parts look.
"""

from __future__ import annotations

from dataclasses import dataclass

from kpis.assessing import MeasureTerms
from kpis.promises import PromiseRow
from kpis.rag import Rag
from kpis.standing import Standing
from kpis.words import target_words, value_words
from strategy.periods import Frequency, Month

_STEPS = {
    Frequency.MONTHLY: "month",
    Frequency.QUARTERLY: "quarter",
    Frequency.HALF_YEARLY: "half-year",
    Frequency.ANNUAL: "year",
    Frequency.ONE_OFF: "figure",
}
_RULES = {
    "Above UCL": "It is above the upper limit of normal variation.",
    "Below LCL": "It is below the lower limit of normal variation.",
    "7 Point Trend (Increasing)": "It has risen seven {step}s running.",
    "7 Point Trend (Decreasing)": "It has fallen seven {step}s running.",
    "2 in 3 Above CL": "Two of the last three {step}s lie close to the upper limit.",
    "2 in 3 Below CL": "Two of the last three {step}s lie close to the lower limit.",
    "7 Points Above CL": "The last seven {step}s are all above average.",
    "7 Points Below CL": "The last seven {step}s are all below average.",
}
_OUT_OF_REACH = "The target is beyond anything this process can be expected to produce."
_STEADY = "That is its usual range: only a change to the process will reach the target."


@dataclass(frozen=True, slots=True)
class Said:
    """ "is at" – "58.7%" – " against 85%. …": the words before the figure, it, and the rest."""

    opening: str
    figure: str
    rest: str


def said_of(row: PromiseRow) -> Said:
    """The rest of the sentence that begins with the measure's name."""
    standing, terms = row.standing, row.terms
    if terms is None:
        raise ValueError("A promise without a measure has no figure to speak of.")
    if standing.rag in (Rag.LATE, Rag.NO_DATA):
        return _missing(standing, terms, row.periods_missing)
    if terms.is_milestone:
        return _milestone(standing)
    return _off_target(standing, terms)


def _missing(standing: Standing, terms: MeasureTerms, periods: int) -> Said:
    step = _STEPS[terms.frequency]
    figure = f"no data for {periods} {step}{'' if periods == 1 else 's'}"
    last = standing.shown
    if not last.has_value:
        return Said("has had", figure, ". No figure has been recorded yet.")
    was = f". It was {value_words(last, terms)} in {last.period.last_month.label}"
    asked = _asked(last, terms)
    against = f" against {asked}" if asked and not terms.is_milestone else ""
    return Said("has had", figure, f"{was}{against}; we cannot say where it is now.")


def _milestone(standing: Standing) -> Said:
    due = standing.target.due_on if standing.target else None
    months = standing.period.last_month.months_since(Month.of(due)) if due else 0
    figure = f"{months} month{'' if months == 1 else 's'} late" if months > 0 else "off track"
    if standing.forecast_on:
        return Said("is", figure, f". Now expected in {Month.of(standing.forecast_on).label}.")
    return Said("is", figure, ". No new date has been agreed.")


def _off_target(standing: Standing, terms: MeasureTerms) -> Said:
    value, asked = value_words(standing, terms), _asked(standing, terms)
    rule = _RULES.get(standing.special_cause, "").format(step=_STEPS[terms.frequency])
    if standing.variation.startswith("concern"):
        outlook = _OUT_OF_REACH if standing.assurance == "fail" else ""
    else:
        outlook = _STEADY if standing.assurance == "fail" else ""
        rule = ""
    rest = " ".join(part for part in (f" against {asked}.", rule, outlook) if part)
    return Said("is at", value, rest)


def _asked(standing: Standing, terms: MeasureTerms) -> str:
    """The target without its sign: the sentence already says that it was missed."""
    return target_words(standing.target, terms).lstrip("≥≤<> ") if standing.target else ""
