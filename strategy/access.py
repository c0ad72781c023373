"""A reader's access on a day: their roles and their care groups."""

from datetime import date
from typing import cast

from django.utils.functional import SimpleLazyObject

from accounts.models import User
from accounts.permissions import Access
from strategy.models import Membership
from strategy.models.organisation import in_force_on


def access_of(user: User, on: date) -> Access:
    """Roles in force on the day, and care groups led or covered for; asked at every request.

    The care groups are looked up only when something needs them, as most pages do not.
    """
    roles = user.roles_on(on)
    if not roles:
        return Access()
    groups = Membership.objects.filter(
        in_force_on(on, starts="starts_on", ends="ends_on"), user=user
    ).values_list("care_group_id", flat=True)
    lazy = SimpleLazyObject(lambda: frozenset(groups))
    return Access(roles=roles, care_groups=cast(frozenset[int], lazy))
