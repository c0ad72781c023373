"""A promise about one care group has that group's status, not the trust's."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from kpis.assessments.clocks import clock_at
from kpis.assessments.store import recompute
from kpis.plans.status import plan_status
from kpis.rag import Rag
from strategy.periods import Month
from tests.factories.measures import TargetFactory, approved, rolled_up
from tests.factories.plans import AmbitionFactory, CareGroupFactory, ObjectiveFactory, PlanFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
JUNE = Month(2025, 6)


def test_a_promise_about_one_group_is_rated_on_its_own_figures():
    plan = PlanFactory()
    objective = ObjectiveFactory(ambition=AmbitionFactory(plan=plan))
    measure, _, (one, two) = rolled_up(CareGroupFactory(), CareGroupFactory())
    for group, code in ((one.care_group, "own"), (CareGroupFactory(), "of-nobody")):
        TargetFactory(
            code=code,
            measure=measure,
            plan=plan,
            objective=objective,
            care_group=group,
            value=Decimal(90),
        )
    approved(one, JUNE, numerator=Decimal(95), denominator=Decimal(100))
    approved(two, JUNE, numerator=Decimal(20), denominator=Decimal(100))
    recompute(at=NOW, stale_only=False)
    rows = {row.target.code: row for row in plan_status(plan, JUNE, clock_at(NOW)).rows}
    assert (rows["own"].standing.value, rows["own"].standing.rag) == (95, Rag.GREEN)
    assert rows["of-nobody"].standing.rag is Rag.NO_DATA
