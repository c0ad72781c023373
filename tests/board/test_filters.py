"""Every filter of every dataset chooses the rows that the cells of the whole file say."""

import csv
import io
from collections.abc import Mapping

import pytest

from accounts.permissions import Access
from accounts.roles import Role
from board.exports.datasets import DATASETS, export_bytes
from kmpt_tracker.ui.tabular import Format
from kpis.models import Target
from strategy.exports.filters import Filters
from strategy.periods import Month
from tests.factories.measures import TargetFactory

READER = Access(roles=frozenset({Role.ADMINISTRATOR}))
Row = Mapping[str, str]
# The column that a filter compares, where that is none of the filter's own name.
CELLS = {
    ("actuals", "status"): "workflow_status",
    ("assessments", "status"): "rag",
    ("cip_schemes", "status"): "stage",
}
# A link has two ends.
ALSO = {("measure_links", "measure"): "related_measure"}
# Of figures these choose by the promises made on their measure, of others by where they stand.
BY_PROMISES = ("actuals", "measures", "commentary", "benchmarks", "assessments")


def rows(name: str, **given: str) -> list[Row]:
    filters = Filters(**given, access=READER)
    body = b"".join(export_bytes(DATASETS[name], filters, Format.CSV))
    return list(csv.DictReader(io.StringIO(body.decode(), newline="")))


def measures_promised(plan: str) -> set[str]:
    return {row["measure"] for row in rows("targets") if row["plan"] == plan} - {""}


@pytest.mark.any_database
@pytest.mark.parametrize("name", sorted(DATASETS))
def test_a_filter_by_code_keeps_the_rows_with_that_code(seeded, name):
    whole = rows(name)
    for of in ("care_group", "measure", "status", "plan"):
        column = CELLS.get((name, of), of)
        if of not in DATASETS[name].filters or column not in whole[0]:
            continue
        is_of_measures = of == "plan" and name in BY_PROMISES
        for code in sorted({row[column] for row in whole} - {""})[:6]:
            promised = measures_promised(code) if is_of_measures else set()
            wanted = [
                row
                for row in whole
                if (
                    row["measure"] in promised
                    if is_of_measures and row["measure"]
                    else code in (row[column], row.get(ALSO.get((name, of), "")))
                )
            ]
            assert rows(name, **{of: code}) == wanted, (of, code)


def test_a_promise_that_nobody_can_count_is_of_its_own_plan_and_care_group(world):
    """Also one that the plan makes outside its objectives, or for one care group alone."""
    outside = {"measure": None, "plan": world.plan, "value": None, "operator": "", "value_is": ""}
    TargetFactory(code="outside", **outside)
    TargetFactory(code="acutes-own", care_group=world.acute, **outside)
    objective = Target.objects.get(measure__isnull=False).objective
    TargetFactory(code="within", objective=objective, **outside)

    def found(**given: str) -> set[str]:
        return {row["target_id"] for row in rows("assessments", status="no_measure", **given)}

    plan = world.plan.code
    assert found() == found(plan=plan) == {"outside", "acutes-own", "within"}
    assert found(plan=plan, care_group="trust") == {"outside", "within"}
    assert found(care_group="acute") == {"acutes-own"}
    assert found(care_group="older-people") == set()
    assert found(objective=objective.reference) == {"within"}


def test_what_no_objective_or_plan_promises_comes_last_on_every_database(world, client):
    first = Target.objects.get(measure__isnull=False)
    TargetFactory(code="standard", measure=first.measure, plan=None, role="national_standard")
    TargetFactory(code="outside", measure=first.measure, plan=world.plan, position=1, part=2)
    order = [first.code, "outside", "standard"]
    assert [row["target"] for row in rows("targets")] == order
    client.force_login(world.analyst)
    board = client.get("/").context["page"]
    assert [row.target.code for row in board.rows] == order[:2]
    page = client.get("/measures/seen-in-time/").context["page"]
    assert [target.code for target in page.targets] == order


@pytest.mark.any_database
@pytest.mark.parametrize("name", sorted(DATASETS))
@pytest.mark.parametrize(
    ("first", "last"), [("1948-07", "9998-12"), ("9998-12", "9998-12"), ("1948-07", "1948-07")]
)
def test_the_first_and_the_last_month_of_the_calendar_may_be_asked_for(world, name, first, last):
    if "to" not in DATASETS[name].filters:
        return
    found = rows(name, from_month=Month.parse(first), to_month=Month.parse(last))
    # Of assessments, one that reaches further has the windows of the month that has begun as well.
    if (first, last) == ("1948-07", "9998-12"):
        assert len(found) >= len(rows(name))
    elif name != "assessments":
        assert not found
