"""Every address, for every kind of reader, by every method: exactly what docs/access.md says."""

from itertools import product
from pathlib import Path
from urllib.parse import quote

import pytest
from django.test import Client

from accounts.models import AuditEvent
from accounts.roles import (
    LANDS_ON_TO_DO,
    ROLE_LABELS,
    Capability,
    Role,
    Scope,
    roles_with,
    scope_of,
)
from kpis.models import Actual, Decision, ReportingPeriod, Return, ReturnCell
from tests.accounts.readers import (
    ADMINISTRATION,
    BACKEND,
    KINDS,
    Reader,
    Rule,
    reader,
    routes,
    rules,
)
from tests.documents import table
from tests.factories.rows import counted

pytestmark = pytest.mark.any_database

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
SIGN_IN = "/accounts/sign-in/"
WRITTEN = (Actual, Decision, ReportingPeriod, Return, ReturnCell, AuditEvent)
# Enough where one role differs from another in nothing: out, in, of one role.
SOME = ("nobody", "without a role", "care_group_lead")
TO_THE_LETTER = ("nobody", "every role")
PAGES = [rule for rule in rules() if rule.route != ADMINISTRATION]


def test_every_address_is_in_the_table_and_every_row_of_it_leads_somewhere():
    assert routes() == sorted(rule.route for rule in rules())


def test_every_page_of_figures_has_its_file():
    pages = {rule.route for rule in rules() if "read_" in rule.needs}
    files = {row[0].strip("`") for row in table("access.md", "files")}
    forms = {
        "/returns/<period>/<care_group>/",
        "/organisation/months/",
        "/cip/<year>/calendar/",
        "/search/",
    }
    assert {page for page in pages if not page.endswith("data.csv")} == files | forms


def signed_out(address: str) -> int:
    """For who is not signed in: the way to sign in, or to programs the ways to show a token."""
    return 401 if address.startswith("/api/") else 302


def expected(rule: Rule, someone: Reader, method: str) -> int:
    """The status that the table asks for; 302: to sign-in."""
    if rule.needs == "in" and not someone.is_signed_in:
        return 302  # asked before anything else of the page
    if method not in rule.methods:
        return 405
    if rule.is_open_to(someone):
        return 200
    return 403 if someone.is_signed_in else signed_out(rule.route)


def check_refusal(response, address: str, status: int) -> None:
    """A refusal says who may, and what to do; sign-in leads back."""
    if status == 302:
        assert response["Location"] == f"{SIGN_IN}?next={quote(address)}"
    if status == 401:
        assert response["WWW-Authenticate"].startswith("Bearer ")
        assert "/accounts/tokens/" in response.json()["detail"]
    if status == 403:
        text = response.content.decode()
        assert "you need the role of" in text
        assert "Ask an administrator" in text


def pages_for(kind: str) -> list[Rule]:
    """Who holds least and who holds most read every page; the others what asks for more.

    A board member holds READ_DASHBOARDS alone. What they can read asks for nothing else, and
    every role holds it (`test_a_capability_is_held_by_exactly_these_roles`).
    """
    if kind in ("nobody", "without a role", Role.BOARD_MEMBER, "every role"):
        return PAGES
    easy = {"all"}
    if KINDS[kind]:
        easy |= {Capability.READ_DASHBOARDS, Capability.READ_SCHEMES, "read_dashboards, public"}
    return [rule for rule in PAGES if rule.needs not in easy]


def opens_to_a_board_member(rule: Rule) -> bool:
    return rule.needs in ("all", "in") or any(
        Role.BOARD_MEMBER in roles_with(one) for one in rule.capabilities
    )


@pytest.mark.parametrize(
    ("kind", "is_public"),
    [*((kind, False) for kind in KINDS), *((kind, True) for kind in SOME)],
)
def test_reading_is_open_to_exactly_these(place, settings, kind, is_public):
    settings.PUBLIC_DASHBOARD = is_public
    before = counted(WRITTEN)
    someone = reader(kind, place.world.acute, is_public=is_public)
    for rule in pages_for(kind):
        address = place.address(rule.route)
        status = expected(rule, someone, "GET")
        # Either method draws the page: what a board member opens, they try with HEAD, and who
        # holds every role with GET alone.
        is_head = kind == Role.BOARD_MEMBER and status == 200
        response = someone.client.generic("HEAD" if is_head else "GET", address)
        if rule.route == SIGN_IN and someone.is_signed_in:
            status = 302  # already in: on to the first page
            works = bool(someone.roles & LANDS_ON_TO_DO)
            assert response["Location"] == ("/todo/" if works else "/")
        else:
            check_refusal(response, address, status)
        assert response.status_code == status, address
        if kind == "nobody" or (kind == "every role" and not opens_to_a_board_member(rule)):
            assert someone.client.head(address).status_code == status, address
    assert counted(WRITTEN) == before


