"""Changing a text of a plan: with a reason, on the day it is decided, its words before kept.

    proposed → approved | rejected (with a reason) | withdrawn (by its proposer)

The words of a commitment take a second person; other texts change at once. The row carries the
words in force, because every page, file and search reads it; the library's history keeps what it
said before, and the change says who, when and why (decision 21). No figure is judged by words.
"""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from accounts import audit
from accounts.administration.conflicts import last_change
from accounts.models import User
from accounts.permissions import Access
from accounts.roles import Capability
from kmpt_tracker.ui.formats import format_moment
from kpis.dated_changes.decide import (
    ChangeRefused,
    decide,
    require_other_to_reject,
    require_own_to_withdraw,
    require_second_person,
    require_waiting,
)
from kpis.models import Target, TextChange
from kpis.plans.texts import (
    KINDS,
    NAMES,
    as_text,
    as_value,
    row_named,
    sharing,
    takes_two,
    texts_of,
)
from strategy.models import Plan
from strategy.moments import london_date
from strategy.notes import touched

Outcome = TextChange.Outcome
LONGEST = 8000


class TextsMoved(ChangeRefused):
    """Somebody else has changed the same text: both are shown, nothing is saved."""


@transaction.atomic
def change_texts(
    *,
    plan_id: int,
    kind: str,
    row_id: int,
    typed: Mapping[str, str],
    seen: Mapping[str, str],
    reason: str,
    by: User,
    access: Access,
    at: datetime,
) -> list[TextChange]:
    """Change the texts of one row of a plan. Those of a commitment wait for a second person.

    `typed`: by field, as typed; `seen`: the same as the page showed them. A text that one left
    alone takes what somebody else has saved meanwhile. Raises ChangeRefused with the field at
    fault, for no reason and no difference, and where a change of the text already waits.
    """
    access.require(Capability.EDIT_PLANS)
    plan = Plan.objects.select_for_update(no_key=True).get(pk=plan_id)
    row = KINDS[kind].of(plan).get(pk=row_id)
    now = texts_of(row)
    if not reason.strip():
        raise ChangeRefused("Enter why the text changes", "reason")
    changed = {}
    for field, held in now.items():
        text = _tidy(typed.get(field, held))
        if text in (_tidy(held), _tidy(seen.get(field, held))):
            continue
        if _tidy(held) != _tidy(seen.get(field, held)):
            raise TextsMoved(_both(row, field, held, text, by), field)
        _check(row, field, text)
        changed[field] = text
    if not changed:
        raise ChangeRefused("Change the text, or leave the page", next(iter(now)))
    made = [
        _proposed(plan, other, field, text, reason=reason.strip(), by=by, at=at)
        for field, text in changed.items()
        for other in sharing(row)
    ]
    if not takes_two(row):
        for change in made:
            _apply(change, by=by, at=at)
    return made


@transaction.atomic
def approve_text(*, change_id: int, by: User, access: Access, at: datetime) -> list[TextChange]:
    """Approve a change, as a second person, with the same change of targets that share the words.

    Raises ChangeRefused when it was decided already, and NotAllowed for its own proposer.
    """
    access.require(Capability.EDIT_PLANS)
    found = _together(change_id)
    require_second_person(found[0], by)
    for change in found:
        _apply(change, by=by, at=at)
    return found


@transaction.atomic
def reject_text(
    *, change_id: int, reason: str, by: User, access: Access, at: datetime
) -> list[TextChange]:
    """Reject a change, as a second person, with a reason. The words stay as they are."""
    access.require(Capability.EDIT_PLANS)
    found = _together(change_id)
    require_other_to_reject(found[0], by)
    if not reason.strip():
        raise ChangeRefused("Enter why the change is not approved", "reason")
    for change in found:
        _close(change, Outcome.REJECTED, reason.strip(), by=by, at=at)
    return found


@transaction.atomic
def withdraw_text(*, change_id: int, by: User, access: Access, at: datetime) -> list[TextChange]:
    """Withdraw a change before anyone has decided on it. Only its proposer may."""
    access.require(Capability.EDIT_PLANS)
    found = _together(change_id)
    require_own_to_withdraw(found[0], by)
    for change in found:
        _close(change, Outcome.WITHDRAWN, "", by=by, at=at)
    return found


