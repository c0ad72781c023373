"""Stored assessments: marked out of date with every change of an input, made again by anyone.

`data_version` rises in the transaction that changes an input; that is the record of what is
still to be done. The task is only a wake-up call, the sweep the healer: both call `recompute`.
"""

import gc
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import F

from kmpt_tracker.dispatch import wake
from kpis.assessments.inputs import load_inputs
from kpis.assessments.signals import assessment_changed
from kpis.judging.assess import Assessed, Judged, SeriesInputs, assess, assess_many
from kpis.judging.process import Process
from kpis.models import Assessment, Judgement, Series, Target
from kpis.spc import ReadingPoint
from strategy.models import CareGroup

logger = logging.getLogger(__name__)

CHUNK = 100
# From so many series on, their charts are worked out at once: numpy is worth its call.
MANY = 20
PLACES = Decimal("0.000001")
Progress = Callable[[int], None]


def touch(series_ids: Iterable[int]) -> None:
    """Mark series, and their measures' trust series, as out of date; wakes a worker on commit.

    Runs inside the transaction that changes their inputs, on rows locked in order of key.
    """
    locked = held(series_ids)
    if locked:
        Series.objects.filter(pk__in=locked).update(data_version=F("data_version") + 1)
        wake("kpis.tasks.assess_series", series_ids=locked)


def held(series_ids: Iterable[int]) -> list[int]:
    """Series, and their measures' trust series, locked in the order of their key."""
    ids = set(series_ids)
    if not ids:
        return []
    measures = Series.objects.filter(pk__in=ids).values("measure")
    trust = Series.objects.filter(
        measure__in=measures, care_group__level=CareGroup.Level.TRUST
    ).values_list("pk", flat=True)
    return list(
        Series.objects.select_for_update(no_key=True)
        .filter(pk__in=ids | set(trust))
        .order_by("pk")
        .values_list("pk", flat=True)
    )


def touch_measures(measure_ids: Iterable[int]) -> None:
    """All series of some measures: a target, a definition or a structure has changed."""
    touch(Series.objects.filter(measure__in=list(measure_ids)).values_list("pk", flat=True))


def recompute(
    *,
    at: datetime,
    stale_only: bool,
    series_ids: Iterable[int] | None = None,
    progress: Progress | None = None,
) -> int:
    """Assess series and store the result; returns how many were written.

    Safe at any time, twice, or beside workers: a series whose inputs change while it is being
    assessed is left stale for the next round, and an older result is never written.
    """
    wanted = Series.objects.all()
    if series_ids is not None:
        wanted = wanted.filter(pk__in=list(series_ids))
    if stale_only:
        wanted = wanted.stale()
    written = 0
    for ids in _chunks(list(wanted.order_by("pk").values_list("pk", flat=True))):
        with _collecting_later(is_wanted=len(ids) >= MANY):
            written += _recompute_chunk(ids, at=at)
        if progress:
            progress(len(ids))
    return written


@contextmanager
def _collecting_later(*, is_wanted: bool) -> Iterator[None]:
    """Python's search for cycles waits for the end of a chunk: a third of the time was its.

    The rows of a chunk hold no cycles and are few enough to stay.
    """
    if not is_wanted or not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _chunks(ids: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]


def _recompute_chunk(ids: list[int], *, at: datetime) -> int:
    series = list(
        Series.objects.filter(pk__in=ids).select_related("measure", "care_group").order_by("pk")
    )
    versions = {row.pk: row.data_version for row in series}
    inputs = load_inputs(series)
    results = _assessed(series, inputs)
    with transaction.atomic():
        current = dict(
            Series.objects.select_for_update(no_key=True)
            .filter(pk__in=ids)
            .order_by("pk")
            .values_list("pk", "data_version")
        )
        fresh = [pk for pk in results if current.get(pk) == versions[pk]]
        _store({pk: results[pk] for pk in fresh})
        Series.objects.filter(pk__in=fresh).update(
            assessed_version=F("data_version"), assessed_at=at
        )
    if fresh:
        assessment_changed.send(sender=Series, series_ids=fresh, at=at)
    return len(fresh)


