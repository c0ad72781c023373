"""The status of the returns: by month, and by care group within a month."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet
from django.urls import reverse

from accounts.permissions import Access
from accounts.roles import Capability, Scope
from kmpt_tracker.ui.formats import format_count
from kpis.models import ReportingPeriod, Return, ReturnCell, Series
from kpis.months.clock import closing_times, find_period
from kpis.months.due import FigureDue, asked_by, milestones_reported, still_due
from kpis.returns.waiting import (
    corrections_waiting,
    corrections_words,
    rows_waiting,
    rows_words,
    sections_waiting,
    sections_words,
)
from kpis.rollup import reports_for
from strategy.models import CareGroup
from strategy.moments import london_date
from strategy.periods import Month

MONTHS_SHOWN = 12


@dataclass(frozen=True)
class Waits:
    """What waits for a decision in returns that do not wait as a whole, by return."""

    corrections: Mapping[int, int]
    sections: Mapping[int, int]
    rows: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class CellHeld:
    """What a cell of a return says of itself: a figure, or why there is none."""

    is_entered: bool
    is_explained: bool


# The cells of each return, by series and last day of the window.
Cells = Mapping[int, Mapping[tuple[int, date], CellHeld]]
NO_CELL = CellHeld(is_entered=False, is_explained=False)


@dataclass(frozen=True)
class GroupReturn:
    """A care group's return of a month, started or not."""

    period: ReportingPeriod
    care_group: CareGroup
    status: str
    due: int
    entered: int
    submission: Return | None
    is_late: bool
    now: datetime
    corrections: int = 0  # rows that wait for a decision while the return stays approved
    sections: int = 0  # sections that wait for a decision while others are not submitted
    rows: int = 0  # rows that wait for a decision while others went back
    missing: tuple[str, ...] = ()  # names of the figures that are neither entered nor explained
    explained: int = 0  # figures that are not there for a reason given

    @property
    def is_to_send(self) -> bool:
        """Whether the care group has to act next: enter figures and submit."""
        return self.status not in (Return.Status.SUBMITTED, Return.Status.APPROVED)

    @property
    def is_reopened(self) -> bool:
        """Whether it alone takes entries while its month is locked."""
        return self.submission is not None and self.submission.is_reopened

    @property
    def is_locked(self) -> bool:
        """Whether it takes no entries and no decisions."""
        return self.period.locked_at is not None and not self.is_reopened

    @property
    def reopen_url(self) -> str:
        """Where the performance team opens it again by itself, or closes it."""
        month = str(self.period.month)
        return reverse("kpis:return-reopen", args=[month, self.care_group.code])

    @property
    def is_illustrative(self) -> bool:
        return self.submission is not None and self.submission.is_made_up

    @property
    def waits(self) -> bool:
        """Whether somebody has to decide: on the return, on sections or corrections of it."""
        is_sent = self.status == Return.Status.SUBMITTED
        return is_sent or self.corrections + self.sections + self.rows > 0

    @property
    def status_label(self) -> str:
        """ "Submitted"; "Approved, 1 correction waiting"; "Returned, 3 other rows waiting"."""
        label = str(Return.Status(self.status).label)
        if self.is_undecided:
            return f"{label}, and locked before anyone decided on it"
        waits = (
            sections_words(self.sections),
            rows_words(self.rows),
            corrections_words(self.corrections),
        )
        return ", ".join([label, *filter(None, waits)])

    @property
    def is_undecided(self) -> bool:
        """Whether its month was locked before anyone decided: its figures read no data."""
        return self.status == Return.Status.SUBMITTED and self.is_locked

    @property
    def on_time(self) -> bool | None:
        """Whether it was first submitted by the deadline; None before either has happened.

        A later submission, a correction or sending it back changes nothing about that.
        """
        sent_at = self.submission.submitted_at if self.submission else None
        if sent_at is not None:
            return sent_at <= self.period.late_from
        return False if self.is_late else None

    @property
    def days_late(self) -> int | None:
        """By how many days it was late, or is by now; None if it is not. 0: on the day itself.

        It stays so for ever. One that never came is late until the month was locked.
        """
        sent_at = self.submission.submitted_at if self.submission else None
        until, late_from = sent_at or self.period.locked_at or self.now, self.period.late_from
        if until <= late_from or not self.due:
            return None
        return (london_date(until) - london_date(late_from)).days

    @property
    def time_words(self) -> str:
        """ "On time", "Submitted 3 days late", "4 days late", "Not submitted by the lock"."""
        is_sent = self.submission is not None and self.submission.submitted_at is not None
        days = self.days_late
        if days is None:
            return "On time" if is_sent else ""
        late = f"{format_count(days, 'day')} late" if days else "late, on the day it closed"
        if is_sent:
            return f"Submitted {late}"
        if self.period.locked_at is not None:
            return f"Never submitted: {late} when the month was locked"
        return late[0].upper() + late[1:]


@dataclass(frozen=True)
class MonthReturns:
    """The returns of every care group for one month, and how many wait or are done."""

    period: ReportingPeriod
    rows: tuple[GroupReturn, ...]

    @property
    def waiting(self) -> int:
        return sum(row.waits for row in self.rows)

    @property
    def approved(self) -> int:
        return sum(row.status == Return.Status.APPROVED for row in self.rows)


