"""The tiles under a measure's headline: the latest figure, its target, variation, assurance."""

from dataclasses import dataclass
from decimal import Decimal

from kmpt_tracker.ui.formats import MISSING, format_change, format_value
from kpis.judging.bounds import Bounds
from kpis.judging.claims import how_often
from kpis.judging.digits import decimals_beside
from kpis.judging.status import Standing
from kpis.judging.terms import MeasureTerms
from kpis.judging.wording import (
    MOST_PRINTED,
    STEPS,
    chart_of,
    has_tolerance,
    judged_words,
    own_value_words,
    parts_words,
    places,
    reported_words,
    rule_words,
    share_words,
    target_words,
    untested,
    value_words,
    variance_words,
    window_words,
)
from kpis.measures.chart_targets import NAMES
from kpis.rag import Direction, Rag
from kpis.spc import why_no_icons
from strategy.periods import Frequency


@dataclass(frozen=True)
class Tiles:
    """The words of the four tiles; `aimed` is the window whose target is shown."""

    standing: Standing
    aimed: Standing
    terms: MeasureTerms
    bounds: Bounds

    @property
    def latest_label(self) -> str:
        """ "Latest, Aug 2026", or what the rated value covers: "Latest, 12 months to Aug 2026".

        An old one is only the last.
        """
        shown = self.standing.shown
        word = "Last" if shown.is_old else "Latest"
        if not shown.has_value:
            return f"{word}, {shown.period.label}"
        return f"{word}, {window_words(shown, self.terms)}"

    @property
    def latest(self) -> str:
        return value_words(self.standing.shown, self.terms)

    @property
    def made_of(self) -> str:
        """What the window's own value is made of, and that value where another is rated."""
        shown = self.standing.shown
        parts = parts_words(shown, self.terms)
        if window_words(shown, self.terms) == shown.period.label or shown.value is None:
            return f"{parts}." if parts else ""
        own = f"{shown.period.label} alone: {own_value_words(shown, self.terms)}"
        return f"{own}, {parts}." if parts else f"{own}."

    @property
    def reported(self) -> str:
        said = reported_words(self.standing.shown)
        return f"{said}." if said else ""

    @property
    def target_label(self) -> str:
        """ "Target, Aug 2026", "Target, year to date to Aug 2026": what was judged, by its window.

        A survey of the calendar year ends in another financial year than it begins, and a path asks
        for something else each month: neither has one target for a financial year.
        """
        if self.terms.is_milestone:
            return "Target date"
        return f"Target, {judged_words(self.aimed, self.terms)}"

    @property
    def target(self) -> str:
        return target_words(self.aimed.target, self.terms)

    @property
    def share(self) -> str:
        """Under the target: "Share of the year's 480: 5 of 12 months."."""
        said = share_words(self.aimed, self.terms)
        return f"{_capitalised(said)}." if said else ""

    @property
    def distance(self) -> str:
        """How far the value is from the target: "0.9 percentage points above the target."."""
        change = variance_words(self.aimed, self.terms)
        target = self.aimed.target
        if not change or target is None or target.variance is None:
            return ""
        if target.variance == 0:
            if target.upper is not None:
                return "Within the range."
            strict = {"lt": ", which asks for less", "gt": ", which asks for more"}
            return f"Exactly on the target{strict.get(target.operator, '')}."
        side = "above" if target.variance > 0 else "below"
        what = "range" if target.upper is not None else "target"
        return f"{change.lstrip('+−')} {side} the {what}."

    @property
    def floor(self) -> str:
        """Where near target ends, and whether the plan set it."""
        target, terms = self.aimed.target, self.terms
        if target is None or target.floor is None or not has_tolerance(self.aimed, terms):
            return ""
        own = places(target.floor)
        decimals = own if own <= MOST_PRINTED else terms.decimals + 1
        floor = format_value(target.floor, terms.unit, max(terms.decimals, decimals))
        is_default = target.floor_is_default
        set_by = "default tolerance, not set by the plan" if is_default else "set for it"
        if target.upper is not None or terms.direction is Direction.BAND:
            distance = format_change(target.floor, terms.unit, places(target.floor)).lstrip("+")
            reach = "beyond the range" if target.upper is not None else "either side of it"
            return f"Near target reaches {distance} {reach} ({set_by})."
        return f"Near target reaches to {floor} ({set_by})."

    @property
    def planned_paths(self) -> str:
        """Whether the window is on each planned path: "Interim target ≥ 92%: behind plan."."""
        return " ".join(
            f"{NAMES[path.role]} {target_words(path, self.terms)}: "
            f"{'on' if path.rag is Rag.GREEN else 'behind'} plan."
            for path in self.aimed.further
            if path.is_path and path.rag.is_coloured and not self.terms.is_milestone
        )

    @property
    def next_asked(self) -> str:
        """What the awaited window asks for, where it differs from the target that is shown."""
        standing, terms = self.standing, self.terms
        asked = target_words(standing.target, terms)
        shown = target_words(standing.shown.target, terms)
        if not standing.is_awaited or asked in (MISSING, shown):
            return ""
        return f"{standing.period.label} asks for {asked}."

    @property
    def variation(self) -> str:
        """What the latest point's signal is, or why there is no icon."""
        shown, terms = self.standing.shown, self.terms
        if shown.is_part_sum:
            return f"Not everyone has reported: this {STEPS[terms.frequency]} is no point yet."
        if terms.frequency is Frequency.ONE_OFF:
            return "A single figure makes no control chart."
        if shown.limits_status == "ok":
            usual = f"Within the limits: one {STEPS[terms.frequency]} by itself means little."
            return rule_words(shown, terms) or usual
        if shown.spc_segment is None:
            return f"This figure is no point of the chart of {STEPS[terms.frequency]}s."
        return why_no_icons(shown.limits_status, shown.points_in_segment, terms.frequency)

    @property
    def assurance_reason(self) -> str:
        """The word next to the assurance icon: why there is none, or empty where it has its own."""
        shown = self.standing.shown
        return untested(shown, self.terms)[0] if shown.assurance == "none" else ""

    @property
    def assurance(self) -> str:
        """What the limits say of the target, with the figures; or why they say nothing."""
        shown, terms = self.standing.shown, self.terms
        if shown.assurance == "none":
            return untested(shown, terms)[1]
        step = STEPS[terms.frequency]
        lower, upper = self._limit(shown.spc_lower), self._limit(shown.spc_upper)
        best, worst = (lower, upper) if terms.direction == "lower_is_better" else (upper, lower)
        short = "above" if terms.direction == "lower_is_better" else "below"
        chart = chart_of(shown, terms)
        verb = "meets" if shown.assurance == "pass" else "misses"
        said = f"The usual range, {lower} to {upper}, {verb} {chart.target}."
        if chart.will_miss:
            said = f"Even a very good {step}, {best}, would be {short} {chart.target}."
        elif chart.will_meet:
            said = f"Even a very poor {step}, {worst}, would meet {chart.target}."
        elif shown.assurance == "inconsistent" and not chart.is_outgrown:
            said = f"{_capitalised(chart.target)} lies within the usual range, {lower} to {upper}."
        elif chart.is_outgrown:
            outside = f"{shown.process.outside} of {shown.points_in_segment} {step}s"
            said = f"The limits are {lower} to {upper}, with {outside} outside."
        often = how_often(chart, is_named=chart.is_outgrown)
        return f"{said} {_capitalised(f'{chart.each}{often}')}." if often else said

    def _limit(self, limit: float | None) -> str:
        """A limit as drawn: within what the measure can be, never rounded to or past the target."""
        clipped = self.bounds.clip(limit)
        if clipped is None:
            return MISSING
        target = self.standing.shown.target
        value = Decimal(str(clipped))
        asked = None if target is None else target.value
        decimals = decimals_beside(value, self.terms.decimals, asked=[asked])
        return format_value(value, self.terms.unit, decimals)


def _capitalised(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"
