"""Writing seeded rows: added once, refreshed on request, never over what people edited.

A hash of each seeded row is kept. A later run compares: the fixture unchanged → nothing to do,
whatever people did to the row; the fixture changed and the row untouched → refreshed when
asked; the fixture changed and the row edited or deleted → a conflict, listed and left alone.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

from django.db import models
from simple_history.utils import bulk_create_with_history

from accounts import audit
from accounts.fixed import fixed_problems
from strategy.models import SeededRow

BATCH = 500
SEEDED = "Seeded"
REFRESHED = "Refreshed from"


@dataclass(frozen=True)
class Desired:
    """One row as the fixtures want it. `values`: field name → value or model instance."""

    key: tuple
    values: dict[str, Any]
    fixture: str

    @property
    def text_key(self) -> str:
        return "/".join(str(part) for part in self.key)


@dataclass
class Report:
    """What a run did, for the command's last lines and the audit row."""

    created: Counter = field(default_factory=Counter)
    refreshed: Counter = field(default_factory=Counter)
    waiting: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)

    @property
    def changed(self) -> int:
        return sum(self.created.values()) + sum(self.refreshed.values())


def _plain(value: Any) -> Any:
    if isinstance(value, models.Model):
        return value.pk
    if isinstance(value, Decimal):
        return str(value.normalize() + 0)
    if isinstance(value, datetime):
        return value.timestamp()
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if isinstance(value, list | dict | bool | int) or value is None:
        return value
    return str(value)


def row_hash(values: dict[str, Any]) -> str:
    """The hash of a row's plain values: the same for a row in hand and one from a database."""
    plain = {name: _plain(value) for name, value in sorted(values.items())}
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def is_seeded_state(change_reason: str | None) -> bool:
    """Whether a recorded state is one that fixtures gave the row."""
    reason = change_reason or ""
    return reason == SEEDED or reason.startswith(f"{REFRESHED} ")


def values_now(instance: models.Model, names: Sequence[str]) -> dict[str, Any]:
    found = {}
    for name in names:
        column = cast("models.Field[Any, Any]", instance._meta.get_field(name))
        found[name] = getattr(instance, column.attname)
    return found


def upsert(
    model: type[models.Model],
    wanted: Sequence[Desired],
    existing: dict[tuple, models.Model],
    *,
    at: datetime,
    refresh: bool,
    report: Report,
) -> dict[tuple, models.Model]:
    """Write the rows of one model; `existing` maps natural keys to rows.

    Returns the rows written by this run, by key.
    """
    label = model._meta.label_lower
    seeded = {row.object_key: row for row in SeededRow.objects.filter(object_type=label).iterator()}
    written: dict[tuple, models.Model] = {}
    new: list[Desired] = []
    unnamed: list[SeededRow] = []
    for desired in wanted:
        known = seeded.get(desired.text_key)
        current = existing.get(desired.key)
        if current is None and known is None:
            new.append(desired)
        elif known is None:
            report.conflicts.append(f"{label} {desired.text_key}: entered by people; left alone")
        elif known.row_hash == row_hash(desired.values):
            if not known.columns:
                known.columns = sorted(desired.values)
                unnamed.append(known)
        else:
            row = _to_refresh(desired, current, known, refresh=refresh, report=report)
            if row is not None:
                _refresh(desired, row, known, at=at)
                report.refreshed[label] += 1
                written[desired.key] = row
    # Rows that were seeded before their columns were kept beside their hash.
    SeededRow.objects.bulk_update(unnamed, ["columns"], batch_size=BATCH)
    written.update(_create(model, new, at=at))
    if new:
        report.created[label] += len(new)
    return written


def _to_refresh(
    desired: Desired,
    current: models.Model | None,
    known: SeededRow,
    *,
    refresh: bool,
    report: Report,
) -> models.Model | None:
    """The row that the fixture may change now; else why not is noted in the report."""
    name = f"{known.object_type} {desired.text_key}"
    if current is None:
        report.conflicts.append(f"{name}: deleted by people; left alone")
    elif row_hash(values_now(current, list(desired.values))) != known.row_hash:
        report.conflicts.append(f"{name}: edited by people; left alone")
    elif problem := _fixed(current, desired):
        report.conflicts.append(f"{name}: {problem} Left alone")
    elif not refresh:
        report.waiting.append(name)
    else:
        return current
    return None


def _fixed(current: models.Model, desired: Desired) -> str:
    """Why the row may not be written over (`accounts.fixed`)."""
    wanted = copy(current)
    for name, value in desired.values.items():
        setattr(wanted, name, value)
    return " ".join(fixed_problems(wanted).values())


def _refresh(desired: Desired, current: models.Model, known: SeededRow, *, at: datetime) -> None:
    for name, value in desired.values.items():
        setattr(current, name, value)
    audit.give_reason(current, f"{REFRESHED} {desired.fixture}")
    current.save()
    known.row_hash = row_hash(desired.values)
    known.columns = sorted(desired.values)
    known.fixture = desired.fixture
    known.seeded_at = at
    known.save()


def _create(
    model: type[models.Model], new: Sequence[Desired], *, at: datetime
) -> dict[tuple, models.Model]:
    if not new:
        return {}
    instances = [model(**desired.values) for desired in new]
    if hasattr(model, "history"):
        bulk_create_with_history(
            instances, model, batch_size=BATCH, default_change_reason=SEEDED, default_date=at
        )
    else:
        model._default_manager.bulk_create(instances, batch_size=BATCH)
    SeededRow.objects.bulk_create(
        [
            SeededRow(
                object_type=model._meta.label_lower,
                object_key=desired.text_key,
                row_hash=row_hash(desired.values),
                columns=sorted(desired.values),
                fixture=desired.fixture,
                seeded_at=at,
            )
            for desired in new
        ],
        batch_size=BATCH,
    )
    return {desired.key: instance for desired, instance in zip(new, instances, strict=True)}
