"""Append-only tables: on the running database nothing changes or deletes a row."""

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.db.models import UniqueConstraint

from accounts.models import RowCopy
from accounts.record.append_only import PREFIX
from accounts.record.writes import copied_tables
from tests.factories.rows import our_models, row, signed

HISTORIES = {
    model._meta.db_table
    for model in our_models(with_history=True)
    if model.__name__.startswith("Historical")
}
ALWAYS = {
    "accounts_auditevent",
    "accounts_auditreason",
    "accounts_numberedat",
    "strategy_actionstatus",
    "kpis_targetchange",
    "kpis_measurechange",
    "kpis_tolerancechange",
    "kpis_textchange",
    "kpis_targetproposal",
    "kpis_acceptedlevel",
    "kpis_fixedbaseline",
    "cip_allocationtransfer",
    "cip_targetchange",
    "cip_weightchange",
    "board_packfile",
    *HISTORIES,
}
# Made-up rows of these tables can be deleted, but never changed.
UNLESS_ILLUSTRATIVE = {
    "kpis_actual",
    "kpis_decision",
    "kpis_commentary",
    "kpis_annotation",
    "kpis_rebase",
    "cip_schemestage",
    "cip_deliverability",
    "cip_phasing",
    "cip_monthsignoff",
    "cip_qiadecision",
    "cip_qiasignature",
    "cip_qiaauthor",
    "cip_qiareopening",
}
GUARDED = ALWAYS | UNLESS_ILLUSTRATIVE
WITH_ROWS = GUARDED - HISTORIES
BY_TABLE = {model._meta.db_table: model for model in our_models(with_history=True)}
pytestmark = pytest.mark.django_db


def _guarded_tables(*endings: str) -> set[str]:
    """The tables that have all of these triggers in the running database."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger'")
        else:
            cursor.execute("SELECT tgrelid::regclass::text, tgname FROM pg_trigger")
        found = set(cursor.fetchall())
    tables = {table for table, name in found if name.startswith(PREFIX)}
    return {t for t in tables if {(t, f"{PREFIX}{t}_{end}") for end in endings} <= found}


def _refused(sql: str, *values) -> None:
    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql, values)


def _row_of(table: str, *, illustrative: bool):
    model = BY_TABLE[table]
    if not illustrative:
        return row(model)
    if table == "kpis_actual":
        return row(model, origin="illustrative")
    if table == "kpis_decision":
        return row(model, actual=row(apps.get_model("kpis.actual"), origin="illustrative"))
    if table.startswith("kpis_") or table == "cip_monthsignoff":
        return row(model, is_illustrative=True)
    scheme = row(apps.get_model("cip.scheme"), origin="illustrative")
    if not table.startswith("cip_qia"):
        return row(model, scheme=scheme)
    assessment = row(apps.get_model("cip.qualityimpactassessment"), scheme=scheme)
    return row(
        model, **(signed(assessment) if table == "cip_qiasignature" else {"assessment": assessment})
    )


def test_the_guarded_tables_are_these_and_each_row_of_theirs_is_copied():
    if connection.vendor == "sqlite":
        endings = ("update", "delete", "insert")
    else:
        endings = ("change", "truncate")
    assert _guarded_tables(*endings) == GUARDED
    assert copied_tables() >= GUARDED


def test_triggers_copy_only_what_another_trigger_writes():
    """SQL that a guard allows is not the tracker's, so that its copy must not follow."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT name FROM sqlite_master WHERE name GLOB 'append_only_*_copy_*'")
            copying = {name for (name,) in cursor.fetchall()}
        assert copying == {
            "append_only_accounts_auditevent_copy_update",
            "append_only_accounts_numberedat_copy_insert",
        }
    else:
        assert _guarded_tables("copy") == {"accounts_auditevent", "accounts_numberedat"}


def test_audit_rows_are_numbered_by_the_database():
    assert _guarded_tables("number") == {"accounts_auditevent"}


def test_a_model_that_calls_itself_append_only_is_guarded():
    said = {m._meta.db_table for m in our_models() if "append-only" in (m.__doc__ or "").lower()}
    assert said <= GUARDED


