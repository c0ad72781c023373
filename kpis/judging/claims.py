"""What sentences may say of a control chart: its signal, how often the target was met, the outlook.

A phrase claims only what the figures do. "Rising" and "falling" are for a trend, or for a shift
whose own points move that way. "Every month" is for a stable process that missed (or met) its
target in each of its last 24 windows. Without the facts of process.py neither is said. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kpis.judging.process import SHORTEST_RUN, UNKNOWN, Process
from kpis.spc.words import ASSURANCE_ICONS, FIRM_POINTS, LIMITS_STATUSES
from strategy.periods import Frequency, Month, Period


class Movement(StrEnum):
    """The meaning of the variation icon, without its high or low."""

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
# What one point of a chart is called.
STEPS = {
    Frequency.MONTHLY: "month",
    Frequency.QUARTERLY: "quarter",
    Frequency.HALF_YEARLY: "half-year",
    Frequency.ANNUAL: "year",
    Frequency.ONE_OFF: "figure",
}
_NUMBERS = (
    "no",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
)
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")


def in_words(number: int) -> str:
    """One to ten in words, as in running text."""
    return _NUMBERS[number] if 0 < number < len(_NUMBERS) else f"{number:,}"


def window_name(window: Period) -> str:
    """A window inside a sentence: "March 2025", "Oct to Dec 2019", "2016/17", "the 12 months to Aug
    2026".
    """
    if window == window.last_month.period:
        return window.last_month.full_label
    return span_within_sentence(window.label)


def span_within_sentence(label: str) -> str:
    """A window's label, or a longer span's, inside a sentence: 12 months are "the 12 months"."""
    return f"the {label}" if label.startswith("12 months") else label


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """What a control chart says at one window: the icons, the rule, and the facts behind them.

    `target` is the target inside a sentence ("the target of 3.5%"). `by_itself`: the chart is of
    single windows, while a longer span is rated.
    """

    variation: str = "none"
    assurance: str = "none"
    limits_status: str = "none"
    points: int | None = None
    rule: str = ""
    opposing_rule: str = ""
    process: Process = UNKNOWN
    frequency: Frequency = Frequency.MONTHLY
    window: Period | None = None
    target: str = "the target"
    by_itself: bool = False

    def __post_init__(self) -> None:
        movement_of(self.variation)
        check_words(self.assurance, self.limits_status)

    @property
    def step(self) -> str:
        return STEPS[Frequency(self.frequency)]

    @property
    def movement(self) -> Movement:
        return movement_of(self.variation)

    @property
    def is_stable(self) -> bool:
        return self.is_known and self.process.is_stable(self.points or 0)

    @property
    def is_known(self) -> bool:
        """Whether the facts of the process are known."""
        return self.process.segment_from is not None

    @property
    def is_outgrown(self) -> bool:
        """Whether too many points are outside the limits for them to describe the process."""
        is_firm = self.limits_status == "ok" and (self.points or 0) >= FIRM_POINTS
        return self.is_known and is_firm and not self.is_stable

    @property
    def will_miss(self) -> bool:
        """A stable process that cannot reach the target, and has not met it lately."""
        return self.assurance == "fail" and self.is_stable and self.process.never_met

    @property
    def will_meet(self) -> bool:
        return self.assurance == "pass" and self.is_stable and self.process.always_met

    @property
    def each(self) -> str:
        """ "month by month, ", where single windows are described but a longer span is rated."""
        return f"{self.step} by {self.step}, " if self.by_itself else ""

    def named(self, start: date | None) -> str:
        """The window of the measure's own frequency that begins on a day, by name."""
        if start is None:
            return ""
        first = Month.of(start)
        last = first.plus((Frequency(self.frequency).months or 1) - 1)
        return window_name(Period.spanning(first, last))

    def steps(self, number: int) -> str:
        """A number of windows in words: "seven months", "one quarter"."""
        return f"{in_words(number)} {self.step}{'' if number == 1 else 's'}"


