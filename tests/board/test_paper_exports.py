"""Datasets of what the plans say besides their objectives, and of the golden threads."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from board.exports.datasets import DATASETS, export_bytes
from kmpt_tracker.ui.tabular import Format
from kpis.models import Measure, MeasureLink
from strategy.exports.filters import parse_filters
from strategy.models import NoteLink, Plan, PlanStatement, Risk
from tests.factories.measures import TargetFactory
from tests.factories.paper import noted, paper
from tests.factories.plans import PlanFactory
from tests.plugins.kept import kept

pytestmark = pytest.mark.django_db


def rows(name: str, **given: str) -> list[dict[str, str]]:
    dataset = DATASETS[name]
    filters = parse_filters(
        given, applies=dataset.filters, dataset=name, now=timezone.now(), codes=dataset.codes
    )
    text = b"".join(export_bytes(dataset, filters, Format.CSV)).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


@kept
def plan() -> Plan:
    return paper(2, code="the-plan")


def test_statements_carry_their_kind_words_and_place(plan):
    found = rows("statements")
    assert len(found) == 2 * len(PlanStatement.Kind.values)
    assert found[0] == {
        "plan": "the-plan",
        "kind": "introduction",
        "position": "100",
        "title": "introduction 1",
        "text": "As it says",
        "when": "each Monday",
        "source_document": plan.source_document.code,
        "source_section": "Page 3",
    }


def test_a_grouping_without_a_theme_carries_what_the_plan_says_of_it(plan):
    priority = plan.ambitions.first()
    priority.theme, priority.statement = "", "Manage our patient flow"
    priority.save()
    assert [row["theme"] for row in rows("objectives")] == [
        "Manage our patient flow",
        "Our Services",
    ]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("risks", {"kind": "quality", "description": "Waits grow", "impact": "Harm"}),
        ("quality_priorities", {"domain": "Patient Safety", "statement": "Follow up"}),
    ],
)
def test_risks_and_quality_priorities_name_objectives_and_measures(plan, name, said):
    first, second = rows(name)
    measure = Measure.objects.get(name="Waits 1")
    assert said.items() <= first.items()
    assert (first["objectives"], first["measures"]) == ("aim-1", measure.code)
    assert rows(name, objective="aim-2") == [second]
    assert rows(name, ambition="2") == [second]
    assert rows(name, plan=PlanFactory().code) == []


def test_several_links_stand_in_one_cell(plan):
    risk = Risk.objects.first()
    risk.objectives.set(plan.objectives.all())
    risk.measures.set(Measure.objects.all())
    (first, _) = rows("risks")
    assert first["objectives"] == "aim-1 aim-2"
    assert first["measures"].split() == sorted(m.code for m in Measure.objects.all())


def test_context_figures_carry_figure_and_comparator(plan):
    found = rows("context_figures", plan="the-plan")
    assert len(found) == 2
    wanted = {"name": "Beds 1", "printed_as": "21", "comparator_value": "23", "value": ""}
    assert wanted.items() <= found[0].items()


def test_a_note_has_a_row_at_each_side(plan):
    note = noted(plan.finance_lines.first(), kind="arithmetic", text="It adds to more")
    NoteLink.objects.create(note=note, object_type="measure", object_key="waits")
    found = [row for row in rows("notes") if row["note"] == note.key]
    assert [(row["object_type"], row["object"], row["kind"]) for row in found] == [
        ("finance", "the-plan/1", "arithmetic"),
        ("measure", "waits", "arithmetic"),
    ]
    of_plan = rows("notes", plan="the-plan")
    assert {row["object_type"] for row in of_plan} >= {"plan", "objective", "statement", "risk"}
    assert "measure" not in {row["object_type"] for row in of_plan}


def test_a_thread_has_a_row_for_each_promise_and_one_where_it_is_dropped(plan):
    later = PlanFactory(code="the-next", starts_on=date(2020, 4, 1), ends_on=date(2021, 3, 31))
    first, other = Measure.objects.order_by("name")
    TargetFactory(measure=first, plan=later, value=Decimal(97), code="the-next/1")
    found = [
        (row["plan"], row["target"], row["is_compared"], row["value"], row["what_happened"])
        for row in rows("threads", measure=first.code)
    ]
    assert [row[4] for row in found] == ["new", "new", "tightened"]
    assert found[-1] == ("the-next", "the-next/1", "true", "97", "tightened")
    assert [row[2] for row in found] == ["true", "false", "true"]
    (dropped,) = rows("threads", measure=other.code, plan="the-next")
    assert (dropped["target"], dropped["is_compared"]) == ("", "")
    assert dropped["what_happened"] == "dropped"


def test_a_related_measure_is_named_with_how_it_differs(plan):
    first, other = Measure.objects.order_by("name")
    MeasureLink.objects.create(from_measure=first, to_measure=other, note="Not the same people")
    wanted = [first.code, other.code, "related_defined_differently", "Not the same people"]
    for measure in ("", first.code, other.code):
        given = {"measure": measure} if measure else {}
        assert [list(row.values()) for row in rows("measure_links", **given)] == [wanted]


@pytest.mark.any_database
def test_a_dataset_takes_as_many_queries_for_twenty_rows_as_for_two():
    counts = []
    for times in (2, 18):
        paper(times)
        counts.append({})
        for name in ("risks", "quality_priorities", "statements", "notes", "threads"):
            with CaptureQueriesContext(connection) as queries:
                assert rows(name)
            counts[-1][name] = len(queries)
    assert counts[0] == counts[1]
