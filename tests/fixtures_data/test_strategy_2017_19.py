"""The strategy 2017–19, compared with its document: complete, as printed, nothing invented."""

import re
from datetime import date
from decimal import Decimal

from strategy.fixtures.quotes import normalise
from tests.fixtures_data.proof import (
    FIXTURES,
    PlanFixture,
    digest,
    joined,
    known_measures,
    misprinted,
    not_quoted,
    says,
    texts_at_hand,
)

STRATEGY = PlanFixture("strategy-2017-19")
PLAN, OBJECTIVES = STRATEGY.content, STRATEGY.objectives
TARGETS = STRATEGY.targets
BY_CODE = STRATEGY.targets_by_code
TABLES = PLAN["ambitions"]
PRIORITIES_IN_TABLES = [1, 1, 2, 1, 2, 1, 1, 1, 1, 2]
IMPACTS_IN_TABLES = [14, 6, 13, 9, 12, 8, 14, 6, 4, 10]
DESCRIPTIONS_IN_TABLES = [9, 11, 14, 6, 6, 11, 4, 4, 5, 8]
# Checksums of each table's column of impacts.
IMPACTS = [
    "f67cdb383ef76651",
    "9e1a33e39b4db66a",
    "9840b1162e3d0ed8",
    "002cf7abccd2c7f0",
    "b3b84abf3e150ae9",
    "f9893ca959b22f33",
    "fa4c7117c86eacc2",
    "92e7a47211fc206e",
    "ec48d80eda33d59d",
    "0bbef10f4466108b",
]
DELIVERY = {
    "Q1 2017/18": [
        "CMHT Operating Model launched",
        "Eligibility criteria in place",
        "CMHT workforce zero based",
        "CMHT CPA target delivered",
        "CMHT 7 day follow up target delivered",
        "CMHT waiting list management process launched",
        "Single Point of Access review complete",
    ],
    "Q2 2017/18": [
        "No CMHT team member has caseload over 40",
        "CMHT recruitment plans in place",
        "Single Bed Management System launched",
        "Trust wide capacity/demand model agreed",
        "Additional capacity in place – PICU",
        "PD Pathway launched",
        "Business Development Strategy launched",
        "Partnerships investigated – Dementia/ Repatriation",
    ],
    "Q3 2017/18": [
        "CMHTs aligned to New Models of Care",
        "7 day working plan implemented across all teams",
        "Locality performance management in place",
        "Research Networks established",
        "Research Strategy in Place",
        "New models of primary care in place – delivering integrated physical mental health",
        "ICT Innovative Models of Service Delivery launched",
    ],
    "Q4 2017/18": [
        "Vacancy rate 10%",
        "Turnover 15%",
        "Agency cap delivered",
        "100% appraisals complete",
        "Financial targets delivered – control total/CRL/agency cap",
        "CIP delivered",
        "CQUINS delivered",
    ],
    "2018/19": [
        "Core 24 Liaison model launched",
        "Dementia new model of care in place",
        "Locality based working embedded",
    ],
}
LAST_DAYS = {
    "Q1 2017/18": date(2017, 6, 30),
    "Q2 2017/18": date(2017, 9, 30),
    "Q3 2017/18": date(2017, 12, 31),
    "Q4 2017/18": date(2018, 3, 31),
    "2018/19": date(2019, 3, 31),
}
SAID_IN_A_WORD = {
    "All": "100",
    "fully": "100",
    "No": "0",
    "Zero": "0",
    "financial balance": "0",
    "A surplus": "0",
}
# What a note may touch besides rows that have a position: whole lists of the fixture.
LISTS = {
    "finance": "finance",
    "context_figure": "context_figures",
    "statement": "statements",
}


def targets_on(measure: str) -> list[dict]:
    return [target for _, target in TARGETS if target.get("measure") == measure]


def target_of(statement: str) -> dict:
    found = [target for promise, target in TARGETS if promise["statement"] == statement]
    assert len(found) == 1, statement
    return found[0]


def rows_of(table: dict, name: str) -> list[dict]:
    return [row for objective in table["objectives"] for row in objective.get(name) or []]


