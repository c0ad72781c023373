"""The board accepts a level until a day: two people, beside the colour, and it ends by itself."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import AuditEvent
from accounts.permissions import NotAllowed
from accounts.roles import Role
from board.home.page import strategy_page
from kpis.assessments.clocks import clock_at
from kpis.assessments.store import recompute
from kpis.dated_changes.accepted_levels import (
    agree_level,
    record_level,
    refuse_level,
    withdraw_level,
)
from kpis.dated_changes.decide import ChangeRefused
from kpis.judging.accepted import Accepted, covers, in_effect
from kpis.judging.status import Standing
from kpis.models import AcceptedLevel, Judgement
from kpis.rag import Direction, Rag
from strategy.periods import Month
from tests.accounts.readers import BACKEND
from tests.factories.measures import (
    MeasureFactory,
    MilestoneFactory,
    SeriesFactory,
    TargetFactory,
    approved,
)
from tests.factories.people import access, performance_team, person
from tests.factories.plans import AmbitionFactory, ObjectiveFactory, PlanFactory
from tests.plugins.kept import kept

pytestmark = pytest.mark.django_db
LAST = Month.of(timezone.localdate()).plus(-1)


@kept
def red():
    """A measure at 80% for months, against a commitment of 95%."""
    plan = PlanFactory(code="plan", starts_on=LAST.plus(-30).start, ends_on=date(2099, 3, 31))
    objective = ObjectiveFactory(ambition=AmbitionFactory(plan=plan), plan=plan, reference="1.1")
    measure = MeasureFactory(code="seen", name="Seen in time", unit="percent")
    series = SeriesFactory(measure=measure)
    for back in range(6):
        approved(series, LAST.plus(-back), 80)
    TargetFactory(measure=measure, plan=plan, objective=objective, value=Decimal(95))
    recompute(at=timezone.now(), stale_only=False)
    return plan, measure


def secretary():
    return person(Role.BOARD_SECRETARY)


def record(measure, by, **fields):
    usual = {
        "level": Decimal(78),
        "effective_from": LAST.plus(-1).start,
        "ends_on": LAST.end,
        "meeting": "Board, 30 Jul 2026, minute 7",
        "reason": "Two wards move in the autumn",
        "at": timezone.now(),
    }
    return record_level(measure_id=measure.pk, by=by, access=access(by), **{**usual, **fields})


def accept(measure, **fields):
    row = record(measure, secretary(), **fields)
    other = performance_team()
    agree_level(level_id=row.pk, by=other, access=access(other), at=timezone.now())
    return row


def board(plan, month=LAST, known_at=None):
    return strategy_page(
        plan, month, clock_at(timezone.now(), known_at=known_at), known_at=known_at
    )


def test_an_accepted_measure_leaves_the_list_and_keeps_its_colour(red):
    plan, measure = red
    before = board(plan)
    assert [row.promise.name for row in before.attention_rows] == ["Seen in time"]
    waiting = record(measure, secretary())
    assert board(plan).attention_rows != []
    team = performance_team()
    agree_level(level_id=waiting.pk, by=team, access=access(team), at=timezone.now())
    page = board(plan)
    assert page.attention_rows == []
    ((row, words),) = page.accepted
    assert row.standing.rag is Rag.RED
    assert words.endswith(": at least 78%")
    assert "accepted to" in page.blocks[0][1][0].rows[0].remarks
    assert page.counts.off_target == before.counts.off_target == 1
    assert page.all_clear == "Nothing is off target beyond what the board accepts"
    assert page.rests_on == "1 target is rated, on or near target, or accepted."
    assert set(Judgement.objects.values_list("rag", flat=True)) == {"red"}


def test_it_ends_by_itself_and_returns_to_the_list(red):
    plan, measure = red
    accept(measure, ends_on=LAST.plus(-1).end)
    assert board(plan, LAST.plus(-1)).attention_rows == []
    assert [row.promise.name for row in board(plan).attention_rows] == ["Seen in time"]
    assert board(plan).accepted == []


def test_a_worse_figure_is_listed_again_and_says_so(red):
    plan, measure = red
    accept(measure, level=Decimal("80.5"))
    page = board(plan)
    assert [row.promise.name for row in page.attention_rows] == ["Seen in time"]
    assert "worse than the board accepts" in page.blocks[0][1][0].rows[0].remarks


def test_before_it_was_agreed_it_was_not_known(red):
    plan, measure = red
    accept(measure)
    before = timezone.now() - timedelta(days=1)
    assert board(plan, known_at=before).accepted == []


def test_a_later_decision_takes_the_place_of_the_one_before(red):
    plan, measure = red
    accept(measure)
    accept(measure, level=Decimal(85))
    assert board(plan).accepted == []


def test_two_people_of_the_two_roles_and_nobody_else(red):
    _, measure = red
    by = secretary()
    row = record(measure, by)
    for role in set(Role) - {Role.BOARD_SECRETARY, Role.PERFORMANCE_TEAM}:
        other = person(role)
        with pytest.raises(NotAllowed):
            record(measure, other)
        with pytest.raises(NotAllowed):
            agree_level(level_id=row.pk, by=other, access=access(other), at=timezone.now())
    for act in (agree_level, refuse_level):
        more = {"reason": "No"} if act is refuse_level else {}
        with pytest.raises(NotAllowed):
            act(level_id=row.pk, by=by, access=access(by), at=timezone.now(), **more)
    team = performance_team()
    with pytest.raises(NotAllowed):
        withdraw_level(level_id=row.pk, by=team, access=access(team), at=timezone.now())
    with pytest.raises(ChangeRefused):
        refuse_level(level_id=row.pk, reason=" ", by=team, access=access(team), at=timezone.now())
    refuse_level(level_id=row.pk, reason="No", by=team, access=access(team), at=timezone.now())
    with pytest.raises(ChangeRefused):
        agree_level(level_id=row.pk, by=team, access=access(team), at=timezone.now())
    assert AuditEvent.objects.filter(action__startswith="accepted level").count() == 2


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"meeting": " "}, "meeting"),
        ({"meeting": "m" * 161}, "meeting"),
        ({"reason": ""}, "reason"),
        ({"ends_on": LAST.plus(-2).end}, "ends_on"),
    ],
)
def test_what_cannot_be_right_names_its_box(red, fields, field):
    with pytest.raises(ChangeRefused) as refused:
        record(red[1], secretary(), **fields)
    assert refused.value.field == field
    assert not AcceptedLevel.objects.exists()


def test_a_level_that_the_measure_cannot_have_is_refused(red):
    measure = MeasureFactory(unit="percent", minimum=Decimal(0), maximum=Decimal(100))
    for level in ("-0.1", "100.1"):
        with pytest.raises(ChangeRefused, match="this measure can be") as refused:
            record(measure, secretary(), level=Decimal(level))
        assert refused.value.field == "level"
    assert record(measure, secretary(), level=Decimal(100)).pk


def test_one_waits_at_a_time_and_a_milestone_has_none(red):
    by = secretary()
    record(red[1], by)
    with pytest.raises(ChangeRefused):
        record(red[1], by)
    for measure in (MilestoneFactory(), MeasureFactory(direction="neutral")):
        with pytest.raises(ChangeRefused):
            record(measure, by)


def test_the_database_keeps_it_as_it_was_recorded(red):
    row = accept(red[1])
    with pytest.raises(IntegrityError), transaction.atomic():
        AcceptedLevel.objects.filter(pk=row.pk).update(level=Decimal(1))


@pytest.mark.parametrize(
    ("direction", "value", "variance", "is_covered"),
    [
        (Direction.HIGHER_IS_BETTER, "78", "-17", True),
        (Direction.HIGHER_IS_BETTER, "77.999", "-17.001", False),
        (Direction.LOWER_IS_BETTER, "78", "3", True),
        (Direction.LOWER_IS_BETTER, "78.001", "3.001", False),
        (Direction.NEUTRAL, "78", "0", False),
    ],
)
def test_the_level_itself_is_accepted(direction, value, variance, is_covered):
    held = Accepted(level=Decimal(78), since=date(2026, 4, 1), until=date(2026, 6, 30))
    standing = Standing(period=Month(2026, 5).period, rag=Rag.RED, value=Decimal(value))
    assert covers(held, standing, direction) is is_covered
    assert not covers(held, Standing(period=Month(2026, 5).period, rag=Rag.NO_DATA), direction)
    assert in_effect([held], date(2026, 6, 30)) == held
    assert in_effect([held], date(2026, 7, 1)) is None
    assert in_effect([held], date(2026, 3, 31)) is None


def test_it_is_recorded_and_agreed_on_its_page_and_shown_on_the_measure(red, client):
    client.force_login(secretary(), backend=BACKEND)
    sent = {
        "level": "78",
        "effective_from": f"{LAST.plus(-1).start:%d/%m/%Y}",
        "ends_on": f"{LAST.end:%d/%m/%Y}",
        "meeting": "Board, 30 Jul 2026",
        "reason": "Two wards move",
    }
    text = client.post("/measures/seen/accepted/", {**sent, "level": ""}).content.decode()
    assert "Enter level" in text
    assert "Two wards move" in text
    assert client.post("/measures/seen/accepted/", sent).status_code == 302
    row = AcceptedLevel.objects.get()
    assert (
        client.post("/measures/seen/accepted/", {"action": "approve", "change": row.pk}).status_code
        == 403
    )
    client.force_login(performance_team(), backend=BACKEND)
    assert "an accepted level of Seen in time" in client.get("/todo/").content.decode()
    client.post("/measures/seen/accepted/", {"action": "approve", "change": row.pk})
    client.force_login(person(Role.BOARD_MEMBER), backend=BACKEND)
    text = client.get("/measures/seen/").content.decode()
    assert "Accepted by the board to" in text
    assert "Board, 30 Jul 2026" in text
    assert "Off target, and accepted by the board" in client.get("/").content.decode()
    assert client.get("/measures/seen/accepted/").status_code == 403
