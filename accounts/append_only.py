"""Append-only tables: triggers on PostgreSQL and SQLite refuse UPDATE and DELETE.

A migration that creates such a table lists `AppendOnly("app_table")` after it. SQLite drops a
table's triggers when Django remakes the table for a later alteration: that migration repeats
the operation (`tests/architecture` checks that every such table has its triggers).
"""

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation, OperationCategory
from django.db.migrations.state import ProjectState

PREFIX = "append_only_"


def _statements(vendor: str, table: str, deletable_when: str) -> list[str]:
    message = f"{table} is append-only: write a new row instead"
    guard = f"WHEN NOT ({deletable_when}) " if deletable_when else ""
    if vendor == "sqlite":
        return [
            f"CREATE TRIGGER {PREFIX}{table}_update BEFORE UPDATE ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{message}'); END",
            f"CREATE TRIGGER {PREFIX}{table}_delete BEFORE DELETE ON {table} {guard}"
            f"BEGIN SELECT RAISE(ABORT, '{message}'); END",
        ]
    # PostgreSQL allows no subquery in WHEN: the condition is asked inside the function.
    body = f"RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation';"
    if deletable_when:
        body = (
            f"IF TG_OP = 'DELETE' THEN IF {deletable_when} THEN RETURN OLD; END IF; END IF; {body}"
        )
    return [
        f"CREATE OR REPLACE FUNCTION {PREFIX}{table}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {body} END $$",
        f"CREATE TRIGGER {PREFIX}{table}_change BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {PREFIX}{table}()",
    ]


def _drop_statements(vendor: str, table: str) -> list[str]:
    if vendor == "sqlite":
        return [
            f"DROP TRIGGER IF EXISTS {PREFIX}{table}_update",
            f"DROP TRIGGER IF EXISTS {PREFIX}{table}_delete",
        ]
    return [
        f"DROP TRIGGER IF EXISTS {PREFIX}{table}_change ON {table}",
        f"DROP FUNCTION IF EXISTS {PREFIX}{table}()",
    ]


class AppendOnly(Operation):
    """Refuse UPDATE always, and DELETE unless `deletable_when` (SQL over OLD) holds.

    Triggers are no part of a model's state: the operation needs no rendered models, which is
    most of what a `RunPython` costs.
    """

    reversible = True
    reduces_to_sql = True
    category = OperationCategory.SQL

    def __init__(self, table: str, *, deletable_when: str = "") -> None:
        self.table = table
        self.deletable_when = deletable_when

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """The models stay as they are."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        vendor = schema_editor.connection.vendor
        for statement in [
            *_drop_statements(vendor, self.table),
            *_statements(vendor, self.table, self.deletable_when),
        ]:
            schema_editor.execute(statement)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        for statement in _drop_statements(schema_editor.connection.vendor, self.table):
            schema_editor.execute(statement)

    def describe(self) -> str:
        return f"Make {self.table} append-only"

    @property
    def migration_name_fragment(self) -> str:
        return f"{self.table}_append_only"
