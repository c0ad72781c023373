"""What changed in a plan between two looks at it: months, moments, or boards."""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TypeVar

from django.db.models import QuerySet
from django.http import Http404

from board.changes.causes import Cause, Seen, lacks_figures, stepped
from board.home.wording import counted
from board.models import BoardMeeting
from kmpt_tracker.ui.components import GROUPS, STATUS, Column, Table
from kmpt_tracker.ui.formats import (
    MINUS,
    MISSING,
    format_date,
    format_moment,
    format_value,
)
from kpis.asked.address import Asked, BadParameter, month_or_400, typed_moment
from kpis.assessments.inputs import measure_terms
from kpis.judging.claims import Movement, movement_of
from kpis.judging.promised import promised_words
from kpis.judging.status import Standing
from kpis.judging.terms import MeasureTerms
from kpis.judging.wording import rule_words, target_words, value_words
from kpis.models import Actual, Decision, MeasureChange, Target, TargetChange
from kpis.models.dated import DatedChange, ToleranceChange
from kpis.plans.status import PromiseRow, plan_status
from kpis.rag import Direction, Group, Rag
from strategy.models import Plan
from strategy.moments import london_date
from strategy.periods import Month, Period

FILTERS = ("plan", "from", "to")
_MONTH = re.compile(r"[0-9]{4}-[0-9]{2}")
Change = TypeVar("Change", TargetChange, ToleranceChange, MeasureChange)
HEADINGS = {
    Cause.PERFORMANCE: "Performance",
    Cause.REPORTING: "Reporting",
    Cause.RESTATED: "Restated figures",
    Cause.TARGET: "Moved targets and floors",
    Cause.MEASURES: "Measures added, dropped or counted differently",
}


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


@dataclass(frozen=True)
class ChangeRow:
    """A promise at both ends."""

    seen: Seen
    row: PromiseRow  # as it is now, or was where it has been dropped

    @property
    def name(self) -> str:
        return self.row.name

    @property
    def url(self) -> str:
        return self.row.target.get_absolute_url()

    @property
    def kind(self) -> str:
        measure = self.row.target.measure
        return "milestone" if measure and measure.is_milestone else "measure"

    @property
    def was(self) -> Standing | None:
        return self.seen.then

    @property
    def now(self) -> Standing | None:
        return self.seen.now

    @property
    def words(self) -> str:
        """ "91.6% to 87.3%, against ≥ 90%"."""
        terms = self.row.terms
        if terms is None or self.was is None or self.now is None:
            return ""
        first, last = (_figure(standing, terms) for standing in (self.was, self.now))
        target = target_words(self.now.target, terms)
        against = f", against {target}" if self.now.target and not terms.is_milestone else ""
        return f"{first} to {last}{against}"

    @property
    def is_worse(self) -> bool:
        order = (Group.ON_TARGET, Group.NEAR_TARGET, Group.OFF_TARGET)
        was, now = (standing.rag.group if standing else None for standing in (self.was, self.now))
        if was not in order or now not in order:
            return False
        return order.index(now) > order.index(was)

    @property
    def has_new_signal(self) -> bool:
        """A special cause that was not there before, or of another kind."""
        if self.now is None or not self.now.has_value:
            return False
        moved = movement_of(self.now.variation)
        if moved in (Movement.COMMON_CAUSE, Movement.NOT_ASSESSED):
            return False
        return self.was is None or movement_of(self.was.variation) is not moved

    @property
    def signal_words(self) -> str:
        terms = self.row.terms
        return rule_words(self.now, terms) if self.now is not None and terms is not None else ""


def _figure(standing: Standing, terms: MeasureTerms) -> str:
    return value_words(standing, terms) if standing.has_value else STATUS[standing.rag].word.lower()


