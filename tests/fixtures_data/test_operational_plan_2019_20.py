"""The Operational Plan 2019/20: its summary, activity planning, programmes and STP.

Sections 3 to 5 are held against the document in `test_operational_plan_2019_20_numbers.py`.
"""

import re
from datetime import date
from decimal import Decimal

import pytest

from strategy.fixtures.quotes import normalise
from tests.fixtures_data.proof import (
    PlanFixture,
    digest,
    known_measures,
    misprinted,
    not_quoted,
    numbers_in,
    texts_at_hand,
)

CODE = "operational-plan-2019-20"
SUMMARY_PAGE = f"{CODE}-summary-page"
OPERATIONAL = PlanFixture(CODE)
PLAN = OPERATIONAL.content
OBJECTIVES = OPERATIONAL.objectives
OWN_SECTIONS = ("1.", "2.", "6.", "7.")
TARGETS = [
    (promise, target)
    for promise, target in OPERATIONAL.targets
    if promise["section"].startswith(OWN_SECTIONS)
]
PRINTED_IN_A_WORD = {"breakeven": "0", "all staff": "100"}
RATINGS = {"Good": "3", "Outstanding": "4"}
# Each enabler heading: its key area, priorities, actions and bullets "to achieve" as printed.
HEADINGS = {
    "Improve quality": ("Our Services", 2, 2, 0),
    "Save time and money": ("Our Services", 0, 1, 12),
    "Effective partnerships": ("Our Future", 1, 3, 7),
    "Grow our service": ("Our Future", 1, 1, 4),
    "Research and Innovation": ("Our Future", 2, 3, 5),
    "Side by side with service users and carers": ("Our People", 1, 1, 2),
    "Productive skilled workforce": ("Our People", 1, 4, 4),
    "Great clinicians, managers and teams": ("Our People", 1, 3, 5),
    "Finances": ("Our Resources", 1, 2, 2),
    "Technology that helps us provide better care": ("Our Resources", 1, 4, 4),
    "Buildings that work for us": ("Our Resources", 1, 2, 2),
}
# Of all priorities, actions and bullets "to achieve" of the summary, in their order.
DIGESTS = {
    "priorities": "402e535344731d34",
    "actions": "4299eee797b967ad",
    "outcomes": "98e4631250f484c1",
}


def printed_in_the_summary(document: str) -> dict[str, list[str]]:
    """Priorities, actions and bullets "to achieve", read off the document itself."""
    summary = document.split("### Our Services:", 1)[1].split("## **2. Activity planning**", 1)[0]
    found: dict[str, list[str]] = {"priorities": [], "actions": [], "outcomes": []}
    for paragraph in re.split(r"\n\s*\n|\n(?=- |Priority |➤)", summary):
        text = normalise(paragraph)
        if label := re.match(r"(Priority|Action):? (?=.)", text):
            rows = found["priorities" if label[1] == "Priority" else "actions"]
            rows.append(text.removeprefix(label[0]))
        elif paragraph.lstrip().startswith(("- ", "➤")):
            found["outcomes"].append(text)
        elif text == "of care.":
            found["priorities"][-1] += f" {text}"
    return found


def transcribed() -> dict[str, list[str]]:
    return {
        "priorities": [
            row["title"] for key, row in OBJECTIVES.items() if key != "save-time-and-money"
        ],
        "actions": [row["statement"] for row in OPERATIONAL.under_objectives("actions")],
        "outcomes": [row["statement"] for row in OPERATIONAL.under_objectives("outcomes")],
    }


def test_it_has_four_key_areas_eleven_headings_and_what_is_printed_under_each():
    found = {}
    for ambition in PLAN["ambitions"]:
        objectives = ambition["objectives"]
        found[ambition["title"]] = (
            ambition["theme"],
            sum(objective["title"] != ambition["title"] for objective in objectives),
            sum(len(objective.get("actions") or []) for objective in objectives),
            sum(len(objective.get("outcomes") or []) for objective in objectives),
        )
        assert ambition["kind"] == "enabler"
    assert found == HEADINGS
    assert len({area for area, *_ in HEADINGS.values()}) == 4


