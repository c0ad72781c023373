"""What can be searched, and how the database keeps it: triggers, on PostgreSQL and SQLite alike.

Each row of a `Source` has one `SearchEntry`. Whatever writes the row, a form, `seed`, the
administration or plain SQL, writes the entry in the same statement. The entries are indexed by the
database's own full text: FTS5 on SQLite, a column of lexemes on PostgreSQL (`FullText`).

SQLite drops a table's triggers when a migration remakes the table: they are taken away before
every migration, put up again after it, and the entries are written anew.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation, OperationCategory
from django.db.migrations.state import ProjectState

from accounts.roles import Capability

ENTRIES, INDEX = "board_searchentry", "board_searchindex"
PREFIX = "search_"
COLUMNS = "source, row_key, code, plan_key, objective_key, measure_key, place, title, text"


@dataclass(frozen=True)
class Source:
    """A table whose rows can be searched: what is looked in, and what its pages need to be found.

    `lists` are columns with a list of texts. `needs` is the capability that its page asks for.
    `only`: a column and its value, where not every row can be searched.
    """

    name: str
    model: str
    title: str = ""
    text: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    code: str = ""
    place: str = ""
    plan: str = ""
    objective: str = ""
    measure: str = ""
    needs: Capability = Capability.READ_DASHBOARDS
    only: tuple[str, str] | None = None

    @property
    def table(self) -> str:
        return apps.get_model(self.model)._meta.db_table

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns whose change changes the entry."""
        keys = (self.code, self.place, self.plan, self.objective, self.measure)
        named = (*keys, self.title, *self.text, *self.lists, self.only[0] if self.only else "")
        return tuple(dict.fromkeys(name for name in named if name))

    def insert(self, vendor: str, row: str, *, of: str = "") -> str:
        """SQL that writes the entry of NEW, in a trigger; else those of every row `of` a table."""
        return f"INSERT INTO {ENTRIES} ({COLUMNS}) {self.read(vendor, row, of=of)}"

    def read(self, vendor: str, row: str, *, of: str = "") -> str:
        """SQL that reads the columns of those entries."""
        condition = f" WHERE {row}.\"{self.only[0]}\" = '{self.only[1]}'" if self.only else ""
        return f"SELECT {self._values(vendor, row)}{of and ' FROM '}{of}{condition}"

    def _values(self, vendor: str, row: str) -> str:

        def one(name: str, empty: str = "NULL") -> str:
            return f'{row}."{name}"' if name else empty

        def words(name: str) -> str:
            return f"CAST({one(name)} AS varchar)" if name else "''"

        def listed(name: str) -> str:
            each = (
                f"SELECT group_concat(value, '\n') FROM json_each({one(name)})"
                if vendor == "sqlite"
                else f"SELECT string_agg(value, '\n') FROM jsonb_array_elements_text({one(name)})"
            )
            return f"COALESCE(({each}), '')"

        parts = [*map(words, self.text), *map(listed, self.lists)] or ["''"]
        return ", ".join(
            (
                f"'{self.name}'",
                one("id"),
                words(self.code),
                one(self.plan),
                one(self.objective),
                one(self.measure),
                words(self.place),
                words(self.title),
                " || '\n' || ".join(parts),
            )
        )


