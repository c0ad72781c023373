"""The datasets of golden threads: what became of each promise, and which measures are related."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from kmpt_tracker.ui.tabular import Cell
from kpis.exports.columns import CARE_GROUP, KNOWN_MEASURES, MEASURE, codes
from kpis.models import MeasureLink, Target
from kpis.plans.movement import Movement
from kpis.plans.threads import Station, Thread, all_threads, links_known
from kpis.targets import Change, Operator, Role, ValueIs
from strategy.exports.dataset import OBJECTIVE, PLAN, Dataset, boolean, code, number, text
from strategy.exports.filters import Filters


@dataclass(frozen=True)
class ThreadRow:
    """A plan on a thread with one of its promises, or none where it dropped the measure."""

    thread: Thread
    station: Station
    target: Target | None = None

    @property
    def is_compared(self) -> bool | None:
        return self.target == self.station.compared if self.target else None


def _threads(filters: Filters) -> Iterator[ThreadRow]:
    """Each promise of each plan on a measure. A plan that dropped the measure has one row."""
    for thread in all_threads(measure=filters.measure, known_at=filters.as_at):
        for station in thread.stations:
            if filters.plan in ("", station.plan.code):
                for target in station.targets or (None,):
                    yield ThreadRow(thread, station, target)


def _target(get: Callable[[Target], Cell]) -> Callable[[ThreadRow], Cell]:
    """A cell of the promise, empty where there is none."""
    return lambda row: get(row.target) if row.target else None


THREADS = Dataset[ThreadRow](
    "threads",
    "Golden threads: what became of each promise from plan to plan",
    (
        MEASURE.read_by(lambda row: row.thread.measure.code),
        text(
            "measure_name",
            "Name of the measure",
            lambda row: row.thread.measure.name,
            is_required=True,
        ),
        PLAN.read_by(lambda row: row.station.plan.code),
        code(
            "target",
            "Code of the target; empty: the plan promises nothing on the measure",
            _target(lambda target: target.code),
        ),
        OBJECTIVE.read_by(
            _target(lambda target: target.objective.reference if target.objective else ""),
            is_required=False,
        ),
        CARE_GROUP.read_by(_target(lambda target: target.care_group.code), is_required=False),
        code(
            "role",
            "What kind of target it is",
            _target(lambda target: target.role),
            allowed=codes(Role),
        ),
        text("statement", "The promise as published", _target(lambda target: target.statement)),
        code(
            "value_is",
            "What the number is",
            _target(lambda target: target.value_is),
            allowed=codes(ValueIs),
        ),
        code(
            "change",
            "Which way a change goes",
            _target(lambda target: target.change),
            allowed=codes(Change),
        ),
        number(
            "value",
            "The number promised; a change as a positive size",
            _target(lambda target: target.value),
        ),
        number(
            "upper_value",
            "Upper value of a band",
            _target(lambda target: target.upper_value),
            unit="the measure's unit",
        ),
        code(
            "operator",
            "How it is met",
            _target(lambda target: target.operator),
            allowed=codes(Operator),
        ),
        text(
            "due_as_published",
            "The due date as printed",
            _target(lambda target: target.due_as_published),
        ),
        boolean("is_compared", "Whether this is the plan's promise that is held against the last"),
        code(
            "what_happened",
            "What became of the promise in this plan",
            lambda row: row.station.movement.value,
            allowed=codes(Movement),
            is_required=True,
        ),
    ),
    frozenset({"plan", "measure", "as_at"}),
    _threads,
    KNOWN_MEASURES,
    key=("measure", "plan", "target"),
)


def _measure_links(filters: Filters) -> Iterator[MeasureLink]:
    """Each pair once; a measure asked for is either of the two."""
    for link in sorted(links_known(filters.as_at), key=MeasureLink.natural_key):
        if not filters.measure or filters.measure in link.natural_key():
            yield link


MEASURE_LINKS = Dataset[MeasureLink](
    "measure_links",
    "Measures that are related but defined differently",
    (
        MEASURE.read_by(lambda row: row.from_measure.code),
        code(
            "related_measure",
            "Code of the other measure",
            lambda row: row.to_measure.code,
            is_required=True,
        ),
        code("kind", "How the two are related", allowed=codes(MeasureLink.Kind), is_required=True),
        text("note", "How they differ"),
    ),
    frozenset({"measure", "as_at"}),
    _measure_links,
    KNOWN_MEASURES,
    key=("measure", "related_measure"),
)
