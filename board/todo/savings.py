"""What waits in the savings programme: signatures, decisions, months, actuals and reviews."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.urls import reverse

from accounts.roles import Capability, Scope
from board.todo.desk import Desk
from board.todo.items import Item, Line, day_words
from cip.gate import POST_NAMES, Changed, QiaStatus
from cip.models import QIAReview
from cip.qia.sign import posts_held
from cip.standing.read import Standing
from cip.standing.words import qia_words
from kmpt_tracker.ui.formats import format_count, format_date, format_list, format_number
from strategy.moments import london_date, london_day_start
from strategy.periods import Month

# Finance signs a month off, and leads enter its actuals, by this day of the next one.
ACTUALS_BY, SIGN_OFF_BY = 13, 18


def _line(row: Standing, note: str = "", to: str = "qia") -> Line:
    address = {"qia": "cip:qia-detail", "money": "cip:scheme-phasing"}[to]
    place = [row.scheme.programme.year, row.scheme.reference]
    mark = " (illustrative)" if row.scheme.is_illustrative else ""
    words = f"{row.scheme.reference} {row.scheme.title}, {row.scheme.care_group}{mark}"
    return Line(words=words, note=note, url=reverse(address, args=place))


def _items(lines: Sequence[Line], **item: object) -> list[Item]:
    """One item that lists its schemes, or nothing."""
    if not lines:
        return []
    return [Item(url=lines[0].url, lines=tuple(lines), is_many=len(lines) > 1, **item)]  # type: ignore[arg-type]


def to_sign(desk: Desk) -> list[Item]:
    """Assessments that wait for this person's signature, in the posts that they hold today."""
    posts = posts_held(desk.person, desk.now)
    lines, worth = [], 0
    for row, post in desk.savings.to_sign(desk.person.username, posts):
        void = row.assessed is not None and row.assessed.changed is Changed.MATERIALLY
        note = "changed since it was signed" if void else f"as {POST_NAMES[post]}"
        lines.append(_line(row, note))
        worth += int(row.in_year_plan)
    number = format_count(len(lines), "assessment")
    verb = "waits" if len(lines) == 1 else "wait"
    return _items(
        lines,
        title=f"{number} {verb} for your signature",
        what=f"{number} to sign",
        button="Read and sign",
        words=f"£{format_number(worth)}k of savings weighs nothing until both have signed.",
    )


def reopened(desk: Desk) -> list[Item]:
    """Assessments that a special-cause concern in a guard measure has reopened."""
    if not posts_held(desk.person, desk.now):
        return []
    lines = [
        _line(row, f"{reopening.guard.measure.name}, {day_words(reopening.reopened_at, desk.now)}")
        for row, reopening in desk.savings.reopened
        if reopening.guard is not None
    ]
    number = format_count(len(lines), "assessment")
    return _items(
        lines,
        title=f"{number} reopened by a guard measure",
        what=f"{number} reopened by a guard measure",
        button="See why",
        words="Delivery is paused until it is approved and signed again.",
    )


def reviews(desk: Desk) -> list[Item]:
    """Quality reviews that are due or overdue: a lead's own schemes, or all for signatories."""
    is_signatory = desk.access.may(Capability.SIGN_QIA)
    found = [
        (row, review)
        for row, review in desk.savings.reviews
        if is_signatory or row.scheme.care_group_id in _own(desk)
    ]
    overdue = [pair for pair in found if pair[1].due_on < desk.savings.today]
    ahead = [pair for pair in found if pair[1].due_on >= desk.savings.today]
    return [
        *_reviews(overdue, "overdue", "Review", desk.now),
        *_reviews(ahead, "due soon", "Prepare", desk.now),
    ]


def _reviews(
    found: Sequence[tuple[Standing, QIAReview]], state: str, button: str, now: datetime
) -> list[Item]:
    lines = [_line(row, f"due {day_words(review.due_on, now)}") for row, review in found]
    number = format_count(len(lines), "quality review")
    due = london_day_start(found[0][1].due_on + timedelta(days=1)) if found else None
    return _items(
        lines, title=f"{number} {state}", what=f"{number} {state}", button=button, due_at=due
    )


def to_decide(desk: Desk) -> list[Item]:
    """Assessments that the panel has, whose decision finance records."""
    lines = [
        _line(row, f"submitted {day_words(row.assessed.qia.submitted_at, desk.now)}")
        for row in desk.savings.with_status(QiaStatus.SUBMITTED)
        if row.assessed is not None and row.assessed.qia.submitted_at is not None
    ]
    number = format_count(len(lines), "decision")
    return _items(
        lines,
        title=f"Record the QIA panel: {number}",
        what=f"{number} of the QIA panel",
        button="Record",
    )