def refused(rule: Rule, kind: str) -> list[str]:
    """The methods to try where they are not answered.

    Most addresses refuse a method before they ask who sends it: nobody tries them all there. Who
    is asked to sign in first learns nothing of the methods: there who holds every role tries all.
    """
    others = [method for method in METHODS if method not in rule.methods]
    if (rule.needs == "in") is (kind == "nobody"):
        return others[-1:]
    return others


@pytest.mark.parametrize("kind", TO_THE_LETTER)
def test_no_other_method_is_answered(place, kind):
    someone = reader(kind, place.world.acute)
    before = counted(WRITTEN)
    for rule in PAGES:
        address = place.address(rule.route)
        for method in refused(rule, kind):
            response = someone.client.generic(method, address)
            assert response.status_code == expected(rule, someone, method), (method, address)
            if response.status_code == 405:
                assert set(response["Allow"].split(", ")) == rule.methods, address
                assert method == "HEAD" or "This address answers" in response.content.decode()
    assert counted(WRITTEN) == before


# Address → the form that is sent there, and the capability it asks for.
POSTS = {
    "/plans/<plan>/objectives/<reference>/actions/<position>/": ({}, Capability.EDIT_PLANS),
    "/measures/<code>/annotations/": ({}, Capability.EDIT_PLANS),
    "/benchmarks/": ({}, Capability.EDIT_PLANS),
    "/measures/new/": ({}, Capability.EDIT_PLANS),
    "/measures/<code>/edit/": ({}, Capability.EDIT_PLANS),
    "/measures/<code>/accepted/": ({}, Capability.ACCEPT_LEVELS),
    "/measures/<code>/definition/": ({}, Capability.EDIT_PLANS),
    "/measures/<code>/figures/": ({}, Capability.APPROVE_RETURNS),
    "/plans/<plan>/texts/": ({}, Capability.EDIT_PLANS),
    "/plans/<plan>/texts/<of>/<row>/": ({}, Capability.EDIT_PLANS),
    "/plans/<plan>/tolerance/": ({}, Capability.EDIT_PLANS),
    "/plans/new/": ({}, Capability.EDIT_PLANS),
    "/plans/<plan>/edit/": ({}, Capability.EDIT_PLANS),
    "/plans/<plan>/adopt/": ({}, Capability.EDIT_PLANS),
    "/plans/<plan>/targets/": ({}, Capability.EDIT_PLANS),
    "/plans/<plan>/targets/new/": ({}, Capability.EDIT_PLANS),
    "/withdraw-text/": ({}, Capability.EDIT_PLANS),
    "/measures/<code>/targets/": ({"action": "approve", "change": "0"}, Capability.EDIT_PLANS),
    "/measures/<code>/targets/<target>/": ({}, Capability.EDIT_PLANS),
    "/organisation/reorganise/<happens>/": ({}, Capability.EDIT_PLANS),
    "/organisation/name/": ({}, Capability.EDIT_PLANS),
    "/organisation/posts/": ({}, Capability.EDIT_PLANS),
    "/organisation/committees/": ({}, Capability.EDIT_PLANS),
    "/organisation/care-groups/<care_group>/": ({}, Capability.EDIT_PLANS),
    "/organisation/care-groups/<care_group>/leads/": ({}, Capability.ADMINISTER_USERS),
    "/accounts/tokens/": ({}, Capability.USE_DATASETS),
    "/accounts/people/invite/": ({}, Capability.ADMINISTER_USERS),
    "/accounts/people/<person>/": ({}, Capability.ADMINISTER_USERS),
    "/organisation/months/<period>/": ({}, Capability.EDIT_MONTHS),
    "/imports/": ({}, Capability.ENTER_RETURNS),
    "/imports/<batch>/": ({}, Capability.ENTER_RETURNS),
    "/returns/<period>/<care_group>/paste/": ({"block": "5"}, Capability.ENTER_RETURNS),
    "/returns/<period>/lock/": ({"to": "open"}, Capability.APPROVE_RETURNS),
    "/returns/<period>/<care_group>/reopen/": ({}, Capability.APPROVE_RETURNS),
    "/returns/<period>/<care_group>/review/": ({"do": "approve"}, Capability.APPROVE_RETURNS),
    "/returns/<period>/<care_group>/result/": ({}, Capability.ENTER_RETURNS),
    "/returns/<period>/<care_group>/draft/": ({}, Capability.ENTER_RETURNS),
    "/cip/new/": ({}, Capability.SIGN_OFF_SAVINGS),
    "/cip/<year>/months/": ({}, Capability.SIGN_OFF_SAVINGS),
    "/cip/<year>/transfers/": ({}, Capability.SIGN_OFF_SAVINGS),
    "/cip/<year>/ledger/": ({}, Capability.SIGN_OFF_SAVINGS),
    "/cip/<year>/calendar/": ({}, Capability.SIGN_OFF_SAVINGS),
    "/cip/<year>/schemes/new/": ({}, Capability.EDIT_SCHEMES),
    "/cip/<year>/schemes/<reference>/edit/": ({}, Capability.EDIT_SCHEMES),
    "/cip/<year>/schemes/<reference>/stage/": ({}, Capability.EDIT_SCHEMES),
    "/cip/<year>/schemes/<reference>/phasing/": ({}, Capability.EDIT_SCHEMES),
    "/cip/<year>/schemes/<reference>/steps/": ({}, Capability.EDIT_SCHEMES),
    "/cip/<year>/schemes/<reference>/qia/": ({"action": "sign"}, Capability.SIGN_QIA),
    "/cip/<year>/schemes/<reference>/qia/edit/": ({}, Capability.EDIT_SCHEMES),
}
RETURN = "/returns/<period>/<care_group>/"
# Whoever is signed in changes only what is their own there.
STOP = "/accounts/mail/off/<token>/"
OF_ONE_SELF = (
    "/accounts/sign-out/",
    "/accounts/mail/",
    "/accounts/password/",
    "/accounts/invitation/<invitation>/",
    STOP,
)
ACTIONS = {
    "save": Capability.ENTER_RETURNS,
    "submit": Capability.ENTER_RETURNS,
    "nil": Capability.ENTER_RETURNS,
    "recall": Capability.ENTER_RETURNS,
}


