"""All datasets, the dictionary that describes them, and the dataset of changes."""

from collections.abc import Iterator
from datetime import date
from functools import partial

import cip.exports
import kpis.exports
import strategy.exports.papers
import strategy.exports.plans
from accounts.models import AuditEvent
from accounts.roles import Capability, Scope
from kmpt_tracker.ui.tabular import Cell, Column, Format, Kind, chunks
from strategy.exports.filters import Codes, Filters
from strategy.exports.plans import Dataset, code, moment, text
from strategy.periods import london_day_start

Rows = Iterator[tuple[Cell, ...]]


def _changes(filters: Filters) -> Rows:
    rows = AuditEvent.objects.select_related("by", "given").order_by("at", "pk")
    if filters.from_month:
        rows = rows.filter(at__gte=london_day_start(filters.from_month.start))
    if filters.to_month:
        rows = rows.filter(at__lt=london_day_start(filters.to_month.plus(1).start))
    if filters.as_at:
        rows = rows.filter(at__lte=filters.as_at)
    if filters.access.scope(Capability.READ_DRAFTS) is not Scope.ANY:
        # Only people who may read drafts may see what was typed into a return.
        rows = rows.exclude(object_type="kpis.return", action__in=("draft saved", "submitted"))
    for event in rows.iterator(2_000):
        given = getattr(event, "given", None)
        reason = given.text if given else ""
        who = event.by.username if event.by else "system"
        for change in event.changes or [{"field": event.action, "old": "", "new": ""}]:
            yield (
                event.at, who, event.object_type, event.object_key, change["field"],
                change["old"], change["new"], reason,
            )  # fmt: skip


CHANGES = Dataset(
    "changes",
    "Who changed what, and why",
    (
        moment("at", "When"),
        code("by", "Who; system: no person"),
        code("object", "What kind of row"),
        text("identifier", "Which row"),
        code("field", "Which field"),
        text("old", "Before"),
        text("new", "After"),
        text("reason", "Why"),
    ),
    frozenset({"from", "to", "as_at"}),
    _changes,
)

_PUBLISHED = (
    *strategy.exports.plans.DATASETS,
    *strategy.exports.papers.DATASETS,
    *kpis.exports.DATASETS,
    *cip.exports.DATASETS,
    CHANGES,
)


def _dictionary(filters: Filters) -> Rows:
    for dataset in DATASETS.values():
        for column in dataset.columns:
            yield (
                dataset.name, column.name, column.kind.value, column.unit, column.meaning,
                " ".join(column.allowed),
            )  # fmt: skip


DICTIONARY = Dataset(
    "dictionary",
    "What every column means",
    (
        code("dataset", "Name of the dataset"),
        code("column", "Name of the column"),
        code("type", "What it holds", tuple(kind.value for kind in Kind)),
        text("unit", "Unit, where one applies"),
        text("meaning", "What it means"),
        text("allowed_values", "Codes that may stand in it, separated by spaces"),
    ),
    frozenset(),
    _dictionary,
)

DATASETS: dict[str, Dataset] = {dataset.name: dataset for dataset in (*_PUBLISHED, DICTIONARY)}


def known_codes() -> Codes:
    """The allowed values of filters that do not concern the organisation, in any dataset."""
    names = {name for dataset in DATASETS.values() for name in dataset.codes}
    return {name: partial(_codes_of, name) for name in names}


def _codes_of(name: str) -> set[str]:
    return {
        code
        for dataset in DATASETS.values()
        if name in dataset.codes
        for code in dataset.codes[name]()
    }


def export_bytes(
    dataset: Dataset, filters: Filters, file_format: Format, *, bom: bool = False
) -> Iterator[bytes]:
    """The bytes of a dataset's file, streamed: the same code for pages, API and command."""
    return chunks(dataset.columns, dataset.rows(filters), file_format, title=dataset.name, bom=bom)


def file_name(dataset: Dataset, filters: Filters, file_format: Format, on: date) -> str:
    """`actuals_sickness-absence_2019-04_2026-11-24.csv`: dataset, filters, day of download."""
    parts = [dataset.name, filters.short_form, on.isoformat()]
    return "_".join(part for part in parts if part) + f".{file_format.value}"


_JSON_TYPES: dict[Kind, dict[str, object]] = {
    Kind.NUMBER: {"type": ["number", "null"]},
    Kind.BOOLEAN: {"type": ["boolean", "null"]},
    Kind.DATE: {"type": ["string", "null"], "format": "date"},
    Kind.MOMENT: {"type": ["string", "null"], "format": "date-time"},
}


def schema(dataset: Dataset) -> dict:
    """The JSON schema of one line of the dataset's JSON lines."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": dataset.title,
        "type": "object",
        "properties": {column.name: _column_schema(column) for column in dataset.columns},
        "required": [column.name for column in dataset.columns],
        "additionalProperties": False,
    }


def _column_schema(column: Column) -> dict:
    described = {"type": ["string", "null"], **_JSON_TYPES.get(column.kind, {})}
    described["description"] = column.meaning
    if column.unit:
        described["x-unit"] = column.unit
    if column.allowed:
        described["enum"] = [*column.allowed, None]
    return described
