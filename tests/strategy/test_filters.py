"""A bad filter is named, with the values that may be given instead."""

from datetime import UTC, datetime, timedelta

import pytest

from strategy.exports.filters import BadFilter, parse_filters

NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
FEW = ("entered", "published")
MANY = tuple(f"measure-{number:03}" for number in range(200))


@pytest.mark.parametrize(
    ("known", "given", "said"),
    [
        (FEW, "rumour", "Use entered or published."),
        (FEW[:1], "rumour", "Use entered."),
        (("", *FEW), "rumour", "Use entered or published."),
        ((), "rumour", "There are none yet."),
        (MANY, "?", "There are 200 to choose from."),
    ],
)
def test_what_may_be_given_instead_is_said(known, given, said):
    with pytest.raises(BadFilter) as refused:
        asked(known, given)
    assert str(refused.value) == f"There is no measure called “{given}” (“measure”). {said}"


def test_of_many_those_written_alike_are_said():
    with pytest.raises(BadFilter, match=r"Did you mean .*measure-017.*\?$"):
        asked(MANY, "measur-017")


def moment(text):
    return parse_filters(
        {"as_at": text}, applies=frozenset({"as_at"}), dataset="actuals", now=NOW
    ).as_at


def test_a_moment_still_to_come_is_now_and_asks_for_nothing_else():
    assert moment("2026-04-01T12:59") == NOW - timedelta(minutes=1)  # in London's summer time
    assert moment("2026-03-31") < NOW
    assert moment("2026-04-01T13:00") is moment("2026-04-01") is moment("2999-12-31") is None


def asked(known, given):
    return parse_filters(
        {"measure": given},
        applies=frozenset({"measure"}),
        dataset="actuals",
        now=NOW,
        codes={"measure": lambda: known},
    )
