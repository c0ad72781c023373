"""Words of the plan and objective pages."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from kmpt_tracker.ui.formats import (
    MISSING,
    MONEY_SCALES,
    format_date,
    format_number,
    format_value,
)
from kmpt_tracker.ui.tags.boxes import note_mark, row_notes
from kmpt_tracker.ui.tags.status import status
from kpis.models import Actual
from kpis.plans.blocks import ActionLine, ThemeBlock
from strategy.figure_tables import Sum
from strategy.models import (
    Action,
    Ambition,
    ContextFigure,
    FinanceLine,
    Note,
    Objective,
    Outcome,
    Plan,
)
from strategy.notes import Notes, NotesOnce
from strategy.periods import Period
from strategy.places import within

register = template.Library()
UNITS = {
    "percent": "%",
    "count": "number",
    "wte": "WTE",
    "per_100_000": "per 100,000",
    "per_1_000_bed_days": "per 1,000 bed days",
    "square_metres": "m²",
    "cubic_metres": "m³",
    "pounds": "£",
}
# What the plans print over their outcomes; the place of a row ends with it.
OUTCOMES = ("What this will look like", "To achieve", "Impact")


@register.simple_tag
def where(row: Any, plan: Plan) -> str:
    """The place in the document; the document too where it is not the plan's own."""
    parts = [row.source_section]
    if row.source_document_id and row.source_document_id != plan.source_document_id:
        parts.append(row.source_document.title)
    return ", ".join(part for part in parts if part) or "no place recorded"


@register.simple_tag
def where_under(heading: str, row: Any, plan: Plan) -> str:
    """The place beyond the heading a row is shown under; nothing where that says it all."""
    return where(row, plan) if not row.source_section else within(where(row, plan), heading)


@register.simple_tag
def place_of(rows: Iterable[Any], plan: Plan) -> str:
    """The place that all rows share, to be said once; empty where each says its own."""
    places = {where(_said(row), plan) for row in rows}
    return places.pop() if len(places) == 1 else ""


def _said(row: Any) -> Any:
    """What the plan says, of a line that shows how it stands."""
    return getattr(row, "target", None) or getattr(row, "action", row)


@register.filter
def at_row(notes: Notes, row: Any) -> tuple[Note, ...]:
    return notes.at(row)


@register.filter
def once(notes: Notes) -> NotesOnce:
    """For one list of rows: a note that touches several is told in full once."""
    return NotesOnce(notes)


@register.simple_tag
def noted(notes: NotesOnce, row: Any, about: str = "") -> SafeString:
    """The notes of a row of a list: in full, or by a mark where they stand further up."""
    return _told(notes, _notes_at(notes, row), about)


@register.simple_tag
def noted_above(notes: NotesOnce, quarters: Iterable[tuple[str, Sequence[ActionLine]]]) -> str:
    """The notes on a whole table of quarters, in full over it."""
    found = notes.above(line.action for _, lines in quarters for line in lines)
    return render_to_string("components/row_notes.html", row_notes(found)) if found else ""


def _notes_at(notes: NotesOnce, row: Any) -> Iterable[Note]:
    return row.notes if hasattr(row, "notes") else notes.notes.at(row)


def _told(notes: NotesOnce, found: Iterable[Note], about: str) -> SafeString:
    fresh, told = notes.tell(found)
    boxes = render_to_string("components/row_notes.html", row_notes(fresh)) if fresh else ""
    return format_html("{}{}", boxes, note_mark(told, about))


@register.simple_tag
def action_status(line: ActionLine) -> SafeString:
    """How an action stands, in mark and word, with who said so and when."""
    if line.latest is None:
        return format_html('<span class="kt-muted">{}</span>', "No status recorded")
    said = format_date(line.latest.known_from)
    who = f", {line.latest.recorded_by}" if line.latest.recorded_by else ""
    return format_html(
        '{} <span class="kt-small kt-muted">{}{}</span>',
        status(line.latest.status, kind="milestone"),
        said,
        who,
    )


@register.filter
def status_url(action: Action) -> str:
    """Where the status of an action is recorded."""
    objective = action.objective
    return reverse(
        "kpis:action-status", args=[objective.plan.code, objective.reference, action.position]
    )


@register.filter
def due_as_printed(action: Action) -> str:
    """When an action is due, in the plan's words, with the day where one is meant."""
    printed = action.due_as_published or action.quarter
    if action.due_on is None:
        return printed or "not printed"
    day = format_date(action.due_on)
    return f"{printed}, by {day}" if printed else day


@register.filter
def outcomes_heading(outcomes: Sequence[Outcome]) -> str:
    """The words that the plan prints over these outcomes."""
    places = " ".join(outcome.source_section for outcome in outcomes).casefold()
    return next((words for words in OUTCOMES if words.casefold() in places), "Outcomes")


@register.filter
def promises_caption(objective: Objective) -> str:
    return f"How we will know: {objective.title}"


@register.filter
def grouping_level(theme: ThemeBlock) -> int:
    """Groupings stand one heading lower where their theme has a heading of its own."""
    return 3 if theme.theme else 2


@register.filter
def grouping_id(ambition: Ambition) -> str:
    return f"grouping-{ambition.position}"


@register.filter
def objective_id(objective: Objective) -> str:
    return f"objective-{objective.pk}"


@register.filter
def quarter_words(quarter: str) -> str:
    """ "2017/18 Q1: Apr to Jun 2017"; a whole year is its own words."""
    try:
        label = Period.parse(quarter).label
    except ValueError:
        return quarter
    return quarter if label == quarter else f"{quarter}: {label}"


@register.filter
def period_words(actual: Actual) -> str:
    if actual.period_start == actual.period_end:
        return format_date(actual.period_end)
    return Period(actual.period_start, actual.period_end).label


@register.filter
def unit_words(unit: str) -> str:
    return UNITS.get(unit) or MONEY_SCALES.get(unit) or unit.replace("_", " ") or MISSING


@register.filter
def compared(row: ContextFigure) -> str:
    return format_value(row.comparator_value, row.unit)


@register.filter
def sum_of_rows(total: Sum) -> str:
    """ "5,949 (1 less)": what the rows add to, and how far that is from the print."""
    word = "less" if total.difference < 0 else "more"
    return f"{format_number(total.of_rows)} ({format_number(abs(total.difference))} {word})"


@register.simple_tag
def figure_notes(notes: NotesOnce, *figures: FinanceLine) -> SafeString:
    """What the transcriber says of the figures of a row, and the notes that touch any of them."""
    remarks = dict.fromkeys(figure.note for figure in figures if figure.note)
    said = format_html_join("", '<span class="kt-where">{}</span>', ((one,) for one in remarks))
    found = {note.pk: note for figure in figures for note in _notes_at(notes, figure)}
    return format_html("{}{}", said, _told(notes, found.values(), figures[0].line))


@register.simple_tag
def row_figure_notes(notes: NotesOnce, figures: Iterable[FinanceLine]) -> SafeString:
    """The same for a row with a figure in each of several columns."""
    return figure_notes(notes, *figures)
