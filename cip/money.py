"""Savings arithmetic: identified, risk-weighted, in-year, full-year effect, carry-over, gap.

Money is decimal, in thousands of pounds, and never rounded here. A programme runs from April to
March. Worked examples are in docs/rules.md.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from strategy.periods import FinancialYear, Month

ZERO = Decimal(0)


class Stage(StrEnum):
    """The stage of a scheme. The first six are in the order of progress."""

    IDEA = "idea"
    OUTLINED = "outlined"
    QIA = "qia"
    APPROVED = "approved"
    IN_DELIVERY = "in_delivery"
    CLOSED = "closed"
    REJECTED = "rejected"
    SUBSTITUTED = "substituted"


IDENTIFIED_STAGES = frozenset(
    {Stage.OUTLINED, Stage.QIA, Stage.APPROVED, Stage.IN_DELIVERY, Stage.CLOSED}
)


class Rating(StrEnum):
    """How likely a scheme is to deliver."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Weights:
    """The share of a forecast that counts, in per cent, by rating. A plan may set its own."""

    green: Decimal = Decimal(100)
    amber: Decimal = Decimal(50)
    red: Decimal = ZERO

    def __post_init__(self) -> None:
        for name in Rating:
            share = getattr(self, name.value)
            if not share.is_finite() or not 0 <= share <= 100:
                raise ValueError(f"The weight of {name.value} must lie between 0 and 100.")

    def of(self, rating: Rating | None) -> Decimal:
        """The weight of a rating; an unrated scheme weighs 0."""
        return ZERO if rating is None else Decimal(getattr(self, Rating(rating).value))


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemeMoney:
    """One scheme's money by month, in £ thousands. `may_deliver`: the QIA gate lets it count."""

    stage: Stage
    rating: Rating | None = None
    is_recurrent: bool = False
    may_deliver: bool = False
    stated_full_year_effect: Decimal | None = None
    plan: Mapping[Month, Decimal] = field(default_factory=dict)
    forecast: Mapping[Month, Decimal] = field(default_factory=dict)
    actual: Mapping[Month, Decimal] = field(default_factory=dict)

    @property
    def is_identified(self) -> bool:
        return self.stage in IDENTIFIED_STAGES

    def forecast_of(self, month: Month) -> Decimal:
        """The forecast for a month, or its plan if nobody has forecast it."""
        return self.forecast.get(month, self.plan.get(month, ZERO))


def in_year(phasing: Mapping[Month, Decimal], year: FinancialYear) -> Decimal:
    """Σ April to March; months outside the year do not count."""
    return sum([phasing.get(month, ZERO) for month in year.months], ZERO)


@dataclass(frozen=True, slots=True)
class AddedUp:
    """The year of one scheme, added up once: each part by month, April first.

    `delivered` are the actuals of the months signed off, `ahead` the forecast of the others, 0 for
    a scheme that is not identified. A page of 500 schemes asks for a dozen sums of each.
    """

    by_month: tuple[Decimal, ...]  # the plan
    delivered_by_month: tuple[Decimal, ...]
    ahead_by_month: tuple[Decimal, ...]
    plan: Decimal
    planned_to_date: Decimal  # the plan of the months signed off
    delivered: Decimal
    ahead: Decimal


def added_up(scheme: SchemeMoney, year: FinancialYear, *, signed_off: Collection[Month]) -> AddedUp:
    """One pass over the months of a scheme's year."""
    plan, forecast, actual = scheme.plan, scheme.forecast, scheme.actual
    is_identified = scheme.is_identified
    planned, delivered, ahead = [], [], []
    to_date = ZERO
    for month in year.months:
        of_month = plan.get(month, ZERO)
        planned.append(of_month)
        if month in signed_off:
            to_date += of_month
            delivered.append(actual.get(month, ZERO))
            ahead.append(ZERO)
        else:
            delivered.append(ZERO)
            ahead.append(forecast.get(month, of_month) if is_identified else ZERO)
    return AddedUp(
        tuple(planned),
        tuple(delivered),
        tuple(ahead),
        sum(planned, ZERO),
        to_date,
        sum(delivered, ZERO),
        sum(ahead, ZERO),
    )


def full_year_effect(
    phasing: Mapping[Month, Decimal],
    year: FinancialYear,
    *,
    is_recurrent: bool,
    stated: Decimal | None = None,
) -> Decimal:
    """As stated, else 12 × the last month's run rate if recurrent, 0 if not.

    The last month is the last one of the year that the phasing names; a 0 there is a run rate
    of 0.
    """
    if stated is not None:
        return stated
    if is_recurrent:
        for month in reversed(year.months):
            if month in phasing:
                return 12 * phasing[month]
    return ZERO


def carry_over(full_year: Decimal, this_year: Decimal) -> Decimal:
    """What next year still gains: full-year effect − in-year. Negative when savings fall away."""
    return full_year - this_year


def identified(schemes: Iterable[SchemeMoney], year: FinancialYear) -> Decimal:
    """Σ in-year plan of schemes from "outlined" on, without ideas, rejected or substituted ones."""
    return sum((in_year(scheme.plan, year) for scheme in schemes if scheme.is_identified), ZERO)


def unidentified(target: Decimal, identified_savings: Decimal) -> Decimal:
    """Target − identified; negative when more than the target is identified."""
    return target - identified_savings


