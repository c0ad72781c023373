"""What is typed into the administration is read by the same parser as everywhere else."""

from datetime import date
from decimal import Decimal

import pytest
from django.forms import DateField, DecimalField

from accounts.administration.fields import TypedDateField, TypedDecimalField
from tests.accounts.administering import EDITABLE, address, editor, form_of, some_row
from tests.factories.plans import PlanFactory

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


@pytest.mark.parametrize("label", EDITABLE)
def test_dates_and_numbers_of_every_form_are_read_by_the_one_parser(client, label):
    editor(client, label)
    response = client.get(address(label, "change", some_row(label).pk))
    forms = [response.context["adminform"].form]
    forms += [inline.formset.empty_form for inline in response.context["inline_admin_formsets"]]
    for form in forms:
        for name, field in form.fields.items():
            if isinstance(field, DateField):
                assert isinstance(field, TypedDateField), name
            if isinstance(field, DecimalField):
                assert isinstance(field, TypedDecimalField), name


def test_what_is_no_date_and_no_number_is_told_so_and_kept(client):
    plan = PlanFactory(starts_on=date(2026, 4, 1), ends_on=date(2027, 3, 31))
    editor(client, "strategy.Plan")
    page = address("strategy.Plan", "change", plan.pk)
    unchanged = form_of(client.get(page))
    for name, typed, said in (
        ("ends_on", "1/4/27", "Year must include 4 numbers"),
        ("ends_on", "31/06/2027", "Ends on must be a real date, like 13/02/2026"),
        ("default_tolerance_percent", "1_0", "Default tolerance percent must be a number, like 30"),
        ("default_tolerance_percent", "\u0665", "Default tolerance percent must be a number"),
    ):
        response = client.post(page, {**unchanged, name: typed})
        assert any(said in error for error in response.context["errors"][0]), (typed, said)
        assert f'value="{typed}"' in response.text
    client.post(page, {**unchanged, "ends_on": "30 Sep 2027", "default_tolerance_percent": "2.5"})
    plan.refresh_from_db()
    assert (plan.ends_on, plan.default_tolerance_percent) == (date(2027, 9, 30), Decimal("2.5"))
