"""A standing in words and digits: values that never contradict their colour. Pure."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Protocol

from kmpt_tracker.ui.components import KINDS
from kmpt_tracker.ui.formats import (
    MISSING,
    MONEY_SUFFIXES,
    format_change,
    format_date,
    format_month_short,
    format_target,
    format_value,
    round_half_up,
)
from kpis.judging.claims import STEPS as STEPS
from kpis.judging.claims import Chart, better_or_worse, opposing, span_within_sentence
from kpis.judging.digits import SMALLEST, display_decimals
from kpis.judging.status import Standing, TargetShown
from kpis.judging.terms import PERCENT, MeasureTerms
from kpis.rag import Direction, Operator, Rag
from kpis.spc.words import COLLAPSED, FIRM_POINTS, NO_LIMITS, NO_SIGNAL
from strategy.periods import Frequency, Month, Period

MILESTONE_WORDS = {
    "not_started": "Not started",
    "on_track": "On track",
    "at_risk": "At risk",
    "off_track": "Off track",
    "complete": "Complete",
}
# Targets are entered and printed with at most this many decimals; calculated ones have more.
MOST_PRINTED = 6
OPERATOR_WORDS = {
    Operator.GE.value: "at least",
    Operator.GT.value: "more than",
    Operator.LE.value: "at most",
    Operator.LT.value: "less than",
    Operator.EQ.value: "exactly",
    Operator.BETWEEN.value: "between two values",
}
FREQUENCY_WORDS = {
    Frequency.QUARTERLY: "quarterly",
    Frequency.HALF_YEARLY: "half-yearly",
    Frequency.ANNUAL: "annual",
}

BRIEF = {Rag.GREEN: "on", Rag.AMBER: "near", Rag.RED: "off"}


class Shown(Protocol):
    """What decides how many digits the values of a measure show."""

    @property
    def decimals(self) -> int: ...
    @property
    def direction(self) -> Direction: ...


def decimals_of(standing: Standing, terms: Shown) -> int:
    """The decimals that the measure shows, and more where the colour would need them."""
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
    """The window's own value, where a longer span is rated: as in the chart and the files."""
    if terms.is_milestone or not span_words(terms):
        return value_words(standing, terms)
    return format_value(standing.value, terms.unit, terms.decimals)


def target_words(target: TargetShown | None, terms: MeasureTerms) -> str:
    """The target: "≥ 95%", a milestone's month, or a dash."""
    if target is None:
        return MISSING
    if terms.is_milestone:
        return format_month_short(target.due_on) if target.due_on else MISSING
    if target.value is None:
        return MISSING
    decimals = _target_decimals(target, target.value, terms)
    return format_target(target.operator, target.value, target.upper, terms.unit, decimals)


def _target_decimals(target: TargetShown, value: Decimal, terms: MeasureTerms) -> int:
    """A target's decimals: as it was promised; when calculated, as many as the colour needs.

    A third of something has no last digit: it is shown with one decimal more than the measure's
    values.
    """
    own = places(value)
    if own <= MOST_PRINTED:
        return max(terms.decimals, own) if own else 0
    if target.variance is None or target.upper is not None:
        return terms.decimals + 1
    return display_decimals(
        value + target.variance,
        terms.decimals + 1,
        target=value,
        floor=target.floor,
        direction=terms.direction,
        operator=Operator(target.operator),
    )


def drawn_target(standing: Standing, terms: MeasureTerms) -> Decimal | None:
    """The target as a line in the chart of the windows' own values.

    None for a target for the year, which is no line there, and for a range, which has two.
    """
    target = standing.target
    if target is None or target.upper is not None or terms.adds_up_a_span:
        return None
    return target.value


def share_words(standing: Standing, terms: MeasureTerms) -> str:
    """That a target is a share of the year's: "share of the year's 480: 5 of 12 months"."""
    target = standing.target
    if target is None or target.year_value is None or target.year_value == target.value:
        return ""
    whole = replace(target, value=target.year_value, upper=target.year_upper, variance=None)
    said = f"share of the year's {target_words(whole, terms).lstrip('≥≤<> ')}"
    expected, of_year = standing.windows_expected, standing.windows_in_year
    if not expected and target.span is not None:
        expected, of_year = target.span.expected, target.span.of_year
    return f"{said}: {expected} of {counted(of_year, terms)}" if expected else said