def risk_weighted(
    scheme: SchemeMoney,
    year: FinancialYear,
    *,
    signed_off: Collection[Month],
    weights: Weights | None = None,
) -> Decimal:
    """Actuals of months signed off + other months' forecast × the weight of the rating.

    The other months weigh 0 until the quality impact assessment lets the scheme deliver, and
    again once it is voided; actuals signed off still count. A scheme that is not identified
    weighs 0 throughout.
    """
    found = added_up(scheme, year, signed_off=signed_off)
    return found.delivered + found.ahead * share_of(scheme, weights or Weights())


def share_of(scheme: SchemeMoney, weights: Weights) -> Decimal:
    """The share of its forecast, 0 to 1, that a scheme counts with; 0 while the gate is shut."""
    return weights.of(scheme.rating) / 100 if scheme.may_deliver else ZERO


def delivered_to_date(
    scheme: SchemeMoney, year: FinancialYear, *, signed_off: Collection[Month]
) -> Decimal:
    """Σ actuals of the months that finance has signed off."""
    return added_up(scheme, year, signed_off=signed_off).delivered


def outturn(scheme: SchemeMoney, year: FinancialYear, *, signed_off: Collection[Month]) -> Decimal:
    """The year's forecast: actuals of months signed off, forecast of the others, unweighted.

    For a scheme that is not identified, such as a rejected one, only its actuals count.
    """
    found = added_up(scheme, year, signed_off=signed_off)
    return found.delivered + found.ahead


def recurrent_gap(
    recurrent_target: Decimal, schemes: Iterable[SchemeMoney], year: FinancialYear
) -> Decimal:
    """Recurrent target − Σ full-year effect of the recurrent schemes that are identified."""
    effects = (
        full_year_effect(
            scheme.plan, year, is_recurrent=True, stated=scheme.stated_full_year_effect
        )
        for scheme in schemes
        if scheme.is_recurrent and scheme.is_identified
    )
    return recurrent_target - sum(effects, ZERO)


def level_phasing(amount: Decimal, first: Month, last: Month) -> dict[Month, Decimal]:
    """The same amount in every month from first to last, both included."""
    return {first.plus(n): amount for n in range(last.months_since(first) + 1)}


@dataclass(frozen=True, slots=True)
class PrintedTotal:
    """A printed total and the sum of its rows, with the difference in words."""

    printed: Decimal
    computed: Decimal

    @property
    def difference(self) -> Decimal:
        return self.computed - self.printed

    @property
    def sentence(self) -> str:
        gap = abs(self.difference)
        if gap == 0:
            return "The rows add to the printed total."
        side = "less" if self.difference < 0 else "more"
        return (
            f"Printed {_plain(self.printed)}; the rows add to {_plain(self.computed)}, "
            f"{_plain(gap)} {side}: "
            + ("probably rounding." if gap < 2 else "more than rounding explains.")
        )


def _plain(amount: Decimal) -> str:
    """5,950 for 5950.000: trailing zeros are dropped."""
    return f"{amount.normalize():,f}"


@dataclass(frozen=True, slots=True)
class Step:
    """One step from the target to the gap, in £ thousands. `code` says what it is."""

    code: str
    amount: Decimal


def gap_steps(
    target: Decimal,
    schemes: Iterable[tuple[SchemeMoney, AddedUp]],
    *,
    weights: Weights | None = None,
) -> tuple[Step, ...]:
    """From the target to the gap after risk, and what the gap is made of; each scheme comes with
    its year, added up.

    target − delivered − each rating's weighted forecast = gap
    = behind plan so far + forecast below plan + held back by rating or gate + unidentified.
    """
    weights = weights or Weights()
    counted: dict[str, Decimal] = dict.fromkeys(("delivered", *Rating), ZERO)
    lost: dict[str, Decimal] = dict.fromkeys(
        ("behind", "below_plan", *(f"{name}_held" for name in Rating), "unrated", "gate"), ZERO
    )
    planned = ZERO
    for scheme, found in schemes:
        counted["delivered"] += found.delivered
        if not scheme.is_identified:
            lost["behind"] -= found.delivered
            continue
        planned += found.plan
        lost["behind"] += found.planned_to_date - found.delivered
        lost["below_plan"] += found.plan - found.planned_to_date - found.ahead
        if not scheme.may_deliver:
            lost["gate"] += found.ahead
        elif scheme.rating is None:
            lost["unrated"] += found.ahead
        else:
            weighted = found.ahead * share_of(scheme, weights)
            counted[scheme.rating] += weighted
            lost[f"{scheme.rating}_held"] += found.ahead - weighted
    lost["unidentified"] = unidentified(target, planned)
    gap = target - sum(counted.values(), ZERO)
    return (
        Step("target", target),
        *(Step(code, -amount) for code, amount in counted.items()),
        Step("gap", gap),
        *(Step(code, amount) for code, amount in lost.items()),
    )


class PhasingMismatch(ValueError):
    """Phasing that does not add up to what the year is stated to be."""

    def __init__(self, stated: Decimal, phased: Decimal):
        self.stated, self.phased = stated, phased
        super().__init__(
            f"The months add up to {_plain(phased)}, and the year is stated as {_plain(stated)}: "
            f"{_plain(abs(phased - stated))} {'more' if phased > stated else 'less'}."
        )


def check_phasing(
    phasing: Mapping[Month, Decimal], year: FinancialYear, *, stated: Decimal
) -> None:
    """Refuse phasing whose months do not add up to the stated year, naming both sums."""
    outside = sorted(month for month in phasing if month not in year.months)
    if outside:
        names = ", ".join(month.label for month in outside)
        raise ValueError(
            f"{names}: the programme runs from {year.months[0].label} to {year.months[-1].label}."
        )
    if (phased := in_year(phasing, year)) != stated:
        raise PhasingMismatch(stated, phased)
