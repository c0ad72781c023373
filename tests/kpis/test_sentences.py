"""One plain sentence for every combination of RAG and SPC."""

import itertools
from dataclasses import replace
from datetime import date

import pytest

from kpis.judging.claims import Chart, Movement, movement_of
from kpis.judging.process import Process
from kpis.rag import Rag
from kpis.sentences import headline, reading
from kpis.spc import why_no_icons
from strategy.periods import Frequency, Month

VARIATIONS = (
    "common_cause",
    "concern_high",
    "concern_low",
    "improvement_high",
    "improvement_low",
    "neutral_high",
    "neutral_low",
    "none",
)
ASSURANCES = ("pass", "inconsistent", "fail", "none")
OCTOBER = Month(2025, 10)
# A stable process of 40 months that has missed its target in each of the last 24.
MISSES = Process(
    rests_on=40,
    segment_from=date(2022, 7, 1),
    tested=24,
    met=0,
    tested_from=date(2023, 11, 1),
    one_target=True,
)
MEETS = replace(MISSES, met=24)
T = "the target of 3.5%"
CLAIMS = ("rising", "falling", "getting better", "getting worse", "every month", "cannot reach")


def chart(process=MISSES, **terms) -> Chart:
    return Chart(
        **{
            "limits_status": "ok",
            "points": 40,
            "window": OCTOBER.period,
            "process": process,
            "target": T,
            "variation": "common_cause",
            **terms,
        }
    )


@pytest.mark.parametrize("rag", Rag)
def test_without_the_facts_of_the_process_neither_movement_nor_outlook_is_claimed(rag):
    for variation, assurance, since in itertools.product(VARIATIONS, ASSURANCES, (None, OCTOBER)):
        text = reading(
            rag, variation=variation, assurance=assurance, limits_status="ok", since=since
        )
        assert text[0].isupper()
        assert text.endswith(".")
        assert text.count(".") == 1
        assert "  " not in text
        unknown = ("underperform", "N/A", "please note", "invalid", "None", "{")
        for word in (*unknown, *CLAIMS):
            assert word not in text


def test_disagreement_of_colour_and_process_is_named():
    """The examples of domain.md."""
    assert reading(Rag.RED, chart=chart(assurance="fail", target="the target")) == (
        "Red, but common cause: reacting to this month will not help; the process as it stands "
        "cannot reach the target."
    )
    shift = replace(MISSES, run=7, signal_from=date(2025, 4, 1))
    terms = {"variation": "concern_low", "rule": "7 Points Below CL"}
    assert reading(Rag.GREEN, chart=chart(shift, **terms)) == (
        "Green, but below average for seven months, since April 2025, for the worse."
    )


def test_a_run_of_quarters_is_told_from_one_until_another():
    for rule, words in (
        ("7 Points Below CL", "in a run below average"),
        ("7 Point Trend (Decreasing)", "in an unbroken fall"),
    ):
        facts = {"run": 1, "signal_from": date(2023, 4, 1), "signal_to": date(2024, 10, 1)}
        quarters = chart(replace(MISSES, **facts), rule=rule, variation="improvement_low")
        quarters = replace(quarters, frequency=Frequency.QUARTERLY)
        said = f"{words} from Apr to Jun 2023 until Oct to Dec 2024, for the better"
        assert said in reading(Rag.RED, chart=quarters)


@pytest.mark.parametrize(
    ("rule", "facts", "said"),
    [
        ("Above UCL", {"run": 1}, "unusually high in October 2025, for the worse"),
        (
            "Above UCL",
            {"run": 2},
            "unusually high in October 2025, the second month running, for the worse",
        ),
        (
            "Above UCL",
            {"run": 12},
            "unusually high in October 2025, 12 months running, for the worse",
        ),
        (
            "7 Points Above CL",
            {"run": 7, "moves": 1},
            "getting worse: rising, and above average for seven months, since March 2025",
        ),
        (
            "7 Points Above CL",
            {"run": 7},
            "above average for seven months, since March 2025, for the worse",
        ),
        (
            "7 Points Above CL",
            {"run": 3, "signal_to": date(2025, 12, 1)},
            "in a run above average from March 2025 to December 2025, for the worse",
        ),
        (
            "7 Point Trend (Increasing)",
            {"run": 7, "moves": 1},
            "getting worse: rising, up six months in a row since March 2025",
        ),
        (
            "7 Point Trend (Increasing)",
            {"run": 7},
            "up six months in a row since March 2025, by too little to show, for the worse",
        ),
        (
            "7 Point Trend (Increasing)",
            {"run": 1, "signal_to": date(2025, 12, 1)},
            "in an unbroken rise from March 2025 to December 2025, for the worse",
        ),
        ("7 Point Trend (Increasing)", {"run": 0}, "part of a trend, for the worse"),
        (
            "2 in 3 Above CL",
            {"run": 2},
            "two of the last three months are unusually close to the upper limit, for the worse",
        ),
        (
            "2 in 3 Above CL",
            {"run": 3},
            "all of the last three months are unusually close to the upper limit, for the worse",
        ),
        ("2 in 3 Above CL", {"run": 1}, "unusually close to the upper limit, for the worse"),
        ("", {}, "unusually high, for the worse"),
    ],
)
def test_each_rule_is_told_in_its_own_words(rule, facts, said):
    process = replace(MISSES, signal_from=date(2025, 3, 1), **facts)
    found = headline(
        "Absence", rag=Rag.RED, chart=chart(process, rule=rule, variation="concern_high")
    )
    assert found == f"Absence: {said}."
    for mirrored, better in (("concern_high", "worse"), ("improvement_high", "better")):
        text = reading(Rag.RED, chart=chart(process, rule=rule, variation=mirrored))
        assert f"for the {better}" in text or f"getting {better}:" in text
    neutral = reading(Rag.NO_TARGET, chart=chart(process, rule=rule, variation="neutral_high"))
    assert "better" not in neutral
    assert "worse" not in neutral