def described(table: dict) -> list[dict]:
    return [row for row in rows_of(table, "actions") if "quarter" not in row]


def statements_of(kind: str) -> list[str]:
    return [row["text"] for row in PLAN["statements"] if row["kind"] == kind]


def test_ten_tables_hold_thirteen_priorities_and_ninety_six_impacts():
    assert {table["kind"] for table in TABLES} == {"strategic_priority"}
    assert [len(table["objectives"]) for table in TABLES] == PRIORITIES_IN_TABLES
    assert [len(rows_of(table, "outcomes")) for table in TABLES] == IMPACTS_IN_TABLES
    assert [len(described(table)) for table in TABLES] == DESCRIPTIONS_IN_TABLES
    assert (len(TABLES), len(OBJECTIVES), sum(IMPACTS_IN_TABLES)) == (10, 13, 96)


def test_the_impacts_of_a_table_are_the_whole_of_their_column():
    columns = [normalise(joined(rows_of(table, "outcomes"))) for table in TABLES]
    assert [digest(impacts) for impacts in columns] == list(IMPACTS)
    document = texts_at_hand().get("strategy-2017-19")
    if document is not None:
        text = normalise(document)
        assert [impacts for impacts in columns if impacts not in text] == []


def test_everything_quoted_stands_in_the_document():
    assert not_quoted(STRATEGY.path) == []


def test_every_figure_is_as_printed():
    for name in ("finance", "context_figures", "observed"):
        assert STRATEGY.rows(name)
        assert misprinted(STRATEGY.rows(name)) == []


def test_approximate_words_are_not_values():
    vague = re.compile(r"approximately|over |almost|^one in|^half|twice|c£|–", re.IGNORECASE)
    rows = [row for row in PLAN["context_figures"] if vague.search(row["printed_as"])]
    assert len(rows) == 13
    assert not any(row["value"] for row in rows)


def test_nine_priorities_are_stated_twice_and_eleven_are_claimed():
    stated = [row for row in PLAN["statements"] if row["kind"] == "stated_priority"]
    first = [row["text"] for row in stated if row["section"].startswith("1. ")]
    second = [row["text"] for row in stated if row["section"].startswith("11. ")]
    assert (len(first), len(second), len(stated)) == (9, 9, 18)
    assert len([row for row in PLAN["statements"] if "eleven strategic" in row["text"]]) == 1
    answered = {table["title"]: table.get("statement") for table in TABLES}
    assert {statement for statement in answered.values() if statement} == set(second)
    unstated = [title for title, statement in answered.items() if statement is None]
    assert unstated == ["Developing our business into new markets or new models of delivery"]


def test_the_other_words_of_the_strategy_are_counted():
    assert [len(statements_of(kind)) for kind in ("service", "value", "principle")] == [14, 6, 4]
    assert [len(statements_of(kind)) for kind in ("future_vision", "must_now")] == [10, 13]
    assert [len(statements_of(kind)) for kind in ("stp_aim", "people_pillar")] == [8, 17]
    assert PLAN["plan"]["values"] == [
        "Respect",
        "Open",
        "Accountable",
        "Working together",
        "Innovative",
        "Excellence",
    ]


def test_all_that_must_be_done_now_is_promised():
    promised = [normalise(row["statement"]) for row in PLAN["plan_promises"]]
    must = [normalise(said) for said in statements_of("must_now")]
    assert {said: promised.count(said) for said in must} == dict.fromkeys(must, 1)


def test_money_that_sets_the_scene_stands_among_the_figures_the_plan_states_too():
    stated = {(row["printed_as"], row["section"]) for row in PLAN["finance"]}
    money = [row for row in PLAN["context_figures"] if "£" in row["printed_as"]]
    assert [row["printed_as"] for row in money] == ["£486m deficit", "£12m", "c£45m per annum"]
    assert {(row["printed_as"], row["section"]) for row in money} <= stated


