"""Golden threads: one measure followed through the promises of successive plans."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet

from accounts.permissions import reads_publicly
from kmpt_tracker.questions import answered_once
from kpis.assessments.as_known import Known
from kpis.models import DraftLine, Measure, MeasureLink, PlanDraft, Succession, Target
from kpis.plans.movement import Movement, Promise, movement
from kpis.rag import Direction
from kpis.targets import Role
from strategy.models import Plan
from strategy.recorded import already_recorded, restored, restored_parents
from strategy.selectors import plans_known


@dataclass(frozen=True)
class Station:
    """A plan on a thread: what it promised, and how that compares with the plan before.

    `compared` is the promise compared with the earlier one: the commitment; one with a number
    before one without; of several, the one due last. A plan that dropped the measure has none.
    """

    plan: Plan
    movement: Movement
    targets: tuple[Target, ...] = ()
    compared: Target | None = None
    # Why the promise before was dropped, where the plan was adopted here with a reason.
    reason: str = ""
    # What became of what this plan dropped: "carried forward", "retired", or that a standard holds.
    left: str = ""

    @property
    def words(self) -> str:
        """What became of the promise: "Tightened", "Dropped: carried forward"."""
        return ": ".join(filter(None, (self.movement.words, self.left)))


@dataclass(frozen=True)
class Related:
    """A measure that is related to another one, and how they differ: never one line."""

    measure: Measure
    link: MeasureLink


@dataclass(frozen=True)
class Thread:
    """A measure with the plans that promise something on it, and those that dropped it."""

    measure: Measure
    stations: tuple[Station, ...]
    related: tuple[Related, ...] = ()

    @property
    def promised(self) -> tuple[Station, ...]:
        return tuple(station for station in self.stations if station.targets)

    @property
    def is_shared(self) -> bool:
        return len(self.promised) > 1


@dataclass(frozen=True)
class Threads:
    """All threads: measures that several plans have promises on, and those that only one has."""

    shared: tuple[Thread, ...]
    single: tuple[Thread, ...]
    links: tuple[MeasureLink, ...]

    @property
    def by_plan(self) -> list[tuple[Plan, list[Thread]]]:
        """The measures of one plan alone, plan by plan."""
        found: dict[Plan, list[Thread]] = defaultdict(list)
        for thread in self.single:
            found[thread.promised[0].plan].append(thread)
        return sorted(found.items(), key=lambda item: item[0].starts_on)


STANDARD = Role.NATIONAL_STANDARD


def successive_plans(known_at: datetime | None = None) -> list[Plan]:
    """The plans that could continue a promise, in order of time. A cited plan promises nothing.

    As known at a moment: the plans that were known then.
    """
    plans = [plan for plan in plans_known(known_at) if not plan.cited]
    return sorted(plans, key=lambda plan: (plan.starts_on, plan.code))


def threads(known_at: datetime | None = None) -> Threads:
    """Every promised measure with what became of its promises; a fixed number of queries.

    As known at a moment: by the plans, promises and links known then; links of measures that
    nobody had promised anything on yet are left out.
    """
    found = sorted(all_threads(known_at=known_at), key=lambda one: one.measure.name.casefold())
    known = {thread.measure.pk: thread.measure for thread in found}
    return Threads(
        shared=tuple(thread for thread in found if thread.is_shared),
        single=tuple(thread for thread in found if not thread.is_shared),
        links=tuple(
            link
            for link in links_known(known_at)
            if known_at is None or {link.from_measure_id, link.to_measure_id} & known.keys()
        ),
    )


def links_known(known_at: datetime | None, measure: Measure | None = None) -> list[MeasureLink]:
    """Links between measures, or those of one, with both measures, all as recorded at a moment."""
    rows = _links(measure.pk if measure else None)
    found = restored(already_recorded(rows, known_at), known_at)
    for name in ("from_measure", "to_measure"):
        found = restored_parents(found, name, known_at)
    return sorted(found, key=lambda link: (link.from_measure.name, link.to_measure.name))


@answered_once
def _links(measure: int | None) -> QuerySet[MeasureLink]:
    rows = MeasureLink.objects.select_related("from_measure", "to_measure")
    if measure is None:
        return rows
    return rows.filter(Q(from_measure=measure) | Q(to_measure=measure))


def all_threads(*, measure: str = "", known_at: datetime | None = None) -> list[Thread]:
    """The threads of every promised measure, or of one, in order of code."""
    plans = successive_plans(known_at)
    now = {plan.pk: plan for plan in (plans if known_at is None else successive_plans())}
    rows = _promised(measure or None)
    for row in rows:
        row.plan = now[row.plan_id or 0]
        if row.objective is not None and row.objective.plan_id == row.plan_id:
            row.objective.plan = row.plan
    known = Known(known_at)
    found = known.as_recorded(rows)
    gone = retired(found, known)
    by_measure: dict[Measure, list[Target]] = defaultdict(list)
    for target in found:
        if target.measure is not None:
            by_measure[target.measure].append(target)
    why = _reasons(measure.pk for measure in by_measure)
    return [
        Thread(
            measure,
            stations(plans, targets, Direction(measure.direction), why.get(measure.pk, {}), gone),
        )
        for measure, targets in by_measure.items()
    ]


def retired(targets: Iterable[Target], known: Known) -> frozenset[int]:
    """The keys of the targets that the last of their approved changes ends, whenever that is."""
    rows = known.on_terms_of(targets, date.max)
    return frozenset(row.pk for row in rows if row.retired_on is not None)


@answered_once
def _promised(measure: str | None) -> QuerySet[Target]:
    """The targets of measures, or of one; three plans are not read again with each of hundreds."""
    rows = Known().marked(
        Target.objects.filter(measure__isnull=False, plan__isnull=False, plan__cited=False)
    )
    if measure is not None:
        rows = rows.filter(measure__code=measure)
    return rows.select_related("measure", "care_group", "objective", "source_document").order_by(
        "measure__code", "plan__starts_on", "position", "part", "pk"
    )


def _reasons(measures: Iterable[int]) -> dict[int, dict[str, str]]:
    """Why promises were dropped, by measure and by the code of the plan that dropped them; what
    people wrote is not for everyone to read.
    """
    if reads_publicly():
        return {}
    found: dict[int, dict[str, str]] = defaultdict(dict)
    for measure, plan, reason in _dropped(list(measures)):
        if measure is not None:
            found[measure][plan] = reason
    return found


@answered_once
def _dropped(
    measures: Collection[int],
) -> QuerySet[Succession, tuple[int | None, str, str]]:
    """The measure, the plan that dropped the promise on it, and why."""
    rows = Succession.objects.filter(
        ended__measure__in=measures,
        decision=Succession.Decision.DROPPED,
        draft__status=PlanDraft.Status.ADOPTED,
    )
    return rows.order_by("pk").values_list("ended__measure", "draft__code", "reason")


def thread_of(
    measure: Measure,
    targets: Iterable[Target],
    links: Iterable[MeasureLink],
    known_at: datetime | None = None,
) -> Thread:
    """The thread of one measure whose targets have been read as the plans print them."""
    why = _reasons([measure.pk]).get(measure.pk, {})
    of_plans = [target for target in targets if target.plan is not None]
    gone = retired(of_plans, Known(known_at))
    return Thread(
        measure,
        stations(successive_plans(known_at), of_plans, Direction(measure.direction), why, gone),
        tuple(
            Related(
                link.to_measure if link.from_measure_id == measure.pk else link.from_measure, link
            )
            for link in links
        ),
    )


def stations(
    plans: Sequence[Plan],
    targets: Iterable[Target],
    direction: Direction,
    why: Mapping[str, str] | None = None,
    gone: Collection[int] = (),
) -> tuple[Station, ...]:
    """The stations from the first plan that promises it; the next one without it dropped it.

    Of targets with a key in `gone`, which were retired, nothing is carried forward.
    """
    by_plan: Mapping[int | None, list[Target]] = defaultdict(list)
    for target in targets:
        by_plan[target.plan_id].append(target)
    found: list[Station] = []
    last: Target | None = None
    for plan in plans:
        promised = by_plan[plan.pk]
        if not promised:
            if found and found[-1].movement is not Movement.DROPPED:
                reason, left = (why or {}).get(plan.code, ""), _left(found[-1].targets, gone)
                found.append(Station(plan, Movement.DROPPED, reason=reason, left=left))
            continue
        now = main_target(promised)
        how = Movement.NEW if last is None else _became(last, now, direction)
        found.append(Station(plan, how, tuple(promised), now))
        # A commitment is compared with the commitment before, whatever was reported in between.
        if last is None or not _is_other_than_committed(last, now):
            last = now
    return tuple(found)


def _became(last: Target, now: Target, direction: Direction) -> Movement:
    """What became of a target in the next plan."""
    if _is_other_than_committed(last, now):
        return Movement.CHANGED_IN_KIND
    return movement(compared(last), compared(now), direction)


def _is_other_than_committed(last: Target, now: Target) -> bool:
    """A plan that only reports a national standard neither loosens nor tightens the commitment
    before it, which stays in force.
    """
    return last.role == Role.COMMITMENT and now.role != Role.COMMITMENT


def _left(targets: Iterable[Target], gone: Collection[int]) -> str:
    """A commitment is carried forward, and a national standard holds without its plan, unless it
    was retired; other targets end with their plan.
    """
    for role, left in ((Role.COMMITMENT, "carried forward"), (STANDARD, "the standard holds")):
        held = {row.pk for row in targets if row.role == role}
        if held:
            return "retired" if held <= set(gone) else left
    return ""


def main_target(targets: Sequence[Target]) -> Target:
    """The target that speaks for several of one plan on one measure."""
    return min(targets, key=preference)


def preference(promise: Target | DraftLine) -> tuple[bool, bool, bool, timedelta]:
    """The commitment: with a number, trust-wide, due last, in this order of preference."""
    return (
        promise.role != "commitment",
        promise.value is None,
        not promise.care_group.is_trust,
        date.max - (promise.due or date.max),
    )


def compared(promise: Target | DraftLine) -> Promise:
    """What of a promise is compared with another."""
    return Promise(
        value=promise.value,
        upper=promise.upper_value,
        operator=promise.operator,
        value_is=promise.value_is,
        change=promise.change,
        scope=promise.care_group.code,
    )
