"""Plain sentences: what RAG and SPC say together.

RAG judges one value, SPC the process behind it. Where the two disagree the sentence says so.
Variation, assurance and limits are the words of the exported vocabularies; the sentences for
each combination are tabled in docs/rules.md.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from enum import StrEnum

from kpis.rag import Rag
from strategy.periods import Frequency, Month

MINIMUM_POINTS = 13


class Movement(StrEnum):
    """What the variation icon says, without its high or low."""

    IMPROVING = "improving"
    COMMON_CAUSE = "common_cause"
    CONCERNING = "concerning"
    NEUTRAL = "neutral"
    NOT_ASSESSED = "not_assessed"


_MOVEMENTS = {
    "common_cause": Movement.COMMON_CAUSE,
    "concern_high": Movement.CONCERNING,
    "concern_low": Movement.CONCERNING,
    "improvement_high": Movement.IMPROVING,
    "improvement_low": Movement.IMPROVING,
    "neutral_high": Movement.NEUTRAL,
    "neutral_low": Movement.NEUTRAL,
    "none": Movement.NOT_ASSESSED,
}
_ASSURANCES = ("pass", "inconsistent", "fail", "none")
_LIMITS = ("none", "collapsed", "trial", "ok")

_STATES = {
    Rag.BLUE: "Complete",
    Rag.NO_MEASURE: "No measure: the plan gives no way to measure this yet",
    Rag.NOT_APPLICABLE: "Not applicable: no cases to count, or no longer reported",
    Rag.SUPPRESSED: "Suppressed: the number is too small to show",
    Rag.NOT_DUE: "Not due: the next figure is not due yet",
    Rag.LATE: "Late: the deadline has passed and the figure has not arrived",
    Rag.NO_DATA: "No data: the period closed without a figure",
    Rag.INCOMPLETE: "Incomplete: not everyone has reported, so the figure is shown but not rated",
    Rag.NEEDS_BASELINE: "Needs a baseline: the target starts from a figure nobody has set",
    Rag.NO_TARGET: "No target: no promised number to judge this figure by",
}
WITHOUT_A_VALUE = (
    Rag.BLUE,
    Rag.NO_MEASURE,
    Rag.NOT_APPLICABLE,
    Rag.SUPPRESSED,
    Rag.NOT_DUE,
    Rag.LATE,
    Rag.NO_DATA,
    Rag.INCOMPLETE,
)
_COLOUR_ALONE = {
    Rag.GREEN: "on target",
    Rag.AMBER: "off target, within its tolerance",
    Rag.RED: "off target by more than its tolerance",
}
_MILESTONE_ALONE = {
    Rag.GREEN: "on track",
    Rag.AMBER: "at risk",
    Rag.RED: "off track or overdue",
}
_M = Movement
_Words = Mapping[tuple[Movement, str], str]
_REACHES = "the process as it stands reaches the target every {step}"
_CANNOT_REACH = "the process as it stands cannot reach the target"
_IS_CHANCE = "whether a {step} meets the target is chance"
_OUTLOOKS = {
    (_M.IMPROVING, "pass"): _REACHES,
    (_M.IMPROVING, "inconsistent"): _IS_CHANCE,
    (_M.IMPROVING, "fail"): _CANNOT_REACH,
    (_M.COMMON_CAUSE, "pass"): _REACHES,
    (_M.COMMON_CAUSE, "inconsistent"): _IS_CHANCE,
    (_M.COMMON_CAUSE, "fail"): _CANNOT_REACH,
    (_M.CONCERNING, "pass"): "the target is still met, so find the cause before it is lost",
    (_M.CONCERNING, "inconsistent"): "the target is at risk",
    (_M.CONCERNING, "fail"): _CANNOT_REACH,
}
# Where the figure that is rated goes against what the process does: a point beyond the limits, or
# a figure that is rated on more than its own month.
_STEPS_REACH = "{step} by {step}, the process as it stands reaches the target"
_STEPS_MISS = "{step} by {step}, the process as it stands falls short of the target"
_OUTLOOKS_AGAINST = {
    (_M.IMPROVING, "pass"): _STEPS_REACH,
    (_M.IMPROVING, "fail"): "the target is met, but the process does not reach it reliably yet",
    (_M.COMMON_CAUSE, "pass"): _STEPS_REACH,
    (_M.COMMON_CAUSE, "fail"): _STEPS_MISS,
    (_M.CONCERNING, "pass"): "the process normally reaches the target, so find what changed",
    (_M.CONCERNING, "fail"): _STEPS_MISS,
}
# What one point of a chart is called.
STEPS = {
    Frequency.MONTHLY: "month",
    Frequency.QUARTERLY: "quarter",
    Frequency.HALF_YEARLY: "half-year",
    Frequency.ANNUAL: "year",
    Frequency.ONE_OFF: "figure",
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
) -> str:
    """One sentence for a combination of RAG and SPC.

    `since` is the month in which the latest signal began, `points` how many values the current
    limits rest on, `opposing_rule` a rule of the chart that holds too and points the other way.
    A state without a value says only why; late figures get no SPC reading.
    """
    rag = Rag(rag)
    movement = movement_of(variation)
    check_words(assurance, limits_status)
    step = STEPS[Frequency(frequency)]
    if rag in WITHOUT_A_VALUE:
        return f"{_STATES[rag]}."
    if is_milestone and rag.is_coloured:
        return f"{rag.value.capitalize()}: {_MILESTONE_ALONE[rag]}."
    if movement is Movement.NOT_ASSESSED:
        return f"{_alone(rag)}{_not_assessed(limits_status, points)}."
    outlook = _worded(_OUTLOOKS, _OUTLOOKS_AGAINST, rag, (movement, assurance)).format(step=step)
    moving = _moving(variation, since, step, opposing_rule)
    if not rag.is_coloured:
        return f"{_STATES[rag]}; {moving}."
    if movement is Movement.COMMON_CAUSE:
        return f"{_steady(rag, assurance, step, outlook)}."
    agrees = (rag is Rag.GREEN) == (movement is Movement.IMPROVING)
    joined = "and" if agrees or movement is Movement.NEUTRAL else "but"
    opening = f"{rag.value.capitalize()}, {joined} {moving}"
    return f"{opening}; {outlook}." if outlook else f"{opening}."


def _goes_against(rag: Rag, assurance: str) -> bool:
    """The colour says other than what the process can be expected to do."""
    return rag.is_coloured and (rag is Rag.GREEN) != (assurance == "pass")


def _worded(words: _Words, words_against: _Words, rag: Rag, meeting: tuple[Movement, str]) -> str:
    """What is said where a movement and an assurance meet; nothing of a neutral measure's."""
    said = words.get(meeting, "")
    return words_against.get(meeting, said) if _goes_against(rag, meeting[1]) else said


