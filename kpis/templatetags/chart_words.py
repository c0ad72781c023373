"""What stands beside a control chart: the tiles of the headline, and the care groups' charts."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from django import template

from kmpt_tracker.ui.formats import MISSING, format_value, round_half_up
from kmpt_tracker.ui.sparkline import Band, shared_scale
from kpis.judging.assess import MeasureTerms
from kpis.judging.boundaries import cuts_of
from kpis.judging.claims import how_often
from kpis.judging.status import Standing, TargetShown
from kpis.judging.wording import (
    SMALLEST,
    STEPS,
    chart_of,
    data_to_words,
    decimals_of,
    drawn_target,
    freshness_words,
    from_to,
    rule_words,
    target_words,
    untested,
    variance_words,
)
from kpis.measures.chart_targets import NAMES
from kpis.measures.page import GroupStanding, MeasurePage
from kpis.rag import Rag
from kpis.spc import why_no_icons
from strategy.models import CareGroup
from strategy.periods import Frequency

register = template.Library()


@register.filter
def from_target(standing: Standing, terms: MeasureTerms) -> str:
    """How far the value is from the target: "0.9 percentage points above the target."."""
    change = variance_words(standing, terms)
    target = standing.target
    if not change or target is None or target.variance is None:
        return ""
    if target.variance == 0:
        if target.upper is not None:
            return "Within the range."
        strict = {"lt": ", which asks for less", "gt": ", which asks for more"}
        return f"Exactly on the target{strict.get(target.operator, '')}."
    side = "above" if target.variance > 0 else "below"
    return f"{change.lstrip('+−')} {side} the {'range' if target.upper is not None else 'target'}."


@register.filter
def plan_words(standing: Standing, terms: MeasureTerms) -> str:
    """Whether the window is on each planned path: "Interim target ≥ 92%: behind plan."."""
    return " ".join(
        f"{NAMES[path.role]} {target_words(path, terms)}: "
        f"{'on' if path.rag is Rag.GREEN else 'behind'} plan."
        for path in standing.beside
        if path.is_path and path.rag.is_coloured and not terms.is_milestone
    )


@register.filter
def variation_words(standing: Standing, terms: MeasureTerms) -> str:
    """What the latest point's signal is, or why there is no icon."""
    if standing.is_part_sum:
        return f"Not everyone has reported: this {STEPS[terms.frequency]} is no point yet."
    if terms.frequency is Frequency.ONE_OFF:
        return "A single figure makes no control chart."
    if standing.limits_status == "ok":
        usual = f"Within the limits: one {STEPS[terms.frequency]} by itself means little."
        return rule_words(standing, terms) or usual
    if standing.spc_segment is None:
        return f"This figure is no point of the chart of {STEPS[terms.frequency]}s."
    return why_no_icons(standing.limits_status, standing.points_in_segment, terms.frequency)


@register.filter
def assurance_reason(standing: Standing, terms: MeasureTerms) -> str:
    """The word beside the assurance icon: why there is none, or empty where it has its own."""
    return untested(standing, terms)[0] if standing.assurance == "none" else ""


@register.filter
def assurance_words(page: MeasurePage) -> str:
    """What the limits say of the target, with the figures; why they say nothing."""
    standing, terms = page.standing.shown, page.terms
    if standing.assurance == "none":
        return untested(standing, terms)[1]
    step = STEPS[terms.frequency]
    lower, upper = (
        _limit(page, limit, standing.target) for limit in (standing.spc_lower, standing.spc_upper)
    )
    best, worst = (lower, upper) if terms.direction == "lower_is_better" else (upper, lower)
    short = "above" if terms.direction == "lower_is_better" else "below"
    chart = chart_of(standing, terms)
    verb = "meets" if standing.assurance == "pass" else "misses"
    said = f"The usual range, {lower} to {upper}, {verb} {chart.target}."
    if chart.will_miss:
        said = f"Even a very good {step}, {best}, would be {short} {chart.target}."
    elif chart.will_meet:
        said = f"Even a very poor {step}, {worst}, would meet {chart.target}."
    elif standing.assurance == "inconsistent" and not chart.is_outgrown:
        said = f"{_capitalised(chart.target)} lies within the usual range, {lower} to {upper}."
    elif chart.is_outgrown:
        outside = f"{standing.process.outside} of {standing.points_in_segment} {step}s"
        said = f"The limits are {lower} to {upper}, with {outside} outside."
    often = how_often(chart, is_named=chart.is_outgrown)
    return f"{said} {_capitalised(f'{chart.each}{often}')}." if often else said


