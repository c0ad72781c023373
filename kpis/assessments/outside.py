"""What is known of a series outside the windows that a page reads.

A gap is late or awaited by the last figure before it, and has no data once a later one has been
published, whether or not the page shows them.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from django.db.models import CharField, IntegerField, Max, Q, QuerySet
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Cast, Substr

from kmpt_tracker.questions import written_once
from kpis.judging.status import Standing
from kpis.judging.terms import Assessed
from kpis.models import Assessment, Series
from kpis.rollup import Origin
from strategy.periods import Frequency, Month, Period


@dataclass(frozen=True)
class Outside:
    """Of the windows of a series that are not read: the end of the last one before of its own
    frequency, the last one before of another, and the end of the last published one after.
    """

    before: date | None = None
    other: Period | None = None
    published: date | None = None


def outside_of(
    lengths: Mapping[int, int | None], since: date | None, until: date | None
) -> dict[int, Outside]:
    """What lies outside two days, by series; `lengths` of their windows in months (one query)."""
    found = {pk: Outside() for pk in lengths}
    if since is None and until is None:
        return found
    for pk, months, before, published in _last_outside(list(lengths), since, until):
        seen = found[pk]
        if lengths[pk] in (None, months):
            found[pk] = replace(
                seen,
                before=max(filter(None, (seen.before, before)), default=None),
                published=max(filter(None, (seen.published, published)), default=None),
            )
        elif before and (seen.other is None or before > seen.other.end):
            last = Month.of(before)
            found[pk] = replace(seen, other=Period.spanning(last.plus(1 - months), last))
    return found


@written_once
def _last_outside(
    series: Collection[int], since: date | None, until: date | None
) -> QuerySet[Assessment, tuple[int, int, date | None, date | None]]:
    """By series and length of window."""
    before = Q(period_end__lt=since) if since else Q(pk__in=[])
    after = Q(period_end__gt=until) if until else Q(pk__in=[])
    return (
        Assessment.objects.filter(before | after, series__in=series)
        .order_by()
        .annotate(months=months_of())
        .values("series_id", "months")
        .annotate(
            last_before=Max("period_end", filter=before),
            last_published=Max("period_end", filter=after & Q(origin=Origin.PUBLISHED)),
        )
        .values_list("series_id", "months", "last_before", "last_published")
    )


def months_of() -> CombinedExpression:
    """How many months a window touches, for queries: `Period.length`."""
    return _month_of("period_end") - _month_of("period_start") + 1


def _month_of(day: str) -> CombinedExpression:
    """The number of a day's month. SQLite would ask Python for the year and the month of each."""
    text = Cast(day, CharField())
    year, month = (Cast(Substr(text, *part), IntegerField()) for part in ((1, 4), (6, 2)))
    return 12 * year + month


def outside_in(
    row: Series, assessed: Collection[Assessed], since: date | None, until: date | None
) -> Outside:
    """The same of windows that have been judged."""
    is_own = Frequency(row.measure.frequency).is_window
    own = [item.observation for item in assessed if is_own(item.observation.period)]
    ends = [seen.period.end for seen in own if since and seen.period.end < since]
    others = [
        item.observation.period
        for item in assessed
        if since and item.observation.period.end < since and not is_own(item.observation.period)
    ]
    published = [
        seen.period.end
        for seen in own
        if until and seen.period.end > until and seen.origin == Origin.PUBLISHED
    ]
    return Outside(
        max(ends, default=None),
        max(others, key=lambda period: period.end, default=None),
        max(published, default=None),
    )


def last_own(row: Series, windows: Iterable[Standing], since: date | None) -> Standing | None:
    """The last window of the measure's own frequency before a day."""
    is_own = Frequency(row.measure.frequency).is_window
    before = (seen for seen in windows if since and seen.period.end < since and is_own(seen.period))
    return max(before, key=lambda seen: seen.period.end, default=None)
