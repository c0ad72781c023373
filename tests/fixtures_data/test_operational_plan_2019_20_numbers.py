"""Quality, workforce and money (sections 3, 4 and 5) of the 2019/20 plan, compared with it."""

import re
from collections import Counter
from decimal import Decimal

from strategy.fixtures.quotes import normalise
from tests.fixtures_data.proof import (
    FIXTURES,
    PlanFixture,
    known_measures,
    misprinted,
    numbers_in,
    read_fixture,
    texts_at_hand,
    values_in,
)

STEM = "operational-plan-2019-20"
PLAN = PlanFixture(STEM)
MEASURES = known_measures()
CIP = read_fixture(FIXTURES / "cip" / "2019-20.yaml")
SECTIONS = ("3", "4", "5")
# Words that say a number without a digit in a target of these sections.
PROMISED_IN_A_WORD = {"all": "100", "eliminate": "0", "break even": "0", "breakeven": "0"}
# The same for a figure; for a rating, by the scale of its measure.
SAID_IN_A_WORD = {
    "breakeven": "0",
    "to Good": "3",
    "Require Improvement": "2",
}
# What a row of a note is called there, and the list of the fixture it is in.
LISTS = {
    "finance": "finance",
    "context_figure": "context_figures",
    "risk": "risks",
    "statement": "statements",
    "quality_priority": "quality_priorities",
}


def in_our_sections(row: dict) -> bool:
    return row.get("section", "").startswith(SECTIONS)


def rows(name: str, **having: str) -> list[dict]:
    return [
        row
        for row in PLAN.rows(name)
        if in_our_sections(row) and all(row.get(key) == value for key, value in having.items())
    ]


def amounts(group: str, *, unit: str = "pounds_million") -> list[Decimal]:
    return [Decimal(row["value"]) for row in rows("finance", group=group, unit=unit)]


def statement_of(kind: str, title: str) -> dict:
    [row] = rows("statements", kind=kind, title=title)
    return row


def targets_of(measure: str) -> list[dict]:
    return [
        target
        for promise, target in PLAN.targets
        if in_our_sections(promise) and target.get("measure") == measure
    ]


def note(key: str) -> dict:
    [row] = [row for row in PLAN.rows("notes") if row["key"] == f"{STEM}-{key}"]
    return row


def touched(key: str) -> list:
    """The rows a note touches: targets by code, other rows of the plan by their place."""
    found = []
    for name in note(key)["touches"]:
        kind, _, place = name.partition(":")
        if kind == "target":
            found.append(PLAN.targets_by_code[place][1])
        elif kind in LISTS:
            found.append(PLAN.rows(LISTS[kind])[int(place.rpartition("/")[2]) - 1])
    return found


def printed_by(key: str) -> list[str]:
    return [row.get("printed_as") or row.get("printed_value") or "" for row in touched(key)]


def test_every_quality_priority_is_a_promise():
    promised = {normalise(row["statement"]) for row in rows("plan_promises")}
    assert {normalise(row["statement"]) for row in rows("quality_priorities")} <= promised


def test_the_dated_mitigations_are_promises():
    dated = [row for row in rows("statements", kind="mitigation") if row.get("when")]
    promised = {normalise(row["statement"]) for row in rows("plan_promises")}
    assert len(dated) == 3
    assert all(any(normalise(row["text"]).endswith(said) for said in promised) for row in dated)


def test_eight_quality_priorities_stand_in_three_domains():
    priorities = PLAN.rows("quality_priorities")
    assert Counter(row["domain"] for row in priorities) == {
        "Patient Safety": 2,
        "Patient Experience": 3,
        "Clinical Effectiveness": 3,
    }
    assert all("save-time-and-money" in row["objectives"] for row in priorities)
    assert all(set(row["objectives"]) <= PLAN.objectives.keys() for row in priorities)


