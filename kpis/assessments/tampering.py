"""Find rows that were changed, added or deleted in the database itself, not through the tracker.

Each row is compared with something recorded with it: the database's own copy, the numbers in the
audit record, the library's history, the hash of what was seeded, the printed form of a figure, or
its decision.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Any, cast

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist, ObjectDoesNotExist
from django.db.models import F, Model, Q

from accounts.audit import FieldChange
from accounts.models import AuditEvent
from accounts.record.copies import missing_numbers, tampered
from accounts.record.guards import missing_guards
from kpis.models import Actual, Decision, ReportingPeriod, Return
from strategy.fixtures.load import HasNaturalKey, natural_parents
from strategy.fixtures.write import is_seeded_state, row_hash, values_now
from strategy.models import SeededRow
from strategy.recorded import Recorded

# What a printed number may be multiplied by to give the value: percent, thousands, millions.
SCALES = [Decimal(10) ** power for power in (0, 2, -2, 3, -3, 6, -6)]
PRINTED = re.compile(r"(-?)£?(-?[\d,]*\.?\d+)\s*(?:%|per cent|k|m)?(?: deficit| surplus)?")
# Counters that services raise without recording the row: they change nothing that it says.
COUNTERS = {"version"}
# What is done with a return, each at a moment by a person, and the status that it has afterwards.
ACTS = ("submitted", "last_submitted", "approved", "returned", "reopened")
STATUS_AFTER: dict[str, str] = {
    "submitted": Return.Status.SUBMITTED,
    "approved": Return.Status.APPROVED,
    "returned": Return.Status.RETURNED,
    "recalled": Return.Status.DRAFT,
}


def findings() -> Iterator[tuple[str, str]]:
    """The kind and row of everything that was tampered with. Nothing is changed."""
    for what in tampered():
        yield "tampered", what
    for what in missing_guards():
        yield "guard", what
    for what in missing_numbers():
        yield "missing audit row", what
    yield from _recorded_otherwise()
    yield from _seeded_otherwise()
    yield from _printed_otherwise()
    yield from _decided_by_nobody()
    yield from _said_otherwise()


def _named(row: Model) -> str:
    """The name of a row; only its key where a row that the name needs is missing."""
    try:
        return str(row)
    except ObjectDoesNotExist:
        return str(row.pk)


def _recorded_otherwise() -> Iterator[tuple[str, str]]:
    """A row must equal its last record, its first record must be its creation, and a row that was
    recorded and is gone must have a record of its deletion."""
    for model in apps.get_models():
        if not hasattr(model._meta, "simple_history_manager_attribute"):
            continue
        history = cast(Recorded, model).history.model
        columns = [
            column.attname
            for column in model._meta.concrete_fields
            if column.name not in COUNTERS and hasattr(history, column.attname)
        ]
        kinds: dict[Any, list[str]] = defaultdict(list)
        last: dict[Any, tuple] = {}
        records = history.objects.order_by("history_date", "history_id")
        for key, kind, *state in records.values_list("id", "history_type", *columns).iterator(2000):
            kinds[key].append(kind)
            last[key] = tuple(state)
        name = model._meta.verbose_name
        there = set()
        for row in model._base_manager.order_by("pk").iterator(2000):
            there.add(row.pk)
            if said := _unlike_its_records(row, columns, kinds[row.pk], last.get(row.pk)):
                yield "history", f"{name} {_named(row)}: {said}"
        for key in sorted(last.keys() - there):
            if kinds[key][-1] != "-":
                yield "history", f"{name} {key}: it was recorded and is gone"


def _unlike_its_records(
    row: Model, columns: Sequence[str], kinds: Sequence[str], last: tuple | None
) -> str:
    """How a row differs from its records: of which kinds they are, and the state of the last."""
    if last is None:
        # Illustrative rows may have been made before such rows were recorded.
        return "" if getattr(row, "is_illustrative", False) else "nothing is recorded of it"
    if kinds[0] != "+" or "+" in kinds[1:]:
        return "its first recorded state is gone"
    state = (getattr(row, column) for column in columns)
    pairs = zip(columns, state, last, strict=True)
    other = ", ".join(column for column, now, then in pairs if now != then)
    return f"recorded with another {other}" if other else ""


def _seeded_otherwise() -> Iterator[tuple[str, str]]:
    """Seeded rows that nobody edited through the tracker must equal their fixture."""
    known: dict[str, dict[str, SeededRow]] = defaultdict(dict)
    for seeded in SeededRow.objects.exclude(columns=[]):
        known[seeded.object_type][seeded.object_key] = seeded
    for label, by_key in known.items():
        try:
            model = apps.get_model(label)
        except (LookupError, ValueError):
            yield "seeded", f"{', '.join(by_key)}: recorded as a kind of row that there is not"
            continue
        edited = _edited(model)
        rows = model._base_manager.select_related(*natural_parents(model))
        found: dict[str, Model] = {}
        for row in rows.order_by("pk"):
            key = "/".join(str(part) for part in cast(HasNaturalKey, row).natural_key())
            found[key] = row
        for key, seeded in by_key.items():
            row_now = found.get(key)
            name = f"{model._meta.verbose_name} {key}"
            if row_now is None:
                yield "seeded", f"{name}: it was seeded and is gone"
            elif {row_now.pk, str(row_now)} & edited:
                continue
            elif not _is_as_seeded(row_now, seeded):
                yield "seeded", f"{name}: not as it was seeded"


def _is_as_seeded(row: Model, seeded: SeededRow) -> bool:
    try:
        return row_hash(values_now(row, seeded.columns)) == seeded.row_hash
    except FieldDoesNotExist:  # the columns are of another row, or of none
        return False


def _edited(model: type[Model]) -> set[Any]:
    """Rows that people edited through the tracker, by the library's history or the audit record."""
    if hasattr(model._meta, "simple_history_manager_attribute"):
        records = cast(Recorded, model).history.order_by("history_date", "history_id")
        last = dict(records.values_list("id", "history_change_reason").iterator(2000))
        return {key for key, reason in last.items() if not is_seeded_state(reason)}
    events = AuditEvent.objects.filter(object_type=model._meta.label_lower, action="changed")
    return set(events.values_list("object_key", flat=True))


