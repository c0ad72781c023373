"""A plan in the order of its paper: every section in its place, with status where there is one.

A fixed number of queries, however much the plan says.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.db.models import Model, Prefetch

from kmpt_tracker.ui.formats import format_date
from kpis.assessments.inputs import measure_terms
from kpis.assessments.recent import recent_histories
from kpis.judging.history import Clock
from kpis.models import Actual, Measure, Series
from kpis.plans.blocks import (
    AmbitionBlock,
    ContextLine,
    Linked,
    MeasureLine,
    ObjectiveBlock,
    Quarter,
    QuarterLine,
    QuarterTable,
    Section,
    Standards,
    ThemeBlock,
    action_lines,
    statuses,
)
from kpis.plans.stated import stated_tables
from kpis.plans.statements import calendar, said_around
from kpis.plans.status import AmbitionCard, PlanStatus, plan_status
from strategy.models import (
    Action,
    Ambition,
    CareGroup,
    ContextFigure,
    FinanceLine,
    Objective,
    Outcome,
    Plan,
    PlanStatement,
    QualityPriority,
    Risk,
)
from strategy.notes import Notes, notes_on
from strategy.periods import Month
from strategy.recorded import restored


@dataclass(frozen=True)
class PlanPage:
    """Everything the page of a plan shows, in its order."""

    plan: Plan
    month: Month
    status: PlanStatus
    sections: tuple[Section, ...]
    notes: Notes
    cited_by: tuple[Plan, ...] = ()
    has_ended: bool = False
    may_edit: bool = False

    @property
    def is_illustrative(self) -> bool:
        return any(row.is_illustrative for row in (*self.status.rows, *self.status.alone))

    @property
    def published(self) -> str:
        day = self.plan.published_on
        return f"published {format_date(day)}" if day else "no date of publication printed"

    @property
    def may_change_tolerance(self) -> bool:
        """Nothing is rated by the tolerance of a plan that another document cites."""
        return self.may_edit and not self.plan.cited


@dataclass
class _Rows:
    """The rows of a plan other than its promises, as read."""

    outcomes: Sequence[Outcome]
    actions: Sequence[Action]
    priorities: Sequence[QualityPriority]
    risks: Sequence[Risk]
    money: Sequence[FinanceLine]
    figures: Sequence[ContextFigure]
    statements: Sequence[PlanStatement]
    observed: Sequence[Actual] = field(default_factory=list)

    def all(self) -> Iterable[Model]:
        yield from self.outcomes
        yield from self.actions
        yield from self.priorities
        yield from self.risks
        yield from self.money
        yield from self.figures
        yield from self.statements


def plan_page(
    plan: Plan,
    month: Month,
    *,
    today: date,
    clock: Clock,
    known_at: datetime | None = None,
    may_edit: bool = False,
) -> PlanPage:
    """A plan with its status in a month, as known now or at a past moment."""
    status = plan_status(plan, month, clock, known_at=known_at)
    rows = _read(plan, known_at)
    rows.observed = _observed(plan, rows)
    ambitions = restored(
        plan.ambitions.select_related("plan", "source_document").order_by("position"), known_at
    )
    notes = notes_on(
        [
            plan,
            *ambitions,
            *(actual.series.measure for actual in rows.observed),
            *rows.all(),
        ],
        known_at,
    )
    lines = _measure_lines(rows, month, clock, known_at=known_at)
    return PlanPage(
        plan=plan,
        month=month,
        status=status,
        sections=tuple(_sections(status, ambitions, rows, lines, notes, known_at)),
        notes=notes,
        cited_by=tuple(_cited_by(plan)) if plan.cited else (),
        has_ended=plan.ends_on < today,
        may_edit=may_edit,
    )


def _read(plan: Plan, known_at: datetime | None) -> _Rows:
    with_measures = Prefetch("measures", Measure.objects.order_by("code"))
    with_objectives = Prefetch(
        "objectives", Objective.objects.select_related("plan").order_by("position")
    )
    under = ("objective__plan", "source_document")
    own = ("plan", "source_document")
    return _Rows(
        outcomes=restored(
            Outcome.objects.filter(objective__plan=plan)
            .select_related(*under)
            .order_by("position"),
            known_at,
        ),
        actions=restored(
            Action.objects.filter(objective__plan=plan)
            .select_related(*under)
            .prefetch_related(statuses())
            .order_by("objective__ambition__position", "objective__position", "position"),
            known_at,
        ),
        priorities=list(
            plan.quality_priorities.select_related(*own)
            .prefetch_related(with_measures, with_objectives)
            .order_by("position")
        ),
        risks=list(
            plan.risks.select_related(*own)
            .prefetch_related(with_measures, with_objectives)
            .order_by("position")
        ),
        money=list(plan.finance_lines.select_related(*own).order_by("position")),
        figures=list(plan.context_figures.select_related(*own).order_by("position")),
        statements=list(plan.statements.select_related(*own).order_by("position")),
    )


def _observed(plan: Plan, rows: _Rows) -> list[Actual]:
    """The figures with a period that the plan's documents report; a cited plan has none."""
    if plan.cited:
        return []
    documents = {plan.source_document_id}
    documents |= {row.source_document_id for row in rows.all()}  # type: ignore[attr-defined]
    found = Actual.objects.filter(
        origin=Actual.Origin.PUBLISHED, source_document__in=documents - {None}
    )
    found = found.exclude(value_status=Actual.ValueStatus.WITHDRAWN)
    found = found.select_related("series__measure", "series__care_group", "source_document")
    return list(
        found.order_by("series__measure__name", "series__care_group__position", "period_end", "pk")
    )


