"""Finds tampering with append-only rows by comparing each with the database's own copy.

`accounts.record.append_only` keeps the copies. A row that differs from its copy was changed with
the triggers off. A copy without a row means a deletion; a row without a copy means that it was
inserted while the triggers were off.
"""

import json
from collections.abc import Iterator
from contextlib import suppress

from django.apps import apps
from django.db import IntegrityError, connection, models, transaction

from accounts.models import AuditCounter, AuditEvent
from accounts.record.append_only import COPIES

# Every table that migrations guard with `copied=True`; `tests/architecture` checks this list.
COPIED = (
    "accounts.AuditEvent",
    "accounts.AuditReason",
    "strategy.ActionStatus",
    "kpis.Actual",
    "kpis.Decision",
    "kpis.Commentary",
    "kpis.Annotation",
    "kpis.TargetChange",
    "kpis.MeasureChange",
    "kpis.ToleranceChange",
    "kpis.TextChange",
    "kpis.TargetProposal",
    "kpis.AcceptedLevel",
    "kpis.Rebase",
    "kpis.FixedBaseline",
    "cip.AllocationTransfer",
    "cip.TargetChange",
    "cip.WeightChange",
    "cip.SchemeStage",
    "cip.Deliverability",
    "cip.Phasing",
    "cip.MonthSignOff",
    "cip.QIADecision",
    "cip.QIASignature",
    "cip.QIAAuthor",
    "cip.QIAReopening",
    "board.PackFile",
)


def copied_models() -> list[type[models.Model]]:
    """The models of the copied tables: those listed above and the library's history tables."""
    histories = [model for model in apps.get_models() if model.__name__.startswith("Historical")]
    return [*(apps.get_model(label) for label in COPIED), *histories]


def tampered() -> Iterator[str]:
    """Describe every row that differs from what was written, table by table."""
    for model in copied_models():
        for row_id, now, copy in _differing(model):
            named = f"{model._meta.verbose_name} {row_id}"
            if copy is None:
                yield f"{named} was added past the tracker"
                continue
            before = _read(copy)
            if before is None:
                yield f"{named}: its copy was changed and cannot be read"
            elif now is None:
                yield f"{named} was deleted: {_identity(before)}"
            else:
                row = json.loads(now)
                changed = [name for name in before if name in row and before[name] != row[name]]
                if changed:
                    yield f"{named} was changed: {', '.join(changed)} ({_identity(before)})"


def _read(copy: str) -> dict | None:
    """What a copy holds; nothing where somebody overwrote it."""
    with suppress(ValueError):
        content = json.loads(copy)
        return content if isinstance(content, dict) else None
    return None


def _identity(content: dict) -> str:
    """Enough of a row to identify it: its first columns, without any words."""
    plain = {k: v for k, v in content.items() if isinstance(v, int | float) or len(str(v)) <= 40}
    return ", ".join(f"{name} {value}" for name, value in list(plain.items())[:8] if value != "")


def _differing(model: type[models.Model]) -> Iterator[tuple[int, str | None, str | None]]:
    """Key, present row and copy, as text, wherever the two differ."""
    table, key = model._meta.db_table, model._meta.pk.column
    # Copies leave out binary columns (`append_only`), so the comparison must as well.
    columns = [c for c in model._meta.concrete_fields if not isinstance(c, models.BinaryField)]
    if connection.vendor == "sqlite":
        pairs = ", ".join(f"'{c.column}', t.\"{c.column}\"" for c in columns)
        content = f"json_object({pairs})"
    else:
        raw = [str(c.column) for c in model._meta.concrete_fields if c not in columns]
        # Compared as text, as it was written: what somebody wrote over a copy may be no JSON.
        content = f"(to_jsonb(t) - '{{{','.join(raw)}}}'::text[])::text"
    copies = f"SELECT row_id, content FROM {COPIES} WHERE table_name = '{table}'"
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT t."{key}", {content}, c.content FROM "{table}" t '
            f'LEFT JOIN ({copies}) c ON c.row_id = t."{key}" '
            f"WHERE c.content IS NULL OR {content} <> c.content "
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