OF_PLAN: dict[str, Any] = {"plan": "plan_id", "place": "source_section"}
OF_OBJECTIVE: dict[str, Any] = {"objective": "objective_id", "place": "source_section"}
SOURCES = {
    source.name: source
    for source in (
        Source(
            "measure",
            "kpis.Measure",
            title="name",
            text=(
                *("definition", "numerator", "denominator", "data_source", "owner"),
                "interpretation_note",
            ),
            lists=("tags",),
            code="code",
        ),
        Source(
            "target",
            "kpis.Target",
            title="statement",
            text=("interpretation_note",),
            code="code",
            objective="objective_id",
            measure="measure_id",
            **OF_PLAN,
        ),
        Source(
            "objective",
            "strategy.Objective",
            title="title",
            text=("statement",),
            code="reference",
            **OF_PLAN,
        ),
        Source(
            "ambition",
            "strategy.Ambition",
            title="title",
            text=("theme", "statement"),
            lists=("rationale",),
            code="position",
            **OF_PLAN,
        ),
        # The row of a measure keeps its first wording; a change of it is a row of its own.
        Source(
            "wording",
            "kpis.MeasureChange",
            text=("new",),
            measure="measure_id",
            only=("outcome", "approved"),
        ),
        Source("care_group", "strategy.CareGroup", title="name", code="code"),
        Source(
            "plan",
            "strategy.Plan",
            title="title",
            text=("short_title", "mission", "vision", "values_statement", "dates_note"),
            lists=("values",),
            code="code",
            plan="id",
        ),
        Source("outcome", "strategy.Outcome", text=("statement",), **OF_OBJECTIVE),
        Source(
            "action",
            "strategy.Action",
            text=("statement", "note", "owner", "due_as_published"),
            **OF_OBJECTIVE,
        ),
        Source(
            "statement",
            "strategy.PlanStatement",
            title="title",
            text=("text", "when"),
            code="kind",
            **OF_PLAN,
        ),
        Source(
            "quality_priority",
            "strategy.QualityPriority",
            title="title",
            text=("statement", "domain"),
            **OF_PLAN,
        ),
        Source(
            "risk",
            "strategy.Risk",
            title="title",
            text=("description", "impact", "response"),
            **OF_PLAN,
        ),
        Source(
            "finance",
            "strategy.FinanceLine",
            title="line",
            text=("group", "period", "printed_as", "note"),
            **OF_PLAN,
        ),
        Source(
            "context_figure",
            "strategy.ContextFigure",
            title="name",
            text=("statement", "period", "printed_as", "comparator"),
            **OF_PLAN,
        ),
    )
}


class FullText(Operation):
    """The database's full text over the entries: the title weighs more than the text."""

    reversible = True
    reduces_to_sql = True
    category = OperationCategory.SQL

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Models do not change."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        is_sqlite = schema_editor.connection.vendor == "sqlite"
        for statement in _SQLITE if is_sqlite else _POSTGRESQL:
            schema_editor.execute(statement, params=None)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        is_sqlite = schema_editor.connection.vendor == "sqlite"
        for statement in _SQLITE_GONE if is_sqlite else _POSTGRESQL_GONE:
            schema_editor.execute(statement, params=None)

    def describe(self) -> str:
        return "Full text over what can be searched"

    @property
    def migration_name_fragment(self) -> str:
        return "full_text"


_GONE_FROM_INDEX = (
    f"INSERT INTO {INDEX}({INDEX}, rowid, title, text) "
    "VALUES ('delete', OLD.id, OLD.title, OLD.text)"
)
_SQLITE = (
    f"CREATE VIRTUAL TABLE {INDEX} USING fts5(title, text, content='{ENTRIES}', "
    "content_rowid='id', tokenize='porter unicode61 remove_diacritics 2')",
    f"CREATE TRIGGER {INDEX}_in AFTER INSERT ON {ENTRIES} BEGIN "
    f"INSERT INTO {INDEX}(rowid, title, text) VALUES (NEW.id, NEW.title, NEW.text); END",
    f"CREATE TRIGGER {INDEX}_out AFTER DELETE ON {ENTRIES} BEGIN {_GONE_FROM_INDEX}; END",
    f"CREATE TRIGGER {INDEX}_other AFTER UPDATE ON {ENTRIES} BEGIN {_GONE_FROM_INDEX}; "
    f"INSERT INTO {INDEX}(rowid, title, text) VALUES (NEW.id, NEW.title, NEW.text); END",
)
_SQLITE_GONE = (
    *(f"DROP TRIGGER IF EXISTS {INDEX}_{name}" for name in ("in", "out", "other")),
    f"DROP TABLE IF EXISTS {INDEX}",
)


def _lexemes(column: str) -> str:
    """Signs separate words, as on SQLite: 3.9 is two words, and so is "well-being"."""
    return f"to_tsvector('english', regexp_replace({column}, '[^[:alnum:]]+', ' ', 'g'))"


