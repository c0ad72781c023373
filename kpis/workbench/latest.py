"""What was changed in a draft last, from the audit record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Q

from accounts.models import AuditEvent
from kmpt_tracker.ui.formats import MISSING, format_date
from kpis.models import DraftLine, PlanDraft
from strategy.moments import london_date

SHOWN = 4
LONGEST = 60
# Fields whose old and new values are said; words are only in the draft.
SAID = {
    "value": "target",
    "upper_value": "upper value",
    "baseline": "baseline",
    "floor": "near target from",
    "due_on": "due",
    "measure": "measure",
    "owner": "owner",
}


@dataclass(frozen=True)
class Latest:
    """One change: the day, who, and what."""

    day: str
    who: str
    words: str


def latest_changes(draft: PlanDraft, rows: Iterable[DraftLine]) -> Iterator[Latest]:
    """The last changes of a draft, newest first; one query."""
    lines = {str(row): row for row in rows}
    of_lines = Q(object_type=DraftLine._meta.label_lower, object_key__startswith=f"{draft.code} ")
    own = Q(object_type=PlanDraft._meta.label_lower, object_key=str(draft))
    events = AuditEvent.objects.filter(of_lines | own).select_related("by").order_by("-pk")
    for event in events[:SHOWN]:
        yield Latest(
            day=format_date(london_date(event.at)),
            who=str(event.by or ""),
            words=_words(event, lines.get(event.object_key)),
        )


def _words(event: AuditEvent, line: DraftLine | None) -> str:
    done = event.action.removeprefix("plan draft ").removeprefix("plan ")
    moves = [
        f"{SAID[change['field']]} {change['old'] or MISSING} → {change['new'] or MISSING}"
        for change in event.changes
        if change["field"] in SAID
    ]
    said = f"{done}: {', '.join(moves)}" if moves else done
    if line is None:
        return said
    words = line.statement
    short = words if len(words) <= LONGEST else f"{words[:LONGEST].rstrip()}…"
    return f"“{short}” {said}"
