"""Columns that give past months their meaning: triggers on PostgreSQL and SQLite keep them as is.

Each app lists with `fix` the columns that become fixed: once figures are approved, once a plan has
promised something, once a day has come. From then on nothing can overwrite them. A form asks the
same condition (`fixed_problems`) and says what to do instead.

The conditions look into other tables. SQLite alters a table by remaking it, and refuses to while a
trigger names it, so the triggers are dropped before every migration and created again after it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

PREFIX = "fixed_"
ALWAYS = "1 = 1"
TABLES = re.compile(r"\b(?:accounts|strategy|kpis|cip|board)_\w+\b(?!\.)")


@dataclass(frozen=True)
class Fixed:
    """Columns of a table that are fixed while a condition (SQL over OLD) holds.

    `message` is the database's, `instead` ends the sentence that begins with a field's name.
    `keys`: unique columns by which SQLite's INSERT OR REPLACE would take a row's place.
    """

    table: str
    columns: tuple[str, ...]
    when: str
    message: str
    instead: str
    part: str = ""
    keys: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{PREFIX}{self.table}{self.part and '_'}{self.part}"

    @property
    def tables(self) -> set[str]:
        return {self.table, *TABLES.findall(self.when)}

    def _changed(self, differs: str) -> str:
        return " OR ".join(f"OLD.{name} {differs} NEW.{name}" for name in self.columns)

    def holds_for(self, key: int, connection: BaseDatabaseWrapper) -> bool:
        """Whether the columns of a row are fixed now."""
        with connection.cursor() as cursor:
            # The alias is what a trigger calls the row; nobody typed any of it.
            asked = f"SELECT 1 FROM {self.table} OLD WHERE OLD.id = %s AND ({self.when})"  # noqa: S608
            cursor.execute(asked, [key])
            return cursor.fetchone() is not None

    def put_up(self, vendor: str) -> list[str]:
        columns = ", ".join(self.columns)
        refused = f"BEGIN SELECT RAISE(ABORT, '{self.message}'); END"
        if vendor == "sqlite":
            changed = f"({self._changed('IS NOT')}) AND ({self.when})"
            # INSERT OR REPLACE deletes the old row without firing any trigger on UPDATE or DELETE.
            same = " OR ".join(f"held.{key} = NEW.{key}" for key in ("id", *self.keys))
            replaced = f"FROM {self.table} held WHERE ({same}) AND {changed}"
            return [
                f"CREATE TRIGGER {self.name} BEFORE UPDATE OF {columns} ON {self.table} "
                f"WHEN {changed} {refused}",
                f"CREATE TRIGGER {self.name}_replaced BEFORE INSERT ON {self.table} "
                f"WHEN EXISTS (SELECT 1 {replaced.replace('OLD.', 'held.')}) {refused}",
            ]
        return [
            f"CREATE OR REPLACE FUNCTION {self.name}() RETURNS trigger LANGUAGE plpgsql AS $$ "
            f"BEGIN IF ({self._changed('IS DISTINCT FROM')}) AND ({self.when}) THEN "
            f"RAISE EXCEPTION '{self.message}' "
            "USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$",
            f"CREATE TRIGGER {self.name} BEFORE UPDATE OF {columns} ON {self.table} "
            f"FOR EACH ROW EXECUTE FUNCTION {self.name}()",
        ]

    def take_away(self, vendor: str) -> list[str]:
        if vendor == "sqlite":
            names = (self.name, f"{self.name}_replaced")
            return [f"DROP TRIGGER IF EXISTS {name}" for name in names]
        return [
            f"DROP TRIGGER IF EXISTS {self.name} ON {self.table}",
            f"DROP FUNCTION IF EXISTS {self.name}()",
        ]


RULES: dict[str, Fixed] = {}


def fix(*rules: Fixed) -> None:
    """Called once by each app, when it is ready."""
    RULES.update((rule.name, rule) for rule in rules)


def fixed_problems(row: models.Model) -> dict[str, str]:
    """By field, why it may not be changed in this row, and what to do instead."""
    rules = [rule for rule in RULES.values() if rule.table == row._meta.db_table]
    if row.pk is None or not rules:
        return {}
    fields = {column.column: column for column in row._meta.concrete_fields}
    kept = type(row)._base_manager.filter(pk=row.pk).values(*(f.attname for f in fields.values()))
    stored = kept.first() or {}
    problems = {}
    for rule in rules:
        changed = [
            fields[name]
            for name in rule.columns
            if fields[name].attname in stored
            and stored[fields[name].attname] != getattr(row, fields[name].attname)
        ]
        if changed and rule.holds_for(row.pk, connections[row._state.db or "default"]):
            for field in changed:
                label = str(field.verbose_name)
                problems[field.name] = f"{label[:1].upper()}{label[1:]} {rule.instead}."
    return problems


def fixed_fields(row: models.Model) -> set[str]:
    """The fields of a stored row that may no longer be changed, for a page that says so first."""
    by_column = {field.column: field.name for field in row._meta.concrete_fields}
    connection = connections[row._state.db or "default"]
    rules = [rule for rule in RULES.values() if rule.table == row._meta.db_table]
    held = [rule for rule in rules if row.pk is not None and rule.holds_for(row.pk, connection)]
    return {by_column[column] for rule in held for column in rule.columns}


def _there(connection: BaseDatabaseWrapper) -> Iterator[Fixed]:
    """The rules whose tables and columns all exist: a migration may stop before, or go back."""
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        for rule in RULES.values():
            if rule.tables <= tables:
                described = connection.introspection.get_table_description(cursor, rule.table)
                if set(rule.columns) <= {column.name for column in described}:
                    yield rule


def fixed_statements(connection: BaseDatabaseWrapper) -> list[str]:
    """The statements that put every rule up."""
    return [s for rule in _there(connection) for s in rule.put_up(connection.vendor)]


def take_away_before_migrating(*, using: str, **_: Any) -> None:
    """Signal receiver (`pre_migrate`)."""
    _run(using, is_wanted=False)


def put_up_after_migrating(*, using: str, **_: Any) -> None:
    """Signal receiver (`post_migrate`)."""
    _run(using, is_wanted=True)


def _run(using: str, *, is_wanted: bool) -> None:
    connection = connections[using]
    rules = list(_there(connection))
    with connection.cursor() as cursor:
        for rule in rules:
            for statement in rule.take_away(connection.vendor):
                cursor.execute(statement)
            for statement in rule.put_up(connection.vendor) if is_wanted else ():
                cursor.execute(statement)
