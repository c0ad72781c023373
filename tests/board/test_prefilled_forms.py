"""What an address chooses on a page of forms is one of what the page offers, else a 400 names it.

A value that nothing answers to would otherwise be left out silently, and another row be changed.
"""

import pytest
from django.urls import reverse

from accounts.roles import Role
from kpis.models import Measure
from tests.accounts.readers import BACKEND
from tests.factories.people import person
from tests.factories.worlds import everywhere

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
JUNK = ("no-such", "0", "99999999999999999999", "<b>")


@pytest.fixture
def place(client):
    found = everywhere()
    client.force_login(person(Role.PERFORMANCE_TEAM, Role.FINANCE_PMO), backend=BACKEND)
    return found


@pytest.mark.parametrize(
    ("route", "name"),
    [
        ("/benchmarks/", "measure"),
        ("/plans/<plan>/targets/new/", "measure"),
        ("/plans/<plan>/targets/new/", "objective"),
        ("/cip/<year>/schemes/<scheme>/steps/", "milestone"),
        ("/cip/<year>/schemes/<scheme>/steps/", "risk"),
        ("/imports/<batch>/rows.csv", "only"),
        ("/imports/<batch>/rows.csv", "status"),
    ],
)
def test_what_a_form_does_not_offer_is_refused_by_name(client, place, route, name):
    address = place.address(route)
    assert client.get(address).status_code == 200
    for junk in JUNK:
        response = client.get(address, {name: junk})
        assert response.status_code == 400, junk
        assert f"“{name}”" in response.text, junk


def test_what_it_offers_is_chosen_and_other_names_are_left_alone(client, place):
    seen = Measure.objects.get(code="seen-in-time")
    for address, value in (
        (reverse("kpis:benchmarks"), seen.code),
        (place.address("/plans/<plan>/targets/new/"), seen.pk),
    ):
        page = client.get(address, {"measure": value, "something": "else"})
        assert page.status_code == 200
        assert f'value="{value}" selected' in page.text