def test_it_has_twelve_priorities_twenty_six_actions_and_forty_seven_outcomes():
    rows = transcribed()
    assert [len(rows[name]) for name in ("priorities", "actions", "outcomes")] == [12, 26, 47]
    assert OBJECTIVES["save-time-and-money"]["title"] == "Save time and money"


@pytest.mark.parametrize("name", DIGESTS)
def test_they_are_the_whole_of_the_summary(name):
    rows = transcribed()[name]
    assert digest(" ".join(rows)) == DIGESTS[name]
    document = texts_at_hand().get(CODE)
    if document:
        assert rows == printed_in_the_summary(document)[name]


def test_every_statement_is_quoted_from_its_document():
    assert not_quoted(OPERATIONAL.path) == []


def test_the_lists_stand_in_the_order_of_all_plans():
    order = [
        "plan",
        "ambitions",
        "national_standards",
        "plan_promises",
        "quality_priorities",
        "risks",
        "finance",
        "observed",
        "context_figures",
        "statements",
        "notes",
    ]
    assert list(PLAN) == [name for name in order if name in PLAN]


def test_only_the_web_page_names_the_six_values():
    plan = PLAN["plan"]
    assert plan["values"] == [
        "Respect",
        "Open",
        "Accountable",
        "Working together",
        "Innovative",
        "Excellence",
    ]
    assert plan["values_source"] == SUMMARY_PAGE
    named = [row["text"] for row in PLAN["statements"] if row.get("source") == SUMMARY_PAGE]
    assert named[:6] == plan["values"]
    unnamed = "6 core values: 2018/19 Key achievements"
    assert unnamed in normalise(texts_at_hand().get(CODE, unnamed))


def test_the_dates_of_the_plan_are_the_financial_year():
    plan = PLAN["plan"]
    assert plan["published_on"] == date(2019, 4, 4)
    assert (plan["starts_on"], plan["ends_on"]) == (date(2019, 4, 1), date(2020, 3, 31))
    assert "April 2019 - April 2020" in plan["dates_note"]


def test_the_ratings_of_2019_stand_on_the_web_page_alone():
    page = [row for row in PLAN["observed"] if row.get("source") == SUMMARY_PAGE]
    assert {row["measure"].removeprefix("cqc-rating-"): row["printed_as"] for row in page} == {
        "safe": "Good",
        "effective": "Good",
        "caring": "Outstanding",
        "responsive": "Good",
        "well-led": "Good",
        "overall": "Good",
    }
    for row in page:
        assert row["value"] == RATINGS[row["printed_as"]]
        assert (row["period_start"], row["period_end"]) == (date(2019, 2, 1), date(2019, 2, 28))


def test_a_rating_is_the_number_of_its_word():
    rows = [
        row
        for row in PLAN["observed"]
        if row["measure"].startswith("cqc-rating-") and not row["section"].startswith("3.2 ")
    ]
    assert len(rows) == 12
    for row in rows:
        word = re.search("|".join(RATINGS), row["printed_as"])[0]
        assert row["value"] == RATINGS[word]
        assert row["printed_as"] in normalise(row["statement"])
        assert row["period_start"] in (date(2017, 1, 1), date(2019, 2, 1))


def test_two_services_improved_from_good_to_outstanding():
    rows = [row for row in PLAN["observed"] if "improved from Good" in row["statement"]]
    assert [(row["measure"], row["period_start"].year, row["value"]) for row in rows] == [
        ("cqc-rating-forensic-inpatient-overall", 2017, "3"),
        ("cqc-rating-forensic-inpatient-overall", 2019, "4"),
        ("cqc-rating-older-people-community-caring", 2017, "3"),
        ("cqc-rating-older-people-community-caring", 2019, "4"),
    ]


def test_figures_are_printed_as_they_say():
    in_digits = [
        row
        for name in ("finance", "observed", "context_figures")
        for row in PLAN[name]
        if row["section"].startswith(OWN_SECTIONS)
        and not row.get("measure", "").startswith("cqc-rating-")
        and not row["printed_as"].lower().startswith("no ")
    ]
    assert len(in_digits) == 22
    assert misprinted(in_digits) == []


def test_none_and_no_are_nought():
    in_a_word = [
        row
        for name in ("observed", "context_figures")
        for row in PLAN[name]
        if row["section"].startswith(OWN_SECTIONS) and row["printed_as"].lower().startswith("no ")
    ]
    assert [row["value"] for row in in_a_word] == ["0", "0"]


