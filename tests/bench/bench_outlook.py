"""The outlook, tried on the past: how many figures fell where they were expected.

At each window of each seeded series the outlook is taken from the figures up to it, and compared
with the next twelve that came. No seeded series has a trend of seven points, so trends are tried on
series that are made to have one.
"""

import json
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date

from kpis.outlook import Kind, outlook
from kpis.spc import fill_months
from strategy.periods import Frequency, Month

AHEAD = 12
SHORTEST = 13
# Changes a month in standard deviations of the figures about them.
SLOPES = (0.3, 0.6, 1.0, 2.0)
MADE = 400
LENGTH = 60


def main() -> None:
    for name, series in (("illustrative", True), ("published and entered", False)):
        found = _tried(_seeded(is_illustrative=series))
        for kind in (Kind.STABLE, Kind.TREND):
            _say(f"outlook of seeded series, {name}", kind, found)
    for slope in SLOPES:
        name = f"outlook of made trends, {slope} deviations a month"
        _say(name, Kind.TREND, _tried(_made(slope)))


def _seeded(*, is_illustrative: bool) -> Iterable[list[tuple[date, float | None]]]:
    from kpis.models import Assessment, Series

    for series in Series.objects.select_related("measure").order_by("pk"):
        months = Frequency(series.measure.frequency).months
        if not months:
            continue
        rows = Assessment.objects.filter(series=series, spc_segment__isnull=False)
        origins = set(rows.values_list("actual__origin", flat=True)) - {None}
        if origins and ("illustrative" in origins) == is_illustrative:
            held = rows.order_by("period_end").values_list("period_start", "value")
            yield [
                (Month.of(start).plus(months - 1).end, None if value is None else float(value))
                for start, value in fill_months(held, frequency=Frequency(series.measure.frequency))
            ]


def _made(slope: float) -> Iterable[list[tuple[date, float | None]]]:
    chance = random.Random(1)
    first = Month(2020, 1)
    for _ in range(MADE):
        begins = chance.randint(14, 30)
        yield [
            (first.plus(at).end, chance.gauss(0, 1) + slope * max(0, at - begins))
            for at in range(LENGTH)
        ]


def _tried(many: Iterable[Sequence[tuple[date, float | None]]]) -> Counter[tuple[Kind, str]]:
    found: Counter[tuple[Kind, str]] = Counter()
    for series in many:
        for now in range(SHORTEST, len(series)):
            seen, came = series[:now], series[now : now + AHEAD]
            said = outlook(
                [value for _, value in seen], dates=[on for on, _ in seen], until=came[-1][0]
            )
            found[said.kind, "outlooks"] += 1
            for row, (_, value) in zip(said.expected, came, strict=False):
                if value is not None:
                    found[said.kind, "figures"] += 1
                    found[said.kind, "inside"] += row.lower <= value <= row.upper
    return found


def _say(name: str, kind: Kind, found: Counter[tuple[Kind, str]]) -> None:
    figures = found[kind, "figures"]
    said = {
        "outlooks": found[kind, "outlooks"],
        "figures": figures,
        "inside": round(found[kind, "inside"] / figures, 3) if figures else None,
    }
    print(json.dumps({"bench": name, "kind": kind, **said}))
