"""A reader's access on a day: their roles and their care groups."""

from datetime import date

from django.db.models import FilteredRelation

from accounts.models import User
from accounts.permissions import Access
from accounts.roles import Role
from strategy.models.organisation import in_force_on


def access_of(user: User, on: date) -> Access:
    """Roles in force on the day, and care groups led or covered for (one query); asked at every
    request. An inactive person has none.
    """
    days = {
        name: in_force_on(on, starts=f"{name}__starts_on", ends=f"{name}__ends_on")
        for name in ("role_grants", "memberships")
    }
    # Each role comes with each care group: a person holds one or two of either. The names are those
    # of joins in SQL, so none may be a word of it, such as “grant”.
    held = User.objects.filter(pk=user.pk, is_active=True).annotate(
        held_role=FilteredRelation("role_grants", condition=days["role_grants"]),
        membership=FilteredRelation("memberships", condition=days["memberships"]),
    )
    found = set(held.values_list("held_role__role", "membership__care_group"))
    roles = frozenset(Role(role) for role, _ in found if role)
    if not roles:
        return Access()
    return Access(roles=roles, care_groups=frozenset(group for _, group in found if group))
