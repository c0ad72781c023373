"""Words and choices of the board's pages."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from urllib.parse import urlencode

from django import template
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from board.home.attention import Attention
from board.home.page import StrategyPage
from board.home.wording import Said, said_of
from kmpt_tracker.ui.components import STATUS, Table, Tile
from kmpt_tracker.ui.formats import format_moment
from kpis.asked.opening import MonthFacts, Opening
from kpis.judging import freshness
from kpis.judging.wording import brief_status
from kpis.measures.page import RegisterRow
from kpis.models import Measure
from kpis.plans.counts import Counts, Reason, Unsure
from kpis.plans.status import AmbitionCard, PromiseRow
from kpis.rag import Group
from kpis.targets import Role
from strategy.exports.plans import Dataset
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


# What the statements of each role are called.
STATED = {
    Role.COMMITMENT: "promise",
    Role.NATIONAL_STANDARD: "national standard",
    Role.INTERIM: "interim target",
    Role.LOCAL: "local target",
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


@register.simple_tag
def export_url(dataset: str, file_format: str, filters: dict[str, str], bom: bool = False) -> str:
    """The stable address of a file, with the filters that apply to it."""
    query = {**filters, **({"bom": "1"} if bom else {})}
    path = reverse("board:export-file", args=[dataset, file_format])
    return f"{path}?{urlencode(query)}" if query else path


@register.simple_tag
def month_url(plan: Plan, month: Month, as_at: str = "") -> str:
    """The plan in a month, as known at the moment that is shown."""
    query = {"plan": plan.code, "period": str(month)} | ({"as_at": as_at} if as_at else {})
    return f"{reverse('board:home')}?{urlencode(query)}"


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
def still_open_words(facts: MonthFacts) -> str:
    """ "Oct 2026 is still open: Acute has not reported, which leaves 14 measures unrated." """
    parts = []
    if facts.not_reported:
        verb = "has" if len(facts.not_reported) == 1 else "have"
        parts.append(f"{_listed(facts.not_reported)} {verb} not reported")
    if facts.not_approved:
        verb = "waits" if len(facts.not_approved) == 1 else "wait"
        parts.append(f"{_listed(facts.not_approved)} {verb} for approval")
    said = "; ".join(parts)
    left = f", which leaves {_counted(facts.unrated, 'measure')} unrated" if facts.unrated else ""
    return f"{facts.month.label} is still open: {said}{left}."


def _listed(names: Sequence[str]) -> str:
    """ "Acute, Trust-wide, and Forensic and Specialist": a name may have an "and" of its own."""
    if len(names) < 2:
        return "".join(names)
    comma = "," if len(names) > 2 or any(" and " in name or "," in name for name in names) else ""
    return f"{', '.join(names[:-1])}{comma} and {names[-1]}"


@register.filter
def open_month(opens: Opening, month: Month) -> MonthFacts | None:
    """The month shown, where it is one that is still open."""
    return next((facts for facts in opens.still_open if facts.month == month), None)


@register.filter
def as_known_words(known_at: datetime | None) -> str:
    """For paper: the moment whose knowledge the page shows."""
    return f"As known on {format_moment(known_at or timezone.now())}"


@register.filter
def grouping_name(card: AmbitionCard) -> str:
    number = card.ambition.number
    return f"{number}. {card.name}" if number else card.name


@register.filter
def grouping_caption(card: AmbitionCard) -> str:
    """What stands over a grouping's name: "Ambition 1", and its theme where it shares one."""
    ambition = card.ambition
    kind = f"{ambition.get_kind_display()} {ambition.number}".strip()
    return f"{kind} · {ambition.theme}" if card.shares_theme and ambition.theme else kind


@register.filter
def count_tiles(page: StrategyPage) -> list[Tile]:
    """The head of the page: how many stand how, and how that moved since the month before."""
    now, before, last = page.counts, page.counts_before, page.month.plus(-1).label
    tiles = [
        Tile(
            now.in_group(group),
            words,
            mark,
            change=_moved(now, before, group, last),
            parts=[(_mark(part.reason), str(part)) for part in now.split(group)],
        )
        for group, words, mark in (
            (Group.ON_TARGET, "On target", "green"),
            (Group.NEAR_TARGET, "Near target", "amber"),
            (Group.OFF_TARGET, "Off target", "red"),
            (Group.NO_DATA, "No data or late", "no_data"),
            (Group.NOT_RATED, "Not rated", "no_target"),
        )
    ]
    moved = {how: len(page.changed(how)) for how, *_ in MOVEMENTS}
    parts = [f"{moved['better']} better", f"{moved['worse']} worse"]
    parts += [f"{moved[how]} {brief}" for how, brief in BRIEF_MOVEMENTS.items() if moved[how]]
    total = sum(moved.values())
    return [*tiles, Tile(total, f"changed since {last}", url="#moved-h", change=", ".join(parts))]


