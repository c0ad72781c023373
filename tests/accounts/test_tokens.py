"""Personal tokens: made, shown once, hashed, listed and revoked."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AccessToken, AuditEvent, User
from accounts.people import change
from accounts.permissions import NotAllowed
from accounts.roles import Role
from accounts.tokens.issue import MOST_OF_A_PERSON, TokenNotMade
from accounts.tokens.secret import WRITTEN, hashed, hidden, new_secret
from accounts.tries import MOST_FOR_A_NAME
from tests.accounts.readers import BACKEND
from tests.accounts.tokens import (
    PAGE,
    PASSWORD,
    administrator,
    analyst,
    asked,
    made,
    refusal,
    signed_in,
    typed,
)
from tests.factories.people import access, person

__all__ = ["administrator", "analyst"]
pytestmark = pytest.mark.django_db


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


def test_the_token_of_a_leaver_stays_shut_when_they_come_back(analyst, administrator):
    _, secret = made(analyst)
    by = {"by": administrator, "access": access(administrator), "at": timezone.now()}
    change.leave(person_id=analyst.pk, **by)
    assert "was closed" in refusal(asked(secret))
    change.come_back(person_id=analyst.pk, **by)
    assert "was closed" in refusal(asked(secret))
    _, secret = made(User.objects.get(pk=analyst.pk), name="anew")
    assert asked(secret).status_code == 200


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
