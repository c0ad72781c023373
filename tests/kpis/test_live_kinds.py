"""What is said while typing is what Save says, for every kind of measure and target, and while a
correction is typed."""

import random
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.utils import timezone

from kpis.assessments.store import recompute
from kpis.models import FixedBaseline, Rebase, Return, ReturnCell
from kpis.months.due import FigureDue, due_window, row_key
from kpis.returns.in_hand import due_rows, return_of
from strategy.models import CareGroup
from strategy.periods import Month
from tests.factories.measures import (
    MeasureFactory,
    MilestoneFactory,
    RatioFactory,
    ReportingPeriodFactory,
    SeriesFactory,
    TargetFactory,
    approved,
    approved_at_once,
)
from tests.factories.people import lead_of
from tests.factories.plans import CareGroupFactory, TrustFactory
from tests.kpis.test_live_result import ADDRESS, BACKEND, MONTH, RESULT, row_in

pytestmark = pytest.mark.django_db
YEAR = {"year_end_month": MONTH.month}  # so that its windows end in the month
SUMS = {"roll_up": "sum", "over_time": "sum"}
LEVEL, AMOUNT = {"value": 95}, {"value": 400}
# Each kind of measure with its target, if it has one.
KINDS = {
    "ratio": (RatioFactory, {}, LEVEL),
    "ratio-low": (RatioFactory, {"direction": "lower_is_better"}, {"value": 5, "operator": "le"}),
    "ratio-wte": (RatioFactory, {"numerator_may_exceed_denominator": True, "decimals": 3}, LEVEL),
    "ratio-days": (
        RatioFactory,
        {"unit": "days", "maximum": None, "direction": "lower_is_better"},
        {"value": 1, "operator": "le"},
    ),
    "ratio-year": (RatioFactory, {"judged_on": "year_to_date"}, LEVEL),
    "percent": (MeasureFactory, {"unit": "percent", "minimum": 0, "maximum": 100}, LEVEL),
    "count": (MeasureFactory, {"repeat_check": True}, {"value": 40, "floor": 30}),
    "count-neutral": (MeasureFactory, {"direction": "neutral"}, None),
    "count-year": (MeasureFactory, {**SUMS, "judged_on": "year_to_date"}, AMOUNT),
    "count-twelve": (MeasureFactory, {**SUMS, "judged_on": "rolling_12"}, AMOUNT),
    "count-quarter": (MeasureFactory, {**YEAR, "frequency": "quarterly"}, {"value": 30}),
    "count-annual": (MeasureFactory, {**YEAR, "frequency": "annual"}, {"value": 30}),
    "count-lagged": (MeasureFactory, {"reporting_lag_days": 35}, {"value": 30}),
    "band": (
        MeasureFactory,
        {"direction": "band"},
        {"operator": "between", "value": 20, "upper_value": 40, "floor": 5},
    ),
    "pounds": (MeasureFactory, {"unit": "pounds", "decimals": 2}, {"value": 30, "operator": "gt"}),
    "thousands": (
        MeasureFactory,
        {"unit": "pounds_thousand", "direction": "lower_is_better"},
        {"value": 30, "operator": "lt"},
    ),
    "score": (MeasureFactory, {"unit": "score", "decimals": 1, "minimum": 1, "maximum": 99}, LEVEL),
    "straight": (
        MeasureFactory,
        {},
        {"profile": "straight_line", "baseline": 10, "due_on": MONTH.plus(9).end},
    ),
    "national": (MeasureFactory, {}, {"role": "national_standard", "value": 33}),
    "rebased": (MeasureFactory, {}, {"value": 30}),
    "fixed": (MeasureFactory, {}, {"value": 30}),
    "new": (MeasureFactory, {}, {"value": 30}),
    "milestone": (MilestoneFactory, {}, None),
}
FIGURES = [
    "31",
    "33",
    "34.5",
    "3",
    "330",
    "0",
    "31%",
    "£31",
    "(5)",
    "1,031",
    "*",
    "",
    "94.96",
    "95",
]
PARTS = ["470", "475", "47", "4750", "500", "499.5", "0", "", "95%", "n/a"]


@pytest.fixture
def rows(client):
    TrustFactory()
    ReportingPeriodFactory(month=MONTH)
    acute = CareGroupFactory(code="acute", name="Acute")
    made = []
    for code, (factory, fields, target) in KINDS.items():
        series = SeriesFactory(measure=factory(code=code, **fields), care_group=acute)
        if target is not None:
            TargetFactory(measure=series.measure, care_group=acute, **target)
        made.append(series)
        if code != "new":
            _with_a_past(series)
    recompute(stale_only=False, at=timezone.now())
    client.force_login(lead_of(acute), backend=BACKEND)
    return made


