"""The page of a programme makes as many queries for 500 schemes as for five."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.roles import Role
from cip.models import Allocation, Deliverability, Phasing, Programme, Scheme, SchemeStage
from strategy.periods import FinancialYear
from tests.bench.large_programme import write_programme
from tests.factories.people import person
from tests.factories.plans import CareGroupFactory, TrustFactory

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
AT = datetime(2026, 4, 2, tzinfo=UTC)
MOST = 15
YEAR = FinancialYear(2026)


def add(programme: Programme, first: int, last: int) -> None:
    group = programme.allocations.get().care_group
    schemes = Scheme.objects.bulk_create(
        Scheme(
            programme=programme, reference=f"S-{number}", title=f"Scheme {number}",
            care_group=group, category="pay", is_recurrent=True, is_cash_releasing=True,
        )
        for number in range(first, last)
    )  # fmt: skip
    for stage in ("idea", "outlined"):
        SchemeStage.objects.bulk_create(
            SchemeStage(scheme=scheme, stage=stage, known_from=AT) for scheme in schemes
        )
    Deliverability.objects.bulk_create(
        Deliverability(scheme=scheme, rating="amber", known_from=AT) for scheme in schemes
    )
    Phasing.objects.bulk_create(
        Phasing(scheme=scheme, month=month.start, kind=kind, amount_k=2, version=1, known_from=AT)
        for scheme in schemes
        for month in YEAR.months
        for kind in ("plan", "forecast")
    )


def asked(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


def test_five_hundred_schemes_ask_no_more_than_five():
    TrustFactory()
    programme = Programme.objects.create(year=YEAR.code, title="CIP", printed_target_k=9000)
    Allocation.objects.create(
        programme=programme, care_group=CareGroupFactory(), position=1, label_as_published="A",
        target_k=9000,
    )  # fmt: skip
    client = Client()
    client.force_login(
        person(Role.BOARD_MEMBER), backend="django.contrib.auth.backends.ModelBackend"
    )
    add(programme, 0, 5)
    pages = ("/cip/2026-27/", "/cip/2026-27/schemes/", "/cip/", "/cip/2026-27/schemes/S-1/")
    few = {page: asked(client, page) for page in pages}
    add(programme, 5, 500)
    assert {page: asked(client, page) for page in pages} == few
    assert few["/cip/2026-27/"] <= MOST
    page = client.get("/cip/2026-27/?stage=outlined&sort=-plan")
    assert page.content.count(b'<th scope="row"><a href="/cip/2026-27/schemes/') == 100
    assert "The first 100 of 500 schemes are shown" in page.content.decode()
    assert b"/cip/2026-27/schemes/?stage=outlined&amp;sort=-plan" in page.content
    assert "12,000" in page.content.decode(), "the sums are those of all 500"
    every = client.get("/cip/2026-27/schemes/?stage=outlined&sort=-plan")
    assert every.content.count(b'<th scope="row"><a href="/cip/2026-27/schemes/') == 500


def test_schemes_that_deliver_with_signed_assessments_need_no_more_either():
    TrustFactory()
    client = Client()
    client.force_login(
        person(Role.BOARD_MEMBER), backend="django.contrib.auth.backends.ModelBackend"
    )
    write_programme(FinancialYear(2028), 5, at=AT)
    few = asked(client, "/cip/2028-29/")
    assert few <= MOST
    write_programme(FinancialYear(2029), 50, at=AT)
    assert asked(client, "/cip/2029-30/") == few
