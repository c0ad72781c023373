"""Where the returns stand: by month, and by care group within a month."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from accounts.permissions import Access
from accounts.roles import Capability, Scope
from kpis.freshness import ClosesOf
from kpis.models import ReportingPeriod, Return, Series
from kpis.services.drafting import asked_by
from kpis.services.periods import closing_times, find_period
from strategy.models import CareGroup
from strategy.periods import Month, london_date

MONTHS_SHOWN = 12


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

    @property
    def is_to_send(self) -> bool:
        """Whether the next step is the care group's: to enter figures and submit."""
        return self.status not in (Return.Status.SUBMITTED, Return.Status.APPROVED)

    @property
    def is_illustrative(self) -> bool:
        return self.submission is not None and self.submission.is_made_up

    @property
    def status_label(self) -> str:
        return Return.Status(self.status).label


@dataclass(frozen=True)
class MonthReturns:
    """The returns of every care group for one month, and how many wait or are done."""

    period: ReportingPeriod
    rows: tuple[GroupReturn, ...]

    @property
    def waiting(self) -> int:
        return sum(row.status == Return.Status.SUBMITTED for row in self.rows)

    @property
    def approved(self) -> int:
        return sum(row.status == Return.Status.APPROVED for row in self.rows)


def overview(access: Access, *, now: datetime) -> list[MonthReturns]:
    """The last months that have ended, latest first."""
    latest = find_period(Month.of(london_date(now)).plus(-1), at=now)
    before = ReportingPeriod.objects.filter(starts_on__lt=latest.starts_on)
    periods = [latest, *before.order_by("-starts_on")[: MONTHS_SHOWN - 1]]
    series, closes_of = _reported(), closing_times()
    return [
        MonthReturns(period, tuple(_of_period(period, access, series, closes_of, now)))
        for period in periods
    ]


def period_overview(period: ReportingPeriod, access: Access, *, now: datetime) -> list[GroupReturn]:
    """Every return of a month that the reader may see, whether anyone has started it or not."""
    return _of_period(period, access, _reported(), closing_times(), now)


def _of_period(
    period: ReportingPeriod,
    access: Access,
    series: Iterable[Series],
    closes_of: ClosesOf,
    now: datetime,
) -> list[GroupReturn]:
    groups = CareGroup.objects.in_force_on(period.month.end).order_by("position")
    if access.scope(Capability.READ_DRAFTS) is Scope.OWN:
        groups = groups.filter(pk__in=access.care_groups)
    asked = asked_by(series, period.month, closes_of)
    due = Counter(row.series.care_group_id for row in asked)
    started = {}
    if period.pk is not None:
        rows = Return.objects.filter(period=period).select_related("submitted_by", "approved_by")
        started = {row.care_group_id: row for row in rows.prefetch_related("cells")}
    return [
        _group_return(period, group, due[group.pk], started.get(group.pk), now)
        for group in groups
        if due[group.pk] or group.pk in started
    ]


def _reported() -> list[Series]:
    """Whatever is reported by return; which month asks for it, `asked_by` tells."""
    rows = Series.objects.filter(fed_by=Series.FedBy.RETURNS)
    return list(rows.select_related("measure", "care_group"))


def _group_return(period, group, due, submission, now) -> GroupReturn:
    status = submission.status if submission else Return.Status.NOT_STARTED
    cells = list(submission.cells.all()) if submission else []
    entered = sum(1 for cell in cells if cell.value is not None or cell.milestone_status)
    done = status in (Return.Status.SUBMITTED, Return.Status.APPROVED)
    return GroupReturn(
        period=period,
        care_group=group,
        status=status,
        due=due,
        entered=entered,
        submission=submission,
        is_late=not done and now > period.closes_at,
    )
