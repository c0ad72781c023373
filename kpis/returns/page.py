"""What the page of a monthly return shows: one row a measure, judged as it is typed."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from kmpt_tracker.ui.formats import format_count, format_deadline, format_moment
from kpis.asked.stamps import Stamps
from kpis.models import Return
from kpis.returns.cells import CellText, Fault
from kpis.returns.conflicts import Conflict, merged_with
from kpis.returns.corrections import Correction, approved_texts, correction_in, sent_back_of
from kpis.returns.in_hand import cells_of, text_of
from kpis.returns.merging import CellEntry
from kpis.returns.row import LEFT, ReturnRow
from kpis.returns.rows import KeptRows
from kpis.returns.submit import ToFinish
from kpis.returns.waiting import WaitingRow, corrections_words, waiting_rows
from kpis.rollup import Origin
from strategy.moments import london_date
from strategy.periods import Month

TO_DO: dict[str, str] = {
    Return.Status.DRAFT: (
        "Enter each figure, or say why there is none. Nothing is sent until you choose Submit "
        "return; the board sees figures once the performance team has approved them."
    ),
    Return.Status.SUBMITTED: (
        "Sent to the performance team. There is nothing more to do, unless a figure is wrong: "
        "change it and choose Submit return again."
    ),
    Return.Status.RETURNED: (
        "Put right what the performance team asks about, then choose Submit return again."
    ),
    Return.Status.APPROVED: (
        "Approved, and shown to the board. To correct a figure, change it, say why, and choose "
        "Submit return; the approved one stands until the correction is approved."
    ),
}


@dataclass(frozen=True)
class ReturnPage:
    """A return as its lead, and the performance team, see it."""

    submission: Return
    rows: tuple[ReturnRow, ...]
    before_months: tuple[Month, ...]
    is_locked: bool

    now: datetime
    corrections: int = 0  # rows that wait for a decision while the return stays approved
    saved_at: datetime | None = None
    illustrative_words = "Figures of earlier months may be invented; what you enter is not."

    @property
    def ready(self) -> int:
        return sum(row.is_ready for row in self.rows)

    @property
    def is_complete(self) -> bool:
        return self.ready == len(self.rows)

    @property
    def is_illustrative(self) -> bool:
        """Whether one of the figures shown next to the boxes is illustrative."""
        return any(
            shown is not None and shown.origin == Origin.ILLUSTRATIVE
            for row in self.rows
            for shown in (*row.before, row.held)
        )

    @property
    def groups(self) -> list[tuple[str, list[ReturnRow]]]:
        found: dict[str, list[ReturnRow]] = {}
        for row in self.rows:
            found.setdefault(row.group[1], []).append(row)
        return list(found.items())

    @property
    def has_conflicts(self) -> bool:
        return any(row.conflict for row in self.rows)

    @property
    def conflict_title(self) -> str:
        if all(clash.last.is_own for row in self.rows for clash in row.clashes):
            return "You have changed a figure in another tab"
        return "Someone else has changed a figure"

    @property
    def conflict_errors(self) -> list[tuple[str, str]]:
        return [error for row in self.rows for error in row.conflicts_in_summary]

    @property
    def errors(self) -> list[tuple[str, str]]:
        """What is wrong, each with the id of the box it concerns."""
        return [error for row in self.rows for error in row.errors_in_summary]

    @property
    def is_coming(self) -> bool:
        """Whether entry has not opened yet: its day was moved."""
        return self.now < self.submission.period.opens_at

    @property
    def facts(self) -> list[tuple[str, str]]:
        """When the return is due, and when and by whom it was submitted and approved."""
        submission, period = self.submission, self.submission.period
        days = abs((london_date(period.closes_at) - london_date(self.now)).days)
        if submission.is_reopened:
            due = f"opened again {format_moment(submission.reopened_at)}"
        elif period.locked_at:
            due = "the month is locked"
        elif self.is_coming:
            due = f"entry opens {format_moment(period.opens_at)}"
        elif not days:
            due = "today" if self.now <= period.closes_at else "closed today"
        else:
            left = "left" if self.now < period.closes_at else "late"
            due = f"{format_count(days, 'day')} {left}"
        submitted = approved = ""
        if submission.sent_in_at:
            submitted = f"{format_moment(submission.sent_in_at)}, {submission.submitted_words}"
        if submission.approved_at:
            approved = f"{format_moment(submission.approved_at)}, {submission.approved_words}"
        return [
            ("Due", f"{format_deadline(period.closes_at)}, {due}"),
            ("Submitted", submitted),
            ("Approved", approved),
            ("After you submit", self.still_open),
        ]

    @property
    def still_open(self) -> str:
        """How long a figure can be changed; empty once the month is locked."""
        period = self.submission.period
        if period.locked_at:
            return ""
        if self.now < period.freezes_at:
            until = f"locked, {format_moment(period.freezes_at)}"
        else:
            until = "locked; that may be any day now"
        return f"You can still change figures until the month is {until}"

    @property
    def corrections_words(self) -> str:
        """ "1 correction waiting": shown next to the status, which stays approved."""
        return corrections_words(self.corrections)

    @property
    def nil_words(self) -> str:
        """The words for a nil return that was submitted or approved."""
        if not self.submission.is_nil:
            return ""
        return f"A nil return: nothing to report. {self.submission.nil_reason}"

    @property
    def offers_nil(self) -> bool:
        """Whether it can be submitted as a nil return: nothing is typed, and nobody has sent it."""
        sent = (Return.Status.SUBMITTED, Return.Status.APPROVED)
        typed = any(row.text.has_figure or row.text.withdrawn for row in self.rows)
        return bool(self.rows) and not typed and self.submission.status not in sent

    @property
    def can_be_recalled(self) -> bool:
        """Whether something was submitted that nobody has decided on yet."""
        return self.submission.status == Return.Status.SUBMITTED or self.corrections > 0

    @property
    def recall_words(self) -> str:
        if self.corrections:
            return f"{self.corrections_words}. Until somebody has decided you can take it back:"
        return "Until somebody has decided you can take the return back to draft:"

    @property
    def sent_back(self) -> list[ReturnRow]:
        """The rows that were sent back on their own, with the reason at each."""
        return [row for row in self.rows if row.sent_back]

    @property
    def what_to_do(self) -> str:
        """What the lead does with the return in its present status."""
        return TO_DO.get(self.submission.status, TO_DO[Return.Status.DRAFT])

    @property
    def left(self) -> dict[str, int]:
        """What is still to be done, by kind and number of rows."""
        counts = Counter(kind for row in self.rows for kind in row.left)
        return {kind: counts[kind] for kind in LEFT if counts[kind]}

    @property
    def done_words(self) -> str:
        """What the page says when nothing is left to do."""
        if self.submission.status in (Return.Status.SUBMITTED, Return.Status.APPROVED):
            status = self.submission.get_status_display()
            return f"{status}. Submit again only after a change."
        return "Everything is ready to submit."

    @property
    def left_to_do(self) -> str:
        """What is still to be done, counted by kind; or that nothing is."""
        if self.is_complete:
            return self.done_words
        parts = [f"{count} {LEFT[kind][count > 1]}" for kind, count in self.left.items()]
        return f"{len(self.rows) - self.ready} to finish: {', '.join(parts)}"

    @property
    def lacks_only_comments(self) -> bool:
        """Whether comments are all that is left: it may be submitted without them."""
        return set(self.left) == {"comment"}

    @property
    def ready_words(self) -> str:
        """After the number of rows that are ready: "ready, 2 comments to write"."""
        comments = self.left.get("comment", 0)
        return f"ready, {comments} {LEFT['comment'][comments > 1]}" if comments else "ready"

    @property
    def kept_words(self) -> str:
        """When something was saved last; empty before anything was."""
        return f"Last saved {format_moment(self.saved_at)}" if self.saved_at else ""

    @property
    def left_kinds(self) -> list[tuple[str, str, str]]:
        """The kinds of things to do, each in words of one and of many, for the page's script."""
        return [(kind, one, many) for kind, (one, many) in LEFT.items()]


