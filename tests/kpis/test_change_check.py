"""New terms of a target are held against the process while they are set, and by who decides."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.roles import Role
from kpis.assessments.store import recompute
from kpis.dated_changes.page import targets_page
from kpis.dated_changes.target_changes import Terms, propose_change
from kpis.models import TargetChange
from kpis.promises.check import check_change
from strategy.periods import Month
from tests.accounts.readers import BACKEND
from tests.factories.measures import MeasureFactory, SeriesFactory, TargetFactory, approved
from tests.factories.people import access, performance_team, person
from tests.factories.plans import PlanFactory
from tests.plugins.kept import kept

pytestmark = pytest.mark.django_db
LAST = Month.of(timezone.localdate()).plus(-1)
MISSED = "95% would be missed every month"


@kept
def promised():
    """A process that runs steadily between 80% and 90%, under a commitment of 85%."""
    plan = PlanFactory(code="plan", starts_on=LAST.plus(-30).start, ends_on=date(2099, 3, 31))
    measure = MeasureFactory(code="seen", unit="percent", decimals=1)
    series = SeriesFactory(measure=measure)
    for place in range(28):
        approved(series, LAST.plus(place - 27), 84 + (place * 7) % 3)
    target = TargetFactory(measure=measure, plan=plan, value=Decimal(85))
    recompute(at=timezone.now(), stale_only=False)
    return target


def terms(**fields):
    return Terms(**{"effective_from": LAST.plus(2).start, "value": Decimal(95), **fields})


def test_the_new_value_is_held_against_the_process_and_drawn(promised):
    found = check_change(promised, terms(), today=timezone.localdate())
    assert MISSED in found.sentences[0]
    assert found.tally == "The last 12 figures would have read: 12 off target."
    (line,) = [row for row in found.figure["data"] if row["name"] == "The new target"]
    assert set(line["y"]) == {95.0}
    assert check_change(promised, terms(retire=True), today=timezone.localdate()) is None


def test_the_page_checks_without_proposing_and_refuses_what_cannot_be(promised, client):
    client.force_login(performance_team(), backend=BACKEND)
    address = f"/measures/seen/targets/{promised.pk}/"
    day = timezone.localdate() + timedelta(days=9)
    sent = {"effective_from": f"{day:%d/%m/%Y}", "value": "95", "reason": "Why", "version": "1"}
    text = client.post(address, {**sent, "action": "check"}).content.decode()
    assert MISSED in text
    assert "12 off target" in text
    assert not TargetChange.objects.exists()
    response = client.post(address, {**sent, "action": "check", "floor": "96"})
    assert "cannot be above the target" in response.content.decode()
    assert response.context["check"] is None
    assert client.post(address, {**sent, "action": "propose"}).status_code == 302
    assert TargetChange.objects.get().value == 95


def test_who_decides_reads_the_check_too(promised):
    team = performance_team()
    propose_change(
        target_id=promised.pk,
        version=promised.version,
        terms=terms(),
        reason="The board asks for more",
        by=team,
        access=access(team),
        at=timezone.now(),
    )
    (row,) = targets_page(promised.measure, today=timezone.localdate()).waiting
    assert MISSED in row.effects[-1]


def test_only_who_edits_plans_checks(promised, client):
    client.force_login(person(Role.BOARD_MEMBER), backend=BACKEND)
    assert (
        client.post(f"/measures/seen/targets/{promised.pk}/", {"action": "check"}).status_code
        == 403
    )