def _with_a_past(series) -> None:
    """Three years of windows before the month's own, as far as a frequency has them."""
    measure, now = series.measure, timezone.now()
    if measure.is_milestone:
        before = MONTH.plus(-1)
        window = due_window(measure, before)
        approved(series, before, None, period=window, milestone_status="at_risk")
        return
    figures = []
    for back in range(1, 37):
        window = due_window(measure, MONTH.plus(-back))
        if window is None:
            continue
        if measure.is_ratio:
            parts = {"numerator": Decimal(460 + back * 7 % 11), "denominator": Decimal(500)}
            figures.append((window, parts))
        else:
            figures.append((window, {"value": 28 + back * 5 % 9}))
    approved_at_once(series, figures)
    if measure.code == "rebased":
        since = {"starts_on": MONTH.plus(-9).start, "reason": "A new ward", "recorded_at": now}
        Rebase.objects.create(series=series, **since)
    if measure.code == "fixed":
        FixedBaseline.objects.create(series=series, points=15, reason="As agreed", recorded_at=now)


def _typed(series, chance: random.Random) -> dict[str, str]:
    boxes = {
        "comment": chance.choice(["", "", "Two wards were closed"]),
        "no_data_reason": chance.choice(["", "", "", "The system was down"]),
        "confirm_reason": chance.choice(["", "As counted"]),
        "change_reason": chance.choice(["", "Counted again"]),
    }
    if chance.random() < 0.3:
        boxes["confirmed"] = "on"
    if chance.random() < 0.05:
        boxes["withdrawn"] = "on"
    if series.measure.is_milestone:
        boxes["milestone_status"] = chance.choice(["", "on_track", "complete", "off_track"])
        boxes["forecast"] = chance.choice(["", "01/02/2030", "soon"])
        boxes["completed"] = chance.choice(["", "01/02/2026", "31/06/2026"])
    elif series.measure.is_ratio:
        boxes["numerator"], boxes["denominator"] = chance.choices(PARTS, k=2)
    else:
        boxes["value"] = chance.choice(FIGURES)
    return boxes


def _asked() -> list[FigureDue]:
    acute = CareGroup.objects.get(code="acute")
    return list(due_rows(return_of(MONTH, acute, at=timezone.now())).values())


def _differ(client, tries: int, seed: int) -> list[str]:
    """The rows that read otherwise while they were typed than once they were saved."""
    chance, differ, asked = random.Random(seed), [], _asked()
    assert {row.measure.code for row in asked} == set(KINDS)
    for _ in range(tries):
        versions = {_key_of(cell): cell.version for cell in ReturnCell.objects.all()}
        sent = {}
        for row in asked:
            typed = _typed(row.series, chance) | {"version": versions.get(row.key, 0)}
            sent[row.key] = {f"s{row.key}-{box}": str(text) for box, text in typed.items()}
        live = {key: client.post(RESULT, boxes).text for key, boxes in sent.items()}
        together = {name: text for boxes in sent.values() for name, text in boxes.items()}
        saved = client.post(ADDRESS, together, follow=True)
        assert saved.status_code == 200
        for key, boxes in sent.items():
            row = SimpleNamespace(pk=key)
            if row_in(live[key], row) != row_in(saved.text, row):
                differ.append(f"{boxes}")
    return differ


def _key_of(cell: ReturnCell) -> int:
    return row_key(cell.series_id, Month.of(cell.period_end), MONTH)


def test_of_every_kind_of_measure_it_is_what_a_save_says(rows, client):
    assert _differ(client, 3, seed=10) == []


def test_while_corrections_are_typed_it_is_what_a_save_says(rows, client):
    now = timezone.now()
    for row in _asked():
        window = {"period": row.window, "known_from": now}
        if row.measure.is_milestone:
            approved(row.series, MONTH, None, milestone_status="on_track", **window)
        elif row.measure.is_ratio:
            approved(row.series, MONTH, numerator=Decimal(470), denominator=Decimal(500), **window)
        else:
            approved(row.series, MONTH, 31, **window)
    recompute(stale_only=False, at=now)
    client.post(ADDRESS, {f"s{rows[0].pk}-version": "0", f"s{rows[0].pk}-comment": "Begun"})
    status = {"status": Return.Status.APPROVED, "approved_at": now, "submitted_at": now}
    Return.objects.update(**status, last_submitted_at=now)
    assert _differ(client, 2, seed=11) == []
