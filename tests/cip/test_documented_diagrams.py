"""The diagrams in docs/cip.md are the transition tables."""

import re
from pathlib import Path

import pytest

from cip.gate import QIA_TRANSITIONS, TRANSITIONS

PAGE = Path(__file__).parents[2] / "docs" / "cip.md"


@pytest.mark.parametrize(
    ("name", "held"), [("stages", TRANSITIONS), ("assessments", QIA_TRANSITIONS)]
)
def test_a_diagram_draws_every_step_and_no_other(name, held):
    drawn = PAGE.read_text().split(f"<!-- diagram: {name} -->")[1].split("```")[1]
    steps = set(re.findall(r"^ +(\w+) --> (\w+)$", drawn, re.MULTILINE))
    assert steps == {(step.value, to.value) for step, after in held.items() for to in after}
