"""Copies follow a migration that adds a column: otherwise a copy would lack it, and nobody could
tell whether somebody else took it out.
"""

import json
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import connections, models
from django.db.migrations import AddField, Migration

from accounts.record.copies import differing, read
from accounts.record.writes import copied_tables, copy_rows

# From this migration on copies hold every column: what was added before is filled in with it.
EVERY_COLUMN = ("accounts", "0007_copies_hold_every_column")


def fill_copies(*, using: str, plan: Iterable[tuple[Migration, bool]] = (), **_: Any) -> None:
    """Fill in what these migrations added (`post_migrate` receiver). A row that differs from its
    copy in anything else stays as it is, for `check_data` to find.
    """
    done = [migration for migration, is_backwards in plan if not is_backwards]
    is_first = EVERY_COLUMN in {(one.app_label, one.name) for one in done}
    added = _added(done)
    for model in apps.get_models(include_auto_created=True):
        table = model._meta.db_table
        if table in copied_tables() and (is_first or table in added):
            allowed = None if is_first else added[table]
            keys = [key for key, now, copy in differing(model) if _only_lacks(now, copy, allowed)]
            copy_rows(connections[using], model._meta, keys)


def _added(migrations: Iterable[Migration]) -> dict[str, set[str]]:
    """The columns that migrations add, by table."""
    found: dict[str, set[str]] = {}
    for migration in migrations:
        for operation in migration.operations:
            if isinstance(operation, AddField):
                with suppress(LookupError, FieldDoesNotExist):
                    model = apps.get_model(migration.app_label, operation.model_name)
                    column = model._meta.get_field(operation.name)
                    if isinstance(column, models.Field) and column.column:
                        found.setdefault(model._meta.db_table, set()).add(column.column)
    return found


def _only_lacks(now: str | None, copy: str | None, allowed: set[str] | None) -> bool:
    """Whether a copy says the same as its row, but for columns that may be lacking."""
    before = read(copy) if copy is not None else None
    if now is None or not before:
        return False
    row = json.loads(now)
    lacking = {name for name in row if name not in before}
    is_same = all(before[name] == row[name] for name in before if name in row)
    return is_same and bool(lacking) and (allowed is None or lacking <= allowed)
