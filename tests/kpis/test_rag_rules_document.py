"""The tables of docs/rules.md say what the code does."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from cip.gate import QIA_TRANSITIONS, TRANSITIONS
from kpis.judging.claims import Chart
from kpis.judging.process import Process
from kpis.rag import Direction, Operator, Rag, judge
from kpis.sentences import reading
from strategy.periods import Month

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
    assert [row[0] for row in table("uncoloured")] == [
        state for state in Rag if not state.is_coloured
    ]


def test_every_status_is_counted_as_its_table_says():
    assert dict(table("groups")) == {rag.value: rag.group.value for rag in Rag}


@pytest.mark.parametrize(
    ("name", "transitions"), [("stages", TRANSITIONS), ("assessments", QIA_TRANSITIONS)]
)
def test_the_ways_through_the_gate_are_those_of_the_code(name, transitions):
    printed = {
        start: set() if ends == "–" else set(ends.split(", ")) for start, ends in table(name)
    }
    assert printed == {start.value: {e.value for e in ends} for start, ends in transitions.items()}


@pytest.mark.parametrize("row", table("sentences"), ids=" ".join)
def test_every_sentence_of_the_table_is_said(row):
    rag, variation, rule, assurance, run, moves, met, outside, sentence = row
    count, _, tested = met.partition(" of ")
    process = Process(
        run=int(number(run) or 0),
        moves=int(number(moves) or 0),
        signal_from=date(2025, 3, 1),
        outside=int(outside),
        rests_on=40,
        segment_from=date(2022, 7, 1),
        tested=int(tested or 0),
        met=int(number(count) or 0),
        tested_from=date(2023, 11, 1),
        one_target=True,
    )
    chart = Chart(
        variation=variation,
        assurance=assurance,
        limits_status="ok",
        points=40,
        rule="" if rule == "–" else rule,
        process=process,
        window=Month(2025, 10).period,
    )
    assert reading(Rag(rag), chart=chart) == sentence
