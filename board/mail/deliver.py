"""Send what is due, each e-mail once, however often and wherever this is started.

1. The connection to the mail server is opened. If it is away nothing is claimed: the next sweep
   comes in a minute.
2. The row of the e-mail is inserted, and committed. Only one process can do that; the others go on
   to the next e-mail.
3. The e-mail is handed over, and the row says what became of it.

A process that dies between 2 and 3 leaves a row that is "being sent": whether the e-mail left is
not known, and it is not sent again. So is one whose connection broke while it was handed over. An
e-mail that the server refused, or that could not be written, did not leave; it is tried again, five
times at most.
"""

import logging
from datetime import datetime, timedelta
from smtplib import (
    SMTPException,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import F, Q
from django.template.loader import render_to_string

from accounts.models import User
from board.mail import links
from board.mail.due import DueMail, due_mails
from board.mail.letters import Letter
from board.models import MailKind, SentMail

logger = logging.getLogger(__name__)

State = SentMail.State
MOST_TRIES = 5
TRIED_AGAIN_AFTER = timedelta(minutes=15)
# The server answered, so nothing left.
REFUSALS = (SMTPResponseException, SMTPRecipientsRefused, SMTPSenderRefused)


def mails_left(*, at: datetime) -> list[SentMail]:
    """E-mails that may or may not have been sent: their process ended, or the connection
    broke, while they were handed over.
    """
    is_stuck = Q(state=State.SENDING, claimed_at__lte=at - TRIED_AGAIN_AFTER)
    rows = SentMail.objects.filter(is_stuck | Q(state=State.UNKNOWN))
    return list(rows.select_related("person").order_by("claimed_at", "pk"))


def send_due(now: datetime) -> int:
    """Send every e-mail that is due and that nobody has claimed; how many were sent."""
    waiting = _unclaimed(due_mails(now), now)
    if not waiting:
        return 0
    connection = get_connection()
    try:
        connection.open()
    except (OSError, SMTPException) as error:
        logger.warning(
            "The mail server is away (%s); %s e-mails wait.", type(error).__name__, len(waiting)
        )
        return 0
    sent = 0
    try:
        for due in waiting:
            state = deliver(due, connection, at=now)
            sent += state == State.SENT
            if state == State.UNKNOWN:
                break  # the connection is broken: the next sweep goes on with a new one
    finally:
        connection.close()
    return sent


def deliver(due: DueMail, connection: BaseEmailBackend, *, at: datetime) -> State | None:
    """Claim one e-mail and send it. Returns the result; None when another process has it."""
    mail = claim(due, at=at)
    if mail is None:
        return None
    state = _send(due, mail, connection)
    SentMail.objects.filter(pk=mail.pk, state=State.SENDING, tries=mail.tries).update(
        state=state, sent_at=at if state == State.SENT else None
    )
    return state


def _send(due: DueMail, mail: SentMail, connection: BaseEmailBackend) -> State:
    try:
        letter = due.write()
        if letter is None:
            return State.EMPTY
        written = message(letter, due.person, due.kind, mail, connection)
        written.message()  # an address that cannot be used fails here
    except Exception:
        logger.exception("E-mail %s could not be written.", mail.pk)
        return State.FAILED
    try:
        written.send()
    except REFUSALS as error:
        logger.warning("E-mail %s was refused: %s.", mail.pk, type(error).__name__)
        return State.FAILED
    except Exception:
        logger.exception("E-mail %s was interrupted: it may have been sent.", mail.pk)
        return State.UNKNOWN
    return State.SENT


def claim(due: DueMail, *, at: datetime) -> SentMail | None:
    """The row of the e-mail, when this process may send it; committed before anything leaves."""
    with transaction.atomic(durable=True):
        mail, is_new = SentMail.objects.get_or_create(
            kind=due.kind, about=due.about, person=due.person, defaults={"claimed_at": at}
        )
        if is_new:
            return mail
        # Of several that would try a refused one again, one finds its row as it was.
        again = SentMail.objects.filter(
            pk=mail.pk,
            state=State.FAILED,
            tries=mail.tries,
            tries__lt=MOST_TRIES,
            claimed_at__lte=at - TRIED_AGAIN_AFTER,
        )
        if not again.update(state=State.SENDING, tries=F("tries") + 1, claimed_at=at):
            return None
    mail.refresh_from_db()
    return mail


def _unclaimed(due: list[DueMail], now: datetime) -> list[DueMail]:
    """Those to try: never claimed, or refused some time ago. The claim itself decides."""
    if not due:
        return []
    rows = SentMail.objects.filter(about__in={mail.about for mail in due})
    held = {(row.kind, row.about, row.person_id): row for row in rows}
    found = []
    for mail in due:
        row = held.get((mail.kind, mail.about, mail.person.pk))
        may_retry = (
            row is not None
            and row.state == State.FAILED
            and row.tries < MOST_TRIES
            and row.claimed_at <= now - TRIED_AGAIN_AFTER
        )
        if row is None or may_retry:
            found.append(mail)
    return found


def message(
    letter: Letter, person: User, kind: MailKind, mail: SentMail, connection: BaseEmailBackend
) -> EmailMultiAlternatives:
    """The letter as text and as HTML, with the header by which mail programs offer to stop it."""
    off = links.whole(links.off_path(person, kind))
    context = {
        "letter": letter,
        "person": person,
        "address": links.whole(letter.path),
        "off": off,
        "choose": links.whole("/accounts/mail/"),
    }
    found = EmailMultiAlternatives(
        subject=letter.subject,
        body=_text(letter, context),
        to=[person.email],
        connection=connection,
        headers={
            # The same for every try, so that a mail server can drop a second copy.
            "Message-ID": f"<{mail.pk}.{mail.kind}@{links.host()}>",
            "Auto-Submitted": "auto-generated",
            "List-Unsubscribe": f"<{off}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )
    found.attach_alternative(render_to_string("board/mail/letter.html", context), "text/html")
    return found


def _text(letter: Letter, context: dict) -> str:
    lines = "\n".join(letter.lines)
    parts = (
        f"Dear {context['person']},",
        *letter.said,
        lines,
        f"{letter.button}: {context['address']}",
        f"You get this because {letter.why}.\n"
        f"Stop these e-mails: {context['off']}\n"
        f"Choose which you get: {context['choose']}",
    )
    return "\n\n".join(part for part in parts if part) + "\n"