def _measure_lines(
    rows: _Rows, month: Month, clock: Clock, *, known_at: datetime | None
) -> Mapping[int, MeasureLine]:
    """The trust's figures for the measures that risks and quality priorities name."""
    linked: Iterable[Any] = (*rows.risks, *rows.priorities)
    measures = {measure.pk: measure for row in linked for measure in row.measures.all()}
    reported = Series.objects.filter(
        measure__in=measures, care_group__level=CareGroup.Level.TRUST
    ).select_related("measure", "care_group")
    series = {row.measure_id: row for row in reported}
    found = recent_histories(series.values(), month, known_at=known_at)
    lines = {}
    for pk, row in series.items():
        measure = found[row.pk].found.series.measure
        lines[pk] = MeasureLine(measure, measure_terms(measure), found[row.pk].at(month, clock))
    return lines


def _cited_by(plan: Plan) -> Iterable[Plan]:
    """The plans in whose document the cited plan is named."""
    return Plan.objects.filter(source_document=plan.source_document, cited=False).order_by(
        "starts_on"
    )


def _sections(
    status: PlanStatus,
    ambitions: Sequence[Ambition],
    rows: _Rows,
    lines: Mapping[int, MeasureLine],
    notes: Notes,
    known_at: datetime | None,
) -> Iterable[Section]:
    """The parts of the page that have content, in the order of the paper."""
    objectives_at = ambitions[0].source_section if ambitions else ""
    before, after = said_around(rows.statements, objectives_at)
    yield from before
    blocks = _themes(status, ambitions, rows, known_at)
    if blocks:
        count = sum(len(theme.ambitions) for theme in blocks)
        yield Section("objectives", "Objectives", "kpis/plan/_themes.html", blocks, count)
    dated = [row for row in rows.actions if row.quarter]
    if dated:
        table = _quarters(dated, notes, known_at)
        yield Section(
            "quarters", "Delivery by quarter", "kpis/plan/_quarters.html", table, len(dated)
        )
    yield from _lists(status, rows, lines)
    yield from after
    yield from _figures(rows, notes)
    yield from calendar(rows.statements)