_POSTGRESQL = (
    f"ALTER TABLE {ENTRIES} ADD COLUMN words tsvector GENERATED ALWAYS AS "
    f"(setweight({_lexemes('title')}, 'A') || setweight({_lexemes('text')}, 'D')) STORED",
    f"CREATE INDEX {INDEX} ON {ENTRIES} USING gin (words)",
)
_POSTGRESQL_GONE = (f"ALTER TABLE {ENTRIES} DROP COLUMN IF EXISTS words",)


def _put_up(source: Source, vendor: str) -> list[str]:
    table, name = source.table, f"{PREFIX}{source.table}"
    of = ", ".join(f'"{column}"' for column in source.columns)
    gone = f"DELETE FROM {ENTRIES} WHERE source = '{source.name}' AND row_key ="
    entry = source.insert(vendor, "NEW")
    if vendor == "sqlite":
        written = f"ON {table} BEGIN {gone} NEW.id; {entry}; END"
        return [
            f"CREATE TRIGGER {name}_insert AFTER INSERT {written}",
            f"CREATE TRIGGER {name}_update AFTER UPDATE OF {of} {written}",
            f"CREATE TRIGGER {name}_delete AFTER DELETE ON {table} BEGIN {gone} OLD.id; END",
        ]
    return [
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP = 'DELETE' THEN {gone} OLD.id; "
        f"ELSE {gone} NEW.id; {entry}; END IF; RETURN NULL; END $$",
        f"CREATE TRIGGER {name} AFTER INSERT OR DELETE OR UPDATE OF {of} ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {name}()",
    ]


def _take_away(source: Source, vendor: str) -> list[str]:
    table, name = source.table, f"{PREFIX}{source.table}"
    if vendor == "sqlite":
        return [f"DROP TRIGGER IF EXISTS {name}_{on}" for on in ("insert", "update", "delete")]
    return [f"DROP TRIGGER IF EXISTS {name} ON {table}", f"DROP FUNCTION IF EXISTS {name}()"]


def _there(connection: BaseDatabaseWrapper) -> list[Source]:
    """The sources whose tables and columns all exist: a migration may stop before, or go back."""
    found = []
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        for source in SOURCES.values() if ENTRIES in tables else ():
            if source.table in tables:
                described = connection.introspection.get_table_description(cursor, source.table)
                if set(source.columns) <= {column.name for column in described}:
                    found.append(source)
    return found


def take_away_before_migrating(*, using: str, **_: Any) -> None:
    """Signal receiver (`pre_migrate`)."""
    connection = connections[using]
    found = _there(connection)
    with connection.cursor() as cursor:
        for source in found:
            for statement in _take_away(source, connection.vendor):
                cursor.execute(statement)


def put_up_after_migrating(*, using: str, **_: Any) -> None:
    """Signal receiver (`post_migrate`): the triggers again, and every entry anew."""
    connection = connections[using]
    found, vendor = _there(connection), connection.vendor
    with connection.cursor() as cursor:
        for source in found:
            table = f'"{source.table}"'
            for statement in (
                *_take_away(source, vendor),
                f"DELETE FROM {ENTRIES} WHERE source = '{source.name}'",
                source.insert(vendor, table, of=table),
                *_put_up(source, vendor),
            ):
                cursor.execute(statement)


def changed_entries() -> Iterator[str]:
    """Entries that are not those of the rows: somebody else wrote, changed or deleted them."""
    written = f"SELECT {COLUMNS} FROM {ENTRIES} WHERE source ="
    with connection.cursor() as cursor:
        for source in SOURCES.values():
            table = f'"{source.table}"'
            read = source.read(connection.vendor, table, of=table)
            entries = f"{written} '{source.name}'"
            for first, then in ((entries, read), (read, entries)):
                cursor.execute(f"{first} EXCEPT {then} ORDER BY 2", None)
                for _, key, *_rest in cursor.fetchall():
                    yield f"{source.name} {key}: found by search as it is not"
        names = ", ".join(f"'{name}'" for name in SOURCES)
        cursor.execute(f"SELECT source, row_key FROM {ENTRIES} WHERE source NOT IN ({names})")
        for name, key in cursor.fetchall():
            yield f"{name} {key}: found by search as a kind of row that there is not"
