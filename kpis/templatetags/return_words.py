"""Words and boxes of the monthly return."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from kmpt_tracker.ui.formats import format_deadline, format_moment, format_month_short
from kpis.judging.freshness import absence_state
from kpis.judging.status import Standing
from kpis.judging.wording import (
    MILESTONE_WORDS,
    STEPS,
    share_words,
    target_words,
    value_words,
    within_sentence,
)
from kpis.models import ReportingPeriod, Return
from kpis.rag import Rag
from kpis.returns.cells import CellText
from kpis.returns.page import ReturnPage, ReturnRow
from kpis.returns.save import BoxConflict, Conflict
from strategy.periods import Frequency, london_date

register = template.Library()


@register.filter
def period_url(period: ReportingPeriod) -> str:
    return reverse("kpis:return-period", args=[str(period.month)])


@register.filter
def one_error(message: str) -> list[tuple[str, str]]:
    return [("", message)]


@register.filter
def row_errors(rows: Iterable[ReturnRow]) -> list[tuple[str, str]]:
    """What is wrong, each with the box it concerns."""
    return [(f"{row.prefix}-{_box(row)}", _named(row)) for row in rows]


def _box(row: ReturnRow) -> str:
    field = row.error_field or "value"
    if field == "value" and row.terms.is_milestone:
        return "milestone_status"
    if field == "value" and row.terms.is_ratio:
        return "numerator"
    return field


def _named(row: ReturnRow) -> str:
    name = row.series.measure.name
    return row.error if row.error.startswith(name) else f"{name}: {row.error}"


@register.filter
def has_conflicts(page: ReturnPage) -> bool:
    return any(row.conflict for row in page.rows)


@register.filter
def conflict_errors(page: ReturnPage) -> list[tuple[str, str]]:
    """Each clash with the box it concerns: whoever saved it, or one's own other tab."""
    return [
        (
            f"{row.prefix}-{row.conflict.boxes[0].box}",
            f"{row.series.measure.name}: {clash.who} saved {clash.theirs} {clash.where}",
        )
        for row in page.rows
        if row.conflict
        for clash in clashes(row.conflict)
    ]


@register.filter
def conflict_title(page: ReturnPage) -> str:
    last = [clash.last for row in page.rows if row.conflict for clash in clashes(row.conflict)]
    if all(box.is_own for box in last):
        return "You have changed a figure in another tab"
    return "Someone else has changed a figure"


@dataclass(frozen=True)
class Clash:
    """Two versions of a figure, or of one of its remarks, in words."""

    last: BoxConflict
    theirs: str
    yours: str

    @property
    def who(self) -> str:
        return "You" if self.last.is_own else self.last.saved_by

    @property
    def where(self) -> str:
        return "in another tab" if self.last.is_own else "while you were typing"


# A box of words → what it is called where two versions of it are shown.
REMARKS = {
    "comment": "the comment",
    "no_data_reason": "the reason for no data",
    "confirm_reason": "the reason for the figure",
    "change_reason": "the reason for the correction",
}


@register.filter
def clashes(conflict: Conflict) -> list[Clash]:
    """The figure as one, and each remark that both wrote."""
    found = []
    figure = [box for box in conflict.boxes if box.box not in REMARKS]
    if figure:
        last = max(figure, key=lambda box: box.saved_at)
        found.append(Clash(last, _figure(conflict.theirs), _figure(conflict.yours)))
    for box in conflict.boxes:
        if box.box in REMARKS:
            theirs, yours = (
                _remark(box.box, getattr(text, box.box))
                for text in (conflict.theirs, conflict.yours)
            )
            found.append(Clash(box, theirs, yours))
    return found


def _remark(box: str, text: str) -> str:
    return f"{REMARKS[box]} “{text}”" if text.strip() else f"{REMARKS[box]} as empty"


