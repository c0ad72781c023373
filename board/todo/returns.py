"""Work on the monthly returns: to enter, to answer, to decide on, to chase, to lock."""

from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import groupby

from django.urls import reverse

from board.todo.desk import Desk
from board.todo.items import Item, Line, day_words, deadline_words
from board.todo.open_returns import OpenReturn
from kmpt_tracker.ui.formats import format_count, format_list, format_moment, in_london
from kpis.models import ReportingPeriod, Return, ReturnCell, ReturnSection
from kpis.months.clock import data_clock
from strategy.moments import london_date
from strategy.periods import Month

Status = Return.Status
BEGUN = (Status.NOT_STARTED, Status.DRAFT)


def to_enter(desk: Desk) -> list[Item]:
    """The returns of a person's own care groups, due when entry closes."""
    return [return_due(row, desk.now) for row in desk.own_returns if row.status in BEGUN]


def return_due(row: OpenReturn, now: datetime) -> Item:
    """A return that has not been submitted, as the page and the e-mails name it."""
    is_begun = row.status == Status.DRAFT
    figures = format_count(row.due, "figure")
    saved = f" Last saved {_when(row.last_saved, now)}." if row.last_saved else ""
    return Item(
        title=f"{row.period.month.full_label} return, {row.care_group.name}",
        what=f"the {row.period.month.full_label} return of {row.care_group.name}",
        url=row.url,
        button="Go on" if is_begun else "Start",
        due_at=row.period.closes_at,
        words=f"{row.entered} of {figures} entered.{saved}"
        if is_begun
        else f"Not started: {figures} to enter.",
        done=row.entered if is_begun else None,
        of=row.due,
    )


def to_correct(desk: Desk) -> list[Item]:
    """Corrections of a person's own care groups that were begun and not submitted."""
    return [
        Item(
            title=f"Correction of {row.period.month.full_label}, {row.care_group.name}: not sent",
            what=f"the correction of {row.period.month.full_label} of {row.care_group.name}",
            url=row.url,
            button="Go on",
            due_at=_freeze_of(row.period),
            words="The approved figures stay in force until the correction is approved.",
        )
        for row in desk.own_returns
        if row.is_unsent and not row.sent_back
    ]


def to_mend(desk: Desk) -> list[Item]:
    """Returns of locked months that were opened again for a person's own care groups."""
    return [
        Item(
            title=f"Opened again: {row.period.month.full_label} return, {row.care_group.name}",
            what=f"the {row.period.month.full_label} return of {row.care_group.name}",
            url=row.url,
            button="Open",
            no_date=_opened_since(row, desk.now),
            words=f"{row.submission.reopened_by}: “{row.submission.reopened_reason}”",
            is_quoting=True,
        )
        for row in desk.own_returns
        if row.submission
        and row.is_reopened
        and row.is_in
        and not (row.waits or row.is_unsent or row.sent_back)
    ]


def to_close(desk: Desk) -> list[Item]:
    """Returns of locked months that are open by themselves, until they are closed again."""
    return [
        Item(
            title=f"Close again: {row.period.month.full_label} return, {row.care_group.name}",
            what=f"closing the {row.period.month.full_label} return of {row.care_group.name}",
            url=row.reopen_url,
            button="Close",
            no_date=_opened_since(row, desk.now),
            words="The month is locked for everybody else. Its gaps read late until it is closed.",
        )
        for row in desk.returns
        if row.is_reopened
    ]


def _opened_since(row: OpenReturn, now: datetime) -> str:
    opened = row.submission.reopened_at if row.submission else None
    return f"open since {_when(opened, now)}" if opened else ""


def to_answer(desk: Desk) -> list[Item]:
    """What was sent back to a person's own care groups, with the reason: returns and rows."""
    return [
        _to_answer(desk, row, row.submission)
        for row in desk.own_returns
        if row.submission
        and (row.status == Status.RETURNED or (row.sent_back and row.section is None))
    ]


def _to_answer(desk: Desk, row: OpenReturn, submission: Return) -> Item:
    month, group = row.period.month.full_label, row.care_group.name
    is_whole = row.status == Status.RETURNED
    noun = "return" if is_whole else format_count(row.sent_back, "correction")
    title = f"{month} return, {group}" if is_whole else f"{noun}, {month}, {group}"
    rows = desk.rows_sent_back.get(submission.pk, []) if row.sent_back else []
    return Item(
        title=f"Sent back: {title}",
        what=f"what was sent back of {month}, {group},",
        url=row.url,
        button="Answer",
        due_at=_next_deadline(row) if is_whole else _freeze_of(row.period),
        words="" if rows else _asked(row.state or submission, desk.now),
        lines=tuple(
            Line(words=cell.series.measure.name, note=_asked(cell, desk.now)) for cell in rows
        ),
        is_quoting=True,
    )


