"""The returns that made-up figures stand in: approved, marked illustrative, and taken away again.

Every month that the demonstration fills has them, so that the completion page and the board say
the same. A return or a month into which a person has entered anything is theirs: it is neither
filled nor locked nor taken away.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property

from django.db.models import Q

from accounts import audit
from accounts.models import AuditEvent
from kpis.checks import CLEARED
from kpis.drafts import CellText, read_cell
from kpis.models import Actual, Decision, ReportingPeriod, Return, ReturnCell, Series
from kpis.services.drafting import HISTORY_MONTHS, Asked, asked_by, cell_rules, why_no_return
from kpis.services.periods import closing_times, data_clock
from strategy.models import CareGroup
from strategy.periods import Month, Period

NOT_COUNTED = "Illustrative: not counted this month"
CHECKED = "Illustrative: checked"
# What only a person leaves behind in a return.
BY_PEOPLE = (
    Q(cells__saved_by__isnull=False)
    | Q(actuals__recorded_by__isnull=False)
    | Q(submitted_by__isnull=False)
    | Q(approved_by__isnull=False)
    | Q(returned_by__isnull=False)
    | Q(reopened_by__isnull=False)
)
FIGURE = ("numerator", "denominator", "value", "milestone_status")


@dataclass(frozen=True)
class Illustrated:
    """The months of a demonstration: the returns that may be filled, and when each was known.

    `returns` leaves out those that people enter themselves: nothing is made up for them.
    """

    returns: Mapping[tuple[Month, int], Return]
    due: Mapping[Month, Sequence[Asked]]
    known_from: Mapping[Month, datetime]

    @cached_property
    def months(self) -> dict[tuple[int, Period], Month]:
        """In which month's return each window is asked for."""
        return {
            (asked.series.pk, asked.window): month
            for month, rows in self.due.items()
            for asked in rows
        }

    def asking(self, series: Series, window: Period) -> Return | None:
        """The return that asks for a window, where it may be filled."""
        month = self.months.get((series.pk, window))
        return self.returns.get((month, series.care_group_id)) if month else None

    def known(self, figure: Actual) -> datetime:
        """When a made-up figure became known: with the return that asked for it."""
        window = Period(figure.period_start, figure.period_end)
        return self.known_from[self.months[figure.series_id, window]]


def open_clock(month: Month) -> dict[str, datetime]:
    """The clock of the month that is left open: it closes a month later than usual.

    So whoever tries the tracker can enter figures on any day until the next month has closed.
    """
    return {**data_clock(month.plus(1)), "opens_at": data_clock(month)["opens_at"]}


def illustrate_returns(months: Sequence[Month], *, leave_open: str, at: datetime) -> Illustrated:
    """The months with their clocks, and an approved return of each care group that owes one.

    All months but the last are locked. In the last one `leave_open` has not started its return.
    """
    held = {
        row.month: row for row in ReportingPeriod.objects.filter(starts_on__gte=months[0].start)
    }
    periods = _periods(months, held, at=at)
    # What is added to a month that was there before was not known before: a past answer stands.
    known_from = {
        month: at if month in held else min(data_clock(month)["sign_off_at"], at)
        for month in months
    }
    due = _due(months)
    rows = Return.objects.filter(period__in=[row.pk for row in periods.values()])
    theirs = set(rows.filter(BY_PEOPLE).values_list("pk", flat=True))
    found = {(row.period.month, row.care_group_id): row for row in rows.select_related("period")}
    for month in months:
        for group in {row.series.care_group for row in due[month]}:
            started = found.get((month, group.pk))
            is_left = group.code == leave_open and month == months[-1]
            if is_left or (started and (started.is_illustrative or started.pk in theirs)):
                continue
            submission = started or Return(period=periods[month], care_group=group)
            _approve(submission, known_from[month], at=at)
            found[month, group.pk] = submission
    return Illustrated(
        returns={
            key: row for key, row in found.items() if row.is_illustrative and row.pk not in theirs
        },
        due=due,
        known_from=known_from,
    )