def overview(access: Access, *, now: datetime) -> list[MonthReturns]:
    """The last months that have ended, latest first."""
    return _by_month(months_held(now)[:MONTHS_SHOWN], _readable_by(access), now)


def period_overview(period: ReportingPeriod, access: Access, *, now: datetime) -> list[GroupReturn]:
    """Every return of a month that the reader may see, whether anyone has started it or not."""
    (month,) = _by_month([period], _readable_by(access), now)
    return list(month.rows)


def every_return(
    first: Month | None, last: Month | None, *, now: datetime
) -> Iterator[GroupReturn]:
    """The returns of the months held from one to another, oldest first, started or not."""
    periods = [
        period
        for period in reversed(months_held(now))
        if (first is None or period.month >= first) and (last is None or period.month <= last)
    ]
    for month in _by_month(periods, CareGroup.objects.order_by("position"), now):
        yield from month.rows


def months_held(now: datetime) -> list[ReportingPeriod]:
    """The month that ended last and every one before it that the tracker holds, latest first."""
    latest = find_period(Month.of(london_date(now)).plus(-1), at=now)
    before = ReportingPeriod.objects.filter(starts_on__lt=latest.starts_on)
    return [latest, *before.order_by("-starts_on")]


def _readable_by(access: Access) -> QuerySet[CareGroup]:
    groups = CareGroup.objects.order_by("position")
    if access.scope(Capability.READ_DRAFTS) is Scope.OWN:
        return groups.filter(pk__in=access.care_groups)
    return groups


def _by_month(
    periods: Sequence[ReportingPeriod], groups: Iterable[CareGroup], now: datetime
) -> list[MonthReturns]:
    """Whoever owes a return, or has begun one, and exists on the last day of the month."""
    # Everything reported by return; `asked_by` says which month asks for it.
    reported = Series.objects.filter(fed_by=Series.FedBy.RETURNS)
    series = list(reported.select_related("measure", "care_group"))
    closes_of, done, groups = closing_times(), milestones_reported(series), list(groups)
    held = Return.objects.filter(period__in=[period.pk for period in periods if period.pk])
    rows = held.select_related(
        "period", "care_group", "submitted_by", "last_submitted_by", "approved_by"
    )
    started = {(row.period_id, row.care_group_id): row for row in rows}
    cells = _cells_of(started.values())
    waits = Waits(
        corrections_waiting(started.values()),
        sections_waiting(started.values()),
        rows_waiting(started.values()),
    )
    found = []
    for period in periods:
        asked = still_due(asked_by(series, period.month, closes_of), done)
        due: dict[int, list[FigureDue]] = defaultdict(list)
        for row in asked:
            due[row.series.care_group_id].append(row)
        returns = (
            _group_return(
                period,
                group,
                due[group.pk],
                started.get((period.pk, group.pk)),
                cells,
                waits,
                now,
            )
            for group in groups
            if reports_for(group.valid_from, group.valid_to, period.month.period)
        )
        kept = tuple(row for row in returns if row.due or row.submission is not None)
        found.append(MonthReturns(period, kept))
    return found


def _group_return(
    period: ReportingPeriod,
    group: CareGroup,
    due: Sequence[FigureDue],
    submission: Return | None,
    cells: Cells,
    waits: Waits,
    now: datetime,
) -> GroupReturn:
    status = submission.status if submission else Return.Status.NOT_STARTED
    done = status in (Return.Status.SUBMITTED, Return.Status.APPROVED)
    held = cells.get(submission.pk, {}) if submission else {}
    bare = [row for row in due if not held.get((row.series.pk, row.window.end), NO_CELL).is_entered]
    missing = [
        row for row in bare if not held.get((row.series.pk, row.window.end), NO_CELL).is_explained
    ]
    return GroupReturn(
        period=period,
        care_group=group,
        status=status,
        due=len(due),
        entered=len(due) - len(bare),
        submission=submission,
        is_late=not done and now > period.late_from,
        now=now,
        missing=tuple(sorted(row.name for row in missing)),
        explained=len(bare) - len(missing),
        corrections=waits.corrections.get(submission.pk, 0) if submission else 0,
        sections=waits.sections.get(submission.pk, 0) if submission else 0,
        rows=waits.rows.get(submission.pk, 0) if submission else 0,
    )


def _cells_of(returns: Iterable[Return]) -> Cells:
    """Only what is counted: a year of returns has thousands of cells, each of 24 columns."""
    found: dict[int, dict[tuple[int, date], CellHeld]] = defaultdict(dict)
    rows = ReturnCell.objects.filter(submission__in=[row.pk for row in returns])
    for submission, series, end, value, milestone_status, denominator, reason in rows.values_list(
        "submission",
        "series",
        "period_end",
        "value",
        "milestone_status",
        "denominator",
        "no_data_reason",
    ):
        # A value, a status, or 0 of 0, which means that nobody came.
        is_entered = value is not None or bool(milestone_status) or denominator == 0
        found[submission][series, end] = CellHeld(is_entered, bool(reason))
    return found
