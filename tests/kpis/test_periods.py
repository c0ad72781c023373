"""The month as a whole: opened by the first write, locked, and opened again for a reason."""

from datetime import timedelta

import pytest

from accounts.models import AuditEvent
from kpis.models import ReportingPeriod, Return
from kpis.months.clock import data_clock, find_period, open_period
from strategy.periods import Month
from tests.factories.people import lead_of, performance_team
from tests.factories.plans import CareGroupFactory

SEPTEMBER = Month(2026, 9)
CLOCK = data_clock(SEPTEMBER)
LOCK = "/returns/2019-03/lock/"
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.mark.parametrize("opened", [find_period, open_period])
def test_a_month_that_nobody_opened_is_locked_from_its_freeze(db, opened):
    before = opened(SEPTEMBER, at=CLOCK["freezes_at"] - timedelta(seconds=1))
    assert before.locked_at is None
    ReportingPeriod.objects.all().delete()
    assert opened(SEPTEMBER, at=CLOCK["freezes_at"]).locked_at == CLOCK["freezes_at"]


def test_a_month_that_was_opened_in_time_stays_open_until_it_is_locked(db):
    open_period(SEPTEMBER, at=CLOCK["opens_at"])
    assert open_period(SEPTEMBER, at=CLOCK["freezes_at"]).locked_at is None


def test_a_lead_cannot_open_a_month_long_past_by_saving_into_it(client, db):
    acute = CareGroupFactory(code="acute")
    client.force_login(lead_of(acute), backend=BACKEND)
    page = client.get("/returns/2019-03/acute/")
    assert "Locked" in page.text
    assert "Save draft" not in page.text
    refused = client.post("/returns/2019-03/acute/", {"action": "save"})
    assert refused.status_code == 409
    assert "March 2019 is locked. The performance team can open it again" in refused.text


def test_the_team_opens_a_month_long_past_with_a_reason_that_stays_on_record(client, db):
    team = performance_team()
    client.force_login(team, backend=BACKEND)
    page = client.post(LOCK, {"to": "open", "reason": " "})
    assert "Enter why the month is opened again" in page.text
    client.post(LOCK, {"to": "open", "reason": "Late audit"})
    assert ReportingPeriod.objects.get().locked_at is None
    event = AuditEvent.objects.get()
    assert (event.by, event.action, event.reason) == (team, "reopened", "Late audit")
    asked = client.get(LOCK)
    confirmed = asked.context["effects"].digest
    page = client.post(LOCK, {"confirmed": confirmed}, follow=True)
    assert "March 2019 is locked." in page.text
    assert ReportingPeriod.objects.get().locked_at is not None
    page = client.post(LOCK, {"confirmed": confirmed}, follow=True)
    assert "Mar 2019 is already locked." in page.text
    assert not Return.objects.exists()
