"""What gives old figures their meaning cannot be changed in any way."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from accounts.record.fixed import RULES, fixed_problems
from accounts.roles import Role
from kpis.models import Actual, Measure, Series
from kpis.models.fixed import COUNTED, WORDED
from strategy.models import Plan
from strategy.periods import Month
from tests.accounts.administering import form_of
from tests.accounts.readers import BACKEND
from tests.factories.measures import (
    ActualFactory,
    MeasureFactory,
    RatioFactory,
    SeriesFactory,
    TargetFactory,
    approved,
    decide,
)
from tests.factories.people import person
from tests.factories.plans import PlanFactory

pytestmark = pytest.mark.django_db
OTHER = {
    "kind": "milestone",
    "unit": "days",
    "direction": "neutral",
    "frequency": "quarterly",
    "year_end_month": 12,
    "collection_level": "trust",
    "roll_up": "none",
    "over_time": "last",
    "judged_on": "year_to_date",
    "definition": "Other people",
    "numerator": "people seen twice",
    "denominator": "people who came",
}


def with_a_target():
    return TargetFactory(measure=RatioFactory()).measure


def with_a_figure():
    series = SeriesFactory(measure=RatioFactory())
    approved(series, Month(2026, 4), numerator=Decimal(9), denominator=Decimal(10))
    return series.measure


@pytest.mark.parametrize("used", [with_a_target, with_a_figure])
@pytest.mark.parametrize("name", OTHER)
def test_what_is_counted_is_not_written_over_once_it_is_used(used, name):
    measure = used()
    setattr(measure, name, OTHER[name])
    with pytest.raises(ValidationError) as refused:
        measure.save()
    words = "end this measure" if name in COUNTED else "a second person approves it"
    assert words in refused.value.message_dict[name][0].lower()
    with pytest.raises(ValidationError) as refused:
        measure.clean()
    assert set(refused.value.message_dict) == {name}
    for write in (
        lambda: Measure.objects.filter(pk=measure.pk).update(**{name: OTHER[name]}),
        lambda: Measure.objects.bulk_update([measure], [name]),
    ):
        with pytest.raises(IntegrityError, match="fixed"), transaction.atomic():
            write()


def test_every_field_that_gives_meaning_was_tried():
    assert set(OTHER) == {*COUNTED, *WORDED}
    of_measures = [rule for rule in RULES.values() if rule.table == "kpis_measure"]
    columns = {name for rule in of_measures for name in rule.columns}
    assert columns == {*OTHER, "code", "valid_from"}


@pytest.mark.parametrize("outcome", ["", "returned"])
def test_until_a_figure_is_approved_everything_may_be_put_right(outcome):
    series = SeriesFactory(measure=RatioFactory())
    actual = ActualFactory(series=series)
    if outcome:
        decide(actual, outcome, reason="Not this")
    for name, value in OTHER.items():
        if name != "kind":
            setattr(series.measure, name, value)
    series.measure.save()
    assert Measure.objects.filter(pk=series.measure.pk, unit="days", judged_on="year_to_date")


def test_what_figures_look_like_may_change_any_time():
    measure = with_a_target()
    measure.name, measure.decimals, measure.maximum = "Seen", 2, Decimal(99)
    measure.save()
    assert Measure.objects.get(pk=measure.pk).decimals == 2


def test_another_measures_figures_fix_nothing():
    with_a_target()
    free = RatioFactory()
    free.unit = "score"
    free.save()
    assert Measure.objects.get(pk=free.pk).unit == "score"


def test_the_administration_says_what_to_do_instead(client):
    client.force_login(person(Role.ADMINISTRATOR), backend=BACKEND)
    measure = with_a_target()
    page = reverse("admin:kpis_measure_change", args=[measure.pk])
    data = form_of(client.get(page))
    refused = client.post(page, {**data, "unit": "weeks", "definition": "Others"})
    assert refused.status_code == 200
    errors = refused.context["adminform"].form.errors
    assert "End this measure" in errors["unit"][0]
    assert "successor" in errors["unit"][0]
    assert "Change the definition" in errors["definition"][0]
    assert Measure.objects.get(pk=measure.pk).unit == "percent"
    assert client.post(page, {**data, "data_source": "The register"}).status_code == 302


def test_a_plan_with_targets_keeps_its_tolerance(client):
    client.force_login(person(Role.ADMINISTRATOR), backend=BACKEND)
    plan = PlanFactory()
    plan.default_tolerance_percent = Decimal(4)
    plan.save()
    TargetFactory(plan=plan)
    plan.default_tolerance_percent = Decimal(10)
    with pytest.raises(IntegrityError, match="from a date on"), transaction.atomic():
        plan.save()
    page = reverse("admin:strategy_plan_change", args=[plan.pk])
    data = form_of(client.get(page))
    refused = client.post(page, {**data, "default_tolerance_percent": "10"})
    problems = refused.context["adminform"].form.errors["default_tolerance_percent"]
    assert "Change the tolerance" in problems[0]
    assert client.post(page, {**data, "title": "Our plan"}).status_code == 302
    assert Plan.objects.get(pk=plan.pk).default_tolerance_percent == 4


def test_the_guards_are_put_up_again_after_every_migration():
    measure = with_a_figure()
    with connection.cursor() as cursor:
        for rule in RULES.values():
            for statement in rule.take_away(connection.vendor):
                cursor.execute(statement)
    call_command("migrate", verbosity=0)
    with pytest.raises(IntegrityError, match="fixed"), transaction.atomic():
        Measure.objects.filter(pk=measure.pk).update(unit="days")
    assert Series.objects.filter(measure=measure).exists()
    assert Actual.objects.exists()


@pytest.mark.sqlite
@pytest.mark.parametrize("key", ["id", "code"])
def test_a_row_is_not_replaced_by_one_that_means_something_else(key):
    """`INSERT OR REPLACE` does not update: it deletes the row and inserts another."""
    used, free = with_a_figure(), RatioFactory()
    names = [column.column for column in Measure._meta.concrete_fields]

    def replace(measure, **values):
        kept = Measure.objects.filter(pk=measure.pk).values_list(*names)[0]
        row = {**dict(zip(names, kept, strict=True)), "tags": "[]", **values}
        if key == "code":
            row["id"] = measure.pk + 1000
        marks = ", ".join(["%s"] * len(row))
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                f"INSERT OR REPLACE INTO kpis_measure ({', '.join(row)}) VALUES ({marks})",
                [str(value) if isinstance(value, Decimal) else value for value in row.values()],
            )

    with pytest.raises(IntegrityError, match="is fixed"):
        replace(used, unit="days")
    assert Measure.objects.get(pk=used.pk).unit == "percent"
    replace(free, unit="days")
    assert Measure.objects.filter(code=free.code, unit="days").exists()


def test_a_new_count_is_not_asked_about():
    measure = MeasureFactory()
    measure.unit = "days"
    measure.full_clean()
    assert fixed_problems(measure) == {}
