"""People are invited, set their own password once, get roles from others, and leave."""

import re
from datetime import date, timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEvent, Invitation, RoleGrant, User
from accounts.people import change
from accounts.people.administrators import PersonRefused
from accounts.people.invite import LinkRefused, invite_person, open_invitation, set_own_password
from accounts.permissions import NotAllowed
from accounts.roles import Role
from accounts.tries import MOST_FOR_AN_ADDRESS
from tests.accounts.readers import BACKEND
from tests.factories.people import access, person

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
PASSWORD = "quiet-otter-lantern"
TODAY = date.today()


@pytest.fixture
def first() -> User:
    return person(Role.ADMINISTRATOR, first_name="Ada", last_name="First")


def usable(someone: User) -> User:
    someone.set_password("another quiet otter")
    someone.save()
    return someone


def invited(by: User, **other):
    typed = {
        "first_name": "Ben",
        "last_name": "New",
        "email": "ben@trust.example",
        "username": "",
        "by": by,
        "access": access(by),
        "at": timezone.now(),
    }
    return invite_person(**{**typed, **other})


def test_an_invited_person_sets_their_password_with_the_link_once(client, first):
    client.force_login(first, backend=BACKEND)
    answer = client.post(
        "/accounts/people/invite/",
        {"first_name": "Ben", "last_name": "New", "email": "Ben@trust.example"},
    )
    ben = User.objects.get(username="ben@trust.example")
    assert answer["Location"] == f"/accounts/people/{ben.pk}/"
    (letter,) = mail.outbox
    assert letter.to == ["Ben@trust.example"]
    link = re.search(r"https?://[^/]+(/accounts/invitation/([\w-]+)/)", letter.body)
    assert link
    assert link[2] not in str(list(Invitation.objects.values()))
    assert link[2] not in str(list(AuditEvent.objects.values("changes", "object_key")))
    visitor = Client()
    assert visitor.get(link[1]).status_code == 200
    refused = visitor.post(link[1], {"new_password1": "short", "new_password2": "short"})
    assert refused.status_code == 200
    assert not User.objects.get(pk=ben.pk).has_usable_password()
    typed = {"new_password1": PASSWORD, "new_password2": PASSWORD}
    assert visitor.post(link[1], typed).status_code == 302
    assert User.objects.get(pk=ben.pk).check_password(PASSWORD)
    again = visitor.post(link[1], {"new_password1": "b" * 20, "new_password2": "b" * 20})
    assert again.status_code == 404
    assert User.objects.get(pk=ben.pk).check_password(PASSWORD)


@pytest.mark.parametrize("how", ["old", "replaced", "left", "made up"])
def test_a_link_that_opens_nothing_says_the_same_whatever_is_wrong(client, first, how):
    invitation, token = invited(first)
    now = timezone.now()
    if how == "old":
        now += timedelta(days=7, seconds=1)
    if how == "replaced":
        Invitation.objects.filter(pk=invitation.pk).update(is_open=False)
    if how == "left":
        User.objects.filter(pk=invitation.user_id).update(is_active=False)
    if how == "made up":
        token = token[:-2] + "xx"
    with pytest.raises(LinkRefused, match="no longer works"):
        open_invitation(token, at=now)
    with pytest.raises(LinkRefused):
        set_own_password(token=token, password=PASSWORD, at=now)
    assert not User.objects.get(pk=invitation.user_id).has_usable_password()


def test_links_are_guessed_no_oftener_than_passwords(client):
    answers = [
        client.get(f"/accounts/invitation/{number}/").status_code
        for number in range(MOST_FOR_AN_ADDRESS + 2)
    ]
    assert answers.count(404) == MOST_FOR_AN_ADDRESS
    assert answers[-1] == 429


def test_when_the_e_mail_does_not_leave_it_is_said_and_another_is_sent(client, first, settings):
    client.force_login(first, backend=BACKEND)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    typed = {"last_name": "New", "email": "ben@trust.example"}
    page = client.post("/accounts/people/invite/", typed, follow=True).content.decode()
    assert "did not leave" in page
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    ben = User.objects.get(email="ben@trust.example")
    client.post(f"/accounts/people/{ben.pk}/", {"do": "link"})
    assert len(mail.outbox) == 1
    assert Invitation.objects.filter(user=ben, is_open=True).count() == 1


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"email": "no address"}, "email"),
        ({"last_name": " "}, "last_name"),
        ({"email": "ADA@trust.example"}, "email"),
        ({"username": "Ada"}, "username"),
        ({"username": "with space"}, "username"),
    ],
)
def test_who_cannot_be_invited_is_refused_at_the_box(first, typed, field):
    User.objects.filter(pk=first.pk).update(email="ada@trust.example", username="ada")
    people = User.objects.count()
    with pytest.raises(PersonRefused) as refused:
        invited(first, **typed)
    assert refused.value.field == field
    assert User.objects.count() == people