def test_every_address_that_is_written_to_is_tried():
    posts = {rule.route for rule in PAGES if "POST" in rule.methods}
    assert posts == {*POSTS, RETURN, SIGN_IN, *OF_ONE_SELF}


@pytest.mark.parametrize("kind", KINDS)
def test_writing_is_open_to_exactly_these_and_a_refusal_writes_nothing(place, kind):
    someone = reader(kind, place.world.acute)
    for route, (form, capability) in POSTS.items():
        before = counted(WRITTEN)
        address = place.address(route)
        response = someone.client.post(address, form)
        if someone.scope(capability) is Scope.NONE:
            status = 403 if someone.is_signed_in else 302
            assert response.status_code == status, address
            check_refusal(response, address, status)
            assert counted(WRITTEN) == before
        else:
            assert response.status_code in (200, 302, 404, 409), address


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_done_to_a_return_asks_for_its_own_capability(place, kind):
    """A lead of Acute does not learn that Older People have a return; an analyst only reads."""
    someone = reader(kind, place.world.acute)
    for action, care_group in product(ACTIONS, ("acute", "older-people")):
        before = counted(WRITTEN)
        address = place.address(RETURN, care_group=care_group)
        response = someone.client.post(address, {"action": action})
        reads, acts = (
            (scope is Scope.ANY or (scope is Scope.OWN and care_group == "acute"))
            for scope in (someone.scope(Capability.READ_DRAFTS), someone.scope(ACTIONS[action]))
        )
        if not someone.is_signed_in:
            status = 302
        elif someone.scope(Capability.READ_DRAFTS) is Scope.NONE:
            status = 403
        elif not reads:
            status = 404
        else:
            status = None if acts else 403
        if status is None:
            assert response.status_code in (200, 302, 409), address
        else:
            assert response.status_code == status, address
            assert counted(WRITTEN) == before


