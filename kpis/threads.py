"""Golden threads: one promise followed through successive plans."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from kpis.models import Measure, MeasureLink, Target
from kpis.rag import Direction
from strategy.models import Plan


class Movement(StrEnum):
    """What became of a promise in the next plan that could have taken it up."""

    FIRST = "first"
    TIGHTENED = "tightened"
    LOOSENED = "loosened"
    KEPT = "kept"
    CHANGED = "changed"
    DROPPED = "dropped"


@dataclass(frozen=True)
class Promise:
    """What decides whether a later promise asks for more: a level and how it is met."""

    value: Decimal | None
    operator: str
    value_is: str


_STRICT = {"gt": "ge", "lt": "le"}


def movement(earlier: Promise, later: Promise, direction: Direction) -> Movement:
    """Tightened or loosened where both ask for a level; anything else is only changed.

    The same level met strictly ("< 4%" after "4% or less") is tightened.
    """
    if earlier == later:
        return Movement.KEPT
    levels = earlier.value_is == later.value_is == "absolute"
    if not levels or earlier.value is None or later.value is None:
        return Movement.CHANGED
    if direction not in (Direction.HIGHER_IS_BETTER, Direction.LOWER_IS_BETTER):
        return Movement.CHANGED
    if earlier.value == later.value:
        if _STRICT.get(later.operator) == earlier.operator:
            return Movement.TIGHTENED
        if _STRICT.get(earlier.operator) == later.operator:
            return Movement.LOOSENED
        return Movement.CHANGED
    rises = later.value > earlier.value
    asks_more = rises == (direction is Direction.HIGHER_IS_BETTER)
    return Movement.TIGHTENED if asks_more else Movement.LOOSENED


@dataclass(frozen=True)
class Station:
    """A plan on a thread: what it promised, and how that relates to the one before."""

    plan: Plan
    targets: tuple[Target, ...]
    movement: Movement


@dataclass(frozen=True)
class Thread:
    """A measure that several plans promise something on."""

    measure: Measure
    stations: tuple[Station, ...]
    related: tuple[Measure, ...]


def threads() -> list[Thread]:
    """Every measure that is promised in more than one plan, or related to another measure.

    Four queries, however many plans there are.
    """
    plans = list(Plan.objects.filter(cited=False).order_by("starts_on"))
    by_measure: dict[int, dict[str, list[Target]]] = defaultdict(lambda: defaultdict(list))
    measures: dict[int, Measure] = {}
    rows = (
        Target.objects.filter(measure__isnull=False, plan__isnull=False)
        .select_related("measure", "plan", "objective__plan", "source_document")
        .order_by("plan__starts_on", "position", "part")
    )
    for target in rows:
        measure, plan = target.measure, target.plan
        if measure is not None and plan is not None:
            measures[measure.pk] = measure
            by_measure[measure.pk][plan.code].append(target)
    related = _related()
    found = [
        Thread(measure, _stations(plans, by_measure[pk], measure), tuple(related.get(pk, ())))
        for pk, measure in measures.items()
        if len(by_measure[pk]) > 1 or pk in related
    ]
    return sorted(found, key=lambda thread: thread.measure.name)


def _related() -> dict[int, list[Measure]]:
    found = defaultdict(list)
    for link in MeasureLink.objects.select_related("from_measure", "to_measure"):
        found[link.from_measure_id].append(link.to_measure)
        found[link.to_measure_id].append(link.from_measure)
    return found


def _stations(
    plans: Iterable[Plan], by_plan: dict[str, list[Target]], measure: Measure
) -> tuple[Station, ...]:
    """From the first plan that promises it on; a later plan without it has dropped it."""
    stations: list[Station] = []
    last: Target | None = None
    for plan in plans:
        targets = by_plan.get(plan.code, [])
        if not targets:
            if stations and stations[-1].movement is not Movement.DROPPED:
                stations.append(Station(plan, (), Movement.DROPPED))
            continue
        now = _main(targets)
        if last is None:
            how = Movement.FIRST
        else:
            how = movement(_promise(last), _promise(now), Direction(measure.direction))
        stations.append(Station(plan, tuple(targets), how))
        last = now
    return tuple(stations)


def _main(targets: list[Target]) -> Target:
    """The commitment, with a number before one without."""
    return min(targets, key=lambda target: (target.role != "commitment", target.value is None))


def _promise(target: Target) -> Promise:
    return Promise(target.value, target.operator, target.value_is)