def _figure(text: CellText) -> str:
    if text.withdrawn:
        return "that it should never have been"
    if text.milestone_status or text.forecast or text.completed:
        status = MILESTONE_WORDS.get(text.milestone_status, text.milestone_status)
        dates = ((", expected ", text.forecast), (", done ", text.completed))
        return f"“{status or 'no status'}”" + "".join(f"{word}{day}" for word, day in dates if day)
    if text.numerator or text.denominator:
        return f"{text.numerator or 'nothing'} of {text.denominator or 'nothing'}"
    if text.value:
        return text.value
    return (
        f"“{text.comment or text.no_data_reason}”"
        if text.comment or text.no_data_reason
        else "nothing"
    )


@register.filter
def unsaved_words(text: CellText) -> str:
    return _figure(text)


@register.filter
def blank_status(row: ReturnRow, now: datetime) -> Rag:
    """How a row without a figure stands: not due before entry closes, late after; no data where
    that is said, or the month is locked."""
    if row.text.no_data_reason.strip():
        return Rag.NO_DATA
    return absence_state(row.clock, now)


@register.filter
def return_facts(submission: Return, now: datetime) -> list[tuple[str, Any]]:
    period = submission.period
    days = abs((london_date(period.closes_at) - london_date(now)).days)
    if period.locked_at:
        due = "the month is locked"
    elif not days:
        due = "today" if now <= period.closes_at else "closed today"
    else:
        due = f"{days} day{'' if days == 1 else 's'} {'left' if now < period.closes_at else 'late'}"
    submitted = ""
    if submission.submitted_at:
        submitted = f"{format_moment(submission.submitted_at)}, {submission.submitted_words}"
    approved = ""
    if submission.approved_at:
        approved = f"{format_moment(submission.approved_at)}, {submission.approved_words}"
    return [
        ("Due", f"{format_deadline(period.closes_at)}, {due}"),
        ("Submitted", submitted),
        ("Approved", approved),
        ("After you submit", _still_open(period, now)),
    ]


def _still_open(period: ReportingPeriod, now: datetime) -> str:
    """How long a figure can be changed; nothing once the month is locked."""
    if period.locked_at:
        return ""
    if now < period.freezes_at:
        until = f"locked, {format_moment(period.freezes_at)}"
    else:
        until = "locked; that may be any day now"
    return f"You can still change figures until the month is {until}"


@register.filter
def what_to_do(submission: Return) -> str:
    """What the lead does with the return as it stands."""
    return _TO_DO.get(submission.status, _TO_DO[Return.Status.DRAFT])


_TO_DO: dict[str, str] = {
    Return.Status.DRAFT: (
        "Enter each figure, or say why there is none. Nothing is sent until you choose Submit "
        "return; the board sees figures once the performance team has approved them."
    ),
    Return.Status.SUBMITTED: (
        "Sent to the performance team. There is nothing more to do, unless a figure is wrong: "
        "change it and choose Submit return again."
    ),
    Return.Status.RETURNED: (
        "Put right what the performance team asks about, then choose Submit return again."
    ),
    Return.Status.APPROVED: (
        "Approved, and shown to the board. To correct a figure, change it, say why, and choose "
        "Submit return; the approved one stands until the correction is approved."
    ),
}


@register.filter
def ready_words(submission: Return) -> str:
    """Beside the buttons, when nothing is left to do."""
    if submission.status in (Return.Status.SUBMITTED, Return.Status.APPROVED):
        return f"{submission.get_status_display()}. Submit again only after a change."
    return "Everything is ready to submit."


@register.filter
def row_hint(row: ReturnRow) -> str:
    """What goes into the boxes, in the measure's own words."""
    measure = row.series.measure
    said = measure.definition
    if row.terms.is_ratio:
        said = f"{measure.numerator}, out of {within_sentence(measure.denominator)}"
    return said if row.window == row.asked.month.period else f"{said} ({row.window.label})"


@register.filter
def row_target(row: ReturnRow) -> str:
    """What is asked for in the row's own window."""
    return target_words(row.result.target, row.terms)


@register.filter
def window_beside(before: Standing, row: ReturnRow) -> SafeString | str:
    """The name of an earlier window that is not the month at the head of its column."""
    if row.window == row.asked.month.period:
        return ""
    return format_html("<small>{}</small>", before.period.label)


