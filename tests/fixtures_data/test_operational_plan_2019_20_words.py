"""The Operational Plan 2019/20 apart from its promises: priorities, programmes, STP and notes."""

import re

import pytest

from strategy.fixtures.quotes import normalise
from tests.fixtures_data.proof import PlanFixture, known_measures, texts_at_hand

CODE = "operational-plan-2019-20"
STP_PAGE = f"{CODE}-stp-page"
OPERATIONAL = PlanFixture(CODE)
PLAN = OPERATIONAL.content
OBJECTIVES = OPERATIONAL.objectives
OWN_SECTIONS = ("1.", "2.", "6.", "7.", "Web page")
NOTES = {row["key"].removeprefix(f"{CODE}-"): row for row in PLAN["notes"]}
LISTS = {
    "finance": "finance",
    "statement": "statements",
    "risk": "risks",
    "quality_priority": "quality_priorities",
    "context_figure": "context_figures",
}


def statements(kind: str, *, section: str = "", source: str | None = None) -> list[dict]:
    return [
        row
        for row in PLAN["statements"]
        if row["kind"] == kind
        and row["section"].startswith(section or OWN_SECTIONS)
        and row.get("source") == source
    ]


def texts(kind: str, **named) -> list[str]:
    return [row["text"] for row in statements(kind, **named)]


def test_the_five_key_priorities_of_the_year_and_the_four_rights():
    assert len(texts("stated_priority", section="1. ")) == 5
    rights = [row["title"] for row in statements("programme") if row["title"].startswith("Right ")]
    assert rights == ["Right Pathways", "Right Practice", "Right Place", "Right time"]


def test_the_stp_has_three_gaps_with_ten_bullets_and_two_inner_ones():
    gaps = [row for row in statements("gap") if re.fullmatch(r"Gap \d", row["title"])]
    assert [row["text"] for row in gaps] == [
        "Health & Wellbeing Gap",
        "Care & Quality Gap",
        "Funding Gap",
    ]
    bullets = [
        sum(row["title"].startswith(f"{gap['text']} – ") for row in statements("gap"))
        for gap in gaps
    ]
    assert bullets == [5, 3, 2 + 2]


def test_the_stp_says_eleven_workstreams_and_lists_eight_under_four_themes():
    assert "The STP has eleven workstreams across four themes" in texts("context")
    listed = texts("workstream", source=STP_PAGE)
    assert listed == [
        "Stroke",
        "Local care",
        "East Kent",
        "Mental health",
        "Primary care",
        "Productivity",
        "Estates",
        "System transformation",
    ]
    assert texts("theme", source=STP_PAGE) == [
        "Care transformation",
        "Productivity",
        "Enablers",
        "System leadership",
    ]
    assert len(NOTES["stp-workstreams"]["touches"]) == 2 + len(listed)
    assert len(NOTES["stp-table-columns"]["touches"]) == 5


def test_the_statements_stand_in_the_order_of_the_document():
    own = [row for row in PLAN["statements"] if "source" not in row]
    chapters = [row["section"].partition(".")[0] for row in own]
    assert chapters == sorted(chapters)
    document = normalise(texts_at_hand().get(CODE, ""))
    place, out_of_order = 0, []
    for words in (normalise(row["text"]) for row in own):
        if words not in document:
            continue
        found = document.find(words, place)
        if found < 0:
            out_of_order.append(words)
        place = max(place, found)
    assert out_of_order == []


def test_the_stp_has_eight_principles():
    principles = [row for row in statements("principle") if row["title"] != "STP principles"]
    assert [row["title"] for row in principles] == [f"STP principle {n}" for n in range(1, 9)]


def test_contradictions_are_noted_not_smoothed():
    contradictions = {key for key, row in NOTES.items() if row["kind"] == "contradiction"}
    assert contradictions >= {
        "ten-enablers",
        "older-adults-stay",
        "deficit-2018-19",
        "qsir-leaders",
        "stp-name",
        "stp-workstreams",
    }


def test_a_note_touches_rows_that_are_there():
    rows = {
        "measure": known_measures().keys(),
        "objective": OBJECTIVES.keys(),
        "target": OPERATIONAL.targets_by_code.keys(),
    }
    for kind, name in LISTS.items():
        rows[kind] = {f"{CODE}/{place}" for place in range(1, len(OPERATIONAL.rows(name)) + 1)}
    for kind, name in (("outcome", "outcomes"), ("action", "actions")):
        rows[kind] = {
            f"{CODE}/{key}/{place}"
            for key, objective in OBJECTIVES.items()
            for place in range(1, len(objective.get(name) or []) + 1)
        }
    touched = [touch.partition(":") for note in PLAN["notes"] for touch in note["touches"]]
    assert [
        f"{kind}:{key}" for kind, _, key in touched if kind != "plan" and key not in rows[kind]
    ] == []


@pytest.mark.parametrize(
    ("note", "words"),
    [
        ("two-priorities-research", "Work with Kent & Medway Medical School"),
        ("page-finances-scrambled", "Delivery of CIP programme"),
        ("page-learning-merged", "Quality objectives for all staff"),
        ("st-martins-workstreams", "The programme has three enabler workstreams."),
        ("qsir-leaders", "eight senior leaders"),
        ("deficit-2018-19", "a deficit of £1.1m"),
    ],
)
def test_a_note_touches_the_row_it_speaks_of(note, words):
    quoted = [
        text
        for kind, _, key in (touch.partition(":") for touch in NOTES[note]["touches"])
        for text in words_of(kind, key)
    ]
    assert any(words in text for text in quoted), quoted


def words_of(kind: str, key: str) -> list[str]:
    if kind in LISTS:
        row = PLAN[LISTS[kind]][int(key.rsplit("/", 1)[1]) - 1]
    elif kind == "objective":
        row = OBJECTIVES[key]
    elif kind == "outcome":
        _, reference, place = key.split("/")
        row = OBJECTIVES[reference]["outcomes"][int(place) - 1]
    else:
        return []
    return [str(row.get(name)) for name in ("title", "text", "statement", "printed_as")]
