"""Who gets which e-mail: people who may read what it is about, have an address, and want it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from accounts.models import User
from accounts.permissions import Access
from accounts.roles import Capability, Scope
from board.models import MailKind, MailPreference
from cip.qia.sign import posts_held_on
from strategy.models import Membership
from strategy.models.organisation import in_force_on

OF_A_RETURN = (
    MailKind.OPENS,
    MailKind.CLOSING,
    MailKind.LATE,
    MailKind.SENT_BACK,
    MailKind.APPROVED,
    MailKind.OPENED,
)


def kinds_for(access: Access) -> list[MailKind]:
    """The kinds of e-mail that a person can get at all: those about what they may do."""
    kinds: list[MailKind] = []
    if access.scope(Capability.ENTER_RETURNS) is not Scope.NONE and access.care_groups:
        kinds += OF_A_RETURN
    if access.may(Capability.SIGN_QIA):
        kinds.append(MailKind.REOPENED)
    if access.may(Capability.APPROVE_RETURNS):
        kinds.append(MailKind.DIGEST)
    return kinds


@dataclass
class Readers:
    """Everybody who could get an e-mail on a day, read in a fixed number of queries."""

    on: date
    entering: dict[int, list[User]] = field(default_factory=lambda: defaultdict(list))
    deciding: list[User] = field(default_factory=list)
    signing: list[User] = field(default_factory=list)
    unwanted: frozenset[tuple[int, str]] = frozenset()

    @classmethod
    def of(cls, on: date) -> "Readers":
        found = cls(on)
        people = User.objects.filter(is_active=True).exclude(email="").order_by("pk")
        for person in people.prefetch_related("role_grants"):
            access = Access(roles=person.roles_on(on))
            if access.may(Capability.APPROVE_RETURNS):
                found.deciding.append(person)
            if access.may(Capability.SIGN_QIA) and posts_held_on(person, on):
                found.signing.append(person)
        led = Membership.objects.filter(
            in_force_on(on, starts="starts_on", ends="ends_on"), user__in=people
        ).select_related("user")
        for membership in led.prefetch_related("user__role_grants").order_by("pk"):
            access = Access(
                roles=membership.user.roles_on(on),
                care_groups=frozenset({membership.care_group_id}),
            )
            if access.may(Capability.ENTER_RETURNS, care_group=membership.care_group_id):
                found.entering[membership.care_group_id].append(membership.user)
        off = MailPreference.objects.filter(is_wanted=False)
        found.unwanted = frozenset(off.values_list("person_id", "kind"))
        return found

    def of_return(self, care_group_id: int, kind: MailKind) -> list[User]:
        """Who enters the figures of a care group, as lead or as cover."""
        return self._wanting(self.entering[care_group_id], kind)

    def of_reopening(self) -> list[User]:
        """The executives whose signatures a quality impact assessment needs."""
        return self._wanting(self.signing, MailKind.REOPENED)

    def of_digest(self) -> list[User]:
        return self._wanting(self.deciding, MailKind.DIGEST)

    def _wanting(self, people: Iterable[User], kind: MailKind) -> list[User]:
        return [person for person in people if (person.pk, kind) not in self.unwanted]
