"""One row of the review of a return: read only, with what is unusual and what was said."""

from dataclasses import dataclass
from enum import StrEnum

from kmpt_tracker.ui.formats import format_date
from kpis.judging.comments_asked import NarrativeReason
from kpis.judging.wording import parts_words, rule_words, status_words
from kpis.models import Decision
from kpis.returns.corrections import Correction
from kpis.returns.effect import Effect
from kpis.returns.row import ReturnRow
from kpis.returns.waiting import WaitingRow

# The end of a question to whoever typed a figure; the approver reads the question only.
ASKED_OF_LEAD = " Check the figure, then confirm it."

ASKED_BECAUSE = {
    NarrativeReason.SPECIAL_CAUSE: "this is more than chance",
    NarrativeReason.CHANGE_OF_STATUS: "the status has changed",
    NarrativeReason.CONSISTENTLY_FAILS: "the usual range misses the target",
}


class Look(StrEnum):
    """Why an approver looks at a row first, in the order in which the review shows them."""

    UNUSUAL = "unusual"
    UNEXPLAINED = "unexplained"
    CHANGED = "changed"
    EMPTY = "empty"
    EXPECTED = "expected"


HEADINGS = {
    Look.UNUSUAL: "Unusual: outside what earlier figures would lead us to expect",
    Look.UNEXPLAINED: "A comment is asked for, and none is here",
    Look.CHANGED: "Changed status since the window before",
    Look.EMPTY: "No figure",
    Look.EXPECTED: "As expected: inside the usual range, no change of status",
}
# How many there are, in the sentence at the top of the page: singular and plural.
COUNTED = {
    Look.UNUSUAL: ("is unusual", "are unusual"),
    Look.UNEXPLAINED: (
        "has no comment where one is asked for",
        "have no comment where one is asked for",
    ),
    Look.CHANGED: ("changed status", "changed status"),
    Look.EMPTY: ("has no figure", "have no figure"),
}


@dataclass(frozen=True)
class Quote:
    """What was said about a figure, and by whom."""

    words: str
    who: str


@dataclass(frozen=True)
class ReviewRow:
    """A row of a return as its approver sees it: read only, with what is unusual."""

    row: ReturnRow
    waiting: WaitingRow | None
    is_own: bool
    is_marked: bool = False
    reason: str = ""
    error: str = ""
    effect: Effect | None = None
    approved: Decision | None = None

    @property
    def key(self) -> int:
        return self.row.asked.key

    @property
    def anchor(self) -> str:
        return f"r{self.key}"

    @property
    def can_be_marked(self) -> bool:
        return self.waiting is not None and not self.is_own

    @property
    def look(self) -> Look:
        reasons = self.row.narrative.reasons
        if not self.row.read.has_figure and not self.row.read.is_withdrawn:
            return Look.EMPTY
        if self.row.read.warnings or NarrativeReason.SPECIAL_CAUSE in reasons:
            return Look.UNUSUAL
        if self.row.lacks_comment:
            return Look.UNEXPLAINED
        return Look.CHANGED if self._changed else Look.EXPECTED

    @property
    def marks(self) -> str:
        """The classes of its lines: to be looked at, and off target or without a comment."""
        if self.look in (Look.EXPECTED, Look.EMPTY):
            return ""
        is_bad = self.row.lacks_comment or status_words(self.row.result, self.row.terms) in (
            "off target",
            "off track",
        )
        return " is-first is-bad" if is_bad else " is-first"

    @property
    def _changed(self) -> str:
        """ "On target → off target"; empty where the status is as it was."""
        before = self.row.before[-1]
        was = status_words(before, self.row.terms) if before else ""
        now = status_words(self.row.result, self.row.terms)
        return f"{was.capitalize()} → {now}." if was and now and was != now else ""

    @property
    def flag(self) -> str:
        """What is unusual about the figure, in a sentence or two."""
        said = [warning.removesuffix(ASKED_OF_LEAD) for warning in self.row.read.warnings]
        if not said and self.look is Look.UNUSUAL:
            said = [rule_words(self.row.result, self.row.terms)]
        said.append(self._changed)
        if self.row.lacks_comment:
            why = [ASKED_BECAUSE[reason] for reason in self.row.narrative.reasons]
            said.append(f"A comment is asked for, none is here: {', and '.join(why)}.")
        return " ".join(words for words in said if words)

    @property
    def quotes(self) -> list[Quote]:
        """What the care group said about the figure, as written."""
        text, waiting = self.row.text, self.waiting
        who = str((waiting.actual.recorded_by if waiting and waiting.actual else None) or "")
        if waiting and not who:
            who = str(waiting.cell.saved_by or "")
        said = []
        if self.row.read.warnings and text.confirm_reason.strip():
            ticked = f"{who}, who ticked “{self.row.confirm_words}”" if who else ""
            said.append(Quote(text.confirm_reason, ticked))
        if text.comment.strip():
            writer = waiting.comment.written_by if waiting and waiting.comment else None
            said.append(Quote(text.comment, str(writer or who)))
        if text.no_data_reason.strip() and not self.row.read.has_figure:
            said.append(Quote(text.no_data_reason, who))
        return said

    @property
    def has_more(self) -> bool:
        """Whether a line below the figure says what is unusual, or what was said."""
        return bool(self.flag or self.quotes)

    @property
    def parts(self) -> str:
        return parts_words(self.row.result, self.row.terms)

    # --- A correction --------------------------------------------------------------------------

    @property
    def correction(self) -> Correction | None:
        """The correction of an approved figure; None where no figure is approved."""
        found = self.row.correction
        return found if found and found.approved else None

    @property
    def approved_words(self) -> str:
        """ "Approved 16 Sep 2026 by Tom Ward"."""
        if self.approved is None:
            return "Approved"
        by = f" by {self.approved.decided_by}" if self.approved.decided_by else ""
        return f"Approved {format_date(self.approved.decided_at)}{by}"

    @property
    def proposed_words(self) -> str:
        found = self.row.correction
        return f"Proposed {format_date(found.at)} by {found.by}" if found else ""

    @property
    def effects(self) -> list[str]:
        """What the correction changes: the group's own figure first, then the whole trust's."""
        found = self.row.correction
        if found is None or found.approved is None:
            return []
        own = Effect(
            self.row.series.care_group.name,
            found.approved,
            None if found.is_withdrawal else found.proposed,
            self.row.terms,
        )
        return [
            *([f"{own.change_words}."] if own.change_words else []),
            f"{own.words}.",
            *([f"{self.effect.words}."] if self.effect else []),
        ]
