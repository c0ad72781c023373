"""Submit a return: its drafts become versions of actuals, or what is unfinished is listed.

A correction of an approved figure is a new version with a reason; an approved return stays
approved, and the approved figure in force, until somebody else has decided on the correction. An
earlier submission that nobody has decided on is replaced by this one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import User
from accounts.permissions import Access
from accounts.roles import Capability
from kpis.models import Actual, Commentary, Decision, Return, ReturnCell
from kpis.months.due import FigureDue, milestones_reported, still_due
from kpis.returns.cells import CellRead, read_cell
from kpis.returns.expected import cell_rules, recent_values
from kpis.returns.in_hand import by_row, due_rows, text_of
from kpis.returns.merging import FIGURE
from kpis.returns.save import measures_named
from kpis.returns.states import NothingDue, ReturnRefused, locked_return, move
from kpis.returns.waiting import waiting_actuals, what_happened_since

Status = Return.Status
NEVER = datetime(1900, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class ToFinish:
    """Why a cell stops its return from being submitted, in words."""

    series_id: int
    field: str
    message: str


@transaction.atomic
def submit(
    *,
    submission_id: int,
    version: int,
    by: User,
    access: Access,
    at: datetime,
    nil_reason: str = "",
    section: str = "",
) -> list[ToFinish]:
    """Turn the drafts into versions of actuals. If anything is unfinished, it is listed and nothing
    is submitted.

    Of an approved return only what differs from the approved figures becomes a version: nothing
    happens where nothing does. A second identical request, such as a double click, changes nothing.

    Raises ReturnRefused for a locked month or another version, and NotAllowed for a person who may
    not enter figures for the care group.
    """
    submission = locked_return(submission_id, at=at, section=section)
    access.require(Capability.ENTER_RETURNS, care_group=submission.care_group_id)
    if submission.version != version:
        raise ReturnRefused(
            "This return has changed since you opened it. "
            "Load the page again and check it before you submit."
        )
    if submission.status == Status.SUBMITTED:
        if submission.last_submitted_by_id == by.pk:
            return []
        raise ReturnRefused(
            f"Nothing to submit: {what_happened_since(submission)}, and nothing has changed since"
        )
    due = due_rows(submission)
    _refuse_unnamed(due, measures_named(submission, by, access, at))
    held = submission.cells.select_for_update(of=("self",), no_key=True)
    cells = by_row(submission, held.order_by("series_id", "period_end"))
    reads = read_cells(due, cells)
    figures = {
        pk: _figure(submission, due[pk], cells[pk], read, by=by, at=at)
        for pk, read in reads.items()
        if read.has_figure or read.is_withdrawn
    }
    unfinished = to_finish(due, cells, reads) + _to_correct(due, cells, figures)
    if unfinished:
        return unfinished
    is_approved = submission.status == Status.APPROVED
    comments = _keep_comments(due, cells, recalled_at=submission.recalled_at, by=by, at=at)
    replaced = _withdraw_replaced(submission, figures, by=by, at=at)
    added = [actual for actual in figures.values() if _new_version(actual)]
    if is_approved and not (comments or replaced or added):
        return []
    move(submission, Status.APPROVED if is_approved else Status.SUBMITTED)
    submission.last_submitted_at, submission.last_submitted_by = at, by
    # The first submission by a person: how late a return was does not change with a later one.
    if submission.submitted_by_id is None:
        submission.submitted_at, submission.submitted_by = at, by
    submission.returned_reason = ""
    nil = audit.differences({"is_nil": submission.is_nil}, {"is_nil": bool(nil_reason)})
    submission.is_nil, submission.nil_reason = bool(nil_reason), nil_reason
    submission.save()
    audit.record(
        at=at,
        by=by,
        action="corrections submitted" if is_approved else "submitted",
        obj=submission,
        changes=[
            *nil,
            *(
                audit.FieldChange.of(
                    actual.series.measure.code,
                    None,
                    actual.value_status if actual.is_withdrawn else actual.value,
                )
                for actual in added
            ),
        ],
        reason=nil_reason,
    )
    return []


def _refuse_unnamed(due: Mapping[int, FigureDue], named: frozenset[int] | None) -> None:
    """Refuse to submit other measures than those named in the person's memberships."""
    if named is None:
        return
    others = [row.name for row in due.values() if row.series.measure_id not in named]
    if others:
        raise ReturnRefused(f"Entered by somebody else, who submits it: {', '.join(others)}")


