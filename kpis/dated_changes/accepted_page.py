"""The levels of a measure that the board accepts: what waits, and what was decided."""

from __future__ import annotations

from dataclasses import dataclass

from kmpt_tracker.ui.formats import format_date
from kpis.assessments.inputs import measure_terms
from kpis.dated_changes.changes_page import PROPOSED, ChangeRow, DatedPage
from kpis.judging.accepted import Accepted, accepted_level
from kpis.models import AcceptedLevel, Measure


@dataclass(frozen=True)
class AcceptedPage(DatedPage):
    """The page of one measure; `is_rated`: a level of it can be accepted at all."""

    measure: Measure

    @property
    def is_rated(self) -> bool:
        return not self.measure.is_milestone and self.measure.direction != "neutral"


def accepted_page(measure: Measure) -> AcceptedPage:
    terms = measure_terms(measure)
    rows = []
    for level in (
        AcceptedLevel.objects.filter(measure=measure)
        .select_related("measure", "proposed_by", "decided_by")
        .order_by("proposed_at", "pk")
    ):
        held = Accepted(level=level.level, since=level.effective_from, until=level.ends_on)
        words = f"{accepted_level(held, terms)}, to {format_date(level.ends_on)}"
        rows.append(ChangeRow(level, "The board accepts", f"{words} ({level.meeting})"))
    return AcceptedPage(
        waiting=tuple(row for row in rows if row.change.outcome == PROPOSED),
        decided=tuple(row for row in reversed(rows) if row.change.outcome != PROPOSED),
        caption="Levels that were recorded, latest first",
        measure=measure,
    )