@dataclass(frozen=True)
class ChangesPage:
    """Both ends of a plan, what moved its counts, and what was restated or decided between."""

    asked: Asked
    plan: Plan
    first: End
    last: End
    rows: Sequence[ChangeRow]
    restated: Sequence[tuple[Actual, Actual, Decision]]
    targets: Sequence[TargetChange]
    tolerances: Sequence[ToleranceChange]
    wordings: Sequence[MeasureChange]
    boards: Sequence[BoardMeeting] = ()

    @property
    def heading(self) -> str:
        return f"{self.first.words} to {self.last.words}"

    @cached_property
    def changed(self) -> list[ChangeRow]:
        return [row for row in self.rows if row.seen.cause is not None]

    def of(self, *causes: Cause) -> list[ChangeRow]:
        return [row for row in self.changed if row.seen.cause in causes]

    @property
    def worse(self) -> list[ChangeRow]:
        return [row for row in self.of(Cause.PERFORMANCE) if row.is_worse]

    @property
    def better(self) -> list[ChangeRow]:
        return [row for row in self.of(Cause.PERFORMANCE) if not row.is_worse]

    @property
    def signals(self) -> list[ChangeRow]:
        return [row for row in self.rows if row.has_new_signal]

    @property
    def reporting(self) -> list[ChangeRow]:
        return self.of(Cause.REPORTING)

    @property
    def is_illustrative(self) -> bool:
        return any(row.row.is_illustrative for row in self.rows)

    @property
    def missing(self) -> list[tuple[Rag, list[ChangeRow]]]:
        """What lacked figures then and now, by what is lacking."""
        found: dict[Rag, list[ChangeRow]] = {}
        for row in self.rows:
            if row.seen.cause is None and row.now is not None and lacks_figures(row.now.rag):
                found.setdefault(row.now.rag, []).append(row)
        return list(found.items())

    @property
    def missing_count(self) -> int:
        return sum(len(rows) for _, rows in self.missing)

    @property
    def otherwise(self) -> list[ChangeRow]:
        return self.of(Cause.RESTATED, Cause.TARGET, Cause.MEASURES)

    @property
    def moved(self) -> list[ChangeRow]:
        """Every row that the page lists: a changed status, or a new signal."""
        return [row for row in self.rows if row.seen.cause is not None or row.has_new_signal]

    @property
    def sentence(self) -> str:
        """What moved: performance, or else only the data."""
        better, worse, signals = len(self.better), len(self.worse), len(self.signals)
        if better or worse or signals:
            said = counted(signals, "new signal")
            return f"Performance: {better} better, {worse} worse, and {said}."
        if self.changed:
            statuses = "1 status" if len(self.changed) == 1 else f"{len(self.changed)} statuses"
            return f"Nothing changed but the data: {statuses} moved, none because of how we did."
        return "No status has changed, and there is no new signal."

    @property
    def rest(self) -> str:
        kept = len(self.rows) - len(self.changed)
        return f"{counted(kept, 'target')} kept the same status."

    @property
    def bridge(self) -> Table:
        """The counts then, what each cause did to them, and the counts now: they add up."""
        before = Counter(row.was.rag.group for row in self.rows if row.was is not None)
        after = Counter(row.now.rag.group for row in self.rows if row.now is not None)
        moves = stepped(step for row in self.rows for step in row.seen.steps)
        groups = [Group(name) for name in GROUPS]
        lines: list[tuple[object, ...]] = [
            (self.first.words, *(before[group] for group in groups)),
            *(
                (self._cause_words(cause), *(_signed(moves[cause][group]) for group in groups))
                for cause in HEADINGS
            ),
        ]
        return Table(
            "Counts then, what moved them, and counts now",
            (
                "Because of",
                *(Column(words.capitalize(), numeric=True) for _, words in GROUPS.values()),
            ),
            lines,
            total=(self.last.words, *(after[group] for group in groups)),
        )

    def _cause_words(self, cause: Cause) -> str:
        count = sum(any(step.cause is cause for step in row.seen.steps) for row in self.rows)
        return f"{HEADINGS[cause]}: {count}"

    @property
    def restated_table(self) -> Table:
        return Table(
            "Figures that have changed since",
            (
                "Measure",
                "Period",
                Column("Was", numeric=True),
                Column("Is", numeric=True),
                "Why",
                "Changed by, approved by",
            ),
            [
                (
                    f"{old.series.measure.name}, {old.series.care_group.name}",
                    Period(old.period_start, old.period_end).label,
                    _actual_words(old),
                    _actual_words(new),
                    new.change_reason,
                    ", ".join(
                        str(who)
                        for who in (
                            new.recorded_by,
                            decision.decided_by,
                            format_date(london_date(decision.known_from)),
                        )
                        if who
                    ),
                )
                for old, new, decision in self.restated
            ],
        )

    @property
    def why_none_restated(self) -> str:
        if self.first.known_at == self.last.known_at:
            return (
                "Both months are shown as known at the same moment. To see what was restated, "
                "enter two days above, such as those of two boards."
            )
        return "No figure that was known then has changed."

    @property
    def targets_table(self) -> Table:
        """Targets and floors, and the default tolerance that gives a target without a floor its
        own."""
        moved: list[tuple[TargetChange | ToleranceChange, str, str]] = [
            (row, row.target.measure.name if row.target.measure else row.target.statement, _is(row))
            for row in self.targets
        ]
        moved += [
            (
                row,
                "Default tolerance of the plan",
                f"{format_value(row.old, 'percent')} → {format_value(row.new, 'percent')}",
            )
            for row in self.tolerances
        ]
        return Table(
            "Targets, floors and tolerances decided",
            ("Promise", "Is", "From", "Why", "Proposed by, agreed by"),
            [
                (
                    name,
                    now,
                    format_date(row.effective_from),
                    row.reason,
                    ", ".join(str(who) for who in (row.proposed_by, row.decided_by) if who),
                )
                for row, name, now in moved
            ],
        )

    @property
    def wordings_table(self) -> Table:
        return Table(
            "Measures counted differently",
            ("Measure", "From", "Why"),
            [
                (row.measure.name, format_date(row.effective_from), row.reason)
                for row in self.wordings
            ],
        )

    @property
    def plan_options(self) -> list[tuple[str, str]]:
        return [(plan.code, plan.label) for plan in self.asked.plans]

    @property
    def from_typed(self) -> str:
        return self.asked.text("from") or str(self.first.month)

    @property
    def to_typed(self) -> str:
        return self.asked.text("to") or str(self.last.month)


