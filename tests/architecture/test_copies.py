"""Every row that the tracker writes has a copy; what is written past it is found, in any table."""

import json

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, models, transaction
from django.db.models import sql
from django.db.models.sql.compiler import SQLInsertCompiler

from accounts.models import RowCopy, User
from accounts.record import copies, writes
from tests.factories.people import UserFactory
from tests.factories.rows import new, row

pytestmark = pytest.mark.django_db
COPIED = {
    model._meta.db_table: model
    for model in apps.get_models(include_auto_created=True)
    if not writes.is_outside(model)
}
# The library writes its history with the rows, and a trigger copies when a row was numbered.
MADE = {
    table: model
    for table, model in COPIED.items()
    if not model.__name__.startswith("Historical") and table != "accounts_numberedat"
}


def past_the_tracker(statement: str, table: str) -> int:
    """Run SQL with this table's triggers off; returns how many rows it reached."""
    connection.check_constraints()
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [table]
            )
            for (name,) in cursor.fetchall():
                cursor.execute(f'DROP TRIGGER "{name}"')
        else:
            cursor.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
        cursor.execute(statement)
        return cursor.rowcount


def found(*tables: str) -> list[str]:
    return list(copies.tampered(tables or writes.copied_tables()))


def copied_keys(table: str) -> set[int]:
    return set(RowCopy.objects.filter(table_name=table).values_list("row_id", flat=True))


def other_values(instance: models.Model) -> dict[str, str]:
    """Another value for each column that is no reference, as SQL."""
    given = {}
    for column in instance._meta.concrete_fields:
        name = f'"{column.column}"'
        if column.primary_key or column.is_relation:
            continue
        if isinstance(column, models.BooleanField):
            given[column.column] = f"COALESCE(NOT {name}, TRUE)"
        elif isinstance(column, models.DateField):
            given[column.column] = "'2031-02-01'"
        elif isinstance(column, models.JSONField):
            given[column.column] = "'[1]'"
        elif isinstance(column, models.CharField | models.TextField):
            now = getattr(instance, column.attname)
            others = [code for code, _ in column.flatchoices if code != now] or ["other"]
            given[column.column] = f"'{others[0]}'"
        else:
            given[column.column] = f"COALESCE({name}, 0) + 1"
    absent = writes.left_out(instance._meta)
    return {name: value for name, value in given.items() if name not in absent}


def test_no_table_is_outside_by_a_name_that_there_is_not():
    named = {m._meta.label for m in apps.get_models()} | {c.label for c in apps.get_app_configs()}
    assert set(writes.OUTSIDE) <= named
    for table, names in writes.LEFT_OUT.items():
        assert names <= {column.column for column in COPIED[table]._meta.concrete_fields}


@pytest.mark.parametrize("table", sorted(MADE))
def test_a_row_has_a_copy_of_all_its_columns(table):
    model = MADE[table]
    instance = row(model)
    copy = RowCopy.objects.get(table_name=table, row_id=instance.pk)
    columns = {column.column for column in model._meta.concrete_fields}
    assert set(json.loads(copy.content)) == columns - set(writes.left_out(model._meta))
    assert found(table) == []


@pytest.mark.parametrize("table", sorted(MADE))
def test_a_row_changed_past_the_tracker_is_found_whichever_column_it_is(table):
    instance = row(MADE[table])
    key = instance._meta.pk.column
    tried = 0
    for column, value in other_values(instance).items():
        statement = f'UPDATE "{table}" SET "{column}" = {value} WHERE "{key}" = {instance.pk}'
        try:
            with transaction.atomic():
                assert past_the_tracker(statement, table) == 1
                assert any(column in what for what in found(table)), column
                tried += 1
                transaction.set_rollback(True)
        except DatabaseError:
            continue  # the table's own constraints refuse that value
    columns = instance._meta.concrete_fields
    assert tried or all(column.primary_key or column.is_relation for column in columns)


@pytest.mark.parametrize("table", sorted(MADE))
def test_a_row_deleted_past_the_tracker_is_found(table):
    instance = row(MADE[table])
    key = instance._meta.pk.column
    assert past_the_tracker(f'DELETE FROM "{table}" WHERE "{key}" = {instance.pk}', table) == 1
    assert any("was deleted" in what for what in found(table))
    RowCopy.objects.filter(table_name=table, row_id=instance.pk).delete()


@pytest.mark.parametrize("table", sorted(MADE))
def test_a_row_added_past_the_tracker_is_found_though_every_trigger_is_on(table):
    model = MADE[table]
    instance = new(model)
    insert = sql.InsertQuery(model)
    columns = [c for c in model._meta.concrete_fields if not isinstance(c, models.AutoField)]
    insert.insert_values(columns, [instance])
    ((statement, params),) = SQLInsertCompiler(insert, connection, "default").as_sql()
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
    (key,) = set(model._base_manager.values_list("pk", flat=True)) - copied_keys(table)
    assert f"{model._meta.verbose_name} {key} was added past the tracker" in found(table)


def test_each_way_in_which_django_writes_keeps_the_copies():
    person, other = UserFactory(), UserFactory()
    group = apps.get_model("auth.group").objects.create(name="Some")
    person.groups.add(group)
    person.groups.add(group)  # nothing new, so Django inserts nothing
    person.groups.set([])
    person.groups.set([group])
    User.objects.filter(pk=person.pk).update(first_name="Another", email="a@example.org")
    other.last_name = "Else"
    User.objects.bulk_update([other], ["last_name"])
    committees = apps.get_model("strategy.committee")
    committees.objects.bulk_create([committees(code=f"c{n}", name=f"C{n}") for n in range(3)])
    committees.objects.bulk_create(
        [committees(code="c1", name="D")],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name"],
    )
    committees.objects.bulk_create([committees(code="c1", name="D")], ignore_conflicts=True)
    committees.objects.update_or_create(code="c2", defaults={"name": "E"})
    committees.objects.filter(code="c0").delete()
    committees.objects.filter(code="none").update(name="F")
    assert committees.objects.filter(code="none").delete() == (0, {})
    assert committees.objects.filter(pk__in=[]).update(name="F") == 0
    User.objects.filter(groups__name="Some").update(last_name="Of some")
    assert found() == []
    other.delete()
    group.delete()
    assert found() == []


def test_what_is_taken_back_takes_its_copy_back():
    committees = apps.get_model("strategy.committee")
    with transaction.atomic():
        committees.objects.create(code="taken", name="Back")
        transaction.set_rollback(True)
    assert not RowCopy.objects.filter(table_name="strategy_committee").exists()
    assert found() == []


@pytest.mark.parametrize("flag", ["is_active", "is_superuser", "is_staff"])
def test_a_person_made_somebody_else_by_sql_is_found(flag):
    person = UserFactory()
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE accounts_user SET {flag} = NOT {flag} WHERE id = %s", [person.pk])
    assert [what for what in found() if flag in what and f"user {person.pk}" in what]


def test_a_copy_of_a_table_that_has_none_is_found():
    RowCopy.objects.create(table_name="no_such_table", row_id=1, content="{}")
    assert [what for what in found() if "no_such_table" in what]
