"""What holds for most rows of the strategy on a page is said once above them; a row says only
where it differs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from kmpt_tracker.ui.formats import format_list, format_month_short
from kpis.judging.assess import MeasureTerms
from kpis.judging.freshness import age_words, duration_words
from kpis.judging.status import Standing
from kpis.judging.wording import brief_status, counted, share_words, window_words
from kpis.models import Target
from kpis.plans.status import ObjectiveRows, PromiseRow
from kpis.rag import Rag
from strategy.notes import Remark
from strategy.periods import Month
from strategy.places import shared

DUE_PASSED, CARRIED = "due date passed", "carried forward"
# What a figure is called by its origin, where it is not what most are.
ORIGINS = {"published": "published", "entered": "entered", "imported": "imported"}


@dataclass(frozen=True)
class SaidOnce:
    """The month, the origin, the firmness and the due dates that most rows share.

    Empty or false where no more than half of the rows that could have it do.
    """

    month: Month
    is_of_month: bool
    is_illustrative: bool
    is_provisional: bool
    lapsed: str

    @property
    def sentence(self) -> str:
        """ "Every figure is for September 2026, illustrative and for the whole trust, …"."""
        figures = [f"for {self.month.full_label}"] if self.is_of_month else []
        if self.is_provisional:
            figures.append("provisional")
        if self.is_illustrative:
            figures.append("illustrative")
        said = []
        if figures:
            said.append(f"Every figure is {format_list([*figures, 'for the whole trust'])}")
        if self.lapsed == DUE_PASSED:
            said.append("every target has passed its due date")
        elif self.lapsed == CARRIED:
            said.append("every target is carried forward")
        if not said:
            return ""
        words = " and ".join(said)
        return f"{words[0].upper()}{words[1:]}, unless its row says otherwise."

    def remarks(self, row: PromiseRow) -> list[str]:
        """What a row says under its status: why it has none, and where it differs from most."""
        standing, terms = row.standing, row.terms
        if terms is None:
            return []
        return [
            words
            for words in (
                "being recalculated" if row.is_recalculating else "",
                self._of_window(row),
                row.accepted_note,
                f"was {brief_status(row.before, terms)}" if row.change else "",
                self._of_milestone(row),
                share_words(standing, terms),
            )
            if words
        ]

    def _of_window(self, row: PromiseRow) -> str:
        """Which window the figure is of, how old it is, and who is missing."""
        standing, terms, shown = row.standing, row.terms, row.standing.shown
        if standing.is_complete_milestone or row.terms is None:
            return ""
        if not shown.has_value:
            return f"{standing.other.label}: on its page" if standing.other else ""
        if standing.is_ended:
            return "no longer reported"
        # A longer span is named whatever the month: it is never the figure of a month alone.
        window = window_words(shown, row.terms)
        is_span = window != shown.period.label
        is_in_past = standing.stands_in and not standing.is_awaited
        parts = [window] if is_span and is_in_past else []
        if standing.lacks_windows and terms:
            # Short, so that the row takes two lines. It is the month's own window, so that its end
            # needs no year.
            whole = counted(standing.windows_expected, terms)
            parts.append(f"{standing.windows_held} of {whole} to {shown.period.end:%b}")
        elif is_in_past:
            parts.append(f"{age_words(shown.period, self.month)} old")
        elif is_span or shown.period != self.month.period or not self.is_of_month:
            last = f"{brief_status(shown, terms)} in " if standing.is_awaited else ""
            parts.append(f"{last if shown.rag.is_coloured else ''}{window}")
        if standing.is_part_sum:
            parts.append(f"{standing.groups_reported} of {standing.groups_expected} groups")
        return ", ".join(parts)

    def of_figure(self, row: PromiseRow) -> list[str]:
        """What a row says under its figure: how firm it is, and whose."""
        shown = row.standing.shown
        if not shown.has_value:
            return []
        found = []
        if _is_provisional(row) != self.is_provisional and not row.standing.stands_in:
            found.append("final" if self.is_provisional else "provisional")
        if row.is_illustrative != self.is_illustrative:
            found.append(ORIGINS.get(shown.origin, "illustrative"))
        return found

    def _of_milestone(self, row: PromiseRow) -> str:
        """How long a missed date is past."""
        target = row.standing.target
        if not _is_milestone(row) or row.standing.rag is not Rag.RED or not target:
            return ""
        months = self.month.months_since(Month.of(target.due_on)) if target.due_on else 0
        return f"{duration_words(months)} late" if months > 0 else ""

    def of_target(self, row: PromiseRow) -> str:
        """What a row says under its target: when it is due, or that its date has passed."""
        own, target = lapsed(row, self.month), row.standing.target
        if target is None:
            return row.not_in_force
        if _is_milestone(row) or own == self.lapsed:
            return ""
        if own == DUE_PASSED:
            return "date passed"
        due = target.due_on
        return f"due {format_month_short(due)}" if due else own or "no due date"


def said_once(rows: Sequence[PromiseRow], month: Month) -> SaidOnce:
    with_figure = [
        row
        for row in rows
        if row.standing.shown.has_value and not row.standing.is_complete_milestone
    ]
    with_target = [row for row in rows if row.standing.target and not _is_milestone(row)]
    lapses = [lapsed(row, month) for row in with_target]
    return SaidOnce(
        month=month,
        is_of_month=_most(row.standing.shown.period == month.period for row in with_figure),
        is_illustrative=_most(row.is_illustrative for row in with_figure),
        is_provisional=_most(_is_provisional(row) for row in with_figure),
        lapsed=next(
            (word for word in (DUE_PASSED, CARRIED) if _most(own == word for own in lapses)), ""
        ),
    )


def lapsed(row: PromiseRow, month: Month) -> str:
    """Whether the target's own date, or its plan, is over by the month shown: an old figure was
    judged before."""
    target = row.standing.target
    if target is None:
        return ""
    is_past = target.due_date_passed or (target.due_on is not None and target.due_on < month.end)
    if is_past and not _is_milestone(row):
        return DUE_PASSED
    return CARRIED if target.carried_forward else ""


@dataclass(frozen=True)
class BoardRow:
    """A promise as a row of the page: its status, and only what was not said once above."""

    promise: PromiseRow
    once: SaidOnce

    @property
    def name(self) -> str:
        return self.promise.name

    @property
    def url(self) -> str:
        return self.promise.target.get_absolute_url()

    @property
    def target(self) -> Target:
        return self.promise.target

    @property
    def standing(self) -> Standing:
        return self.promise.standing

    @property
    def terms(self) -> MeasureTerms | None:
        return self.promise.terms

    @property
    def trend(self) -> tuple[float | None, ...]:
        return self.promise.trend

    @property
    def cuts(self) -> tuple[int, ...]:
        return self.promise.cuts

    @property
    def notes(self) -> tuple[Remark, ...]:
        return self.promise.notes

    @property
    def remarks(self) -> str:
        return ", ".join(self.once.remarks(self.promise))

    @property
    def target_remark(self) -> str:
        return self.once.of_target(self.promise)

    @property
    def figure_remarks(self) -> list[str]:
        return self.once.of_figure(self.promise)


@dataclass(frozen=True)
class ObjectiveBlock:
    """An objective with a row for each promise that is measured, and the others in one line."""

    found: ObjectiveRows
    once: SaidOnce

    @cached_property
    def rows(self) -> list[BoardRow]:
        return [BoardRow(row, self.once) for row in self.found.rows if row.target.measure_id]

    @property
    def unmeasured(self) -> list[PromiseRow]:
        return [row for row in self.found.rows if not row.target.measure_id]

    @property
    def owner(self) -> str:
        """Who owns all its measures; empty where they have several owners, or none."""
        return shared(row.owner for row in self.found.rows if row.target.measure_id)


def _is_milestone(row: PromiseRow) -> bool:
    return row.terms is not None and row.terms.is_milestone


def _is_provisional(row: PromiseRow) -> bool:
    return row.standing.shown.value_status == "provisional"


def _most(claims: Iterable[bool]) -> bool:
    found = list(claims)
    return 2 * sum(found) > len(found)