def _lists(status: PlanStatus, rows: _Rows, lines: Mapping[int, MeasureLine]) -> Iterable[Section]:
    if status.alone:
        yield Section(
            "standards",
            "Standards, and promises of the plan as a whole",
            "kpis/plan/_standards.html",
            Standards(status.alone),
            len(status.alone),
        )
    if rows.priorities:
        found = _grouped([_linked(row, lines) for row in rows.priorities], "domain")
        yield Section(
            "quality", "Quality priorities", "kpis/plan/_quality.html", found, len(rows.priorities)
        )
    if rows.risks:
        found = [
            (kind.replace("_", " ").capitalize(), under)
            for kind, under in _grouped([_linked(row, lines) for row in rows.risks], "kind")
        ]
        yield Section("risks", "Risks", "kpis/plan/_risks.html", found, len(rows.risks))


def _figures(rows: _Rows, notes: Notes) -> Iterable[Section]:
    if rows.money:
        tables = stated_tables(rows.money, notes)
        yield Section(
            "money", "Figures the plan states", "kpis/plan/_money.html", tables, len(rows.money)
        )
    if rows.observed:
        yield Section(
            "observed",
            "Figures the plan reports",
            "kpis/plan/_observed.html",
            rows.observed,
            len(rows.observed),
        )
    if rows.figures:
        yield Section(
            "context-figures",
            "Figures that set the scene",
            "kpis/plan/_context.html",
            [ContextLine(figure) for figure in rows.figures],
            len(rows.figures),
        )


def _linked(row: Risk | QualityPriority, lines: Mapping[int, MeasureLine]) -> Linked:
    return Linked(
        row,
        tuple(row.objectives.all()),
        tuple(lines[measure.pk] for measure in row.measures.all() if measure.pk in lines),  # type: ignore[union-attr]
    )


def _grouped(rows: Iterable[Linked], name: str) -> list[tuple[str, list[Linked]]]:
    """Rows by domain or kind, in the order in which the plan first names each."""
    found: dict[str, list[Linked]] = defaultdict(list)
    for linked in rows:
        found[getattr(linked.row, name)].append(linked)
    return list(found.items())


def _themes(
    status: PlanStatus, ambitions: Iterable[Ambition], rows: _Rows, known_at: datetime | None
) -> tuple[ThemeBlock, ...]:
    """The groupings, under a theme that holds several; an empty one keeps its place."""
    objectives = {card.ambition.pk: card.objectives for card in status.cards}
    outcomes, actions = defaultdict(list), defaultdict(list)
    for outcome in rows.outcomes:
        outcomes[outcome.objective_id].append(outcome)
    for line in action_lines(rows.actions, known_at):
        actions[line.action.objective_id].append(line)
    blocks = [
        AmbitionBlock(
            card,
            tuple(
                ObjectiveBlock(item, tuple(outcomes[pk]), tuple(actions[pk]))
                for item in card.objectives
                for pk in [item.objective.pk]
            ),
        )
        for ambition in ambitions
        for card in [AmbitionCard(ambition, objectives.get(ambition.pk, ()))]
    ]
    found = [
        (theme, tuple(group))
        for theme, group in groupby(blocks, key=lambda block: block.card.ambition.theme)
    ]
    if any(theme and len(group) > 1 for theme, group in found):
        return tuple(
            ThemeBlock(theme, tuple(replace(block, is_under_theme=bool(theme)) for block in group))
            for theme, group in found
        )
    return tuple(ThemeBlock("", (block,)) for block in blocks)


def _quarters(actions: Iterable[Action], notes: Notes, known_at: datetime | None) -> QuarterTable:
    """The table of what is done by when: the quarters in order of time, then whole years."""
    lines = action_lines(actions, known_at)
    above = notes.on_all(line.action for line in lines)
    found: dict[str, list[QuarterLine]] = defaultdict(list)
    for line in lines:
        own = tuple(note for note in notes.at(line.action) if note not in above)
        found[line.action.quarter].append(QuarterLine(line.action, line.statuses, own))
    ordered = sorted(found, key=lambda name: (name[:7], " " not in name, name))
    return QuarterTable(tuple(Quarter(name, tuple(found[name])) for name in ordered), above)
