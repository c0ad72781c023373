"""Which e-mails are due at a moment, worked out from what is stored. Nothing else remembers them.

Each kind is due from a moment on and only for some days: a tracker that was off for a month, or is
started on an old database, does not send what nobody needs any more.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial

from accounts.models import AuditEvent, User
from board.mail import letters
from board.mail.letters import Letter
from board.mail.readers import Readers
from board.models import MailKind
from board.todo.desk import Desk
from board.todo.kinds import items_of
from board.todo.open_returns import OpenMonths, OpenReturn
from cip.gate import QiaStatus
from cip.models import QIAReopening
from kpis.models import ReportingPeriod, Return
from strategy.access import access_of
from strategy.moments import LONDON, london_date
from strategy.periods import Month

MORNING = time(8)
DAYS_BEFORE = 3
SENT_WITHIN = timedelta(days=3)
DIGEST_WITHIN = timedelta(days=2)


@dataclass(frozen=True)
class DueMail:
    """An e-mail that one person should have by now. `about` identifies it within its kind."""

    kind: MailKind
    about: str
    person: User
    write: Callable[[], Letter | None]


@dataclass(frozen=True)
class OfReturn:
    """An e-mail to those who enter the figures of a care group, but not to `but`."""

    kind: MailKind
    about: str
    care_group_id: int
    write: Callable[[], Letter]
    but: int | None = None
    owed: OpenReturn | None = None  # a return that is to be submitted yet


def due_mails(now: datetime) -> list[DueMail]:
    """Every e-mail that is due, sent already or not."""
    wanted = [*_of_months(now), *_of_decisions(now), *_of_opened_again(now)]
    reopened = _of_reopenings(now)
    week = _week(now)
    if not wanted and not reopened and not week:
        return []
    readers = Readers.of(london_date(now))
    found = [
        DueMail(mail.kind, mail.about, person, mail.write)
        for mail in wanted
        for person in readers.of_return(mail.care_group_id, mail.kind)
        if person.pk != mail.but and _owes(person, mail.owed, now)
    ]
    found += [
        DueMail(MailKind.REOPENED, about, person, write)
        for about, write in reopened
        for person in readers.of_reopening()
    ]
    if week:
        found += [
            DueMail(MailKind.DIGEST, week, person, partial(_digest, person, now))
            for person in readers.of_digest()
        ]
    return found


def _of_months(now: datetime) -> Iterator[OfReturn]:
    """E-mails due by the clocks of the open months, for returns that are not submitted."""
    months = OpenMonths(now)
    for period in months.periods:
        opened, late_from = _morning_of(period.opens_at), _morning_of(period.closes_at, 1)
        if _morning_of(period.closes_at, -DAYS_BEFORE) <= now < period.closes_at:
            kind, write = MailKind.CLOSING, letters.closing
        elif opened <= now < min(opened + SENT_WITHIN, period.closes_at):
            kind, write = MailKind.OPENS, letters.opens
        elif late_from <= now < late_from + SENT_WITHIN:
            kind, write = MailKind.LATE, letters.late
        else:
            continue
        # Where entry is given more time, the reminder and the warning are due once more.
        closes = "" if kind is MailKind.OPENS else f" {period.closes_at:%Y-%m-%d}"
        for row in months.returns:
            if row.period is period and row.is_to_send:
                about = f"{period.month} {row.care_group.code}{closes}"
                letter = partial(write, row, now)
                yield OfReturn(kind, about, row.care_group.pk, letter, owed=row)


def _owes(person: User, row: OpenReturn | None, now: datetime) -> bool:
    """Whether a return is still to be submitted by this person: the trust's may be in sections."""
    if row is None or not row.care_group.is_trust:
        return True
    return Desk(person, access_of(person, london_date(now)), now).in_hand(row).is_to_send


# An audited decision → the kind of e-mail, whether it is on corrections, and the status that
# the return must still have: no e-mail is sent about a decision that was overtaken.
DECISIONS = {
    "returned": (MailKind.SENT_BACK, False, Return.Status.RETURNED),
    "corrections returned": (MailKind.SENT_BACK, True, Return.Status.APPROVED),
    "approved": (MailKind.APPROVED, False, Return.Status.APPROVED),
    "corrections approved": (MailKind.APPROVED, True, Return.Status.APPROVED),
}


