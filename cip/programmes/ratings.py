"""The history of the delivery ratings and of their weights, and what each change did to the
weighted value."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from cip.models import Programme
from cip.money import Rating, Weights
from cip.programmes.totals import ZERO
from cip.standing.read import Standing, Weighted
from cip.wording import thousands
from kmpt_tracker.ui.components import Column, Table
from kmpt_tracker.ui.formats import format_date, format_value


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
        weights = self.row.weights_at(self.at)
        return _ahead(self.row, self.at) * (weights.of(self.now) - weights.of(self.was)) / 100


@dataclass(frozen=True)
class WeightingChange:
    """A change of what ratings count, and what it did to the weighted value of the programme."""

    rows: Sequence[Standing]
    was: Weights
    now: Weights
    at: datetime
    reason: str

    @property
    def effect(self) -> Decimal:
        """Of each scheme that may deliver: the forecast of months not signed off by then × how far
        the weight of its rating moved."""
        return sum(
            (
                _ahead(row, self.at) * (self.now.of(rating) - self.was.of(rating)) / 100
                for row in self.rows
                if row.money.may_deliver and row.money.is_identified
                if (rating := _rating_at(row, self.at)) is not None
            ),
            ZERO,
        )


def _ahead(row: Standing, at: datetime) -> Decimal:
    """The forecast of the months that were not signed off at a moment."""
    coming = [
        month
        for month in row.year.months
        if (signed := row.signed_off.get(month)) is None or signed > at
    ]
    return sum((row.money.forecast_of(month) for month in coming), ZERO)


def _rating_at(row: Standing, at: datetime) -> Rating | None:
    held = [rated.rating for rated in row.ratings if rated.known_from <= at]
    return Rating(held[-1]) if held else None


def weightings_known(
    programme: Programme, rows: Sequence[Standing], known_at: datetime | None
) -> tuple[Weighted, ...]:
    """Every change of the weights known at a moment, oldest first. Schemes bring them along; a
    programme that has none yet is asked.
    """
    if rows:
        return rows[0].weightings
    found = programme.weight_changes.order_by("known_from", "pk")  # type: ignore[attr-defined]
    if known_at is not None:
        found = found.filter(known_from__lte=known_at)
    return tuple(
        Weighted(
            Weights(row.green, row.amber, row.red), row.known_from, row.recorded_by_id, row.reason
        )
        for row in found
    )


def weighting_changes(
    rows: Sequence[Standing], set_up: Weights, weightings: Iterable[Weighted]
) -> list[WeightingChange]:
    """Every change of the weights of a programme, latest first."""
    was, found = set_up, []
    for weighted in weightings:
        found.append(
            WeightingChange(rows, was, weighted.weights, weighted.known_from, weighted.reason)
        )
        was = weighted.weights
    return found[::-1]


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


def weights_table(changes: Iterable[WeightingChange]) -> Table:
    return Table(
        "Changes of the weights, and what each did to the weighted value",
        ["When", "From", "To", Column("Effect, £000", numeric=True), "Why"],
        [
            (
                format_date(change.at),
                weights_words(change.was),
                weights_words(change.now),
                thousands(change.effect),
                change.reason,
            )
            for change in changes
        ],
    )


def weights_words(weights: Weights) -> str:
    """Green 100%, amber 50%, red 0%."""
    shares = [f"{name.value} {format_value(weights.of(name), 'percent')}" for name in Rating]
    return ", ".join(shares).capitalize()
