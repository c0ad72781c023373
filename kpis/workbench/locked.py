"""A draft while it is written: its row locked, its version counted, what changed on record."""

from datetime import datetime
from typing import Any

from accounts import audit
from accounts.models import User
from accounts.refusals import Refused
from kpis.models import DraftLine, PlanDraft


class DraftRefused(Refused):
    """A draft cannot be written like this."""


class DraftConflict(DraftRefused):
    """Somebody else saved the same thing meanwhile: `theirs` is what they saved."""

    def __init__(self, message: str, theirs: str):
        super().__init__(message, "statement")
        self.theirs = theirs


def locked_draft(draft_id: int) -> PlanDraft:
    """A draft that may be written, its row locked."""
    draft = PlanDraft.objects.select_for_update(of=("self",), no_key=True).get(pk=draft_id)
    if draft.status != PlanDraft.Status.DRAFT:
        raise DraftRefused(
            f"This plan is {draft.get_status_display().lower()}: its draft is fixed. Whoever would "
            "change it sends it back first."
        )
    return draft


def saved_meanwhile(who: User, *, reader: User) -> str:
    saved = "You have saved this in another tab" if who == reader else f"{who} has saved this"
    return f"{saved} since you opened it. Both are shown: nothing of yours is saved yet."


def touch(draft: PlanDraft, *, by: User, at: datetime) -> None:
    """Save a locked draft as its next version."""
    draft.version += 1
    draft.changed_at, draft.changed_by = at, by
    draft.save()


def record_changes(
    row: PlanDraft | DraftLine,
    action: str,
    before: dict[str, Any],
    after: dict[str, Any],
    *,
    by: User,
    at: datetime,
) -> None:
    """What changed; the words themselves are only in the draft."""
    changes = []
    for name, new in after.items():
        old = before.get(name)
        if isinstance(new, str) and isinstance(old, str):
            if new != old:
                changes.append(audit.FieldChange.of_text(name, old, new))
        elif new != old:
            changes.append(audit.FieldChange.of(name, old, new))
    audit.record(at=at, by=by, action=action, obj=row, changes=changes)
