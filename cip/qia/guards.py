"""Guard measures: a special-cause concern in one reopens the assessment, once for each signal run.

What is read are the assessments of approved values, of the scheme's care group where it reports the
measure, else of the trust. A run is the windows of concern that end with the latest window.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Q

from cip.gate import APPROVALS, QiaStatus, reopens_qia
from cip.models import GuardMeasure, QIAReopening, QualityImpactAssessment
from cip.qia.decide import reopen
from cip.standing.hold import held_scheme
from kmpt_tracker.dispatch import CHECK_GUARDS, wake
from kpis.assessments.read import histories
from kpis.models import Assessment, Series
from strategy.models import CareGroup
from strategy.periods import Month, Period

CONCERNS = ("concern_high", "concern_low")


def wake_guards(*, series_ids: Iterable[int], **_: Any) -> None:
    """Signal receiver (`assessment_changed`): look at the guards among these series."""
    found = Series.objects.filter(pk__in=list(series_ids), measure__guards__isnull=False)
    guarded = list(found.values_list("pk", flat=True).distinct())
    if guarded:
        wake(CHECK_GUARDS, series_ids=guarded)


@dataclass(frozen=True)
class Run:
    """A special-cause concern that goes on: since when."""

    guard: GuardMeasure
    began: date


def reopen_for_signals(*, series_ids: Iterable[int] | None, at: datetime) -> int:
    """Reopen every approved assessment that a running signal has not reopened yet; how many."""
    guards = GuardMeasure.objects.filter(
        assessment__status__in=[status.value for status in APPROVALS]
    ).select_related("assessment__scheme", "measure")
    if series_ids is not None:
        guards = guards.filter(measure__series__in=list(series_ids)).distinct()
    count = 0
    for guard in guards.order_by("pk"):
        run = running_signal(guard)
        if run is not None and _reopen(run, at=at):
            count += 1
    return count


class Window(NamedTuple):
    """A window of a guard measure: its approved value, and what the control chart says of it."""

    period: Period
    value: Decimal | None
    variation: str

    @property
    def is_concern(self) -> bool:
        return self.variation in CONCERNS


def windows_of(
    guards: Sequence[GuardMeasure], care_group: int, known_at: datetime | None = None
) -> dict[int, list[Window]]:
    """The windows of guard measures with the latest first, by guard, now or as known at a moment.

    The care group's own series counts where it has a figure, else the trust's.
    """
    of_group = Q(care_group=care_group) | Q(care_group__level=CareGroup.Level.TRUST)
    measures = {guard.measure_id for guard in guards}
    rows = Series.objects.filter(of_group, measure__in=measures)
    # The care group's own series comes before the trust's.
    series = sorted(
        rows.select_related("measure", "care_group"),
        key=lambda row: (row.care_group_id != care_group, row.pk),
    )
    windows = _stored(series) if known_at is None else _known(series, known_at)
    return {
        guard.pk: next(
            (windows[row.pk] for row in series if row.measure_id == guard.measure_id
             and row.pk in windows),
            [],
        )
        for guard in guards
    }  # fmt: skip


def _stored(series: Iterable[Series]) -> dict[int, list[Window]]:
    windows: dict[int, list[Window]] = {}
    found = Assessment.objects.filter(series__in=[row.pk for row in series], variation__gt="")
    columns = ("series_id", "period_start", "period_end", "value", "variation")
    for key, start, end, value, variation in found.order_by("-period_end").values_list(*columns):
        windows.setdefault(key, []).append(Window(Period(start, end), value, variation))
    return windows


def _known(series: Sequence[Series], known_at: datetime) -> dict[int, list[Window]]:
    """Judged anew, with what was approved by the moment; nothing of it is stored."""
    windows: dict[int, list[Window]] = {}
    for key, found in histories(series, known_at=known_at).items():
        latest_first = sorted(found.history.windows, key=lambda row: row.period.end, reverse=True)
        drawn = [
            Window(row.period, row.value, row.variation) for row in latest_first if row.variation
        ]
        if drawn:
            windows[key] = drawn
    return windows


def running_signal(guard: GuardMeasure) -> Run | None:
    """The concern that the latest window of a guard measure belongs to, if it shows one."""
    began = signal_began(windows_of([guard], guard.assessment.scheme.care_group_id)[guard.pk])
    return Run(guard, began) if began is not None else None


def signal_began(windows: Iterable[Window]) -> date | None:
    """The first day of the windows of concern that end with the latest one."""
    began = None
    for window in windows:
        if not window.is_concern:
            break
        began = window.period.start
    return began


@transaction.atomic
def _reopen(run: Run, *, at: datetime) -> bool:
    """Reopen once: a second call, by message or by sweep, finds it done and does nothing."""
    guard = run.guard
    held_scheme(guard.assessment.scheme_id)
    qia = QualityImpactAssessment.objects.get(pk=guard.assessment_id)
    last = QIAReopening.objects.filter(guard=guard).order_by("-signal_began").first()
    if not reopens_qia(
        QiaStatus(qia.status),
        signal_began=Month.of(run.began),
        last_reopened_for=Month.of(last.signal_began) if last and last.signal_began else None,
    ):
        return False
    reopen(qia, at=at, by=None, guard=guard, signal_began=run.began)
    return True
