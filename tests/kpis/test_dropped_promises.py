"""A dropped promise ends with its plan: it is judged and asked for no more, and was until then."""

from datetime import date, timedelta

import pytest

from accounts.roles import Role
from kpis.assessments.as_known import Known, not_retired
from kpis.models import Judgement, PlanDraft, Series, Target, TargetChange
from kpis.workbench.before import commitments_before
from tests.factories.measures import TargetFactory
from tests.factories.people import performance_team, person
from tests.factories.plans import PlanFactory
from tests.kpis.drafting import LATER, OPENS, adopted, ended, finished, proposed

__all__ = ["ended"]
pytestmark = pytest.mark.django_db


def dropped_of(draft):
    return Target.objects.get(successions__decision="dropped", successions__draft=draft)


def test_it_is_retired_by_two_people_from_the_day_of_the_next_plan(ended):
    author, other = performance_team(), performance_team()
    draft = proposed(finished(author, ended), author)
    gone = dropped_of(draft)
    assert not TargetChange.objects.exists()
    adopted(draft, other)
    change = TargetChange.objects.get()
    assert (change.target, change.retired_on, change.outcome) == (gone, OPENS, "approved")
    assert (change.proposed_by, change.decided_by) == (author, other)
    assert change.reason == "Counted by the commissioner now"
    series = Series.objects.get(measure=gone.measure)
    assert series.valid_to == OPENS
    assert Series.objects.filter(valid_to__isnull=True).count() == 2
    judged = Judgement.objects.filter(target=gone).values_list("assessment__period_end", flat=True)
    assert max(judged) == date(2026, 3, 31)
    before = Known(LATER - timedelta(seconds=1)).as_recorded([gone], on=date(2026, 5, 1))
    assert before[0].retired_on is None


def test_what_another_plan_promises_is_asked_for_still(ended):
    author = performance_team()
    draft = proposed(finished(author, ended), author)
    gone = dropped_of(draft)
    national = PlanFactory(code="other", starts_on=date(2025, 4, 1), ends_on=date(2030, 3, 31))
    TargetFactory(measure=gone.measure, plan=national, role="national_standard")
    adopted(draft, performance_team())
    assert TargetChange.objects.get().target == gone
    assert Series.objects.get(measure=gone.measure).valid_to is None


def test_the_thread_says_why_it_was_dropped(ended, client):
    author = performance_team()
    adopted(proposed(finished(author, ended), author), performance_team())
    client.force_login(person(Role.BOARD_MEMBER))
    assert "Counted by the commissioner now" in client.get("/threads/").content.decode()


def test_the_page_of_the_measure_says_why_it_was_dropped(client, ended):
    author, other = performance_team(), performance_team()
    draft = proposed(finished(author, ended), author)
    address = dropped_of(draft).measure.get_absolute_url()
    client.force_login(person(Role.ANALYST))
    assert "Because: Counted by" not in client.get(address).content.decode()
    adopted(draft, other)
    assert "Because: Counted by the commissioner now" in client.get(address).content.decode()


def test_what_was_retired_is_not_said_to_be_carried_forward(client, ended):
    author = performance_team()
    draft = proposed(finished(author, ended), author)
    gone = dropped_of(draft)
    address = gone.measure.get_absolute_url()
    adopted(draft, performance_team())
    client.force_login(person(Role.ANALYST))
    page, threads = (client.get(at).content.decode() for at in (address, "/threads/"))
    for text in (page, threads):
        assert "Dropped: retired" in text
        assert "carried forward" not in text.partition("<main")[2]
    assert page.count("retired from 1 Apr 2026") == 2  # its table of targets, and its thread


def test_a_draft_asks_nothing_of_a_commitment_that_two_people_retired(ended):
    author = performance_team()
    adopted(proposed(finished(author, ended), author), performance_team())
    again = PlanDraft.objects.get()
    again.follows = ended
    gone = Target.objects.get(successions__decision="dropped")
    assert gone.pk not in {row.pk for row in commitments_before(again)}
    assert gone not in not_retired(Target.objects.all())
    kept = Target.objects.filter(plan=ended).exclude(pk=gone.pk)
    assert set(not_retired(Target.objects.filter(plan=ended))) == set(kept)
