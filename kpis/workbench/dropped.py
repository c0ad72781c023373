"""What becomes of a commitment of the plan before that the draft does not take up."""

from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.permissions import Access
from accounts.roles import Capability
from kpis.models import Succession, Target
from kpis.workbench.locked import DraftRefused, locked_draft


@transaction.atomic
def drop_promise(
    *, draft_id: int, ended_id: int, reason: str, by: User, access: Access, at: datetime
) -> Succession:
    """Decide that a commitment of the plan before is dropped, and why."""
    access.require(Capability.EDIT_PLANS)
    draft = locked_draft(draft_id)
    if not reason.strip():
        raise DraftRefused("Enter why the promise is dropped", "reason")
    ended = Target.objects.filter(pk=ended_id, plan=draft.follows).first()
    if ended is None:
        raise DraftRefused("Choose a promise of the plan before")
    dropped, is_new = Succession.objects.get_or_create(
        draft=draft,
        ended=ended,
        defaults={
            "decision": Succession.Decision.DROPPED,
            "reason": reason.strip(),
            "decided_at": at,
            "decided_by": by,
        },
    )
    if not is_new:
        raise DraftRefused("What becomes of this promise is decided already. Load the page again.")
    changes = [audit.FieldChange.of("decision", None, "dropped")]
    audit.record(
        at=at, by=by, action="promise dropped", obj=ended, changes=changes, reason=dropped.reason
    )
    return dropped


@transaction.atomic
def keep_promise(*, draft_id: int, ended_id: int, by: User, access: Access, at: datetime) -> None:
    """Take back that a promise is dropped: it is undecided again."""
    access.require(Capability.EDIT_PLANS)
    draft = locked_draft(draft_id)
    for row in draft.successions.filter(ended=ended_id, decision=Succession.Decision.DROPPED):
        audit.record(at=at, by=by, action="promise dropped no longer", obj=row.ended)
        row.delete()
