"""Decide on the waiting rows of a return: approve or send back, as a whole or row by row.

Nobody decides on a figure they entered: neither the person who submitted it, nor the person who
typed it last. A decision on an approved return is one on its corrections, and leaves it approved.
"""

from collections.abc import Collection, Iterable, Mapping
from copy import copy
from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import AuditEvent, User
from accounts.permissions import Access, NotAllowed
from accounts.roles import Capability
from kpis.assessments.store import touch
from kpis.models import Commentary, Decision, Return
from kpis.returns.sections import in_section, sections_due
from kpis.returns.states import ReturnRefused, locked_return, move
from kpis.returns.waiting import WaitingRow, keys_of, last_act, waiting_rows, what_happened_since

Status = Return.Status
FIGURE_FIELDS = (
    "numerator",
    "denominator",
    "value",
    "milestone_status",
    "forecast",
    "completed",
)
# An act on a return that is not approved yet → the same on the corrections of one that is.
OF_CORRECTIONS = {"approved": "corrections approved", "returned": "corrections returned"}
DECIDING = {"rows approved", *OF_CORRECTIONS, *OF_CORRECTIONS.values()}


def own_rows(submission: Return, waiting: Mapping[int, WaitingRow], by: User) -> set[int]:
    """The rows that a person may not decide on: they typed them, or submitted the return."""
    if not waiting or submission.last_submitted_by_id == by.pk:
        return set(waiting)
    found = set()
    saves = list(
        AuditEvent.objects.filter(
            object_type=submission._meta.label_lower,
            object_key__in=keys_of(submission),
            action="draft saved",
        ).order_by("at", "pk")
    )
    for key, row in waiting.items():
        written = row.comment is not None and row.comment.written_by_id == by.pk
        if row.actual is None:
            own = row.cell.saved_by_id == by.pk
        else:
            typed = _who_typed(saves, row.code, until=row.actual.recorded_at)
            own = by.pk in {row.actual.recorded_by_id, *typed}
        if own or written:
            found.add(key)
    return found


def _who_typed(saves: Iterable[AuditEvent], code: str, *, until: datetime) -> set[int | None]:
    """Who typed each part of a figure last before it was submitted, by the record of the drafts."""
    last: dict[str, int | None] = {}
    for save in saves:
        if save.at <= until:
            last |= {change["field"]: save.by_id for change in save.changes}
    return {last.get(f"{code}.{field}") for field in FIGURE_FIELDS} - {None}


@transaction.atomic
def approve(
    *,
    submission_id: int,
    version: int,
    by: User,
    access: Access,
    at: datetime,
    rows: Collection[int] | None = None,
    section: str = "",
) -> Return:
    """Approve all waiting rows of a return, or these ones: current, and known, from this moment.

    The return is approved once nothing of it waits. A second identical request, such as a double
    click, changes nothing.

    Raises ReturnRefused for a locked month, another version, a row that does not wait or a return
    of which nothing does; and NotAllowed for a person who may not approve, or who entered one of
    the figures.
    """
    access.require(Capability.APPROVE_RETURNS)
    submission = locked_return(submission_id, at=at, section=section)
    if _is_repeated(submission, version, by):
        return submission
    waiting = _waiting(submission, version)
    chosen = waiting if rows is None else _chosen(waiting, rows)
    _refuse_own(submission, chosen, by)
    return _decide(submission, waiting, approved=chosen, returned={}, by=by, at=at)


@transaction.atomic
def send_back(
    *,
    submission_id: int,
    version: int,
    by: User,
    access: Access,
    at: datetime,
    reason: str = "",
    rows: Mapping[int, str] | None = None,
    approve_others: bool = False,
    section: str = "",
) -> Return:
    """Send back all waiting rows with one reason, or the rows given, each with its own.

    The other rows go on waiting, or those that this person did not enter are approved in the same
    act. The return stays returned until it is submitted again and its last row is approved; an
    approved one stays approved.

    Raises ReturnRefused without a reason and otherwise as `approve`, and NotAllowed as `approve`.
    """
    access.require(Capability.APPROVE_RETURNS)
    reasons = (reason,) if rows is None else rows.values()
    if not reasons:
        raise ReturnRefused("Choose what goes back", "rows")
    if not all(words.strip() for words in reasons):
        raise ReturnRefused(
            "Say why the return goes back, so that the care group can act on it", "reason"
        )
    submission = locked_return(submission_id, at=at, section=section)
    if _is_repeated(submission, version, by):
        return submission
    waiting = _waiting(submission, version)
    whole = rows is None
    returned = dict.fromkeys(waiting, reason) if rows is None else dict(rows)
    _chosen(waiting, returned)
    others = {key: row for key, row in waiting.items() if key not in returned}
    own = own_rows(submission, others, by) if approve_others else set()
    approved = {key: row for key, row in others.items() if key not in own and approve_others}
    _refuse_own(submission, {**approved, **{key: waiting[key] for key in returned}}, by)
    return _decide(
        submission,
        waiting,
        approved=approved,
        returned=returned,
        by=by,
        at=at,
        reason=reason if whole else "",
    )


