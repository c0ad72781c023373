"""The states of a return and the moves between them; its row, locked for a write.

    not started → draft ⇄ submitted → approved
                            ↓   ↑
                          returned (with a reason)

An approved return stays approved: what is typed into it is a correction (submit.py). One that was
sent back, whole or in part, stays returned until it is submitted again.

Every write locks the month's row first, then the return's, then its cells by key; checks the
version it was based on; and writes its audit row last, in the same transaction. So nothing is
written after a lock. A locked month refuses every write; reopening it is on record
(months/clock.py).
"""

from datetime import datetime

from accounts.refusals import Refused
from kmpt_tracker.ui.formats import format_moment
from kpis.models import ReportingPeriod, Return
from kpis.months.clock import shared_period
from kpis.months.due import why_no_return
from kpis.returns.sections import in_section
from strategy.models import CareGroup
from strategy.periods import Month

Status = Return.Status

# The statuses that may follow each. A lead opens, saves, submits and recalls; the team does the
# rest. A submitted return stays so while some of its rows are decided on.
TRANSITIONS: dict[str, tuple[str, ...]] = {
    Status.NOT_STARTED: (Status.DRAFT,),
    Status.DRAFT: (Status.DRAFT, Status.SUBMITTED),
    Status.SUBMITTED: (Status.DRAFT, Status.SUBMITTED, Status.APPROVED, Status.RETURNED),
    Status.RETURNED: (Status.RETURNED, Status.SUBMITTED),
    Status.APPROVED: (Status.APPROVED,),
}
# A draft on top of these does not change the state of the return.
KEPT_WHEN_SAVED = (Status.RETURNED, Status.APPROVED)


class ReturnRefused(Refused):
    """A return cannot be saved, submitted or decided on."""


class NothingDue(ReturnRefused):
    """The return asks for no figure, so there is nothing to submit."""

    def __init__(self, submission: Return):
        super().__init__(
            f"Nothing falls due for {submission.care_group.name} in "
            f"{submission.period.month.full_label}: there is nothing to submit"
        )


def open_return(*, period: ReportingPeriod, care_group: CareGroup) -> Return:
    """The return of a care group for a month, made if needed. Two people who open it at once get
    one.
    """
    refuse_outside(care_group, period.month)
    submission, _ = Return.objects.get_or_create(period=period, care_group=care_group)
    return submission


def in_section_or_refuse(submission: Return, section: str, *, is_locked: bool = False) -> Return:
    """The return in hand with a section of it: see sections.py."""
    try:
        return in_section(submission, section, is_locked=is_locked)
    except Refused as error:
        raise ReturnRefused(str(error), "section") from None


def locked_return(submission_id: int, *, at: datetime, section: str = "") -> Return:
    """Lock the month's row, then the return, and get the return, in hand with a section of it
    where it has sections.

    Raises ReturnRefused when the month is locked, unless this return alone was opened again, or has
    not ended, or when the care group did not exist at its end.
    """
    found = Return.objects.values_list("period_id", flat=True)
    period = shared_period(found.get(pk=submission_id))
    submission = (
        Return.objects.select_for_update(of=("self",), no_key=True)
        .select_related("care_group")
        .get(pk=submission_id)
    )
    submission.period = period
    if submission.is_locked:
        raise ReturnRefused(
            f"{period.month.full_label} is locked. The performance team can open it again, "
            "with a reason."
        )
    if at < period.opens_at:
        opens = format_moment(period.opens_at)
        raise ReturnRefused(f"Entry for {period.month.full_label} opens {opens}")
    refuse_outside(submission.care_group, period.month)
    return in_section_or_refuse(submission, section, is_locked=True)


def refuse_outside(care_group: CareGroup, month: Month) -> None:
    """Refuse a month in which the care group did not exist on the last day."""
    if why := why_no_return(care_group, month):
        raise ReturnRefused(why)


def move(submission: Return, status: str) -> None:
    """Move a return to a status, where the table of transitions allows it."""
    if status not in TRANSITIONS[submission.status]:
        raise ReturnRefused(
            f"This return is {submission.get_status_display().lower()}: it cannot become "
            f"{Return.Status(status).label.lower()} now. Load the page again to see how it stands."
        )
    submission.status = status
    submission.version += 1
