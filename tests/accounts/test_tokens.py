"""Personal tokens: shown once, hashed, never more than their person; how they end."""

import base64
import logging
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AccessToken, AuditEvent, RoleGrant, SignInTries, User
from accounts.people import change
from accounts.permissions import NotAllowed
from accounts.roles import Role
from accounts.tokens.issue import MOST_OF_A_PERSON, TokenNotMade, make_token, revoke_token
from accounts.tokens.secret import WRITTEN, hashed, hidden, new_secret
from accounts.tries import CLOSED_SECONDS, MOST_FOR_A_NAME, MOST_FOR_AN_ADDRESS
from kmpt_tracker.logs import SecretsHidden
from kmpt_tracker.ui.formats import format_date
from tests.accounts.readers import BACKEND
from tests.factories.people import access, person

pytestmark = pytest.mark.django_db
PASSWORD = "quiet-otter-lantern"
PAGE = "/accounts/tokens/"
FILE = "/exports/care_groups.csv"


@pytest.fixture
def analyst() -> User:
    return person(Role.ANALYST, username="ann")


@pytest.fixture
def administrator() -> User:
    return person(Role.ADMINISTRATOR, username="ada")


def made(by: User, name: str = "laptop", days: int = 30, at=None) -> tuple[AccessToken, str]:
    at = at or timezone.now()
    return make_token(
        name=name,
        last_day=timezone.localdate(at) + timedelta(days=days),
        by=by,
        access=access(by),
        at=at,
    )


def asked(secret: str, address: str = FILE, scheme: str = "Bearer", **more):
    return Client().get(address, headers={"Authorization": f"{scheme} {secret}"}, **more)


def basic(username: str, secret: str) -> str:
    return base64.b64encode(f"{username}:{secret}".encode()).decode()


def refusal(response, status: int = 401) -> str:
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    if status == 401:
        assert response["WWW-Authenticate"].startswith("Bearer ")
    return response.json()["detail"]


def typed(**other) -> dict[str, str]:
    last_day = format_date(timezone.localdate() + timedelta(days=30))
    return {"do": "make", "name": "laptop", "last_day": last_day, "password": PASSWORD, **other}


def signed_in(someone: User) -> Client:
    someone.set_password(PASSWORD)
    someone.save()
    client = Client()
    client.force_login(someone, backend=BACKEND)
    return client


def test_a_token_is_shown_once_and_kept_as_a_hash(analyst, caplog):
    client = signed_in(analyst)
    answer = client.post(PAGE, typed())
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store, private"
    (secret,) = WRITTEN.findall(answer.content.decode())
    (token,) = AccessToken.objects.all()
    assert token.secret_hash == hashed(secret)
    kept = str(list(AccessToken.objects.values())) + str(list(AuditEvent.objects.values()))
    assert secret not in kept
    assert secret not in client.get(PAGE).content.decode()
    assert token.hint in client.get(PAGE).content.decode()
    assert asked(secret).getvalue().startswith(b"care_group,")
    assert secret not in caplog.text
    assert [row.action for row in AuditEvent.objects.filter(object_key=f"ann {token.hint}")] == [
        "token made"
    ]
    # Sending the form again makes no second one.
    again = client.post(PAGE, typed())
    assert again.status_code == 409
    assert "already" in again.content.decode()
    assert AccessToken.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"password": "not-this-one"}, "not your password"),
        ({"password": ""}, "Enter your password"),
        ({"name": ""}, "Enter what the token is for"),
        ({"name": "x" * 61}, "60 characters"),
        ({"last_day": ""}, "Enter the last day"),
        ({"last_day": "31/2/2027"}, "Last day"),
    ],
)
def test_a_wrong_box_is_said_and_what_else_was_typed_is_kept(analyst, wrong, words):
    page = signed_in(analyst).post(PAGE, typed(**wrong)).content.decode()
    assert words in page
    assert 'class="nhsuk-error-summary"' in page
    if "name" not in wrong:
        assert 'value="laptop"' in page
    assert PASSWORD not in page
    assert not AccessToken.objects.exists()


def test_somebody_without_a_password_must_have_signed_in_lately(analyst):
    client = signed_in(analyst)
    analyst.set_unusable_password()
    analyst.save()
    client.force_login(analyst, backend=BACKEND)
    assert "Your password" not in client.get(PAGE).content.decode()
    without = {name: text for name, text in typed().items() if name != "password"}
    long_ago = timezone.now() - timedelta(minutes=16)
    User.objects.filter(pk=analyst.pk).update(last_login=long_ago)
    page = client.post(PAGE, without).content.decode()
    assert "Sign out and in again" in page
    assert 'value="laptop"' in page
    assert not AccessToken.objects.exists()
    client.force_login(analyst, backend=BACKEND)
    assert WRITTEN.search(client.post(PAGE, without).content.decode())
    # Whoever has one is still asked for it.
    other = signed_in(person(Role.ANALYST, username="otto"))
    assert "Enter your password" in other.post(PAGE, without).content.decode()


