"""Give a person a role from a day on, end it, and let people leave and come back."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import Invitation, RoleGrant, User
from accounts.people.administrators import (
    LAST,
    ONESELF,
    PersonRefused,
    is_last_administrator,
    locked_administrators,
)
from accounts.permissions import Access
from accounts.roles import Capability, Role
from kmpt_tracker.ui.formats import format_date


@transaction.atomic
def grant_role(
    *,
    person_id: int,
    role: str,
    starts_on: date,
    ends_on: date | None,
    by: User,
    access: Access,
    at: datetime,
) -> RoleGrant:
    """Give somebody else a role from a day on, to before `ends_on`."""
    access.require(Capability.ADMINISTER_USERS)
    person = User.objects.select_for_update().get(pk=person_id)
    if person.pk == by.pk:
        raise PersonRefused(ONESELF, "role")
    if role not in [known.value for known in Role]:
        raise PersonRefused("Choose a role of the list", "role")
    if not person.is_active:
        raise PersonRefused(f"{person} has left: let them come back first", "role")
    if ends_on is not None and ends_on <= starts_on:
        raise PersonRefused("The last day must not be before the first", "ends_on")
    for held in person.role_grants.filter(role=role):
        begins_before = ends_on is None or held.starts_on < ends_on
        if begins_before and (held.ends_on is None or held.ends_on > starts_on):
            raise PersonRefused(
                f"{person} has this role from {format_date(held.starts_on)} already: end that "
                "first, or begin after it",
                "starts_on",
            )
    grant = RoleGrant.objects.create(
        user=person, role=role, starts_on=starts_on, ends_on=ends_on, granted_by=by
    )
    audit.record(
        at=at,
        by=by,
        action="role granted",
        obj=grant,
        changes=audit.differences({}, {"starts_on": starts_on, "ends_on": ends_on}),
    )
    return grant


@transaction.atomic
def end_role(
    *, person_id: int, grant_id: int, last_day: date, by: User, access: Access, at: datetime
) -> RoleGrant:
    """Set the last day of a role; the last administrator keeps theirs."""
    access.require(Capability.ADMINISTER_USERS)
    administrators = locked_administrators()
    grant = RoleGrant.objects.select_for_update(of=("self",)).get(pk=grant_id, user=person_id)
    today = timezone.localdate(at)
    ends_on = last_day + timedelta(days=1)
    if grant.user_id == by.pk and (grant.ends_on is not None and ends_on > grant.ends_on):
        raise PersonRefused(ONESELF, "ends_on")
    if last_day < grant.starts_on:
        raise PersonRefused(
            f"It began on {format_date(grant.starts_on)}: the last day must not be before",
            "ends_on",
        )
    if grant.ends_on == ends_on:
        raise PersonRefused("That is its last day already", "ends_on")
    is_open = grant.role == Role.ADMINISTRATOR.value and grant.ends_on is None
    if is_open and is_last_administrator(
        grant.user, on=today, grants=administrators, ending=grant.pk
    ):
        raise PersonRefused(LAST, "ends_on")
    before = {"ends_on": grant.ends_on}
    grant.ends_on = ends_on
    grant.save()
    audit.record(
        at=at,
        by=by,
        action="role ended",
        obj=grant,
        changes=audit.differences(before, {"ends_on": ends_on}),
    )
    return grant


@transaction.atomic
def leave(*, person_id: int, by: User, access: Access, at: datetime) -> User:
    """Close a person's account: every sign-in of theirs ends, and so does their open link.

    Their roles stay on record and count for nothing until they come back.
    """
    access.require(Capability.ADMINISTER_USERS)
    administrators = locked_administrators()
    person = User.objects.select_for_update().get(pk=person_id)
    if not person.is_active:
        raise PersonRefused(f"{person} has left already")
    if is_last_administrator(person, on=timezone.localdate(at), grants=administrators):
        raise PersonRefused(LAST)
    person.is_active = False
    person.save(update_fields=["is_active"])
    Invitation.objects.filter(user=person, is_open=True).update(is_open=False)
    _record_active(person, "left", by=by, at=at)
    return person


@transaction.atomic
def come_back(*, person_id: int, by: User, access: Access, at: datetime) -> User:
    """Open the account of somebody who had left: with the roles that still hold, by their own
    password.
    """
    access.require(Capability.ADMINISTER_USERS)
    person = User.objects.select_for_update().get(pk=person_id)
    if person.pk == by.pk or person.is_active:
        raise PersonRefused(f"{person} has not left")
    person.is_active = True
    person.save(update_fields=["is_active"])
    _record_active(person, "came back", by=by, at=at)
    return person


def _record_active(person: User, action: str, *, by: User, at: datetime) -> None:
    audit.record(
        at=at,
        by=by,
        action=action,
        obj=person,
        key=person.username,
        changes=audit.differences(
            {"is_active": not person.is_active}, {"is_active": person.is_active}
        ),
    )
