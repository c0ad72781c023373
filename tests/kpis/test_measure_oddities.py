"""Measures and plans with little to show: their pages are complete and say why."""

from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.roles import Role
from kpis.assessments.store import recompute
from kpis.models import Measure
from strategy.periods import Month
from tests.accounts.readers import BACKEND
from tests.factories.measures import MeasureFactory, SeriesFactory, TargetFactory, approved
from tests.factories.people import person
from tests.factories.plans import AmbitionFactory, ObjectiveFactory, PlanFactory

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
LAST = Month.of(timezone.localdate()).plus(-1)


@pytest.fixture
def reader(client):
    client.force_login(person(Role.BOARD_MEMBER), backend=BACKEND)
    return client


def reported(values: list[str | None], **fields) -> Measure:
    """A measure of the trust with these figures, the last for last month; None: a month without."""
    measure = MeasureFactory(**{"code": "odd", "name": "Odd", "unit": "percent", **fields})
    series = SeriesFactory(measure=measure)
    for back, value in enumerate(reversed(values)):
        if value is not None:
            approved(series, LAST.plus(-back), Decimal(value))
    recompute(stale_only=False, at=timezone.now())
    return measure


def page(reader, at: str) -> str:
    response = reader.get(at)
    assert response.status_code == 200, at
    for words in ("Traceback", "None", "nan", "manage.py", "seed command", "Infinity"):
        assert words not in response.text.partition("<main")[2], (at, words)
    return response.text


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([], "No figures yet"),
        (["90"], "1 figure, whole trust"),
        (["90"] * 15, "15 figures, whole trust"),  # no variation: no limits
        (["90", None, "91", None, "92"], "2 missing windows left as gaps"),
        (["90", None, "91", "92"], "1 missing window left as a gap"),
        (["0"] * 20, "20 figures, whole trust"),
        (["99999999.999999", "-99999999.999999"], "2 figures, whole trust"),
    ],
)
def test_few_constant_missing_and_huge_figures(reader, values, said):
    reported(values, unit="count", decimals=2)
    for query in ("", "?span=all"):
        assert said in page(reader, f"/measures/odd/{query}")


def test_a_measure_without_a_target_says_that_it_is_not_rated(reader):
    reported(["90", "91"])
    assert "No target is set for this measure" in page(reader, "/measures/odd/")


def test_names_of_the_longest_length_break_nothing(reader):
    long = "Wördsofunusuallength" * 8  # 160, the most that a name may have
    measure = reported(["90", "91"], name=long[:160])
    plan = PlanFactory(title="T" * 200, ends_on=LAST.plus(30).end)
    ambition = AmbitionFactory(plan=plan, position=1, title="A" * 200)
    objective = ObjectiveFactory(ambition=ambition, reference="1.1", title="O" * 200)
    TargetFactory(
        measure=measure, plan=plan, objective=objective, statement="S" * 200, value=Decimal(95)
    )
    for at in ("/measures/odd/", plan.get_absolute_url(), "/threads/", "/search/?q=" + long[:20]):
        assert page(reader, at)
    assert "A" * 200 in page(reader, f"{plan.get_absolute_url()}?section=grouping-1")


def test_a_plan_without_measures_and_one_without_anything_say_so(reader):
    plan = PlanFactory(title="Words alone")
    ObjectiveFactory(ambition=AmbitionFactory(plan=plan), title="To be kind")
    text = page(reader, plan.get_absolute_url())
    assert "It promises nothing that is counted" in text
    assert "Nothing of this plan is recorded yet" in page(reader, PlanFactory().get_absolute_url())


def test_a_month_without_figures_shows_the_plan_whole(reader):
    measure = reported(["90"])
    plan = PlanFactory(starts_on=LAST.plus(-30).start, ends_on=LAST.plus(30).end)
    objective = ObjectiveFactory(ambition=AmbitionFactory(plan=plan))
    TargetFactory(measure=measure, plan=plan, objective=objective, value=Decimal(95))
    text = page(reader, f"{plan.get_absolute_url()}?period={LAST.plus(-20)}")
    assert "0 of 1 measure reported" in text