@pytest.mark.parametrize(
    ("assurance", "process", "points", "said"),
    [
        ("fail", MISSES, 40, f"the process as it stands cannot reach {T}"),
        ("pass", MEETS, 40, f"the process as it stands reaches {T} every month"),
        (
            "fail",
            replace(MISSES, met=2),
            40,
            f"{T} lies beyond the usual range; it was met in two of the last 24 months",
        ),
        (
            "pass",
            replace(MEETS, met=23),
            40,
            f"the whole usual range meets {T}; it was met in 23 of the last 24 months",
        ),
        (
            "inconsistent",
            replace(MISSES, met=11),
            40,
            f"whether a month meets {T} is chance; it was met in 11 of the last 24 months",
        ),
        (
            "inconsistent",
            MISSES,
            40,
            f"{T} lies within the usual range; it was met in none of the last 24 months",
        ),
        (
            "inconsistent",
            replace(MEETS, one_target=False),
            40,
            f"{T} lies within the usual range; the target of the day was met in all "
            "of the last 24 months",
        ),
        (
            "fail",
            replace(MISSES, outside=3),
            40,
            f"{T} was met in none of the last 24 months; the limits rest on 40 months "
            "since July 2022, 3 of them outside: they no longer describe this process; "
            "recalculate them",
        ),
        (
            "fail",
            replace(MISSES, outside=1),
            13,
            f"{T} was met in none of the last 24 months; the limits rest on 13 months "
            "since July 2022, one of them outside",
        ),
        (
            "fail",
            replace(MISSES, outside=18, rests_on=24),
            130,
            f"{T} was met in none of the last 24 months; the limits rest on the first "
            "24 months from July 2022, and 18 of 130 months lie outside them: they no longer "
            "describe this process",
        ),
        (
            "fail",
            replace(MISSES, met=5, tested=12, tested_from=date(2023, 11, 1)),
            40,
            f"{T} lies beyond the usual range; it was met in five of the last 12 months "
            "that were rated",
        ),
        ("none", MISSES, 40, ""),
    ],
)
def test_what_is_expected_of_the_target_is_counted(assurance, process, points, said):
    text = reading(Rag.RED, chart=chart(process, assurance=assurance, points=points))
    assert text.partition("; ")[2] == (f"{said}." if said else "")


@pytest.mark.parametrize(
    ("met", "said"),
    [
        (0, "there were some in each of the last 24 months"),
        (24, "there were none in any of the last 24 months"),
        (9, "there were none in nine of the last 24 months"),
    ],
)
def test_where_none_is_the_target_it_is_counted_how_often_there_were_none(met, said):
    some = chart(replace(MISSES, met=met), assurance="inconsistent", target="the target of none")
    assert said in reading(Rag.RED, chart=some)


@pytest.mark.parametrize("assurance", ["pass", "fail"])
@pytest.mark.parametrize(
    ("points", "facts"),
    [(12, {}), (40, {"outside": 3}), (40, {"met": 7}), (40, {"tested": 0, "met": 0})],
    ids=["few points", "many outside", "met at times", "never tested"],
)
def test_every_is_said_of_a_stable_process_alone(assurance, points, facts):
    process = replace(MEETS if assurance == "pass" else MISSES, **facts)
    said = chart(process, assurance=assurance, points=points)
    for text in (reading(Rag.RED, chart=said), headline("A", rag=Rag.RED, chart=said)):
        assert "every" not in text
        assert "cannot" not in text


def test_a_figure_rated_on_a_longer_span_is_told_apart_from_its_single_windows():
    said = chart(assurance="fail", by_itself=True)
    assert "month by month, as things stand, the target of 3.5% will be missed" in headline(
        "Absence", rag=Rag.GREEN, chart=said
    )


def test_signals_that_point_both_ways_are_both_named():
    facts = {"run": 7, "moves": 1, "signal_from": date(2025, 4, 1), "opposing_run": 7}
    terms = {"variation": "improvement_high", "rule": "7 Point Trend (Increasing)"}
    said = chart(replace(MISSES, **facts), opposing_rule="7 Points Below CL", **terms)
    assert reading(Rag.RED, chart=said) == (
        "Red, but getting better: rising, up six months in a row since April 2025, but the last "
        "seven months are all below average: the signals are mixed."
    )
    others = {
        ("2 in 3 Above CL", 1): "it is close to the upper limit",
        ("7 Points Above CL", 4): "it lies above average",
        ("7 Point Trend (Decreasing)", 3): "it is part of an unbroken fall",
        ("7 Point Trend (Decreasing)", 8): "it has fallen seven months in a row",
    }
    for (rule, run), words in others.items():
        mixed = replace(said, process=replace(MISSES, opposing_run=run), opposing_rule=rule)
        assert f"but {words}: the signals are mixed" in reading(Rag.RED, chart=mixed)
    # A trend that its own points do not bear out is not spoken of.
    gone = replace(said, process=MISSES, opposing_rule="7 Point Trend (Decreasing)")
    assert "mixed" not in reading(Rag.RED, chart=gone)
    assert "mixed" not in reading(Rag.LATE, chart=said)


@pytest.mark.parametrize("variation", ["neutral_high", "neutral_low"])
def test_a_neutral_measure_has_no_assurance_to_speak_of(variation):
    for say in (
        lambda said: reading(Rag.GREEN, chart=said),
        lambda said: headline("A", rag=Rag.GREEN, chart=said),
    ):
        found = {say(chart(variation=variation, assurance=each)) for each in ASSURANCES}
        assert len(found) == 1


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
