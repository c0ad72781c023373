"""Words and choices of the board's pages."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from urllib.parse import urlencode

from django import template
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from board.attention_words import Said, said_of
from board.selectors import StrategyPage
from kmpt_tracker.ui.components import Table, Tile
from kmpt_tracker.ui.formats import format_moment
from kpis.models import Measure
from kpis.pages.measures import RegisterRow
from kpis.promises import AmbitionCard, Counts, PromiseRow
from kpis.templatetags.tracker_words import brief_status
from strategy.exports import Dataset
from strategy.models import CareGroup, Plan
from strategy.periods import Month

register = template.Library()

# How a status may have moved: its heading and the heading's mark.
MOVEMENTS = [
    ("worse", "Worse", "down"),
    ("better", "Better", "up"),
    ("lost", "Lost its data", "dash"),
    ("unrated", "No longer rated", "dash"),
    ("rated", "Now rated", "tick"),
    ("other", "Otherwise changed", "arrow"),
]
BRIEF_MOVEMENTS = {
    "lost": "lost data",
    "unrated": "no longer rated",
    "rated": "now rated",
    "other": "otherwise",
}


@register.filter
def plan_options(plans: Iterable[Plan]) -> list[tuple[str, str]]:
    return [(plan.code, plan.short_title or plan.title) for plan in plans]


@register.filter
def plan_options_or_all(plans: Iterable[Plan]) -> list[tuple[str, str]]:
    return [("", "All plans"), *plan_options(plans)]


@register.filter
def measure_options(measures: Iterable[Measure]) -> list[tuple[str, str]]:
    return [("", "All measures"), *((row.code, row.name) for row in measures)]


@register.filter
def group_options_or_all(groups: Iterable[CareGroup]) -> list[tuple[str, str]]:
    return [("", "All care groups"), *((row.code, row.name) for row in groups)]


@register.filter
def asked(typed: QueryDict, name: str) -> str:
    return typed.get(name, "")


@register.filter
def as_error(problem: str) -> list[tuple[str, str]]:
    return [("", problem)]


@register.simple_tag
def export_url(dataset: str, file_format: str, filters: dict[str, str], bom: bool = False) -> str:
    """The stable address of a file, with the filters that apply to it."""
    query = {**filters, **({"bom": "1"} if bom else {})}
    path = reverse("board:export-file", args=[dataset, file_format])
    return f"{path}?{urlencode(query)}" if query else path


@register.filter
def filters_words(filters: dict[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in filters.items())


@register.filter
def columns_words(dataset: Dataset) -> str:
    return f"{len(dataset.columns)} columns of {dataset.name}"


@register.filter
def columns_table(dataset: Dataset) -> Table:
    rows = [
        (column.name, column.kind.value, column.unit or "–", column.meaning)
        for column in dataset.columns
    ]
    return Table(f"Columns of {dataset.name}", ["Column", "Type", "Unit", "Meaning"], rows)


@register.filter
def any_illustrative(rows: Iterable[RegisterRow]) -> bool:
    return any(row.standing.shown.origin == "illustrative" for row in rows)


@register.filter
def kind_words(kind: str) -> str:
    return kind.replace("_", " ").capitalize()


@register.filter
def month_options(months: Iterable[Month]) -> list[tuple[str, str]]:
    return [(str(month), month.label) for month in months]


@register.filter
def month_before(month: Month, months: Sequence[Month]) -> str:
    return _month_link(month.plus(-1), months)


@register.filter
def month_after(month: Month, months: Sequence[Month]) -> str:
    return _month_link(month.plus(1), months)


def _month_link(month: Month, months: Sequence[Month]) -> str:
    return f"?{urlencode({'period': str(month)})}" if month in months else ""


@register.filter
def month_pair(month: Month) -> str:
    return f"{month.plus(-1).label} to {month.label}"


@register.filter
def month_label_before(month: Month) -> str:
    return month.plus(-1).label


@register.filter
def as_known_words(known_at: datetime | None) -> str:
    """For paper: the moment whose knowledge the page shows."""
    return f"As known on {format_moment(known_at or timezone.now())}"


@register.filter
def grouping_name(card: AmbitionCard) -> str:
    number = card.ambition.number
    return f"{number}. {card.name}" if number else card.name


@register.filter
def count_tiles(page: StrategyPage) -> list[Tile]:
    """The head of the page: how many stand how, and how that moved since the month before."""
    now, before, last = page.counts, page.counts_before, page.month.plus(-1).label
    tiles = [
        Tile(getattr(now, name), words, mark, change=_moved(now, before, name, last))
        for name, words, mark in (
            ("on_target", "On target", "green"),
            ("near_target", "Near target", "amber"),
            ("off_target", "Off target", "red"),
            ("no_data", "No data", "no_data"),
            ("not_rated", "Not rated", "no_target"),
        )
    ]
    moved = {how: len(page.changed(how)) for how, *_ in MOVEMENTS}
    parts = [f"{moved['better']} better", f"{moved['worse']} worse"]
    parts += [f"{moved[how]} {brief}" for how, brief in BRIEF_MOVEMENTS.items() if moved[how]]
    total = sum(moved.values())
    return [*tiles, Tile(total, f"changed since {last}", url="#moved-h", change=", ".join(parts))]


def _moved(now: Counts, before: Counts, name: str, last: str) -> str:
    change = getattr(now, name) - getattr(before, name)
    if not change:
        return f"no change since {last}"
    return f"{abs(change)} {'more' if change > 0 else 'fewer'} than {last}"


@register.filter
def attention_note(page: StrategyPage) -> str:
    shown, total = len(page.attention.shown), page.attention.total
    return f"{shown} of {total} off target, late or long without data" if total else ""


@register.filter
def rated_words(page: StrategyPage) -> str:
    """Why nothing asks for attention: how much of the plan that rests on."""
    rated, total = page.counts.on_target + page.counts.near_target, page.counts.total
    if not rated:
        return "No promise can be rated in this month. Choose an earlier month above."
    return f"{rated} of {total} promises can be rated this month, each on or near its target."


@register.filter
def unreported_words(page: StrategyPage) -> str:
    count = page.never_reported
    verb, have = ("is", "has") if count == 1 else ("are", "have")
    return f"{_counted(count, 'promise')} {verb} due and {have} never been reported."


@register.filter
def movements(page: StrategyPage) -> list[tuple[str, str, str]]:
    return MOVEMENTS


@register.filter
def moved(page: StrategyPage, how: str) -> list[PromiseRow]:
    return page.changed(how)


@register.filter
def any_moved(page: StrategyPage) -> bool:
    return any(row.change for row in page.rows)


@register.filter
def said(row: PromiseRow) -> Said:
    """The rest of the sentence that begins with the measure's name."""
    return said_of(row)


@register.filter
def attention_notes(row: PromiseRow) -> list[str]:
    """What stands under the sentence, after its objective."""
    notes = []
    if row.target.measure and row.target.measure.owner:
        notes.append(row.target.measure.owner)
    if row.change:
        notes.append(f"changed this month, was {brief_status(row.before, row.terms)}")
    if row.is_illustrative:
        notes.append("illustrative")
    return notes


@register.filter
def made_of(page: StrategyPage) -> str:
    """What the plan is made of, in its own words: "3 ambitions, 3 enablers, 17 objectives"."""
    kinds = Counter(card.ambition.get_kind_display().lower() for card in page.cards)
    parts = [_counted(count, kind) for kind, count in kinds.items()]
    parts.append(_counted(sum(len(card.objectives) for card in page.cards), "objective"))
    # One statement may make two promises, each followed by a measure of its own.
    stated = {(row.target.objective_id, row.target.statement) for row in page.rows}
    return ", ".join([*parts, _counted(len(stated), "promise")])


def _counted(count: int, noun: str) -> str:
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{count} {noun if count == 1 else plural}"