def lacking_words(standing: Standing, terms: MeasureTerms) -> str:
    """Why a window is not rated, where there is more to say than its status.

    "9 of 12 months" of what is judged have been reported; nobody reports it; neither direction is
    better.
    """
    is_neutral = terms.direction is Direction.NEUTRAL and standing.rag is Rag.NO_TARGET
    if is_neutral and asked_words(standing, terms):
        return "neither direction is better, so nothing is rated"
    if standing.is_unreported:
        unasked = f"nobody reports this for {standing.period.label}"
        return "no longer reported" if standing.is_ended else unasked
    if not standing.lacks_windows:
        return ""
    return f"{standing.windows_held} of {counted(standing.windows_expected, terms)} reported"


def asked_words(standing: Standing, terms: MeasureTerms) -> str:
    """The target without its sign, for sentences that say whether it was met; empty without one."""
    if standing.target is None or standing.target.value is None:
        return ""
    if standing.target.value == 0 and standing.target.upper is None:
        return _nothing(terms)
    asked = target_words(standing.target, terms).lstrip("≥≤<> ")
    share = share_words(standing, terms)
    return f"{asked} ({share})" if share else asked


def _nothing(terms: MeasureTerms) -> str:
    """A target of 0 in a sentence: "none", "0%", "£0 or more"."""
    if terms.unit in MONEY_SUFFIXES:
        side = {Direction.HIGHER_IS_BETTER: " or more", Direction.LOWER_IS_BETTER: " or less"}
        return f"£0{side.get(terms.direction, '')}"
    if terms.direction is Direction.LOWER_IS_BETTER and terms.unit in ("count", "beds"):
        return "none"
    return format_value(Decimal(0), terms.unit, 0)


def span_words(terms: MeasureTerms) -> str:
    """What a rated value covers, where that is more than its window."""
    return {"year_to_date": "year to date", "rolling_12": "12 months"}.get(terms.judged_on, "")


def rated_words(standing: Standing, terms: MeasureTerms) -> str:
    """What is rated beside a window's own figure: "12 months to Aug 2026: 5,164 tonnes".

    Empty where the window itself is rated.
    """
    named = window_words(standing, terms)
    if named == standing.period.label or standing.judged_value is None:
        return ""
    return f"{named}: {value_words(standing, terms)}"


def window_words(standing: Standing, terms: MeasureTerms) -> str:
    """A shown figure's window by name: "Aug 2026", "Oct to Dec 2019", "12 months to Aug 2026".

    A year's total among months is called by its own window, whatever the months are judged on.
    """
    has_none = standing.judged_value is None
    return standing.period.label if has_none else judged_words(standing, terms)


def judged_words(standing: Standing, terms: MeasureTerms) -> str:
    """What a window is rated on by name, with or without a figure: see `window_words`."""
    span = span_words(terms)
    if span and terms.frequency.is_window(standing.period) and not terms.is_milestone:
        return f"{span} to {standing.period.last_month.label}"
    return standing.period.label


def from_to(first: Period, last: Period) -> str:
    """A range of windows: "Apr 2023 to Oct 2026", "Apr to Jun 2023 until Jul to Sep 2026". A single
    window is called by its own name.
    """
    if first == last:
        return first.label
    joined = "until" if " to " in first.label or " to " in last.label else "to"
    return f"{first.label} {joined} {last.label}"


def when_words(standing: Standing, terms: MeasureTerms) -> str:
    """A figure's window inside a sentence: "in Aug 2026", "in 2016/17", "for Oct to Dec 2019", and
    "for the 12 months to Aug 2026".
    """
    words = window_words(standing, terms)
    if " to " not in words:
        return f"in {words}"
    if words == standing.period.label:
        return f"for {span_within_sentence(words)}"
    return f"for the {words}"


