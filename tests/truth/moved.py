"""Awkward changes: targets moved, also backdated, a milestone's day moved, figures that go."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from kpis.models import Series, Target, TargetChange
from strategy.periods import Month
from tests.factories.measures import MilestoneFactory, SeriesFactory, approved
from tests.factories.people import performance_team
from tests.truth.making import LAST, LOWER, PERCENT, Making

# Effective long before the day on which it was agreed.
FROM, AGREED_AGO = date(2026, 1, 1), timedelta(days=8)


def moved(make: Making) -> None:
    _targets(make)
    _milestones(make)
    _without_figures(make)


def _change(make: Making, target: Target, **terms: Any) -> None:
    """Agreed by a second person a few days ago, and in force since the new year."""
    if not hasattr(make, "people"):
        make.people = (performance_team(), performance_team())
    at = make.at - AGREED_AGO
    kept = {"value": target.value, "floor": target.floor, "due_on": target.due_on}
    TargetChange.objects.create(
        target=target, effective_from=FROM, reason="Agreed by the board", proposed_at=at,
        proposed_by=make.people[0], decided_at=at, decided_by=make.people[1], outcome="approved",
        needs_second_person=True, **{**kept, **terms},
    )  # fmt: skip


def _targets(make: Making) -> None:
    fell = [92] * 33 + [80] * 10
    for code, values, fields, value, operator, terms in (
        ("raised", [92] * 43, PERCENT, 90, "ge", {"value": Decimal(95)}),
        ("lowered", [92] * 43, PERCENT, 98, "ge", {"value": Decimal(90)}),
        ("raised-and-fell", fell, PERCENT, 90, "ge", {"value": Decimal(95), "floor": Decimal(90)}),
        ("lowered-and-fell", fell, PERCENT, 90, "ge", {"value": Decimal(78)}),
        ("floor-moved", [92] * 43, PERCENT, 95, "ge", {"floor": Decimal(93)}),
        ("zero-given-up", [3] * 43, LOWER, 0, "le", {"value": Decimal(5)}),
        ("target-retired", [92] * 43, PERCENT, 90, "ge", {"retired_on": FROM}),
        ("target-retired-and-fell", fell, PERCENT, 90, "ge", {"retired_on": FROM}),
    ):
        series = make.measure(code, values, **fields)
        _change(make, make.promise(series, value, operator), **terms)
    # Restated as well: as known now, the window before the change had another status.
    series = make.measure("raised-and-restated", [92] * 43, **PERCENT)
    _change(make, make.promise(series, 90), value=Decimal(95))
    for back in (7, 8, 10):
        approved(series, LAST.plus(-back), Decimal(70), known_from=make.at - timedelta(days=5))


def _milestones(make: Making) -> None:
    """Reported each month: one is given more time, one is given less, one gets done."""
    for code, said, due, terms in (
        ("given-time", ["on_track"] * 20, date(2025, 9, 30), {"due_on": date(2026, 12, 31)}),
        ("given-less", ["on_track"] * 20, date(2026, 12, 31), {"due_on": date(2026, 2, 28)}),
        ("slips", ["on_track"] * 12 + ["off_track"] * 8, date(2026, 12, 31), {}),
        ("recovers", ["off_track"] * 12 + ["at_risk"] * 8, date(2026, 12, 31), {}),
    ):
        measure = MilestoneFactory(code=f"made-milestone-{code}")
        series = SeriesFactory(measure=measure, care_group=make.trust)
        for back, status in enumerate(reversed(said)):
            month = LAST.plus(-back)
            approved(series, month, None, milestone_status=status, known_from=_known(make, month))
        target = make.promise(series, None, due_on=due)
        if terms:
            _change(make, target, **terms)


def _known(make: Making, month: Month) -> datetime:
    known = datetime.combine(month.end + timedelta(days=16), datetime.min.time(), UTC)
    return min(known, make.at - timedelta(hours=1))


def _without_figures(make: Making) -> None:
    """Nothing to count, or too little to show, for some months at the end."""
    for code, status in (("nothing-to-count", "not_applicable"), ("too-few", "suppressed")):
        series = make.measure(code, [92] * 33 + [None] * 10, **PERCENT)
        make.promise(series, 90)
        _fill_without(make, series, status)


def _fill_without(make: Making, series: Series, status: str) -> None:
    for back in range(10):
        month = LAST.plus(-back)
        approved(
            series, month, None, value_status=status, status_reason="Nobody was referred",
            known_from=_known(make, month),
        )  # fmt: skip
