"""A measure with all that its page shows, read in a fixed number of queries."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import QuerySet

from kmpt_tracker.questions import written_once
from kmpt_tracker.ui.sparkline import POINTS
from kpis.assessments.accepted import accepted_levels
from kpis.assessments.as_known import Known
from kpis.assessments.clocks import clock_at
from kpis.assessments.inputs import measure_terms
from kpis.assessments.owners import owners_ahead
from kpis.assessments.read import closed_on, histories, last_month_of
from kpis.assessments.series_history import SeriesHistory, last_windows, windows_until
from kpis.judging.history import Clock
from kpis.judging.status import Standing
from kpis.judging.terms import MeasureTerms
from kpis.measures.benchmarks import benchmarks_of
from kpis.measures.comments import comments_on
from kpis.measures.group_charts import GroupStanding, beside_the_whole
from kpis.measures.limits import fixed_limits
from kpis.measures.page import MeasurePage
from kpis.measures.read import (
    boundaries_of,
    markers_of,
    promises_of,
    rebases_of,
    revisions_of,
    sources_of,
    terms_today,
    wordings_of,
)
from kpis.models import Measure, Series
from kpis.plans.remarks import notes_and_changes
from kpis.plans.threads import links_known, thread_of
from kpis.rag import Rag
from kpis.rollup import RollUp
from strategy.models import CareGroup
from strategy.moments import london_date
from strategy.periods import Month


def measure_page(
    measure: Measure,
    care_group: CareGroup,
    *,
    now: datetime,
    known_at: datetime | None = None,
    is_whole: bool = False,
) -> MeasurePage:
    """A measure as one care group reports it, up to the last month that has ended."""
    moment = known_at or now
    month = last_month_of(care_group, now=now, known_at=known_at)
    is_closed = closed_on(care_group, now=now, known_at=known_at) is not None
    all_series = _series_of(measure.pk)
    found = histories(Known(known_at).without_newcomers(all_series), known_at=known_at)
    all_series = [row.series for row in found.values()]
    known = Known(known_at)
    (measure,), (care_group,) = known.restored([measure]), known.restored([care_group])
    today = london_date(moment)
    wordings = wordings_of(measure, moment)
    measure = known.worded([measure], today)[0]
    clock = clock_at(now, known_at=known_at)
    series = next((row for row in all_series if row.care_group_id == care_group.pk), None)
    held = found.get(series.pk) if series else None
    promises = promises_of(measure, known_at)
    targets = terms_today(promises, known_at, moment)
    terms = measure_terms(measure)
    rebases = rebases_of(series, wordings, moment)
    windows = tuple(windows_until(held, clock, month)) if held else ()
    crossed = boundaries_of(series, all_series, windows, known_at)
    groups = _groups(all_series, found, terms, month, clock)
    trust = next((row for row in all_series if row.care_group.is_trust), None)
    whole = found[trust.pk].history.before(month.end) if trust and groups else ()
    return MeasurePage(
        measure=measure,
        terms=terms,
        care_group=care_group,
        series=series,
        month=month,
        known_at=known_at,
        standing=_standing(held, month, clock, is_closed=is_closed),
        windows=windows,
        care_groups=tuple(row.care_group for row in all_series),
        groups=groups,
        targets=tuple(targets),
        notes=notes_and_changes([measure, *targets], known_at).all,
        thread=thread_of(measure, promises, links_known(known_at, measure), known_at),
        owner_ahead=owners_ahead([measure.pk], known_at).get(measure.pk, ""),
        comments=comments_on(series, all_series if care_group.is_trust else (), moment),
        revisions=revisions_of(series, known_at),
        sources=sources_of(series, known_at),
        rebases=rebases,
        fixed=fixed_limits(series, terms, windows, rebases, known_at=known_at),
        markers=markers_of(series, rebases, wordings, crossed, moment),
        wordings=wordings,
        boundaries=crossed,
        benchmarks=benchmarks_of(measure, terms, known_at),
        accepted=accepted_levels([measure.pk], known_at).get(measure.pk, ()),
        is_whole=is_whole,
        parts_note=beside_the_whole(trust, whole, groups, RollUp(measure.roll_up)),
    )


def _standing(
    held: SeriesHistory | None, month: Month, clock: Clock, *, is_closed: bool
) -> Standing:
    if held is None:
        return Standing(period=month.period, rag=Rag.NO_DATA)
    return held.closed_before(month.plus(1), clock) if is_closed else held.at(month, clock)


@written_once
def _series_of(measure: int) -> QuerySet[Series]:
    """The series of a measure, in the order of pages."""
    rows = Series.objects.filter(measure=measure).select_related("measure", "care_group")
    return rows.order_by("care_group__position")


def _groups(
    all_series: Sequence[Series],
    found: Mapping[int, SeriesHistory],
    terms: MeasureTerms,
    month: Month,
    clock: Clock,
) -> tuple[GroupStanding, ...]:
    """The care groups that report it in the month; after a reorganisation, the new ones."""
    return tuple(
        GroupStanding(
            care_group=row.care_group,
            terms=terms,
            standing=found[row.pk].at(month, clock),
            windows=tuple(last_windows(found[row.pk], clock, month, POINTS)),
        )
        for row in all_series
        if not row.care_group.is_trust and found[row.pk].history.is_expected(month.period)
    )
