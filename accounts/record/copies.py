"""Finds rows that were changed, deleted or added past the tracker: each has a copy of its own.

`accounts.record.writes` keeps the copies. A row that differs from its copy was changed; a copy
without a row means a deletion, and a row without a copy an insertion.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress

from django.apps import apps
from django.db import IntegrityError, connection, models, transaction

from accounts.models import AuditCounter, AuditEvent, NumberedAt, RowCopy
from accounts.record.writes import COPIES, content, copied_tables


def tampered(tables: Iterable[str] | None = None) -> Iterator[str]:
    """Describe every row that differs from what was written, table by table."""
    by_table = {m._meta.db_table: m for m in apps.get_models(include_auto_created=True)}
    for table in sorted(copied_tables() if tables is None else tables):
        model = by_table[table]
        for row_id, now, copy in differing(model):
            named = f"{model._meta.verbose_name} {row_id}"
            if copy is None:
                yield f"{named} was added past the tracker"
                continue
            before = read(copy)
            if before is None:
                yield f"{named}: its copy was changed and cannot be read"
            elif now is None:
                yield f"{named} was deleted: {_identity(before)}"
            else:
                row = json.loads(now)
                changed = [name for name in before if name in row and before[name] != row[name]]
                lacking = [name for name in row if name not in before]
                if lacking:
                    yield f"{named}: its copy was changed, and has no {', '.join(lacking)}"
                if changed:
                    yield f"{named} was changed: {', '.join(changed)} ({_identity(before)})"
    strange = RowCopy.objects.exclude(table_name__in=copied_tables())
    for copy_of in strange.order_by("pk"):
        yield f"a copy was added: of {copy_of}, and no copies are kept of that table"


def read(copy: str) -> dict | None:
    """What a copy holds; nothing where somebody overwrote it."""
    with suppress(ValueError):
        content = json.loads(copy)
        return content if isinstance(content, dict) else None
    return None


def _identity(content: dict) -> str:
    """Enough of a row to identify it: its first columns, without any words."""
    plain = {k: v for k, v in content.items() if isinstance(v, int | float) or len(str(v)) <= 40}
    return ", ".join(f"{name} {value}" for name, value in list(plain.items())[:8] if value != "")


def differing(model: type[models.Model]) -> Iterator[tuple[int, str | None, str | None]]:
    """Key, present row and copy, as text, wherever the two differ."""
    table, key = model._meta.db_table, model._meta.pk.column
    # Compared as text, as it was written: what somebody wrote over a copy may be no JSON.
    row = content(model._meta, "t", connection.vendor)
    copies = f"SELECT row_id, content FROM {COPIES} WHERE table_name = '{table}'"
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT t."{key}", {row}, c.content FROM "{table}" t '
            f'LEFT JOIN ({copies}) c ON c.row_id = t."{key}" '
            f"WHERE c.content IS NULL OR {row} <> c.content "
            f"UNION ALL SELECT c.row_id, NULL, c.content FROM ({copies}) c "
            f'LEFT JOIN "{table}" t ON t."{key}" = c.row_id WHERE t."{key}" IS NULL ORDER BY 1',
            None,
        )
        for row_id, now, copy in cursor.fetchall():
            yield row_id, now if now is None or isinstance(now, str) else json.dumps(now), copy


def missing_numbers() -> Iterator[str]:
    """Audit rows that were deleted: numbers must run from 1 to the counter's without a gap."""
    if connection.in_atomic_block:
        # Rows of this very transaction are numbered at its end, so force the numbering now. A
        # dangling reference makes that fail, and is reported by a check of its own.
        with suppress(IntegrityError), transaction.atomic():
            connection.check_constraints()
    expected = 0
    for number, pk in AuditEvent.objects.order_by("number").values_list("number", "pk"):
        if number is None:
            yield f"audit row {pk} has no number"
            continue
        expected += 1
        if number != expected:
            last = number - 1
            yield (
                f"audit rows {expected} to {last} are gone"
                if last > expected
                else (f"audit row {expected} is gone")
            )
            # Continue from the number found, so that one gap is reported once.
            expected = number
    last = AuditCounter.objects.values_list("last", flat=True).first() or 0
    if last != expected:
        yield f"the last audit row is number {expected}, the counter says {last}"
    # Rows from before moments were kept have none.
    numbers = AuditEvent.objects.filter(number__isnull=False).values("number")
    for moment in NumberedAt.objects.exclude(number__in=numbers).order_by("number"):
        yield f"a moment was kept of audit row {moment.number}, which is gone"
