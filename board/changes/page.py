"""What changed in a plan between two looks at it: the counts, and what moved each promise."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.http import Http404

from board.changes.between import Between, between
from board.changes.causes import Cause, Seen, lacks_figures, stepped
from board.changes.ends import End, Ends
from board.models import BoardMeeting
from kmpt_tracker.ui.components import GROUPS, STATUS, Column, Table
from kmpt_tracker.ui.formats import MINUS, format_count, format_date
from kpis.asked.address import Asked
from kpis.judging.claims import Movement, movement_of
from kpis.judging.status import Standing
from kpis.judging.terms import MeasureTerms
from kpis.judging.wording import rule_words, target_words, value_words
from kpis.plans.status import PromiseRow, plan_in_months
from kpis.rag import Direction, Group, Rag
from strategy.models import Plan
from strategy.periods import Month

FILTERS = ("plan", "from", "to")
HEADINGS = {
    Cause.PERFORMANCE: "Performance",
    Cause.REPORTING: "Reporting",
    Cause.RESTATED: "The earlier month as known since",
    Cause.TARGET: "Moved targets and floors",
    Cause.MEASURES: "Measures added, dropped or counted differently",
}


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
        """ "91.6% to 87.3%, against ≥ 90%"; of a milestone, from when to when its due day moved."""
        terms = self.row.terms
        if terms is None or self.was is None or self.now is None:
            return ""
        if terms.is_milestone:
            return _due_words(self.was, self.now)
        first, last = (_figure(standing, terms) for standing in (self.was, self.now))
        goal = self.now.target
        has_value = goal is not None and goal.value is not None
        against = f", against {target_words(goal, terms)}" if has_value else ""
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


def _due_words(was: Standing, now: Standing) -> str:
    days = [end.target.due_on if end.target else None for end in (was, now)]
    if None in days or days[0] == days[1]:
        return ""
    return f"due {format_date(days[0])} to {format_date(days[1])}"


def _figure(standing: Standing, terms: MeasureTerms) -> str:
    return value_words(standing, terms) if standing.has_value else STATUS[standing.rag].word.lower()


@dataclass(frozen=True)
class ChangesPage:
    """Both ends of a plan, what moved its counts, and what was decided between them."""

    asked: Asked
    plan: Plan
    first: End
    last: End
    rows: Sequence[ChangeRow]
    between: Between
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
            said = format_count(signals, "new signal")
            return f"Performance: {better} better, {worse} worse, and {said}."
        if self.changed:
            statuses = "1 status" if len(self.changed) == 1 else f"{len(self.changed)} statuses"
            said = f"{statuses} moved, none because of how we did"
            others = len(self.of(Cause.TARGET, Cause.MEASURES))
            if not others:
                return f"Nothing changed but the data: {said}."
            return f"{said}, {others} because of what was promised or counted."
        return "No status has changed, and there is no new signal."

    @property
    def rest(self) -> str:
        kept = len(self.rows) - len(self.changed)
        return f"{format_count(kept, 'target')} kept the same status."

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


def changes_page(asked: Asked) -> ChangesPage:
    """The plan at both ends that an address asks for, and what was decided between them."""
    if not asked.plans:
        raise Http404("There are no plans yet, or none that was known then.")
    plan = asked.plan()
    ends = Ends(asked, plan)
    first, last = ends.first, ends.last
    # The first month as known at the last moment shows what was restated.
    then_and_now = (first.month, first.known_at), (last.month, last.known_at)
    restated = (first.month, last.known_at)
    months: dict[datetime | None, set[Month]] = {}
    for month, known_at in (*then_and_now, restated):
        months.setdefault(known_at, set()).add(month)
    looks = {
        (month, known_at): {row.target.code: row for row in status.rows}
        for known_at, seen in months.items()
        for month, status in plan_in_months(
            plan, sorted(seen), ends.clock(known_at), known_at=known_at
        ).items()
    }
    then, now = (looks[look] for look in then_and_now)
    as_known_now = looks[restated]
    decided = between(ends)
    redefined = {row.measure_id for row in decided.wordings}
    return ChangesPage(
        asked=asked,
        plan=plan,
        first=first,
        last=last,
        rows=[
            _row(code, then, as_known_now, now, redefined) for code in dict.fromkeys((*now, *then))
        ],
        between=decided,
        boards=ends.boards,
    )


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