def _signed(number: int) -> str:
    return f"+{number}" if number > 0 else f"{MINUS}{-number}" if number else "0"


def _is(change: TargetChange) -> str:
    """The target and its floor from the day on."""
    target = copy(change.target)
    if change.retired_on:
        return "no longer a target"
    target.value, target.upper_value = change.value, change.upper_value
    said = promised_words(target, measure_terms(target.measure)) if target.measure else ""
    unit = target.measure.unit if target.measure else ""
    floor = f"floor {format_value(change.floor, unit)}" if change.floor is not None else ""
    due = f"due {format_date(change.due_on)}" if change.due_on else ""
    return ", ".join(filter(None, (said, floor, due))) or MISSING


def _actual_words(actual: Actual) -> str:
    terms = measure_terms(actual.series.measure)
    if actual.value is None:
        return "withdrawn" if actual.is_withdrawn else actual.get_value_status_display().lower()
    standing = Standing(
        period=Period(actual.period_start, actual.period_end),
        rag=Rag.NO_TARGET,
        value=actual.value,
        judged_value=actual.value,
    )
    return value_words(standing, terms)


def changes_page(asked: Asked) -> ChangesPage:
    """The plan at both ends that an address asks for; without any, since the last board, or the
    last two months."""
    if not asked.plans:
        raise Http404("There are no plans yet, or none that was known then.")
    plan, moments = asked.plan(), {asked.known_at: asked}
    boards = list(
        BoardMeeting.objects.filter(data_cut_off__lt=asked.known_at or asked.now)
        .select_related("committee")
        .order_by("-held_on", "pk")
    )
    last = _end(asked, "to", plan, boards, moments) or End(asked.opens(plan).month, asked.known_at)
    first = _end(asked, "from", plan, boards, moments) or _before(last, plan, boards, asked)
    if last.known_at is not None and _MONTH.fullmatch(asked.text("from")):
        # A month before a moment is seen as it was known at that moment.
        first = End(first.month, last.known_at)
    if (first.month, first.known_at or asked.now) > (last.month, last.known_at or asked.now):
        raise BadParameter("from", f"“from” ({first.words}) lies after “to” ({last.words}).")
    ends = {(end.month, end.known_at) for end in (first, last)} | {(first.month, last.known_at)}
    looks = {
        (month, known_at): {
            row.target.code: row
            for row in plan_status(
                plan, month, _at(moments, asked, known_at).clock, known_at=known_at
            ).rows
        }
        for month, known_at in ends
    }
    then, as_known_now = looks[first.month, first.known_at], looks[first.month, last.known_at]
    now = looks[last.month, last.known_at]
    wordings = _decided(MeasureChange.objects.select_related("measure"), first, last, asked)
    redefined = {row.measure_id for row in wordings}
    who = ("proposed_by", "decided_by")
    return ChangesPage(
        asked=asked,
        plan=plan,
        first=first,
        last=last,
        rows=[
            _row(code, then, as_known_now, now, redefined) for code in dict.fromkeys((*now, *then))
        ],
        restated=_restated(plan, first, last, asked),
        targets=_decided(
            TargetChange.objects.filter(target__plan=plan).select_related("target__measure", *who),
            first,
            last,
            asked,
        ),
        tolerances=_decided(
            ToleranceChange.objects.filter(plan=plan).select_related(*who), first, last, asked
        ),
        wordings=wordings,
        boards=boards,
    )


def _at(moments: dict[datetime | None, Asked], asked: Asked, known_at: datetime | None) -> Asked:
    """The address at a moment: its clocks and months are read once for every look at it."""
    if known_at not in moments:
        moments[known_at] = asked.as_known(known_at)
    return moments[known_at]


