"""What is said where there is no movement to tell, and how the page of a measure opens."""

from dataclasses import replace
from datetime import date

import pytest

from kpis.judging.claims import Movement, movement_of
from kpis.rag import Rag
from kpis.sentences import headline, reading
from kpis.spc import why_no_icons
from strategy.periods import Frequency
from tests.kpis.test_sentences import MISSES, VARIATIONS, chart


def test_states_without_a_value_are_told_apart():
    texts = {reading(rag) for rag in Rag}
    assert len(texts) == len(Rag)


@pytest.mark.parametrize(
    ("limits_status", "points", "sentence"),
    [
        ("trial", 9, "Red: off target; too early to tell a change from chance: 9 of 13 months."),
        ("trial", None, "Red: off target; too early to tell a change from chance."),
        ("collapsed", 40, "Red: off target; too little variation for limits."),
        ("none", 1, "Red: off target; too early to tell a change from chance: 1 of 13 months."),
        ("none", 13, "Red: off target; too little variation for limits."),
        ("none", None, "Red: off target."),
    ],
)
def test_without_firm_limits_the_sentence_says_why(limits_status, points, sentence):
    assert reading(Rag.RED, limits_status=limits_status, points=points) == sentence


@pytest.mark.parametrize("limits_status", ["none", "collapsed", "trial"])
def test_the_sentence_gives_the_reason_the_chart_gives(limits_status):
    for points in range(1, 30):
        sentence = reading(Rag.RED, limits_status=limits_status, points=points)
        why = why_no_icons(limits_status, points, Frequency.MONTHLY)
        assert ("too little variation" in sentence) == ("Too little variation" in why)
        assert (f"{points} of 13 months" in sentence) == (f"{points} of 13 months" in why)


@pytest.mark.parametrize(
    ("frequency", "start", "step", "since"),
    [
        (Frequency.QUARTERLY, date(2024, 4, 1), "quarters", "Apr to Jun 2024"),
        (Frequency.HALF_YEARLY, date(2024, 4, 1), "half-years", "Apr to Sep 2024"),
        (Frequency.ANNUAL, date(2018, 4, 1), "years", "2018/19"),
    ],
)
def test_the_sentence_keeps_the_measures_rhythm(frequency, start, step, since):
    process = replace(MISSES, run=7, signal_from=start, segment_from=start, outside=9)
    said = chart(
        process,
        frequency=frequency,
        variation="concern_low",
        rule="7 Points Below CL",
        assurance="inconsistent",
    )
    text = reading(Rag.RED, chart=said)
    assert f"below average for seven {step}, since {since}" in text
    assert f"the limits rest on 40 {step} since {since}" in text
    assert "month" not in text


@pytest.mark.parametrize(
    ("rag", "sentence"),
    [
        (Rag.BLUE, "Complete."),
        (Rag.GREEN, "Green: on track."),
        (Rag.AMBER, "Amber: at risk."),
        (Rag.RED, "Red: off track or overdue."),
    ],
)
def test_milestones_have_words_of_their_own(rag, sentence):
    assert reading(rag, is_milestone=True) == sentence


@pytest.mark.parametrize(
    "terms", [{"variation": "up"}, {"assurance": "maybe"}, {"limits_status": "firm"}]
)
def test_unknown_words_are_refused(terms):
    with pytest.raises(ValueError, match="is not a"):
        reading(Rag.RED, **terms)


@pytest.mark.parametrize(
    ("rag", "terms", "sentence"),
    [
        (
            Rag.RED,
            {"chart": chart(assurance="fail")},
            "Sickness absence: steady, within its usual range; as things stand, the target of 3.5% "
            "will be missed every month.",
        ),
        (
            Rag.GREEN,
            {"chart": chart(replace(MISSES, met=10, outside=9), assurance="inconsistent")},
            "Sickness absence: within its limits in October 2025; the target of 3.5% was met in "
            "ten of the last 24 months.",
        ),
        (
            Rag.RED,
            {"has_tolerance": True},
            "Sickness absence: 4.4% in Feb 2026 against a target of 3.5%, off target by more "
            "than its tolerance.",
        ),
        (
            Rag.RED,
            {"asked": "none"},
            "Sickness absence: 4.4% in Feb 2026 against a target of none, off target.",
        ),
        (
            Rag.NEEDS_BASELINE,
            {"asked": ""},
            "Sickness absence: 4.4% in Feb 2026, needs a baseline: the target starts from a figure "
            "nobody has set.",
        ),
        (
            Rag.LATE,
            {},
            "Sickness absence. Late: the deadline has passed and the figure has not arrived. The "
            "last was 4.4% in Feb 2026.",
        ),
        (
            Rag.RED,
            {"milestone": "overdue since 31 Mar 2019"},
            "Sickness absence: overdue since 31 Mar 2019.",
        ),
    ],
)
def test_a_page_opens_with_what_it_means(rag, terms, sentence):
    terms = {"asked": "3.5%", "latest": "4.4% in Feb 2026"} | terms
    assert headline("Sickness absence", rag=rag, **terms) == sentence


def test_every_icon_is_one_movement():
    assert {movement_of(variation) for variation in VARIATIONS} == set(Movement)


def test_only_a_figure_that_should_be_there_recalls_the_last_one():
    said = {rag for rag in Rag if "The last was" in headline("Beds", rag=rag, latest="9 in May")}
    assert said == {Rag.LATE, Rag.NO_DATA}
