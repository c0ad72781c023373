"""A personal token in tests: made, sent, refused."""

import base64
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AccessToken, User
from accounts.roles import Role
from accounts.tokens.issue import make_token
from kmpt_tracker.ui.formats import format_date
from tests.accounts.readers import BACKEND
from tests.factories.people import access, person

PASSWORD = "quiet-otter-lantern"
PAGE = "/accounts/tokens/"
FILE = "/exports/care_groups.csv"


@pytest.fixture
def analyst() -> User:
    return person(Role.ANALYST, username="ann")


@pytest.fixture
def administrator() -> User:
    return person(Role.ADMINISTRATOR, username="ada")


def made(by: User, name: str = "laptop", days: int = 30, at=None) -> tuple[AccessToken, str]:
    at = at or timezone.now()
    return make_token(
        name=name,
        last_day=timezone.localdate(at) + timedelta(days=days),
        by=by,
        access=access(by),
        at=at,
    )


def asked(secret: str, address: str = FILE, scheme: str = "Bearer", **more):
    return Client().get(address, headers={"Authorization": f"{scheme} {secret}"}, **more)


def basic(username: str, secret: str) -> str:
    return base64.b64encode(f"{username}:{secret}".encode()).decode()


def refusal(response, status: int = 401) -> str:
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    if status == 401:
        assert response["WWW-Authenticate"].startswith("Bearer ")
    return response.json()["detail"]


def typed(**other) -> dict[str, str]:
    last_day = format_date(timezone.localdate() + timedelta(days=30))
    return {"do": "make", "name": "laptop", "last_day": last_day, "password": PASSWORD, **other}


def signed_in(someone: User) -> Client:
    someone.set_password(PASSWORD)
    someone.save()
    client = Client()
    client.force_login(someone, backend=BACKEND)
    return client
