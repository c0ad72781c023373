"""Never more tries than the limit in five minutes; a right password takes its own try back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.tries import CLOSED_SECONDS, WITHIN_SECONDS, Tries

GAPS = st.lists(st.floats(0, 400, allow_nan=False), max_size=60)


@given(gaps=GAPS, most=st.integers(1, 10))
def test_no_five_minutes_hear_more_than_the_limit(gaps, most):
    tries, now, heard = Tries(), 1_800_000_000.0, []
    for gap in gaps:
        now += gap
        if not tries.is_closed(now):
            tries = tries.one_more(now, most=most)
            heard.append(now)
    for start in heard:
        assert sum(start <= moment < start + WITHIN_SECONDS for moment in heard) <= most


def test_the_last_one_closes_and_a_refused_one_prolongs_nothing():
    tries = Tries().one_more(0.0, most=2).one_more(10.0, most=2)
    assert tries.is_closed(10.0 + CLOSED_SECONDS - 1)
    assert not tries.is_closed(10.0 + CLOSED_SECONDS)
    with pytest.raises(ValueError, match="not heard"):
        tries.one_more(11.0, most=2)


def test_a_right_one_opens_what_it_had_closed_and_no_other():
    tries = Tries().one_more(0.0, most=2).one_more(10.0, most=2)
    assert tries.without(10.0, most=2) == Tries((0.0,), 0.0)
    assert tries.without(99.0, most=2) == tries
