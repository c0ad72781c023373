"""Append-only tables: triggers on PostgreSQL and SQLite refuse everything but new rows.

They refuse UPDATE, DELETE and TRUNCATE. On SQLite they also refuse an INSERT that would replace
another row (`INSERT OR REPLACE`), because its deletion fires no trigger. Exceptions, where a
table declares them:

* `deletable_when`: rows may be deleted while this holds (SQL over OLD), such as made-up rows;
* `settling`, `settled_when`: these columns may be filled once, while this holds (SQL over OLD
  and NEW);
* `text`: these columns may be emptied, which is how text is withdrawn. `is_text_withdrawn` says
  so, where the table has that column;
* `inner`: within a JSON column, the texts at these paths ("scope", "domains.0.description") may
  become null, which is how text is withdrawn there.

`copied`: a second copy of every row is kept in `accounts_rowcopy`, by the tracker itself
(`accounts.record.writes`), so that SQL which these triggers allow is found as well. `by_trigger`:
what another trigger does with the rows, "insert" or "update", which the copy then has to follow.

A migration that creates such a table lists `AppendOnly("app_table", …)` after it. SQLite drops a
table's triggers when Django remakes the table for a later alteration, so they are restored after
every migration (`restore_triggers`). A table that another table's trigger names cannot be remade:
its migration lists `LiftAppendOnly` with the earlier arguments, the alteration, then `AppendOnly`.
"""

import re
from functools import cache
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation, OperationCategory
from django.db.migrations.state import ProjectState

from accounts.record import writes

PREFIX = "append_only_"
MARK = "is_text_withdrawn"
COPIES = writes.COPIES
SQLITE_TRIGGERS = (
    "update",
    "delete",
    "insert",
    "copy_insert",
    "copy_update",
    "copy_delete",
)


