"""One ambition's dashboard: a small control chart for each of its measures, by objective."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db.models import QuerySet

from board.ambitions.panel import Panel, small_chart
from board.home.row import last_comments
from kmpt_tracker.questions import answered_once
from kmpt_tracker.ui.formats import format_count
from kpis.assessments.read import histories
from kpis.assessments.series_history import SeriesHistory
from kpis.judging.history import Clock
from kpis.models import Commentary
from kpis.plans.counts import Tally
from kpis.plans.status import AmbitionCard, ObjectiveRows, PromiseRow, plan_status
from strategy.models import Ambition, Objective, Outcome, Plan
from strategy.periods import Month
from strategy.places import shared
from strategy.recorded import already_recorded, restored

MONTHS_DRAWN = 36


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
                    Panel(row, small_chart(row, held, clock, month), _comment(row, comments))
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


def _comments(
    held: Mapping[int, SeriesHistory], moment: datetime, month: Month
) -> dict[int, Commentary]:
    """The latest comment of each series, up to the month, that was known at the moment."""
    return {row.series_id: row for row in last_comments(list(held), month.end, moment)}


@answered_once
def _outcomes(objectives: Collection[int]) -> QuerySet[Outcome]:
    return Outcome.objects.filter(objective__in=objectives).order_by("position")
