"""What the tracker writes, it copies; what somebody writes past it has no copy, or another one.

Every row that Django inserts or updates is copied into `accounts_rowcopy` by a second statement of
the same transaction, and the copy of a row that Django deletes goes with it. SQL typed into the
database does neither, so `accounts.record.copies` finds what it changed, added or deleted. The two
database backends in this folder are Django's own with these three compilers.
"""

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, cast

from django.apps import apps
from django.db import models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.constants import OnConflict
from django.db.models.options import Options
from django.db.models.sql.compiler import SQLCompiler
from django.db.models.sql.constants import CURSOR

COPIES = "accounts_rowcopy"
AT_ONCE = 5_000
# What no copy is kept of, and why.
OUTSIDE = {
    "accounts.RowCopy": "the copies themselves",
    "accounts.AuditCounter": "the numbers of the audit record say what it must be",
    "accounts.SignInTries": "tries to sign in, which come and go",
    "axes": "tries to sign in, which come and go",
    "sessions": "who is signed in, which comes and goes",
    "contenttypes": "Django writes them after each migration",
    "auth.Permission": "Django writes them after each migration, and roles decide",
    "kpis.Assessment": "compared with a fresh calculation",
    "kpis.Judgement": "compared with a fresh calculation",
    "board.SearchEntry": "compared with the rows that it finds",
}
# What a person typed or sent in a file, for a day at most: long, and read again before it is saved.
LEFT_OUT = {"kpis_importbatch": {"kept", "preview"}}


def is_outside(model: type[models.Model]) -> bool:
    return model._meta.label in OUTSIDE or model._meta.app_label in OUTSIDE


@cache
def copied_tables() -> frozenset[str]:
    """Every table whose rows are copied."""
    every = apps.get_models(include_auto_created=True)
    return frozenset(model._meta.db_table for model in every if not is_outside(model))


def left_out(opts: Options) -> list[str]:
    """The columns that copies do not hold."""
    raw = {str(c.column) for c in opts.concrete_fields if isinstance(c, models.BinaryField)}
    return sorted(raw | LEFT_OUT.get(opts.db_table, set()))


def content(opts: Options, alias: str, vendor: str) -> str:
    """SQL: a row as JSON text, as its copy holds it."""
    absent = left_out(opts)
    if vendor == "sqlite":
        names = [c.column for c in opts.concrete_fields if c.column not in absent]
        pairs = ", ".join(f"'{name}', {alias}.\"{name}\"" for name in names)
        return f"json_object({pairs})"
    return f"(to_jsonb({alias}) - '{{{','.join(absent)}}}'::text[])::text"


def copy_rows(connection: BaseDatabaseWrapper, opts: Options, keys: Iterable[int]) -> None:
    """Copy these rows as they are now."""
    table, key = opts.db_table, opts.pk.column
    row = content(opts, "t", connection.vendor)
    for some in _listed(keys):
        _run(
            connection,
            f"INSERT INTO {COPIES} (table_name, row_id, content) "  # noqa: S608
            f'SELECT \'{table}\', t."{key}", {row} FROM "{table}" t WHERE t."{key}" IN ({some}) '
            f"ON CONFLICT (table_name, row_id) DO UPDATE SET content = excluded.content",
        )


def forget_rows(connection: BaseDatabaseWrapper, opts: Options, keys: Iterable[int]) -> None:
    """Delete the copies of rows that were deleted."""
    for some in _listed(keys):
        place = f"table_name = '{opts.db_table}' AND row_id IN ({some})"
        _run(connection, f"DELETE FROM {COPIES} WHERE {place}")  # noqa: S608


def number_write(connection: BaseDatabaseWrapper, opts: Options, query: Any = None) -> None:
    """Number a write for the answers that are kept, which hold none of the columns `COUNTED`."""
    changed = {column.name for column, *_ in getattr(query, "values", ())}
    if not changed or not changed <= set(getattr(opts.model, "COUNTED", ())):
        connection.wrote_to(opts.db_table)  # type: ignore[attr-defined]


def _listed(keys: Iterable[int]) -> Iterable[str]:
    """The keys as SQL, a few thousand at a time; whatever is no whole number stops here."""
    numbers = [str(int(key)) for key in keys]
    for start in range(0, len(numbers), AT_ONCE):
        yield ",".join(numbers[start : start + AT_ONCE])


def _run(connection: BaseDatabaseWrapper, statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, None)


class CopiesInserted:
    """Of an INSERT: the rows are copied."""

    connection: BaseDatabaseWrapper
    query: Any

    def execute_sql(self, returning_fields: Any = None) -> Any:
        opts = self.query.get_meta()
        if opts.db_table not in copied_tables():
            rows = super().execute_sql(returning_fields)  # type: ignore[misc]
            number_write(self.connection, opts)
            return rows
        with transaction.atomic(using=self.connection.alias, savepoint=False):
            rows = super().execute_sql(returning_fields)  # type: ignore[misc]
            copy_rows(self.connection, opts, self._inserted(rows, returning_fields or []))
            number_write(self.connection, opts)
        return rows

    def _inserted(self, rows: list, returned: Any) -> Iterable[int]:
        key = self.query.get_meta().pk
        if rows and key in returned:
            place = list(returned).index(key)
            return [row[place] for row in rows]
        if self.query.on_conflict != OnConflict.IGNORE:
            return [each.pk for each in self.query.objs]
        # Django does not ask which of them were there already: those equal their copies.
        found = self.query.model._base_manager.using(self.connection.alias)
        names = [column.attname for column in self.query.fields if not column.primary_key]
        asked = [{name: getattr(each, name) for name in names} for each in self.query.objs]
        return [
            pk for values in asked for pk in found.filter(**values).values_list("pk", flat=True)
        ]


class _ReturnsKeys:
    """Of an UPDATE or a DELETE: which rows it reached is asked by the statement itself."""

    connection: BaseDatabaseWrapper
    query: Any
    follow: Callable[[BaseDatabaseWrapper, Options, Iterable[int]], None]

    def as_sql(self, *args: Any, **kwargs: Any) -> Any:
        sql, params = super().as_sql(*args, **kwargs)  # type: ignore[misc]
        opts = self.query.get_meta()
        if not sql or opts.db_table not in copied_tables():
            return sql, params
        return f'{sql} RETURNING "{opts.pk.column}"', params

    def execute_sql(self, result_type: Any) -> Any:
        opts = self.query.get_meta()
        if opts.db_table not in copied_tables():
            found = super().execute_sql(result_type)  # type: ignore[misc]
            number_write(self.connection, opts, self.query)
            return found
        with transaction.atomic(using=self.connection.alias, savepoint=False):
            # Past the update's own method, which only adds the tables of parent models.
            cursor = SQLCompiler.execute_sql(cast(Any, self), CURSOR)
            if cursor is None:
                return 0
            try:
                keys = [key for (key,) in cursor.fetchall()]
            finally:
                cursor.close()
            self.follow(self.connection, opts, keys)
            number_write(self.connection, opts, self.query)
        return len(keys)


class CopiesUpdated(_ReturnsKeys):
    follow = staticmethod(copy_rows)


class ForgetsDeleted(_ReturnsKeys):
    follow = staticmethod(forget_rows)