def test_the_delivery_table_is_spread_over_the_objectives_whole():
    document = texts_at_hand().get("strategy-2017-19")
    listed = [statement for statements in DELIVERY.values() for statement in statements]
    assert len(listed) == 32
    if document:
        assert normalise(" ".join(listed)) in normalise(document)
    due = [row for row in STRATEGY.under_objectives("actions") if "quarter" in row]
    for quarter, statements in DELIVERY.items():
        rows = [row for row in due if row["due_as_published"] == quarter]
        assert sorted(row["statement"] for row in rows) == sorted(statements)
        assert {row["due_on"] for row in rows} == {LAST_DAYS[quarter]}
        assert {row["section"].rpartition(" – ")[2] for row in rows} == {quarter}
    touched = notes_touching("action", {"delivery-columns-lost", "delivery-priority-read"})
    assert all(len(rows) == 32 for rows in touched)


def notes_touching(kind: str, keys: set[str]) -> list[list[str]]:
    return [
        [touch for touch in note["touches"] if touch.startswith(f"{kind}:")]
        for note in PLAN["notes"]
        if note["key"].removeprefix("strategy-2017-19-") in keys
    ]


def test_a_promise_in_a_table_is_an_impact_a_priority_or_a_delivery():
    for objective in OBJECTIVES.values():
        outcomes = {row["statement"] for row in objective.get("outcomes") or []}
        for promise in objective.get("promises") or []:
            part = promise["section"].rpartition(" – ")[2]
            expected = {
                "Impact": outcomes,
                "Priority": {objective["title"]},
                **DELIVERY,
            }[part]
            assert promise["statement"] in expected


def test_a_value_is_printed_in_its_statement():
    for promise, target in TARGETS:
        if target.get("value") is None:
            continue
        printed = target["printed_value"]
        assert printed in normalise(promise["statement"]), promise
        word = SAID_IN_A_WORD.get(printed)
        is_said = says(printed, target["value"]) if word is None else target["value"] == word
        assert is_said, promise
        assert {"measure", "operator", "value_is"} <= target.keys(), promise


def test_nothing_is_set_that_the_strategy_does_not_print():
    for promise, target in TARGETS:
        assert not {"floor", "points", "baseline", "baseline_period", "upper_value"} & target.keys()
        due = target.get("due_as_published")
        if due:
            assert due in promise["statement"] or due in LAST_DAYS
        assert bool(target.get("due_on")) <= bool(due)
    assert not any(row.get("owner") for row in STRATEGY.under_objectives("actions"))
    assert not any(row.get("owner") for row in STRATEGY.own_measures)
    assert PLAN["plan"]["published_on"] is None
    assert "Inferred" in PLAN["plan"]["dates_note"]


def test_strict_signs_of_the_community_teams_are_theirs_and_survive():
    for statement, value in (("Sickness rate < 3.9%", "3.9"), ("Turnover < 10%", "10")):
        target = target_of(statement)
        assert (target["operator"], target["value"]) == ("lt", value)
        assert target["measure"].startswith("cmht-")
    assert not targets_on("sickness-absence")
    assert {target["value"] for target in targets_on("voluntary-turnover")} == {"15"}


def test_sickness_in_days_is_not_the_percentage():
    target = target_of("Reduce sickness absence to less than 10 days")
    assert (target["operator"], target["value"]) == ("lt", "10")
    measure = known_measures()[target["measure"]]
    assert measure["unit"] == "days"


def test_the_average_caseload_and_the_largest_are_two_measures():
    average, *_ = targets_on("cmht-average-caseload")
    largest = targets_on("cmht-highest-caseload")
    assert average["value"] == "40"
    assert [target["value"] for target in largest] == ["40", "40"]


def test_early_intervention_is_a_national_standard_that_was_achieved():
    (target,) = targets_on("early-intervention-two-weeks")
    assert (target["role"], target["operator"], target["value"]) == (
        "national_standard",
        "gt",
        "50",
    )
    observed = {row["measure"]: row["value"] for row in PLAN["observed"]}
    assert observed["early-intervention-two-weeks"] == "85"


def test_31_march_is_a_date_and_2020_lies_after_the_end():
    detentions = target_of("Reduce number of 136 detentions by 31 March 2019.")
    assert detentions["due_on"] == date(2019, 3, 31)
    assert "value" not in detentions
    late = [target for _, target in TARGETS if target.get("due_as_published") == "by 2020"]
    assert [target["due_on"] for target in late] == [date(2020, 12, 31)] * 4
    assert date(2020, 12, 31) > PLAN["plan"]["ends_on"]


