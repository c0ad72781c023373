"""Counts of statuses: one vocabulary of groups, split by reason, with parts that add up."""

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmpt_tracker.ui import components
from kpis.judging.freshness import Freshness, freshness
from kpis.judging.status import Standing
from kpis.plans.counts import Counts, Tally, Unsure, counted_as, group_of
from kpis.rag import Group, Rag
from strategy.periods import Month

JULY = Month(2025, 7).period
REASONS = st.sampled_from([*Rag, Unsure.RECALCULATING])
WITH_A_COLOUR = {
    Rag.GREEN: Group.ON_TARGET,
    Rag.BLUE: Group.ON_TARGET,
    Rag.AMBER: Group.NEAR_TARGET,
    Rag.RED: Group.OFF_TARGET,
}


@dataclass(frozen=True)
class Row:
    name: str
    standing: Standing
    measure_key: str = ""

    @property
    def counted(self):
        return counted_as(self.standing.rag)


def row(name: str, rag: Rag, *, measure: str = "", **standing) -> Row:
    return Row(name, Standing(period=JULY, rag=rag, **standing), measure or name)


@pytest.mark.parametrize("rag", Rag)
def test_a_status_is_counted_in_one_group(rag):
    expected = WITH_A_COLOUR.get(
        rag, Group.NO_DATA if rag in (Rag.LATE, Rag.NO_DATA) else Group.NOT_RATED
    )
    assert rag.group is expected
    assert expected.value in components.GROUPS


def test_an_incomplete_figure_is_there_but_not_rated():
    assert Rag.INCOMPLETE.group is Group.NOT_RATED
    assert not Rag.INCOMPLETE.is_absent
    assert not Rag.INCOMPLETE.has_reading
    assert [rag for rag in Rag if rag.is_absent] == [Rag.NOT_DUE, Rag.LATE, Rag.NO_DATA]


@pytest.mark.parametrize("rag", Rag)
def test_every_part_of_the_tracker_agrees_on_what_is_absent(rag):
    assert Standing(period=JULY, rag=rag).is_absent is rag.is_absent
    arrived = freshness(rag) in (Freshness.CURRENT, Freshness.PROVISIONAL)
    assert arrived is not rag.is_absent
    assert rag.is_overdue is (rag.group is Group.NO_DATA)
    assert rag.is_coloured is (rag.group not in (Group.NO_DATA, Group.NOT_RATED))
    assert not (rag.has_reading and rag.is_absent)


@given(st.lists(REASONS))
def test_the_parts_of_any_counts_add_up(reasons):
    counts = Counts.of(reasons)
    assert counts.total == len(reasons) == sum(counts.by_group.values())
    assert counts.rated + counts.no_data + counts.not_rated == counts.total
    for group in (Group.NO_DATA, Group.NOT_RATED):
        assert sum(part.count for part in counts.split(group)) == counts.in_group(group)
        assert len({part.reason for part in counts.split(group)}) == len(counts.split(group))
    named = [int(words.split()[0]) for words in counts.unrated_words.split(", ") if words]
    assert sum(named) == counts.no_data + counts.not_rated
    assert set(counts.by_group) == set(components.GROUPS)


def test_the_reasons_are_told_in_words():
    counts = Counts.of([Rag.NO_MEASURE] * 20 + [Rag.NOT_DUE] * 12 + [Rag.NEEDS_BASELINE, Rag.LATE])
    assert counts.unrated_words == (
        "1 is late, 12 are not due, 1 needs a baseline, 20 have no measure"
    )
    assert Counts.of([Rag.GREEN]).unrated_words == ""


@pytest.mark.parametrize("rag", Rag)
def test_a_rating_that_is_being_recalculated_never_counts_as_on_target(rag):
    counted = counted_as(rag, is_recalculating=True)
    assert group_of(counted) is not Group.ON_TARGET
    if rag.group is not Group.ON_TARGET:
        assert counted is rag
    assert counted_as(rag) is rag


def test_reported_counts_measures_that_were_due_each_once():
    rows = (
        row("a", Rag.GREEN),
        row("again", Rag.RED, measure="a"),
        row("no target", Rag.NO_TARGET),
        row("late", Rag.LATE),
        row("one group short", Rag.INCOMPLETE),
        row("not due", Rag.NOT_DUE),
        row("no cases", Rag.NOT_APPLICABLE, value_status="not_applicable"),
        row("group is no more", Rag.NOT_APPLICABLE),
        Row("nobody counts it", Standing(period=JULY, rag=Rag.NO_MEASURE)),
    )
    tally = Tally(rows)
    assert (tally.reported, tally.to_report) == (3, 5)
    assert tally.reported_words == "3 of 5 measures reported"
    assert Tally((row("a", Rag.GREEN),)).reported_words == "1 of 1 measure reported"
    assert Tally((row("a", Rag.NOT_DUE),)).reported_words == ""


def test_the_worst_signal_is_concerning_off_target_and_expected_to_miss():
    fine = row("steady", Rag.RED, variation="common_cause", assurance="fail")
    better = row("better", Rag.RED, variation="improvement_high")
    changed = row("changed", Rag.NO_TARGET, variation="neutral_low")
    near = row("near", Rag.AMBER, variation="concern_low")
    off = row("off", Rag.RED, variation="concern_high", assurance="inconsistent")
    fails = replace(off, name="fails", standing=replace(off.standing, assurance="fail"))
    order = [fails, off, near, changed, better]
    said = [*(f"Worst of {number} signals" for number in (4, 4, 3))]
    said += ["One of 2 signals, none for the worse", "The only signal, for the better"]
    for place, expected in enumerate(order):
        tally = Tally((fine, *reversed(order[place:])))
        assert (tally.worst, tally.worst_words) == (expected, said[place])
    again = replace(better, name="better too")
    assert Tally((better, again)).worst_words == "The only signal, for the better"
    other = row("other", Rag.GREEN, variation="improvement_low")
    assert Tally((better, again, other)).worst_words == "One of 2 signals, all for the better"
    assert Tally((near,)).worst_words == "The only signal"
    nothing = Tally((fine, row("first", Rag.RED)))
    assert (nothing.worst, nothing.worst_words) == (None, "No signal")
    for rows in ((), (row("late", Rag.LATE),), (row("first", Rag.RED, variation="none"),)):
        assert Tally(rows).worst_words == "Nothing to read signals from"
    assert Tally((fine, row("late", Rag.LATE))).worst_words == "No signal"
