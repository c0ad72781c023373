"""How far a programme is: from target to gap, month by month, and from idea to closed.

Each chart with its sentence and the table of its figures.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from cip.money import Stage, Step, Weights, gap_steps
from cip.programmes.chart import cumulative, waterfall
from cip.programmes.totals import ZERO, Totals
from cip.wording import STAGES, STEPS, pounds, thousands
from kmpt_tracker.ui.components import Column, Table
from strategy.periods import Month


@dataclass(frozen=True)
class Progress:
    """The two charts and the pipeline of a programme."""

    totals: Totals
    weights: Weights

    @cached_property
    def steps(self) -> list[Step]:
        found = gap_steps(
            self.totals.target,
            ((row.money, row.added_up) for row in self.totals.rows),
            weights=self.weights,
        )
        return [step for step in found if step.amount or step.code in ("target", "gap")]

    @property
    def waterfall(self) -> dict[str, Any]:
        return waterfall(self.steps)

    @property
    def waterfall_words(self) -> str:
        said = [f"{STEPS[step.code].lower()} {thousands(step.amount)}" for step in self.steps]
        return f"From the target to the gap, £000: {', '.join(said)}."

    @property
    def waterfall_table(self) -> Table:
        rows = [(STEPS[step.code], thousands(step.amount)) for step in self.steps]
        return Table("From target to gap, £000", ["Step", Column("£000", numeric=True)], rows)

    @cached_property
    def by_month(self) -> list[tuple[Month, Decimal, Decimal | None, Decimal | None]]:
        """Cumulative plan, delivered and forecast; delivered until the last month signed off."""
        signed = self.totals.months_signed
        last = signed[-1] if signed else None
        years = [row.added_up for row in self.totals.rows]
        sums = zip(
            self.totals.year.months,
            _each_month(row.added_up.by_month for row in self.totals.counted),
            _each_month(year.delivered_by_month for year in years),
            _each_month(year.ahead_by_month for year in years),
            strict=True,
        )
        plan = delivered = ahead = ZERO
        found = []
        for month, planned, saved, coming in sums:
            plan, delivered, ahead = plan + planned, delivered + saved, ahead + coming
            is_past = last is not None and month <= last
            is_ahead = last is None or month >= last
            found.append(
                (
                    month,
                    plan,
                    delivered if is_past else None,
                    delivered + ahead if is_ahead else None,
                )
            )
        return found

    @property
    def cumulative(self) -> dict[str, Any]:
        months, plan, delivered, forecast = zip(*self.by_month, strict=True)
        return cumulative(months, plan, delivered, forecast)

    @property
    def cumulative_words(self) -> str:
        _, plan, _, forecast = self.by_month[-1]
        totals = self.totals
        said = (
            f"By March the schemes plan {pounds(plan)} and forecast {pounds(forecast)}, "
            f"of a target of {pounds(totals.target)}."
        )
        if not totals.waiting:
            return said
        have = "has" if len(totals.waiting) == 1 else "have"
        last = totals.months_signed[-1].label
        return (
            f"{said} {totals.waiting_words} {have} not signed off {last}: what they delivered "
            "then is not in the line yet."
        )

    @property
    def cumulative_table(self) -> Table:
        def cell(value: Decimal | None) -> str:
            return "–" if value is None else thousands(value)

        return Table(
            "Cumulative savings, £000",
            ["Month", *(Column(name, numeric=True) for name in ("Plan", "Delivered", "Forecast"))],
            [
                (month.label, cell(plan), cell(delivered), cell(forecast))
                for month, plan, delivered, forecast in self.by_month
            ],
        )

    @property
    def pipeline(self) -> Table:
        """How many schemes are at each stage, and what they are worth."""
        counts = Counter(row.stage for row in self.totals.rows)
        plan: dict[Stage, Decimal] = defaultdict(Decimal)
        weighted: dict[Stage, Decimal] = defaultdict(Decimal)
        for row in self.totals.rows:
            plan[row.stage] += row.in_year_plan
            weighted[row.stage] += row.risk_weighted
        heads = ("Schemes", "Plan", "Risk-weighted")
        return Table(
            "Schemes by stage, £000",
            ["Stage", *(Column(name, numeric=True) for name in heads)],
            [
                (STAGES[stage], counts[stage], thousands(plan[stage]), thousands(weighted[stage]))
                for stage in Stage
                if counts[stage]
            ],
        )


def _each_month(years: Iterable[tuple[Decimal, ...]]) -> list[Decimal]:
    """What schemes add up to in each of the twelve months."""
    return [sum(month, ZERO) for month in zip(*years, strict=True)] or [ZERO] * 12
