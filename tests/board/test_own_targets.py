"""What is drawn under a promise, and mapped under a plan, is held against that plan's targets."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.http import QueryDict

from accounts.roles import Role
from board.ambitions.page import ambition_page
from board.heatmap.page import heat_page
from kpis.asked.address import Asked
from kpis.assessments.clocks import clock_at
from kpis.assessments.store import recompute
from strategy.periods import Month
from tests.accounts.readers import BACKEND
from tests.factories.measures import MeasureFactory, SeriesFactory, TargetFactory, approved
from tests.factories.people import person
from tests.factories.plans import AmbitionFactory, ObjectiveFactory, PlanFactory, TrustFactory

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
NOW = datetime(2026, 11, 30, 10, tzinfo=UTC)
OCTOBER = Month(2026, 10)


@pytest.fixture
def measure():
    row = MeasureFactory(code="seen", name="Seen", unit="percent", decimals=1)
    series = SeriesFactory(measure=row, care_group=TrustFactory())
    for back in range(30):
        approved(series, OCTOBER.plus(-back), Decimal(90))
    return row


def promised(measure, plan_code: str, starts: date, ends: date, value: int, **fields):
    plan = PlanFactory(code=plan_code, starts_on=starts, ends_on=ends, published_on=starts)
    objective = ObjectiveFactory(ambition=AmbitionFactory(plan=plan, position=1))
    TargetFactory(
        code=f"{plan_code}/1",
        measure=measure,
        plan=plan,
        objective=objective,
        value=Decimal(value),
        care_group=TrustFactory(),
        **fields,
    )
    return plan


def panel_of(plan, month=OCTOBER):
    recompute(stale_only=True, at=NOW)
    (panel,) = ambition_page(plan, 1, month, clock_at(NOW)).objectives[0].panels
    return panel


def heat_of(plan, measure) -> tuple[str, dict[str, str]]:
    """The target of a measure on the heat map by month, and the status of each month."""
    asked = Asked(QueryDict(f"plan={plan.code}&period=2026-10"), now=NOW)
    (row,) = (
        row
        for rows in heat_page(asked).by_month.groups.values()
        for row in rows
        if row.measure == measure
    )
    heads = [words for words, _ in heat_page(asked).by_month.columns]
    return row.target, dict(zip(heads, (cell.rag.value for cell in row.cells), strict=True))


def drawn(panel) -> dict[str, tuple[str, str]]:
    """The target and the status of each window, as the table of the chart has them."""
    return {row[0]: (row[-2], row[-1]) for row in panel.drawn.table.rows}


def test_two_plans_at_once_have_each_their_own_target_in_the_chart(measure):
    long = promised(measure, "long", date(2024, 4, 1), date(2027, 3, 31), 92)
    new = promised(measure, "new", date(2025, 10, 1), date(2028, 3, 31), 89)
    for plan, target, status in ((long, "≥ 92%", "Near target"), (new, "≥ 89%", "On target")):
        panel = panel_of(plan)
        assert panel.row.standing.target.value == Decimal(target.strip("≥ %"))
        assert drawn(panel)["Oct 2026"] == drawn(panel)["Oct 2025"] == (target, status)
        # Before the new one began the long one was in force alone.
        assert drawn(panel)["Sep 2025"] == ("≥ 92%", "Near target")


def test_the_heat_maps_of_two_plans_rate_by_each_plan_and_their_files_agree(measure, client):
    long = promised(measure, "long", date(2024, 4, 1), date(2027, 3, 31), 92)
    new = promised(measure, "new", date(2026, 4, 1), date(2028, 3, 31), 89)
    recompute(stale_only=True, at=NOW)
    for plan, target, after in ((long, "≥ 92%", "amber"), (new, "≥ 89%", "green")):
        asked, months = heat_of(plan, measure)
        assert (asked, months["Oct 2026"], months["Apr 2026"]) == (target, after, after)
        assert months["Mar 2026"] == "amber"  # before the new one began
    client.force_login(person(Role.BOARD_MEMBER), backend=BACKEND)
    body = client.get("/heatmap/data.csv?plan=long&period=2026-10").getvalue().decode()
    rows = [row for row in csv.DictReader(io.StringIO(body)) if row["period_end"] == "2026-10-31"]
    assert [(row["target"], row["rag"], row["target_id"]) for row in rows] == [
        ("92", "amber", "long/1")
    ]


def test_a_promise_that_begins_later_says_from_when_and_rates_nothing_yet(measure):
    promised(measure, "long", date(2024, 4, 1), date(2027, 3, 31), 88)
    to_come = promised(
        measure, "new", date(2025, 10, 1), date(2028, 3, 31), 95, effective_from=date(2027, 1, 1)
    )
    panel = panel_of(to_come)
    assert panel.said.startswith("No target: ≥ 95% holds only from 1 Jan 2027; ")
    assert set(drawn(panel).values()) == {("–", "No target")}


def test_a_promise_that_another_plan_took_up_is_not_rated_by_that_one(measure):
    old = promised(measure, "old", date(2023, 4, 1), date(2025, 9, 30), 85)
    promised(measure, "new", date(2025, 10, 1), date(2028, 3, 31), 89)
    panel = panel_of(old)
    assert panel.said.startswith("No target: ≥ 85% is not in force; ")
    assert drawn(panel)["Oct 2026"] == ("–", "No target")
    assert drawn(panel)["Sep 2025"] == ("≥ 85%", "On target")
    before = panel_of(old, Month(2025, 9))
    assert before.said.startswith("Green")
    assert drawn(before)["Sep 2025"] == ("≥ 85%", "On target")