def signal(chart: Chart) -> str:
    """The signal at the latest point, in the words of the rule that found it.

    "Rising" and "falling" are for a trend, or a shift whose own points move that way.
    """
    is_high = chart.rule == "Above UCL" or chart.variation.endswith("_high")
    side = "high" if is_high else "low"
    run, since = chart.process.run, chart.named(chart.process.signal_from)
    if chart.rule in ("Above UCL", "Below LCL"):
        again = ""
        if run > 1:
            nth = f"the {_ORDINALS[run - 1]} {chart.step}" if run < 10 else f"{chart.steps(run)}"
            again = f", {nth} running"
        when = f" in {window_name(chart.window)}" if chart.window else ""
        return f"unusually {side}{when}{again}"
    if "Trend" in chart.rule:
        return _trend(chart, run, since)
    if chart.rule in ("7 Points Above CL", "7 Points Below CL"):
        place = "above average" if "Above" in chart.rule else "below average"
        if run == 0:
            return place
        if run < SHORTEST_RUN:
            return f"in a run {place} {_from_to(since, chart.named(chart.process.signal_to))}"
        turn = {1: "rising, and ", -1: "falling, and "}.get(chart.process.moves, "")
        return f"{turn}{place} for {chart.steps(run)}, since {since}"
    if chart.rule in ("2 in 3 Above CL", "2 in 3 Below CL"):
        limit = "upper" if "Above" in chart.rule else "lower"
        if run < 2:
            return f"unusually close to the {limit} limit"
        count = "two" if run == 2 else "all"
        return f"{count} of the last three {chart.step}s are unusually close to the {limit} limit"
    return f"unusually {side}"


def _from_to(first: str, last: str) -> str:
    """ "from March 2025 to May 2026", "from Apr to Jun 2023 until Oct to Dec 2024"."""
    return f"from {first} {'until' if ' to ' in first or ' to ' in last else 'to'} {last}"


def _trend(chart: Chart, run: int, since: str) -> str:
    way, turn = ("rise", "rising") if "Increasing" in chart.rule else ("fall", "falling")
    if run == 0:
        return "part of a trend"
    if run < SHORTEST_RUN:
        return f"in an unbroken {way} {_from_to(since, chart.named(chart.process.signal_to))}"
    past = "up" if way == "rise" else "down"
    lasted = f"{past} {in_words(run - 1)} {chart.step}s in a row since {since}"
    return f"{turn}, {lasted}" if chart.process.moves else f"{lasted}, by too little to show"


def better_or_worse(chart: Chart) -> str:
    """The signal and its meaning: "getting worse" only where the points move that way."""
    said = signal(chart)
    word = {Movement.IMPROVING: "better", Movement.CONCERNING: "worse"}.get(chart.movement)
    if word is None:
        return said
    return f"getting {word}: {said}" if chart.process.moves else f"{said}, for the {word}"


def opposing(chart: Chart) -> str:
    """What another rule of the chart says that points the other way; empty where none does."""
    rule, run = chart.opposing_rule, chart.process.opposing_run
    if rule in ("7 Points Above CL", "7 Points Below CL"):
        place = "above" if "Above" in rule else "below"
        if run < SHORTEST_RUN:
            return f"it lies {place} average"
        return f"the last {chart.steps(run)} are all {place} average"
    if rule in ("2 in 3 Above CL", "2 in 3 Below CL"):
        return f"it is close to the {'upper' if 'Above' in rule else 'lower'} limit"
    if "Trend" in rule and run:
        past, way = ("risen", "rise") if "Increasing" in rule else ("fallen", "fall")
        if run < SHORTEST_RUN:
            return f"it is part of an unbroken {way}"
        return f"it has {past} {in_words(run - 1)} {chart.step}s in a row"
    return ""


def how_often(chart: Chart, *, is_named: bool = True) -> str:
    """How often the target was met lately: counted, never estimated.

    Empty where that is not known, or known of the latest window alone. `is_named` is False where
    the target was named just before, so that "it" will do.
    """
    process = chart.process
    if process.tested < 2:
        return ""
    target = chart.target if is_named else "it"
    if not process.one_target:
        target = f"the {'standard' if 'standard' in chart.target else 'target'} of the day"
    steps = f"{chart.step}s"
    count = in_words(process.tested)
    if not _is_unbroken(chart):
        steps = f"{steps} that were rated"
    if process.one_target and chart.target.endswith(" of none"):
        return _how_often_none(process, f"the last {count} {steps}")
    if process.never_met:
        return f"{target} was met in none of the last {count} {steps}"
    if process.always_met:
        return f"{target} was met in all of the last {count} {steps}"
    return f"{target} was met in {in_words(process.met)} of the last {count} {steps}"


