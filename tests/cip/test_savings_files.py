"""The file of each page of savings has the rows that the page shows, for its filters and moment."""

import csv
import io
import re
from datetime import UTC, datetime
from decimal import Decimal
from html import unescape

import pytest

from accounts.models import User
from accounts.roles import Role
from strategy.periods import FinancialYear
from tests.bench.large_programme import write_programme
from tests.factories.people import person
from tests.factories.plans import TrustFactory
from tests.plugins.kept import kept

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
FIRST, THEN, LATER = (datetime(2026, month, 2, tzinfo=UTC) for month in (4, 5, 6))
SCHEME = re.compile(r'<th scope="row"><a href="/cip/[0-9-]+/schemes/([^/"]+)/')
GROUP = re.compile(r'<tr id="group-([^"]+)">(.*?)</tr>', re.DOTALL)
CELL = re.compile(r"<td[^>]*>([^<]*)</td>")
CHOICES = (
    "",
    "care_group=savings-2",
    "stage=in_delivery&sort=-plan",
    "rating=amber&qia=approved",
    "rating=red&sort=-weighted&until=2026-06",
    "category=pay&sort=scheme",
    f"as_at={THEN:%Y-%m-%d}",
)


@kept
def finance() -> User:
    """Who reads a programme of 120 schemes, and a second one that was entered later."""
    TrustFactory()
    write_programme(FinancialYear(2026), 120, at=FIRST)
    write_programme(FinancialYear(2027), 5, at=LATER)
    return person(Role.FINANCE_PMO)


@pytest.fixture
def reader(finance, client):
    client.force_login(finance, backend="django.contrib.auth.backends.ModelBackend")
    return client


def rows_of(client, address: str) -> list[dict[str, str]]:
    response = client.get(address)
    assert response.status_code == 200
    return list(csv.DictReader(io.StringIO(response.getvalue().decode("utf-8-sig"))))


def link_to(page: str, file: str) -> str:
    (found,) = set(re.findall(rf'href="({re.escape(file)}[^"]*)"', page))
    return unescape(found)


@pytest.mark.parametrize("choice", CHOICES)
def test_the_file_of_the_schemes_has_those_shown_in_their_order(reader, choice):
    page = reader.get(f"/cip/2026-27/schemes/?{choice}").text
    found = rows_of(reader, link_to(page, "/cip/2026-27/schemes/data.csv"))

    assert SCHEME.findall(page) == [row["scheme"] for row in found] != []


@pytest.mark.parametrize("choice", CHOICES)
def test_a_programme_shows_the_first_hundred_of_the_schemes_in_its_second_file(reader, choice):
    page = reader.get(f"/cip/2026-27/?{choice}").text
    found = rows_of(reader, link_to(page, "/cip/2026-27/schemes/data.csv"))

    assert SCHEME.findall(page) == [row["scheme"] for row in found][:100] != []
    assert f"{len(found)} schemes as a file (CSV)" in page
    assert ("The first 100 of" in page) is (len(found) > 100)


@pytest.mark.parametrize("choice", ["", "until=2026-06", "stage=idea&until=2026-06", CHOICES[-1]])
def test_the_file_of_a_programme_has_its_table_by_care_group(reader, choice):
    page = reader.get(f"/cip/2026-27/?{choice}").text
    found = rows_of(reader, link_to(page, "/cip/2026-27/data.csv"))

    names = ("identified_k", "unidentified_k", "risk_weighted_k", "", "forecast_k")
    for (code, cells), row in zip(GROUP.findall(page), found, strict=True):
        shown = [cell.replace(",", "").replace("−", "-") for cell in CELL.findall(cells)][3:]
        assert row["care_group"] == code
        for cell, name in zip(shown, names, strict=False):
            assert not name or abs(Decimal(cell) - Decimal(row[name])) < 1, (code, name)
        assert abs(Decimal(shown[5]) - Decimal(row["delivered_to_date_k"])) < 1


def test_the_file_at_a_past_moment_knows_nothing_of_later(reader):
    past = f"as_at={THEN:%Y-%m-%d}"
    assert reader.get(f"/cip/2027-28/schemes/data.csv?{past}").status_code == 200
    assert rows_of(reader, f"/cip/2027-28/schemes/data.csv?{past}") == []
    assert len(rows_of(reader, "/cip/2027-28/schemes/data.csv")) == 5


def test_a_file_refuses_a_filter_that_its_page_does_not_know(reader):
    assert reader.get("/cip/2026-27/schemes/data.csv?lead=me").status_code == 400
    assert reader.get("/cip/2026-27/schemes/data.csv?stage=dreamt").status_code == 400


def test_the_table_says_what_a_rating_counts_and_marks_each_assessment(reader):
    shown = {row[0]: row for row in _rows(reader.get("/cip/2026-27/schemes/").text)}

    assert "Green 100%" in shown["L-000"][1]
    assert "Amber 50%" in shown["L-001"][1]
    assert "Red 0%" in shown["L-002"][1]
    assert "#i-tick" in shown["L-000"][1], "it delivers"
    assert "#i-" not in shown["L-119"][1], "its assessment is not started"


def _rows(page: str) -> list[tuple[str, str]]:
    rows = re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)
    return [(found[1], row) for row in rows if (found := SCHEME.search(row))]
