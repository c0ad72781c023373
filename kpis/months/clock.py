"""A month's data clock: when entry opens, closes, is signed off and frozen."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache

import holidays
from django.db import connection, transaction

from accounts import audit
from accounts.models import User
from accounts.refusals import Refused
from kpis.models import ReportingPeriod
from strategy.moments import LONDON
from strategy.periods import Month

CLOSES_ON_WORKING_DAY = 10
SIGNED_OFF_ON_WORKING_DAY = 12
FREEZES_ON_WORKING_DAY = 15
CLOSING_TIME = time(17, 0)


class PeriodRefused(Refused):
    """A month cannot be opened or locked."""


@lru_cache(maxsize=2048)
def working_day(month: Month, number: int) -> date:
    """The nth working day of a month: weekdays that are not bank holidays in England.

    Working out the holidays takes 330 µs a month; a page asks for years of them.
    """
    bank_holidays = holidays.country_holidays("GB", subdiv="ENG", years=month.year)
    day, found = month.start, 0
    while True:
        if day.weekday() < 5 and day not in bank_holidays:
            found += 1
            if found == number:
                return day
        day += timedelta(days=1)


def data_clock(month: Month) -> dict[str, datetime]:
    """The usual clock of a month, in the month after: opens on day 1, closes on working day 10.

    Closing, sign-off (working day 12) and freeze (working day 15) are at 5pm in London.
    """
    after = month.plus(1)
    at = {
        name: datetime.combine(working_day(after, number), CLOSING_TIME, LONDON)
        for name, number in (
            ("closes_at", CLOSES_ON_WORKING_DAY),
            ("sign_off_at", SIGNED_OFF_ON_WORKING_DAY),
            ("freezes_at", FREEZES_ON_WORKING_DAY),
        )
    }
    return {"opens_at": datetime.combine(after.start, time(0, 0), LONDON), **at}


def closing_times() -> Callable[[Month], datetime]:
    """When entry for any month closes: by its own clock, else by the usual one.

    One query, when it is asked first: only measures with a reporting lag do.
    """

    @cache
    def own() -> dict[Month, datetime]:
        rows = ReportingPeriod.objects.values_list("starts_on", "closes_at")
        return {Month.of(starts_on): closes_at for starts_on, closes_at in rows}

    return lambda month: own().get(month) or data_clock(month)["closes_at"]


def find_period(month: Month, *, at: datetime) -> ReportingPeriod:
    """The month's row, or an unsaved one with the usual clock: reading a page writes nothing."""
    _refuse_coming(month, at)
    return period_of(month, at=at)


def open_period(month: Month, *, at: datetime) -> ReportingPeriod:
    """The month's row, made by the first write. Raises PeriodRefused if the month has not ended."""
    _refuse_coming(month, at)
    return kept_period(month, at=at)


def period_of(month: Month, *, at: datetime) -> ReportingPeriod:
    """The same, also for a coming month: its clock can be set before it ends."""
    found = ReportingPeriod.objects.filter(starts_on=month.start).first()
    return found or usual_period(month, at=at)


def usual_period(month: Month, *, at: datetime) -> ReportingPeriod:
    """An unsaved row with the usual clock, of a month that is known to have none."""
    return ReportingPeriod(starts_on=month.start, version=0, **usual_row(month, at))


def kept_period(month: Month, *, at: datetime) -> ReportingPeriod:
    """The month's row, made where there is none: only for a write."""
    period, _ = ReportingPeriod.objects.get_or_create(
        starts_on=month.start, defaults=usual_row(month, at)
    )
    return period


def usual_row(month: Month, at: datetime) -> dict[str, datetime | None]:
    """The clock of a month that nobody has opened yet: after its freeze it is locked."""
    clock = data_clock(month)
    return {**clock, "locked_at": clock["freezes_at"] if at >= clock["freezes_at"] else None}


def _refuse_coming(month: Month, at: datetime) -> None:
    if at < data_clock(month)["opens_at"]:
        raise PeriodRefused(f"{month.full_label} has not ended")


def bank_holidays(first: date, last: date) -> list[tuple[date, str]]:
    """The bank holidays of England that fall on a weekday, with their names."""
    days = holidays.country_holidays(
        "GB", subdiv="ENG", years=range(first.year, last.year + 1), language="en_GB"
    )
    return sorted(
        (day, name) for day, name in days.items() if first <= day <= last and day.weekday() < 5
    )


def shared_period(period_id: int) -> ReportingPeriod:
    """Lock the month's row for a write in it. Writers share this lock; locking the month waits.

    A writer that comes later finds the month locked or reopened. The ORM has no `FOR SHARE`, hence
    the SQL; SQLite has only one writer at a time anyway.
    """
    held = " FOR SHARE" if connection.features.has_select_for_update else ""
    table = ReportingPeriod._meta.db_table
    (period,) = ReportingPeriod.objects.raw(
        f"SELECT * FROM {table} WHERE id = %s{held}",  # noqa: S608 (names of our own)
        [period_id],
    )
    return period


def held_period(month: Month, *, at: datetime) -> ReportingPeriod:
    """Lock the month's row against everybody who writes in it, after writes in progress.

    Read the clock after this call, so that no write is dated later than the lock.
    """
    return held_row(open_period(month, at=at).pk)


def held_row(period_id: int) -> ReportingPeriod:
    return ReportingPeriod.objects.select_for_update(no_key=True).get(pk=period_id)


@transaction.atomic
def lock_period(
    *,
    period_id: int,
    by: User,
    at: datetime,
    reason: str = "",
    also: Iterable[audit.FieldChange] = (),
) -> ReportingPeriod:
    """Lock a month: figures that have not arrived by now read "no data".

    Saves, submissions and decisions in progress finish first, and later ones are refused.
    `also`: further changes of the same act, for the audit record.

    Raises PeriodRefused when it is locked already.
    """
    period = held_row(period_id)
    if period.locked_at is not None:
        raise PeriodRefused(f"{period.month.label} is already locked")
    period.locked_at = at
    period.save(update_fields=["locked_at"])
    audit.record(
        at=at,
        by=by,
        action="locked",
        obj=period,
        changes=[audit.FieldChange.of("locked_at", None, at), *also],
        reason=reason,
    )
    return period


@transaction.atomic
def reopen_period(*, period_id: int, by: User, at: datetime, reason: str) -> ReportingPeriod:
    """Open a locked month again, for a reason that stays on record.

    Raises PeriodRefused without a reason, or when the month is not locked.
    """
    if not reason.strip():
        raise PeriodRefused("Say why the month is opened again")
    period = held_row(period_id)
    if period.locked_at is None:
        raise PeriodRefused(f"{period.month.label} is not locked")
    before, period.locked_at = period.locked_at, None
    period.save(update_fields=["locked_at"])
    audit.record(
        at=at,
        by=by,
        action="reopened",
        obj=period,
        changes=[audit.FieldChange.of("locked_at", before, None)],
        reason=reason,
    )
    return period
