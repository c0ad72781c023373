"""Tampering that is less plain than one column of one row: each is found on both databases."""

import unicodedata

import pytest
from django.db import connection, transaction

from kpis.assessments.integrity import findings
from tests.kpis.test_tampering import V2, tamper, tracker

__all__ = ["tracker"]
pytestmark = pytest.mark.django_db

ONE, OTHER = "(SELECT MIN(id) FROM kpis_decision)", "(SELECT MAX(id) FROM kpis_decision)"
A_MICROSECOND = {
    "postgresql": "decided_at + INTERVAL '1 microsecond'",
    "sqlite": "SUBSTR(decided_at, 1, 19) || '.000001'",
}
KINDS: dict[str, tuple[str, ...]] = {
    "the keys of two rows exchanged": (
        f"UPDATE kpis_decision SET id = -1 WHERE id = {ONE}",
        f"UPDATE kpis_decision SET id = (SELECT MIN(id) FROM kpis_decision WHERE id > 0) - 1000 "
        f"WHERE id = {OTHER}",
    ),
    "a decision moved to another version": (
        f"DELETE FROM kpis_decision WHERE actual_id = {V2}",
        f"UPDATE kpis_decision SET actual_id = {V2} WHERE id = {ONE}",
    ),
    "the history of a role": ("UPDATE accounts_historicalrolegrant SET role = 'administrator'",),
    "a role and its history alike": (
        "UPDATE accounts_rolegrant SET role = 'administrator'",
        "UPDATE accounts_historicalrolegrant SET role = 'administrator'",
    ),
    "a row and its copy, each otherwise": (
        f"UPDATE kpis_actual SET change_reason = 'one' WHERE id = {V2}",
        f"UPDATE accounts_rowcopy SET content = '{{}}' WHERE table_name = 'kpis_actual' "
        f"AND row_id = {V2}",
    ),
    "the copies of two rows exchanged": (
        "UPDATE accounts_rowcopy SET row_id = -row_id WHERE table_name = 'kpis_decision'",
    ),
    "copies of another table": (
        "UPDATE accounts_rowcopy SET table_name = 'kpis_other' WHERE table_name = 'kpis_decision'",
    ),
    "the newest audit row gone, and the counter lowered": (
        "DELETE FROM accounts_auditreason WHERE event_id = (SELECT id FROM accounts_auditevent "
        "WHERE number = (SELECT last FROM accounts_auditcounter))",
        "DELETE FROM accounts_auditevent WHERE number = (SELECT last FROM accounts_auditcounter)",
        "UPDATE accounts_auditcounter SET last = last - 1",
    ),
    "the counter raised": ("UPDATE accounts_auditcounter SET last = last + 1",),
    "no counter": ("DELETE FROM accounts_auditcounter",),
    "when an audit row was numbered": (
        "UPDATE accounts_numberedat SET at = '2020-01-01 00:00:00' WHERE number = 1",
    ),
    "an audit row a year earlier": (
        "UPDATE accounts_auditevent SET at = '2025-01-01 00:00:00' WHERE number = 2",
    ),
    "two audit rows exchanged": (
        "UPDATE accounts_auditevent SET number = NULL WHERE number = 1",
        "UPDATE accounts_auditevent SET number = 1 WHERE number = 2",
        "UPDATE accounts_auditevent SET number = 2 WHERE number IS NULL",
    ),
    "the hash of what was seeded": ("UPDATE strategy_seededrow SET row_hash = 'x'",),
    "a remark that nobody wrote": (
        'INSERT INTO kpis_annotation (series_id, "on", text, recorded_at, is_illustrative) '
        "SELECT MIN(id), '2026-05-01', 'x', '2026-05-01 00:00:00', FALSE FROM kpis_series",
    ),
    "a moment, by a microsecond": ("UPDATE kpis_decision SET decided_at = {microsecond}",),
    "a text, written with other letters that look the same": (
        f"UPDATE kpis_actual SET change_reason = '{unicodedata.normalize('NFD', 'Zoë')}' "
        f"WHERE id = {V2}",
    ),
    "a space at the end": (
        f"UPDATE kpis_actual SET change_reason = change_reason || ' ' WHERE id = {V2}",
    ),
    "a password": ("UPDATE accounts_user SET password = 'x'",),
    "two names exchanged": ("UPDATE accounts_user SET username = username || 'x'",),
    "who feeds a series": (
        "UPDATE kpis_series SET fed_by = 'published' WHERE id = (SELECT MIN(id) FROM kpis_series)",
    ),
    "a stored value": ("UPDATE kpis_assessment SET value = 1",),
    "a stored limit": ("UPDATE kpis_assessment SET spc_mean = 1",),
    "which version a series was judged at": (
        "UPDATE kpis_series SET assessed_version = data_version - 1",
    ),
}


@pytest.mark.parametrize("name", KINDS)
def test_it_is_found(tracker, name):
    assert [str(found) for found in findings()] == []
    with connection.constraint_checks_disabled():
        reached = [
            tamper(one.replace("{microsecond}", A_MICROSECOND[connection.vendor]))
            for one in KINDS[name]
        ]
        assert any(reached)
        # The guards are off, so that the statement is not refused: that is found as well.
        found = [str(one) for one in findings() if one.kind != "guard"]
    assert found
    transaction.set_rollback(True)


@pytest.mark.parametrize("table", ["kpis_actual", "kpis_decision", "accounts_auditevent"])
def test_a_guard_that_was_taken_away_is_named(tracker, table):
    connection.check_constraints()
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"DROP TRIGGER append_only_{table}_update")
        else:
            cursor.execute(
                "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgrelid = %s::regclass",
                [table],
            )
            name = sorted(row[0] for row in cursor.fetchall())[0]
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {name}")
    assert any(table in str(one) for one in findings())
