"""Who leads a care group or covers for its lead, and who holds a post, from a day to a day."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import TypeVar

from django.db import transaction
from django.db.models import Q

from accounts import audit
from accounts.models import User
from accounts.permissions import Access
from accounts.refusals import Refused
from accounts.roles import Capability
from kmpt_tracker.ui.formats import format_date
from kpis.models import Measure, NamedMeasure
from strategy.models import CareGroup, Committee, Membership, PostHolding

Row = TypeVar("Row", Membership, PostHolding)


class AppointmentRefused(Refused):
    """The person cannot be appointed like this."""


def overlapping(starts_on: date, ends_on: date | None) -> Q:
    """Rows of a half-open range that share a day with another one."""
    found = Q(ends_on__isnull=True) | Q(ends_on__gt=starts_on)
    return found & Q(starts_on__lt=ends_on) if ends_on else found


@transaction.atomic
def appoint_lead(
    *,
    care_group_id: int,
    user_id: int,
    kind: str,
    starts_on: date,
    ends_on: date | None,
    measures: Iterable[int] = (),
    by: User,
    access: Access,
    at: datetime,
) -> Membership:
    """Let a person enter the figures of a care group from a day on, to before `ends_on`.

    `measures`: the ones that they enter in the trust's return; none means all of it.
    """
    access.require(Capability.ADMINISTER_USERS)
    group = CareGroup.objects.select_for_update(no_key=True).get(pk=care_group_id)
    person = _active(user_id)
    _refuse_range(starts_on, ends_on)
    if group.valid_to is not None and starts_on >= group.valid_to:
        last = format_date(group.valid_to - timedelta(days=1))
        raise AppointmentRefused(f"{group.name} ends on {last}: choose a day before", "starts_on")
    rows = Membership.objects.filter(overlapping(starts_on, ends_on), care_group=group, user=person)
    if other := rows.first():
        raise AppointmentRefused(
            f"{person} is {other.get_kind_display().lower()} of {group.name} from "
            f"{format_date(other.starts_on)} already: end that first",
            "user",
        )
    named = list(Measure.objects.filter(pk__in=list(measures), series__care_group=group))
    if named and not group.is_trust:
        raise AppointmentRefused("Only the trust's own return is shared out by measure", "measures")
    row = Membership.objects.create(
        user=person, care_group=group, kind=kind, starts_on=starts_on, ends_on=ends_on
    )
    for measure in named:
        NamedMeasure.objects.create(membership=row, measure=measure)
    _record(row, "appointed", {}, at=at, by=by, measures=[measure.code for measure in named])
    return row


@transaction.atomic
def end_lead(
    *, membership_id: int, last_day: date, by: User, access: Access, at: datetime
) -> Membership:
    """Set the last day on which a person enters the figures of a care group."""
    access.require(Capability.ADMINISTER_USERS)
    row = Membership.objects.select_for_update().get(pk=membership_id)
    return _end(row, last_day, by=by, at=at)


@transaction.atomic
def appoint_post(
    *,
    post: str,
    user_id: int,
    starts_on: date,
    ends_on: date | None,
    by: User,
    access: Access,
    at: datetime,
) -> PostHolding:
    """Let a person hold an executive post. One person holds it, and nobody appoints themselves."""
    access.require(Capability.EDIT_PLANS)
    person = _active(user_id)
    if post not in PostHolding.Post.values:
        raise AppointmentRefused("Choose a post of the list", "post")
    if person == by:
        raise AppointmentRefused("Nobody appoints themselves: ask a colleague", "user")
    _refuse_range(starts_on, ends_on)
    # The holders are locked together, so that two people cannot fill one post at once.
    held = list(PostHolding.objects.select_for_update().filter(post=post).order_by("pk"))
    clash = PostHolding.objects.filter(overlapping(starts_on, ends_on), pk__in=[r.pk for r in held])
    if other := clash.select_related("user").first():
        raise AppointmentRefused(
            f"{other.user} holds this post from {format_date(other.starts_on)}: enter their last "
            "day first, and begin after it",
            "starts_on",
        )
    row = PostHolding.objects.create(post=post, user=person, starts_on=starts_on, ends_on=ends_on)
    _record(row, "appointed", {}, at=at, by=by)
    return row


@transaction.atomic
def end_post(
    *, holding_id: int, last_day: date, by: User, access: Access, at: datetime
) -> PostHolding:
    """Set the last day on which a person holds a post."""
    access.require(Capability.EDIT_PLANS)
    row = PostHolding.objects.select_for_update().get(pk=holding_id)
    return _end(row, last_day, by=by, at=at)


@transaction.atomic
def add_committee(*, name: str, code: str, by: User, access: Access, at: datetime) -> Committee:
    """A committee to which measures can be assigned."""
    access.require(Capability.EDIT_PLANS)
    same = Committee.objects.filter(Q(name__iexact=name) | Q(code=code)).first()
    if same is not None:
        raise AppointmentRefused(f"{same.name} has that name or code: choose another", "name")
    row = Committee.objects.create(code=code, name=name)
    audit.record(
        at=at,
        by=by,
        action="added",
        obj=row,
        changes=audit.differences({}, {"code": code, "name": name}),
    )
    return row


def _active(user_id: int) -> User:
    person = User.objects.filter(pk=user_id, is_active=True).first()
    if person is None:
        raise AppointmentRefused("Choose a person of the list: only who has not left", "user")
    return person


def _refuse_range(starts_on: date, ends_on: date | None) -> None:
    if ends_on is not None and ends_on <= starts_on:
        raise AppointmentRefused("The last day must not be before the first", "ends_on")


def _end(row: Row, last_day: date, *, by: User, at: datetime) -> Row:
    if last_day < row.starts_on:
        raise AppointmentRefused(
            f"It began on {format_date(row.starts_on)}: the last day must not be before", "ends_on"
        )
    before = {"ends_on": row.ends_on}
    row.ends_on = last_day + timedelta(days=1)
    if row.ends_on == before["ends_on"]:
        raise AppointmentRefused("That is its last day already", "ends_on")
    row.save()
    _record(row, "ended", before, at=at, by=by)
    return row


def _record(
    row: Membership | PostHolding,
    action: str,
    before: dict,
    *,
    at: datetime,
    by: User,
    measures: Iterable[str] = (),
) -> None:
    after: dict[str, object] = {"ends_on": row.ends_on}
    if action == "appointed":
        after = {"starts_on": row.starts_on, "ends_on": row.ends_on}
        after |= {"measures": ", ".join(measures)} if measures else {}
    audit.record(at=at, by=by, action=action, obj=row, changes=audit.differences(before, after))