@pytest.mark.parametrize("table", sorted(WITH_ROWS))
def test_a_row_is_neither_changed_nor_deleted(table):
    instance = _row_of(table, illustrative=False)
    key = instance._meta.pk.column
    _refused(f"UPDATE {table} SET {key} = {key} WHERE {key} = %s", instance.pk)
    _refused(f"DELETE FROM {table} WHERE {key} = %s", instance.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        instance.save()
    assert BY_TABLE[table].objects.filter(pk=instance.pk).exists()


def test_a_recorded_state_is_neither_changed_nor_deleted():
    group = row(apps.get_model("strategy.caregroup"))
    record = group.history.get()
    table = record._meta.db_table
    _refused(f"UPDATE {table} SET name = 'Another' WHERE history_id = %s", record.pk)
    _refused(f"UPDATE {table} SET note = 'Another' WHERE history_id = %s", record.pk)
    _refused(f"DELETE FROM {table} WHERE history_id = %s", record.pk)


@pytest.mark.parametrize("table", sorted(UNLESS_ILLUSTRATIVE))
def test_an_illustrative_row_can_be_cleared_with_its_copy_but_not_changed(table):
    """SQL may delete it too, but leaves the copy, by which the check knows."""
    instance = _row_of(table, illustrative=True)
    copies = RowCopy.objects.filter(table_name=table, row_id=instance.pk)
    assert copies.count() == 1
    _refused(f"UPDATE {table} SET id = id WHERE id = %s", instance.pk)
    rows = BY_TABLE[table].objects.filter(pk=instance.pk)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {table} WHERE id = %s", [instance.pk])
        assert not rows.exists()
        assert copies.exists()
        transaction.set_rollback(True)
    rows._raw_delete(rows.db)
    assert not rows.exists()
    assert not copies.exists()


def test_an_actual_does_not_become_illustrative_to_be_deleted():
    instance = _row_of("kpis_actual", illustrative=False)
    _refused("UPDATE kpis_actual SET origin = 'illustrative' WHERE id = %s", instance.pk)


@pytest.mark.postgresql
@pytest.mark.parametrize("table", sorted(GUARDED))
def test_a_table_is_not_truncated(table):
    _refused(f"TRUNCATE {table} CASCADE")


def _unique_columns(model) -> list[tuple[str, ...]]:
    """The key, and every set of columns that is unique, with or without a condition."""
    found = [(model._meta.pk.column,)]
    found += [(column.column,) for column in model._meta.concrete_fields if column.unique]
    for rule in model._meta.constraints:
        if isinstance(rule, UniqueConstraint):
            found.append(tuple(model._meta.get_field(name).column for name in rule.fields))
    return list(dict.fromkeys(found))


@pytest.mark.sqlite
@pytest.mark.parametrize("table", sorted(WITH_ROWS))
def test_a_new_row_takes_nobodys_place(table):
    """`INSERT OR REPLACE` deletes a row without firing the triggers for deletion."""
    model = BY_TABLE[table]
    instance = _row_of(table, illustrative=False)
    columns = [column.column for column in model._meta.concrete_fields]
    names = ", ".join(f'"{name}"' for name in columns)
    key = model._meta.pk.column
    free = {key: f"(SELECT MAX({key}) + 1000 FROM {table})"}
    for unique in _unique_columns(model):
        taken = ", ".join(
            f'"{name}"' if name in unique or name not in free else free[name] for name in columns
        )
        for verb in ("INSERT OR REPLACE", "REPLACE", "INSERT OR IGNORE"):
            source = f"SELECT {taken} FROM {table} WHERE {key} = %s"
            _refused(f"{verb} INTO {table} ({names}) {source}", instance.pk)
    _refused(f"UPDATE OR REPLACE {table} SET {key} = {key} + 1 WHERE {key} = %s", instance.pk)
    assert model.objects.filter(pk=instance.pk).exists()


@pytest.mark.sqlite
def test_a_recorded_state_takes_nobodys_place():
    group = row(apps.get_model("strategy.caregroup"))
    record = group.history.get()
    table = record._meta.db_table
    columns = ", ".join(f'"{column.column}"' for column in record._meta.concrete_fields)
    same = f"SELECT {columns} FROM {table} WHERE history_id = %s"
    _refused(f"INSERT OR REPLACE INTO {table} ({columns}) {same}", record.pk)
