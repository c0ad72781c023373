"""One section of a plan's paper, with the place of everything in the document.

A section reads only its own rows; only a grouping and the standards read the status of promises.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Model, Prefetch, QuerySet

from kmpt_tracker.questions import answered_once
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
    action_lines,
    statuses,
)
from kpis.plans.contents import GROUPING, Chapter, observed
from kpis.plans.remarks import notes_and_changes
from kpis.plans.stated import stated_tables
from kpis.plans.statements import Kind, said_around, statement_section
from kpis.plans.status import AmbitionCard, PlanStatus, plan_status
from strategy.models import (
    Action,
    Ambition,
    CareGroup,
    Objective,
    Outcome,
    Plan,
)
from strategy.notes import Notes, NotesFolded
from strategy.periods import Month
from strategy.recorded import restored


@dataclass(frozen=True)
class PaperPage:
    """One section of the paper, between the one before and the one after."""

    plan: Plan
    chapters: tuple[Chapter, ...]
    at: int
    month: Month
    section: Section
    notes: NotesFolded
    is_illustrative: bool = False

    @property
    def chapter(self) -> Chapter:
        return self.chapters[self.at]

    @property
    def place(self) -> str:
        """ "Section 3 of 12"."""
        return f"Section {self.at + 1} of {len(self.chapters)}"

    @property
    def previous(self) -> Chapter | None:
        return self.chapters[self.at - 1] if self.at else None

    @property
    def next(self) -> Chapter | None:
        after = self.chapters[self.at + 1 :]
        return after[0] if after else None


def paper_page(
    plan: Plan,
    code: str,
    chapters: Sequence[Chapter],
    month: Month,
    clock: Clock,
    *,
    known_at: datetime | None = None,
) -> PaperPage:
    """The section with this id, as known now or at a past moment."""
    at = next(place for place, chapter in enumerate(chapters) if chapter.id == code)
    chapter = chapters[at]
    reading = _Reading(plan, month, clock, known_at)
    section = reading.section(chapter)
    return PaperPage(
        plan=plan,
        chapters=tuple(chapters),
        at=at,
        month=month,
        section=section,
        notes=NotesFolded(reading.notes),
        is_illustrative=any(row.is_illustrative for row in reading.promises),
    )


class _Reading:
    """Reads one section: its rows, the notes on them, and the promises it shows."""

    def __init__(self, plan: Plan, month: Month, clock: Clock, known_at: datetime | None):
        self.plan, self.month, self.clock, self.known_at = plan, month, clock, known_at
        self.notes = Notes()
        self.promises: tuple[Any, ...] = ()

    def section(self, chapter: Chapter) -> Section:
        if chapter.id.startswith(GROUPING):
            content: Any = self._grouping(int(chapter.id.removeprefix(GROUPING)))
            return self._of(chapter, "kpis/plan/_ambition.html", content)
        read: dict[str, tuple[str, Callable[[], Any]]] = {
            "quarters": ("kpis/plan/_quarters.html", self._quarters),
            "standards": ("kpis/plan/_standards.html", self._standards),
            "quality": ("kpis/plan/_quality.html", self._quality),
            "risks": ("kpis/plan/_risks.html", self._risks),
            "money": ("kpis/plan/_money.html", self._money),
            "observed": ("kpis/plan/_observed.html", self._reported),
            "context-figures": ("kpis/plan/_context.html", self._context),
        }
        if chapter.id in read:
            template, content_of = read[chapter.id]
            return self._of(chapter, template, content_of())
        return self._words(chapter)

    def _of(self, chapter: Chapter, template: str, content: Any) -> Section:
        return Section(chapter.id, chapter.title, template, content, chapter.count)

    def _noted(self, rows: Iterable[Model], more: Iterable[Any] = ()) -> None:
        """The notes on the rows of the section, and those that its promises bring along."""
        self.notes = notes_and_changes(rows, self.known_at)
        for row in more:
            self.notes = self.notes.with_more(row.target, row.notes)

    def _words(self, chapter: Chapter) -> Section:
        rows = restored(
            self.plan.statements.select_related("plan", "source_document").order_by("position"),
            self.known_at,
        )
        first = self.plan.ambitions.order_by("position").values_list("source_section", flat=True)
        before, after = said_around(rows, next(iter(first[:1]), ""))
        meets = [row for row in rows if row.kind == Kind.GOVERNANCE]
        sections = (*before, *after, statement_section(Kind.GOVERNANCE, meets))
        section = next(one for one in sections if one.id == chapter.id)
        self._noted(getattr(line, "row", line) for line in section.content)
        return section

    def _status(self, wanted: Callable[[Objective | None], bool]) -> PlanStatus:
        status = plan_status(
            self.plan, self.month, self.clock, known_at=self.known_at, wanted=wanted
        )
        self.promises = status.rows
        return status

    def _grouping(self, position: int) -> AmbitionBlock:
        (ambition,) = restored(_ambition(self.plan.pk, position), self.known_at)
        status = self._status(
            lambda objective: objective is not None and objective.ambition_id == ambition.pk
        )
        card = next(
            (
                replace(card, ambition=ambition)  # this one has its plan
                for card in status.cards
                if card.ambition.pk == ambition.pk
            ),
            AmbitionCard(ambition, ()),
        )
        outcomes: dict[int, list[Outcome]] = defaultdict(list)
        actions: dict[int, list[Any]] = defaultdict(list)
        said = restored(_outcomes(ambition.pk), self.known_at)
        for outcome in said:
            outcomes[outcome.objective_id].append(outcome)
        done = self._actions(objective__ambition=ambition)
        for line in action_lines(done, self.known_at):
            actions[line.action.objective_id].append(line)
        objectives = [item.objective for item in card.objectives]
        undated = [row for row in done if not row.quarter]
        self._noted([ambition, *objectives, *said, *undated], self.promises)
        return AmbitionBlock(
            card,
            tuple(
                ObjectiveBlock(item, tuple(outcomes[pk]), tuple(actions[pk]))
                for item in card.objectives
                for pk in [item.objective.pk]
            ),
        )

    def _actions(self, **of: Any) -> list[Action]:
        return restored(
            Action.objects.filter(**of)
            .select_related("objective__plan", "source_document")
            .prefetch_related(statuses())
            .order_by("objective__ambition__position", "objective__position", "position"),
            self.known_at,
        )

    def _quarters(self) -> QuarterTable:
        """What is done by when: the quarters in order of time, then whole years."""
        rows = [row for row in self._actions(objective__plan=self.plan) if row.quarter]
        self._noted(rows)
        lines = action_lines(rows, self.known_at)
        above = self.notes.on_all(line.action for line in lines)
        found: dict[str, list[QuarterLine]] = defaultdict(list)
        for line in lines:
            own = tuple(note for note in self.notes.at(line.action) if note not in above)
            found[line.action.quarter].append(QuarterLine(line.action, line.statuses, own))
        ordered = sorted(found, key=lambda name: (name[:7], " " not in name, name))
        return QuarterTable(tuple(Quarter(name, tuple(found[name])) for name in ordered), above)

    def _standards(self) -> Standards:
        rows = self._status(lambda objective: objective is None).alone
        self._noted((), rows)
        return Standards(rows)

    def _quality(self) -> list[tuple[str, list[Linked]]]:
        return _grouped(self._linked(self.plan.quality_priorities), "domain")

    def _risks(self) -> list[tuple[str, list[Linked]]]:
        grouped = _grouped(self._linked(self.plan.risks), "kind")
        return [(kind.replace("_", " ").capitalize(), rows) for kind, rows in grouped]

    def _linked(self, related: Any) -> list[Linked]:
        """Risks or priorities with their objectives and the status of the trust's measures."""
        with_measures = Prefetch("measures", Measure.objects.order_by("code"))
        with_objectives = Prefetch(
            "objectives", Objective.objects.select_related("plan").order_by("position")
        )
        rows = restored(
            related.select_related("plan", "source_document")
            .prefetch_related(with_measures, with_objectives)
            .order_by("position"),
            self.known_at,
        )
        self._noted(rows)
        measures = {measure.pk for row in rows for measure in row.measures.all()}
        reported = Series.objects.filter(
            measure__in=measures, care_group__level=CareGroup.Level.TRUST
        ).select_related("measure", "care_group")
        series = {row.measure_id: row for row in reported}
        found = recent_histories(series.values(), self.month, known_at=self.known_at)
        lines = {
            pk: MeasureLine(measure, measure_terms(measure), recent.at(self.month, self.clock))
            for pk, row in series.items()
            for recent in [found[row.pk]]
            for measure in [recent.found.series.measure]
        }
        return [
            Linked(
                row,
                tuple(row.objectives.all()),
                tuple(lines[one.pk] for one in row.measures.all() if one.pk in lines),
            )
            for row in rows
        ]

    def _money(self) -> list[Any]:
        rows = list(
            self.plan.finance_lines.select_related("plan", "source_document").order_by("position")
        )
        self._noted(rows)
        return stated_tables(rows, self.notes)

    def _reported(self) -> list[Actual]:
        rows = list(
            observed(self.plan)
            .select_related("series__measure", "series__care_group", "source_document")
            .order_by("series__measure__name", "series__care_group__position", "period_end", "pk")
        )
        self._noted(row.series.measure for row in rows)
        return rows

    def _context(self) -> list[ContextLine]:
        rows = list(
            self.plan.context_figures.select_related("plan", "source_document").order_by("position")
        )
        self._noted(rows)
        return [ContextLine(figure) for figure in rows]


@answered_once
def _ambition(plan: int, position: int) -> QuerySet[Ambition]:
    rows = Ambition.objects.filter(plan=plan, position=position)
    return rows.select_related("plan", "source_document")


@answered_once
def _outcomes(ambition: int) -> QuerySet[Outcome]:
    rows = Outcome.objects.filter(objective__ambition=ambition).order_by("position")
    return rows.select_related("objective__plan", "source_document")


def _grouped(rows: Iterable[Linked], name: str) -> list[tuple[str, list[Linked]]]:
    """Rows by domain or kind, in the order in which the plan first names each."""
    found: dict[str, list[Linked]] = defaultdict(list)
    for linked in rows:
        found[getattr(linked.row, name)].append(linked)
    return list(found.items())
