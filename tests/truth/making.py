"""Making a plan of awkward measures: a series of figures, and what is promised of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from kpis.models import Series
from strategy.models import CareGroup
from strategy.periods import Month, Period
from tests.factories.measures import (
    MeasureFactory,
    SeriesFactory,
    TargetFactory,
    approved_at_once,
)
from tests.factories.plans import AmbitionFactory, ObjectiveFactory, PlanFactory

FIRST, LAST = Month(2023, 4), Month(2026, 10)
LONG = (
    "Share of <b>people</b> & carers who say \"yes\" – ‘always’ or 'often' – 😀 to the question "
    "whether they were treated with dignity, by 95% of staff, in 3 of 4 contacts since 2019/20, "
    "in community teams"
)


class Making:
    """One plan, under whose objectives the measures stand."""

    def __init__(self, at: datetime):
        self.at = at
        self.plan = PlanFactory(
            code="made", title="A plan of awkward measures", starts_on=date(2023, 4, 1),
            ends_on=date(2027, 3, 31), published_on=date(2023, 4, 1),
        )  # fmt: skip
        self.ambition = AmbitionFactory(plan=self.plan, position=1, number="1", title="Awkward")
        self.trust = CareGroup.objects.get(level=CareGroup.Level.TRUST)
        self.groups = list(
            CareGroup.objects.filter(level=CareGroup.Level.CARE_GROUP).order_by("position")[:3]
        )
        self.count = 0

    def objective(self) -> Any:
        self.count += 1
        return ObjectiveFactory(
            ambition=self.ambition, position=self.count, reference=f"1.{self.count}"
        )

    def measure(
        self, code: str, values: Any, *, every: int = 1, until: Month = LAST, **fields: Any
    ) -> Series:
        """A measure of the trust's own, with a value for each window; None for a gap."""
        often = {1: "monthly", 3: "quarterly", 6: "half_yearly", 12: "annual"}[every]
        measure = MeasureFactory(
            code=f"made-{code}", frequency=often, **{"over_time": "mean", **fields}
        )
        series = SeriesFactory(measure=measure, care_group=self.trust)
        self.fill(series, values, every=every, until=until)
        return series

    def fill(
        self, series: Series, values: Any, *, every: int = 1, until: Month = LAST, **more: Any
    ) -> None:
        last, figures = _ending(until, every), []
        for back, value in enumerate(reversed(list(values))):
            end = last.plus(-every * back)
            window = Period.spanning(end.plus(1 - every), end)
            if value is None:
                continue
            known = datetime.combine(window.end + timedelta(days=16), datetime.min.time(), UTC)
            known_from = min(known, self.at - timedelta(hours=1))
            figures.append((window, {"value": str(value), "known_from": known_from, **more}))
        approved_at_once(series, figures)

    def promise(
        self, series: Series | None, value: Any, operator: str = "ge", **fields: Any
    ) -> Any:
        given = {"objective": self.objective(), **fields}
        code = series.measure.code if series else "none"
        return TargetFactory(
            code=f"made/{self.count}.{code}.{operator}.{value}",
            measure=series.measure if series else None,
            care_group=given.pop("care_group", self.trust),
            plan=self.plan,
            operator=operator if value is not None else "",
            value_is=given.pop("value_is", "absolute") if value is not None else "",
            value=None if value is None else Decimal(str(value)),
            statement=given.pop("statement", f"Promise {self.count}"),
            **given,
        )


def _ending(until: Month, every: int) -> Month:
    """The last window that has ended: years end in March."""
    month = until
    while (month.start.month - 3) % every:
        month = month.plus(-1)
    return month


def wave(length: int, level: float, size: float = 1, drift: float = 0) -> list[float]:
    """To and fro by a fixed pattern, and slowly on."""
    pattern = (0, 2, -1, 1, -2, 0.5, -0.5, 1.5, -1.5)
    return [round(level + size * pattern[n % 9] + drift * n, 2) for n in range(length)]


LOWER = {"direction": "lower_is_better"}
BAND = {"direction": "band"}
NEUTRAL = {"direction": "neutral"}
PERCENT = {"unit": "percent", "decimals": 1}
SUM = {"over_time": "sum"}
