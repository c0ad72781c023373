"""Awkward levels that the board accepts, and comments: of groups alone, corrected, emptied."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from kpis.models import AcceptedLevel, Commentary, Series
from strategy.periods import Month
from tests.factories.measures import SeriesFactory
from tests.factories.people import performance_team
from tests.truth.making import BAND, LAST, LOWER, PERCENT, Making, wave

UNTIL = date(2027, 3, 31)


def accepted(make: Making) -> None:
    _levels(make)
    _comments(make)


def _levels(make: Making) -> None:
    """No worse, exactly as bad, worse, over, to come, replaced, of a range, of a negative sum."""
    fell, year = [92] * 33 + [80] * 10, date(2026, 1, 1)
    cases = (
        ("held", fell, PERCENT, (90, "ge"), [(78, year, UNTIL)]),
        ("equal", fell, PERCENT, (90, "ge"), [(80, year, UNTIL)]),
        ("worse", fell, PERCENT, (90, "ge"), [("80.1", year, UNTIL)]),
        ("over", fell, PERCENT, (90, "ge"), [(78, year, date(2026, 9, 30))]),
        ("ahead", fell, PERCENT, (90, "ge"), [(78, date(2026, 11, 1), UNTIL)]),
        ("tightened", fell, PERCENT, (90, "ge"), [(70, year, UNTIL), (85, year, UNTIL)]),
        ("high", [12] * 43, LOWER, (10, "le"), [(13, year, UNTIL)]),
        ("negative", wave(43, -310, 20), {"unit": "pounds_thousand"}, (0, "ge"),
         [(-400, year, UNTIL)]),
        ("range", [97] * 43, {**BAND, **PERCENT}, (85, "between"), [(8, year, UNTIL)]),
        ("near", [94] * 43, PERCENT, (95, "ge"), [(93, year, UNTIL)]),
    )  # fmt: skip
    people = (performance_team(), performance_team())
    at = make.at - timedelta(days=6)
    for code, values, fields, (value, operator), levels in cases:
        series = make.measure(f"accepted-{code}", values, **fields)
        upper = {"upper_value": Decimal(90)} if operator == "between" else {}
        make.promise(series, value, operator, **upper)
        for place, (level, since, until) in enumerate(levels):
            AcceptedLevel.objects.create(
                measure=series.measure, level=Decimal(str(level)), effective_from=since,
                ends_on=until, meeting="The board of September 2026", reason="A ward is closed",
                proposed_at=at, proposed_by=people[0], outcome="approved",
                decided_at=at + timedelta(hours=place), decided_by=people[1],
            )  # fmt: skip


def _comments(make: Making) -> None:
    """Off target: said by two care groups, corrected, emptied, of an earlier month, of nobody."""
    fell = [92] * 33 + [60] * 10
    for code in ("groups", "corrected", "emptied", "earlier", "nobody"):
        series = make.measure(f"said-{code}", fell, **PERCENT)
        make.promise(series, 90)
        if code == "groups":
            for group in make.groups[:2]:
                part = SeriesFactory(measure=series.measure, care_group=group)
                make.fill(part, fell)
                _say(make, part, LAST, f"{group.name} had no beds. It will.")
        if code in ("corrected", "emptied"):
            _say(make, series, LAST, "The first words. They were wrong.", days=9)
            _say(make, series, LAST, "The right words." if code == "corrected" else "")
        if code == "earlier":
            _say(make, series, LAST.plus(-3), "Said in summer. Nothing since.")


def _say(make: Making, series: Series, month: Month, text: str, days: int = 3) -> None:
    at = make.at - timedelta(days=days)
    period = month.period
    Commentary.objects.create(
        series=series, period_start=period.start, period_end=period.end, what_happened=text,
        written_at=at, approved_at=at,
    )  # fmt: skip
