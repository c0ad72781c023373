"""Words and choices of the board's pages."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from urllib.parse import urlencode

from django import template
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from board.selectors import StrategyPage
from kmpt_tracker.ui.components import Table, Tile
from kmpt_tracker.ui.formats import format_moment
from kpis.models import Measure
from kpis.pages import RegisterRow
from kpis.promises import Counts, PromiseRow
from kpis.rag import Rag
from kpis.sentences import reading
from kpis.words import target_words, value_words
from strategy.exports import Dataset
from strategy.models import ActionStatus, Ambition, CareGroup, Plan
from strategy.periods import Month

register = template.Library()


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
def any_illustrative_row(rows: Iterable[PromiseRow]) -> bool:
    return any(row.is_illustrative for row in rows)


@register.filter
def kind_words(kind: str) -> str:
    return kind.replace("_", " ").capitalize()


@register.filter
def statement_id(place: int) -> str:
    return f"statements-{place}"


@register.filter
def latest_status(statuses: Iterable[ActionStatus]) -> ActionStatus | None:
    return max(statuses, key=lambda status: status.known_from, default=None)


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
def grouping_name(ambition: Ambition) -> str:
    name = ambition.theme or ambition.title
    return f"{ambition.number}. {name}" if ambition.number else name


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
    moved = {how: len(page.changed(how)) for how in ("better", "worse", "lost")}
    parts = [f"{moved['better']} better", f"{moved['worse']} worse"]
    if moved["lost"]:
        parts.append(f"{moved['lost']} lost data")
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
    return f"{shown} of {total} off target or without data" if total else ""


@register.filter
def movements(page: StrategyPage) -> list[tuple[str, str, str]]:
    return [
        ("worse", "Worse", "down"),
        ("better", "Better", "up"),
        ("lost", "Lost its data", "dash"),
    ]


@register.filter
def moved(page: StrategyPage, how: str) -> list[PromiseRow]:
    return page.changed(how)


@register.filter
def any_moved(page: StrategyPage) -> bool:
    return any(row.change for row in page.rows)


@register.filter
def attention_sentence(row: PromiseRow) -> str:
    """The rest of the sentence that begins with the measure's name."""
    standing, shown, terms = row.standing, row.standing.shown, row.terms
    if terms is None:
        return " has no measure yet."
    if standing.rag in (Rag.LATE, Rag.NO_DATA):
        last = f"; the last figure was {value_words(shown, terms)} in " if shown.has_value else ""
        when = shown.period.last_month.label if last else ""
        return f" has had no data for {row.periods_missing} periods{last}{when}."
    if terms.is_milestone:
        return f" is {value_words(shown, terms).lower()}, and no new date has been agreed."
    against = target_words(standing.target, terms)
    said = reading(
        standing.rag,
        variation=standing.variation,
        assurance=standing.assurance,
        limits_status=standing.limits_status,
        points=standing.points_in_segment or None,
        frequency=terms.frequency,
    )
    value = value_words(shown, terms)
    return f" was {value} in {shown.period.last_month.label}, against {against}. {said}"
