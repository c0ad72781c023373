"""What the frame of `analyse_many` may hold, and what it comes back with."""

from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpis.spc import analyse, analyse_many
from tests.kpis.spc.series import column, frame_of, months

DATES = months(16)
CASE = {
    "values": [10.0, 12.0] * 8,
    "dates": DATES,
    "improvement_direction": "decrease",
    "target": 3.0,
    "rebase": [DATES[8]],
    "fix_after_n_points": None,
    "screen_outliers": True,
}
OTHER = CASE | {"values": [float(row * row) for row in range(16)], "rebase": [], "target": None}


@pytest.fixture
def frame():
    return frame_of([CASE, OTHER])


def test_the_frame_comes_back_in_its_own_order_with_its_own_columns(frame):
    frame = frame.assign(owner="finance").sample(frac=1, random_state=2)
    before = frame.copy()
    found = analyse_many(frame)
    pd.testing.assert_frame_equal(found[list(before.columns)], before)
    pd.testing.assert_frame_equal(frame, before)


def test_a_second_run_gives_the_same_columns(frame):
    once = analyse_many(frame)
    pd.testing.assert_frame_equal(analyse_many(once), once)


def test_an_index_with_repeats_is_kept(frame):
    frame.index = [0] * len(frame)
    assert list(analyse_many(frame).index) == [0] * len(frame)


def test_only_series_date_and_value_are_needed(frame):
    found = analyse_many(frame[["series", "date", "value"]])
    expected = analyse(CASE["values"], dates=DATES)
    assert tuple(found["special_cause_type"][:16]) == expected.special_cause_type
    assert set(found["assurance_icon"]) == {"none"}


@pytest.mark.parametrize(
    "cells",
    [
        [True, False],
        [True, None],
        [[DATES[8]], []],
        [DATES[8], None],
        ["2018-09-01", None],
        [("2018-09-01", DATES[8]), None],
        [pd.Timestamp("2018-09-01"), pd.NaT],
    ],
    ids=str,
)
def test_a_rebase_is_a_flag_on_its_row_or_dates_of_the_series(frame, cells):
    if cells[0] is True:
        flags = [row == 8 for row in range(16)]
        rebase = [cells[0] if flag else cells[1] for flag in flags] + [cells[1]] * 16
    else:
        rebase = [cells[0]] * 16 + [cells[1]] * 16
    found = analyse_many(frame.assign(rebase=pd.Series(rebase, dtype=object)))
    assert column(found, "rebase_group") == [0] * 8 + [1] * 8 + [0] * 16


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 17), max_size=4), min_size=1, max_size=6),
    st.sampled_from([list, tuple, np.array]),
    st.randoms(),
)
def test_lists_of_rebase_dates_cut_as_flags_do(cuts, kind, random):
    """Rows of one list or of equal ones, in any order, with dates twice and dates of no row."""
    days = months(18)
    rows = [(name, on) for name, _ in enumerate(cuts) for on in days[:16]]
    plain = pd.DataFrame(rows, columns=["series", "date"])
    plain["value"] = [float(place * place % 7) for place in range(len(rows))]
    flags = [days.index(on) in cuts[name] for name, on in rows]
    listed = [
        kind(random.sample([days[row] for row in cuts[name]], len(cuts[name]))) for name, _ in rows
    ]
    found = analyse_many(plain.assign(rebase=pd.Series(listed, dtype=object)))
    assert found.drop(columns="rebase").equals(
        analyse_many(plain.assign(rebase=flags)).drop(columns="rebase")
    )


def test_a_rebase_column_of_dates_may_be_typed(frame):
    typed = pd.to_datetime(pd.Series(["2018-09-01"] * 16 + [None] * 16))
    found = analyse_many(frame.assign(rebase=typed))
    assert column(found, "rebase_group") == [0] * 8 + [1] * 8 + [0] * 16


@pytest.mark.parametrize(
    "dates",
    [
        [on.isoformat() for on in DATES] * 2,
        pd.to_datetime(pd.Series(DATES * 2)),
        pd.to_datetime(pd.Series(DATES * 2)).astype("datetime64[s]"),
        DATES * 2,
    ],
    ids=["text", "typed", "seconds", "dates"],
)
def test_dates_may_be_text_or_dates(frame, dates):
    assert column(analyse_many(frame.assign(date=dates)), "mean") == column(
        analyse_many(frame), "mean"
    )


