"""Signing in and out: one answer to every wrong try, and a name that closes after five."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt, AccessLog
from django.contrib.sessions.models import Session
from django.test import Client

from accounts.roles import Role
from tests.factories.people import person

pytestmark = pytest.mark.django_db
SIGN_IN, SIGN_OUT = "/accounts/sign-in/", "/accounts/sign-out/"
PASSWORD = "a horse that battery staples"
WRONG = "Check your user name and password, then sign in again."


@pytest.fixture
def beth():
    user = person(Role.BOARD_MEMBER, username="beth", first_name="Beth", last_name="Okafor")
    user.set_password(PASSWORD)
    user.save()
    return user


def sign_in(client, username="beth", password=PASSWORD, **more):
    return client.post(SIGN_IN, {"username": username, "password": password, **more})


def test_signing_in_leads_where_one_wanted_to_go(client, beth):
    wanted = "/measures/?plan=&q=sickness"
    asked = client.get(wanted)
    assert asked.status_code == 302
    page = client.get(asked["Location"])
    assert page.context["next"] == wanted
    assert sign_in(client, next=page.context["next"])["Location"] == wanted
    page = client.get("/measures/")
    assert "Beth Okafor" in page.text
    assert "Board member" in page.text


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example", "javascript:alert(1)", "https:///evil.example", ""],
)
def test_it_never_leads_to_another_site(client, beth, elsewhere):
    assert sign_in(client, next=elsewhere)["Location"] == "/"


def test_every_wrong_try_gets_the_same_answer(client, beth):
    person(username="gone", is_active=False).set_password(PASSWORD)
    answers = set()
    for username, password in (
        ("beth", "wrong"), ("nobody", "wrong"), ("gone", PASSWORD), ("BETH", PASSWORD),
        ("beth\u200b", PASSWORD), ("beth", ""), ("", ""),
    ):  # fmt: skip
        page = sign_in(Client(), username, password)
        assert page.status_code == 200
        assert "_auth_user_id" not in client.session
        assert page.text.count("<h1") == 1
        if username and password:
            assert WRONG in page.text
            answers.add(page.text.count(WRONG))
    assert len(answers) == 1


def test_a_name_is_closed_after_five_wrong_tries_from_wherever(beth):
    """Ten guesses in five minutes at most; kept in the database, so a restart forgets nothing."""
    for place in range(4):
        assert sign_in(Client(REMOTE_ADDR=f"10.0.0.{place}"), password="no").status_code == 200
    closed = sign_in(Client(REMOTE_ADDR="10.0.0.9"), password="no")
    assert closed.status_code == 429
    assert "closed for 15 minutes" in closed.text
    right = sign_in(Client())
    assert right.status_code == 429
    assert "_auth_user_id" not in right.wsgi_request.session
    other = person(username="simon")
    other.set_password(PASSWORD)
    other.save()
    assert sign_in(Client(), "simon").status_code == 302


def test_it_opens_again_after_a_quarter_of_an_hour_and_tries_do_not_prolong_it(beth):
    for _ in range(6):
        sign_in(Client(), password="no")
    for attempt in AccessAttempt.objects.all():
        attempt.attempt_time -= timedelta(minutes=14)
        attempt.save()
    assert sign_in(Client()).status_code == 429
    for attempt in AccessAttempt.objects.all():
        attempt.attempt_time -= timedelta(minutes=2)
        attempt.save()
    assert sign_in(Client()).status_code == 302


def test_one_right_try_forgets_the_wrong_ones(beth):
    for _ in range(2):
        for _ in range(4):
            sign_in(Client(), password="no")
        assert sign_in(Client()).status_code == 302
    assert not AccessAttempt.objects.exists()


def test_signing_in_makes_a_session_of_its_own(client, beth):
    client.get(SIGN_IN)
    client.session["kept"] = "from before"
    client.session.save()
    before = client.session.session_key
    sign_in(client)
    assert client.session.session_key != before
    assert not Session.objects.filter(session_key=before).exists()


def test_signing_out_ends_it_on_the_server_too(client, beth):
    sign_in(client)
    cookie = client.cookies["session"].value
    out = client.post(SIGN_OUT)
    assert out["Location"] == SIGN_IN
    assert out["Clear-Site-Data"] == '"cache", "storage"'
    again = Client()
    again.cookies["session"] = cookie
    assert again.get("/").status_code == 302
    assert client.post(SIGN_OUT)["Location"] == SIGN_IN
    log = AccessLog.objects.get()
    assert log.username == "beth"
    assert log.logout_time is not None


def test_someone_made_inactive_is_out_at_once(client, beth):
    sign_in(client)
    assert client.get("/measures/").status_code == 200
    beth.is_active = False
    beth.save()
    assert client.get("/measures/").status_code == 302


def test_a_new_password_ends_every_other_session(client, beth):
    sign_in(client)
    beth.set_password("another horse that staples")
    beth.save()
    assert client.get("/measures/").status_code == 302


def test_the_form_can_be_filled_by_a_password_manager(client):
    page = client.get(SIGN_IN).text
    assert 'autocomplete="username"' in page
    assert 'autocomplete="current-password"' in page
    assert "autofocus" not in page