def _before(last: End, plan: Plan, boards: Sequence[BoardMeeting], asked: Asked) -> End:
    """The last board before an end, where one is recorded; else the month before."""
    for meeting in boards:
        seen = _seen_by(meeting)
        is_before = seen.month <= last.month and meeting.data_cut_off < (last.known_at or asked.now)
        if not last.board and is_before and meeting.data_cut_off >= plan.known_from:
            return seen
    return End(last.month.plus(-1), last.known_at)


def _seen_by(meeting: BoardMeeting) -> End:
    """The month that a board reviewed, at its cut-off."""
    return End(
        Month.of(meeting.period_under_review),
        meeting.data_cut_off,
        f"{meeting.committee.name} of {format_date(meeting.held_on)}",
    )


def _end(
    asked: Asked,
    name: str,
    plan: Plan,
    boards: Sequence[BoardMeeting],
    moments: dict[datetime | None, Asked],
) -> End | None:
    """A month, as known at the page's own moment; a board, as it saw the month it reviewed; or a
    moment, in the month complete then."""
    text = asked.text(name)
    if not text:
        return None
    for meeting in boards:
        if meeting.slug == text:
            return _known(_seen_by(meeting), name, plan)
    if _MONTH.fullmatch(text):
        try:
            return End(month_or_400(text, asked.today), asked.known_at)
        except BadParameter as bad:
            raise BadParameter(name, str(bad).replace("“period”", f"“{name}”")) from None
    try:
        moment = typed_moment(text)
    except ValueError:
        also = f", or a board, like {boards[0].slug}" if boards else ""
        raise BadParameter(
            name, f"“{name}” must be a month, like 2026-03, or a day, like 2026-03-20{also}."
        ) from None
    known_at = None if moment >= asked.now else moment
    _known(End(asked.opens(plan).month, known_at), name, plan)
    return End(_at(moments, asked, known_at).opens(plan).month, known_at)


def _known(end: End, name: str, plan: Plan) -> End:
    if end.known_at is not None and end.known_at < plan.known_from:
        raise BadParameter(name, f"{plan.title} was not known on {format_moment(end.known_at)}.")
    return end


def _row(
    code: str,
    then: Mapping[str, PromiseRow],
    as_known_now: Mapping[str, PromiseRow],
    now: Mapping[str, PromiseRow],
    redefined: Collection[int],
) -> ChangeRow:
    row = now.get(code) or then[code]
    measure = row.target.measure
    seen = Seen(
        then=then[code].standing if code in then else None,
        then_as_known_now=as_known_now[code].standing if code in as_known_now else None,
        now=now[code].standing if code in now else None,
        direction=Direction(measure.direction) if measure else Direction.NEUTRAL,
        is_redefined=measure is not None and measure.pk in redefined,
    )
    return ChangeRow(seen, row)


def _decided(rows: QuerySet[Change], first: End, last: End, asked: Asked) -> list[Change]:
    """The changes agreed between two moments; between two months, those that took effect."""
    agreed = rows.filter(outcome=DatedChange.Outcome.APPROVED).order_by("effective_from", "pk")
    until = last.known_at or asked.now
    if first.known_at != last.known_at:
        return list(agreed.filter(decided_at__gt=first.known_at, decided_at__lte=until))
    return list(
        agreed.filter(
            decided_at__lte=until,
            effective_from__gt=first.month.end,
            effective_from__lte=last.month.end,
        )
    )


def _restated(
    plan: Plan, first: End, last: End, asked: Asked
) -> list[tuple[Actual, Actual, Decision]]:
    """Figures that were known at the first moment and that a later decision replaced."""
    if first.known_at is None or first.known_at == last.known_at:
        return []
    decisions = (
        Decision.objects.filter(
            outcome=Decision.Outcome.APPROVED,
            known_from__gt=first.known_at,
            known_from__lte=last.known_at or asked.now,
            actual__version__gt=1,
            actual__period_end__lte=first.month.end,
            actual__series__measure__in=Target.objects.filter(plan=plan).values("measure"),
        )
        .select_related(
            "actual__series__measure",
            "actual__series__care_group",
            "actual__recorded_by",
            "decided_by",
        )
        .order_by("actual__series", "actual__period_end", "actual__version")
    )
    latest = {
        (row.actual.series_id, row.actual.period_start, row.actual.period_end): row
        for row in decisions
    }
    old = {
        (row.series_id, row.period_start, row.period_end): row
        for row in Actual.objects.current(known_at=first.known_at)
        .filter(series__in={key[0] for key in latest}, period_end__in={key[2] for key in latest})
        .select_related("series__measure", "series__care_group")
    }
    return [
        (old[key], decision.actual, decision)
        for key, decision in latest.items()
        if key in old and old[key].pk != decision.actual_id
    ]
