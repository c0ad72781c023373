"""Programs that call the API, and what they read."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AccessToken, User
from accounts.roles import Role
from accounts.tokens.issue import make_token
from kmpt_tracker.ui.formats import export_text
from kmpt_tracker.ui.tabular import WORDS
from tests.factories.people import access, person


@pytest.fixture
def analyst() -> User:
    return person(Role.ANALYST)


def secret_of(someone: User) -> str:
    now = timezone.now()
    _, secret = make_token(
        name=f"{AccessToken.objects.count()}",
        last_day=timezone.localdate(now) + timedelta(days=30),
        by=someone,
        access=access(someone),
        at=now,
    )
    return secret


def program(someone: User, **headers) -> Client:
    return Client(headers={"Authorization": f"Bearer {secret_of(someone)}", **headers})


@pytest.fixture
def caller(analyst) -> Client:
    return program(analyst)


def read(answer) -> dict:
    """Numbers as the texts they are written as."""
    assert answer.status_code == 200, answer.content
    assert answer["Content-Type"] == "application/json"
    return json.loads(answer.content, parse_float=str, parse_int=str)


def pages(caller: Client, address: str):
    while address:
        page = read(caller.get(address))
        yield page["rows"]
        address = page["next"]


def as_in_csv(row: dict, dataset) -> dict[str, str]:
    """A row of JSON as the CSV has it: text guarded against formulas, absent cells empty."""
    kinds = {column.name: column.kind for column in dataset.columns}
    texts = {name: "" if cell is None else cell for name, cell in row.items()}
    texts = {n: str(c).lower() if isinstance(c, bool) else c for n, c in texts.items()}
    return {n: export_text(c) if c and kinds[n] in WORDS else c for n, c in texts.items()}
