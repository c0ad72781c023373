"""What stands at a text that was changed since it was published: when, by whom, why, and from what.

Shown with the notes on a row, wherever those are (`strategy.notes`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Model, QuerySet

from accounts.permissions import reads_publicly
from kmpt_tracker.questions import answered_once
from kmpt_tracker.ui.formats import format_date
from kpis.assessments.as_known import decided
from kpis.models import TextChange
from kpis.plans.texts import KINDS, called
from strategy.notes import Notes, Touched, notes_on, touched


@dataclass(frozen=True)
class Remark:
    """A change of a text, as a note at its row."""

    pk: str
    text: str
    kind: str = "changed"

    @property
    def key(self) -> str:
        """Its place among all notes of a page: after those on the documents."""
        return f"~{self.pk}"

    def get_kind_display(self) -> str:
        return "Changed since it was published"


def notes_and_changes(rows: Iterable[Model], known_at: datetime | None = None) -> Notes:
    """The notes on rows, and the changes of their texts decided by a moment; now in two queries."""
    found = list(rows)
    notes = notes_on(found, known_at)
    more = changes_at(found, known_at)
    by_row = {
        place: (*notes.by_row.get(place, ()), *more.get(place, ()))
        for place in (*notes.by_row, *more)
    }
    return Notes(by_row) if more else notes


def changes_at(
    rows: Iterable[Model], known_at: datetime | None
) -> dict[Touched, tuple[Remark, ...]]:
    wanted = {place for row in rows if (place := touched(row))[0] in KINDS}
    found: dict[Touched, list[Remark]] = defaultdict(list)
    for change in _text_changes({kind for kind, _ in wanted}, {key for _, key in wanted}, known_at):
        if (place := (change.object_type, change.object_key)) in wanted:
            found[place].append(Remark(f"text-{change.pk}", remark_words(change)))
    return {place: tuple(remarks) for place, remarks in found.items()}


@answered_once
def _text_changes(
    kinds: Collection[str], keys: Collection[str], at: datetime | None
) -> QuerySet[TextChange]:
    """The changed texts of rows of some kinds, with some keys: of other rows among them too."""
    rows = TextChange.objects.filter(object_type__in=kinds, object_key__in=keys)
    return decided(rows, at).select_related("proposed_by", "decided_by")


def remark_words(change: TextChange) -> str:
    """ "Title changed on 3 Dec 2026 by Priya Shah, because: The board asked. Before: “Old”."

    Everyone reads the day and the words, but no names and no reasons.
    """
    what = called(change.object_type, change.field)
    before = f"Before: “{change.old}”." if change.old else "Before: nothing."
    changed = f"{what} changed on {format_date(change.effective_from)}"
    if reads_publicly():
        return f"{changed}. {before}"
    who = " and ".join(
        dict.fromkeys(str(one) for one in (change.proposed_by, change.decided_by) if one)
    )
    reason = change.reason.strip().rstrip(".") or "(the reason was withdrawn)"
    return f"{changed} by {who}, because: {reason}. {before}"