def return_page(
    submission: Return,
    *,
    now: datetime,
    typed: Mapping[int, tuple[int, CellText]] | None = None,
    conflicts: Iterable[Conflict] = (),
    unfinished: Iterable[ToFinish] = (),
    waiting: Mapping[int, WaitingRow] | None = None,
    only: Collection[int] | None = None,
    stamps: Stamps | None = None,
) -> ReturnPage:
    """The rows of a return: saved cells, or what was typed just now where given. With `only`, those
    rows alone. What they rest on is kept under the stamps, if there are any.

    A locked month shows approved figures only, and says of each figure typed just now that it is
    not saved.
    """
    month = submission.period.month
    is_locked = submission.is_locked
    unsaved = (typed or {}) if is_locked else {}
    kept = KeptRows(submission, now=now, stamps=stamps, only=only)
    cells = cells_of(submission)
    is_approved = submission.status == Return.Status.APPROVED
    if waiting is None:
        waiting = waiting_rows(submission) if is_approved else {}
    held = {key: (cell.version, text_of(cell)) for key, cell in cells.items()}
    if is_locked:
        due = {key: kept.facts(key)[0] for key in kept.keys}
        shown = {key: (0, text) for key, text in approved_texts(due, cells).items()}
    else:
        shown = held | dict(typed or {})
    by_conflict = {conflict.series_id: conflict for conflict in conflicts}
    problems: dict[int, list[Fault]] = defaultdict(list)
    for problem in unfinished:
        problems[problem.series_id].append(Fault(problem.field, problem.message))
    rows = []
    for key in kept.keys:
        version, text = shown.get(key, (0, CellText()))
        row = kept.row(key, version, text)
        rows.append(
            replace(
                row,
                faults=tuple(problems[key] or row.faults),
                conflict=by_conflict.get(key),
                unsaved=unsaved[key][1] if key in unsaved else None,
                sent_back=sent_back_of(submission, cells.get(key)),
                correction=correction_of(kept, waiting.get(key)),
            )
        )
    rows.sort(key=lambda row: (row.group, row.name))
    return ReturnPage(
        submission=submission,
        rows=tuple(rows),
        before_months=tuple(month.plus(-step) for step in (3, 2, 1)),
        is_locked=is_locked,
        now=now,
        corrections=len(waiting) if is_approved else 0,
        saved_at=max((cell.saved_at for cell in cells.values()), default=None),
    )


def row_as_typed(
    submission: Return, entry: CellEntry, *, now: datetime, stamps: Stamps | None = None
) -> ReturnRow | None:
    """A row as it would be if it were saved now; None where the return has no such row.

    It keeps the version that it was based on, so that saving it still finds what somebody else has
    saved since.
    """
    kept = KeptRows(submission, now=now, stamps=stamps, only=[entry.series_id])
    if entry.series_id not in kept.keys:
        return None
    cell = cells_of(submission).get(entry.series_id)
    text = merged_with(entry, cell).text.after(text_of(cell) if cell else CellText())
    waiting = waiting_rows(submission) if submission.status == Return.Status.APPROVED else {}
    row = kept.row(entry.series_id, entry.version, text)
    return replace(
        row,
        sent_back=sent_back_of(submission, cell),
        correction=correction_of(kept, waiting.get(entry.series_id)),
    )


def correction_of(kept: KeptRows, waiting: WaitingRow | None) -> Correction | None:
    """The figure that waits in a row, with the approved one."""
    if waiting is None:
        return None
    asked, facts = kept.facts(waiting.key)
    return correction_in(waiting, facts, asked.window)
