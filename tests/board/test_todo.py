"""The to-do page: each person sees their own work, the most urgent first, one click away."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import audit
from accounts.models import RoleGrant
from accounts.permissions import NotAllowed
from accounts.roles import Role
from board.todo.menu import counted_for
from board.todo.page import todo_page
from cip.models import QualityImpactAssessment, Scheme
from kpis.models import Actual, ImportBatch, MeasureChange, TargetChange
from kpis.months.clock import lock_period
from kpis.returns.reopen import close_return, reopen_return
from strategy.models import Membership, Plan, PostHolding
from tests.factories.measures import SeriesFactory, TargetFactory, approved
from tests.factories.people import MembershipFactory, access, lead_of, performance_team, person
from tests.factories.plans import CareGroupFactory
from tests.factories.rows import row
from tests.kpis.conftest import NOW, SEPTEMBER

BACKEND = "django.contrib.auth.backends.ModelBackend"
CLOSED = datetime(2026, 10, 20, 9, 0, tzinfo=UTC)
FROZEN = datetime(2026, 10, 23, 9, 0, tzinfo=UTC)


def page_of(user, at=NOW):
    return todo_page(user, access(user), now=at)


def titles(user, at=NOW) -> list[str]:
    return [item.title for item in page_of(user, at).items]


def test_a_lead_sees_the_return_that_is_due_and_how_far_it_is(scene):
    page = page_of(scene.lead)
    (shown,) = page.rows
    assert page.summary == (
        f"1 thing waits for you. The September 2026 return of {scene.acute} is due on Wed 14 Oct."
    )
    assert (shown.due, shown.due_note) == ("Wed 14 Oct, 5pm", "in 9 days")
    assert shown.item.url == "/returns/2026-09/acute/"
    assert (shown.item.button, shown.item.words) == ("Start", "Not started: 2 figures to enter.")
    scene.fill()
    (shown,) = page_of(scene.lead).rows
    assert shown.item.button == "Go on"
    assert shown.item.words.startswith("2 of 2 figures entered. Last saved today, ")
    scene.submit()
    page = page_of(scene.lead)
    assert page.summary == "Nothing waits for you."
    (line,) = page.others
    assert line.note == "with the performance team · since today, 11:02am"


def test_after_closing_it_is_late_and_comes_first(scene):
    (shown,) = page_of(scene.lead, CLOSED).rows
    assert (shown.due, shown.due_note) == ("Late", "Wed 14 Oct, 6 days over")
    assert page_of(scene.lead, CLOSED).summary.endswith("is 6 days late.")


def test_cover_sees_the_same_and_nobody_sees_another_groups_work(scene):
    cover = person(Role.CARE_GROUP_LEAD)
    MembershipFactory(user=cover, care_group=scene.acute, kind=Membership.Kind.DELEGATE)
    assert titles(cover) == titles(scene.lead)
    other = lead_of(scene.older)
    assert titles(other) == [f"September 2026 return, {scene.older}"]
    scene.fill()
    scene.submit()
    scene.send_back("Ward 9")
    assert not any("Sent back" in title for title in titles(other))
    for role in (Role.BOARD_MEMBER, Role.ANALYST, Role.FINANCE_PMO, Role.ADMINISTRATOR):
        assert titles(person(role)) == []
    assert titles(person()) == []


def test_a_return_that_was_sent_back_says_who_asks_and_why(scene):
    scene.fill()
    scene.submit()
    scene.send_back("Ward 9 is missing")
    (item,) = page_of(scene.lead).items
    assert item.title == f"Sent back: September 2026 return, {scene.acute}"
    assert item.words == f"{scene.team}, today, 11:03am: “Ward 9 is missing”"
    assert item.button == "Answer"
    assert item.due_at == scene.period.closes_at


def test_the_performance_team_decides_on_what_others_submitted(scene):
    scene.fill()
    scene.submit()
    (item,) = page_of(scene.team).items
    assert item.title == "1 return of September 2026 to approve"
    assert [(line.words, line.note) for line in item.lines] == [
        (str(scene.acute), "2 of 2 entered · since today, 11:02am")
    ]
    assert item.due_at == scene.period.sign_off_at
    assert item.url == "/returns/2026-09/acute/review/"


@pytest.mark.parametrize("part", ["submitted", "typed"])
def test_what_somebody_made_themselves_never_waits_for_their_decision(scene, part):
    """The page and the approval agree: everything on the page may be approved."""
    maker = performance_team()
    scene.fill()
    if part == "typed":
        scene.save((scene.calls, 1, {"value": "13"}), by=maker)
    scene.submit(by=maker if part == "submitted" else scene.lead)
    assert titles(maker) == []
    assert [line.note for line in page_of(maker).others if "colleague" in line.note]
    with pytest.raises(NotAllowed):
        scene.approve(by=maker)
    assert titles(scene.team) == ["1 return of September 2026 to approve"]
    scene.approve()


def test_a_correction_waits_by_itself(scene):
    scene.fill()
    scene.submit()
    scene.approve()
    assert titles(scene.team) == []
    scene.fill(numerator="46", change_reason="Recount")
    scene.submit()
    (item,) = page_of(scene.team).items
    assert item.title == "1 correction of approved figures, September 2026"
    assert item.due_at == scene.period.freezes_at


def test_a_correction_that_was_begun_or_sent_back_waits_for_its_lead(scene):
    scene.fill()
    scene.submit()
    scene.approve()
    assert titles(scene.lead) == []
    scene.fill(numerator="46", change_reason="Recount")
    month = f"September 2026, {scene.acute}"
    assert titles(scene.lead) == [f"Correction of {month}: not sent"]
    scene.submit()
    assert titles(scene.lead) == []
    (line,) = page_of(scene.lead).others
    assert "with the performance team" in line.note
    scene.send_back(rows={scene.ratio.pk: "68 or 86?"})
    (item,) = page_of(scene.lead).items
    assert item.title == f"Sent back: 1 correction, {month}"
    assert item.due_at == scene.period.freezes_at
    assert [line.words for line in item.lines] == [scene.ratio.measure.name]
    assert item.lines[0].note.endswith("“68 or 86?”")


def test_rows_that_did_not_go_back_go_on_waiting_for_a_decision(scene):
    scene.fill()
    scene.submit()
    scene.send_back("", rows={scene.ratio.pk: "68 or 86?"})
    assert titles(scene.team) == ["1 return of September 2026 to approve"]
    (item,) = page_of(scene.lead).items
    assert item.title == f"Sent back: September 2026 return, {scene.acute}"
    assert [line.words for line in item.lines] == [scene.ratio.measure.name]


def test_late_groups_are_chased_by_the_names_of_their_leads(scene):
    (item,) = page_of(scene.team, CLOSED).items
    assert item.title == "September 2026: 2 of 2 returns are late"
    assert [line.note for line in item.lines] == [
        f"not started · ask {scene.lead}",
        "not started · nobody is named to enter it",
    ]
    assert titles(scene.team) == []  # before closing they are not chased
    assert [line.note for line in page_of(scene.team).others] == [
        "not started, closes Wed 14 Oct, 5pm"
    ] * 2


def test_a_month_past_its_freeze_is_asked_about_until_it_is_locked(scene):
    assert titles(scene.team, FROZEN)[-1] == "Lock September 2026"
    lock_period(period_id=scene.period.pk, by=scene.team, at=FROZEN)
    assert titles(scene.team, FROZEN) == []
    assert titles(scene.lead, FROZEN) == []


def test_a_return_of_a_locked_month_that_was_opened_again_waits_until_it_is_closed(scene):
    scene.fill()
    scene.submit()
    scene.approve()
    lock_period(period_id=scene.period.pk, by=scene.team, at=FROZEN)
    of = {"month": SEPTEMBER, "care_group": scene.acute, "by": scene.team}
    of["access"] = access(scene.team)
    reopen_return(**of, reason="Ward 9 was counted twice", at=FROZEN)
    named = f"September 2026 return, {scene.acute}"
    (item,) = page_of(scene.lead, FROZEN).items
    assert item.title == f"Opened again: {named}"
    assert "Ward 9 was counted twice" in item.words
    assert titles(scene.team, FROZEN) == [f"Close again: {named}"]
    assert titles(lead_of(scene.older), FROZEN) == []
    close_return(**of, at=FROZEN)
    assert titles(scene.lead, FROZEN) == titles(scene.team, FROZEN) == []


def test_a_proposal_waits_for_everybody_but_its_proposer(scene):
    tom, target = performance_team(username="tom"), TargetFactory(value=Decimal(95))
    reason = "Because Ms Example said so"
    row(
        TargetChange,
        target=target,
        proposed_by=tom,
        proposed_at=NOW,
        effective_from=date(2026, 12, 1),
        reason=reason,
        needs_second_person=True,
    )
    row(MeasureChange, proposed_by=tom, proposed_at=NOW, reason=reason, field="definition")
    found = page_of(scene.team).items
    assert [item.button for item in found] == ["Read", "Read"]
    assert page_of(scene.team).rows[0].due == "Before Tue 1 Dec"
    assert found[0].title == f"To agree: the target of {target.measure.name}"
    assert "you did not propose it" in found[0].words
    assert not any(reason in item.words for item in found)
    assert titles(person(Role.ADMINISTRATOR)) == [item.title for item in found]
    assert titles(tom) == []
    assert len([line for line in page_of(tom).others if "you proposed it" in line.note]) == 2


def test_a_withdrawal_waits_for_a_second_person(scene):
    approved(scene.ratio, scene.period.month, Decimal(50), origin="published")
    row(
        Actual,
        series=scene.ratio,
        version=2,
        origin="published",
        value=None,
        value_status="withdrawn",
        status_reason="Of another trust",
        change_reason="Of another trust",
        recorded_by=scene.team,
        recorded_at=NOW,
        period_start=scene.period.month.start,
        period_end=scene.period.month.end,
    )
    assert titles(scene.team) == []
    (item,) = page_of(performance_team()).items
    assert item.title == f"1 figure to withdraw: {scene.ratio.measure.name}"
    assert item.lines[0].words.endswith("Sep 2026")


def test_an_import_waits_for_its_confirmation_and_for_a_second_person(scene):
    read = {"read_by": scene.team, "added": 320, "name": "Mrs Example.xlsx"}
    row(ImportBatch, status="waiting", read_at=NOW, **read)
    row(ImportBatch, status="proposed", read_at=NOW, saved_at=NOW, **read)
    assert titles(scene.team) == ["An import to confirm: 320 rows"]
    assert [line.words for line in page_of(scene.team).others][-1] == "Import of 320 figures"
    (item,) = page_of(performance_team()).items
    assert item.title == "An import to approve: 320 figures"
    assert "Example" not in f"{item}"
    assert titles(scene.team, CLOSED) == ["September 2026: 2 of 2 returns are late"]


def test_what_is_late_comes_first_then_by_date_and_no_date_last(scene):
    row(
        MeasureChange,
        proposed_by=scene.lead,
        proposed_at=NOW,
        effective_from=date(2026, 1, 1),
        reason="x",
        field="definition",
    )
    scene.fill()
    scene.submit()
    shown = page_of(scene.team, CLOSED).rows
    assert [one.due for one in shown] == ["Late", "Late", "No date"]
    assert [one.is_first for one in shown] == [True, False, False]
    assert shown[0].item.due_at < shown[1].item.due_at


def asked(client: Client, address: str) -> int:
    cache.clear()
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


def test_the_page_asks_as_often_with_twenty_groups_as_with_two(scene):
    client = Client()
    client.force_login(
        person(Role.PERFORMANCE_TEAM, Role.CARE_GROUP_LEAD, leads=scene.acute), backend=BACKEND
    )
    scene.fill()
    scene.submit()
    row(MeasureChange, proposed_by=scene.team, reason="x", field="definition")
    client.get("/todo/")
    few = asked(client, "/todo/")
    for _ in range(18):
        SeriesFactory(care_group=CareGroupFactory())
        row(MeasureChange, proposed_by=scene.team, reason="x", field="definition")
    assert asked(client, "/todo/") == few
    assert few <= 17


def test_the_number_in_the_menu_is_kept_until_something_is_written(scene, settings):
    lead, may = scene.lead, access(scene.lead)
    assert counted_for(lead, may, NOW) == 1
    with CaptureQueriesContext(connection) as queries:
        assert counted_for(lead, may, NOW) == 1
    assert len(queries) == 1
    scene.fill()
    scene.submit()
    assert counted_for(lead, may, NOW) == 0
    cache.clear()
    with CaptureQueriesContext(connection) as queries:
        assert counted_for(person(Role.BOARD_MEMBER), access(person()), NOW) == 0
    assert not [query for query in queries if "auditevent" in query["sql"]]


def test_every_page_shows_the_number_to_those_who_have_work(scene):
    client = Client()
    client.force_login(scene.lead, backend=BACKEND)
    page = client.get("/measures/").content.decode()
    assert 'href="/todo/"' in page
    assert "To do" in page
    client.logout()
    assert 'href="/todo/"' not in client.get("/statements/symbols/").content.decode()


def test_what_waits_in_the_savings_programme_is_not_asked_again_after_a_return_was_written(scene):
    lead, may = scene.lead, access(scene.lead)
    counted_for(lead, may, NOW)
    scene.fill()
    with CaptureQueriesContext(connection) as queries:
        counted_for(lead, may, NOW)
    assert not [query for query in queries if "cip_scheme" in query["sql"]]
    for elsewhere in (Plan(), ImportBatch(), RoleGrant()):
        assert not asks_of_savings(lead, may, elsewhere)
    for related in (scene.acute, Scheme(), QualityImpactAssessment(), Membership(), PostHolding()):
        assert asks_of_savings(lead, may, related)
    assert asks_of_savings(lead, replace(may, care_groups=frozenset([scene.older.pk])), Plan())


def asks_of_savings(reader, may, written) -> bool:
    """Whether what waits in the savings programme is counted again after something was written."""
    with transaction.atomic():
        audit.record(at=NOW, by=None, action="added", obj=written, key="a row")
    with CaptureQueriesContext(connection) as queries:
        counted_for(reader, may, NOW)
    return any("cip_scheme" in query["sql"] for query in queries)
