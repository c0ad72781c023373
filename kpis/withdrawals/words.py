"""Withdraw words that should not stay, such as a patient's name in a comment or a reason.

The text is emptied in every place that has exactly the same words: its row, drafts, the library's
history, the reason of an audit row, and the copies of its rows. So it is gone at
every past moment too. This is the one change that append-only tables allow. The audit row records
that it was done, by whom and when, never what the words were.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q

from accounts import audit
from accounts.models import User
from accounts.permissions import Access
from accounts.record.append_only import MARK
from accounts.roles import Capability
from kpis.dated_changes.target_changes import ChangeRefused
from kpis.models import ImportBatch, MeasureChange, ReturnCell
from kpis.models.imports import EMPTIED

# The fields in which people write freely. The wording of plans and measures is corrected with its
# own forms; only the library's history of it is emptied here. A test names the way of every column
# of every table (tests/kpis/test_ways_back.py).
WRITTEN: dict[str, tuple[str, ...]] = {
    "accounts.AuditReason": ("text",),
    "strategy.ActionStatus": ("note",),
    "kpis.Commentary": ("what_happened", "why", "action", "owner"),
    "kpis.Actual": ("change_reason", "status_reason", "note"),
    "kpis.Decision": ("reason",),
    "kpis.Annotation": ("text",),
    "kpis.Rebase": ("reason",),
    "kpis.FixedBaseline": ("reason",),
    "kpis.TargetChange": ("reason", "decision_reason"),
    "kpis.MeasureChange": ("reason", "decision_reason", "old", "new"),
    "kpis.ToleranceChange": ("reason", "decision_reason"),
    "kpis.TextChange": ("reason", "decision_reason", "old", "new"),
    "kpis.TargetProposal": ("reason", "decision_reason"),
    "kpis.AcceptedLevel": ("reason", "decision_reason", "meeting"),
    "kpis.Benchmark": ("note",),
    "kpis.Succession": ("reason",),
    "kpis.ImportBatch": ("name", "decision_reason"),
    "kpis.Return": ("nil_reason", "returned_reason", "reopened_reason"),
    "kpis.ReturnSection": ("nil_reason", "returned_reason"),
    "kpis.ReturnCell": (
        "comment",
        "change_reason",
        "confirm_reason",
        "no_data_reason",
        "returned_reason",
        "error",
        "numerator_text",
        "denominator_text",
        "value_text",
        "forecast_text",
        "completed_text",
    ),
}


def holds_words(**fields: tuple[str, ...]) -> None:
    """Called by an app above, when it is ready: `cip__SchemeStage` and its fields of free words."""
    WRITTEN.update((label.replace("__", "."), names) for label, names in fields.items())


def _past_wordings(rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
    """Changes that no longer say what holds: a later one was approved, or they never were."""
    of = ("measure",) if rows.model is MeasureChange else ("object_type", "object_key")
    same = {name: OuterRef(name) for name in (*of, "field")}
    approved = rows.model._base_manager.filter(outcome="approved", **same)
    later = approved.filter(Q(decided_at__gt=OuterRef("decided_at")) | Q(pk__gt=OuterRef("pk")))
    return rows.filter(Q(outcome__in=("rejected", "withdrawn")) | Exists(later))


# Columns whose words may go only from some rows: of the others a form corrects them first.
ONLY_OF: dict[tuple[str, str], Callable[[models.QuerySet[Any]], models.QuerySet[Any]]] = {
    ("kpis.MeasureChange", "new"): _past_wordings,
    ("kpis.TextChange", "new"): _past_wordings,
}


def holds_words_of(
    label: str,
    fields: tuple[str, ...],
    only: Callable[[models.QuerySet[Any]], models.QuerySet[Any]],
) -> None:
    """Called by an app above, when it is ready: fields of rows that no form corrects any longer."""
    WRITTEN[label] = (*WRITTEN.get(label, ()), *fields)
    ONLY_OF.update({(label, name): only for name in fields})


@dataclass(frozen=True)
class Within:
    """Texts inside a structured column, which the app that owns the rows reads and takes out.

    `texts` gives the row's key, a name for the place without dots, and the text, for every text
    that may be withdrawn; `empty` takes the texts at some of these places out of a row.
    """

    model: type[models.Model]
    texts: Callable[[], Iterable[tuple[int, str, str]]]
    empty: Callable[[int, Collection[str]], None]

    def places(self) -> Iterator["Place"]:
        for pk, name, text in self.texts():
            if text:
                yield Place(self.model, pk, name, text)


WITHIN: dict[type[models.Model], Within] = {}


def holds_words_within(within: Within) -> None:
    """Called by an app above, when it is ready."""
    WITHIN[within.model] = within


FEWEST_LETTERS = 3
MOST_SHOWN = 200


class Why(StrEnum):
    """Why words are withdrawn: a code, because a reason in words might repeat them."""

    NAMES_A_PERSON = "names_a_person"
    NOT_FOR_HERE = "not_for_here"
    MISTAKE = "mistake"

    @property
    def label(self) -> str:
        return {
            Why.NAMES_A_PERSON: "It names or describes a person",
            Why.NOT_FOR_HERE: "It does not belong in the tracker",
            Why.MISTAKE: "It was written by mistake",
        }[self]


@dataclass(frozen=True)
class Place:
    """One text in one row; `token` names it in a form."""

    model: type[models.Model]
    pk: int
    field: str
    text: str

    @property
    def token(self) -> str:
        return f"{self.model._meta.label_lower}.{self.pk}.{self.field}"

    @property
    def where(self) -> str:
        if self.model in WITHIN:
            return f"{self.model._meta.verbose_name} {self.pk}: {self.field.replace('-', ' ')}"
        field = str(self.model._meta.get_field(self.field).verbose_name)  # type: ignore[union-attr]
        return f"{self.model._meta.verbose_name} {self.pk}: {field}"


def written() -> Iterator[tuple[type[models.Model], tuple[str, ...]]]:
    """Every model that holds free words, and the columns they are in."""
    for label, fields in WRITTEN.items():
        yield apps.get_model(label), fields
    for model in apps.get_models():
        if not model.__name__.startswith("Historical"):
            continue
        fields = tuple(column.name for column in model._meta.concrete_fields if is_free(column))
        if fields:
            yield model, fields


# Columns of the library's history in which nobody writes freely: by these, rows are known.
KEYS = frozenset(
    {"code", "slug", "reference", "year", "key", "unit", "kind", "part", "history_type"}
)


def is_free(column: models.Field) -> bool:
    """Whether people write freely in a column of the library's history."""
    is_text = type(column) in (models.TextField, models.CharField)
    return is_text and not column.choices and column.name not in KEYS


