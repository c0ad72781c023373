"""The sentences about a row that needs the board's attention: its status, and why it matters.

One figure is emphasised. A second sentence adds what the control chart says, in the words of the
rule that was met. The page decides how the parts look.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from kmpt_tracker.ui.formats import format_date
from kpis.judging.claims import how_often
from kpis.judging.freshness import duration_words
from kpis.judging.status import Standing
from kpis.judging.terms import MeasureTerms
from kpis.judging.wording import (
    asked_words,
    chart_of,
    rule_words,
    span_words,
    value_words,
)
from strategy.periods import Month

_STEADY = "That is its usual range: only a change to the process will reach the target."


@dataclass(frozen=True, slots=True)
class Said:
    """ "is at" – "58.7%" – " against 85%. …": the words before the figure, it, and the rest."""

    opening: str
    figure: str
    rest: str


def said_of(standing: Standing, terms: MeasureTerms | None) -> Said:
    """The rest of the sentence after the measure's name. ValueError without a measure."""
    if terms is None:
        raise ValueError("A promise without a measure has no figure to speak of.")
    if terms.is_milestone:
        return _milestone(standing)
    return _off_target(standing, terms)


def _milestone(standing: Standing) -> Said:
    due = standing.target.due_on if standing.target else None
    months = standing.period.last_month.months_since(Month.of(due)) if due else 0
    figure = "off track"
    if due and due < standing.period.end:
        figure = f"{duration_words(months)} late" if months > 0 else "overdue"
    if standing.forecast_on:
        return Said("is", figure, f". Now expected in {Month.of(standing.forecast_on).label}.")
    return Said("is", figure, ". No new date has been agreed.")


def _off_target(standing: Standing, terms: MeasureTerms) -> Said:
    """The latest value, what its figures do, and how often the target was met recently."""
    value, asked = value_words(standing, terms), asked_words(standing, terms)
    chart = chart_of(standing, terms)
    is_signal = standing.variation not in ("none", "common_cause")
    rule = rule_words(standing, terms) if is_signal else ""
    if chart.will_miss and not is_signal:
        often = _STEADY
    else:
        often = how_often(replace(chart, target="the target"))  # its number has just been said
        often = f"{chart.each}{often}" if often else ""
        often = f"{often[0].upper()}{often[1:]}." if often else ""
    span = f" for the {span_words(terms)}" if span_words(terms) else ""
    asked = "a target of none" if asked == "none" else asked
    against = f" against {asked}." if asked else "."
    rest = " ".join(part for part in (f"{span}{against}", rule, often) if part)
    return Said("is at", value, rest)


def holds_later(opens_on: date | None, month: Month) -> str:
    """From when the targets of a plan hold that was adopted after the month shown."""
    if opens_on is None or opens_on <= month.end:
        return ""
    return f" The targets of this plan hold only from {format_date(opens_on)}."