def _printed_otherwise() -> Iterator[tuple[str, str]]:
    """A published figure must equal the number that was printed, to the digits printed."""
    rows = Actual.objects.filter(origin=Actual.Origin.PUBLISHED, value__isnull=False)
    rows = rows.exclude(printed_as="").select_related("series__measure", "series__care_group")
    for actual in rows.order_by("pk").iterator(2000):
        if actual.value is not None and not is_printed(actual.value, actual.printed_as):
            yield (
                "not as printed",
                f"actual {actual}: {actual.value:f}, printed as {actual.printed_as}",
            )


def is_printed(value: Decimal, printed: str) -> bool:
    """Whether a value can be the printed one. Words without a plain number are not checked."""
    found = PRINTED.fullmatch(printed.strip())
    if found is None:
        return True
    number = Decimal(found[2].replace(",", ""))
    digits = Decimal(1).scaleb(int(number.as_tuple().exponent))
    for scale in SCALES:
        # The value has 6 decimals, the printed number its own: compare to the coarser of the two.
        step = max(digits, Decimal("0.000001") / scale)
        for rounding in (ROUND_HALF_UP, ROUND_DOWN):
            shown = (abs(value) / scale).quantize(step, rounding=rounding)
            if shown == abs(number).quantize(step, rounding=rounding):
                return True
    return False


def _decided_by_nobody() -> Iterator[tuple[str, str]]:
    """Only published or illustrative figures may count without a person who approved them."""
    rows = Decision.objects.select_related("actual__series__measure", "actual__series__care_group")
    approved = rows.filter(outcome=Decision.Outcome.APPROVED)
    brought = Q(actual__origin__in=[Actual.Origin.PUBLISHED, Actual.Origin.ILLUSTRATIVE]) & ~Q(
        actual__value_status=Actual.ValueStatus.WITHDRAWN
    )
    for decision in approved.filter(decided_by=None).exclude(brought).order_by("pk"):
        yield "approved by nobody", f"actual {decision.actual}"
    own = approved.filter(decided_by=F("actual__recorded_by"))
    for decision in own.order_by("pk"):
        yield "approved by who entered it", f"actual {decision.actual}"
    for decision in rows.filter(decided_at__lt=F("actual__recorded_at")).order_by("pk"):
        yield "decided before it was recorded", f"actual {decision.actual}"