def nothing_yet(submission: Return) -> list[ToFinish]:
    """What is unfinished in a return that nobody has started: everything that it asks for."""
    unfinished = to_finish(due_rows(submission), {}, {})
    if not unfinished:
        raise NothingDue(submission)
    return unfinished


def read_cells(
    due: Mapping[int, FigureDue], cells: Mapping[int, ReturnCell]
) -> dict[int, CellRead]:
    """The saved cells, read by today's rules."""
    history = recent_values(due.values())
    return {
        key: read_cell(
            text_of(cells[key]), cell_rules(asked.measure, asked.window), history.get(key, ())
        )
        for key, asked in due.items()
        if key in cells
    }


def to_finish(
    due: Mapping[int, FigureDue],
    cells: Mapping[int, ReturnCell],
    reads: Mapping[int, CellRead],
) -> list[ToFinish]:
    """What must be finished before submitting: errors, unconfirmed figures, unexplained gaps."""
    found = []
    done = milestones_reported(asked.series for asked in due.values())
    lacking = {asked.key for asked in still_due(due.values(), done)}
    for pk, asked in due.items():
        name, cell, read = asked.name, cells.get(pk), reads.get(pk)
        faults = read.faults if read else ()
        found += [ToFinish(pk, fault.field, f"{name}: {fault.message}") for fault in faults]
        if read is not None and read.is_withdrawn:
            continue  # `_to_correct` looks up the figure that is withdrawn
        if read is None or not read.has_figure:
            is_unread = any(fault.field in FIGURE for fault in faults)
            says_why = pk not in lacking or (cell and cell.no_data_reason.strip())
            if not is_unread and not says_why:
                found.append(
                    ToFinish(pk, "value", f"{name}: enter a figure, or say why there is none")
                )
        elif read.warnings and not (cell and cell.confirmed and cell.confirm_reason.strip()):
            found.append(
                ToFinish(pk, "confirmed", f"{name}: check the figure, then confirm it and say why")
            )
    return found


def _to_correct(
    due: Mapping[int, FigureDue],
    cells: Mapping[int, ReturnCell],
    figures: Mapping[int, Actual],
) -> list[ToFinish]:
    """An approved figure is corrected, or withdrawn, with a reason of its own.

    A withdrawn figure reads as never reported, so a new one is entered without a reason.
    """
    found = []
    held = {
        (row.series_id, row.period_start, row.period_end): row
        for row in Actual.objects.current().filter(
            series__in={row.series.pk for row in due.values()},
            period_end__in={row.window.end for row in due.values()},
        )
    }
    for key, asked in due.items():
        approved = held.get((asked.series.pk, asked.window.start, asked.window.end))
        name, cell, figure = asked.name, cells.get(key), figures.get(key)
        is_withdrawn = figure is not None and figure.is_withdrawn
        if approved is None or approved.is_withdrawn:
            if is_withdrawn and approved is None:
                message = f"{name}: there is no approved figure to withdraw. Clear the tick"
                found.append(ToFinish(key, "withdrawn", message))
            continue
        if figure is None:
            if cell is not None and cell.no_data_reason.strip():
                message = (
                    f"{name}: a figure is approved already. Enter the right one, or tick that it "
                    "should never have been reported"
                )
                found.append(ToFinish(key, "value", message))
        elif _same_figure(approved, figure):
            continue
        elif not figure.change_reason:
            done = "withdrawn" if is_withdrawn else "corrected"
            message = f"{name}: say why the approved figure is {done}"
            found.append(ToFinish(key, "change_reason", message))
        # The box still holds the reason of the last correction, so it was not given for this one.
        elif figure.change_reason == approved.change_reason:
            message = f"{name}: say why it is corrected again; that was the reason of the last time"
            found.append(ToFinish(key, "change_reason", message))
    return found