def chart_of(standing: Standing, terms: MeasureTerms) -> Chart:
    """What the control chart says at a window, for the sentences."""
    return Chart(
        variation=standing.variation,
        assurance=standing.assurance,
        limits_status=standing.limits_status,
        points=standing.points_in_segment or None,
        rule="" if standing.special_cause == NO_SIGNAL else standing.special_cause,
        opposing_rule=standing.opposing_cause,
        process=standing.process,
        frequency=terms.frequency,
        window=standing.period,
        target=target_phrase(standing, terms),
        by_itself=bool(span_words(terms)),
    )


def target_phrase(standing: Standing, terms: MeasureTerms) -> str:
    """The target inside a sentence: "the target of 3.5%", "the target of none"."""
    asked = asked_words(standing, terms)
    if not asked or standing.target is None:
        return "the target"
    name = "standard" if standing.target.role == "national_standard" else "target"
    return f"the {'national ' if name == 'standard' else ''}{name} of {asked}"


def has_tolerance(standing: Standing, terms: MeasureTerms) -> bool:
    """Whether a value may miss the target and still be near it.

    A floor on the target itself leaves no room, except where the target itself is a miss ("< 4%").
    """
    target = standing.target
    if target is None or target.floor is None:
        return False
    if target.upper is not None or terms.direction is Direction.BAND:
        return target.floor != 0
    return target.floor != target.value or target.operator in (Operator.LT, Operator.GT)


def milestone_words(standing: Standing) -> str:
    """The status of a milestone: "on track, due by Mar 2020", "overdue since Mar 2019".

    Empty for a milestone without a status.
    """
    status = MILESTONE_WORDS.get(standing.milestone_status, "").lower()
    if not status:
        return ""
    if standing.is_complete_milestone:
        done = standing.completed_on
        return f"complete since {format_date(done)}" if done else "complete"
    due = standing.target.due_on if standing.target else None
    expected = standing.forecast_on
    later = f"expected in {Month.of(expected).label}" if expected else ""
    if due is None:
        return f"{status}, {later}" if later else status
    if due < standing.period.end:
        tail = f"now {later}" if later else "no new date has been agreed"
        said = f"overdue since {format_date(due)}"
        return f"{said}, and {status} in {standing.period.label}; {tail}"
    if expected and expected > due:
        return f"{status}, due by {format_date(due)} but {later}"
    return f"{status}, due by {format_date(due)}"


def rule_words(standing: Standing, terms: MeasureTerms) -> str:
    """The latest point's signal: "Above average for seven months, since March 2025."

    Where another rule points the other way, both are given. Limits that are not firm give no
    signal.
    """
    if standing.variation == "none" or standing.special_cause in ("", NO_SIGNAL):
        return ""
    chart = chart_of(standing, terms)
    said = better_or_worse(chart)
    if other := opposing(chart):
        said = f"{said}, but {other}: the signals are mixed"
    return f"{said[0].upper()}{said[1:]}."


def untested(standing: Standing, terms: MeasureTerms) -> tuple[str, str]:
    """Why the limits test no target: as a short label, and as a sentence.

    "No target to test" only where none is in force in the window.
    """
    target, step = standing.target, STEPS[terms.frequency]
    if target is None or standing.rag is Rag.NO_TARGET:
        if terms.direction is Direction.NEUTRAL and target is not None:
            return "Not tested", "Neither direction is better, so no target is tested."
        return "No target to test", "No target with a number is in force."
    if standing.rag is Rag.NEEDS_BASELINE:
        return "Needs a baseline", "The target starts from a figure nobody has set."
    if target.value is None:
        return "No target to test", "No target with a number is in force."
    if target.upper is not None:
        return "Range", "The target is a range: the limits do not test it."
    if terms.direction is Direction.BAND:
        return "Exact number", "The target is an exact number: the limits do not test it."
    if terms.adds_up_a_span:
        return "Judged on the year", f"The chart shows single {step}s; the target is for the year."
    return _without_limits(standing, terms)


