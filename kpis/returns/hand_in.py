"""Save what was typed and submit the return: both, or the saving alone, in one transaction."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.models import User
from accounts.permissions import Access
from kpis.models import Return
from kpis.returns.in_hand import find_return
from kpis.returns.merging import CellEntry
from kpis.returns.page import return_page
from kpis.returns.save import Saved, save_first_draft
from kpis.returns.states import ReturnRefused
from kpis.returns.submit import ToFinish, nothing_yet, submit
from strategy.models import CareGroup
from strategy.periods import Month

NEWER = (
    "Your figures are saved and not submitted: someone else has changed this return since you "
    "opened it. Check it as it stands below, then submit it again."
)


@dataclass(frozen=True)
class HandedIn:
    """The result: submitted, or saved and why not submitted.

    `unfinished` lists everything that prevents submission; `refusal` is another reason, in words.
    """

    saved: Saved
    unfinished: tuple[ToFinish, ...] = ()
    refusal: str = ""
    is_submitted: bool = False


@transaction.atomic
def save_and_submit(
    *,
    month: Month,
    care_group: CareGroup,
    entries: Iterable[CellEntry],
    without_comments: bool,
    by: User,
    access: Access,
    at: datetime,
    section: str = "",
) -> HandedIn:
    """Save the rows, then submit the return. Whatever stops it is listed together, comments that
    are asked for and not written among it; the rows stay saved.

    `without_comments`: the lead chooses to submit it without them, and the approver sees that they
    are missing. A correction of an approved return asks for none.

    Raises ReturnRefused and NotAllowed as `save_draft` does; then nothing is saved.
    """
    saved = save_first_draft(
        month=month,
        care_group=care_group,
        entries=entries,
        by=by,
        access=access,
        at=at,
        section=section,
    )
    if saved.conflicts or saved.unkept:
        return HandedIn(saved)
    if saved.newer:
        return HandedIn(saved, refusal=NEWER)
    if saved.submission.pk is None:
        return HandedIn(saved, unfinished=tuple(nothing_yet(saved.submission)))
    before = saved.submission.version
    asks = not without_comments and saved.submission.status != Return.Status.APPROVED
    missing = missing_comments(saved.submission, now=at) if asks else []
    try:
        with transaction.atomic():
            unfinished = submit(
                submission_id=saved.submission.pk,
                version=before,
                by=by,
                access=access,
                at=at,
                section=section,
            )
            if missing:
                transaction.set_rollback(True)
    except ReturnRefused as error:
        return HandedIn(saved, refusal=f"{error}")
    if unfinished or missing:
        return HandedIn(saved, unfinished=(*unfinished, *missing))
    submission = find_return(period=saved.submission.period, care_group=care_group, section=section)
    return HandedIn(saved, is_submitted=submission.version != before)


def missing_comments(submission: Return, *, now: datetime) -> list[ToFinish]:
    """The rows whose figure asks for a comment that nobody has written."""
    return [
        # The question itself is the label of the box.
        ToFinish(row.asked.key, "comment", f"{row.asked.name}: write a comment")
        for row in return_page(submission, now=now).rows
        if row.lacks_comment
    ]
