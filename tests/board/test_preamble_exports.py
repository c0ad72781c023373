"""The dataset of the texts above the lists of a plan."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.board.test_paper_exports import rows
from tests.factories.plans import AmbitionFactory, ObjectiveFactory, PlanFactory

pytestmark = pytest.mark.django_db


def planned(code: str):
    plan = PlanFactory(
        code=code,
        mission="We care",
        mission_section="Page 1",
        vision="",
        values_statement="We have six values",
        values_section="Page 2",
    )
    ambition = AmbitionFactory(
        plan=plan,
        position=1,
        title="Good care",
        statement="We give good care.",
        rationale=["It varies.", "It can be better."],
        source_document=plan.source_document,
        source_section="Page 3",
    )
    where = {"source_document": plan.source_document, "source_section": "Page 4"}
    ObjectiveFactory(
        ambition=ambition, position=1, reference="1.1", statement="This will ensure:", **where
    )
    ObjectiveFactory(ambition=ambition, position=2, reference="1.2", statement="", **where)
    return plan


def test_every_text_above_the_lists_has_a_row_with_its_place():
    plan = planned("the-plan")
    planned("another")
    source = plan.source_document.code
    found = rows("preambles", plan="the-plan")
    assert [tuple(row.values()) for row in found] == [
        ("the-plan", "1", "mission", "", "", "We care", source, "Page 1"),
        ("the-plan", "2", "values", "", "", "We have six values", source, "Page 2"),
        ("the-plan", "3", "ambition", "Good care", "", "We give good care.", source, "Page 3"),
        ("the-plan", "4", "rationale", "Good care", "", "It varies.", source, "Page 3"),
        ("the-plan", "5", "rationale", "Good care", "", "It can be better.", source, "Page 3"),
        ("the-plan", "6", "objective", "Good care", "1.1", "This will ensure:", source, "Page 4"),
    ]


def test_the_queries_do_not_grow_with_the_plans():
    counts = []
    for codes in (["one"], ["two", "three", "four"]):
        for code in codes:
            planned(code)
        with CaptureQueriesContext(connection) as queries:
            assert rows("preambles")
        counts.append(len(queries))
    assert counts[0] == counts[1]
