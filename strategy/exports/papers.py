"""Datasets of a plan's other content: texts, risks, quality priorities, context, notes."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any

from django.db.models import Prefetch, Q, QuerySet

from kmpt_tracker.ui.tabular import Column, Digits
from strategy.exports.dataset import (
    CHUNK,
    PLAN,
    SOURCE,
    Dataset,
    code,
    number,
    text,
    vocabulary,
    whole,
)
from strategy.exports.filters import IN_PLAN, Filters
from strategy.models import (
    Ambition,
    ContextFigure,
    Note,
    NoteLink,
    Objective,
    Plan,
    PlanStatement,
    QualityPriority,
    Risk,
    SourceDocument,
)
from strategy.notes import noted_models
from strategy.recorded import restored

ORDER = ("plan__starts_on", "plan__code", "position")
PREAMBLES = ("mission", "vision", "values", "ambition", "rationale", "objective")
POSITION: Column[Any] = whole(
    "position", "Place among the plan's rows of this dataset, from 1", is_required=True
)
LINKS: tuple[Column[Any], ...] = (
    text(
        "objectives",
        "References of the objectives it bears on, separated by spaces",
        lambda row: " ".join(objective.reference for objective in row.objectives.all()),
    ),
    text(
        "measures",
        "Codes of the measures that show it, separated by spaces",
        lambda row: " ".join(sorted(measure.code for measure in row.measures.all())),
    ),
)


@dataclass(frozen=True)
class Preamble:
    """A text above a list, the titles above it, and where it was published."""

    plan: Plan
    position: int
    kind: str
    text: str
    source_document: SourceDocument | None
    source_section: str
    ambition: str = ""
    objective: str = ""


def _preambles(filters: Filters) -> Iterator[Preamble]:
    """The texts above the lists of a plan, of its groupings and of their objectives."""
    at = filters.as_at
    plans = Plan.objects.order_by("starts_on", "code").select_related("source_document")
    if filters.plan:
        plans = plans.filter(code=filters.plan)
    of_plans = {"plan__in": plans.order_by().values("pk")}
    aims = Objective.objects.filter(**of_plans).select_related("source_document")
    headings = Ambition.objects.filter(**of_plans).select_related("source_document")
    under: dict[int, list[Objective]] = defaultdict(list)
    for aim in restored(aims.order_by("position"), at):
        under[aim.ambition_id].append(aim)
    groupings: dict[int, list[tuple[Ambition, list[Objective]]]] = defaultdict(list)
    for ambition in restored(headings.order_by("position"), at):
        groupings[ambition.plan_id].append((ambition, under[ambition.pk]))
    for plan in restored(plans, at):
        if at is None or plan.known_from <= at:
            yield from _preambles_of(plan, groupings[plan.pk])


def _preambles_of(
    plan: Plan, groupings: Iterable[tuple[Ambition, Iterable[Objective]]]
) -> Iterator[Preamble]:
    places = count(1)
    for kind, words, section in (
        ("mission", plan.mission, plan.mission_section),
        ("vision", plan.vision, plan.vision_section),
        ("values", plan.values_statement, plan.values_section),
    ):
        if words:
            yield Preamble(plan, next(places), kind, words, plan.source_document, section)
    for ambition, aims in groupings:
        said = [("ambition", ambition.statement)] if ambition.statement else []
        said += [("rationale", words) for words in ambition.rationale]
        for kind, words in said:
            source = (ambition.source_document, ambition.source_section)
            yield Preamble(plan, next(places), kind, words, *source, ambition.title)
        for aim in aims:
            if aim.statement:
                source = (aim.source_document, aim.source_section)
                under = (ambition.title, aim.reference)
                yield Preamble(plan, next(places), "objective", aim.statement, *source, *under)


def _of_plan(rows: QuerySet, filters: Filters) -> QuerySet:
    if filters.plan:
        rows = rows.filter(plan__code=filters.plan)
    return rows.order_by(*ORDER).select_related("plan", "source_document")


def _known(rows: QuerySet, at: datetime | None) -> Iterable[Any]:
    """Rows of plans with the words that they had at a moment, once their plan was known."""
    if at is None:
        return rows.iterator(CHUNK)
    return (row for row in restored(rows, at) if row.plan.known_from <= at)


def _statements(filters: Filters) -> Iterable[PlanStatement]:
    return _known(_of_plan(PlanStatement.objects.all(), filters), filters.as_at)


def _linked(rows: QuerySet, filters: Filters) -> Iterable[Any]:
    """Rows with their objectives and measures, limited to the objective asked for, if any."""
    if filters.objective:
        rows = rows.filter(objectives__reference=filters.objective)
    if filters.ambition:
        rows = rows.filter(objectives__ambition__number=filters.ambition)
    in_order = Prefetch("objectives", Objective.objects.order_by("ambition__position", "position"))
    rows = _of_plan(rows.distinct(), filters)
    return _known(rows.prefetch_related(in_order, "measures"), filters.as_at)


def _risks(filters: Filters) -> Iterable[Risk]:
    return _linked(Risk.objects.all(), filters)


def _quality_priorities(filters: Filters) -> Iterable[QualityPriority]:
    return _linked(QualityPriority.objects.all(), filters)


def _context_figures(filters: Filters) -> Iterable[ContextFigure]:
    return _of_plan(ContextFigure.objects.all(), filters).iterator(CHUNK)


def _notes(filters: Filters) -> Iterable[NoteLink]:
    """One row for each place that a note touches: a contradiction has one for each side."""
    rows = NoteLink.objects.order_by("note__key", "object_type", "object_key")
    if filters.plan:
        rows = rows.filter(
            Q(object_key=filters.plan) | Q(object_key__startswith=f"{filters.plan}/")
        )
    return rows.select_related("note").iterator(CHUNK)


DATASETS = (
    Dataset[Preamble](
        "preambles",
        "What stands above the lists: mission, vision, why a grouping was chosen",
        (
            PLAN,
            POSITION,
            code("kind", "What it says", allowed=PREAMBLES, is_required=True),
            text("ambition", "Title of the grouping it stands under; empty: the whole plan"),
            code("objective", "Reference of the objective it stands under; empty: none"),
            text("text", "The words as published", is_required=True),
            *SOURCE,
        ),
        frozenset({"plan", "as_at"}),
        _preambles,
        key=("plan", "position"),
    ),
    Dataset[PlanStatement](
        "statements",
        "What the plans say: principles, programmes, governance and the rest",
        (
            PLAN,
            code(
                "kind",
                "What kind of statement it is",
                allowed=vocabulary(PlanStatement.Kind),
                is_required=True,
            ),
            POSITION,
            text("title", "Its heading, or who meets"),
            text("text", "The statement as published", is_required=True),
            text("when", "Date or rhythm as printed"),
            *SOURCE,
        ),
        frozenset({"plan", "as_at"}),
        _statements,
        key=("plan", "position"),
    ),
    Dataset[Risk](
        "risks",
        "Risks the plans name",
        (
            PLAN,
            POSITION,
            text("kind", "What the risk is to, as the document groups them"),
            text("title", "Its heading, where one is printed"),
            text("description", "The risk as published", is_required=True),
            text("impact", "Its impact as published; empty: not printed"),
            text("response", "The response as published; empty: not printed"),
            *LINKS,
            *SOURCE,
        ),
        IN_PLAN | {"as_at"},
        _risks,
        key=("plan", "position"),
    ),
    Dataset[QualityPriority](
        "quality_priorities",
        "Quality priorities",
        (
            PLAN,
            POSITION,
            text("domain", "The domain it is printed under"),
            text("title", "Its heading, where one is printed"),
            text("statement", "The priority as published", is_required=True),
            *LINKS,
            *SOURCE,
        ),
        IN_PLAN | {"as_at"},
        _quality_priorities,
        key=("plan", "position"),
    ),
    Dataset[ContextFigure](
        "context_figures",
        "Figures that set the scene",
        (
            PLAN,
            POSITION,
            text("name", "What the figure is about", is_required=True),
            text("period", "The period as printed; empty: none printed"),
            number(
                "value", "The figure; empty: only approximate words are printed", digits=Digits.SIX
            ),
            code("unit", "What it counts"),
            text("printed_as", "The characters as printed"),
            text("comparator", "What it is compared with, as printed"),
            number("comparator_value", "The comparator's figure", digits=Digits.SIX),
            text("statement", "The sentence as published"),
            *SOURCE,
        ),
        frozenset({"plan"}),
        _context_figures,
        key=("plan", "position"),
    ),
    Dataset[NoteLink](
        "notes",
        "Contradictions and ambiguities, at every row they touch",
        (
            code("note", "Key of the note", lambda row: row.note.key, is_required=True),
            code(
                "kind",
                "What kind of note it is",
                lambda row: row.note.kind,
                allowed=vocabulary(Note.Kind),
                is_required=True,
            ),
            text(
                "text",
                "What the documents leave open, or where they disagree",
                lambda row: row.note.text,
                is_required=True,
            ),
            code(
                "object_type",
                "What kind of row it touches",
                allowed=tuple(sorted(noted_models())),
                is_required=True,
            ),
            text(
                "object",
                "Which one: its natural key, its parts joined by /",
                lambda row: row.object_key,
                is_required=True,
            ),
        ),
        frozenset({"plan"}),
        _notes,
        key=("note", "object_type", "object"),
    ),
)
