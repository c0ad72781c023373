"""The trust's return in sections: each person is asked for their own, and hears of their own."""

from datetime import datetime

import pytest
from django.core import mail

from board.mail.deliver import send_due
from board.todo.page import todo_page
from kpis.models import NamedMeasure
from kpis.returns.approve import send_back
from strategy.models import Membership
from strategy.moments import LONDON
from tests.factories.people import access, lead_of, performance_team
from tests.kpis.test_return_sections import MONEY, World
from tests.kpis.test_return_sections import world as trust_in_sections

world = trust_in_sections


def page_of(user, world: World):
    return todo_page(user, access(user), now=world.clock)


def titles(user, world: World) -> list[str]:
    return [item.title for item in page_of(user, world).items]


@pytest.fixture
def people(world):
    """Who enters the measures of one section each."""
    found = []
    for name in ("cost", "savings"), ("staff",):
        user = lead_of(world.trust, email=f"{name[0]}@example.org")
        membership = Membership.objects.get(user=user)
        for code in name:
            measure = world.rows[code].measure
            NamedMeasure.objects.create(membership=membership, measure=measure)
        found.append(user)
    return found


def test_each_is_asked_for_their_own_section_until_it_is_in(world, people):
    finance, staff = people
    named = f"September 2026 return, {world.trust}"
    assert titles(finance, world) == titles(staff, world) == [named]
    assert page_of(finance, world).items[0].url.endswith(f"?section={MONEY}")
    world.save(MONEY, by=finance, cost="12", savings="30")
    world.submit(MONEY, by=finance)
    assert titles(finance, world) == []
    assert titles(staff, world) == [named]
    assert titles(world.team, world) == ["1 return of September 2026 to approve"]
    send_due(datetime(2026, 10, 11, 9, tzinfo=LONDON))
    assert [letter.to for letter in mail.outbox] == [[staff.email]]


def test_who_typed_a_section_is_not_asked_to_decide_on_it(world):
    maker = performance_team()
    world.save(MONEY, by=maker, cost="12", savings="30")
    world.submit(MONEY)
    assert titles(maker, world) == []
    assert titles(world.team, world) == ["1 return of September 2026 to approve"]


def test_a_section_that_goes_back_is_told_with_its_own_reason(world, people):
    finance, staff = people
    world.save(MONEY, by=finance, cost="12", savings="30")
    world.submit(MONEY, by=finance)
    world.do(send_back, MONEY, world.team, reason="Check the bank staff")
    (item,) = page_of(finance, world).items
    assert item.title.startswith("Sent back: ")
    assert "“Check the bank staff”" in item.words
    assert [row.title for row in page_of(staff, world).items] == [
        f"September 2026 return, {world.trust}"
    ]
    send_due(world.clock)
    sent = [letter for letter in mail.outbox if letter.subject.startswith("Sent back")]
    assert finance.email in [letter.to[0] for letter in sent]
    assert not any("bank staff" in letter.body for letter in sent)
