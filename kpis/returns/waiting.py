"""What waits for a decision in a return: by row, its figure and its comment.

A submitted return waits as a whole. In an approved one only corrections wait. In one that was sent
back in part, the rows that nobody has decided on wait.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from accounts.models import AuditEvent
from kmpt_tracker.ui.formats import format_count, format_moment
from kpis.models import Actual, Commentary, Return, ReturnCell, ReturnSection
from kpis.months.due import FigureDue, row_key
from kpis.returns.sections import is_in_section, section_code
from strategy.periods import Month, Period

Status = Return.Status
# Of a draft nothing waits: what was submitted before is replaced by the next submission.
DECIDED_IN = (Status.SUBMITTED, Status.APPROVED, Status.RETURNED)
# A return whose sections may wait while it does not: one of them is not submitted.
UNFINISHED = (Status.NOT_STARTED, Status.DRAFT, Status.RETURNED)
LONG_AGO = Value(datetime(1900, 1, 1, tzinfo=UTC))
# An audited act on a return → what the person did, in a sentence.
ACTS = {
    "draft saved": "saved a draft of it",
    "submitted": "submitted it",
    "corrections submitted": "submitted corrections of it",
    "approved": "approved it",
    "rows approved": "approved figures of it",
    "corrections approved": "approved its corrections",
    "returned": "sent it back",
    "corrections returned": "sent its corrections back",
    "reopened": "opened it again",
    "closed again": "closed it",
    "recalled": "recalled it",
    "corrections recalled": "recalled its corrections",
}


@dataclass(frozen=True)
class WaitingRow:
    """A row of a return that somebody is to decide on.

    Without a figure it says why there is none, or only its comment is new.
    """

    cell: ReturnCell
    month: Month
    actual: Actual | None = None
    comment: Commentary | None = None

    @property
    def key(self) -> int:
        return row_key(self.cell.series_id, Month.of(self.cell.period_end), self.month)

    @property
    def code(self) -> str:
        """What audit rows call it when it is not a figure: as the drafts do."""
        if self.actual is not None:
            window = Period(self.actual.period_start, self.actual.period_end)
            return FigureDue(self.cell.series, window, self.month).code
        return self.cell.series.measure.code

    @property
    def submitted_at(self) -> datetime:
        if self.actual is not None:
            return self.actual.recorded_at
        return self.comment.written_at if self.comment else self.cell.saved_at


def waiting_rows(submission: Return) -> dict[int, WaitingRow]:
    """The rows of a return that wait for a decision, by their keys (three queries)."""
    if submission.status not in DECIDED_IN or submission.pk is None:
        return {}
    cells = submission.cells.select_related("series__measure", "series__care_group", "saved_by")
    cells = cells.annotate(comment_key=_new_comment().order_by("-pk").values("pk")[:1])
    held = [cell for cell in cells if is_in_section(submission, cell.series.measure)]
    figures = {(row.series_id, row.period_end): row for row in waiting_actuals(submission)}
    keys = [cell.comment_key for cell in held if cell.comment_key]
    comments = Commentary.objects.select_related("written_by").in_bulk(keys)
    found = {}
    for cell in sorted(held, key=lambda cell: (cell.series_id, cell.period_end)):
        actual = figures.get((cell.series_id, cell.period_end))
        comment = comments.get(cell.comment_key)
        says_why = submission.status == Status.SUBMITTED and bool(cell.no_data_reason.strip())
        if submission.status == Status.RETURNED:
            waits = actual is not None
        else:
            waits = actual is not None or comment is not None or says_why
        if waits:
            row = WaitingRow(cell, submission.period.month, actual, comment)
            found[row.key] = row
    return found


def waiting_actuals(submission: Return) -> list[Actual]:
    """The versions of a return, or of its section in hand, that nobody has decided on yet."""
    rows = Actual.objects.filter(submission=submission, decisions__isnull=True)
    rows = rows.select_related("series__measure", "recorded_by").order_by("series_id")
    return [row for row in rows if is_in_section(submission, row.series.measure)]


def _new_comment() -> QuerySet[Commentary]:
    """The latest comment on the window of a cell, where nobody has decided on it: for a subquery.

    A comment has no decision of its own. It is sent back with its row, or recalled with the return.
    """
    later = Commentary.objects.filter(
        series=OuterRef("series"),
        period_start=OuterRef("period_start"),
        period_end=OuterRef("period_end"),
        is_illustrative=False,
        pk__gt=OuterRef("pk"),
    )
    return Commentary.objects.filter(
        ~Exists(later),
        series=OuterRef("series"),
        period_end=OuterRef("period_end"),
        approved_at__isnull=True,
        is_illustrative=False,
        written_at__gt=Coalesce(OuterRef("returned_at"), LONG_AGO),
    ).filter(written_at__gt=Coalesce(OuterRef("submission__recalled_at"), LONG_AGO))


def corrections_waiting(submissions: Iterable[Return]) -> dict[int, int]:
    """How many rows of approved returns, and of approved sections of others, wait for a decision.

    By return; three queries at most.
    """
    figures = Actual.objects.filter(
        submission=OuterRef("submission"),
        series=OuterRef("series"),
        period_end=OuterRef("period_end"),
        decisions__isnull=True,
    )
    rows = list(submissions)
    approved = [row.pk for row in rows if row.status == Status.APPROVED]
    parted = {
        row.pk: row
        for row in rows
        if row.status != Status.APPROVED and row.pk and row.care_group.is_trust
    }
    sections: dict[int, set[str]] = {}
    in_sections = ReturnSection.objects.filter(submission__in=parted, status=Status.APPROVED)
    for key, code in in_sections.values_list("submission", "code"):
        sections.setdefault(key, set()).add(code)
    if not approved and not sections:
        return {}
    cells = ReturnCell.objects.filter(submission__in=[*approved, *sections])
    waiting = cells.filter(Q(Exists(figures)) | Q(Exists(_new_comment())))
    found = Counter[int]()
    for pk, measure in waiting.values_list("submission", "series__measure"):
        if pk not in sections or section_code(parted[pk], measure) in sections[pk]:
            found[pk] += 1
    return dict(found)


def rows_waiting(submissions: Iterable[Return]) -> dict[int, int]:
    """How many figures wait for a decision in returns that were sent back in part (one query)."""
    back = [row.pk for row in submissions if row.status == Status.RETURNED]
    if not back:
        return {}
    rows = Actual.objects.filter(submission__in=back, decisions__isnull=True)
    counted = rows.order_by().values("submission").annotate(count=Count("pk"))
    return dict(counted.values_list("submission", "count"))


def sections_waiting(submissions: Iterable[Return]) -> dict[int, int]:
    """How many sections of unfinished returns wait for a decision, by return (one query)."""
    begun = [row.pk for row in submissions if row.status in UNFINISHED]
    if not begun:
        return {}
    rows = ReturnSection.objects.filter(submission__in=begun, status=Status.SUBMITTED)
    counted = rows.order_by().values("submission").annotate(count=Count("pk"))
    return dict(counted.values_list("submission", "count"))


def sections_words(count: int) -> str:
    """ "2 sections waiting"; empty without one."""
    return f"{format_count(count, 'section')} waiting" if count else ""


def rows_words(count: int) -> str:
    """ "3 other rows waiting"; empty without one."""
    return f"{format_count(count, 'other row')} waiting" if count else ""


def corrections_words(count: int) -> str:
    """ "1 correction waiting"; empty without one."""
    return f"{format_count(count, 'correction')} waiting" if count else ""


def what_happened_since(submission: Return) -> str:
    """Who changed a return last, when and how, for somebody whose page is older; empty if nobody.

    For example "Owen Price recalled it on Mon 9 Nov 2026, 3:20pm".
    """
    last = last_act(submission)
    if last is None or last.action not in ACTS:
        return ""
    who = str(last.by) if last.by else "The tracker"
    return f"{who} {ACTS[last.action]} on {format_moment(last.at)}"


def keys_of(submission: Return) -> set[str]:
    """The keys of a return in its records: its section's, and the whole return's from earlier."""
    return {str(submission), f"{submission.period} {submission.care_group.code}"}


def last_act(submission: Return) -> AuditEvent | None:
    """The latest record of this return."""
    acts = AuditEvent.objects.filter(
        object_type=submission._meta.label_lower, object_key__in=keys_of(submission)
    )
    return acts.select_related("by").order_by("-at", "-pk").first()
