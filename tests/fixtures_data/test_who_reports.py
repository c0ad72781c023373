"""Which series of the published plans are still asked for in the monthly return."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from board.fixtures.seed import read_all
from kpis.models import Series, Target
from strategy.fixtures.load import Load

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"


@pytest.fixture(scope="module")
def load():
    found = Load(FIXTURES, datetime(2026, 11, 2, tzinfo=UTC))
    read_all(found)
    assert found.problems == []
    return found


def promising(load) -> dict[str, set[str]]:
    """By measure, the plans that promise something of it."""
    found: dict[str, set[str]] = {}
    for target in load.drafts[Target].values():
        if target.values["measure"] is not None:
            plans = found.setdefault(target.values["measure"].key[0], set())
            plans.add(target.values["plan"].key[0])
    return found


def test_the_latest_plan_is_reported_on_without_an_end(load):
    plans = promising(load)
    current = {code for code, names in plans.items() if "strategy-2023-26" in names}

    assert current
    for (code, _), series in load.drafts[Series].items():
        if code in current:
            assert series.values.get("valid_to") is None, code


def test_what_only_earlier_plans_promise_has_an_end(load):
    plans = promising(load)
    earlier = {code for code, names in plans.items() if "strategy-2023-26" not in names}
    ends = {
        code: series.values.get("valid_to")
        for (code, _), series in load.drafts[Series].items()
        if code in earlier and series.values["fed_by"] != "published"
    }

    assert len(ends) > 50
    assert all(ends.values())
    assert ends["physical-health-checks"] == date(2024, 4, 1)


def test_a_promise_due_after_its_plan_is_asked_for_until_then(load):
    measure = "smi-annual-health-check"
    due = [
        target.values["due_on"]
        for target in load.drafts[Target].values()
        if target.values["measure"] is not None and target.values["measure"].key == (measure,)
    ]

    assert max(day for day in due if day) > date(2020, 3, 31)
    assert load.drafts[Series][(measure, "trust")].values["valid_to"] > max(
        day for day in due if day
    )


def test_published_series_go_on(load):
    assert all(
        series.values.get("valid_to") is None
        for series in load.drafts[Series].values()
        if series.values["fed_by"] == "published"
    )
