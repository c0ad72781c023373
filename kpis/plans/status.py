"""A plan's promises with their status: the content of the plan page and the board page."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from statistics import fmean

from django.db.models import Exists, OuterRef, QuerySet

from accounts.permissions import reads_publicly
from kmpt_tracker.questions import answered_once, written_once
from kmpt_tracker.ui.formats import format_date
from kpis.assessments.accepted import accepted_levels
from kpis.assessments.as_known import Known
from kpis.assessments.inputs import measure_terms
from kpis.assessments.recent import Recent, recent_in_months
from kpis.judging.accepted import Accepted, covers, in_effect
from kpis.judging.freshness import windows_missing
from kpis.judging.history import Clock
from kpis.judging.promised import promised_words
from kpis.judging.status import Standing
from kpis.judging.terms import MeasureTerms
from kpis.models import AcceptedLevel, Series, Target
from kpis.models.targets import BY_OBJECTIVE
from kpis.plans.counts import Reason, Tally, counted_as, group_of
from kpis.plans.remarks import notes_and_changes
from kpis.rag import Group, Rag
from kpis.spc.words import sign_of
from strategy.models import Ambition, Objective, Plan
from strategy.notes import Notes, Remark
from strategy.periods import Frequency, Month, latest_window
from strategy.places import shared
from strategy.recorded import restored, restored_parents

# Groups with a colour, best first.
RATINGS = (Group.ON_TARGET, Group.NEAR_TARGET, Group.OFF_TARGET)
USUAL_WINDOWS = 12


@dataclass(frozen=True)
class PromiseRow:
    """One promise of the plan, its measure's figure now, and the figure a month before."""

    target: Target
    series: Series | None
    standing: Standing
    before: Standing
    trend: tuple[float | None, ...] = ()
    cuts: tuple[int, ...] = ()
    periods_missing: int = 0
    notes: tuple[Remark, ...] = ()
    is_recalculating: bool = False
    # The level that the board accepts for the period of the figure shown.
    accepted: Accepted | None = None

    @property
    def name(self) -> str:
        return self.target.measure.name if self.target.measure else self.target.statement

    @cached_property
    def terms(self) -> MeasureTerms | None:
        measure = self.series.measure if self.series else self.target.measure
        return measure_terms(measure) if measure else None

    @property
    def is_illustrative(self) -> bool:
        return self.standing.shown.origin == "illustrative"

    @property
    def usual(self) -> Decimal | None:
        """The mean of the last twelve windows.

        None where a longer span is rated, which cannot be compared with single windows.
        """
        known = [value for value in self.trend if value is not None][-USUAL_WINDOWS:]
        if not known or self.terms is None or self.terms.judged_on != "month":
            return None
        return Decimal(str(fmean(known)))

    @property
    def owner(self) -> str:
        """The owner of the measure, else of the promise, if named; not a person for the public."""
        if self.target.measure:
            return self.target.measure.owner
        return "" if reads_publicly() else self.target.owner or ""

    @property
    def is_accepted(self) -> bool:
        """Whether the board accepts the figure shown; the colour stays as it is."""
        terms = self.terms
        return (
            self.accepted is not None
            and terms is not None
            and covers(self.accepted, self.standing.shown, terms.direction)
        )

    @property
    def accepted_note(self) -> str:
        """Beside a colour that misses the target: until when the board accepts it, if it does."""
        if self.accepted is None or self.standing.shown.rag not in (Rag.RED, Rag.AMBER):
            return ""
        if self.is_accepted:
            return f"accepted to {format_date(self.accepted.until)}"
        return "worse than the board accepts"

    @property
    def not_in_force(self) -> str:
        """Beside a figure that the promise does not rate: from which day it holds, or until which.

        Empty where the figure has a target, or where the promise names no value.
        """
        shown = self.standing.shown
        if shown.rag is not Rag.NO_TARGET or shown.target or self.target.value is None:
            return ""
        last, begins = shown.period.end, self.begins
        if begins is not None and begins > last:
            return f"from {format_date(begins)}"
        ended = self.target.due_on
        return f"until {format_date(ended)}" if ended and ended < last else "not in force"

    @property
    def begins(self) -> date | None:
        """The first day of the promise: its own, else its plan's."""
        plan = self.target.plan
        return self.target.effective_from or (plan.starts_on if plan else None)

    @property
    def lacking(self) -> str:
        """The same inside a sentence: "≥ 92% holds only from 1 Jan 2026"."""
        when, terms = self.not_in_force, self.terms
        if not when or terms is None:
            return ""
        verb = {"from": "holds only", "until": "held only"}.get(when.partition(" ")[0], "is")
        return f"{promised_words(self.target, terms)} {verb} {when}"

    @property
    def measure_key(self) -> str:
        return self.target.measure.code if self.target.measure else ""

    @cached_property
    def counted(self) -> Reason:
        return counted_as(self.standing.rag, is_recalculating=self.is_recalculating)

    @cached_property
    def counted_before(self) -> Reason:
        return counted_as(self.before.rag, is_recalculating=self.is_recalculating)

    @cached_property
    def change(self) -> str:
        """How the status changed since the month before, by the groups that `Counts` counts.

        Worse or better between two ratings; newly rated, or no longer; no longer with data; or
        another change, such as from no data to a figure that is not rated. Empty when it did not
        change.
        """
        now, before = group_of(self.counted), group_of(self.counted_before)
        if now == before:
            return ""
        if now in RATINGS and before in RATINGS:
            return "worse" if RATINGS.index(now) > RATINGS.index(before) else "better"
        if now is Group.NO_DATA and self.before.has_value:
            return "lost"
        if now in RATINGS:
            return "rated"
        return "unrated" if before in RATINGS else "other"


