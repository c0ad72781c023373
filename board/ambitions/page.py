"""One ambition's dashboard: a small control chart for each of its measures, by objective."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import QuerySet

from board.ambitions.chart import small_figure
from board.home.row import first_said, last_comments
from kmpt_tracker.questions import answered_once
from kmpt_tracker.ui.components import STATUS, Column, Table
from kmpt_tracker.ui.formats import format_count, format_date, format_value
from kmpt_tracker.ui.sparkline import scale_of
from kpis.assessments.read import SeriesHistory, histories, windows_until
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
from kpis.plans.counts import Tally
from kpis.plans.status import AmbitionCard, ObjectiveRows, PromiseRow, plan_status
from strategy.models import Ambition, Objective, Outcome, Plan
from strategy.periods import Month, Period, london_date
from strategy.places import shared
from strategy.recorded import already_recorded, restored

MONTHS_DRAWN = 36


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
        return reading_of(row.standing, row.terms, row.series) if row.terms is not None else ""

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


@dataclass(frozen=True)
class ObjectivePanels:
    """An objective with the panels of its measures, and what it promises without one."""

    found: ObjectiveRows
    panels: tuple[Panel, ...]
    unmeasured: tuple[PromiseRow, ...]
    outcomes: tuple[Outcome, ...] = ()

    @property
    def owner(self) -> str:
        """Who owns all its measures; empty where they have several owners, or none."""
        return shared(panel.row.owner for panel in self.panels)

    @property
    def sentence(self) -> str:
        """How many of its targets are met, and why the others are not rated."""
        counts = self.tally.counts
        if not counts.rated:
            why = f": {counts.unrated_words}" if counts.total else ""
            return (
                f"None of {format_count(counts.total, 'target')} can be rated{why}." if why else ""
            )
        left = f"; not rated: {counts.unrated_words}" if counts.unrated_words else ""
        return f"{counts.on_target} of {format_count(counts.rated, 'rated target')} met{left}."

    @property
    def objective(self) -> Objective:
        return self.found.objective

    @property
    def tally(self) -> Tally[PromiseRow]:
        return self.found.tally


@dataclass(frozen=True)
class AmbitionPage:
    """Everything the dashboard of one ambition shows."""

    plan: Plan
    card: AmbitionCard
    month: Month
    objectives: tuple[ObjectivePanels, ...]

    @property
    def ambition(self) -> Ambition:
        return self.card.ambition

    @cached_property
    def rows(self) -> tuple[PromiseRow, ...]:
        return self.card.rows

    @property
    def sentence(self) -> str:
        """The summary of the dashboard: how many are off target, and the worst signal."""
        counts = self.card.tally.counts
        if not counts.total:
            return "This ambition has no targets: what it promises is in the plan."
        if not counts.rated:
            which = (
                "Its one target cannot"
                if counts.total == 1
                else f"None of {counts.total} targets can"
            )
            return f"{which} be rated in {self.month.full_label}."
        verb = "is" if counts.off_target == 1 else "are"
        said = f"{counts.off_target} of {counts.rated} rated targets {verb} off target"
        return f"{said}, {counts.on_target} on target, in {self.month.full_label}."

    @property
    def printed(self) -> str:
        """For the head of the printed page, whether figures are invented."""
        return "Illustrative data" if self.is_illustrative else ""

    @property
    def is_illustrative(self) -> bool:
        return any(row.is_illustrative for row in self.rows)


def ambition_page(
    plan: Plan, position: int, month: Month, clock: Clock, *, known_at: datetime | None = None
) -> AmbitionPage | None:
    """The ambition at that place of the plan, or None where the plan has none there."""
    status = plan_status(
        plan,
        month,
        clock,
        known_at=known_at,
        wanted=lambda objective: objective is not None and objective.ambition.position == position,
    )
    card = next((card for card in status.cards if card.ambition.position == position), None)
    if card is None:
        return None
    series = [row.series for row in card.rows if row.series is not None]
    since = month.plus(1 - MONTHS_DRAWN).start
    held = histories(series, known_at=known_at, since=since, until=month.end)
    comments = _comments(held, clock.now, month)
    outcomes = defaultdict(list)
    listed = _outcomes([found.objective.pk for found in card.objectives])
    for outcome in restored(already_recorded(listed, known_at), known_at):
        outcomes[outcome.objective_id].append(outcome)
    return AmbitionPage(
        plan=plan,
        card=card,
        month=month,
        objectives=tuple(
            ObjectivePanels(
                found,
                tuple(
                    Panel(row, _drawn(row, held, clock, month), _comment(row, comments))
                    for row in _once(found.rows)
                ),
                tuple(row for row in found.rows if row.target.measure_id is None),
                tuple(outcomes[found.objective.pk]),
            )
            for found in card.objectives
        ),
    )


def _once(rows: tuple[PromiseRow, ...]) -> list[PromiseRow]:
    """The first promise on each measure of a care group: two promises on one share a chart."""
    found: dict[tuple[int, int], PromiseRow] = {}
    for row in rows:
        if row.target.measure_id is not None:
            found.setdefault((row.target.measure_id, row.target.care_group_id), row)
    return list(found.values())


def _comment(row: PromiseRow, comments: Mapping[int, Commentary]) -> Commentary | None:
    return comments.get(row.series.pk) if row.series else None


def _drawn(
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
        windows = tuple(
            window
            for window in windows_until(history, clock, month)
            if rhythm.is_window(window.period)
        )
        if all(window.value is None for window in windows):
            return None
        bounds = bounds_of(*limits, (window.value for window in windows))
        group = GroupStanding(care_group, terms, standing, windows)
        return SmallChart(name, terms, GroupCharts((group,), terms, bounds, month).alone)

    shown = ("small chart", month, row.target.pk, name, terms, standing, limits, care_group.name)
    return history.once(shown, clock, draw)


def _comments(
    held: Mapping[int, SeriesHistory], moment: datetime, month: Month
) -> dict[int, Commentary]:
    """The latest comment of each series, up to the month, that was known at the moment."""
    return {row.series_id: row for row in last_comments(list(held), month.end, moment)}


@answered_once
def _outcomes(objectives: Collection[int]) -> QuerySet[Outcome]:
    return Outcome.objects.filter(objective__in=objectives).order_by("position")
