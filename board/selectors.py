"""The strategy on a page: a plan's promises, what needs attention, and what has changed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from board.attention import Attention, AttentionList, Candidate, rank
from kpis.promises import AmbitionCard, Counts, PromiseRow, group_of, plan_status
from strategy.models import Plan
from strategy.periods import Month


@dataclass(frozen=True)
class StrategyPage:
    """Everything the strategy on a page shows.

    `alone` are the promises of the plan as a whole, and the standards it reports.
    """

    plan: Plan
    month: Month
    known_at: datetime | None
    cards: tuple[AmbitionCard, ...]
    attention: AttentionList
    stale: int
    alone: tuple[PromiseRow, ...] = ()

    @property
    def rows(self) -> tuple[PromiseRow, ...]:
        return (*(row for card in self.cards for row in card.rows), *self.alone)

    @property
    def alone_counts(self) -> Counts:
        return Counts.of(row.standing.rag for row in self.alone)

    @property
    def counts(self) -> Counts:
        return Counts.of(row.standing.rag for row in self.rows)

    @property
    def counts_before(self) -> Counts:
        return Counts.of(row.before.rag for row in self.rows)

    @property
    def attention_rows(self) -> list[PromiseRow]:
        return self._rows_of(self.attention.shown)

    @property
    def attention_left_out(self) -> list[PromiseRow]:
        return self._rows_of(self.attention.rest)

    @property
    def never_reported(self) -> int:
        """How many are due and were never reported: nothing is known that could be ranked."""
        return sum(
            group_of(row.standing.rag) == "no_data" and row.standing.latest is None
            for row in self.rows
        )

    def _rows_of(self, items: Iterable[Attention]) -> list[PromiseRow]:
        by_code = {row.target.code: row for row in self.rows}
        return [by_code[item.key] for item in items]

    def changed(self, how: str) -> list[PromiseRow]:
        return [row for row in self.rows if row.change == how]

    @property
    def is_illustrative(self) -> bool:
        return any(row.is_illustrative for row in self.rows)

    @property
    def months_in_plan(self) -> tuple[int, int]:
        """Month n of m."""
        first = Month.of(self.plan.starts_on)
        length = Month.of(self.plan.ends_on).months_since(first) + 1
        return self.month.months_since(first) + 1, length


def strategy_page(
    plan: Plan, month: Month, *, now: datetime, known_at: datetime | None = None
) -> StrategyPage:
    """A plan in a month, as known now or at a past moment."""
    status = plan_status(plan, month, now=now, known_at=known_at)
    return StrategyPage(
        plan=plan,
        month=month,
        known_at=known_at,
        cards=status.cards,
        attention=rank([_candidate(row) for row in (*status.rows, *status.alone)]),
        stale=status.stale,
        alone=status.alone,
    )


def _candidate(row: PromiseRow) -> Candidate:
    return Candidate(
        key=row.target.code,
        standing=row.standing,
        is_milestone=bool(row.target.measure and row.target.measure.is_milestone),
        periods_missing=row.periods_missing,
    )
