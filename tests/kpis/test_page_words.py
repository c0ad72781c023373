"""What the pages of measures and returns say in words."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from kpis.services.assessment import recompute
from kpis.templatetags.return_words import return_facts
from kpis.words import within_sentence
from strategy.periods import Month
from tests.factories.measures import SeriesFactory, approved, rolled_up
from tests.factories.people import performance_team
from tests.factories.plans import CareGroupFactory, TrustFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(client):
    client.force_login(performance_team(), backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.parametrize(
    ("hours", "words"),
    [(-30, "1 day left"), (-1, "today"), (4, "closed today"), (28, "1 day late")],
)
def test_a_deadline_is_counted_in_days_of_the_calendar(scene, hours, words):
    at = scene.period.closes_at + timedelta(hours=hours)

    assert dict(return_facts(scene.submission, at))["Due"].endswith(words)


def test_a_month_that_not_everyone_reported_is_called_no_point_rather_than_too_few_points(reader):
    TrustFactory()
    measure, _, groups = rolled_up(CareGroupFactory(), CareGroupFactory())
    first = Month(2024, 1)
    for place in range(20):
        for group in groups if place < 19 else groups[:1]:
            approved(
                group,
                first.plus(place),
                numerator=Decimal(40 + place % 3),
                denominator=Decimal(50),
            )
    recompute(at=datetime(2025, 9, 1, tzinfo=UTC), stale_only=False)

    page = reader.get(measure.get_absolute_url()).text

    assert "Not everyone has reported: this month is no point yet." in page
    assert "too few points" not in page


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ([100] * 20, "Too little variation for limits."),
        ([100] * 19 + [98], "Too little variation for limits."),
        ([90, 92, 91] * 3, "Trial limits: 9 of 13 months."),
        ([90] * 9, "Not yet assessed: 9 of 13 months."),
    ],
    ids=["constant", "one odd value", "short", "short and constant"],
)
def test_the_tile_says_why_there_is_no_icon(reader, values, why):
    series = SeriesFactory()
    for place, value in enumerate(values):
        approved(series, Month(2024, 1).plus(place), value)
    recompute(at=datetime(2025, 9, 1, tzinfo=UTC), stale_only=False)

    assert why in reader.get(series.measure.get_absolute_url()).text


@pytest.mark.parametrize(
    ("heading", "inside"),
    [("All staff", "all staff"), ("FTE days available", "FTE days available"), ("", "")],
)
def test_the_words_of_a_box_stand_inside_a_sentence(heading, inside):
    assert within_sentence(heading) == inside


def test_a_return_beside_made_up_figures_says_so(client, scene):
    approved(
        scene.ratio,
        scene.period.month.plus(-1),
        numerator=Decimal(4),
        denominator=Decimal(5),
        origin="illustrative",
    )
    recompute(at=scene.clock, stale_only=False)
    client.force_login(scene.lead, backend="django.contrib.auth.backends.ModelBackend")

    page = client.get("/returns/2026-09/acute/").text

    assert "Illustrative data." in page
    assert "what you enter is not" in page
