"""A window against a target that is in force and not the one rated first."""

from dataclasses import replace
from decimal import Decimal

import pytest

from kpis.judging.process import Process
from kpis.judging.status import Standing, TargetShown
from kpis.rag import Rag
from strategy.periods import Month

FIRST = TargetShown(
    pk=1,
    code="a",
    plan="p",
    role="commitment",
    operator="ge",
    is_primary=True,
    rag=Rag.RED,
    value=Decimal(95),
)
OWN = replace(FIRST, pk=2, code="b", role="national_standard", is_primary=False, rag=Rag.GREEN)
WINDOW = Standing(
    period=Month(2025, 3).period,
    rag=Rag.RED,
    value=Decimal(85),
    target=FIRST,
    spc_lower=80.0,
    spc_upper=90.0,
    limits_status="ok",
    variation="common_cause",
    assurance="fail",
    process=Process(segment_from=Month(2020, 1).start, rests_on=60, outside=1, tested=24),
)


@pytest.mark.parametrize(
    ("value", "sign", "assurance"),
    [(75, 1, "pass"), (85, 1, "inconsistent"), (91, 1, "fail"), (75, -1, "fail"), (75, 0, "none")],
)
def test_the_limits_are_held_against_the_rows_own_target(value, sign, assurance):
    found = WINDOW.against_target(replace(OWN, value=Decimal(value)), sign=sign)
    assert (found.target.code, found.rag, found.assurance) == ("b", Rag.GREEN, assurance)
    # How often that target was met is not known, so nothing is said of "every month".
    assert (found.process.tested, found.process.outside) == (0, 1)


def test_a_range_and_a_target_without_a_number_are_not_tested():
    for own in (replace(OWN, upper=Decimal(99)), replace(OWN, value=None)):
        assert WINDOW.against_target(own, sign=1).assurance == "none"
    untested = replace(WINDOW, assurance="none")
    assert untested.against_target(replace(OWN, value=Decimal(75)), sign=1).assurance == "none"
