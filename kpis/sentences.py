"""Plain sentences: what RAG and SPC say together.

RAG judges one value, SPC the process behind it. Where the two disagree the sentence says so. A
sentence claims only what the figures do: "rising" and "every month" need the facts of
kpis/judging/process.py, and kpis/judging/claims.py puts them in words. Variation, assurance and
limits are words of the exported vocabularies. The sentences are tabled in docs/rules.md.
"""

from __future__ import annotations

from kpis.judging.claims import (
    Chart,
    Movement,
    better_or_worse,
    opposing,
    outgrown,
    outlook,
    window_name,
)
from kpis.rag import Rag
from kpis.spc.words import FIRM_POINTS
from strategy.periods import Frequency, Month

_STATES = {
    Rag.BLUE: "Complete",
    Rag.NO_MEASURE: "No measure: the plan gives no way to measure this yet",
    Rag.NOT_APPLICABLE: "Not applicable: no cases to count",
    Rag.SUPPRESSED: "Suppressed: the number is too small to show",
    Rag.NOT_DUE: "Not due: the next figure is not due yet",
    Rag.LATE: "Late: the deadline has passed and the figure has not arrived",
    Rag.NO_DATA: "No data: the period closed without a figure",
    Rag.INCOMPLETE: "Incomplete: not everyone has reported, so the figure is shown but not rated",
    Rag.NEEDS_BASELINE: "Needs a baseline: the target starts from a figure nobody has set",
    Rag.NO_TARGET: "No target: no promised number to judge this figure by",
}
_COLOUR_ALONE = {
    Rag.GREEN: "on target",
    Rag.AMBER: "off target, within its tolerance",
    Rag.RED: "off target",
}
_MILESTONE_ALONE = {
    Rag.GREEN: "on track",
    Rag.AMBER: "at risk",
    Rag.RED: "off track or overdue",
}


def reading(
    rag: Rag,
    *,
    variation: str = "none",
    assurance: str = "none",
    limits_status: str = "none",
    points: int | None = None,
    since: Month | None = None,
    opposing_rule: str = "",
    frequency: Frequency = Frequency.MONTHLY,
    is_milestone: bool = False,
    chart: Chart | None = None,
    has_tolerance: bool = False,
    milestone: str = "",
    lacking: str = "",
) -> str:
    """One sentence for a combination of RAG and SPC.

    `since` is the month in which the latest signal began, `points` how many values the current
    limits are calculated from, `opposing_rule` a rule of the chart that also applies and points the
    other way. Where the whole `chart` is given, it replaces all of these and adds the facts of the
    process; without them neither movement nor outlook is claimed. `milestone` gives the status of a
    milestone, `lacking` the reason for no colour ("9 of 12 months reported", "no longer reported").
    A state without a value gives only the reason; late figures get no SPC reading.
    """
    rag = Rag(rag)
    chart = chart or Chart(
        variation=variation,
        assurance=assurance,
        limits_status=limits_status,
        points=points,
        opposing_rule=opposing_rule,
        frequency=frequency,
    )
    if is_milestone and rag.is_coloured and rag is not Rag.BLUE:
        return f"{rag.value.capitalize()}: {milestone or _MILESTONE_ALONE[rag]}."
    if not rag.has_reading:
        return f"{_state(rag, lacking)}."
    if chart.movement is Movement.NOT_ASSESSED:
        is_rated = rag in _COLOUR_ALONE
        colour = f"{rag.value.capitalize()}: {colour_words(rag, has_tolerance)}" if is_rated else ""
        return f"{colour or _state(rag, lacking)}{_not_assessed(chart)}."
    mixed = f", but {other}: the signals are mixed" if (other := opposing(chart)) else ""
    if chart.movement is Movement.COMMON_CAUSE:
        said = _steady(rag, chart, lacking)
    else:
        began = f"; the signal began in {since.full_label}" if since and not chart.rule else ""
        said = f"{better_or_worse(chart)}{mixed}{began}"
        if rag.is_coloured:
            agrees = (rag is Rag.GREEN) == (chart.movement is Movement.IMPROVING)
            joined = "and" if agrees or chart.movement is Movement.NEUTRAL else "but"
            said = f"{rag.value.capitalize()}, {joined} {said}"
        else:
            said = f"{_state(rag, lacking)}; {said}"
    tail = outlook(chart) if rag.is_coloured else ""
    tail = tail or outgrown(chart)
    return f"{said}; {tail}." if tail else f"{said}."


