"""Lists name plans and promises by their words, and do not emphasise late figures."""

import re

import pytest
from django.utils import timezone

from accounts.roles import Role
from kpis.assessments.store import recompute
from strategy.periods import Month
from tests.factories.measures import MeasureFactory, SeriesFactory, TargetFactory, approved
from tests.factories.people import person
from tests.factories.plans import CareGroupFactory, PlanFactory, TrustFactory

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
OLD = Month(2019, 1)


@pytest.fixture
def promised(client):
    """A measure that two plans promise, and whose last figure is years old."""
    trust = TrustFactory()
    acute = CareGroupFactory(code="acute", name="Acute")
    measure = MeasureFactory(code="calls", name="Calls answered")
    for code, title, short in (
        ("plan-b", "A strategy with a long title", "Strategy 2021–24"),
        ("plan-a", "Plan A", ""),
    ):
        plan = PlanFactory(code=code, title=title, short_title=short)
        TargetFactory(
            measure=measure,
            care_group=trust,
            plan=plan,
            code=f"{code}/1",
            statement=f"Answer every call, says {title}",
        )
    for group in (trust, acute):
        approved(SeriesFactory(measure=measure, care_group=group), OLD, 31)
    recompute(at=timezone.now(), stale_only=False)
    client.force_login(person(*Role), backend="django.contrib.auth.backends.ModelBackend")
    return measure


def test_the_register_names_plans_as_readers_do(client, promised):
    page = client.get("/measures/").text
    row = page[page.index("Calls answered</a>") :].partition("</tr>")[0]
    assert "Strategy 2021–24" in row
    assert "Plan A" in row
    assert "plan-a" not in row


@pytest.mark.parametrize("address", ["/measures/", "/care-groups/acute/"])
def test_a_figure_that_is_overdue_loses_its_weight(client, promised, address):
    shown = r'class="is-stale">\s*<th[^>]*>\s*<a[^>]*>Calls answered'
    assert re.search(shown, client.get(address).text)


def test_targets_are_told_apart_by_what_their_plan_says(client, promised):
    page = client.get(f"{promised.get_absolute_url()}targets/").text
    assert "“Answer every call, says Plan A”" in page
    assert "plan-a/1" not in page


def test_the_register_leads_to_each_care_group_and_a_measure_of_one_back_to_it(client, promised):
    assert '<a href="/care-groups/acute/">Acute</a>' in client.get("/measures/").text
    page = client.get(f"{promised.get_absolute_url()}?care_group=acute").text
    assert '<a href="/care-groups/acute/">Acute</a>' in page
    assert "Calls answered</a>" in client.get("/care-groups/acute/").text
