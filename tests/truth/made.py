"""A plan of awkward measures: series of every shape, targets of every kind, as a trust would have.

They are made on top of whatever the database holds, and judged by the same holders as the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from kpis.assessments.store import recompute
from kpis.models import Measure, Rebase, Series
from strategy.periods import Month
from tests.factories.measures import (
    MeasureFactory,
    MilestoneFactory,
    RatioFactory,
    SeriesFactory,
    TargetFactory,
    approved,
)
from tests.truth.made_levels import accepted
from tests.truth.making import (
    BAND,
    LAST,
    LONG,
    LOWER,
    NEUTRAL,
    PERCENT,
    SUM,
    Making,
    wave,
)
from tests.truth.moved import moved


def made(at: datetime) -> Making:
    """Measures with their figures and promises, judged."""
    make = Making(at)
    for kind in (
        _levels, _shapes, _spans, _targets, _windows, _groups, _milestones, _later, moved, accepted,
    ):  # fmt: skip
        kind(make)
    recompute(stale_only=True, at=at)
    return make


def _levels(make: Making) -> None:
    """Sizes and units: huge, tiny, negative, nothing at all."""
    cases: tuple[tuple[str, list[float], dict[str, Any], Any, str], ...] = (
        ("constant", [50] * 43, {}, 50, "ge"),
        ("constant-missed", [50] * 43, {}, 60, "ge"),
        ("constant-zero", [0] * 43, LOWER, 0, "le"),
        ("one-point", [12], {}, 10, "ge"),
        ("two-points", [12, 12], {}, 13, "ge"),
        ("twelve-points", wave(12, 40), {}, 41, "ge"),
        ("thirteen-points", wave(13, 40), {}, 48, "ge"),
        ("huge", wave(43, 987_654_321, 1_000), {}, 987_654_321, "ge"),
        ("millions", wave(30, 12.4, 0.2), {"unit": "pounds_million", "decimals": 1}, 12.5, "ge"),
        ("thousands-negative", wave(43, -310, 20), {"unit": "pounds_thousand"}, 0, "ge"),
        ("pounds-pence", wave(20, 1007.255, 0.1), {"unit": "pounds", "decimals": 2}, 1000, "ge"),
        ("tiny", wave(43, 0.004, 0.001), {"unit": "rate", "decimals": 3, **LOWER}, 0.005, "le"),
        ("fine", [94.96] * 3 + wave(30, 94.96, 0.01), PERCENT, 95, "ge"),
        ("fine-strict", [3.9] * 20, {**PERCENT, **LOWER}, 3.9, "lt"),
        ("over-hundred", wave(30, 101.3, 0.5), {**PERCENT, **LOWER}, 85, "le"),
        (
            "days-one",
            [1, 2, 1, 1, 2, 1, 1, 1, 2, 1, 1, 2, 1, 1],
            {"unit": "days", **LOWER},
            1,
            "le",
        ),
        ("wte", wave(30, 45.5, 0.5), {"unit": "wte", "decimals": 1}, 50, "ge"),
        (
            "per-bed-days",
            wave(30, 6.2, 0.3),
            {"unit": "per_1_000_bed_days", "decimals": 1, **LOWER},
            6,
            "le",
        ),
        ("hours", wave(30, 4, 1), {"unit": "hours", "decimals": 1, **LOWER}, 4, "le"),
        ("mostly-zero", [0] * 30 + [3] + [0] * 11, LOWER, 0, "le"),
    )
    for code, values, fields, value, operator in cases:
        make.promise(make.measure(code, values, **fields), value, operator)


def _shapes(make: Making) -> None:
    """Trends, steps, runs, gaps; restated and provisional figures."""
    cases: tuple[tuple[str, list[Any], dict[str, Any], Any, str], ...] = (
        ("rising-fast", wave(43, 10, 1, 2), {}, 80, "ge"),
        ("falling-slowly", wave(43, 90, 3, -0.2), {}, 85, "ge"),
        ("step-up", wave(30, 40) + wave(13, 60), {}, 55, "ge"),
        ("step-flat-run", wave(34, 40, 2) + [43] * 9, {}, 42, "ge"),
        ("run-falling-back", [*wave(33, 40), 46, 45, 45, 44, 44, 43, 43, 42, 42], {}, 40, "ge"),
        ("trend-seven", [*wave(33, 40), 38, 39, 40, 41, 42, 43, 44], {}, 45, "ge"),
        (
            "trend-too-small",
            [50.0] * 36 + [50.01, 50.02, 50.03, 50.04, 50.05, 50.06, 50.07],
            {"decimals": 1},
            50,
            "ge",
        ),
        ("spike-last", [*wave(42, 40), 99], LOWER, 45, "le"),
        ("two-of-three", [*wave(40, 40), 44.5, 40, 44.6], LOWER, 45, "le"),
        ("gap-middle", wave(20, 40) + [None] * 6 + wave(17, 41), {}, 40, "ge"),
        ("gap-last", wave(40, 40) + [None] * 3, {}, 40, "ge"),
        ("gap-all-but-two", [40] + [None] * 40 + [41], {}, 40, "ge"),
        ("outgrown", wave(13, 20) + wave(15, 60) + wave(15, 100), {}, 90, "ge"),
        ("neutral-rising", wave(43, 10, 1, 1), NEUTRAL, None, ""),
        ("neutral-target", wave(43, 10), NEUTRAL, 12, "ge"),
        ("band-in", wave(43, 85, 0.4), {**PERCENT, **BAND}, 84, "between"),
        ("band-out", wave(43, 92, 0.4), {**PERCENT, **BAND}, 84, "between"),
        ("exactly", wave(43, 4, 0), {**BAND}, 4, "eq"),
    )
    for code, values, fields, value, operator in cases:
        more = {"upper_value": Decimal(88), "floor": Decimal(2)} if operator == "between" else {}
        make.promise(make.measure(code, values, **fields), value, operator, **more)
    restated = make.measure("restated", wave(43, 40))
    make.promise(restated, 41)
    for back, value in ((1, 55), (5, 30)):
        approved(
            restated,
            LAST.plus(-back),
            Decimal(value),
            known_from=make.at - timedelta(days=9 - back),
        )
    withdrawn = make.measure("withdrawn", wave(43, 40))
    make.promise(withdrawn, 41)
    approved(
        withdrawn,
        LAST,
        None,
        value_status="withdrawn",
        status_reason="Another trust’s",
        known_from=make.at - timedelta(days=2),
    )


def _spans(make: Making) -> None:
    """Sums judged on the year to date and on twelve months; with and without gaps."""
    for code, judged_on, values, fields, value, operator in (
        ("ytd", "year_to_date", wave(43, 42, 3), LOWER, 480, "le"),
        ("ytd-more", "year_to_date", wave(43, 42, 3), {}, 480, "ge"),
        ("ytd-gap", "year_to_date", [*wave(40, 42, 3), None, 41, 42], LOWER, 480, "le"),
        ("ytd-money", "year_to_date", wave(43, -20, 9), {"unit": "pounds_thousand"}, -300, "ge"),
        ("ytd-zero", "year_to_date", [0, 0, 1, 0, 0] * 8, LOWER, 0, "le"),
        ("rolling", "rolling_12", wave(43, 42, 3), LOWER, 480, "le"),
        (
            "rolling-gap",
            "rolling_12",
            [*wave(36, 42, 3), None, 41, 40, 44, 42, 41, 43],
            LOWER,
            480,
            "le",
        ),
        ("rolling-short", "rolling_12", wave(7, 42, 3), LOWER, 480, "le"),
    ):
        series = make.measure(code, values, judged_on=judged_on, **SUM, **fields)
        make.promise(series, value, operator)
    for code, judged_on in (("ytd-quarters", "year_to_date"), ("rolling-quarters", "rolling_12")):
        series = make.measure(
            code, wave(14, 300, 9), every=3, judged_on=judged_on, unit="tonnes", **SUM, **LOWER
        )
        make.promise(series, 1150, "le")
    series = make.measure(
        "ytd-mean",
        wave(43, 4.2, 0.2),
        judged_on="year_to_date",
        over_time="mean",
        **PERCENT,
        **LOWER,
    )
    make.promise(series, 4, "le")


def _targets(make: Making) -> None:
    """Zero, paths, interim beside national, from the middle of a year, baselines of all sorts."""
    series = make.measure("interim-and-national", wave(43, 90, 1), **PERCENT)
    make.promise(series, 95)
    make.promise(series, 92, role="interim", due_on=date(2025, 3, 31))
    make.promise(series, 88, role="national_standard", objective=None)
    series = make.measure("national-alone", wave(43, 90, 1), **PERCENT)
    make.promise(series, 92, role="national_standard", objective=None)
    series = make.measure("from-october", wave(43, 90, 1), **PERCENT)
    make.promise(series, 95, effective_from=date(2025, 10, 1))
    series = make.measure("from-next-year", wave(43, 90, 1), **PERCENT)
    make.promise(series, 95, effective_from=date(2027, 1, 1))
    series = make.measure("no-baseline", wave(43, 90, 1), **PERCENT)
    make.promise(series, 10, value_is="relative_to_baseline", change="up")
    baseline = {"baseline": Decimal(80), "baseline_period": "2022/23"}
    baseline = {"baseline": Decimal(80)}
    series = make.measure("relative", wave(43, 90, 1), **PERCENT)
    make.promise(series, 10, value_is="relative_to_baseline", change="up", **baseline)
    series = make.measure("change", wave(43, 90, 1), **PERCENT)
    make.promise(series, 5, value_is="change_from_baseline", change="up", **baseline)
    series = make.measure("third", wave(43, 26, 1))
    make.promise(
        series, Decimal("33.333333"), value_is="relative_to_baseline", change="up", **baseline
    )
    series = make.measure("two-dates", wave(43, 90, 1), **PERCENT)
    make.promise(series, 85, due_on=date(2025, 3, 31))
    make.promise(series, 95, effective_from=date(2025, 4, 1), due_on=date(2027, 3, 31))
    series = make.measure("no-number", wave(43, 90, 1), **PERCENT)
    make.promise(series, None)
    series = make.measure("own-floor", wave(43, 90, 1), **PERCENT)
    make.promise(series, 91, floor=Decimal("89.5"))
    make.promise(None, None, statement=f"“{LONG}” is promised, and nobody knows how to count it")


def _windows(make: Making) -> None:
    """Rare windows, lags, a measure that ended, long names."""
    for code, every, values, value in (
        ("quarterly", 3, wave(14, 70, 2), 72),
        ("half-yearly", 6, wave(7, 70, 2), 72),
        ("annual", 12, [7.1, 6.8, 6.9], 7.0),
        ("quarterly-long", 3, wave(30, 70, 2), 78),
    ):
        fields = {"unit": "score", "decimals": 1} if every == 12 else PERCENT
        make.promise(make.measure(code, values, every=every, **fields), value)
    series = make.measure(
        "lagged", wave(40, 60, 2), until=LAST.plus(-3), reporting_lag_days=60, **PERCENT
    )
    make.promise(series, 65)
    series = make.measure("stopped-long-ago", wave(20, 60, 2), until=Month(2024, 3), **PERCENT)
    make.promise(series, 65)
    ended = make.measure("ended", wave(30, 60, 2), until=Month(2026, 3), **PERCENT)
    make.promise(ended, 65)
    Measure.objects.filter(pk=ended.measure.pk).update(valid_to=date(2026, 4, 1))
    Series.objects.filter(pk=ended.pk).update(valid_to=date(2026, 4, 1))
    series = make.measure("long-name", wave(43, 60, 2), name=LONG[:160], **PERCENT)
    make.promise(series, 65, statement=LONG)
    series = make.measure("rebased", wave(25, 40) + wave(18, 55))
    make.promise(series, 50)
    Rebase.objects.create(
        series=series,
        starts_on=date(2025, 5, 1),
        reason="The service doubled",
        recorded_at=make.at - timedelta(days=100),
    )


def _groups(make: Making) -> None:
    """Sums and shares of care groups: complete, incomplete, with a group that has ended."""
    for code, factory, is_whole in (
        ("share", RatioFactory, True),
        ("share-part", RatioFactory, False),
    ):
        measure = factory(code=f"made-{code}")
        trust = SeriesFactory(measure=measure, care_group=make.trust, fed_by="roll_up")
        for place, group in enumerate(make.groups):
            series = SeriesFactory(measure=measure, care_group=group)
            for back, value in enumerate(reversed(wave(30, 80 + place, 2))):
                if not is_whole and place == 1 and back in (0, 1, 7):
                    continue
                month = LAST.plus(-back)
                known = datetime.combine(month.end + timedelta(days=16), datetime.min.time(), UTC)
                approved(
                    series, month, numerator=Decimal(int(value)), denominator=Decimal(100),
                    known_from=min(known, make.at - timedelta(hours=1)),
                )  # fmt: skip
        make.promise(trust, 85)
    measure = MeasureFactory(
        code="made-sum", collection_level="care_group", roll_up="sum", **SUM, **LOWER
    )
    trust = SeriesFactory(measure=measure, care_group=make.trust, fed_by="roll_up")
    for group in make.groups:
        make.fill(SeriesFactory(measure=measure, care_group=group), wave(30, 12, 2))
    make.promise(trust, 30, "le")


def _milestones(make: Making) -> None:
    for code, status, due, more in (
        ("on-track", "on_track", date(2027, 3, 31), {}),
        ("overdue", "off_track", date(2025, 9, 30), {}),
        ("overdue-long", "at_risk", date(2023, 9, 30), {}),
        ("forecast", "at_risk", date(2026, 12, 31), {"forecast_on": date(2027, 2, 28)}),
        ("complete", "complete", date(2026, 3, 31), {"completed_on": date(2026, 2, 14)}),
        ("complete-late", "complete", date(2026, 3, 31), {"completed_on": date(2026, 8, 14)}),
    ):
        measure = MilestoneFactory(code=f"made-milestone-{code}")
        series = SeriesFactory(measure=measure, care_group=make.trust)
        known = make.at - timedelta(hours=1)
        approved(series, LAST, None, milestone_status=status, known_from=known, **more)
        make.promise(series, None, due_on=due)


def _later(make: Making) -> None:
    """Nothing yet: measures with a promise and no figure."""
    make.promise(
        SeriesFactory(measure=MeasureFactory(code="made-nothing"), care_group=make.trust), 5
    )
    silent = MeasureFactory(code="made-unreported")
    TargetFactory(
        code="made/unreported", measure=silent, plan=make.plan, objective=make.objective(),
        care_group=make.trust, value=Decimal(4), statement="Nobody reports it",
    )  # fmt: skip


Makes = Callable[[Making], None]
