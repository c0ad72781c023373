"""The tracker's own record of who changed what and why.

Called by services inside their transaction: no change without its row, no row without its
change. Library history keeps whole past rows; this keeps the act.
"""

from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.db import models, transaction
from django.utils import timezone

from accounts.models import AuditEvent, AuditReason, RoleGrant, User

request_id: ContextVar[str] = ContextVar("request_id", default="")
door: ContextVar[str] = ContextVar("door", default="")
REASON_IN_HISTORY = 100
# What an audit row says of words that a person typed freely.
SOME_TEXT = "(text)"
OTHER_TEXT = "(other text)"


@dataclass(frozen=True)
class FieldChange:
    """One field before and after, as text; empty means absent."""

    field: str
    old: str
    new: str

    @classmethod
    def of(cls, field: str, old: Any, new: Any) -> "FieldChange":
        return cls(field, _text(old), _text(new))

    @classmethod
    def of_text(cls, field: str, old: str, new: str) -> "FieldChange":
        """That words were written, changed or emptied; never the words: they stay in one place."""
        before = SOME_TEXT if old else ""
        if old and new and old != new:
            return cls(field, before, OTHER_TEXT)
        return cls(field, before, SOME_TEXT if new else "")


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value)


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[FieldChange]:
    """The fields whose text changed, in the order of `after`."""
    found = [FieldChange.of(field, before.get(field), new) for field, new in after.items()]
    return [change for change in found if change.old != change.new]


def give_reason(row: models.Model, reason: str) -> None:
    """The reason that library history keeps with the row's next save."""
    cast(Any, row)._change_reason = reason.strip()[:REASON_IN_HISTORY]


def record(
    *,
    at: datetime,
    by: User | None,
    action: str,
    obj: models.Model,
    changes: Iterable[FieldChange] = (),
    reason: str = "",
    key: str = "",
) -> AuditEvent:
    """Write one event; must run inside the transaction of the change (`by=None`: the system).

    `changes` and `key` carry no words that a person typed freely (`FieldChange.of_text`).
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("An audit event belongs inside the transaction of its change.")
    event = AuditEvent.objects.create(
        at=at,
        by=by,
        action=action,
        object_type=obj._meta.label_lower,
        object_key=(key or str(obj))[:200],
        changes=[{"field": c.field, "old": c.old, "new": c.new} for c in changes],
        door=door.get(),
        request_id=request_id.get(),
    )
    if reason.strip():
        AuditReason.objects.create(event=event, text=reason.strip())
    return event


def record_first_administrator(*, grant: RoleGrant, **_: Any) -> None:
    """`createsuperuser` makes a person and their role, and nobody signed in did it."""
    record(at=timezone.now(), by=None, action="first administrator", obj=grant)
