"""The first lines of a programme's page: how the year ends in one sentence, and its tiles."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from cip.models import Programme
from cip.money import Rating, Weights, recurrent_gap
from cip.programmes.totals import Totals
from cip.standing.words import schemes_words
from cip.wording import pounds
from kmpt_tracker.ui.formats import format_value
from strategy.periods import Month


@dataclass(frozen=True)
class Headline:
    """How the year ends, and the words under each tile.

    `is_changed`: the target is no longer the one that was printed or set up. `until`: the month at
    whose end the page is read; None for the latest.
    """

    programme: Programme
    totals: Totals
    weights: Weights
    is_changed: bool = False
    until: Month | None = None

    @property
    def sentence(self) -> str:
        target, gap = pounds(self.totals.target), self.totals.gap
        if not self.totals.rows:
            printed = self.programme.printed_unidentified_k
            lacks = f": {pounds(printed)} was not identified when it was printed" if printed else ""
            return f"No scheme is tracked yet towards the {target} target{lacks}."
        if gap > 0:
            return (
                f"If every scheme delivers as rated, the year ends {pounds(gap)} short of the "
                f"{target} target."
            )
        over = f"{pounds(-gap)} above" if gap else "exactly at"
        return f"If every scheme delivers as rated, the year ends {over} the {target} target."

    @property
    def month_words(self) -> str:
        """That the page is that of an earlier month; empty for the latest."""
        if self.until is None:
            return ""
        return (
            f"As at the end of {self.until.full_label}: later months count as forecast, by their "
            "weight."
        )

    @property
    def delivered_label(self) -> str:
        months = self.totals.months_signed
        return f"Delivered to {months[-1].label}" if months else "Delivered"

    @property
    def delivered_words(self) -> str:
        totals = self.totals
        if not totals.months_signed:
            return "No month is signed off yet"
        last = totals.months_signed[-1].label
        missing = f"; {last} not signed off for {totals.waiting_words}" if totals.waiting else ""
        ended = totals.delivered_by_ended
        gone = f"; {pounds(ended)} of it by schemes that have ended since" if ended else ""
        return f"of {pounds(totals.planned_to_date)} planned in months signed off{gone}{missing}"

    @property
    def unidentified_words(self) -> str:
        """Under what is not identified: why, or that more is identified than was asked for."""
        if self.totals.unidentified < 0:
            return "More is identified than the target"
        return "No scheme yet" if self.totals.unidentified else "All of the target is identified"

    @property
    def counted(self) -> str:
        return schemes_words(len(self.totals.counted))

    @property
    def weights_words(self) -> str:
        shares = [
            f"{rating.value} counts {format_value(self.weights.of(rating), 'percent')}"
            for rating in Rating
        ]
        return ", ".join(shares).capitalize()

    @cached_property
    def recurrent_gap(self) -> Decimal | None:
        stated = self.programme.recurrent_target_k
        if stated is None and self.programme.printed_target_k is None:
            return None
        target = self.totals.target if stated is None else stated
        return recurrent_gap(target, (row.money for row in self.totals.rows), self.totals.year)