@pytest.mark.parametrize(
    "values",
    [
        pd.Series([Decimal(10), Decimal(12)] * 16),
        pd.Series([10, 12] * 16),
        pd.Series([10, 12] * 16, dtype="Int64"),
        pd.Series([10, 12] * 16, dtype="float32"),
        pd.Series([10, 12] * 16, dtype="category"),
    ],
    ids=["decimal", "int", "Int64", "float32", "category"],
)
def test_values_may_be_any_numbers(frame, values):
    assert set(analyse_many(frame.assign(value=values, rebase=False))["mean"]) == {11.0}


@pytest.mark.parametrize(
    "value", [pd.Series([None] * 32), pd.Series([pd.NA] * 32, dtype="Int64"), np.nan]
)
def test_a_series_without_values_has_no_mean_and_no_signal(frame, value):
    found = analyse_many(frame.assign(value=value))
    assert found["mean"].isna().all()
    assert found["relative_to_mean"].isna().all()
    assert set(found["variation_icon"]) == {"common_cause"}
    assert set(found["limits_status"]) == {"none"}


def test_an_empty_frame_comes_back_empty_with_the_same_columns(frame):
    assert list(analyse_many(frame[:0]).columns) == list(analyse_many(frame).columns)
    assert len(analyse_many(frame[:0])) == 0


def test_one_long_series_agrees_too():
    values = [float((row * 7919) % 101) / 7 for row in range(5000)]
    dates = [date.fromordinal(700000 + row) for row in range(5000)]
    found = analyse_many(pd.DataFrame({"series": "a", "date": dates, "value": values}))
    expected = analyse(values, dates=dates)
    assert found["upl"][0] == expected.upl[0]
    assert tuple(found["special_cause_type"]) == expected.special_cause_type


def changed(frame, name, row, cell):
    column = frame[name].astype(object)
    column.iloc[row] = cell
    return frame.assign(**{name: column})


@pytest.mark.parametrize(
    ("name", "row", "cell", "message"),
    [
        ("value", 3, np.inf, "Series 0 has an infinite value|value is infinite"),
        ("value", 3, "12", "not a number"),
        ("value", 3, True, "Series 0: value is True, which is not a number"),
        ("value", 20, 10**400, "Series 1: value is too large"),
        ("value", 20, Decimal("sNaN"), "Series 1: value is .*not a number"),
        ("date", 3, DATES[4], "Series 0 has 2018-05-01 twice"),
        ("date", 3, None, "rows without a date"),
        ("date", 3, "soon", "no date"),
        ("series", 3, None, "rows without a series"),
        ("target", 3, 99.0, "Series 0 has more than one target"),
        ("target", 3, None, "Series 0 has more than one target"),
        ("improvement_direction", 20, "increase", "Series 1 has more than one improvement_dir"),
        ("rebase", 3, 7, "true and false, or dates"),
        ("rebase", 3, "soon", "true and false, or dates|no date"),
    ],
)
def test_a_frame_that_cannot_be_is_refused_with_a_reason(frame, name, row, cell, message):
    with pytest.raises(ValueError, match=message):
        analyse_many(changed(frame, name, row, cell))


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"improvement_direction": "up"}, "improvement_direction is 'up'"),
        ({"fix_after_n_points": 5}, "whole number of 12 or more"),
        ({"screen_outliers": "no"}, "screen_outliers is 'no'"),
        ({"target": np.inf}, "target is infinite"),
        ({"date": 20200101}, "The column date holds numbers"),
    ],
)
def test_settings_are_checked_as_for_one_series(frame, cells, message):
    with pytest.raises(ValueError, match=message):
        analyse_many(frame.assign(**cells))


def test_two_lists_of_rebase_dates_in_one_series_are_refused(frame):
    cells = pd.Series([[DATES[8]]] * 15 + [[DATES[9]]] + [[]] * 16)
    with pytest.raises(ValueError, match="Series 0 has more than one rebase"):
        analyse_many(frame.assign(rebase=cells))


def test_a_missing_column_is_named(frame):
    with pytest.raises(ValueError, match="no column date"):
        analyse_many(frame.drop(columns="date"))
