"""Numbers the audit record without gaps. The database does it, at the end of each transaction.

One counter row holds the last number. On PostgreSQL a deferred trigger locks it at commit, after
every other lock of the transaction, and holds it no longer than the commit takes; a rollback
undoes the number too. SQLite has one writer, so the number is set when the row is inserted.

`accounts_numberedat` keeps when each number was given, by the clock of the database.
"""

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation, OperationCategory
from django.db.migrations.state import ProjectState

from accounts.record.append_only import PREFIX

EVENTS = "accounts_auditevent"
COUNTER = "accounts_auditcounter"
MOMENTS = "accounts_numberedat"
NAME = f"{PREFIX}{EVENTS}_number"


class NumberAuditEvents(Operation):
    """Install the trigger that numbers audit rows as they are written.

    `keeps_moments`: it also keeps when, in place of the trigger that did not.
    """

    reversible = True
    reduces_to_sql = True
    category = OperationCategory.SQL

    def __init__(self, *, keeps_moments: bool = False) -> None:
        self.keeps_moments = keeps_moments

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Models do not change."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, *states: Any
    ) -> None:
        _drop(schema_editor)
        _install(schema_editor, keeps_moments=self.keeps_moments)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, *states: Any
    ) -> None:
        _drop(schema_editor)
        if self.keeps_moments:
            _install(schema_editor, keeps_moments=False)

    def describe(self) -> str:
        return "Number audit rows without gaps"

    @property
    def migration_name_fragment(self) -> str:
        return "number_audit_events"


def _drop(schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {NAME}", params=None)
    else:
        schema_editor.execute(f"DROP FUNCTION IF EXISTS {NAME}() CASCADE", params=None)


def _install(schema_editor: BaseDatabaseSchemaEditor, *, keeps_moments: bool) -> None:
    if schema_editor.connection.vendor == "sqlite":
        # Its clock has milliseconds: the end of one, so that the moment is never too early.
        now = "strftime('%Y-%m-%d %H:%M:%f', 'now') || '999'"
        kept = f"INSERT INTO {MOMENTS} (number, at) SELECT last, {now} FROM {COUNTER}; "
        schema_editor.execute(
            f"CREATE TRIGGER {NAME} AFTER INSERT ON {EVENTS} BEGIN "
            f"INSERT INTO {COUNTER} (id, last) SELECT 1, 0 "
            f"WHERE NOT EXISTS (SELECT 1 FROM {COUNTER}); "
            f"UPDATE {COUNTER} SET last = last + 1; "
            f"UPDATE {EVENTS} SET number = (SELECT last FROM {COUNTER}) WHERE id = NEW.id; "
            f"{kept if keeps_moments else ''}END",
            params=None,
        )
        return
    kept = f"INSERT INTO {MOMENTS} (number, at) VALUES (given, clock_timestamp()); "
    # The counter row may not exist yet: insert it, or add one, in a single statement that
    # also locks it.
    schema_editor.execute(
        f"CREATE FUNCTION {NAME}() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"DECLARE given bigint; BEGIN "
        f"INSERT INTO {COUNTER} AS counter (id, last) VALUES (1, 1) "
        f"ON CONFLICT (id) DO UPDATE SET last = counter.last + 1 RETURNING last INTO given; "
        f"UPDATE {EVENTS} SET number = given WHERE id = NEW.id; "
        f"{kept if keeps_moments else ''}RETURN NULL; END $$",
        params=None,
    )
    schema_editor.execute(
        f"CREATE CONSTRAINT TRIGGER {NAME} AFTER INSERT ON {EVENTS} "
        f"DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION {NAME}()",
        params=None,
    )