def test_half_of_the_departments_are_promised_though_the_priority_says_all():
    (target,) = targets_on("eds-with-core-24-liaison")
    assert target["value"] == "50"
    assert "in all acute EDs" in OBJECTIVES["core-24-liaison"]["title"]


def test_the_control_total_is_promised_twice_and_its_amounts_are_deficits():
    twice = [
        row
        for row in STRATEGY.under_objectives("outcomes")
        if row["statement"] == "Delivery of NHS Improvement Control Total"
    ]
    assert len(twice) == 2
    amounts = [
        (target["effective_from"].year, target["value"])
        for target in targets_on("surplus-or-deficit")
        if "effective_from" in target
    ]
    assert amounts == [(2017, "-2800"), (2018, "-1100")]


def test_the_income_table_adds_and_three_commissioners_fall():
    income = [row for row in PLAN["finance"] if row["group"] == "KMPT Income by CCG"]
    years = {
        year: {row["line"]: Decimal(row["value"]) for row in income if row["period"] == year}
        for year in ("2017/18", "2018/19")
    }
    for lines in years.values():
        assert sum(value for line, value in lines.items() if line != "Total") == lines["Total"]
    assert [years[year]["Total"] for year in years] == [159412, 160047]
    fallen = [line for line, value in years["2017/18"].items() if years["2018/19"][line] < value]
    assert fallen == [
        "NHS Canterbury and Coastal CCG",
        "NHS South Kent Coast CCG",
        "NHS Thanet CCG",
    ]
    (touched,) = notes_touching("finance", {"all-bar-one-ccg"})
    assert {income_line(touch) for touch in touched} == set(fallen)


def income_line(touch: str) -> str:
    return PLAN["finance"][int(touch.rpartition("/")[2]) - 1]["line"]


def test_the_benchmarking_table_stands_beside_the_national_average():
    rows = [row for row in PLAN["context_figures"] if row.get("comparator")]
    assert {row["comparator"] for row in rows} == {"National Average"}
    assert [(row["value"], row["comparator_value"]) for row in rows] == [
        ("14.4", "21.0"),
        ("30.3", "33.4"),
        ("98.4", "92.1"),
        ("56", "50"),
        ("99", "85.5"),
        ("9.5", "5.0"),
        ("10.1", "8.4"),
        ("183.2", "239.4"),
    ]


def test_every_note_touches_rows_that_exist():
    measures = known_measures()
    for note in PLAN["notes"]:
        for touch in note["touches"]:
            kind, _, key = touch.partition(":")
            assert stands(kind, key, measures), (note["key"], touch)


def stands(kind: str, key: str, measures: dict) -> bool:
    if kind in LISTS:
        return int(key.rpartition("/")[2]) <= len(PLAN[LISTS[kind]])
    if kind in ("outcome", "action"):
        _, reference, position = key.split("/")
        return int(position) <= len(OBJECTIVES[reference][f"{kind}s"])
    if kind == "plan":
        return not key or (FIXTURES / "plans" / f"{key}.yaml").is_file()
    return key in {"target": BY_CODE, "measure": measures, "objective": OBJECTIVES}[kind]


def test_every_measure_named_exists_and_every_own_measure_is_used():
    named = set(STRATEGY.measures_named)
    assert named <= known_measures().keys()
    assert {row["code"] for row in STRATEGY.own_measures} <= named


def test_directions_and_operators_agree():
    met_by = {"higher_is_better": ("ge", "gt"), "lower_is_better": ("le", "lt")}
    changes = {"higher_is_better": "up", "lower_is_better": "down"}
    measures = known_measures()
    for _, target in TARGETS:
        if "measure" not in target:
            assert target["interpretation_note"]
            continue
        direction = measures[target["measure"]]["direction"]
        assert target.get("operator", met_by[direction][0]) in met_by[direction]
        assert target.get("change", changes[direction]) == changes[direction]
