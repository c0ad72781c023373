"""What the assessment of a series takes and gives: observations in, judged windows out. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from kpis.judging.process import Process
from kpis.judging.spans import MONTH, Span
from kpis.judging.verdict import Verdict
from kpis.rag import Direction, Rag
from kpis.rollup import Origin, OverTime, RollUp, ratio
from kpis.spc import Reading
from kpis.targets import TargetTerms
from strategy.periods import Frequency, Period

PERCENT = "percent"
NOT_APPLICABLE, SUPPRESSED = "not_applicable", "suppressed"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureTerms:
    """What the calculation needs to know about a measure."""

    code: str
    direction: Direction
    frequency: Frequency
    unit: str = ""
    decimals: int = 0
    roll_up: RollUp = RollUp.NONE
    over_time: OverTime = OverTime.LAST
    judged_on: str = MONTH
    is_ratio: bool = False
    is_milestone: bool = False
    year_end_month: int = 3

    @property
    def scale(self) -> Decimal:
        return Decimal(100) if self.unit == PERCENT else Decimal(1)

    @property
    def adds_up_a_span(self) -> bool:
        """Whether the measure is rated on a sum of windows.

        Its targets are then amounts for a year, while its chart is of single windows.
        """
        is_sum = self.over_time is OverTime.SUM
        return self.judged_on != MONTH and is_sum and not self.is_milestone


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One current value of a series, or the total of several care groups' values."""

    period: Period
    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    status: str = "final"
    origin: Origin = Origin.ENTERED
    milestone_status: str = ""
    forecast_on: date | None = None
    completed_on: date | None = None
    actual_id: int | None = None
    known_from: datetime | None = None
    groups_reported: int = 1
    groups_expected: int = 1
    # the care groups that should report it, where it is a total
    groups: frozenset[str] | None = None
    state: Rag | None = None

    def unrounded(self, scale: Decimal) -> Decimal | None:
        if self.numerator is not None and self.denominator:
            return ratio(self.numerator, self.denominator, scale=scale)
        return self.value

    @property
    def reason_for_no_colour(self) -> Rag | None:
        if self.status == NOT_APPLICABLE or (self.numerator == 0 and self.denominator == 0):
            return Rag.NOT_APPLICABLE
        if self.status == SUPPRESSED:
            return Rag.SUPPRESSED
        return self.state


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged(Verdict):
    """A verdict, with the terms of the target that it is about."""

    target: TargetTerms

    @property
    def due_on(self) -> date | None:
        """The day the target falls due."""
        return self.target.due


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessed:
    """One window of a series: its value, what it was judged on, and its point in the chart.

    `span` counts the windows that the judged value covers, where there is more than one; `state` is
    the reason why that value has no colour.
    """

    observation: Observation
    value: Decimal | None
    judged_value: Decimal | None
    state: Rag | None
    span: Span | None = None
    judgements: tuple[Judged, ...] = ()
    reading: Reading | None = None
    point: int | None = None
    process: Process | None = None

    @property
    def primary(self) -> Judged | None:
        return next((judged for judged in self.judgements if judged.is_primary), None)

    @property
    def is_point(self) -> bool:
        """Whether its own value is complete. A longer span that is rated may still lack windows."""
        return self.value is not None and self.observation.reason_for_no_colour is None

    @property
    def rag(self) -> Rag:
        """The window's one colour, or the first reason for having none."""
        if self.state is not None:
            return self.state
        return self.primary.rag if self.primary else Rag.NO_TARGET


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesInputs:
    """All inputs of an assessment of one series.

    `begins_on`: the first day on which it should be reported, where that is known. `reorganised`:
    the days on which the care group took over another, or part of it moved to another.
    """

    measure: MeasureTerms
    care_group: str
    observations: tuple[Observation, ...] = ()
    targets: tuple[TargetTerms, ...] = ()
    rebases: tuple[date, ...] = ()
    fix_after_n_points: int | None = None
    parts: Mapping[str, tuple[Observation, ...]] = field(default_factory=dict)
    expected: Mapping[Period, tuple[str, ...]] = field(default_factory=dict)
    begins_on: date | None = None
    reorganised: tuple[date, ...] = ()
