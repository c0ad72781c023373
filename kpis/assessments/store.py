"""Stored assessments: marked out of date with every change of an input, made again by anyone.

`data_version` rises in the transaction that changes an input; that is the record of what is
still to be done. The task is only a wake-up call, the sweep the healer: both call `recompute`.
"""

import gc
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction
from django.db.models import F

from kmpt_tracker.dispatch import wake
from kpis.assessments.columns import columns_of, judged_columns
from kpis.assessments.inputs import load_inputs
from kpis.assessments.signals import assessment_changed
from kpis.judging.assess import Assessed, SeriesInputs, assess, assess_many
from kpis.models import Assessment, Judgement, Series, Target
from strategy.models import CareGroup

logger = logging.getLogger(__name__)

CHUNK = 100
# From so many series on, their charts are worked out at once: numpy is worth its call.
MANY = 20
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
        (Assessment(series_id=series_id, **columns_of(item)), item)
        for series_id, items in results.items()
        for item in items
    ]
    Assessment.objects.bulk_create([row for row, _ in pairs], batch_size=500)
    codes = {judged.target.code for _, item in pairs for judged in item.judgements}
    targets = {target.code: target for target in Target.objects.filter(code__in=codes)}
    Judgement.objects.bulk_create(
        [
            Judgement(assessment=row, target=targets[judged.target.code], **judged_columns(judged))
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
