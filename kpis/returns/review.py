"""What the review of a return shows: what to look at first, corrections, and who may decide."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from accounts.models import User
from kmpt_tracker.ui.formats import format_moment, format_month_short
from kpis.models import Decision, Return
from kpis.returns.approve import own_rows
from kpis.returns.corrections import waiting_text
from kpis.returns.effect import trust_effects
from kpis.returns.page import return_page
from kpis.returns.review_row import COUNTED, HEADINGS, Look, ReviewRow
from kpis.returns.row import ReturnRow
from kpis.returns.waiting import waiting_rows, what_happened_since
from strategy.periods import Month

Status = Return.Status


@dataclass(frozen=True)
class Marks:
    """What an approver has ticked and written on the page."""

    back: frozenset[int] = frozenset()
    reasons: Mapping[int, str] = field(default_factory=dict)
    reason: str = ""
    is_whole: bool = False
    version: int = 0

    def reason_of(self, key: int) -> str:
        return self.reasons.get(key, "").strip() or self.reason.strip()


@dataclass(frozen=True)
class ReviewPage:
    """A return as its approver sees it."""

    submission: Return
    rows: tuple[ReviewRow, ...]
    before_months: tuple[Month, ...]
    now: datetime
    is_submitter: bool
    is_locked: bool
    is_illustrative: bool
    marks: Marks
    changed: str  # who changed the return last, when and how
    faults: Mapping[str, str] = field(default_factory=dict)  # by the id of the box
    illustrative_words = "Figures of earlier months may be invented."

    @property
    def title(self) -> str:
        group, month = self.submission.care_group.name, self.submission.period.month
        section = self.submission.section
        return f"Review: {group}, {f'{section.title}, ' if section else ''}{month.label}"

    @property
    def sent_words(self) -> str:
        """ "Submitted 9 Nov 2026, 3:20pm, by Owen Price · on time"."""
        first, last = self.submission.submitted_at, self.submission.sent_in_at
        if first is None or last is None:
            return ""
        on_time = "on time" if first <= self.submission.period.closes_at else "late"
        return f"Submitted {format_moment(last)}, by {self.submission.submitted_words} · {on_time}"

    @property
    def table(self) -> list[tuple[str, list[ReviewRow]]]:
        """The rows under their headings, those to look at first on top; no corrections."""
        found: list[tuple[str, list[ReviewRow]]] = []
        for look, heading in HEADINGS.items():
            rows = [row for row in self._listed if row.look is look]
            if rows:
                found.append((f"{heading} ({len(rows)})", rows))
        return found

    @property
    def _listed(self) -> list[ReviewRow]:
        """A submitted return whole; of others only what waits."""
        whole = self.submission.status == Status.SUBMITTED
        return [row for row in self.rows if not row.correction and (whole or row.waiting)]

    @property
    def corrections(self) -> list[ReviewRow]:
        return [row for row in self.rows if row.correction]

    @property
    def corrections_title(self) -> str:
        count = len(self.corrections)
        return (
            "Correction of an approved figure" if count == 1 else "Corrections of approved figures"
        )

    @property
    def month_words(self) -> str:
        return format_month_short(self.submission.period.month)

    @property
    def decidable(self) -> list[ReviewRow]:
        return [row for row in self.rows if row.can_be_marked]

    @property
    def decides_one_by_one(self) -> bool:
        """Whether a correction can be approved by itself: something else waits as well."""
        return self.may_decide and len(self.decidable) > 1

    def alone(self, act: str) -> ReviewRow | None:
        """The correction that is approved by itself, by the button that was pressed."""
        rows = (row for row in self.decidable if row.correction)
        return next((row for row in rows if act == f"approve-{row.key}"), None)

    @property
    def own(self) -> list[ReviewRow]:
        return [row for row in self.rows if row.waiting and row.is_own]

    @property
    def waits(self) -> bool:
        """Whether there is anything to decide on, by this reader or by somebody else."""
        is_sent = self.submission.status == Status.SUBMITTED
        return is_sent or any(row.waiting for row in self.rows)

    @property
    def may_decide(self) -> bool:
        if not self.waits or self.is_submitter or self.is_locked:
            return False
        return bool(self.decidable) or not self.own

    @property
    def said_first(self) -> str:
        """The first sentence: how many figures are in, or that nothing waits."""
        if not self.waits:
            stands = self.submission.get_status_display().lower()
            since = f": {self.changed}" if self.changed else ""
            return f"Nothing of this return waits for a decision. It is {stands}{since}."
        if self.submission.is_nil:
            return f"A nil return: nothing to report. “{self.submission.nil_reason}”"
        if self.submission.status != Status.SUBMITTED:
            count = len([row for row in self.rows if row.waiting])
            figures = "1 row waits" if count == 1 else f"{count} rows wait"
            stands = self.submission.get_status_display().lower()
            return f"{figures} for a decision; the return is {stands}."
        held = sum(row.row.read.has_figure for row in self.rows)
        return f"{held} of {len(self.rows)} figures are in."

    @property
    def looks(self) -> list[tuple[str, str]]:
        """What to look at first: the anchor of the first such row, and how many there are."""
        found = []
        for look, words in COUNTED.items():
            rows = [row for row in self._listed if row.look is look]
            if rows:
                found.append((rows[0].anchor, f"{len(rows)} {words[len(rows) > 1]}"))
        return found

    @property
    def look_count(self) -> int:
        return sum(row.look is not Look.EXPECTED for row in self._listed)

    @property
    def rest_words(self) -> str:
        rest = sum(row.look is Look.EXPECTED for row in self._listed)
        if not rest:
            return ""
        other = "other " if self.look_count else ""
        if rest == 1:
            return f"The {other}1 is as expected." if other else "The only row is as expected."
        return f"The other {rest} are as expected." if other else f"All {rest} are as expected."

    @property
    def corrections_words(self) -> str:
        count = len(self.corrections)
        return f"{count} approved {'figure is' if count == 1 else 'figures are'} to be corrected"

    @property
    def own_words(self) -> str:
        """Why this reader decides on nothing, or not on everything."""
        if not self.waits:
            return ""
        if self.is_locked:
            return "The month is locked: nothing can be decided in it."
        if self.is_submitter:
            return (
                "You submitted this return, so somebody else of the performance team decides on it."
            )
        if self.own and not self.decidable:
            return "You entered all that waits, so somebody else decides on it."
        if self.own:
            names = ", ".join(row.row.asked.name for row in self.own)
            return f"You entered {names}: somebody else decides on that."
        return ""

    @property
    def bar_words(self) -> str:
        """In the bar with the two buttons."""
        count = len(self.marks.back)
        marked = (
            f"{count} {'row is' if count == 1 else 'rows are'} marked to go back. " if count else ""
        )
        if self.own:
            return f"{marked}{self.own_words}"
        return f"{marked}You entered none of these figures, so you may approve."

    @property
    def approve_words(self) -> str:
        """Of the button: "Approve all 15", "Approve the other 14"."""
        left = len(self.decidable) - len(self.marks.back)
        if not self.decidable:
            return "Approve"
        if self.own or self.marks.back:
            return f"Approve the other {left}" if left else "Send back what is marked"
        return f"Approve all {left}" if left > 1 else "Approve"

    @property
    def errors(self) -> list[tuple[str, str]]:
        """What is wrong with what was ticked and written, each with the id of its box."""
        return list(self.faults.items())

    @property
    def reason_error(self) -> str:
        return self.faults.get("why", "")

    @property
    def scope_error(self) -> str:
        return self.faults.get("scope", "")

    def faults_in(self, marks: Marks, act: str) -> dict[str, str]:
        """What is missing before this can be done: a reason for whatever goes back."""
        if act == "back" and marks.is_whole:
            return {} if marks.reason.strip() else {"why": "Say why the return goes back"}
        if act == "back" and not marks.back:
            return {"scope": "Mark the rows that go back, or choose the whole return"}
        return {
            f"why-{row.key}": f"{row.row.asked.name}: say what they should check"
            for row in self.decidable
            if row.key in marks.back and not marks.reason_of(row.key)
        }


def review_page(
    submission: Return,
    *,
    reader: User,
    now: datetime,
    marks: Marks | None = None,
    faults: Mapping[str, str] | None = None,
) -> ReviewPage:
    """A return as it was submitted, for whoever may decide on it."""
    marks = marks or Marks()
    waiting = waiting_rows(submission)
    typed = {key: (0, waiting_text(row)) for key, row in waiting.items()}
    page = return_page(submission, now=now, typed=typed, waiting=waiting)
    own = own_rows(submission, waiting, reader)
    corrected = [row for row in page.rows if row.correction and row.correction.approved]
    decisions = _decisions(corrected)
    effects = trust_effects({row.asked.key: (row.asked, row.read) for row in corrected})
    rows = tuple(
        ReviewRow(
            row=row,
            waiting=waiting.get(row.asked.key),
            is_own=row.asked.key in own,
            is_marked=row.asked.key in marks.back,
            reason=marks.reasons.get(row.asked.key, ""),
            error=(faults or {}).get(f"why-{row.asked.key}", ""),
            effect=effects.get(row.asked.key),
            approved=decisions.get(row.asked.key),
        )
        for row in page.rows
    )
    return ReviewPage(
        submission=submission,
        rows=rows,
        before_months=page.before_months,
        now=now,
        is_submitter=bool(waiting) and submission.last_submitted_by_id == reader.pk,
        is_locked=page.is_locked,
        is_illustrative=page.is_illustrative,
        marks=marks,
        changed=what_happened_since(submission) if submission.pk else "",
        faults=faults or {},
    )


def _decisions(corrected: Iterable[ReturnRow]) -> dict[int, Decision]:
    """Who approved each figure that is to be corrected, and when, by row."""
    held = {
        row.asked.key: row.correction.approved.actual_id
        for row in corrected
        if row.correction and row.correction.approved
    }
    rows = Decision.objects.filter(actual__in=held.values()).select_related("decided_by")
    decided = {row.actual_id: row for row in rows}
    return {key: decided[pk] for key, pk in held.items() if pk in decided}
