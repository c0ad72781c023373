"""What a first visit transfers: compressed pages, and files as they are made."""

import gzip
import re

import pytest
from django.conf import settings

from accounts.roles import Role
from tests.factories.people import person

pytestmark = pytest.mark.any_database
MOST_ON_A_FIRST_VISIT = 200_000
ADDRESSES = ("/", "/summary/", "/heatmap/", "/plans/strategy-2023-26/ambitions/1/", "/changes/")


@pytest.mark.usefixtures("seeded")
def test_a_first_visit_is_small(client):
    """The page compressed, and what it loads: a file with a compressed neighbour is sent as that.
    The chart script comes after the page."""
    client.force_login(person(Role.BOARD_MEMBER))
    static = settings.BASE_DIR / "static"
    for address in ADDRESSES:
        response = client.get(address, headers={"accept-encoding": "gzip"})
        assert response["Content-Encoding"] == "gzip"
        page = gzip.decompress(response.content).decode()
        loaded = re.findall(r'(?:href|src)="/static/([^"]+)"', page)
        assert loaded
        loaded.append("vendor/nhsuk-frontend/10.6.1/nhsuk-frontend.min.css")
        total = len(response.content)
        for name in set(loaded):
            packed = static / f"{name}.gz"
            total += (packed if packed.exists() else static / name).stat().st_size
        assert total <= MOST_ON_A_FIRST_VISIT, (address, total)


def test_a_file_is_streamed_as_it_is_made(client, db):
    client.force_login(person(Role.ANALYST))
    response = client.get("/exports/plans.csv", headers={"accept-encoding": "gzip"})
    assert response.streaming
    assert "Content-Encoding" not in response
    assert b"plan," in response.getvalue()
