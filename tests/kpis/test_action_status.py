"""The status of an action: recorded by those who edit plans, with a reason, never overwritten."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEvent
from accounts.permissions import NotAllowed
from accounts.roles import Role
from board.exports.datasets import DATASETS
from strategy.exports.filters import parse_filters
from strategy.models import ActionStatus
from strategy.services import StatusRefused, record_action_status
from tests.cells import cells
from tests.factories.people import access, performance_team, person
from tests.factories.plans import ActionFactory

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
AT = datetime(2025, 9, 1, 9, 30, tzinfo=UTC)


@pytest.fixture
def action():
    return ActionFactory(objective__reference="1.1", position=1)


@pytest.fixture
def team():
    return performance_team(username="anna")


def record(action, by, *, seen: int = 0, status: str = "on_track", note: str = "Seen", at=AT):
    return record_action_status(
        action_id=action.pk, seen=seen, status=status, note=note, by=by, access=access(by), at=at
    )


def address(action) -> str:
    return f"{action.objective.get_absolute_url()}actions/{action.position}/"


def test_a_status_is_recorded_with_its_audit_row(action, team):
    recorded = record(action, team)
    assert (recorded.known_from, recorded.recorded_at, recorded.recorded_by) == (AT, AT, team)
    event = AuditEvent.objects.get()
    assert (event.by, event.action, event.reason) == (team, "action status recorded", "Seen")
    assert event.changes == [{"field": "status", "old": "", "new": "on_track"}]


def test_a_status_follows_the_one_before_and_nothing_is_overwritten(action, team):
    first = record(action, team)
    record(action, team, seen=first.pk, status="complete", at=AT + timedelta(days=1))
    assert ActionStatus.objects.count() == 2
    assert AuditEvent.objects.last().changes[0]["old"] == "on_track"


def test_what_someone_else_recorded_since_is_not_passed_over(action, team):
    record(action, team)
    with pytest.raises(StatusRefused, match="Someone else"):
        record(action, performance_team())
    assert ActionStatus.objects.count() == 1
    assert AuditEvent.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "field"),
    [({"status": "done"}, "status"), ({"status": ""}, "status"), ({"note": "  "}, "note")],
)
def test_a_status_is_one_of_five_and_says_what_it_rests_on(action, team, given, field):
    with pytest.raises(StatusRefused) as refused:
        record(action, team, **given)
    assert refused.value.field == field
    assert not ActionStatus.objects.exists()


@pytest.mark.parametrize(
    "role", [r for r in Role if r not in ("performance_team", "administrator")]
)
def test_others_read_it_and_record_nothing(action, client, role):
    reader = person(role)
    with pytest.raises(NotAllowed):
        record(action, reader)
    client.force_login(reader, backend=BACKEND)
    page = client.get(action.objective.get_absolute_url()).content.decode()
    assert "No status recorded" in page
    assert "Record how it stands" not in page
    assert client.post(address(action), {}).status_code == 403


def test_it_is_recorded_on_the_page_of_the_objective(action, team, client):
    client.force_login(team, backend=BACKEND)
    sent = {"action-1-status": "at_risk", "action-1-note": "Two posts <open>", "action-1-seen": "0"}
    found = client.post(address(action), sent)
    assert (found.status_code, found.url) == (302, action.objective.get_absolute_url())
    page = client.get(found.url).content.decode()
    assert "At risk" in page
    assert "Two posts &lt;open&gt;" in page
    assert "anna" in page
    again = client.post(address(action), sent)
    assert again.status_code == 409
    assert "Someone else has recorded a status" in again.content.decode()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"action-1-status": ""}, "Choose how the action stands"),
        ({"action-1-status": "done"}, "Choose how the action stands"),
        ({"action-1-note": ""}, "Enter what the status rests on"),
        ({"action-1-note": "x" * 1001}, "1,000 characters or fewer"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(action, team, client, given, said):
    client.force_login(team, backend=BACKEND)
    sent = {"action-1-status": "on_track", "action-1-note": "As typed", "action-1-seen": "0"}
    found = client.post(address(action), {**sent, **given})
    page = found.content.decode()
    assert found.status_code == 200
    assert said in page
    assert re.search(r"<title>\s*Error: ", page)
    assert "As typed" in page or "action-1-note" in given
    assert not ActionStatus.objects.exists()


def test_an_action_that_is_not_there_is_not_found(action, team, client):
    client.force_login(team, backend=BACKEND)
    assert client.post(address(action).replace("actions/1", "actions/9"), {}).status_code == 404
    assert client.get(address(action)).status_code == 405


def test_a_past_day_shows_what_was_known_then(action, team, client):
    first = record(action, team, note="Begun")
    record(action, team, seen=first.pk, status="complete", note="Done", at=AT + timedelta(days=9))
    client.force_login(team, backend=BACKEND)
    page = client.get(f"{action.objective.get_absolute_url()}?as_at=2025-09-02").content.decode()
    assert "Begun" in page
    assert "Done" not in page
    assert "Record how it stands" not in page


def test_the_dataset_carries_the_latest_status(action, team):
    dataset = DATASETS["actions"]

    def status(**given) -> str:
        filters = parse_filters(
            given, applies=dataset.filters, dataset="actions", now=timezone.now()
        )
        (found,) = cells(dataset, filters)
        return found["status"]

    assert status() == ""
    first = record(action, team)
    record(action, team, seen=first.pk, status="complete", at=AT + timedelta(days=9))
    assert status() == "complete"
    assert status(as_at="2025-09-02") == "on_track"
