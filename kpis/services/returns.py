"""The monthly return: drafts saved as typed, submitted as versions, approved by someone else.

    not started → draft → submitted → approved
                            ↓     ↑
                          returned (with a reason) → draft

Every write holds its rows' locks, checks the version it was based on, and leaves its audit row
in the same transaction. A locked month refuses; reopening it is on record (services.periods).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import User
from accounts.permissions import Access, NotAllowed
from accounts.roles import Capability
from kpis.drafts import CellRead, CellText, read_cell
from kpis.models import Actual, Commentary, Decision, ReportingPeriod, Return, ReturnCell, Series
from kpis.services.assessment import touch
from kpis.services.drafting import cell_rules, due_window, recent_values
from strategy.models import CareGroup

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
    """What a save did. Every cell that was not in conflict is kept, readable or not."""

    submission: Return
    changed: tuple[int, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
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


def _locked_return(submission_id: int, *, at: datetime) -> Return:
    submission = (
        Return.objects.select_for_update(of=("self",))
        .select_related("period", "care_group")
        .get(pk=submission_id)
    )
    period = submission.period
    if period.locked_at is not None:
        raise ReturnRefused(
            f"{period.month.label} is locked. The performance team can open it again, "
            "with a reason."
        )
    if at < period.opens_at:
        raise ReturnRefused(f"{period.month.label} has not ended")
    return submission


def _move(submission: Return, status: str) -> None:
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
    submission = _locked_return(submission_id, at=at)
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
    changed, conflicts, reads, changes = [], [], {}, []
    for entry in entries:
        series = due.get(entry.series_id)
        if series is None:
            continue
        cell = cells.get(entry.series_id)
        read = read_cell(
            entry.text,
            cell_rules(series.measure, submission.period.month),
            history.get(series.pk, ()),
        )
        reads[series.pk] = read
        before = text_of(cell) if cell else CellText()
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
    return Saved(submission, tuple(changed), tuple(conflicts), reads)


def _after_save(
    submission: Return, changes: Sequence[audit.FieldChange], *, by: User, at: datetime
) -> None:
    before = submission.status
    _move(submission, Status.DRAFT)
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
    month = submission.period.month
    rows = (
        Series.objects.filter(care_group=submission.care_group, fed_by=Series.FedBy.RETURNS)
        .in_force_on(month.end)
        .select_related("measure", "care_group")
        .order_by("measure__name")
    )
    return {
        row.pk: row
        for row in rows
        if due_window(row.measure, month) is not None and _holds(row.measure, month.end)
    }


def _holds(measure, on) -> bool:
    return (measure.valid_from is None or measure.valid_from <= on) and (
        measure.valid_to is None or on < measure.valid_to
    )


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


@dataclass(frozen=True)
class ToFinish:
    """Why a cell stops its return from being submitted, in words."""

    series_id: int
    field: str
    message: str


@transaction.atomic
def submit(
    *, submission_id: int, version: int, by: User, access: Access, at: datetime
) -> list[ToFinish]:
    """Turn the drafts into versions of actuals. Anything unfinished is listed; nothing is sent."""
    submission = _locked_return(submission_id, at=at)
    access.require(Capability.ENTER_RETURNS, care_group=submission.care_group_id)
    if submission.version != version:
        raise ReturnRefused(
            "Someone else has changed this return since you opened it. "
            "Load the page again and check it before you submit."
        )
    due = due_series(submission)
    cells = {cell.series_id: cell for cell in submission.cells.select_for_update(of=("self",))}
    reads = read_cells(submission, due, cells)
    unfinished = to_finish(due, cells, reads)
    if unfinished:
        return unfinished
    _move(submission, Status.SUBMITTED)
    submission.submitted_at, submission.submitted_by = at, by
    submission.returned_reason = ""
    submission.save()
    added = [
        actual
        for series in due.values()
        if series.pk in cells
        for actual in _new_version(
            submission, series, cells[series.pk], reads[series.pk], by=by, at=at
        )
    ]
    audit.record(
        at=at,
        by=by,
        action="submitted",
        obj=submission,
        changes=[
            audit.FieldChange.of(actual.series.measure.code, None, actual.value) for actual in added
        ],
    )
    return []


def read_cells(
    submission: Return, due: Mapping[int, Series], cells: Mapping[int, ReturnCell]
) -> dict[int, CellRead]:
    """What the saved cells are read as today."""
    month = submission.period.month
    history = recent_values(due.values(), month)
    return {
        pk: read_cell(text_of(cells[pk]), cell_rules(series.measure, month), history.get(pk, ()))
        for pk, series in due.items()
        if pk in cells
    }


def to_finish(
    due: Mapping[int, Series],
    cells: Mapping[int, ReturnCell],
    reads: Mapping[int, CellRead],
) -> list[ToFinish]:
    """What stands in the way of submitting: errors, unconfirmed figures, unexplained gaps."""
    found = []
    for pk, series in due.items():
        name, cell, read = series.measure.name, cells.get(pk), reads.get(pk)
        if read is not None and read.error:
            found.append(ToFinish(pk, read.error_field, f"{name}: {read.error}"))
        elif read is None or not read.has_figure:
            if cell is None or not cell.no_data_reason.strip():
                found.append(
                    ToFinish(pk, "value", f"{name}: enter a figure, or say why there is none")
                )
        elif read.warnings and not (cell.confirmed and cell.confirm_reason.strip()):
            found.append(
                ToFinish(pk, "confirmed", f"{name}: check the figure, then confirm it and say why")
            )
    return found


def _new_version(
    submission: Return,
    series: Series,
    cell: ReturnCell,
    read: CellRead,
    *,
    by: User,
    at: datetime,
) -> Iterable[Actual]:
    """A new version where the figure differs from the last one; a comment becomes commentary."""
    window = due_window(series.measure, submission.period.month)
    if cell.comment.strip():
        Commentary.objects.create(
            series=series,
            period_start=window.start,
            period_end=window.end,
            what_happened=cell.comment,
            written_at=at,
            written_by=by,
        )
    if not read.has_figure:
        return
    previous = (
        Actual.objects.filter(series=series, period_start=window.start, period_end=window.end)
        .order_by("-version")
        .first()
    )
    actual = Actual(
        series=series,
        period_start=window.start,
        period_end=window.end,
        version=previous.version + 1 if previous else 1,
        numerator=None if read.is_no_cases else read.numerator,
        denominator=None if read.is_no_cases else read.denominator,
        value=read.value,
        milestone_status=read.milestone_status,
        forecast_on=read.forecast_on,
        completed_on=read.completed_on,
        value_status=(
            Actual.ValueStatus.NOT_APPLICABLE if read.is_no_cases else Actual.ValueStatus.FINAL
        ),
        status_reason="No cases: 0 of 0" if read.is_no_cases else "",
        origin=Actual.Origin.ENTERED,
        note=cell.confirm_reason if read.warnings else "",
        submission=submission,
        recorded_at=at,
        recorded_by=by,
        change_reason=(cell.change_reason or "Submitted again") if previous else "",
    )
    if previous is not None and _same_figure(previous, actual) and _stands(previous):
        return
    try:
        with transaction.atomic():
            actual.save(force_insert=True)
    except IntegrityError as error:
        raise ReturnRefused(
            f"{series.measure.name} was submitted by someone else at the same moment. "
            "Load the page again."
        ) from error
    yield actual


def _stands(actual: Actual) -> bool:
    """It was not sent back: an unchanged figure that is approved or waiting needs no version."""
    return not actual.decisions.filter(outcome=Decision.Outcome.RETURNED).exists()


def _same_figure(one: Actual, other: Actual) -> bool:
    names = (
        "numerator", "denominator", "value", "milestone_status", "forecast_on", "completed_on",
        "value_status",
    )  # fmt: skip

    def plain(actual):
        return [
            round(value, 6) if hasattr(value, "quantize") else value
            for value in (getattr(actual, name) for name in names)
        ]

    return plain(one) == plain(other)


def waiting_actuals(submission: Return):
    """The versions of a return that nobody has decided on yet."""
    return (
        Actual.objects.filter(submission=submission, decisions__isnull=True)
        .select_related("series__measure", "recorded_by")
        .order_by("series_id")
    )


@transaction.atomic
def approve(*, submission_id: int, version: int, by: User, access: Access, at: datetime) -> Return:
    """Approve a submitted return: its values become current, and known, from this moment."""
    access.require(Capability.APPROVE_RETURNS)
    submission = _decidable(submission_id, version, at=at)
    waiting = list(waiting_actuals(submission))
    own = submission.submitted_by_id == by.pk or any(
        actual.recorded_by_id == by.pk for actual in waiting
    )
    if own:
        raise NotAllowed(
            Capability.APPROVE_RETURNS,
            "You entered or submitted figures of this return yourself. "
            "Someone else of the performance team approves it.",
        )
    _move(submission, Status.APPROVED)
    submission.approved_at, submission.approved_by = at, by
    submission.save()
    _decide(waiting, Decision.Outcome.APPROVED, by=by, at=at)
    Commentary.objects.filter(
        series__care_group=submission.care_group,
        period_end=submission.period.month.end,
        approved_at__isnull=True,
    ).update(approved_at=at)
    audit.record(
        at=at,
        by=by,
        action="approved",
        obj=submission,
        changes=[
            audit.FieldChange.of(actual.series.measure.code, "submitted", "approved")
            for actual in waiting
        ],
    )
    touch(actual.series_id for actual in waiting)
    return submission


@transaction.atomic
def send_back(
    *, submission_id: int, version: int, by: User, access: Access, at: datetime, reason: str
) -> Return:
    """Return a submission to its care group, with the reason why."""
    access.require(Capability.APPROVE_RETURNS)
    if not reason.strip():
        raise ReturnRefused("Say why the return goes back, so that the care group can act on it")
    submission = _decidable(submission_id, version, at=at)
    waiting = list(waiting_actuals(submission))
    _move(submission, Status.RETURNED)
    submission.returned_at, submission.returned_by = at, by
    submission.returned_reason = reason
    submission.save()
    _decide(waiting, Decision.Outcome.RETURNED, by=by, at=at, reason=reason)
    audit.record(
        at=at,
        by=by,
        action="returned",
        obj=submission,
        changes=[
            audit.FieldChange.of(actual.series.measure.code, "submitted", "returned")
            for actual in waiting
        ],
        reason=reason,
    )
    return submission


def _decidable(submission_id: int, version: int, *, at: datetime) -> Return:
    submission = _locked_return(submission_id, at=at)
    if submission.version != version:
        raise ReturnRefused(
            "This return has changed since you opened it. Load the page again and check it."
        )
    return submission


def _decide(
    waiting: Sequence[Actual], outcome: str, *, by: User, at: datetime, reason: str = ""
) -> None:
    Decision.objects.bulk_create(
        [
            Decision(
                actual=actual,
                outcome=outcome,
                decided_at=at,
                decided_by=by,
                known_from=at,
                reason=reason,
            )
            for actual in waiting
        ]
    )