def _asked(sent_back: Return | ReturnSection | ReturnCell, now: datetime) -> str:
    """Who sent it back and why. The page shows it to those who may read the return anyway."""
    who = sent_back.returned_by or "The performance team"
    when = _when(sent_back.returned_at, now) if sent_back.returned_at else ""
    reason = sent_back.returned_reason.strip()
    if not reason:
        return f"{who} sent it back {when}; the reason has been withdrawn."
    return f"{who}, {when}: “{reason}”"


def _freeze_of(period: ReportingPeriod) -> datetime | None:
    """None in a locked month, for a return that was opened again by itself."""
    return None if period.locked_at else period.freezes_at


def _next_deadline(row: OpenReturn) -> datetime:
    """By when a return that was sent back must be in again: the next date of its month."""
    sent = row.state.returned_at if row.state else None
    dates = (row.period.closes_at, row.period.sign_off_at, row.period.freezes_at)
    ahead = [date for date in dates if sent is None or date > sent]
    return ahead[0] if ahead else row.period.freezes_at


def to_decide(desk: Desk) -> list[Item]:
    """Returns submitted by others, by the month's sign-off; one entry a month."""
    return [
        _several(
            rows,
            one="return",
            title=f"{{}} of {period.month.full_label} to approve",
            due_at=None if period.locked_at else period.sign_off_at,
            note=lambda row: f"{row.entered} of {row.due} entered{_since(row, desk.now)}",
        )
        for period, rows in _by_month(_decidable(desk, is_correction=False))
    ]


def corrections(desk: Desk) -> list[Item]:
    """Corrections of approved figures, by the month's freeze."""
    return [
        _several(
            rows,
            one="correction",
            title=f"{{}} of approved figures, {period.month.full_label}",
            due_at=_freeze_of(period),
            note=lambda row: f"submitted{_since(row, desk.now)}",
        )
        for period, rows in _by_month(_decidable(desk, is_correction=True))
    ]


def _decidable(desk: Desk, *, is_correction: bool) -> list[OpenReturn]:
    """What waits for a decision that this person may take: nothing that they made themselves."""
    return [
        row
        for row in desk.returns
        if row.waits
        and (row.is_correction if is_correction else row.is_sent)
        and not _is_own_work(desk, row)
    ]


def _is_own_work(desk: Desk, row: OpenReturn) -> bool:
    return row.submission is not None and desk.person.pk in desk.makers[row.submission.pk]


def _several(
    rows: list[OpenReturn],
    *,
    one: str,
    title: str,
    due_at: datetime | None,
    note: Callable[[OpenReturn], str],
) -> Item:
    """One entry for the returns of a month, the first of them a click away."""
    is_many = len(rows) > 1
    number = format_count(len(rows), one)
    return Item(
        title=title.format(number),
        what=title.format(number),
        url=rows[0].review_url,
        button="Review",
        due_at=due_at,
        lines=tuple(
            Line(words=row.care_group.name, note=note(row), url=row.review_url) for row in rows
        ),
        is_many=is_many,
    )


def late(desk: Desk) -> list[Item]:
    """Months whose entry has closed while returns are missing, with whom to ask."""
    found = []
    for period, rows in _by_month(desk.returns):
        missing = [row for row in rows if row.is_to_send and not row.is_reopened]
        if not missing or desk.now <= period.closes_at:
            continue
        verb = "is" if len(missing) == 1 else "are"
        month = period.month.full_label
        found.append(
            Item(
                title=f"{month}: {len(missing)} of {format_count(len(rows), 'return')} {verb} late",
                what=f"the missing returns of {month}",
                url=period.get_absolute_url(),
                button="See who",
                due_at=period.closes_at,
                lines=tuple(_whom_to_ask(desk, row) for row in missing),
                is_many=True,
            )
        )
    return found


def _whom_to_ask(desk: Desk, row: OpenReturn) -> Line:
    people = desk.leads.get(row.care_group.pk, [])
    asks = f"ask {format_list(people)}" if people else "nobody is named to enter it"
    state = "sent back" if row.status == Status.RETURNED else row.progress
    return Line(words=row.care_group.name, note=f"{state} · {asks}", url=row.url)