def _capitalised(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def _limit(page: MeasurePage, limit: float | None, target: TargetShown | None) -> str:
    """A limit as drawn: within what the measure can be, and never rounded onto the target."""
    clipped = page.bounds.clip(limit)
    if clipped is None:
        return MISSING
    value, decimals = Decimal(str(clipped)), page.terms.decimals
    asked = None if target is None else target.value
    while decimals < SMALLEST and value != asked and round_half_up(value, decimals) == asked:
        decimals += 1
    return format_value(value, page.terms.unit, decimals)


@register.filter
def boundary_words(page: MeasurePage) -> str:
    """The reorganisations that the chart crosses: "Older People ended, Mar 2026"."""
    return "; ".join(boundary.text for boundary in page.boundaries)


@dataclass(frozen=True)
class GroupChart:
    """One of the small charts that share a scale: a care group's last windows."""

    care_group: CareGroup
    standing: Standing
    terms: MeasureTerms
    values: list[Decimal | None]
    kinds: list[str]
    bands: list[Band]
    cuts: tuple[int, ...]
    low: float
    high: float
    target: Decimal | None
    label: str

    @property
    def data_to(self) -> str:
        return data_to_words(self.standing)

    @property
    def freshness(self) -> str:
        return freshness_words(self.standing, self.terms)


@register.filter
def group_charts(page: MeasurePage) -> list[GroupChart]:
    low, high = _scale(page)
    return [_chart(group, page, low, high) for group in page.groups]


def _scale(page: MeasurePage) -> tuple[float, float]:
    values = [[window.value for window in group.windows] for group in page.groups]
    limits = [
        limit
        for group in page.groups
        for window in group.windows
        if window.limits_status == "ok"
        for limit in (page.bounds.clip(window.spc_lower), page.bounds.clip(window.spc_upper))
    ]
    targets = [drawn_target(group.standing, page.terms) for group in page.groups]
    return shared_scale(values, *limits, *targets)


def _chart(group: GroupStanding, page: MeasurePage, low: float, high: float) -> GroupChart:
    return GroupChart(
        care_group=group.care_group,
        standing=group.standing,
        terms=page.terms,
        values=[window.value for window in group.windows],
        kinds=[window.variation for window in group.windows],
        bands=_bands(page, group.windows),
        cuts=cuts_of([window.spc_segment for window in group.windows]),
        low=low,
        high=high,
        target=drawn_target(group.standing, page.terms),
        label=_label(group, page.terms),
    )


def _bands(page: MeasurePage, windows: Sequence[Standing]) -> list[Band]:
    """Firm limits, one band between recalculations."""
    held = [(place, row) for place, row in enumerate(windows) if row.limits_status == "ok"]
    found = []
    for _, segment in groupby(held, key=lambda row: row[1].spc_segment):
        rows = list(segment)
        (first, _), (last, window) = rows[0], rows[-1]
        lower, upper = (page.bounds.clip(end) for end in (window.spc_lower, window.spc_upper))
        if lower is not None and upper is not None and window.spc_mean is not None:
            found.append(Band(first, last, lower, window.spc_mean, upper))
    return found


def _label(group: GroupStanding, terms: MeasureTerms) -> str:
    held = [window for window in group.windows if window.value is not None]
    if not held:
        return ""
    first, last = held[0], held[-1]
    decimals = decimals_of(last, terms)
    average = (
        f", average {format_value(Decimal(str(last.spc_mean)), terms.unit, decimals)}"
        if last.spc_mean is not None
        else ""
    )
    was, now = (
        format_value(row.value, terms.unit, decimals_of(row, terms)) for row in (first, last)
    )
    span = from_to(first.period, last.period)
    return f"{group.care_group.name}, {span}: from {was} to {now}{average}"


@register.filter
def group_scale(page: MeasurePage) -> str:
    """ "Up to 24 months to Feb 2026, all on one scale, 2.0% to 7.0%. Dotted: target"."""
    shown = [decimals_of(group.standing.shown, page.terms) for group in page.groups]
    decimals = max(shown, default=page.terms.decimals)
    low, high = (format_value(Decimal(str(end)), page.terms.unit, decimals) for end in _scale(page))
    steps = f"{STEPS[page.terms.frequency]}s"
    ends = (group.windows[-1].period for group in page.groups if group.windows)
    last = max(ends, default=page.month.period)
    said = f"Up to 24 {steps} to {last.label}, all on one scale, {low} to {high}"
    targets = [drawn_target(group.standing, page.terms) for group in page.groups]
    return said if targets.count(None) == len(targets) else f"{said}. Dotted: target"