def _state(rag: Rag, lacking: str) -> str:
    """Why there is no colour: in general, or for this window where `lacking` says so."""
    if rag in (Rag.NOT_APPLICABLE, Rag.NO_TARGET) and lacking:
        return f"{'Not applicable' if rag is Rag.NOT_APPLICABLE else 'No target'}: {lacking}"
    if rag is Rag.INCOMPLETE and lacking:
        return f"Incomplete: {lacking}, so the total is shown but not rated"
    return _STATES[rag]


def _steady(rag: Rag, chart: Chart, lacking: str) -> str:
    """No signal: within the usual range, or within limits that no longer describe what is usual."""
    name = rag.value.capitalize()
    if not rag.is_coloured:
        return f"{_state(rag, lacking)}; common cause: one {chart.step} by itself means little"
    if chart.is_outgrown:
        return f"{name}: within the limits this {chart.step}"
    if rag is not Rag.GREEN:
        return f"{name}, but common cause: reacting to this {chart.step} will not help"
    if chart.assurance in ("none", "pass"):
        return f"{name}, and common cause: within its usual range"
    return f"{name}, but common cause: the next {chart.step} may miss"


def colour_words(rag: Rag, has_tolerance: bool) -> str:
    """A colour by itself. A target of 0 has no tolerance."""
    beyond = " by more than its tolerance" if rag is Rag.RED and has_tolerance else ""
    return f"{_COLOUR_ALONE[rag]}{beyond}"


def _not_assessed(chart: Chart) -> str:
    points, limits_status = chart.points, chart.limits_status
    is_short = points is not None and points < FIRM_POINTS
    if limits_status == "collapsed" or (limits_status == "none" and points and not is_short):
        return "; too little variation for limits"
    if limits_status == "trial" or (limits_status == "none" and points):
        counted = "" if points is None else f": {points} of {FIRM_POINTS} {chart.step}s"
        return f"; too early to tell a change from chance{counted}"
    return ""


def headline(
    name: str,
    *,
    rag: Rag,
    chart: Chart | None = None,
    asked: str = "",
    latest: str = "",
    has_tolerance: bool = False,
    milestone: str = "",
    lacking: str = "",
) -> str:
    """The sentence a measure's page opens with.

    `asked` and `latest` are given as displayed, "3.5%" and "4.4% in February 2026". Without an SPC
    reading the headline gives the latest value against the target; for a milestone, its status.
    """
    rag = Rag(rag)
    chart = chart or Chart()
    if milestone:
        return f"{name}: {milestone}."
    if not rag.has_reading:
        last = f" The last was {latest}." if latest and rag in (Rag.LATE, Rag.NO_DATA) else ""
        return f"{name}. {_state(rag, lacking)}.{last}"
    if chart.movement is Movement.NOT_ASSESSED:
        against = f" against a target of {asked}" if asked and rag.is_coloured else ""
        value = f"{latest}{against}, " if latest else ""
        if rag in _COLOUR_ALONE:
            state = colour_words(rag, has_tolerance)
        else:
            why = _state(rag, lacking)
            state = why[0].lower() + why[1:]
        return f"{name}: {value}{state}."
    if chart.movement is not Movement.COMMON_CAUSE:
        said = better_or_worse(chart)
    elif chart.is_stable:
        said = "steady, within its usual range"
    else:
        said = f"within its limits in {window_name(chart.window)}" if chart.window else "no signal"
    tail = outlook(chart, is_short=True)
    return f"{name}: {said}; {tail}." if tail else f"{name}: {said}."
