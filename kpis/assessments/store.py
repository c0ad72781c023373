"""Stored assessments: marked out of date when an input changes, recalculated at any time.

`data_version` rises in the transaction that changes an input; a version ahead of `assessed_version`
is the record of work still to do. The task only wakes a worker; the sweep finds what a lost task
left stale. Both call `recompute`.
"""

import gc
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from accounts import audit
from kmpt_tracker.dispatch import wake
from kpis.assessments.as_known import Known
from kpis.assessments.awaited import days_awaited
from kpis.assessments.columns import OF_JUDGEMENT, columns_of, judged_columns
from kpis.assessments.inputs import load_inputs
from kpis.assessments.signals import assessment_changed
from kpis.judging.assess import assess, assess_many
from kpis.judging.freshness import USUAL_DELAY
from kpis.judging.terms import Assessed, SeriesInputs
from kpis.models import Assessment, Judgement, Series, Target
from strategy.models import CareGroup

logger = logging.getLogger(__name__)

CHUNK = 100
# The number of series from which their charts are calculated at once: numpy pays from here.
MANY = 20
Progress = Callable[[int], None]


def touch(series_ids: Iterable[int]) -> None:
    """Mark series, and their measures' trust series, as out of date; wakes a worker on commit.

    Call it inside the transaction that changes their inputs. Rows are locked in key order.
    """
    locked = held(series_ids)
    if locked:
        Series.objects.filter(pk__in=locked).update(data_version=F("data_version") + 1)
        wake("kpis.tasks.assess_series", series_ids=locked)


def held(series_ids: Iterable[int]) -> list[int]:
    """Lock series, and their measures' trust series, in key order."""
    ids = set(series_ids)
    if not ids:
        return []
    measures = Series.objects.filter(pk__in=ids).values("measure")
    trust = Series.objects.filter(
        measure__in=measures, care_group__level=CareGroup.Level.TRUST
    ).values_list("pk", flat=True)
    # `no_key`: rows that refer to a series can still be added while it is locked.
    return list(
        Series.objects.select_for_update(no_key=True)
        .filter(pk__in=ids | set(trust))
        .order_by("pk")
        .values_list("pk", flat=True)
    )


def touch_measures(measure_ids: Iterable[int]) -> None:
    """Mark all series of some measures: a target, a definition or a structure has changed."""
    touch(Series.objects.filter(measure__in=list(measure_ids)).values_list("pk", flat=True))


def recompute(
    *,
    at: datetime,
    stale_only: bool,
    series_ids: Iterable[int] | None = None,
    progress: Progress | None = None,
) -> int:
    """Assess series and store the result; returns how many were written.

    Safe at any time, twice, or alongside other workers: a series whose inputs change while it is
    being assessed is left stale for the next round, and an older result is never written.
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
    """Hold Python's cycle collection until the end of a chunk.

    The rows of a chunk hold no cycles, and there are few enough to keep in memory. All 330 seeded
    series take 2.2 s of processor time so, and 2.6 s while cycles are looked for.
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
        # The inputs of a series may have changed since they were read: leave that series stale.
        fresh = [pk for pk in results if current.get(pk) == versions[pk]]
        _store({pk: results[pk] for pk in fresh})
        _keep_days_awaited([row for row in series if row.pk in fresh])
        # The moment at which others can read it, not that at which the whole work began: files of
        # what was assessed since a moment go by it.
        Series.objects.filter(pk__in=fresh).update(
            assessed_version=F("data_version"), assessed_at=audit.end_in_turn()
        )
    # Sent after the transaction, so that listeners read the stored result.
    if fresh:
        assessment_changed.send(sender=Series, series_ids=fresh, at=at)
    return len(fresh)


def _keep_days_awaited(series: Iterable[Series]) -> None:
    """Every publication touches its series, so the days stay true between two assessments."""
    found = days_awaited(series, Known())
    changed = [row for row in series if row.days_awaited != found.get(row.pk, USUAL_DELAY)]
    for row in changed:
        row.days_awaited = found.get(row.pk, USUAL_DELAY)
    Series.objects.bulk_update(changed, ["days_awaited"])


def _assessed(
    series: list[Series], inputs: Mapping[int, SeriesInputs]
) -> dict[int, list[Assessed]]:
    """The assessed windows by series; many series are calculated at once where that is faster."""
    if len(series) >= MANY:
        try:
            return assess_many(inputs)
        except (ValueError, ArithmeticError):
            logger.info("One of %d series cannot be calculated: trying each alone", len(series))
    results = {}
    for row in series:
        try:
            results[row.pk] = assess(inputs[row.pk])
        except (ValueError, ArithmeticError):
            # One impossible definition must not stop the others: its series stays out of date.
            logger.exception("%s cannot be calculated", row)
    return results


def _store(results: dict[int, list[Assessed]]) -> None:
    """Replace the stored rows of these series; the caller holds their locks.

    A window keeps its key, and the judgements that say what they said: a new figure moves the
    limits of every window before it, but no judgement of them. Foreign keys are checked at the end
    of the transaction, so its rows may be without their window until then.
    """
    ids = list(results)
    kept = {
        tuple(window): pk
        for pk, *window in Assessment.objects.filter(series__in=ids).values_list(
            "pk", "series_id", "period_start", "period_end"
        )
    }
    judged = Judgement.objects.filter(assessment__series__in=ids)
    stored = {
        (row["assessment_id"], row["target_id"]): (row["id"], _said(row))
        for row in judged.values("id", "assessment_id", "target_id", *OF_JUDGEMENT)
    }
    pairs = []
    for series_id, items in results.items():
        for item in items:
            columns = columns_of(item)
            key = kept.get((series_id, columns["period_start"], columns["period_end"]))
            pairs.append((Assessment(pk=key, series_id=series_id, **columns), item))
    assessments = Assessment.objects.filter(series__in=ids)
    assessments._raw_delete(assessments.db)
    Assessment.objects.bulk_create([row for row, _ in pairs], batch_size=500)
    codes = {judged.target.code for _, item in pairs for judged in item.judgements}
    targets = dict(Target.objects.filter(code__in=codes).values_list("code", "pk"))
    fresh = []
    for row, item in pairs:
        for judgement in item.judgements:
            target_id, columns = targets[judgement.target.code], judged_columns(judgement)
            _, said = stored.get((row.pk, target_id), (None, ()))
            if said == _said(columns):
                del stored[row.pk, target_id]
            else:
                fresh.append(Judgement(assessment_id=row.pk, target_id=target_id, **columns))
    gone = [key for key, _ in stored.values()]
    for start in range(0, len(gone), 5000):  # SQLite takes 32,766 parameters at most
        rows = Judgement.objects.filter(pk__in=gone[start : start + 5000])
        rows._raw_delete(rows.db)
    Judgement.objects.bulk_create(fresh, batch_size=500)


def _said(columns: Mapping[str, Any]) -> tuple[str, ...]:
    """What a judgement says, to the last digit: 94.90 is not written as 94.9."""
    return tuple([str(columns[name]) for name in OF_JUDGEMENT])
