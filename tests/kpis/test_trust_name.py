"""What the trust is called: set on a page, from a day on, and carried by every page since."""

import re
from datetime import date, timedelta
from html import unescape

import pytest
from django.utils import timezone

from accounts.models import AuditEvent
from accounts.permissions import NotAllowed
from accounts.roles import Role
from kpis.organisation.naming import NameRefused, name_trust
from strategy.models import TrustName
from tests.factories.people import access, performance_team, person

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
PAGE = "/organisation/name/"
NORTHMOOR = {
    "name": "Northmoor NHS Foundation Trust",
    "short_name": "Northmoor",
    "starts_on": "",
    "reason": "We begin with the tracker",
}


@pytest.fixture
def team(client):
    someone = performance_team()
    client.force_login(someone)
    return someone


def typed(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def send(client, **boxes):
    """Send the form, and again with what the page then asks to be confirmed."""
    shown = client.post(PAGE, {**NORTHMOOR, **boxes}).content.decode()
    digest = re.search(r'name="confirmed"[^>]*value="(\w+)"', shown)
    return client.post(PAGE, {**NORTHMOOR, **boxes, "confirmed": digest[1] if digest else ""})


def test_a_trust_without_a_name_is_nobody_elses(client, team):
    for address in ("/organisation/", PAGE, "/todo/"):
        shown = client.get(address).content.decode()
        assert "Kent and Medway" not in shown
        assert "KMPT" not in shown
    assert "It has no name yet" in client.get("/organisation/").content.decode()


def test_the_first_name_is_shown_before_it_holds_and_then_stands_on_every_page(client, team):
    shown = unescape(client.post(PAGE, NORTHMOOR).content.decode())
    assert "Nothing is saved yet" in shown
    assert not TrustName.objects.exists()
    assert send(client).status_code == 302
    row = TrustName.objects.get()
    assert (row.name, row.short_name, row.valid_from) == (
        "Northmoor NHS Foundation Trust",
        "Northmoor",
        None,
    )
    event = AuditEvent.objects.get(object_type="strategy.trustname")
    assert (event.by, event.action, event.given.text) == (team, "named", NORTHMOOR["reason"])
    for address in ("/organisation/", "/plans/new/", "/todo/"):
        page = " ".join(client.get(address).content.decode().split())
        assert "– Strategy and KPI tracker – Northmoor </title>" in page
        assert '<span class="kt-lozenge">Northmoor</span>' in page
        assert "<p>Northmoor NHS Foundation Trust</p>" in page
    client.logout()
    assert "tracker of Northmoor NHS Foundation Trust." in client.get("/accounts/sign-in/").text


def test_what_is_confirmed_is_what_was_shown(client, team):
    shown = client.post(PAGE, NORTHMOOR).content.decode()
    digest = re.search(r'name="confirmed"[^>]*value="(\w+)"', shown)
    other = {**NORTHMOOR, "name": "Northmore", "confirmed": digest[1]}
    assert "Northmore" in client.post(PAGE, other).content.decode()
    assert not TrustName.objects.exists()


def test_a_later_name_ends_the_one_before_on_its_day(client, team):
    today = timezone.localdate()
    send(client)
    day = today + timedelta(days=40)
    renamed = {"name": "Northmoor Mental Health NHS Trust", "short_name": "NMH"}
    assert send(client, **renamed, starts_on=typed(day)).status_code == 302
    assert [(row.valid_from, row.valid_to) for row in TrustName.objects.order_by("pk")] == [
        (None, day),
        (day, None),
    ]
    page = client.get("/organisation/").content.decode()
    assert "<p>Northmoor NHS Foundation Trust</p>" in page  # it is called so until then
    assert "To come" in client.get(PAGE).content.decode()


def test_what_cannot_hold_is_refused_in_words_and_saves_nothing(client, team):
    today = timezone.localdate()
    send(client)
    renamed = {"name": "Northmoor Mental Health NHS Trust", "short_name": "NMH"}
    for boxes, words in (
        ({**renamed, "starts_on": ""}, "Enter from which day the trust is no longer"),
        ({**renamed, "starts_on": typed(today - timedelta(days=1))}, "Enter today or a later day"),
        ({**renamed, "starts_on": "30/2/2027"}, "From"),
        ({**renamed, "name": " "}, "Enter the name of the trust"),
        ({**renamed, "short_name": "x" * 41}, "40 characters"),
        ({**renamed, "reason": ""}, "Enter why"),
        ({"name": "northmoor nhs foundation trust", "starts_on": typed(today)}, "already"),
    ):
        answer = send(client, **boxes)
        assert answer.status_code in (200, 409), boxes
        assert words in unescape(answer.content.decode()), boxes
    assert TrustName.objects.get().valid_to is None
    assert AuditEvent.objects.filter(object_type="strategy.trustname").count() == 1


def test_only_who_edits_plans_names_the_trust_and_the_second_first_name_is_refused(team):
    boxes = {"name": "A trust", "short_name": "A", "starts_on": None, "reason": "x"}
    for role in (Role.BOARD_MEMBER, Role.CARE_GROUP_LEAD, Role.FINANCE_PMO):
        someone = person(role)
        with pytest.raises(NotAllowed):
            name_trust(**boxes, by=someone, access=access(someone), at=timezone.now())
    name_trust(**boxes, by=team, access=access(team), at=timezone.now())
    with pytest.raises(NameRefused, match="Enter from which day the trust is no longer A trust"):
        name_trust(**{**boxes, "name": "Another"}, by=team, access=access(team), at=timezone.now())
    assert TrustName.objects.count() == 1
