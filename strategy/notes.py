"""Contradictions and ambiguities, shown at the rows they touch: for fixtures, pages and files.

A note names a row by kind and key: "target:strategy-2023-26/2.1.5". The kind is the model's
`noted_as`; the key is the natural key joined by "/". A row that represents others too (a target its
measure) lists them in `noted_with`, and their notes are shown at it as well.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, cast

from django.apps import apps
from django.db.models import Model, QuerySet

from kmpt_tracker.questions import answered_once
from kmpt_tracker.ui.formats import format_count
from strategy.models import NoteLink
from strategy.recorded import restored_parents

Touched = tuple[str, str]


class Noted(Protocol):
    """A row that notes can touch."""

    noted_as: str

    def natural_key(self) -> tuple: ...


def noted_models() -> dict[str, type[Model]]:
    """The models that notes can touch, by kind, from every app."""
    return {model.noted_as: model for model in apps.get_models() if hasattr(model, "noted_as")}


def key_text(key: Iterable[object]) -> str:
    """A natural key as notes write it: its parts joined by "/"."""
    return "/".join(str(part) for part in key)


def touched(row: Model) -> Touched:
    """The kind and key by which a note names the row."""
    noted = cast(Noted, row)
    return noted.noted_as, key_text(noted.natural_key())


def _places(row: Model) -> Iterator[Touched]:
    """The row itself, and the rows whose notes it shows too."""
    yield touched(row)
    for other in getattr(row, "noted_with", ()):
        yield touched(other)


class Remark(Protocol):
    """What is shown as a note: a note itself, or what another app has to say of a row's words."""

    @property
    def pk(self) -> Any: ...
    @property
    def key(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def text(self) -> str: ...
    def get_kind_display(self) -> str: ...


@dataclass(frozen=True)
class Notes:
    """The notes at the rows of one page."""

    by_row: Mapping[Touched, tuple[Remark, ...]] = field(default_factory=dict)

    def at(self, *rows: Model) -> tuple[Remark, ...]:
        """The notes at one row, or at several that are shown together, without repeats."""
        places = (place for row in rows for place in _places(row))
        found = {note.pk: note for place in places for note in self.by_row.get(place, ())}
        return tuple(found.values())

    def on_all(self, rows: Iterable[Model]) -> tuple[Remark, ...]:
        """The notes on every one of several rows: printed above the list, not in it."""
        each = [self.at(row) for row in rows]
        if len(each) < 2:
            return ()
        return tuple(note for note in each[0] if all(note in others for others in each[1:]))

    @property
    def once(self) -> "NotesOnce":
        """The same notes for one list of rows."""
        return NotesOnce(self)

    @property
    def all(self) -> tuple[Remark, ...]:
        """Every note of the page once, ordered by key."""
        found = {note.pk: note for notes in self.by_row.values() for note in notes}
        return tuple(sorted(found.values(), key=lambda note: note.key))

    @property
    def counted(self) -> str:
        """ "7 notes on the text"."""
        count = len(self.all)
        return f"{format_count(count, 'note')} on the text"

    def with_more(self, row: Model, notes: tuple[Remark, ...]) -> "Notes":
        """These notes, and those of a row that was read with another list."""
        return Notes({**self.by_row, touched(row): notes}) if notes else self


class NotesOnce:
    """Notes within one list: in full at the first row they touch, then only as a mark."""

    def __init__(self, notes: Notes) -> None:
        self.notes = notes
        self._shown: set[Any] = set()

    def divide(self, found: Iterable[Remark]) -> tuple[list[Remark], list[Remark]]:
        """Notes to show in full now, and notes that were already shown further up."""
        fresh: list[Remark] = []
        shown: list[Remark] = []
        for note in found:
            (shown if note.pk in self._shown else fresh).append(note)
        self._shown.update(note.pk for note in fresh)
        return fresh, shown


class NotesFolded(NotesOnce):
    """Notes that are all shown in full in one place: at a row, only a mark that opens them."""

    def divide(self, found: Iterable[Remark]) -> tuple[list[Remark], list[Remark]]:
        return [], list(found)


def notes_on(rows: Iterable[Model], known_at: datetime | None = None) -> Notes:
    """The notes that touch any of these rows, as recorded at a moment; now in one query."""
    wanted = {place for row in rows for place in _places(row)}
    if not wanted:
        return Notes()
    links = _links({kind for kind, _ in wanted}, {key for _, key in wanted})
    return _notes_of([link for link in links if link.touched in wanted], known_at)


def notes_on_kinds(*kinds: str, known_at: datetime | None = None) -> Notes:
    """Every note that touches a row of some kinds, as recorded at a moment; now in one query."""
    return _notes_of(_links(kinds, None), known_at)


@answered_once
def _links(kinds: Collection[str], keys: Collection[str] | None) -> QuerySet[NoteLink]:
    """The notes on rows of some kinds, with some keys: those of other rows among them too."""
    rows = NoteLink.objects.filter(object_type__in=kinds)
    if keys is not None:
        rows = rows.filter(object_key__in=keys)
    return rows.select_related("note").order_by("note__key")


def _notes_of(links: Sequence[NoteLink], known_at: datetime | None) -> Notes:
    found: dict[Touched, list[Remark]] = defaultdict(list)
    for link in restored_parents(links, "note", known_at):
        found[link.touched].append(link.note)
    return Notes({place: tuple(notes) for place, notes in found.items()})
