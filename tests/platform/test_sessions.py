"""A sign-in ends when idle too long, or after its longest time, whatever the browser holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from kmpt_tracker import sessions

pytestmark = pytest.mark.urls("tests.platform.pages")
START = 1_800_000_000.0


@pytest.fixture
def clock(monkeypatch):
    """The clock of sessions, set by the test."""

    class Clock:
        now = START

        def time(self) -> float:
            return self.now

    hand = Clock()
    monkeypatch.setattr(sessions, "time", hand)
    return hand


@pytest.fixture
def signed_in(client, clock, settings, db):
    settings.SESSION_IDLE_MINUTES = 15
    settings.SESSION_ABSOLUTE_HOURS = 12
    client.force_login(User.objects.create_user("someone"))
    return client


def is_in(client, **headers) -> bool:
    return client.get("/page", headers=headers).status_code == 200


def test_fifteen_idle_minutes_are_in_time_and_a_second_more_is_not(signed_in, clock):
    clock.now += 15 * 60
    assert is_in(signed_in)
    clock.now += 15 * 60 + 1
    assert not is_in(signed_in)


def test_reading_pages_keeps_it_alive_until_the_longest_time(signed_in, clock):
    while clock.now < START + 12 * 3600 - 600:
        clock.now += 600
        assert is_in(signed_in)
    clock.now = START + 12 * 3600 + 1
    assert not is_in(signed_in)


def test_a_script_that_polls_does_not_keep_it_alive(signed_in, clock):
    clock.now += 10 * 60
    assert is_in(signed_in, **{"X-Background": "1"})
    clock.now += 6 * 60
    assert not is_in(signed_in)


def test_an_ended_sign_in_is_gone_on_the_server(signed_in, clock):
    cookie = signed_in.cookies["session"].value
    clock.now += 16 * 60
    assert not is_in(signed_in)
    clock.now = START
    signed_in.cookies["session"] = cookie
    assert not is_in(signed_in)


def test_the_mark_moves_at_most_once_a_minute(signed_in, clock):
    assert is_in(signed_in)
    clock.now += 59
    is_in(signed_in)
    assert signed_in.session[sessions.LAST_SEEN_AT] == START
    clock.now += 1
    is_in(signed_in)
    assert signed_in.session[sessions.LAST_SEEN_AT] == START + 60


@given(age=st.integers(0, 10**6), idle=st.integers(0, 10**6), limit=st.integers(1, 10**5))
def test_it_has_ended_exactly_when_one_limit_is_passed(age, idle, limit):
    ended = sessions.has_ended(
        float(age),
        signed_in_at=0.0,
        last_seen_at=float(age - min(idle, age)),
        idle_seconds=limit,
        most_seconds=2 * limit,
    )
    assert ended == (min(idle, age) > limit or age > 2 * limit)