def _mark(reason: Reason) -> str:
    return "not_due" if isinstance(reason, Unsure) else STATUS[reason].mark


def _moved(now: Counts, before: Counts, group: Group, last: str) -> str:
    change = now.in_group(group) - before.in_group(group)
    if not change:
        return f"no change since {last}"
    return f"{abs(change)} {'more' if change > 0 else 'fewer'} than {last}"


@register.filter
def attention_note(page: StrategyPage) -> str:
    shown, total = len(page.attention.shown), page.attention.total
    measures = "measure" if total == 1 else "measures"
    return f"{shown} of {total} {measures} off target" if total else ""


@register.filter
def unowned_words(page: StrategyPage) -> str:
    """Said once under the list, not in every line of it."""
    count, total = sum(not row.owner for row, _ in page.attention_rows), len(page.attention_rows)
    if not count:
        return ""
    if count == total:
        return "No owner of it is named yet." if total == 1 else "No owner of these is named yet."
    return f"No owner of {count} of these {total} is named yet."


@register.filter
def all_clear(page: StrategyPage) -> str:
    """What an empty list means: how little it says where little can be rated."""
    if not page.counts.rated:
        return f"Nothing can be rated in {page.month.label}"
    if page.counts.rated < page.counts.total:
        return "Nothing that can be rated is off target or overdue"
    return "Nothing is off target or overdue"


@register.filter
def rests_on(counts: Counts) -> str:
    """How much of the plan an all-clear rests on, and what keeps the rest from being rated."""
    targets = _counted(counts.total, "target")
    if not counts.rated:
        return f"None of {targets} can be rated: {counts.unrated_words}."
    if counts.rated == counts.total:
        verb = "is" if counts.total == 1 else "are all"
        return f"{targets} {verb} rated, on or near target."
    missing = counts.total - counts.rated
    return (
        f"That rests on {counts.rated} of {targets}, on or near target. "
        f"{missing} cannot be rated: {counts.unrated_words}."
    )


@register.filter
def unreported_words(page: StrategyPage) -> str:
    """Not "never reported": a measure may have figures of another frequency."""
    count = len(page.never_reported)
    if count == 1:
        return "1 measure is due and has no figure of its own frequency yet"
    return f"{count} measures are due and have no figure of their own frequency yet"


@register.filter
def age_words(row: PromiseRow, month: Month) -> str:
    """How old a last figure is in the month shown."""
    return freshness.age_words((row.standing.latest or row.standing).period, month)


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
def attention_notes(row: PromiseRow, item: Attention) -> list[str]:
    """What stands under the sentence, after its objective: first whose it is."""
    notes = [row.owner] if row.owner else []
    if item.promises > 1:
        notes.append(f"misses {item.promises} targets of the plan")
    if row.change:
        notes.append(f"changed this month, was {brief_status(row.before, row.terms)}")
    if row.is_illustrative:
        notes.append("illustrative")
    return notes


@register.filter
def made_of(page: StrategyPage) -> str:
    """What the plan is made of, in its own words: "3 ambitions, 3 enablers, 17 objectives, 72
    promises, followed by 78 targets". The last number is what the counts add up to."""
    kinds = Counter(card.ambition.get_kind_display().lower() for card in page.cards)
    parts = [_counted(count, kind) for kind, count in kinds.items()]
    parts.append(_counted(sum(len(card.objectives) for card in page.cards), "objective"))
    said = [
        _counted(page.statements[role.value], words)
        for role, words in STATED.items()
        if page.statements[role.value]
    ]
    followed = f"followed by {_counted(page.counts.total, 'target')}"
    return ", ".join([*parts, " and ".join(said), followed] if said else parts)


def _counted(count: int, noun: str) -> str:
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{count} {noun if count == 1 else plural}"