def to_sign_off(desk: Desk) -> list[Item]:
    """Months that are over and not signed off; the oldest first, one entry a month."""
    found = []
    for waiting in desk.savings.unsigned_months:
        year, month = waiting.programme.year, waiting.month
        number = format_count(len(waiting.groups), "group is", "groups are")
        following = month.plus(1).start.replace(day=SIGN_OFF_BY)
        found.append(
            Item(
                title=f"{number} unsigned for {month.full_label}",
                what=f"the savings of {month.full_label}",
                url=f"{reverse('cip:months', args=[year])}?month={month}",
                button="Sign off",
                due_at=london_day_start(following + timedelta(days=1)),
                words=f"{format_list(group.name for group in waiting.groups)}. Until you sign, "
                "their savings count as forecast, not as delivered.",
            )
        )
    return found


def starting(desk: Desk) -> list[Item]:
    """Schemes that are planned to save before their assessment lets them: finance sees all, a lead
    those of their own care groups."""
    may_see_all = desk.access.may(Capability.SIGN_OFF_SAVINGS)
    found = [
        (row, month)
        for row, month in desk.savings.starting_ungated
        if may_see_all or row.scheme.care_group_id in _own(desk)
    ]
    lines, worth = [], Decimal(0)
    for row, month in found:
        worth += row.in_year_plan
        planned = f"£{format_number(row.in_year_plan, 0)}k planned from {month.label}"
        lines.append(_line(row, f"{planned}; {qia_words(row).lower()}"))
    number = format_count(len(lines), "scheme starts", "schemes start")
    return _items(
        lines,
        title=f"{number} before the QIA is approved and signed",
        what=f"{number} before the QIA is approved",
        button="See why",
        due_at=london_day_start(found[0][1].start) if found else None,
        words=f"£{format_number(worth, 0)}k is planned and weighs nothing. Move the start, or ask "
        "the panel and the signatories.",
    )


def signed_off(desk: Desk) -> list[Line]:
    """For finance: what was signed off in the last month, one line for each month and day."""
    if not desk.access.may(Capability.SIGN_OFF_SAVINGS):
        return []
    groups: dict[tuple[str, Month, date], list[str]] = {}
    for row in desk.savings.signed_lately:
        key = (row.programme.year, Month.of(row.month), london_date(row.signed_at))
        groups.setdefault(key, []).append(row.care_group.name)
    return [
        Line(
            words=f"{month.full_label}, {format_date(day)}",
            note=format_list(names),
            url=f"{reverse('cip:months', args=[year])}?month={month}",
        )
        for (year, month, day), names in groups.items()
    ]


def to_enter(desk: Desk) -> list[Item]:
    """Actuals of a lead's own schemes, for months that are over."""
    found = []
    for month, rows in desk.savings.without_actual(_own(desk)).items():
        number = format_count(len(rows), "savings scheme")
        following = month.plus(1).start.replace(day=ACTUALS_BY)
        found += _items(
            [_line(row, to="money") for row in rows],
            title=f"{month.full_label} actuals of {number}",
            what=f"the {month.full_label} actuals of {number}",
            button="Enter",
            due_at=london_day_start(following + timedelta(days=1)),
        )
    return found


def to_answer(desk: Desk) -> list[Item]:
    """A lead's own assessments that the panel sent back, or that were reopened."""
    states = (QiaStatus.MORE_DETAIL_ASKED, QiaStatus.REOPENED)
    lines = [
        _line(row, qia_words(row).lower())
        for row in desk.savings.with_status(*states)
        if row.scheme.care_group_id in _own(desk)
    ]
    number = format_count(len(lines), "assessment")
    return _items(
        lines,
        title=f"{number} of quality impact to go on with",
        what=number,
        button="Go on",
    )


def _own(desk: Desk) -> frozenset[int]:
    """The care groups whose schemes this person leads, or covers for."""
    if desk.access.scope(Capability.EDIT_SCHEMES) is Scope.NONE:
        return frozenset()
    return desk.access.care_groups


def with_others(desk: Desk) -> list[Line]:
    """What a lead waits for: the panel, or signatures."""
    waits = (QiaStatus.SUBMITTED, QiaStatus.APPROVED, QiaStatus.APPROVED_WITH_CONDITIONS)
    own = _own(desk)
    if not own:
        return []
    return [
        _line(row, qia_words(row).lower())
        for row in desk.savings.with_status(*waits)
        if row.scheme.care_group_id in own and not row.gate.is_allowed
    ]
