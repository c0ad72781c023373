"""Money against a second, slow calculation, on ten thousand random programmes.

The second one is written from the words of docs/rules.md alone, in whole pounds, month by month.
"""

import os
import random
from decimal import Decimal
from fractions import Fraction

import pytest

from cip import money
from cip.money import PhasingMismatch, Rating, SchemeMoney, Stage, Weights, check_phasing
from strategy.periods import FinancialYear

PROGRAMMES = int(os.environ.get("RANDOM_PROGRAMMES", "10000"))
YEAR = FinancialYear(2026)
COUNTED = {"outlined", "qia", "approved", "in_delivery", "closed"}


def pounds(random_: random.Random) -> dict:
    """Some months with an amount, in pounds."""
    months = random_.sample(YEAR.months, random_.randint(0, 12))
    return {month: random_.choice((0, random_.randint(-900, 90_000))) for month in months}


def thousands(amounts: dict) -> dict:
    return {month: Decimal(amount).scaleb(-3) for month, amount in amounts.items()}


def slowly(row: dict, weights: dict) -> dict[str, Fraction]:
    """The sums of one scheme by the rules, worked out slowly in pounds."""
    weighted = delivered = forecast = Fraction(0)
    is_counted = row["stage"] in COUNTED
    for month in YEAR.months:
        if month in row["signed"]:
            delivered += row["actual"].get(month, 0)
            weighted += row["actual"].get(month, 0)
            forecast += row["actual"].get(month, 0)
        elif is_counted:
            coming = (
                row["forecast"][month] if month in row["forecast"] else row["plan"].get(month, 0)
            )
            forecast += coming
            if row["is_open"] and row["rating"]:
                weighted += Fraction(coming) * weights[row["rating"]] / 100
    year = sum(row["plan"].values())
    if row["stated"] is not None:
        full = row["stated"]
    elif row["is_recurrent"] and row["plan"]:
        full = 12 * row["plan"][max(row["plan"])]
    else:
        full = 0
    return {
        "weighted": weighted, "delivered": delivered, "forecast": forecast, "year": year,
        "full": full, "identified": year if is_counted else 0,
        "recurrent": full if is_counted and row["is_recurrent"] else 0,
    }  # fmt: skip


def made(random_: random.Random) -> dict:
    return {
        "stage": random_.choice([stage.value for stage in Stage]),
        "rating": random_.choice([None, "green", "amber", "red"]),
        "is_recurrent": random_.random() < 0.7, "is_open": random_.random() < 0.7,
        "stated": random_.choice([None, None, random_.randint(-10, 500_000)]),
        "plan": pounds(random_), "forecast": pounds(random_), "actual": pounds(random_),
        "signed": set(random_.sample(YEAR.months, random_.randint(0, 12))),
    }  # fmt: skip


def test_every_sum_agrees_with_a_second_calculation():
    random_ = random.Random(20261129)
    for number in range(PROGRAMMES):
        shares = sorted((random_.randint(0, 100) for _ in range(3)), reverse=True)
        weights = dict(zip(("green", "amber", "red"), shares, strict=True))
        target = random_.randint(0, 9_000_000)
        rows = [made(random_) for _ in range(random_.randint(0, 2))]
        expected = [slowly(row, weights) for row in rows]
        held = Weights(**{name: Decimal(share) for name, share in weights.items()})
        schemes = [
            SchemeMoney(
                stage=Stage(row["stage"]),
                rating=Rating(row["rating"]) if row["rating"] else None,
                is_recurrent=row["is_recurrent"],
                may_deliver=row["is_open"],
                stated_full_year_effect=None
                if row["stated"] is None
                else Decimal(row["stated"]).scaleb(-3),
                **{name: thousands(row[name]) for name in ("plan", "forecast", "actual")},
            )
            for row in rows
        ]
        for row, scheme, said in zip(rows, schemes, expected, strict=True):
            signed = {"signed_off": row["signed"]}
            full = money.full_year_effect(
                scheme.plan, YEAR, is_recurrent=scheme.is_recurrent,
                stated=scheme.stated_full_year_effect,
            )  # fmt: skip
            year = money.in_year(scheme.plan, YEAR)
            found = {
                "weighted": money.risk_weighted(scheme, YEAR, weights=held, **signed),
                "delivered": money.delivered_to_date(scheme, YEAR, **signed),
                "forecast": money.outturn(scheme, YEAR, **signed),
                "year": year,
                "full": full,
            }
            for name, amount in found.items():
                assert Fraction(amount) * 1000 == said[name], (number, name)
            assert money.carry_over(full, year) == full - year
        total = {name: sum(said[name] for said in expected) for name in ("identified", "weighted")}
        whole = Decimal(target).scaleb(-3)
        assert Fraction(money.identified(schemes, YEAR)) * 1000 == total["identified"]
        recurrent = sum(said["recurrent"] for said in expected)
        gap = money.recurrent_gap(whole, schemes, YEAR)
        assert Fraction(gap) * 1000 == target - recurrent
        steps = {
            step.code: Fraction(step.amount) * 1000
            for step in money.gap_steps(
                whole,
                [
                    (scheme, money.added_up(scheme, YEAR, signed_off=row["signed"]))
                    for scheme, row in zip(schemes, rows, strict=True)
                ],
                weights=held,
            )
        }  # fmt: skip
        assert steps["gap"] == target - total["weighted"]
        counted = ("target", "delivered", *Rating)
        assert steps["gap"] == sum(steps[code] for code in counted)
        parts = [amount for code, amount in steps.items() if code not in (*counted, "gap")]
        assert steps["gap"] == sum(parts)
        assert steps["unidentified"] == target - total["identified"]


def test_phasing_that_does_not_add_up_is_refused_with_both_sums():
    plan = money.level_phasing(Decimal(20), YEAR.months[5], YEAR.months[11])
    check_phasing(plan, YEAR, stated=Decimal(140))
    with pytest.raises(PhasingMismatch) as refused:
        check_phasing(plan, YEAR, stated=Decimal(150))
    assert (refused.value.stated, refused.value.phased) == (150, 140)
    assert "140" in str(refused.value)
    assert "150" in str(refused.value)
    late = plan | {YEAR.months[11].plus(1): Decimal(1)}
    with pytest.raises(ValueError, match="Apr 2027"):
        check_phasing(late, YEAR, stated=Decimal(140))
