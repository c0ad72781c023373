"""The rules for giving and ending access: nobody gives it to themselves, an administrator stays."""

from datetime import date

from accounts.models import RoleGrant, User
from accounts.refusals import Refused
from accounts.roles import Role


class PersonRefused(Refused):
    """This cannot be done to a person."""


LAST = (
    "Nobody else is an administrator for good: give another person that role first, or nobody "
    "could let people in"
)
ONESELF = "Nobody gives themselves a role: ask another administrator"


def locked_administrators() -> list[RoleGrant]:
    """Every grant of that role, locked: when two administrators end each other's, one waits."""
    rows = RoleGrant.objects.select_for_update(of=("self",), no_key=True)
    return list(rows.filter(role=Role.ADMINISTRATOR.value).select_related("user").order_by("pk"))


def is_last_administrator(
    person: User, *, on: date, grants: list[RoleGrant] | None = None, ending: int | None = None
) -> bool:
    """Whether without this person, or the grant `ending` of theirs, nobody who can sign in would
    be an administrator without an end from that day on.
    """
    rows = locked_administrators() if grants is None else grants

    def stays(row: RoleGrant) -> bool:
        gone = row.pk == ending if ending is not None else row.user_id == person.pk
        return (
            not gone
            and row.user.is_active
            and bool(row.user.password)
            and row.user.has_usable_password()
            and row.starts_on <= on
            and row.ends_on is None
        )

    def holds(row: RoleGrant) -> bool:
        mine = row.pk == ending if ending is not None else row.user_id == person.pk
        return mine and (row.ends_on is None or row.ends_on > on)

    return any(holds(row) for row in rows) and not any(stays(row) for row in rows)
