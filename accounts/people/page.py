"""People and their roles, as the pages of administrators show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Prefetch, QuerySet

from accounts.models import Invitation, RoleGrant, User
from accounts.roles import Role
from kmpt_tracker.ui.formats import format_date, format_moment


@dataclass(frozen=True)
class HeldRole:
    """A role that a person has, had or will have."""

    grant: RoleGrant
    today: date

    @property
    def words(self) -> str:
        return Role(self.grant.role).label

    @property
    def span(self) -> str:
        first, after = format_date(self.grant.starts_on), self.grant.ends_on
        if after is None:
            return f"from {first}"
        return f"{first} to {format_date(after - timedelta(days=1))}"

    @property
    def state(self) -> str:
        if self.grant.starts_on > self.today:
            return "To come"
        return "Now" if self.grant.in_force_on(self.today) else "Past"

    @property
    def may_end(self) -> bool:
        return self.grant.ends_on is None or self.grant.ends_on > self.today

    @property
    def granted_by(self) -> str:
        return str(self.grant.granted_by or "the tracker")


@dataclass(frozen=True)
class PersonRow:
    """A person in the list: what they may do today, and whether they can sign in."""

    person: User
    roles: tuple[HeldRole, ...]
    link: Invitation | None
    now: datetime
    today: date

    @property
    def roles_now(self) -> str:
        if not self.person.is_active:
            return ""
        return ", ".join(role.words for role in self.roles if role.state == "Now")

    @property
    def last_sign_in(self) -> str:
        at = self.person.last_login
        return format_moment(at) if at else "never"

    @property
    def state(self) -> str:
        if not self.person.is_active:
            return "Has left"
        if self.link is not None:
            return self._link_words
        return "" if self.person.has_usable_password() else "Has no password: send a link"

    @property
    def _link_words(self) -> str:
        if self.link is None:
            return ""
        if self.link.mail == Invitation.Mail.FAILED:
            return "The e-mail with the link did not leave: send another"
        if self.link.expires_at <= self.now:
            return f"The link ended on {format_moment(self.link.expires_at)}: send another"
        return f"Link sent, until {format_moment(self.link.expires_at)}"


@dataclass(frozen=True)
class PeoplePage:
    rows: tuple[PersonRow, ...]

    @property
    def here(self) -> list[PersonRow]:
        return [row for row in self.rows if row.person.is_active]

    @property
    def gone(self) -> list[PersonRow]:
        return [row for row in self.rows if not row.person.is_active]


def people_page(*, now: datetime, today: date) -> PeoplePage:
    people = User.objects.order_by("last_name", "first_name", "username")
    return PeoplePage(tuple(_rows(people, now, today)))


def person_row(key: int, *, now: datetime, today: date) -> PersonRow | None:
    found = _rows(User.objects.filter(pk=key), now, today)
    return found[0] if found else None


def _rows(people: QuerySet[User], now: datetime, today: date) -> list[PersonRow]:
    grants = RoleGrant.objects.select_related("granted_by").order_by("-starts_on", "-pk")
    links = Invitation.objects.filter(is_open=True)
    rows = people.prefetch_related(
        Prefetch("role_grants", queryset=grants), Prefetch("invitations", queryset=links)
    )
    return [
        PersonRow(
            person=row,
            roles=tuple(HeldRole(grant, today) for grant in row.role_grants.all()),
            link=next(iter(row.invitations.all()), None),
            now=now,
            today=today,
        )
        for row in rows
    ]
