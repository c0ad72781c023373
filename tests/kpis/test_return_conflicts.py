"""Two people at one return: the page shows both figures, and what was typed stays in its box."""

import html
import re

import pytest
from django.utils import timezone

from kpis.models import Actual, Return, ReturnCell
from strategy.periods import Month
from tests.factories.measures import MeasureFactory, ReportingPeriodFactory, SeriesFactory
from tests.factories.people import lead_of, performance_team
from tests.factories.plans import CareGroupFactory, TrustFactory

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
MONTH = Month.of(timezone.localdate()).plus(-1)
ADDRESS = f"/returns/{MONTH}/acute/"
REVIEW = f"{ADDRESS}review/"


@pytest.fixture
def calls():
    TrustFactory()
    ReportingPeriodFactory(month=MONTH)
    acute = CareGroupFactory(code="acute", name="Acute")
    return SeriesFactory(measure=MeasureFactory(code="calls", name="Calls"), care_group=acute)


def post(client, series, value: str, version: int, action: str = "save", **more):
    prefix = f"s{series.pk}"
    posted = {f"{prefix}-version": version, f"{prefix}-value": value, "action": action, **more}
    return client.post(ADDRESS, posted, follow=True)


def test_a_stale_save_shows_both_and_keeps_what_was_typed(client, calls):
    client.force_login(lead_of(calls.care_group, first_name="Amara"), backend=BACKEND)
    assert "Draft saved: 1 figure changed." in post(client, calls, "12", 0).text
    client.force_login(lead_of(calls.care_group, first_name="Owen"), backend=BACKEND)
    for action in ("save", "submit"):
        refused = post(client, calls, "21", 0, action)
        page = html.unescape(refused.text)
        assert refused.status_code == 409
        assert re.search(r"<title>\s*Error: ", refused.text)
        assert "Calls: Amara saved 12 while you were typing" in page
        assert "You typed 21, which is in the box and not saved." in page
        assert re.search(rf'name="s{calls.pk}-value"\s+value="21"', page)
        assert f'name="s{calls.pk}-version" value="1"' in page
    assert ReturnCell.objects.get().value == 12
    assert not Actual.objects.exists()
    assert "Draft saved" in post(client, calls, "21", 1).text
    assert ReturnCell.objects.get().value == 21


def test_saving_the_same_again_says_that_nothing_has_changed(client, calls):
    client.force_login(lead_of(calls.care_group), backend=BACKEND)
    post(client, calls, "12", 0)
    assert "Everything you entered is saved, last " in post(client, calls, "12", 1).text


def test_a_return_goes_back_with_a_reason_and_is_submitted_again(client, calls):
    lead, team = lead_of(calls.care_group), performance_team(first_name="Priya")
    client.force_login(lead, backend=BACKEND)
    assert "Submitted." in post(client, calls, "12", 0, "submit").text
    client.force_login(team, backend=BACKEND)
    version = Return.objects.get().version
    back = {"do": "back", "scope": "all", "version": version, "why": "Check the wards"}
    bare = client.post(REVIEW, {**back, "why": " "})
    assert "Say why the return goes back" in bare.text
    stale = client.post(REVIEW, {"do": "approve", "version": version - 1})
    assert stale.status_code == 409
    assert not Actual.objects.current().exists()
    page = client.post(REVIEW, back, follow=True)
    assert f"Sent back, with your reason: Acute {MONTH.label}." in page.text
    client.force_login(lead, backend=BACKEND)
    page = client.get(ADDRESS)
    assert "Sent back by Priya" in page.text
    assert "Check the wards" in page.text
    assert "Submitted." in post(client, calls, "13", 1, "submit").text
    assert Actual.objects.latest("version").value == 13


def test_nobody_approves_what_they_entered(client, calls):
    team = performance_team()
    client.force_login(team, backend=BACKEND)
    post(client, calls, "12", 0, "submit")
    version = Return.objects.get().version
    assert "You submitted this return" in client.get(REVIEW).text
    refused = client.post(REVIEW, {"do": "approve", "version": version})
    assert refused.status_code == 403
    assert "You entered or submitted figures of this return yourself." in refused.text
    assert not Actual.objects.current().exists()
    client.force_login(performance_team(), backend=BACKEND)
    page = client.post(REVIEW, {"do": "approve", "version": version}, follow=True)
    assert f"Approved: Acute {MONTH.label}." in page.text
    assert Actual.objects.current().get().value == 12
