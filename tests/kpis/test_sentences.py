"""One plain sentence for every combination of RAG and SPC."""

import itertools

import pytest

from kpis.rag import Rag
from kpis.sentences import Movement, headline, movement_of, reading, rule_phrase
from kpis.spc import why_no_icons
from kpis.spc.words import rule_labels
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


@pytest.mark.parametrize(
    ("rag", "variation", "assurance", "sentence"),
    [
        (
            Rag.RED,
            "common_cause",
            "fail",
            "Red, but common cause: reacting to this month will not help; the process as it "
            "stands cannot reach the target.",
        ),
        (
            Rag.GREEN,
            "concern_low",
            "none",
            "Green, but getting worse: a special-cause fall began in October 2025.",
        ),
        (
            Rag.GREEN,
            "improvement_high",
            "pass",
            "Green, and getting better: a special-cause rise began in October 2025; the process "
            "as it stands reaches the target every month.",
        ),
        (
            Rag.AMBER,
            "improvement_low",
            "inconsistent",
            "Amber, but getting better: a special-cause fall began in October 2025; whether a "
            "month meets the target is chance.",
        ),
        (
            Rag.RED,
            "concern_high",
            "fail",
            "Red, and getting worse: a special-cause rise began in October 2025; the process as "
            "it stands cannot reach the target.",
        ),
        (
            Rag.GREEN,
            "common_cause",
            "inconsistent",
            "Green, but common cause: the next month may miss; whether a month meets the target "
            "is chance.",
        ),
        (
            Rag.GREEN,
            "common_cause",
            "pass",
            "Green, and common cause: moving up and down as usual; the process as it stands "
            "reaches the target every month.",
        ),
        (
            Rag.NO_TARGET,
            "neutral_high",
            "none",
            "No target: no promised number to judge this figure by; unusually high: a "
            "special-cause rise began in October 2025.",
        ),
        (
            Rag.NEEDS_BASELINE,
            "common_cause",
            "none",
            "Needs a baseline: the target starts from a figure nobody has set; common cause: one "
            "month by itself means little.",
        ),
        (
            Rag.LATE,
            "concern_high",
            "fail",
            ("Late: the deadline has passed and the figure has not arrived."),
        ),
        (Rag.GREEN, "none", "none", "Green: on target."),
    ],
)
def test_agreement_and_disagreement_are_named(rag, variation, assurance, sentence):
    found = reading(
        rag, variation=variation, assurance=assurance, limits_status="ok", since=OCTOBER
    )
    assert found == sentence


@pytest.mark.parametrize("rag", Rag)
def test_every_combination_reads_as_one_plain_sentence(rag):
    for variation, assurance, since in itertools.product(VARIATIONS, ASSURANCES, (None, OCTOBER)):
        text = reading(
            rag, variation=variation, assurance=assurance, limits_status="ok", since=since
        )
        assert text[0].isupper()
        assert text.endswith(".")
        assert text.count(".") == 1
        assert "  " not in text
        for word in ("underperform", "N/A", "please note", "invalid", "None", "{"):
            assert word not in text


def test_signals_that_point_both_ways_are_both_named():
    terms = {"assurance": "fail", "limits_status": "ok", "since": OCTOBER}
    terms |= {"opposing_rule": "7 Points Below CL", "variation": "improvement_high"}
    assert reading(Rag.RED, **terms) == (
        "Red, but getting better: a special-cause rise began in October 2025, with mixed signals: "
        "the last seven months are all below average; "
        "the process as it stands cannot reach the target."
    )
    assert "mixed signals" in reading(Rag.NO_TARGET, **terms)
    assert "mixed" not in reading(Rag.RED, **terms | {"variation": "common_cause"})
    assert "mixed" not in reading(Rag.LATE, **terms)


def test_every_rule_of_the_chart_has_its_words():
    said = [rule_phrase(rule, "quarter") for pair in rule_labels() for rule in pair]
    assert len(set(said)) == 8
    assert rule_phrase("7 Point Trend (Increasing)", "month") == (
        "it has risen at least six months in a row"
    )
    with pytest.raises(ValueError, match="not an SPC rule"):
        rule_phrase("8 Points", "month")


@pytest.mark.parametrize("rag", [Rag.GREEN, Rag.AMBER, Rag.RED])
def test_different_combinations_read_differently(rag):
    texts = {
        reading(rag, variation=variation, assurance=assurance)
        for variation in VARIATIONS[:5]
        for assurance in ASSURANCES
    }
    assert len(texts) == 5 * len(ASSURANCES)


@pytest.mark.parametrize("variation", ["neutral_high", "neutral_low"])
def test_a_neutral_measure_has_no_assurance_to_speak_of(variation):
    for said in (
        lambda assurance: reading(Rag.GREEN, variation=variation, assurance=assurance),
        lambda assurance: headline("A", rag=Rag.GREEN, variation=variation, assurance=assurance),
    ):
        assert {said(assurance) for assurance in ASSURANCES} == {said("none")}


