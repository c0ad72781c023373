"""One plain sentence for every combination of RAG and SPC."""

import itertools
from dataclasses import replace
from datetime import date

import pytest

from kpis.judging.claims import Chart
from kpis.judging.process import Process
from kpis.rag import Rag
from kpis.sentences import headline, reading
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