def to_lock(desk: Desk) -> list[Item]:
    """Months past their freeze that are not locked: asked every day until they are."""
    found = []
    for period in desk.months.periods:
        if desk.now < period.freezes_at:
            continue
        missing = [
            row.care_group.name
            for row in desk.returns
            if row.period is period and row.status != Status.APPROVED
        ]
        left = (
            f" Not approved: {format_list(missing)}." if missing else " Every return is approved."
        )
        found.append(
            Item(
                title=f"Lock {period.month.full_label}",
                what=f"locking {period.month.full_label}",
                url=reverse("kpis:period-lock", args=[str(period.month)]),
                button="Lock",
                due_at=period.freezes_at,
                words=f"Its figures are provisional until it is locked.{left}",
            )
        )
    return found


# --- Next to the list -------------------------------------------------------------------------


def coming_up(desk: Desk) -> list[tuple[datetime, Line]]:
    """The next dates of the months: for who enters, the next opening; for who decides, all."""
    dates = []
    if desk.decides:
        for period in desk.months.periods:
            month = period.month.full_label
            for at, words in (
                (period.closes_at, f"entry of {month} closes"),
                (period.sign_off_at, f"{month} is signed off"),
                (period.freezes_at, f"{month} freezes, to be locked"),
            ):
                if at > desk.now:
                    clock = deadline_words(at, desk.now).rpartition(", ")[2]
                    dates.append((at, Line(words=f"{words} at {clock}")))
    if desk.own or desk.decides:
        this = Month.of(london_date(desk.now))
        held = desk.months.held.get(this)
        opens = held.opens_at if held else data_clock(this)["opens_at"]
        dates.append((opens, Line(words=f"the {this.full_label} return opens")))
    return sorted(dates, key=lambda row: row[0])


def with_others(desk: Desk) -> list[Line]:
    """What somebody else has to do first."""
    found = []
    for row in desk.returns:
        what = f"{row.period.month.full_label} return, {row.care_group.name}"
        if row.waits and (
            row.care_group.pk in desk.own or (desk.decides and _is_own_work(desk, row))
        ):
            is_maker = desk.decides and row.care_group.pk not in desk.own
            note = (
                "you entered or submitted figures of it: a colleague decides"
                if is_maker
                else f"with the performance team{_since(row, desk.now)}"
            )
            found.append(Line(words=what, note=note, url=row.url))
        elif desk.decides and not row.is_in and desk.now <= row.period.closes_at:
            closes = deadline_words(row.period.closes_at, desk.now)
            state = "sent back" if row.status == Status.RETURNED else row.progress
            if row.care_group.pk not in desk.own:
                found.append(Line(words=what, note=f"{state}, closes {closes}", url=row.url))
    return found


def last_given(desk: Desk) -> str:
    """For an empty page: the state of the last return of a person's own care groups."""
    for row in reversed(desk.own_returns):
        if row.submission is not None and row.status == Status.APPROVED:
            month = row.period.month.full_label
            if row.submission.submitted_at and row.submission.approved_at:
                given = day_words(row.submission.submitted_at, desk.now)
                approved = day_words(row.submission.approved_at, desk.now)
                return (
                    f"The figures of {row.care_group.name} for {month} were given on {given} "
                    f"and approved on {approved}."
                )
    return ""


def own_groups(desk: Desk) -> list[Line]:
    """The page of each care group that a person enters figures for."""
    groups = {row.care_group.pk: row.care_group for row in desk.own_returns}
    return [
        Line(words=f"{group.name}, all measures", url=group.get_absolute_url())
        for group in groups.values()
    ]


def _by_month(rows: Iterable[OpenReturn]) -> list[tuple[ReportingPeriod, list[OpenReturn]]]:
    return [(period, list(of)) for period, of in groupby(rows, key=lambda row: row.period)]


def _since(row: OpenReturn, now: datetime) -> str:
    sent = row.submission.sent_in_at if row.submission else None
    return f" · since {_when(sent, now)}" if sent else ""


def _when(moment: datetime, now: datetime) -> str:
    """ "today, 10:42am", "Mon 9 Nov"."""
    if in_london(moment).date() == in_london(now).date():
        return f"today, {format_moment(moment).rpartition(', ')[2]}"
    return day_words(moment, now)
