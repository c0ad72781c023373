"""Series for the tests: drawn by hypothesis, and as rows of a frame for `analyse_many`."""

from datetime import date

import pandas as pd
from hypothesis import strategies as st

COLUMNS = (
    "series",
    "date",
    "value",
    "improvement_direction",
    "target",
    "rebase",
    "fix_after_n_points",
    "screen_outliers",
)


def months(count, start=2018):
    return [date(start + row // 12, row % 12 + 1, 1) for row in range(count)]


def walks(steps):
    """Running sums, so that trends occur and overlap."""
    return st.lists(steps, min_size=1, max_size=45).map(
        lambda changes: [sum(changes[: row + 1]) for row in range(len(changes))]
    )


levels = st.sampled_from([0.1, 95.2, 1 / 3, 0.0, -7.7])
constants = st.tuples(levels, st.integers(1, 40)).map(lambda pair: [pair[0]] * pair[1])
ties = st.lists(st.sampled_from([0.1, 0.2, 0.3, 0.4]), min_size=1, max_size=45)
decimals = st.lists(st.integers(850, 950).map(lambda n: n / 10), min_size=1, max_size=45)
ratios = st.lists(
    st.tuples(st.integers(0, 40), st.integers(1, 90)).map(lambda pair: pair[0] / pair[1]),
    min_size=1,
    max_size=45,
)
anything = st.lists(
    st.floats(-1e9, 1e9, allow_nan=False, allow_subnormal=False), min_size=1, max_size=45
)
stepped = st.tuples(levels, levels, st.integers(1, 25), st.integers(1, 25)).map(
    lambda drawn: [drawn[0]] * drawn[2] + [drawn[1]] * drawn[3]
)
values = st.one_of(
    constants,
    ties,
    decimals,
    ratios,
    anything,
    stepped,
    walks(st.sampled_from([-0.1, 0.1, 0.1, 0.1, 0.0])),
    walks(st.sampled_from([-3.0, -2.0, -1.0, 1.0])),
)


@st.composite
def cases(draw):
    """The arguments of one analysis."""
    found = draw(values)
    gaps = draw(st.sets(st.integers(0, len(found) - 1), max_size=4))
    found = [None if row in gaps else value for row, value in enumerate(found)]
    dates = months(len(found))
    cuts = draw(st.sets(st.integers(0, len(found) - 1), max_size=2))
    limit = draw(st.sampled_from(found))
    return {
        "values": found,
        "dates": dates,
        "improvement_direction": draw(st.sampled_from(["increase", "decrease", "neutral"])),
        "target": draw(st.sampled_from([None, 0.0, 90.0, limit])),
        "rebase": [dates[row] for row in sorted(cuts)],
        "fix_after_n_points": draw(st.sampled_from([None, None, 12, 20])),
        "screen_outliers": draw(st.booleans()),
    }


def frame_of(listed):
    """One row a point; series are named by their place."""
    rows = [
        (
            name,
            on,
            value,
            case["improvement_direction"],
            case["target"],
            on in case["rebase"],
            case["fix_after_n_points"],
            case["screen_outliers"],
        )
        for name, case in enumerate(listed)
        for on, value in zip(case["dates"], case["values"], strict=True)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def column(frame, name):
    """A result column as plain values, None where undefined."""
    return [None if pd.isna(cell) else cell for cell in frame[name].tolist()]
