"""The mean is the reference's own, to the last bit: one at a time and by the thousand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis.spc import analyse
from kpis.spc.means import mean_of
from kpis.spc.sums import segment_means
from tests.kpis.spc.slow import mean as slow_mean

tenths = st.integers(-9999, 9999).map(lambda whole: whole / 10)
wide = st.tuples(st.integers(-999, 999), st.integers(-3, 6)).map(
    lambda drawn: drawn[0] * 10.0 ** drawn[1]
)
anything = st.floats(allow_nan=False, allow_infinity=False)
numbers = st.one_of(*(st.lists(kind, min_size=1, max_size=24) for kind in (tenths, wide, anything)))


@pytest.mark.parametrize(
    ("values", "mean"),
    [
        ([0.1, 0.1, 0.1], 0.1),
        ([12.3, 12.4, 12.5], 12.4),
        # Values that cancel: what is left comes of the reference's rounding.
        ([6.1, -1.9, -4.2], -1.4817429690635228e-16),
        ([-1.9, 4.1, 1.3, -5.6, 2.1], 4.4452289071905682e-17),
        ([-8.9, 1.7, 1.4, 2.6, 3.2], -4.44956571588051e-17),
        ([0.8, 6.8, 1.3, 0.1, -6.1, -2.9], 6.0173220572945496e-17),
        # The exact mean, rounded once, is the next double.
        ([0.87, 19.9, 0.02, 4.92, 80.06, 0.1, 0.01, 4.35, 30.75, 41.1], 18.207999999999998),
        ([4.0, 0.103, 17.62, 69.1, 1.34, 243.8, 0.1, 0.146, 0.25], 37.384333333333331),
    ],
    ids=str,
)
def test_the_mean_is_that_of_r(values, mean):
    """The answers of `mean` in R 4.2 on x86-64."""
    assert mean_of(values) == mean
    assert mean_of([-value for value in values]) == -mean
    assert together([values]) == [mean]


@given(numbers)
def test_the_mean_is_that_of_two_passes_in_extended_precision(values):
    assert mean_of(values) == slow_mean(values)


@given(st.lists(numbers, min_size=1, max_size=8))
def test_means_of_many_are_those_of_each_alone(listed):
    assert together(listed) == [mean_of(values) for values in listed]


def test_nothing_has_no_mean_and_infinity_stays():
    assert mean_of([]) is None
    assert mean_of([1.0, math.inf]) == math.inf
    assert mean_of([0.0, -0.0]) == 0


def test_a_value_on_the_reference_mean_is_on_neither_side():
    """Two passes in doubles put the first of these above or below their mean."""
    for values in ([0.1, 0.4, -0.2], [0.1, 0.5, -0.3], [0.3, 0.9, -0.3]):
        assert analyse(values).relative_to_mean == (0, 1, -1)


def together(listed):
    """The means by way of one array."""
    lengths = np.array([len(values) for values in listed])
    values = np.array([value for values in listed for value in values])
    with np.errstate(over="ignore", invalid="ignore"):
        found = segment_means(
            values, np.ones(len(values), dtype=bool), np.cumsum(lengths) - lengths, lengths
        )
    return found.tolist()
