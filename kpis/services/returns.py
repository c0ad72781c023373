"""The monthly return: drafts saved as typed, submitted as versions, approved by someone else.

    not started → draft → submitted → approved
                            ↓     ↑
                          returned (with a reason) → draft

Every write holds its rows' locks, checks the version it was based on, and leaves its audit row
in the same transaction. A locked month refuses; reopening it is on record (services.periods).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.permissions import Access
from accounts.roles import Capability
from kpis.drafts import CellRead, CellText, read_cell
from kpis.models import ReportingPeriod, Return, ReturnCell, Series
from kpis.services.drafting import cell_rules, is_due, recent_values
from strategy.models import CareGroup
from strategy.periods import Month

Status = Return.Status

# What may follow what. Opening, saving and submitting are the lead's; the rest the team's.
TRANSITIONS: dict[str, tuple[str, ...]] = {
    Status.NOT_STARTED: (Status.DRAFT,),
    Status.DRAFT: (Status.DRAFT, Status.SUBMITTED),
    Status.SUBMITTED: (Status.DRAFT, Status.APPROVED, Status.RETURNED),
    Status.RETURNED: (Status.DRAFT, Status.SUBMITTED),
    Status.APPROVED: (Status.DRAFT,),
}


class ReturnRefused(Exception):
    """What was asked cannot be done now; the message says why and what to do next."""


@dataclass(frozen=True)
class CellEntry:
    """A cell as a form sends it: which series, the version it was based on, what was typed."""

    series_id: int
    version: int
    text: CellText


@dataclass(frozen=True)
class Conflict:
    """Someone else saved the cell since it was read: both versions, for the person to choose."""

    series_id: int
    yours: CellText
    theirs: CellText
    saved_by: str
    saved_at: datetime
    version: int


@dataclass(frozen=True)
class Saved:
    """What a save did. Every cell that was not in conflict is kept, readable or not.

    `unkept` are those that no draft can hold, such as a null character: to be shown as typed.
    """

    submission: Return
    changed: tuple[int, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    unkept: tuple[CellEntry, ...] = ()
    reads: Mapping[int, CellRead] = field(default_factory=dict)


def open_return(*, period: ReportingPeriod, care_group: CareGroup) -> Return:
    """The return of a care group for a month; two people who open it first get the same one."""
    submission, _ = Return.objects.get_or_create(period=period, care_group=care_group)
    return submission


def find_return(*, period: ReportingPeriod, care_group: CareGroup) -> Return:
    """The return as it stands, unsaved when nobody has started it: reading writes nothing."""
    found = None
    if period.pk is not None:
        found = (
            Return.objects.filter(period=period, care_group=care_group)
            .select_related("period", "care_group", "submitted_by", "approved_by", "returned_by")
            .first()
        )
    return found or Return(period=period, care_group=care_group)


def cells_of(submission: Return) -> dict[int, ReturnCell]:
    """The saved cells of a return by series; none when nobody has started it."""
    if submission.pk is None:
        return {}
    cells = ReturnCell.objects.filter(submission=submission).select_related("saved_by")
    return {cell.series_id: cell for cell in cells}


def locked_return(submission_id: int, *, at: datetime) -> Return:
    """The return with its row locked; refused when its month is locked or has not ended."""
    submission = (
        Return.objects.select_for_update(of=("self",))
        .select_related("period", "care_group")
        .get(pk=submission_id)
    )
    period = submission.period
    if period.locked_at is not None:
        raise ReturnRefused(
            f"{period.month.full_label} is locked. The performance team can open it again, "
            "with a reason."
        )
    if at < period.opens_at:
        raise ReturnRefused(f"{period.month.full_label} has not ended")
    return submission


def move(submission: Return, status: str) -> None:
    """The next status, where the table of transitions allows it."""
    if status not in TRANSITIONS[submission.status]:
        raise ReturnRefused(
            f"This return is {submission.get_status_display().lower()}: it cannot become "
            f"{Return.Status(status).label.lower()} now. Load the page again to see how it stands."
        )
    submission.status = status
    submission.version += 1


@transaction.atomic
def save_draft(
    *, submission_id: int, entries: Iterable[CellEntry], by: User, access: Access, at: datetime
) -> Saved:
    """Save cells as typed. What cannot be read is kept too, with the message it earns."""
    submission = locked_return(submission_id, at=at)
    access.require(Capability.ENTER_RETURNS, care_group=submission.care_group_id)
    entries = sorted(entries, key=lambda entry: entry.series_id)
    due = due_series(submission)
    cells = {
        cell.series_id: cell
        for cell in ReturnCell.objects.select_for_update(of=("self",))
        .filter(submission=submission)
        .select_related("saved_by")
        .order_by("series_id")
    }
    history = recent_values(due.values(), submission.period.month)
    changed, conflicts, unkept, reads, changes = [], [], [], {}, []
    for entry in entries:
        series = due.get(entry.series_id)
        if series is None:
            _refuse_when_outside(submission, entry)
            continue
        cell = cells.get(entry.series_id)
        read = read_cell(
            entry.text,
            cell_rules(series.measure, submission.period.month),
            history.get(series.pk, ()),
        )
        reads[series.pk] = read
        if not entry.text.can_be_saved:
            unkept.append(entry)
            continue
        before = text_of(cell) if cell else CellText()
        entry = replace(entry, text=entry.text.after(before))
        if before == entry.text:
            continue
        if (cell.version if cell else 0) != entry.version:
            conflicts.append(_conflict(entry, cell))
            continue
        _save_cell(submission, series, cell, entry, read, by=by, at=at)
        changed.append(series.pk)
        changes += _cell_changes(series, before, entry.text)
    if changed:
        _after_save(submission, changes, by=by, at=at)
    return Saved(submission, tuple(changed), tuple(conflicts), tuple(unkept), reads)


def _after_save(
    submission: Return, changes: Sequence[audit.FieldChange], *, by: User, at: datetime
) -> None:
    before = submission.status
    move(submission, Status.DRAFT)
    submission.opened_at = submission.opened_at or at
    submission.save()
    audit.record(
        at=at,
        by=by,
        action="draft saved",
        obj=submission,
        changes=[
            *audit.differences({"status": before}, {"status": submission.status}),
            *changes,
        ],
    )


def due_series(submission: Return) -> dict[int, Series]:
    """The series this return asks for: those whose window ends with its month."""
    rows = (
        Series.objects.filter(care_group=submission.care_group, fed_by=Series.FedBy.RETURNS)
        .select_related("measure", "care_group")
        .order_by("measure__name")
    )
    return {row.pk: row for row in rows if is_due(row, submission.period.month)}


def _refuse_when_outside(submission: Return, entry: CellEntry) -> None:
    """A figure for a month before the measure starts, or after its end, is not lost in silence."""
    series = (
        Series.objects.filter(pk=entry.series_id, care_group=submission.care_group)
        .select_related("measure")
        .first()
    )
    if series is None or entry.text == CellText():
        return
    on = submission.period.month.end
    ranges = (series.measure, series)
    starts = [row.valid_from for row in ranges if row.valid_from and row.valid_from > on]
    ends = [row.valid_to for row in ranges if row.valid_to and row.valid_to <= on]
    if starts:
        first = Month.of(max(starts)).full_label
        raise ReturnRefused(f"{series.measure.name}: this KPI starts in {first}")
    if ends:
        last = Month.of(min(ends) - timedelta(days=1)).full_label
        raise ReturnRefused(f"{series.measure.name}: this KPI ended in {last}")


def text_of(cell: ReturnCell) -> CellText:
    return CellText(
        numerator=cell.numerator_text,
        denominator=cell.denominator_text,
        value=cell.value_text,
        milestone_status=cell.milestone_status,
        forecast=cell.forecast_text,
        completed=cell.completed_text,
        no_data_reason=cell.no_data_reason,
        confirmed=cell.confirmed,
        confirm_reason=cell.confirm_reason,
        comment=cell.comment,
        change_reason=cell.change_reason,
    )


def _save_cell(
    submission: Return,
    series: Series,
    cell: ReturnCell | None,
    entry: CellEntry,
    read: CellRead,
    *,
    by: User,
    at: datetime,
) -> None:
    typed = entry.text
    values = {
        "numerator_text": typed.numerator,
        "denominator_text": typed.denominator,
        "value_text": typed.value,
        "milestone_status": read.milestone_status or typed.milestone_status,
        "forecast_text": typed.forecast,
        "completed_text": typed.completed,
        "no_data_reason": typed.no_data_reason,
        "confirmed": typed.confirmed,
        "confirm_reason": typed.confirm_reason,
        "comment": typed.comment,
        "change_reason": typed.change_reason,
        "numerator": read.numerator,
        "denominator": read.denominator,
        "value": read.value,
        "forecast_on": read.forecast_on,
        "completed_on": read.completed_on,
        "error": read.error,
        "version": entry.version + 1,
        "saved_at": at,
        "saved_by": by,
    }
    if cell is None:
        ReturnCell.objects.create(submission=submission, series=series, **values)
        return
    for name, value in values.items():
        setattr(cell, name, value)
    cell.save()


def _conflict(entry: CellEntry, cell: ReturnCell | None) -> Conflict:
    if cell is None:
        raise ReturnRefused("This figure was cleared in the meantime. Load the page again.")
    return Conflict(
        series_id=entry.series_id,
        yours=entry.text,
        theirs=text_of(cell),
        saved_by=str(cell.saved_by) if cell.saved_by else "the tracker",
        saved_at=cell.saved_at,
        version=cell.version,
    )


def _cell_changes(series: Series, before: CellText, after: CellText) -> list[audit.FieldChange]:
    changes = []
    for name in CellText.__dataclass_fields__:
        change = audit.FieldChange.of(
            f"{series.measure.code}.{name}", getattr(before, name), getattr(after, name)
        )
        if change.old != change.new:
            changes.append(change)
    return changes
