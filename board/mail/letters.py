"""What an e-mail says, in the words of the to-do page.

It has no measured figure, and nothing that somebody typed: a reason may hold a patient's
name, so an e-mail says that there is one, and leads to the page that shows it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from board.todo.items import Item, day_words, deadline_words
from board.todo.open_returns import OpenReturn
from board.todo.page import Row
from board.todo.returns import return_due
from cip.models import QIAReopening
from kmpt_tracker.ui.formats import format_count
from kpis.models import Return

ILLUSTRATIVE_SCHEME = "This scheme is illustrative: it was made up to try the tracker with."
ILLUSTRATIVE = "This month is illustrative: it was set up to try the tracker with."


@dataclass(frozen=True)
class Letter:
    """One e-mail: its subject, its sentences, its list, and its one link."""

    subject: str
    said: tuple[str, ...]
    button: str
    path: str
    why: str
    lines: tuple[str, ...] = ()


def opens(row: OpenReturn, now: datetime) -> Letter:
    """Entry of a month is open."""
    due = deadline_words(row.period.closes_at, now)
    figures = format_count(row.due, "figure")
    said = f"{_the_return(row)} is open: {figures} to enter by {due}."
    return _of_return(row, f"{_named(row)}: open until {due}", said)


def closing(row: OpenReturn, now: datetime) -> Letter:
    """Entry closes soon, and the return has not been submitted."""
    due = deadline_words(row.period.closes_at, now)
    said = f"{_the_return(row)} is due on {due}. {_how_far(row, now)}"
    return _of_return(row, f"{_named(row)}: due on {due}", said)


def late(row: OpenReturn, now: datetime) -> Letter:
    """Entry has closed, and the return has not been submitted."""
    closed = deadline_words(row.period.closes_at, now)
    said = (
        f"{_the_return(row)} is late: entry closed on {closed}. {_how_far(row, now)} "
        "You can still enter and submit it until the month is locked."
    )
    return _of_return(row, f"Late: {_named(row)}", said)


@dataclass(frozen=True)
class Decided:
    """A decision on a return, or on corrections of it."""

    row: OpenReturn
    by: str
    at: datetime
    is_correction: bool

    @property
    def what(self) -> str:
        of = _named(self.row)
        return f"corrections, {of}" if self.is_correction else of

    @property
    def in_words(self) -> str:
        month = self.row.period.month.full_label
        noun = f"corrections of {month}" if self.is_correction else f"the {month} return"
        return f"{noun} of {self.row.care_group.name}"


def sent_back(decided: Decided, now: datetime) -> Letter:
    """A return or rows of it were sent back. The reason is only on its page."""
    when = day_words(decided.at, now)
    said = f"{decided.by} sent {decided.in_words} back on {when}. The page of the return says why."
    return _of_return(decided.row, f"Sent back: {decided.what}", said, button="Answer")


def approved(decided: Decided, now: datetime) -> Letter:
    """A return was approved, or corrections of it."""
    when = day_words(decided.at, now)
    said = (
        f"{decided.by} approved {decided.in_words} on {when}. "
        "The figures are now on the dashboards."
    )
    return _of_return(decided.row, f"Approved: {decided.what}", said, button="See the return")


def reopened(row: QIAReopening, now: datetime) -> Letter:
    """A special-cause concern in a guard measure has reopened an assessment."""
    scheme, guard = row.assessment.scheme, row.guard
    measure = guard.measure.name if guard else "a guard measure"
    of = f"{scheme.reference}, {scheme.care_group}"
    notes = (ILLUSTRATIVE_SCHEME,) if scheme.is_illustrative else ()
    return Letter(
        subject=f"Quality impact assessment reopened: {of}",
        said=(
            f"A special-cause concern in {measure} reopened the quality impact assessment of {of} "
            f"on {day_words(row.reopened_at, now)}. Its delivery is paused, and its coming savings "
            "weigh nothing, until the panel has approved it and both executives have signed again.",
            *notes,
        ),
        button="Open the assessment",
        path=row.assessment.get_absolute_url(),
        why="you sign quality impact assessments",
    )


def opened_again(decided: Decided, now: datetime) -> Letter:
    """A return of a locked month, or its whole month, was opened again."""
    when, month = day_words(decided.at, now), decided.row.period.month.full_label
    what = f"the {month} return of {decided.row.care_group.name}"
    if not decided.row.is_reopened:
        what = f"{month}, with {what},"
    said = (
        f"{decided.by} opened {what} again on {when}. Figures can be entered and corrected until "
        "it is closed again; the page of the return says more."
    )
    return _of_return(decided.row, f"Opened again: {decided.what}", said, button="See the return")


def digest(items: Sequence[Item], now: datetime) -> Letter:
    """The week of somebody who decides: what waits for them, and who is late."""
    rows = [Row(item, now) for item in items]
    lines = []
    for row in rows:
        due = ", ".join(filter(None, (row.due, row.due_note)))
        lines.append(f"{due}: {row.item.title}")
        if not row.item.is_quoting:
            lines += [f"   {line.words}, {line.note}" for line in row.item.lines]
    number = format_count(len(rows), "thing")
    waits = "waits" if len(rows) == 1 else "wait"
    return Letter(
        subject=f"To do: {number} {waits} for you",
        said=(f"{number} {waits} for you.",),
        lines=tuple(lines),
        button="Open the list",
        path="/todo/",
        why="you decide on returns",
    )


def _named(row: OpenReturn) -> str:
    return f"{row.period.month.full_label} return, {row.care_group.name}"


def _the_return(row: OpenReturn) -> str:
    return f"The {row.period.month.full_label} return of {row.care_group.name}"


def _how_far(row: OpenReturn, now: datetime) -> str:
    if row.status == Return.Status.RETURNED:
        return "It was sent back and has not come in again."
    return return_due(row, now).words


def _of_return(row: OpenReturn, subject: str, said: str, *, button: str = "") -> Letter:
    notes = (ILLUSTRATIVE,) if row.period.is_illustrative else ()
    is_begun = row.status == Return.Status.DRAFT
    return Letter(
        subject=subject,
        said=(said, *notes),
        button=button or ("Go on with the return" if is_begun else "Start the return"),
        path=row.url,
        why=f"you enter the figures of {row.care_group.name}",
    )
