"""SPC of many series at once against a plain loop, both timed in this run.

Prints JSON lines; `ratio` is the time of `analyse_many` as a part of the loop's.
"""

import json
import random
import time
from collections.abc import Callable
from datetime import date

import pandas as pd

from kpis.spc import analyse, analyse_many

SIZES = ((1, 60), (100, 60), (1_000, 60), (1_000, 12), (100, 600))
GOAL = {(1_000, 60): 0.2}
DIRECTIONS = ("increase", "decrease", "neutral")


def drawn(series: int, points: int) -> list[dict]:
    """Made-up series with gaps, some fixed or rebased; the same in every run."""
    chance = random.Random(20260301)
    dates = [date(1970 + row // 12, row % 12 + 1, 1) for row in range(points)]
    return [
        {
            "values": [
                None if chance.random() < 0.02 else round(chance.gauss(90, 3), 1) for _ in dates
            ],
            "dates": dates,
            "improvement_direction": DIRECTIONS[number % 3],
            "target": 90.0 + number % 5,
            "rebase": [dates[points // 2]] if number % 4 == 0 else [],
            "fix_after_n_points": 12 if number % 5 == 0 else None,
            "screen_outliers": number % 7 != 0,
        }
        for number in range(series)
    ]


def framed(cases: list[dict]) -> pd.DataFrame:
    constant = ("improvement_direction", "target", "fix_after_n_points", "screen_outliers")
    rows = [
        {
            "series": f"series-{number:05d}",
            "date": on,
            "value": value,
            "rebase": on in case["rebase"],
            **{name: case[name] for name in constant},
        }
        for number, case in enumerate(cases)
        for on, value in zip(case["dates"], case["values"], strict=True)
    ]
    frame = pd.DataFrame(rows)
    return frame.assign(date=pd.to_datetime(frame["date"]))


def with_dates(frame: pd.DataFrame, cases: list[dict]) -> pd.DataFrame:
    """The same frame with its rebases as a list of dates in each row of a series."""
    dates = {f"series-{number:05d}": case["rebase"] for number, case in enumerate(cases)}
    return frame.assign(rebase=frame["series"].map(dates))


def fastest(work: Callable[[], object], repeats: int) -> float:
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)


def main() -> None:
    for series, points in SIZES:
        cases = drawn(series, points)
        frame = framed(cases)
        shuffled = frame.sample(frac=1, random_state=1)
        listed = with_dates(frame, cases)
        loop = fastest(lambda cases=cases: [analyse(**case) for case in cases], 3)
        many = fastest(lambda frame=frame: analyse_many(frame), 5)
        moved = fastest(lambda frame=shuffled: analyse_many(frame), 5)
        dated = fastest(lambda frame=listed: analyse_many(frame), 5)
        goal = GOAL.get((series, points))
        result = {
            "bench": "spc",
            "series": series,
            "points": points,
            "loop_s": round(loop, 4),
            "many_s": round(many, 4),
            "ratio": round(many / loop, 4),
            "ratio_shuffled": round(moved / loop, 4),
            "ratio_dated": round(dated / loop, 4),
            "goal": goal,
            "met": None if goal is None else max(many, moved, dated) / loop <= goal,
        }
        print(json.dumps(result))


if __name__ == "__main__":
    main()