def _alone(rag: Rag) -> str:
    if rag in _COLOUR_ALONE:
        return f"{rag.value.capitalize()}: {_COLOUR_ALONE[rag]}"
    return _STATES[rag]


def _not_assessed(limits_status: str, points: int | None) -> str:
    is_short = points is not None and points < MINIMUM_POINTS
    if limits_status == "collapsed" or (limits_status == "none" and points and not is_short):
        return "; too little variation for limits"
    if limits_status == "trial" or (limits_status == "none" and points):
        counted = "" if points is None else f": {points} of {MINIMUM_POINTS} points"
        return f"; too early to tell a change from chance{counted}"
    return ""


def _moving(variation: str, since: Month | None, step: str, opposing_rule: str) -> str:
    movement = movement_of(variation)
    if movement is Movement.COMMON_CAUSE:
        return f"common cause: one {step} by itself means little"
    turn = "rise" if variation.endswith("_high") else "fall"
    change = {
        Movement.IMPROVING: "getting better",
        Movement.CONCERNING: "getting worse",
    }.get(movement, f"unusually {variation.rpartition('_')[2]}")
    began = f" began in {_month_name(since)}" if since else ""
    mixed = f", with mixed signals: {rule_phrase(opposing_rule, step)}" if opposing_rule else ""
    return f"{change}: a special-cause {turn}{began}{mixed}"


# What each rule of the chart says of the latest point; six rises join seven points.
_RULES = {
    "Above UCL": "it is above the upper limit of normal variation",
    "Below LCL": "it is below the lower limit of normal variation",
    "7 Point Trend (Increasing)": "it has risen at least six {step}s in a row",
    "7 Point Trend (Decreasing)": "it has fallen at least six {step}s in a row",
    "2 in 3 Above CL": "two of the last three {step}s lie close to the upper limit",
    "2 in 3 Below CL": "two of the last three {step}s lie close to the lower limit",
    "7 Points Above CL": "the last seven {step}s are all above average",
    "7 Points Below CL": "the last seven {step}s are all below average",
}


def rule_phrase(rule: str, step: str) -> str:
    """A rule that the latest point fired, in words."""
    if rule not in _RULES:
        raise ValueError(f"“{rule}” is not an SPC rule.")
    return _RULES[rule].format(step=step)


def _steady(rag: Rag, assurance: str, step: str, outlook: str) -> str:
    name = rag.value.capitalize()
    if rag is not Rag.GREEN:
        opening = f"{name}, but common cause: reacting to this {step} will not help"
        return f"{opening}; {outlook}" if outlook else opening
    if assurance == "fail":
        return f"{name}, but common cause: {outlook}"
    if assurance == "inconsistent":
        return f"{name}, but common cause: the next {step} may miss; {outlook}"
    opening = f"{name}, and common cause: moving up and down as usual"
    return f"{opening}; {outlook}" if outlook else opening


