"""Numbers and dates of other libraries, time zones, and what is no series at all."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from kpis.rag import Direction
from kpis.spc import analyse, analyse_many, present
from tests.kpis.spc.series import months

LONDON = ZoneInfo("Europe/London")
DAYS = months(3)
MISSING = (None, float("nan"), np.nan, pd.NA, pd.NaT, Decimal("NaN"))


def framed(**columns):
    return pd.DataFrame({"series": "a", "date": DAYS, "value": [1.0, 2.0, 3.0]} | columns)


@pytest.mark.parametrize("missing", MISSING, ids=repr)
def test_what_numpy_and_pandas_write_for_missing_is_missing(missing):
    assert analyse([1, missing, 3]).values == (1.0, None, 3.0)
    assert analyse([1, 2, 3], target=missing).assurance_icon == "none"
    cells = pd.Series([1, missing, 3], dtype=object)
    assert analyse_many(framed(value=cells))["mean"].tolist() == [2.0] * 3


@pytest.mark.parametrize(
    "values",
    [
        np.array([1, 2, 3]),
        np.array([1.0, 2.0, 3.0], dtype="float32"),
        pd.Series([1, 2, 3], dtype="Int64"),
        [np.int64(1), np.float64(2), Decimal(3)],
        (number for number in (1, 2, 3)),
    ],
    ids=["array", "float32", "Int64", "scalars", "generator"],
)
def test_values_may_come_from_numpy_and_pandas(values):
    assert analyse(values).values == (1.0, 2.0, 3.0)


@pytest.mark.parametrize("value", [True, np.True_, "1", b"1", 1j, [1], date(2020, 1, 1)], ids=repr)
def test_what_is_no_number_is_refused_by_both(value):
    with pytest.raises(ValueError, match=r"^value 2 is .* not a number"):
        analyse([1, value, 3])
    cells = pd.Series([1.0, value, 3.0], dtype=object)
    with pytest.raises(ValueError, match=r"^Series a: value is .* not a number"):
        analyse_many(framed(value=cells))


@pytest.mark.parametrize("values", [None, 5, "123", {1.0, 2.0}, {1.0: "a"}], ids=repr)
def test_values_and_dates_without_an_order_are_refused(values):
    with pytest.raises(ValueError, match="values must be a list"):
        analyse(values)
    if values is not None:
        with pytest.raises(ValueError, match="dates must be a list"):
            analyse([1.0], dates=values)


@pytest.mark.parametrize(
    "rebase",
    [
        DAYS[1],
        pd.Timestamp(DAYS[1]),
        np.datetime64(DAYS[1]),
        np.array(DAYS[1:2], dtype="datetime64[ns]"),
        pd.DatetimeIndex(DAYS[1:2]),
        {DAYS[1]: "a new ward"},
        "2018-02-01",
    ],
    ids=lambda rebase: type(rebase).__name__,
)
def test_a_rebase_may_be_one_date_or_many_of_any_kind(rebase):
    assert analyse([1, 2, 3], dates=DAYS, rebase=rebase).rebase_group == (0, 1, 1)
    found = analyse_many(framed(rebase=pd.Series([rebase] * 3, dtype=object)))
    assert found["rebase_group"].tolist() == [0, 1, 1]


@pytest.mark.parametrize("rebase", [5, [None], [pd.NaT], [""], [True, False]], ids=repr)
def test_a_rebase_that_is_no_date_is_refused_by_both(rebase):
    with pytest.raises(ValueError, match="rebase is"):
        analyse([1, 2, 3], dates=DAYS, rebase=rebase)
    with pytest.raises(ValueError, match="column rebase"):
        analyse_many(framed(rebase=pd.Series([rebase] * 3, dtype=object)))


def test_the_hour_that_comes_twice_in_october_is_two_moments():
    first = datetime(2026, 10, 25, 1, 30, tzinfo=LONDON)
    dates = [first.replace(fold=1), first, datetime(2026, 10, 25, 12, tzinfo=LONDON)]
    found = analyse([2.0, 1.0, 3.0], dates=dates, rebase=[first.replace(fold=1)])
    assert found.values == (1.0, 2.0, 3.0)
    assert found.dates == (dates[1], dates[0], dates[2])
    assert found.rebase_group == (0, 1, 1)
    many = analyse_many(framed(date=dates, value=[2.0, 1.0, 3.0], rebase=[True, False, False]))
    assert many["mean"].tolist() == [2.5, 1.0, 2.5]


def test_one_moment_in_two_zones_is_one_moment():
    summer = datetime(2026, 7, 1, tzinfo=LONDON)
    with pytest.raises(ValueError, match="occurs twice"):
        analyse([1, 2], dates=[summer, summer.astimezone(UTC)])
    assert analyse([1], dates=[summer], rebase=summer.astimezone(UTC)).rebase_group == (1,)


def test_a_rebase_with_a_time_zone_needs_dates_with_one():
    aware = datetime(2018, 2, 1, tzinfo=UTC)
    with pytest.raises(ValueError, match="Some dates have a time zone"):
        analyse([1, 2, 3], dates=DAYS, rebase=aware)
    with pytest.raises(ValueError, match="Some dates have a time zone"):
        analyse_many(framed(rebase=[aware] * 3))


@pytest.mark.parametrize("frame", [None, [1, 2], {"value": [1]}], ids=repr)
def test_what_is_no_frame_is_refused(frame):
    with pytest.raises(ValueError, match="takes a pandas frame"):
        analyse_many(frame)


def test_a_column_given_twice_is_refused():
    frame = framed()
    with pytest.raises(ValueError, match="column value more than once"):
        analyse_many(pd.concat([frame, frame["value"]], axis=1))


def test_a_setting_that_is_a_list_is_refused():
    with pytest.raises(ValueError, match="column target holds lists"):
        analyse_many(framed(target=[[1]] * 3))


def test_a_bad_setting_names_its_series():
    frame = pd.concat([framed(), framed(series="b", target=float("inf"))])
    with pytest.raises(ValueError, match=r"^Series b: target is infinite"):
        analyse_many(frame)


def test_a_baseline_beyond_any_series_is_all_of_it():
    cells = pd.Series([10**30] * 3, dtype=object)
    assert analyse_many(framed(fix_after_n_points=cells))["mean"].tolist() == [2.0] * 3
    assert analyse([1, 2, 3], fix_after_n_points=10**30).mean == (2.0,) * 3


@pytest.mark.parametrize(
    "target", [float("nan"), pd.NA, None, [(date(2018, 1, 1), float("nan"))]], ids=repr
)
def test_a_target_that_is_missing_is_no_target(target):
    points = list(zip(months(16), [10.0, 12.0] * 8, strict=True))
    shown = present(points, direction=Direction.HIGHER_IS_BETTER, target=target)
    assert (shown.target, shown.assurance) == (None, "none")


@pytest.mark.parametrize("target", [float("inf"), "90", [(date(2018, 1, 1), float("inf"))]])
def test_a_target_that_is_no_number_is_refused(target):
    with pytest.raises(ValueError, match=r"^target .*(infinite|not a number)"):
        present([(date(2018, 1, 1), 1.0)], direction="neutral", target=target)
