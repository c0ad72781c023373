"""The sums of a set of schemes, and the target that they are compared with."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from cip.money import unidentified
from cip.standing.read import Standing
from cip.wording import thousands, whole_percent
from strategy.periods import FinancialYear, Month

ZERO = Decimal(0)


@dataclass(frozen=True)
class Totals:
    """The sums of a set of schemes, and the target that they are compared with."""

    target: Decimal
    rows: tuple[Standing, ...]
    year: FinancialYear

    @cached_property
    def counted(self) -> list[Standing]:
        """The schemes that count as identified."""
        return [row for row in self.rows if row.money.is_identified]

    @cached_property
    def identified(self) -> Decimal:
        return sum((row.in_year_plan for row in self.counted), ZERO)

    @property
    def unidentified(self) -> Decimal:
        return unidentified(self.target, self.identified)

    @cached_property
    def risk_weighted(self) -> Decimal:
        return sum((row.risk_weighted for row in self.rows), ZERO)

    @property
    def gap(self) -> Decimal:
        return self.target - self.risk_weighted

    @cached_property
    def delivered(self) -> Decimal:
        return sum((row.delivered for row in self.rows), ZERO)

    @cached_property
    def forecast(self) -> Decimal:
        return sum((row.forecast for row in self.rows), ZERO)

    @cached_property
    def planned_to_date(self) -> Decimal:
        return sum((row.planned_to_date for row in self.counted), ZERO)

    @cached_property
    def carry_over(self) -> Decimal:
        """What next year still gains from the schemes that count."""
        return sum((row.carry_over for row in self.counted), ZERO)

    def share(self, amount: Decimal) -> int:
        """The share of the target, in whole per cent."""
        return whole_percent(100 * amount / self.target) if self.target else 0

    @property
    def identified_share(self) -> int:
        return self.share(self.identified)

    @property
    def tracked(self) -> list[str]:
        """The columns of the table by care group that the schemes add up to."""
        values = (self.identified, self.unidentified, self.risk_weighted, self.gap)
        return [thousands(value) for value in (*values, self.forecast, self.delivered)]

    @property
    def delivered_by_ended(self) -> Decimal:
        """What schemes had delivered before they were rejected or substituted."""
        return self.delivered - sum((row.delivered for row in self.counted), ZERO)

    @cached_property
    def waiting(self) -> set[str]:
        """The care groups that have not signed off the last month that another has."""
        if not self.months_signed:
            return set()
        last = self.months_signed[-1]
        return {
            row.scheme.care_group.name
            for row in self.rows
            if last not in row.signed_off and row.delivered_since is not None
        }

    @property
    def waiting_words(self) -> str:
        """ "3 groups"."""
        return "1 group" if len(self.waiting) == 1 else f"{len(self.waiting)} groups"

    @cached_property
    def months_signed(self) -> list[Month]:
        """The months that a care group has signed off."""
        return sorted({month for row in self.rows for month in row.signed_off})
