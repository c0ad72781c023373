"""`check_data` finds whatever disagrees with a fresh calculation: each stored field in turn."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, models, transaction

from accounts.record.fixed import RULES
from kpis.assessments.integrity import findings
from kpis.assessments.store import recompute
from kpis.models import Assessment, Judgement, Series, Target
from kpis.models.columns import ExactDecimal
from strategy.periods import Month
from tests.factories.measures import (
    MilestoneFactory,
    SeriesFactory,
    TargetFactory,
    approved,
    rolled_up,
)
from tests.factories.plans import CareGroupFactory, PlanFactory
from tests.plugins.kept import kept

pytestmark = pytest.mark.django_db
AT = datetime(2026, 9, 1, tzinfo=UTC)
KEYS = {
    Assessment: ("id", "series", "period_start", "period_end"),
    Judgement: ("id", "assessment", "target"),
}


def stored_fields(model):
    return [column for column in model._meta.concrete_fields if column.name not in KEYS[model]]


@kept
def assessed():
    plan = PlanFactory(starts_on=date(2024, 4, 1), ends_on=date(2027, 3, 31))
    source = plan.source_document
    measure, _, parts = rolled_up(CareGroupFactory(), CareGroupFactory())
    TargetFactory(measure=measure, plan=plan, source_document=source, value=Decimal(82))
    for place in range(15):
        for part in parts:
            approved(
                part,
                Month(2024, 4).plus(place),
                numerator=Decimal(80 + place % 5),
                denominator=Decimal(100),
            )
    milestone = SeriesFactory(measure=MilestoneFactory())
    TargetFactory(
        measure=milestone.measure,
        plan=plan,
        source_document=source,
        operator="",
        value_is="",
        value=None,
    )
    approved(
        milestone, Month(2025, 6), None, milestone_status="on_track", forecast_on=date(2026, 1, 1)
    )
    recompute(at=AT, stale_only=False)
    assert list(findings()) == []


def another(column: models.Field, value):
    """Another value that the column could hold."""
    if column.is_relation:
        return None if value else 1
    if column.choices:
        return next(code for code, _ in column.choices if code and code != value)
    if isinstance(column, models.BooleanField):
        return not value
    if isinstance(column, models.DateTimeField):
        return (value or AT) + timedelta(microseconds=1)
    if isinstance(column, models.DateField):
        return (value or date(2026, 1, 1)) + timedelta(days=1)
    if isinstance(column, models.DecimalField | ExactDecimal):
        return (value or Decimal(0)) + Decimal("0.000001")
    if isinstance(column, models.FloatField):
        return (value or 0.0) + 1e-9
    if isinstance(column, models.IntegerField):
        return (value or 0) + 1
    return "x" if value != "x" else "y"


def finding_of(row) -> str:
    """The beginning of a finding about this row."""
    kept = row.assessment if isinstance(row, Judgement) else row
    return f"{kept.series} {kept.period_start} to {kept.period_end}: "


@pytest.mark.parametrize("model", KEYS, ids=lambda model: model.__name__)
def test_every_field_that_was_tampered_with_is_found(assessed, model):
    """Tamper with one field a window, so that each finding is about one field."""
    fields = stored_fields(model)
    rows = {finding_of(row): row for row in model.objects.order_by("-pk")}
    while fields:
        changed = dict(zip(rows, fields, strict=False))
        with transaction.atomic():
            for said, column in changed.items():
                row = rows[said]
                value = another(column, getattr(row, column.attname))
                model.objects.filter(pk=row.pk).update(**{column.attname: value})
            found = {finding.what: finding.kind for finding in findings()}
            with pytest.raises(CommandError):
                call_command("check_data")
            transaction.set_rollback(True)
        named = {
            said: column.attname if model is Assessment else "judgements"
            for said, column in changed.items()
        }
        assert set(found.values()) == {"disagrees"}
        assert sorted(found) == sorted(said + name for said, name in named.items())
        fields = fields[len(changed) :]


@pytest.mark.parametrize("field", ["period_start", "period_end", "series_id"])
def test_a_window_in_the_wrong_place_is_found_at_both(assessed, field):
    row = Assessment.objects.order_by("pk").first()
    value = getattr(row, field)
    moved = (
        Series.objects.exclude(pk=value).latest("pk").pk
        if field == "series_id"
        else value - timedelta(days=400)
    )
    Assessment.objects.filter(pk=row.pk).update(**{field: moved})
    assert {found.kind for found in findings()} == {"disagrees"}
    assert len(list(findings())) == 2


def test_a_judgement_against_the_wrong_target_or_gone_is_found(assessed):
    row = Judgement.objects.first()
    other = TargetFactory(measure=None, value=None, operator="", value_is="")
    Judgement.objects.filter(pk=row.pk).update(target=other)
    assert [found.kind for found in findings()] == ["disagrees"]
    Judgement.objects.filter(pk=row.pk).delete()
    assert [found.kind for found in findings()] == ["disagrees"]


def test_a_missing_assessment_and_a_stale_series_are_found(assessed):
    row = Assessment.objects.order_by("pk").first()
    Judgement.objects.filter(assessment=row).delete()
    Assessment.objects.filter(pk=row.pk).delete()
    assert [found.kind for found in findings()] == ["disagrees"]
    series = Series.objects.get(pk=row.series_id)
    Series.objects.filter(pk=series.pk).update(data_version=series.data_version + 1)
    assert [found.kind for found in findings()] == ["stale"]


def test_a_definition_changed_behind_the_trackers_back_is_found(assessed):
    Target.objects.filter(operator="ge").update(value=Decimal(99))
    assert {found.kind for found in findings()} == {"disagrees", "history"}


@pytest.mark.parametrize(
    ("model", "column"),
    [
        (Judgement, "assessment"),
        (Judgement, "target"),
        (Assessment, "series"),
        (Series, "measure"),
        (Series, "care_group"),
        (Target, "care_group"),
    ],
)
def test_a_row_whose_parent_is_gone_is_found(assessed, model, column):
    row = model.objects.order_by("pk").last()
    connection.check_constraints()
    with transaction.atomic():
        with connection.cursor() as cursor:  # the stored row is overwritten with its triggers off
            for rule in RULES.values():
                for statement in rule.take_away(connection.vendor):
                    cursor.execute(statement)
        model.objects.filter(pk=row.pk).update(**{f"{column}_id": 987654})
        orphans = [found.what for found in findings() if found.kind == "orphan"]
        transaction.set_rollback(True)
    lost = f"{model._meta.verbose_name} {row.pk}: no "
    assert any(what.startswith(lost) for what in orphans)


@pytest.mark.parametrize("value", [Decimal("79.999999"), Decimal(81), Decimal("0.8")])
def test_a_figure_that_its_parts_do_not_give_is_found(assessed, value):
    series = Series.objects.exclude(care_group__level="trust").first()
    month = Month(2025, 9)
    approved(series, month, value, numerator=Decimal(80), denominator=Decimal(100))
    recompute(at=AT, stale_only=False)
    (found,) = findings()
    assert found.kind == "disagrees"
    assert "its parts give 80" in found.what