def send_corrections_back(submission: Return, *, by: User, at: datetime, reason: str) -> int:
    """Send back every correction that nobody decided on; returns how many rows.

    Nothing is judged here, so that it may be done by whoever entered them. Call it in the
    transaction that locks the month, which holds the rows of month and return.
    """
    count = 0
    for section in [*sections_due(submission)] or [""]:
        part = in_section(copy(submission), section, is_locked=True)
        waiting = waiting_rows(part) if part.status == Status.APPROVED else {}
        if waiting:
            back = dict.fromkeys(waiting, reason)
            _decide(part, waiting, approved={}, returned=back, by=by, at=at)
        count += len(waiting)
    return count


def _is_repeated(submission: Return, version: int, by: User) -> bool:
    """Whether this person has just done this: the first of two requests raised the version."""
    if submission.version != version + 1:
        return False
    last = last_act(submission)
    return last is not None and last.by_id == by.pk and last.action in DECIDING


def _waiting(submission: Return, version: int) -> dict[int, WaitingRow]:
    """The waiting rows of a return. Refuse a return that has changed, or that has none."""
    if submission.version != version:
        raise ReturnRefused(
            "This return has changed since you opened it: "
            f"{what_happened_since(submission) or 'somebody saved it'}. Check it as it stands now"
        )
    waiting = waiting_rows(submission)
    if not waiting and submission.status != Status.SUBMITTED:
        stands = submission.get_status_display().lower()
        raise ReturnRefused(f"This return is {stands}: nothing of it waits for a decision")
    return waiting


def _chosen(waiting: Mapping[int, WaitingRow], rows: Iterable[int]) -> dict[int, WaitingRow]:
    if any(key not in waiting for key in rows):
        raise ReturnRefused("A row that you chose does not wait for a decision any longer", "rows")
    return {key: waiting[key] for key in rows}


def _refuse_own(submission: Return, chosen: Mapping[int, WaitingRow], by: User) -> None:
    if submission.last_submitted_by_id == by.pk or own_rows(submission, chosen, by):
        raise NotAllowed(
            Capability.APPROVE_RETURNS,
            "You entered or submitted figures of this return yourself. "
            "Someone else of the performance team decides on it.",
        )


def _decide(
    submission: Return,
    waiting: Mapping[int, WaitingRow],
    *,
    approved: Mapping[int, WaitingRow],
    returned: Mapping[int, str],
    by: User,
    at: datetime,
    reason: str = "",
) -> Return:
    """Write the decisions, the status that follows from them, and the record."""
    is_approved = submission.status == Status.APPROVED
    goes_back = bool(returned or reason) and not is_approved
    is_left = any(key not in approved and key not in returned for key in waiting)
    if goes_back or submission.status == Status.RETURNED:
        status = Status.RETURNED
    else:
        status = Status.SUBMITTED if is_left and not is_approved else Status.APPROVED
    if not reason or is_approved:
        for key, words in returned.items():
            cell = waiting[key].cell
            cell.returned_at, cell.returned_by, cell.returned_reason = at, by, words
            cell.save(update_fields=["returned_at", "returned_by", "returned_reason"])
    touch(row.actual.series_id for row in approved.values() if row.actual)
    move(submission, status)
    if status == Status.APPROVED and submission.approved_by_id is None:
        submission.approved_at, submission.approved_by = at, by
    if goes_back:
        count = len(returned)
        back = f"{count} {'figure goes' if count == 1 else 'figures go'} back: see below"
        submission.returned_at, submission.returned_by = at, by
        submission.returned_reason = reason or back
    submission.save()
    outcomes = [(row, Decision.Outcome.APPROVED, "") for row in approved.values()]
    outcomes += [(waiting[key], Decision.Outcome.RETURNED, why) for key, why in returned.items()]
    Decision.objects.bulk_create(
        [
            Decision(
                actual=row.actual,
                outcome=outcome,
                decided_at=at,
                decided_by=by,
                known_from=at,
                reason=why,
            )
            for row, outcome, why in outcomes
            if row.actual
        ]
    )
    Commentary.objects.filter(
        pk__in=[row.comment.pk for row in approved.values() if row.comment]
    ).update(approved_at=at)
    act = "returned" if returned or reason else "approved"
    if is_approved:
        act = OF_CORRECTIONS[act]
    elif act == "approved" and status != Status.APPROVED:
        act = "rows approved"
    audit.record(
        at=at,
        by=by,
        action=act,
        obj=submission,
        changes=[
            audit.FieldChange.of(row.cell.series.measure.code, "submitted", outcome)
            for row, outcome, _ in outcomes
        ],
        reason=reason
        or (next(iter(returned.values())) if len(set(returned.values())) == 1 else ""),
    )
    return submission
