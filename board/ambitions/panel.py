"""The panel of a measure on an ambition's dashboard: its small chart, table, figure and comment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from board.ambitions.chart import small_figure
from board.home.row import first_said
from kmpt_tracker.ui.components import STATUS, Column, Table
from kmpt_tracker.ui.formats import format_date, format_value
from kmpt_tracker.ui.sparkline import scale_of
from kpis.assessments.series_history import SeriesHistory, windows_until
from kpis.judging.bounds import bounds_of
from kpis.judging.history import Clock
from kpis.judging.status import Standing
from kpis.judging.terms import MeasureTerms
from kpis.judging.wording import (
    data_to_words,
    freshness_words,
    own_value_words,
    span_words,
    target_words,
    value_words,
)
from kpis.measures.chart_labels import ChartTerms
from kpis.measures.group_charts import GroupChart, GroupCharts, GroupStanding
from kpis.measures.said import reading_of
from kpis.models import Commentary
from kpis.plans.status import PromiseRow, against
from strategy.periods import Month, Period, london_date


@dataclass(frozen=True)
class SmallChart:
    """The chart of a panel with its table: `rendered` holds their HTML, as long as this is kept."""

    name: str
    terms: MeasureTerms
    chart: GroupChart
    rendered: dict[str, str] = field(default_factory=dict, compare=False, repr=False)

    @property
    def windows(self) -> tuple[Standing, ...]:
        return self.chart.group.windows

    @property
    def figure(self) -> dict[str, Any]:
        """The same chart for Plotly, which replaces the drawing."""
        drawn = ChartTerms(
            name=self.name,
            unit=self.terms.unit,
            decimals=self.terms.decimals,
            bounds=self.chart.bounds,
            direction=self.terms.direction,
            has_targets=not self.terms.adds_up_a_span,
        )
        low, high = scale_of([self.chart.low, self.chart.high])
        return small_figure(drawn, self.windows, low, high)

    @property
    def label(self) -> str:
        """The chart in words, for who does not see it."""
        return f"{self.name}: {self.chart.label}"

    @property
    def ends(self) -> tuple[str, str]:
        """The first and the last window drawn."""
        return self.windows[0].period.label, self.windows[-1].period.label

    @property
    def average(self) -> str:
        """ "average 81.4%", by the limits of the latest window that has any."""
        means = [window.spc_mean for window in self.windows if window.spc_mean is not None]
        if not means:
            return ""
        mean = format_value(Decimal(str(means[-1])), self.terms.unit, self.terms.decimals)
        return f"average {mean}"

    @property
    def target_beyond(self) -> str:
        """Where the target lies when it is too far away to be drawn."""
        beyond = self.chart.beyond
        return f"target {beyond} the chart {'↑' if beyond == 'above' else '↓'}" if beyond else ""

    @property
    def table_words(self) -> str:
        return f"Figures of {self.name}"

    @property
    def table(self) -> Table:
        """The chart's figures, latest first; what is rated beside them, where that is a longer
        span.
        """
        span = span_words(self.terms)
        rated = [Column(span.capitalize(), numeric=True)] if span else []
        return Table(
            f"{self.name}: the figures drawn",
            (
                "Period",
                Column("Value", numeric=True),
                *rated,
                Column("Target", numeric=True),
                "Status",
            ),
            [
                (
                    window.period.label,
                    own_value_words(window, self.terms),
                    *([value_words(window, self.terms)] if span else []),
                    target_words(window.target, self.terms),
                    STATUS[window.rag].word,
                )
                for window in reversed(self.windows)
            ],
        )


@dataclass(frozen=True)
class Panel:
    """A measure with its chart, under the promise that is made on it."""

    row: PromiseRow
    drawn: SmallChart | None
    comment: Commentary | None

    @property
    def name(self) -> str:
        return self.row.name

    @property
    def url(self) -> str:
        return self.row.target.get_absolute_url()

    @property
    def key(self) -> str:
        """The id of the panel on the page."""
        return f"m-{self.row.target.pk}"

    @property
    def figure_key(self) -> str:
        return f"f-{self.key}"

    @property
    def remark(self) -> str:
        """Of when the figure is, how often, how old, how firm and whose: drawn or not."""
        standing, terms = self.row.standing, self.row.terms
        if not standing.shown.has_value or terms is None:
            return ""
        return ", ".join(filter(None, (data_to_words(standing), freshness_words(standing, terms))))

    @property
    def has_signals(self) -> bool:
        return self.drawn is not None and self.drawn.chart.has_signals

    @property
    def said(self) -> str:
        """What the figure and its chart mean, in a sentence."""
        row = self.row
        if row.terms is None:
            return ""
        return reading_of(row.standing, row.terms, row.series, lacking=row.lacking)

    @property
    def comment_words(self) -> str:
        """The first sentence of the latest comment."""
        return first_said(self.comment) if self.comment else ""

    @property
    def comment_when(self) -> str:
        """The day it was written, and the window it is about where that is not the one shown."""
        if self.comment is None:
            return ""
        written = format_date(london_date(self.comment.written_at))
        about = Period(self.comment.period_start, self.comment.period_end)
        is_of_shown = about == self.row.standing.shown.period
        return written if is_of_shown else f"{written}, on {about.label}"


def small_chart(
    row: PromiseRow, held: Mapping[int, SeriesHistory], clock: Clock, month: Month
) -> SmallChart | None:
    """The windows of three years on a scale of their own; None for a milestone or no figures.

    Drawn once for a series that nobody assesses again: 15 charts with their tables are two thirds
    of a dashboard's work.
    """
    if row.series is None or row.terms is None or row.terms.is_milestone:
        return None
    name, terms, standing, history = row.name, row.terms, row.standing, held[row.series.pk]
    rhythm, measure = history.history.frequency, history.series.measure
    care_group = history.series.care_group
    limits = (measure.unit, measure.minimum, measure.maximum)

    def draw() -> SmallChart | None:
        windows = _of_promise(
            row,
            tuple(
                window
                for window in windows_until(history, clock, month)
                if rhythm.is_window(window.period)
            ),
        )
        if all(window.value is None for window in windows):
            return None
        bounds = bounds_of(*limits, (window.value for window in windows))
        group = GroupStanding(care_group, terms, standing, windows)
        return SmallChart(name, terms, GroupCharts((group,), terms, bounds, month).alone)

    target = (row.target.pk, row.begins)
    shown = ("small chart", month, target, name, terms, standing, limits, care_group.name)
    return history.once(shown, clock, draw)


def _of_promise(row: PromiseRow, windows: tuple[Standing, ...]) -> tuple[Standing, ...]:
    """The windows against the promise that they are drawn under, from its first one on.

    What another plan asks for at the same time stands with that plan's promise. What was asked for
    before this one began stays, unless the figure shown is itself not rated by it.
    """
    own, begins = row.target.pk, row.begins
    if row.not_in_force:
        return tuple(against(window, row.target) for window in windows)
    of_own = (
        place
        for place, window in enumerate(windows)
        if any(one.pk == own for one in (window.target, *window.further) if one)
    )
    by_day = (
        place
        for place, window in enumerate(windows)
        if begins is not None and window.period.end >= begins
    )
    first = next(of_own, next(by_day, len(windows)))
    return (*windows[:first], *(against(window, row.target) for window in windows[first:]))
