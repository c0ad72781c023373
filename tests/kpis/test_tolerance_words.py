"""What is said of a tolerance, and of the window a target is for; of standings alone."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from kpis.judging.bounds import Bounds
from kpis.judging.claims import window_name
from kpis.judging.status import Standing, TargetShown
from kpis.judging.terms import MeasureTerms
from kpis.judging.wording import has_tolerance, when_words
from kpis.measures.said import reading_of
from kpis.measures.tiles import Tiles
from kpis.rag import Direction, default_floor, judge
from kpis.rollup import OverTime
from strategy.periods import Frequency, Month, Period

AUGUST = Month(2026, 8)
YEAR_TO_AUGUST = Period.spanning(Month(2025, 9), AUGUST)
YEAR = Period.spanning(Month(2025, 1), Month(2025, 12))


def tiles(
    value: str,
    *,
    tolerance: str = "5",
    target: str = "95",
    operator: str = "ge",
    direction: Direction = Direction.HIGHER_IS_BETTER,
    upper: str | None = None,
    period: Period = AUGUST.period,
    **more,
) -> Tiles:
    """The tiles of one window, judged against a target with a plan's default tolerance."""
    fields = {"frequency": Frequency.MONTHLY, "unit": "percent", "decimals": 1, **more}
    terms = MeasureTerms(code="seen", direction=direction, **fields)
    floor = default_floor(Decimal(target), direction, Decimal(tolerance))
    bound = None if upper is None else Decimal(upper)
    judged = judge(
        Decimal(value),
        target=Decimal(target),
        floor=floor,
        upper=bound,
        direction=direction,
        operator=operator,
    )
    shown = TargetShown(
        pk=1, code="plan/1", plan="plan", role="commitment", operator=operator,
        is_primary=True, rag=judged.rag, value=Decimal(target), upper=bound, floor=floor,
        floor_is_default=True, variance=judged.variance,
    )  # fmt: skip
    number = Decimal(value)
    standing = Standing(
        period=period, rag=judged.rag, value=number, judged_value=number, target=shown
    )
    return Tiles(standing=standing, aimed=standing, terms=terms, bounds=Bounds())


def said(tile: Tiles) -> str:
    return reading_of(tile.standing, tile.terms, None)


@pytest.mark.parametrize(
    ("case", "reach"),
    [
        ({}, "Near target reaches to 90.25% "),
        ({"tolerance": "0"}, ""),
        ({"direction": Direction.LOWER_IS_BETTER, "operator": "le", "tolerance": "0"}, ""),
        ({"direction": Direction.BAND, "operator": "between", "upper": "96", "tolerance": "0"}, ""),
        ({"direction": Direction.BAND, "operator": "eq", "tolerance": "0"}, ""),
        (
            {"direction": Direction.BAND, "operator": "between", "upper": "96"},
            "Near target reaches 4.75 percentage points beyond the range ",
        ),
        # The target itself is a miss here, and the only value that is near.
        ({"operator": "gt", "tolerance": "0"}, "Near target reaches to 95.0% "),
    ],
)
def test_a_tolerance_of_nothing_is_not_spoken_of(case, reach):
    value = "110" if case.get("direction") not in (None, Direction.HIGHER_IS_BETTER) else "80"
    tile = tiles(value, **case)
    assert tile.floor.startswith(reach)
    assert bool(tile.floor) is bool(reach)
    assert has_tolerance(tile.standing, tile.terms) is bool(reach)
    assert said(tile).startswith("Red: off target")
    assert ("by more than its tolerance" in said(tile)) is bool(reach)


def test_a_floor_of_its_own_on_the_target_leaves_no_room_either():
    tile = tiles("80")
    on_target = replace(tile.standing.target, floor=Decimal(95), floor_is_default=False)
    assert not has_tolerance(replace(tile.standing, target=on_target), tile.terms)


@pytest.mark.parametrize(
    ("period", "more", "label"),
    [
        (AUGUST.period, {}, "Target, Aug 2026"),
        (Period.spanning(Month(2026, 4), Month(2026, 6)), {"frequency": Frequency.QUARTERLY},
         "Target, Apr to Jun 2026"),
        (YEAR, {"frequency": Frequency.ANNUAL}, "Target, 2025"),
        (YEAR_TO_AUGUST, {"frequency": Frequency.ANNUAL}, "Target, 12 months to Aug 2026"),
        (Period(date(2025, 4, 1), date(2026, 3, 31)), {"frequency": Frequency.ANNUAL},
         "Target, 2025/26"),
        (AUGUST.period, {"judged_on": "year_to_date", "over_time": OverTime.SUM},
         "Target, year to date to Aug 2026"),
        (AUGUST.period, {"judged_on": "rolling_12", "over_time": OverTime.SUM},
         "Target, 12 months to Aug 2026"),
        (AUGUST.period, {"is_milestone": True}, "Target date"),
    ],
)  # fmt: skip
def test_a_target_is_named_by_the_window_it_is_for(period, more, label):
    tile = tiles("96", period=period, **more)
    assert tile.target_label == label
    if not tile.terms.is_milestone:
        assert tile.latest_label == label.replace("Target", "Latest")


def test_twelve_months_have_their_article_inside_a_sentence():
    tile = tiles("96", period=YEAR_TO_AUGUST, frequency=Frequency.ANNUAL)
    assert when_words(tile.standing, tile.terms) == "for the 12 months to Aug 2026"
    assert window_name(YEAR_TO_AUGUST) == "the 12 months to Aug 2026"
    quarter = tiles("96", period=Period.spanning(Month(2026, 4), Month(2026, 6)))
    assert when_words(quarter.standing, quarter.terms) == "for Apr to Jun 2026"
    assert window_name(YEAR) == "2025"