@pytest.mark.parametrize("movement", ["common_cause", "concern_low", "improvement_high"])
def test_what_is_expected_never_contradicts_the_colour(movement):
    """A figure beyond the limits, or rated on the year so far, may go against its process."""
    for rag, assurance, wrong in (
        (Rag.GREEN, "fail", ("cannot reach", "missed every month")),
        (Rag.AMBER, "pass", ("every month", "still met")),
        (Rag.RED, "pass", ("every month", "still met")),
    ):
        terms = {"rag": rag, "variation": movement, "assurance": assurance}
        for text in (reading(**terms), headline("Sickness absence", **terms)):
            assert not any(words in text for words in wrong), text


def test_a_bad_month_of_a_process_that_passes_is_named():
    terms = {"variation": "concern_low", "assurance": "pass", "since": OCTOBER}
    assert reading(Rag.RED, **terms) == (
        "Red, and getting worse: a special-cause fall began in October 2025; the process normally "
        "reaches the target, so find what changed."
    )
    assert reading(Rag.GREEN, **terms) == (
        "Green, but getting worse: a special-cause fall began in October 2025; the target is still "
        "met, so find the cause before it is lost."
    )


def test_states_without_a_value_are_told_apart():
    texts = {reading(rag) for rag in Rag}
    assert len(texts) == len(Rag)


@pytest.mark.parametrize(
    ("limits_status", "points", "sentence"),
    [
        (
            "trial",
            9,
            "Red: off target by more than its tolerance; too early to tell a change from "
            "chance: 9 of 13 points.",
        ),
        (
            "trial",
            None,
            "Red: off target by more than its tolerance; too early to tell a change from chance.",
        ),
        (
            "collapsed",
            40,
            "Red: off target by more than its tolerance; too little variation for limits.",
        ),
        (
            "none",
            1,
            "Red: off target by more than its tolerance; too early to tell a change from "
            "chance: 1 of 13 points.",
        ),
        (
            "none",
            13,
            "Red: off target by more than its tolerance; too little variation for limits.",
        ),
        ("none", None, "Red: off target by more than its tolerance."),
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
        assert (f"{points} of 13" in sentence) == (f"{points} of 13" in why)


def test_the_sentence_keeps_the_measures_rhythm():
    text = reading(
        Rag.RED, variation="common_cause", assurance="inconsistent", frequency=Frequency.QUARTERLY
    )
    assert text == (
        "Red, but common cause: reacting to this quarter will not help; whether a quarter meets "
        "the target is chance."
    )


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
    ("terms", "sentence"),
    [
        (
            {"rag": Rag.RED, "variation": "improvement_low", "assurance": "fail"},
            "Sickness absence: falling, but not fast enough; as things stand, the 3.5% target "
            "will be missed every month.",
        ),
        (
            {"rag": Rag.GREEN, "variation": "common_cause", "assurance": "inconsistent"},
            "Sickness absence: steady; as things stand, the 3.5% target is met in some months "
            "and missed in others.",
        ),
        (
            {"rag": Rag.RED},
            "Sickness absence: 4.4% in Feb 2026 against a target of 3.5%, off target by more "
            "than its tolerance.",
        ),
        (
            {"rag": Rag.NEEDS_BASELINE, "target": "–"},
            "Sickness absence: 4.4% in Feb 2026, needs a baseline: the target starts from a figure "
            "nobody has set.",
        ),
        (
            {"rag": Rag.LATE},
            "Sickness absence. Late: the deadline has passed and the figure has not arrived. The "
            "last was 4.4% in Feb 2026.",
        ),
    ],
)
def test_a_page_opens_with_what_it_means(terms, sentence):
    terms = {"target": "3.5%", "latest": "4.4% in Feb 2026"} | terms
    found = headline("Sickness absence", **terms)
    assert found == sentence


@pytest.mark.parametrize("rag", Rag)
def test_every_headline_is_whole(rag):
    for variation, assurance, words in itertools.product(VARIATIONS, ASSURANCES, ("", "3.5%")):
        text = headline(
            "Sickness absence", rag=rag, variation=variation, assurance=assurance, target=words
        )
        assert text.startswith("Sickness absence")
        assert text.endswith(".")
        assert "{" not in text
        assert "  " not in text


def test_every_icon_is_one_movement():
    assert {movement_of(variation) for variation in VARIATIONS} == set(Movement)


def test_only_a_figure_that_should_be_there_recalls_the_last_one():
    told = {rag for rag in Rag if "The last was" in headline("Beds", rag=rag, latest="9 in May")}
    assert told == {Rag.LATE, Rag.NO_DATA}