def place_of(rows: Iterable[PromiseRow]) -> str:
    """The place that all promises of a table have; empty where they differ."""
    return shared(row.target.place for row in rows)


@dataclass(frozen=True)
class ObjectiveRows:
    objective: Objective
    rows: tuple[PromiseRow, ...]
    notes: tuple[Remark, ...] = ()

    @property
    def place(self) -> str:
        return place_of(self.rows)

    @cached_property
    def tally(self) -> Tally[PromiseRow]:
        return Tally(self.rows)


@dataclass(frozen=True)
class AmbitionCard:
    """A grouping with its objectives; `shares_theme`: other groupings have its theme too."""

    ambition: Ambition
    objectives: tuple[ObjectiveRows, ...]
    shares_theme: bool = False

    @property
    def name(self) -> str:
        """Its theme where no other grouping has it, as in "People we care for"; else its title."""
        ambition = self.ambition
        return ambition.title if self.shares_theme else ambition.theme or ambition.title

    @property
    def numbered_name(self) -> str:
        """ "1. People we care for", where the plan numbers it."""
        number = self.ambition.number
        return f"{number}. {self.name}" if number else self.name

    @property
    def caption(self) -> str:
        """What comes over its name: "Ambition 1", and its theme where it shares one."""
        ambition = self.ambition
        kind = f"{ambition.get_kind_display()} {ambition.number}".strip()
        return f"{kind} · {ambition.theme}" if self.shares_theme and ambition.theme else kind

    @cached_property
    def rows(self) -> tuple[PromiseRow, ...]:
        return tuple(row for objective in self.objectives for row in objective.rows)

    @cached_property
    def tally(self) -> Tally[PromiseRow]:
        return Tally(self.rows)


@dataclass(frozen=True)
class PlanStatus:
    """A plan in a month: its groupings, objectives and promises, and their status.

    `alone` are the promises of the plan as a whole and the standards it reports.
    """

    cards: tuple[AmbitionCard, ...]
    stale: int
    alone: tuple[PromiseRow, ...] = ()

    @cached_property
    def rows(self) -> tuple[PromiseRow, ...]:
        """Every promise, under an objective or not: what the counts of any page add up to."""
        return (*(row for card in self.cards for row in card.rows), *self.alone)


def plan_status(
    plan: Plan,
    month: Month,
    clock: Clock,
    *,
    known_at: datetime | None = None,
    wanted: Callable[[Objective | None], bool] = lambda objective: True,
) -> PlanStatus:
    """A plan in a month, as known now or at a past moment, in a fixed number of queries.

    Only promises of the objectives `wanted` are read.
    """
    return plan_in_months(plan, [month], clock, known_at=known_at, wanted=wanted)[month]


def plan_in_months(
    plan: Plan,
    months: Collection[Month],
    clock: Clock,
    *,
    known_at: datetime | None = None,
    wanted: Callable[[Objective | None], bool] = lambda objective: True,
) -> dict[Month, PlanStatus]:
    """A plan in several months, all as known at one moment: what they share is read once."""
    objectives = _objectives(plan.pk)
    objectives = restored_parents(restored(objectives, known_at), "ambition", known_at)
    for objective in objectives:
        objective.plan = plan
    recorded = [
        target for target in _targets(plan, objectives, known_at) if wanted(target.objective)
    ]
    series = _series_of(recorded)
    found = recent_in_months(series.values(), months, known_at=known_at)
    notes = notes_and_changes([*recorded, *objectives], known_at)
    marked = {row.measure_id for row in series.values() if row.is_ever_accepted}  # type: ignore[attr-defined]
    levels = accepted_levels(marked, known_at) if marked else {}
    stale = 0 if known_at else sum(1 for row in series.values() if row.is_stale)
    statuses = {}
    for month in months:
        rows = [
            promise_row(
                target,
                series.get((target.measure_id, target.care_group_id)),
                found[month],
                month,
                clock,
                notes=notes.at(target),
                known_at=known_at,
            )
            for target in Known(known_at).on_terms_of(recorded, month.end)
        ]
        rows = [
            replace(row, accepted=in_effect(levels[row.target.measure_id], _shown_until(row)))
            if row.target.measure_id in levels and row.series and row.series.care_group.is_trust
            else row
            for row in rows
        ]
        alone = tuple(row for row in rows if row.target.objective_id is None)
        statuses[month] = PlanStatus(_cards(objectives, rows, notes), stale, alone)
    return statuses