class AppendOnly(Operation):
    """Guard one table.

    This is not a `RunPython`: triggers are not part of a model's state, and rendering the models
    is most of what a `RunPython` costs.
    """

    reversible = True
    reduces_to_sql = True
    category = OperationCategory.SQL

    def __init__(
        self,
        table: str,
        *,
        deletable_when: str = "",
        settled_when: str = "",
        settling: tuple[str, ...] = (),
        text: tuple[str, ...] = (),
        inner: tuple[str, tuple[str, ...]] = ("", ()),
        copied: bool = False,
        by_trigger: str = "",
    ) -> None:
        self.table = table
        self.deletable_when = deletable_when
        self.settled_when = settled_when
        self.settling = settling
        self.text = text
        self.inner = inner
        self.copied = copied
        self.by_trigger = by_trigger

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Models do not change."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        self._lift(schema_editor)
        for statement in self.statements(schema_editor.connection):
            schema_editor.execute(statement, params=None)
        if self.copied:
            schema_editor.execute(_copy_all(self.table, schema_editor.connection), params=None)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        self._lift(schema_editor)

    def statements(self, connection: BaseDatabaseWrapper) -> list[str]:
        """The SQL statements that create the triggers, for the table's present columns."""
        make = _sqlite_guard if connection.vendor == "sqlite" else _postgresql_guard
        return make(self, connection)

    def _lift(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        for statement in _lifted(self.table, schema_editor.connection.vendor):
            schema_editor.execute(statement, params=None)
        if self.copied:
            schema_editor.execute(
                f"DELETE FROM {COPIES} WHERE table_name = '{self.table}'", params=None
            )

    def describe(self) -> str:
        return f"Make {self.table} append-only"

    @property
    def migration_name_fragment(self) -> str:
        return f"{self.table}_append_only"


class LiftAppendOnly(AppendOnly):
    """Remove a table's triggers before an alteration; reversing it restores them."""

    def database_forwards(self, *args: Any) -> None:
        super().database_backwards(*args)

    def database_backwards(self, *args: Any) -> None:
        super().database_forwards(*args)

    def describe(self) -> str:
        return f"Let {self.table} be altered"

    @property
    def migration_name_fragment(self) -> str:
        return f"{self.table}_altered"


def _message(table: str) -> str:
    return f"{table} is append-only: write a new row instead"


def _sqlite_guard(asked: AppendOnly, connection: BaseDatabaseWrapper) -> list[str]:
    table, name = asked.table, f"{PREFIX}{asked.table}"
    columns, key, _ = _sqlite_columns(connection, table)
    allowed = _sqlite_allowed(asked, columns)
    refuse = f"BEGIN SELECT RAISE(ABORT, '{_message(table)}'); END"
    deletable = f"COALESCE({asked.deletable_when}, 0)" if asked.deletable_when else "0"
    taken = " OR ".join(_sqlite_taken(connection, table, columns, key))
    statements = [
        f"CREATE TRIGGER {name}_update BEFORE UPDATE ON {table} WHEN NOT ({allowed}) {refuse}",
        f"CREATE TRIGGER {name}_delete BEFORE DELETE ON {table} WHEN NOT ({deletable}) {refuse}",
        f"CREATE TRIGGER {name}_insert BEFORE INSERT ON {table} WHEN {taken} {refuse}",
    ]
    return [*statements, *_sqlite_copying(asked, connection)]


def _sqlite_copying(asked: AppendOnly, connection: BaseDatabaseWrapper) -> list[str]:
    table, name = asked.table, f"{PREFIX}{asked.table}_copy"
    columns, key, copied = _sqlite_columns(connection, table)
    if asked.by_trigger == "insert":
        every = _copy_all(table, connection)
        return [
            f"CREATE TRIGGER {name}_insert AFTER INSERT ON {table} BEGIN "
            f'{every} WHERE "{key}" = NEW."{key}"; END'
        ]
    if asked.by_trigger == "update":
        return [
            f"CREATE TRIGGER {name}_update AFTER UPDATE ON {table} "
            f"WHEN {_sqlite_allowed(asked, columns)} BEGIN UPDATE {COPIES} SET content = "
            f'(SELECT {_sqlite_content(copied)} FROM {table} WHERE "{key}" = NEW."{key}") '
            f"WHERE table_name = '{table}' AND row_id = NEW.\"{key}\"; END"
        ]
    return []


def _sqlite_content(columns: list[str]) -> str:
    pairs = ", ".join(f"'{column}', \"{column}\"" for column in columns)
    return f"json_object({pairs})"


def _copy_all(table: str, connection: BaseDatabaseWrapper) -> str:
    """The statement that copies every existing row."""
    if connection.vendor == "sqlite":
        _, key, copied = _sqlite_columns(connection, table)
        content = _sqlite_content(copied)
    else:
        key, raw = _postgresql_columns(connection, table)
        content = f"(to_jsonb({table}) - '{{{','.join(raw)}}}'::text[])::text"
    return (
        f"INSERT INTO {COPIES} (table_name, row_id, content) "
        f'SELECT \'{table}\', "{key}", {content} FROM "{table}"'
    )


def _sqlite_columns(
    connection: BaseDatabaseWrapper, table: str
) -> tuple[list[str], str, list[str]]:
    """The columns of a table, its key, and the columns that a copy holds: all but binary ones."""
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA table_info({table})")
        rows = cursor.fetchall()
    names = [row[1] for row in rows]
    key = next((row[1] for row in rows if row[5]), "id")
    absent = writes.LEFT_OUT.get(table, set())
    return names, key, [r[1] for r in rows if r[2].upper() != "BLOB" and r[1] not in absent]


def _sqlite_allowed(asked: AppendOnly, columns: list[str]) -> str:
    def same(but: tuple[str, ...]) -> str:
        kept = [column for column in columns if column not in but]
        return " AND ".join(f'OLD."{column}" IS NEW."{column}"' for column in kept) or "1"

    ways = []
    if asked.settling:
        ways.append(f"(({asked.settled_when}) AND {same(asked.settling)})")
    if asked.text:
        ways.append(f"({_emptied(asked.text, 'IS')} AND {same((*asked.text, MARK))})")
    column, paths = asked.inner
    if column:
        ways.append(f"({_sqlite_nulled(column, paths)} AND {same((column,))})")
    # Refuse when the condition is NULL: a WHEN that gives NULL would let the change through.
    return f"COALESCE({' OR '.join(ways)}, 0)" if ways else "0"


def _emptied(text: tuple[str, ...], same: str) -> str:
    """SQL: each text is unchanged or empty, and at least one was emptied; none was rewritten."""
    kept = " AND ".join(
        f'(NEW."{name}" = \'\' OR NEW."{name}" {same} OLD."{name}")' for name in text
    )
    gone = " OR ".join(f"(NEW.\"{name}\" = '' AND OLD.\"{name}\" <> '')" for name in text)
    return f"{kept} AND ({gone})"


def _sqlite_nulled(column: str, paths: tuple[str, ...]) -> str:
    """SQL: of a JSON column only texts at these paths differ: they have become null."""
    places = ["$" + re.sub(r"\.(\d+)", r"[\1]", f".{path}") for path in paths]
    listed = ", ".join(f"'{place}'" for place in places)

    def rest(row: str) -> str:
        return f'json_remove({row}."{column}", {listed})'

    def gone(place: str) -> str:
        return (
            f"(json_type(NEW.\"{column}\", '{place}') IS 'null'"
            f" AND json_type(OLD.\"{column}\", '{place}') IS 'text')"
        )

    def kept(place: str) -> str:
        same = [
            f"{read}(NEW.\"{column}\", '{place}') IS {read}(OLD.\"{column}\", '{place}')"
            for read in ("json_type", "json_extract")
        ]
        return " AND ".join(same)

    each = " AND ".join(f"({kept(place)} OR {gone(place)})" for place in places)
    return f"{rest('NEW')} IS {rest('OLD')} AND {each} AND ({' OR '.join(map(gone, places))})"


def _postgresql_nulled(column: str, paths: tuple[str, ...]) -> str:
    places = [f"'{{{path.replace('.', ',')}}}'::text[]" for path in paths]

    def rest(row: str) -> str:
        return f'({row}."{column}" ' + " ".join(f"#- {place}" for place in places) + ")"

    def at(row: str, place: str) -> str:
        return f'({row}."{column}" #> {place})'

    def gone(place: str) -> str:
        return (
            f"(COALESCE(jsonb_typeof({at('NEW', place)}), '') = 'null'"
            f" AND COALESCE(jsonb_typeof({at('OLD', place)}), '') = 'string')"
        )

    each = " AND ".join(
        f"({at('NEW', place)} IS NOT DISTINCT FROM {at('OLD', place)} OR {gone(place)})"
        for place in places
    )
    return f"{rest('NEW')} = {rest('OLD')} AND {each} AND ({' OR '.join(map(gone, places))})"


def _sqlite_taken(
    connection: BaseDatabaseWrapper, table: str, columns: list[str], key: str
) -> list[str]:
    """SQL: a row exists that the new one would replace, by its key or by a unique index."""
    found = [f'EXISTS (SELECT 1 FROM {table} WHERE "{key}" = NEW."{key}")']
    new = ", ".join(f'NEW."{column}" AS "{column}"' for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA index_list({table})")
        for _, index, is_unique, *_rest in cursor.fetchall():
            if not is_unique:
                continue
            cursor.execute(f"PRAGMA index_info({index})")
            names = [row[2] for row in cursor.fetchall()]
            cursor.execute("SELECT sql FROM sqlite_master WHERE name = %s", [index])
            (statement,) = cursor.fetchone() or ("",)
            same = " AND ".join(f'"{name}" = NEW."{name}"' for name in names)
            _, _, condition = (statement or "").partition(" WHERE ")
            if not condition:
                found.append(f"EXISTS (SELECT 1 FROM {table} WHERE {same})")
                continue
            found.append(
                f"(EXISTS (SELECT 1 FROM {table} WHERE {same} AND ({condition})) "
                f"AND EXISTS (SELECT 1 FROM (SELECT {new}) WHERE {condition}))"
            )
    return found


def _postgresql_guard(asked: AppendOnly, connection: BaseDatabaseWrapper) -> list[str]:
    table, name = asked.table, f"{PREFIX}{asked.table}"
    allowed = _postgresql_allowed(asked)
    deletable = asked.deletable_when or "FALSE"
    # PostgreSQL allows no subquery in WHEN, so the function itself checks the conditions.
    statements = [
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP = 'DELETE' THEN IF {deletable} THEN RETURN OLD; END IF; END IF; "
        f"IF TG_OP = 'UPDATE' THEN IF {allowed} THEN RETURN NEW; END IF; END IF; "
        f"RAISE EXCEPTION '{_message(table)}' USING ERRCODE = 'integrity_constraint_violation'; "
        f"END $$",
        f"CREATE TRIGGER {name}_change BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {name}()",
        f"CREATE TRIGGER {name}_truncate BEFORE TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
    ]
    return [*statements, *_postgresql_copying(asked, connection)]


def _postgresql_copying(asked: AppendOnly, connection: BaseDatabaseWrapper) -> list[str]:
    if not asked.by_trigger:
        return []
    table, name = asked.table, f"{PREFIX}{asked.table}_copy"
    key, raw = _postgresql_columns(connection, table)
    row = f"(to_jsonb(NEW) - '{{{','.join(raw)}}}'::text[])::text"
    follows = {
        "insert": f"INSERT INTO {COPIES} (table_name, row_id, content) "
        f"VALUES ('{table}', NEW.{key}, {row})",
        "update": f"IF {_postgresql_allowed(asked)} THEN UPDATE {COPIES} SET content = {row} "
        f"WHERE table_name = '{table}' AND row_id = NEW.{key}; END IF",
    }
    return [
        # Write times in one time zone, whatever the session's, so that copies compare as text.
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql "
        f"SET timezone TO 'UTC' AS $$ BEGIN {follows[asked.by_trigger]}; RETURN NULL; END $$",
        f"CREATE TRIGGER {name} AFTER {asked.by_trigger} ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {name}()",
    ]


def _postgresql_columns(connection: BaseDatabaseWrapper, table: str) -> tuple[str, list[str]]:
    """The key of a table, and its binary columns."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.attname, a.atttypid = 'bytea'::regtype, COALESCE(i.indisprimary, FALSE) "
            "FROM pg_attribute a LEFT JOIN pg_index i ON i.indrelid = a.attrelid "
            "AND i.indisprimary AND a.attnum = ANY(i.indkey) "
            "WHERE a.attrelid = to_regclass(%s) AND a.attnum > 0 AND NOT a.attisdropped",
            [table],
        )
        rows = cursor.fetchall()
    key = next((name for name, _, is_key in rows if is_key), "id")
    absent = writes.LEFT_OUT.get(table, set())
    return key, [name for name, is_raw, _ in rows if is_raw or name in absent]


def _postgresql_allowed(asked: AppendOnly) -> str:
    def same(but: tuple[str, ...]) -> str:
        names = f"'{{{','.join(but)}}}'::text[]"
        return f"(to_jsonb(OLD) - {names}) = (to_jsonb(NEW) - {names})"

    ways = []
    if asked.settling:
        ways.append(f"(({asked.settled_when}) AND {same(asked.settling)})")
    if asked.text:
        same_text = _emptied(asked.text, "IS NOT DISTINCT FROM")
        ways.append(f"({same_text} AND {same((*asked.text, MARK))})")
    column, paths = asked.inner
    if column:
        ways.append(f"({_postgresql_nulled(column, paths)} AND {same((column,))})")
    return " OR ".join(ways) or "FALSE"


def restore_triggers(*, using: str, **_: Any) -> None:
    """Restore the triggers that SQLite dropped with a remade table (`post_migrate` receiver).

    Each table gets the triggers of its latest migration.
    """
    connection = connections[using]
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        there = {name for (name,) in cursor.fetchall()}
        for table, operation in _latest(connection).items():
            if f"{PREFIX}{table}_update" not in there:
                for statement in operation.statements(connection):
                    cursor.execute(statement, None)


class TrackerCopies(Operation):
    """From here on the tracker copies what it writes; once, triggers copied what anybody wrote.

    The rows that are there without a copy get theirs now.
    """

    reversible = True
    reduces_to_sql = True
    category = OperationCategory.SQL

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Models do not change."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, *states: Any
    ) -> None:
        connection = schema_editor.connection
        copying = _sqlite_copying if connection.vendor == "sqlite" else _postgresql_copying
        for table, operation in _latest(connection).items():
            for statement in _lifted(table, connection.vendor, only_copying=True):
                schema_editor.execute(statement, params=None)
            for statement in copying(operation, connection):
                schema_editor.execute(statement, params=None)
        with connection.cursor() as cursor:
            there = set(connection.introspection.table_names(cursor))
        for table in sorted(there & writes.copied_tables()):
            schema_editor.execute(
                f"{_copy_all(table, connection)} WHERE TRUE "
                "ON CONFLICT (table_name, row_id) DO NOTHING",
                params=None,
            )

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, *states: Any
    ) -> None:
        """The copies do no harm to a version that does not compare them."""

    def describe(self) -> str:
        return "Let the tracker copy what it writes"

    @property
    def migration_name_fragment(self) -> str:
        return "tracker_copies"


def _lifted(table: str, vendor: str, *, only_copying: bool = False) -> list[str]:
    name = f"{PREFIX}{table}"
    if vendor == "sqlite":
        endings = [e for e in SQLITE_TRIGGERS if not only_copying or e.startswith("copy_")]
        return [f"DROP TRIGGER IF EXISTS {name}_{ending}" for ending in endings]
    endings = ["_copy"] if only_copying else ["", "_copy"]
    return [f"DROP FUNCTION IF EXISTS {name}{ending}() CASCADE" for ending in endings]


def _latest(connection: BaseDatabaseWrapper) -> dict[str, AppendOnly]:
    """The guard of each table, by the last migration applied that changes it."""
    loader = MigrationLoader(connection)
    last: dict[str, AppendOnly] = {}
    for node in _applied(loader):
        for operation in loader.disk_migrations[node].operations:
            if isinstance(operation, AppendOnly):
                last[operation.table] = operation
    return {table: asked for table, asked in last.items() if type(asked) is AppendOnly}


@cache
def guarded_tables() -> frozenset[str]:
    """The tables that some migration of this version makes append-only; read from the disk once."""
    loader = MigrationLoader(None)
    last: dict[str, AppendOnly] = {}
    for leaf in loader.graph.leaf_nodes():
        for node in loader.graph.forwards_plan(leaf):
            for operation in loader.disk_migrations[node].operations:
                if isinstance(operation, AppendOnly):
                    last[operation.table] = operation
    return frozenset(table for table, asked in last.items() if type(asked) is AppendOnly)


def guard_names(vendor: str) -> dict[str, str]:
    """The triggers that refuse, each with its table."""
    endings = ("update", "delete", "insert") if vendor == "sqlite" else ("change", "truncate")
    return {f"{PREFIX}{table}_{end}": table for table in guarded_tables() for end in endings}


def _applied(loader: MigrationLoader) -> list[tuple[str, str]]:
    """The applied migrations, each after those that it depends on."""
    done: dict[tuple[str, str], None] = {}
    for node in loader.graph.leaf_nodes():
        done.update(dict.fromkeys(loader.graph.forwards_plan(node)))
    return [node for node in done if node in loader.applied_migrations]
