"""Drawn pages are kept until something is written; each reader gets their own page header."""

import re
from datetime import timedelta
from decimal import Decimal
from itertools import count

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import audit
from accounts.roles import Role
from cip.models import Programme, Scheme
from kpis.assessments.store import recompute, touch
from strategy.periods import Month
from tests.factories.measures import ReturnFactory, approved
from tests.factories.people import person
from tests.factories.rows import row

pytestmark = pytest.mark.django_db
KEPT = (
    "/",
    "/measures/",
    "/measures/seen-in-time/",
    "/measures/seen-in-time/?care_group=acute",
    "/plans/",
    "/plans/strategy-2023-26/",
    "/plans/strategy-2023-26/ambitions/1/",
    "/threads/",
    "/cip/",
    "/care-groups/acute/",
    "/summary/",
    "/matrix/",
    "/heatmap/",
    "/changes/",
    "/measures/?as_at=2025-08-31",
)
MOST_KEPT = 6


@pytest.fixture(autouse=True)
def _keeping(settings, monkeypatch):
    """Pages are kept, and the whole test happens within one minute: each minute draws them anew."""
    settings.KEEPS_PAGES = True
    minute = timezone.now().replace(second=0, microsecond=0) + timedelta(minutes=1)
    ticks = count()
    monkeypatch.setattr(timezone, "now", lambda: minute + timedelta(microseconds=next(ticks)))


def reader(*roles: Role) -> Client:
    client = Client()
    client.force_login(
        person(*(roles or (Role.BOARD_MEMBER,))),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    return client


def asks(client: Client, path: str) -> tuple[int, str]:
    with CaptureQueriesContext(connection) as asked:
        page = client.get(path).content.decode()
    return len(asked), page


@pytest.mark.parametrize("path", KEPT)
def test_a_kept_page_says_the_same_and_asks_little(world, path):
    first, drawn = asks(one := reader(), path)
    again, taken = asks(one, path)
    other = asks(reader(), path)[1]
    assert again <= MOST_KEPT
    assert again < first or first <= MOST_KEPT

    def said(page: str) -> str:
        return page.partition("</header>")[2]

    assert said(taken) == said(drawn) == said(other)
    assert taken.count("</header>") == taken.count("<header") == 1


def test_each_reader_has_a_head_of_their_own(world):
    one, two = person(Role.BOARD_MEMBER), person(Role.BOARD_MEMBER)
    for user, other in ((one, two), (two, one)):
        client = Client(enforce_csrf_checks=True)
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        page = client.get("/measures/").content.decode()
        assert str(user) in page
        assert str(other) not in page
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
        signed_out = client.post("/accounts/sign-out/", {"csrfmiddlewaretoken": token})
        assert signed_out.status_code == 302


def test_a_page_is_drawn_anew_after_a_figure_or_any_record(world):
    client = reader()
    before = asks(client, "/measures/seen-in-time/?care_group=acute")[1]
    assert "96.0%" in before
    approved(world.series, Month(2025, 7), numerator=Decimal(10), denominator=Decimal(50))
    touch([world.series.pk])
    recompute(stale_only=True, at=world.plan.known_from)
    assert "20.0%" in asks(client, "/measures/seen-in-time/?care_group=acute")[1]
    asks(client, "/measures/")
    few = asks(client, "/measures/")[0]
    audit.record(at=world.plan.known_from, by=None, action="noted", obj=world.plan)
    assert asks(client, "/measures/")[0] > few
    assert asks(client, "/measures/")[0] == few


def test_a_saved_draft_draws_no_page_anew_and_a_submitted_return_does(world):
    """Drafts are saved all day while returns are open, and are not shown outside the return."""
    client, submission = reader(), ReturnFactory()
    asks(client, "/measures/")
    few = asks(client, "/measures/")[0]
    for action, is_anew in (("draft saved", False), ("submitted", True), ("approved", True)):
        audit.record(at=world.plan.known_from, by=None, action=action, obj=submission)
        assert (asks(client, "/measures/")[0] > few) is is_anew


SAVINGS = ("/cip/", "/cip/2019-20/", "/cip/2019-20/?show=plan", "/cip/2019-20/schemes/")


@pytest.mark.parametrize("path", SAVINGS)
def test_a_page_of_savings_is_kept_while_figures_come_in(world, path):
    """It reads nothing but savings and plans, and each change of those is on record."""
    client, submission = reader(), ReturnFactory()
    scheme = row(Scheme, programme=row(Programme, year="2019-20"), origin="entered")
    with CaptureQueriesContext(connection) as drawn:
        client.get(path)
    stamp = 'FROM "accounts_auditevent"'  # every page's first question, which names other tables
    tables = {
        table
        for query in drawn
        if stamp not in query["sql"]
        for table in re.findall(r'(?:FROM|JOIN) "(\w+)"', query["sql"])
    }
    assert {table for table in tables if table.startswith("cip_")}
    of_measures = {table for table in tables if table.startswith("kpis_")}
    assert of_measures <= {"kpis_measure", "kpis_textchange"}
    few = asks(client, path)[0]
    touch([world.series.pk])
    recompute(stale_only=True, at=world.plan.known_from)
    audit.record(at=world.plan.known_from, by=None, action="approved", obj=submission)
    assert asks(client, path)[0] == few
    audit.record(at=world.plan.known_from, by=None, action="saving recorded", obj=scheme)
    assert asks(client, path)[0] > few
    assert asks(client, path)[0] == few


def test_readers_who_may_do_more_get_a_page_of_their_own(world):
    path = "/measures/seen-in-time/"
    assert "Change targets or limits" not in asks(reader(), path)[1]
    assert "Change targets or limits" in asks(reader(Role.PERFORMANCE_TEAM), path)[1]
    assert "Change targets or limits" not in asks(reader(), path)[1]


def test_a_bad_address_is_refused_each_time(world):
    client = reader()
    for _ in range(2):
        assert client.get("/measures/?plan=nothing").status_code == 400
        assert client.get("/measures/nothing/").status_code == 404
