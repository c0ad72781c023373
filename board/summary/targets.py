"""The lines of the summary: a measure each, or a target of a plan each, as the board counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from kpis.asked.address import Asked
from kpis.assessments.owners import owners_ahead
from kpis.judging.assess import MeasureTerms
from kpis.judging.status import Standing
from kpis.models import Measure, Series, Target
from kpis.plans.counts import Counted, Reason
from kpis.plans.status import PromiseRow, plan_status
from strategy.models import CareGroup, Plan
from strategy.notes import Remark
from strategy.periods import Month


class SummaryRow(Counted, Protocol):
    """What the table, its filters and the matrix need from a line."""

    @property
    def name(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def owner(self) -> str: ...
    @property
    def owner_ahead(self) -> str: ...
    @property
    def tags(self) -> Sequence[str]: ...
    @property
    def ambitions(self) -> frozenset[str]: ...
    @property
    def terms(self) -> MeasureTerms | None: ...
    @property
    def is_illustrative(self) -> bool: ...
    @property
    def series(self) -> Series | None: ...
    @property
    def target(self) -> Target | None: ...
    @property
    def measure(self) -> Measure | None: ...


@dataclass(frozen=True)
class TargetRow:
    """A target of a plan, with or without a measure."""

    promise: PromiseRow
    owner_ahead: str = ""

    @property
    def name(self) -> str:
        return self.promise.name

    @property
    def url(self) -> str:
        return self.promise.target.get_absolute_url()

    @property
    def owner(self) -> str:
        return self.promise.owner

    @property
    def tags(self) -> Sequence[str]:
        measure = self.promise.target.measure
        return measure.tags if measure else ()

    @property
    def ambitions(self) -> frozenset[str]:
        objective = self.promise.target.objective
        return frozenset([objective.ambition.number] if objective else []) - {""}

    @property
    def terms(self) -> MeasureTerms | None:
        return self.promise.terms

    @property
    def standing(self) -> Standing:
        return self.promise.standing

    @property
    def series(self) -> Series | None:
        return self.promise.series

    @property
    def target(self) -> Target:
        return self.promise.target

    @property
    def measure(self) -> Measure | None:
        return self.promise.target.measure

    @property
    def trend(self) -> tuple[float | None, ...]:
        return self.promise.trend

    @property
    def cuts(self) -> tuple[int, ...]:
        return self.promise.cuts

    @property
    def notes(self) -> tuple[Remark, ...]:
        return self.promise.notes

    @property
    def is_illustrative(self) -> bool:
        return self.promise.is_illustrative

    @property
    def measure_key(self) -> str:
        return self.promise.measure_key

    @property
    def counted(self) -> Reason:
        return self.promise.counted


def target_rows(
    plan: Plan, month: Month, asked: Asked, care_group: CareGroup, words: str
) -> list[TargetRow]:
    """The targets that the board counts, in the order of the plan.

    For the trust all are listed; for another care group, those made for it. Words are looked for in
    the promise and in its measure.
    """
    rows = plan_status(plan, month, asked.clock, known_at=asked.known_at).rows
    measures = {row.target.measure_id for row in rows if row.target.measure_id}
    ahead = owners_ahead(measures, asked.known_at)
    return [
        TargetRow(row, ahead.get(row.target.measure_id or 0, ""))
        for row in rows
        if (care_group.is_trust or row.target.care_group_id == care_group.pk)
        and _has(row, words.casefold())
    ]


def _has(row: PromiseRow, sought: str) -> bool:
    measure = row.target.measure
    texts = [row.target.statement]
    if measure:
        texts += [measure.name, measure.code, measure.definition]
    return any(sought in text.casefold() for text in texts)
