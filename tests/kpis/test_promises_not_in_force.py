"""A promise that is not in force in a window is not rated by another promise that is."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from kpis.assessments.clocks import clock_at
from kpis.assessments.store import recompute
from kpis.models import Series
from kpis.plans.status import PromiseRow, plan_status
from kpis.rag import Rag
from strategy.models import Plan
from strategy.periods import Month
from tests.factories.measures import MeasureFactory, SeriesFactory, TargetFactory, approved
from tests.factories.people import performance_team
from tests.factories.plans import AmbitionFactory, ObjectiveFactory, PlanFactory, TrustFactory

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

NOW = datetime(2026, 11, 12, 10, 0, tzinfo=UTC)
EARLY, LATE = Month(2025, 3), Month(2026, 9)


def plan_of(code: str, starts_on: date, ends_on: date) -> Plan:
    plan = PlanFactory(code=code, starts_on=starts_on, ends_on=ends_on)
    ObjectiveFactory(ambition=AmbitionFactory(plan=plan, number="1"), reference="1.1")
    return plan


@pytest.fixture
def seen() -> Series:
    """90 in each of two months."""
    TrustFactory()
    series = SeriesFactory(measure=MeasureFactory(code="seen", name="Seen"))
    for month in (EARLY, LATE):
        approved(series, month, 90)
    return series


def promised(plan: Plan, series: Series, code: str, value: int, **more) -> None:
    TargetFactory(
        code=code,
        plan=plan,
        objective=plan.objectives.get(),
        measure=series.measure,
        care_group=series.care_group,
        value=Decimal(value),
        **more,
    )


def rows(plan: Plan, month: Month) -> dict[str, PromiseRow]:
    recompute(stale_only=False, at=NOW)
    return {row.target.code: row for row in plan_status(plan, month, clock_at(NOW)).rows}


def colours(plan: Plan, month: Month) -> dict[str, Rag]:
    return {code: row.standing.rag for code, row in rows(plan, month).items()}


def test_an_interim_target_after_its_date(seen):
    plan = plan_of("ours", date(2024, 4, 1), date(2027, 3, 31))
    promised(plan, seen, "final", 95, due_on=date(2027, 3, 31))
    promised(plan, seen, "interim", 85, role="interim", due_on=date(2025, 9, 30))
    assert colours(plan, EARLY) == {"final": Rag.RED, "interim": Rag.GREEN}
    found = rows(plan, LATE)
    assert {code: row.standing.rag for code, row in found.items()} == {
        "final": Rag.RED,
        "interim": Rag.NO_TARGET,
    }
    standing = found["interim"].standing
    assert (standing.target, standing.assurance, standing.value) == (None, "none", Decimal(90))


def test_next_years_amount(seen):
    plan = plan_of("ours", date(2024, 4, 1), date(2027, 3, 31))
    promised(plan, seen, "now", 80)
    promised(plan, seen, "next", 95, effective_from=date(2026, 4, 1))
    assert colours(plan, EARLY) == {"now": Rag.GREEN, "next": Rag.NO_TARGET}
    assert colours(plan, LATE)["next"] == Rag.RED


def test_a_promise_that_a_later_plan_took_over_is_not_rated_by_that_plans_target(seen):
    before = plan_of("before", date(2023, 4, 1), date(2026, 3, 31))
    after = plan_of("after", date(2026, 4, 1), date(2029, 3, 31))
    promised(before, seen, "old", 95)
    promised(after, seen, "new", 80)
    assert colours(before, EARLY) == {"old": Rag.RED}
    assert colours(before, LATE) == {"old": Rag.NO_TARGET}
    assert colours(after, LATE) == {"new": Rag.GREEN}


def test_a_retired_promise(seen):
    plan = plan_of("ours", date(2024, 4, 1), date(2027, 3, 31))
    promised(plan, seen, "kept", 80)
    promised(plan, seen, "gone", 95, retired_on=date(2026, 1, 1))
    assert colours(plan, LATE) == {"kept": Rag.GREEN, "gone": Rag.NO_TARGET}


def read(client, address: str) -> str:
    client.force_login(performance_team(), backend="django.contrib.auth.backends.ModelBackend")
    html = re.sub(r"<svg.*?</svg>", " ", client.get(address).text, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


def test_the_board_counts_it_once_and_says_until_when_it_held(seen, client):
    plan = plan_of("ours", date(2024, 4, 1), date(2027, 3, 31))
    promised(plan, seen, "final", 95, due_on=date(2027, 3, 31))
    promised(plan, seen, "interim", 85, role="interim", due_on=date(2025, 9, 30))
    recompute(stale_only=False, at=NOW)
    page = read(client, "/?plan=ours&period=2026-09")
    assert "1 Off target" in page
    assert "1 Not rated 1 has no target" in page
    assert "≥ 85 until 30 Sep 2025 No target" in page


def test_a_board_before_the_first_day_of_a_promise_says_from_when_it_holds(seen, client):
    plan = plan_of("ours", date(2024, 4, 1), date(2027, 3, 31))
    promised(plan, seen, "next", 95, effective_from=date(2026, 10, 1))
    recompute(stale_only=False, at=NOW)
    assert "≥ 95 from 1 Oct 2026 No target" in read(client, "/?plan=ours&period=2026-09")
    paper = read(client, f"{plan.get_absolute_url()}objectives/1.1/?period=2026-09")
    assert "from 1 Oct 2026" in paper