def test_an_approximate_figure_has_no_value():
    rows = [row for row in PLAN["context_figures"] if "approximately" in row["printed_as"]]
    assert [row["printed_as"] for row in rows] == [
        "approximately 1.8 million people",
        "approximately 3,500 staff",
    ]
    assert [row["value"] for row in rows] == [None, None]


def test_six_promises_print_a_number_or_say_it_in_a_word():
    found = {
        target["measure"]: (target["operator"], target["value_is"], target["value"])
        for _, target in TARGETS
        if target.get("value") is not None
    }
    assert found == {
        "older-adults-length-of-stay": ("le", "relative_to_baseline", "26"),
        "staff-quality-objective": ("ge", "absolute", "100"),
        "research-bids-submitted": ("ge", "absolute", "3"),
        "surplus-or-deficit": ("ge", "absolute", "0"),
        "early-intervention-two-weeks": ("ge", "absolute", "56"),
        "core-24-liaison-services": ("ge", "absolute", "50"),
    }


def test_a_value_is_printed_in_its_statement():
    for promise, target in TARGETS:
        if target.get("value") is None:
            continue
        printed = target["printed_value"]
        assert printed in normalise(promise["statement"])
        word = PRINTED_IN_A_WORD.get(printed)
        assert target["value"] == word or numbers_in(printed) == {Decimal(target["value"])}


def test_no_number_stands_in_a_target_that_is_not_printed():
    unprinted = {"baseline", "baseline_period", "floor", "points", "upper_value", "effective_from"}
    assert not any(unprinted & target.keys() for _, target in TARGETS)
    assert all(target["interpretation_note"] for _, target in TARGETS)


def test_every_bullet_that_can_be_counted_is_an_outcome_and_a_promise():
    outcomes = transcribed()["outcomes"]
    shared = [row["statement"] for row in OPERATIONAL.under_objectives("promises")]
    direction = re.compile(r"(Increase|Reduce|Improve|Greater|Drive out)")
    assert [text for text in outcomes if direction.match(text) and text not in shared] == []
    assert set(shared) - set(outcomes) == {
        "To deliver breakeven in 2019/20 where income equals expenditure",
        "Submit 3 research project bids (oriented to service delivery) which have been proposed "
        "and initiated by KMPT staff.",
    }


def test_a_statement_of_several_promises_is_several_targets():
    several = {
        promise["statement"].split(",")[0]: len(promise["targets"])
        for promise, _ in TARGETS
        if len(promise["targets"]) > 1
    }
    assert several == {
        "Reduced need for admissions": 2,
        "Quality objectives for all staff and clear offer of quality training": 2,
        "Reduced number of vacancies": 3,
        "Increase in compliments": 2,
        "Maintaining the reduction in out of area placed activity and": 2,
    }


def test_the_deliverables_of_the_long_term_plan_are_national_standards():
    rows = PLAN["national_standards"][:7]
    targets = [target for row in rows for target in row["targets"]]
    assert {target["role"] for target in targets} == {"national_standard"}
    due = [
        (row["targets"][0].get("due_as_published"), row["targets"][0].get("due_on")) for row in rows
    ]
    assert due == [
        (None, None),
        (None, None),
        ("by 2020/21", date(2021, 3, 31)),
        ("by 2020/21", date(2021, 3, 31)),
        (None, None),
        ("by 2023/24", date(2024, 3, 31)),
        ("by 2023/24", date(2024, 3, 31)),
    ]


def test_targets_that_stood_before_keep_their_codes():
    coded = OPERATIONAL.targets_by_code
    assert coded[f"{CODE}/national.1"][1]["measure"] == "early-intervention-two-weeks"
    assert coded[f"{CODE}/plan.1"][1]["measure"] == "sickness-absence"


def test_measures_exist_and_other_plans_share_some():
    named = OPERATIONAL.measures_named
    assert set(named) <= known_measures().keys()
    assert {row["code"] for row in OPERATIONAL.own_measures} <= set(named)
    assert {
        "surplus-or-deficit",
        "staff-engagement-score",
        "raising-concerns-score",
        "survey-morale",
        "early-intervention-two-weeks",
        "out-of-area-acute-picu",
        "sickness-absence",
    } <= set(named)
