"""Who enters which figures of the trust's return: a membership may name its measures."""

from datetime import date

from accounts.models import User
from kpis.models import NamedMeasure
from strategy.models import CareGroup, Membership
from strategy.models.organisation import in_force_on


def named_measures(person: User, care_group: CareGroup, *, on: date) -> frozenset[int] | None:
    """The measures that a person's memberships of a care group name on a day (two queries).

    None where nothing was ever named: such a membership is for all measures, and somebody without
    a membership enters by their role.
    """
    held = Membership.objects.filter(
        in_force_on(on, starts="starts_on", ends="ends_on"), user=person, care_group=care_group
    ).values_list("pk", flat=True)
    memberships = set(held)
    named = NamedMeasure.objects.filter(membership__in=memberships)
    rows = list(named.values_list("membership_id", "measure_id", "ends_on"))
    if not rows or memberships - {membership for membership, _, _ in rows}:
        return None
    return frozenset(measure for _, measure, ends in rows if ends is None or on < ends)