def test_nobody_gives_themselves_a_role_by_any_door(client, first):
    with pytest.raises(PersonRefused, match="Nobody gives themselves"):
        change.grant_role(
            person_id=first.pk,
            role="performance_team",
            starts_on=TODAY,
            ends_on=None,
            by=first,
            access=access(first),
            at=timezone.now(),
        )
    client.force_login(first, backend=BACKEND)
    typed = {"do": "grant", "role": "performance_team", "starts_on": "1/4/2026"}
    answer = client.post(f"/accounts/people/{first.pk}/", typed)
    assert answer.status_code == 409
    assert set(first.role_grants.values_list("role", flat=True)) == {"administrator"}


def test_a_role_is_given_from_a_day_and_ended_on_a_last_day(client, first):
    ben = person()
    client.force_login(first, backend=BACKEND)
    page = f"/accounts/people/{ben.pk}/"
    typed = {"do": "grant", "role": "analyst", "starts_on": "1/4/2026"}
    assert client.post(page, typed).status_code == 302
    grant = ben.role_grants.get()
    assert (grant.starts_on, grant.ends_on, grant.granted_by) == (date(2026, 4, 1), None, first)
    assert client.post(page, typed).status_code == 409
    last = {"do": "end", "grant": str(grant.pk), "ends_on": "30/4/2026"}
    assert client.post(page, last).status_code == 302
    grant.refresh_from_db()
    assert grant.ends_on == date(2026, 5, 1)
    actions = AuditEvent.objects.filter(by=first).values_list("action", flat=True)
    assert list(actions.order_by("pk")) == ["role granted", "role ended"]


def everything(first: User):
    """Every change that would leave nobody to give others access."""
    grant = first.role_grants.get()
    who = {"by": first, "access": access(first), "at": timezone.now()}
    yield lambda: change.leave(person_id=first.pk, **who)
    yield lambda: change.end_role(
        person_id=first.pk, grant_id=grant.pk, last_day=TODAY + timedelta(days=9), **who
    )


@pytest.mark.parametrize("place", [0, 1])
def test_the_last_administrator_stays(first, place):
    usable(first)
    others = [person(Role.ADMINISTRATOR), usable(person(Role.ADMINISTRATOR))]
    RoleGrant.objects.filter(user=others[1]).update(ends_on=TODAY + timedelta(days=30))
    left = usable(person(Role.ADMINISTRATOR, is_active=False))
    with pytest.raises(PersonRefused, match="Nobody else is an administrator"):
        list(everything(first))[place]()
    assert User.objects.get(pk=first.pk).is_active
    assert first.role_grants.get().ends_on is None
    User.objects.filter(pk=left.pk).update(is_active=True)
    list(everything(first))[place]()


def test_who_leaves_is_signed_out_and_their_link_is_closed(client, first):
    invitation, token = invited(first)
    ben = usable(invitation.user)
    RoleGrant.objects.create(user=ben, role="analyst", starts_on=TODAY)
    theirs = Client()
    theirs.force_login(ben, backend=BACKEND)
    assert theirs.get("/measures/").status_code == 200
    client.force_login(first, backend=BACKEND)
    assert client.post(f"/accounts/people/{ben.pk}/", {"do": "leave"}).status_code == 302
    assert theirs.get("/measures/").status_code == 302
    with pytest.raises(LinkRefused):
        open_invitation(token, at=timezone.now())
    client.post(f"/accounts/people/{ben.pk}/", {"do": "come-back"})
    assert theirs.get("/measures/").status_code == 302
    assert "Has left" not in client.get(f"/accounts/people/{ben.pk}/").content.decode()


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.ADMINISTRATOR}))
def test_only_administrators_let_people_in(role):
    with pytest.raises(NotAllowed):
        invited(person(role))


def test_ones_own_password_ends_the_other_sign_ins_and_keeps_this_one(first):
    usable(first)
    here, there = Client(), Client()
    for browser in (here, there):
        browser.force_login(first, backend=BACKEND)
    typed = {
        "old_password": "another quiet otter",
        "new_password1": PASSWORD,
        "new_password2": PASSWORD,
    }
    wrong = {**typed, "old_password": "guess"}
    assert here.post("/accounts/password/", wrong).status_code == 200
    assert here.post("/accounts/password/", typed).status_code == 302
    assert here.get("/accounts/people/").status_code == 200
    assert there.get("/accounts/people/").status_code == 302


def test_the_list_of_people_takes_a_fixed_number_of_queries(
    client, first, django_assert_num_queries
):
    client.force_login(first, backend=BACKEND)
    client.get("/accounts/people/")
    with django_assert_num_queries(7):
        client.get("/accounts/people/")
    for _ in range(9):
        person(Role.ANALYST, Role.BOARD_MEMBER)
    with django_assert_num_queries(7):
        client.get("/accounts/people/")
