"""A valid row of any of our models, for rules that apply to all of them.

Required fields are filled by their type, and parents are created as needed. NEEDS adds what a
model's constraints require beyond that.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from django.apps import apps
from django.db import connection, models
from django.db.models import QuerySet

from strategy.periods import FinancialYear

OURS = ("ui", "accounts", "strategy", "kpis", "cip", "board")
_number = count(1)
# Each row of a test gets a day in a different month, whatever ran before in this process.
CALENDAR_MONTHS = 600
# The largest place that a small column takes is 32,767; a long run makes more rows than that.
MOST = 32_000
DAY = date(2024, 1, 1)
MOMENT = datetime(2024, 1, 1, tzinfo=UTC)


def _window() -> dict[str, date]:
    """A window that no other row has; it ends after it starts, even where days wrap around."""
    first = DAY + timedelta(days=31 * (next(_number) % CALENDAR_MONTHS))
    return {"period_start": first, "period_end": first + timedelta(days=30)}


NEEDS: dict[str, Callable[[], dict[str, Any]]] = {
    "accounts.rolegrant": lambda: {"role": "analyst"},
    "accounts.auditcounter": lambda: {"id": 1},
    "accounts.numberedat": lambda: {"number": 1_000_000 + next(_number)},
    "accounts.invitation": lambda: {"expires_at": MOMENT + timedelta(days=7)},
    "accounts.accesstoken": lambda: {"expires_at": MOMENT + timedelta(days=7)},
    "strategy.caregroup": lambda: {"level": "care_group"},
    "strategy.plan": lambda: {"starts_on": DAY, "ends_on": DAY + timedelta(days=365)},
    "kpis.measure": lambda: {"unit": "count", "direction": "neutral", "frequency": "monthly"},
    "kpis.actual": lambda: {
        "value": Decimal(1),
        "version": 1,
        "origin": "entered",
        **_window(),
    },
    "kpis.benchmark": lambda: {"level": "national", "value": Decimal(1)},
    "kpis.fixedbaseline": lambda: {"points": 12},
    "kpis.judgement": lambda: {"rag": "green", "is_primary": False},
    "kpis.target": lambda: {"operator": "", "value_is": "", "change": "", "profile": ""},
    "kpis.measurechange": lambda: {"old": "Seen", "new": "Seen in time"},
    "kpis.textchange": lambda: {"old": "Seen", "new": "Seen in time"},
    "kpis.tolerancechange": lambda: {"old": Decimal(5), "new": Decimal(4)},
    "kpis.reportingperiod": lambda: {
        "opens_at": MOMENT,
        **dict.fromkeys(("closes_at", "sign_off_at", "freezes_at"), MOMENT + timedelta(days=9)),
    },
    "cip.phasing": lambda: {"version": 1},
    "cip.programme": lambda: {"year": FinancialYear(1000 + next(_number) % 8000).code},
    "cip.qiasignature": lambda: signed(row(apps.get_model("cip.qualityimpactassessment"))),
    "cip.qiareopening": lambda: {
        "was": "rejected",
        "guard": row(apps.get_model("cip.guardmeasure")),
        "signal_began": DAY,
    },
    "cip.schemerisk": lambda: {"likelihood": 1, "consequence": 1},
    "cip.scheme": lambda: {"origin": "entered"},
    "board.boardmeeting": lambda: {"period_under_review": DAY - timedelta(days=31)},
    "board.pack": lambda: {"version": 1},
    "board.mailpreference": lambda: {"is_wanted": True},
}


def signed(assessment: models.Model) -> dict[str, Any]:
    """What a signature needs: an approved assessment, the decision, and a holder of the post."""

    def becomes(status: str) -> None:
        assessment.status = status
        assessment.save()  # with its history

    becomes("draft")
    becomes("submitted")
    decision = row(apps.get_model("cip.qiadecision"), assessment=assessment, outcome="approved")
    becomes("approved")
    holding = row(apps.get_model("strategy.postholding"), starts_on=date(2015, 1, 1))
    return {
        "assessment": assessment,
        "decision": decision,
        "post": holding.post,
        "signed_by": holding.user,
    }


def our_models(*, with_history: bool = False) -> list[type[models.Model]]:
    """Every model of our apps; the library's history tables only on request."""
    return [
        model
        for model in apps.get_models()
        if model._meta.app_label in OURS
        and (with_history or not model.__name__.startswith("Historical"))
    ]


def new(model: type[models.Model], **given: Any) -> models.Model:
    """An unsaved row; its parents are saved."""
    values = {**NEEDS.get(model._meta.label_lower, dict)(), **given}
    # The first day of a row is in a month of its own; each further one is a month later.
    day = DAY + timedelta(days=31 * (next(_number) % CALENDAR_MONTHS))
    for column in model._meta.concrete_fields:
        if column.primary_key or column.name in values or column.attname in values:
            continue
        if column.null or column.has_default():
            continue
        if isinstance(column, models.DateField) and not isinstance(column, models.DateTimeField):
            values[column.name], day = day, day + timedelta(days=31)
        else:
            values[column.name] = _value(column)
    return model(**values)


def row(model: type[models.Model], **given: Any) -> models.Model:
    """A saved row."""
    instance = new(model, **given)
    instance.save(force_insert=True)
    return instance


def _value(column: models.Field) -> Any:
    number = next(_number)
    if column.blank and column.empty_strings_allowed:
        return ""
    if column.is_relation:
        return row(column.related_model)
    if column.choices:
        return column.choices[0][0]
    if isinstance(column, models.DateTimeField):
        return MOMENT
    if isinstance(column, models.BooleanField):
        return False
    if isinstance(column, models.DecimalField | models.IntegerField):
        return 1 + number % MOST
    if isinstance(column, models.BinaryField):
        return b"bytes"
    if isinstance(column, models.JSONField):
        return {}
    return f"{column.name.replace('_', '-')}-{number}"[-(column.max_length or 50) :]


def another_value(column: models.Field, value: Any) -> Any:
    """A different value for one field of a key."""
    if column.is_relation:
        return row(column.related_model)
    if column.choices:
        return next(code for code, _ in column.choices if code != value)
    if isinstance(column, models.DateField):  # a row's text may name only the month
        return value + timedelta(days=31)
    if isinstance(column, models.IntegerField):
        return value + 1
    return f"{value}x"[-(column.max_length or 50) :]


def rewrite(rows: QuerySet, **values: Any) -> int:
    """Update rows that triggers protect, for instance to give a history an earlier date.

    The triggers of the table are removed for this one statement.
    """
    table = rows.model._meta.db_table
    connection.check_constraints()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
            count = rows.update(**values)
            connection.check_constraints()  # what waits for the end of the transaction holds on
            cursor.execute(f'ALTER TABLE "{table}" ENABLE TRIGGER USER')
            return count
        cursor.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [table]
        )
        triggers = cursor.fetchall()
        for name, _ in triggers:
            cursor.execute(f'DROP TRIGGER "{name}"')
        count = rows.update(**values)
        for _, statement in triggers:
            cursor.execute(statement)
        return count


def counted(tables: Iterable[type[models.Model]]) -> dict[str, int]:
    """How many rows each of the tables has, in one query."""
    labels = {model._meta.db_table: model._meta.label for model in tables}
    counts = ", ".join(f'(SELECT COUNT(*) FROM "{table}")' for table in labels)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {counts}")
        return dict(zip(labels.values(), cursor.fetchone(), strict=True))