def test_three_quality_risks_and_two_tables_of_three_workforce_risks():
    risks = PLAN.rows("risks")
    assert Counter(row["kind"] for row in risks) == {"quality": 3, "workforce": 6, "finance": 1}
    assert all(row["response"] and row["description"] for row in risks)
    assert all(set(row["objectives"]) <= PLAN.objectives.keys() for row in risks)
    challenges, rated = risks[3:6], risks[6:9]
    assert [row["impact"] for row in rated] == ["High"] * 3
    assert not any(row["impact"] == "High" for row in challenges)
    progress = rows("statements", kind="risk_progress")
    assert [row["title"] for row in progress] == [row["description"] for row in rated]


def test_every_figure_is_the_one_printed():
    for name in ("finance", "observed", "context_figures"):
        printed = [row for row in rows(name) if row["printed_as"] not in SAID_IN_A_WORD]
        assert misprinted(printed) == []


def test_a_figure_in_a_word_has_the_value_of_its_word():
    in_a_word = {
        row["printed_as"]: row["value"]
        for name in ("finance", "observed")
        for row in rows(name)
        if row["printed_as"] in SAID_IN_A_WORD
    }
    assert in_a_word == SAID_IN_A_WORD


def test_every_target_value_is_printed_in_its_statement():
    for promise, target in PLAN.targets:
        if not in_our_sections(promise):
            continue
        printed = target.get("printed_value")
        assert printed is None or printed in normalise(promise["statement"])
        if target.get("value") is None:
            assert not {"operator", "upper_value", "floor"} & target.keys()
            continue
        value = Decimal(target["value"])
        if MEASURES[target["measure"]]["unit"] == "pounds_thousand":
            value *= 1_000
        word = PROMISED_IN_A_WORD.get(printed)
        assert value in (values_in(printed) if word is None else {Decimal(word)})
        assert {"operator", "value_is", "profile", "interpretation_note"} <= target.keys()
        assert not {"floor", "points", "baseline", "baseline_period"} & target.keys()


def test_opening_cash_less_what_is_utilised_is_the_closing_cash():
    opening, capital, loan, creditors, closing = amounts("Cash")
    assert opening - capital - loan - creditors == closing == Decimal("1.3")


def test_the_capital_programme_is_the_sum_of_its_schemes_and_of_its_funding():
    programme, *schemes = amounts("Capital programme")
    assert programme == sum(schemes) == sum(amounts("Capital funding")) == Decimal("9.5")


def test_income_inflation_less_efficiency_is_the_net_increase():
    inflation, efficiency, net, *cquin = amounts("Assumptions: income", unit="percent")
    assert inflation - efficiency == net == Decimal("2.7")
    assert cquin == [Decimal("1.25")] * 2


def test_the_bridge_has_no_figure_that_its_explanation_does_not_print():
    explained = " ".join(row["text"] for row in rows("statements", kind="bridge"))
    lines = rows("finance", group="Bridge")
    assert len(lines) == 7
    assert all(row["printed_as"] in explained for row in lines)
    assert len(rows("statements", kind="bridge")) == 10
    assert note("bridge-picture")["kind"] == "layout"


def test_the_savings_table_stands_whole_among_the_figures_the_plan_states():
    printed = [*CIP["allocations"], CIP["printed_total"]]
    assert [
        (row["line"], row["value"], row["printed_as"], row["section"])
        for row in rows("finance", group="CIP table")
    ] == [
        (
            f"{row.get('label_as_printed', 'TOTAL')}, {name.title()}",
            row[f"{name}_k"],
            row[f"{name}_printed"],
            row["section"],
        )
        for name in ("target", "identified", "unidentified")
        for row in printed
    ]


def test_the_two_savings_rates_are_both_carried_and_noted_on_both_sides():
    shares = targets_of("cip-savings-share")
    assert [target["printed_value"] for target in shares] == ["4%", "3.5%"]
    assert printed_by("cip-two-rates") == ["4%", "3.5%", "4%", "3.5%"]
    [amount] = targets_of("cip-savings-delivered")
    assert (amount["printed_value"], amount["value"]) == ("£6.0m", "6000")
    assert amount in touched("cip-six-million")


def test_older_adults_stay_has_two_targets_and_one_dated_value():
    level, change = targets_of("older-adults-length-of-stay")
    assert (level["value"], level["value_is"]) == ("52", "absolute")
    assert (change["value"], change["value_is"], change["change"]) == (
        "26",
        "relative_to_baseline",
        "down",
    )
    [value] = [row for row in rows("observed") if row["measure"] == "older-adults-length-of-stay"]
    assert (value["value"], str(value["period_start"])) == ("107.3", "2018-12-01")
    assert note("older-adults-stay")["kind"] == "contradiction"


