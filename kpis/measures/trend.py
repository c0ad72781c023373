"""The trend chart of a measure with its words: its title, its caption, its figures as a table."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from kmpt_tracker.ui.components import Table
from kmpt_tracker.ui.formats import format_count
from kpis.judging.claims import span_within_sentence
from kpis.judging.status import Standing
from kpis.judging.terms import MeasureTerms
from kpis.judging.wording import counted, from_to
from kpis.measures.chart import trend_figure
from kpis.measures.chart_labels import ChartTerms, Marker, Other
from kpis.measures.chart_targets import NAMES
from kpis.measures.limits import FixedLimits
from kpis.measures.page_tables import figures_table, milestone_table
from kpis.outlook import Expected

# The outlook is drawn as far ahead as the figures go back.
MOST_AHEAD = 36


@dataclass(frozen=True)
class Trend:
    """The windows of a measure as they are drawn, oldest first."""

    where: str
    terms: MeasureTerms
    chart_terms: ChartTerms
    windows: tuple[Standing, ...]
    markers: tuple[Marker, ...]
    fixed: FixedLimits | None
    rests_on: tuple[Standing, ...] = ()
    others: tuple[Other, ...] = ()
    ahead: tuple[Expected, ...] = ()

    @cached_property
    def charted(self) -> tuple[Standing, ...]:
        """The windows in the chart: only those of the measure's own frequency."""
        return tuple(row for row in self.windows if self.terms.frequency.is_window(row.period))

    @property
    def has_values(self) -> bool:
        """Whether any window has a number, drawn or not."""
        return any(window.value is not None for window in self.windows)

    @cached_property
    def figure(self) -> dict[str, Any] | None:
        """The chart; None where there is nothing to draw."""
        if all(window.value is None for window in self.charted):
            return None
        return trend_figure(self.drawn_terms, self.charted, self.markers)

    @cached_property
    def drawn_terms(self) -> ChartTerms:
        """With the figures of others that lie within the windows drawn, and the outlook."""
        first, last = self.charted[0].period.start, self.charted[-1].period.end
        others = (
            row for row in self.others if first <= row.period.end and row.period.start <= last
        )
        return replace(self.chart_terms, others=tuple(others), ahead=self.ahead[:MOST_AHEAD])

    @property
    def title(self) -> str:
        count = len([window for window in self.charted if window.has_value])
        return f"{format_count(count, 'figure')}, {self.where}"

    @property
    def summary(self) -> str:
        """The caption: what is drawn, how it is calculated, what is missing."""
        held = [window for window in self.charted if window.value is not None]
        if not held:
            return ""
        parts = [f"{self.chart_terms.name}, {from_to(held[0].period, held[-1].period)}."]
        if held[-1].limits_status in ("ok", "trial"):
            parts.append(
                "XmR chart: mean ± 2.66 × mean moving range"
                f"{self._baseline}, large moving ranges screened out; "
                "the grey band is where 99 points in 100 should fall if nothing changes."
            )
            parts += [self._rests_on] if self._rests_on else []
        bounds = self.chart_terms.bounds
        if any(bounds.cuts(end) for row in held for end in (row.spc_lower, row.spc_upper)):
            parts.append("Limits are drawn no further than the measure can go.")
        paths = {NAMES[row.role].lower() for w in held for row in w.further if row.is_path}
        if paths and self.chart_terms.has_targets:
            parts.append(f"Dashed: {' and '.join(sorted(paths))}.")
        if self.ahead:
            parts.append("Dashed in blue: the outlook, no figures.")
        if self.figure and self.drawn_terms.others:
            parts.append("Figures of others are drawn beside it, and never rated.")
        missing = sum(window.rag.is_overdue for window in self.charted)
        if missing:
            gaps = "window left as a gap" if missing == 1 else "windows left as gaps"
            parts.append(f"{missing} missing {gaps}.")
        partial = sum(window.is_part_sum for window in held)
        if partial:
            crosses = "figure is a cross" if partial == 1 else "figures are crosses"
            parts.append(f"{partial} incomplete {crosses} beside the line.")
        return " ".join(parts)

    @property
    def _rests_on(self) -> str:
        """That a view of some figures is judged by all of them."""
        every = [window for window in self.rests_on if window.point is not None]
        if len(every) <= len([window for window in self.charted if window.point is not None]):
            return ""
        held = counted(len(every), self.terms)
        since = span_within_sentence(every[0].period.label)
        return f"Limits and signals rest on all {held} with a figure since {since}."

    @property
    def _baseline(self) -> str:
        return f" of {self.fixed.baseline}" if self.fixed and self.fixed.is_reached else ""

    @property
    def table(self) -> Table:
        """The chart's figures, latest first: the same numbers as the files."""
        latest_first, name = reversed(self.windows), self.chart_terms.name
        if self.terms.is_milestone:
            return milestone_table(name, latest_first, self.terms)
        bounds, is_whole = self.chart_terms.bounds, len(self.charted) == len(self.rests_on)
        return figures_table(name, latest_first, self.terms, bounds, is_whole=is_whole)