def is_name(model: type[models.Model], field: str) -> bool:
    """Whether an earlier title or name stands there: words that many rows may rightly share."""
    return (
        hasattr(model, "instance_type")
        and type(model._meta.get_field(field)) is models.CharField
        and field != "history_change_reason"
    )


def _rows(model: type[models.Model], field: str) -> models.QuerySet[models.Model]:
    """The rows to search. Historical rows are left out while the row itself still has the same
    text.

    The current text of a definition has to be corrected with its own form first.
    """
    rows = model._base_manager.all()
    if only := ONLY_OF.get((model._meta.label, field)):
        return only(rows)
    tracked = getattr(model, "instance_type", None)
    if tracked is None or field == "history_change_reason":
        return rows
    held = tracked._base_manager.filter(pk=OuterRef("id"), **{field: OuterRef(field)})
    if field in WRITTEN.get(tracked._meta.label, ()):
        only = ONLY_OF.get((tracked._meta.label, field))
        if only is None:
            return rows
        held = held.exclude(pk__in=only(tracked._base_manager.all()).values("pk"))
    return rows.exclude(Exists(held))


def find_text(words: str) -> list[Place]:
    """Every place whose text contains these words, in any case.

    Raises ChangeRefused for fewer than 3 letters.
    """
    wanted = words.strip()
    if len(wanted) < FEWEST_LETTERS:
        raise ChangeRefused(f"Enter at least {FEWEST_LETTERS} letters of the words", "words")
    found = [
        Place(model, pk, field, text)
        for model, fields in written()
        for field in fields
        for pk, text in _rows(model, field)
        .filter(**{f"{field}__icontains": wanted})
        .order_by("pk")
        .values_list("pk", field)[:MOST_SHOWN]
    ]
    inside = (place for within in WITHIN.values() for place in within.places())
    return [*found, *(place for place in inside if wanted.casefold() in place.text.casefold())]


