"""One due date: every page, file and list says the day that a target is judged by."""

from datetime import date

import pytest

from kpis.assessments.inputs import measure_terms, target_terms
from kpis.dated_changes.forms import TargetChangeForm
from kpis.dated_changes.page import TargetRow
from kpis.dated_changes.target_changes import published_terms
from kpis.exports.targets import TARGETS
from kpis.judging.promised import promised_words
from kpis.plans.threads import main_target
from strategy.exports.filters import Filters
from tests.cells import cells
from tests.factories.measures import MilestoneFactory, TargetFactory
from tests.factories.plans import PlanFactory

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
PLAN_ENDS = date(2026, 3, 31)
CASES = [
    ("commitment", None, PLAN_ENDS),
    ("commitment", date(2025, 6, 30), date(2025, 6, 30)),
    ("interim", None, PLAN_ENDS),
    ("local", None, PLAN_ENDS),
    ("national_standard", None, None),
    ("national_standard", date(2025, 6, 30), date(2025, 6, 30)),
]


def made(role, due_on, **more):
    plan = PlanFactory(code=f"plan-{role}-{due_on}", ends_on=PLAN_ENDS)
    return TargetFactory(plan=plan, role=role, due_on=due_on, **more)


@pytest.mark.parametrize(("role", "due_on", "due"), CASES)
def test_pages_files_and_judging_say_one_day(role, due_on, due):
    target = made(role, due_on)
    terms = target_terms(target, plan=target.plan, care_group="trust")
    assert target.due == terms.due == due
    assert TargetRow(target).due == {None: "–", PLAN_ENDS: "31 Mar 2026"}.get(due, "30 Jun 2025")
    (row,) = cells(TARGETS, Filters())
    assert row["due"] == due


@pytest.mark.parametrize(("role", "due_on", "due"), CASES)
def test_a_milestone_names_the_month_it_falls_due_in(role, due_on, due):
    target = made(role, due_on, measure=MilestoneFactory(), operator="", value=None, value_is="")
    words = {None: "–", PLAN_ENDS: "Mar 26"}.get(due, "Jun 25")
    assert promised_words(target, measure_terms(target.measure)) == words


def test_the_form_says_what_an_empty_due_date_means():
    helps = [
        TargetChangeForm(target=target, now=published_terms(target)).fields["due_on"].help_text
        for target in (made("commitment", None), made("national_standard", None))
    ]
    assert "end of the plan" in helps[0]
    assert "does not fall due" in helps[1]


def test_of_several_commitments_the_one_due_last_is_held_against_the_next_plan():
    early, late = made("commitment", date(2025, 6, 30)), made("commitment", None)
    assert main_target([early, late]) == main_target([late, early]) == late