def _of_decisions(now: datetime) -> Iterator[OfReturn]:
    """What people sent back or approved in the last days, from the record of what they did."""
    acts = AuditEvent.objects.filter(
        object_type=Return._meta.label_lower,
        action__in=DECISIONS,
        at__gt=now - SENT_WITHIN,
        by__isnull=False,
    )
    events = list(acts.select_related("by").order_by("pk"))
    if not events:
        return
    # "2026-10 acute"; of a section of the trust's return "2026-10 trust chief-nurse".
    keys = [(*event.object_key.split(" "), "")[:3] for event in events]
    rows = Return.objects.filter(
        period__starts_on__in={Month.parse(month).start for month, _, _ in keys},
        care_group__code__in={code for _, code, _ in keys},
    )
    returns = {str(row): row for row in rows.select_related("period", "care_group")}
    for event, (month, code, section) in zip(events, keys, strict=True):
        kind, is_correction, status = DECISIONS[event.action]
        submission = returns.get(f"{month} {code}")
        if submission is None or (submission.status != status and not section):
            continue
        row = OpenReturn(submission.period, submission.care_group, 0, submission)
        decision = letters.Decided(row, str(event.by), event.at, is_correction)
        write = letters.sent_back if kind is MailKind.SENT_BACK else letters.approved
        yield OfReturn(
            kind,
            f"{event.object_key} {event.at.isoformat()}",
            submission.care_group_id,
            partial(write, decision, now),
            but=event.by_id,
        )


def _of_reopenings(now: datetime) -> list[tuple[str, Callable[[], Letter]]]:
    """Assessments that a guard measure reopened in the last days, and that are still reopened."""
    rows = QIAReopening.objects.filter(
        guard__isnull=False,
        reopened_at__gt=now - SENT_WITHIN,
        assessment__status=QiaStatus.REOPENED.value,
    )
    return [
        (f"{row.assessment} {row.pk}"[:120], partial(letters.reopened, row, now))
        for row in rows.select_related(
            "guard__measure",
            "assessment__scheme__programme",
            "assessment__scheme__care_group",
        ).order_by("pk")
    ]


def _of_opened_again(now: datetime) -> Iterator[OfReturn]:
    """Returns of locked months that were opened again in the last days, alone or with their month,
    and are open still.
    """
    acts = AuditEvent.objects.filter(
        object_type__in=[Return._meta.label_lower, ReportingPeriod._meta.label_lower],
        action="reopened",
        at__gt=now - SENT_WITHIN,
        by__isnull=False,
    )
    events = list(acts.select_related("by").order_by("pk"))
    if not events:
        return
    open_returns = OpenMonths(now).returns
    for event in events:
        month, _, code = event.object_key.partition(" ")
        for row in open_returns:
            if str(row.period.month) != month or (code and row.care_group.code != code):
                continue
            if row.is_reopened != bool(code):
                continue  # closed again, or opened again otherwise since
            decided = letters.Decided(row, str(event.by), event.at, is_correction=False)
            about = f"{month} {row.care_group.code} {event.at.isoformat()}"
            letter = partial(letters.opened_again, decided, now)
            yield OfReturn(MailKind.OPENED, about, row.care_group.pk, letter, but=event.by_id)


def _week(now: datetime) -> str:
    """The week whose digest is due, from Monday morning on for two days; else empty."""
    today = london_date(now)
    monday = datetime.combine(today - timedelta(days=today.weekday()), MORNING, LONDON)
    if not monday <= now < monday + DIGEST_WITHIN:
        return ""
    year, week, _ = monday.isocalendar()
    return f"{year}-W{week:02d}"


def _morning_of(moment: datetime, days: int = 0) -> datetime:
    """8am on the day of a moment, or some days away from it."""
    return datetime.combine(london_date(moment) + timedelta(days=days), MORNING, LONDON)


def _digest(person: User, now: datetime) -> Letter | None:
    """Written only when it is sent; none when nothing waits."""
    items = items_of(Desk(person, access_of(person, london_date(now)), now))
    return letters.digest(items, now) if items else None