def _keep_comments(
    due: Mapping[int, FigureDue],
    cells: Mapping[int, ReturnCell],
    *,
    recalled_at: datetime | None,
    by: User,
    at: datetime,
) -> int:
    """A comment becomes a version of its window's commentary, like a figure: how many did.

    Changed or emptied words are a new version; unchanged words are not, unless they were sent back
    with their row, or recalled.
    """
    # A comment that was sent back with its row, or recalled, is no longer in force.
    undone = {
        (cell.series_id, cell.period_end): max(
            (moment for moment in (cell.returned_at, recalled_at) if moment), default=NEVER
        )
        for cell in cells.values()
    }
    # A person's comment is compared with people's comments only, never with illustrative ones.
    standing = {
        (row.series_id, row.period_start, row.period_end): row.what_happened.strip()
        for row in Commentary.objects.filter(
            series__in={asked.series.pk for asked in due.values()},
            period_end__in={asked.window.end for asked in due.values()},
            is_illustrative=False,
        ).order_by("pk")
        if row.approved_at or row.written_at > undone.get((row.series_id, row.period_end), NEVER)
    }
    written = 0
    for key, asked in due.items():
        text = cells[key].comment.strip() if key in cells else ""
        series, window = asked.series, asked.window
        if text == standing.get((series.pk, window.start, window.end), ""):
            continue
        written += 1
        Commentary.objects.create(
            series=series,
            period_start=window.start,
            period_end=window.end,
            what_happened=text,
            written_at=at,
            written_by=by,
        )
    return written


def _withdraw_replaced(
    submission: Return, figures: Mapping[int, Actual], *, by: User, at: datetime
) -> int:
    """Send back the waiting versions that this submission replaces: how many there were."""
    replaced = 0
    now = {(row.series_id, row.period_start, row.period_end): row for row in figures.values()}
    for waiting in waiting_actuals(submission):
        figure = now.get((waiting.series_id, waiting.period_start, waiting.period_end))
        if figure is None or not _same_figure(waiting, figure):
            Decision.objects.create(
                actual=waiting,
                outcome=Decision.Outcome.RETURNED,
                decided_at=at,
                decided_by=by,
                known_from=at,
                reason="Submitted again before anyone decided on it",
            )
            replaced += 1
    return replaced


def _figure(
    submission: Return,
    asked: FigureDue,
    cell: ReturnCell,
    read: CellRead,
    *,
    by: User,
    at: datetime,
) -> Actual:
    """A cell as a version of its window's figure, not yet saved or numbered."""
    return Actual(
        series=asked.series,
        period_start=asked.window.start,
        period_end=asked.window.end,
        numerator=None if read.is_no_cases else read.numerator,
        denominator=None if read.is_no_cases else read.denominator,
        value=read.value,
        milestone_status=read.milestone_status,
        forecast_on=read.forecast_on,
        completed_on=read.completed_on,
        value_status=_status(read),
        status_reason=_status_reason(cell, read),
        origin=Actual.Origin.ENTERED,
        note=cell.confirm_reason if read.warnings else "",
        submission=submission,
        recorded_at=at,
        recorded_by=by,
        change_reason=cell.change_reason.strip(),
    )


def _status(read: CellRead) -> str:
    if read.is_withdrawn:
        return Actual.ValueStatus.WITHDRAWN
    return Actual.ValueStatus.NOT_APPLICABLE if read.is_no_cases else Actual.ValueStatus.FINAL


def _status_reason(cell: ReturnCell, read: CellRead) -> str:
    if read.is_withdrawn:
        return cell.change_reason.strip() or "Withdrawn"
    return "No cases: 0 of 0" if read.is_no_cases else ""


def _new_version(actual: Actual) -> bool:
    """Save it as the next version, unless the last one that was not sent back says the same.

    So a correction that is typed back to the approved figure makes no version.
    """
    versions = Actual.objects.filter(
        series=actual.series, period_start=actual.period_start, period_end=actual.period_end
    ).order_by("-version")
    previous = versions.first()
    standing = versions.exclude(decisions__outcome=Decision.Outcome.RETURNED).first()
    if standing is not None and _same_figure(standing, actual):
        return False
    actual.version = previous.version + 1 if previous else 1
    if previous is None:
        # A first version corrects nothing, whatever its box for the reason holds.
        actual.change_reason = ""
    else:
        actual.change_reason = actual.change_reason or "Submitted again"
    try:
        # Two people who submit at once get the same number: a constraint refuses the second.
        with transaction.atomic():
            actual.save(force_insert=True)
    except IntegrityError as error:
        raise ReturnRefused(
            f"{actual.series.measure.name} was submitted by someone else at the same moment. "
            "Load the page again."
        ) from error
    return True


def _same_figure(one: Actual, other: Actual) -> bool:
    names = (
        "numerator",
        "denominator",
        "value",
        "milestone_status",
        "forecast_on",
        "completed_on",
        "value_status",
    )

    def plain(actual: Actual) -> list[Any]:
        return [
            round(value, 6) if hasattr(value, "quantize") else value
            for value in (getattr(actual, name) for name in names)
        ]

    return plain(one) == plain(other)
