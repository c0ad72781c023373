"""What the pages of measures and returns say in words."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest

from accounts.permissions import Access
from accounts.roles import Role
from kpis.assessments.store import recompute
from kpis.dated_changes.recalculation import add_rebase, withdraw_rebase
from kpis.judging.wording import within_sentence
from kpis.models import Rebase
from kpis.returns.page import return_page
from strategy.periods import Month
from tests.factories.measures import (
    MeasureFactory,
    SeriesFactory,
    TargetFactory,
    approved,
    rolled_up,
)
from tests.factories.people import performance_team
from tests.factories.plans import CareGroupFactory, PlanFactory, TrustFactory

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


@pytest.fixture
def at_the_end_of(monkeypatch):
    """The clock is a few days after the end of a month: its figure is the latest one due."""

    def stand(month: Month) -> None:
        moment = datetime.combine(month.plus(1).start + timedelta(days=4), time(), UTC)
        monkeypatch.setattr("django.utils.timezone.now", lambda: moment)

    return stand


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

    assert dict(return_page(scene.submission, now=at).facts)["Due"].endswith(words)


def test_a_month_that_not_everyone_reported_is_called_no_point_rather_than_too_few_points(
    reader, at_the_end_of
):
    at_the_end_of(Month(2025, 8))
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
def test_the_tile_says_why_there_is_no_icon(reader, at_the_end_of, values, why):
    at_the_end_of(Month(2024, 1).plus(len(values) - 1))
    series = SeriesFactory()
    for place, value in enumerate(values):
        approved(series, Month(2024, 1).plus(place), value)
    recompute(at=datetime(2025, 9, 1, tzinfo=UTC), stale_only=False)

    assert why in reader.get(series.measure.get_absolute_url()).text


def test_signals_that_point_both_ways_and_young_limits_are_named(client, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: datetime(2026, 1, 12, tzinfo=UTC))
    analyst = performance_team()
    client.force_login(analyst, backend="django.contrib.auth.backends.ModelBackend")
    series = SeriesFactory(measure=MeasureFactory(direction="higher_is_better"))
    values = [*[20, 22] * 8, 15.5, 16, 16.5, 17, 17.5, 18, 18.5]
    for place, value in enumerate([40, 42, 41, *values]):
        approved(series, Month(2023, 11).plus(place), Decimal(value))
    add_rebase(
        series_id=series.pk,
        starts_on=date(2024, 1, 15),
        reason="A new pathway.",
        by=analyst,
        access=Access(roles=frozenset({Role.PERFORMANCE_TEAM})),
        at=datetime(2026, 1, 11, tzinfo=UTC),
    )
    recompute(at=datetime(2026, 1, 12, tzinfo=UTC), stale_only=True)

    page = client.get(series.measure.get_absolute_url()).text

    assert (
        "Getting better: rising, up six months in a row since June 2025, but the last seven "
        "months are all below average: the signals are mixed." in page
    )
    assert "getting better: rising, up six months in a row since June 2025, but the last" in page
    assert "Limits recalculated" not in page
    withdraw_rebase(
        rebase_id=Rebase.objects.get().pk,
        reason="Too early",
        by=analyst,
        access=Access(roles=frozenset({Role.PERFORMANCE_TEAM})),
        at=datetime(2026, 1, 12, tzinfo=UTC),
    )
    add_rebase(
        series_id=series.pk,
        starts_on=date(2024, 11, 2),
        reason="A new pathway.",
        by=analyst,
        access=Access(roles=frozenset({Role.PERFORMANCE_TEAM})),
        at=datetime(2026, 1, 11, tzinfo=UTC),
    )
    page = client.get(series.measure.get_absolute_url()).text
    assert "Limits recalculated from December 2024: A new pathway." in page


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


@pytest.mark.parametrize(("value", "said"), [(92, "on plan"), (91, "behind plan")])
def test_a_month_is_on_its_planned_path_or_behind_it_whatever_the_promise_says(reader, value, said):
    """The path rises from 90 in December to 93 in March: 92 in February."""
    series = SeriesFactory()
    approved(series, Month(2026, 2), Decimal(value))
    plan = PlanFactory(starts_on=date(2026, 1, 1), ends_on=date(2026, 3, 31))
    TargetFactory(measure=series.measure, plan=plan, value=Decimal(95), floor=Decimal(80))
    TargetFactory(
        measure=series.measure,
        plan=plan,
        role="interim",
        value=Decimal(93),
        baseline=Decimal(90),
        baseline_period="2025-12",
        profile="straight_line",
    )
    recompute(at=datetime(2026, 3, 12, tzinfo=UTC), stale_only=False)

    page = reader.get(series.measure.get_absolute_url(), {"as_at": "2026-03-12"}).text

    assert f"Interim target ≥ 92: {said}." in page
    assert "Dashed: interim target." in page
    assert "Near target" in page
    assert '"name": "Interim target"' in page
