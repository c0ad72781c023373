"""Numbers the audit record without gaps. The database does it, at the end of each transaction.

One counter row holds the last number. On PostgreSQL a deferred trigger locks it at commit, after
every other lock of the transaction, and holds it no longer than the commit takes; a rollback
undoes the number too. SQLite has one writer, so the number is set when the row is inserted.
"""

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation, OperationCategory
from django.db.migrations.state import ProjectState

from accounts.record.append_only import PREFIX

EVENTS = "accounts_auditevent"
COUNTER = "accounts_auditcounter"
NAME = f"{PREFIX}{EVENTS}_number"


class NumberAuditEvents(Operation):
    """Install the trigger that numbers audit rows as they are written."""

    reversible = True
    reduces_to_sql = True
    category = OperationCategory.SQL

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Models do not change."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, *states: Any
    ) -> None:
        if schema_editor.connection.vendor == "sqlite":
            schema_editor.execute(
                f"CREATE TRIGGER {NAME} AFTER INSERT ON {EVENTS} BEGIN "
                f"INSERT INTO {COUNTER} (id, last) SELECT 1, 0 "
                f"WHERE NOT EXISTS (SELECT 1 FROM {COUNTER}); "
                f"UPDATE {COUNTER} SET last = last + 1; "
                f"UPDATE {EVENTS} SET number = (SELECT last FROM {COUNTER}) WHERE id = NEW.id; END",
                params=None,
            )
            return
        # The counter row may not exist yet: insert it, or add one, in a single statement that
        # also locks it.
        schema_editor.execute(
            f"CREATE FUNCTION {NAME}() RETURNS trigger LANGUAGE plpgsql AS $$ "
            f"DECLARE given bigint; BEGIN "
            f"INSERT INTO {COUNTER} AS counter (id, last) VALUES (1, 1) "
            f"ON CONFLICT (id) DO UPDATE SET last = counter.last + 1 RETURNING last INTO given; "
            f"UPDATE {EVENTS} SET number = given WHERE id = NEW.id; RETURN NULL; END $$",
            params=None,
        )
        schema_editor.execute(
            f"CREATE CONSTRAINT TRIGGER {NAME} AFTER INSERT ON {EVENTS} "
            f"DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION {NAME}()",
            params=None,
        )

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, *states: Any
    ) -> None:
        if schema_editor.connection.vendor == "sqlite":
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {NAME}", params=None)
        else:
            schema_editor.execute(f"DROP FUNCTION IF EXISTS {NAME}() CASCADE", params=None)

    def describe(self) -> str:
        return "Number audit rows without gaps"

    @property
    def migration_name_fragment(self) -> str:
        return "number_audit_events"
