"""The page of a savings programme: what is printed, with or without a plan behind it."""

import pytest

from cip.models import Programme
from tests.factories.people import performance_team
from tests.factories.rows import row

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(client):
    client.force_login(performance_team(), backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_a_programme_of_no_plan_has_its_page(reader):
    programme = row(Programme, plan=None, title="Savings of the year")

    page = reader.get(f"/cip/{programme.year}/")

    assert page.status_code == 200
    assert "Savings of the year" in page.text


def test_a_year_without_a_programme_is_not_found(reader):
    assert reader.get("/cip/1999-00/").status_code == 404
