"""The months of a plan as recorded: which hold figures, which are closed, who has not reported.

The rule is in `opening.py`. This module reads the facts it needs, now or as known at a past moment,
in a fixed number of queries. The answer is cached under a stamp that every write changes.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from itertools import takewhile
from typing import Any

from django.core.cache import cache
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import AuditEvent
from accounts.permissions import reads_publicly
from kmpt_tracker.questions import answered_once, written_once
from kpis.asked.opening import MonthFacts, Opening, ReturnDue, opens_at
from kpis.assessments.as_known import Known
from kpis.assessments.clocks import is_locked, usual_clock
from kpis.assessments.read import last_month_of
from kpis.judging.freshness import ClosesOf
from kpis.judging.history import Clock
from kpis.models import Actual, Assessment, Measure, Return, Series, Target
from kpis.months.due import asked_by
from strategy.models import CareGroup, Plan
from strategy.moments import london_date
from strategy.periods import Month, months_between

# As long as the board caches a drawn page. The key holds the minute, because figures fall due by
# the clock, without a write.
KEPT_SECONDS = 300
# The columns that say which windows a series is asked for, and by whom. Only a few
# dozen of two hundred series differ in them.
OWED_BY = {
    "": ("valid_from", "valid_to"),
    "measure": (
        "kind",
        "frequency",
        "reporting_lag_days",
        "year_end_month",
        "valid_from",
        "valid_to",
    ),
    "care_group": ("pk", "name", "valid_from", "valid_to"),
}
_TERMS = [f"{of}__{name}" if of else name for of, each in OWED_BY.items() for name in each]
# Audited actions on a return, with the status each of them leads to.
_ACTS = {
    "submitted": "submitted",
    "approved": "approved",
    "returned": "returned",
    "recalled": "draft",
}


def opening(
    plan: Plan,
    clock_of: Callable[[], Clock],
    plans_of: Callable[[], Sequence[Plan]],
    *,
    now: datetime,
    known_at: datetime | None = None,
    stamp: str,
) -> Opening:
    """The month a plan opens at, as known now or at a past moment; cached under the stamp. The
    clock and the other plans are only read where nothing is cached.
    """
    reader = "everyone" if reads_publicly() else "staff"
    key = f"opening-{reader}-{plan.pk}-{known_at or ''}-{now:%Y%m%d%H%M}-{stamp}".replace(" ", "T")
    found = cache.get(key)
    if found is None:
        found = find_opening(plan, clock_of(), plans_of(), known_at=known_at)
        cache.set(key, found, KEPT_SECONDS)
    return found


def find_opening(
    plan: Plan, clock: Clock, plans: Sequence[Plan], *, known_at: datetime | None = None
) -> Opening:
    """The month a plan opens at, calculated afresh; `plans` are those known then.

    Where a plan that ends later has begun, this one stops at its own last month.
    """
    on = london_date(clock.now)
    first = min(Month.of(plan.starts_on), Month.of(on))
    last = Month.of(on)
    is_followed = any(
        other.ends_on > plan.ends_on and other.starts_on <= on and other.known_on <= on
        for other in plans
        if not other.cited
    )
    if Month.of(plan.ends_on) < last and is_followed:
        last = Month.of(plan.ends_on)
    ends = _reported(plan.pk, plan.starts_on, min(on, last.end), known_at)
    with_figures = {Month.of(end) for end in ends}
    ended = min(last, Month.of(on).plus(-1))
    unlocked = [month for month in months_between(first, ended) if not is_locked(month, clock)]
    if reads_publicly():
        # Nothing is said of months that are not locked, nor of who has not reported.
        locked = [month for month in with_figures if is_locked(month, clock)]
        return opens_at([MonthFacts(month, has_figure=True) for month in locked], first=first)
    owed = _owed(plan, unlocked, _closes_of(clock), known_at) if unlocked else {}
    facts = [
        MonthFacts(month, has_figure=month in with_figures)
        for month in with_figures - set(unlocked)
    ]
    facts += [
        MonthFacts(
            month,
            has_figure=month in with_figures,
            is_locked=False,
            returns=owed[month][0],
            unrated=owed[month][1],
        )
        for month in unlocked
    ]
    return opens_at(facts, first=first)


def last_complete_month_of(
    care_group: CareGroup, clock: Clock, *, now: datetime, known_at: datetime | None = None
) -> tuple[Month, tuple[Month, ...]]:
    """The last month in which nothing more is expected of a care group, and the open ones since.

    Its return is approved, or none is due, or the month is locked.
    """
    last = last_month_of(care_group, now=now, known_at=known_at)
    if reads_publicly():
        return last, ()
    unlocked: list[Month] = []
    while not is_locked(last.plus(-len(unlocked)), clock):
        unlocked.append(last.plus(-len(unlocked)))
    if not unlocked:
        return last, ()
    known = Known(known_at)
    rows = known.series(known.without_newcomers(_own(care_group.pk)))
    states, closes_of = _returns(unlocked, known_at), _closes_of(clock)
    still_open = tuple(
        takewhile(
            lambda month: (
                states.get((month, care_group.pk)) != Return.Status.APPROVED
                and asked_by(rows, month, closes_of)
            ),
            unlocked,
        )
    )
    return last.plus(-len(still_open)), still_open


@written_once
def _own(care_group: int) -> QuerySet[Series]:
    rows = Series.objects.filter(care_group=care_group, fed_by=Series.FedBy.RETURNS)
    return rows.select_related("measure", "care_group")


def _closes_of(clock: Clock) -> ClosesOf:
    return lambda month: clock.of(month, usual_clock).closes_at


@written_once
def _reported(plan: int, first: date, last: date, known_at: datetime | None) -> QuerySet[Any, date]:
    """The last days of windows with an approved figure of the plan's measures, between two days.

    Assessments are not stored for past moments, so at a moment the actuals themselves are read. A
    withdrawn figure reads as never reported, so it is left out.
    """
    within = Q(
        series__measure__in=Target.objects.filter(plan=plan).values("measure"),
        period_end__gte=first,
        period_end__lte=last,
    )
    rows: QuerySet[Any] = Assessment.objects.filter(within)
    if known_at is not None:
        figures = Actual.objects.current(known_at=known_at).exclude(value_status="withdrawn")
        rows = figures.filter(within)
    return rows.order_by().values_list("period_end", flat=True).distinct()


def _owed(
    plan: Plan, months: Sequence[Month], closes_of: ClosesOf, known_at: datetime | None
) -> dict[Month, tuple[tuple[ReturnDue, ...], int]]:
    """For each month: the status of the returns due in it, and how many of the plan's measures
    still wait for a figure from a return that is not approved.
    """
    each = None if known_at is None else _each(Known(known_at))
    # One series for all that are asked for the same windows in the same return.
    rows = [_with_terms(terms) for terms in _stand_ins()] if each is None else each
    states = _returns(months, known_at)
    returns = {
        month: {
            group.pk: ReturnDue(
                group.name, states.get((month, group.pk), Return.Status.NOT_STARTED.value)
            )
            for group in (row.series.care_group for row in asked_by(rows, month, closes_of))
        }
        for month in months
    }
    open_in = {
        month: {pk for pk, row in due.items() if row.status != Return.Status.APPROVED}
        for month, due in returns.items()
    }
    waiting = _waiting(plan, set().union(*open_in.values()), each)
    asked = {
        month: [
            (key, measure, row.window.end)
            for row in asked_by([series for series, _ in waiting.values()], month, closes_of)
            if row.series.care_group_id in open_in[month]
            for key, measure in waiting[row.series.pk][1]
        ]
        for month in months
    }
    keys = {key for due in asked.values() for key, *_ in due}
    ends = {end for due in asked.values() for *_, end in due}
    there, done = _there(keys, ends, known_at) if keys else (set(), set())
    return {
        month: (
            tuple(returns[month].values()),
            len(
                {
                    measure
                    for key, measure, end in due
                    if (key, end) not in there and key not in done
                }
            ),
        )
        for month, due in asked.items()
    }


def _fed() -> QuerySet[Series]:
    """The series that returns feed, in the order of pages."""
    rows = Series.objects.filter(fed_by=Series.FedBy.RETURNS)
    return rows.order_by("care_group__position", "care_group__pk")


@answered_once
def _stand_ins() -> QuerySet[Series, tuple]:
    return _fed().values_list(*_TERMS).distinct()


def _with_terms(terms: Sequence, pk: int | None = None) -> Series:
    read = iter(terms)
    own, measure, group = (tuple(zip(each, read, strict=False)) for each in OWED_BY.values())
    return Series(pk=pk, measure=_measure(measure), care_group=_care_group(group), **dict(own))


@lru_cache(256)
def _measure(terms: tuple[tuple[str, Any], ...]) -> Measure:
    """A measure that is only asked when it reports."""
    return Measure(**dict(terms))


@lru_cache(256)
def _care_group(terms: tuple[tuple[str, Any], ...]) -> CareGroup:
    return CareGroup(**dict(terms))


# Series that are asked for the same, by the key of one of them: that one, and the keys of all with
# their measures'.
Alike = dict[int, tuple[Series, list[tuple[int, int]]]]


def _waiting(plan: Plan, groups: Collection[int], each: Sequence[Series] | None) -> Alike:
    """The series that care groups feed and that the plan's targets rate (one query, or none)."""
    if not groups:
        return {}
    if each is not None:
        rating = {pk for pk, *_ in _asked_of(plan.pk, groups)}
        return {row.pk: (row, [(row.pk, row.measure_id)]) for row in each if row.pk in rating}
    by_terms: dict[tuple, list[tuple[int, int]]] = defaultdict(list)
    for pk, measure, *terms in _asked_of(plan.pk, groups):
        by_terms[tuple(terms)].append((pk, measure))
    return {keys[0][0]: (_with_terms(terms, keys[0][0]), keys) for terms, keys in by_terms.items()}


