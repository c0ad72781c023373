"""Pages about savings at a past moment show what was known then, and say so where nothing was."""

import re
from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from cip.gate import QiaStatus
from cip.models import Programme
from cip.months.page import month_page
from cip.standing.read import standing_of
from tests.cip.walk import SEPTEMBER
from tests.factories.plans import PlanFactory

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


@pytest.fixture
def finance(walk):
    client = Client()
    client.force_login(walk.finance, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_a_scheme_is_not_found_before_it_was_entered(walk, finance):
    walk.to_delivery()
    url = walk.scheme.get_absolute_url()
    before = (walk.scheme.stages.earliest("pk").known_from - timedelta(days=1)).date()

    for page in ("", "qia/", "data.csv", "qia/data.csv"):
        assert finance.get(f"{url}{page}").status_code == 200, page
        past = finance.get(f"{url}{page}?as_at={before}")
        assert past.status_code == 404, page
        assert "was not known then" in past.text, page


def test_an_assessment_that_was_begun_later_was_not_started(delivering):
    walk = delivering
    between = timezone.now()
    first = walk.scheme
    walk.add("CIP-A2")
    walk.write()
    assert standing_of(walk.scheme).qia_status is QiaStatus.DRAFT
    assert standing_of(walk.scheme, known_at=between).qia_status is QiaStatus.NOT_STARTED
    assert standing_of(first, known_at=between).assessed is not None


def test_the_page_of_a_month_is_as_known_and_signs_nothing(walk, finance):
    walk.to_delivery()
    walk.later(date(2019, 10, 3))
    walk.phase({SEPTEMBER: "20"}, "actual")
    before = walk.now + timedelta(seconds=1)
    walk.sign_off(SEPTEMBER, seen="20")
    url = f"/cip/{walk.programme.year}/months/?month={SEPTEMBER}"

    now = month_page(walk.programme, SEPTEMBER)
    then = month_page(walk.programme, SEPTEMBER, before)
    assert now.lines[0].state == "Signed off"
    assert then.lines[0].state == "Ready"
    assert then.sentence.endswith("unsigned for September 2019 then.")
    past = finance.get(f"{url}&as_at={before.isoformat()}").text
    assert '<button class="nhsuk-button nhsuk-button--secondary">' not in past


def test_the_calendar_leads_to_reports_as_known_on_their_day(walk, finance, monkeypatch):
    planned = Programme.objects.create(
        year="2018-19", title="As the plan says", plan=PlanFactory(published_on=date(2018, 4, 3))
    )
    monkeypatch.setattr(timezone, "localdate", lambda *_: date(2019, 8, 1))

    def links(year: str) -> list[str]:
        page = finance.get(f"/cip/{year}/calendar/").text
        return re.findall(rf'href="(/cip/{year}/reports/[^"]*as_at=[^"]*)"', page)

    assert not links(walk.programme.year), "it was entered in the tracker after those days"
    found = links(planned.year)
    assert found[0] == "/cip/2018-19/reports/programme/2018-04/?as_at=2018-05-20"
    assert len(found) == 24
    assert {finance.get(link).status_code for link in found} == {200}
