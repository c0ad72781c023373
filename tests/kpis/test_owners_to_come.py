"""An owner from a day to come is named where the present one is, as was known at a moment."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from accounts.roles import Role
from kpis.assessments.owners import owners_ahead
from kpis.set_up.change import plan_owner, take_over_owners, withdraw_planned_owner
from strategy.periods import Month
from tests.factories.measures import (
    MeasureFactory,
    ReportingPeriodFactory,
    SeriesFactory,
    TargetFactory,
    approved,
)
from tests.factories.people import access, performance_team, person
from tests.factories.plans import PlanFactory, TrustFactory
from tests.plugins.kept import kept

pytestmark = pytest.mark.django_db
DAY = date(2099, 1, 1)
SAID = "from 1 Jan 2099: Chief Nurse"


@kept
def series():
    TrustFactory()
    row = SeriesFactory(measure=MeasureFactory(code="turnover", name="Turnover", owner="Director"))
    TargetFactory(measure=row.measure, plan=PlanFactory(code="now"), statement="Fewer leave")
    SeriesFactory(measure=MeasureFactory(code="beds", name="Beds", owner="Medical Director"))
    approved(row, Month.of(timezone.localdate()).plus(-2), 90)
    return row


def planned(series, *, at=None):
    return plan_owner(
        measure=series.measure,
        owner="Chief Nurse",
        starts_on=DAY,
        by=performance_team(),
        at=at or timezone.now(),
    )


@pytest.mark.parametrize("address", ["/measures/turnover/", "/summary/", "/summary/?plan=now"])
def test_pages_name_the_owner_to_come_beside_the_present_one(client, series, address):
    client.force_login(person(Role.ANALYST))
    assert SAID not in client.get(address).content.decode()
    planned(series)
    page = " ".join(client.get(address).content.decode().split())
    assert f"Director, {SAID}" in page


def test_the_return_names_it_in_its_section(client, series):
    month = Month.of(timezone.localdate()).plus(-1)
    period = ReportingPeriodFactory(month=month)
    planned(series)
    client.force_login(performance_team())
    address = f"/returns/{period.month}/{series.care_group.code}/"
    said = f"Turnover, {SAID}"
    own = client.get(address, {"section": "director"}).content.decode()
    assert said in " ".join(own.split())
    other = client.get(address, {"section": "medical-director"}).content.decode()
    assert said not in other


def test_it_is_named_as_was_known_and_until_the_day(series):
    before = timezone.now()
    row = planned(series)
    wanted = [series.measure_id]
    assert owners_ahead(wanted) == {series.measure_id: SAID}
    assert owners_ahead(wanted, before) == {}
    later = row.recorded_at + timedelta(hours=1)
    by = performance_team()
    withdraw_planned_owner(measure_id=series.measure_id, by=by, access=access(by), at=later)
    assert owners_ahead(wanted) == {}
    assert owners_ahead(wanted, later - timedelta(minutes=1)) == {series.measure_id: SAID}
    planned(series, at=later)
    take_over_owners(at=timezone.now() + timedelta(days=40_000))
    assert owners_ahead(wanted) == {}
