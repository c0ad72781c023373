"""People in the administration: roles granted and ended, passwords, and who is the first."""

from datetime import date

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, RoleGrant, User
from accounts.roles import Role
from tests.accounts.administering import address, editor, form_of
from tests.accounts.readers import BACKEND
from tests.factories.people import UserFactory, person
from tests.factories.rows import MOMENT

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


def test_a_role_is_granted_and_ended_on_record(client):
    by = editor(client, "accounts.User")
    someone = UserFactory(date_joined=MOMENT)
    page = address("accounts.User", "change", someone.pk)
    data = form_of(client.get(page))
    new = {
        "role_grants-TOTAL_FORMS": "1",
        "role_grants-0-user": someone.pk,
        "role_grants-0-role": "analyst",
        "role_grants-0-starts_on": "2026-04-01",
    }
    assert client.post(page, {**data, **new}).status_code == 302
    grant = RoleGrant.objects.get(user=someone)
    added = AuditEvent.objects.latest("pk")
    assert (added.by, added.action, added.object_type) == (by, "added", "accounts.rolegrant")
    assert {"field": "role", "old": "", "new": "analyst"} in added.changes
    data = form_of(client.get(page))
    assert client.post(page, {**data, "role_grants-0-ends_on": "2026-05-01"}).status_code == 302
    grant.refresh_from_db()
    assert grant.ends_on == date(2026, 5, 1)
    ended = AuditEvent.objects.latest("pk")
    assert (ended.action, ended.object_type) == ("changed", "accounts.rolegrant")
    assert ended.changes == [{"field": "ends_on", "old": "", "new": "2026-05-01"}]


def test_nobody_gives_themselves_a_role_here_and_the_last_administrator_stays(client):
    by = editor(client, "accounts.User")
    User.objects.filter(pk=by.pk).update(date_joined=MOMENT)
    page = address("accounts.User", "change", by.pk)
    data = form_of(client.get(page))
    new = {
        "role_grants-TOTAL_FORMS": "2",
        "role_grants-1-user": by.pk,
        "role_grants-1-role": "analyst",
        "role_grants-1-starts_on": "2026-04-01",
    }
    refused = {
        "Nobody gives themselves a role": new,
        "Nobody else is an administrator": {"role_grants-0-ends_on": "2099-05-01"},
    }
    for words, typed in refused.items():
        answer = client.post(page, {**data, **typed})
        assert answer.status_code == 200
        assert words in answer.content.decode()
    left = {name: value for name, value in data.items() if name != "is_active"}
    assert "Nobody else is an administrator" in client.post(page, left).content.decode()
    assert by.role_grants.get().ends_on is None
    assert User.objects.get(pk=by.pk).is_active


def test_the_performance_team_reads_people_and_grants_nothing(client):
    client.force_login(person(Role.PERFORMANCE_TEAM), backend=BACKEND)
    someone = UserFactory(date_joined=MOMENT)
    page = address("accounts.User", "change", someone.pk)
    posted = {
        "role_grants-TOTAL_FORMS": "1",
        "role_grants-INITIAL_FORMS": "0",
        "role_grants-0-role": "administrator",
        "role_grants-0-starts_on": "2026-04-01",
    }
    assert client.post(page, posted).status_code == 403
    password = reverse("admin:auth_user_password_change", args=[someone.pk])
    assert client.get(password).status_code == 403
    assert not RoleGrant.objects.filter(user=someone).exists()


def test_a_password_is_changed_on_record_and_never_written_down(client):
    by = editor(client, "accounts.User")
    someone = UserFactory(date_joined=MOMENT)
    typed = "a horse that battery staples"
    page = reverse("admin:auth_user_password_change", args=[someone.pk])
    posted = {"password1": typed, "password2": typed, "usable_password": "true"}
    posted["base"] = client.get(page).context["form"].initial["base"]
    assert client.post(page, {**posted, "password2": "other"}).status_code == 200
    assert not AuditEvent.objects.exists()
    assert client.post(page, {**posted, "set-password": "1"}).status_code == 302
    someone.refresh_from_db()
    assert someone.check_password(typed)
    event = AuditEvent.objects.get()
    assert (event.by, event.action, event.object_key) == (by, "password changed", str(someone))
    assert event.changes == [{"field": "password", "old": "", "new": "(changed)"}]


def test_ones_own_password_is_changed_on_record(client):
    by = person(Role.PERFORMANCE_TEAM)
    by.set_password("the old one of mine")
    by.save()
    client.force_login(by, backend=BACKEND)
    typed = "a horse that battery staples"
    posted = {"old_password": "the old one of mine", "new_password1": typed, "new_password2": typed}
    assert client.post("/admin/password_change/", posted).status_code == 302
    assert AuditEvent.objects.get().action == "password changed"


def test_a_person_is_added_on_record_without_their_password(client):
    by = editor(client, "accounts.User")
    typed = "a horse that battery staples"
    page = address("accounts.User", "add")
    posted = {"username": "new", "usable_password": "true", "password1": typed, "password2": typed}
    assert client.post(page, {**form_of(client.get(page)), **posted}).status_code == 302
    assert User.objects.get(username="new").check_password(typed)
    event = AuditEvent.objects.get()
    assert (event.by, event.action) == (by, "added")
    assert {"field": "username", "old": "", "new": "new"} in event.changes
    assert typed not in str(event.changes)


def test_whoever_createsuperuser_makes_lets_the_others_in(client, monkeypatch):
    """A new installation: nobody holds a role yet, and somebody must be the first."""
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "a-long-one-2026")
    call_command(
        "createsuperuser", interactive=False, username="first", email="first@trust.example"
    )
    first = User.objects.get(username="first")
    assert first.roles_on(timezone.localdate()) == {Role.ADMINISTRATOR}
    event = AuditEvent.objects.get()
    assert (event.action, event.by) == ("first administrator", None)
    client.force_login(first, backend=BACKEND)
    assert client.get("/measures/").status_code == 200

    second = UserFactory()
    assert client.post(
        reverse("admin:accounts_user_change", args=[second.pk]),
        {
            "username": second.username,
            "is_active": "on",
            "role_grants-TOTAL_FORMS": "1",
            "role_grants-INITIAL_FORMS": "0",
            "role_grants-0-user": second.pk,
            "role_grants-0-role": Role.PERFORMANCE_TEAM.value,
            "role_grants-0-starts_on": "2024-04-01",
        },
    ).url.endswith("/user/")
    grant = second.role_grants.get()
    assert (grant.role, grant.granted_by) == (Role.PERFORMANCE_TEAM.value, first)