def _how_often_none(process: Process, windows: str) -> str:
    """How often a target of none was met."""
    if process.never_met:
        return f"there were some in each of {windows}"
    if process.always_met:
        return f"there were none in any of {windows}"
    return f"there were none in {in_words(process.met)} of {windows}"


def _is_unbroken(chart: Chart) -> bool:
    """Every window since the first one tested was rated: "the last 24 months" are 24 months."""
    length = Frequency(chart.frequency).months
    if chart.window is None or chart.process.tested_from is None or length is None:
        return False
    first, last = Month.of(chart.process.tested_from), Month.of(chart.window.start)
    return last.months_since(first) == length * (chart.process.tested - 1)


def outgrown(chart: Chart) -> str:
    """That the limits no longer describe the process, with the counts that show it."""
    if not chart.is_outgrown:
        return ""
    process, since = chart.process, chart.named(chart.process.segment_from)
    count, outside = chart.points or 0, process.outside
    if outside == 1:
        return f"the limits rest on {count} {chart.step}s since {since}, one of them outside"
    if process.rests_on and process.rests_on < count:
        rest = f"the first {process.rests_on} {chart.step}s from {since}"
        out = f"{outside} of {count} {chart.step}s lie outside them"
        return f"the limits rest on {rest}, and {out}: they no longer describe this process"
    return (
        f"the limits rest on {count} {chart.step}s since {since}, {outside} of them outside: "
        "they no longer describe this process; recalculate them"
    )


def outlook(chart: Chart, *, is_short: bool = False) -> str:
    """Whether the process meets its target, as far as limits and figures support it."""
    if chart.assurance == "none" or chart.movement is Movement.NEUTRAL:
        return ""
    prefix = chart.each
    often, target = how_often(chart), chart.target
    if chart.will_meet and chart.movement is Movement.CONCERNING:
        return f"{prefix}{often}"
    if chart.will_miss or chart.will_meet:
        verb = "missed" if chart.will_miss else "met"
        if is_short:
            return f"{prefix}as things stand, {target} will be {verb} every {chart.step}"
        if chart.will_miss:
            return f"{prefix}the process as it stands cannot reach {target}"
        return f"{prefix}the process as it stands reaches {target} every {chart.step}"
    if chart.is_outgrown:
        said = often if is_short else "; ".join(part for part in (often, outgrown(chart)) if part)
        return f"{prefix}{said}" if said else ""
    where = {
        "fail": f"{target} lies beyond the usual range",
        "pass": f"the whole usual range meets {target}",
        "inconsistent": f"{target} lies within the usual range",
    }[chart.assurance]
    if is_short and often:
        return f"{prefix}{often}"
    is_chance = chart.assurance == "inconsistent" and 0 < chart.process.met < chart.process.tested
    if is_chance and often:
        where = f"whether a {chart.step} meets {target} is chance"
    often = how_often(chart, is_named=False)
    return f"{prefix}{where}; {often}" if often else f"{prefix}{where}"


def movement_of(variation: str) -> Movement:
    """The movement of a kind of variation; “high” and “low” make no difference to it."""
    if variation not in _MOVEMENTS:
        raise ValueError(f"“{variation}” is not a kind of variation.")
    return _MOVEMENTS[variation]


def check_words(assurance: str, limits_status: str = "none") -> None:
    """Raise ValueError for a word that is not in the exported vocabularies."""
    if assurance not in ASSURANCE_ICONS.values():
        raise ValueError(f"“{assurance}” is not a kind of assurance.")
    if limits_status not in LIMITS_STATUSES:
        raise ValueError(f"“{limits_status}” is not a status of limits.")
