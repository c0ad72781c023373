"""How long a publication is awaited: read where series are assessed, and at past moments."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import F, Q, Window
from django.db.models.functions import ExtractMonth, ExtractYear, RowNumber

from kpis.assessments.as_known import Known
from kpis.judging import freshness
from kpis.models import Actual, Decision, Series
from strategy.periods import Frequency, london_date


def days_awaited(series: Iterable[Series], known: Known) -> dict[int, int]:
    """How many days after its window the next figure of a published series is awaited.

    By the days from the end of a window to its first publication, for the last windows known.
    Assumed publication dates are left out: they do not show how long a publication takes. One
    query, or none where nothing is published; a series without a publication is left out.
    """
    published = [row.pk for row in series if row.fed_by == Series.FedBy.PUBLISHED]
    if not published:
        return {}
    rows = Decision.objects.filter(
        outcome=Decision.Outcome.APPROVED,
        known_from_is_assumed=False,
        actual__series__in=published,
        actual__origin=Actual.Origin.PUBLISHED,
        # Later versions are corrections, which do not show how long the first publication took.
        actual__version=1,
    )
    if known.at is not None:
        rows = rows.filter(known_from__lte=known.at)
    rows = (
        rows.annotate(length=_months_long("actual__"))
        .filter(of_own_rhythm("actual__series__measure__frequency", "length"))
        .annotate(
            place=Window(
                RowNumber(),
                partition_by="actual__series",
                order_by=F("actual__period_end").desc(),
            )
        )
        .filter(place__lte=freshness.DELAYS_COUNTED)
        .order_by("actual__period_end")
    )
    found = defaultdict(list)
    for key, ended, at in rows.values_list("actual__series", "actual__period_end", "known_from"):
        found[key].append((london_date(at) - ended).days)
    return {key: freshness.days_awaited(delays) for key, delays in found.items()}


def _months_long(prefix: str = "") -> Any:
    """How many months a window touches, for queries: `Period.length`."""
    start, end = F(f"{prefix}period_start"), F(f"{prefix}period_end")
    years = ExtractYear(end) - ExtractYear(start)
    return years * 12 + ExtractMonth(end) - ExtractMonth(start) + 1


def of_own_rhythm(frequency: str, length: str) -> Q:
    """Whether a window has the measure's own frequency, for queries: `Frequency.is_window`."""
    found = Q(**{frequency: Frequency.ONE_OFF})
    for rhythm in Frequency:
        if rhythm.months is not None:
            found |= Q(**{frequency: rhythm, length: rhythm.months})
    return found