def _periods(
    months: Sequence[Month], held: Mapping[Month, ReportingPeriod], *, at: datetime
) -> dict[Month, ReportingPeriod]:
    found = dict(held)
    theirs = _months_of_people(held.values())
    for month in months:
        period = held.get(month)
        if period is None:
            clock = open_clock(month) if month == months[-1] else data_clock(month)
            found[month] = ReportingPeriod.objects.create(
                starts_on=month.start,
                is_illustrative=True,
                locked_at=None if month == months[-1] else min(clock["freezes_at"], at),
                **clock,
            )
        elif month != months[-1] and _may_be_locked(period) and month not in theirs:
            period.locked_at = at
            period.save(update_fields=["locked_at"])
            audit.record(
                at=at, by=None, action="locked", obj=period, reason="seed --illustrative",
                changes=[audit.FieldChange.of("locked_at", None, at)],
            )  # fmt: skip
    return {month: found[month] for month in months}


def _may_be_locked(period: ReportingPeriod) -> bool:
    return period.is_illustrative and period.locked_at is None


def _months_of_people(periods: Iterable[ReportingPeriod]) -> set[Month]:
    """Months in which a person has entered something, or whose clock a person has changed."""
    wanted = {str(row): row.month for row in periods}
    changed = AuditEvent.objects.filter(
        object_type=ReportingPeriod._meta.label_lower, object_key__in=wanted, by__isnull=False
    ).values_list("object_key", flat=True)
    entered = Return.objects.filter(BY_PEOPLE).values_list("period__starts_on", flat=True)
    return {wanted[key] for key in changed} | {Month.of(first) for first in entered}


def _due(months: Iterable[Month]) -> dict[Month, list[Asked]]:
    rows = Series.objects.filter(fed_by=Series.FedBy.RETURNS)
    series = list(rows.select_related("measure", "care_group").order_by("pk"))
    closes_of = closing_times()
    return {month: asked_by(series, month, closes_of) for month in months}


def _approve(submission: Return, known_from: datetime, *, at: datetime) -> None:
    """Submitted the day before entry usually closes, approved when its figures became known."""
    before, period = submission.status, submission.period
    usual = data_clock(period.month)["closes_at"] - timedelta(days=1)
    submission.status = Return.Status.APPROVED
    submission.is_illustrative = True
    submission.opened_at = period.opens_at
    submission.submitted_at = min(usual, known_from) if known_from < at else known_from
    submission.approved_at = known_from
    submission.save()
    audit.record(
        at=at, by=None, action="illustrated", obj=submission, reason="seed --illustrative",
        changes=[audit.FieldChange.of("status", before, submission.status)],
    )  # fmt: skip


def fill_cells(illustrated: Illustrated, *, at: datetime) -> None:
    """What stands in the boxes of the made-up returns: their figures, or why there is none."""
    series = {row.series.pk for rows in illustrated.due.values() for row in rows}
    figures = {
        (row.series_id, row.period_start, row.period_end): row
        for row in Actual.objects.filter(series__in=series).order_by("version")
    }
    history = defaultdict(list)
    for row in sorted(figures.values(), key=lambda row: row.period_end):
        if row.value is not None:
            history[row.series_id].append((row.period_end, row.value))
    filled = set(
        ReturnCell.objects.filter(submission__in=[row.pk for row in illustrated.returns.values()])
        .values_list("submission_id", "series_id", "period_end")
    )  # fmt: skip
    cells = []
    for due in illustrated.due.values():
        for asked in due:
            series_id, window = asked.series.pk, asked.window
            submission = illustrated.asking(asked.series, window)
            if submission is None or (submission.pk, series_id, window.end) in filled:
                continue
            figure = figures.get((series_id, window.start, window.end))
            if figure is None or figure.origin == Actual.Origin.ILLUSTRATIVE:
                recent = _recent(history[series_id], window)
                cells.append(_cell(submission, asked, figure, recent, at=at))
    ReturnCell.objects.bulk_create(cells, batch_size=500)


def _recent(held: Iterable[tuple], window: Period) -> list[Decimal]:
    """The values that a figure is compared with, as `drafting.recent_values` does."""
    since = window.last_month.plus(-HISTORY_MONTHS).start
    return [value for end, value in held if since <= end < window.start]


def _cell(
    submission: Return,
    asked: Asked,
    figure: Actual | None,
    recent: Sequence[Decimal],
    *,
    at: datetime,
) -> ReturnCell:
    text = _typed(figure)
    read = read_cell(text, cell_rules(asked.measure, asked.window), recent)
    return ReturnCell(
        submission=submission,
        series=asked.series,
        period_end=asked.window.end,
        numerator_text=text.numerator,
        denominator_text=text.denominator,
        value_text=text.value,
        milestone_status=text.milestone_status,
        no_data_reason=text.no_data_reason,
        numerator=read.numerator,
        denominator=read.denominator,
        value=read.value,
        error=read.error,
        confirmed=bool(read.warnings),
        confirm_reason=CHECKED if read.warnings else "",
        saved_at=submission.submitted_at or at,
    )


