"""Readers of every kind, and what docs/access.md says that each may open."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from accounts.models import RoleGrant, User
from accounts.roles import Capability, Role, Scope, scope_of
from strategy.models import CareGroup
from tests.documents import code, table
from tests.factories.people import MembershipFactory, person

ADMINISTRATION = "/admin/…"
BACKEND = "django.contrib.auth.backends.ModelBackend"
# Every kind of reader by name, with the roles in force today.
KINDS: dict[str, tuple[Role, ...]] = {
    "nobody": (),
    "without a role": (),
    "with a lapsed role": (),
    "with a role to come": (),
    "with an inactive account": (),
    **{role.value: (role,) for role in Role},
    "lead and board member": (Role.CARE_GROUP_LEAD, Role.BOARD_MEMBER),
    "lead and analyst": (Role.CARE_GROUP_LEAD, Role.ANALYST),
    "every role": tuple(Role),
}


@dataclass(frozen=True)
class Reader:
    """One kind of reader at their client."""

    client: Client
    user: User | None
    roles: frozenset[Role]
    is_public: bool = False

    @property
    def is_signed_in(self) -> bool:
        return self.user is not None and self.user.is_active

    def scope(self, capability: Capability) -> Scope:
        return scope_of(self.roles if self.is_signed_in else (), capability)


def reader(kind: str, leads: CareGroup, *, is_public: bool = False) -> Reader:
    """A person of this kind, signed in where they can be; leads lead the given care group."""
    client = Client(raise_request_exception=True)
    if kind == "nobody":
        return Reader(client, None, frozenset(), is_public)
    roles = KINDS[kind]
    today = timezone.localdate()
    user = person(*roles, leads=leads if Role.CARE_GROUP_LEAD in roles else None)
    if kind == "with a lapsed role":
        _grant_all(user, today - timedelta(days=9), today)
        MembershipFactory(user=user, care_group=leads)
    if kind == "with a role to come":
        _grant_all(user, today + timedelta(days=1), None)
    if kind == "with an inactive account":
        _grant_all(user, today - timedelta(days=9), None)
    client.force_login(user, backend=BACKEND)
    if kind == "with an inactive account":
        User.objects.filter(pk=user.pk).update(is_active=False)
        user.refresh_from_db()
    return Reader(client, user, frozenset(roles), is_public)


def _grant_all(user: User, starts_on, ends_on) -> None:
    for role in Role:
        RoleGrant.objects.create(user=user, role=role.value, starts_on=starts_on, ends_on=ends_on)


@dataclass(frozen=True)
class Rule:
    """A row of the table of addresses."""

    route: str
    needs: str
    methods: frozenset[str]

    @property
    def capabilities(self) -> tuple[Capability, ...]:
        words = re.findall(r"[a-z_]+", self.needs)
        return tuple(Capability(word) for word in words if word in set(Capability))

    @property
    def is_public(self) -> bool:
        """Whether everyone reads it while the dashboards are public."""
        return "public" in re.findall(r"[a-z_]+", self.needs)

    @property
    def is_open_to_all(self) -> bool:
        return self.needs == "all"

    def is_open_to(self, someone: Reader) -> bool:
        if self.is_open_to_all:
            return True
        if self.needs == "in":
            return someone.is_signed_in
        if self.is_public and someone.is_public:
            return True
        return any(someone.scope(one) is not Scope.NONE for one in self.capabilities)


def rules() -> list[Rule]:
    found = []
    for route, needs, methods in table("access.md", "addresses"):
        allowed = frozenset(methods.replace("GET", "GET HEAD").split())
        found.append(Rule(code(route), needs, allowed))
    pages = {code(page) for page, *_ in table("access.md", "files")}
    files = [rule for rule in found if rule.route in pages]
    read = frozenset({"GET", "HEAD"})
    return found + [Rule(f"{rule.route}data.csv", rule.needs, read) for rule in files]


def routes() -> list[str]:
    """Every address of the resolver; the administration counts as one."""
    found = (_plain(route) for route in _walk(get_resolver().url_patterns))
    return sorted({ADMINISTRATION if route.startswith("/admin/") else route for route in found})


def administration_routes() -> list[str]:
    found = (_plain(route) for route in _walk(get_resolver().url_patterns))
    return sorted(route for route in found if route.startswith("/admin/"))


def _plain(route: str) -> str:
    return "/" + re.sub(r"<\w+:(\w+)>", r"<\1>", route)


def _walk(patterns: Iterable[URLPattern | URLResolver], prefix: str = "") -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, prefix + str(pattern.pattern))
        else:
            yield prefix + str(pattern.pattern)
