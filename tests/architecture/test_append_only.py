"""Tables that are written once: on the running database nothing changes or takes away a row."""

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from accounts.append_only import PREFIX
from tests.factories.rows import our_models, row

ALWAYS = {
    "accounts_auditevent",
    "strategy_actionstatus",
    "cip_allocationtransfer",
    "cip_monthsignoff",
    "cip_qiadecision",
    "cip_qiasignature",
    "board_packfile",
}
# Made-up rows of these can be cleared, never changed.
UNLESS_ILLUSTRATIVE = {
    "kpis_actual",
    "kpis_decision",
    "cip_schemestage",
    "cip_deliverability",
    "cip_phasing",
}
BY_TABLE = {model._meta.db_table: model for model in our_models()}
pytestmark = pytest.mark.django_db


def _guarded_tables() -> set[str]:
    """The tables that hold our triggers in the database as it runs."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger' AND name GLOB %s"
                " GROUP BY tbl_name HAVING COUNT(*) = 2",
                [f"{PREFIX}*"],
            )
        else:
            cursor.execute(
                "SELECT event_object_table FROM information_schema.triggers"
                " WHERE trigger_name LIKE %s GROUP BY event_object_table"
                " HAVING COUNT(DISTINCT event_manipulation) = 2",
                [PREFIX.replace("_", r"\_") + "%"],
            )
        return {name for (name,) in cursor.fetchall()}


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
    return row(model, scheme=row(apps.get_model("cip.scheme"), origin="illustrative"))


def test_the_guarded_tables_are_these():
    assert _guarded_tables() == ALWAYS | UNLESS_ILLUSTRATIVE


def test_a_model_that_calls_itself_append_only_is_guarded():
    said = {m._meta.db_table for m in our_models() if "append-only" in (m.__doc__ or "").lower()}
    assert said <= ALWAYS | UNLESS_ILLUSTRATIVE


@pytest.mark.parametrize("table", sorted(ALWAYS | UNLESS_ILLUSTRATIVE))
def test_a_row_is_neither_changed_nor_deleted(table):
    instance = _row_of(table, illustrative=False)
    _refused(f"UPDATE {table} SET id = id WHERE id = %s", instance.pk)
    _refused(f"DELETE FROM {table} WHERE id = %s", instance.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        instance.save()
    assert BY_TABLE[table].objects.filter(pk=instance.pk).exists()


@pytest.mark.parametrize("table", sorted(UNLESS_ILLUSTRATIVE))
def test_an_illustrative_row_can_be_cleared_but_not_changed(table):
    instance = _row_of(table, illustrative=True)
    _refused(f"UPDATE {table} SET id = id WHERE id = %s", instance.pk)
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE id = %s", [instance.pk])
    assert not BY_TABLE[table].objects.filter(pk=instance.pk).exists()


def test_an_actual_does_not_become_illustrative_to_be_deleted():
    instance = _row_of("kpis_actual", illustrative=False)
    _refused("UPDATE kpis_actual SET origin = 'illustrative' WHERE id = %s", instance.pk)
