"""The strategy on a page: a plan's promises, what needs attention, and what has changed."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from board.home.attention import Attention, AttentionList, Candidate, rank
from kpis.plans.counts import Counts, Tally
from kpis.plans.status import AmbitionCard, PromiseRow, plan_status
from kpis.rag import Direction
from strategy.models import Plan
from strategy.periods import Month


@dataclass(frozen=True)
class StrategyPage:
    """Everything that the strategy on a page shows.

    `alone` holds promises of the plan as a whole, and the national standards that it reports.
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

    @cached_property
    def tally(self) -> Tally[PromiseRow]:
        return Tally(self.rows)

    @property
    def alone_tally(self) -> Tally[PromiseRow]:
        return Tally(self.alone)

    @property
    def counts(self) -> Counts:
        return self.tally.counts

    @cached_property
    def counts_before(self) -> Counts:
        return Counts.of(row.counted_before for row in self.rows)

    @cached_property
    def _by_code(self) -> dict[str, PromiseRow]:
        return {row.target.code: row for row in self.rows}

    @property
    def attention_rows(self) -> list[tuple[PromiseRow, Attention]]:
        return [(self._by_code[item.key], item) for item in self.attention.shown]

    @property
    def attention_left_out(self) -> list[PromiseRow]:
        return [self._by_code[item.key] for item in self.attention.rest]

    @property
    def without_data(self) -> list[PromiseRow]:
        """Measures without data for three periods or more, once each."""
        return [self._by_code[key] for key in self.attention.without_data]

    @property
    def never_reported(self) -> list[PromiseRow]:
        """Measures that are due but have never had a figure of their own frequency, once each."""
        return [self._by_code[key] for key in self.attention.never_reported]

    @property
    def statements(self) -> Counter[str]:
        """How many statements of each role the plan has.

        A promise is a commitment as printed: it counts once under its objective, however many
        targets it has.
        """
        said = {
            (row.target.role, row.target.objective_id, row.target.statement) for row in self.rows
        }
        return Counter(role for role, *_ in said)

    def changed(self, how: str) -> list[PromiseRow]:
        return [row for row in self.rows if row.change == how]

    @property
    def is_illustrative(self) -> bool:
        return any(row.is_illustrative for row in self.rows)

    @property
    def months_in_plan(self) -> tuple[int, int]:
        """The month's number in the plan, and how many months the plan has."""
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
    terms = row.terms
    return Candidate(
        key=row.target.code,
        measure=row.measure_key,
        standing=row.standing,
        is_milestone=terms is not None and terms.is_milestone,
        is_band=terms is not None and terms.direction is Direction.BAND,
        periods_missing=row.periods_missing,
        usual=row.usual,
    )
