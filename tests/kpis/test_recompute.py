"""Recomputing assessments: many at once as each alone, and one bad series stops no other."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from kpis.assessments import store as assessment
from kpis.assessments.inputs import load_inputs
from kpis.assessments.store import recompute
from kpis.judging.assess import assess, assess_many
from kpis.models import Assessment, Judgement, Series, Target
from strategy.periods import Month
from tests.factories.measures import (
    MeasureFactory,
    MilestoneFactory,
    SeriesFactory,
    TargetFactory,
    approved,
    rolled_up,
)
from tests.factories.plans import CareGroupFactory

AT = datetime(2026, 9, 1, tzinfo=UTC)
START = Month(2024, 1)


def many(count: int) -> list[Series]:
    """Series of every shape: moving, constant, short, gappy, quarterly, rolled up, milestones."""
    groups = [CareGroupFactory() for _ in range(2)]
    _, trust, parts = rolled_up(*groups)
    for month in range(20):
        for number, part in enumerate(parts[: 1 if month == 7 else 2]):
            approved(
                part,
                START.plus(month),
                numerator=Decimal(80 + month % 5 + number),
                denominator=Decimal(100),
            )
    TargetFactory(measure=trust.measure, value=Decimal(82), effective_from=date(2024, 6, 1))
    quarterly = SeriesFactory(measure=MeasureFactory(frequency="quarterly"))
    for quarter in range(14):
        month = START.plus(3 * quarter)
        window = type(month.period)(month.start, month.plus(2).end)
        approved(quarterly, month, 10 + quarter % 3, period=window)
    milestone = SeriesFactory(measure=MilestoneFactory())
    approved(milestone, START, None, milestone_status="on_track")
    for number in range(count):
        row = SeriesFactory(measure=MeasureFactory())
        TargetFactory(measure=row.measure, value=Decimal(10 + number))
        for month in range(number % 18):
            if month != 5:
                approved(row, START.plus(month), 10 + (month * number) % 7)
    return list(Series.objects.select_related("measure", "care_group"))


def stored() -> tuple[list, list]:
    left_out = {"id", "assessment_id"}
    rows = []
    for model, order in (
        (Assessment, ("series", "period_end", "period_start")),
        (Judgement, ("assessment__series", "assessment__period_end", "target")),
    ):
        names = [c.attname for c in model._meta.concrete_fields if c.attname not in left_out]
        rows.append(list(model.objects.order_by(*order).values_list(*names)))
    return rows[0], rows[1]


@pytest.mark.django_db
def test_many_at_once_are_stored_as_each_alone(monkeypatch):
    many(24)
    assert recompute(at=AT, stale_only=False) >= assessment.MANY
    at_once = stored()
    assert len(at_once[0]) > 200
    monkeypatch.setattr(assessment, "MANY", 10_000)
    recompute(at=AT, stale_only=False)
    assert stored() == at_once


@pytest.mark.django_db
def test_the_windows_of_many_are_those_of_each():
    series = many(6)
    inputs = load_inputs(series)
    assert assess_many(inputs) == {key: assess(item) for key, item in inputs.items()}


@pytest.mark.django_db
def test_one_that_cannot_be_calculated_stops_no_other():
    series = many(24)
    impossible = Target.objects.exclude(measure__frequency="quarterly").first()
    Target.objects.filter(pk=impossible.pk).update(operator="le")
    row = next(one for one in series if one.measure_id == impossible.measure_id)
    approved(row, START.plus(30), 5)
    written = recompute(at=AT, stale_only=False)
    bad = Series.objects.filter(measure=impossible.measure)
    assert written == len(series) - bad.count()
    assert set(Series.objects.stale()) == set(bad)


@pytest.mark.django_db
def test_progress_counts_every_series(monkeypatch):
    monkeypatch.setattr(assessment, "CHUNK", 10)
    count = len(many(24))
    seen = []
    recompute(at=AT, stale_only=False, progress=seen.append)
    assert sum(seen) == count
    assert len(seen) > 2


@pytest.mark.django_db
def test_a_second_run_stores_the_same():
    many(3)
    recompute(at=AT, stale_only=False)
    first = stored()
    recompute(at=AT, stale_only=False)
    assert stored() == first


@pytest.mark.django_db
def test_a_window_keeps_its_key_and_the_judgements_that_say_what_they_said():
    series = next(row for row in many(18) if row.actuals.count() > 14)
    recompute(at=AT, stale_only=False)
    own = Judgement.objects.filter(assessment__series=series)
    before = dict(own.values_list("pk", "assessment"))
    means = set(series.assessments.values_list("spc_mean", flat=True))
    approved(series, START.plus(30), 500)
    recompute(at=AT, stale_only=False)
    assert means.isdisjoint(series.assessments.values_list("spc_mean", flat=True))
    after = dict(own.values_list("pk", "assessment"))
    assert before.items() < after.items()
    assert len(after) == len(before) + 1


@pytest.mark.django_db
def test_a_judgement_that_says_something_else_is_replaced():
    series = next(row for row in many(18) if row.actuals.count() > 14)
    recompute(at=AT, stale_only=False)
    right = stored()
    own = Judgement.objects.filter(assessment__series=series).order_by("pk")
    changed, lost = own[0], own[1]
    Judgement.objects.filter(pk=changed.pk).update(floor="0.10", rag="suppressed")
    Judgement.objects.filter(pk=lost.pk).delete()
    assert stored() != right
    recompute(at=AT, stale_only=False)
    assert stored() == right
    Target.objects.filter(measure=series.measure).update(value=Decimal(400), operator="ge")
    recompute(at=AT, stale_only=False)
    assert set(own.values_list("target_value", flat=True)) == {Decimal(400)}


@pytest.mark.django_db
def test_a_window_without_a_figure_any_more_takes_its_judgements_along():
    series = next(row for row in many(18) if row.actuals.count() > 14)
    recompute(at=AT, stale_only=False)
    last = series.assessments.order_by("-period_end")[0]
    approved(
        series, Month.of(last.period_end), None, value_status="withdrawn", status_reason="Not ours"
    )
    recompute(at=AT, stale_only=False)
    assert not Assessment.objects.filter(pk=last.pk).exists()
    assert not Judgement.objects.filter(assessment_id=last.pk).exists()
