"""What was typed, merged with what others saved since, and what remains for somebody to choose."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from kpis.models import Return, ReturnCell
from kpis.returns.cells import CellText
from kpis.returns.in_hand import cells_of, text_of
from kpis.returns.merging import BoxChange, CellEntry, Merged, marks_at, merge
from kpis.returns.states import ReturnRefused


@dataclass(frozen=True)
class BoxConflict:
    """A box that two people changed: who saved it since the page was drawn, and when."""

    box: str
    saved_by: str
    saved_at: datetime
    is_own: bool  # saved by the same person, in another tab


@dataclass(frozen=True)
class Conflict:
    """What someone typed and what was saved since, for them to choose from. None of it is kept.

    `yours` is the cell as another save would leave it: untouched boxes hold what is newer.
    """

    series_id: int
    yours: CellText
    theirs: CellText
    version: int
    boxes: tuple[BoxConflict, ...]

    @property
    def last(self) -> BoxConflict:
        return max(self.boxes, key=lambda box: box.saved_at)

    @property
    def saved_by(self) -> str:
        return self.last.saved_by

    @property
    def saved_at(self) -> datetime:
        return self.last.saved_at


def merged_with(entry: CellEntry, cell: ReturnCell | None) -> Merged:
    """Merge what was typed with what is saved now, box by box."""
    saved = text_of(cell) if cell else CellText()
    newest = cell.version if cell else 0
    base = marks_at(entry.version, changes_of(cell), saved, newest)
    return merge(entry.text, saved, base=base, shown=entry.shown)


def changes_of(cell: ReturnCell | None) -> dict[str, list[BoxChange]]:
    stored = cell.box_changes if cell else {}
    return {box: [BoxChange.from_stored(row) for row in rows] for box, rows in stored.items()}


def took_from_others(cell: ReturnCell | None, merged: Merged, by: User) -> bool:
    """Whether an untouched box took what somebody else had saved since."""
    changes = changes_of(cell)
    return any(changes.get(box) and changes[box][-1].by != by.pk for box in merged.newer)


def typed_anew(submission: Return, entries: Iterable[CellEntry]) -> dict[int, tuple[int, CellText]]:
    """What was typed, to fill its boxes when a page is drawn again: version and text by series.

    Untouched boxes hold what is saved now. A cell in conflict keeps the version it was based on.
    """
    cells = cells_of(submission)
    found = {}
    for entry in entries:
        cell = cells.get(entry.series_id)
        merged = merged_with(entry, cell)
        if merged.text != (text_of(cell) if cell else CellText()):
            newest = cell.version if cell else 0
            version = entry.version if merged.conflicts else newest
            found[entry.series_id] = (version, merged.text)
    return found


def conflicts_of(
    clashing: Sequence[tuple[int, ReturnCell | None, Merged]], by: User
) -> tuple[Conflict, ...]:
    """Both versions of each cell, and who saved each box and when, as far as that was recorded."""
    last = {
        (key, box): changes[-1]
        for key, cell, _ in clashing
        if cell
        for box, changes in changes_of(cell).items()
    }
    people = User.objects.in_bulk({change.by for change in last.values()} - {None})
    conflicts = []
    for key, cell, merged in clashing:
        if cell is None:
            raise ReturnRefused("This figure was cleared in the meantime. Load the page again.")
        boxes = []
        for box in merged.conflicts:
            change = last.get((key, box))
            person = people.get(change.by) if change else cell.saved_by
            saved_at = change.at if change else cell.saved_at
            is_own = person is not None and person.pk == by.pk
            boxes.append(BoxConflict(box, str(person or "the tracker"), saved_at, is_own))
        conflicts.append(Conflict(key, merged.text, text_of(cell), cell.version, tuple(boxes)))
    return tuple(conflicts)
