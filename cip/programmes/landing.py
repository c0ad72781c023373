"""The landing page of savings: every year with its target, what was delivered, and the gap."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from cip.models import Programme
from cip.programmes.printed import programmes_known
from cip.programmes.targets import target_changes
from cip.programmes.totals import ZERO, Totals
from cip.standing.read import Standing, schemes_with_parents, standings
from cip.wording import pounds
from strategy.periods import FinancialYear


@dataclass(frozen=True)
class Landing:
    """Every programme: this year's first, then the newest."""

    cards: tuple[YearCard, ...]

    @property
    def has_illustrative(self) -> bool:
        return any(card.is_illustrative for card in self.cards)


@dataclass(frozen=True)
class YearCard:
    """A programme on the landing page."""

    programme: Programme
    totals: Totals
    is_present: bool

    @property
    def is_illustrative(self) -> bool:
        return any(row.scheme.is_illustrative for row in self.totals.rows)

    @property
    def words(self) -> str:
        found = self.totals
        if not found.rows:
            return f"{pounds(found.target)} target; no scheme is tracked yet."
        gap = f"{pounds(found.gap)} short" if found.gap > 0 else f"{pounds(-found.gap)} above"
        return (
            f"{pounds(found.target)} target, {pounds(found.delivered)} delivered, {gap} after risk."
        )


def landing(known_at: datetime | None, present: FinancialYear) -> Landing:
    programmes = programmes_known(known_at)
    by_programme: dict[int, list[Standing]] = defaultdict(list)
    for row in standings(schemes_with_parents(), known_at=known_at):
        by_programme[row.scheme.programme_id].append(row)
    changes = target_changes(known_at)
    cards = [
        YearCard(
            programme,
            Totals(
                (programme.printed_target_k or ZERO) + changes.get(programme.pk, ZERO),
                tuple(by_programme[programme.pk]),
                programme.financial_year,
            ),
            programme.year == present.code,
        )
        for programme in programmes
    ]
    return Landing(tuple(sorted(cards, key=lambda card: not card.is_present)))
