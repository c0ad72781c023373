"""One ambition's dashboard: a small control chart for each of its measures, by objective."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from kmpt_tracker.ui.components import STATUS, Column, Table
from kpis.assessments.read import SeriesHistory, histories, windows_until
from kpis.judging.bounds import bounds_of
from kpis.judging.history import Clock
from kpis.judging.wording import own_value_words, target_words
from kpis.measures.group_charts import GroupChart, GroupCharts, GroupStanding
from kpis.models import Commentary
from kpis.plans.counts import Tally
from kpis.plans.status import AmbitionCard, ObjectiveRows, PromiseRow, plan_status
from strategy.models import Ambition, Objective, Plan
from strategy.periods import Month

MONTHS_DRAWN = 36


@dataclass(frozen=True)
class Panel:
    """A measure with its chart, under the promise that is made on it."""

    row: PromiseRow
    chart: GroupChart | None
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
    def target_beyond(self) -> str:
        """Where the target lies when it is too far away to be drawn."""
        beyond = self.chart.beyond if self.chart else ""
        return f"Target {beyond} the chart {'↑' if beyond == 'above' else '↓'}" if beyond else ""

    @property
    def comment_words(self) -> str:
        """The first sentence of the latest comment."""
        if self.comment is None:
            return ""
        first, stop, _ = self.comment.what_happened.strip().partition(". ")
        return first + stop.strip()

    @property
    def table(self) -> Table:
        """The chart's figures, latest first."""
        windows, terms = self.chart.group.windows if self.chart else (), self.row.terms
        return Table(
            f"{self.name}: the figures drawn",
            ("Period", Column("Value", numeric=True), Column("Target", numeric=True), "Status"),
            [
                (
                    window.period.label,
                    own_value_words(window, terms),
                    target_words(window.target, terms),
                    STATUS[window.rag].word,
                )
                for window in reversed(windows)
                if terms is not None
            ],
        )


@dataclass(frozen=True)
class ObjectivePanels:
    """An objective with the panels of its measures, and what it promises without one."""

    found: ObjectiveRows
    panels: tuple[Panel, ...]
    unmeasured: tuple[PromiseRow, ...]

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
        """What the dashboard means: how many are off target, and the worst signal."""
        counts = self.card.tally.counts
        if not counts.total:
            return "This ambition has no targets: what it promises is in the plan."
        if not counts.rated:
            return f"None of {counts.total} targets can be rated in {self.month.full_label}."
        said = f"{counts.off_target} of {counts.rated} rated targets are off target"
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
    since = month.plus(-MONTHS_DRAWN).start
    held = histories(series, known_at=known_at, since=since, until=month.end)
    comments = _comments(held, clock.now)
    return AmbitionPage(
        plan=plan,
        card=card,
        month=month,
        objectives=tuple(
            ObjectivePanels(
                found,
                tuple(
                    Panel(row, _chart(row, held, clock, month), comments.get(row.series.pk))
                    for row in _once(found.rows)
                    if row.series is not None
                ),
                tuple(row for row in found.rows if row.series is None),
            )
            for found in card.objectives
        ),
    )


def _once(rows: tuple[PromiseRow, ...]) -> list[PromiseRow]:
    """The first promise on each series: two promises on one measure share a chart."""
    found: dict[int | None, PromiseRow] = {}
    for row in rows:
        if row.series is not None:
            found.setdefault(row.series.pk, row)
    return list(found.values())


def _chart(
    row: PromiseRow, held: Mapping[int, SeriesHistory], clock: Clock, month: Month
) -> GroupChart | None:
    """The windows of three years on a scale of their own; None for a milestone or no figures."""
    if row.series is None or row.terms is None or row.terms.is_milestone:
        return None
    history = held[row.series.pk]
    rhythm = history.history.frequency
    windows = tuple(
        window for window in windows_until(history, clock, month) if rhythm.is_window(window.period)
    )
    if all(window.value is None for window in windows):
        return None
    measure = history.series.measure
    bounds = bounds_of(
        measure.unit, measure.minimum, measure.maximum, (window.value for window in windows)
    )
    group = GroupStanding(history.series.care_group, row.terms, row.standing, windows)
    return GroupCharts((group,), row.terms, bounds, month).alone


def _comments(held: Mapping[int, SeriesHistory], moment: datetime) -> dict[int, Commentary]:
    """The latest comment of each series that was known at the moment."""
    rows = Commentary.objects.current(moment).filter(series__in=list(held)).order_by("period_end")
    return {row.series_id: row for row in rows if row.what_happened.strip()}
