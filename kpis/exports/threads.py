"""The datasets of golden threads: what became of each promise, and which measures are related."""

from collections.abc import Iterator

from kmpt_tracker.ui.tabular import Cell
from kpis.exports.columns import CARE_GROUP, KNOWN_MEASURES, MEASURE, codes
from kpis.models import MeasureLink, Target
from kpis.plans.movement import Movement
from kpis.plans.threads import Station, Thread, all_threads, links_known
from kpis.targets import Change, Operator, Role, ValueIs
from strategy.exports.filters import Filters
from strategy.exports.plans import OBJECTIVE, PLAN, Dataset, boolean, code, number, text

Rows = Iterator[tuple[Cell, ...]]


def _threads(filters: Filters) -> Rows:
    """Each promise of each plan on a measure. A plan that dropped the measure has one row."""
    for thread in all_threads(measure=filters.measure, known_at=filters.as_at):
        for station in thread.stations:
            if filters.plan in ("", station.plan.code):
                yield from _station_rows(thread, station)


def _station_rows(thread: Thread, station: Station) -> Rows:
    held: tuple[Cell, ...] = (thread.measure.code, thread.measure.name, station.plan.code)
    if not station.targets:
        yield *held, *[None] * (len(THREADS.columns) - 4), station.movement.value
    for target in station.targets:
        yield *held, *_promise(target), target == station.compared, station.movement.value


def _promise(target: Target) -> tuple[Cell, ...]:
    return (
        target.code,
        target.objective.reference if target.objective else "",
        target.care_group.code,
        target.role,
        target.statement,
        target.value_is,
        target.change,
        target.value,
        target.upper_value,
        target.operator,
        target.due_as_published,
    )


THREADS = Dataset(
    "threads",
    "Golden threads: what became of each promise from plan to plan",
    (
        MEASURE,
        text("measure_name", "Name of the measure"),
        PLAN,
        code("target", "Code of the target; empty: the plan promises nothing on the measure"),
        OBJECTIVE,
        CARE_GROUP,
        code("role", "What kind of target it is", codes(Role)),
        text("statement", "The promise as published"),
        code("value_is", "What the number is", codes(ValueIs)),
        code("change", "Which way a change goes", codes(Change)),
        number("value", "The number promised; a change as a positive size"),
        number("upper_value", "Upper value of a band", "the measure's unit"),
        code("operator", "How it is met", codes(Operator)),
        text("due_as_published", "The due date as printed"),
        boolean("is_compared", "Whether this is the plan's promise that is held against the last"),
        code("what_happened", "What became of the promise in this plan", codes(Movement)),
    ),
    frozenset({"plan", "measure", "as_at"}),
    _threads,
    KNOWN_MEASURES,
)


def _measure_links(filters: Filters) -> Rows:
    """Each pair of related measures once. The filter for a measure matches either of the two."""
    links = MeasureLink.objects.order_by("from_measure__code", "to_measure__code")
    if filters.measure:
        asked = filters.measure
        links = links.filter(Q(from_measure__code=asked) | Q(to_measure__code=asked))
    yield from links.values_list("from_measure__code", "to_measure__code", "kind", "note")


MEASURE_LINKS = Dataset(
    "measure_links",
    "Measures that are related but defined differently",
    (
        MEASURE,
        code("related_measure", "Code of the other measure"),
        code("kind", "How the two are related", codes(MeasureLink.Kind)),
        text("note", "How they differ"),
    ),
    frozenset({"measure", "as_at"}),
    _measure_links,
    KNOWN_MEASURES,
)
