"""Families of threads: what plans promise in other words, read together and never as one line."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kpis.models import MeasureLink
from kpis.plans.thread_families import families
from kpis.plans.threads import threads
from tests.factories.measures import MeasureFactory
from tests.factories.people import performance_team
from tests.kpis.test_threads import BACKEND, plans, promise

__all__ = ["plans"]
pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


def link(first, second, note: str = "") -> MeasureLink:
    return MeasureLink.objects.create(from_measure=first, to_measure=second, note=note)


def found():
    page = threads()
    with CaptureQueriesContext(connection) as queries:
        rows = families((*page.shared, *page.single), page.links)
    assert len(queries) == 0
    return rows


def test_what_is_linked_by_way_of_another_measure_is_one_family_in_order_of_plans(plans):
    teams, services, triage = (
        MeasureFactory(name=name) for name in ("Teams", "Services", "Triage")
    )
    promised = [
        promise(triage, plans[2], "95"),
        promise(teams, plans[0], "50"),
        promise(services, plans[1], "40"),
    ]
    link(teams, services)
    link(triage, services)
    (family,) = found()
    assert family.measure == services
    assert [(plan, targets) for plan, targets in family.promises] == [
        (plans[0], (promised[1],)),
        (plans[1], (promised[2],)),
        (plans[2], (promised[0],)),
    ]
    assert len(family.links) == 2


def test_a_family_is_named_after_the_measure_that_most_plans_promise(plans):
    rate, posts, teams = (MeasureFactory(name=name) for name in ("Rate", "Posts", "Teams"))
    promise(rate, plans[0], "10")
    promise(rate, plans[2], "14")
    promise(posts, plans[1], None, change="down")
    promise(teams, plans[0], "100")
    for first, second in ((rate, posts), (posts, teams)):
        link(first, second)
    (family,) = found()
    assert family.measure == rate
    assert [len(targets) for _, targets in family.promises] == [2, 1, 1]


def test_one_plan_alone_makes_no_family_and_what_nobody_promises_joins_none(plans):
    largest, average, counted = (MeasureFactory() for _ in range(3))
    promise(largest, plans[0], "40")
    promise(average, plans[0], "30")
    promise(other := MeasureFactory(), plans[1], "5")
    link(largest, average)
    link(average, counted)
    link(counted, other)
    assert found() == ()


def test_the_page_shows_a_family_once_and_what_is_left_in_the_table(plans, client):
    rate, posts, survey = (MeasureFactory(name=name) for name in ("Rate", "Posts", "Survey"))
    promise(rate, plans[0], "10")
    promise(rate, plans[2], "14")
    promise(posts, plans[1], None, change="down", statement="Fewer vacant posts")
    link(rate, posts, "A share, not a number of posts")
    link(rate, survey, "What people say of it")
    client.force_login(performance_team(), backend=BACKEND)
    html = client.get("/threads/").content.decode()
    assert html.count("A share, not a number of posts") == 1
    assert html.count("What people say of it") == 1
    family, rest = html.split("Also related, defined differently")[:2]
    assert "What people say of it" in rest
    assert f'id="family-{rate.code}"' in family
    folded = family.partition("Every promise as published")[2].partition("</details>")[0]
    assert "“Fewer vacant posts”" in folded
    assert "A share, not a number of posts" in folded
