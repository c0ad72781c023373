"""What the migrations leave behind: the tables of the models, with all that these declare."""

import pytest
from django.apps import apps
from django.db import connection, models

pytestmark = pytest.mark.django_db


def declared(model: type[models.Model]) -> tuple[set, set, set]:
    """The columns and whether each may be empty, what each refers to, and the names of constraints
    and indexes.
    """
    columns = model._meta.local_concrete_fields
    references = [one for one in columns if one.remote_field and one.db_constraint]
    return (
        {(one.column, one.null) for one in columns},
        {
            (one.column, (one.target_field.model._meta.db_table, one.target_field.column))
            for one in references
        },
        {one.name for one in (*model._meta.constraints, *model._meta.indexes)},
    )


def found(cursor, table: str) -> tuple[set, set, set]:
    read = connection.introspection
    constraints = read.get_constraints(cursor, table)
    references = [one for one in constraints.values() if one["foreign_key"]]
    return (
        {(one.name, bool(one.null_ok)) for one in read.get_table_description(cursor, table)},
        {(one["columns"][0], one["foreign_key"]) for one in references},
        set(constraints),
    )


def test_each_table_has_what_its_model_declares():
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            columns, references, names = found(cursor, model._meta.db_table)
            its_columns, its_references, its_names = declared(model)
            assert its_columns - columns == set(), model
            assert references == its_references, model
            assert its_names - names == set(), model
