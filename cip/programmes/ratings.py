"""The history of the delivery ratings, and what each change did to the weighted value."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from cip.money import Rating
from cip.programmes.totals import ZERO
from cip.standing.read import Standing
from cip.wording import thousands
from kmpt_tracker.ui.components import Column, Table
from kmpt_tracker.ui.formats import format_date


@dataclass(frozen=True)
class RatingChange:
    """A change of a scheme's deliverability, and what it did to the weighted value."""

    row: Standing
    was: Rating
    now: Rating
    at: datetime
    reason: str

    @property
    def effect(self) -> Decimal:
        """The forecast of months not signed off by then × the change of weight."""
        weights = self.row.scheme.programme.weights
        coming = [
            month
            for month in self.row.year.months
            if (signed := self.row.signed_off.get(month)) is None or signed > self.at
        ]
        ahead = sum((self.row.money.forecast_of(month) for month in coming), ZERO)
        return ahead * (weights.of(self.now) - weights.of(self.was)) / 100


def rating_changes(rows: Iterable[Standing]) -> list[RatingChange]:
    """Every change of a rating, latest first; the first rating of a scheme is not a change."""
    found = [
        RatingChange(
            row, Rating(before.rating), Rating(after.rating), after.known_from, after.reason
        )
        for row in rows
        for before, after in zip(row.ratings, row.ratings[1:], strict=False)
    ]
    return sorted(found, key=lambda change: change.at, reverse=True)


def rating_table(changes: Iterable[RatingChange]) -> Table:
    return Table(
        "Changes of the delivery rating, and what each did to the weighted value",
        ["Scheme", "When", "From", "To", Column("Effect, £000", numeric=True), "Why"],
        [
            (
                f"{change.row.scheme.reference} {change.row.scheme.title}",
                format_date(change.at),
                change.was.value,
                change.now.value,
                thousands(change.effect),
                change.reason,
            )
            for change in changes
        ],
    )
