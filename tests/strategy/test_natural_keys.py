"""Rows that fixtures name by words can be dumped and loaded by those words."""

import json

import pytest
from django.apps import apps
from django.core import serializers
from django.core.exceptions import ValidationError

from strategy.models import Objective
from strategy.models.natural_keys import NaturalKey
from tests.factories.rows import row

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
NAMED = [model for model in apps.get_models() if issubclass(model, NaturalKey)]


@pytest.mark.parametrize("model", NAMED, ids=lambda model: model.__name__)
def test_a_row_is_found_by_its_natural_key(model):
    found = row(model)

    assert model._default_manager.get_by_natural_key(*found.natural_key()) == found


@pytest.mark.parametrize("model", NAMED, ids=lambda model: model.__name__)
def test_a_dump_by_words_loads_onto_the_same_row(model):
    found = row(model)
    text = serializers.serialize(
        "json", [found], use_natural_foreign_keys=True, use_natural_primary_keys=True
    )

    (loaded,) = serializers.deserialize("json", text)

    assert "pk" not in json.loads(text)[0]
    assert loaded.object.pk == found.pk


@pytest.mark.parametrize("reference", ["1/2", "..", "1 2", "?", "é", ""])
def test_a_reference_that_no_address_can_hold_is_refused(reference):
    with pytest.raises(ValidationError, match=r"like 1\.1"):
        Objective(reference=reference).clean()


@pytest.mark.parametrize("reference", ["1.1", "no-private-beds", "3b", "A_1"])
def test_a_reference_as_printed_or_a_slug_is_taken(reference):
    Objective(reference=reference).clean()
