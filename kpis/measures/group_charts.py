"""The care groups of a measure: the status of each, and small charts on one scale."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from kmpt_tracker.ui.formats import format_value
from kmpt_tracker.ui.sparkline import Band, Trend, shared_scale, small_multiple
from kpis.judging.boundaries import cuts_of
from kpis.judging.bounds import Bounds
from kpis.judging.status import Standing
from kpis.judging.terms import MeasureTerms
from kpis.judging.wording import (
    STEPS,
    data_to_words,
    decimals_of,
    drawn_target,
    freshness_words,
    from_to,
    value_words,
)
from kpis.models import Series
from kpis.rollup import Part, RollUp, combine
from strategy.models import CareGroup
from strategy.periods import Month

WHOSE = {
    Series.FedBy.PUBLISHED: "published",
    Series.FedBy.RETURNS: "reported for the trust as a whole",
    Series.FedBy.TRACKER: "counted by the tracker",
}
# A single chart leaves out a target that is further away than this many times its spread.
REACH = 3


@dataclass(frozen=True)
class GroupStanding:
    """One care group's line of a measure."""

    care_group: CareGroup
    terms: MeasureTerms
    standing: Standing
    windows: tuple[Standing, ...]

    @property
    def is_illustrative(self) -> bool:
        return self.standing.shown.origin == "illustrative"

    @property
    def target(self) -> Decimal | None:
        """The target as its chart draws it."""
        return drawn_target(self.standing, self.terms)


def beside_the_whole(
    trust: Series | None,
    whole: Iterable[Standing],
    groups: Sequence[GroupStanding],
    roll_up: RollUp,
) -> str:
    """That the trust's figure is not added up from those of its care groups, and how far the two
    are apart in the last window that both have. Empty where it is their sum.
    """
    if trust is None or trust.fed_by == Series.FedBy.ROLL_UP or not groups:
        return ""
    terms = groups[0].terms
    said = f"The trust’s figure is {WHOSE[Series.FedBy(trust.fed_by)]}, not added up from these"
    if all(group.is_illustrative for group in groups):
        said += ", which are illustrative"
    if terms.is_milestone or roll_up in (RollUp.NONE, RollUp.LATEST):
        return f"{said}."
    windows = [{row.period: row for row in group.windows if row.has_value} for group in groups]
    for row in sorted(whole, key=lambda row: row.period.end, reverse=True):
        if row.value is None or not all(row.period in held for held in windows):
            continue
        parts = [
            Part(
                numerator=one.numerator,
                denominator=one.denominator,
                value=one.value,
                period_end=one.period.end,
            )
            for one in (held[row.period] for held in windows)
        ]
        total = combine(parts, rule=roll_up, scale=terms.scale)
        if total.value is None or not total.is_rated:
            continue
        added, alone = (
            format_value(number, terms.unit, terms.decimals) for number in (total.value, row.value)
        )
        if added == alone:
            return f"{said}. In {row.period.label} they come to the same, {alone}."
        return f"{said}. In {row.period.label} they come to {added}, against {alone}."
    return f"{said}. No {STEPS[terms.frequency]} on these charts has a figure of all of them."


@dataclass(frozen=True)
class GroupChart:
    """One of the small charts that share a scale: a care group's last windows."""

    group: GroupStanding
    bounds: Bounds
    low: float
    high: float

    @property
    def standing(self) -> Standing:
        return self.group.standing

    @property
    def latest(self) -> str:
        return value_words(self.standing.shown, self.group.terms)

    @property
    def data_to(self) -> str:
        return data_to_words(self.standing)

    @property
    def freshness(self) -> str:
        return freshness_words(self.standing, self.group.terms)

    @property
    def has_signals(self) -> bool:
        return self.standing.has_value and self.standing.variation != "none"

    @property
    def drawing(self) -> Trend:
        windows = self.group.windows
        return small_multiple(
            [window.value for window in windows],
            low=self.low,
            high=self.high,
            target=self.group.target,
            bands=self.bands,
            kinds=[window.variation for window in windows],
            cuts=cuts_of([window.spc_segment for window in windows]),
            points=len(windows),
        )

    @property
    def beyond(self) -> str:
        """Where the target lies when it is off the chart: "above" or "below"; else empty."""
        target = self.group.target
        if target is None or self.low <= target <= self.high:
            return ""
        return "above" if target > self.high else "below"

    @property
    def bands(self) -> list[Band]:
        """Firm limits, one band between recalculations."""
        windows = enumerate(self.group.windows)
        held = [(place, row) for place, row in windows if row.limits_status == "ok"]
        found = []
        for _, segment in groupby(held, key=lambda row: row[1].spc_segment):
            rows = list(segment)
            (first, _), (last, window) = rows[0], rows[-1]
            lower, upper = (self.bounds.clip(end) for end in (window.spc_lower, window.spc_upper))
            if lower is not None and upper is not None and window.spc_mean is not None:
                found.append(Band(first, last, lower, window.spc_mean, upper))
        return found

    @property
    def label(self) -> str:
        """The chart in words: from when to when, from which value to which, and the average."""
        terms = self.group.terms
        held = [window for window in self.group.windows if window.value is not None]
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
        return f"{self.group.care_group.name}, {span}: from {was} to {now}{average}"


@dataclass(frozen=True)
class GroupCharts:
    """The charts of all care groups that report a measure in a month."""

    groups: tuple[GroupStanding, ...]
    terms: MeasureTerms
    bounds: Bounds
    month: Month

    @property
    def rows(self) -> list[GroupChart]:
        low, high = self._scale
        return [GroupChart(group, self.bounds, low, high) for group in self.groups]

    @property
    def note(self) -> str:
        """ "Up to 24 months to Feb 2026, all on one scale, 2.0% to 7.0%. Dotted: target"."""
        shown = [decimals_of(group.standing.shown, self.terms) for group in self.groups]
        decimals = max(shown, default=self.terms.decimals)
        low, high = (
            format_value(Decimal(str(end)), self.terms.unit, decimals) for end in self._scale
        )
        steps = f"{STEPS[self.terms.frequency]}s"
        ends = (group.windows[-1].period for group in self.groups if group.windows)
        last = max(ends, default=self.month.period)
        said = f"Up to 24 {steps} to {last.label}, all on one scale, {low} to {high}"
        has_target = any(group.target is not None for group in self.groups)
        return f"{said}. Dotted: target" if has_target else said

    @property
    def alone(self) -> GroupChart:
        """The first chart by itself: a target further away than three times its spread would
        flatten the line, and is left out."""
        (group, *_) = self.groups
        low, high = self._scale_of(())
        target, reach = group.target, REACH * (high - low)
        if target is not None and low - reach <= target <= high + reach:
            low, high = self._scale_of((target,))
        return GroupChart(group, self.bounds, low, high)

    @property
    def _scale(self) -> tuple[float, float]:
        return self._scale_of(group.target for group in self.groups)

    def _scale_of(self, targets: Iterable[Decimal | None]) -> tuple[float, float]:
        values = [[window.value for window in group.windows] for group in self.groups]
        limits = [
            self.bounds.clip(limit)
            for group in self.groups
            for window in group.windows
            if window.limits_status == "ok"
            for limit in (window.spc_lower, window.spc_upper)
        ]
        return shared_scale(values, *limits, *targets)
