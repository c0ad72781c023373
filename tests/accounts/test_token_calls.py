"""What a personal token opens, how a wrong one is refused, and how calls are counted."""

import logging
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AccessToken, RoleGrant, SignInTries
from accounts.roles import Role
from accounts.tokens.issue import revoke_token
from accounts.tokens.secret import new_secret
from accounts.tries import CLOSED_SECONDS, MOST_FOR_A_NAME, MOST_FOR_AN_ADDRESS
from kmpt_tracker.logs import SecretsHidden
from tests.accounts.tokens import FILE, PAGE, PASSWORD, analyst, asked, basic, made, refusal, typed
from tests.factories.people import access

__all__ = ["analyst"]
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "Token"])
def test_a_token_opens_the_files_in_a_header(analyst, scheme):
    _, secret = made(analyst)
    answer = asked(secret, scheme=scheme)
    assert answer.status_code == 200
    assert not answer.cookies
    assert asked(basic("Ann", secret), scheme="Basic").status_code == 200
    assert asked(secret, "/exports/actuals.schema.json").status_code == 200


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("Bearer", "no token of the tracker"),
        ("Bearer kmpt_short", "no token of the tracker"),
        ("Bearer " + "x" * 48, "no token of the tracker"),
        ("Digest username=ann", "kind of sign-in is not known"),
        ("Basic !!!", "cannot be read"),
        ("Basic /w==", "cannot be read"),
        (f"Basic {basic('ann', PASSWORD)}", "no token of the tracker"),
        ("Bearer kmpt_" + "é" * 43, "no token of the tracker"),
    ],
)
def test_what_is_no_token_is_refused_with_the_way_to_send_one(analyst, header, words):
    answer = Client().get(FILE, headers={"Authorization": header})
    assert words in refusal(answer)


def test_a_tampered_token_opens_nothing(analyst):
    _, secret = made(analyst)
    last = "a" if secret[-1] != "a" else "b"
    for other in (secret[:-1] + last, secret.swapcase().replace("KMPT", "kmpt"), new_secret()):
        assert "no such token" in refusal(asked(other))
    for other in (secret[:-1], secret + "a", f" {secret[:20]} {secret[20:]}"):
        assert "no token of the tracker" in refusal(asked(other))


def test_a_revoked_and_an_expired_token_are_refused_and_say_which(analyst):
    token, secret = made(analyst)
    now = timezone.now()
    AccessToken.objects.filter(pk=token.pk).update(expires_at=now, made_at=now - timedelta(days=9))
    assert "has expired" in refusal(asked(secret))
    token, secret = made(analyst, name="other")
    revoke_token(token_id=token.pk, by=analyst, access=access(analyst), at=now)
    assert "is revoked" in refusal(asked(secret))


def test_a_token_works_to_the_end_of_its_last_day_in_london(analyst):
    at = timezone.make_aware(timezone.datetime(2026, 7, 1, 12))
    token, _ = made(analyst, days=0, at=at)
    assert timezone.localtime(token.expires_at).isoformat() == "2026-07-02T00:00:00+01:00"


def test_a_token_reads_no_more_than_its_person_may_at_that_moment(analyst):
    _, secret = made(analyst)
    assert asked(secret).status_code == 200
    RoleGrant.objects.filter(user=analyst).update(ends_on=timezone.localdate())
    said = refusal(asked(secret), 403)
    assert "you need the role of" in said
    RoleGrant.objects.create(user=analyst, role=Role.BOARD_MEMBER, starts_on=timezone.localdate())
    assert asked(secret).status_code == 403


def test_a_token_opens_no_page_and_changes_nothing(analyst):
    _, secret = made(analyst)
    for address in ("/", "/exports/", PAGE, "/admin/"):
        answer = asked(secret, address)
        assert answer.status_code == 302, address
        assert "next=" in answer["Location"]
    client = Client(headers={"Authorization": f"Bearer {secret}"})
    assert client.post(PAGE, typed()).status_code == 302
    assert client.post(FILE).status_code == 405


def test_somebody_elses_user_name_does_not_go_with_a_token(analyst):
    _, secret = made(analyst)
    assert "user name" in refusal(asked(basic("ben", secret), scheme="Basic"))


@pytest.mark.parametrize("query", ["token={}", "access_token={}", "plan={}", "api-key=x", "{}=1"])
def test_a_token_in_the_address_is_refused_and_never_logged(analyst, query, caplog):
    _, secret = made(analyst)
    with caplog.at_level(logging.DEBUG):
        answer = Client().get(f"{FILE}?{query.format(secret)}")
        Client().get(f"/exports/{secret}.csv")
        Client().get(f"/{secret}/")
    said = refusal(answer, 400)
    assert "must not be part of an address" in said
    assert answer.json()["parameter"] in ("token", "access_token", "plan", "api-key", "(secret)")
    assert secret not in said
    assert secret not in caplog.text
    assert "(secret)" in caplog.text


def test_no_line_of_the_log_names_a_token():
    secret = new_secret()
    record = logging.LogRecord("x", logging.INFO, "", 0, "GET %s", (f"/?t={secret}",), None)
    assert SecretsHidden().filter(record)
    assert record.getMessage() == "GET /?t=(secret)"
    record = logging.LogRecord("x", logging.INFO, "", 0, "100%", (), None)
    assert SecretsHidden().filter(record)
    assert record.getMessage() == "100%"


