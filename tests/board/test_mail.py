"""E-mails: who gets which, when, with which words, and each only once."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from smtplib import SMTPDataError

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import call_command
from django.db import connection, connections
from django.test import Client

from accounts.models import AuditEvent, User
from accounts.roles import Role
from board.mail.deliver import MOST_TRIES, TRIED_AGAIN_AFTER, claim, send_due
from board.mail.due import due_mails
from board.models import MailKind, MailPreference, SentMail
from kpis.assessments.store import recompute
from kpis.models import MeasureChange
from kpis.months.clock import lock_period, reopen_period
from kpis.returns.reopen import reopen_return
from strategy.models import Membership
from strategy.moments import LONDON
from tests.factories.measures import ReportingPeriodFactory, rolled_up
from tests.factories.people import MembershipFactory, access, lead_of, person
from tests.factories.plans import CareGroupFactory, TrustFactory
from tests.factories.rows import row
from tests.kpis.conftest import NOW, SEPTEMBER

BACKEND = "django.contrib.auth.backends.ModelBackend"
REASON = "Mrs Example of Ward 9 is counted twice"


def at(day: int, hour: int = 9, month: int = 10) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=LONDON)


@pytest.fixture
def lead(scene) -> User:
    User.objects.filter(pk=scene.lead.pk).update(email="amara@example.org")
    scene.lead.refresh_from_db()
    return scene.lead


@pytest.fixture
def team(scene) -> User:
    User.objects.filter(pk=scene.team.pk).update(email="priya@example.org")
    scene.team.refresh_from_db()
    return scene.team


def subjects() -> list[tuple[str, str]]:
    return [(letter.to[0], letter.subject) for letter in mail.outbox]


@pytest.mark.parametrize(
    ("moment", "subject"),
    [
        (at(1, 7), ""),
        (at(1, 8), "September 2026 return, {}: open until Wed 14 Oct, 5pm"),
        (at(3), "September 2026 return, {}: open until Wed 14 Oct, 5pm"),
        (at(5), ""),
        (at(11, 7), ""),
        (at(11), "September 2026 return, {}: due on Wed 14 Oct, 5pm"),
        (at(14, 18), ""),
        (at(15), "Late: September 2026 return, {}"),
        (at(19), ""),
    ],
)
def test_a_lead_hears_when_entry_opens_closes_and_has_closed(scene, lead, moment, subject):
    send_due(moment)
    expected = [(lead.email, subject.format(scene.acute))] if subject else []
    assert subjects() == expected


def test_whoever_has_submitted_is_not_reminded(scene, lead):
    scene.fill()
    scene.submit()
    for moment in (at(11), at(15)):
        send_due(moment)
    assert subjects() == []


def test_only_people_who_may_enter_it_and_have_an_address_are_written_to(scene, lead):
    cover = person(Role.CARE_GROUP_LEAD, email="cover@example.org")
    MembershipFactory(user=cover, care_group=scene.acute, kind=Membership.Kind.DELEGATE)
    lead_of(scene.acute)  # without an address
    lead_of(scene.acute, email="gone@example.org", is_active=False)
    no_role = person(email="no-role@example.org")
    MembershipFactory(user=no_role, care_group=scene.acute)
    ended = person(Role.CARE_GROUP_LEAD, email="ended@example.org")
    MembershipFactory(user=ended, care_group=scene.acute, ends_on=date(2026, 9, 30))
    person(Role.BOARD_MEMBER, Role.ANALYST, email="board@example.org")
    other = lead_of(scene.older, email="other@example.org")
    send_due(at(1))
    said = dict(subjects())
    assert set(said) == {lead.email, cover.email, other.email}
    assert str(scene.acute) not in said[other.email]


def test_a_letter_leads_to_its_page_and_can_be_stopped(scene, lead, settings):
    send_due(at(1))
    (letter,) = mail.outbox
    address = f"{settings.SITE_URL}/returns/2026-09/acute/"
    assert address in letter.body
    (html,) = letter.alternatives
    assert f'href="{address}"' in html.content
    assert "2 figures to enter by Wed 14 Oct, 5pm" in letter.body
    assert letter.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    stop = letter.extra_headers["List-Unsubscribe"].strip("<>")
    assert stop.startswith(f"{settings.SITE_URL}/accounts/mail/off/")
    assert stop in letter.body


def test_a_return_that_goes_back_says_so_without_the_reason_or_a_figure(scene, lead, team):
    scene.fill(numerator="474747", denominator="535353")
    scene.submit()
    scene.send_back(REASON)
    send_due(NOW + timedelta(hours=1))
    (letter,) = mail.outbox
    assert letter.subject == f"Sent back: September 2026 return, {scene.acute}"
    it = f"the September 2026 return of {scene.acute}"
    assert f"{team} sent {it} back on Mon 5 Oct. The page of the return says why." in letter.body
    # Except in links, as a signature may hold any digits.
    whole = re.sub(r"https?://[^\s\"]+", "", letter.body + letter.alternatives[0].content)
    for secret in ("Example", "Ward 9", "474747", "474,747", "535353", "535,353", "88.6"):
        assert secret not in whole


def test_an_approval_is_told_to_the_group_and_not_to_who_approved(scene, lead, team):
    MembershipFactory(user=team, care_group=scene.acute)
    scene.fill()
    scene.submit()
    scene.approve()
    send_due(NOW + timedelta(hours=1))
    assert subjects() == [(lead.email, f"Approved: September 2026 return, {scene.acute}")]


def test_a_correction_that_goes_back_or_is_approved_is_told_too(scene, lead, team):
    scene.fill()
    scene.submit()
    scene.approve()
    SentMail.objects.all().delete()
    for decide, figure in ((scene.send_back, "46"), (scene.approve, "47")):
        scene.fill(numerator=figure, change_reason=f"Recount {figure}")
        scene.submit()
        decide()
        send_due(scene.tick())
    named = f"corrections, September 2026 return, {scene.acute}"
    assert {subject for _, subject in subjects()} >= {f"Sent back: {named}", f"Approved: {named}"}


def test_each_return_that_goes_back_is_told_by_itself(scene, lead):
    for _ in range(2):
        scene.fill(numerator=str(40 + scene.clock.minute))
        scene.submit()
        scene.send_back(REASON)
        send_due(scene.tick())
        send_due(scene.tick())
    assert len(mail.outbox) == 2


def test_the_team_gets_its_week_on_monday_morning(scene, team):
    send_due(at(18))  # Sunday
    assert subjects() == []
    send_due(at(19, 8))
    send_due(at(20))
    assert subjects() == [(team.email, "To do: 1 thing waits for you")]
    assert "September 2026: 2 of 2 returns are late" in mail.outbox[0].body
    assert f"not started · ask {scene.lead}" in mail.outbox[0].body


def test_a_week_quotes_nobody(scene, team):
    """A person who also leads a care group sees what was sent back, but not why."""
    both = person(Role.PERFORMANCE_TEAM, Role.CARE_GROUP_LEAD, leads=scene.acute, email="b@x.org")
    scene.fill()
    scene.submit()
    scene.send_back("", rows={scene.ratio.pk: REASON})
    send_due(at(19, 8))
    (letter,) = [letter for letter in mail.outbox if letter.to == [both.email]]
    assert f"Sent back: September 2026 return, {scene.acute}" in letter.body
    assert "Example" not in letter.body + letter.alternatives[0].content


def test_a_week_without_work_sends_nothing_even_if_some_comes_later(scene, team):
    send_due(at(5, 8))
    row(MeasureChange, proposed_by=scene.lead, proposed_at=NOW, reason=REASON, field="definition")
    send_due(at(5, 12))
    assert subjects() == []
    assert SentMail.objects.get().state == SentMail.State.EMPTY


def test_an_old_database_sends_nothing_at_its_first_start(scene, lead, team):
    scene.fill()
    scene.submit()
    scene.approve()
    send_due(datetime(2027, 3, 20, 12, tzinfo=UTC))
    assert subjects() == []


def deliver_again(_: int) -> None:
    """Run a task as if delivered again, in its own thread with its own connection."""
    try:
        send_due(at(11))
    finally:
        if connection.vendor == "postgresql":
            connections.close_all()


@pytest.mark.usefixtures("transactional_db")
def test_a_hundred_deliveries_of_the_task_send_each_letter_once():
    """In ten threads at once on PostgreSQL; SQLite in memory has one connection."""
    TrustFactory()
    groups = CareGroupFactory(code="acute"), CareGroupFactory(code="older")
    rolled_up(*groups, code="seen-in-time")
    ReportingPeriodFactory(month=SEPTEMBER)
    for number in range(10):
        lead_of(groups[number % 2], email=f"lead-{number}@example.org")
    workers = 10 if connection.vendor == "postgresql" else 1
    if workers == 1:
        for number in range(100):
            deliver_again(number)
    else:
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(deliver_again, range(100)))
    said = [address for address, _ in subjects()]
    assert sorted(said) == sorted(set(said))
    assert len(said) == 10
    assert SentMail.objects.filter(state=SentMail.State.SENT).count() == 10


class Breaking(EmailBackend):
    """A mail connection that breaks after the letter may have been accepted."""

    def send_messages(self, messages):
        super().send_messages(messages)
        raise TimeoutError


class Away(EmailBackend):
    def open(self):
        raise ConnectionRefusedError


def test_a_refused_letter_is_tried_again_a_bounded_number_of_times(scene, lead, monkeypatch):
    tried = []
    monkeypatch.setattr(
        "board.mail.deliver.get_connection", lambda: Counting(tried, fails=MOST_TRIES)
    )
    moment = at(11)
    for _ in range(3 * MOST_TRIES):
        send_due(moment)
        send_due(moment)  # too soon: nothing is tried
        moment += TRIED_AGAIN_AFTER
    assert len(tried) == MOST_TRIES
    assert SentMail.objects.get().state == SentMail.State.FAILED


def test_a_letter_that_was_refused_once_leaves_once(scene, lead, monkeypatch):
    tried = []
    monkeypatch.setattr("board.mail.deliver.get_connection", lambda: Counting(tried, fails=1))
    for wait in range(4):
        send_due(at(11) + wait * TRIED_AGAIN_AFTER)
    assert len(tried) == 2
    assert len(mail.outbox) == 1
    assert SentMail.objects.get().state == SentMail.State.SENT


class Counting(EmailBackend):
    """A mail connection that refuses the first few letters, then accepts."""

    def __init__(self, tried: list, *, fails: int):
        super().__init__()
        self.tried, self.fails = tried, fails

    def send_messages(self, messages):
        self.tried.append(messages)
        if len(self.tried) <= self.fails:
            raise SMTPDataError(451, b"try again later")
        return super().send_messages(messages)


def test_a_letter_that_may_have_left_is_never_sent_again(scene, lead, monkeypatch):
    monkeypatch.setattr("board.mail.deliver.get_connection", Breaking)
    send_due(at(11))
    monkeypatch.undo()
    send_due(at(11) + TRIED_AGAIN_AFTER)
    assert len(mail.outbox) == 1
    assert SentMail.objects.get().state == SentMail.State.UNKNOWN


def test_a_process_that_dies_after_its_claim_leaves_it_on_record_and_unsent(scene, lead):
    (due,) = due_mails(at(11))
    assert claim(due, at=at(11)) is not None
    send_due(at(11))
    send_due(at(13))
    assert subjects() == []
    held = SentMail.objects.get()
    assert (held.state, held.sent_at) == (SentMail.State.SENDING, None)


def test_while_the_mail_server_is_away_nothing_is_claimed(scene, lead, monkeypatch, caplog):
    monkeypatch.setattr("board.mail.deliver.get_connection", Away)
    send_due(at(11))
    assert not SentMail.objects.exists()
    assert "The mail server is away (ConnectionRefusedError); 1 e-mails wait." in caplog.text
    monkeypatch.undo()
    send_due(at(11))
    assert len(mail.outbox) == 1


def stop_link(letter) -> str:
    return "/" + letter.extra_headers["List-Unsubscribe"].strip("<>").split("/", 3)[3]


def test_the_link_of_a_letter_stops_its_kind_without_a_sign_in(scene, lead):
    send_due(at(1))
    link = stop_link(mail.outbox[0])
    program = Client(enforce_csrf_checks=True)
    asked = program.get(link)
    assert "Stop these e-mails?" in asked.content.decode()
    assert not MailPreference.objects.exists()  # opening it changes nothing
    done = program.post(link, {"List-Unsubscribe": "One-Click"})
    assert (done.status_code, "any more" in done.content.decode()) == (200, True)
    assert program.post(link).status_code == 200
    (event,) = AuditEvent.objects.filter(action="e-mail turned off")
    assert event.by is None
    send_due(at(1, 10))
    SentMail.objects.all().delete()
    send_due(at(1, 11))
    assert len(mail.outbox) == 1
    send_due(at(11))
    assert len(mail.outbox) == 2  # the other kinds go on
    for wrong in (link[:-2] + "x/", "/accounts/mail/off/nothing/"):
        assert program.post(wrong).status_code == 404


def test_a_person_chooses_the_kinds_they_may_get_at_all(scene, lead, team):
    client = Client()
    client.force_login(lead, backend=BACKEND)
    page = client.get("/accounts/mail/").content.decode()
    assert MailKind.LATE.label in page
    assert MailKind.DIGEST.label not in page
    client.post("/accounts/mail/", {"kinds": ["opens", "late"]})
    off = MailPreference.objects.filter(person=lead, is_wanted=False)
    assert set(off.values_list("kind", flat=True)) == {
        "closing",
        "sent_back",
        "approved",
        "opened",
    }
    assert client.post("/accounts/mail/", {"kinds": ["digest"]}).status_code == 409
    client.post("/accounts/mail/", {"kinds": ["opens", "late", "closing"]})
    assert off.count() == 3
    assert AuditEvent.objects.filter(action="e-mail turned on", by=lead).count() == 1
    client.force_login(team, backend=BACKEND)
    assert MailKind.DIGEST.label in client.get("/accounts/mail/").content.decode()


def test_a_return_or_a_month_that_is_opened_again_is_told_to_who_enters_its_figures(
    scene, lead, team
):
    may = {"by": scene.team, "access": access(scene.team)}
    lock_period(period_id=scene.period.pk, by=scene.team, at=at(20))
    again = {"month": SEPTEMBER, "care_group": scene.acute, "at": at(21), **may}
    reopen_return(**again, reason=REASON)
    send_due(at(21, 10))
    send_due(at(21, 11))
    assert subjects() == [(lead.email, "Opened again: September 2026 return, Acute")]
    assert "opened the September 2026 return of Acute again" in mail.outbox[0].body
    assert REASON not in mail.outbox[0].body
    reopen_month_at = {"period_id": scene.period.pk, "by": scene.team, "reason": REASON}
    reopen_period(**reopen_month_at, at=at(22))
    send_due(at(22, 10))
    assert len(mail.outbox) == 2
    assert "opened September 2026, with the September 2026 return" in mail.outbox[1].body
    lock_period(period_id=scene.period.pk, by=scene.team, at=at(22, 11))
    SentMail.objects.all().delete()
    send_due(at(22, 12))
    assert len(mail.outbox) == 2, "closed again: nobody hears of it"


def test_the_check_of_the_data_lists_e_mails_that_may_not_have_left(scene, lead, capsys):
    SentMail.objects.create(
        kind="opens", about="2026-09 acute", person=lead, state="sending", claimed_at=at(1)
    )
    recompute(at=at(1), stale_only=True)
    call_command("check_data")
    said = capsys.readouterr().out
    assert f"e-mail not known to have left: opens 2026-09 acute to {lead.username}" in said
    assert "nothing wrong" in said
