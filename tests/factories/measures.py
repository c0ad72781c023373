"""Measures with series, targets, and values that are approved or waiting."""

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from accounts.models import User
from kpis.models import (
    Actual,
    Decision,
    Measure,
    ReportingPeriod,
    Return,
    Series,
    Target,
)
from kpis.months.clock import data_clock
from strategy.moments import london_day_end
from strategy.periods import Month, Period
from tests.factories.plans import CareGroupFactory, TrustFactory

LONG_AGO = datetime(2015, 1, 1, tzinfo=UTC)


class MeasureFactory(DjangoModelFactory):
    """A count, reported by the trust each month; more is better."""

    class Meta:
        model = Measure

    code = factory.Sequence(lambda number: f"measure-{number}")
    name = factory.LazyAttribute(lambda row: row.code.replace("-", " ").capitalize())
    unit = "count"
    direction = "higher_is_better"
    frequency = "monthly"


class RatioFactory(MeasureFactory):
    """A percentage of two parts, reported by care groups and rolled up by sums."""

    unit = "percent"
    decimals = 1
    numerator = "people seen"
    denominator = "people referred"
    roll_up = "ratio_of_sums"
    over_time = "ratio_of_sums"
    collection_level = "care_group"
    minimum = Decimal(0)
    maximum = Decimal(100)


class MilestoneFactory(MeasureFactory):
    kind = "milestone"
    unit = ""
    direction = "neutral"


class SeriesFactory(DjangoModelFactory):
    class Meta:
        model = Series

    measure = factory.SubFactory(MeasureFactory)
    care_group = factory.SubFactory(TrustFactory)


class TargetFactory(DjangoModelFactory):
    """“At least 95”, trust-wide, from the start of the measure's plan."""

    class Meta:
        model = Target

    code = factory.Sequence(lambda number: f"target-{number}")
    measure = factory.SubFactory(MeasureFactory)
    care_group = factory.SubFactory(TrustFactory)
    position = factory.Sequence(lambda number: number + 1)
    statement = "At least 95"
    operator = "ge"
    value_is = "absolute"
    value = Decimal(95)
    source_document = factory.LazyAttribute(
        lambda row: row.plan.source_document if getattr(row, "plan", None) else None
    )
    source_section = "Page 1"


class ReportingPeriodFactory(DjangoModelFactory):
    class Meta:
        model = ReportingPeriod

    class Params:
        month = Month(2026, 9)

    starts_on = factory.LazyAttribute(lambda row: row.month.start)
    opens_at = factory.LazyAttribute(lambda row: data_clock(row.month)["opens_at"])
    closes_at = factory.LazyAttribute(lambda row: data_clock(row.month)["closes_at"])
    sign_off_at = factory.LazyAttribute(lambda row: data_clock(row.month)["sign_off_at"])
    freezes_at = factory.LazyAttribute(lambda row: data_clock(row.month)["freezes_at"])


class ReturnFactory(DjangoModelFactory):
    class Meta:
        model = Return

    period = factory.SubFactory(ReportingPeriodFactory)
    care_group = factory.SubFactory(CareGroupFactory)


class ActualFactory(DjangoModelFactory):
    """A version without a decision."""

    class Meta:
        model = Actual

    class Params:
        month = Month(2026, 9)

    series = factory.SubFactory(SeriesFactory)
    period_start = factory.LazyAttribute(lambda row: row.month.start)
    period_end = factory.LazyAttribute(lambda row: row.month.end)
    version = 1
    value = Decimal(50)
    origin = "entered"
    recorded_at = factory.LazyAttribute(lambda row: london_day_end(row.month.end))


def decide(actual: Actual, outcome: str = "approved", *, known_from=None, by=None, **fields):
    """Record a person's decision; published and illustrative values have no person."""
    at = known_from or actual.recorded_at
    if by is None and actual.origin in ("entered", "imported"):
        by, _ = User.objects.get_or_create(username="who-decides")
    return Decision.objects.create(
        actual=actual, outcome=outcome, decided_at=at, decided_by=by, known_from=at, **fields
    )


def approved(
    series: Series, month: Month, value=None, *, known_from=None, by=None, **fields
) -> Actual:
    """The next version of a month's value, approved; given two parts, a ratio."""
    window = fields.pop("period", None) or Period.spanning(month, month)
    version = (
        1
        + Actual.objects.filter(
            series=series, period_start=window.start, period_end=window.end
        ).count()
    )
    actual = _figure(series, window, value, known_from=known_from, version=version, **fields)
    actual.save()
    decide(actual, known_from=known_from, by=by)
    return actual


def approved_at_once(series: Series, figures: Iterable[tuple[Period, dict]]) -> None:
    """The first versions of many windows: the rows of `approved` for each, in three queries.

    A figure takes six queries of its own, and three years of 70 measures a quarter of a minute.
    """
    actuals = Actual.objects.bulk_create(
        _figure(series, window, **fields) for window, fields in figures
    )
    by, _ = User.objects.get_or_create(username="who-decides")
    Decision.objects.bulk_create(
        Decision(
            actual=actual,
            outcome="approved",
            decided_at=actual.recorded_at,
            decided_by=by,
            known_from=actual.recorded_at,
        )
        for actual in actuals
    )


def _figure(
    series: Series, window: Period, value=None, *, known_from=None, version=1, **fields
) -> Actual:
    """A version that is not stored yet."""
    if "numerator" in fields and value is None and fields["denominator"]:
        scale = 100 if series.measure.unit == "percent" else 1
        value = round(Decimal(scale) * fields["numerator"] / fields["denominator"], 6)
    return ActualFactory.build(
        series=series,
        period_start=window.start,
        period_end=window.end,
        version=version,
        value=value if value is None else Decimal(value),
        recorded_at=known_from or london_day_end(window.end),
        change_reason="" if version == 1 else "Counted again",
        **fields,
    )


def rolled_up(*groups, **fields) -> tuple[Measure, Series, list[Series]]:
    """A ratio with its trust series and one series per care group."""
    measure = RatioFactory(**fields)
    trust = SeriesFactory(measure=measure, care_group=TrustFactory(), fed_by="roll_up")
    return measure, trust, [SeriesFactory(measure=measure, care_group=group) for group in groups]
