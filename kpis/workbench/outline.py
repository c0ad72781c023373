"""A draft as its page shows it: its outline, what blocks adoption, what becomes of each promise."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from kmpt_tracker.ui.formats import MISSING, format_count, format_date, format_moment
from kpis.asked.opening import opening_plan
from kpis.assessments.inputs import load_inputs, measure_terms
from kpis.judging.capability import Capability, capability
from kpis.judging.promised import promised_words
from kpis.models import DraftLine, PlanDraft, Series, Target
from kpis.plans.movement import Movement
from kpis.plans.threads import preference
from kpis.promises.choices import counted_by
from kpis.promises.promise import problems, remarks
from kpis.workbench.before import (
    Undecided,
    became,
    commitments_before,
    compared_by_measure,
    same_words,
    says,
)
from kpis.workbench.lines import promise_of
from strategy.models import Plan
from strategy.periods import Month
from strategy.selectors import plans_newest_first

Kind = DraftLine.Kind
WORDS = {
    Movement.SAME: "Carried over",
    Movement.TIGHTENED: "Tightened",
    Movement.LOOSENED: "Loosened",
    Movement.CHANGED_IN_KIND: "Changed in kind",
    Movement.NEW: "New",
    Movement.DROPPED: "Dropped",
}


@dataclass(frozen=True)
class Line:
    """A line of the outline, with the lines under it."""

    row: DraftLine
    children: tuple[Line, ...] = ()
    movement: Movement | None = None
    ended: Target | None = None
    check: Capability | None = None
    faults: tuple[tuple[str, str], ...] = ()
    remarks: tuple[str, ...] = ()

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
    def asks(self) -> str:
        row = self.row
        if row.measure is None:
            return ""
        if row.points:
            return f"{len(row.points)} values by month, the last {row.points[-1][1]}"
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
        return [
            line
            for ambition in self.ambitions
            for under in (ambition, *ambition.children)
            for line in (under, *(under.children if under is not ambition else ()))
        ]

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
    def blocks(self) -> tuple[str, ...]:
        """What blocks adoption, each counted; a target that would be missed does not."""
        found = Counter(stop for line in self.lines for stop in line.stops)
        said = [f"{what} ({format_count(count, 'line')})" for what, count in found.items()]
        if not self.promises:
            said.insert(0, "There is no promise yet")
        if self.undecided:
            count = len(self.undecided)
            said.append(
                f"{format_count(count, 'promise')} of the ended plan "
                f"{'is' if count == 1 else 'are'} not decided: taken up, or dropped with a reason"
            )
        return tuple(said)

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


def outline_of(draft: PlanDraft, *, today: date) -> Outline:
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
    checks = _checks(draft, [row for row in rows if row.kind == Kind.PROMISE])

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
            check=checks.get(row.pk),
            faults=tuple(problems(promise, counted, **dates)),
            remarks=remarks(promise, counted, **dates) if row.measure else (),
        )

    taken = {row.measure_id for row in rows if row.kind == Kind.PROMISE and row.measure_id}
    dropped = {row.ended_id: row for row in draft.successions.select_related("decided_by")}
    return Outline(
        draft=draft,
        ambitions=tuple(line(row) for row in under[None]),
        ended=tuple(
            Undecided(target, dropped.get(target.pk))
            for target in ended
            if target.pk in dropped or target.measure_id is None or target.measure_id not in taken
            # What nobody counts is taken up where the draft says the same words.
            if not any(says(target, row) for row in rows)
        ),
        followed=tuple(ended),
        plans=tuple(plans_newest_first()),
        today=today,
    )


def _checks(draft: PlanDraft, rows: Sequence[DraftLine]) -> dict[int, Capability]:
    """The check of every promise with a number: the inputs of all series are read at once."""
    wanted = [row for row in rows if row.measure_id and (row.value is not None or row.points)]
    series = {
        (one.measure_id, one.care_group_id): one
        for one in Series.objects.filter(
            measure__in={row.measure_id for row in wanted}
        ).select_related("measure", "care_group")
    }
    held = {row.pk: series.get((row.measure_id or 0, row.care_group_id)) for row in wanted}
    inputs = load_inputs({one.pk: one for one in held.values() if one is not None}.values())
    found = {}
    for row in wanted:
        one = held[row.pk]
        if one is None:
            continue
        faults = problems(
            promise_of(row),
            counted_by(row.measure),
            plan_starts=draft.starts_on,
            plan_ends=draft.ends_on,
        )
        if any(True for _ in faults):
            continue
        terms = promise_of(row).terms(
            code="draft",
            plan=draft.code,
            starts=draft.starts_on,
            ends=draft.ends_on,
            tolerance=draft.default_tolerance_percent,
        )
        due = terms.due or draft.ends_on
        found[row.pk] = capability(inputs[one.pk], terms, Month.of(due))
    return found
