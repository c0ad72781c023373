"""Which care group reports which measure, on some day and after a change of the structure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.db.models import Q

from kpis.models import Measure, Series
from kpis.organisation.reorganisation import Examined
from strategy.models import CareGroup
from strategy.models.organisation import in_force_on
from strategy.periods import is_in_force

Choice = Mapping[str, frozenset[int]]


@dataclass(frozen=True)
class Reporting:
    """The series of care groups that returns feed, with measure and care group, on some day."""

    rows: tuple[Series, ...]
    on: date

    def measures_of(self, codes: Iterable[str]) -> dict[int, Measure]:
        wanted = set(codes)
        return {
            row.measure_id: row.measure
            for row in self.rows
            if row.care_group.code in wanted and row.valid_to is None
        }

    @cached_property
    def offered(self) -> list[Measure]:
        """The measures that a care group may report: counted by care group, or reported by one."""
        counted = Q(collection_level=Measure.CollectionLevel.CARE_GROUP)
        reported = Q(pk__in={row.measure_id for row in self.rows})
        own = Series.objects.filter(fed_by=Series.FedBy.TRACKER).values("measure")
        found = Measure.objects.filter(in_force_on(self.on), counted | reported)
        return list(found.exclude(pk__in=own).order_by("name"))


def reporting_on(on: date) -> Reporting:
    rows = (
        Series.objects.filter(fed_by=Series.FedBy.RETURNS)
        .exclude(care_group__level=CareGroup.Level.TRUST)
        .select_related("measure", "care_group")
        .order_by("care_group__position", "measure__name")
    )
    return Reporting(tuple(rows), on)


def proposed(plan: Examined, reporting: Reporting) -> Choice:
    """What each group that takes over would report: what the groups before it reported; where there
    are none, what every care group reports.
    """
    offered = {row.pk for row in reporting.offered}
    before = reporting.measures_of(row.code for row in plan.sources)
    if not plan.sources:
        there = [
            row
            for row in plan.groups
            if not row.is_trust and is_in_force(plan.asked.on, row.valid_from, row.valid_to)
        ]
        reported = [set(reporting.measures_of([row.code])) for row in there]
        usual = set.intersection(*(keys for keys in reported if keys)) if any(reported) else set()
        return {code: frozenset(usual & offered) for code, _ in plan.taking_over}
    return {code: frozenset(set(before) & offered) for code, _ in plan.taking_over}


def reports(row: Series, on: date) -> bool:
    """Whether the series, and its care group, are in force on a day."""
    return all(is_in_force(on, held.valid_from, held.valid_to) for held in (row, row.care_group))
