"""A nil return: nothing to report this month, with one reason for every row."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from accounts.models import User
from accounts.permissions import Access
from accounts.roles import Capability
from kmpt_tracker.ui.typed import check_text
from kpis.models import Return, ReturnCell
from kpis.months.clock import open_period
from kpis.months.due import FigureDue
from kpis.returns.cells import TEXT_LIMITS, CellText
from kpis.returns.in_hand import cells_of, due_rows, text_of
from kpis.returns.merging import CellEntry
from kpis.returns.save import save_draft
from kpis.returns.states import NothingDue, ReturnRefused, in_section_or_refuse, open_return
from kpis.returns.submit import ToFinish, submit
from kpis.returns.waiting import what_happened_since
from strategy.models import CareGroup
from strategy.periods import Month


@transaction.atomic
def submit_nil(
    *,
    month: Month,
    care_group: CareGroup,
    reason: str,
    by: User,
    access: Access,
    at: datetime,
    section: str = "",
) -> list[ToFinish]:
    """Submit a return without figures, whether anyone has started it or not.

    The reason is given at every row that has none of its own. The return is approved, sent back and
    recalled like any other. What stops it is listed, and then nothing is submitted.

    Raises ReturnRefused without a reason, while a figure is typed (it says which), for a return
    that is submitted or approved, or of which nothing is due; and otherwise as `save_draft`.
    """
    access.require(Capability.ENTER_RETURNS, care_group=care_group.pk)
    name, limit = TEXT_LIMITS["no_data_reason"]
    if problem := check_text(reason, limit, name=name):
        raise ReturnRefused(problem, "nil_reason")
    if not reason.strip():
        raise ReturnRefused("Say why there is nothing to report", "nil_reason")
    with transaction.atomic():
        submission = open_return(period=open_period(month, at=at), care_group=care_group)
        submission = in_section_or_refuse(submission, section)
        unfinished = _submit(submission, reason, by=by, access=access, at=at)
        if unfinished:
            transaction.set_rollback(True)
    return unfinished


def _submit(
    submission: Return, reason: str, *, by: User, access: Access, at: datetime
) -> list[ToFinish]:
    if submission.status in (Return.Status.SUBMITTED, Return.Status.APPROVED):
        if submission.is_nil and submission.last_submitted_by_id == by.pk:
            return []
        raise ReturnRefused(f"Nothing to submit: {what_happened_since(submission)}")
    due, cells = due_rows(submission), cells_of(submission)
    if not due:
        raise NothingDue(submission)
    _refuse_figures(due, cells)
    saved = save_draft(
        submission_id=submission.pk,
        entries=[_entry(key, cells.get(key), reason) for key in due],
        by=by,
        access=access,
        at=at,
        section=submission.section_code,
    )
    return submit(
        submission_id=submission.pk,
        version=saved.submission.version,
        by=by,
        access=access,
        at=at,
        nil_reason=reason.strip(),
        section=submission.section_code,
    )


def _refuse_figures(due: Mapping[int, FigureDue], cells: Mapping[int, ReturnCell]) -> None:
    texts = {key: text_of(cell) for key, cell in cells.items() if key in due}
    typed = [due[key].name for key, text in texts.items() if text.has_figure or text.withdrawn]
    if typed:
        raise ReturnRefused(
            f"A nil return has no figures, and {', '.join(sorted(typed))} "
            f"{'has one' if len(typed) == 1 else 'have one'}. Clear "
            f"{'it' if len(typed) == 1 else 'them'}, or submit the return as it is",
            "nil_reason",
        )


def _entry(key: int, cell: ReturnCell | None, reason: str) -> CellEntry:
    text = text_of(cell) if cell else CellText()
    if not text.no_data_reason.strip():
        text = replace(text, no_data_reason=reason)
    return CellEntry(key, cell.version if cell else 0, text)
