"""A milestone that an earlier month completed is due in no later one: its row may stay empty."""

from datetime import timedelta

import pytest

from board.todo.asked import returns_asked
from kpis.completion.effects import effects_of
from kpis.models import Series
from kpis.months.clock import closing_times
from kpis.returns.overview import period_overview
from kpis.returns.page import return_page
from kpis.returns.rates import COMPLETE, ON_TIME, facts_of
from tests.factories.measures import MilestoneFactory, SeriesFactory, approved
from tests.factories.people import access
from tests.kpis.conftest import NOW, SEPTEMBER

pytestmark = pytest.mark.django_db

AUGUST = SEPTEMBER.plus(-1)
DONE = {"milestone_status": "complete", "completed_on": AUGUST.end}


@pytest.fixture
def milestone(scene) -> Series:
    """A third row of Acute's return."""
    measure = MilestoneFactory(code="new-system", name="New system")
    return SeriesFactory(measure=measure, care_group=scene.acute)


def counted(scene) -> dict[str, int]:
    """How many figures September asks Acute for, in each place that counts them."""
    team = access(scene.team)
    (group,) = [
        row for row in period_overview(scene.period, team, now=NOW) if row.care_group == scene.acute
    ]
    effects = effects_of(scene.period, at=NOW)
    (effect,) = [row for row in effects.groups if row.care_group == scene.acute]
    (asked,) = [
        row
        for row in returns_asked([scene.period], closing_times())
        if row.care_group == scene.acute
    ]
    _, due = facts_of([scene.period]).parts(scene.period, scene.acute.pk)[COMPLETE]
    missing = len(group.missing)
    return {
        "completion": group.due,
        "missing": missing,
        "lock": effect.due,
        "no data": effect.without_figure,
        "to do": asked.due,
        "rates": due,
    }


@pytest.mark.parametrize(
    ("figures", "due"),
    [
        ([], 3),
        ([(AUGUST, {"milestone_status": "on_track"})], 3),
        ([(AUGUST, DONE)], 2),
        ([(AUGUST.plus(-7), DONE), (AUGUST, {"milestone_status": "at_risk"})], 3),
        ([(AUGUST.plus(-7), {"milestone_status": "at_risk"}), (AUGUST.plus(-3), DONE)], 2),
        ([(AUGUST, DONE), (SEPTEMBER.plus(1), DONE)], 2),
        ([(AUGUST, DONE), (SEPTEMBER.plus(1), {"milestone_status": "at_risk"})], 2),
        ([(AUGUST, {"milestone_status": "at_risk"}), (SEPTEMBER.plus(1), DONE)], 3),
    ],
    ids=[
        *("never reported", "on track", "complete", "begun again", "complete for long"),
        *("complete before and after", "begun again later", "complete only later"),
    ],
)
def test_every_count_of_what_is_due_agrees(scene, milestone, figures, due):
    for month, figure in figures:
        approved(milestone, month, **figure)
    assert set(counted(scene).values()) == {due}


def test_a_withdrawn_completion_is_due_again(scene, milestone):
    approved(milestone, AUGUST, **DONE)
    approved(milestone, AUGUST, value_status="withdrawn", status_reason="It was another system")
    assert counted(scene)["rates"] == 3


def test_a_return_is_submitted_without_it(scene, milestone):
    approved(milestone, AUGUST, **DONE)
    scene.fill()
    scene.submission.refresh_from_db()
    assert return_page(scene.submission, now=scene.clock + timedelta(minutes=1)).left == {}
    assert scene.submit() == []
    assert scene.status() == "submitted"


def test_a_milestone_that_is_not_complete_is_still_asked_for(scene, milestone):
    approved(milestone, AUGUST, milestone_status="on_track")
    scene.fill()
    assert [row.series_id for row in scene.submit()] == [milestone.pk]


def test_a_month_in_which_it_was_reported_counts_it(scene, milestone):
    approved(milestone, AUGUST, **DONE)
    approved(milestone, SEPTEMBER, **DONE)
    facts = facts_of([scene.period])
    assert facts.parts(scene.period, scene.acute.pk)[COMPLETE] == (1, 3)
    assert facts.parts(scene.period, scene.acute.pk)[ON_TIME] == (0, 1)