def _assessed(
    series: list[Series], inputs: Mapping[int, SeriesInputs]
) -> dict[int, list[Assessed]]:
    """Their windows by series; many at once where that is faster."""
    if len(series) >= MANY:
        try:
            return assess_many(inputs)
        except (ValueError, ArithmeticError):
            logger.info("One of %d series cannot be calculated: each is tried alone", len(series))
    results = {}
    for row in series:
        try:
            results[row.pk] = assess(inputs[row.pk])
        except (ValueError, ArithmeticError):
            # One impossible definition must not stop the others: it stays marked out of date.
            logger.exception("%s cannot be calculated", row)
    return results


def _store(results: dict[int, list[Assessed]]) -> None:
    """Replace the stored rows of these series; the caller holds their locks."""
    _delete_stored(list(results))
    pairs = [
        (assessment_row(series_id, item), item)
        for series_id, items in results.items()
        for item in items
    ]
    Assessment.objects.bulk_create([row for row, _ in pairs], batch_size=500)
    codes = {judged.target.code for _, item in pairs for judged in item.judgements}
    targets = {target.code: target for target in Target.objects.filter(code__in=codes)}
    Judgement.objects.bulk_create(
        [
            judgement_row(row, judged, targets[judged.target.code])
            for row, item in pairs
            for judged in item.judgements
        ],
        batch_size=500,
    )


def _delete_stored(series_ids: list[int]) -> None:
    """Judgements, then assessments, each by one statement: nothing else hangs on them."""
    judgements = Judgement.objects.filter(assessment__series__in=series_ids)
    judgements._raw_delete(judgements.db)
    assessments = Assessment.objects.filter(series__in=series_ids)
    assessments._raw_delete(assessments.db)


def stored(value: Decimal | None) -> Decimal | None:
    """The value as the database keeps it: 6 decimals. What was judged is kept unrounded."""
    return None if value is None else value.quantize(PLACES)


def assessment_row(series_id: int, item: Assessed) -> Assessment:
    """The unsaved row of one assessed window; pages as known at a past moment use it too."""
    seen = item.observation
    row = Assessment(
        series_id=series_id,
        period_start=seen.period.start,
        period_end=seen.period.end,
        actual_id=seen.actual_id,
        value=stored(item.value),
        judged_value=item.judged_value,
        windows_held=item.span.held if item.span else 0,
        windows_expected=item.span.expected if item.span else 0,
        windows_in_year=item.span.of_year if item.span else 0,
        numerator=stored(seen.numerator),
        denominator=stored(seen.denominator),
        groups_reported=seen.groups_reported,
        groups_expected=seen.groups_expected,
        value_status=seen.status,
        milestone_status=seen.milestone_status,
        forecast_on=seen.forecast_on,
        completed_on=seen.completed_on,
        state=item.state.value if item.state else "",
        origin=seen.origin.value,
        known_from=seen.known_from,
    )
    if item.reading is not None and item.point is not None:
        _add_spc(row, item.reading.points[item.point])
    if item.process is not None:
        _add_process(row, item.process)
    return row


def _add_spc(row: Assessment, point: ReadingPoint) -> None:
    row.spc_mean, row.spc_lower, row.spc_upper = point.mean, point.lower, point.upper
    row.spc_segment = point.segment
    row.point_type = point.point_type
    row.special_cause, row.opposing_cause = point.rule, point.opposing_rule
    row.limits_status = point.limits_status
    row.points_in_segment = point.points_in_segment
    row.variation = point.variation
    row.assurance = point.assurance


def _add_process(row: Assessment, process: Process) -> None:
    row.signal_moves, row.signal_run = process.moves, process.run
    row.signal_from, row.signal_to = process.signal_from, process.signal_to
    row.opposing_run = process.opposing_run
    row.points_outside, row.limits_rest_on = process.outside, process.rests_on
    row.segment_from = process.segment_from
    row.tested_windows, row.met_windows = process.tested, process.met
    row.tested_from, row.tested_on_one_target = process.tested_from, process.one_target


def judgement_row(row: Assessment, judged: Judged, target: Target) -> Judgement:
    """The unsaved row of one judgement."""
    return Judgement(
        assessment=row,
        target=target,
        is_primary=judged.is_primary,
        target_value=judged.value,
        target_upper=judged.upper,
        year_value=judged.year_value,
        year_upper=judged.year_upper,
        floor=judged.floor,
        floor_is_default=judged.floor_is_default,
        variance=judged.variance,
        rag=judged.rag.value,
        carried_forward=judged.carried_forward,
        due_date_passed=judged.due_date_passed,
        due_on=judged.due_on,
    )