@answered_once
def _asked_of(plan: int, groups: Collection[int]) -> QuerySet[Series, tuple]:
    """The series that some care groups feed and that a target of the plan would rate: their own
    target, or the trust's where their figures add up to the trust's.

    A promise without a number or a path, or without the baseline that it counts from, rates
    nothing.
    """
    by_value = Q(value__isnull=False) & (Q(value_is="absolute") | Q(baseline__isnull=False))
    has_number = by_value | Q(profile="explicit_points", points__isnull=False)
    rating = Target.objects.filter(
        Q(measure__kind="milestone") | (has_number & ~Q(measure__direction="neutral")),
        plan=plan,
        measure=OuterRef("measure"),
    )
    added_up = Series.objects.filter(
        measure=OuterRef("measure"),
        care_group__level=CareGroup.Level.TRUST,
        fed_by=Series.FedBy.ROLL_UP,
    )
    rows = _fed().filter(
        Exists(rating.filter(care_group=OuterRef("care_group")))
        | (Exists(added_up) & Exists(rating.filter(care_group__level=CareGroup.Level.TRUST))),
        care_group__in=groups,
    )
    return rows.values_list("pk", "measure", *_TERMS)


def _each(known: Known) -> list[Series]:
    """Every series by itself, as known at a moment."""
    rows = _fed().select_related("measure", "care_group")
    return known.series(known.without_newcomers(rows))