def place_of(token: str) -> Place | None:
    """The place that a form names; None when that text no longer exists."""
    label, _, rest = token.rpartition(".")[0].rpartition(".")
    field = token.rpartition(".")[2]
    for model, fields in written():
        if (
            model._meta.label_lower == label
            and field in fields
            and rest.isascii()
            and rest.isdigit()
            and len(rest) < 19  # a longer number may be too large for a key in the database
        ):
            text = _rows(model, field).filter(pk=int(rest)).values_list(field, flat=True).first()
            return Place(model, int(rest), field, text) if text else None
    inside = (place for within in WITHIN.values() for place in within.places())
    return next((place for place in inside if place.token == token), None)


def same_words(chosen: Collection[Place]) -> list[Place]:
    """Every place with exactly the texts of some places, including shortened copies of them.

    A title or a name leaves the history of its own row alone: others may rightly have the same.
    """
    found: dict[str, Place] = {place.token: place for place in chosen}
    for place in chosen:
        if is_name_of(place):
            found |= {one.token: one for one in _same_name(place)}
    for text in {place.text.strip() for place in chosen if place.text.strip()}:
        for model, fields in written():
            for field in fields:
                if model not in WITHIN and is_name(model, field):
                    continue
                shortened = field == "history_change_reason"
                wanted = text[: audit.REASON_IN_HISTORY] if shortened else text
                rows = _rows(model, field).filter(**{f"{field}__contains": wanted})
                for pk, held in rows.values_list("pk", field):
                    if held.strip() == wanted:
                        place = Place(model, pk, field, held)
                        found[place.token] = place
        for within in WITHIN.values():
            found |= {one.token: one for one in within.places() if one.text.strip() == text}
    return list(found.values())


def is_name_of(place: Place) -> bool:
    return place.model not in WITHIN and is_name(place.model, place.field)


def _same_name(place: Place) -> Iterator[Place]:
    """The same title or name in every record of the same row."""
    rows = _rows(place.model, place.field)
    own = place.model._base_manager.filter(pk=place.pk).values("id")
    same = rows.filter(id__in=own, **{place.field: place.text})
    for pk, text in same.values_list("pk", place.field):
        yield Place(place.model, pk, place.field, text)


@transaction.atomic
def withdraw_text(
    *, tokens: Iterable[str], why: str, by: User, access: Access, at: datetime
) -> int:
    """Empty these texts in every place that has them; returns how many places there were.

    Raises ChangeRefused when no text is chosen or `why` is not a code of `Why`.
    """
    access.require(Capability.EDIT_PLANS)
    chosen = [place for token in tokens if (place := place_of(token))]
    if not chosen:
        raise ChangeRefused("Choose the words to withdraw", "places")
    if why not in list(Why):
        raise ChangeRefused("Choose why the words are withdrawn", "why")
    places = same_words(chosen)
    by_row: dict[tuple[type[models.Model], int], list[str]] = {}
    for place in places:
        by_row.setdefault((place.model, place.pk), []).append(place.field)
    for (model, pk), fields in by_row.items():
        if model in WITHIN:
            WITHIN[model].empty(pk, fields)
        else:
            _empty(model, pk, fields)
        audit.record(
            at=at,
            by=by,
            action=audit.WORDS_WITHDRAWN,
            obj=model(),
            key=f"{model._meta.label_lower} {pk}",
            changes=[
                *(audit.FieldChange(field, audit.SOME_TEXT, "") for field in fields),
                audit.FieldChange.of("why", None, why),
            ],
        )
    # The rows of imports that nobody has confirmed yet may hold the words too.
    ImportBatch.objects.exclude(kept={}).update(**EMPTIED)
    return len(places)


def _empty(model: type[models.Model], pk: int, fields: list[str]) -> None:
    values: dict[str, Any] = dict.fromkeys(fields, "")
    # Triggers of append-only tables allow an update only if it empties text and sets this mark.
    if any(column.name == MARK for column in model._meta.concrete_fields):
        values[MARK] = True
    if model is ReturnCell:
        # Raise the version: a page that still shows the words is now out of date.
        values["version"] = F("version") + 1
    model._base_manager.filter(pk=pk).update(**values)
