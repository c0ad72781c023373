"""Permission checks against the table of roles: the same for views, services, exports, e-mail."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, TypedDict, cast

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

from accounts.models import User
from accounts.roles import Capability, Role, Scope, roles_with, scope_of
from accounts.sign_in.carrying import sign_in_first

WHAT = {
    Capability.READ_DASHBOARDS: "read the dashboards",
    Capability.READ_DRAFTS: "read figures that are not approved yet",
    Capability.ENTER_RETURNS: "enter monthly figures",
    Capability.APPROVE_RETURNS: "approve monthly returns",
    Capability.EDIT_PLANS: "change plans and targets",
    Capability.EDIT_MONTHS: "change when months open, close and freeze",
    Capability.READ_SCHEMES: "read savings schemes",
    Capability.READ_QIA_DRAFTS: "read assessments that the panel has not decided on",
    Capability.EDIT_SCHEMES: "change savings schemes",
    Capability.SIGN_OFF_SAVINGS: "sign off a month's savings",
    Capability.RECORD_QIA_DECISION: "record a panel's decision",
    Capability.SIGN_QIA: "sign a quality impact assessment",
    Capability.RUN_MEETINGS: "run meetings and packs",
    Capability.ACCEPT_LEVELS: "record levels that the board accepts",
    Capability.USE_DATASETS: "use the datasets",
    Capability.ADMINISTER_USERS: "manage people and roles",
}


class NotAllowed(PermissionDenied):
    """A refusal that says who is allowed to do this, and what to do next."""

    def __init__(self, capability: Capability, explanation: str = ""):
        self.capability = capability
        *others, last = (role.label for role in roles_with(capability))
        holders = " or ".join([", ".join(others), last] if others else [last])
        self.explanation = explanation or (
            f"To {WHAT[capability]} you need the role of {holders}. "
            "Ask an administrator of the tracker if you should have it."
        )
        super().__init__(self.explanation)


@dataclass(frozen=True)
class Access:
    """What the reader of a page may do: their roles today, and the care groups they lead."""

    roles: frozenset[Role] = frozenset()
    care_groups: frozenset[int] = frozenset()
    is_public: bool = False

    @property
    def may_read_publicly(self) -> bool:
        """Whether they read the public pages as everyone does: no role opens the dashboards."""
        return self.is_public and self.scope(Capability.READ_DASHBOARDS) is Scope.NONE

    def scope(self, capability: Capability) -> Scope:
        return scope_of(self.roles, capability)

    def may(self, capability: Capability, *, care_group: int | None = None) -> bool:
        """Whether the capability is held: for any care group, or for the one with this key."""
        scope = self.scope(capability)
        if scope is Scope.OWN and care_group is not None:
            return care_group in self.care_groups
        return scope is not Scope.NONE

    def require(self, capability: Capability, *, care_group: int | None = None) -> None:
        if not self.may(capability, care_group=care_group):
            raise NotAllowed(capability)


class ReaderRequest(HttpRequest):
    """A request as views see it, after `AccessMiddleware` has added `access`, and the trust's
    name today, which is false where it has none yet.
    """

    access: Access
    trust_name: object


class SignedInRequest(ReaderRequest):
    """The same, in views whose capability only signed-in people can hold."""

    user: User


class Who(TypedDict):
    """Who writes, with which access, and when: the keywords that every verb takes."""

    by: User
    access: Access
    at: datetime


def who_writes(request: SignedInRequest) -> Who:
    """The person of a request, now."""
    return {"by": request.user, "access": request.access, "at": timezone.now()}


def access_of_reader(request: HttpRequest) -> Access:
    """The reader's access, for code where Django's types only know a plain HttpRequest."""
    return cast(ReaderRequest, request).access


View = Callable[..., HttpResponseBase]


# Set while a page is drawn for everyone: nothing but what may be published is read then.
_PUBLICLY: ContextVar[bool] = ContextVar("publicly", default=False)


def reads_publicly() -> bool:
    """Whether what is read now is read for everyone (docs/public.md)."""
    return _PUBLICLY.get()


@contextmanager
def for_everyone() -> Iterator[None]:
    """What is read within is what everyone may read."""
    before = _PUBLICLY.set(True)
    try:
        yield
    finally:
        _PUBLICLY.reset(before)


def permitted(capability: Capability, *, is_public: bool = False) -> Callable[[View], View]:
    """Let only readers who hold the capability reach the view; others sign in or are refused.

    `is_public`: while the dashboards are public everyone reaches it, to read what may be published.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            access = access_of_reader(request)
            # What was known at past moments is for those who sign in.
            if is_public and access.may_read_publicly and not request.GET.get("as_at", "").strip():
                return _published(view, request, *args, **kwargs)
            if not request.user.is_authenticated:
                return sign_in_first(request)
            access.require(capability)
            return view(request, *args, **kwargs)

        guarded.capability = capability  # type: ignore[attr-defined]
        guarded.is_public = is_public  # type: ignore[attr-defined]
        return login_not_required(guarded)

    return decorate


def _published(view: View, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
    with for_everyone():
        response = view(request, *args, **kwargs)
        if isinstance(response, StreamingHttpResponse):
            # A file is read here, not after: outside it would be read as for staff.
            found = b"".join(map(response.make_bytes, response))  # type: ignore[arg-type]
            response.streaming_content = [found]
        return response
