"""What the board follows from 2017 to today has a measure, or a linked one, in every plan."""

import pytest

from tests.fixtures_data.proof import FIXTURES, PlanFixture, read_fixture

PLANS = ("strategy-2017-19", "operational-plan-2019-20", "strategy-2023-26")
FILES = [read_fixture(path) for path in sorted((FIXTURES / "measures").glob("*.yaml"))]
# How the words of a note name the plan whose document it speaks of.
NAMED = {
    "strategy-2017-19": "2017–19",
    "operational-plan-2019-20": "2019/20",
    "strategy-2023-26": "2023–26",
}
LINKS = [{row["from"], row["to"]} for file in FILES for row in file.get("measure_links") or []]
MEASURES = {row["code"]: row for file in FILES for row in file.get("measures") or []}
PROMISED = {
    plan: {
        target["measure"]
        for promise in PlanFixture(plan).promises
        for target in promise["targets"]
        if target.get("measure")
    }
    for plan in PLANS
}


def joined(measure: str) -> set[str]:
    """The measure with the promised ones it is linked to, also by way of one another."""
    promised = set().union(*PROMISED.values())
    found, ahead = set(), {measure}
    while ahead:
        found |= ahead
        ahead = {one for pair in LINKS if pair & ahead for one in pair & promised} - found
    return found


@pytest.mark.parametrize(
    "measure",
    [
        "private-bed-use",
        "sickness-absence",
        "vacancy-rate",
        "out-of-area-acute-picu",
        "liaison-response-time",
    ],
)
def test_it_can_be_followed_through_every_plan(measure):
    assert [plan for plan in PLANS if not joined(measure) & PROMISED[plan]] == []


def test_a_link_joins_two_measures_once_and_says_how_they_differ():
    rows = [row for file in FILES for row in file.get("measure_links") or []]
    assert all(row["note"] and len({row["from"], row["to"]} & MEASURES.keys()) == 2 for row in rows)
    assert len({frozenset(pair) for pair in LINKS}) == len(LINKS)


def test_a_note_on_a_measure_of_several_plans_names_the_plan_it_speaks_of():
    """It is shown with the promises and figures of the other plans too."""
    used = {plan: set(PlanFixture(plan).measures_named) for plan in PLANS}
    shared = {
        f"measure:{code}"
        for code in set().union(*used.values())
        if sum(code in found for found in used.values()) > 1
    }
    assert [
        note["key"]
        for plan in PLANS
        for note in PlanFixture(plan).rows("notes")
        if shared & set(note["touches"]) and NAMED[plan] not in note["text"]
    ] == []