@register.filter
def row_share(row: ReturnRow) -> str:
    """Beside a target that is a part of the year's: of how much, and how far the year is."""
    return share_words(row.result, row.terms)


@register.filter
def before_label(page: ReturnPage, place: int) -> str:
    return format_month_short(page.before_months[place])


@register.simple_tag
def number_box(row: ReturnRow, field: str, words: str) -> SafeString:
    """One number box with its label and what describes it."""
    name = f"{row.prefix}-{field}"
    bad = row.error and _box(row) == field
    described = f"{row.prefix}-hint" + (f" {row.prefix}-error" if row.error else "")
    return format_html(
        '<label class="kt-sr" for="{0}">{1}: {2}</label>'
        '<input class="nhsuk-input{3}" id="{0}" name="{0}" value="{4}" inputmode="decimal" '
        'autocomplete="off" aria-describedby="{5}"{6}>',
        name,
        row.series.measure.name,
        words,
        " nhsuk-input--error" if bad else "",
        getattr(row.text, field),
        described,
        SafeString(' aria-invalid="true"') if bad else "",
    )


@register.filter
def typed_words(row: ReturnRow) -> str:
    """For readers who do not enter: what was typed."""
    if row.text.withdrawn:
        return f"withdrawn: {row.text.change_reason or 'no reason yet'}"
    return _figure(row.text) if row.text.has_figure else "–"


@register.filter
def held_words(row: ReturnRow) -> str:
    """Where a figure comes from that the tracker has, and this return has not."""
    origin = row.held.origin if row.held else ""
    return f"already held, {origin}" if origin else "already held"


@register.filter
def confirm_words(row: ReturnRow) -> str:
    return f"{value_words(row.result, row.terms)} is right"


@register.filter
def milestone_choices(row: ReturnRow) -> list[tuple[str, str]]:
    return list(MILESTONE_WORDS.items())


@register.filter
def asks_comment(row: ReturnRow) -> bool:
    """Whether the comment stands open below the row: asked for, or written."""
    asked = row.narrative.is_asked and row.read.has_figure
    named = row.error_field == "comment" or row.clashes_in("comment")
    return bool(asked or row.text.comment or named)


@register.filter
def opens(row: ReturnRow) -> bool:
    """The boxes for what is rare are open where one of them is filled in or asked for."""
    rare = ("no_data_reason", "change_reason")
    named = row.error_field in rare or row.clashes_in(*rare)
    return bool(row.text.no_data_reason or row.text.change_reason or named)


@register.filter
def no_data_words(row: ReturnRow) -> str:
    """ "No data this quarter": a return of a month asks for longer windows too."""
    if row.terms.frequency is Frequency.ONE_OFF:
        return "No data"
    return f"No data this {STEPS[row.terms.frequency]}"


@register.filter
def more_words(row: ReturnRow) -> str:
    rare = no_data_words(row).lower()
    rare = f"{rare}, or a correction" if row.corrects else rare
    return (
        rare.capitalize()
        if asks_comment(row)
        else f"Comment, {'' if row.corrects else 'or '}{rare}"
    )


@register.filter
def comment_label(row: ReturnRow) -> str:
    if row.narrative.is_asked and row.read.has_figure:
        return row.narrative.question
    if row.result.rag is Rag.RED:
        return "Off target: say why, and what you are doing about it"
    return "Comment"


@register.filter
def left_to_do(page: ReturnPage) -> str:
    """What is still to be done, counted by kind."""
    errors = sum(bool(row.read.error) for row in page.rows)
    unconfirmed = sum(
        bool(row.read.warnings) and not row.is_ready and not row.read.error for row in page.rows
    )
    missing = len(page.rows) - page.ready - errors - unconfirmed
    parts = [
        f"{count} {one if count == 1 else many}"
        for count, one, many in (
            (errors, "error", "errors"),
            (unconfirmed, "figure to confirm", "figures to confirm"),
            (missing, "figure or reason missing", "figures or reasons missing"),
        )
        if count
    ]
    return f"{len(page.rows) - page.ready} to finish: {', '.join(parts)}"
