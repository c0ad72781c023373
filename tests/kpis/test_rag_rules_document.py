"""The tables of docs/rules.md say what the code does."""

from decimal import Decimal
from pathlib import Path

import pytest

from cip.gate import QIA_TRANSITIONS, TRANSITIONS
from kpis.rag import UNCOLOURED, Direction, Operator, Rag, judge
from kpis.sentences import reading

PAGE = Path(__file__).parents[2] / "docs" / "rules.md"


def table(name: str) -> list[list[str]]:
    """The rows under a table's mark, without its heading."""
    lines = PAGE.read_text().split(f"<!-- table: {name} -->\n")[1].splitlines()
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows[2:]


def number(cell: str) -> Decimal | None:
    return None if cell == "–" else Decimal(cell)


@pytest.mark.parametrize("row", table("judge"), ids=" ".join)
def test_every_row_of_the_colour_table_holds(row):
    value, target, upper, floor = (number(cell) for cell in row[:4])
    terms = {
        "target": target,
        "upper": upper,
        "floor": floor,
        "direction": Direction(row[4]),
        "operator": Operator(row[5]),
    }
    if row[6] == "error":
        with pytest.raises(ValueError, match=r"\w+"):
            judge(value, **terms)
    else:
        assert judge(value, **terms).rag == row[6]


def test_the_uncoloured_states_are_listed_in_order():
    assert [row[0] for row in table("uncoloured")] == list(UNCOLOURED)


@pytest.mark.parametrize(
    ("name", "transitions"), [("stages", TRANSITIONS), ("assessments", QIA_TRANSITIONS)]
)
def test_the_ways_through_the_gate_are_those_of_the_code(name, transitions):
    printed = {
        start: set() if ends == "–" else set(ends.split(", ")) for start, ends in table(name)
    }
    assert printed == {start.value: {e.value for e in ends} for start, ends in transitions.items()}


@pytest.mark.parametrize(("rag", "variation", "assurance", "sentence"), table("sentences"))
def test_every_sentence_of_the_table_is_said(rag, variation, assurance, sentence):
    assert reading(Rag(rag), variation=variation, assurance=assurance) == sentence
    if rag == "red":
        amber = reading(Rag.AMBER, variation=variation, assurance=assurance)
        assert amber == sentence.replace("Red", "Amber")
