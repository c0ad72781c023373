"""Junk in any part of any address gets an answer, never a fault of the database."""

import os
import random
from urllib.parse import quote

import pytest

from accounts.roles import Role
from tests.accounts.readers import BACKEND, rules
from tests.board.test_bad_addresses import NO_CODE, NO_MOMENT, NO_MONTH, asked
from tests.factories.people import person

JUNK = [*NO_MONTH, *NO_MOMENT, *NO_CODE, "2025-07", "acute", "strategy-2023-26", "green", "1"]
NAMES = [
    "plan",
    "period",
    "as_at",
    "care_group",
    "q",
    "measure",
    "from",
    "to",
    "status",
    "origin",
    "objective",
    "ambition",
    "bom",
    "page",
    "next",
    "csrfmiddlewaretoken",
    "_popup",
    "o",
    "e",
]
# Of each address. More of them, such as JUNK_TRIES=40, are for an evening.
TRIES = int(os.environ.get("JUNK_TRIES", "2"))


@pytest.fixture
def reader(client, place):
    client.force_login(person(*Role), backend=BACKEND)
    return client


@pytest.mark.parametrize("route", [rule.route for rule in rules() if "GET" in rule.methods])
def test_junk_in_every_parameter_is_never_a_fault(place, reader, route):
    chance = random.Random(route)
    at = route if "…" not in route else "/admin/kpis/measure/"
    for _ in range(TRIES):
        given = {name: chance.choice(JUNK) for name in chance.sample(NAMES, chance.randint(1, 5))}
        response = reader.get(asked(place, at, **given))
        body = response.getvalue() if response.streaming else response.content
        assert response.status_code in (200, 302, 400, 404), (route, given)
        assert b"Traceback" not in body


@pytest.mark.parametrize("route", [rule.route for rule in rules() if "<" in rule.route])
def test_junk_in_every_place_of_an_address_is_never_a_fault(place, reader, route):
    chance = random.Random(route)
    for _ in range(TRIES):
        parts = {name: quote(chance.choice(JUNK), safe="") for name in place.parts}
        parts["code"] = parts["care_group"]
        at = route
        for name, text in parts.items():
            at = at.replace(f"<{name}>", text or "-")
        response = reader.get(at)
        assert response.status_code in (200, 301, 400, 404, 405), at[:200]