def _month_name(month: Month) -> str:
    return f"{calendar.month_name[month.month]} {month.year}"


def movement_of(variation: str) -> Movement:
    """Which way a kind of variation goes; “high” and “low” make no difference to it."""
    if variation not in _MOVEMENTS:
        raise ValueError(f"“{variation}” is not a kind of variation.")
    return _MOVEMENTS[variation]


def check_words(assurance: str, limits_status: str = "none") -> None:
    """Refuses what is no word of the exported vocabularies."""
    if assurance not in _ASSURANCES:
        raise ValueError(f"“{assurance}” is not a kind of assurance.")
    if limits_status not in _LIMITS:
        raise ValueError(f"“{limits_status}” is not a status of limits.")


_HEADLINES = {
    (Movement.IMPROVING, "pass"): "{turn}, and as things stand {target} will be met every {step}",
    (Movement.IMPROVING, "inconsistent"): (
        "{turn}, and {target} is within reach; as things stand, it is met in some {step}s only"
    ),
    (Movement.IMPROVING, "fail"): (
        "{turn}, but not fast enough; as things stand, {target} will be missed every {step}"
    ),
    (Movement.IMPROVING, "none"): "{turn}, a real improvement, not chance",
    (Movement.COMMON_CAUSE, "pass"): "steady; as things stand, {target} will be met every {step}",
    (Movement.COMMON_CAUSE, "inconsistent"): (
        "steady; as things stand, {target} is met in some {step}s and missed in others"
    ),
    (Movement.COMMON_CAUSE, "fail"): (
        "steady, and short of what was promised; as things stand, {target} will be missed "
        "every {step}"
    ),
    (Movement.COMMON_CAUSE, "none"): "steady, moving up and down as usual",
    (Movement.CONCERNING, "pass"): "{turn}; {target} is still met, but this is a real worsening",
    (Movement.CONCERNING, "inconsistent"): (
        "{turn}, a real worsening, which puts {target} at risk"
    ),
    (Movement.CONCERNING, "fail"): (
        "{turn}, the wrong way; as things stand, {target} will be missed every {step}"
    ),
    (Movement.CONCERNING, "none"): "{turn}, a real worsening, not chance",
    (Movement.NEUTRAL, "none"): "{turn}, a real change, not chance",
}
_HEADLINES_AGAINST = {
    (Movement.IMPROVING, "pass"): "{turn}, and {step} by {step}, {target} is met",
    (Movement.IMPROVING, "fail"): "{turn}; {target} is met, though not reliably yet",
    (Movement.COMMON_CAUSE, "pass"): "steady; {step} by {step}, {target} is met",
    (Movement.COMMON_CAUSE, "fail"): "steady; {step} by {step}, {target} is missed",
    (Movement.CONCERNING, "pass"): (
        "{turn}, a real worsening, which misses {target}, though as a rule it is met"
    ),
    (Movement.CONCERNING, "fail"): ("{turn}, the wrong way; {step} by {step}, {target} is missed"),
}


def headline(
    name: str,
    *,
    rag: Rag,
    variation: str = "none",
    assurance: str = "none",
    target: str = "",
    latest: str = "",
    frequency: Frequency = Frequency.MONTHLY,
) -> str:
    """The sentence a measure's page opens with.

    `target` and `latest` come as displayed, "3.5%" and "4.4% in Feb 2026". Without an SPC reading
    the headline gives the latest value against the target.
    """
    rag, movement = Rag(rag), movement_of(variation)
    check_words(assurance)
    if rag in WITHOUT_A_VALUE:
        last = f" The last was {latest}." if latest and rag in (Rag.LATE, Rag.NO_DATA) else ""
        return f"{name}. {_STATES[rag]}.{last}"
    if movement is Movement.NOT_ASSESSED:
        against = f" against a target of {target}" if target and rag.is_coloured else ""
        value = f"{latest}{against}, " if latest else ""
        state = _COLOUR_ALONE[rag] if rag in _COLOUR_ALONE else _uncapitalised(_STATES[rag])
        return f"{name}: {value}{state}."
    tested = assurance if (movement, assurance) in _HEADLINES else "none"
    turn = "rising" if variation.endswith("_high") else "falling"
    phrase = _worded(_HEADLINES, _HEADLINES_AGAINST, rag, (movement, tested)).format(
        turn=turn,
        target=f"the {target} target" if target else "the target",
        step=STEPS[Frequency(frequency)],
    )
    return f"{name}: {phrase}."


def _uncapitalised(text: str) -> str:
    return text[0].lower() + text[1:]
