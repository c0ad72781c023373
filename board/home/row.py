"""One line of the list of what needs the board's attention."""

from dataclasses import dataclass

from board.home.attention import Attention
from board.home.wording import Said, said_of
from kpis.judging.wording import brief_status
from kpis.plans.status import PromiseRow


@dataclass(frozen=True)
class AttentionRow:
    """A promise, and why it needs attention."""

    promise: PromiseRow
    item: Attention

    @property
    def said(self) -> Said:
        """The rest of the sentence that begins with the measure's name."""
        return said_of(self.promise)

    @property
    def notes(self) -> list[str]:
        """What comes under the sentence, after its objective: first whose it is."""
        row = self.promise
        notes = [row.owner] if row.owner else []
        if self.item.promises > 1:
            notes.append(f"misses {self.item.promises} targets of the plan")
        if row.change:
            notes.append(f"changed this month, was {brief_status(row.before, row.terms)}")
        if row.is_illustrative:
            notes.append("illustrative")
        return notes