def changes_of(plan: Plan) -> QuerySet[TextChange]:
    """Every change of a text of the plan, decided or not."""
    return TextChange.objects.filter(plan=plan)


def _proposed(
    plan: Plan, row: object, field: str, text: str, *, reason: str, by: User, at: datetime
) -> TextChange:
    object_type, object_key = touched(row)  # type: ignore[arg-type]
    own = TextChange.objects.filter(object_type=object_type, object_key=object_key, field=field)
    if own.filter(outcome=Outcome.PROPOSED).exists():
        raise ChangeRefused(
            "A change of this text is already waiting. It is decided on, or withdrawn, first", field
        )
    change = TextChange(
        plan=plan,
        object_type=object_type,
        object_key=object_key,
        field=field,
        old=as_text(getattr(row, field)),
        new=text,
        needs_second_person=takes_two(row),  # type: ignore[arg-type]
        effective_from=london_date(at),
        reason=reason,
        proposed_at=at,
        proposed_by=by,
    )
    change.save(force_insert=True)
    if change.needs_second_person:
        _record(change, row, "plan text proposed", by=by, at=at, reason=reason)
    return change


def _apply(change: TextChange, *, by: User, at: datetime) -> None:
    """Write the words to their row, as of this moment."""
    row = row_named(change.object_type, change.object_key, change.plan)
    if row is None or as_text(getattr(row, change.field)) != change.old:
        raise ChangeRefused(
            "The text is no longer what the change was proposed for. Propose it again."
        )
    setattr(row, change.field, as_value(row, change.field, change.new))
    if isinstance(row, Target):
        row.version += 1
    audit.give_reason(row, change.reason)
    row._history_date = at
    row.save()
    change.effective_from = london_date(at)
    decide(change, Outcome.APPROVED, by=by, at=at, also=("effective_from",))
    _record(change, row, "plan text changed", by=by, at=at, reason=change.reason)


def _close(change: TextChange, outcome: str, reason: str, *, by: User, at: datetime) -> None:
    row = row_named(change.object_type, change.object_key, change.plan)
    decide(change, outcome, by=by, at=at, reason=reason)
    _record(change, row or change.plan, f"plan text {outcome}", by=by, at=at, reason=reason)


def _together(change_id: int) -> list[TextChange]:
    """A change that waits, and those proposed with it for the targets that share its words. The
    plan is locked first.
    """
    named = TextChange.objects.get(pk=change_id)
    Plan.objects.select_for_update(no_key=True).get(pk=named.plan_id)
    # Read again under the lock: somebody may have decided while this request waited for it.
    named = TextChange.objects.select_related("plan").get(pk=change_id)
    require_waiting(named)
    same = TextChange.objects.filter(
        plan=named.plan_id,
        object_type=named.object_type,
        field=named.field,
        old=named.old,
        new=named.new,
        proposed_at=named.proposed_at,
        proposed_by=named.proposed_by_id,
        outcome=Outcome.PROPOSED,
    )
    return list(same.select_related("plan").order_by("pk"))


def _check(row: object, field: str, text: str) -> None:
    column = row._meta.get_field(field)  # type: ignore[attr-defined]
    name = NAMES[field].partition(",")[0]
    if not text and not column.blank:
        raise ChangeRefused("Enter the words: a plan's own text is not emptied", field)
    most = column.max_length or LONGEST
    if len(text) > most:
        raise ChangeRefused(f"{name} must be {most:,} characters or fewer", field)


def _tidy(text: str) -> str:
    """A text without what a box does to it: other line ends, and space around it."""
    return text.replace("\r\n", "\n").strip()


def _both(row: object, field: str, held: str, text: str, by: User) -> str:
    who, when = last_change(row, field)  # type: ignore[arg-type]
    saved = "You, in another tab, saved" if who == by else f"{who or 'Someone else'} saved"
    moment = f" on {format_moment(when)}" if when else ""
    return (
        f"{saved} “{held}”{moment}. You typed “{text}”. Nothing is saved: save again to keep "
        "yours, or load the page again"
    )


def _record(
    change: TextChange, row: object, action: str, *, by: User, at: datetime, reason: str
) -> None:
    audit.record(
        at=at,
        by=by,
        action=action,
        obj=row,  # type: ignore[arg-type]
        changes=[audit.FieldChange.of(change.field, change.old, change.new)],
        reason=reason,
    )