@pytest.mark.parametrize(("days", "words"), [(-1, "or later"), (367, "a year at most")])
def test_a_token_ends_within_a_year(analyst, days, words):
    with pytest.raises(TokenNotMade, match=words):
        made(analyst, days=days)
    made(analyst, days=366, name="longest")


def test_the_password_cannot_be_guessed_there(analyst):
    client = signed_in(analyst)
    answers = [
        client.post(PAGE, typed(password=f"guess-{number}")).status_code
        for number in range(MOST_FOR_A_NAME + 1)
    ]
    assert answers == [200] * MOST_FOR_A_NAME + [429]
    assert client.post(PAGE, typed()).status_code == 429
    assert not AccessToken.objects.exists()


def test_a_person_has_so_many_tokens_and_an_expired_one_passes_its_name_on(analyst):
    for number in range(MOST_OF_A_PERSON):
        made(analyst, name=f"token {number}")
    with pytest.raises(TokenNotMade, match="revoke one"):
        made(analyst, name="one more")
    now = timezone.now()
    AccessToken.objects.filter(name="token 3").update(expires_at=now, made_at=now - timedelta(9))
    token, _ = made(analyst, name="token 3")
    assert AccessToken.objects.get(name="token 3", is_revoked=False) == token


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


def test_the_token_of_a_leaver_stays_shut_when_they_come_back(analyst, administrator):
    _, secret = made(analyst)
    by = {"by": administrator, "access": access(administrator), "at": timezone.now()}
    change.leave(person_id=analyst.pk, **by)
    assert "was closed" in refusal(asked(secret))
    change.come_back(person_id=analyst.pk, **by)
    assert "was closed" in refusal(asked(secret))
    _, secret = made(User.objects.get(pk=analyst.pk), name="anew")
    assert asked(secret).status_code == 200


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


def test_one_revokes_ones_own_an_administrator_everybodys(analyst, administrator):
    other = person(Role.ANALYST, username="otto")
    mine, secret = made(analyst)
    theirs, other_secret = made(other)
    client = signed_in(analyst)
    refused = client.post(PAGE, {"do": "revoke", "token": theirs.pk})
    assert refused.status_code == 409
    assert "no such token of yours" in refused.content.decode()
    assert client.post(PAGE, {"do": "revoke", "token": mine.pk}).status_code == 302
    assert "is revoked" in refusal(asked(secret))
    page = signed_in(administrator).get(PAGE).content.decode()
    assert "Tokens of other people" in page
    assert theirs.hint in page
    assert "Tokens of other people" not in client.get(PAGE).content.decode()
    revoke = {"do": "revoke", "token": theirs.pk}
    assert signed_in(administrator).post(PAGE, revoke).status_code == 302
    assert "is revoked" in refusal(asked(other_secret))
    event = AuditEvent.objects.get(action="token revoked", object_key=f"otto {theirs.hint}")
    assert event.by == administrator
    assert "Revoked by ada" in signed_in(other).get(PAGE).content.decode()


@pytest.mark.parametrize("token", ["", "x", "-1", "0", "99999999", "9" * 40])
def test_a_token_that_is_not_there_cannot_be_revoked(analyst, token):
    answer = signed_in(analyst).post(PAGE, {"do": "revoke", "token": token})
    assert answer.status_code in (200, 409)
    assert not AuditEvent.objects.filter(action="token revoked").exists()


def test_who_may_not_use_datasets_makes_no_token(administrator):
    with pytest.raises(NotAllowed):
        made(person(Role.BOARD_MEMBER))


def test_the_page_asks_the_same_for_many_tokens(analyst, administrator):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = signed_in(administrator)

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as found:
            client.get(PAGE)
        return len(found)

    made(analyst)
    made(administrator)
    few = queries()
    for number in range(18):
        made(analyst, name=f"{number}")
        made(administrator, name=f"{number}")
    assert queries() == few


def test_a_secret_is_recognised_and_hidden():
    secret = new_secret()
    assert re.fullmatch(r"kmpt_[A-Za-z0-9]{43}", secret)
    assert hidden(f"GET /x/{secret}/y") == "GET /x/(secret)/y"
    assert len({new_secret() for _ in range(100)}) == 100
