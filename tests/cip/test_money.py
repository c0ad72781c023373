"""Savings arithmetic: the worked example, the printed table, and what never counts."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cip.money import (
    IDENTIFIED_STAGES,
    PrintedTotal,
    Rating,
    SchemeMoney,
    Stage,
    Weights,
    carry_over,
    delivered_to_date,
    full_year_effect,
    identified,
    in_year,
    level_phasing,
    outturn,
    recurrent_gap,
    risk_weighted,
    unidentified,
)
from strategy.periods import FinancialYear, Month

YEAR = FinancialYear(2019)
APRIL, SEPTEMBER, MARCH = Month(2019, 4), Month(2019, 9), Month(2020, 3)
TWENTY_A_MONTH = level_phasing(Decimal(20), SEPTEMBER, MARCH)


def scheme(stage=Stage.IN_DELIVERY, **changed):
    terms = {
        "rating": Rating.GREEN,
        "is_recurrent": True,
        "may_deliver": True,
        "plan": TWENTY_A_MONTH,
    }
    return SchemeMoney(stage=stage, **(terms | changed))


def test_twenty_thousand_a_month_from_september():
    this_year = in_year(TWENTY_A_MONTH, YEAR)
    full_year = full_year_effect(TWENTY_A_MONTH, YEAR, is_recurrent=True)
    assert (this_year, full_year, carry_over(full_year, this_year)) == (140, 240, 100)


@pytest.mark.parametrize(
    ("phasing", "is_recurrent", "stated", "effect"),
    [
        (TWENTY_A_MONTH, False, None, 0),
        (TWENTY_A_MONTH, False, Decimal(75), 75),
        (TWENTY_A_MONTH, True, Decimal(0), 0),
        ({SEPTEMBER: Decimal(30)}, True, None, 360),
        (TWENTY_A_MONTH | {MARCH: Decimal(0)}, True, None, 0),
        (TWENTY_A_MONTH | {Month(2020, 4): Decimal(99)}, True, None, 240),
        ({}, True, None, 0),
    ],
)
def test_the_full_year_effect_is_stated_or_the_last_months_run_rate(
    phasing, is_recurrent, stated, effect
):
    found = full_year_effect(phasing, YEAR, is_recurrent=is_recurrent, stated=stated)
    assert found == effect


def test_what_falls_away_carries_over_as_a_loss():
    assert carry_over(Decimal(0), Decimal(140)) == -140


def test_only_the_twelve_months_of_the_year_count():
    around = level_phasing(Decimal(1), Month(2019, 3), Month(2020, 4))
    assert len(around) == 14
    assert in_year(around, YEAR) == 12


@pytest.mark.parametrize("stage", Stage)
def test_ideas_rejected_and_substituted_schemes_are_not_identified(stage):
    counted = stage not in (Stage.IDEA, Stage.REJECTED, Stage.SUBSTITUTED)
    assert (stage in IDENTIFIED_STAGES) is counted
    assert identified([scheme(stage)], YEAR) == (140 if counted else 0)


def test_unidentified_is_what_the_target_still_lacks():
    assert unidentified(Decimal(1158), Decimal(1053)) == 105
    assert unidentified(Decimal(100), Decimal(140)) == -40


@pytest.mark.parametrize(
    ("rating", "weighted"),
    [(Rating.GREEN, 140), (Rating.AMBER, 70), (Rating.RED, 0), (None, 0)],
)
def test_a_forecast_weighs_by_its_rating(rating, weighted):
    assert risk_weighted(scheme(rating=rating), YEAR, signed_off=[]) == weighted


def test_signed_off_months_count_as_they_were_and_the_others_by_weight():
    part = scheme(
        rating=Rating.AMBER,
        actual={SEPTEMBER: Decimal(15), Month(2019, 10): Decimal(99)},
        forecast={Month(2019, 11): Decimal(10)},
    )
    signed = [SEPTEMBER]
    # October's actual is not signed off, so its plan counts by weight, like November's forecast.
    assert risk_weighted(part, YEAR, signed_off=signed) == 15 + (20 + 10 + 4 * 20) / 2
    assert delivered_to_date(part, YEAR, signed_off=signed) == 15
    assert outturn(part, YEAR, signed_off=signed) == 15 + 20 + 10 + 4 * 20


def test_behind_a_closed_gate_coming_months_weigh_nothing_and_actuals_stand():
    voided = scheme(may_deliver=False, actual={SEPTEMBER: Decimal(15)})
    assert risk_weighted(voided, YEAR, signed_off=[SEPTEMBER]) == 15
    assert risk_weighted(voided, YEAR, signed_off=[]) == 0
    rejected = scheme(Stage.REJECTED, actual={SEPTEMBER: Decimal(15)})
    assert risk_weighted(rejected, YEAR, signed_off=[SEPTEMBER]) == 15


def test_weights_are_the_plans_own():
    weights = Weights(green=Decimal(90), amber=Decimal("33.3"), red=Decimal(10))
    found = {
        rating: risk_weighted(scheme(rating=rating), YEAR, signed_off=[], weights=weights)
        for rating in Rating
    }
    assert found == {Rating.GREEN: 126, Rating.AMBER: Decimal("46.62"), Rating.RED: 14}
    with pytest.raises(ValueError, match="between 0 and 100"):
        Weights(amber=Decimal(101))
    with pytest.raises(ValueError, match="between 0 and 100"):
        Weights(red=Decimal("NaN"))


def test_the_recurrent_gap_counts_recurrent_full_year_effects():
    schemes = [
        scheme(),
        scheme(stated_full_year_effect=Decimal(50)),
        scheme(is_recurrent=False, stated_full_year_effect=Decimal(500)),
        scheme(Stage.IDEA),
    ]
    assert recurrent_gap(Decimal(1000), schemes, YEAR) == 1000 - 240 - 50


PRINTED = {
    "target": ([1158, 1135, 1074, 961, 1495, 126], 5950, -1),
    "identified": ([1053, 209, 1074, 643, 941, 81], 4001, 0),
    "unidentified": ([105, 926, 0, 318, 554, 45], 1949, -1),
}


@pytest.mark.parametrize("column", PRINTED)
def test_the_printed_table_of_2019_20_is_explained(column):
    rows, printed, difference = PRINTED[column]
    total = PrintedTotal(Decimal(printed), Decimal(sum(rows)))
    assert total.difference == difference
    assert ("probably rounding" in total.sentence) is (difference != 0)
    identified_rows = PRINTED["identified"][0]
    rest = [unidentified(t, i) for t, i in zip(PRINTED["target"][0], identified_rows, strict=True)]
    assert rest == PRINTED["unidentified"][0]


def test_the_difference_is_said_in_words():
    assert PrintedTotal(Decimal(5950), Decimal(5949)).sentence == (
        "Printed 5,950; the rows add to 5,949, 1 less: probably rounding."
    )
    assert "12 more: more than rounding" in PrintedTotal(Decimal(10), Decimal(22)).sentence


amounts = st.decimals(0, 1000, places=3)
phasings = st.dictionaries(st.sampled_from(YEAR.months), amounts)


@given(phasings, phasings, phasings, st.sets(st.sampled_from(YEAR.months)))
def test_weighting_never_adds_money(plan, forecast, actual, signed_off):
    part = scheme(plan=plan, forecast=forecast, actual=actual)
    totals = [
        risk_weighted(
            scheme(plan=plan, forecast=forecast, actual=actual, rating=rating),
            YEAR,
            signed_off=signed_off,
        )
        for rating in (Rating.RED, Rating.AMBER, Rating.GREEN)
    ]
    assert totals == sorted(totals)
    assert totals[0] == delivered_to_date(part, YEAR, signed_off=signed_off)
    assert totals[2] == outturn(part, YEAR, signed_off=signed_off)


@given(phasings, st.booleans())
def test_in_year_and_carry_over_make_the_full_year(phasing, is_recurrent):
    full_year = full_year_effect(phasing, YEAR, is_recurrent=is_recurrent)
    this_year = in_year(phasing, YEAR)
    assert this_year + carry_over(full_year, this_year) == full_year
