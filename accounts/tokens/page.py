"""Tokens as the page shows them: a person's own, and to administrators everybody's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from accounts.models import AccessToken, User
from accounts.permissions import Access
from accounts.roles import Capability
from kmpt_tracker.ui.formats import format_date, format_moment

# How long ended tokens stay in the list; the audit record keeps them.
LISTED = timedelta(days=90)


@dataclass(frozen=True)
class TokenRow:
    """A token without its secret."""

    token: AccessToken
    now: datetime

    @property
    def made(self) -> str:
        return format_moment(self.token.made_at)

    @property
    def last_used(self) -> str:
        at = self.token.last_used_at
        return format_moment(at) if at else "never"

    @property
    def works(self) -> bool:
        person = self.token.user
        return (
            not self.token.is_revoked
            and self.token.expires_at > self.now
            and person.is_active
            and person.sign_ins_ended == self.token.sign_ins_ended
        )

    @property
    def state(self) -> str:
        """Until when it works, or why it does not."""
        token = self.token
        if token.is_revoked:
            return f"Revoked by {token.revoked_by} on {format_moment(token.revoked_at)}"
        if token.expires_at <= self.now:
            return f"Expired on {format_moment(token.expires_at)}"
        if not self.works:
            return "Ended with the account"
        return f"Works until the end of {format_date(token.expires_at - timedelta(seconds=1))}"


@dataclass(frozen=True)
class TokensPage:
    """`others`: None for those who look after their own alone."""

    own: tuple[TokenRow, ...]
    others: tuple[TokenRow, ...] | None

    @property
    def working(self) -> list[TokenRow]:
        return [row for row in self.own if row.works]

    @property
    def ended(self) -> list[TokenRow]:
        return [row for row in self.own if not row.works]


def tokens_page(person: User, access: Access, *, now: datetime) -> TokensPage:
    """One query. Tokens that ended more than three months ago are left out."""
    is_administrator = access.may(Capability.ADMINISTER_USERS)
    since = now - LISTED
    listed = Q(user=person, expires_at__gt=since) & (Q(is_revoked=False) | Q(revoked_at__gt=since))
    if is_administrator:
        listed |= Q(is_revoked=False, expires_at__gt=now)
    tokens = (
        AccessToken.objects.filter(listed)
        .select_related("user", "revoked_by")
        .order_by("user__username", "-made_at", "-pk")
    )
    rows = [TokenRow(token, now) for token in tokens]
    others = tuple(row for row in rows if row.token.user_id != person.pk and row.works)
    return TokensPage(
        own=tuple(row for row in rows if row.token.user_id == person.pk),
        others=others if is_administrator else None,
    )
