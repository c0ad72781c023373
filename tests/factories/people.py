"""People with their roles, and the care groups they lead."""

from datetime import date

import factory
from factory.django import DjangoModelFactory

from accounts.models import RoleGrant, User
from accounts.permissions import Access
from accounts.roles import Role
from strategy.access import access_of
from strategy.models import CareGroup, Membership, PostHolding

SINCE = date(2015, 1, 1)


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User

    username = factory.Sequence(lambda number: f"person-{number}")


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    care_group = factory.SubFactory("tests.factories.plans.CareGroupFactory")
    starts_on = SINCE


class PostHoldingFactory(DjangoModelFactory):
    class Meta:
        model = PostHolding

    user = factory.SubFactory(UserFactory)
    post = PostHolding.Post.MEDICAL_DIRECTOR
    starts_on = SINCE


def person(*roles: Role, leads: CareGroup | None = None, **fields) -> User:
    """A person with these roles since long ago, who may also lead a care group."""
    user = UserFactory(**fields)
    for role in roles:  # one by one: the check of the data looks for the history of each
        RoleGrant.objects.create(user=user, role=role.value, starts_on=SINCE)
    if leads is not None:
        MembershipFactory(user=user, care_group=leads)
    return user


def lead_of(care_group: CareGroup, **fields) -> User:
    return person(Role.CARE_GROUP_LEAD, leads=care_group, **fields)


def performance_team(**fields) -> User:
    return person(Role.PERFORMANCE_TEAM, **fields)


def access(user: User) -> Access:
    """The access of a person today, as a request would have it."""
    return access_of(User.objects.get(pk=user.pk), date.today())