@pytest.mark.parametrize("kind", KINDS)
def test_whether_a_return_exists_is_confidential(place, kind):
    """The same answer for another group's return, started or not, and for no group at all."""
    someone = reader(kind, place.world.acute)
    answers = set()
    for care_group in ("older-people", "nobody-at-all"):
        response = someone.client.get(place.address(RETURN, care_group=care_group))
        answers.add((response.status_code, response.content.decode().replace(care_group, "")))
    if someone.scope(Capability.READ_DRAFTS) is Scope.OWN:
        assert len({status for status, _ in answers}) == 1
        assert {status for status, _ in answers} == {404}
    if someone.scope(Capability.READ_DRAFTS) is Scope.NONE:
        assert {status for status, _ in answers} <= {302, 403}


def test_a_form_without_its_token_is_refused_and_says_why(place):
    client = Client(enforce_csrf_checks=True)
    client.force_login(
        reader("every role", place.world.acute).user,
        backend=BACKEND,
    )
    before = counted(WRITTEN)
    for rule in PAGES:
        if "POST" in rule.methods and rule.route != STOP:  # its link is signed: test_mail.py
            response = client.post(place.address(rule.route), {"action": "save"})
            assert response.status_code == 403, rule.route
            assert "Nothing was saved" in response.content.decode()
    assert counted(WRITTEN) == before


def test_the_table_of_roles_is_the_documented_one():
    page = (Path(__file__).parents[2] / "docs" / "access.md").read_text()
    heading = page.split("<!-- table: roles -->\n")[1].splitlines()[0]
    names = [cell.strip() for cell in heading.strip("|").split("|")][1:]
    assert [name.lower() for name in names] == [ROLE_LABELS[role].lower() for role in Role]
    documented = {row[0]: row[1:] for row in table("access.md", "roles")}
    assert documented == {
        capability.value: [scope_of([role], capability).value.replace("none", "–") for role in Role]
        for capability in Capability
    }


# The table of the domain reference, "Who may do what": who may do each thing at all.
WHO_MAY = {
    Capability.READ_DASHBOARDS: set(Role),
    Capability.READ_DRAFTS: {"care_group_lead", "analyst", "performance_team", "administrator"},
    Capability.ENTER_RETURNS: {"care_group_lead", "performance_team"},
    Capability.APPROVE_RETURNS: {"performance_team"},
    Capability.EDIT_PLANS: {"performance_team", "administrator"},
    Capability.EDIT_MONTHS: {"performance_team", "administrator"},
    Capability.READ_SCHEMES: set(Role),
    Capability.READ_QIA_DRAFTS: {"care_group_lead", "finance_pmo", "qia_signatory"},
    Capability.EDIT_SCHEMES: {"care_group_lead", "finance_pmo"},
    Capability.SIGN_OFF_SAVINGS: {"finance_pmo"},
    Capability.RECORD_QIA_DECISION: {"finance_pmo"},
    Capability.SIGN_QIA: {"qia_signatory"},
    Capability.RUN_MEETINGS: {"board_secretary", "performance_team"},
    Capability.ACCEPT_LEVELS: {"board_secretary", "performance_team"},
    Capability.USE_DATASETS: {"analyst", "performance_team", "finance_pmo", "administrator"},
    Capability.ADMINISTER_USERS: {"administrator"},
}


@pytest.mark.parametrize("capability", Capability)
def test_a_capability_is_held_by_exactly_these_roles(capability):
    assert set(roles_with(capability)) == WHO_MAY[capability]
    for role in Role:
        own = {"care_group_lead", "qia_signatory"}
        scope = scope_of([role], capability)
        if scope is Scope.OWN:
            assert role in own
        wide = {Capability.READ_DASHBOARDS, Capability.READ_SCHEMES}
        if capability is Capability.READ_QIA_DRAFTS:
            wide |= {capability} if role == "qia_signatory" else set()
        if role in own and capability not in wide:
            assert scope in (Scope.OWN, Scope.NONE)
