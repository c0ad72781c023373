"""Whether a process as it is now can meet a target that somebody is about to set. Pure.

The target is compared with the limits and the last windows of the series as if it had been in force
all along, alone, at the value that it will ask for. "Would be missed every month" follows the same
rule as everywhere (claims.py): a stable process that met it in none of its last 24 windows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from kmpt_tracker.ui.formats import format_target, format_value
from kpis.judging.assess import assess
from kpis.judging.bounds import UNBOUNDED, Bounds
from kpis.judging.claims import STEPS, Chart, how_often, in_words, outgrown
from kpis.judging.digits import decimals_beside
from kpis.judging.process import UNKNOWN
from kpis.judging.terms import Assessed, MeasureTerms, SeriesInputs
from kpis.judging.wording import places
from kpis.rag import Direction, Operator, Rag
from kpis.rollup import Origin
from kpis.spc.words import FIRM_POINTS
from kpis.targets import Absence, Profile, TargetTerms, TargetValue, ValueIs, value_at
from strategy.periods import Period, Window

SHOWN = 12


class Chance(StrEnum):
    """What to expect of a target while the process stays as it is."""

    MISS = "miss"
    MEET = "meet"
    BY_CHANCE = "by_chance"
    BEYOND = "beyond"
    WITHIN = "within"
    UNKNOWN = "unknown"


HEADINGS = {
    Chance.MISS: "Expect to miss",
    Chance.MEET: "Expect to meet",
    Chance.BY_CHANCE: "Hit or miss",
    Chance.BEYOND: "Beyond the usual range",
    Chance.WITHIN: "Within reach",
    Chance.UNKNOWN: "Cannot be checked",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Coloured:
    """One of the last windows, as the target would have coloured it."""

    period: Period
    value: Decimal | None
    rag: Rag


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """The check of one target: what to expect, in a sentence, and the last windows recoloured."""

    chance: Chance
    words: str
    asked: str = ""
    value: Decimal | None = None
    upper: Decimal | None = None
    floor: Decimal | None = None
    floor_is_default: bool = False
    lowest: float | None = None
    highest: float | None = None
    coloured: tuple[Coloured, ...] = ()

    @property
    def heading(self) -> str:
        return HEADINGS[self.chance]

    @property
    def tally(self) -> tuple[tuple[Rag, int], ...]:
        """How many of the last windows would have had each status, best first."""
        order = list(Rag)
        found = dict.fromkeys((Rag.GREEN, Rag.AMBER, Rag.RED), 0)
        for seen in self.coloured:
            found[seen.rag] = found.get(seen.rag, 0) + 1
        rows = [(rag, count) for rag, count in found.items() if count]
        return tuple(sorted(rows, key=lambda row: order.index(row[0])))


def capability(
    inputs: SeriesInputs, target: TargetTerms, on: Window, *, bounds: Bounds = UNBOUNDED
) -> Capability:
    """Check a target, at what it asks for in a window, against the process as it is now."""
    measure = inputs.measure
    if measure.is_milestone:
        return _unknown("A milestone is done or not: it has no process.")
    asked = value_at(target, on)
    if isinstance(asked, Absence):
        return _unknown(asked.explanation)
    if target.operator is None:
        return _unknown("Without an operator nothing is compared.")
    assessed = assess(replace(inputs, targets=(_as_if_in_force(target, asked, inputs.care_group),)))
    held = [
        item
        for item in assessed
        if item.value is not None and measure.frequency.is_window(item.observation.period)
    ]
    found = _read(measure, asked, target, held, bounds)
    if mark := _invented(held):
        found = replace(found, words=f"{found.words} {mark}")
    judged = held[-1].primary if held else None
    return replace(
        found,
        asked=_words(asked, target, measure),
        value=asked.value,
        upper=asked.upper,
        floor=judged.floor if judged else target.floor,
        floor_is_default=bool(judged and judged.floor_is_default),
        coloured=tuple(
            Coloured(
                period=item.observation.period,
                value=item.value if item.judged_value is None else item.judged_value,
                rag=item.rag,
            )
            for item in held[-SHOWN:]
        ),
    )


def _invented(held: Sequence[Assessed]) -> str:
    """Illustrative figures are never taken for real ones, nor what is read from them."""
    invented = sum(item.observation.origin is Origin.ILLUSTRATIVE for item in held)
    if not invented:
        return ""
    return f"{'Its' if invented == len(held) else 'Some of its'} figures are illustrative."


def _unknown(why: str) -> Capability:
    return Capability(chance=Chance.UNKNOWN, words=f"{HEADINGS[Chance.UNKNOWN]}. {why}")


def _as_if_in_force(target: TargetTerms, asked: TargetValue, care_group: str) -> TargetTerms:
    """The target at the value it asks for, as if it had always been in force, without its path."""
    return replace(
        target,
        care_group=care_group,
        value=asked.value,
        upper_value=asked.upper,
        value_is=ValueIs.ABSOLUTE,
        profile=Profile.STEP,
        points=(),
        effective_from=None,
        due_on=None,
        retired_on=None,
        plan_starts=None,
        plan_ends=None,
        revisions=(),
    )


def _words(asked: TargetValue, target: TargetTerms, measure: MeasureTerms) -> str:
    operator = target.operator.value if target.operator else ""
    decimals = min(max(places(asked.value), 0), measure.decimals + 2)
    return format_target(operator, asked.value, asked.upper, measure.unit, decimals)


def _read(
    measure: MeasureTerms,
    asked: TargetValue,
    target: TargetTerms,
    held: list[Assessed],
    bounds: Bounds,
) -> Capability:
    step = STEPS[measure.frequency]
    points = [item for item in held if item.is_point]
    last = next((item for item in reversed(points) if item.reading is not None), None)
    if last is None or last.reading is None or last.point is None:
        return _unknown("There is no figure yet.")
    point = last.reading.points[last.point]
    if measure.direction is Direction.NEUTRAL:
        return _unknown("Neither direction of the measure is better, so nothing is tested.")
    if point.limits_status == "collapsed":
        return _unknown("The figures vary too little for limits.")
    if point.lower is None or point.upper is None or point.points_in_segment < FIRM_POINTS:
        had = in_words(point.points_in_segment)
        figures = f"{had} {step}{'' if point.points_in_segment == 1 else 's'} of figures"
        return _unknown(f"{figures.capitalize()}; {FIRM_POINTS} are needed.")
    # Nobody counts −3 people: the words go no further than the measure can.
    lower, upper = (bounds.clip(limit) or 0.0 for limit in (point.lower, point.upper))
    runs = f"As it stands the process runs between {_shown(lower, upper, measure, asked)}"
    if measure.adds_up_a_span:
        return _unknown(f"{runs} a {step}, and the target is an amount for the year.")
    is_none = asked.value == 0 and target.operator in (Operator.LE, Operator.EQ)
    named = _words(asked, target, measure).lstrip("≥≤<>= ")
    named = "a target of none" if is_none else named
    chart = Chart(
        variation=point.variation,
        assurance=point.assurance,
        limits_status=point.limits_status,
        points=point.points_in_segment,
        rule=point.rule,
        process=last.process or UNKNOWN,
        frequency=measure.frequency,
        window=last.observation.period,
        target=named,
    )
    chance = _chance(chart, asked, target, lower, upper)
    # The target was not in force then: it is counted as if it had been.
    often = how_often(chart).replace(" was met ", " would have been met ", 1)
    if chance is Chance.MISS:
        said = f"{named} would be missed every {step}"
    elif chance is Chance.MEET:
        said = f"{named} would be met every {step}"
    elif often:
        said = often
    else:
        said = f"{named} is held against too few {step}s to count"
    remarks = [f"{HEADINGS[chance]}. {runs}: {said}."]
    if chart.is_outgrown:
        grown = outgrown(chart)
        remarks.append(f"{grown[:1].upper()}{grown[1:]}.")
    return Capability(
        chance=chance,
        words=" ".join(remarks),
        lowest=lower,
        highest=upper,
    )


def _chance(
    chart: Chart, asked: TargetValue, target: TargetTerms, lower: float, upper: float
) -> Chance:
    """The verdict: "every" only of a stable process, and where the last windows agree."""
    process = chart.process
    where = chart.assurance
    if asked.upper is not None:  # a band has no assurance icon: its two ends are compared here
        low, high = float(asked.value), float(asked.upper)
        is_apart = upper < low or lower > high
        where = "fail" if is_apart else "pass" if low <= lower and upper <= high else "inconsistent"
    if where == "fail":
        is_sure = chart.is_stable and process.never_met
        return Chance.MISS if is_sure else Chance.BEYOND
    if where == "pass":
        is_sure = chart.is_stable and process.always_met
        return Chance.MEET if is_sure else Chance.WITHIN
    return Chance.BY_CHANCE if where == "inconsistent" else Chance.UNKNOWN


def _shown(lower: float, upper: float, measure: MeasureTerms, asked: TargetValue) -> str:
    """Both limits, with one decimal more than the measure shows where they would read alike, and
    as many as keep them on their side of the target.
    """
    ends = [Decimal(repr(limit)) for limit in (lower, upper)]
    targets = [] if measure.adds_up_a_span else [asked.value, asked.upper]
    first, second = (
        [
            format_value(end, measure.unit, decimals_beside(end, digits, asked=targets))
            for end in ends
        ]
        for digits in (measure.decimals, measure.decimals + 1)
    )
    chosen = second if first[0] == first[1] else first
    return f"{chosen[0]} and {chosen[1]}"
