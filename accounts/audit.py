"""The tracker's own record of who changed what and why.

Services call it inside their transaction, so a change and its audit row are written together.
The library's history keeps whole past rows; this keeps what was done.
"""

from collections.abc import Iterable
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

from django.db import OperationalError, connection, models, transaction
from django.utils import timezone

from accounts.models import AuditCounter, AuditEvent, AuditReason, NumberedAt, RoleGrant, User

request_id: ContextVar[str] = ContextVar("request_id", default="")
door: ContextVar[str] = ContextVar("door", default="")
REASON_IN_HISTORY = 100
# Replaces free text in an audit row.
SOME_TEXT = "(text)"
OTHER_TEXT = "(other text)"
# The action that empties free text. Its key ends in that of the row.
WORDS_WITHDRAWN = "words withdrawn"


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
    if isinstance(value, Decimal):
        # A column gives back more zeros than were typed: 95.000000 is 95, and no change.
        return f"{value.normalize():f}" if value.is_finite() else str(value)
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


def ended_after(moment: datetime) -> list[datetime]:
    """The moments up to this one at which changes were begun that others could read only after it.

    Rows that such a change wrote carry its moment, so that who asks for what was written since
    would miss them by their own moments alone.
    """
    numbers = NumberedAt.objects.filter(at__gt=moment).values("number")
    late = AuditEvent.objects.filter(number__in=numbers, at__lte=moment).order_by()
    return sorted(late.values_list("at", flat=True).distinct())


def end_in_turn() -> datetime:
    """For a write that leaves no audit row, at its end: wait its turn as one that is numbered, and
    say when it ends. `let_writes_end` waits for it too.
    """
    if connection.vendor == "postgresql":
        AuditCounter.objects.select_for_update(no_key=True).first()
    return timezone.now()


def let_writes_end() -> None:
    """Wait until whatever has been numbered by now can be read.

    Between the number and the end of a transaction others cannot read it yet: who reads then, and
    asks later for what was numbered since, would never get it. A writer that takes longer than a
    connection waits is not waited for.
    """
    connection.ensure_connection()
    if connection.in_atomic_block:
        return
    if connection.vendor == "postgresql":
        with transaction.atomic():
            AuditCounter.objects.select_for_update(no_key=True).first()
        return
    # The one writer of SQLite: Django's transactions there are writers from their beginning.
    with suppress(OperationalError), transaction.atomic():
        pass
