"""Families of golden threads: promises in different words, on measures that are only related.

A family is a set of promised measures joined by links, directly or through each other, when more
than one plan has promises on them. It is read plan by plan and never drawn as one line.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kpis.models import Measure, MeasureLink, Target
from kpis.plans.threads import Thread
from strategy.models import Plan


@dataclass(frozen=True)
class Family:
    """Related measures and what plans promise on them.

    Named after the measure that most plans promise; of several, the one with most links.
    """

    measure: Measure
    promises: tuple[tuple[Plan, tuple[Target, ...]], ...]
    links: tuple[MeasureLink, ...]

    @property
    def measures(self) -> frozenset[int]:
        ends = ((link.from_measure_id, link.to_measure_id) for link in self.links)
        return frozenset(pk for pair in ends for pk in pair)


def families(threads: Iterable[Thread], links: Sequence[MeasureLink]) -> tuple[Family, ...]:
    """The families among the threads, by name. No query if the links come with their measures."""
    by_measure = {thread.measure.pk: thread for thread in threads}
    own: dict[int, list[MeasureLink]] = defaultdict(list)
    for link in links:
        if {link.from_measure_id, link.to_measure_id} <= by_measure.keys():
            own[link.from_measure_id].append(link)
            own[link.to_measure_id].append(link)
    found = []
    waiting = dict.fromkeys(own)
    while waiting:
        members = _reached(next(iter(waiting)), own)
        waiting = {pk: None for pk in waiting if pk not in members}
        family = _family([by_measure[pk] for pk in members], own)
        if len(family.promises) > 1:
            found.append(family)
    return tuple(sorted(found, key=lambda family: family.measure.name.casefold()))


def _reached(start: int, own: dict[int, list[MeasureLink]]) -> set[int]:
    reached: set[int] = set()
    ahead = [start]
    while ahead:
        pk = ahead.pop()
        if pk not in reached:
            reached.add(pk)
            for link in own[pk]:
                ahead += (link.from_measure_id, link.to_measure_id)
    return reached


def _family(threads: Sequence[Thread], own: dict[int, list[MeasureLink]]) -> Family:
    by_name = sorted(threads, key=lambda thread: thread.measure.name.casefold())
    promised: dict[Plan, list[Target]] = defaultdict(list)
    for thread in by_name:
        for station in thread.promised:
            promised[station.plan] += station.targets
    links = {link.pk: link for thread in by_name for link in own[thread.measure.pk]}
    first = max(by_name, key=lambda one: (len(one.promised), len(own[one.measure.pk])))
    return Family(
        measure=first.measure,
        promises=tuple(
            (plan, tuple(promised[plan]))
            for plan in sorted(promised, key=lambda plan: (plan.starts_on, plan.code))
        ),
        links=tuple(links.values()),
    )
