"""All datasets, the dictionary that describes them, and the dataset of changes."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from django.db.models import Q

import cip.exports
import kpis.exports
import strategy.exports.papers
import strategy.exports.plans
from accounts.models import AuditEvent, AuditReason
from accounts.roles import Capability, Scope
from kmpt_tracker.ui.tabular import Column, Format, Kind
from strategy.exports.dataset import Dataset, code, moment, text, username_of
from strategy.exports.feed import Since
from strategy.exports.filters import Codes, Filters
from strategy.moments import london_day_end, london_day_start

# Of what was typed, in the name of a file.
LONGEST_PART = 40
# What the record says of drafts, and who may read those: entries with what was typed into a return,
# scored in an assessment that its panel may not have decided on, or written in the next plan.
OF_DRAFTS: dict[Capability, Q] = {
    Capability.READ_DRAFTS: Q(
        object_type="kpis.return", action__in=("draft saved", "submitted", "corrections submitted")
    ),
    Capability.READ_QIA_DRAFTS: Q(
        object_type="cip.qualityimpactassessment", action="assessment saved"
    ),
    Capability.EDIT_PLANS: Q(object_type="kpis.draftline")
    | Q(object_type="kpis.plandraft") & ~Q(action="plan adopted")
    | Q(object_type="kpis.target", action__in=("promise dropped", "promise dropped no longer")),
}


@dataclass(frozen=True)
class Changed:
    """One field of a change; what changed no field names the action instead."""

    event: AuditEvent
    field: str
    old: str
    new: str

    @property
    def reason(self) -> str:
        given = getattr(self.event, "given", None)
        return given.text if given else ""


def _changes(filters: Filters) -> Iterator[Changed]:
    rows = AuditEvent.objects.select_related("by", "given").order_by("at", "pk")
    if filters.from_month:
        rows = rows.filter(at__gte=london_day_start(filters.from_month.start))
    if filters.to_month:
        rows = rows.filter(at__lte=london_day_end(filters.to_month.end))
    if filters.as_at:
        rows = rows.filter(at__lte=filters.as_at)
    if since := Since.of(filters):
        # A reason that was withdrawn comes again, without its words.
        emptied = AuditReason.objects.filter(pk__in=since.emptied(AuditReason)).values("event")
        rows = rows.filter(since.written("at") | Q(pk__in=emptied))
    if filters.page and filters.page.after:
        rows = rows.filter(at__gte=datetime.fromisoformat(str(filters.page.after[0])))
    for capability, drafted in OF_DRAFTS.items():
        if filters.access.scope(capability) is not Scope.ANY:
            rows = rows.exclude(drafted)
    for event in rows.iterator(2_000):
        for change in event.changes or [{"field": event.action, "old": "", "new": ""}]:
            yield Changed(event, change["field"], change["old"], change["new"])


CHANGES = Dataset[Changed](
    "changes",
    "Who changed what, and why",
    (
        moment("at", "When", lambda row: row.event.at, is_required=True),
        code(
            "by",
            "Who; system: no person",
            lambda row: username_of(row.event.by) or "system",
            is_required=True,
        ),
        code("object", "What kind of row", lambda row: row.event.object_type, is_required=True),
        text("identifier", "Which row", lambda row: row.event.object_key, is_required=True),
        code("field", "Which field", is_required=True),
        text("old", "Before"),
        text("new", "After"),
        text("reason", "Why"),
    ),
    frozenset({"from", "to", "as_at", "since"}),
    _changes,
)

_PUBLISHED = (
    *strategy.exports.plans.DATASETS,
    *strategy.exports.papers.DATASETS,
    *kpis.exports.DATASETS,
    *cip.exports.DATASETS,
    CHANGES,
)


@dataclass(frozen=True)
class Described:
    """A column with the name of its dataset."""

    dataset: str
    column: Column[Any]


def _dictionary(filters: Filters) -> Iterator[Described]:
    for dataset in DATASETS.values():
        for column in dataset.columns:
            yield Described(dataset.name, column)


DICTIONARY = Dataset[Described](
    "dictionary",
    "What every column means",
    (
        code("dataset", "Name of the dataset", is_required=True),
        code("column", "Name of the column", lambda row: row.column.name, is_required=True),
        code(
            "type",
            "What it holds",
            lambda row: row.column.kind.value,
            allowed=tuple(kind.value for kind in Kind),
            is_required=True,
        ),
        text("unit", "Unit, where one applies", lambda row: row.column.unit),
        text("meaning", "What it means", lambda row: row.column.meaning, is_required=True),
        text(
            "allowed_values",
            "Codes that may stand in it, separated by spaces",
            lambda row: " ".join(row.column.allowed),
        ),
    ),
    frozenset(),
    _dictionary,
    key=("dataset", "column"),
)

DATASETS: dict[str, Dataset[Any]] = {dataset.name: dataset for dataset in (*_PUBLISHED, DICTIONARY)}


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
    return dataset.file(filters, file_format, bom=bom)


def file_name(
    dataset: Dataset, filters: Filters, file_format: Format, on: date, *, also: Iterable[str] = ()
) -> str:
    """`actuals_sickness-absence_2019-04_2026-11-24.csv`: dataset, filters, day of download.

    `also`: what else was chosen on the page whose rows these are, such as a scheme.
    """
    chosen = [re.sub(r"[^\w.-]+", "-", text).strip("-")[:LONGEST_PART] for text in also]
    parts = [dataset.name, filters.short_form, *chosen, on.isoformat()]
    return "_".join(part for part in parts if part) + f".{file_format.value}"
