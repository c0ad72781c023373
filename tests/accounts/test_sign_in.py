"""Signing in and out: every wrong try gets the same answer, and a name is closed after ten."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from axes.models import AccessAttempt, AccessLog
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client, RequestFactory

from accounts.models import SignInTries, User
from accounts.roles import Role
from accounts.sign_in import guard as sign_in_guard
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


@pytest.mark.parametrize("role", Role)
def test_who_enters_approves_or_signs_lands_on_what_waits_for_them(client, role):
    user = person(role, username="amara")
    user.set_password(PASSWORD)
    user.save()
    works = {"care_group_lead", "performance_team", "finance_pmo", "qia_signatory"}
    assert sign_in(client, "amara")["Location"] == ("/todo/" if role in works else "/")


def test_every_wrong_try_gets_the_same_answer(client, beth):
    person(username="gone", is_active=False).set_password(PASSWORD)
    answers = set()
    for username, password in (
        ("beth", "wrong"),
        ("nobody", "wrong"),
        ("gone", PASSWORD),
        ("BETH", PASSWORD),
        ("beth\u200b", PASSWORD),
        ("beth", ""),
        ("", ""),
    ):
        page = sign_in(Client(), username, password)
        assert page.status_code == 200
        assert "_auth_user_id" not in client.session
        assert page.text.count("<h1") == 1
        if username and password:
            assert WRONG in page.text
            answers.add(page.text.count(WRONG))
    assert len(answers) == 1


@pytest.fixture
def clock(monkeypatch):
    """The clock by which tries are counted, set by the test."""

    class Clock:
        now = 1_800_000_000.0

        def time(self) -> float:
            return self.now

    hand = Clock()
    monkeypatch.setattr(sign_in_guard, "time", hand)
    return hand


def test_a_name_is_closed_after_ten_wrong_tries_from_wherever(beth):
    """Ten guesses in five minutes at most; kept in the database, so a restart forgets nothing."""
    for place in range(9):
        assert sign_in(Client(REMOTE_ADDR=f"10.0.0.{place}"), password="no").status_code == 200
    closed = sign_in(Client(REMOTE_ADDR="10.0.0.9"), "Beth ", "no")
    assert closed.status_code == 429
    assert closed["Retry-After"] == "900"
    assert "closed for 15 minutes" in closed.text
    right = sign_in(Client())
    assert right.status_code == 429
    assert "_auth_user_id" not in right.wsgi_request.session
    other = person(username="simon")
    other.set_password(PASSWORD)
    other.save()
    assert sign_in(Client(), "simon").status_code == 302


def test_an_address_is_closed_after_fifty_wrong_tries_whatever_the_names(beth):
    for number in range(49):
        assert sign_in(Client(), f"nobody-{number}", "no").status_code == 200
    assert sign_in(Client(), "nobody-49", "no").status_code == 429
    assert sign_in(Client()).status_code == 429
    assert sign_in(Client(REMOTE_ADDR="10.0.0.9")).status_code == 302


def test_right_passwords_take_their_try_back_from_the_address(beth):
    for number in range(30):
        assert sign_in(Client(), f"nobody-{number}", "no").status_code == 200
        assert sign_in(Client()).status_code == 302
    assert len(SignInTries.objects.get(kind="address").at) == 30
    assert not SignInTries.objects.filter(kind="name", key__in=keys_of("beth")).exists()


def keys_of(name):
    request = RequestFactory().get("/")
    return list(sign_in_guard.keys_of(request, name).values())


@pytest.mark.parametrize(
    ("sent", "trusted", "expected"),
    [
        ("10.9.9.9", [], "127.0.0.1"),
        ("10.9.9.9", ["127.0.0.1"], "10.9.9.9"),
        ("8.8.8.8, 10.9.9.9", ["127.0.0.1"], "10.9.9.9"),
        ("8.8.8.8, 10.9.9.9", ["127.0.0.1", "10.9.9.9"], "8.8.8.8"),
        ("not an address", ["127.0.0.1"], "127.0.0.1"),
        ("", ["127.0.0.1"], "127.0.0.1"),
    ],
)
def test_an_address_is_what_our_own_proxy_says_and_nobody_else(settings, sent, trusted, expected):
    settings.TRUSTED_PROXIES = trusted
    request = RequestFactory().get("/", headers={"X-Forwarded-For": sent})
    assert sign_in_guard.address_of(request) == expected


def test_it_opens_again_after_a_quarter_of_an_hour_and_tries_do_not_prolong_it(beth, clock):
    for _ in range(12):
        sign_in(Client(), password="no")
    clock.now += 14 * 60
    assert sign_in(Client()).status_code == 429
    clock.now += 61
    assert sign_in(Client()).status_code == 302


def test_wrong_tries_are_forgotten_after_five_minutes(beth, clock):
    for _ in range(4):
        for _ in range(9):
            assert sign_in(Client(), password="no").status_code == 200
        clock.now += 300
    assert sign_in(Client()).status_code == 302


def test_one_right_try_forgets_the_wrong_ones(beth):
    for _ in range(2):
        for _ in range(9):
            sign_in(Client(), password="no")
        assert sign_in(Client()).status_code == 302
    assert not AccessAttempt.objects.exists()


def test_nothing_that_was_typed_elsewhere_is_recorded_with_a_failed_try(beth):
    sign_in(Client(), password="no", **{"kept.s1-comment": "a patient’s name"})
    attempt = AccessAttempt.objects.get()
    assert attempt.username == "beth"
    assert attempt.post_data == attempt.get_data == ""


@pytest.mark.postgresql  # a SQLite database in memory has no connections of its own a thread
@pytest.mark.django_db(transaction=True)
def test_guesses_sent_at_once_are_counted_before_they_are_heard(beth, monkeypatch):
    """Of any number of threads, ten tries reach the password; the others are refused."""
    heard = []
    monkeypatch.setattr(User, "check_password", lambda self, raw: heard.append(raw) or False)
    start = Barrier(16)

    def guess(number: int) -> int:
        start.wait()
        try:
            return sign_in(
                Client(REMOTE_ADDR=f"10.0.0.{number}"), password=f"no {number}"
            ).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as threads:
        codes = list(threads.map(guess, range(16)))
    assert len(heard) == 10
    assert set(codes) <= {200, 429}
    assert codes.count(429) >= 6


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


@pytest.mark.parametrize("in_bulk", [False, True])
def test_someone_made_inactive_and_active_again_must_sign_in_anew(client, beth, in_bulk):
    sign_in(client)
    for is_active in (False, True):
        if in_bulk:
            User.objects.filter(pk=beth.pk).update(is_active=is_active)
        else:
            beth.is_active = is_active
            beth.save(update_fields=["is_active"])
    assert client.get("/measures/").status_code == 302
    assert sign_in(client).status_code == 302
    assert client.get("/measures/").status_code == 200


def test_other_changes_of_a_person_end_no_session(client, beth):
    sign_in(client)
    beth.first_name = "Elizabeth"
    beth.save()
    assert client.get("/measures/").status_code == 200


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
