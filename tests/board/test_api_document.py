"""What docs/api.md says: its examples are run, its tables are those of the code."""

import io
import os
import re
import urllib.request
from pathlib import Path

import pandas
import pytest
from django.test import Client

from accounts.roles import Role
from board.api.document import REFUSALS
from tests.accounts.readers import routes
from tests.board.calling import secret_of
from tests.documents import code, table
from tests.factories.people import person

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "api.md").read_text()
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


class Answer(io.BytesIO):
    """What a program gets of an answer."""

    def __init__(self, answer):
        super().__init__(answer.getvalue())
        self.headers = dict(answer.headers)


def over_the_wire(request: urllib.request.Request, *_, **__) -> Answer:
    # The library keeps the names of headers with a capital letter at their head alone.
    headers = dict(request.header_items())
    address = request.full_url.removeprefix("http://127.0.0.1:8000")
    answer = Client(headers={"host": "127.0.0.1:8000"}).get(address, headers=headers)
    assert answer.status_code == 200, address
    return Answer(answer)


@pytest.mark.any_database
@pytest.mark.usefixtures("seeded")
def test_the_examples_give_the_same_rows_by_pages_and_as_a_file(monkeypatch):
    monkeypatch.setitem(os.environ, "TRACKER_TOKEN", secret_of(person(Role.ANALYST)))
    monkeypatch.setattr(urllib.request, "urlopen", over_the_wire)
    found: dict = {}
    for example in EXAMPLES:
        exec(example, found)
    figures, whole = found["figures"], found["whole"]
    assert len(figures) == len(whole) > 300
    assert list(figures.columns) == list(whole.columns)
    pandas.testing.assert_series_equal(
        figures["value"].astype(float), whole["value"].astype(float), check_dtype=False
    )


def test_its_addresses_are_those_of_the_api():
    listed = {code(address) for address, _ in table("api.md", "api")}
    assert listed == {route for route in routes() if re.fullmatch(r"/api/.*[^/]|/api/v1/", route)}


def test_its_errors_are_those_of_the_document():
    said = {int(status) for status, _ in table("api.md", "api errors")}
    assert set(REFUSALS) <= said