def _there(
    series: Collection[int], ends: Collection[date], known_at: datetime | None
) -> tuple[set[tuple[int, date]], set[int]]:
    """The windows with an approved figure, and the series whose milestone is complete."""
    # In the order of versions, so that the last one read for a window is its latest.
    latest = {
        (pk, start, end): (status, milestone)
        for pk, start, end, status, milestone in _versions(series, ends, known_at)
    }
    there, done = set(), set()
    for (pk, _, end), (status, milestone) in latest.items():
        if status == Actual.ValueStatus.WITHDRAWN:
            continue
        there.add((pk, end))
        if milestone == Actual.MilestoneStatus.COMPLETE:
            done.add(pk)
    return there, done


@written_once
def _versions(
    series: Collection[int], ends: Collection[date], known_at: datetime | None
) -> QuerySet[Actual, tuple[int, date, date, str, str]]:
    wanted = Q(period_end__in=ends) | ~Q(milestone_status="")
    rows = Known(known_at).actuals(series).filter(wanted).order_by("version")
    return rows.values_list(
        "series", "period_start", "period_end", "value_status", "milestone_status"
    )


def _returns(
    months: Collection[Month], known_at: datetime | None
) -> Mapping[tuple[Month, int], str]:
    """The status of the returns of some months, by month and care group; now or at a moment."""
    days = [month.start for month in months]
    if known_at is None:
        return {(Month.of(on), group): status for on, group, status in _states(days)}
    of_months = Return.objects.filter(period__starts_on__in=days)
    rows = list(of_months.select_related("period", "care_group"))
    acts: dict[str, list[str]] = defaultdict(list)
    record = AuditEvent.objects.filter(
        object_type=Return._meta.label_lower,
        object_key__in=[str(row) for row in rows],
        action__in=_ACTS,
        at__lte=known_at,
    ).order_by("at", "pk")
    for key, action in record.values_list("object_key", "action"):
        acts[key].append(action)
    return {
        (row.period.month, row.care_group_id): _stood(row, acts[str(row)], known_at) for row in rows
    }


@written_once
def _states(months: Collection[date]) -> QuerySet[Return, tuple[date, int, str]]:
    rows = Return.objects.filter(period__starts_on__in=months)
    return rows.values_list("period__starts_on", "care_group", "status")


def _stood(row: Return, acts: Sequence[str], at: datetime) -> str:
    """The status of a return at a moment, by its audit record; without one, by its own timestamps.

    A correction submitted after the approval does not undo it; sending the return back does.
    """
    if acts:
        since = acts[len(acts) - acts[::-1].index("returned") :] if "returned" in acts else acts
        return "approved" if "approved" in since else _ACTS[acts[-1]]
    if row.approved_at is not None and row.approved_at <= at:
        return Return.Status.APPROVED.value
    if row.submitted_at is not None and row.submitted_at <= at:
        return Return.Status.SUBMITTED.value
    return Return.Status.NOT_STARTED.value
