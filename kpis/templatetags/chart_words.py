"""What stands beside a control chart: the tiles of the headline, and the care groups' charts."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from django import template

from kmpt_tracker.ui.formats import format_value
from kmpt_tracker.ui.sparkline import Band, shared_scale
from kpis.assessing import MeasureTerms
from kpis.chart_targets import NAMES
from kpis.pages.measures import GroupStanding, MeasurePage
from kpis.rag import Rag
from kpis.spc import why_no_icons
from kpis.standing import Standing
from kpis.words import STEPS, asked_words, rule_words, target_words, variance_words
from strategy.models import CareGroup

register = template.Library()


@register.filter
def from_target(standing: Standing, terms: MeasureTerms) -> str:
    """How far the value is from the target: "0.9 percentage points above the target."."""
    change = variance_words(standing, terms)
    if not change or standing.target is None or standing.target.variance is None:
        return ""
    if standing.target.variance == 0:
        return "Exactly on the target."
    side = "above" if standing.target.variance > 0 else "below"
    return f"{change.lstrip('+−')} {side} the target."


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
    """Which rule the latest point fired, or why there is no icon."""
    if standing.rag is Rag.INCOMPLETE:
        return f"Not everyone has reported: this {STEPS[terms.frequency]} is no point yet."
    if standing.limits_status == "ok":
        return rule_words(standing, terms)
    return why_no_icons(standing.limits_status, standing.points_in_segment, terms.frequency)


@register.filter
def assurance_words(page: MeasurePage) -> str:
    """What the limits say of the target, with the figures; empty where they say nothing."""
    standing, terms = page.standing.shown, page.terms
    if standing.rag is Rag.INCOMPLETE:
        return "The limits test the target again once everyone has reported."
    asked, step = asked_words(standing, terms), STEPS[terms.frequency]
    lower, upper = (_limit(page, limit) for limit in (standing.spc_lower, standing.spc_upper))
    best, worst = (lower, upper) if terms.direction == "lower_is_better" else (upper, lower)
    short = "above" if terms.direction == "lower_is_better" else "below"
    return {
        "fail": f"Even a very good {step}, {best}, would be {short} {asked}.",
        "pass": f"Even a very poor {step}, {worst}, would meet {asked}.",
        "inconsistent": f"{asked} lies within the usual range, {lower} to {upper}.",
    }.get(standing.assurance, "")


def _limit(page: MeasurePage, limit: float | None) -> str:
    """A limit as drawn: within what the measure can be."""
    if limit is None:
        return "–"
    value = Decimal(str(limit))
    if page.measure.minimum is not None:
        value = max(value, page.measure.minimum)
    if page.measure.maximum is not None:
        value = min(value, page.measure.maximum)
    return format_value(value, page.terms.unit, max(page.terms.decimals, 1))


@dataclass(frozen=True)
class GroupChart:
    """One of the small charts that share a scale: a care group's last windows."""

    care_group: CareGroup
    standing: Standing
    terms: MeasureTerms
    values: list[Decimal | None]
    kinds: list[str]
    bands: list[Band]
    low: float
    high: float
    target: Decimal | None
    label: str


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
        for limit in (_clipped(page, window.spc_lower), _clipped(page, window.spc_upper))
    ]
    targets = [group.standing.target.value for group in page.groups if group.standing.target]
    return shared_scale(values, *limits, *targets)


def _clipped(page: MeasurePage, limit: float | None) -> float | None:
    if limit is None:
        return None
    minimum, maximum = page.measure.minimum, page.measure.maximum
    if minimum is not None:
        limit = max(limit, float(minimum))
    return limit if maximum is None else min(limit, float(maximum))


def _chart(group: GroupStanding, page: MeasurePage, low: float, high: float) -> GroupChart:
    target = group.standing.target
    return GroupChart(
        care_group=group.care_group,
        standing=group.standing,
        terms=page.terms,
        values=[window.value for window in group.windows],
        kinds=[window.variation for window in group.windows],
        bands=_bands(page, group.windows),
        low=low,
        high=high,
        target=target.value if target else None,
        label=_label(group, page.terms),
    )


def _bands(page: MeasurePage, windows: Sequence[Standing]) -> list[Band]:
    """Firm limits, one band between recalculations."""
    held = [(place, row) for place, row in enumerate(windows) if row.limits_status == "ok"]
    found = []
    for _, segment in groupby(held, key=lambda row: row[1].spc_segment):
        rows = list(segment)
        (first, _), (last, window) = rows[0], rows[-1]
        lower, upper = _clipped(page, window.spc_lower), _clipped(page, window.spc_upper)
        if lower is not None and upper is not None and window.spc_mean is not None:
            found.append(Band(first, last, lower, window.spc_mean, upper))
    return found


def _label(group: GroupStanding, terms: MeasureTerms) -> str:
    held = [window for window in group.windows if window.value is not None]
    if not held:
        return ""
    first, last = held[0], held[-1]
    average = (
        f", average {format_value(Decimal(str(last.spc_mean)), terms.unit, terms.decimals)}"
        if last.spc_mean is not None
        else ""
    )
    was, now = (format_value(row.value, terms.unit, terms.decimals) for row in (first, last))
    return (
        f"{group.care_group.name}, {first.period.last_month.label} to "
        f"{last.period.last_month.label}: from {was} to {now}{average}"
    )


@register.filter
def group_scale(page: MeasurePage) -> str:
    """ "Up to 24 windows to Feb 2026, all on one scale, 2.0% to 7.0%. Dotted line: target"."""
    low, high = (
        format_value(Decimal(str(end)), page.terms.unit, page.terms.decimals)
        for end in _scale(page)
    )
    steps = f"{STEPS[page.terms.frequency]}s"
    return f"24 {steps} to {page.month.label}, all on one scale, {low} to {high}. Dotted: target"