def _said_otherwise() -> Iterator[tuple[str, str]]:
    """The clock of a month, and the state of a return, must be those of the audit record."""
    acts: dict[tuple[str, str], list[AuditEvent]] = defaultdict(list)
    labels = {model: model._meta.label_lower for model in (ReportingPeriod, Return)}
    events = AuditEvent.objects.filter(object_type__in=labels.values()).order_by("at", "pk")
    for event in events.iterator(2000):
        acts[event.object_type, event.object_key].append(event)
    for period in ReportingPeriod.objects.order_by("starts_on"):
        said: dict[str, str] = {}
        for event in acts[labels[ReportingPeriod], str(period)]:
            said |= _given_by(event)
        for column in period._meta.concrete_fields:
            text = said.get(column.name)
            if text is None or column.name in COUNTERS:
                continue
            if not _is_said(getattr(period, column.attname), text):
                kind = "locked otherwise" if column.name == "locked_at" else "clock otherwise"
                has = f"{column.name} {text}" if text else f"no {column.name}"
                yield kind, f"month {period}: the audit record has {has}"
    rows = Return.objects.select_related("period", "care_group").prefetch_related("sections")
    for row in rows.order_by("period__starts_on", "care_group__code"):
        sections = [f"{row} {section.code}" for section in row.sections.all()]
        found = [event for key in (str(row), *sections) for event in acts[labels[Return], key]]
        for what in _returned_otherwise(row, found, has_sections=bool(sections)):
            yield "decided otherwise", f"return {row}: {what}"


def _given_by(event: AuditEvent) -> dict[str, str]:
    """The new values of an event. A row that was tampered with may hold anything: the check of the
    copies reports that."""
    changes = event.changes if isinstance(event.changes, list) else []
    found = [change for change in changes if isinstance(change, dict)]
    return {str(change.get("field", "")): str(change.get("new", "")) for change in found}


def _is_said(value: Any, text: str) -> bool:
    """Whether the audit record's text is this value; a moment may be written in another zone."""
    if isinstance(value, datetime) and text:
        with suppress(ValueError):
            return datetime.fromisoformat(text) == value
    return FieldChange.of("", None, value).new == text


def _returned_otherwise(
    row: Return, acts: list[AuditEvent], *, has_sections: bool
) -> Iterator[str]:
    """The moments of a return are those of its acts, by the same person, and its status follows
    from the last of them. With sections the status is that of the least advanced, and is not
    followed here."""
    done = {(event.at, event.by_id) for event in acts}
    made_up: dict[str, str] = {}
    for event in acts:
        made_up |= _given_by(event) if event.action == "illustrated" else {}
    for act in ACTS:
        name, by = f"{act}_at", getattr(row, f"{act}_by_id")
        at = getattr(row, name)
        if (at is None and by is None) or (at, by) in done:
            continue
        # Nobody did it. Moments were not recorded of what was made up first.
        is_made_up = by is None and row.is_illustrative
        if not (is_made_up and (name not in made_up or _is_said(at, made_up[name]))):
            yield f"{act} at a moment, or by a person, that the audit record has not"
    status = ""
    for event in acts:
        if event.action in STATUS_AFTER:
            status = STATUS_AFTER[event.action]
        elif event.action != "illustrated" or row.is_illustrative:
            status = _given_by(event).get("status", status)
    if not has_sections and status and row.status != status:
        yield f"{row.status}, the audit record has {status}"
    if not acts and row.status in STATUS_AFTER.values() and row.status != Return.Status.DRAFT:
        yield f"{row.status}, and nothing is recorded of it"
