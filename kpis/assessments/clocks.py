"""The data clocks of the months: when each closes and is locked, now or as known at a moment."""

from collections import defaultdict
from collections.abc import Hashable
from dataclasses import replace
from datetime import date, datetime
from functools import lru_cache

from django.db.models import FilteredRelation, QuerySet

from accounts.models import AuditEvent
from accounts.permissions import reads_publicly
from kmpt_tracker.questions import written_once
from kpis.judging.freshness import DataClock
from kpis.judging.history import Clock
from kpis.models import ReportingPeriod
from kpis.models.returns import is_reopened
from kpis.months.clock import CLOSING_TIME, data_clock
from strategy.periods import Month


@lru_cache(maxsize=2048)
def usual_clock(month: Month) -> DataClock:
    """The clock of a month that nobody opened: it counts as locked after its freeze.

    Kept, as a page asks for it thousands of times: 6 µs, and 1 µs when kept.
    """
    usual = data_clock(month)
    return DataClock(closes_at=usual["closes_at"], locked_at=usual["freezes_at"])


def clock_at(now: datetime, *, known_at: datetime | None = None) -> Clock:
    """The months' data clocks, now (one query) or at a past moment (two queries)."""
    then = _moved_since(known_at) if known_at else {}
    periods, reopened = {}, set()
    for starts_on, closes_at, locked_at, group in _months(known_at):
        month = Month.of(starts_on)
        if group is not None:
            reopened.add((month, group))
        moved = then.get(str(month), {})
        periods[month] = DataClock(
            closes_at=moved.get("closes_at") or closes_at,
            locked_at=moved.get("locked_at", locked_at),
        )
    clock = Clock(now=known_at or now, periods=periods, reopened=frozenset(reopened))
    return replace(clock, phase=_phase(clock.what_counts([CLOSING_TIME])))


@lru_cache(maxsize=256)
def _phase(what_counts: Hashable) -> Hashable:
    """One object for clocks that agree: it is looked up with every series of a page."""
    return object()


@written_once
def _months(
    known_at: datetime | None,
) -> QuerySet[ReportingPeriod, tuple[date, datetime, datetime | None, int | None]]:
    """A month comes once for each of its returns that was reopened alone, else once."""
    again = is_reopened("returns__", known_at=known_at, month="")
    rows = ReportingPeriod.objects.annotate(again=FilteredRelation("returns", condition=again))
    return rows.values_list("starts_on", "closes_at", "locked_at", "again__care_group")


def _moved_since(moment: datetime) -> dict[str, dict[str, datetime | None]]:
    """For months that were locked, reopened or whose closing time was moved after a moment: what
    they had then. None: not locked.
    """
    found: dict[str, dict[str, datetime | None]] = defaultdict(dict)
    since = AuditEvent.objects.filter(
        object_type=ReportingPeriod._meta.label_lower, at__gt=moment
    ).order_by("-at", "-pk")
    # Latest first: the earliest change after the moment comes last, and its old value is the one
    # that applied at the moment.
    for key, changes in since.values_list("object_key", "changes"):
        for change in changes:
            if change["field"] in ("locked_at", "closes_at"):
                old = change["old"]
                found[key][change["field"]] = datetime.fromisoformat(old) if old else None
    return found


def is_locked(month: Month, clock: Clock) -> bool:
    """Whether the month is locked: by hand, or because nobody opened it before its freeze."""
    locked_at = clock.of(month, usual_clock).locked_at
    return locked_at is not None and locked_at <= clock.now


def shown_until(month: Month, now: datetime) -> Month:
    """The month; where everyone reads the page, the last one up to it that is locked."""
    if reads_publicly():
        clock = clock_at(now)
        while not is_locked(month, clock):
            month = month.plus(-1)
    return month
