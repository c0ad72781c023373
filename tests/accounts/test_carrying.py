"""A form that comes after the sign-in has ended is not lost: it waits, and is sent again."""

import html
import re

import pytest
from django.contrib.sessions.models import Session
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from accounts.models import SignInTries
from accounts.sign_in import carrying
from kpis.models import ReturnCell
from strategy.periods import Month
from tests.factories.measures import MeasureFactory, ReportingPeriodFactory, SeriesFactory
from tests.factories.people import lead_of, person
from tests.factories.plans import CareGroupFactory, TrustFactory

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
SIGN_IN = "/accounts/sign-in/"
PASSWORD = "a horse that battery staples"
MONTH = Month.of(timezone.localdate()).plus(-1)
COMMENT = 'Two wards closed.\r\nReview on 1 Dec <soon> & "again"'


@pytest.fixture
def series():
    TrustFactory()
    ReportingPeriodFactory(month=MONTH)
    acute = CareGroupFactory(code="acute", name="Acute")
    return SeriesFactory(measure=MeasureFactory(code="calls", name="Calls"), care_group=acute)


@pytest.fixture
def browser(series):
    """A lead at a browser that proves its forms, whose sign-in has ended since the page came."""
    lead = lead_of(series.care_group, username="amara")
    lead.set_password(PASSWORD)
    lead.save()
    client = Client(enforce_csrf_checks=True)
    client.force_login(lead, backend="django.contrib.auth.backends.ModelBackend")
    return client


def hidden(page: str) -> dict[str, str]:
    found = re.findall(r'<input type="hidden"[^>]* name="([^"]+)" value="([^"]*)"', page)
    return {name: html.unescape(text) for name, text in found}


def send_late(browser, series) -> tuple[dict[str, str], str]:
    """Send a form after the sign-in has ended, and give the page that came back."""
    address = f"/returns/{MONTH}/acute/"
    sent = hidden(browser.get(address).content.decode())
    sent |= {f"s{series.pk}-value": "31", f"s{series.pk}-comment": COMMENT, "action": "save"}
    Session.objects.all().delete()
    late = browser.post(address, sent)
    assert late.status_code == 403
    return sent, late.content.decode()


def test_what_was_typed_is_there_after_signing_in_and_is_saved_when_sent(browser, series):
    sent, page = send_late(browser, series)
    assert "You have been signed out, so nothing was saved." in page
    assert not ReturnCell.objects.exists()
    carried = hidden(page)
    wrong = browser.post(SIGN_IN, {**carried, "username": "amara", "password": "guess"})
    carried = hidden(wrong.content.decode())
    back = browser.post(SIGN_IN, {**carried, "username": "amara", "password": PASSWORD})
    assert "Nothing is saved yet" in back.text
    assert f'action="/returns/{MONTH}/acute/"' in back.text
    again = hidden(back.text)
    kept = {name: text for name, text in again.items() if name in sent and "token" not in name}
    assert kept == {name: text for name, text in sent.items() if "token" not in name}
    browser.post(f"/returns/{MONTH}/acute/", again)
    cell = ReturnCell.objects.get(series=series)
    assert (cell.value, cell.comment) == (31, COMMENT)


def sign_in_as(browser, username, page, **more):
    user = person(username=username)
    user.set_password(PASSWORD)
    user.save()
    carried = {**hidden(page), **more}
    return browser.post(
        SIGN_IN, {**carried, "username": username, "password": PASSWORD}, follow=True
    )


def test_nobody_else_is_handed_what_somebody_typed(browser, series):
    _, page = send_late(browser, series)
    answer = sign_in_as(browser, "bola", page)
    assert "Two wards closed" not in answer.text
    assert "Somebody else had typed something on this page" in answer.text
    assert not ReturnCell.objects.exists()


@pytest.mark.parametrize("fault", ["another", "changed", "absent"])
def test_a_seal_that_does_not_fit_carries_nothing(browser, series, fault):
    _, page = send_late(browser, series)
    carried = hidden(page)
    if fault == "another":
        carried[carrying.SEAL] = carrying._seal(0, carrying.kept_in(QueryDict()))
    elif fault == "changed":
        carried[f"kept.s{series.pk}-value"] = "99"
    else:
        del carried[carrying.SEAL]
    back = browser.post(SIGN_IN, {**carried, "username": "amara", "password": PASSWORD})
    assert (back.status_code, back["Location"]) == (302, "/todo/")


def test_a_page_without_its_reader_is_not_carried_and_says_so(browser, series):
    address = f"/returns/{MONTH}/acute/"
    sent = hidden(browser.get(address).content.decode())
    Session.objects.all().delete()
    del browser.cookies["typist"]
    late = browser.post(address, {**sent, f"s{series.pk}-comment": COMMENT})
    assert late.status_code == 403
    assert "kept." not in late.text
    assert "could not be kept here" in " ".join(late.text.split())


def test_the_page_of_someone_before_is_refused_once_another_has_signed_in(browser, series):
    """The token of a form changes with every sign-in."""
    address = f"/returns/{MONTH}/acute/"
    sent = hidden(browser.get(address).content.decode())
    Session.objects.all().delete()
    sign_in_as(browser, "bola", browser.get(SIGN_IN).content.decode())
    Session.objects.all().delete()
    late = browser.post(address, {**sent, f"s{series.pk}-comment": COMMENT})
    assert late.status_code == 403
    assert "kept." not in late.text


def test_a_closed_name_keeps_what_was_typed(browser, series):
    _, page = send_late(browser, series)
    for _ in range(10):
        answer = browser.post(SIGN_IN, {**hidden(page), "username": "amara", "password": "no"})
        page = answer.text
    assert answer.status_code == 429
    SignInTries.objects.all().delete()
    back = browser.post(SIGN_IN, {**hidden(page), "username": "amara", "password": PASSWORD})
    assert "Nothing is saved yet" in back.text


def test_a_form_that_is_not_ours_is_not_carried(browser, series):
    Session.objects.all().delete()
    stranger = Client(enforce_csrf_checks=True)
    for client in (stranger, browser):
        answer = client.post(f"/returns/{MONTH}/acute/", {f"s{series.pk}-value": "31"})
        assert answer.status_code == 403
        assert "kept." not in answer.text


def test_a_carried_form_leads_to_no_other_site(browser, series):
    _, page = send_late(browser, series)
    carried = {**hidden(page), "next": "https://evil.example/", "username": "amara"}
    back = browser.post(SIGN_IN, {**carried, "password": PASSWORD})
    assert 'action="/todo/"' in back.text
    assert "evil.example" not in back.text


@pytest.mark.usefixtures("browser")
def test_signing_in_with_nothing_to_carry_goes_straight_on():
    fresh = Client(enforce_csrf_checks=True)
    token = hidden(fresh.get(SIGN_IN).content.decode())
    answer = fresh.post(SIGN_IN, {**token, "username": "amara", "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/todo/")
