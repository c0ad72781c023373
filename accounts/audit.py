"""The tracker's own record of who changed what and why.

Services call it inside their transaction, so a change and its audit row are written together.
The library's history keeps whole past rows; this keeps what was done.
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
# Replaces free text in an audit row.
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
        """Record that text was written, changed or emptied, without the text itself.

        Text may have to be withdrawn later, so it is kept in one place only.
        """
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
    """Set the reason that the library's history keeps with the row's next save."""
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
    """Write one event inside the transaction of the change (`by=None`: the system).

    `changes` and `key` must hold no free text that a person typed (`FieldChange.of_text`).
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
    """Audit `createsuperuser`, which makes a person and their role while nobody is signed in."""
    record(at=timezone.now(), by=None, action="first administrator", obj=grant)
