"""Recording that the board accepts a level of a measure, and agreeing to it as a second person.

    proposed → approved | rejected (with a reason) | withdrawn (by who recorded it)

No colour changes: what is off target stays off target. A later decision takes the place of an
earlier one, so a level can also be shortened or raised.
"""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.permissions import Access, NotAllowed
from accounts.roles import Capability
from kmpt_tracker.ui.formats import format_date, format_value
from kpis.dated_changes.decide import ChangeRefused, decide, require_waiting
from kpis.models import AcceptedLevel, Measure
from kpis.rag import Direction

Outcome = AcceptedLevel.Outcome
LONGEST = 160


@transaction.atomic
def record_level(
    *,
    measure_id: int,
    level: Decimal,
    effective_from: date,
    ends_on: date,
    meeting: str,
    reason: str,
    by: User,
    access: Access,
    at: datetime,
) -> AcceptedLevel:
    """Record what the board accepted: `ends_on` is its last day. Nothing holds before it is agreed.

    Raises ChangeRefused with the field that is wrong, for a measure that is not rated by a level,
    and while another waits.
    """
    access.require(Capability.ACCEPT_LEVELS)
    measure = Measure.objects.select_for_update(no_key=True).get(pk=measure_id)
    if measure.is_milestone or measure.direction == Direction.NEUTRAL:
        raise ChangeRefused("This measure is not rated by a level: there is none to accept")
    if not meeting.strip() or len(meeting.strip()) > LONGEST:
        raise ChangeRefused(
            f"Enter the meeting and its minute, in {LONGEST} characters or fewer", "meeting"
        )
    if not reason.strip():
        raise ChangeRefused("Enter why the board accepts it", "reason")
    if ends_on < effective_from:
        raise ChangeRefused(
            f"The last day must be on or after the first ({format_date(effective_from)})", "ends_on"
        )
    if measure.direction == Direction.BAND and level < 0:
        raise ChangeRefused("How far outside the range it may be is 0 or more", "level")
    for limit, is_beyond, word in (
        (measure.minimum, lambda most: level < most, "less than the least"),
        (measure.maximum, lambda most: level > most, "more than the most"),
    ):
        if measure.direction != Direction.BAND and limit is not None and is_beyond(limit):
            said = format_value(limit.normalize(), measure.unit)
            raise ChangeRefused(f"The level is {word} this measure can be ({said})", "level")
    if measure.accepted_levels.filter(outcome=Outcome.PROPOSED).exists():  # type: ignore[attr-defined]
        raise ChangeRefused(
            "A level of this measure is already waiting. It is decided on, or withdrawn, first."
        )
    row = AcceptedLevel.objects.create(
        measure=measure,
        level=level,
        effective_from=effective_from,
        ends_on=ends_on,
        meeting=meeting.strip(),
        reason=reason.strip(),
        proposed_at=at,
        proposed_by=by,
    )
    _record(row, "accepted level recorded", by=by, at=at, reason=row.reason)
    return row


@transaction.atomic
def agree_level(*, level_id: int, by: User, access: Access, at: datetime) -> AcceptedLevel:
    """Agree, as a second person who may record one: it holds from its day, and is known from now.

    Raises NotAllowed for who recorded it, and ChangeRefused when it was decided already.
    """
    access.require(Capability.ACCEPT_LEVELS)
    row = _waiting(level_id)
    if row.proposed_by_id == by.pk:
        raise NotAllowed(
            Capability.ACCEPT_LEVELS,
            "You recorded this level yourself. Another board secretary, or someone else of the "
            "performance team, agrees to it.",
        )
    decide(row, Outcome.APPROVED, by=by, at=at)
    _record(row, "accepted level agreed", by=by, at=at, reason=row.reason)
    return row


@transaction.atomic
def refuse_level(
    *, level_id: int, reason: str, by: User, access: Access, at: datetime
) -> AcceptedLevel:
    """Refuse it, as a second person, with a reason. Who recorded it withdraws it instead."""
    access.require(Capability.ACCEPT_LEVELS)
    row = _waiting(level_id)
    if row.proposed_by_id == by.pk:
        raise NotAllowed(
            Capability.ACCEPT_LEVELS, "You recorded this level yourself: withdraw it instead."
        )
    if not reason.strip():
        raise ChangeRefused("Enter why the level is not agreed", "reason")
    decide(row, Outcome.REJECTED, by=by, at=at, reason=reason.strip())
    _record(row, "accepted level refused", by=by, at=at, reason=reason)
    return row


@transaction.atomic
def withdraw_level(*, level_id: int, by: User, access: Access, at: datetime) -> AcceptedLevel:
    """Withdraw it before anyone has decided on it. Only who recorded it may."""
    access.require(Capability.ACCEPT_LEVELS)
    row = _waiting(level_id)
    if row.proposed_by_id != by.pk:
        raise NotAllowed(
            Capability.ACCEPT_LEVELS, "Only who recorded a level withdraws it. Refuse it instead."
        )
    decide(row, Outcome.WITHDRAWN, by=by, at=at)
    _record(row, "accepted level withdrawn", by=by, at=at, reason="")
    return row


def _waiting(level_id: int) -> AcceptedLevel:
    """An undecided level. Its measure's row is locked first."""
    measure = AcceptedLevel.objects.values_list("measure", flat=True).get(pk=level_id)
    Measure.objects.select_for_update(no_key=True).get(pk=measure)
    # Read under the lock: somebody may have decided while this request waited for it.
    row = AcceptedLevel.objects.select_related("measure").get(pk=level_id)
    require_waiting(row)
    return row


def _record(row: AcceptedLevel, action: str, *, by: User, at: datetime, reason: str) -> None:
    audit.record(
        at=at,
        by=by,
        action=action,
        obj=row.measure,
        changes=[
            audit.FieldChange.of("accepted_level", None, row.level),
            audit.FieldChange.of("effective_from", None, row.effective_from),
            audit.FieldChange.of("ends_on", None, row.ends_on),
        ],
        reason=reason,
    )
