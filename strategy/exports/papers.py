"""Datasets of a plan's other content: texts, risks, quality priorities, context, notes."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Prefetch, Q, QuerySet

from kmpt_tracker.ui.tabular import Cell, Column
from strategy.exports.filters import Filters
from strategy.exports.plans import (
    CHUNK,
    IN_PLAN,
    PLAN,
    SOURCE,
    Dataset,
    code,
    number,
    text,
    vocabulary,
)
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
)
from strategy.notes import noted_models

Rows = Iterator[tuple[Cell, ...]]
ORDER = ("plan__starts_on", "plan__code", "position")
POSITION = number("position", "Place among the plan's rows of this dataset, from 1")
PREAMBLES = ("mission", "vision", "values", "ambition", "rationale", "objective")
LINKS = (
    text("objectives", "References of the objectives it bears on, separated by spaces"),
    text("measures", "Codes of the measures that show it, separated by spaces"),
)


def _preambles(filters: Filters) -> Rows:
    """The texts above the lists of a plan, of its groupings and of their objectives."""
    objectives = Objective.objects.order_by("position").select_related("source_document")
    ambitions = Ambition.objects.order_by("position").select_related("source_document")
    plans = Plan.objects.order_by("starts_on", "code").select_related("source_document")
    if filters.plan:
        plans = plans.filter(code=filters.plan)
    for plan in plans.prefetch_related(
        Prefetch("ambitions", ambitions.prefetch_related(Prefetch("objectives", objectives)))
    ):
        for position, (what, where, words) in enumerate(_words(plan), 1):
            source = where.source_document.code if where.source_document else ""
            yield plan.code, position, *what, words[0], source, words[1]


def _words(plan: Plan) -> Iterator[tuple[tuple[str, str, str], Any, tuple[str, str]]]:
    """Each text: what it is and what it is about, its row, and its words with their section."""
    for kind, words, section in (
        ("mission", plan.mission, plan.mission_section),
        ("vision", plan.vision, plan.vision_section),
        ("values", plan.values_statement, plan.values_section),
    ):
        if words:
            yield (kind, "", ""), plan, (words, section)
    for ambition in plan.ambitions.all():
        title = ambition.title
        if ambition.statement:
            yield ("ambition", title, ""), ambition, (ambition.statement, ambition.source_section)
        for words in ambition.rationale:
            yield ("rationale", title, ""), ambition, (words, ambition.source_section)
        for aim in ambition.objectives.all():
            if aim.statement:
                what = ("objective", title, aim.reference)
                yield what, aim, (aim.statement, aim.source_section)


def _of_plan(rows: QuerySet, filters: Filters) -> QuerySet:
    if filters.plan:
        rows = rows.filter(plan__code=filters.plan)
    return rows.order_by(*ORDER)


def _statements(filters: Filters) -> Rows:
    yield from (
        _of_plan(PlanStatement.objects.all(), filters)
        .values_list(
            "plan__code", "kind", "position", "title", "text", "when",
            "source_document__code", "source_section",
        )
        .iterator(CHUNK)
    )  # fmt: skip


def _linked(rows: QuerySet, filters: Filters) -> Iterable[Any]:
    """Rows with their objectives and measures, limited to the objective asked for, if any."""
    if filters.objective:
        rows = rows.filter(objectives__reference=filters.objective)
    if filters.ambition:
        rows = rows.filter(objectives__ambition__number=filters.ambition)
    in_order = Prefetch("objectives", Objective.objects.order_by("ambition__position", "position"))
    rows = _of_plan(rows.distinct(), filters).select_related("plan", "source_document")
    return rows.prefetch_related(in_order, "measures").iterator(CHUNK)


def _links(row: Any) -> tuple[Cell, ...]:
    return (
        " ".join(objective.reference for objective in row.objectives.all()),
        " ".join(sorted(measure.code for measure in row.measures.all())),
        row.source_document.code if row.source_document else "",
        row.source_section,
    )


def _risks(filters: Filters) -> Rows:
    for row in _linked(Risk.objects.all(), filters):
        yield (
            row.plan.code, row.position, row.kind, row.title, row.description, row.impact,
            row.response, *_links(row),
        )  # fmt: skip


def _quality_priorities(filters: Filters) -> Rows:
    for row in _linked(QualityPriority.objects.all(), filters):
        yield row.plan.code, row.position, row.domain, row.title, row.statement, *_links(row)


def _context_figures(filters: Filters) -> Rows:
    yield from (
        _of_plan(ContextFigure.objects.all(), filters)
        .values_list(
            "plan__code", "position", "name", "period", "value", "unit", "printed_as",
            "comparator", "comparator_value", "statement",
            "source_document__code", "source_section",
        )
        .iterator(CHUNK)
    )  # fmt: skip


def _notes(filters: Filters) -> Rows:
    """One row for each place that a note touches: a contradiction has one for each side."""
    rows = NoteLink.objects.order_by("note__key", "object_type", "object_key")
    if filters.plan:
        rows = rows.filter(
            Q(object_key=filters.plan) | Q(object_key__startswith=f"{filters.plan}/")
        )
    yield from rows.values_list(
        "note__key", "note__kind", "note__text", "object_type", "object_key"
    ).iterator(CHUNK)


def _noted() -> tuple[str, ...]:
    return tuple(sorted(noted_models()))


def _notes_columns() -> tuple[Column, ...]:
    return (
        code("note", "Key of the note"),
        code("kind", "What kind of note it is", vocabulary(Note.Kind)),
        text("text", "What the documents leave open, or where they disagree"),
        code("object_type", "What kind of row it touches", _noted()),
        text("object", "Which one: its natural key, its parts joined by /"),
    )


DATASETS = (
    Dataset(
        "preambles",
        "What stands above the lists: mission, vision, why a grouping was chosen",
        (
            PLAN,
            POSITION,
            code("kind", "What it says", PREAMBLES),
            text("ambition", "Title of the grouping it stands under; empty: the whole plan"),
            code("objective", "Reference of the objective it stands under; empty: none"),
            text("text", "The words as published"),
            *SOURCE,
        ),
        frozenset({"plan"}),
        _preambles,
    ),
    Dataset(
        "statements",
        "What the plans say: principles, programmes, governance and the rest",
        (
            PLAN,
            code("kind", "What kind of statement it is", vocabulary(PlanStatement.Kind)),
            POSITION,
            text("title", "Its heading, or who meets"),
            text("text", "The statement as published"),
            text("when", "Date or rhythm as printed"),
            *SOURCE,
        ),
        frozenset({"plan"}),
        _statements,
    ),
    Dataset(
        "risks",
        "Risks the plans name",
        (
            PLAN,
            POSITION,
            text("kind", "What the risk is to, as the document groups them"),
            text("title", "Its heading, where one is printed"),
            text("description", "The risk as published"),
            text("impact", "Its impact as published; empty: not printed"),
            text("response", "The response as published; empty: not printed"),
            *LINKS,
            *SOURCE,
        ),
        IN_PLAN,
        _risks,
    ),
    Dataset(
        "quality_priorities",
        "Quality priorities",
        (
            PLAN,
            POSITION,
            text("domain", "The domain it is printed under"),
            text("title", "Its heading, where one is printed"),
            text("statement", "The priority as published"),
            *LINKS,
            *SOURCE,
        ),
        IN_PLAN,
        _quality_priorities,
    ),
    Dataset(
        "context_figures",
        "Figures that set the scene",
        (
            PLAN,
            POSITION,
            text("name", "What the figure is about"),
            text("period", "The period as printed; empty: none printed"),
            number("value", "The figure; empty: only approximate words are printed"),
            code("unit", "What it counts"),
            text("printed_as", "The characters as printed"),
            text("comparator", "What it is compared with, as printed"),
            number("comparator_value", "The comparator's figure"),
            text("statement", "The sentence as published"),
            *SOURCE,
        ),
        frozenset({"plan"}),
        _context_figures,
    ),
    Dataset(
        "notes",
        "Contradictions and ambiguities, at every row they touch",
        _notes_columns(),
        frozenset({"plan"}),
        _notes,
    ),
)