def test_around_and_over_are_no_values():
    vague = re.compile(r"\b(around|over double|minimal|remain low)\b")
    for row in rows("context_figures"):
        assert ("value" not in row) == bool(vague.search(row["printed_as"])), row["printed_as"]
    [adults] = targets_of("adults-length-of-stay")
    assert (adults.get("value"), adults["printed_value"]) == (None, "around 25 days")


def test_sickness_of_an_unnamed_month_is_context_beside_one_target():
    month, to_date = (row for row in rows("context_figures") if row["name"].startswith("Sickness"))
    assert (month["value"], to_date["value"]) == ("4.8", "4.2")
    assert month["comparator_value"] == to_date["comparator_value"] == "4.3"
    assert "sickness-absence" not in {row["measure"] for row in rows("observed")}
    assert [target["value"] for target in targets_of("sickness-absence")] == ["4.3"]


def test_observed_figures_have_the_period_that_is_printed():
    periods = {
        row["measure"]: (str(row["period_start"]), str(row["period_end"]))
        for row in rows("observed")
    }
    inspection = ("2018-11-01", "2018-11-30")
    assert periods == {
        "cqc-must-do-actions": inspection,
        "cqc-should-do-actions": inspection,
        "cqc-rating-adult-community-overall": inspection,
        "cqc-rating-acute-picu-overall": inspection,
        "older-adults-length-of-stay": ("2018-12-01", "2018-12-31"),
        "staff-survey-response-rate": ("2018-01-01", "2018-12-31"),
    }


def test_the_savings_rules_are_those_of_the_savings_fixture():
    ours = " ".join(
        normalise(row["text"])
        for row in rows("statements")
        if row["section"].startswith("3.3 ") or row["kind"] in ("cip_rule", "bridge", "assumption")
    )
    section_3 = [rule for rule in CIP["rules"] if rule["section"].startswith("3.3 ")]
    assert len(section_3) > 25
    for rule in section_3:
        for sentence in re.split(r"(?<=[.:]) ", normalise(rule["statement"])):
            assert sentence in ours


def test_both_directors_sign_and_the_weights_are_as_printed():
    signed = statement_of("cip_rule", "Approved QIAs are signed")["text"]
    assert "Executive Medical Director and Executive Director of Nursing and Quality" in signed
    weights = statement_of("cip_rule", "Green 100%, amber 50%, red 0%")["text"]
    assert numbers_in(weights) == {
        Decimal(CIP["programme"]["weights"][name]) for name in ("green", "amber", "red")
    }


def test_when_something_happens_is_printed_in_its_statement():
    for row in rows("statements"):
        assert (row.get("when") or "") in normalise(row["text"])


def test_measures_of_these_sections_exist_and_risks_name_theirs():
    named = {
        code
        for name in ("risks", "quality_priorities")
        for row in PLAN.rows(name)
        for code in row.get("measures") or []
    }
    assert named <= MEASURES.keys()
    assert {"vacancies", "staff-turnover", "surplus-or-deficit"} <= named


def test_every_sentence_with_a_figure_is_carried():
    document = texts_at_hand().get(STEM, "")
    pages = document.partition("### 3. Quality planning")[2].partition("## 6. Key Programmes")[0]
    carried = [normalise(text) for text in [*texts_of(PLAN.content), *texts_of(CIP)]]
    left_out = [
        sentence
        for line in pages.splitlines()
        for cell in line.split("\t")
        for sentence in re.split(r"(?<=[.:]) ", normalise(cell))
        if re.search(r"\d", sentence)
        and not line.startswith(("#", "**5.2"))
        and not any(sentence in text for text in carried)
    ]
    headings = ("The top 3 risks are as follows:", "(£000)")
    assert [text for text in left_out if not text.endswith(headings)] == []


def texts_of(value: object) -> list[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [text for item in value for text in texts_of(item)]
    return [] if value is None else [str(value)]