def _without_limits(standing: Standing, terms: MeasureTerms) -> tuple[str, str]:
    """The same of a chart, whatever its target."""
    step = STEPS[terms.frequency]
    if standing.is_part_sum:
        return "Incomplete", "The limits test the target again once everyone has reported."
    points, limits = standing.points_in_segment, standing.limits_status
    if limits == COLLAPSED or (limits == NO_LIMITS and points >= FIRM_POINTS):
        return "Limits have collapsed", "The figures vary too little for limits to test a target."
    if terms.frequency is Frequency.ONE_OFF:
        return "Too few points", "A single figure makes no control chart."
    if standing.spc_segment is None:
        return "Too few points", f"This figure is no point of the chart of {step}s."
    return "Too few points", f"Limits test a target from {FIRM_POINTS} {step}s on."


def counted(number: int, terms: MeasureTerms) -> str:
    """A number of consecutive figures of the measure: "24 months"."""
    return f"{number} {STEPS[terms.frequency]}s"


def within_sentence(words: str) -> str:
    """A heading's words inside a sentence: "All staff" → "all staff"; "FTE days" stays."""
    return words if words[1:2].isupper() else words[:1].lower() + words[1:]


def places(value: Decimal) -> int:
    """How many decimals a number needs: 95 needs none, 3.5 needs one."""
    return max(0, -int(value.normalize().as_tuple().exponent))


def variance_words(standing: Standing, terms: MeasureTerms) -> str:
    """How far from the target: "+0.9 percentage points"."""
    target = standing.target
    if target is None or target.variance is None or not standing.rag.is_coloured:
        return ""
    shown = decimals_of(standing, terms)
    bound = target.upper if target.variance > 0 and target.upper is not None else target.value
    if bound is None:
        return format_change(target.variance, terms.unit, shown)
    # The value and the target are shown next to it: the difference between them must match, for a
    # value half-way between two digits too (91.25% is shown as 91.3%, 3.7 points below 95%).
    shown = max(shown, _target_decimals(target, bound, terms))
    # More decimals than the value shows, where the difference would be shown as 0.
    while target.variance and shown < SMALLEST and not _between(bound, target.variance, shown):
        shown += 1
    return format_change(_between(bound, target.variance, shown), terms.unit, shown)


def _between(bound: Decimal, variance: Decimal, decimals: int) -> Decimal:
    """How far a value is from a bound, both as they are shown."""
    return round_half_up(bound + variance, decimals) - round_half_up(bound, decimals)


def data_to_words(standing: Standing) -> str:
    """The window of the figure that is shown: "Mar 2026", "Oct to Dec 2019", "2016/17"."""
    return standing.shown.period.label


def freshness_words(standing: Standing, terms: MeasureTerms | None) -> str:
    """The words under the window of a figure: how often, how old, how firm, whose figure."""
    words = [FREQUENCY_WORDS.get(terms.frequency, ""), span_words(terms)] if terms else []
    if standing.is_ended:
        words = ["no longer reported"]
    elif standing.is_late:
        words = [standing.lateness]
    elif standing.value_status == "provisional":
        words.append("provisional")
    if standing.shown.origin == "illustrative":
        words.append("illustrative")
    return ", ".join(word for word in words if word)


def brief_status(standing: Standing, terms: MeasureTerms | None) -> str:
    """A status named in passing: "was near", "last: off"; its mark and word are next to it."""
    if terms and terms.is_milestone:
        return KINDS["milestone"][standing.rag].word.lower()
    return BRIEF.get(standing.rag) or KINDS["measure"][standing.rag].word.lower()


def status_words(standing: Standing, terms: MeasureTerms) -> str:
    """A status within a sentence: "off target", "at risk"; what was not rated has none."""
    kind = "milestone" if terms.is_milestone else "measure"
    return KINDS[kind][standing.rag].word.lower() if standing.rag.is_coloured else ""


def parts_words(standing: Standing, terms: MeasureTerms) -> str:
    """The two parts of a ratio: a percentage is 412 of 449, any other ratio 1,851 ÷ 38."""
    if standing.numerator is None or standing.denominator is None:
        return ""
    parts = (format_value(part, "count") for part in (standing.numerator, standing.denominator))
    return (" of " if terms.unit == PERCENT else " ÷ ").join(parts)


def reported_words(standing: Standing) -> str:
    """How many care groups reported: "4 of 5 reported"."""
    if standing.groups_expected <= 1:
        return ""
    return f"{standing.groups_reported} of {standing.groups_expected} reported"
