"""What the page of a measure reads: targets, corrections, sources, remarks on its chart."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise

from django.db.models import QuerySet

from accounts.permissions import reads_publicly
from kmpt_tracker.questions import answered_once, written_once
from kmpt_tracker.ui.formats import format_date
from kpis.assessments.as_known import Known, decided
from kpis.assessments.inputs import boundaries_of as all_boundaries
from kpis.assessments.inputs import units_of
from kpis.judging.boundaries import Boundary
from kpis.judging.promised import promised_words
from kpis.judging.status import Standing
from kpis.judging.terms import MeasureTerms
from kpis.measures.chart_labels import Marker
from kpis.measures.limits import NewLimits, new_limits
from kpis.measures.page_tables import Correction
from kpis.models import (
    Actual,
    Annotation,
    Measure,
    MeasureChange,
    Rebase,
    Series,
    Target,
)
from kpis.models.targets import BY_PLAN
from strategy.models import CareGroup
from strategy.moments import london_date


def promises_of(measure: Measure, known_at: datetime | None) -> list[Target]:
    """The targets of a measure, as the plans print them."""
    rows = _promised(measure.pk, known_at)
    for row in rows:
        row.measure = measure
    return Known(known_at).as_recorded(rows)


def terms_today(
    promises: Sequence[Target], known_at: datetime | None, moment: datetime
) -> list[Target]:
    """The same targets, and the tolerances of their plans, on the terms of the day. Where another
    day was agreed, the words that the plan prints for it no longer hold.
    """
    known, today = Known(known_at), london_date(moment)
    printed = {row.pk: row.due_on for row in promises}
    rows = known.on_terms_of(promises, today)
    for row in rows:
        if row.due_on != printed[row.pk]:
            row.due_as_published = ""  # a copy: `on_terms_of` leaves the printed one as it is
    return known.under_tolerated_plans(rows, today)


@answered_once
def _promised(measure: int, known_at: datetime | None) -> QuerySet[Target]:
    return (
        Known(known_at)
        .marked(Target.objects.filter(measure=measure))
        .select_related(
            "plan", "objective__ambition", "objective__plan", "care_group", "source_document"
        )
        .order_by(BY_PLAN, "position", "part", "pk")
    )


def held_later(
    targets: Iterable[Target], terms: MeasureTerms, care_group: CareGroup, standing: Standing
) -> str:
    """The first target that holds only after the window shown: of a plan that was just adopted."""
    later = [
        (row.effective_from, promised_words(row, terms))
        for row in targets
        if row.effective_from is not None
        and row.effective_from > standing.shown.period.end
        and row.retired_on is None
        and row.value is not None
        and (row.care_group_id == care_group.pk or (row.care_group.is_trust and terms.is_ratio))
    ]
    if not later:
        return ""
    day, words = min(later)
    return f"{words} holds only from {format_date(day)}"


def revisions_of(series: Series | None, known_at: datetime | None) -> tuple[Correction, ...]:
    """Corrected values: the version before and after, with who and why."""
    if series is None:
        return ()
    by_window = defaultdict(list)
    for row in _versions(series.pk, known_at):
        by_window[(row.period_start, row.period_end)].append(row)
    found = []
    for versions in by_window.values():
        found += [Correction(before, after) for before, after in pairwise(versions)]
    return tuple(sorted(found, key=lambda row: row.after.period_end, reverse=True))


@written_once
def _versions(series: int, known_at: datetime | None) -> QuerySet[Actual]:
    """The versions of every figure that was corrected."""
    again = Actual.objects.filter(series=series, version__gt=1).values("period_end")
    rows = Actual.objects.approved(known_at=known_at).filter(series=series, period_end__in=again)
    return rows.select_related("recorded_by", "source_document").order_by("version")


def sources_of(series: Series | None, known_at: datetime | None) -> tuple[Actual, ...]:
    """One published value of each publication, with its document and how it was mapped."""
    if series is None:
        return ()
    seen: dict[int, Actual] = {}
    for row in _from_documents(series.pk, known_at):
        if row.source_document_id is not None:
            seen.setdefault(row.source_document_id, row)
    return tuple(seen.values())


@written_once
def _from_documents(series: int, known_at: datetime | None) -> QuerySet[Actual]:
    rows = Actual.objects.approved(known_at=known_at).filter(series=series)
    from_documents = rows.filter(source_document__isnull=False)
    return from_documents.select_related("source_document").order_by("period_end")


def wordings_of(measure: Measure, moment: datetime) -> tuple[MeasureChange, ...]:
    """The changes of its wording that were approved and in effect at a moment, oldest first."""
    on = london_date(moment)
    return tuple(
        row
        for row in _wordings(measure.pk)
        if row.effective_from <= on and row.decided_at and row.decided_at <= moment
    )


@answered_once
def _wordings(measure: int) -> QuerySet[MeasureChange]:
    rows = decided(MeasureChange.objects.filter(measure=measure), None)
    return rows.order_by("effective_from", "decided_at", "pk")


def rebases_of(
    series: Series | None, wordings: Iterable[MeasureChange], moment: datetime
) -> tuple[NewLimits, ...]:
    """The days on which the limits started afresh, as known at a moment, oldest first."""
    if series is None:
        return ()
    found = [
        # What people wrote is not for everyone to read.
        new_limits(series.measure, row.starts_on, "" if reads_publicly() else row.reason)
        for row in _rebases(series.pk)
        if row.recorded_at <= moment and (row.withdrawn_at is None or row.withdrawn_at > moment)
    ]
    found += [
        new_limits(
            series.measure,
            change.effective_from,
            ": ".join(filter(None, (f"{change.get_field_display()} changed", _why(change)))),
        )
        for change in wordings
        if not change.comparable
    ]
    return tuple(sorted(found, key=lambda row: row.starts_on))


@answered_once
def _rebases(series: int) -> QuerySet[Rebase]:
    return Rebase.objects.filter(series=series)


@answered_once
def _annotations(series: int) -> QuerySet[Annotation]:
    return Annotation.objects.filter(series=series)


def _why(change: MeasureChange) -> str:
    return "" if reads_publicly() else change.reason


def boundaries_of(
    series: Series | None,
    all_series: Iterable[Series],
    windows: Sequence[Standing],
    known_at: datetime | None,
) -> tuple[Boundary, ...]:
    """The reorganisations within the chart of a series, as known at the moment."""
    if series is None or not windows:
        return ()
    parts = [row for row in all_series if not row.care_group.is_trust]
    found = all_boundaries(series, parts, units_of(Known(known_at)))
    first, last = windows[0].period, windows[-1].period
    return tuple(row for row in found if first.start <= row.on <= last.end)


def markers_of(
    series: Series | None,
    rebases: Sequence[NewLimits],
    wordings: Iterable[MeasureChange],
    crossed: Iterable[Boundary],
    moment: datetime,
) -> tuple[Marker, ...]:
    """Dated remarks on the chart: limits recalculated, annotations, reorganisations."""
    if series is None:
        return ()
    # A reason that was withdrawn is empty.
    markers = [
        Marker(row.begins.start, ", ".join(filter(None, (row.reason, "limits recalculated"))))
        for row in rebases
    ]
    markers += [
        Marker(change.effective_from, f"{change.get_field_display().lower()} changed")
        for change in wordings
        if change.comparable
    ]
    markers += [
        Marker(row.on, row.text)
        for row in _annotations(series.pk)
        if row.recorded_at <= moment and row.text and not reads_publicly()
    ]
    # Drawn at the first of the month: a window counts by its last day, and is drawn at its last
    # month.
    markers += [Marker(row.month.start, row.text, is_dated=True) for row in crossed]
    return tuple(sorted(markers, key=lambda marker: marker.on))