@answered_once
def _objectives(plan: int) -> QuerySet[Objective]:
    return (
        Objective.objects.filter(plan=plan)
        .select_related("ambition__source_document", "source_document")
        .order_by("ambition__position", "position")
    )


def _shown_until(row: PromiseRow) -> date:
    return row.standing.shown.period.end


def _series_of(targets: Iterable[Target]) -> dict[tuple[int | None, int], Series]:
    """The series that targets ask for, by measure and care group; mostly the trust's."""
    measures = {target.measure.pk: target.measure for target in targets if target.measure}
    found: dict[tuple[int | None, int], Series] = {}
    groups = {target.care_group_id for target in targets}
    for row in _reported(list(measures), groups):
        row.measure = measures[row.measure_id]
        found[row.measure_id, row.care_group_id] = row
    return found


@written_once
def _reported(measures: Collection[int], care_groups: Collection[int]) -> QuerySet[Series]:
    # Most measures were never accepted below what was promised: then nothing more is asked.
    ever = AcceptedLevel.objects.filter(measure=OuterRef("measure"))
    return (
        Series.objects.filter(measure__in=measures, care_group__in=care_groups)
        .select_related("care_group")
        .annotate(is_ever_accepted=Exists(ever.order_by()))
    )


def _targets(
    plan: Plan, objectives: Iterable[Objective], known_at: datetime | None
) -> list[Target]:
    """The plan's promises as recorded at the moment.

    Plan and objectives have been read already: their columns are not read again with every promise.
    """
    under = {objective.pk: objective for objective in objectives}
    known = Known(known_at)
    rows = _promised(plan.pk, known_at)
    for row in rows:
        row.plan = plan
        if row.objective_id in under:
            row.objective = under[row.objective_id]
    return known.as_recorded(rows)


@answered_once
def _promised(plan: int, known_at: datetime | None) -> QuerySet[Target]:
    return (
        Known(known_at)
        .marked(Target.objects.filter(plan=plan))
        .select_related("measure", "source_document")
        .order_by(*BY_OBJECTIVE, "position", "part", "pk")
    )


def promise_row(
    target: Target,
    series: Series | None,
    found: dict[int, Recent],
    month: Month,
    clock: Clock,
    *,
    notes: tuple[Remark, ...] = (),
    known_at: datetime | None = None,
) -> PromiseRow:
    """A promise with its measure's figure against it, in a month and in the month before.

    It is being recalculated while a figure behind it has changed and is not judged again yet.
    """
    if series is None:
        rag = Rag.NO_MEASURE if target.measure_id is None else Rag.NO_DATA
        absent = Standing(period=month.period, rag=rag)
        return PromiseRow(target, None, absent, absent, notes=notes)
    history = found[series.pk]
    is_recalculating = known_at is None and series.is_stale
    series = history.found.series
    standing = against(history.at(month, clock), target)
    before = against(history.state_at(month.plus(-1), clock), target)
    frequency = Frequency(series.measure.frequency)
    due = latest_window(month, frequency, year_end_month=series.measure.year_end_month)
    latest = standing.latest or (standing if standing.has_value else None)
    missing = windows_missing(latest.period if latest else None, due, frequency)
    return PromiseRow(
        target=target,
        series=series,
        standing=standing,
        before=before,
        trend=history.trend,
        cuts=history.cuts,
        periods_missing=missing or 0,
        notes=notes,
        is_recalculating=is_recalculating,
    )


def against(standing: Standing, target: Target) -> Standing:
    """The window against one target, which may not be the one rated first.

    The limits are compared with it too; how often a target was met is counted only for the one
    rated first. Where an older figure is shown, it is the older figure that is compared. A promise
    that is not in force in the window (an interim target after its date, next year's amount) is
    not rated by another one that is. A milestone has the status that its owner gives it, whichever
    promise is in force.
    """
    if standing.latest is not None:
        standing = replace(standing, latest=against(standing.latest, target))
    own = next((shown for shown in standing.further if shown.pk == target.pk), None)
    if own is None:
        held = standing.target
        is_own = held is None or held.pk == target.pk
        is_milestone = target.measure is not None and target.measure.is_milestone
        return standing if is_own or is_milestone else standing.without_target()
    sign = sign_of(target.measure.direction) if target.measure else 0
    return standing.against_target(own, sign=sign)


def _cards(
    objectives: Iterable[Objective], rows: Iterable[PromiseRow], notes: Notes
) -> tuple[AmbitionCard, ...]:
    """The plan's groupings in its own order; an objective without promises keeps its place."""
    promises: dict[int | None, list[PromiseRow]] = defaultdict(list)
    for row in rows:
        promises[row.target.objective_id].append(row)
    found: dict[Ambition, list[ObjectiveRows]] = defaultdict(list)
    for objective in objectives:
        found[objective.ambition].append(
            ObjectiveRows(objective, tuple(promises[objective.pk]), notes.at(objective))
        )
    themes = Counter(ambition.theme for ambition in found)
    return tuple(
        AmbitionCard(ambition, tuple(under), themes[ambition.theme] > 1)
        for ambition, under in found.items()
    )