def _typed(figure: Actual | None) -> CellText:
    if figure is None:
        return CellText(no_data_reason=NOT_COUNTED)
    if figure.denominator is not None:
        return CellText(numerator=_plain(figure.numerator), denominator=_plain(figure.denominator))
    return CellText(value=_plain(figure.value), milestone_status=figure.milestone_status)


def _plain(number: Decimal | None) -> str:
    return "" if number is None else f"{number.normalize():f}"


def empty_cells() -> None:
    """Take what was made up out of the boxes; to be called while the made-up figures are there.

    A box that a person has saved keeps what they typed: their comment, not the figure beside it.
    """
    cells = ReturnCell.objects.filter(submission__is_illustrative=True)
    cells.filter(saved_by__isnull=True).delete()
    rows = list(cells.select_related("series__measure", "submission__period"))
    made = {
        (row.series_id, row.period_end): row
        for row in Actual.objects.filter(
            origin=Actual.Origin.ILLUSTRATIVE, series__in={row.series_id for row in rows}
        )
    }
    for cell in rows:
        figure = made.get((cell.series_id, cell.period_end))
        if figure and all(getattr(figure, name) == getattr(cell, name) for name in FIGURE):
            cell.numerator_text = cell.denominator_text = cell.value_text = ""
            cell.numerator = cell.denominator = cell.value = None
            cell.milestone_status = ""
        if cell.no_data_reason == NOT_COUNTED:
            cell.no_data_reason = ""
        if cell.confirm_reason == CHECKED:
            cell.confirmed, cell.confirm_reason = False, ""
        cell.version += 1
        cell.save()


def clear_outside(care_group: CareGroup, *, at: datetime) -> None:
    """Take away what was made up for windows in which a care group was not there to report.

    A care group has no figure after its end; those that people reported stay, and do not count.
    """
    begins, no_more = care_group.valid_from or date.min, care_group.valid_to or date.max
    outside = Q(period_end__lt=begins) | Q(period_end__gte=no_more)
    made = Actual.objects.filter(
        outside, series__care_group=care_group, origin=Actual.Origin.ILLUSTRATIVE
    )
    returns = [
        row.pk
        for row in Return.objects.filter(care_group=care_group, is_illustrative=True)
        .exclude(pk__in=Return.objects.filter(BY_PEOPLE).values("pk"))
        .select_related("period")
        if why_no_return(care_group, row.period.month)
    ]
    Decision.objects.filter(actual__in=made.values("pk")).delete()
    count, _ = made.delete()
    removed, _ = Return.objects.filter(pk__in=returns).delete()
    if count or removed:
        audit.record(
            at=at, by=None, action=CLEARED, obj=care_group,
            changes=[
                audit.FieldChange.of("actuals", count, 0),
                audit.FieldChange.of("returns", len(returns), 0),
            ],
        )  # fmt: skip


def clear_returns() -> int:
    """Delete the made-up returns and months; returns how many returns.

    What a person has touched stays, without the approval that nobody gave. A month that holds
    something of theirs keeps its clock; any other has its usual one again.
    """
    made = Return.objects.filter(is_illustrative=True)
    theirs = set(made.filter(BY_PEOPLE).values_list("pk", flat=True))
    count, _ = made.exclude(pk__in=theirs).delete()
    for row in Return.objects.filter(pk__in=theirs):
        _hand_over(row)
    months = ReportingPeriod.objects.filter(is_illustrative=True)
    changed = _months_of_people(months)
    for period in months.prefetch_related("returns"):
        if period.returns.all():
            period.is_illustrative = False
            period.save(update_fields=["is_illustrative"])
        elif period.month in changed:
            ReportingPeriod.objects.filter(pk=period.pk).update(
                is_illustrative=False, **data_clock(period.month)
            )
        else:
            period.delete()
    return count


def _hand_over(submission: Return) -> None:
    """What is left of a made-up return once it is the people's who worked on it."""
    submission.is_illustrative = False
    if submission.approved_by is None:
        submission.approved_at = None
        if submission.status == Return.Status.APPROVED:
            submission.status = Return.Status.DRAFT
    if submission.submitted_by is None:
        submission.submitted_at = None
    submission.version += 1
    submission.save()
