"""A reader's access on a day: their roles and their care groups. What the trust is called that day
comes with them, as every page needs both.
"""

from datetime import date

from django.db.models import FilteredRelation, QuerySet, Subquery

from accounts.models import User
from accounts.permissions import Access
from accounts.roles import Role
from kmpt_tracker.questions import written_once
from strategy.models.organisation import TrustName, in_force_on


def access_of(user: User, on: date) -> Access:
    """Roles in force on the day, and care groups led or covered for (one query). An inactive person
    has none.
    """
    return access_and_name(user, on)[0]


def access_and_name(user: User, on: date) -> tuple[Access, TrustName | None]:
    """The access, and the name of the trust on the day, in one query: asked at every request."""
    found = set(_held(user.pk, on))
    named = next(((name, short) for *_, name, short in found if name), None)
    name = TrustName(name=named[0], short_name=named[1]) if named else None
    roles = frozenset(Role(role) for role, *_ in found if role)
    if not roles:
        return Access(), name
    groups = frozenset(group for _, group, *_ in found if group)
    return Access(roles=roles, care_groups=groups), name


@written_once
def _held(user: int, on: date) -> QuerySet[User, tuple[str | None, int | None, str, str]]:
    """Each role with each care group, and both names of the trust: a person holds one or two of
    either.
    """
    days = {
        name: in_force_on(on, starts=f"{name}__starts_on", ends=f"{name}__ends_on")
        for name in ("role_grants", "memberships")
    }
    names = TrustName.objects.in_force_on(on)
    # The names are those of joins in SQL, so none may be a word of it, such as “grant”.
    rows = User.objects.filter(pk=user, is_active=True).annotate(
        held_role=FilteredRelation("role_grants", condition=days["role_grants"]),
        membership=FilteredRelation("memberships", condition=days["memberships"]),
        trust=Subquery(names.values("name")[:1]),
        in_short=Subquery(names.values("short_name")[:1]),
    )
    return rows.values_list("held_role__role", "membership__care_group", "trust", "in_short")
