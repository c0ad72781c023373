"""A draft as its page shows it: its outline, what blocks adoption, what becomes of each promise."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from kmpt_tracker.ui.formats import MISSING, format_count, format_date, format_moment
from kpis.asked.opening import opening_plan
from kpis.assessments.inputs import measure_terms
from kpis.judging.capability import Capability
from kpis.judging.promised import path_words, promised_words
from kpis.models import DraftLine, PlanDraft, Target
from kpis.plans.movement import Movement
from kpis.plans.threads import preference
from kpis.promises.choices import counted_by
from kpis.promises.promise import problems, remarks
from kpis.workbench.before import (
    Undecided,
    became,
    commitments_before,
    compared_by_measure,
    dropped_here,
    same_words,
    says,
)
from kpis.workbench.checks import ICONS, Reach, checks_of
from kpis.workbench.latest import Latest, latest_changes
from kpis.workbench.lines import promise_of
from kpis.workbench.standing import Stands, series_of, stand
from strategy.models import Plan
from strategy.moments import london_date
from strategy.selectors import plans_known

Kind = DraftLine.Kind
WORDS = {
    Movement.SAME: "Carried over",
    Movement.TIGHTENED: "Tightened",
    Movement.LOOSENED: "Loosened",
    Movement.CHANGED_IN_KIND: "Changed in kind",
    Movement.NEW: "New",
    Movement.DROPPED: "Dropped",
}


NO_FIGURE = "has no figure of this measure: the promise is never rated until it reports one."


@dataclass(frozen=True)
class Line:
    """A line of the outline, with the lines under it."""

    row: DraftLine
    children: tuple[Line, ...] = ()
    movement: Movement | None = None
    ended: Target | None = None
    stands: Stands | None = None
    check: Capability | None = None
    faults: tuple[tuple[str, str], ...] = ()
    remarks: tuple[str, ...] = ()
    # Every owner that the draft names for its measure, where it names several.
    owners: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return str(self.row.pk)

    @property
    def is_promise(self) -> bool:
        return self.row.kind == Kind.PROMISE

    @property
    def title(self) -> str:
        return f"{self.row.number} {self.row.statement}".strip()

    @property
    def was(self) -> str:
        """What the ended plan asked for, where somebody counts it."""
        ended = self.ended
        if ended is None or ended.measure is None or ended.value is None:
            return ""
        return promised_words(ended, measure_terms(ended.measure))

    @property
    def icon(self) -> str:
        return ICONS.get(self.check.chance, "") if self.check else ""

    @property
    def reach(self) -> Reach | None:
        return Reach.of(self.check) if self.check else None

    def below(self) -> Iterator[Line]:
        """This line and every line under it, in order."""
        yield self
        for child in self.children:
            yield from child.below()

    @property
    def tally(self) -> str:
        """ "2 objectives, 7 promises: 5 carried over, 2 new"."""
        under = list(self.below())
        promises = [line for line in under if line.is_promise]
        said = [
            format_count(sum(line.row.kind == Kind.OBJECTIVE for line in under), "objective"),
            format_count(len(promises), "promise"),
        ]
        became = Counter(line.becomes.lower() for line in promises if line.becomes)
        more = ", ".join(f"{count} {words}" for words, count in became.items())
        return ", ".join(said) + (f": {more}" if more else "")

    @property
    def is_objective(self) -> bool:
        return self.row.kind == Kind.OBJECTIVE

    @property
    def blocked(self) -> int:
        """How many of its lines, itself included, block adoption."""
        return sum(bool(line.stops) for line in self.below())

    @property
    def blocked_words(self) -> str:
        count = self.blocked
        return f"{format_count(count, 'line')} block{'s' if count == 1 else ''} adoption"

    @property
    def unfound(self) -> int:
        """How many of its promises have no measure, and nobody named to find one."""
        return sum(
            line.is_promise and line.row.measure_id is None and not line.row.finder
            for line in self.below()
        )

    @property
    def unplaced(self) -> int:
        """How many lines, this one and all below it, do not give their place in the document."""
        return (not self.row.source_section) + sum(line.unplaced for line in self.children)

    @property
    def promises(self) -> list[Line]:
        return [line for line in self.children if line.is_promise]

    @property
    def others(self) -> list[Line]:
        return [line for line in self.children if not line.is_promise]

    @property
    def becomes(self) -> str:
        return WORDS[self.movement] if self.movement else ""

    @property
    def measure(self) -> str:
        row = self.row
        if row.measure is not None:
            return row.measure.name
        return f"No measure yet: {row.finder} finds one" if row.finder else "No measure yet"

    @property
    def owner(self) -> str:
        """ "Chief Nurse"; "Chief Nurse, now Medical Director" where the draft names another."""
        row = self.row
        held = row.measure.owner if row.measure else ""
        if row.owner and held and row.owner != held:
            return f"{row.owner}, now {held}"
        return row.owner or held

    @property
    def asks(self) -> str:
        row = self.row
        if row.measure is None or (row.value is None and not row.points):
            return ""
        if row.points:
            return path_words(row.points, row.operator, row.measure.unit)
        return promised_words(row, measure_terms(row.measure))

    @property
    def due(self) -> str:
        return format_date(self.row.due)

    @property
    def stops(self) -> tuple[str, ...]:
        """What blocks adoption in this line."""
        found = [message for _, message in self.faults]
        if not self.row.source_section:
            found.append("It does not say where the document says it")
        if self.is_promise and self.row.measure is None and not self.row.finder:
            found.append("No measure, and nobody named to find one")
        if self.owners:
            found.append(f"Promises of one measure name several owners: {'; '.join(self.owners)}")
        return tuple(found)


@dataclass(frozen=True)
class Outline:
    """A draft with everything in it."""

    draft: PlanDraft
    ambitions: tuple[Line, ...]
    ended: tuple[Undecided, ...]
    followed: tuple[Target, ...]
    plans: tuple[Plan, ...]
    today: date
    latest: tuple[Latest, ...] = ()

    def part_of(self, key: str) -> str:
        """The ambition that a line stands in, else the first: it is shown open."""
        for ambition in self.ambitions:
            if any(line.key == key for line in ambition.below()):
                return ambition.key
        return self.ambitions[0].key if self.ambitions else ""

    @property
    def taken_up(self) -> list[tuple[Target, Line, Movement]]:
        """Each commitment of the plan before that the draft says something on, with the promise
        that follows it and what became of it.
        """
        by_measure: dict[int | None, list[Line]] = defaultdict(list)
        for line in self.promises:
            by_measure[line.row.measure_id].append(line)
        found = []
        for target in self.followed:
            lines = (
                by_measure[target.measure_id]
                if target.measure_id is not None
                else [
                    line
                    for line in self.promises
                    if same_words(line.row.statement, target.statement)
                ]
            )
            if lines:
                line = min(lines, key=lambda line: preference(line.row))
                found.append((target, line, became(target, line.row)))
        return found

    @cached_property
    def lines(self) -> list[Line]:
        return [line for ambition in self.ambitions for line in ambition.below()]

    @cached_property
    def promises(self) -> list[Line]:
        return [line for line in self.lines if line.is_promise]

    @property
    def undecided(self) -> list[Undecided]:
        return [row for row in self.ended if row.dropped is None]

    @property
    def dropped(self) -> list[Undecided]:
        return [row for row in self.ended if row.dropped is not None]

    @cached_property
    def blocking(self) -> tuple[tuple[str, str], ...]:
        """What blocks adoption, each counted, with where on the page it is; a target that would be
        missed does not.
        """
        found = Counter(stop for line in self.lines for stop in line.stops)
        first = {stop: line.key for line in reversed(self.lines) for stop in line.stops}
        said = [
            (f"{what} ({format_count(count, 'line')})", f"?at={first[what]}#line-{first[what]}")
            for what, count in found.items()
        ]
        if not self.promises:
            said.insert(0, ("There is no promise yet", "?add=ambition#add"))
        if self.undecided:
            count = len(self.undecided)
            words = (
                f"{format_count(count, 'promise')} of the ended plan "
                f"{'is' if count == 1 else 'are'} not decided: taken up, or dropped with a reason"
            )
            said.append((words, "#ended-h"))
        return tuple(said)

    @property
    def blocks(self) -> tuple[str, ...]:
        return tuple(words for words, _ in self.blocking)

    @property
    def lead(self) -> str:
        """ "5 things block adoption."."""
        count = len(self.blocking)
        if not count:
            return "Nothing blocks adoption."
        return f"{format_count(count, 'thing')} block{'s' if count == 1 else ''} adoption."

    @property
    def counts(self) -> str:
        """ "42 promises: 26 carried over, 11 tightened, 5 new; 1 of them without a measure"."""
        total = len(self.promises)
        found = Counter(line.becomes.lower() for line in self.promises if line.becomes)
        said = format_count(total, "promise")
        if found:
            said += f": {', '.join(f'{count} {words}' for words, count in found.items())}"
        without = sum(line.row.measure_id is None for line in self.promises)
        return f"{said}; {without} of them without a measure." if without else f"{said}."

    @property
    def missed(self) -> str:
        """How many of the targets would be missed in every window, as the processes are now."""
        count = sum(
            line.check is not None and line.check.chance == "miss" for line in self.promises
        )
        if not count:
            return ""
        return f"As things stand, {count} of the targets would be missed every time."

    @property
    def overlaps(self) -> str:
        """Which plans its dates overlap, and which of them opens on the first page."""
        draft = self.draft
        overlapping = [
            plan.title
            for plan in self.plans
            if not plan.cited
            and plan.starts_on <= draft.ends_on
            and plan.ends_on >= draft.starts_on
        ]
        if not overlapping:
            return ""
        on = draft.adopts_on or max(draft.starts_on, self.today)
        rows: list[Plan | _AsPlan] = [*self.plans, _AsPlan(draft, on)]
        opens = opening_plan(rows, on)
        name = opens.title if opens else MISSING
        return (
            f"Its dates overlap those of {', '.join(overlapping)}. On {format_date(on)} the "
            f"strategy on a page opens at {name}."
        )

    @property
    def changed(self) -> str:
        return f"last changed {format_moment(self.draft.changed_at)} by {self.draft.changed_by}"


@dataclass(frozen=True)
class _AsPlan:
    """A draft as if it were adopted, for the rule that chooses which plan opens."""

    draft: PlanDraft
    known_on: date
    cited: bool = False

    @property
    def title(self) -> str:
        return self.draft.title

    @property
    def starts_on(self) -> date:
        return self.draft.starts_on

    @property
    def ends_on(self) -> date:
        return self.draft.ends_on


def outline_of(draft: PlanDraft, *, now: datetime) -> Outline:
    """The outline of a draft, in a fixed number of queries."""
    rows = list(
        DraftLine.objects.filter(draft=draft)
        .select_related("draft", "measure", "care_group", "changed_by")
        .order_by("position", "pk")
    )
    under: dict[int | None, list[DraftLine]] = defaultdict(list)
    for row in rows:
        under[row.parent_id].append(row)
    ended = commitments_before(draft)
    before = compared_by_measure(ended)
    counted = {row.measure_id for row in rows} | {target.measure_id for target in ended}
    series = series_of({key for key in counted if key is not None}, now=now)
    checks, nobody = checks_of(draft, [row for row in rows if row.kind == Kind.PROMISE], series)
    stands = stand(ended, series, now=now)

    named: dict[int, set[str]] = defaultdict(set)
    for row in rows:
        if row.measure_id and row.owner:
            named[row.measure_id].add(row.owner)

    def is_disputed(row: DraftLine) -> bool:
        return bool(row.owner) and len(named[row.measure_id or 0]) > 1

    def line(row: DraftLine) -> Line:
        children = tuple(line(child) for child in under[row.pk])
        if row.kind != Kind.PROMISE:
            return Line(row, children)
        promise, counted = promise_of(row), counted_by(row.measure)
        dates = {"plan_starts": draft.starts_on, "plan_ends": draft.ends_on}
        followed = before.get(row.measure_id or 0) or next(
            (target for target in ended if not row.measure_id and says(target, row)), None
        )
        return Line(
            row,
            movement=became(followed, row) if draft.follows_id else None,
            ended=followed,
            stands=stands.get(followed.pk) if followed else None,
            check=checks.get(row.pk),
            owners=tuple(sorted(named[row.measure_id or 0])) if is_disputed(row) else (),
            faults=tuple(problems(promise, counted, **dates)),
            remarks=(
                *(remarks(promise, counted, **dates) if row.measure else ()),
                *([f"{row.care_group.name} {NO_FIGURE}"] if row.pk in nobody else ()),
            ),
        )

    taken = {row.measure_id for row in rows if row.kind == Kind.PROMISE and row.measure_id}
    return Outline(
        draft=draft,
        ambitions=tuple(line(row) for row in under[None]),
        ended=tuple(
            Undecided(target, dropped_here(target), stands.get(target.pk))
            for target in ended
            if dropped_here(target) or target.measure_id is None or target.measure_id not in taken
            # What nobody counts is taken up where the draft says the same words.
            if not any(says(target, row) for row in rows)
        ),
        followed=tuple(ended),
        plans=tuple(plans_known(None)),
        today=london_date(now),
        latest=tuple(latest_changes(draft, rows)),
    )