def test_refusals_log_no_token_and_no_header(analyst, caplog):
    token, secret = made(analyst)
    revoke_token(token_id=token.pk, by=analyst, access=access(analyst), at=timezone.now())
    with caplog.at_level(logging.DEBUG):
        refusal(asked(secret))
        refusal(asked(basic("ann", secret), scheme="Basic"))
    assert "401 GET /exports/care_groups.csv" in caplog.text
    assert secret not in caplog.text
    assert basic("ann", secret) not in caplog.text


def test_the_last_use_is_kept_to_the_minute_without_a_write_at_every_call(
    analyst, django_assert_num_queries
):
    token, secret = made(analyst)
    asked(secret)
    first = AccessToken.objects.get(pk=token.pk).last_used_at
    assert first is not None
    asked(secret)
    assert AccessToken.objects.get(pk=token.pk).last_used_at == first
    AccessToken.objects.filter(pk=token.pk).update(last_used_at=first - timedelta(minutes=1))
    asked(secret)
    assert AccessToken.objects.get(pk=token.pk).last_used_at > first - timedelta(minutes=1)


def test_calls_are_counted_for_each_token(analyst, settings, monkeypatch):
    settings.CALLS_A_MINUTE = 3
    at = timezone.now().replace(second=10)
    monkeypatch.setattr(timezone, "now", lambda: at)
    _, first = made(analyst)
    _, second = made(analyst, name="other")
    assert [asked(first).status_code for _ in range(4)] == [200, 200, 200, 429]
    answer = asked(first)
    assert "Too many calls" in refusal(answer, 429)
    assert answer["Retry-After"] == "50"
    assert asked(second).status_code == 200
    monkeypatch.setattr(timezone, "now", lambda: at + timedelta(seconds=50))
    assert asked(first).status_code == 200


@pytest.mark.parametrize("address", [FILE, "/api/v1/care_groups"])
def test_wrong_tokens_of_a_name_are_limited_like_passwords(analyst, address):
    _, secret = made(analyst)
    for tried in range(MOST_FOR_A_NAME):
        # Spellings of a name are one name, and a password is no token.
        name, wrong = ("ann", "ANN ")[tried % 2], (PASSWORD, new_secret())[tried % 2]
        assert refusal(asked(basic(name, wrong), address, "Basic"))
    answer = asked(basic("ann", new_secret()), address, "Basic")
    assert "Too many wrong tokens" in refusal(answer, 429)
    assert answer["Retry-After"] == str(CLOSED_SECONDS)
    # Others, the right token and the person at the sign-in page are heard.
    assert refusal(asked(basic("otto", new_secret()), address, "Basic"))
    assert asked(basic("ann", secret), address, "Basic").status_code == 200
    analyst.set_password(PASSWORD)
    analyst.save()
    entered = Client().post("/accounts/sign-in/", {"username": "ann", "password": PASSWORD})
    assert entered.status_code == 302


def test_a_user_name_that_is_not_the_tokens_counts_as_a_wrong_token(analyst):
    _, secret = made(analyst)
    statuses = [asked(basic("otto", secret), scheme="Basic").status_code for _ in range(11)]
    assert statuses == [401] * MOST_FOR_A_NAME + [429]


def test_wrong_tokens_of_an_address_are_limited_and_heard_again_later(analyst, monkeypatch):
    at = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: at)
    _, secret = made(analyst)
    statuses = [asked(new_secret()).status_code for _ in range(MOST_FOR_AN_ADDRESS + 1)]
    assert statuses == [401] * MOST_FOR_AN_ADDRESS + [429]
    assert asked("").status_code == 429
    assert asked(new_secret(), REMOTE_ADDR="192.0.2.7").status_code == 401
    assert asked(secret).status_code == 200
    at += timedelta(seconds=CLOSED_SECONDS)
    assert asked(new_secret()).status_code == 401


def test_a_token_that_has_ended_is_no_guess_but_its_calls_count(analyst, settings, monkeypatch):
    token, secret = made(analyst)
    at = timezone.now()
    revoke_token(token_id=token.pk, by=analyst, access=access(analyst), at=at)
    monkeypatch.setattr(timezone, "now", lambda: at)
    settings.CALLS_A_MINUTE = MOST_FOR_AN_ADDRESS + 1
    statuses = [asked(secret).status_code for _ in range(MOST_FOR_AN_ADDRESS + 2)]
    assert statuses == [401] * (MOST_FOR_AN_ADDRESS + 1) + [429]
    assert not SignInTries.objects.exists()


def test_a_broken_count_refuses_nobody(analyst, settings, monkeypatch):
    settings.CALLS_A_MINUTE = 1
    _, secret = made(analyst)

    def broken(*_, **__):
        raise ConnectionError("no server")

    monkeypatch.setattr("django.core.cache.backends.locmem.LocMemCache.incr", broken)
    monkeypatch.setattr("django.core.cache.backends.redis.RedisCache.incr", broken)
    assert [asked(secret).status_code for _ in range(3)] == [200, 200, 200]
