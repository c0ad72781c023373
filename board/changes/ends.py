"""The two looks at a plan that an address asks for: months, moments or boards."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db.models import QuerySet

from board.models import BoardMeeting
from kmpt_tracker.questions import answered_once
from kmpt_tracker.ui.formats import format_date, format_moment
from kpis.asked.address import Asked, BadParameter, month_or_400, typed_moment
from kpis.judging.history import Clock
from strategy.models import Plan
from strategy.periods import Month

_MONTH = re.compile(r"[0-9]{4}-[0-9]{2}")


@dataclass(frozen=True)
class End:
    """One look at the plan: a month, as known at a moment; None is now.

    `board` says which board saw it so: the month that it reviewed, at its cut-off.
    """

    month: Month
    known_at: datetime | None
    board: str = ""

    @property
    def words(self) -> str:
        seen = self.month.label
        if self.known_at is not None:
            seen = f"{seen}, as known on {format_moment(self.known_at)}"
        return f"{self.board} ({seen})" if self.board else seen


class Ends:
    """Both ends that an address asks for; without any, since the last board, or the last two
    months.

    Reading a bad value raises BadParameter, as reading an `Asked` does.
    """

    def __init__(self, asked: Asked, plan: Plan):
        self.asked = asked
        self.plan = plan
        # The address at each moment: its clocks and months are read once for every look at it.
        self._moments: dict[datetime | None, Asked] = {asked.known_at: asked}

    @cached_property
    def boards(self) -> Sequence[BoardMeeting]:
        """The boards whose cut-off had passed, the latest first."""
        moment = self.asked.known_at or self.asked.now
        return [row for row in _boards() if row.data_cut_off < moment]

    @cached_property
    def last(self) -> End:
        opens = self.asked.opens
        return self._typed("to") or End(opens(self.plan).month, self.asked.known_at)

    @cached_property
    def first(self) -> End:
        asked, last = self.asked, self.last
        first = self._typed("from") or self._before_last()
        if last.known_at is not None and _MONTH.fullmatch(asked.text("from")):
            # A month before a moment is seen as it was known at that moment.
            first = End(first.month, last.known_at)
        if (first.month, first.known_at or asked.now) > (last.month, last.known_at or asked.now):
            raise BadParameter("from", f"“from” ({first.words}) lies after “to” ({last.words}).")
        return first

    @property
    def until(self) -> datetime:
        """The moment of the last end."""
        return self.last.known_at or self.asked.now

    @property
    def is_one_moment(self) -> bool:
        """Two months as known at the same moment."""
        return self.first.known_at == self.last.known_at

    def clock(self, known_at: datetime | None) -> Clock:
        """The months' data clocks at the moment of an end."""
        return self._at(known_at).clock

    def _at(self, known_at: datetime | None) -> Asked:
        if known_at not in self._moments:
            self._moments[known_at] = self.asked.as_known(known_at)
        return self._moments[known_at]

    def _before_last(self) -> End:
        """The last board before the last end, where one is recorded; else the month before."""
        for meeting in self.boards:
            seen = _seen_by(meeting)
            is_before = seen.month <= self.last.month and meeting.data_cut_off < self.until
            if not self.last.board and is_before and meeting.data_cut_off >= self.plan.known_from:
                return seen
        return End(self.last.month.plus(-1), self.last.known_at)

    def _typed(self, name: str) -> End | None:
        """A month, as known at the page's own moment; a board, as it saw the month it reviewed; or
        a moment, in the month complete then."""
        asked, text = self.asked, self.asked.text(name)
        if not text:
            return None
        for meeting in self.boards:
            if meeting.slug == text:
                self._require_known(name, meeting.data_cut_off)
                return _seen_by(meeting)
        if _MONTH.fullmatch(text):
            try:
                return End(month_or_400(text, asked.today), asked.known_at)
            except BadParameter as bad:
                raise BadParameter(name, str(bad).replace("“period”", f"“{name}”")) from None
        try:
            moment = typed_moment(text)
        except ValueError:
            also = f", or a board, like {self.boards[0].slug}" if self.boards else ""
            raise BadParameter(
                name, f"“{name}” must be a month, like 2026-03, or a day, like 2026-03-20{also}."
            ) from None
        known_at = None if moment >= asked.now else moment
        self._require_known(name, known_at)
        return End(self._at(known_at).opens(self.plan).month, known_at)

    def _require_known(self, name: str, known_at: datetime | None) -> None:
        if known_at is not None and known_at < self.plan.known_from:
            raise BadParameter(
                name, f"{self.plan.title} was not known on {format_moment(known_at)}."
            )


def _seen_by(meeting: BoardMeeting) -> End:
    """The month that a board reviewed, at its cut-off."""
    return End(
        Month.of(meeting.period_under_review),
        meeting.data_cut_off,
        f"{meeting.committee.name} of {format_date(meeting.held_on)}",
    )


@answered_once
def _boards() -> QuerySet[BoardMeeting]:
    return BoardMeeting.objects.select_related("committee").order_by("-held_on", "pk")
